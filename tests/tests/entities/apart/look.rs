//! Everybody looks at everything that the API has for them, and at what it has for others.

use serde_json::Value;
use vigie_tests::Login;

use super::{SERVICES, stage::Stage};
use crate::entities::at;

/// The consultation that a list's item is about.
fn about(item: &Value) -> &str {
    item["consultationId"].as_str().expect("an id")
}

impl Stage {
    pub(super) async fn look(&mut self) -> Result<(), String> {
        self.hear()?;
        for n in 0..self.people.len() {
            self.look_at_own(n).await?;
            self.look_at_others(n).await?;
        }
        for n in 0..self.administrators.len() {
            self.administer(n).await?;
        }
        self.look_at_named().await
    }

    /// Lists and counts of one's own account.
    async fn look_at_own(&mut self, n: usize) -> Result<(), String> {
        let (person, root) = (self.people[n].person.clone(), self.people[n].root.clone());
        if !self.people[n].works {
            let path = person.path("/consultations");
            self.world.get(&person.login, &path).await.expect(403);
            return Ok(());
        }
        for list in ["/consultations", "/favourites"] {
            for item in self.all(&person.login, &person.path(list)).await {
                self.allow(&person.id, about(&item), "lists")?;
                self.seen.listed += 1;
            }
        }
        self.look_back(n).await?;
        let preview = person
            .get(&self.world, "/alerts/preview")
            .await
            .expect(200)
            .json;
        let own = self
            .consultations
            .values()
            .filter(|of| of.root == root)
            .count();
        let most = own
            + self
                .ever
                .iter()
                .filter(|(account, _)| *account == person.id)
                .count();
        for (rule, count) in preview["automaticFavourites"].as_object().expect("counts") {
            if count.as_u64().is_some_and(|count| count > most as u64) {
                return Err(format!(
                    "an agent of {root} counts {count} by {rule}, and there are {most}"
                ));
            }
        }
        Ok(())
    }

    /// One's history keeps what one was told of, and does not show what one may not see any more.
    async fn look_back(&mut self, n: usize) -> Result<(), String> {
        let person = self.people[n].person.clone();
        for item in self.all(&person.login, &person.path("/deliveries")).await {
            let id = about(&item);
            let Err(why) = self.allow(&person.id, id, "was told in their time of") else {
                self.seen.listed += 1;
                continue;
            };
            if !self.ever.contains(&(person.id.clone(), id.to_owned())) {
                return Err(why);
            }
            for field in ["title", "reference"] {
                if item[field] != Value::Null {
                    return Err(format!("{why}: its {field} is shown"));
                }
            }
            self.seen.kept += 1;
        }
        Ok(())
    }

    /// All pages of a list.
    async fn all(&self, login: &Login, path: &str) -> Vec<Value> {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self
                .world
                .get(login, &format!("{path}{cursor}"))
                .await
                .expect(200)
                .json;
            found.extend(page["items"].as_array().expect("items").iter().cloned());
            match page["cursor"].as_str() {
                Some(next) => cursor = format!("?cursor={next}"),
                None => return found,
            }
        }
    }

    /// Another account's list opens for those whom its owner agreed to link.
    async fn look_at_others(&self, n: usize) -> Result<(), String> {
        let one = &self.people[n];
        for other in self.people.iter().filter(|other| other.root != one.root) {
            let answer = self
                .world
                .get(&one.person.login, &other.person.path("/consultations"))
                .await;
            let accounts = (one.person.id.clone(), other.person.id.clone());
            let agreed = one.works && other.works && self.agreed.contains(&accounts);
            if (answer.status == 200) != agreed {
                return Err(format!(
                    "{} reads a list of {}: {}, linked: {agreed}",
                    one.root, other.root, answer.status
                ));
            }
        }
        Ok(())
    }

    /// Nothing of another organisation is administered, whatever its id is.
    async fn administer(&self, n: usize) -> Result<(), String> {
        let administrator = &self.administrators[n];
        let is_own = |root: &str| administrator.roots.iter().any(|own| own == root);
        let theirs = SERVICES
            .iter()
            .filter(|ids| !is_own(ids[0]))
            .flatten()
            .copied();
        let roots = self
            .entities
            .iter()
            .filter(|(_, root)| !is_own(root))
            .map(|(id, _)| id.as_str());
        for id in theirs.chain(roots) {
            for path in [
                at(id),
                format!("{}/agents", at(id)),
                format!("{}/unfollowed", at(id)),
                format!("{}/consultations", at(id)),
            ] {
                if self.world.get(&administrator.login, &path).await.status == 200 {
                    return Err(format!(
                        "an administrator of {:?} reads {path}",
                        administrator.roots
                    ));
                }
            }
        }
        for consultation in self.consultations.values().filter(|of| !is_own(of.root)) {
            let path = format!(
                "/v1/consultations/{}/recipients?kind=tenderReceived",
                consultation.id
            );
            if self.world.get(&administrator.login, &path).await.status == 200 {
                return Err(format!(
                    "an administrator of {:?} reads {path}",
                    administrator.roots
                ));
            }
        }
        for root in &administrator.roots {
            for list in ["unfollowed", "consultations"] {
                let path = format!("{}/{list}", at(root));
                for item in self.all(&administrator.login, &path).await {
                    let id = about(&item);
                    if self
                        .consultations
                        .values()
                        .any(|of| of.id == id && of.root != root)
                    {
                        return Err(format!("{path} lists {id}"));
                    }
                }
            }
        }
        Ok(())
    }
}
