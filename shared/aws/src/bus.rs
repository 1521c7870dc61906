//! Publishing on the bus. A published event is at least once: every reader recognises a repetition.

use std::time::Duration;

use aws_sdk_eventbridge::{Client, error::ProvideErrorMetadata, types::PutEventsRequestEntry};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use vigie_domain::event;

use vigie_runtime::clock;

/// `source` of every event of ours.
pub const SOURCE: &str = "vigie";

/// `source` of the procurement portal's.
pub const PORTAL: &str = "procurement";

/// Entries in one `PutEvents` call (AWS limit).
const PER_CALL: usize = 10;

/// Bytes in one call: AWS takes 256 KB, of which each entry has a few of its own.
const BYTES: usize = 250_000;

/// Calls at a time of who has to answer soon.
const AT_ONCE: usize = 10;

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

    /// Speaks on this bus as the procurement portal does.
    #[must_use]
    pub fn as_portal(self) -> Self {
        Self {
            source: PORTAL,
            ..self
        }
    }

    /// Publishes events in order, call by call; what AWS takes only in part is sent again, three
    /// times in all.
    ///
    /// # Errors
    /// Some were not taken. The others were: publish all again, readers know.
    pub async fn publish(&self, events: &[Event]) -> Result<(), BusError> {
        for call in self.calls(events) {
            self.put_all(call).await?;
        }
        Ok(())
    }

    /// Publishes events in any order, ten calls side by side.
    ///
    /// # Errors
    /// Some were not taken, as for [`Self::publish`].
    pub async fn publish_at_once(&self, events: &[Event]) -> Result<(), BusError> {
        let (mut calls, mut running) = (self.calls(events).into_iter(), JoinSet::new());
        let mut outcome = Ok(());
        loop {
            while running.len() < AT_ONCE
                && let Some(call) = calls.next()
            {
                let bus = self.clone();
                running.spawn(async move { bus.put_all(call).await });
            }
            match running.join_next().await {
                None => return outcome,
                Some(Ok(put)) => outcome = outcome.and(put),
                Some(Err(_)) => outcome = Err(BusError("a call ended early".to_owned())),
            }
        }
    }

    /// Returns the entries of each call.
    fn calls(&self, events: &[Event]) -> Vec<Vec<PutEventsRequestEntry>> {
        let mut calls: Vec<Vec<PutEventsRequestEntry>> = Vec::new();
        let mut bytes = 0;
        for event in events {
            let entry = self.entry(event);
            let size =
                self.source.len() + event.detail_type.len() + entry.detail().map_or(0, str::len);
            match calls.last_mut() {
                Some(call) if call.len() < PER_CALL && bytes + size <= BYTES => {
                    call.push(entry);
                    bytes += size;
                }
                _ => {
                    calls.push(vec![entry]);
                    bytes = size;
                }
            }
        }
        calls
    }

    /// Puts the entries of one call.
    async fn put_all(&self, mut left: Vec<PutEventsRequestEntry>) -> Result<(), BusError> {
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
