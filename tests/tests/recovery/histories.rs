//! In any history at most one login is bound to an account, and another one only by a link that was
//! mailed to the address that the account has at that instant, or by an administrator's act.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use vigie_domain::{
    account::{Account, Role},
    id::{AccountId, LoginId},
};
use vigie_tests::{Answer, Login, World, scenario::Person};

use super::{DAY, HOUR, LINK, confirm};

/// Histories that are played, always the same.
const HISTORIES: usize = 8;

/// Steps in each.
const STEPS: usize = 50;

/// A link that was mailed.
#[derive(Clone)]
struct Mailed {
    token: String,
    /// To whom, and when.
    to: String,
    at: Timestamp,
    /// The login that asked; none where an administrator had it mailed.
    by: Option<usize>,
    /// The account by which an administrator had it mailed.
    pressed: Option<usize>,
}

/// A link that a login used, and what it was told.
struct Used {
    link: Mailed,
    login: usize,
    answer: Answer,
}

/// Three accounts, two of them administrators', and whoever is after them.
struct Stage {
    world: World,
    people: [Person; 3],
    logins: Vec<Login>,
    addresses: Vec<String>,
    mailed: Vec<Mailed>,
    /// The recoveries that were confirmed and wait, by account: the login, its link and since when.
    waiting: BTreeMap<usize, Vec<(usize, String, Timestamp)>>,
    /// The login of each account before the step.
    bound: Vec<Option<usize>>,
    /// Time at which an address that an administrator set took the place of another, by account.
    replaced: BTreeMap<usize, Timestamp>,
    seen: usize,
    /// Recoveries that took effect at once, and after a day.
    at_once: usize,
    later: usize,
}

fn any(length: usize) -> usize {
    fastrand::usize(..length)
}

impl Stage {
    async fn new() -> Self {
        let (world, ada) = World::with("EMS").await;
        let zoe = world.agent(&ada, "EMS", "Zoe").await;
        let role = json!({"role": "administrator"});
        world.change(&ada, "EMS", &zoe.id, role).await.expect(200);
        let bruno = world.agent(&ada, "EMS", "Bruno").await;
        world.settle().await;
        let people = [ada, zoe, bruno];
        let mut logins: Vec<_> = people.iter().map(|of| of.login.clone()).collect();
        logins.extend(["x", "y", "z"].map(Login::new));
        let mut addresses: Vec<_> = people.iter().map(|of| of.email.clone()).collect();
        addresses.push("p@agents.example.fr".to_owned());
        let mut stage = Self {
            seen: world.mails().len(),
            world,
            people,
            logins,
            addresses,
            mailed: Vec::new(),
            waiting: BTreeMap::new(),
            bound: Vec::new(),
            replaced: BTreeMap::new(),
            at_once: 0,
            later: 0,
        };
        stage.bound = stage.bound().await;
        stage
    }

    /// The login of each account; fails where there are two.
    async fn bound(&self) -> Vec<Option<usize>> {
        let mut of = vec![None; self.people.len()];
        let store = self.world.table.store();
        for (login, name) in self.logins.iter().enumerate() {
            let id = LoginId::new("https://issuer.test", &name.sub);
            for own in store.account_list_of_login(&id).await.expect("accounts") {
                let is_own = |person: &Person| person.id == own.id.as_str();
                let account = self.people.iter().position(is_own).expect("an account");
                assert_eq!(of[account].replace(login), None, "two logins are bound");
            }
        }
        of
    }

    async fn account(&self, account: usize) -> Account {
        let id = AccountId::parse(&self.people[account].id).expect("an id");
        let found = self.world.table.store().account_read(&id).await;
        found.expect("a read").expect("an account")
    }

    /// Takes the links out of the inbox that came since.
    fn collect(&mut self, by: Option<usize>, pressed: Option<usize>) {
        let mails = self.world.mails();
        let links = mails[self.seen..]
            .iter()
            .filter(|mail| mail.subject == LINK);
        self.mailed.extend(links.map(|mail| Mailed {
            token: mail.token(),
            to: mail.to.clone(),
            at: self.world.now(),
            by,
            pressed,
        }));
        self.seen = mails.len();
    }

    async fn step(&mut self) {
        let (login, account) = (any(self.logins.len()), any(self.people.len()));
        let (id, by) = (self.people[account].id.clone(), self.logins[login].clone());
        let agent = format!("/v1/entities/EMS/agents/{id}");
        let mut used = None;
        let mut known = Vec::new();
        for at in 0..self.people.len() {
            known.push(self.account(at).await);
        }
        let mut given = false;
        match any(17) {
            0..4 => {
                let email = self.addresses[any(self.addresses.len())].clone();
                super::ask(&self.world, &by, &email).await.expect(202);
                self.collect(Some(login), None);
            }
            4 => {
                let path = format!("{agent}/recovery");
                let answer = self.world.post(&by, &path, json!({})).await;
                self.world.settle().await;
                let presser = self.bound.iter().position(|of| *of == Some(login));
                assert!(answer.status != 202 || presser.is_some());
                self.collect(None, presser);
            }
            5..10 if !self.mailed.is_empty() => {
                // Mostly the newest, and by who it is for.
                let last = self.mailed.len() - 1;
                let link = self.mailed[[last, any(last + 1)][any(2)]].clone();
                let login = link.by.filter(|_| any(3) > 0).unwrap_or(login);
                let answer = confirm(&self.world, &self.logins[login], &link.token).await;
                used = Some(Used {
                    link,
                    login,
                    answer,
                });
            }
            10 => {
                let own = format!("/v1/accounts/{id}/recovery");
                let path = [own, format!("{agent}/recovery")];
                if self.world.delete(&by, &path[any(2)]).await.status == 204 {
                    self.waiting.remove(&account);
                }
            }
            11 => self.readdress(&by, &id).await,
            12 => {
                let patch = [
                    json!({"active": false}),
                    json!({"active": true}),
                    json!({"role": "agent"}),
                    json!({"role": "administrator"}),
                ];
                let patch = patch[any(4)].clone();
                self.world.patch(&by, &agent, patch).await;
            }
            13 => given = self.give(&by, &agent).await,
            _ => {
                let minutes = SignedDuration::from_mins(10);
                let time = [minutes, HOUR, HOUR * 12, DAY, DAY * 15];
                self.world.pass(time[any(5)]);
                self.world.sweep().await;
            }
        }
        self.world.settle().await;
        self.collect(None, None);
        for (at, before) in known.iter().enumerate() {
            let waited = before.pending_email.as_ref();
            let by_administrator = waited.is_some_and(|waited| waited.by_administrator);
            if self.account(at).await.contact.email != before.contact.email
                && (by_administrator || given && at == account)
            {
                self.replaced.insert(at, self.world.now());
            }
        }
        self.judge(used).await;
    }

    /// A login sets the address of an agent; whoever reads it confirms it. Returns whether it
    /// might.
    async fn give(&self, by: &Login, agent: &str) -> bool {
        let email = self.addresses[any(self.addresses.len())].clone();
        let asked = self.world.patch(by, agent, json!({"email": email})).await;
        self.world.settle().await;
        if asked.status == 202 {
            self.read(&email).await;
        }
        asked.status == 202
    }

    /// A login asks for another address, and whoever reads it confirms it.
    async fn readdress(&self, by: &Login, id: &str) {
        let email = self.addresses[any(self.addresses.len())].clone();
        let asked = self.world.patch_contact(by, id, json!({"email": email}));
        asked.await;
        self.world.settle().await;
        self.read(&email).await;
    }

    /// Whoever reads an address confirms what was mailed to it last.
    async fn read(&self, email: &str) {
        let mail = self.world.mails_to(email).pop();
        if let Some(mail) = mail.filter(|mail| mail.text.contains("/confirm?token=")) {
            let request = self.world.request("POST", "/v1/confirmations");
            let body = json!({"token": mail.token()});
            request.json(&body).send().await;
        }
    }

    /// Fails unless whoever is bound now was so before, or had the right to be.
    async fn judge(&mut self, used: Option<Used>) {
        let (after, now) = (self.bound().await, self.world.now());
        let before = std::mem::replace(&mut self.bound, after.clone());
        for (at, id) in self.people.clone().map(|of| of.id).into_iter().enumerate() {
            let account = self.account(at).await;
            let address = account.contact.email.as_ref().map(ToString::to_string);
            let used = used
                .as_ref()
                .filter(|used| used.answer.status < 300 && used.answer.json["accountId"] == *id);
            let waits = self.waiting.entry(at).or_default();
            if let Some(used) = used.filter(|used| used.answer.status == 202)
                && waits.iter().all(|of| of.1 != used.link.token)
            {
                assert_eq!(address.as_ref(), Some(&used.link.to), "the address of now");
                waits.push((used.login, used.link.token.clone(), now));
            }
            if after[at] == before[at] {
                continue;
            }
            let login = after[at].expect("an account keeps a login");
            let Some(used) = used else {
                let waited = |of: &&(usize, String, Timestamp)| {
                    of.0 == login && now.duration_since(of.2) >= DAY
                };
                assert!(waits.iter().any(|of| waited(&of)), "nobody asked for it");
                self.later += 1;
                self.waiting.remove(&at);
                continue;
            };
            let Mailed {
                to,
                at: since,
                by,
                pressed,
                ..
            } = &used.link;
            assert_eq!((used.answer.status, used.login), (200, login));
            assert_eq!(address.as_ref(), Some(to), "the address of now");
            assert!(now.duration_since(*since) < HOUR, "an hour");
            assert!(by.is_none_or(|asked| asked == login), "passed on");
            let replaced = self.replaced.get(&at);
            assert!(
                replaced.is_none_or(|at| now.duration_since(*at) >= DAY * 30),
                "an address that an administrator set"
            );
            if account.role == Role::Administrator {
                assert!(pressed.is_some_and(|of| of != at), "another's button");
            }
            self.at_once += 1;
            self.waiting.remove(&at);
        }
    }
}

#[tokio::test]
async fn in_any_history_one_login_is_bound_and_another_only_by_right() {
    let (mut at_once, mut later) = (0, 0);
    for _ in 0..HISTORIES {
        let mut stage = Stage::new().await;
        for _ in 0..STEPS {
            stage.step().await;
        }
        at_once += stage.at_once;
        later += stage.later;
    }
    assert!(at_once > 1 && later > 0, "{at_once} and {later}");
}
