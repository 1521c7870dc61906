//! The deeds of administrators and agents.

use serde_json::json;

use super::{
    SERVICES,
    stage::{Stage, chosen},
};
use crate::entities::at;

impl Stage {
    pub(super) async fn make_own(&mut self, by: usize, n: usize) {
        let Some(root) = chosen(&self.administrators, by)
            .and_then(|administrator| chosen(&administrator.roots, n))
            .cloned()
        else {
            return;
        };
        let own = SERVICES
            .iter()
            .find(|ids| ids[0] == root)
            .map_or("a-b-1", |ids| ids[1 + n % 3]);
        self.make(by, own, &root).await;
    }

    pub(super) async fn make(&mut self, by: usize, id: &str, parent: &str) {
        let Some(administrator) = chosen(&self.administrators, by) else {
            return;
        };
        let answer = self
            .world
            .put(
                &administrator.login,
                &at(id),
                json!({"name": "Service", "parentId": parent}),
            )
            .await;
        if answer.status == 201 {
            let root = self.entities.get(parent).cloned().expect("a parent");
            self.entities.insert(id.to_owned(), root);
        }
        self.seen.refused += usize::from(answer.status == 422);
    }

    pub(super) async fn move_agent(&mut self, by: usize, who: usize, to: usize) {
        let entities: Vec<_> = self.entities.keys().cloned().collect();
        let Some(administrator) = chosen(&self.administrators, by) else {
            return;
        };
        let agents: Vec<_> = (0..self.people.len())
            .filter(|n| self.people[*n].is_agent)
            .collect();
        let (Some(&n), Some(to)) = (chosen(&agents, who), chosen(&entities, to)) else {
            return;
        };
        let path = format!(
            "{}/agents/{}",
            at(&self.people[n].entity),
            self.people[n].person.id
        );
        if self
            .world
            .patch(&administrator.login, &path, json!({"entityId": to}))
            .await
            .status
            == 200
        {
            self.people[n].entity.clone_from(to);
        }
        self.world.settle().await;
    }

    /// Across organisations only who administers both can.
    pub(super) async fn link(
        &mut self,
        by: usize,
        from: usize,
        to: usize,
        undo: bool,
    ) -> Result<(), String> {
        let entities: Vec<_> = self.entities.keys().cloned().collect();
        let Some(administrator) = chosen(&self.administrators, by) else {
            return Ok(());
        };
        let (Some(from), Some(to)) = (chosen(&entities, from), chosen(&entities, to)) else {
            return Ok(());
        };
        let path = format!("{}/transverse/{to}", at(from));
        let link = (from.clone(), to.clone());
        if undo {
            if self.world.delete(&administrator.login, &path).await.status == 204 {
                self.links.remove(&link);
            }
        } else if self
            .world
            .put(&administrator.login, &path, json!({}))
            .await
            .status
            == 204
        {
            if [from, to]
                .iter()
                .any(|end| !administrator.roots.contains(&self.entities[*end]))
            {
                return Err(format!("{:?} linked {from} and {to}", administrator.roots));
            }
            self.links.insert(link);
        }
        Ok(())
    }

    pub(super) async fn link_accounts(&mut self, asks: usize, accepts: usize) {
        let (Some(one), Some(other)) = (chosen(&self.people, asks), chosen(&self.people, accepts))
        else {
            return;
        };
        let (one, other) = (&one.person, &other.person);
        let before = self.world.mails_to(&other.email).len();
        one.post(&self.world, "/links", json!({"email": other.email}))
            .await;
        self.world.settle().await;
        let asked = self
            .world
            .mails_to(&other.email)
            .into_iter()
            .skip(before)
            .find(|mail| mail.text.contains("?token="));
        let Some(mail) = asked else { return };
        if self
            .world
            .post(&other.login, "/v1/links", json!({"token": mail.token()}))
            .await
            .status
            == 200
        {
            self.agreed.extend([
                (one.id.clone(), other.id.clone()),
                (other.id.clone(), one.id.clone()),
            ]);
        }
        self.world.settle().await;
    }

    pub(super) async fn star(&mut self, who: usize, what: usize) -> Result<(), String> {
        let known: Vec<_> = self.consultations.keys().copied().collect();
        let (Some(somebody), Some(what)) = (chosen(&self.people, who), chosen(&known, what)) else {
            return Ok(());
        };
        let (person, id) = (&somebody.person, self.consultations[what].id.clone());
        let answer = person
            .put(&self.world, &format!("/favourites/{id}"), json!({}))
            .await;
        // The stream tells of it before anything else is done.
        self.world.settle().await;
        if answer.status == 204 {
            self.allow(&person.id.clone(), &id, "starred")
        } else {
            Ok(())
        }
    }
}
