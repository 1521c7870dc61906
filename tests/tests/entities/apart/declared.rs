//! The agents whom the portal declares: who they become, and that nobody of elsewhere is touched.

use serde_json::json;
use vigie_domain::{
    account::Account,
    directory::agent::{AgentId, AgentName},
    id::{AccountId, EntityId},
};
use vigie_tests::scenario::Person;

use super::{
    SERVICES,
    stage::{Somebody, Stage, chosen},
};

/// The portal's id of an agent: the same ids in both organisations.
pub(super) fn agent(n: usize) -> String {
    format!("agt-{n}")
}

impl Stage {
    /// The portal says how an agent is, with an address of their own, which the other organisation
    /// may give as well, or with that of somebody of elsewhere.
    pub(super) async fn declare(
        &mut self,
        of: usize,
        n: usize,
        entity: &str,
        whose: Option<usize>,
    ) -> Result<(), String> {
        let root = SERVICES[of][0];
        let elsewhere: Vec<_> = self
            .people
            .iter()
            .filter(|one| one.root != root && !one.person.email.is_empty())
            .map(|one| one.person.clone())
            .collect();
        let holder = whose.and_then(|whose| chosen(&elsewhere, whose));
        let email = holder.map_or_else(
            || vigie_tests::scenario::address(&agent(n)),
            |holder| holder.email.clone(),
        );
        let before = match holder {
            Some(holder) => Some(self.account(&holder.id).await),
            None => None,
        };
        let detail = json!({
            "organisationId": root,
            "agentId": agent(n),
            "revision": self.next_word(root, n),
            "entityId": entity,
            "email": email,
            "firstName": "Zoé",
            "lastName": "Petit",
            "role": "agent",
            "permanentGuest": {"own": true, "dependent": true, "transverse": true},
            "invite": true,
        });
        let rejected = self.world.rejections().len();
        self.world.send("AgentSaved", detail).await;
        let is_rejected = self.world.rejections().len() > rejected;
        match self.entities.get(entity) {
            Some(lies_in) if (lies_in == root) == is_rejected => {
                return Err(format!(
                    "{root} declares an agent in {entity} of {lies_in}, rejected: {is_rejected}"
                ));
            }
            _ => self.seen.foreign += usize::from(is_rejected),
        }
        if let Some(before) = before {
            let after = self.account(before.id.as_str()).await;
            let kept = |account: &Account| {
                let contact = account.contact.clone();
                (account.entity_id.clone(), account.role, contact)
            };
            if kept(&before) != kept(&after) {
                return Err(format!("{root} declares {email}: {before:?} is {after:?}"));
            }
            self.seen.foreign += 1;
        }
        Ok(())
    }

    /// The portal says that an agent has left.
    pub(super) async fn leave(&mut self, of: usize, n: usize) {
        let root = SERVICES[of][0];
        let detail = json!({
            "organisationId": root,
            "agentId": agent(n),
            "revision": self.next_word(root, n),
            "leftOn": "2026-11-23",
        });
        self.world.send("AgentLeft", detail).await;
    }

    fn next_word(&mut self, root: &'static str, n: usize) -> u64 {
        let words = self.agents.entry((root, n)).or_default();
        *words += 1;
        *words
    }

    async fn account(&self, id: &str) -> Account {
        let id = AccountId::parse(id).expect("an id");
        let account = self.world.table.store().account_read(&id).await;
        account.expect("a table").expect("an account")
    }

    /// Whoever was declared and has an account by now joins in.
    pub(super) async fn arrive(&mut self) -> Result<(), String> {
        for (root, n) in self.agents.keys().copied().collect::<Vec<_>>() {
            let organisation = EntityId::parse(root).expect("an id");
            let agent = AgentId::parse(&agent(n)).expect("an id");
            let name = AgentName::new(&organisation, &agent);
            let known = self.world.table.store().agent_read(&name).await;
            let Some(id) = known.expect("a table").and_then(|known| known.account_id) else {
                continue;
            };
            let account = self.account(id.as_str()).await;
            let entity = account.entity_id.as_str();
            let lies_in = self.entities.get(entity);
            if lies_in.is_none_or(|lies_in| lies_in != root) {
                return Err(format!(
                    "an agent of {root} is put into {entity} of {lies_in:?}"
                ));
            }
            let there = self
                .people
                .iter()
                .position(|one| one.person.id == id.as_str());
            let at = match there {
                Some(at) => at,
                None => self.join(root, &account).await,
            };
            entity.clone_into(&mut self.people[at].entity);
            self.people[at].works = account.active;
        }
        Ok(())
    }

    /// A declared agent gets a login, and wants everything that there is.
    async fn join(&mut self, root: &str, account: &Account) -> usize {
        let person = match &account.contact.email {
            Some(email) if account.active => self.world.accept(email.as_str()).await,
            _ => self.world.bound(account).await,
        };
        if account.active {
            self.want_everything(&person).await;
        }
        self.seen.declared += 1;
        self.people.push(Somebody {
            person,
            root: root.to_owned(),
            entity: account.entity_id.to_string(),
            is_agent: true,
            works: true,
        });
        self.people.len() - 1
    }

    /// All kinds and all rules.
    pub(super) async fn want_everything(&self, person: &Person) {
        let mut wanted = vigie_tests::scenario::alerts("immediate");
        wanted["automaticFavourites"] = json!({"mine": true, "ownEntity": true, "dependentEntities": true, "transverseEntities": true});
        let path = person.path("/alerts");
        let put = self.world.put(&person.login, &path, wanted).await;
        put.expect(200);
    }
}
