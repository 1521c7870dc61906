//! The events' door for portals that do not speak to AWS: what can be read goes on the bus, as a
//! portal with AWS puts it there, and the rest is refused at once, field by field.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod envelope;
#[cfg(feature = "schema")]
pub mod openapi;

use std::time::Duration;

use serde::Serialize;
use vigie_access::{Door, Held, HeldClients};
use vigie_aws::{
    Platform,
    bus::{Bus, BusError, Event},
};
use vigie_domain::{
    contact::FieldError,
    event::{
        envelope::Sent,
        portal::{Said, Understood},
    },
};
use vigie_http::{Access, Call, Gate, Handler, Method, Problem, Reply, Route};
use vigie_runtime::{
    clock::{self, Clock},
    config::{ConfigError, optional},
    log,
};
use vigie_store::Store;

/// Time for what is read and put, so that the function's 10 s suffice to answer.
pub const BUDGET: Duration = Duration::from_secs(8);

/// Largest body, in bytes.
const BODY: usize = 256 * 1024;

/// Takes events of portals.
#[derive(Clone, Debug)]
pub struct Intake {
    /// The table, for what held clients speak of.
    pub store: Store,
    /// The bus, on which it speaks as the portal.
    pub bus: Bus,
    /// Tells the time.
    pub clock: Clock,
    /// The clients that are held to some organisations.
    pub held: HeldClients,
}

/// The operations of the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Takes events.
    SendEvents,
}

/// The function's routes.
pub const ROUTES: &[Route<Operation>] = &[Route::new(
    Operation::SendEvents,
    Method::Post,
    "/v1/events",
    Access::Machine,
)
.taking(BODY)];

/// The outcome of each event.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "EventsTaken"))]
#[serde(rename_all = "camelCase")]
struct Taken {
    /// In the order in which they were sent.
    items: Vec<Item>,
    /// The place where refusals are seen that depend on what is stored.
    refused_later: &'static str,
}

/// The outcome of one.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "EventTaken"))]
#[serde(rename_all = "camelCase")]
struct Item {
    /// Its place, from 0.
    index: usize,
    /// True if it can be read and is on the bus.
    accepted: bool,
    /// The fields that were refused, where it was not accepted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

const REFUSED_LATER: &str = "Accepted is what can be read and is on the bus. An accepted event that contradicts what is stored (another \
    organisation, an id or an address that is taken) is kept with its reason for 14 days among the refused events (`make rejected`); \
    who operates Vigie sees it there.";

impl Intake {
    /// From the environment; `HELD_CLIENTS` holds clients to organisations.
    ///
    /// # Errors
    /// Something is missing in it, or cannot be read.
    pub fn new(platform: &Platform) -> Result<Self, ConfigError> {
        let held = optional("HELD_CLIENTS").unwrap_or_default();
        Ok(Self {
            store: Store::from_env(platform.aws.dynamodb())?,
            bus: platform.bus()?.as_portal(),
            clock: platform.clock.clone(),
            held: held
                .parse()
                .map_err(|_| ConfigError::unreadable("HELD_CLIENTS"))?,
        })
    }

    async fn take(&self, call: &Call) -> Result<Reply, Problem> {
        let held = self.held.of(call.machine()?)?;
        let mut read: Vec<_> = envelope::open(call)?.into_iter().map(understood).collect();
        if let Some(held) = held {
            self.hold(&held, &mut read).await?;
        }
        let events: Vec<_> = read
            .iter()
            .flatten()
            .map(|(event, _)| event.clone())
            .collect();
        self.bus
            .publish_at_once(&events)
            .await
            .map_err(|BusError(code)| Problem::unavailable(format!("bus: {code}")))?;
        log::info(
            "events",
            serde_json::json!({"accepted": events.len(), "refused": read.len() - events.len()}),
        );
        let items = read.into_iter().enumerate().map(|(index, read)| Item {
            index,
            accepted: read.is_ok(),
            errors: read.err().into_iter().collect(),
        });
        let taken = Taken {
            items: items.collect(),
            refused_later: REFUSED_LATER,
        };
        Reply::json(200, &taken)
    }

    /// Refuses what lies outside of a held client's organisations, and names in the rest the one by
    /// which it is judged again where it is written.
    async fn hold(
        &self,
        held: &Held,
        read: &mut [Result<(Event, Said), FieldError>],
    ) -> Result<(), Problem> {
        let said: Vec<_> = read.iter().flatten().map(|(_, said)| said).collect();
        let judged = held.judge(&self.store, &said).await?;
        for (event, judged) in read.iter_mut().filter(|read| read.is_ok()).zip(judged) {
            match (event.as_mut(), judged) {
                (Ok((event, _)), Ok(organisation)) => {
                    event.detail["organisationId"] = organisation.as_str().into();
                }
                (_, Err(refused)) => *event = Err(refused),
                (Err(_), Ok(_)) => {}
            }
        }
        Ok(())
    }
}

/// Reads an event by the code of the function behind its queue.
fn understood(sent: Result<Sent, FieldError>) -> Result<(Event, Said), FieldError> {
    let sent = sent?;
    let Understood {
        detail_type, said, ..
    } = sent.understood()?;
    let event = Event {
        detail_type,
        detail: sent.detail,
    };
    Ok((event, said))
}

impl Handler for Intake {
    type Operation = Operation;

    fn routes() -> &'static [Route<Operation>] {
        ROUTES
    }

    fn gate(&self) -> impl Gate + Send {
        Door(&self.store)
    }

    async fn warm(&self) {
        self.store.warm().await;
    }

    fn clock(&self) -> &Clock {
        &self.clock
    }

    async fn handle(&self, operation: Operation, call: Call) -> Result<Reply, Problem> {
        match operation {
            Operation::SendEvents => clock::within(BUDGET, self.take(&call))
                .await
                .unwrap_or_else(|| Err(Problem::unavailable("bus: no time left"))),
        }
    }
}
