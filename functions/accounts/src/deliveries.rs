//! Alerts of an agent, and what became of each.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use vigie_domain::{
    account::Account,
    consultation::Consultation,
    delivery::{Delivery, DeliveryState, alert::LeftOut},
    id::{ConsultationId, is_digest},
};
use vigie_http::{Call, Problem, Reply, dated_cursor};
use vigie_store::{DeliveryPosition, StoreError};

use crate::Accounts;

/// Most deliveries in one answer.
const PAGE_LIMIT: i32 = 100;
/// Most looks into the list for one answer about one consultation.
const LOOKS: usize = 20;

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Deliveries {
    items: Vec<Item>,
    cursor: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "Delivery")
)]
struct Item {
    kind: String,
    consultation_id: Option<ConsultationId>,
    fact_key: String,
    /// Only while the agent may see the consultation; so is the title.
    reference: Option<String>,
    title: Option<String>,
    #[cfg_attr(feature = "schema", schemars(with = "vigie_http::openapi::Instant"))]
    at: jiff::Timestamp,
    state: DeliveryState,
    /// The reason for which it was sent (the agent's sight of the consultation), or was not.
    why: Option<String>,
    /// The receiving server's code, such as `5.1.1`.
    code: Option<String>,
}

impl Item {
    fn new(delivery: Delivery, consultation: Option<&Consultation>) -> Self {
        Self {
            kind: delivery.kind,
            consultation_id: delivery.consultation_id,
            fact_key: delivery.key,
            reference: consultation.map(Consultation::shown_reference),
            title: consultation.map(Consultation::shown_title),
            at: delivery.at,
            state: delivery.state,
            why: delivery.reason,
            code: delivery.code,
        }
    }
}

impl Accounts {
    /// `GET /v1/accounts/{id}/deliveries`: newest first; of one consultation, if it is named.
    pub(crate) async fn deliveries(&self, call: &Call) -> Result<Reply, Problem> {
        let account = call.owner()?;
        let after = call.cursor(read_place)?;
        let limit = call.limit(PAGE_LIMIT)?;
        let (deliveries, cursor) = match call.query("consultationId") {
            None => self.newest(account, after, limit).await?,
            Some(id) => {
                let id = ConsultationId::parse(id)
                    .map_err(|_| Problem::invalid_field("consultationId", "not an identifier"))?;
                self.newest_about(account, &id, after, limit).await?
            }
        };
        let ids = deliveries
            .iter()
            .filter_map(|delivery| delivery.consultation_id.clone())
            .collect();
        let visible = self.visible(account, ids).await?;
        let items = deliveries.into_iter().filter_map(|delivery| {
            let consultation = delivery
                .consultation_id
                .as_ref()
                .and_then(|id| visible.get(id));
            let hidden =
                consultation.is_none() && is_kept_from(delivery.state, delivery.reason.as_deref());
            (!hidden).then(|| Item::new(delivery, consultation))
        });
        Reply::json(
            200,
            &Deliveries {
                items: items.collect(),
                cursor,
            },
        )
    }

    async fn newest(
        &self,
        account: &Account,
        after: Option<DeliveryPosition>,
        limit: i32,
    ) -> Result<(Vec<Delivery>, Option<String>), StoreError> {
        let (found, more) = self
            .store
            .delivery_list(&account.id, after.as_ref(), limit)
            .await?;
        let cursor = found.last().filter(|_| more).map(|(last, _)| place(last));
        Ok((
            found.into_iter().map(|(_, delivery)| delivery).collect(),
            cursor,
        ))
    }

    /// Looks through the list for one consultation's. A page ends when it is full or has looked at
    /// enough, so it may be empty and yet not the last.
    async fn newest_about(
        &self,
        account: &Account,
        id: &ConsultationId,
        mut after: Option<DeliveryPosition>,
        limit: i32,
    ) -> Result<(Vec<Delivery>, Option<String>), StoreError> {
        let limit = usize::try_from(limit).unwrap_or_default();
        let mut about = Vec::new();
        for _ in 0..LOOKS {
            let (found, more) = self
                .store
                .delivery_list(&account.id, after.as_ref(), PAGE_LIMIT)
                .await?;
            for (position, delivery) in found {
                let is_about = delivery.consultation_id.as_ref() == Some(id);
                after = Some(position);
                about.extend(is_about.then_some(delivery));
                if about.len() == limit {
                    return Ok((about, after.as_ref().map(place)));
                }
            }
            if !more {
                return Ok((about, None));
            }
        }
        Ok((about, after.as_ref().map(place)))
    }

    /// Those of the consultations that the account may see now.
    pub(crate) async fn visible(
        &self,
        account: &Account,
        ids: BTreeSet<ConsultationId>,
    ) -> Result<BTreeMap<ConsultationId, Consultation>, StoreError> {
        let ids: Vec<_> = ids.into_iter().collect();
        let visible = self
            .store
            .sight_filter(account, self.store.consultation_read_each(&ids).await?)
            .await?;
        Ok(visible
            .into_iter()
            .map(|consultation| (consultation.id.clone(), consultation))
            .collect())
    }
}

/// True if the record says that something happened in a consultation that the account could
/// not see. As long as it cannot, that is not told: the number of tenders is the buyer's secret.
pub(crate) fn is_kept_from(state: DeliveryState, reason: Option<&str>) -> bool {
    state == DeliveryState::Skipped && reason == Some(LeftOut::MayNotSeeIt.as_str())
}

/// The place behind a delivery: its time and its name.
pub(crate) fn place(last: &DeliveryPosition) -> String {
    dated_cursor(last.at, &last.hash)
}

fn read_place(parts: &[&str]) -> Option<DeliveryPosition> {
    let [at, hash] = parts else { return None };
    is_digest(hash).then_some(DeliveryPosition {
        at: at.parse().ok()?,
        hash: (*hash).to_owned(),
    })
}
