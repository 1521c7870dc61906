//! Access follows facts: whoever may no longer see a consultation hears of it no more from that
//! moment on, even of what is on its way to the mailer, and no longer finds it among the
//! favourites; both come back with the access, and the star was never lost.

use serde_json::{Value, json};
use vigie_domain::delivery::DeliveryState;
use vigie_tests::{
    World,
    scenario::{Person, tender},
    traffic::CHANGED,
};

/// Counts the mails to an address, without those that tell of an administrator's change.
fn alerts_to(world: &World, email: &str) -> usize {
    world
        .mails_to(email)
        .iter()
        .filter(|mail| mail.subject != CHANGED)
        .count()
}

/// EMS ← EMS-DSI ← EMS-DSI-RES, EMS-EAU beside; the consultation `c-1` of EMS-DSI-RES, and somebody
/// who follows it and wants everything.
struct Scene {
    world: World,
    ada: Person,
    author: Person,
    /// The person whose sight changes.
    bruno: Person,
    /// Entity of Bruno.
    entity: &'static str,
    revision: u64,
    facts: u64,
}

impl Scene {
    async fn new(entity: &'static str) -> Self {
        let (world, ada) = World::with("EMS").await;
        for (id, parent) in [
            ("EMS-DSI", "EMS"),
            ("EMS-DSI-RES", "EMS-DSI"),
            ("EMS-EAU", "EMS"),
        ] {
            world.entity(&ada, id, parent).await;
        }
        let author = world.agent(&ada, "EMS-DSI-RES", "Author").await;
        let bruno = world.agent(&ada, entity, "Bruno").await;
        world.wants_everything(&bruno).await;
        world.consultation("c-1", "EMS-DSI-RES", &author, &[]).await;
        Self {
            world,
            ada,
            author,
            bruno,
            entity,
            revision: 1,
            facts: 0,
        }
    }

    /// Bruno is named on the consultation, or is not; it lies in an entity.
    async fn saved(&mut self, entity: &str, named: bool) {
        self.revision += 1;
        let guests: &[&Person] = if named { &[&self.bruno] } else { &[] };
        self.world
            .save(
                "c-1",
                self.revision,
                entity,
                &self.author.id,
                "consultation",
                guests,
            )
            .await;
    }

    async fn rights(&self, rights: Value) {
        self.world
            .rights(&self.ada, self.entity, &self.bruno.id, rights)
            .await;
    }

    /// Changes Bruno as an administrator.
    async fn administered(&mut self, change: Value) {
        let path = format!("/v1/entities/{}/agents/{}", self.entity, self.bruno.id);
        self.world
            .patch(&self.ada.login, &path, change)
            .await
            .expect(200);
    }

    async fn linked(&self, method: &str) {
        let link = self
            .world
            .request(method, "/v1/entities/EMS-EAU/transverse/EMS-DSI-RES")
            .by(&self.ada.login)
            .json(&json!({}));
        link.send().await.expect(204);
    }

    async fn hangs_below(&self, entity: &str, parent: &str) {
        let body = json!({"name": "Service", "parentId": parent});
        self.world
            .put(&self.ada.login, &format!("/v1/entities/{entity}"), body)
            .await
            .expect(200);
    }

    /// A tender, up to the mailer; its key.
    async fn on_its_way(&mut self) -> (String, Vec<Value>) {
        self.facts += 1;
        let deposit = format!("d-{}", self.facts);
        self.world
            .publish("TenderReceived", tender("c-1", &deposit));
        (deposit, self.world.due().await)
    }

    /// True if Bruno is told of a new tender.
    async fn is_told(&mut self) -> bool {
        let before = alerts_to(&self.world, &self.bruno.email);
        let (_, due) = self.on_its_way().await;
        self.world.resume(due).await;
        alerts_to(&self.world, &self.bruno.email) > before
    }

    async fn list(&self) -> Value {
        self.bruno.get(&self.world, "/favourites").await.json["items"].clone()
    }

    /// Returns the consultations that Bruno may see, stars and is told of.
    async fn followed(&mut self) -> Value {
        self.world.star(&self.bruno, "c-1").await;
        assert!(self.is_told().await, "as long as Bruno may see it");
        let list = self.list().await;
        assert_eq!(list.as_array().map(Vec::len), Some(1));
        list
    }

    /// A fact was on its way when the access was lost, and is told to nobody; nor is a later one,
    /// and the list is empty.
    async fn silent(&mut self, on_its_way: (String, Vec<Value>), reason: &str) {
        let before = alerts_to(&self.world, &self.bruno.email);
        let (deposit, due) = on_its_way;
        assert_eq!(
            due[0]["detail"]["accountIds"],
            json!([self.bruno.id]),
            "it was to be told when it happened"
        );
        self.world.resume(due).await;
        assert_eq!(
            alerts_to(&self.world, &self.bruno.email),
            before,
            "what was on its way"
        );
        let delivery = self
            .world
            .delivery(&self.bruno.id, "c-1", "tenderReceived", &deposit)
            .await
            .expect("a record");
        assert_eq!(
            (delivery.state, delivery.reason.as_deref()),
            (DeliveryState::Skipped, Some(reason))
        );
        assert!(!self.is_told().await, "what happens from then on");
        if reason == "mayNotSeeIt" {
            assert_eq!(self.list().await, json!([]));
            self.bruno
                .put(&self.world, "/favourites/c-1", json!({}))
                .await
                .expect(404);
        }
    }

    /// All is as it was; what happened meanwhile is not made up for.
    async fn back(&mut self, list: &Value) {
        let before = alerts_to(&self.world, &self.bruno.email);
        assert_eq!(
            &self.list().await[0]["since"],
            &list[0]["since"],
            "the star was never lost"
        );
        assert!(self.is_told().await);
        self.world.settle().await;
        assert_eq!(alerts_to(&self.world, &self.bruno.email), before + 1);
        assert!(self.world.events("FavouriteRemoved").is_empty());
    }
}

#[tokio::test]
async fn a_guest_who_is_taken_off_a_consultation_hears_of_it_no_more_and_does_again_once_back() {
    let mut scene = Scene::new("EMS-EAU").await;
    scene.saved("EMS-DSI-RES", true).await;
    let list = scene.followed().await;
    let due = scene.on_its_way().await;
    scene.saved("EMS-DSI-RES", false).await;
    scene.silent(due, "mayNotSeeIt").await;
    scene.saved("EMS-DSI-RES", true).await;
    scene.back(&list).await;
}

#[tokio::test]
async fn a_guest_who_is_added_may_star_and_is_told_from_then_on() {
    let mut scene = Scene::new("EMS-EAU").await;
    scene
        .bruno
        .put(&scene.world, "/favourites/c-1", json!({}))
        .await
        .expect(404);
    scene.saved("EMS-DSI-RES", true).await;
    assert!(!scene.is_told().await, "a guest is not a follower");
    scene.followed().await;
}

#[tokio::test]
async fn an_agent_who_moves_takes_standing_rights_along_and_leaves_what_they_opened() {
    let mut scene = Scene::new("EMS-DSI-RES").await;
    scene.rights(json!({"own": true})).await;
    let list = scene.followed().await;
    let due = scene.on_its_way().await;
    scene.administered(json!({"entityId": "EMS-EAU"})).await;
    scene.entity = "EMS-EAU";
    scene.silent(due, "mayNotSeeIt").await;
    scene.administered(json!({"entityId": "EMS-DSI-RES"})).await;
    scene.back(&list).await;
}

#[tokio::test]
async fn a_leaver_who_is_deactivated_is_mailed_no_more_and_sees_nothing() {
    let mut scene = Scene::new("EMS-DSI-RES").await;
    scene.rights(json!({"own": true})).await;
    let list = scene.followed().await;
    let due = scene.on_its_way().await;
    scene.administered(json!({"active": false})).await;
    scene.silent(due, "inactive").await;
    scene
        .bruno
        .get(&scene.world, "/favourites")
        .await
        .expect(403);
    scene.administered(json!({"active": true})).await;
    scene.back(&list).await;
}

#[tokio::test]
async fn an_agent_who_is_stripped_of_a_standing_right_loses_what_it_opened() {
    for (entity, right) in [
        ("EMS-DSI-RES", "own"),
        ("EMS", "dependent"),
        ("EMS-EAU", "transverse"),
    ] {
        let mut scene = Scene::new(entity).await;
        scene.linked("PUT").await;
        scene.rights(json!({right: true})).await;
        let list = scene.followed().await;
        let due = scene.on_its_way().await;
        scene.rights(json!({"own": right != "own", "dependent": right != "dependent", "transverse": right != "transverse"})).await;
        scene.silent(due, "mayNotSeeIt").await;
        scene.rights(json!({right: true})).await;
        scene.back(&list).await;
    }
}

#[tokio::test]
async fn an_entity_that_is_moved_in_the_tree_is_followed_from_above_where_it_lies_now() {
    // The moved entity, an entity above Bruno, and one that is not; the last is one level further
    // up.
    for (moved, above, elsewhere) in [
        ("EMS-DSI-RES", "EMS-DSI", "EMS-EAU"),
        ("EMS-DSI", "EMS-EAU", "EMS"),
    ] {
        let mut scene = Scene::new(above).await;
        scene.rights(json!({"dependent": true})).await;
        scene.hangs_below(moved, above).await;
        let list = scene.followed().await;
        let due = scene.on_its_way().await;
        scene.hangs_below(moved, elsewhere).await;
        scene.silent(due, "mayNotSeeIt").await;
        scene.hangs_below(moved, above).await;
        scene.back(&list).await;
    }
}

#[tokio::test]
async fn a_transverse_link_that_is_removed_closes_what_it_opened() {
    let mut scene = Scene::new("EMS-EAU").await;
    scene.linked("PUT").await;
    scene.rights(json!({"transverse": true})).await;
    let list = scene.followed().await;
    let due = scene.on_its_way().await;
    scene.linked("DELETE").await;
    scene.silent(due, "mayNotSeeIt").await;
    scene.linked("PUT").await;
    scene.back(&list).await;
}

#[tokio::test]
async fn a_consultation_that_passes_to_another_entity_is_followed_from_there() {
    let mut scene = Scene::new("EMS-DSI-RES").await;
    scene.rights(json!({"own": true})).await;
    let list = scene.followed().await;
    let due = scene.on_its_way().await;
    scene.saved("EMS-EAU", false).await;
    scene.silent(due, "mayNotSeeIt").await;
    scene.saved("EMS-DSI-RES", false).await;
    scene.back(&list).await;
}

#[tokio::test]
async fn access_that_is_back_before_the_mail_goes_is_access() {
    let mut scene = Scene::new("EMS-EAU").await;
    scene.saved("EMS-DSI-RES", true).await;
    scene.followed().await;
    let (_, due) = scene.on_its_way().await;
    let before = alerts_to(&scene.world, &scene.bruno.email);
    scene.saved("EMS-DSI-RES", false).await;
    scene.saved("EMS-DSI-RES", true).await;
    scene.world.resume(due).await;
    assert_eq!(alerts_to(&scene.world, &scene.bruno.email), before + 1);
}
