//! Everything whose time has come, each minute: waiting work is an entry of open work, and stays
//! one until it is done. A sweep that was missed, cut short or run twice changes nothing but the
//! hour.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::time::Duration;

use serde_json::{Value, json};
use vigie_aws::{
    Consumer, Platform,
    bus::{Bus, Event},
    ses::SesAccount,
};
use vigie_domain::event::{
    self, AccountMailDue, AgentDue, DailyDue, InvitationsDue, mail::AccountMailKind,
};
use vigie_runtime::{
    Error,
    clock::{self, Clock},
    config::{ConfigError, required_number},
    log,
};
use vigie_store::{SHARDS, Snapshot, Source, Store, StoreError, Work};

/// Time in which a sweep takes up new work: the rest of the function's time is for work that has
/// begun.
const TIME_FOR_SWEEP: Duration = Duration::from_secs(20);

/// Does what is due.
#[derive(Clone, Debug)]
pub struct Scheduler {
    /// The table.
    pub store: Store,
    /// The bus, where mailer and directory hear of what is due.
    pub bus: Bus,
    /// Tells the time.
    pub clock: Clock,
    /// SES, which is asked for its quota.
    pub ses: SesAccount,
    /// Months for which an account that does not work is kept (`RETENTION_MONTHS`).
    pub kept_months: i32,
}

impl Scheduler {
    /// From the environment.
    ///
    /// # Errors
    /// Something is missing in it.
    pub fn new(platform: &Platform) -> Result<Self, ConfigError> {
        Ok(Self {
            store: Store::from_env(platform.aws.dynamodb())?,
            bus: platform.bus()?,
            clock: platform.clock.clone(),
            ses: SesAccount(platform.aws.sesv2()),
            kept_months: required_number("RETENTION_MONTHS")?
                .try_into()
                .unwrap_or(i32::MAX),
        })
    }

    /// Does what is due, oldest first within a shard; how much could not be done. What fails keeps
    /// its entry and blocks nothing.
    async fn sweep(&self) -> Result<usize, StoreError> {
        let (until, now) = (clock::instant() + TIME_FOR_SWEEP, self.clock.now());
        let mut failed = 0;
        // Another one first each minute, so that none starves.
        let first = now.as_second().unsigned_abs() / 60;
        for shard in (0..SHARDS).map(|i| (first + i) % SHARDS) {
            let mut after = None;
            loop {
                let page = self.store.work_list(shard, now, after).await?;
                let (told, others): (Vec<_>, Vec<_>) = page
                    .items
                    .into_iter()
                    .partition(|work| told_to_others(work).is_some());
                failed += self.tell(&told).await;
                for work in others {
                    if clock::instant() >= until {
                        log::info(
                            "more is due than a sweep has time for",
                            json!({"shard": shard}),
                        );
                        return Ok(failed);
                    }
                    failed += usize::from(!self.done(&work).await);
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(failed)
    }

    /// Tells others what is due, then drops the entries, save those that were written again
    /// since: told twice, they find nothing the second time.
    async fn tell(&self, due: &[Work]) -> usize {
        let (events, entries): (Vec<_>, Vec<_>) = due.iter().filter_map(told_to_others).unzip();
        if events.is_empty() {
            return 0;
        }
        let told = self.bus.publish(&events).await.map_err(|e| e.to_string());
        let done = match told {
            Ok(()) => self
                .store
                .snapshot_delete(&entries)
                .await
                .map_err(|e| e.to_string()),
            Err(e) => Err(e),
        };
        match done {
            Ok(()) => 0,
            Err(reason) => {
                log::error(
                    "what others do stays open",
                    json!({"count": entries.len(), "reason": reason}),
                );
                entries.len()
            }
        }
    }

    async fn done(&self, work: &Work) -> bool {
        let result = match work {
            Work::Closing(closing) => self.store.closing_run(closing, self.clock.now()).await,
            Work::Purge(purge) => self.store.purge_run(purge).await,
            // Told a page at a time.
            Work::Daily(_)
            | Work::HeldMail(_)
            | Work::Unreached(_)
            | Work::Agent(_)
            | Work::Invitations(_) => Ok(()),
            Work::Retention(retention) => {
                self.store.retention_run(retention, self.clock.now()).await
            }
            Work::Reminder(reminder) => self.store.reminder_run(reminder, self.clock.now()).await,
            Work::Unaccepted(unaccepted) => {
                self.store
                    .invitation_erase_unaccepted(unaccepted, self.clock.now())
                    .await
            }
            Work::Leaving(leaving) => self.store.leaving_run(leaving, self.clock.now()).await,
            Work::Inactive(inactive) => {
                self.store
                    .deactivation_run(inactive, self.kept_months, self.clock.now())
                    .await
            }
            Work::Recovery(recovery) => self.store.recovery_run(recovery, self.clock.now()).await,
            Work::FormerEmail(of) => self.store.address_forget_former(of, self.clock.now()).await,
            Work::Unknown(_) => Err(StoreError::Corrupt("scheduled work", Source::NONE)),
        };
        if let Err(e) = &result {
            log::error(
                "work stays open",
                json!({"work": work.name(), "reason": e.to_string()}),
            );
        }
        result.is_ok()
    }
}

/// The event that tells of an entry, where the mailer or the directory does what is due.
fn told_to_others(work: &Work) -> Option<(Event, Snapshot)> {
    let (event, entry) = match work {
        Work::Daily(daily) => {
            let due = DailyDue {
                event_id: daily.entry.key.sk.clone(),
                account_id: daily.account.clone(),
            };
            (event::Event::from(due), &daily.entry)
        }
        Work::HeldMail(held) => {
            let due = AccountMailDue {
                attempt: held.attempt,
                again: true,
                ..AccountMailDue::new(
                    held.entry.event_id("held mail"),
                    &held.account,
                    held.mail,
                    &held.request,
                )
            };
            (due.into(), &held.entry)
        }
        Work::Unreached(unreached) => {
            let (administrator, request) = (&unreached.administrator, &unreached.request);
            let kind = AccountMailKind::Unreached;
            let due = AccountMailDue::new(request.as_str(), administrator, kind, request);
            (due.into(), &unreached.entry)
        }
        Work::Agent(agent) => {
            let due = AgentDue {
                event_id: agent.entry.event_id("due agent"),
                agent: agent.name.clone(),
            };
            (due.into(), &agent.entry)
        }
        Work::Invitations(invitations) => {
            let due = InvitationsDue {
                event_id: invitations.entry.event_id("due invitations"),
                entity_id: invitations.entity.clone(),
                step: invitations.step,
            };
            (due.into(), &invitations.entry)
        }
        _ => return None,
    };
    Some((event.into(), entry.clone()))
}

impl Consumer for Scheduler {
    async fn consume(&self, _: Value) -> Result<Value, Error> {
        let failed = self.sweep().await?;
        // The heartbeat: an alarm rings when there is none.
        log::count("Sweep", 1);
        self.ses.measure_daily_quota().await;
        match failed {
            0 => Ok(Value::Null),
            failed => Err(format!("{failed} pieces of work stay open").into()),
        }
    }

    async fn warm(&self) {
        self.store.warm().await;
    }
}
