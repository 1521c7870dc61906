//! `OrganisationProvisioned`: the root entity of a new customer, its first administrator, an
//! invitation. All or nothing, once.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use serde_json::Value;
use vigie_aws::{
    Consumer, Platform,
    bus::Bus,
    queue::{Failure, Message, each_message},
};
use vigie_domain::{
    account::{
        Account, Role, administration::Administration, invitation::Invitation, reservation::Taker,
    },
    audit::{Record, What},
    directory::organisation::Organisation,
    event::portal::Said,
    id::{AccountId, EntityId},
};
use vigie_runtime::{Error, again::Tries, clock::Clock, config::ConfigError, ids, log};
use vigie_store::{AuditEntry, Changed, Creation, Holding, Reservation, Store, StoreError};

/// Provisions organisations.
#[derive(Clone, Debug)]
pub struct Provisioning {
    /// The table.
    pub store: Store,
    /// The bus, for what is refused.
    pub bus: Bus,
    /// Tells the time.
    pub clock: Clock,
}

impl Provisioning {
    /// From the environment.
    ///
    /// # Errors
    /// Something is missing in it.
    pub fn new(platform: &Platform) -> Result<Self, ConfigError> {
        Ok(Self {
            store: Store::from_env(platform.aws.dynamodb())?,
            bus: platform.bus()?,
            clock: platform.clock.clone(),
        })
    }

    async fn provision(&self, message: &Message) -> Result<(), Failure> {
        if message.source != "procurement" {
            return Err(Failure::unknown());
        }
        let Said::Organisation(organisation) = message.understood()? else {
            return Err(Failure::unknown());
        };
        let Organisation {
            root,
            administrator: contact,
        } = *organisation;
        if message.replayed {
            return self.known(&root.id).await;
        }
        let (request, now) = (ids::request(), self.clock.now());
        let account = Account::invite(
            ids::account(),
            root.id.clone(),
            Role::Administrator,
            contact,
            request.clone(),
            now,
        );
        let account = Account {
            invitation: Some(Invitation::by_portal(request, now)),
            ..account
        };
        let mut from = None;
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            match self
                .store
                .account_create_from(
                    &account,
                    Some(&root),
                    from.as_deref(),
                    &[self.entry(&account)],
                )
                .await?
            {
                Creation::Created => return Ok(()),
                Creation::EmailTaken => from = self.yielded(&account).await?,
                Creation::Entity => return self.again(&account).await,
            }
        }
    }

    /// Takes an event from the archive as what it is: told before. Whether its administrator has
    /// been erased since, the table does not know, so nobody is invited; an organisation that is
    /// not there waits for somebody to decide.
    async fn known(&self, id: &EntityId) -> Result<(), Failure> {
        match self.store.entity_read(id).await? {
            Some(_) => Ok(()),
            None => Err(Failure::Reject(format!(
                "replayed: {id} is not there; sent again, the event makes it and invites its administrator"
            ))),
        }
    }

    /// Returns the account that yields its address to a first administrator, if one holds it; one
    /// that keeps it is a reason to reject.
    async fn yielded(&self, account: &Account) -> Result<Option<Box<Reservation>>, Failure> {
        let Some(address) = &account.contact.email else {
            return Ok(None);
        };
        match self
            .store
            .reservation_read(address, Taker::Portal, self.clock.now())
            .await?
        {
            Holding::Free => Ok(None),
            Holding::Yields(reservation) => Ok(Some(reservation)),
            Holding::Kept => Err(taken()),
        }
    }

    /// Reads who owns a first administrator's address.
    async fn owner(&self, account: &Account) -> Result<Option<AccountId>, Failure> {
        match &account.contact.email {
            Some(address) => Ok(self.store.address_read_owner(&address.digest()).await?),
            None => Ok(None),
        }
    }

    /// The entity does not exist: it was declared, or another root's id is the beginning of its id,
    /// or begins with it.
    async fn overlaps(&self, id: &EntityId) -> Result<(), Failure> {
        if let Some(declared) = self.store.declared_entity_read(id).await? {
            return Err(of_another(format!(
                "entity-exists: {id} was declared as an entity of the organisation {}",
                declared.organisation_id
            )));
        }
        let root = self.store.root_find_overlap(id).await?.ok_or_else(busy)?;
        Err(of_another(format!(
            "entity-overlaps: of {id} and the organisation {root}, one id is the beginning of the other"
        )))
    }

    /// The id is not free: the same event once more, or a root that nobody can administer; anything
    /// else is somebody else's.
    async fn again(&self, account: &Account) -> Result<(), Failure> {
        let Some(there) = self.store.entity_read(&account.entity_id).await? else {
            return self.overlaps(&account.entity_id).await;
        };
        let owner = self.owner(account).await?;
        let known = match &owner {
            Some(owner) => self.store.account_read(owner).await?,
            None => None,
        };
        if there.parent_id.is_some() {
            let path = self.store.entity_read_path(&there.id).await?;
            let root = path.root().ok_or_else(busy)?;
            return Err(of_another(format!(
                "entity-exists: {} is an entity of the organisation {root}",
                there.id
            )));
        }
        let here = known
            .as_ref()
            .filter(|known| known.entity_id == account.entity_id);
        if let Some(known) = here.filter(|known| known.active && known.role == Role::Administrator)
        {
            return self.renew(known).await;
        }
        // Read before those who were invited: who is invited meanwhile is found.
        let seen = self
            .store
            .administrator_read_refill(&account.entity_id)
            .await?;
        if self.is_administered(&account.entity_id).await? {
            // Perhaps by the same event, a moment ago: looked at again.
            let same = self.owner(account).await? == owner;
            return Err(if same { exists() } else { busy() });
        }
        match (known.as_ref(), here) {
            // Nobody accepted in time, or everybody left: the customer begins anew.
            (_, Some(known)) => self.raise(known).await,
            _ => {
                // Nobody had it a moment ago: the same event made it, and is looked at again.
                let since = |failure| if owner.is_none() { busy() } else { failure };
                let from = self.yielded(account).await.map_err(since)?;
                self.refill(account, seen.as_ref(), from.as_deref()).await
            }
        }
    }

    /// True if somebody at a root can administer it, or was invited to.
    async fn is_administered(&self, root: &EntityId) -> Result<bool, Failure> {
        if self.store.administrator_exists(root).await? {
            return Ok(true);
        }
        let mut after = None;
        loop {
            let (agents, next) = self
                .store
                .account_list_of_entity(root, after.as_ref(), 100)
                .await?;
            let is_invited = |agent: &Account| {
                agent.active && agent.role == Role::Administrator && agent.invitation.is_some()
            };
            if agents.iter().any(is_invited) {
                return Ok(true);
            }
            after = next;
            if after.is_none() {
                return Ok(false);
            }
        }
    }

    /// A first administrator for a root that has none.
    async fn refill(
        &self,
        account: &Account,
        seen: Option<&AccountId>,
        from: Option<&Reservation>,
    ) -> Result<(), Failure> {
        match self
            .store
            .administrator_refill(account, seen, from, &[self.entry(account)])
            .await
        {
            Ok(Creation::Created) => Ok(()),
            // The same event, or another one, at the same time: looked at again.
            Ok(Creation::EmailTaken | Creation::Entity) | Err(StoreError::Conflict) => Err(busy()),
            Err(e) => Err(e.into()),
        }
    }

    /// Makes the named agent an administrator of a root that nobody can administer.
    async fn raise(&self, known: &Account) -> Result<(), Failure> {
        let declared = match &known.declared {
            Some(declared) => self.store.agent_read(&declared.name()).await?,
            None => None,
        };
        let change = Administration {
            role: Some(Role::Administrator),
            active: Some(true),
            leaves_on: Some(None),
            raised: declared.and_then(|declared| declared.revision()),
            ..Administration::default()
        };
        let record =
            Record::new(What::AgentChanged, None, &known.entity_id, self.clock.now()).to(&known.id);
        let entry = AuditEntry::new(&known.entity_id, record.changing(change.changes(known)));
        match self
            .store
            .account_administer(known, &change, &[entry])
            .await?
        {
            Changed::Yes => self.renew(known).await,
            Changed::LastAdministrator | Changed::Superseded => {
                Err(Failure::Retry("the account is being changed".to_owned()))
            }
        }
    }

    /// Nobody else can invite a first administrator again, so the event sent once more does, when
    /// the invitation is too old; and it invites one whom the portal only declared.
    async fn renew(&self, known: &Account) -> Result<(), Failure> {
        let now = self.clock.now();
        let invitation = known.invitation.as_ref();
        if known.accepted_invitation.is_some()
            || invitation.is_some_and(|invitation| invitation.expires_at > now)
        {
            return Ok(());
        }
        let invitation = Invitation::by_portal(ids::request(), now);
        let entry = AuditEntry::new(
            &known.entity_id,
            Record::new(What::AgentInvited, None, &known.entity_id, now).to(&known.id),
        );
        let current = self.store.account_read(&known.id).await?;
        let Some(current) = current.filter(|current| current.invitation == known.invitation) else {
            return Ok(());
        };
        match self
            .store
            .invitation_renew(&current, &invitation, &current.mail_quota, &[entry])
            .await
        {
            // Accepted, or sent again, meanwhile.
            Err(StoreError::Refused) => Ok(()),
            other => Ok(other?),
        }
    }

    fn entry(&self, account: &Account) -> AuditEntry {
        let root = &account.entity_id;
        AuditEntry::new(
            root,
            Record::new(What::OrganisationProvisioned, None, root, self.clock.now())
                .to(&account.id),
        )
    }
}

fn busy() -> Failure {
    Failure::Retry("the entity is being provisioned".to_owned())
}

/// Rejects an id that is another organisation's, with an alarm: portal and table disagree on whose
/// it is.
fn of_another(reason: String) -> Failure {
    log::count("OrganisationOverlaps", 1);
    Failure::Reject(reason)
}

fn exists() -> Failure {
    Failure::Reject(
        "entity-exists: the entity is there already, with another administrator".to_owned(),
    )
}

fn taken() -> Failure {
    Failure::Reject("email-taken: the administrator's address belongs to an account".to_owned())
}

impl Consumer for Provisioning {
    async fn consume(&self, event: Value) -> Result<Value, Error> {
        Ok(each_message(event, &self.bus, async |message| {
            self.provision(message).await
        })
        .await?)
    }

    async fn warm(&self) {
        self.store.warm().await;
    }
}
