//! Trees: who lies below whom, and which moves keep a tree a tree.

use proptest::prelude::*;
use serde_json::json;
use vigie_domain::{
    entity::{Entity, MAX_DEPTH, Path, beginnings, is_under, may_move},
    id::EntityId,
};

use crate::forest::{self, Forest};

fn id(name: &str) -> EntityId {
    EntityId::parse(name).unwrap()
}

#[test]
fn an_entity_lies_in_its_own_tree_but_not_below_itself() {
    let path = Path::new(vec![id("office"), id("service"), id("root")]);
    assert!(path.is_in_tree_of(&id("office")) && !path.is_below(&id("office")));
    assert!(path.is_in_tree_of(&id("service")) && path.is_below(&id("service")));
    assert!(path.is_in_tree_of(&id("root")) && path.is_below(&id("root")));
    assert!(!path.is_in_tree_of(&id("elsewhere")) && !path.is_below(&id("elsewhere")));
    assert_eq!(
        (path.entity(), path.root()),
        (Some(&id("office")), Some(&id("root")))
    );
}

#[test]
fn what_does_not_exist_lies_nowhere() {
    let nowhere = Path::default();
    assert!(!nowhere.is_in_tree_of(&id("root")) && !nowhere.is_below(&id("root")));
    assert_eq!((nowhere.entity(), nowhere.root()), (None, None));
}

#[test]
fn the_deepest_tree_has_32_levels_whatever_is_hung_into_it() {
    let chain = |levels: usize| {
        Path::new(
            (0..levels)
                .map(|level| id(&format!("level-{level}")))
                .collect(),
        )
    };
    assert_eq!(MAX_DEPTH, 32);
    assert!(may_move(&id("new"), 1, &chain(31)).is_ok());
    assert!(may_move(&id("new"), 1, &chain(32)).is_err());
    assert!(may_move(&id("branch"), 16, &chain(16)).is_ok());
    assert!(may_move(&id("branch"), 17, &chain(16)).is_err());
}

#[test]
fn an_entity_reads_and_writes_as_the_contract_names_it() {
    let given = json!({"id": "EMS-DSI", "name": "Service informatique", "parentId": "EMS", "organisation": "Eurométropole"});
    let entity: Entity = serde_json::from_value(given.clone()).unwrap();
    assert_eq!(serde_json::to_value(entity).unwrap(), given);
}

#[test]
fn an_id_begins_with_what_stands_before_each_of_its_separators() {
    let of = |text: &str| beginnings(&id(text)).map(String::from).collect::<Vec<_>>();
    assert_eq!(of("ems-sig.eau_nord"), ["ems", "ems-sig", "ems-sig.eau"]);
    assert_eq!(of("-a--"), ["-a", "-a-"]);
    assert_eq!(of("ems"), [""; 0]);
}

#[test]
fn an_organisation_s_administrators_make_ids_that_go_on_behind_its_own() {
    for own in ["ems-sig", "ems.sig", "ems_sig", "ems-", "ems-sig-eau"] {
        assert!(is_under(&id("ems"), &id(own)), "{own}");
    }
    for other in ["ems", "emsig", "EMS-sig", "em-s", "sig-ems", "-ems-sig"] {
        assert!(!is_under(&id("ems"), &id(other)), "{other}");
    }
    assert!(is_under(&id("e.m-s"), &id("e.m-s.x")) && !is_under(&id("e.m-s"), &id("e.m-x")));
}

/// Levels that an entity takes with all below it.
fn height(forest: &Forest, entity: usize) -> usize {
    1 + forest
        .children(entity)
        .map(|child| height(forest, child))
        .max()
        .unwrap_or(0)
}

/// `None` in a cycle.
fn steps_to_root(forest: &Forest, entity: usize) -> Option<usize> {
    let (mut at, mut steps) = (entity, 0);
    while let Some(parent) = forest.0[at] {
        (at, steps) = (parent, steps + 1);
        if steps > forest.len() {
            return None;
        }
    }
    Some(steps)
}

proptest! {
    #[test]
    fn paths_agree_with_a_walk_down(forest in forest::forests(), a: prop::sample::Index, b: prop::sample::Index) {
        let (a, b) = (a.index(forest.len()), b.index(forest.len()));
        let path = forest.path(a);
        let below = forest.below(b);
        prop_assert_eq!(path.is_below(&Forest::id(b)), below.contains(&a));
        prop_assert_eq!(path.is_in_tree_of(&Forest::id(b)), a == b || below.contains(&a));
    }

    /// Of organisations of which none begins with another, each id is at most one's.
    #[test]
    fn an_id_is_under_one_organisation_at_most(one in "[a-c._-]{1,5}", other in "[a-c._-]{1,5}", made in "[a-c._-]{1,9}") {
        let (one, other, made) = (id(&one), id(&other), id(&made));
        let apart = one != other && !is_under(&one, &other) && !is_under(&other, &one);
        prop_assert!(!(apart && is_under(&one, &made) && is_under(&other, &made)));
    }

    #[test]
    fn a_move_is_allowed_exactly_where_the_tree_stays_a_tree_and_shallow(
        forest in forest::forests(),
        moved: prop::sample::Index,
        parent: prop::sample::Index,
    ) {
        let (moved, parent) = (moved.index(forest.len()), parent.index(forest.len()));
        let cycle = moved == parent || forest.below(moved).contains(&parent);
        let depth = forest.path(parent).ids().len() + height(&forest, moved);
        let allowed = may_move(&Forest::id(moved), height(&forest, moved), &forest.path(parent)).is_ok();
        prop_assert_eq!(allowed, !cycle && depth <= MAX_DEPTH);
        if allowed {
            // Everybody still reaches a root: walking up from anywhere ends.
            let mut after = forest;
            after.0[moved] = Some(parent);
            for entity in 0..after.len() {
                prop_assert!(steps_to_root(&after, entity).is_some_and(|steps| steps < MAX_DEPTH));
            }
        }
    }
}
