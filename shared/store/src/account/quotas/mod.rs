//! Quotas over all who ask: each an item that is replaced if it is still what was read.

pub(crate) mod asked_mails;

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use vigie_domain::{
    contact::email::AddressDigest,
    delivery::asked::{Asked, Origin},
    id::{AccountId, EntityId, digest},
    quota::{
        self, LOOKUPS, LOOKUPS_BELOW, LOOKUPS_EACH, Ledger, Limit, OF_A_SHARE, OF_CHANGES, SEARCHES,
    },
};

use crate::{
    Item, Result, Store, StoreError,
    table::{
        item::{self, n, s},
        keys::{self, Key, TTL},
        pause::Pause,
        transaction::{ABSENT, Expression, Transaction},
    },
};

/// Begins the names of attributes that count a minute.
const MINUTE: &str = "m";

/// Most minutes taken away in one call.
const FORGOTTEN: usize = 100;

/// The attribute with the last turn that was taken.
const TURN: &str = "turn";
/// Time for which that is kept.
const TURN_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Reads the minutes of an item that counts by the minute.
fn minutes(counted: &Item) -> Vec<(i64, usize)> {
    let minute = |(name, value): (&String, &AttributeValue)| {
        Some((
            name.strip_prefix(MINUTE)?.parse().ok()?,
            value.as_n().ok()?.parse().ok()?,
        ))
    };
    counted.iter().filter_map(minute).collect()
}

/// The item of a quota.
#[derive(Default, Serialize, Deserialize)]
struct Kept {
    ledger: Ledger,
    /// Until when no mail of a kind is allowed, whatever the ledger says.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    refused: BTreeMap<Asked, Timestamp>,
    version: u64,
}

/// Leave to do something, or the time from which on it is given.
pub type Allowed = std::result::Result<(), Timestamp>;

impl Store {
    /// Counts a mail that somebody else asked for, named by its delivery, against the share of its
    /// origin in a mailbox. The same mail again counts once.
    pub async fn quota_take_for_asked(
        &self,
        mailbox: &AddressDigest,
        origin: &Origin,
        mail: Asked,
        delivery: &str,
        now: Timestamp,
    ) -> Result<Allowed> {
        let take = |kept: &mut Kept| {
            if let Some(until) = kept.refused.get(&mail).filter(|until| **until > now) {
                return Err(*until);
            }
            match origin.organisation() {
                Some(root) => kept.ledger.take_in_turn(
                    &digest(&["asker", root.as_str()]),
                    delivery,
                    now,
                    &OF_A_SHARE,
                ),
                None => kept.ledger.take(delivery, 1, now, &OF_A_SHARE),
            }
        };
        self.change(&keys::asked(mailbox, origin.share()), &OF_A_SHARE, take)
            .await
    }

    /// Allows no mail of a kind to a mailbox from a share until then.
    pub async fn quota_refuse(
        &self,
        mailbox: &AddressDigest,
        share: &str,
        mail: Asked,
        until: Timestamp,
    ) -> Result<()> {
        let refuse = |kept: &mut Kept| {
            kept.refused.insert(mail, until);
            Ok(())
        };
        self.change(&keys::asked(mailbox, share), &OF_A_SHARE, refuse)
            .await
            .map(drop)
    }

    /// Counts a mail that tells an agent what administrators changed.
    pub async fn quota_take_for_changes(
        &self,
        account: &AccountId,
        delivery: &str,
        now: Timestamp,
    ) -> Result<Allowed> {
        let key = keys::mailed(&digest(&["changes", account.as_str()]));
        self.change(&key, &OF_CHANGES, |kept| {
            kept.ledger.take(delivery, 1, now, &OF_CHANGES)
        })
        .await
    }

    /// Takes the next turn of the mails about addresses that an organisation's portal declares, and
    /// says when it is.
    pub async fn quota_take_turn(&self, root: &EntityId, now: Timestamp) -> Result<Timestamp> {
        let key = keys::mailed(&digest(&["declared addresses", root.as_str()]));
        let take = |last| {
            let turn = quota::next_turn(last, now);
            (turn, turn)
        };
        self.turn(&key, take).await
    }

    /// Takes turns of the invitations to an organisation's declared agents, at most so many, and
    /// says how many there are now.
    pub async fn quota_take_turns(
        &self,
        root: &EntityId,
        wanted: usize,
        now: Timestamp,
    ) -> Result<usize> {
        let key = keys::mailed(&digest(&["declared agents", root.as_str()]));
        self.turn(&key, |last| quota::turns_now(last, now, wanted))
            .await
    }

    /// Takes turns by the last one that was taken, and notes the one that is the last now.
    async fn turn<T>(
        &self,
        key: &Key,
        take: impl Fn(Option<Timestamp>) -> (T, Timestamp),
    ) -> Result<T> {
        let mut pause = Pause::default();
        loop {
            let last = self.get_item(key).await?;
            let last = last.and_then(|found| item::text(&found, TURN).parse().ok());
            let (taken, turn) = take(last);
            let update = Expression::update("SET #turn = :turn, #ttl = :ttl")
                .name("#turn", TURN)
                .name("#ttl", TTL)
                .value(":turn", s(turn.to_string()))
                .value(":ttl", n((turn + TURN_KEPT).as_second()));
            let update = match last {
                Some(last) => update
                    .when("#turn = :last")
                    .value(":last", s(last.to_string())),
                None => update.when("attribute_not_exists(#turn)"),
            };
            match self.update(key, update).await {
                Ok(()) => return Ok(taken),
                Err(StoreError::Refused) if pause.wait().await => {}
                Err(StoreError::Refused) => return Err(StoreError::Conflict),
                Err(e) => return Err(e),
            }
        }
    }

    /// Counts addresses that an organisation has looked up: by dry runs, or by imports and single
    /// agents. An administrator of a `part` of it has a share. Those who ask at once do not wait
    /// for each other: each counts first, and takes back what was too much.
    pub async fn quota_take_for_lookup(
        &self,
        root: &EntityId,
        part: Option<&AccountId>,
        dry_run: bool,
        addresses: usize,
        now: Timestamp,
    ) -> Result<Allowed> {
        let key = |part: Option<&str>| keys::lookups(root, dry_run, part);
        // The narrowest first: who has used up a share takes nothing of the others', not even for a
        // moment.
        let shares = part.map(|account| {
            let digest = digest(&["lookups", account.as_str()]);
            [
                (key(Some(&digest)), LOOKUPS_EACH),
                (key(Some("below")), LOOKUPS_BELOW),
            ]
        });
        let ledgers = shares.into_iter().flatten().chain([(key(None), LOOKUPS)]);
        self.count_within(ledgers, addresses, now).await
    }

    /// Counts a search for colleagues.
    pub async fn quota_take_for_search(
        &self,
        account: &AccountId,
        now: Timestamp,
    ) -> Result<Allowed> {
        let ledger = [(keys::searches(account), SEARCHES)];
        self.count_within(ledger, 1, now).await
    }

    /// Adds to ledgers that count by the minute, one after the other, and takes it back from all
    /// where it was too much for one.
    async fn count_within(
        &self,
        ledgers: impl IntoIterator<Item = (Key, [Limit; 2])>,
        count: usize,
        now: Timestamp,
    ) -> Result<Allowed> {
        let mut added = Vec::new();
        for (key, limits) in ledgers {
            let counted = self.count_minute(&key, count.to_string(), now).await?;
            added.push(key);
            let until = Ledger::of_minutes(counted.into_iter()).over_until(now, &limits);
            if let Some(until) = until {
                for key in &added {
                    self.count_minute(key, format!("-{count}"), now).await?;
                }
                return Ok(Err(until));
            }
        }
        Ok(Ok(()))
    }

    /// Adds to this minute's count, contention waited out, and takes away what counts no more; what
    /// is counted then, minute by minute.
    async fn count_minute(
        &self,
        key: &Key,
        count: String,
        now: Timestamp,
    ) -> Result<Vec<(i64, usize)>> {
        let longest = LOOKUPS
            .iter()
            .map(|limit| limit.within)
            .max()
            .unwrap_or_default();
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key.attributes()))
            .update_expression("ADD #minute :count SET #ttl = :ttl")
            .expression_attribute_names("#minute", format!("{MINUTE}{}", quota::minute(now)))
            .expression_attribute_names("#ttl", TTL)
            .expression_attribute_values(":count", n(count))
            .expression_attribute_values(":ttl", n((now + longest + longest).as_second()))
            .return_values(ReturnValue::AllNew);
        let mut pause = Pause::default();
        let answer = loop {
            match request
                .clone()
                .send()
                .await
                .map_err(crate::table::error::refused)
            {
                Err(StoreError::Conflict) if pause.wait().await => {}
                done => break done?,
            }
        };
        let counted = minutes(&answer.attributes.unwrap_or_default());
        let (old, recent): (Vec<_>, Vec<_>) = counted
            .into_iter()
            .partition(|(at, _)| *at < quota::minute(now - longest));
        let old = old.into_iter().map(|(minute, _)| minute);
        self.forget_minutes(key, old.take(FORGOTTEN)).await?;
        Ok(recent)
    }

    /// Counts one more in its minute.
    pub(crate) async fn quota_count(&self, key: &Key, at: Timestamp) -> Result<()> {
        self.count_minute(key, "1".to_owned(), at).await.map(drop)
    }

    /// Reads what was counted, minute by minute.
    pub(crate) async fn quota_read_counted(&self, key: &Key) -> Result<Vec<(i64, usize)>> {
        Ok(self
            .get_item(key)
            .await?
            .map(|found| minutes(&found))
            .unwrap_or_default())
    }

    /// Takes away what counts no more.
    async fn forget_minutes(&self, key: &Key, minutes: impl Iterator<Item = i64>) -> Result<()> {
        let names: Vec<_> = minutes.map(|minute| format!("{MINUTE}{minute}")).collect();
        if names.is_empty() {
            return Ok(());
        }
        let placeholders: Vec<_> = (0..names.len()).map(|i| format!("#m{i}")).collect();
        let remove = Expression::update(&format!("REMOVE {}", placeholders.join(", ")));
        let remove = placeholders
            .iter()
            .zip(names)
            .fold(remove, |remove, (placeholder, name)| {
                remove.name(placeholder.clone(), name)
            });
        self.update(key, remove).await
    }

    /// Changes what is kept under a key by what it says now, and again where somebody else did so
    /// meanwhile.
    async fn change(
        &self,
        key: &Key,
        limits: &[Limit],
        change: impl Fn(&mut Kept) -> Allowed,
    ) -> Result<Allowed> {
        let mut pause = Pause::default();
        loop {
            let before: Option<Kept> = self.get(key, "quota").await?;
            let known = before.as_ref().map(|kept| kept.version);
            let mut kept = before.unwrap_or_default();
            let as_read = (kept.ledger.clone(), kept.refused.clone());
            if let Err(until) = change(&mut kept) {
                return Ok(Err(until));
            }
            if as_read == (kept.ledger.clone(), kept.refused.clone()) {
                return Ok(Ok(()));
            }
            kept.version += 1;
            let mut written = item::write(key, &kept)?;
            written.extend(
                kept.ledger
                    .ends(limits)
                    .max(kept.refused.values().max().copied())
                    .map(|end| (TTL.to_owned(), n(end.as_second()))),
            );
            let condition = match known {
                Some(version) => {
                    Expression::condition("version = :version").value(":version", n(version))
                }
                None => Expression::condition(ABSENT),
            };
            let mut writes = Transaction::new();
            writes.put((), self, written, condition)?;
            match self.write(writes).await {
                Ok(()) => return Ok(Ok(())),
                // Somebody else took of it meanwhile.
                Err(StoreError::Refused) if pause.wait().await => {}
                Err(StoreError::Refused) => return Err(StoreError::Conflict),
                Err(e) => return Err(e),
            }
        }
    }
}
