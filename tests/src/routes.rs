//! For every route a request that does something: what tests of all routes begin with.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use vigie_domain::{
    account::preferences::Kind,
    delivery::unsubscribe::{Choice, Unsubscribe},
    id::{AccountId, ConsultationId, RequestId},
    token::Token,
};
pub use vigie_generated::routes::{Row, all};
use vigie_http::Access;

use crate::{
    Answer, Login, World,
    http::Asked,
    scenario::{Person, alerts, tender},
};

/// A world in which every route has something to do.
///
/// `EMS` is the root, `EMS-DSI` and `EMS-RH` lie below it, `EMS-DEV` below `EMS-DSI`; each has an
/// agent whose invitation waits. `LYON` is another organisation. In each entity lies a
/// consultation, `c-<entity>`, in `EMS-DSI` also `c-1`.
#[derive(Debug)]
pub struct Scene {
    /// The world.
    pub world: World,
    /// Administers `EMS`.
    pub ada: Person,
    /// Administers `LYON`.
    pub zoe: Person,
    /// An agent of `EMS-DSI`, who asked for another address, wrote the consultation `c-1`, and is
    /// asked by Ada to link accounts.
    pub bruno: Person,
    /// An agent of `EMS-DSI`, whom Bruno asked to stand in.
    pub chloe: Person,
    /// An agent of `EMS-DSI`, whose account a new login asked for.
    pub dora: Person,
    /// An agent of `EMS-DEV`.
    emil: Person,
    delegation: String,
    recovery: String,
    stop: String,
    invited: BTreeMap<&'static str, String>,
    confirmation: String,
    invitation: String,
    link: String,
    unsubscribe: String,
    deadline: String,
    addresses: Vec<String>,
}

/// A login without an account.
const NEW_LOGIN: &str = "somebody new";

/// The entities of the scene's first organisation, each with another that it could be linked to.
pub const ENTITIES: [(&str, &str); 4] = [
    ("EMS", "EMS-RH"),
    ("EMS-RH", "EMS"),
    ("EMS-DSI", "EMS-DEV"),
    ("EMS-DEV", "EMS-DSI"),
];

impl Scene {
    /// A new one.
    pub async fn new() -> Self {
        let world = World::new().await;
        let ada = world.organisation("EMS").await;
        let zoe = world.organisation("LYON").await;
        for (entity, above) in [
            ("EMS-DSI", "EMS"),
            ("EMS-RH", "EMS"),
            ("EMS-DEV", "EMS-DSI"),
        ] {
            world.entity(&ada, entity, above).await;
        }
        let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
        let mut choice = alerts("off");
        choice["kinds"]["tenderReceived"] = json!("immediate");
        bruno.put(&world, "/alerts", choice).await.expect(200);
        world.consultation("c-1", "EMS-DSI", &bruno, &[]).await;
        for (entity, author) in [
            ("EMS", &ada),
            ("EMS-RH", &ada),
            ("EMS-DSI", &bruno),
            ("EMS-DEV", &ada),
            ("LYON", &zoe),
        ] {
            world
                .consultation(&format!("c-{entity}"), entity, author, &[])
                .await;
        }
        bruno
            .patch_contact(&world, json!({"email": "bruno.nouveau@agents.example.fr"}))
            .await
            .expect(202);
        let chloe = world.agent(&ada, "EMS-DSI", "Chloe").await;
        let away =
            json!({"from": "2026-12-01", "until": "2026-12-31", "delegateAccountId": chloe.id});
        bruno.put(&world, "/absence", away).await.expect(200);
        let dora = world.agent(&ada, "EMS-DSI", "Dora").await;
        let emil = world.agent(&ada, "EMS-DEV", "Emil").await;
        let ask = json!({"email": dora.email});
        world
            .post(&Login::new(NEW_LOGIN), "/v1/recoveries", ask)
            .await
            .expect(202);
        let mut invited = BTreeMap::new();
        for (entity, _) in ENTITIES {
            invited.insert(
                entity,
                world
                    .invite(&ada, entity, &format!("Invited-{entity}"))
                    .await,
            );
        }
        ada.post(&world, "/links", json!({"email": bruno.email}))
            .await
            .expect(202);
        world.settle().await;
        let link = world.last_mail(&bruno.email).token();
        let confirmation = world.last_mail("bruno.nouveau@agents.example.fr").token();
        let invitation = world.last_mail("invited-ems-dsi@agents.example.fr").token();
        let recovery = world.last_mail(&dora.email).token();
        let delegation = world.last_mail(&chloe.email).token();
        let account = AccountId::parse(&bruno.id).expect("an id");
        let unsubscribe =
            Unsubscribe::new(account, Choice::Kind(Kind::TenderReceived), world.now())
                .token()
                .expect("a token");
        let unsubscribe = world.aws.keys().sign(&unsubscribe);
        let consultation = ConsultationId::parse("c-1").expect("an id");
        let account = AccountId::parse(&bruno.id).expect("an id");
        // Of a recovery that was stopped before.
        let stopped = RequestId::parse("r-1").expect("an id");
        let stop = Token::recovery_stop(&account, 0, &stopped).expect("a token");
        let stop = world.aws.keys().sign(&stop);
        let deadline = Token::deadline(&account, 0, &consultation).expect("a token");
        let deadline = world.aws.keys().sign(&deadline);
        let mut scene = Self {
            world,
            ada,
            zoe,
            bruno,
            chloe,
            dora,
            emil,
            delegation,
            recovery,
            stop,
            invited,
            confirmation,
            invitation,
            link,
            unsubscribe,
            deadline,
            addresses: Vec::new(),
        };
        let accounts = scene
            .table()
            .await
            .into_iter()
            .filter(|((_, sk), _)| sk == "ACCOUNT");
        let address = |item: HashMap<String, AttributeValue>| {
            Some(
                item["contact"]
                    .as_m()
                    .ok()?
                    .get("email")?
                    .as_s()
                    .ok()?
                    .clone(),
            )
        };
        scene.addresses = accounts.filter_map(|(_, item)| address(item)).collect();
        scene
    }

    /// Returns the login that may make the row's request of [`Scene::request`].
    pub fn rightful(&self, row: &Row) -> Option<Login> {
        match row.access {
            Access::Login if row.path == "/v1/delegations" => Some(self.chloe.login.clone()),
            Access::Public => None,
            Access::Login if row.key() == "POST /v1/links" => Some(self.bruno.login.clone()),
            Access::Login => Some(Login::new(NEW_LOGIN)),
            Access::Owner | Access::OwnerOrLinked | Access::OwnerAnyhow => {
                Some(self.bruno.login.clone())
            }
            Access::Administrator
            | Access::AnyAdministrator
            | Access::ConsultationAdministrator => Some(self.ada.login.clone()),
            Access::Machine => Some(Login::machine("portal")),
        }
    }

    /// The request of a row, of nobody yet: about Bruno, or about `EMS-DSI`.
    pub fn request(&self, row: &Row) -> Asked<'_> {
        self.request_of(row, "EMS-DSI")
    }

    /// The request of a row, of nobody yet: about Bruno, or about an entity.
    pub fn request_of(&self, row: &Row, entity: &str) -> Asked<'_> {
        let asked = self
            .world
            .request(row.method, &(self.path(row, entity) + query(row)))
            .header("if-match", "*");
        if row
            .key()
            .starts_with("POST /v1/entities/{id}/agents/import")
        {
            return asked.raw(
                "text/csv",
                "prénom;nom;courriel\r\nNadia;Nouvelle;nadia@agents.example.fr\r\n",
            );
        }
        if row.key() == "POST /v1/unsubscribe/{token}" {
            return asked.raw(
                "application/x-www-form-urlencoded",
                "List-Unsubscribe=One-Click",
            );
        }
        match self.body(row, entity) {
            Some(body) => asked.json(&body),
            None => asked,
        }
    }

    /// A row's path with values in it: Bruno's account, or an entity's.
    pub fn path(&self, row: &Row, entity: &str) -> String {
        let consultation = format!("c-{entity}");
        let id = match row.access {
            Access::ConsultationAdministrator => &consultation,
            Access::Administrator | Access::AnyAdministrator => entity,
            _ => &self.bruno.id,
        };
        let other = ENTITIES
            .iter()
            .find(|(id, _)| *id == entity)
            .map_or("EMS-RH", |(_, other)| other);
        // Nobody recovers what nobody has accepted.
        let bound = [("EMS-DSI", &self.dora), ("EMS-DEV", &self.emil)];
        let bound = bound.into_iter().find(|(of, _)| *of == entity);
        let bound = bound.filter(|_| row.path.ends_with("/recovery"));
        let account = bound.map(|(_, person)| &person.id);
        let account = account.or(self.invited.get(entity));
        let account = account.map_or("nobody", String::as_str);
        let token = if row.path.starts_with("/v1/deadlines/") {
            &self.deadline
        } else {
            &self.unsubscribe
        };
        let names = [
            ("{id}", id),
            ("{otherId}", other),
            ("{accountId}", account),
            ("{consultationId}", "c-1"),
            ("{consultation}", "c-1"),
            ("{part}", "agents"),
            ("{file}", "config.json"),
        ];
        names
            .iter()
            .chain([&("{token}", token.as_str())])
            .fold(row.path.to_owned(), |path, (name, value)| {
                path.replace(name, value)
            })
    }

    /// A JSON body that a row takes, with every field that it may have; none for rows that take
    /// none. A new row that could take one has to say so here.
    pub fn body(&self, row: &Row, entity: &str) -> Option<Value> {
        let contact = json!({
            "civility": "Mme",
            "firstName": "Nadia",
            "lastName": "Nouvelle",
            "jobTitle": "Acheteuse",
            "email": "nadia@agents.example.fr",
            "phone": "+33388609090",
            "fax": "+33388609091",
            "address": {"street": "1 parc de l'Étoile", "postalCode": "67000", "city": "Strasbourg", "country": "France"},
        });
        Some(match row.key().as_str() {
            "PATCH /v1/accounts/{id}/contact" => contact,
            "POST /v1/confirmations" => json!({"token": self.confirmation}),
            "POST /v1/invitations" => json!({"token": self.invitation}),
            "POST /v1/recoveries" => json!({"email": "nadia@agents.example.fr"}),
            "POST /v1/recoveries/confirm" => json!({"token": self.recovery}),
            "POST /v1/recoveries/stop" => json!({"token": self.stop}),
            "POST /v1/links" => json!({"token": self.link}),
            "POST /v1/accounts/{id}/links" => json!({"email": "nadia@agents.example.fr"}),
            "PUT /v1/accounts/{id}/alerts" => alerts("immediate"),
            "PUT /v1/accounts/{id}/absence" => {
                json!({"from": "2026-12-21", "until": "2027-01-03", "delegateAccountId": self.chloe.id})
            }
            "PUT /v1/accounts/{id}/requests" => json!({"linkRequests": false, "delegations": true}),
            "POST /v1/delegations" => json!({"token": self.delegation, "agree": true}),
            "POST /v1/events" => {
                json!({"events": [{"type": "TenderReceived", "detail": tender("c-1", "d-1")}]})
            }
            "PUT /v1/accounts/{id}/places" => json!({"places": ["67", "2A"]}),
            "PUT /v1/entities/{id}" => {
                let parent = ["EMS-RH", "EMS-DSI"].contains(&entity).then_some("EMS");
                json!({"name": "Un autre nom", "parentId": parent.or((entity == "EMS-DEV").then_some("EMS-DSI"))})
            }
            "PUT /v1/entities/{id}/defaults" => alerts("daily"),
            "POST /v1/entities/{id}/agents" => json!({"contact": contact, "role": "agent"}),
            "PATCH /v1/entities/{id}/agents/{accountId}" => {
                let rights = json!({"own": true, "dependent": true, "transverse": true});
                json!({"role": "agent", "active": false, "permanentGuest": rights, "entityId": entity})
            }
            "POST /v1/entities/{id}/agents/{accountId}/handover" => {
                json!({"toAccountId": self.chloe.id})
            }
            "POST /v1/accounts/{id}/contact/pending-email/resend"
            | "POST /v1/accounts/{id}/alerts/test"
            | "PUT /v1/accounts/{id}/favourites/{consultationId}"
            | "PUT /v1/entities/{id}/transverse/{otherId}"
            | "POST /v1/entities/{id}/agents/{accountId}/invitation"
            | "POST /v1/entities/{id}/agents/{accountId}/recovery"
            | "POST /v1/entities/{id}/invitations"
            | "POST /v1/entities/{id}/agents/import"
            | "POST /v1/entities/{id}/agents/import/reading"
            | "POST /v1/unsubscribe/{token}" => return None,
            _ if ["GET", "DELETE"].contains(&row.method) => return None,
            key => panic!("{key}: say what its body is"),
        })
    }

    /// The whole table, to be compared.
    pub async fn table(&self) -> BTreeMap<(String, String), HashMap<String, AttributeValue>> {
        let text = |value: &AttributeValue| value.as_s().expect("a key").clone();
        self.world
            .table
            .items()
            .await
            .into_iter()
            .map(|item| ((text(&item["pk"]), text(&item["sk"])), item))
            .collect()
    }

    /// Fails unless an answer is a problem of that status and name, and tells nothing that is not
    /// the caller's to know.
    #[track_caller]
    pub fn refused(&self, what: &str, answer: &Answer, status: u16, name: &str) {
        assert_eq!(
            (answer.status, answer.problem()),
            (status, name),
            "{what}: {}",
            answer.text
        );
        is_problem(what, answer);
        let text = answer.text.to_lowercase();
        assert!(
            !self.addresses.is_empty()
                && !self.addresses.iter().any(|address| text.contains(address)),
            "{what}: {text}"
        );
    }
}

/// The query that a row needs.
fn query(row: &Row) -> &'static str {
    match row.key().as_str() {
        "GET /v1/accounts/{id}/colleagues" => "?q=chloe",
        "GET /v1/consultations/{id}/recipients" => "?kind=tenderReceived",
        "POST /v1/entities/{id}/agents/import" => "?dryRun=false",
        "POST /v1/entities/{id}/agents/import/reading" => "?more=false",
        _ => "",
    }
}

/// Fails unless an answer is `application/problem+json` of RFC 9457 as the contract has it, and
/// tells nothing of how we work.
#[track_caller]
pub fn is_problem(what: &str, answer: &Answer) {
    let Answer {
        status,
        headers,
        json,
        text,
    } = answer;
    assert!((400..=499).contains(status), "{what}: {status} {text}");
    assert_eq!(
        headers["content-type"], "application/problem+json",
        "{what}"
    );
    assert_eq!(headers["cache-control"], "no-store", "{what}");
    assert!(
        !answer.problem().is_empty() && json["status"] == *status,
        "{what}: {text}"
    );
    for field in ["title", "detail"] {
        assert!(
            json[field].as_str().is_some_and(|text| !text.is_empty()),
            "{what}: {field}: {text}"
        );
    }
    let members: BTreeSet<_> = json
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    assert!(
        members.is_subset(&BTreeSet::from([
            "type", "title", "status", "detail", "errors"
        ])),
        "{what}: {text}"
    );
    let errors = json["errors"].as_array();
    assert_eq!(
        *status == 422,
        errors.is_some_and(|errors| !errors.is_empty()),
        "{what}: {text}"
    );
    for error in errors.into_iter().flatten() {
        assert!(error["field"].is_string(), "{what}: {text}");
        assert!(
            error["reason"]
                .as_str()
                .is_some_and(|reason| !reason.is_empty()),
            "{what}: {text}"
        );
    }
    let told = text.replace("urn:vigie:problem:", "").to_lowercase();
    for secret in [
        crate::table::NAME,
        "panicked",
        "dynamo",
        "conditional",
        "account#",
        "entity#",
        "email#",
        ".rs:",
    ] {
        assert!(!told.contains(secret), "{what}: {text}");
    }
}
