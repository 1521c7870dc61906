//! The words of portals on consultations, and the people whom they name on them.

use serde_json::{Value, json};
use vigie_domain::id::ConsultationId;
use vigie_tests::{
    Login,
    scenario::{saved, tender},
};

use super::{
    AGENTS, SERVICES, Save, Who,
    declared::agent,
    stage::{Consultation, Stage, chosen},
};

impl Stage {
    /// Somebody as the portal names them; and their account, if it names that. Whoever is named by
    /// their account may see it, whichever organisation they are of; by another name nobody of
    /// elsewhere is meant.
    fn named(&self, who: Who) -> Option<(Value, Option<String>)> {
        let somebody = |n| chosen(&self.people, n).map(|somebody| &somebody.person);
        Some(match who {
            Who::Account(n) => {
                let id = somebody(n)?.id.clone();
                (json!(id), Some(id))
            }
            Who::Address(n) => (json!({"email": somebody(n)?.email}), None),
            Who::Agent(n) => (json!({"agentId": agent(n)}), None),
        })
    }

    pub(super) async fn save(&mut self, save: &Save) {
        let known = self.consultations.get(&save.what);
        let of = known.map_or(save.of, |known| usize::from(known.root == "b"));
        let entity = SERVICES[of][save.under % SERVICES[of].len()];
        let author = save.author.and_then(|who| self.named(who));
        let (author, by_account) = author.unwrap_or_else(|| (json!("nobody"), None));
        let named = save.guests.iter().filter_map(|who| self.named(*who));
        let (guests, by_accounts): (Vec<_>, Vec<_>) = named.unzip();
        let consultation = Consultation {
            id: format!("c-{}", save.what),
            root: SERVICES[of][0],
            entity: entity.to_owned(),
            named: by_accounts
                .into_iter()
                .chain([by_account, Some("nobody".to_owned())])
                .flatten()
                .collect(),
            revision: known.map_or(1, |known| known.revision + 1),
        };
        let phase = if save.is_draft {
            "drafting"
        } else {
            "consultation"
        };
        let (id, revision) = (&consultation.id, consultation.revision);
        let mut detail = saved(id, revision, entity, "nobody", phase, &[]);
        detail["reference"] = json!(consultation.id);
        detail["author"] = author;
        detail["guests"] = json!(guests);
        self.consultations.insert(save.what, consultation);
        self.world.send("ConsultationSaved", detail).await;
    }

    pub(super) async fn tender(&mut self, what: usize) {
        let known: Vec<_> = self.consultations.keys().copied().collect();
        let Some(what) = chosen(&known, what) else {
            return;
        };
        let deposit = format!("d-{}", self.world.now().as_millisecond());
        self.world.pass(jiff::SignedDuration::from_secs(1));
        self.world
            .send("TenderReceived", tender(&format!("c-{what}"), &deposit))
            .await;
    }

    /// A consultation names accounts that its event named, or people of its organisation.
    pub(super) async fn look_at_named(&mut self) -> Result<(), String> {
        for of in self.consultations.values() {
            let id = ConsultationId::parse(&of.id).expect("an id");
            let stored = self.world.table.store().consultation_read(&id).await;
            let stored = stored.expect("a table").expect("a consultation");
            let by_name = stored.named().filter(|id| !of.named.contains(id.as_str()));
            for id in by_name {
                let who = self.people.iter().find(|one| one.person.id == id.as_str());
                let root = who.map(|who| who.root.as_str());
                if root != Some(of.root) {
                    return Err(format!("{} of {} names {id} of {root:?}", of.id, of.root));
                }
                self.seen.by_name += 1;
            }
        }
        Ok(())
    }

    /// The program of one organisation's portal names what is the other's: all of it is refused.
    pub(super) async fn speak(&mut self, by: usize, what: usize) -> Result<(), String> {
        let (own, other) = (SERVICES[by][0], SERVICES[1 - by]);
        let with = |mut detail: Value, organisation: &str| {
            detail["organisationId"] = json!(organisation);
            detail
        };
        let declared = |organisation: &str, entity: &str| json!({"organisationId": organisation, "agentId": agent(what % AGENTS), "revision": 1000, "entityId": entity, "role": "agent"});
        let entity = |organisation: &str, id: &str| json!({"organisationId": organisation, "entityId": id, "revision": 1000, "name": "x", "parentId": own});
        let left = json!({"organisationId": other[0], "agentId": agent(what % AGENTS), "revision": 1000, "leftOn": "2026-11-23"});
        let mut said = vec![
            ("AgentSaved", declared(other[0], own)),
            ("AgentLeft", left),
            ("EntitySaved", entity(other[0], own)),
        ];
        let there = |id: &str| self.entities.get(id).is_some_and(|root| root == other[0]);
        for id in other.into_iter().filter(|id| there(id)) {
            said.extend([
                ("AgentSaved", declared(own, id)),
                ("EntitySaved", entity(own, id)),
                ("EntityRemoved", entity(own, id)),
            ]);
        }
        let theirs: Vec<_> = self
            .consultations
            .values()
            .filter(|of| of.root == other[0])
            .collect();
        if let Some(of) = chosen(&theirs, what) {
            let fact = tender(&of.id, "held");
            let save = saved(&of.id, 1000, own, "nobody", "consultation", &[]);
            said.extend([
                ("TenderReceived", fact.clone()),
                ("TenderReceived", with(fact.clone(), other[0])),
                ("ConsultationSaved", with(save.clone(), other[0])),
            ]);
            // While its entity is not there, nobody knows whose it is.
            if there(&of.entity) {
                said.extend([
                    ("TenderReceived", with(fact, own)),
                    ("ConsultationSaved", save.clone()),
                    ("ConsultationSaved", with(save, own)),
                ]);
            }
        }
        let events: Vec<_> = said
            .iter()
            .map(|(detail_type, detail)| json!({"type": detail_type, "detail": detail}))
            .collect();
        let asked = self.world.request("POST", "/v1/events");
        let asked = asked.json(&json!({"events": events}));
        let program = Login::machine(&format!("of-{own}"));
        let answer = asked.by(&program).send().await.expect(200);
        let items = answer.json["items"].as_array().expect("items");
        for (item, said) in items.iter().zip(&said) {
            if item["accepted"] != false {
                return Err(format!("the portal of {own} says {said:?}"));
            }
            self.seen.held += 1;
        }
        Ok(())
    }
}
