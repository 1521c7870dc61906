//! People whom consultations name by the portal's own names. What a name waits for has a list of
//! those who wait: for an account that is to have it, and for another one that may have an agent's
//! name next. It is written before the name is looked up a last time, so that nobody who comes is
//! missed between a look and a write.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Deserialize;
use vigie_domain::{
    account::Account,
    consultation::{
        Consultation,
        person::{Name, Wait},
    },
    contact::email::AddressDigest,
    id::{AccountId, ConsultationId, EntityId},
};

use crate::{
    Item, Page, Result, Store,
    account::writes::Guard,
    consultation::stars::{self, AWAITED, STAR_AWAITED, STARRED_AS, STARS_GIVEN, STARS_OWED},
    table::{
        item::{self, n, s},
        keys::{self, Key},
        transaction::{ABSENT, ACTIONS, Expression, Transaction},
    },
};

/// Time at which somebody became known who has had a star: what waited is told them. Not part of
/// any revision.
pub(crate) const FOLLOWER_KNOWN_AT: &str = "followerKnownAt";

/// A consultation, and what is open of those whom it names.
#[derive(Clone, Debug)]
pub struct Naming {
    /// The consultation.
    pub consultation: Consultation,
    /// The author by name who has a star by rule, or is to have one once they are known.
    pub star: Option<Name>,
    /// The account that had it by that name.
    pub starred: Option<AccountId>,
    /// Those who may have a star by rule, once all others have theirs.
    pub owed: BTreeSet<AccountId>,
}

/// The item under an agent's name, as far as it says whose the name is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    #[serde(default)]
    account_id: Option<AccountId>,
}

/// Adds to an expression that a consultation is of this revision and awaits the same people.
pub(crate) fn still_awaits(
    consultation: &Consultation,
    expression: Expression,
) -> Result<Expression> {
    let expression = expression.value(":before", n(consultation.revision));
    if consultation.awaited.is_empty() {
        let none = format!("revision = :before AND attribute_not_exists({AWAITED})");
        return Ok(expression.when(&none));
    }
    let same = format!("revision = :before AND {AWAITED} = :awaited");
    Ok(expression
        .when(&same)
        .value(":awaited", item::value(&consultation.awaited)?))
}

impl Store {
    /// Reads a consultation with what is open of those whom it names.
    pub async fn naming_read(&self, id: &ConsultationId) -> Result<Option<Naming>> {
        let Some(found) = self.get_item(&keys::consultation(id)).await? else {
            return Ok(None);
        };
        let star = found
            .get(STAR_AWAITED)
            .and_then(|name| serde_dynamo::from_attribute_value(name.clone()).ok());
        let starred = AccountId::parse(item::text(&found, STARRED_AS)).ok();
        let owed = if found.contains_key(STARS_GIVEN) {
            stars::owed(&found)
        } else {
            BTreeSet::new()
        };
        Ok(Some(Naming {
            consultation: item::read(found, "consultation")?,
            star,
            starred,
            owed,
        }))
    }

    /// Finds the accounts that names within an organisation stand for, as far as they are known: a
    /// declared agent's, and one whose present address its owner has confirmed.
    pub async fn name_find(
        &self,
        names: &BTreeSet<Name>,
        organisation: &EntityId,
    ) -> Result<BTreeMap<Name, AccountId>> {
        let key = |name: &Name| match name {
            Name::Agent(agent) => Some(keys::agent_name(agent)),
            Name::Address(address) => Some(keys::address(address)),
            Name::AgentId(_) => None,
        };
        let wanted: BTreeMap<Key, &Name> = names
            .iter()
            .filter_map(|name| Some((key(name)?, name)))
            .collect();
        let keys: Vec<_> = wanted.keys().cloned().collect();
        let (mut known, mut owners) = (BTreeMap::new(), BTreeMap::new());
        for found in self.get_all(&keys).await? {
            match wanted.get(&item::key(&found)) {
                Some(name @ Name::Agent(_)) => {
                    let named = item::read_or_set_aside::<Named>(found, "agent's name");
                    let account = named.and_then(|named| named.account_id);
                    known.extend(account.map(|account| ((*name).clone(), account)));
                }
                Some(Name::Address(address)) => {
                    let guard = item::read_or_set_aside::<Guard>(found, "e-mail guard");
                    owners.extend(guard.map(|guard| (guard.owner, address)));
                }
                _ => {}
            }
        }
        known.extend(self.owners_within(&owners, organisation).await?);
        Ok(known)
    }

    /// Those of the owners of addresses who are of an organisation and have confirmed theirs, by
    /// address.
    async fn owners_within(
        &self,
        owners: &BTreeMap<AccountId, &AddressDigest>,
        organisation: &EntityId,
    ) -> Result<Vec<(Name, AccountId)>> {
        let ids: Vec<_> = owners.keys().cloned().collect();
        let accounts = self.account_read_each(&ids).await?;
        let entities = accounts.values().map(|of| of.entity_id.clone()).collect();
        let paths = self.entity_read_paths(&entities).await?;
        let is_within = |account: &Account| {
            let path = paths.get(&account.entity_id);
            path.and_then(|path| path.root()) == Some(organisation)
        };
        let theirs = accounts.into_values().filter_map(|account| {
            let address = *owners.get(&account.id)?;
            (account.confirmed_address().as_ref() == Some(address) && is_within(&account))
                .then(|| (Name::Address(address.clone()), account.id))
        });
        Ok(theirs.collect())
    }

    /// Puts those who have names by now into their places, with the star owed that the first save
    /// would have given the author. Refused if the consultation was saved, or somebody else came,
    /// since it was read.
    pub async fn naming_write(
        &self,
        before: &Naming,
        after: &Consultation,
        starred: Option<&AccountId>,
        now: Timestamp,
    ) -> Result<()> {
        let mut set = vec!["guests = :guests".to_owned()];
        let mut remove = Vec::new();
        let mut update = Expression::default().value(":guests", item::value(&after.guests)?);
        if let Some(author) = &after.author_account_id {
            set.push("authorAccountId = :author".to_owned());
            update = update.value(":author", item::value(author)?);
        }
        if after.awaited.is_empty() {
            remove.push(AWAITED);
        } else {
            set.push(format!("{AWAITED} = :after"));
            update = update.value(":after", item::value(&after.awaited)?);
        }
        if self.has_follower(&before.consultation, after).await? {
            set.push(format!("{FOLLOWER_KNOWN_AT} = :now"));
            update = update.value(":now", s(now.to_string()));
        }
        let mut text = String::new();
        if let Some(account) = starred {
            let organisation = after.awaited.organisation.as_ref();
            let name = before.star.as_ref().zip(organisation);
            let name = name.map(|(name, organisation)| name.within(organisation));
            if let Some(name @ Name::Agent(_)) = name {
                set.push(format!("{STAR_AWAITED} = :name, {STARRED_AS} = :account"));
                update = update
                    .value(":name", item::value(&name)?)
                    .value(":account", item::value(account)?);
            } else {
                // An address becomes nobody else's, and a star is given by it once.
                remove.extend([STAR_AWAITED, STARRED_AS]);
            }
            text.extend([" ADD ", STARS_OWED, " :starred"]);
            update = update.value(":starred", stars::set(&BTreeSet::from([account.clone()])));
        }
        if !remove.is_empty() {
            text.extend([" REMOVE ", &remove.join(", ")]);
        }
        update.update = Some(format!("SET {}{text}", set.join(", ")));
        let mut writes = Transaction::new();
        let update = still_awaits(&before.consultation, update)?;
        writes.update((), self, &keys::consultation(&after.id), update)?;
        self.write_with_hints(writes, Some(&before.consultation), after)
            .await
    }

    /// True if one of those whom a consultation names only now has it as favourite: they may have
    /// been left out while nobody knew them.
    async fn has_follower(&self, before: &Consultation, after: &Consultation) -> Result<bool> {
        let named: BTreeSet<_> = before.named().collect();
        let stars: Vec<_> = (after.named().filter(|account| !named.contains(account)))
            .map(|account| keys::favourite(&after.id, account))
            .collect();
        Ok(!self.get_all(&stars).await?.is_empty())
    }

    /// A page of the consultations that wait for something.
    pub async fn waiting_list(
        &self,
        wait: &Wait,
        after: Option<String>,
        limit: i32,
    ) -> Result<Page<ConsultationId>> {
        let page = self
            .query(keys::awaited_pk(wait), keys::CONSULTATION, after, limit)
            .await?;
        let id = |found: &Item| {
            ConsultationId::parse(item::sk(found).strip_prefix(keys::CONSULTATION)?).ok()
        };
        Ok(Page {
            items: page.items.iter().filter_map(id).collect(),
            next: page.next,
        })
    }

    /// Ends waits of a consultation, as long as it is as it was read: none of them is its own.
    /// Refused if it is not.
    pub async fn waiting_end(
        &self,
        id: &ConsultationId,
        read: Option<&Consultation>,
        ended: &BTreeSet<Wait>,
    ) -> Result<()> {
        let ended: Vec<_> = ended.iter().map(|wait| keys::awaited(wait, id)).collect();
        for chunk in ended.chunks(ACTIONS - 1) {
            let still = match read {
                Some(read) => still_awaits(read, Expression::default())?,
                None => Expression::condition(ABSENT),
            };
            let mut writes = Transaction::new();
            writes.check((), self, &keys::consultation(id), still)?;
            for key in chunk {
                writes.delete((), self, key, Expression::default())?;
            }
            self.write(writes).await?;
        }
        Ok(())
    }
}
