//! Automatic favourites by the four rules, page by page of who may watch. What was cut short goes
//! on behind the last page that is remembered, and gives no star twice.

use std::collections::{BTreeMap, BTreeSet};

use vigie_aws::queue::Failure;
use vigie_domain::{
    account::{Account, preferences::Rule},
    consultation::{Consultation, Scope, stars},
    id::{AccountId, EntityId, digest},
};
use vigie_runtime::clock::{self, Instant};
use vigie_store::{StarCursor, Stars, WATCHERS_PER_PAGE};

use crate::Consultations;

impl Consultations {
    /// Gives what is missing behind a place, and marks all as given; hands the message back (an
    /// error) where the time is over before, or those who watch from above cannot be found now.
    /// Returns those who cannot be read: they have theirs by a later save.
    pub(crate) async fn give_stars(
        &self,
        consultation: &Consultation,
        place: Option<StarCursor>,
        until: Instant,
    ) -> Result<BTreeSet<AccountId>, Failure> {
        let id = &consultation.id;
        let (scope, whole) = self
            .store
            .entity_read_scope(&consultation.entity_id)
            .await?;
        let (resumed, mut begun) = (place.is_some(), self.clock.now());
        let mut owed = self
            .star(
                consultation,
                &scope,
                consultation.author_account_id.as_slice(),
            )
            .await?;
        let lists: Vec<_> = watched(&scope).collect();
        let start = StarCursor::start(name(&lists));
        // In a tree that has changed meanwhile it begins again.
        let mut place = place
            .filter(|place| place.lists == start.lists)
            .unwrap_or(start);
        let mut unremembered = 0;
        while let Some((rule, entity)) = lists.get(place.done) {
            let page = self
                .store
                .watcher_list(entity, *rule, place.after())
                .await?;
            owed.extend(self.star(consultation, &scope, &page.items).await?);
            unremembered += page.items.len();
            place = place.behind(page.next);
            let over = clock::instant() >= until;
            // Lists of a few, which are nearly all, cost no call.
            if place.done < lists.len() && (over || unremembered >= WATCHERS_PER_PAGE.into()) {
                place = match self.store.stars_write_reached(id, &place).await? {
                    Stars::Given => return Ok(BTreeSet::new()),
                    Stars::Owed(owed) => return Ok(owed),
                    // Perhaps further than here: another worker is at the same save.
                    Stars::Open(Some(reached)) if reached.lists == place.lists => reached,
                    Stars::Open(_) => {
                        return Err(Failure::Retry("another save gives its stars".to_owned()));
                    }
                };
                unremembered = 0;
                if over {
                    return Err(Failure::Retry(
                        "more watchers than one receive has time for".to_owned(),
                    ));
                }
            }
        }
        if resumed {
            begun = self.store.stars_read_begun(id).await?.unwrap_or(begun);
        }
        // Who moved from a list that was not read yet to one that was.
        for (rule, entity) in &lists {
            let moved = self.store.watcher_list_moved(entity, *rule, begun).await?;
            if !moved.is_empty() {
                owed.extend(self.star(consultation, &scope, &moved).await?);
            }
        }
        if !whole {
            return Err(Failure::Retry(
                "an entity that cannot be read lies above".to_owned(),
            ));
        }
        // A draft in an entity that counts as unknown is none of that organisation's.
        let root = scope
            .path
            .root()
            .filter(|_| !consultation.is_elsewhere(&scope.path));
        self.store
            .stars_mark_given(consultation, root, self.clock.now())
            .await?;
        if resumed && let Stars::Owed(all) = self.store.stars_read(id).await? {
            // Those of earlier receives too.
            return Ok(all);
        }
        Ok(owed)
    }

    /// Gives those their stars who could not be read when the others had theirs; returns whom it
    /// still cannot read.
    pub(crate) async fn give_owed(
        &self,
        consultation: &Consultation,
        owed: BTreeSet<AccountId>,
    ) -> Result<BTreeSet<AccountId>, Failure> {
        let (scope, whole) = self
            .store
            .entity_read_scope(&consultation.entity_id)
            .await?;
        if !whole {
            return Err(Failure::Retry(
                "an entity that cannot be read lies above".to_owned(),
            ));
        }
        let ids: Vec<_> = owed.into_iter().collect();
        let (accounts, unreadable) = self.store.account_find(&ids).await?;
        self.add(consultation, &scope, &accounts).await?;
        let settled: BTreeSet<_> = ids
            .into_iter()
            .filter(|id| !unreadable.contains(id))
            .collect();
        if !settled.is_empty() {
            self.store.stars_settle(&consultation.id, &settled).await?;
        }
        Ok(unreadable)
    }

    /// Gives those of the accounts their stars whom a rule gives one; remembers and returns who
    /// cannot be read.
    async fn star(
        &self,
        consultation: &Consultation,
        scope: &Scope,
        ids: &[AccountId],
    ) -> Result<BTreeSet<AccountId>, Failure> {
        let (accounts, unreadable) = self.store.account_find(ids).await?;
        self.add(consultation, scope, &accounts).await?;
        if !unreadable.is_empty() {
            self.store.stars_owe(&consultation.id, &unreadable).await?;
        }
        Ok(unreadable)
    }

    /// Judges each by every rule: they may have moved since the list was read that they were in.
    async fn add(
        &self,
        consultation: &Consultation,
        scope: &Scope,
        accounts: &BTreeMap<AccountId, Account>,
    ) -> Result<(), Failure> {
        let rule = |account: &Account| {
            Rule::ALL
                .into_iter()
                .find(|rule| stars(account, *rule, consultation, scope))
        };
        let given = accounts
            .iter()
            .filter_map(|(id, account)| Some((id.clone(), rule(account)?)))
            .collect();
        Ok(self
            .store
            .favourite_add_by_rule(&consultation.id, &given, self.clock.now())
            .await?)
    }
}

/// Lists each rule with the entity at which its watchers are kept: the one that they belong to.
fn watched(scope: &Scope) -> impl Iterator<Item = (Rule, &EntityId)> {
    let mut path = scope.path.ids().iter();
    let own = path.next().map(|entity| (Rule::OwnEntity, entity));
    let above = path.map(|entity| (Rule::DependentEntities, entity));
    let linked = scope
        .transverse_from
        .iter()
        .map(|entity| (Rule::TransverseEntities, entity));
    own.into_iter().chain(above).chain(linked)
}

/// Names lists: alike for the same lists in the same order.
fn name(lists: &[(Rule, &EntityId)]) -> String {
    let parts: Vec<_> = lists
        .iter()
        .flat_map(|(rule, entity)| [rule.as_str(), entity.as_str()])
        .collect();
    digest(&parts)
}
