//! The audit: entries at the root of the organisation that they are about, and a copy with each
//! account that they name, for its export. They are written in the transaction that does what they
//! say, and are kept a year.

use jiff::SignedDuration;
use vigie_domain::{
    audit::{Record, What},
    id::{AccountId, EntityId, RequestId},
};

use crate::{
    Item, Result, Store,
    table::{
        error::unavailable,
        item::{self, n, s},
        keys::{self, Key, TTL},
        transaction::{ABSENT, Expression, Transaction},
    },
};
use vigie_runtime::ids;

/// Time for which an entry is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(365 * 24);

/// An entry that is about to be written.
#[derive(Clone, Debug)]
pub struct AuditEntry {
    /// The organisation's root; entries of what lies in no tree are kept nowhere.
    pub root: EntityId,
    /// The deed.
    pub record: Record,
    /// Accounts that are told of it, and get a copy too.
    told: Vec<AccountId>,
}

impl AuditEntry {
    /// An entry of an organisation.
    #[must_use]
    pub fn new(root: &EntityId, record: Record) -> Self {
        Self {
            root: root.clone(),
            record,
            told: Vec::new(),
        }
    }

    /// Gives a copy to accounts that are told of it.
    #[must_use]
    pub fn telling(self, told: impl IntoIterator<Item = AccountId>) -> Self {
        Self {
            told: told.into_iter().collect(),
            ..self
        }
    }

    /// Lists the accounts that get a copy: not one that is gone by it.
    fn copies(&self) -> Vec<&AccountId> {
        let Record {
            actor_account_id,
            target_account_id,
            what,
            ..
        } = &self.record;
        let gone = matches!(
            what,
            What::AccountErased | What::AgentWithdrawn | What::InvitationExpired
        );
        let actor = actor_account_id
            .as_ref()
            .filter(|actor| target_account_id.as_ref() != Some(*actor));
        actor
            .into_iter()
            .chain(target_account_id.as_ref().filter(|_| !gone))
            .chain(&self.told)
            .collect()
    }
}

impl Store {
    /// Adds entries to a transaction, each under a name of its own that sorts by time.
    pub(crate) fn note<P: Copy>(
        &self,
        writes: &mut Transaction<P>,
        at: P,
        entries: &[AuditEntry],
    ) -> Result<()> {
        let mut copied = Vec::new();
        for entry in entries {
            let id = ids::request();
            writes.put(
                at,
                self,
                kept(&keys::audit(&entry.root, &id), &entry.record)?,
                Expression::condition(ABSENT),
            )?;
            for account in entry.copies() {
                // One deed in two organisations is one to whom it names.
                if !copied.contains(&(account, &entry.record)) {
                    self.note_with(writes, at, account, &id, &entry.record)?;
                    copied.push((account, &entry.record));
                }
            }
        }
        Ok(())
    }

    fn note_with<P: Copy>(
        &self,
        writes: &mut Transaction<P>,
        at: P,
        account: &AccountId,
        id: &RequestId,
        record: &Record,
    ) -> Result<()> {
        writes.put(
            at,
            self,
            kept(&keys::audit_of(account, id), record)?,
            Expression::condition(ABSENT),
        )
    }

    /// Adds an entry to a transaction that is no business of an organisation's: only the accounts
    /// that it names have it.
    pub(crate) fn note_between<P: Copy>(
        &self,
        writes: &mut Transaction<P>,
        at: P,
        record: &Record,
    ) -> Result<()> {
        let id = ids::request();
        let named = [&record.actor_account_id, &record.target_account_id];
        named
            .into_iter()
            .flatten()
            .try_for_each(|account| self.note_with(writes, at, account, &id, record))
    }

    /// Writes an entry of what writes nothing else.
    pub async fn audit_write(&self, entry: &AuditEntry) -> Result<()> {
        let mut writes = Transaction::new();
        self.note(&mut writes, (), std::slice::from_ref(entry))?;
        self.write(writes).await
    }

    /// A page of an organisation's audit, newest first, after an entry; with the name of each entry
    /// what it says, if that can be read, and whether there is more.
    pub async fn audit_list(
        &self,
        root: &EntityId,
        after: Option<&RequestId>,
        limit: i32,
    ) -> Result<(Vec<(RequestId, Option<Record>)>, bool)> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
            .expression_attribute_values(":pk", s(keys::entity_pk(root)))
            .expression_attribute_values(":sk", s(keys::AUDIT))
            .scan_index_forward(false)
            .set_exclusive_start_key(after.map(|last| keys::audit(root, last).attributes()))
            .limit(limit)
            .send()
            .await
            .map_err(unavailable)?;
        let more = answer.last_evaluated_key.is_some();
        let read = |found: Item| {
            let id = item::sk(&found)
                .strip_prefix(keys::AUDIT)
                .and_then(|id| RequestId::parse(id).ok())?;
            Some((id, item::read_or_set_aside(found, "audit")))
        };
        Ok((
            answer
                .items
                .unwrap_or_default()
                .into_iter()
                .filter_map(read)
                .collect(),
            more,
        ))
    }

    /// An entry's copy with an account.
    pub async fn audit_read_of_account(
        &self,
        account: &AccountId,
        id: &RequestId,
    ) -> Result<Option<Record>> {
        self.get(&keys::audit_of(account, id), "audit").await
    }
}

fn kept(key: &Key, record: &Record) -> Result<Item> {
    let mut written = item::write(key, record)?;
    written.insert(TTL.to_owned(), n((record.at + KEPT).as_second()));
    Ok(written)
}
