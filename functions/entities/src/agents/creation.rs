//! A new agent: their account takes its address at once, or not at all.

use serde::Deserialize;
use vigie_domain::{
    account::{
        Account, Role,
        own_domain::OwnDomains,
        reservation::{Organisation, Taker},
    },
    audit::{Record, What},
    contact::{Contact, FieldError, email::Email},
};
use vigie_http::{Call, Problem, Reply, reply::LOCATION, view::AccountView};
use vigie_runtime::{again::Tries, ids};
use vigie_store::{AuditEntry, Creation, Holding};

use crate::{
    Entities,
    agents::{entry, existing},
};

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

impl Entities {
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
