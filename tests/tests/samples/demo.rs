//! People and things that the samples speak of: see `events/README.md`.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use vigie_aws::Consumer;
use vigie_domain::{
    account::{Account, PendingEmail, Role},
    contact::Contact,
    entity::Entity,
    id::{AccountId, EntityId, LoginId, RequestId},
    text::Text,
};
use vigie_store::{Creation, Store};
use vigie_tests::World;

use crate::samples::files;

const ISSUER: &str = "https://cognito-idp.eu-west-3.amazonaws.com/eu-west-3_demo";

fn id(last: &str) -> AccountId {
    AccountId::parse(&format!("01939c0e-0000-7000-8000-0000000000{last}")).expect("an id")
}

fn request(last: &str) -> RequestId {
    RequestId::parse(&format!("01939c0e-0000-7000-8000-0000000000{last}")).expect("an id")
}

/// The entities, accounts and logins.
pub async fn demo(store: &Store) {
    let now = "2026-11-24T08:00:00Z".parse().expect("a time");
    let entity = |id: &str, parent: Option<&str>| Entity {
        id: EntityId::parse(id).expect("an id"),
        name: Text::parse(id).expect("a name"),
        parent_id: parent.map(|id| EntityId::parse(id).expect("an id")),
        organisation: Text::parse("Eurométropole de Strasbourg").expect("a name"),
    };
    let account = |last: &str, entity: &str, role, first_name: &str| {
        let email = format!("{}@strasbourg.example.fr", first_name.to_lowercase());
        let contact = Contact::from_json(
            &json!({"firstName": first_name, "lastName": "Martin", "email": email}),
        )
        .expect("a contact");
        Account::invite(
            id(last),
            EntityId::parse(entity).expect("an id"),
            role,
            contact,
            request("ab"),
            now,
        )
    };
    let root = entity("ems", None);
    let administrator = account("01", "ems", Role::Administrator, "Odile");
    assert_eq!(
        store.account_create(&administrator, Some(&root), &[]).await,
        Ok(Creation::Created)
    );
    for (id, parent) in [
        ("ems-numerique", "ems"),
        ("ems-sig", "ems-numerique"),
        ("ems-postes", "ems-numerique"),
    ] {
        store
            .entity_create(
                &entity(id, Some(parent)),
                (&root.id, &EntityId::parse(parent).expect("an id")),
                None,
                &[],
            )
            .await
            .expect("an entity");
    }
    let others = [("02", "Claire"), ("03", "Karim"), ("20", "Nouveau")]
        .map(|(id, name)| account(id, "ems-sig", Role::Agent, name));
    for other in &others {
        assert_eq!(
            store.account_create(other, None, &[]).await,
            Ok(Creation::Created)
        );
    }
    for (account, login) in [
        (&administrator, "001"),
        (&others[0], "002"),
        (&others[1], "003"),
    ] {
        let login = LoginId::new(ISSUER, &format!("5f0c1e2a-0000-4000-8000-000000000{login}"));
        store
            .invitation_accept(account, None, &login, &request("ab"), now, &[])
            .await
            .expect("a login");
    }
}

/// A world in which every request of the samples has something to do: a change of address waits, a
/// consultation can be seen.
pub async fn http_demo() -> World {
    let world = World::new().await;
    let store = world.table.store();
    demo(&store).await;
    let sample = files("consultations")
        .remove("consultation-saved")
        .expect("a sample");
    let released = sample
        .to_string()
        .replace(r#"\"revision\":1"#, r#"\"revision\":2"#)
        .replace(r#"\"drafting\""#, r#"\"consultation\""#);
    world.consultations.consume(sample).await.expect("a save");
    // Administrators see no drafts.
    world
        .consultations
        .consume(released.parse().expect("JSON"))
        .await
        .expect("a release");
    let claire = store
        .account_read(&id("02"))
        .await
        .expect("a read")
        .expect("an account");
    let address = Contact::from_json(
        &json!({"firstName": "C", "lastName": "M", "email": "neuve@strasbourg.example.fr"}),
    )
    .expect("a contact")
    .email
    .expect("an address");
    let expires_at = "2026-11-30T08:00:00Z".parse().expect("a time");
    let pending = PendingEmail {
        address,
        request_id: request("aa"),
        expires_at,
        attempt: 1,
        by_portal: false,
        by_administrator: false,
    };
    let asking = Account {
        pending_email: Some(pending),
        ..claire.clone()
    };
    store
        .account_write_contact(&claire, &asking)
        .await
        .expect("a change");
    world
        .set(
            &format!("ACCOUNT#{}", claire.id),
            "ACCOUNT",
            "version",
            AttributeValue::N("1".to_owned()),
        )
        .await;
    world
}
