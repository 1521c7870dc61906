//! Alerts: up to 50 followers of a consultation and one fact.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;
use vigie_domain::{
    account::Account,
    alert::{LeftOut, judge},
    consultation::{Consultation, Scope, Sight},
    id::{AccountId, ConsultationId, EntityId},
    preferences::Kind,
    token::Token,
    unsubscribe::Unsubscribe,
    untrusted::Untrusted,
};
use vigie_platform::{
    mail,
    queue::Failure,
    ses::{Answer, BULK, Entry, Parts},
    store::deliveries::{Claim, Intent, Outcome, Subject},
};

use crate::{Mailer, Turn};

/// Tries of a call that SES throttled, before the message goes back to the queue.
const TRIES: u32 = 3;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AlertDue {
    consultation_id: ConsultationId,
    kind: Untrusted<20>,
    fact_key: Untrusted<229>,
    account_ids: BTreeSet<AccountId>,
    /// The consultation's entity up to its root, as `alerts` walked it: a hint that is checked.
    #[serde(default)]
    entity_path: BTreeSet<EntityId>,
}

struct Recipient {
    account: Account,
    sight: Sight,
}

impl Mailer {
    /// Hands the message back (an error) unless everybody has it or never will.
    pub(crate) async fn alert(&self, due: &AlertDue, last: bool) -> Result<Turn, Failure> {
        if due.account_ids.len() > BULK {
            return Err(Failure::Reject("more than 50 accounts".to_owned()));
        }
        // Before anything is read: recipients are judged when the mail is sent, and no claim waits.
        self.pace.turn().await;
        let (fact_kind, fact_key) = (due.kind.as_str(), due.fact_key.as_str());
        let hint: Vec<EntityId> = due.entity_path.iter().cloned().collect();
        let (told, path, entity) = self.store.told_with_path(&due.consultation_id, fact_kind, fact_key, &hint).await?;
        let fact = told.fact.ok_or_else(|| Failure::Reject("no such fact".to_owned()))?;
        let consultation = told.consultation.ok_or_else(|| Failure::Reject("no such consultation".to_owned()))?;
        let kind = fact.fact.alert().ok_or_else(|| Failure::Reject("no alert goes by this fact".to_owned()))?;
        let scope = Scope { path, ..Scope::default() };
        let (recipients, left_out) = self.decide(due, kind, &consultation, scope).await?;

        let subject = Subject::alert(&due.consultation_id, fact_kind, fact_key);
        let intents: Vec<_> = recipients
            .iter()
            .map(|to| (to.account.id.clone(), Intent::Send(to.sight.as_str().to_owned())))
            .chain(left_out.into_iter().map(|(id, why)| (id, Intent::Skip(why.as_str().to_owned()))))
            .collect();
        let claims = self.store.claim(&subject, &intents, self.clock.now()).await?;
        let busy = claims.contains(&Claim::Busy);
        let held: Vec<Recipient> =
            recipients.into_iter().zip(&claims).filter(|(_, claim)| **claim == Claim::Held).map(|(to, _)| to).collect();
        if !held.is_empty() {
            let now = self.clock.now();
            let alert = mail::Alert::new(kind, &consultation, entity.as_ref().map(|e| e.name.as_str()), &fact, &self.portal_url, now)
                .ok_or_else(|| Failure::Reject("no alert goes by this fact".to_owned()))?;
            let links = Links { mailer: self, kind, deadline: consultation.deadline_ahead(now).map(|_| &consultation.id), now };
            self.send(&alert, &subject, &links, held, last).await?;
        }
        Ok(if busy { Turn::Busy } else { Turn::Done })
    }

    /// Who gets it, and who asked for it but must not have it. Transverse links are read only where they decide.
    async fn decide(
        &self,
        due: &AlertDue,
        kind: Kind,
        consultation: &Consultation,
        mut scope: Scope,
    ) -> Result<(Vec<Recipient>, Vec<(AccountId, LeftOut)>), Failure> {
        let accounts: Vec<AccountId> = due.account_ids.iter().cloned().collect();
        let candidates = self.store.accounts_and_stars(&due.consultation_id, &accounts).await?;
        let undecided = |(account, star): &(Account, bool)| {
            account.permanent_guest.transverse && judge(account, *star, kind, consultation, &scope) == Err(LeftOut::MayNotSeeIt)
        };
        if candidates.iter().any(undecided) {
            scope.transverse_from = self.store.transverse_from(&consultation.entity_id).await?;
        }
        let (mut recipients, mut left_out) = (Vec::with_capacity(candidates.len()), Vec::new());
        for (account, star) in candidates {
            match judge(&account, star, kind, consultation, &scope) {
                Ok(sight) => recipients.push(Recipient { account, sight }),
                Err(why) if why.is_worth_a_record() => left_out.push((account.id, why)),
                Err(_) => {}
            }
        }
        Ok((recipients, left_out))
    }

    /// Sends to those whose delivery is held, and records each by SES's own word.
    async fn send(
        &self,
        alert: &mail::Alert,
        subject: &Subject,
        links: &Links<'_>,
        mut held: Vec<Recipient>,
        last: bool,
    ) -> Result<(), Failure> {
        let template = alert.template();
        let parts = Parts { subject: template.subject, text: template.text, html: template.html };
        let mut outcomes = Vec::with_capacity(held.len());
        let mut unknown = false;
        self.pace.book(held.len());
        for attempt in 1..=TRIES {
            let entries: Vec<_> = held.iter().map(|to| entry(alert, subject, links, to)).collect();
            let answers = self.ses.send_bulk(parts, &entries).await;
            let mut throttled = Vec::new();
            for (to, answer) in held.into_iter().zip(answers) {
                match answer {
                    Answer::NotNow(_) if attempt < TRIES => throttled.push(to),
                    Answer::Unknown if !last => unknown = true,
                    answer => outcomes.push((to.account.id, outcome(answer, last))),
                }
            }
            held = throttled;
            if held.is_empty() {
                break;
            }
            self.pace.back_off(attempt).await;
        }
        let not_now = outcomes.iter().any(|(_, outcome)| outcome.is_open());
        self.store.settle(subject, &outcomes).await?;
        match (unknown, not_now) {
            (false, false) => Ok(()),
            (true, _) => Err(Failure::Retry("SES did not answer".to_owned())),
            (false, true) => Err(Failure::Retry("SES cannot send now".to_owned())),
        }
    }
}

/// What an answer means for the record. What SES cannot do now is released, so that the next receive can claim it at once;
/// before the last receive fails, the failure is written, and a redrive of the dead-letter queue may claim it again.
pub(crate) fn outcome(answer: Answer, last: bool) -> Outcome {
    match answer {
        Answer::Accepted(id) => Outcome::Sent(id),
        Answer::Refused(reason) => Outcome::Failed { reason, retryable: false },
        Answer::NotNow(reason) if last => Outcome::Failed { reason, retryable: true },
        Answer::NotNow(_) => Outcome::Released,
        Answer::Unknown => Outcome::Failed { reason: "unknown".to_owned(), retryable: true },
    }
}

/// What makes a recipient's own links.
struct Links<'a> {
    mailer: &'a Mailer,
    kind: Kind,
    /// The consultation, if its deadline lies ahead.
    deadline: Option<&'a ConsultationId>,
    now: Timestamp,
}

impl Links<'_> {
    /// Where the recipient switches this kind off.
    fn unsubscribe(&self, account: &AccountId) -> String {
        self.signed("unsubscribe", Unsubscribe::new(account.clone(), self.kind, self.now).token())
    }

    /// Where the recipient finds the deadline.
    fn calendar(&self, account: &AccountId) -> Option<String> {
        Some(self.signed("deadlines", Token::deadline(account, self.deadline?)))
    }

    fn signed(&self, what: &str, token: Option<Token>) -> String {
        let token = token.map(|token| self.mailer.tokens.sign(&token)).unwrap_or_default();
        format!("{}/v1/{what}/{token}", self.mailer.portal_url)
    }
}

fn entry(alert: &mail::Alert, subject: &Subject, links: &Links<'_>, to: &Recipient) -> Entry {
    let unsubscribe_url = links.unsubscribe(&to.account.id);
    Entry {
        to: to.account.contact.email.clone(),
        data: alert.data_for(&to.account, to.sight, &unsubscribe_url, links.calendar(&to.account.id).as_deref()),
        // RFC 2369 and RFC 8058.
        headers: vec![
            ("List-Unsubscribe", format!("<{unsubscribe_url}>")),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()),
        ],
        tags: vec![("kind", links.kind.as_str().to_owned()), ("delivery", subject.hash.clone())],
    }
}
