//! One owner per e-mail address, however many want it at once.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::json;
use tokio::{sync::Barrier, task::JoinSet};
use vigie_domain::{
    account::{Account, MailQuota, PendingEmail, Role},
    contact::Contact,
    email::Email,
    entity::Entity,
    id::{AccountId, EntityId, LoginId, RequestId},
    token::{Purpose, Token},
};
use vigie_platform::store::{
    Store,
    accounts::{Bound, Creation},
    ids,
};
use vigie_tests::{Answer, Login, World};

const ROUNDS: usize = 50;

/// Somebody who wants an address.
#[derive(Clone)]
enum Claim {
    /// An administrator creates an account with it.
    Create(Email),
    /// Somebody opens the link that was mailed to it.
    Confirm(String),
}

/// A world with an organisation and accounts that want addresses.
struct Arena {
    world: Arc<World>,
    administrator: Login,
    accounts: Vec<AccountId>,
}

fn email(text: &str) -> Email {
    Email::parse(text).expect("an address")
}

fn account(email: &Email, role: Role) -> Account {
    let contact = Contact::from_json(&json!({"firstName": "A", "lastName": "B", "email": email})).expect("a contact");
    let entity = EntityId::parse("EMS").expect("an id");
    Account::invite(ids::account(), entity, role, contact, ids::request(), jiff::Timestamp::UNIX_EPOCH)
}

impl Arena {
    async fn new(accounts: usize) -> Self {
        let world = World::new().await;
        let store = world.table.store();
        let administrator = account(&email("admin@ems.example.fr"), Role::Administrator);
        let name = serde_json::from_value(json!("Direction")).expect("a name");
        let organisation = serde_json::from_value(json!("Organisme")).expect("a name");
        let root = Entity { id: administrator.entity_id.clone(), name, parent_id: None, organisation };
        assert_eq!(store.create_account(&administrator, Some(&root)).await.expect("a root"), Creation::Created);
        let request = &administrator.invitation.as_ref().expect("an invitation").request_id;
        let login = LoginId::new("https://issuer.test", "admin");
        assert_eq!(store.bind(&administrator, &login, request).await.expect("a login"), Bound::Yes);
        let mut arena = Self { world: Arc::new(world), administrator: Login::new("admin"), accounts: Vec::new() };
        for n in 0..accounts {
            let account = account(&email(&format!("n{n}@ems.example.fr")), Role::Agent);
            assert_eq!(arena.store().create_account(&account, None).await.expect("an account"), Creation::Created);
            arena.accounts.push(account.id);
        }
        arena
    }

    fn store(&self) -> &Store {
        &self.world.accounts.store
    }

    /// The account asks for the address; the link that it is mailed.
    async fn asks(&self, account: &Account, address: &Email) -> Claim {
        let request: RequestId = ids::request();
        let expires_at = self.world.now() + SignedDuration::from_hours(1);
        let pending = PendingEmail { address: address.clone(), request_id: request.clone(), expires_at, attempt: 1 };
        self.store().write_contact(account, &account.contact, Some(&pending), &MailQuota::default()).await.expect("a request");
        let token = Token { purpose: Purpose::Confirmation, account: account.id.clone(), request };
        Claim::Confirm(self.world.accounts.tokens.sign(&token))
    }

    /// So many links to the address, each of another account.
    async fn links(&self, count: usize, address: &Email) -> Vec<Claim> {
        let accounts = self.store().accounts(&self.accounts[..count]).await.expect("accounts");
        let mut claims = Vec::new();
        for account in accounts.values() {
            claims.push(self.asks(account, address).await);
        }
        claims
    }

    async fn make(world: &World, administrator: &Login, claim: &Claim) -> Answer {
        match claim {
            Claim::Create(email) => {
                let body = json!({"contact": {"firstName": "A", "lastName": "B", "email": email}, "role": "agent"});
                world.post(administrator, "/v1/entities/EMS/agents", body).await
            }
            Claim::Confirm(token) => world.request("POST", "/v1/confirmations").json(&json!({"token": token})).send().await,
        }
    }

    /// All at once; the answers in the order of the claims.
    async fn race(&self, claims: Vec<Claim>) -> Vec<Answer> {
        let start = Arc::new(Barrier::new(claims.len()));
        let mut racing = JoinSet::new();
        for (i, claim) in claims.into_iter().enumerate() {
            let (world, start, administrator) = (Arc::clone(&self.world), Arc::clone(&start), self.administrator.clone());
            racing.spawn(async move {
                start.wait().await;
                (i, Self::make(&world, &administrator, &claim).await)
            });
        }
        let answers: BTreeMap<_, _> = racing.join_all().await.into_iter().collect();
        answers.into_values().collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn measure() {
    let t = std::time::Instant::now();
    let arena = Arena::new(128).await;
    eprintln!("setup {:?}", t.elapsed());
    for n in 0..3 {
        let address = email(&format!("r{n}@x.example.fr"));
        let t = std::time::Instant::now();
        let claims = arena.links(128, &address).await;
        eprintln!("links {:?}", t.elapsed());
        let t = std::time::Instant::now();
        arena.race(claims).await;
        eprintln!("confirm {:?}", t.elapsed());
        let address = email(&format!("s{n}@x.example.fr"));
        let t = std::time::Instant::now();
        arena.race(vec![Claim::Create(address); 128]).await;
        eprintln!("create {:?}", t.elapsed());
        let t = std::time::Instant::now();
        eprintln!("{}", arena.world.table.items().await.len());
        eprintln!("scan {:?}", t.elapsed());
    }
}
