//! Publishing on the bus. A published event is at least once: every reader recognises a repetition.

use std::time::Duration;

use aws_sdk_eventbridge::{Client, error::ProvideErrorMetadata, types::PutEventsRequestEntry};
use serde_json::{Value, json};
use vigie_domain::event;

use vigie_runtime::clock;

/// `source` of every event of ours.
pub const SOURCE: &str = "vigie";

/// `source` of the procurement portal's.
pub const PORTAL: &str = "procurement";

/// Entries in one `PutEvents` call (AWS limit).
const PER_CALL: usize = 10;

/// An event of ours: ids only, save in `Rejected`.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its detail-type.
    pub detail_type: &'static str,
    /// Its detail.
    pub detail: Value,
}

impl From<event::Event> for Event {
    fn from(event: event::Event) -> Self {
        Self {
            detail_type: event.detail_type(),
            detail: json!(event),
        }
    }
}

/// The bus did not take everything. Holds AWS's code.
#[derive(Debug)]
pub struct BusError(pub String);

impl std::fmt::Display for BusError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the bus is unavailable: {}", self.0)
    }
}

impl std::error::Error for BusError {}

/// The bus and its client.
#[derive(Clone, Debug)]
pub struct Bus {
    client: Client,
    name: String,
    source: &'static str,
}

impl Bus {
    /// A bus by name.
    #[must_use]
    pub fn new(client: Client, name: String) -> Self {
        Self {
            client,
            name,
            source: SOURCE,
        }
    }

    /// The same bus, for who speaks as the procurement portal does.
    #[must_use]
    pub fn as_portal(self) -> Self {
        Self {
            source: PORTAL,
            ..self
        }
    }

    /// Publishes events in order, ten a call; what AWS takes only in part is sent again, three
    /// times in all.
    ///
    /// # Errors
    /// Some were not taken. The others were: publish all again, readers know.
    pub async fn publish(&self, events: &[Event]) -> Result<(), BusError> {
        for chunk in events.chunks(PER_CALL) {
            let mut left = chunk
                .iter()
                .map(|event| self.entry(event))
                .collect::<Vec<_>>();
            for attempt in 0.. {
                left = self.put(left).await?;
                if left.is_empty() {
                    break;
                }
                if attempt == 2 {
                    return Err(BusError("FailedEntryCount".to_owned()));
                }
                clock::wait(Duration::from_millis(fastrand::u64(20..100) << attempt)).await;
            }
        }
        Ok(())
    }

    fn entry(&self, event: &Event) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(self.source)
            .detail_type(event.detail_type)
            .detail(event.detail.to_string())
            .build()
    }

    /// Puts entries and returns those that were not taken.
    async fn put(
        &self,
        entries: Vec<PutEventsRequestEntry>,
    ) -> Result<Vec<PutEventsRequestEntry>, BusError> {
        let answer = self
            .client
            .put_events()
            .set_entries(Some(entries.clone()))
            .send()
            .await;
        let answer = answer.map_err(|e| BusError(e.code().unwrap_or("unreachable").to_owned()))?;
        if answer.failed_entry_count() == 0 {
            return Ok(Vec::new());
        }
        let results = answer.entries();
        let failed = |i: usize| {
            results
                .get(i)
                .is_none_or(|result| result.error_code().is_some())
        };
        Ok(entries
            .into_iter()
            .enumerate()
            .filter(|(i, _)| failed(*i))
            .map(|(_, entry)| entry)
            .collect())
    }
}
