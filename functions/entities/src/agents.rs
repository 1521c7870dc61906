//! The agents of an entity: their contact, status and rights; never their preferences.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize};
use vigie_domain::{
    account::{
        Account, Role,
        absence::Day,
        address::Unaddressable,
        administration::Administration,
        binding::Unrecoverable,
        departure::Deactivation,
        invitation::Invitation,
        own_domain::OwnDomains,
        reservation::{Organisation, Taker},
        rights::PermanentGuest,
    },
    audit::{Record, What},
    contact::{Contact, FieldError, email::Email},
    entity::Entity,
    id::{AccountId, EntityId},
    paris,
};
use vigie_http::{Administrator, Call, Problem, Reply, reply::LOCATION, view::AccountView};
use vigie_runtime::{
    again::{Tries, unless_refused},
    ids,
};
use vigie_store::{AuditEntry, Changed, Creation, Holding, StoreError};

use crate::Entities;

/// Most agents in one answer.
const PAGE_LIMIT: i32 = 100;

/// A new agent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct NewAgent {
    #[cfg_attr(
        feature = "schema",
        schemars(
            with = "vigie_domain::contact::Contact",
            extend("required" = ["email"], "properties" = {"email": {"type": "string"}})
        )
    )]
    contact: serde_json::Value,
    #[serde(default = "agent")]
    role: Role,
}

fn agent() -> Role {
    Role::Agent
}

/// A change of an agent; what is absent stays. Nothing of it can be removed, so `null` is refused,
/// save for the last day, and for the address of an account that was deactivated a month ago.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "AgentPatch")
)]
pub(crate) struct Patch {
    #[serde(deserialize_with = "given")]
    #[cfg_attr(feature = "schema", schemars(with = "Role"))]
    role: Option<Role>,
    #[serde(deserialize_with = "given")]
    #[cfg_attr(feature = "schema", schemars(with = "bool"))]
    active: Option<bool>,
    #[serde(deserialize_with = "given")]
    #[cfg_attr(feature = "schema", schemars(with = "RightsPatch"))]
    permanent_guest: Option<RightsPatch>,
    #[serde(deserialize_with = "given")]
    #[cfg_attr(feature = "schema", schemars(with = "EntityId"))]
    entity_id: Option<EntityId>,
    /// The last day, in Paris; null takes it back.
    #[serde(deserialize_with = "given")]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<vigie_http::openapi::Day>")
    )]
    #[expect(clippy::option_option, reason = "left out, taken back, or a day")]
    leaves_on: Option<Option<Day>>,
    /// Another address, which waits for its reader; null releases the one of an account that
    /// stopped.
    #[serde(deserialize_with = "given")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Email>"))]
    #[expect(clippy::option_option, reason = "left out, released, or an address")]
    email: Option<Option<Email>>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct RightsPatch {
    #[serde(deserialize_with = "given")]
    #[cfg_attr(feature = "schema", schemars(with = "bool"))]
    own: Option<bool>,
    #[serde(deserialize_with = "given")]
    #[cfg_attr(feature = "schema", schemars(with = "bool"))]
    dependent: Option<bool>,
    #[serde(deserialize_with = "given")]
    #[cfg_attr(feature = "schema", schemars(with = "bool"))]
    transverse: Option<bool>,
}

fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl Patch {
    fn of(&self, before: &Account, call: &Call) -> Administration {
        Administration {
            role: self.role,
            active: self.active,
            permanent_guest: self
                .permanent_guest
                .as_ref()
                .map(|rights| rights.apply(before.permanent_guest)),
            entity_id: self.entity_id.clone(),
            leaves_on: self.leaves_on.map(|day| day.map(|day| day.0)),
            at: call.now,
            ..Administration::default()
        }
    }

    /// Checks that a last day has not passed, unless it is the one that is known.
    fn check_last_day(&self, before: &Account, call: &Call) -> Result<(), Problem> {
        match self.leaves_on {
            Some(Some(Day(day))) if before.leaves_on != Some(day) && day < paris::day(call.now) => {
                Err(Problem::invalid_field("leavesOn", "has passed"))
            }
            _ => Ok(()),
        }
    }
}

impl RightsPatch {
    fn apply(&self, before: PermanentGuest) -> PermanentGuest {
        PermanentGuest {
            own: self.own.unwrap_or(before.own),
            dependent: self.dependent.unwrap_or(before.dependent),
            transverse: self.transverse.unwrap_or(before.transverse),
        }
    }
}

#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "Agents")
)]
pub(crate) struct List<'a> {
    items: Vec<AccountView<'a>>,
    cursor: Option<AccountId>,
}

impl Entities {
    pub(crate) async fn list_agents(&self, call: &Call) -> Result<Reply, Problem> {
        let entity = existing(call)?;
        let after = call.cursor(|parts| match parts {
            [agent] => AccountId::parse(agent).ok(),
            _ => None,
        })?;
        let limit = call.limit(PAGE_LIMIT)?;
        let (agents, cursor) = match call.query("q") {
            Some(text) => {
                let limit = usize::try_from(limit).unwrap_or_default();
                self.find_agents(call, (text, after), limit).await?
            }
            None => {
                self.store
                    .account_list_of_entity(entity, after.as_ref(), limit)
                    .await?
            }
        };
        let known = self
            .named(agents.iter().map(|agent| &agent.entity_id))
            .await?;
        let items = agents
            .iter()
            .map(|agent| AccountView::for_administrators(agent, &known))
            .collect();
        Reply::json(200, &List { items, cursor })
    }

    /// Creates the account, which takes its address at once; the stream has the invitation mailed.
    pub(crate) async fn create_agent(&self, call: &Call) -> Result<Reply, Problem> {
        let wanted: NewAgent = call.json()?;
        let entity = existing(call)?;
        let contact = Contact::from_json(&wanted.contact).map_err(in_contact)?;
        let account = Account::invite(
            ids::account(),
            entity.clone(),
            wanted.role,
            contact,
            ids::request(),
            call.now,
        );
        // Read first: what cannot be shown is not done either, so that it can be asked for again.
        let known = self.named([entity].into_iter()).await?;
        // One by one or by a file: as many, and no more.
        self.look_up(call, false, 1).await?;
        let entry = entry(
            call,
            Record::new(What::AgentCreated, call.caller.actor(), entity, call.now).to(&account.id),
        )?;
        match self.create_account(call, &account, entry).await? {
            Creation::Created => {
                let location = format!("/v1/accounts/{}", account.id);
                Ok(
                    Reply::json(201, &AccountView::for_administrators(&account, &known))?
                        .with(LOCATION, location),
                )
            }
            Creation::EmailTaken => {
                // Told to the other administrators before it is told here: who asks learns that the
                // address is known.
                let record = Record::new(What::AgentRefused, call.caller.actor(), entity, call.now);
                self.store.audit_write(&self::entry(call, record)?).await?;
                Err(Problem::email_taken())
            }
            Creation::Entity => Err(Problem::not_found()),
        }
    }

    /// Creates an account, also where another organisation's invitation holds its address and
    /// yields it to this one.
    pub(crate) async fn create_account(
        &self,
        call: &Call,
        account: &Account,
        entry: AuditEntry,
    ) -> Result<Creation, Problem> {
        let root = call
            .administrator()?
            .path
            .root()
            .ok_or_else(Problem::not_found)?;
        let (mut from, entries) = (None, [entry]);
        // Again when the address changed hands meanwhile.
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            match self
                .store
                .account_create_from(account, None, from.as_deref(), &entries)
                .await?
            {
                Creation::EmailTaken => {}
                done => return Ok(done),
            }
            let Some(address) = &account.contact.email else {
                return Ok(Creation::EmailTaken);
            };
            let domains = self.store.administrator_read_domains(root).await?;
            from = match self.holding(call, address, &domains).await? {
                Holding::Free => None,
                Holding::Yields(reservation) => Some(reservation),
                Holding::Kept => return Ok(Creation::EmailTaken),
            };
        }
    }

    /// Returns whether an address is free for the caller's organisation, or yielded to it.
    pub(crate) async fn holding(
        &self,
        call: &Call,
        address: &Email,
        domains: &OwnDomains,
    ) -> Result<Holding, Problem> {
        let root = call
            .administrator()?
            .path
            .root()
            .ok_or_else(Problem::not_found)?;
        Ok(self
            .store
            .reservation_read(
                address,
                Taker::Organisation(Organisation { root, domains }),
                call.now,
            )
            .await?)
    }

    /// Changes an agent. If somebody else changed them meanwhile, reads them again and keeps what
    /// the patch does not name. A patch that changes nothing writes nothing.
    pub(crate) async fn patch_agent(&self, call: &Call) -> Result<Reply, Problem> {
        let patch: Patch = call.patch()?;
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let before = self.agent(call).await?;
            self.check(&patch, call.administrator()?).await?;
            patch.check_last_day(&before, call)?;
            if patch.email == Some(None) && before.contact.email.is_some() {
                unless_refused(self.release_address(call, &before).await?)?;
                continue;
            }
            let mut change = patch.of(&before, call);
            let changes = change.changes(&before);
            if let Some(Some(address)) = &patch.email {
                let after = change.applied(&before);
                change.email = after
                    .readdressed(address, ids::request(), call.now)
                    .map_err(unaddressable)?;
            }
            let told = [
                (What::AgentChanged, changes),
                (What::AddressGiven, change.waits()),
            ];
            let told: Vec<_> = told.into_iter().filter(|(_, of)| !of.is_empty()).collect();
            if told.is_empty() {
                return self.shown_agent(200, &before).await;
            }
            require_undeclared(&before)?;
            let (actor, entity) = (call.caller.actor(), &before.entity_id);
            let recorded = |(what, changes)| {
                let record = Record::new(what, actor, entity, call.now).to(&before.id);
                entry(call, record.changing(changes))
            };
            let entries: Vec<_> = told.into_iter().map(recorded).collect::<Result<_, _>>()?;
            match self
                .store
                .account_administer(&before, &change, &entries)
                .await?
            {
                Changed::Superseded => {}
                Changed::LastAdministrator => return Err(Problem::last_administrator()),
                Changed::Yes => {
                    let after = self
                        .store
                        .account_read(&before.id)
                        .await?
                        .ok_or_else(Problem::not_found)?;
                    let asks = change.email.is_some_and(|email| email.pending.is_some());
                    return self.shown_agent(if asks { 202 } else { 200 }, &after).await;
                }
            }
        }
    }

    /// Releases the address of an account that was deactivated a month ago. The result says whether
    /// it was still so.
    async fn release_address(
        &self,
        call: &Call,
        before: &Account,
    ) -> Result<Result<(), StoreError>, Problem> {
        require_undeclared(before)?;
        let stopped = before.deactivated.as_ref();
        if !stopped.is_some_and(|of: &Deactivation| of.releases_address(call.now)) {
            return Err(too_early());
        }
        let (what, actor) = (What::AddressReleased, call.caller.actor());
        let record = Record::new(what, actor, &before.entity_id, call.now).to(&before.id);
        let entry = entry(call, record)?;
        Ok(self.store.address_release(before, &[entry]).await)
    }

    /// An agent stays in its organisation, whoever administers both.
    async fn check(&self, patch: &Patch, administrator: &Administrator) -> Result<(), Problem> {
        let Some(to) = &patch.entity_id else {
            return Ok(());
        };
        let path = self.store.entity_read_path(to).await?;
        if path.ids().is_empty() {
            return Err(Problem::invalid_field("entityId", "no such entity"));
        }
        administrator.require(&path)?;
        if path.root() != administrator.path.root() {
            return Err(Problem::invalid_field(
                "entityId",
                "an agent stays in its organisation",
            ));
        }
        Ok(())
    }

    pub(crate) async fn delete_agent(&self, call: &Call) -> Result<Reply, Problem> {
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let account = self.agent(call).await?;
            require_undeclared(&account)?;
            if account.accepted_invitation.is_some() {
                return Err(accepted());
            }
            let record = Record::new(
                What::AgentWithdrawn,
                call.caller.actor(),
                &account.entity_id,
                call.now,
            )
            .to(&account.id);
            match self
                .store
                .invitation_withdraw(&account, call.now, &[entry(call, record)?])
                .await
            {
                Ok(()) => return Ok(Reply::empty()),
                // Accepted, invited again or moved meanwhile: what the account says now decides.
                Err(StoreError::Refused) => {}
                Err(e) => return Err(e.into()),
            }
        }
    }

    pub(crate) async fn invite(&self, call: &Call) -> Result<Reply, Problem> {
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let before = self.agent(call).await?;
            if before.accepted_invitation.is_some() {
                return Err(accepted());
            }
            if before.contact.email.is_none() {
                return Err(Problem::email_none());
            }
            let mut account = Account {
                version: before.version + 1,
                ..before.clone()
            };
            account
                .mail_quota
                .take(call.now)
                .map_err(Problem::too_many)?;
            let invitation = Invitation::new(ids::request(), call.now);
            // Read first: what cannot be shown is not mailed either.
            let known = self.named([&account.entity_id].into_iter()).await?;
            let record = Record::new(
                What::AgentInvited,
                call.caller.actor(),
                &account.entity_id,
                call.now,
            )
            .to(&account.id);
            match self
                .store
                .invitation_renew(
                    &before,
                    &invitation,
                    &account.mail_quota,
                    &[entry(call, record)?],
                )
                .await
            {
                // Accepted, or invited again, meanwhile: what the account says now decides.
                Err(StoreError::Refused) => {}
                Err(e) => return Err(e.into()),
                Ok(()) => {
                    account.invitation = Some(invitation);
                    return Reply::json(202, &AccountView::for_administrators(&account, &known));
                }
            }
        }
    }

    /// The agent of the path, in the entity of the path.
    pub(crate) async fn agent(&self, call: &Call) -> Result<Account, Problem> {
        let entity = existing(call)?;
        let account = self
            .store
            .account_read(&call.account_id()?)
            .await?
            .ok_or_else(Problem::not_found)?;
        if &account.entity_id == entity {
            Ok(account)
        } else {
            Err(Problem::not_found())
        }
    }

    pub(crate) async fn shown_agent(
        &self,
        status: u16,
        account: &Account,
    ) -> Result<Reply, Problem> {
        let known = self.named([&account.entity_id].into_iter()).await?;
        Reply::json(status, &AccountView::for_administrators(account, &known))
    }

    pub(crate) async fn named<'a>(
        &self,
        ids: impl Iterator<Item = &'a EntityId>,
    ) -> Result<BTreeMap<EntityId, Entity>, StoreError> {
        self.store
            .entity_read_each(&ids.cloned().collect::<BTreeSet<_>>())
            .await
    }
}

/// The entity of the path, which exists and lies in the caller's tree.
pub(crate) fn existing(call: &Call) -> Result<&EntityId, Problem> {
    let administrator = call.administrator()?;
    administrator.require(&administrator.path)?;
    administrator.path.entity().ok_or_else(Problem::not_found)
}

/// An entry of the audit of the organisation that the path's entity belongs to.
pub(crate) fn entry(call: &Call, record: Record) -> Result<AuditEntry, Problem> {
    let root = call
        .administrator()?
        .path
        .root()
        .ok_or_else(Problem::not_found)?;
    Ok(AuditEntry::new(root, record))
}

fn in_contact(errors: Vec<FieldError>) -> Problem {
    let named = |field: &str| {
        if field.is_empty() {
            "contact".to_owned()
        } else {
            format!("contact.{field}")
        }
    };
    Problem::invalid(
        errors
            .into_iter()
            .map(|e| FieldError {
                field: named(&e.field),
                ..e
            })
            .collect(),
    )
}

/// Checks that the portal has not declared an agent: what it declares is changed there.
fn require_undeclared(agent: &Account) -> Result<(), Problem> {
    match &agent.declared {
        Some(_) => Err(Problem::declared()),
        None => Ok(()),
    }
}

fn unaddressable(why: Unaddressable) -> Problem {
    match why {
        Unaddressable::Declared => Problem::declared(),
        Unaddressable::Unconfirmable(why) => unrecoverable(why),
        Unaddressable::TooMany(wait) => Problem::too_many(wait),
    }
}

fn too_early() -> Problem {
    Problem::new(
        409,
        "too-early",
        "The address is still the account's",
        "It is released a month after the account was deactivated.",
    )
}

fn accepted() -> Problem {
    Problem::new(
        409,
        "already-bound",
        "The account has a login",
        "Its invitation was accepted.",
    )
}

/// The reason for which nothing is mailed to the address of an account.
pub(crate) fn unrecoverable(why: Unrecoverable) -> Problem {
    let refused = |name, title| Problem::new(409, name, title, "Nothing is mailed.");
    match why {
        Unrecoverable::NoAddress => Problem::email_none(),
        Unrecoverable::Undeliverable => {
            refused("email-undeliverable", "Mails do not reach the address")
        }
        Unrecoverable::Unconfirmed => {
            refused("email-unconfirmed", "The e-mail address is not confirmed")
        }
        Unrecoverable::Unbound => refused("not-bound", "Nobody has accepted the invitation yet"),
        Unrecoverable::Inactive => refused("inactive", "The account was deactivated"),
    }
}
