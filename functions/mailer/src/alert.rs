//! Alerts: up to 50 followers of a consultation and one fact.

use std::collections::{BTreeMap, BTreeSet};

use vigie_aws::{queue::Failure, ses::BULK};
use vigie_domain::{
    account::{Account, preferences::Kind},
    consultation::{Consultation, Scope, fact::RecordedFact},
    delivery::alert::{LeftOut, Star, Timing, judge, timing},
    entity::Path,
    event::{self, AlertDue, Rejected},
    id::AccountId,
    paris,
};
use vigie_mail as mail;
use vigie_store::{Candidates, Claim, DeferredAlert, Hold, Intent, PassedOn, Passing, Subject};

use crate::{
    Handled, Mailer,
    away::Delegates,
    bulk::Bulk,
    receive::Receive,
    recipient::{Links, Reason, Recipient, usual},
};

/// The decision about each candidate.
#[derive(Default)]
struct Decision {
    recipients: Vec<Recipient>,
    /// Those who asked for it but must not have it.
    left_out: Vec<(AccountId, LeftOut)>,
    holds: Vec<Hold>,
    /// Those who are away, each with the delegate who is mailed instead.
    covered: Vec<(AccountId, AccountId)>,
    /// Those who follow it and cannot be read.
    unreadable: BTreeSet<AccountId>,
    /// Those who may see it from above, which cannot be read.
    undecided: BTreeSet<AccountId>,
}

impl Mailer {
    /// Hands the message back (an error) unless everybody has it or never will.
    pub(crate) async fn alert(&self, due: &AlertDue, receive: Receive) -> Result<Handled, Failure> {
        if due.account_ids.len() > BULK {
            return Err(Failure::Reject("more than 50 accounts".to_owned()));
        }
        // Before anything is read: recipients are judged when the mail is sent, and no claim waits.
        self.pace.wait(receive.until).await;
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
        let kind = fact
            .fact
            .alert()
            .ok_or_else(|| Failure::Reject("no alert goes by this fact".to_owned()))?;
        let subject = Subject::alert(&due.consultation_id, fact_kind, fact_key);
        if let Some(delegate) = &due.delegate_id {
            self.store
                .delivery_take_back(
                    &subject,
                    &due.account_ids.iter().cloned().collect::<Vec<_>>(),
                    delegate,
                )
                .await?;
        }
        let Decision {
            recipients,
            left_out,
            holds,
            covered,
            unreadable,
            undecided,
        } = self
            .decide(due, kind, &subject, &fact, &consultation, path)
            .await?;

        let wanted: Vec<_> = recipients
            .iter()
            .map(|to| (to.account.id.clone(), to.intent()))
            .chain(
                left_out
                    .into_iter()
                    .map(|(id, why)| (id, Intent::Skip(why.as_str()))),
            )
            .collect();
        // Before anything is sent, so that a crash cannot lose it.
        let held = held(&subject, &fact, &consultation);
        self.store
            .deferred_alert_write(&subject.hash, &held, &holds)
            .await?;
        // Nothing is claimed that could not be signed.
        let keys = self.tokens.keys().await?;
        let claims = self
            .store
            .delivery_claim(&subject, &wanted, self.clock.now())
            .await?;
        let busy = claims.contains(&Claim::Busy);
        let claimed: Vec<Recipient> = recipients
            .into_iter()
            .zip(&claims)
            .filter(|(_, claim)| **claim == Claim::Acquired)
            .map(|(to, _)| to)
            .collect();
        if !claimed.is_empty() {
            let now = self.clock.now();
            let alert = mail::Alert::new(
                kind,
                &consultation,
                entity.as_ref().map(|e| e.name.as_str()),
                &fact,
                &self.portal_url,
                now,
            )
            .ok_or_else(|| Failure::Reject("no alert goes by this fact".to_owned()))?;
            let alert = alert.usually(usual(&claimed));
            let deadline = consultation.deadline_ahead(now).map(|_| &consultation.id);
            let links = Links {
                mailer: self,
                keys: &keys,
                kind,
                consultation: &consultation.id,
                deadline,
                now,
            };
            Bulk {
                mailer: self,
                alert: &alert,
                subject: &subject,
                links: &links,
                receive,
            }
            .send(claimed)
            .await?;
        }
        if busy {
            return Ok(Handled::Busy);
        }
        let busy = self.record_covered(&subject, &held, &covered).await?;
        self.set_aside(due, &unreadable, "accounts that cannot be read")
            .await?;
        self.set_aside(due, &undecided, "entities that cannot be read")
            .await?;
        Ok(if busy { Handled::Busy } else { Handled::Done })
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

    /// Decides who gets it now, who gets it later, and who asked for it but must not have it. Reads
    /// transverse links only where they decide.
    async fn decide(
        &self,
        due: &AlertDue,
        kind: Kind,
        subject: &Subject,
        fact: &RecordedFact,
        consultation: &Consultation,
        path: Option<Path>,
    ) -> Result<Decision, Failure> {
        let (above_is_known, mut scope) = (
            path.is_some(),
            Scope {
                path: path.unwrap_or_default(),
                ..Scope::default()
            },
        );
        let (now, today) = (self.clock.now(), paris::day(self.clock.now()));
        let accounts: Vec<AccountId> = due.account_ids.iter().cloned().collect();
        let Candidates { people, unreadable } = self
            .store
            .follower_find_candidates(&due.consultation_id, &accounts, kind)
            .await?;
        let favourite = |(account, star): (Account, Option<Star>)| {
            (
                account,
                star.is_some_and(|star| star.tells(fact.recorded_at)),
            )
        };
        let candidates: Vec<_> = people.into_iter().map(favourite).collect();
        let undecided = |(account, star): &(Account, bool)| {
            account.permanent_guest.transverse
                && judge(account, *star, kind, consultation, &scope) == Err(LeftOut::MayNotSeeIt)
        };
        if candidates.iter().any(undecided) {
            scope.transverse_from = self
                .store
                .entity_list_transverse_from(&consultation.entity_id)
                .await?;
        }
        let mut decision = Decision {
            recipients: Vec::with_capacity(candidates.len()),
            unreadable,
            ..Decision::default()
        };
        let (mut daily, mut away, mut unwanted) = (Vec::new(), Vec::new(), BTreeMap::new());
        for (account, star) in candidates {
            match judge(&account, star, kind, consultation, &scope) {
                Ok(sight) => match timing(&account, kind, today) {
                    Timing::AtOnce => decision.recipients.push(Recipient {
                        account,
                        reason: Reason::Follows(sight),
                    }),
                    Timing::Daily => daily.push(account.id),
                    Timing::Away(_) => away.push(account),
                },
                Err(LeftOut::MayNotSeeIt)
                    if !above_is_known && account.permanent_guest.dependent =>
                {
                    decision.undecided.insert(account.id);
                }
                Err(why) if why.is_worth_a_record() => decision.left_out.push((account.id, why)),
                Err(why) => drop(unwanted.insert(account.id, why)),
            }
        }
        if !unwanted.is_empty() {
            // Wanted when it was begun: it is not being sent any more.
            let open = self
                .store
                .delivery_find_open(subject, &unwanted.keys().cloned().collect())
                .await?;
            decision
                .left_out
                .extend(unwanted.into_iter().filter(|(id, _)| open.contains(id)));
        }
        if daily.is_empty() && away.is_empty() {
            return Ok(decision);
        }
        // Told before, by a mail of its own or a daily one.
        let later = daily
            .iter()
            .chain(away.iter().map(|account| &account.id))
            .cloned()
            .collect();
        let done = self.store.delivery_find_done(subject, &later).await?;
        daily.retain(|id| !done.contains(id));
        away.retain(|account| !done.contains(&account.id));
        let at = paris::told_daily(fact.recorded_at, now);
        decision.holds = daily
            .into_iter()
            .map(|account| Hold {
                account,
                due: at,
                until_return: false,
            })
            .collect();
        let mut delegates = self.delegates_for(&away, consultation, scope).await?;
        delegates.retain(|_, delegate| due.delegate_id.as_ref() != Some(&delegate.id));
        cover(away, &delegates, &mut decision);
        Ok(decision)
    }

    /// Records for the absent agent that the delegate has the alert; if the delegate could not be
    /// mailed, it is deferred instead. Returns whether another worker holds some of these
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

/// Decides for agents who are away. An alert that no delegate may take is deferred until the agent
/// is back.
fn cover(away: Vec<Account>, delegates: &Delegates, decision: &mut Decision) {
    for absentee in away {
        let Some(absence) = &absentee.absence else {
            continue;
        };
        match delegates.get(&absentee.id) {
            None => {
                let hold = Hold {
                    account: absentee.id,
                    due: absence.returns_at(),
                    until_return: true,
                };
                decision.holds.push(hold);
            }
            Some(delegate) => {
                decision
                    .covered
                    .push((absentee.id.clone(), delegate.id.clone()));
                // Once per fact and account, however many it stands in for.
                if !decision
                    .recipients
                    .iter()
                    .any(|to| to.account.id == delegate.id)
                {
                    let account = delegate.clone();
                    decision.left_out.retain(|(id, _)| *id != account.id);
                    decision.recipients.push(Recipient {
                        account,
                        reason: Reason::StandsIn(Box::new(absentee)),
                    });
                }
            }
        }
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
