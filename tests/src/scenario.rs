//! The usual beginning of a test: an organisation, its administrator, agents who accepted, a
//! consultation.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use vigie_domain::{
    account::{Account, EmailStatus, Role},
    contact::Contact,
    id::{AccountId, EntityId, LoginId},
};
use vigie_runtime::ids;
use vigie_store::{Creation, keys};

use crate::{Answer, Login, World, table::NAME};

/// Somebody with an account and a login.
#[derive(Clone, Debug)]
pub struct Person {
    /// The account.
    pub id: String,
    /// Its address.
    pub email: String,
    /// Login that acts for it.
    pub login: Login,
}

impl Person {
    /// A path below the account.
    pub fn path(&self, rest: &str) -> String {
        format!("/v1/accounts/{}{rest}", self.id)
    }

    /// `GET` of a part of their account.
    pub async fn get(&self, world: &World, rest: &str) -> Answer {
        world.get(&self.login, &self.path(rest)).await
    }

    /// `PUT` of a part of their account.
    pub async fn put(&self, world: &World, rest: &str, body: Value) -> Answer {
        world.put(&self.login, &self.path(rest), body).await
    }

    /// `POST` to a part of their account.
    pub async fn post(&self, world: &World, rest: &str, body: Value) -> Answer {
        world.post(&self.login, &self.path(rest), body).await
    }

    /// `DELETE` of a part of their account, or of all of it.
    pub async fn delete(&self, world: &World, rest: &str) -> Answer {
        world.delete(&self.login, &self.path(rest)).await
    }

    /// `PATCH …/contact` with the account's current version.
    pub async fn patch_contact(&self, world: &World, body: Value) -> Answer {
        world.patch_contact(&self.login, &self.id, body).await
    }

    /// Asks for another address, and all that follows. The token that its reader is mailed.
    pub async fn asks_for(&self, world: &World, email: &str) -> String {
        let asked = self.patch_contact(world, json!({"email": email})).await;
        asked.expect(202);
        world.settle().await;
        world.last_mail(email).token()
    }
}

impl World {
    /// A new one with an organisation `id`, and its administrator.
    pub async fn with(id: &str) -> (Self, Person) {
        let world = Self::new().await;
        let administrator = world.organisation(id).await;
        (world, administrator)
    }

    /// Provisions an organisation `id`; its administrator accepts.
    pub async fn organisation(&self, id: &str) -> Person {
        let email = format!("admin@{}.example.fr", id.to_lowercase());
        let administrator = json!({"firstName": "Ada", "lastName": "Ministre", "email": email});
        self.send("OrganisationProvisioned", json!({"organisation": format!("Organisme {id}"), "entityId": id, "name": format!("Direction {id}"), "administrator": administrator})).await;
        self.accept(&email).await
    }

    /// Accepts the newest invitation to an address, with a login of its own.
    pub async fn accept(&self, email: &str) -> Person {
        self.settle().await;
        let invitation = self
            .mails_to(email)
            .pop()
            .unwrap_or_else(|| panic!("no invitation to {email}"));
        let login = Login::new(&format!("login-of-{email}"));
        let answer = self
            .post(
                &login,
                "/v1/invitations",
                json!({"token": invitation.token()}),
            )
            .await
            .expect(200);
        self.settle().await;
        Person {
            id: answer.json["accountId"].as_str().expect("an id").to_owned(),
            email: email.to_owned(),
            login,
        }
    }

    /// An agent of an entity whom their portal declared, with an address or without one. Nobody
    /// invited them.
    pub async fn declared(&self, entity: &str, name: &str, email: Option<&str>) -> Account {
        let contact = json!({"firstName": name, "lastName": "Agent", "email": address(name)});
        let contact = Contact {
            email: email.map(|email| email.parse().expect("an address")),
            ..Contact::from_json(&contact).expect("a contact")
        };
        let entity = EntityId::parse(entity).expect("an id");
        let id = ids::account();
        let declared = json!({"organisationId": entity, "agentId": id});
        let account = Account {
            declared: serde_json::from_value(declared).expect("a declaration"),
            ..Account::declare(id, entity, Role::Agent, contact)
        };
        let created = self.table.store().account_create(&account, None, &[]).await;
        assert_eq!(created.expect("a table"), Creation::Created);
        account
    }

    /// Lets a login act for a declared agent.
    pub async fn bound(&self, account: &Account) -> Person {
        let login = Login::new(&format!("login-of-{}", account.id));
        let of = LoginId::new("https://issuer.test", &login.sub);
        self.table
            .put_all(vec![(keys::login(&of, &account.id), [].into())])
            .await;
        let accepted = AttributeValue::S("r-accepted".to_owned());
        let pk = keys::account(&account.id).pk;
        self.set(&pk, "ACCOUNT", "acceptedInvitation", accepted)
            .await;
        let email = account.contact.email.as_ref();
        Person {
            id: account.id.to_string(),
            email: email.map(ToString::to_string).unwrap_or_default(),
            login,
        }
    }

    /// Leaves somebody without their address, as if their portal had declared none.
    pub async fn loses_address(&self, person: &Person) {
        let store = self.table.store();
        let id = AccountId::parse(&person.id).expect("an id");
        let account = store.account_read(&id).await.expect("a table");
        let mut account = account.expect("an account");
        let address = account.contact.email.take().expect("an address");
        account.email_status = EmailStatus::None;
        let item = serde_dynamo::to_item(&account).expect("an item");
        self.table.put_all(vec![(keys::account(&id), item)]).await;
        let guard = self.table.client().delete_item().table_name(NAME);
        let guard = guard.set_key(Some(keys::email(&address).attributes()));
        guard.send().await.expect("a deletion");
    }

    /// An administrator of an entity, invited as such and accepted.
    pub async fn administrator(&self, by: &Person, entity: &str, name: &str) -> Person {
        self.invite_as(by, entity, name, "administrator").await;
        self.accept(&address(name)).await
    }

    /// An agent of an entity, invited and accepted.
    pub async fn agent(&self, administrator: &Person, entity: &str, name: &str) -> Person {
        self.invite(administrator, entity, name).await;
        self.accept(&address(name)).await
    }

    /// An agent of an entity, invited only. Its id.
    pub async fn invite(&self, administrator: &Person, entity: &str, name: &str) -> String {
        self.invite_as(administrator, entity, name, "agent").await
    }

    async fn invite_as(&self, by: &Person, entity: &str, name: &str, role: &str) -> String {
        let contact = json!({"firstName": name, "lastName": "Agent", "email": address(name)});
        let path = format!("/v1/entities/{entity}/agents");
        let answer = self
            .post(&by.login, &path, json!({"contact": contact, "role": role}))
            .await
            .expect(201);
        answer.json["id"].as_str().expect("an id").to_owned()
    }

    /// An entity below another.
    pub async fn entity(&self, administrator: &Person, id: &str, parent: &str) {
        let body = json!({"name": format!("Service {id}"), "parentId": parent});
        self.put(&administrator.login, &format!("/v1/entities/{id}"), body)
            .await
            .expect(201);
    }

    /// Links the accounts of two people (« comptes associés »): one asks, the other accepts.
    pub async fn associate(&self, one: &Person, other: &Person) {
        let asked = one
            .post(self, "/links", json!({"email": other.email}))
            .await;
        asked.expect(202);
        self.settle().await;
        let token = json!({"token": self.last_mail(&other.email).token()});
        let accepted = self.post(&other.login, "/v1/links", token).await;
        accepted.expect(200);
    }

    /// Links an entity to another (« entités transverses »).
    pub async fn link(&self, administrator: &Person, from: &str, to: &str) {
        let path = format!("/v1/entities/{from}/transverse/{to}");
        let linked = self.put(&administrator.login, &path, json!({})).await;
        linked.expect(204);
    }

    /// An administrator changes an agent of an entity.
    pub async fn change(&self, by: &Person, entity: &str, agent: &str, change: Value) -> Answer {
        let path = format!("/v1/entities/{entity}/agents/{agent}");
        self.patch(&by.login, &path, change).await
    }

    /// Standing rights.
    pub async fn rights(&self, administrator: &Person, entity: &str, agent: &str, rights: Value) {
        let change = json!({"permanentGuest": rights});
        let changed = self.change(administrator, entity, agent, change).await;
        changed.expect(200);
    }

    /// Switches all kinds to immediate.
    pub async fn wants_everything(&self, person: &Person) {
        self.put(&person.login, &person.path("/alerts"), alerts("immediate"))
            .await
            .expect(200);
    }

    /// Gives an entity choices that its new agents begin with, or `null` none.
    pub async fn defaults(&self, administrator: &Person, entity: &str, wanted: Value) {
        let path = format!("/v1/entities/{entity}/defaults");
        let answer = self.put(&administrator.login, &path, wanted.clone()).await;
        assert_eq!(answer.expect(200).json, wanted);
    }

    /// Stars a consultation.
    pub async fn star(&self, person: &Person, consultation: &str) {
        self.put(
            &person.login,
            &person.path(&format!("/favourites/{consultation}")),
            json!({}),
        )
        .await
        .expect(204);
    }

    /// The portal saves a consultation, and all that follows.
    pub async fn save(
        &self,
        id: &str,
        revision: u64,
        entity: &str,
        author: &str,
        phase: &str,
        guests: &[&Person],
    ) {
        let saved = saved(id, revision, entity, author, phase, guests);
        self.send("ConsultationSaved", saved).await;
    }

    /// Confirms an address by the mailed token, as anybody may.
    pub async fn confirm(&self, token: &str) -> Answer {
        let request = self.request("POST", "/v1/confirmations");
        request.json(&json!({"token": token})).send().await
    }

    /// Saves a consultation that its author does not yet have as favourite by rule (it starts
    /// beyond drafting).
    pub async fn consultation(&self, id: &str, entity: &str, author: &Person, guests: &[&Person]) {
        self.save(id, 1, entity, &author.id, "consultation", guests)
            .await;
    }
}

/// The address of an agent by name.
pub fn address(name: &str) -> String {
    format!("{}@agents.example.fr", name.to_lowercase())
}

/// A choice of alerts with one mode for all kinds that can have it.
pub fn alerts(mode: &str) -> Value {
    json!({
        "kinds": {
            "tenderReceived": mode,
            // Never daily: its digest is one already.
            "consultationClosed": if mode == "daily" { "immediate" } else { mode },
            "messageReceived": mode,
            "questionReceived": mode,
            "noticePublished": mode,
            "noticeRejected": mode,
            "approvalRequested": mode,
        },
        "automaticFavourites": {"mine": true, "ownEntity": false, "dependentEntities": false, "transverseEntities": false},
    })
}

/// The detail of a `ConsultationSaved`.
pub fn saved(
    id: &str,
    revision: u64,
    entity: &str,
    author: &str,
    phase: &str,
    guests: &[&Person],
) -> Value {
    json!({
        "consultationId": id,
        "revision": revision,
        "reference": "21-166157",
        "title": "Prestations d'assistance et de développements spécifiques sur le logiciel Qgis",
        "organisation": "EUROMETROPOLE DE STRASBOURG",
        "entityId": entity,
        "authorAccountId": author,
        "phase": phase,
        "submissionDeadline": "2027-02-01T12:00:00+01:00",
        "guests": guests.iter().map(|guest| &guest.id).collect::<Vec<_>>(),
        "url": format!("https://marches.example.fr/consultations/{id}"),
    })
}

/// The detail of a `TenderReceived`.
pub fn tender(consultation: &str, deposit: &str) -> Value {
    json!({
        "consultationId": consultation,
        "depositId": deposit,
        "depositNumber": format!("N-{deposit}"),
        "receivedAt": "2026-11-24T09:00:00+01:00",
        "channel": "electronic",
        "lots": ["1"],
    })
}
