//! A change of an agent.

use serde::{Deserialize, Deserializer};
use vigie_domain::{
    account::{
        Account, Role, absence::Day, address::Unaddressable, administration::Administration,
        departure::Deactivation, rights::PermanentGuest,
    },
    audit::{Record, What},
    contact::email::Email,
    id::EntityId,
    paris,
};
use vigie_http::{Administrator, Call, Problem, Reply};
use vigie_runtime::{
    again::{Tries, unless_refused},
    ids,
};
use vigie_store::{Changed, StoreError};

use crate::{
    Entities,
    agents::{entry, require_undeclared, unrecoverable},
};

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

impl Entities {
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
