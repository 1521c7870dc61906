//! Stars, and the tombstones of stars taken away.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::Deserialize;
use vigie_domain::{
    account::preferences::Rule,
    delivery::alert::Star,
    id::{AccountId, ConsultationId},
};
use vigie_runtime::again::unless_refused;

use crate::{
    Item, Result, Store, StoreError,
    table::{
        item::{self, s},
        keys::{self, Key},
        transaction::{ABSENT, ACTIONS, Expression, Transaction},
    },
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

/// The attribute that is true on a star, and false on the tombstone of one.
pub(crate) const STARRED: &str = "starred";

impl Store {
    /// Gives a star. By an agent (`rule` none) it replaces a tombstone; by a rule it does not.
    /// Again changes nothing.
    pub async fn favourite_add(
        &self,
        consultation: &ConsultationId,
        account: &AccountId,
        rule: Option<Rule>,
        now: Timestamp,
    ) -> Result<()> {
        let mut update = star(consultation, account, rule, now)?;
        update = match rule {
            None => update
                .when("attribute_not_exists(pk) OR starred = :no")
                .value(":no", item::value(&false)?),
            Some(_) => update.when(ABSENT),
        };
        let key = keys::favourite(consultation, account);
        unless_refused(self.update(&key, update).await).map(drop)
    }

    /// Takes a star away and leaves a tombstone. Again changes nothing.
    pub async fn favourite_remove(
        &self,
        consultation: &ConsultationId,
        account: &AccountId,
    ) -> Result<()> {
        let update = tombstone(
            "SET starred = :no, i1pk = :i1pk, i1sk = :i1sk REMOVE automatic, since, byRule",
            consultation,
            account,
        )?;
        let (key, update) = (
            keys::favourite(consultation, account),
            update.when("starred = :yes"),
        );
        unless_refused(self.update(&key, update).await).map(drop)
    }

    /// Takes exactly this star away for now: until a time it can be put back as it was. Returns
    /// whether it was there.
    pub async fn favourite_suspend(
        &self,
        account: &AccountId,
        star: &Favourite,
        until: Timestamp,
    ) -> Result<bool> {
        let update = tombstone(
            "SET starred = :no, i1pk = :i1pk, i1sk = :i1sk, undoUntil = :until",
            &star.consultation_id,
            account,
        )?
        .when("starred = :yes AND since = :since")
        .value(":since", s(format!("{:.3}", star.since)))
        .value(":until", s(format!("{until:.3}")));
        let key = keys::favourite(&star.consultation_id, account);
        Ok(unless_refused(self.update(&key, update).await)?.is_some())
    }

    /// Returns an account's star of a consultation; none where there is none, or the tombstone of
    /// one.
    pub async fn favourite_read(
        &self,
        consultation: &ConsultationId,
        account: &AccountId,
    ) -> Result<Option<Favourite>> {
        let found = self
            .get_item(&keys::favourite(consultation, account))
            .await?
            .filter(starred);
        Ok(found.and_then(|found| item::read_or_set_aside(found, "favourite")))
    }

    /// Puts the star of that time back as it was, where it was taken away for now. Again changes
    /// nothing; refused if it is not there any more, or another one is.
    pub async fn favourite_restore(
        &self,
        consultation: &ConsultationId,
        account: &AccountId,
        since: Timestamp,
    ) -> Result<()> {
        let text = format!("{since:.3}");
        let update =
            Expression::update("SET starred = :yes, i1pk = :i1pk, i1sk = :i1sk REMOVE undoUntil")
                .when("starred = :no AND attribute_exists(undoUntil) AND since = :since")
                .value(":yes", item::value(&true)?)
                .value(":no", item::value(&false)?)
                .value(":i1pk", s(keys::favourites_of(account)))
                .value(":i1sk", s(format!("{text}#{consultation}")))
                .value(":since", s(text.as_str()));
        match self
            .update(&keys::favourite(consultation, account), update)
            .await
        {
            Err(StoreError::Refused) => match self.favourite_read(consultation, account).await? {
                Some(star) if format!("{:.3}", star.since) == text => Ok(()),
                _ => Err(StoreError::Refused),
            },
            done => done,
        }
    }

    /// Returns those of the consultations whose star an account took away and can still put back.
    pub async fn favourite_find_suspended(
        &self,
        account: &AccountId,
        ids: &BTreeSet<ConsultationId>,
        now: Timestamp,
    ) -> Result<BTreeSet<ConsultationId>> {
        let wanted: Vec<Key> = ids.iter().map(|id| keys::favourite(id, account)).collect();
        let until = |found: &Item| {
            item::text(found, "undoUntil")
                .parse::<Timestamp>()
                .ok()
                .filter(|_| !starred(found))
        };
        let found = self.get_all(&wanted).await?;
        let open: BTreeSet<_> = found
            .iter()
            .filter(|found| until(found).is_some_and(|until| now < until))
            .map(|found| item::key(found).pk)
            .collect();
        Ok(ids
            .iter()
            .filter(|id| open.contains(&keys::consultation_pk(id)))
            .cloned()
            .collect())
    }

    /// Returns those of the consultations that an account follows.
    pub async fn favourite_find(
        &self,
        account: &AccountId,
        ids: &BTreeSet<ConsultationId>,
    ) -> Result<BTreeMap<ConsultationId, Star>> {
        let wanted: Vec<Key> = ids.iter().map(|id| keys::favourite(id, account)).collect();
        let found = self.get_all(&wanted).await?;
        let mut stars: BTreeMap<String, Star> = found
            .iter()
            .filter_map(|found| Some((item::key(found).pk, star_of(found)?)))
            .collect();
        Ok(ids
            .iter()
            .filter_map(|id| Some((id.clone(), stars.remove(&keys::consultation_pk(id))?)))
            .collect())
    }

    /// Returns those of the consultations that an account follows, each with the rule that gave the
    /// star, if one did.
    pub async fn favourite_find_with_rules(
        &self,
        account: &AccountId,
        ids: &[ConsultationId],
    ) -> Result<BTreeMap<ConsultationId, Option<Rule>>> {
        let wanted: Vec<Key> = ids.iter().map(|id| keys::favourite(id, account)).collect();
        let found = self.get_all(&wanted).await?.into_iter().filter(starred);
        let stars: Vec<Favourite> = item::read_those(found, "favourite");
        Ok(stars
            .into_iter()
            .map(|star| (star.consultation_id, star.automatic))
            .collect())
    }

    /// A page of an account's stars, newest first. The index may lag behind.
    pub async fn favourite_list(
        &self,
        account: &AccountId,
        after: Option<&Favourite>,
        limit: i32,
    ) -> Result<(Vec<Favourite>, bool)> {
        let place = |last: &Favourite| format!("{:.3}#{}", last.since, last.consultation_id);
        let after =
            after.map(|last| (keys::favourite(&last.consultation_id, account), place(last)));
        let (found, more) = self
            .newest(keys::favourites_of(account), after, limit)
            .await?;
        Ok((item::read_those(found, "favourite"), more))
    }

    /// Gives stars by rules, many in a transaction. A star that the agent gave stays theirs,
    /// and tells what the rule's would have told; the tombstone of one stays.
    pub async fn favourite_add_by_rule(
        &self,
        consultation: &ConsultationId,
        stars: &BTreeMap<AccountId, Rule>,
        now: Timestamp,
    ) -> Result<()> {
        let all: Vec<_> = stars.iter().collect();
        for chunk in all.chunks(ACTIONS) {
            let add = |writes: &mut Transaction<usize>, i: usize| {
                let (account, rule) = chunk[i];
                let star = star_by_rule(consultation, account, *rule, now)?;
                writes.update(i, self, &keys::favourite(consultation, account), star)
            };
            self.transact_those(chunk.len(), add).await?;
        }
        Ok(())
    }

    /// Lists the consultations that an account unstarred, at most so many. The index may lag
    /// behind.
    pub async fn favourite_list_unstarred(
        &self,
        account: &AccountId,
        most: usize,
    ) -> Result<Vec<ConsultationId>> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let (tombstones, next) = self.listed(&keys::unstarred_by(account), after).await?;
            let ids = tombstones
                .iter()
                .filter_map(|tombstone| tombstone.pk.strip_prefix(keys::CONSULTATION));
            found.extend(ids.filter_map(|id| ConsultationId::parse(id).ok()));
            after = next;
            if after.is_none() || found.len() >= most {
                found.truncate(most);
                return Ok(found);
            }
        }
    }
}

/// The rule that gave a star or, to an agent who had given one themselves, would have.
pub(crate) const BY_RULE: &str = "byRule";

/// Writes a star, in the account's list from `now` on.
pub(crate) fn star(
    consultation: &ConsultationId,
    account: &AccountId,
    rule: Option<Rule>,
    now: Timestamp,
) -> Result<Expression> {
    let set = "SET starred = :yes, consultationId = :consultation, since = :since, i1pk = :i1pk, i1sk = :i1sk, automatic = :rule \
               REMOVE byRule, undoUntil";
    starred_by(Expression::update(set), consultation, account, rule, now)
}

/// Writes a star by a rule where there is none, and beside one that the agent gave, that the rule
/// gives it too.
fn star_by_rule(
    consultation: &ConsultationId,
    account: &AccountId,
    rule: Rule,
    now: Timestamp,
) -> Result<Expression> {
    let new = [
        ("starred", ":yes"),
        ("consultationId", ":consultation"),
        ("since", ":since"),
        ("automatic", ":rule"),
    ];
    let listed = [("i1pk", ":i1pk"), ("i1sk", ":i1sk")];
    let set: Vec<_> = new
        .iter()
        .chain(&listed)
        .map(|(name, value)| format!("{name} = if_not_exists({name}, {value})"))
        .collect();
    let update = Expression::update(&format!("SET {}, {BY_RULE} = :rule", set.join(", ")));
    let update = update
        .when("attribute_not_exists(pk) OR (starred = :yes AND attribute_not_exists(byRule))");
    starred_by(update, consultation, account, Some(rule), now)
}

fn starred_by(
    update: Expression,
    consultation: &ConsultationId,
    account: &AccountId,
    rule: Option<Rule>,
    now: Timestamp,
) -> Result<Expression> {
    // Fixed width, so that the index sorts by time.
    let since = format!("{now:.3}");
    Ok(update
        .value(":yes", item::value(&true)?)
        .value(":consultation", s(consultation.as_str()))
        .value(":i1pk", s(keys::favourites_of(account)))
        .value(":i1sk", s(format!("{since}#{consultation}")))
        .value(":since", s(since))
        .value(":rule", item::value(&rule)?))
}

/// A star as it is stored; none where it is the tombstone of one.
pub(crate) fn star_of(found: &Item) -> Option<Star> {
    // A star without a rule was given by the agent.
    let own = !["automatic", BY_RULE]
        .iter()
        .any(|by| matches!(found.get(*by), Some(AttributeValue::S(_))));
    starred(found).then(|| Star {
        since: item::text(found, "since").parse().ok().filter(|_| own),
    })
}

/// Makes the tombstone of a star.
fn tombstone(text: &str, consultation: &ConsultationId, account: &AccountId) -> Result<Expression> {
    Ok(Expression::update(text)
        .value(":yes", item::value(&true)?)
        .value(":no", item::value(&false)?)
        // Only so that an erasure finds it.
        .value(":i1pk", s(keys::unstarred_by(account)))
        .value(":i1sk", s(consultation.as_str())))
}

pub(crate) fn starred(found: &Item) -> bool {
    matches!(found.get(STARRED), Some(AttributeValue::Bool(true)))
}
