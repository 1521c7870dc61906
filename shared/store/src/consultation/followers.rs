//! Followers of a consultation: the accounts that have a star for it.

use std::collections::{BTreeMap, BTreeSet};

use vigie_domain::{
    account::{Account, preferences::Kind},
    delivery::alert::Star,
    id::{AccountId, ConsultationId},
};

use crate::{
    Item, Page, Result, Store,
    account::items::ESSENTIAL,
    consultation::favourites::{BY_RULE, STARRED, star_of, starred},
    table::{
        item,
        keys::{self, Key, PK, SK},
        projection::Projection,
    },
};

/// The attributes of a star that say whether it tells of something.
const OF_STARS: [&str; 4] = [STARRED, "since", "automatic", BY_RULE];

/// The attributes of an account by which its agent is told or left out, beside the [`ESSENTIAL`]
/// ones and their choice for the kind.
const OF_ACCOUNTS: [&str; 2] = ["permanentGuest", "absence"];

/// Accounts that may have to be told something.
#[derive(Clone, Debug, Default)]
pub struct Candidates {
    /// Those that exist, each with its star, if it has one. Of an account only what decides about
    /// an alert, and its mail, was read: its other fields are empty.
    pub people: Vec<(Account, Option<Star>)>,
    /// Those that follow the consultation and cannot be read.
    pub unreadable: BTreeSet<AccountId>,
}

impl Store {
    /// A page of who follows a consultation: at most 2,000, so that a thousand are one call.
    pub async fn follower_list(
        &self,
        consultation: &ConsultationId,
        after: Option<String>,
    ) -> Result<Page<AccountId>> {
        let page = self
            .query_projected(
                keys::consultation_pk(consultation),
                keys::FAVOURITE,
                after,
                2000,
                Projection::of([SK, STARRED]),
            )
            .await?;
        let items = page
            .items
            .iter()
            .filter(|found| starred(found))
            .filter_map(follower)
            .collect();
        Ok(Page {
            items,
            next: page.next,
        })
    }

    /// Lists the followers of a consultation, in the order of their ids; `after` is where the last
    /// page ended. Looks at `limit` stars, or tombstones of stars.
    pub async fn follower_list_after(
        &self,
        consultation: &ConsultationId,
        after: Option<&AccountId>,
        limit: i32,
    ) -> Result<(Vec<AccountId>, Option<AccountId>)> {
        let after = after.map(|id| keys::favourite(consultation, id).sk);
        let page = self
            .query(
                keys::consultation_pk(consultation),
                keys::FAVOURITE,
                after,
                limit,
            )
            .await?;
        let id = |sk: &str| {
            sk.strip_prefix(keys::FAVOURITE)
                .and_then(|id| AccountId::parse(id).ok())
        };
        let items = page
            .items
            .iter()
            .filter(|found| starred(found))
            .filter_map(follower)
            .collect();
        Ok((items, page.next.as_deref().and_then(id)))
    }

    /// Accounts by id and which of them follow the consultation, at most 50: one call.
    pub async fn follower_find(
        &self,
        consultation: &ConsultationId,
        ids: &[AccountId],
    ) -> Result<Vec<(Account, bool)>> {
        let Candidates { people, .. } =
            candidates(ids, self.get_all(&wanted(consultation, ids)).await?);
        Ok(people
            .into_iter()
            .map(|(account, star)| (account, star.is_some()))
            .collect())
    }

    /// Reads candidates with their stars, for who tells of a fact by an alert of a kind.
    pub async fn follower_find_candidates(
        &self,
        consultation: &ConsultationId,
        ids: &[AccountId],
        kind: Kind,
    ) -> Result<Candidates> {
        // Beside the choice one that is there whenever any is: a choice that was never stored is
        // told from choices that cannot be read.
        let choices = BTreeSet::from([kind, Kind::ALL[0]])
            .into_iter()
            .map(|kind| format!("alerts.kinds.{}", kind.as_str()));
        let choices: Vec<_> = choices.collect();
        let of_accounts = ESSENTIAL
            .into_iter()
            .chain(OF_ACCOUNTS)
            .chain(choices.iter().map(String::as_str));
        let projection = Projection::of([PK, SK].into_iter().chain(OF_STARS).chain(of_accounts));
        let mut found = self
            .get_projected(&wanted(consultation, ids), &projection)
            .await?;
        let unclear = |found: &mut Item| found.contains_key("id") && !found.contains_key("alerts");
        let whole: Vec<_> = found
            .extract_if(.., unclear)
            .map(|found| item::key(&found))
            .collect();
        if !whole.is_empty() {
            found.extend(self.get_all(&whole).await?);
        }
        Ok(candidates(ids, found))
    }
}

fn wanted(consultation: &ConsultationId, ids: &[AccountId]) -> Vec<Key> {
    ids.iter()
        .map(keys::account)
        .chain(ids.iter().map(|id| keys::favourite(consultation, id)))
        .collect()
}

/// Puts accounts and stars together.
fn candidates(ids: &[AccountId], found: Vec<Item>) -> Candidates {
    let (mut accounts, mut stars, mut unreadable) = (
        Vec::with_capacity(ids.len()),
        BTreeMap::new(),
        BTreeSet::new(),
    );
    for found in found {
        if item::sk(&found).starts_with(keys::FAVOURITE) {
            stars.extend(follower(&found).zip(star_of(&found)));
        } else {
            let pk = item::key(&found).pk;
            match item::read_or_set_aside::<Account>(found, "account") {
                Some(account) => accounts.push(account),
                None => {
                    unreadable.extend(ids.iter().find(|id| keys::account_pk(id) == pk).cloned());
                }
            }
        }
    }
    unreadable.retain(|id| stars.contains_key(id));
    let people = accounts.into_iter().map(|account| {
        let star = stars.remove(&account.id);
        (account, star)
    });
    Candidates {
        people: people.collect(),
        unreadable,
    }
}

fn follower(found: &Item) -> Option<AccountId> {
    debug_assert!(found.contains_key(SK));
    AccountId::parse(item::sk(found).strip_prefix(keys::FAVOURITE)?).ok()
}
