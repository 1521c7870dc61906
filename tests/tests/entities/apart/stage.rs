//! The people, entities and consultations of a history, who may see what, and what everybody does.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde_json::{Value, json};
use tokio::task::LocalSet;
use vigie_aws::Consumer as _;
use vigie_tests::{Login, World, scenario::Person, world::sqs};

use super::SERVICES;
use crate::entities::at;

/// Counts what happened, so that a test that proves nothing is noticed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    mails: usize,
    stars: usize,
    pub(super) listed: usize,
    pub(super) kept: usize,
    pub(super) across: usize,
    rejected: usize,
    pub(super) refused: usize,
    pub(super) declared: usize,
    pub(super) foreign: usize,
    pub(super) by_name: usize,
    pub(super) held: usize,
}

impl Seen {
    pub(super) fn add(&mut self, other: &Self) {
        self.mails += other.mails;
        self.stars += other.stars;
        self.listed += other.listed;
        self.kept += other.kept;
        self.across += other.across;
        self.rejected += other.rejected;
        self.refused += other.refused;
        self.declared += other.declared;
        self.foreign += other.foreign;
        self.by_name += other.by_name;
        self.held += other.held;
    }

    pub(super) fn is_telling(&self) -> bool {
        self.mails > 4
            && self.stars > 8
            && self.listed > 30
            && self.across > 6
            && self.rejected > 10
            && self.refused > 8
            && self.declared > 8
            && self.foreign > 8
            && self.by_name > 8
            && self.held > 30
    }
}

/// Somebody with every right and every rule on.
pub(super) struct Somebody {
    pub(super) person: Person,
    pub(super) root: String,
    pub(super) entity: String,
    /// Administrators stay at their root.
    pub(super) is_agent: bool,
    /// False once the portal said that they left.
    pub(super) works: bool,
}

/// A consultation as the portal means it.
pub(super) struct Consultation {
    pub(super) id: String,
    /// The organisation that it is one of.
    pub(super) root: &'static str,
    pub(super) entity: String,
    /// The accounts that the portal names on it by their ids.
    pub(super) named: BTreeSet<String>,
    pub(super) revision: u64,
}

/// A login, and the organisations that it administers.
pub(super) struct Administrator {
    pub(super) login: Login,
    pub(super) roots: Vec<String>,
}

pub(super) struct Stage {
    pub(super) world: World,
    pub(super) people: Vec<Somebody>,
    pub(super) administrators: Vec<Administrator>,
    pub(super) consultations: BTreeMap<usize, Consultation>,
    /// Entities that are there: id → root.
    pub(super) entities: BTreeMap<String, String>,
    /// Agents whom the portal declared, by organisation, and the number of its words on each.
    pub(super) agents: BTreeMap<(&'static str, usize), u64>,
    pub(super) links: BTreeSet<(String, String)>,
    /// Accounts that are linked.
    pub(super) agreed: BTreeSet<(String, String)>,
    /// Accounts and consultations of elsewhere that they were allowed to see at some time.
    pub(super) ever: BTreeSet<(String, String)>,
    heard: (usize, usize),
    pub(super) seen: Seen,
}

/// An id as a part of a name or of a domain.
fn plain(root: &str) -> String {
    root.replace('_', "-u").replace('.', "-d")
}

/// One of those that there are.
pub(super) fn chosen<T>(of: &[T], n: usize) -> Option<&T> {
    of.get(n % of.len().max(1))
}

impl Stage {
    pub(super) async fn new() -> Self {
        let mut world = World::new().await;
        let intake = Arc::get_mut(&mut world.intake).expect("nobody else's");
        intake.held = "of-a=a,of-b=b".parse().expect("held clients");
        Self {
            world,
            people: Vec::new(),
            administrators: Vec::new(),
            consultations: BTreeMap::new(),
            entities: BTreeMap::new(),
            agents: BTreeMap::new(),
            links: BTreeSet::new(),
            agreed: BTreeSet::new(),
            ever: BTreeSet::new(),
            heard: (0, 0),
            seen: Seen::default(),
        }
    }

    /// The portal provisions organisations at once. It knows better than to give one the id of a
    /// service of another that is yet to come.
    pub(super) async fn provision(&mut self, roots: &[&str]) {
        let is_service = |root: &str| {
            SERVICES
                .iter()
                .find(|ids| ids[1..].contains(&root))
                .map(|ids| ids[0])
        };
        let wanted: BTreeSet<_> = roots
            .iter()
            .filter(|root| is_service(root).is_none_or(|of| self.entities.contains_key(of)))
            .copied()
            .collect();
        let event = |root: &str| {
            let administrator = json!({"firstName": "Ada", "lastName": "Ministre", "email": format!("admin@{}.example.fr", plain(root))});
            let detail = json!({"organisation": root, "entityId": root, "name": root, "administrator": administrator});
            sqs(
                &json!({"source": "procurement", "detail-type": "OrganisationProvisioned", "detail": detail}),
                1,
            )
        };
        let rejected = self.world.rejections().len();
        // What comes back for now is received again.
        for _ in 0..2 {
            let together = LocalSet::new();
            for root in &wanted {
                let (function, event) = (self.world.provisioning.clone(), event(root));
                together
                    .spawn_local(async move { function.consume(event).await.expect("an answer") });
            }
            together.await;
        }
        self.world.settle().await;
        self.seen.rejected += self.world.rejections().len() - rejected;
        for root in wanted {
            let email = format!("admin@{}.example.fr", plain(root));
            if self.entities.get(root).is_none_or(|of| of != root)
                && !self.world.mails_to(&email).is_empty()
            {
                self.begin(root, &email).await;
            }
        }
    }

    /// Its administrator accepts, and has an agent who wants everything that there is.
    async fn begin(&mut self, root: &str, email: &str) {
        let world = &self.world;
        let ada = world.accept(email).await;
        let spy = world
            .agent(&ada, root, &format!("Spy-{}", plain(root)))
            .await;
        world
            .rights(
                &ada,
                root,
                &spy.id,
                json!({"own": true, "dependent": true, "transverse": true}),
            )
            .await;
        self.want_everything(&spy).await;
        self.entities.insert(root.to_owned(), root.to_owned());
        for (person, is_agent) in [(&ada, false), (&spy, true)] {
            self.people.push(Somebody {
                person: person.clone(),
                root: root.to_owned(),
                entity: root.to_owned(),
                is_agent,
                works: true,
            });
        }
        self.administrators.push(Administrator {
            login: ada.login,
            roots: vec![root.to_owned()],
        });
        let both = ["a", "b"].map(|root| {
            self.administrators
                .iter()
                .find(|one| one.roots == [root])
                .map(|one| one.login.clone())
        });
        if let [Some(a), Some(b)] = both
            && ["a", "b"].contains(&root)
        {
            self.bring_in_both([("a", a), ("b", b)]).await;
        }
    }

    /// A login that administers both.
    async fn bring_in_both(&mut self, of: [(&str, Login); 2]) {
        let login = Login::new("both");
        for (root, by) in of {
            let email = format!("both@{root}.example.fr");
            let body = json!({"contact": {"firstName": "Lou", "lastName": "Deux", "email": email}, "role": "administrator"});
            self.world
                .post(&by, &format!("{}/agents", at(root)), body)
                .await
                .expect(201);
            self.world.settle().await;
            let token = self.world.last_mail(&email).token();
            self.world
                .post(&login, "/v1/invitations", json!({"token": token}))
                .await
                .expect(200);
        }
        self.world.settle().await;
        self.administrators.push(Administrator {
            login,
            roots: vec!["a".to_owned(), "b".to_owned()],
        });
    }

    /// Fails unless somebody may see a consultation now, or it is one of their own organisation.
    pub(super) fn allow(&mut self, account: &str, id: &str, what: &str) -> Result<(), String> {
        let somebody = self
            .people
            .iter()
            .find(|somebody| somebody.person.id == account || somebody.person.email == account);
        let consultation = self
            .consultations
            .values()
            .find(|consultation| consultation.id == id);
        let (Some(somebody), Some(consultation)) = (somebody, consultation) else {
            return Err(format!("{account} {what} {id}"));
        };
        let own = somebody.root == consultation.root;
        let linked = self
            .links
            .contains(&(somebody.entity.clone(), consultation.entity.clone()));
        if own || linked || consultation.named.contains(&somebody.person.id) {
            self.seen.across += usize::from(!own);
            return Ok(());
        }
        let Somebody { root, entity, .. } = somebody;
        Err(format!(
            "an agent of {entity} in {root} {what} {id} of {}, saved under {}",
            consultation.root, consultation.entity
        ))
    }

    /// Checks what was mailed and starred by rule since the last time, and remembers who may see
    /// what.
    pub(super) fn hear(&mut self) -> Result<(), String> {
        let mails: Vec<_> = self.world.mails().split_off(self.heard.0);
        let events: Vec<Value> = self.world.seen.lock().expect("a lock")[self.heard.1..].to_vec();
        self.heard = (self.heard.0 + mails.len(), self.heard.1 + events.len());
        for mail in &mails {
            if let Some((id, _)) = mail
                .subject
                .strip_prefix('[')
                .and_then(|rest| rest.split_once(']'))
            {
                self.allow(&mail.to, id, "was told of")?;
                self.seen.mails += 1;
            }
        }
        for star in events
            .iter()
            .filter(|event| event["detail-type"] == "FavouriteAdded")
        {
            let text = |name: &str| star["detail"][name].as_str().expect("an id").to_owned();
            self.allow(&text("accountId"), &text("consultationId"), "follows")?;
            self.seen.stars += 1;
        }
        let pairs: Vec<_> = self
            .people
            .iter()
            .flat_map(|one| self.consultations.values().map(move |of| (one, of)))
            .collect();
        let may = |(one, of): &(&Somebody, &Consultation)| {
            one.root != of.root
                && (of.named.contains(&one.person.id)
                    || self
                        .links
                        .contains(&(one.entity.clone(), of.entity.clone())))
        };
        let now: Vec<_> = pairs
            .into_iter()
            .filter(may)
            .map(|(one, of)| (one.person.id.clone(), of.id.clone()))
            .collect();
        self.ever.extend(now);
        Ok(())
    }
}
