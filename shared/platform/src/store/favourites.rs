//! Stars, and the tombstones of stars taken away.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::Deserialize;
use vigie_domain::{
    account::Account,
    alert::Star,
    id::{AccountId, ConsultationId},
    preferences::Rule,
};

use super::{
    Item, Page, Result, Store, StoreError,
    item::{self, s},
    keys::{self, Key, PK, SK},
    transaction::Expression,
};

/// A star.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Favourite {
    /// The consultation that is starred.
    pub consultation_id: ConsultationId,
    /// Since when.
    pub since: Timestamp,
    /// The rule that gave it; none if the agent did.
    #[serde(default)]
    pub automatic: Option<Rule>,
}

/// Accounts that may have to be told something.
#[derive(Clone, Debug, Default)]
pub struct Candidates {
    /// Those that exist, each with its star, if it has one.
    pub people: Vec<(Account, Option<Star>)>,
    /// Those that follow the consultation and cannot be read.
    pub unreadable: BTreeSet<AccountId>,
}

impl Store {
    /// Gives a star. By an agent (`rule` none) it replaces a tombstone; by a rule it does not. Again changes nothing.
    pub async fn favourite_add(
        &self,
        consultation: &ConsultationId,
        account: &AccountId,
        rule: Option<Rule>,
        now: Timestamp,
    ) -> Result<()> {
        let mut update = star(consultation, account, rule, now)?;
        update = match rule {
            None => update.when("attribute_not_exists(pk) OR starred = :no").value(":no", item::value(&false)?),
            Some(_) => update.when("attribute_not_exists(pk)"),
        };
        unless_refused(self.update(&keys::favourite(consultation, account), update).await)
    }

    /// Takes a star away and leaves a tombstone. Again changes nothing.
    pub async fn favourite_remove(&self, consultation: &ConsultationId, account: &AccountId) -> Result<()> {
        let update = Expression::update("SET starred = :no, i1pk = :i1pk, i1sk = :i1sk REMOVE automatic, since")
            .when("starred = :yes")
            .value(":yes", item::value(&true)?)
            .value(":no", item::value(&false)?)
            // Only so that an erasure finds it.
            .value(":i1pk", s(keys::unstarred_by(account)))
            .value(":i1sk", s(consultation.as_str()));
        unless_refused(self.update(&keys::favourite(consultation, account), update).await)
    }

    /// Returns an account's star of a consultation; none where there is none, or the tombstone of one.
    pub async fn favourite_read(&self, consultation: &ConsultationId, account: &AccountId) -> Result<Option<Favourite>> {
        let found = self.get_item(&keys::favourite(consultation, account)).await?.filter(starred);
        Ok(found.and_then(|found| item::read_or_set_aside(found, "favourite")))
    }

    /// Puts a star that was taken away back as it was. Again changes nothing; refused if neither it nor its tombstone is there any more.
    pub async fn favourite_restore(
        &self,
        consultation: &ConsultationId,
        account: &AccountId,
        rule: Option<Rule>,
        since: Timestamp,
    ) -> Result<()> {
        let update = star(consultation, account, rule, since)?.when("starred = :no").value(":no", item::value(&false)?);
        match self.update(&keys::favourite(consultation, account), update).await {
            Err(StoreError::Refused) if self.favourite_read(consultation, account).await?.is_some() => Ok(()),
            done => done,
        }
    }

    /// A page of who follows a consultation: at most 2,000, so that a thousand are one call.
    pub async fn follower_list(&self, consultation: &ConsultationId, after: Option<String>) -> Result<Page<AccountId>> {
        let page = self.query(keys::consultation_pk(consultation), keys::FAVOURITE, after, 2000).await?;
        let items = page.items.iter().filter(|found| starred(found)).filter_map(follower).collect();
        Ok(Page { items, next: page.next })
    }

    /// Lists the followers of a consultation, in the order of their ids; `after` is where the last page ended. Looks at `limit` stars, or
    /// tombstones of stars.
    pub async fn follower_list_after(
        &self,
        consultation: &ConsultationId,
        after: Option<&AccountId>,
        limit: i32,
    ) -> Result<(Vec<AccountId>, Option<AccountId>)> {
        let after = after.map(|id| keys::favourite(consultation, id).sk);
        let page = self.query(keys::consultation_pk(consultation), keys::FAVOURITE, after, limit).await?;
        let id = |sk: &str| sk.strip_prefix(keys::FAVOURITE).and_then(|id| AccountId::parse(id).ok());
        let items = page.items.iter().filter(|found| starred(found)).filter_map(follower).collect();
        Ok((items, page.next.as_deref().and_then(id)))
    }

    /// Accounts by id and which of them follow the consultation, at most 50: one call.
    pub async fn follower_find(&self, consultation: &ConsultationId, ids: &[AccountId]) -> Result<Vec<(Account, bool)>> {
        let Candidates { people, .. } = self.follower_find_candidates(consultation, ids).await?;
        Ok(people.into_iter().map(|(account, star)| (account, star.is_some())).collect())
    }

    /// The same with the stars, for who tells of a fact.
    pub async fn follower_find_candidates(&self, consultation: &ConsultationId, ids: &[AccountId]) -> Result<Candidates> {
        let wanted: Vec<Key> = ids.iter().map(keys::account).chain(ids.iter().map(|id| keys::favourite(consultation, id))).collect();
        let (mut accounts, mut stars, mut unreadable) = (Vec::with_capacity(ids.len()), BTreeMap::new(), BTreeSet::new());
        for found in self.get_all(&wanted).await? {
            if item::sk(&found).starts_with(keys::FAVOURITE) {
                stars.extend(follower(&found).zip(star_of(&found)));
            } else {
                let pk = item::key(&found).pk;
                match item::read_or_set_aside::<Account>(found, "account") {
                    Some(account) => accounts.push(account),
                    None => unreadable.extend(ids.iter().find(|id| keys::account_pk(id) == pk).cloned()),
                }
            }
        }
        unreadable.retain(|id| stars.contains_key(id));
        let people = accounts.into_iter().map(|account| {
            let star = stars.remove(&account.id);
            (account, star)
        });
        Ok(Candidates { people: people.collect(), unreadable })
    }

    /// Which of these consultations an account follows.
    pub async fn favourite_find(&self, account: &AccountId, ids: &BTreeSet<ConsultationId>) -> Result<BTreeMap<ConsultationId, Star>> {
        let wanted: Vec<Key> = ids.iter().map(|id| keys::favourite(id, account)).collect();
        let found = self.get_all(&wanted).await?;
        let mut stars: BTreeMap<String, Star> = found.iter().filter_map(|found| Some((item::key(found).pk, star_of(found)?))).collect();
        Ok(ids.iter().filter_map(|id| Some((id.clone(), stars.remove(&keys::consultation_pk(id))?))).collect())
    }

    /// Which of these consultations an account follows, each with the rule that gave the star, if one did.
    pub async fn favourite_find_with_rules(
        &self,
        account: &AccountId,
        ids: &[ConsultationId],
    ) -> Result<BTreeMap<ConsultationId, Option<Rule>>> {
        let wanted: Vec<Key> = ids.iter().map(|id| keys::favourite(id, account)).collect();
        let found = self.get_all(&wanted).await?.into_iter().filter(starred);
        let stars: Vec<Favourite> = item::read_those(found, "favourite");
        Ok(stars.into_iter().map(|star| (star.consultation_id, star.automatic)).collect())
    }

    /// A page of an account's stars, newest first. The index may lag behind.
    pub async fn favourite_list(&self, account: &AccountId, after: Option<&Favourite>, limit: i32) -> Result<(Vec<Favourite>, bool)> {
        let place = |last: &Favourite| format!("{:.3}#{}", last.since, last.consultation_id);
        let after = after.map(|last| (keys::favourite(&last.consultation_id, account), place(last)));
        let (found, more) = self.newest(keys::favourites_of(account), after, limit).await?;
        Ok((item::read_those(found, "favourite"), more))
    }
}

/// Writes a star, in the account's list from `now` on.
pub(super) fn star(consultation: &ConsultationId, account: &AccountId, rule: Option<Rule>, now: Timestamp) -> Result<Expression> {
    // Fixed width, so that the index sorts by time.
    let since = format!("{now:.3}");
    Ok(Expression::update(
        "SET starred = :yes, consultationId = :consultation, since = :since, i1pk = :i1pk, i1sk = :i1sk, automatic = :rule",
    )
    .value(":yes", item::value(&true)?)
    .value(":consultation", s(consultation.as_str()))
    .value(":i1pk", s(keys::favourites_of(account)))
    .value(":i1sk", s(format!("{since}#{consultation}")))
    .value(":since", s(since))
    .value(":rule", item::value(&rule)?))
}

/// A star as it is stored; none where it is the tombstone of one.
fn star_of(found: &Item) -> Option<Star> {
    // What was given without a time or a rule was given at all.
    let own = !matches!(found.get("automatic"), Some(AttributeValue::S(_)));
    starred(found).then(|| Star { since: item::text(found, "since").parse().ok().filter(|_| own) })
}

fn starred(found: &Item) -> bool {
    matches!(found.get("starred"), Some(AttributeValue::Bool(true)))
}

fn follower(found: &Item) -> Option<AccountId> {
    debug_assert!(found.contains_key(PK) && found.contains_key(SK));
    AccountId::parse(item::sk(found).strip_prefix(keys::FAVOURITE)?).ok()
}

fn unless_refused(result: Result<()>) -> Result<()> {
    match result {
        Err(StoreError::Refused) => Ok(()),
        other => other,
    }
}
