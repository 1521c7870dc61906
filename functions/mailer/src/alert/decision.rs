//! Decides who of an alert's candidates gets it now, later, through a delegate, or not.

use std::collections::{BTreeMap, BTreeSet};

use vigie_aws::queue::Failure;
use vigie_domain::{
    account::{Account, preferences::Kind},
    consultation::{Consultation, Scope, fact::RecordedFact},
    delivery::alert::{LeftOut, Star, Timing, judge, timing},
    entity::Path,
    event::AlertDue,
    id::AccountId,
    paris,
};
use vigie_store::{Candidates, Hold, Subject};

use crate::{
    Mailer,
    alert::recipient::{Reason, Recipient},
    away::Delegates,
};

/// The decision about each candidate.
#[derive(Default)]
pub(crate) struct Decision {
    pub recipients: Vec<Recipient>,
    /// Those who asked for it but must not have it.
    pub left_out: Vec<(AccountId, LeftOut)>,
    pub holds: Vec<Hold>,
    /// Those who are away, each with the delegate who is mailed instead.
    pub covered: Vec<(AccountId, AccountId)>,
    /// Those who follow it and cannot be read.
    pub unreadable: BTreeSet<AccountId>,
    /// Those who would see it from an entity above its own, which cannot be read.
    pub undecided: BTreeSet<AccountId>,
}

impl Mailer {
    /// Tells nobody of what has ended; what was begun is not being sent any more.
    pub(crate) async fn end(&self, due: &AlertDue, subject: &Subject) -> Result<Decision, Failure> {
        let open = self
            .store
            .delivery_find_open(subject, &due.account_ids)
            .await?;
        Ok(Decision {
            left_out: open.into_iter().map(|id| (id, LeftOut::Ended)).collect(),
            ..Decision::default()
        })
    }

    /// Decides about each candidate. Reads transverse links only where they decide.
    pub(crate) async fn decide(
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
        let hangs_on_a_link = |(account, star): &(Account, bool)| {
            account.permanent_guest.transverse
                && judge(account, *star, kind, consultation, &scope) == Err(LeftOut::MayNotSeeIt)
        };
        if candidates.iter().any(hangs_on_a_link) {
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
                // It may be they who are awaited: then it is told them when they are known.
                Err(LeftOut::MayNotSeeIt) if consultation.awaited.has_unknown() => {
                    unwanted.insert(account.id, LeftOut::MayNotSeeIt);
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
                // Once per fact and account, however many they stand in for.
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
