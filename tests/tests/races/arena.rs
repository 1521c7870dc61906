//! A world with accounts that want addresses, and what holds of it whoever gets them.

use std::{collections::BTreeMap, sync::Arc};

use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::{sync::Barrier, task::JoinSet};
use vigie_aws::Consumer;
use vigie_domain::{
    account::{Account, EmailStatus, MailQuota, PendingEmail, Role},
    contact::{Contact, email::Email},
    entity::Entity,
    id::{AccountId, EntityId, LoginId},
    token::{Purpose, Token},
};
use vigie_runtime::ids;
use vigie_store::{Accepted, Creation, Store};
use vigie_tests::{Login, World, world::sqs};

/// Ways to ask for an address.
#[derive(Clone, Debug)]
pub enum Claim {
    /// An administrator creates an account with it.
    Create(String),
    /// An organisation is provisioned, its administrator having the address.
    Provision(String),
    /// Somebody opens the link that was mailed to it.
    Confirm(String),
    /// The administrator takes back an invited account.
    Withdraw(AccountId),
}

/// Rights to an address. A greater one takes it from a smaller one, and from its like never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// An administrator's invitation reserves it.
    Invited,
    /// The portal's invitation reserves it.
    Provisioned,
    /// Its owner reads its mails.
    Confirmed,
}

impl Claim {
    /// The right that it gives; taking back gives none.
    pub fn right(&self) -> Option<Right> {
        match self {
            Self::Create(_) => Some(Right::Invited),
            Self::Provision(_) => Some(Right::Provisioned),
            Self::Confirm(_) => Some(Right::Confirmed),
            Self::Withdraw(_) => None,
        }
    }
}

/// Outcomes of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Won,
    /// The address belongs to an account.
    EmailTaken,
    /// The account is not there.
    NotFound,
    /// Anything else.
    Other(String),
}

/// The world and who is in it.
pub struct Arena {
    /// Its functions and table.
    pub world: Arc<World>,
    accounts: Vec<AccountId>,
}

pub fn email(text: &str) -> Email {
    Email::parse(text).expect("an address")
}

fn invited(email: &Email, role: Role) -> Account {
    let contact = Contact::from_json(&json!({"firstName": "A", "lastName": "B", "email": email}))
        .expect("a contact");
    Account::invite(
        ids::account(),
        EntityId::parse("EMS").expect("an id"),
        role,
        contact,
        ids::request(),
        jiff::Timestamp::UNIX_EPOCH,
    )
}

impl Arena {
    /// With an organisation, its administrator, and so many accounts that were accepted, each with
    /// its [`home`].
    pub async fn new(accounts: usize) -> Self {
        let world = Arc::new(World::new().await);
        // Nobody is told of anything here.
        world.table.silence();
        let mut arena = Self {
            world,
            accounts: Vec::new(),
        };
        let administrator = invited(&email("admin@ems.example.fr"), Role::Administrator);
        let text = |text: &str| serde_json::from_value(json!(text)).expect("a name");
        let root = Entity {
            id: administrator.entity_id.clone(),
            name: text("Direction"),
            parent_id: None,
            organisation: text("Organisme"),
        };
        assert_eq!(
            arena
                .store()
                .account_create(&administrator, Some(&root), &[])
                .await
                .expect("a root"),
            Creation::Created
        );
        arena.accept(&administrator, "admin").await;
        for _ in 0..accounts {
            arena.join().await;
        }
        arena
    }

    /// One more account, which was accepted and has its [`home`]; its number.
    pub async fn join(&mut self) -> usize {
        let number = self.invite(&home(self.accounts.len())).await;
        let account = self
            .store()
            .account_read(&self.accounts[number])
            .await
            .expect("the table")
            .expect("the account");
        self.accept(&account, &format!("n{number}")).await;
        number
    }

    /// One more account, which nobody has accepted: it only reserves its address. Its number.
    pub async fn invite(&mut self, address: &Email) -> usize {
        let account = invited(address, Role::Agent);
        assert_eq!(
            self.store()
                .account_create(&account, None, &[])
                .await
                .expect("an account"),
            Creation::Created
        );
        self.accounts.push(account.id);
        self.accounts.len() - 1
    }

    async fn accept(&self, account: &Account, subject: &str) {
        let request = &account
            .invitation
            .as_ref()
            .expect("an invitation")
            .request_id;
        let login = LoginId::new("https://issuer.test", subject);
        let accepted = self
            .store()
            .invitation_accept(account, None, &login, request, self.world.now(), &[])
            .await
            .expect("a login");
        assert_eq!(accepted, Accepted::Yes);
    }

    fn store(&self) -> Store {
        self.world.table.store()
    }

    /// The id of an account by number.
    pub fn id(&self, account: usize) -> AccountId {
        self.accounts[account].clone()
    }

    /// The address of an account by number.
    pub async fn address(&self, account: usize) -> Email {
        self.store()
            .account_read(&self.accounts[account])
            .await
            .expect("the table")
            .expect("the account")
            .contact
            .email
            .expect("an address")
    }

    /// An account by number asks for an address; the link that it is mailed.
    pub async fn asks(&self, account: usize, address: &Email) -> Claim {
        let account = self
            .store()
            .account_read(&self.accounts[account])
            .await
            .expect("the table")
            .expect("the account");
        let expires_at = self.world.now() + SignedDuration::from_hours(7 * 24);
        let pending = PendingEmail {
            address: address.clone(),
            request_id: ids::request(),
            expires_at,
            attempt: 1,
            by_portal: false,
            by_administrator: false,
        };
        let asking = Account {
            pending_email: Some(pending.clone()),
            mail_quota: MailQuota::default(),
            ..account.clone()
        };
        self.store()
            .account_write_contact(&account, &asking)
            .await
            .expect("a request");
        let token = Token {
            purpose: Purpose::Confirmation,
            account: account.id,
            request: pending.request_id,
        };
        Claim::Confirm(self.world.aws.keys().sign(&token))
    }

    /// All at once; the outcomes in the order of the claims.
    pub async fn race(&self, claims: Vec<Claim>) -> Vec<Outcome> {
        let start = Arc::new(Barrier::new(claims.len()));
        let mut racing = JoinSet::new();
        for (i, claim) in claims.into_iter().enumerate() {
            let (world, start) = (Arc::clone(&self.world), Arc::clone(&start));
            racing.spawn(async move {
                start.wait().await;
                (i, make(&world, i, claim).await)
            });
        }
        let outcomes: BTreeMap<_, _> = racing.join_all().await.into_iter().collect();
        outcomes.into_values().collect()
    }

    /// The number of the account that has an address; none if it was made in a race.
    pub async fn owner(&self, address: &Email) -> Option<usize> {
        let owner = self
            .store()
            .address_read_owner(&address.digest())
            .await
            .expect("the table")
            .expect("an owner");
        self.accounts.iter().position(|account| *account == owner)
    }

    /// The right by which an address is had; none if it is free.
    pub async fn right(&self, address: &Email) -> Option<Right> {
        let owner = self
            .store()
            .address_read_owner(&address.digest())
            .await
            .expect("the table")?;
        let account = self
            .store()
            .account_read(&owner)
            .await
            .expect("the table")
            .expect("the owner's account");
        Some(match account.email_status {
            EmailStatus::Confirmed => Right::Confirmed,
            _ if account.entity_id.as_str() == "EMS" => Right::Invited,
            _ => Right::Provisioned,
        })
    }

    /// Takes an address away from the account that has it: it goes home, or out of the world if it
    /// was made in a race.
    pub async fn free(&self, address: &Email) -> Option<usize> {
        if let Some(number) = self.owner(address).await {
            let back = self.asks(number, &home(number)).await;
            assert_eq!(self.race(vec![back]).await, [Outcome::Won]);
            return Some(number);
        }
        let owner = self
            .store()
            .address_read_owner(&address.digest())
            .await
            .expect("the table")
            .expect("an owner");
        let account = self
            .store()
            .account_read(&owner)
            .await
            .expect("the table")
            .expect("the owner's account");
        self.store()
            .invitation_withdraw(&account, self.world.now(), &[])
            .await
            .expect("a withdrawal");
        None
    }

    /// Fails unless every account has the guard of its address and every guard an account with that
    /// address; the owners.
    pub async fn consistent(&self) -> BTreeMap<String, String> {
        let (mut guards, mut accounts) = (BTreeMap::new(), BTreeMap::new());
        for item in self.world.table.items().await {
            let text = |name: &str| item[name].as_s().expect("text").clone();
            let (pk, sk) = (text("pk"), text("sk"));
            if let Some(address) = pk.strip_prefix("EMAIL#") {
                assert_eq!(sk, "EMAIL");
                guards.insert(address.to_owned(), text("owner"));
            } else if let ("ACCOUNT", Some(id)) = (sk.as_str(), pk.strip_prefix("ACCOUNT#")) {
                let contact = item["contact"].as_m().expect("a contact");
                if contact["email"].is_null() {
                    continue;
                }
                let address = contact["email"].as_s().expect("an address").clone();
                let digest = Email::parse(&address)
                    .expect("an address")
                    .digest()
                    .to_string();
                let other = accounts.insert(digest, id.to_owned());
                assert_eq!(other, None, "{address} belongs to two accounts");
            }
        }
        assert_eq!(guards, accounts);
        assert_eq!(self.world.table.strayed_people().await, [""; 0]);
        guards
    }
}

/// The address that an account has to begin with.
pub fn home(account: usize) -> Email {
    email(&format!("n{account}@ems.example.fr"))
}

async fn make(world: &World, i: usize, claim: Claim) -> Outcome {
    let administrator = Login::new("admin");
    let answer = match claim {
        Claim::Create(address) => {
            let body = json!({"contact": {"firstName": "A", "lastName": "B", "email": address}});
            world
                .post(&administrator, "/v1/entities/EMS/agents", body)
                .await
        }
        Claim::Provision(address) => {
            // Consumers of queues need not be sent between threads.
            return tokio::task::block_in_place(|| {
                tokio::runtime::Handle::current().block_on(provision(world, i, &address))
            });
        }
        Claim::Confirm(token) => world.confirm(&token).await,
        Claim::Withdraw(account) => {
            world
                .delete(
                    &administrator,
                    &format!("/v1/entities/EMS/agents/{account}"),
                )
                .await
        }
    };
    match answer.status {
        200 | 201 | 204 => Outcome::Won,
        409 if answer.problem() == "email-taken" => Outcome::EmailTaken,
        404 if answer.problem() == "not-found" => Outcome::NotFound,
        _ => Outcome::Other(answer.text),
    }
}

async fn provision(world: &World, i: usize, address: &str) -> Outcome {
    let entity = format!("{i}-{}", ids::request());
    let administrator = json!({"firstName": "A", "lastName": "B", "email": address});
    let detail = json!({"organisation": "Organisme", "entityId": entity, "name": "Direction", "administrator": administrator});
    let event = json!({"source": "procurement", "detail-type": "OrganisationProvisioned", "detail": detail});
    let answer = world
        .provisioning
        .consume(sqs(&event, 1))
        .await
        .expect("an answer");
    if answer["batchItemFailures"] != json!([]) {
        return Outcome::Other(answer.to_string());
    }
    let rejected = world.aws.with(|traffic| {
        let is_mine = |event: &Value| event["detail"]["original"].to_string().contains(&entity);
        let mine = traffic.events.iter().position(is_mine)?;
        traffic.events.remove(mine)
    });
    match rejected
        .as_ref()
        .and_then(|rejected| rejected["detail"]["reason"].as_str())
    {
        None => Outcome::Won,
        Some(reason) if reason.starts_with("email-taken") => Outcome::EmailTaken,
        Some(reason) => Outcome::Other(reason.to_owned()),
    }
}
