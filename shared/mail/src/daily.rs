//! Deferred alerts as one mail: the daily one, or that of the day after an absence. In sections,
//! one for each consultation; in several mails where one would be too long.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};
use vigie_domain::{
    account::Account,
    consultation::{Consultation, Sight, fact::RecordedFact},
    id::ConsultationId,
    paris,
    text::one_line,
};

use super::{
    alert::{self, NAME, REFERENCE, TITLE, UNFOLLOW, greeting},
    block::{Block, escape, harmless},
    count::numbered,
    date,
    letterhead::Letterhead,
    news::News,
    template::{Content, DAILY, Rendered},
};

/// Most bytes of a mail's HTML. Gmail shows 102 KB of it and hides the rest, and with it the foot.
pub const MAX_HTML: usize = 100_000;

/// Bytes kept for what differs between a part and the whole: counts, days, the link to unsubscribe.
const RESERVE: usize = 500;

/// Longest name in a subject, in characters: the number of alerts and the part follow it.
const SUBJECT_NAME: usize = 120;

/// One thing to tell.
#[derive(Clone, Debug)]
pub struct Told<'a> {
    /// The consultation.
    pub consultation: &'a Consultation,
    /// The name of its entity, if that is known.
    pub entity_name: Option<&'a str>,
    /// The fact.
    pub recorded: &'a RecordedFact,
    /// The reason for which its follower may see it.
    pub sight: Sight,
}

/// A mail with deferred alerts of an account.
pub struct Daily<'a> {
    /// To whom.
    pub to: &'a Account,
    /// For whom the recipient stands in.
    pub absentee: Option<&'a Account>,
    /// The facts to tell, oldest first; at least one.
    pub told: Vec<Told<'a>>,
    /// From whom.
    pub letterhead: &'a Letterhead,
    /// The page where it is switched off; nothing that HTML would have to escape.
    pub unsubscribe_url: &'a str,
    /// The page where each consultation is followed no more; none for a delegate.
    pub unfollow: BTreeMap<ConsultationId, String>,
    /// True if some of it waited for a daily mail, and not for a return.
    pub daily: bool,
    /// The number of this mail, and of all mails.
    pub part: (usize, usize),
}

impl Daily<'_> {
    /// Divides what there is to tell into mails of at most [`MAX_HTML`] bytes of HTML: for each the
    /// places in [`Daily::told`], in the order in which they are shown. A consultation with much
    /// news is in several.
    #[must_use]
    pub fn parts(&self, now: Timestamp) -> Vec<Vec<usize>> {
        let room = MAX_HTML.saturating_sub(self.with(Block::default()).html.len() + RESERVE);
        let (mut parts, mut size) = (vec![Vec::new()], 0);
        for first in self.in_order() {
            let frame = self.section(first, Block::default()).html.len();
            let mut begun = false;
            for (place, told) in self
                .told
                .iter()
                .enumerate()
                .filter(|(_, told)| told.consultation.id == first.consultation.id)
            {
                let row = row(told, now).html.len();
                let fits = size + row + if begun { 0 } else { frame } <= room;
                if !fits && parts.last().is_some_and(|part| !part.is_empty()) {
                    parts.push(Vec::new());
                    (size, begun) = (0, false);
                }
                size += row + if begun { 0 } else { frame };
                begun = true;
                parts
                    .last_mut()
                    .into_iter()
                    .for_each(|part| part.push(place));
            }
        }
        parts
    }

    /// The mail. `now` decides the time left.
    #[must_use]
    pub fn render(&self, now: Timestamp) -> Rendered {
        self.with(self.sections(now))
    }

    fn with(&self, sections: Block) -> Rendered {
        let count = self.told.len() as u64;
        let (number, of) = self.part;
        let several = of > 1;
        let news = numbered(count, "alerte")
            + &if several {
                format!(" ({number}/{of})")
            } else {
                String::new()
            };
        let (subject, heading) = match self.absentee {
            None => (
                format!("Vos alertes {} – {news}", self.days()),
                "Vos alertes".to_owned(),
            ),
            Some(absentee) => {
                let name = absentee.contact.full_name();
                (
                    format!("Alertes de {} – {news}", harmless(&name, SUBJECT_NAME)),
                    format!("Alertes de {}", harmless(&name, NAME)),
                )
            }
        };
        let which = if several {
            format!(" Ce message est le n°\u{a0}{number} sur {of}.")
        } else {
            String::new()
        };
        let intro = format!(
            "Voici ce qui a été enregistré {} sur {}.{which}",
            self.days(),
            self.consultations()
        );
        let (why, unsubscribe) = match self.absentee {
            Some(absentee) => alert::stands_in(absentee),
            None => (
                "Vous recevez ce message parce que ces consultations sont dans vos favoris et que ces alertes sont activées dans vos préférences\u{a0}: \
                 une fois par jour, ou retenues pendant votre absence."
                    .to_owned(),
                if self.daily { "Ne plus recevoir d’alertes quotidiennes" } else { "Ne plus recevoir ces alertes" }.to_owned(),
            ),
        };
        let greeting = greeting(&self.to.contact.first_name, &self.to.contact.last_name);
        let data = [
            ("subject", one_line(&subject, 200)),
            ("preheader", escape(&intro)),
            ("heading", escape(&heading)),
            ("greeting_html", escape(&greeting)),
            ("greeting_text", greeting),
            ("intro", escape(&intro)),
            ("sections_html", sections.html),
            ("sections_text", sections.text),
            ("why_html", escape(&why)),
            ("why_text", why),
            (
                "manage_url",
                format!("{}/alertes", escape(&self.letterhead.portal_url)),
            ),
            ("unsubscribe_html", escape(&unsubscribe)),
            ("unsubscribe_text", unsubscribe),
            ("unsubscribe_url", self.unsubscribe_url.to_owned()),
        ];
        let mut data: Map<_, _> = data
            .into_iter()
            .map(|(key, value)| (key.to_owned(), Value::String(value)))
            .collect();
        self.letterhead.put(&mut data);
        Content {
            template: &DAILY,
            data,
        }
        .render()
    }

    /// « du lundi 13 avril 2026 », or from the first day to the last.
    fn days(&self) -> String {
        let days = || {
            self.told
                .iter()
                .map(|told| paris::day(told.recorded.recorded_at))
        };
        match (days().min(), days().max()) {
            (Some(first), Some(last)) if first < last => {
                format!("du {} au {}", date::day(first), date::day(last))
            }
            (Some(day), _) => format!("du {}", date::day(day)),
            (None, _) => String::new(),
        }
    }

    fn consultations(&self) -> String {
        match self.in_order().len() {
            1 => "une consultation".to_owned(),
            several => numbered(several as u64, "consultation"),
        }
    }

    /// The consultations in the order of their first news.
    fn in_order(&self) -> Vec<&Told<'_>> {
        let mut firsts: Vec<&Told<'_>> = Vec::new();
        for told in &self.told {
            if !firsts
                .iter()
                .any(|first| first.consultation.id == told.consultation.id)
            {
                firsts.push(told);
            }
        }
        firsts
    }

    fn sections(&self, now: Timestamp) -> Block {
        let mut all = Block::default();
        for first in self.in_order() {
            let mut rows = Block::default();
            for told in self
                .told
                .iter()
                .filter(|told| told.consultation.id == first.consultation.id)
            {
                rows.append(&row(told, now));
            }
            all.append(&self.section(first, rows));
        }
        all
    }

    /// Returns the block of a consultation: its title, and what happened on it.
    fn section(&self, first: &Told<'_>, mut rows: Block) -> Block {
        let consultation = first.consultation;
        alert::standing(&mut rows, consultation, first.entity_name);
        if self.absentee.is_none() {
            rows.row("Vous y avez accès parce que", alert::why(first.sight));
        }
        let reference = harmless(consultation.reference.as_str(), REFERENCE);
        let mut section = Block::default();
        section.section(
            &format!(
                "[{reference}] {}",
                harmless(consultation.title.as_str(), TITLE)
            ),
            &rows,
        );
        let page = format!("{}/favoris/{}", self.letterhead.portal_url, consultation.id);
        section.link("Cette consultation dans mon compte", &page);
        if let Some(url) = self.unfollow.get(&consultation.id) {
            section.link(UNFOLLOW, url);
        }
        section
    }
}

/// One thing that happened, and where it leads.
fn row(told: &Told<'_>, now: Timestamp) -> Block {
    let mut row = Block::default();
    let Some(news) = News::of(told.recorded, told.consultation, now) else {
        return row;
    };
    let value = format!(
        "{} – {}",
        news.summary,
        date::moment(told.recorded.recorded_at)
    );
    match news.first_link {
        Some(url) => row.linked_row(news.heading, &value, url.as_str()),
        None => row.row(news.heading, &value),
    }
    row
}
