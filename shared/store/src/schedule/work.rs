//! Scheduled work: what has to be done at a time, as an entry that stays until it is done. Whoever
//! does it reads again what it is about, and drops the entry in the transaction that does it, so
//! that nothing is lost by a crash and nothing done twice. What there is to do is here; what each
//! means is done in the file of its noun.

use jiff::Timestamp;
use vigie_domain::{
    directory::agent::AgentName,
    event::mail::AccountMailKind,
    id::{AccountId, ConsultationId, EntityId, RequestId, digest},
};

use crate::{
    Item, Page, Result, Store,
    schedule::entries::{PASSED, daily_of, shard},
    table::{
        item,
        keys::{self, ItemKind, Key, WorkKind},
        snapshot::{Snapshot, marked},
        transaction::{Expression, Transaction},
    },
};

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// The deadline of a consultation has passed.
    Closing(Closing),
    /// An account was erased: what it has elsewhere goes too.
    Purge(Purge),
    /// An account's deferred alerts are to be told.
    Daily(Daily),
    /// An administrator is to be told whom mails do not reach.
    Unreached(Unreached),
    /// A consultation may have been over for long enough.
    Retention(Retention),
    /// A request may still wait on the working day before its answer is wanted.
    Reminder(Reminder),
    /// Nobody may have accepted an invitation in time.
    Unaccepted(OfAccount),
    /// A recovery was not stopped in time.
    Recovery(OfAccount),
    /// Former addresses of an account were kept for long enough.
    FormerEmail(OfAccount),
    /// A mail about an account was held back, and may go now.
    HeldMail(HeldMail),
    /// The last day of an agent may be over.
    Agent(DueAgent),
    /// Invitations that waited for their turn go on.
    Invitations(DueInvitations),
    /// The last day of an account's agent may be over.
    Leaving(Leaving),
    /// An account may not have worked for long enough.
    Inactive(Inactive),
    /// Written by a newer version and left for it. Holds the entry's sort key.
    Unknown(String),
}

impl Work {
    /// Its name in logs: what it is and what it is about, no personal data.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Closing(closing) => &closing.entry.sk,
            Self::Purge(purge) => &purge.entry.sk,
            Self::Daily(daily) => &daily.entry.key.sk,
            Self::Unreached(unreached) => &unreached.entry.key.sk,
            Self::Retention(retention) => &retention.entry.sk,
            Self::Reminder(reminder) => &reminder.entry.sk,
            Self::Unaccepted(of) | Self::Recovery(of) | Self::FormerEmail(of) => &of.entry.sk,
            Self::HeldMail(held) => &held.entry.key.sk,
            Self::Agent(agent) => &agent.entry.key.sk,
            Self::Invitations(invitations) => &invitations.entry.key.sk,
            Self::Leaving(leaving) => &leaving.entry.sk,
            Self::Inactive(inactive) => &inactive.entry.sk,
            Self::Unknown(sk) => sk,
        }
    }
}

/// A consultation whose deadline has passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    pub(crate) consultation: ConsultationId,
    pub(crate) deadline: Timestamp,
    /// It passed while it was in force, whatever was saved since.
    pub(crate) passed: bool,
    pub(crate) entry: Key,
}

/// An account that was erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purge {
    pub(crate) account: AccountId,
    pub(crate) entry: Key,
}

/// An account that has deferred alerts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Daily {
    /// The account.
    pub account: AccountId,
    /// The entry, which is dropped once the mailer was told, unless another alert was deferred
    /// since.
    pub entry: Snapshot,
}

/// A mail about an account that was held back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldMail {
    /// The account.
    pub account: AccountId,
    /// The kind of mail.
    pub mail: AccountMailKind,
    /// The request that it is about.
    pub request: RequestId,
    /// One more each time that it was asked for again.
    pub attempt: u32,
    /// The entry, which is dropped once the mailer was told, unless it was held back again since.
    pub entry: Snapshot,
}

/// An administrator for whom agents are collected whom mails do not reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreached {
    /// The administrator.
    pub administrator: AccountId,
    /// Names this piece of work, the same each time that the mailer is told of it.
    pub request: RequestId,
    /// The entry, which is dropped once the mailer was told, unless somebody was collected since.
    pub entry: Snapshot,
}

/// An agent whose last day is over, unless the portal said otherwise since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueAgent {
    /// The agent.
    pub name: AgentName,
    /// The entry, which is dropped once the directory was told.
    pub entry: Snapshot,
}

/// Invitations of an entity's declared agents that go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueInvitations {
    /// The entity.
    pub entity: EntityId,
    /// The step that is due.
    pub step: u64,
    /// The entry, which is dropped once the directory was told.
    pub entry: Snapshot,
}

/// An account whose agent's last day may be over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaving {
    pub(crate) account: AccountId,
    pub(crate) entry: Key,
}

/// An account that may not have worked since then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inactive {
    pub(crate) account: AccountId,
    pub(crate) since: Timestamp,
    pub(crate) entry: Key,
}

/// A consultation to delete, if it has been over since then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    pub(crate) consultation: ConsultationId,
    pub(crate) over_since: Timestamp,
    pub(crate) entry: Key,
}

/// A request to remind of, by the kind and key of its fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminder {
    pub(crate) consultation: ConsultationId,
    pub(crate) kind: String,
    pub(crate) key: String,
    pub(crate) entry: Key,
}

/// A request that was made of an account, by itself or by others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfAccount {
    pub(crate) account: AccountId,
    pub(crate) request: RequestId,
    pub(crate) entry: Key,
}

impl Store {
    /// A page of what is due in a shard, oldest first.
    pub async fn work_list(
        &self,
        shard: u64,
        now: Timestamp,
        after: Option<String>,
    ) -> Result<Page<Work>> {
        let page = self
            .query_until(keys::open_pk(shard), keys::due_until(now), after, 100)
            .await?;
        Ok(Page {
            items: page.items.iter().map(work).collect(),
            next: page.next,
        })
    }

    /// Has a mail about an account tried again at a time.
    pub async fn work_open_mail(
        &self,
        account: &AccountId,
        mail: &str,
        request: &RequestId,
        attempt: u32,
        due: Timestamp,
    ) -> Result<()> {
        let key = keys::account_mail(
            shard(account.as_str()),
            due,
            account,
            &format!("{mail}.{request}.{attempt}"),
        );
        self.put_item(marked(key.attributes())).await
    }

    /// Opens the work of telling an account's deferred alerts at a time.
    pub async fn work_open_daily(&self, account: &AccountId, due: Timestamp) -> Result<()> {
        let mut writes = Transaction::new();
        writes.put((), self, daily_of(account, due), Expression::default())?;
        self.write(writes).await
    }
}

fn work(entry: &Item) -> Work {
    let key = item::key(entry);
    known(&key, entry).unwrap_or(Work::Unknown(key.sk))
}

fn of_account(account: &str, request: &str, entry: Key) -> Option<OfAccount> {
    Some(OfAccount {
        account: AccountId::parse(account).ok()?,
        request: RequestId::parse(request).ok()?,
        entry,
    })
}

fn known(key: &Key, found: &Item) -> Option<Work> {
    let ItemKind::Work(_, kind) = keys::parse(&key.pk, &key.sk) else {
        return None;
    };
    let entry = key.clone();
    Some(match kind {
        WorkKind::Closing(consultation, deadline) => Work::Closing(Closing {
            consultation: ConsultationId::parse(consultation).ok()?,
            deadline: deadline.parse().ok()?,
            passed: found.contains_key(PASSED),
            entry,
        }),
        WorkKind::Daily(account) => Work::Daily(Daily {
            account: AccountId::parse(account).ok()?,
            entry: Snapshot::of(found),
        }),
        WorkKind::Agent(name) => Work::Agent(DueAgent {
            name: AgentName::parse(name).ok()?,
            entry: Snapshot::of(found),
        }),
        WorkKind::Invitations(entity, step) => Work::Invitations(DueInvitations {
            entity: EntityId::parse(entity).ok()?,
            step: step.parse().ok()?,
            entry: Snapshot::of(found),
        }),
        WorkKind::Unreached(account) => {
            let (administrator, request) = (
                AccountId::parse(account).ok()?,
                RequestId::parse(&digest(&["unreached", &key.sk])).ok()?,
            );
            Work::Unreached(Unreached {
                administrator,
                request,
                entry: Snapshot::of(found),
            })
        }
        WorkKind::Leaving(account) => Work::Leaving(Leaving {
            account: AccountId::parse(account).ok()?,
            entry,
        }),
        WorkKind::Inactive(account, since) => Work::Inactive(Inactive {
            account: AccountId::parse(account).ok()?,
            since: since.parse().ok()?,
            entry,
        }),
        WorkKind::Retention(consultation, since) => {
            let consultation = ConsultationId::parse(consultation).ok()?;
            Work::Retention(Retention {
                consultation,
                over_since: since.parse().ok()?,
                entry,
            })
        }
        WorkKind::Reminder(consultation, kind, key) => Work::Reminder(Reminder {
            consultation: ConsultationId::parse(consultation).ok()?,
            kind: kind.to_owned(),
            key: key.to_owned(),
            entry,
        }),
        WorkKind::Invitation(account, request) => {
            Work::Unaccepted(of_account(account, request, entry)?)
        }
        WorkKind::Recovery(account, request) => {
            Work::Recovery(of_account(account, request, entry)?)
        }
        WorkKind::FormerEmail(account, request) => {
            Work::FormerEmail(of_account(account, request, entry)?)
        }
        WorkKind::AccountMail(account, mail) => {
            let (mail, request) = mail.split_once('.')?;
            let (request, attempt) = request.rsplit_once('.')?;
            let (account, request) = (
                AccountId::parse(account).ok()?,
                RequestId::parse(request).ok()?,
            );
            Work::HeldMail(HeldMail {
                account,
                mail: AccountMailKind::parse(mail)?,
                request,
                attempt: attempt.parse().ok()?,
                entry: Snapshot::of(found),
            })
        }
        WorkKind::Purge(account) => Work::Purge(Purge {
            account: AccountId::parse(account).ok()?,
            entry,
        }),
    })
}
