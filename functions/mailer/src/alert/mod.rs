//! Alerts: up to 50 followers of a consultation and one fact.

mod decision;
mod edition;
mod recipient;

use std::collections::BTreeSet;

use vigie_aws::{queue::Failure, ses::BULK};
use vigie_domain::{
    consultation::{Consultation, fact::RecordedFact},
    delivery::alert::is_past,
    event::{self, AlertDue, Rejected},
    id::AccountId,
};
use vigie_mail as mail;
use vigie_store::{DeferredAlert, Intent, PassedOn, Passing, Subject, WantedDelivery};

use crate::{
    Mailer,
    alert::{decision::Decision, edition::Edition, recipient::usual},
    send::{Claimed, Sender, unless_busy},
};

impl Mailer {
    /// Sends an alert to those who are to have it now. Hands the message back (an error) unless
    /// everybody has it or never will.
    pub(crate) async fn alert(&self, due: &AlertDue, sender: Sender<'_>) -> Result<(), Failure> {
        if due.account_ids.len() > BULK {
            return Err(Failure::Reject("more than 50 accounts".to_owned()));
        }
        let (fact_kind, fact_key) = (due.kind.as_str(), due.fact_key.as_str());
        let (told, path, entity) = self
            .store
            .fact_read_context_with_path(
                &due.consultation_id,
                fact_kind,
                fact_key,
                &due.entity_path,
            )
            .await?;
        let fact = told
            .fact
            .ok_or_else(|| Failure::Reject("no such fact".to_owned()))?;
        let consultation = told
            .consultation
            .ok_or_else(|| Failure::Reject("no such consultation".to_owned()))?;
        let kind = fact.fact.alert().ok_or_else(no_alert)?;
        let subject = Subject::alert(&due.consultation_id, fact_kind, fact_key);
        if let Some(delegate) = &due.delegate_id {
            let absentees: Vec<_> = due.account_ids.iter().cloned().collect();
            self.store
                .delivery_take_back(&subject, &absentees, delegate)
                .await?;
        }
        let decision = if is_past(&fact.fact, told.ended, &consultation) {
            self.end(due, &subject).await?
        } else {
            self.decide(due, kind, &subject, &fact, &consultation, path)
                .await?
        };

        // Before anything is sent, so that a crash cannot lose it.
        let held = held(&subject, &fact, &consultation);
        self.store
            .deferred_alert_write(&subject.hash, &held, &decision.holds)
            .await?;
        // Nothing is claimed that could not be signed.
        let keys = self.tokens.keys().await?;
        let wanted: Vec<_> = wanted(&subject, &decision).collect();
        let claims = sender.claim(&wanted).await?;
        let Claimed { mine, busy, .. } = Claimed::of(decision.recipients, &claims);
        if !mine.is_empty() {
            let now = self.clock.now();
            let entity_name = entity.as_ref().map(|entity| entity.name.as_str());
            let alert = mail::Alert::new(
                kind,
                &consultation,
                entity_name,
                &fact,
                &self.letterhead,
                now,
            );
            let edition = Edition {
                mailer: self,
                keys: &keys,
                alert: alert.ok_or_else(no_alert)?.usually(usual(&mine)),
                subject: &subject,
                kind,
                consultation: &consultation,
                now,
            };
            edition.send(sender, &mine).await?;
        }
        unless_busy(busy)?;
        let busy = self
            .record_covered(&subject, &held, &decision.covered)
            .await?;
        self.set_aside(due, &decision.unreadable, "accounts that cannot be read")
            .await?;
        self.set_aside(due, &decision.undecided, "entities that cannot be read")
            .await?;
        unless_busy(busy)
    }

    /// Keeps the alert of accounts that cannot be read, or not be judged, where rejected events are
    /// kept: sent again once that is mended, it reaches them.
    async fn set_aside(
        &self,
        due: &AlertDue,
        accounts: &BTreeSet<AccountId>,
        reason: &str,
    ) -> Result<(), Failure> {
        if accounts.is_empty() {
            return Ok(());
        }
        let kept = AlertDue {
            account_ids: accounts.clone(),
            entity_path: Vec::new(),
            delegate_id: None,
            ..due.clone()
        };
        let rejected = event::Event::from(Rejected::of(reason, &kept.into()));
        Ok(self.bus.publish(&[rejected.into()]).await?)
    }

    /// Records for the absent agent that the delegate has the alert; if the delegate could not be
    /// mailed, it is deferred instead. True if another worker holds some of these
    /// deliveries.
    async fn record_covered(
        &self,
        subject: &Subject,
        held: &DeferredAlert,
        covered: &[(AccountId, AccountId)],
    ) -> Result<bool, Failure> {
        if covered.is_empty() {
            return Ok(false);
        }
        let all: Vec<_> = covered
            .iter()
            .map(|(absentee, delegate)| PassedOn {
                subject,
                absentee,
                delegate,
            })
            .collect();
        let told = self.store.delivery_pass_on(&all, self.clock.now()).await?;
        let untold = all
            .iter()
            .zip(&told)
            .filter(|(_, told)| **told == Passing::NotTold);
        let accounts: Vec<_> = untold.map(|(untold, _)| untold.absentee.clone()).collect();
        self.hold_until_return(&subject.hash, held, &accounts)
            .await?;
        Ok(told.contains(&Passing::Busy))
    }
}

fn held(subject: &Subject, fact: &RecordedFact, consultation: &Consultation) -> DeferredAlert {
    DeferredAlert {
        consultation_id: consultation.id.clone(),
        kind: subject.kind.clone(),
        key: subject.key.clone(),
        recorded_at: fact.recorded_at,
        until_return: false,
    }
}

/// Returns the deliveries that a decision makes: of the recipients first, in their order, and then
/// of those who are left out.
fn wanted<'a>(
    subject: &'a Subject,
    decision: &'a Decision,
) -> impl Iterator<Item = WantedDelivery<'a>> {
    let recipients = decision.recipients.iter();
    let sent = recipients.map(|to| (&to.account.id, Intent::Send(to.reason())));
    let left_out = decision.left_out.iter();
    let skipped = left_out.map(|(id, why)| (id, Intent::Skip(why.as_str())));
    sent.chain(skipped).map(|(account, intent)| WantedDelivery {
        subject,
        account,
        intent,
    })
}

fn no_alert() -> Failure {
    Failure::Reject("no alert goes by this fact".to_owned())
}
