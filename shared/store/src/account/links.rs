//! Linked accounts: requests, and links, each of which lies on both sides or on none.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use vigie_domain::{
    account::{Account, MailQuota, link::LinkRequest},
    contact::email::{AddressDigest, Email},
    id::{AccountId, LoginId, RequestId},
};

use crate::{
    Item, Result, Store,
    account::binding::logins::same_binding,
    entity::audit::AuditEntry,
    table::{
        item::{self, n, s},
        keys::{self, Key, TTL},
        transaction::{ABSENT, ACTIONS, Expression, Transaction, TransactionError},
    },
};

/// Time for which a request is kept after it expired: its link is then told to be too old, later to
/// be unknown.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Names who accepted a request.
const ACCEPTED_BY: &str = "acceptedBy";

/// Another account, as a linked one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The other account.
    pub account: AccountId,
    /// Since when.
    pub since: Timestamp,
}

/// The result of accepting a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linked {
    /// The accounts are linked now.
    Yes,
    /// Something changed meanwhile: what the table says now decides.
    Superseded,
}

#[derive(Clone, Copy)]
enum At {
    Asker,
    Other,
    Request,
    Link,
}

impl Store {
    /// Records a request and counts its mail; refused if the account has changed since it was read.
    /// Nothing of the address is looked at.
    pub async fn link_request_write(
        &self,
        asker: &Account,
        id: &RequestId,
        request: &LinkRequest,
        quota: &MailQuota,
    ) -> Result<()> {
        let mut writes = Transaction::new();
        let update = Expression::update("SET mailQuota = :quota, version = :next")
            .when("version = :version AND active = :yes")
            .value(":quota", item::value(quota)?)
            .value(":version", n(asker.version))
            .value(":next", n(asker.version + 1))
            .value(":yes", item::value(&true)?);
        writes.update(At::Asker, self, &keys::account(&asker.id), update)?;
        let mut new = item::write(&keys::link_request(&asker.id, id), request)?;
        new.insert(TTL.to_owned(), n((request.expires_at + KEPT).as_second()));
        writes.put(At::Request, self, new, Expression::condition(ABSENT))?;
        Ok(self.transact(writes).await?)
    }

    /// A request of an account.
    pub async fn link_request_read(
        &self,
        asker: &AccountId,
        id: &RequestId,
    ) -> Result<Option<LinkRequest>> {
        self.get(&keys::link_request(asker, id), "link request")
            .await
    }

    /// Links who asked and who was asked, if both still work and are bound to the logins that they
    /// were, the address still belongs to the latter and nobody accepted before.
    pub async fn link_create(
        &self,
        asker: &Account,
        other: &Account,
        request: &RequestId,
        now: Timestamp,
        entries: &[AuditEntry],
    ) -> Result<Linked> {
        let Some(email) = &other.contact.email else {
            return Ok(Linked::Superseded);
        };
        let mut writes = Transaction::new();
        let works = |account: &Account, judged: &str| -> Result<_> {
            let (bound, condition) = same_binding(account, Expression::default());
            Ok(condition
                .when(&format!("active = :yes AND {bound}{judged}"))
                .value(":yes", item::value(&true)?))
        };
        writes.check(
            At::Asker,
            self,
            &keys::account(&asker.id),
            works(asker, "")?,
        )?;
        let unmoved =
            works(other, " AND contact.email = :email")?.value(":email", s(email.as_str()));
        writes.check(At::Other, self, &keys::account(&other.id), unmoved)?;
        let update = Expression::update("SET acceptedBy = :other REMOVE address, mailbox")
            .when("address = :address")
            .value(":address", s(email.digest().as_str()))
            .value(":other", s(other.id.as_str()));
        writes.update(
            At::Request,
            self,
            &keys::link_request(&asker.id, request),
            update,
        )?;
        for side in sides(&asker.id, &other.id) {
            // Linked before, by another request: since then.
            let update = Expression::update("SET since = if_not_exists(since, :now)")
                .value(":now", s(now.to_string()));
            writes.update(At::Link, self, &side, update)?;
        }
        self.note(&mut writes, At::Link, entries)?;
        match self.transact(writes).await {
            Ok(()) => Ok(Linked::Yes),
            Err(TransactionError::Store(e)) => Err(e),
            Err(TransactionError::Refused(_)) => Ok(Linked::Superseded),
        }
    }

    /// True if two accounts are linked.
    pub async fn link_exists(&self, account: &AccountId, other: &AccountId) -> Result<bool> {
        Ok(self.get_item(&keys::link(account, other)).await?.is_some())
    }

    /// The active account for which a login acts and that is linked to this one, if there is one;
    /// the first of several.
    pub async fn link_find_through(
        &self,
        login: &LoginId,
        account: &AccountId,
    ) -> Result<Option<Account>> {
        let numbers = self.numbers_of_login(login).await?;
        let wanted: Vec<_> = numbers
            .keys()
            .flat_map(|own| [keys::account(own), keys::link(own, account)])
            .collect();
        let (mut active, mut linked) = (BTreeMap::new(), BTreeSet::new());
        for found in self.get_all(&wanted).await? {
            let Key { pk, sk } = item::key(&found);
            if sk.starts_with(keys::LINK) {
                linked.insert(pk);
            } else if let Some(own) = item::read_or_set_aside::<Account>(found, "account")
                && own.active
                && numbers.get(&own.id) == Some(&own.binding.number)
            {
                active.insert(own.id.clone(), own);
            }
        }
        let mut through = active.into_values();
        Ok(through.find(|own| linked.contains(&keys::account_pk(&own.id))))
    }

    /// The accounts linked to one, in the order of their ids. Some may not work any more, or be
    /// gone in a moment.
    pub async fn link_list(&self, account: &AccountId) -> Result<Vec<Link>> {
        let links = self
            .query_whole(keys::account_pk(account), keys::LINK)
            .await?;
        let links = links.iter().filter_map(|found| {
            let account = AccountId::parse(item::sk(found).strip_prefix(keys::LINK)?).ok()?;
            Some(Link {
                account,
                since: item::text(found, "since").parse().ok()?,
            })
        });
        Ok(links.collect())
    }

    /// Undoes a link on both sides; again changes nothing. Requests between the two go with it: an
    /// older mail must not bring back what was undone, and one that was accepted names who did.
    pub async fn link_delete(
        &self,
        account: &Account,
        other: &AccountId,
        entries: &[AuditEntry],
    ) -> Result<()> {
        if account.id == *other {
            // Nobody is linked to oneself.
            return Ok(());
        }
        let mut gone = Vec::new();
        if let Some(other) = self.account_read(other).await? {
            gone.extend(self.requests(&account.id, between(&other)).await?);
            gone.extend(self.requests(&other.id, between(account)).await?);
        }
        self.delete_together(&gone).await?;
        // Last: cut short, it is done again as a whole.
        let linked = self.link_exists(&account.id, other).await?;
        let mut writes = Transaction::new();
        for side in sides(&account.id, other) {
            writes.delete((), self, &side, Expression::default())?;
        }
        // Again undoes nothing, and says nothing.
        self.note(&mut writes, (), if linked { entries } else { &[] })?;
        Ok(self.transact(writes).await?)
    }

    /// Deletes the links of an erased account on both sides, and what the others keep of its
    /// accepting them. No new ones come: accepting needs the account.
    pub(crate) async fn purge_links(&self, account: &AccountId) -> Result<()> {
        for link in self.link_list(account).await? {
            let accepted = |request: &Item| item::text(request, ACCEPTED_BY) == account.as_str();
            let accepted = self.requests(&link.account, accepted).await?;
            self.delete_together(&accepted).await?;
            self.delete_together(&sides(account, &link.account)).await?;
        }
        Ok(())
    }

    /// Some of an account's requests.
    async fn requests(
        &self,
        asker: &AccountId,
        is_wanted: impl Fn(&Item) -> bool,
    ) -> Result<Vec<Key>> {
        let requests = self
            .query_whole(keys::account_pk(asker), keys::LINK_REQUEST)
            .await?;
        let wanted = requests.iter().filter(|request| is_wanted(request));
        Ok(wanted.map(item::key).collect())
    }

    /// Deletes items, as many at once as a transaction takes; what is gone already stays so.
    async fn delete_together(&self, gone: &[Key]) -> Result<()> {
        // Short chunks first, so that the last two are never parted.
        for chunk in gone.rchunks(ACTIONS).rev() {
            let mut writes = Transaction::new();
            for key in chunk {
                writes.delete((), self, key, Expression::default())?;
            }
            self.transact(writes).await?;
        }
        Ok(())
    }
}

/// Returns what tells of a request whether it waits for an account, or was accepted by it.
fn between(other: &Account) -> impl Fn(&Item) -> bool {
    let address = other.contact.email.as_ref().map(Email::digest);
    move |request| {
        let waits = |address: &AddressDigest| item::text(request, "address") == address.as_str();
        address.as_ref().is_some_and(waits) || item::text(request, ACCEPTED_BY) == other.id.as_str()
    }
}

/// A link, as each side has it.
fn sides(one: &AccountId, other: &AccountId) -> [Key; 2] {
    [keys::link(one, other), keys::link(other, one)]
}
