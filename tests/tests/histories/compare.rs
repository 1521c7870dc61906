//! Whether the world did what the model says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use vigie_tests::{World, wire::Mail};

use crate::{
    play::Play,
    portal::{FACT_URL, consultation_id},
    post::row,
    stage,
    steps::AGENTS,
    terms::{Agent, Listed, Sight, Tally, Told},
};

/// What a mail says of why it came.
const WHY: [(Sight, &str); 5] = [
    (Sight::Author, "vous avez créé cette consultation"),
    (Sight::Guest, "vous êtes mentionné(e) comme invité(e) sur cette consultation"),
    (Sight::OwnEntity, "vous êtes invité(e) permanent(e) de votre entité"),
    (Sight::DependentEntity, "vous êtes invité(e) permanent(e) des entités qui dépendent de la vôtre"),
    (Sight::TransverseEntity, "vous êtes invité(e) permanent(e) des entités associées transversalement à la vôtre"),
];

/// Exactly those were mailed that should be, once each; so many facts at most were mailed again to those who had them.
///
/// Of the mails only the newest of each agent is left: for its link.
pub fn mails(world: &World, expected: &[Told], repeats: usize) -> Result<(), String> {
    let mut mails = world.wire.with(|traffic| std::mem::take(&mut traffic.mails));
    mails.retain(|mail| mail.subject != vigie_tests::traffic::CHANGED);
    let fresh = mails.iter().filter(|mail| !mail.headers.contains_key(SEEN)).map(told).collect::<Result<Vec<_>, _>>()?;
    // Two deadlines may be closed with the same numbers: then a mail is wanted twice.
    let (wanted, sent) = (counted(expected), counted(&fresh));
    let times = |of: &BTreeMap<&Told, usize>, told: &Told| of.get(told).copied().unwrap_or_default();
    let missing: Vec<_> = wanted.iter().filter(|(told, wanted)| times(&sent, told) < **wanted).collect();
    let unwanted: Vec<_> = sent.keys().filter(|told| !wanted.contains_key(*told)).collect();
    if !missing.is_empty() || !unwanted.is_empty() {
        return Err(format!("mails are missing: {missing:#?}\nnobody should have had: {unwanted:#?}"));
    }
    let again: Vec<_> = sent.iter().filter(|(told, sent)| **sent > times(&wanted, told)).collect();
    let chunks: BTreeSet<_> = again.iter().map(|(told, _)| (told.consultation, &told.news)).collect();
    if chunks.len() > repeats || again.iter().any(|(told, sent)| **sent > times(&wanted, told) + repeats) {
        return Err(format!("mailed again, though at most {repeats} chunks may be: {again:#?}"));
    }
    let mut newest: BTreeMap<String, Mail> = BTreeMap::new();
    for mut mail in mails {
        mail.headers.insert(SEEN.to_owned(), String::new());
        newest.insert(mail.to.clone(), mail);
    }
    world.wire.with(|traffic| traffic.mails.extend(newest.into_values()));
    Ok(())
}

fn counted(told: &[Told]) -> BTreeMap<&Told, usize> {
    let mut counted = BTreeMap::new();
    told.iter().for_each(|told| *counted.entry(told).or_default() += 1);
    counted
}

/// Marks a mail that was compared.
const SEEN: &str = "x-seen";

fn told(mail: &Mail) -> Result<Told, String> {
    let unknown = |what: &str| format!("{what} in a mail to {}: {}\n{}", mail.to, mail.subject, mail.text);
    let to = (0..AGENTS).find(|agent| stage::address(*agent) == mail.to).ok_or_else(|| unknown("nobody of ours"))?;
    let (reference, subject) = mail.subject.trim_start_matches('[').split_once("] ").ok_or_else(|| unknown("no reference"))?;
    let consultation = (0..).take(100).find(|number| consultation_id(*number) == reference).ok_or_else(|| unknown("no consultation"))?;
    let why = WHY.iter().find(|(_, words)| mail.text.contains(&format!("{words}, que"))).ok_or_else(|| unknown("no reason"))?.0;
    let news = if let Some(id) = row(mail, "Numéro du dépôt") {
        let total = row(mail, "Dépôts électroniques à ce jour").and_then(|row| row.strip_suffix(", celui-ci compris"));
        let late = match row(mail, "Délai") {
            None => "no deadline",
            Some("reçu hors délai") => "late",
            Some(_) => "in time",
        };
        format!("{id}, {} so far, {late}", total.unwrap_or("none"))
    } else if subject.starts_with("Clôture") {
        format!("closed with {:?}", tally(mail).ok_or_else(|| unknown("no numbers"))?)
    } else {
        let (_, rest) = mail.text.split_once(FACT_URL).ok_or_else(|| unknown("no fact"))?;
        rest.split_whitespace().next().unwrap_or_default().to_owned()
    };
    Ok(Told { consultation, news, to, why })
}

fn tally(mail: &Mail) -> Option<Tally> {
    let number = |label| row(mail, label)?.parse().ok();
    Some(Tally {
        withdrawals: [number("Retraits identifiés")?, number("Retraits anonymes")?, number("Retraits papier")?],
        deposits: [number("Dépôts électroniques")?, number("Dépôts papier")?],
        late: [number("Dépôts électroniques hors délai")?, number("Dépôts papier hors délai")?],
    })
}

/// The agent's list is the model's: what it may see, newest first, the rule that gave it, and the revision in force.
pub async fn favourites(play: &Play, agent: Agent) -> Result<(), String> {
    let account = &play.model.agents[agent];
    let answer = play.stage.world.get(&stage::login(agent), &play.path(agent, "/favourites")).await;
    let expected = match account.erased {
        true => 404,
        false if account.active => 200,
        false => 403,
    };
    if answer.status != expected {
        return Err(format!("the favourites of agent {agent} answer {} instead of {expected}: {}", answer.status, answer.text));
    }
    if expected != 200 {
        return Ok(());
    }
    let list: Vec<_> = play.model.favourites(agent).iter().map(shown).collect();
    let listed: Vec<_> = answer.json["items"].as_array().into_iter().flatten().map(listed).collect();
    if list == listed { Ok(()) } else { Err(format!("favourites of agent {agent}: {listed:#?}\ninstead of {list:#?}")) }
}

fn shown(star: &Listed) -> String {
    let Listed { consultation, since, automatic, revision, phase, deadline } = star;
    let (rule, deadline) = (automatic.map_or("", crate::terms::Rule::name), deadline.map(|at| at.to_string()).unwrap_or_default());
    format!("{} since {since} by {rule:?}: Révision {revision}, {}, until {deadline:?}", consultation_id(*consultation), phase.name())
}

fn listed(star: &Value) -> String {
    let text = |name: &str| star[name].as_str().unwrap_or_default().to_owned();
    let (id, since, rule) = (text("consultationId"), text("since"), text("automatic"));
    format!("{id} since {since} by {rule:?}: {}, {}, until {:?}", text("title"), text("phase"), text("submissionDeadline"))
}

/// At the end nothing was refused, nothing is under way, and each alert that was sent was announced.
pub async fn records(world: &World, told: usize) -> Result<(), String> {
    let rejections = world.rejections();
    if !rejections.is_empty() {
        return Err(format!("rejected: {rejections:?}"));
    }
    let name = |event: &Value| ["accountId", "consultationId", "kind", "factKey"].map(|field| event[field].to_string());
    let sent: BTreeSet<_> = world.events("AlertSent").iter().map(name).collect();
    if sent.len() != told {
        return Err(format!("{} alerts were announced as sent, {told} were sent", sent.len()));
    }
    let pending =
        world.table.items().await.into_iter().filter(|item| item.get("state").is_some_and(|s| s.as_s().is_ok_and(|s| s == "PENDING")));
    match pending.count() {
        0 => Ok(()),
        left => Err(format!("{left} deliveries are still under way")),
    }
}
