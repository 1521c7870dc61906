//! Compares the world with the model.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use vigie_tests::{World, fake_aws::Mail};

use crate::histories::{
    play::Play,
    portal::{FACT_URL, consultation_id},
    post::row,
    stage,
    steps::Sort,
    terms::{Agent, KINDS, Listed, REMINDED, Sight, Tally, Told},
};

/// Reason in a mail, for each sight.
const WHY: [(Sight, &str); 5] = [
    (Sight::Author, "vous avez créé cette consultation"),
    (
        Sight::Guest,
        "vous êtes mentionné(e) comme invité(e) sur cette consultation",
    ),
    (
        Sight::OwnEntity,
        "vous êtes invité(e) permanent(e) de votre entité",
    ),
    (
        Sight::DependentEntity,
        "vous êtes invité(e) permanent(e) des entités qui dépendent de la vôtre",
    ),
    (
        Sight::TransverseEntity,
        "vous êtes invité(e) permanent(e) des entités associées transversalement à la vôtre",
    ),
];

/// The time of a star that was given when its author came.
const LATE: &str = "their coming";

/// Exactly those were mailed that should be, once each; so many facts at most were mailed again to
/// those who had them.
pub fn mails(play: &mut Play, expected: &[Told], repeats: usize) -> Result<(), String> {
    let mails = play
        .stage
        .world
        .aws
        .with(|traffic| std::mem::take(&mut traffic.mails));
    let (mails, about_accounts): (Vec<_>, Vec<_>) = mails.into_iter().partition(is_alert);
    play.about_accounts = about_accounts;
    for mail in &mails {
        let to = agent(mail)?;
        let now = stage::address(to, play.model.agents[to].changes);
        if mail.to != now {
            return Err(format!("an alert went to {} and not to {now}", mail.to));
        }
    }
    let mut fresh: Vec<_> = mails
        .iter()
        .map(told)
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .flatten()
        .collect();
    fresh
        .iter_mut()
        .for_each(|told| for_either(play, expected, told));
    // Two deadlines may be closed with the same numbers: then a mail is wanted twice.
    let (wanted, sent) = (counted(expected), counted(&fresh));
    let times =
        |of: &BTreeMap<&Told, usize>, told: &Told| of.get(told).copied().unwrap_or_default();
    let missing: Vec<_> = wanted
        .iter()
        .filter(|(told, wanted)| times(&sent, told) < **wanted)
        .collect();
    let unwanted: Vec<_> = sent
        .keys()
        .filter(|told| !wanted.contains_key(*told))
        .collect();
    if !missing.is_empty() || !unwanted.is_empty() {
        return Err(format!(
            "mails are missing: {missing:#?}\nnobody should have had: {unwanted:#?}"
        ));
    }
    let again: Vec<_> = sent
        .iter()
        .filter(|(told, sent)| **sent > times(&wanted, told))
        .collect();
    // A mail of several is a chunk of its own.
    let chunk = |told: &Told| {
        if told.together {
            (told.to, String::new())
        } else {
            (told.consultation, told.news.clone())
        }
    };
    let chunks: BTreeSet<_> = again
        .iter()
        .map(|(told, _)| (told.together, chunk(told)))
        .collect();
    if chunks.len() > repeats
        || again
            .iter()
            .any(|(told, sent)| **sent > times(&wanted, told) + repeats)
    {
        return Err(format!(
            "mailed again, though at most {repeats} chunks may be: {again:#?}"
        ));
    }
    mails.into_iter().try_for_each(|mail| play.kept(mail))
}

/// Reads as the model has it what an agent was told of a fact that came to them both as a follower
/// and for somebody who is away: nothing says which of the two comes first.
fn for_either(play: &Play, expected: &[Told], told: &mut Told) {
    let twin = Told {
        why: if told.why.is_some() {
            None
        } else {
            play.model.reached(told.to, told.consultation)
        },
        ..told.clone()
    };
    let either =
        play.model
            .pause
            .for_either
            .contains(&(told.to, told.consultation, told.news.clone()));
    if !told.together || expected.contains(told) {
        return;
    }
    // The save has what waited told at once, the sweep with what is due: one of the two does.
    let names = |news: &str| {
        let rest = news.strip_prefix(told.news.as_str());
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    let at_once = expected.iter().find(|one| {
        !one.together
            && (one.to, one.consultation, one.why) == (told.to, told.consultation, told.why)
            && names(&one.news)
    });
    match at_once {
        Some(at_once) if play.woven => *told = at_once.clone(),
        _ if either && expected.contains(&twin) => *told = twin,
        _ => {}
    }
}

fn counted(told: &[Told]) -> BTreeMap<&Told, usize> {
    let mut counted = BTreeMap::new();
    told.iter()
        .for_each(|told| *counted.entry(told).or_default() += 1);
    counted
}

/// Mails about accounts are not compared.
fn is_alert(mail: &Mail) -> bool {
    mail.subject.starts_with('[') || is_of_several(mail)
}

pub fn is_of_several(mail: &Mail) -> bool {
    let subject = &mail.subject;
    (subject.starts_with("Vos alertes ") && mail.headers.contains_key("List-Unsubscribe"))
        || subject.starts_with("Alertes de ")
}

/// Returns the sort of a mail, by its text.
pub fn sort(mail: &Mail) -> Option<Sort> {
    if mail.subject.starts_with("Alertes de ") || mail.text.contains("accepté de remplacer") {
        return Some(Sort::Delegate);
    }
    is_of_several(mail).then(|| {
        if mail
            .text
            .contains("Ne plus recevoir d’alertes quotidiennes")
        {
            Sort::Daily
        } else {
            Sort::Return
        }
    })
}

/// To whom a mail went.
pub fn agent(mail: &Mail) -> Result<Agent, String> {
    stage::agent_of(&mail.to).ok_or_else(|| format!("nobody of ours: {} {}", mail.to, mail.subject))
}

fn consultation_of(reference: &str) -> Option<usize> {
    (0..)
        .take(100)
        .find(|number| consultation_id(*number) == reference)
}

/// The facts that a mail tells.
pub fn told(mail: &Mail) -> Result<Vec<Told>, String> {
    if is_of_several(mail) {
        several(mail)
    } else {
        one(mail).map(|told| vec![told])
    }
}

fn why(words: &str) -> Option<Sight> {
    WHY.iter()
        .find(|(_, why)| words.contains(why))
        .map(|(sight, _)| *sight)
}

/// The deposit that a line of a mail of several tells of, late or not.
fn deposit_of(line: &str) -> Option<&str> {
    line.strip_prefix("Nouveau dépôt électronique")?
        .split_once("\u{a0}: Dépôt n°\u{a0}")
        .map(|(_, rest)| rest)
}

fn several(mail: &Mail) -> Result<Vec<Told>, String> {
    let (to, mut all, mut begun) = (agent(mail)?, Vec::new(), 0);
    let (mut consultation, mut reminds) = (None, false);
    for line in mail.text.lines() {
        let mut news = None;
        if let Some((reference, _)) = line
            .strip_prefix('[')
            .and_then(|line| line.split_once("] "))
        {
            (consultation, begun) = (consultation_of(reference), all.len());
        } else if let Some(rest) = deposit_of(line) {
            news = rest.split([',', ' ']).next().map(str::to_owned);
        } else if line.starts_with("Clôture de la consultation\u{a0}: ") {
            news = Some("closed".to_owned());
        } else if line.contains(" toujours attendue\u{a0}: ") {
            reminds = true;
        } else if let Some(id) = line.strip_prefix(FACT_URL) {
            let again = if std::mem::take(&mut reminds) {
                REMINDED
            } else {
                ""
            };
            news = Some(format!("{id}{again}"));
        } else if line.starts_with("Vous y avez accès parce que\u{a0}: ") {
            all[begun..]
                .iter_mut()
                .for_each(|told: &mut Told| told.why = why(line));
        }
        if let Some(news) = news {
            let consultation =
                consultation.ok_or_else(|| format!("no consultation: {}", mail.text))?;
            all.push(Told {
                consultation,
                news,
                to,
                why: None,
                together: true,
            });
        }
    }
    if all.is_empty() {
        Err(format!("a mail of nothing: {}", mail.text))
    } else {
        Ok(all)
    }
}

fn one(mail: &Mail) -> Result<Told, String> {
    let unknown = |what: &str| {
        format!(
            "{what} in a mail to {}: {}\n{}",
            mail.to, mail.subject, mail.text
        )
    };
    let to = agent(mail)?;
    let (reference, subject) = mail
        .subject
        .trim_start_matches('[')
        .split_once("] ")
        .ok_or_else(|| unknown("no reference"))?;
    let consultation = consultation_of(reference).ok_or_else(|| unknown("no consultation"))?;
    let words = mail
        .text
        .split_once("POURQUOI CE MESSAGE")
        .ok_or_else(|| unknown("no reason"))?
        .1;
    let why = why(words);
    if why.is_none() && !words.contains("accepté de remplacer") {
        return Err(unknown("no reason"));
    }
    let news = if let Some(id) = row(mail, "Numéro du dépôt") {
        let total = row(mail, "Dépôts électroniques à ce jour")
            .and_then(|row| row.strip_suffix(", celui-ci compris"));
        let late = match row(mail, "Délai") {
            None => "no deadline",
            Some("reçu hors délai") => "late",
            Some(_) => "in time",
        };
        format!("{id}, {} so far, {late}", total.unwrap_or("none"))
    } else if subject.starts_with("Clôture") {
        format!(
            "closed with {:?}",
            tally(mail).ok_or_else(|| unknown("no numbers"))?
        )
    } else {
        let (_, rest) = mail
            .text
            .split_once(FACT_URL)
            .ok_or_else(|| unknown("no fact"))?;
        let again = if subject.starts_with("Rappel") {
            REMINDED
        } else {
            ""
        };
        let id = rest.split_whitespace().next().unwrap_or_default();
        format!("{id}{again}")
    };
    Ok(Told {
        consultation,
        news,
        to,
        why,
        together: false,
    })
}

fn tally(mail: &Mail) -> Option<Tally> {
    let number = |label| row(mail, label)?.parse().ok();
    Some(Tally {
        withdrawals: [
            number("Retraits identifiés")?,
            number("Retraits anonymes")?,
            number("Retraits papier")?,
        ],
        deposits: [number("Dépôts électroniques")?, number("Dépôts papier")?],
        late: [
            number("Dépôts électroniques hors délai")?,
            number("Dépôts papier hors délai")?,
        ],
    })
}

/// The agent's list is the model's: what they may see, newest first, the rule that gave each star,
/// and the revision in force.
pub async fn favourites(play: &Play, agent: Agent) -> Result<(), String> {
    let account = &play.model.agents[agent];
    if !account.joined {
        return Ok(());
    }
    let answer = play
        .stage
        .world
        .get(&stage::login(agent), &play.path(agent, "/favourites"))
        .await;
    let expected = match account.erased {
        true => 404,
        false if account.active => 200,
        false => 403,
    };
    if answer.status != expected {
        return Err(format!(
            "the favourites of agent {agent} answer {} instead of {expected}: {}",
            answer.status, answer.text
        ));
    }
    if expected != 200 {
        return Ok(());
    }
    let favourites = play.model.favourites(agent);
    let late = favourites.iter().filter(|star| star.late);
    let late: BTreeSet<_> = late
        .map(|star| consultation_id(star.consultation))
        .collect();
    let mut list: Vec<_> = favourites.iter().map(shown).collect();
    let mut listed: Vec<_> = answer.json["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|star| listed(star, &late))
        .collect();
    if !late.is_empty() {
        list.sort();
        listed.sort();
    }
    if list == listed {
        Ok(())
    } else {
        Err(format!(
            "favourites of agent {agent}: {listed:#?}\ninstead of {list:#?}"
        ))
    }
}

/// Everybody's choices of kinds are the model's.
pub async fn choices(play: &Play) -> Result<(), String> {
    for (agent, account) in play
        .model
        .agents
        .iter()
        .enumerate()
        .filter(|(_, account)| account.joined && account.active && !account.erased)
    {
        let shown = play
            .stage
            .world
            .get(&stage::login(agent), &play.path(agent, "/alerts"))
            .await;
        for (i, (_, kind)) in KINDS.iter().enumerate() {
            let wanted = account.kinds[i].name();
            if shown.json["kinds"][kind] != wanted {
                return Err(format!(
                    "{kind} of agent {agent} is {} instead of {wanted}",
                    shown.json["kinds"][kind]
                ));
            }
        }
    }
    Ok(())
}

fn shown(star: &Listed) -> String {
    let Listed {
        consultation,
        since,
        late,
        automatic,
        revision,
        phase,
        deadline,
    } = star;
    let since = if *late {
        LATE.to_owned()
    } else {
        since.to_string()
    };
    let (rule, deadline) = (
        automatic.map_or("", crate::histories::terms::Rule::name),
        deadline.map(|at| at.to_string()).unwrap_or_default(),
    );
    format!(
        "{} since {since} by {rule:?}: Révision {revision}, {}, until {deadline:?}",
        consultation_id(*consultation),
        phase.name()
    )
}

fn listed(star: &Value, late: &BTreeSet<String>) -> String {
    let text = |name: &str| star[name].as_str().unwrap_or_default().to_owned();
    let (id, mut since, rule) = (text("consultationId"), text("since"), text("automatic"));
    if late.contains(&id) {
        LATE.clone_into(&mut since);
    }
    format!(
        "{id} since {since} by {rule:?}: {}, {}, until {:?}",
        text("title"),
        text("phase"),
        text("submissionDeadline")
    )
}

/// At the end nothing was refused, nothing is under way, and each alert that was sent was
/// announced.
pub async fn records(world: &World, told: usize) -> Result<(), String> {
    let rejections = world.rejections();
    if !rejections.is_empty() {
        return Err(format!("rejected: {rejections:?}"));
    }
    let strayed = world.table.strayed_people().await;
    if !strayed.is_empty() {
        return Err(format!("people by name: {strayed:?}"));
    }
    let name = |event: &Value| {
        ["accountId", "consultationId", "kind", "factKey"].map(|field| event[field].to_string())
    };
    let sent: BTreeSet<_> = world.events("AlertSent").iter().map(name).collect();
    if sent.len() != told {
        return Err(format!(
            "{} alerts were announced as sent, {told} were sent",
            sent.len()
        ));
    }
    let (missing, _) = world.todos_that_differ().await;
    if !missing.is_empty() {
        return Err(format!("what waits has no entry: {missing:?}"));
    }
    let pending = world.table.items().await.into_iter().filter(|item| {
        item.get("state")
            .is_some_and(|s| s.as_s().is_ok_and(|s| s == "PENDING"))
    });
    match pending.count() {
        0 => Ok(()),
        left => Err(format!("{left} deliveries are still under way")),
    }
}
