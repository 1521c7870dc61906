//! Automatic favourites by the four rules, page by page of who may watch. What was cut short goes on behind the last page that is
//! remembered, and gives no star twice.

use std::time::Instant;

use vigie_domain::{
    account::Account,
    consultation::{Consultation, Scope, stars},
    id::{EntityId, digest},
    preferences::Rule,
};
use vigie_platform::{
    queue::Failure,
    store::{StarCursor, Stars, WATCHERS_PER_PAGE},
};

use crate::Consultations;

impl Consultations {
    /// Gives what is missing behind a place, and marks all as given; hands the message back (an error) where the time is over before.
    pub(crate) async fn give_stars(&self, consultation: &Consultation, place: Option<StarCursor>, until: Instant) -> Result<(), Failure> {
        let scope = self.store.entity_read_scope(&consultation.entity_id).await?;
        let author = self.store.account_read(&consultation.author_account_id).await?;
        self.star(consultation, &scope, Rule::Mine, author.iter()).await?;
        let lists: Vec<_> = watched(&scope).collect();
        let start = StarCursor::start(name(&lists));
        // In a tree that has changed meanwhile it begins again.
        let mut place = place.filter(|place| place.lists == start.lists).unwrap_or(start);
        let mut unremembered = 0;
        while let Some((rule, entity)) = lists.get(place.done) {
            let page = self.store.watcher_list(entity, *rule, place.after()).await?;
            self.star(consultation, &scope, *rule, page.items.iter()).await?;
            unremembered += page.items.len();
            place = place.behind(page.next);
            let over = Instant::now() >= until;
            // Lists of a few, which are nearly all, cost no call.
            if place.done < lists.len() && (over || unremembered >= WATCHERS_PER_PAGE.into()) {
                place = match self.store.stars_write_reached(&consultation.id, &place).await? {
                    Stars::Given => return Ok(()),
                    // Perhaps further than here: another worker is at the same save.
                    Stars::Open(Some(reached)) if reached.lists == place.lists => reached,
                    Stars::Open(_) => return Err(Failure::Retry("another save gives its stars".to_owned())),
                };
                unremembered = 0;
                if over {
                    return Err(Failure::Retry("more watchers than one receive has time for".to_owned()));
                }
            }
        }
        Ok(self.store.stars_mark_given(consultation, scope.path.root(), self.clock.now()).await?)
    }

    async fn star<'a>(
        &self,
        consultation: &Consultation,
        scope: &Scope,
        rule: Rule,
        candidates: impl Iterator<Item = &'a Account>,
    ) -> Result<(), Failure> {
        let given = candidates.filter(|account| stars(account, rule, consultation, scope));
        let given = given.map(|account| (account.id.clone(), rule)).collect();
        Ok(self.store.favourite_add_by_rule(&consultation.id, &given, self.clock.now()).await?)
    }
}

/// Lists each rule with the entity at which its watchers are kept: the one that they belong to.
fn watched(scope: &Scope) -> impl Iterator<Item = (Rule, &EntityId)> {
    let mut path = scope.path.ids().iter();
    let own = path.next().map(|entity| (Rule::OwnEntity, entity));
    let above = path.map(|entity| (Rule::DependentEntities, entity));
    let linked = scope.transverse_from.iter().map(|entity| (Rule::TransverseEntities, entity));
    own.into_iter().chain(above).chain(linked)
}

/// The same for the same lists in the same order.
fn name(lists: &[(Rule, &EntityId)]) -> String {
    let parts: Vec<_> = lists.iter().flat_map(|(rule, entity)| [rule.as_str(), entity.as_str()]).collect();
    digest(&parts)
}
