//! Everything held about an account, as one document (RGPD, articles 15 and 20).

use jiff::Timestamp;
use serde::{Deserialize as _, Serialize};
use serde_json::Value;
use vigie_domain::{delivery::DeliveryState, id::ConsultationId};
use vigie_http::{
    Call, Problem, Reply, dated_cursor, header::CONTENT_DISPOSITION, view::EntityName,
};
use vigie_store::{DeliveryPosition, Favourite};

use crate::{
    Accounts,
    deliveries::{is_kept_from, place},
};

/// Most alerts, favourites and unstarred consultations in one document, and most mails about the
/// account.
const MAX_ALERTS: usize = 10_000;
const MAX_MAILS: usize = 2_000;

/// Most bytes of it: Lambda answers at most 6 MB, and counts each quotation mark twice.
const BYTES: usize = 4_500_000;

/// Stored things are given as they are stored, so that nothing of them can be left out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Export<'a> {
    #[cfg_attr(feature = "schema", schemars(with = "vigie_http::openapi::Instant"))]
    exported_at: Timestamp,
    /// Contact, address that waits, status, rights, alerts, places, invitation, moments of the
    /// mails that it caused.
    #[cfg_attr(feature = "schema", schemars(with = "vigie_http::openapi::Stored"))]
    account: Value,
    entity: EntityName,
    /// The login that acts for it: a digest of issuer and subject.
    login: &'a str,
    /// Also those that the agent may not see any more; the newest 10,000.
    favourites: Vec<Starred>,
    /// The cursor with which the list of favourites goes on, if there are more.
    favourites_cursor: Option<String>,
    /// Consultations that were unstarred, so that no rule stars them again.
    unstarred: Vec<ConsultationId>,
    /// Everything else that is kept with the account, each with its name (`item`): links and
    /// requests for them, held alerts, and what was done by it and to it (`AUDIT#…`).
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Vec<vigie_http::openapi::Stored>")
    )]
    others: Vec<Value>,
    /// Mails about the account itself, newest first.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Vec<vigie_http::openapi::Stored>")
    )]
    account_mails: Vec<Value>,
    /// Alerts, newest first: 10,000, or as many as fit.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Vec<vigie_http::openapi::Stored>")
    )]
    deliveries: Vec<Value>,
    /// The cursor with which the list of deliveries goes on, if there are more.
    deliveries_cursor: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Starred {
    consultation_id: ConsultationId,
    #[cfg_attr(feature = "schema", schemars(with = "vigie_http::openapi::Instant"))]
    since: Timestamp,
    automatic: Option<vigie_domain::account::preferences::Rule>,
}

impl Accounts {
    /// `GET /v1/accounts/{id}/export`.
    pub(crate) async fn export(&self, call: &Call) -> Result<Reply, Problem> {
        let account = call.owner()?;
        let data = self
            .store
            .account_data_read(&account.id, MAX_ALERTS, MAX_MAILS)
            .await?;
        if data.account.is_null() {
            return Err(Problem::not_found());
        }
        let (favourites, more) = self.all_favourites(call).await?;
        let mut export = Export {
            exported_at: call.now,
            account: data.account,
            entity: EntityName::of(&account.entity_id, &self.entity_of(account).await?),
            login: call.login()?.as_str(),
            favourites_cursor: favourites
                .last()
                .filter(|_| more)
                .map(|last| dated_cursor(last.since, last.consultation_id.as_str())),
            favourites: favourites.into_iter().map(starred).collect(),
            unstarred: self
                .store
                .favourite_list_unstarred(&account.id, MAX_ALERTS)
                .await?,
            others: data.others,
            account_mails: data.mails.into_iter().map(|(_, mail)| mail).collect(),
            deliveries: Vec::new(),
            deliveries_cursor: None,
        };
        let mut room = BYTES.saturating_sub(size(&export)?);
        let (mut last, mut more) = (None, data.more);
        for (position, delivery) in self.told(call, data.alerts).await? {
            // And the comma.
            let size = size(&delivery)? + 1;
            if size > room {
                more = true;
                break;
            }
            room -= size;
            export.deliveries.push(delivery);
            last = Some(position);
        }
        export.deliveries_cursor = last.filter(|_| more).as_ref().map(place);
        let disposition = format!(
            "attachment; filename=\"vigie-{}.json\"",
            call.now.strftime("%Y-%m-%d")
        );
        Ok(Reply::json(200, &export)?.with(CONTENT_DISPOSITION, disposition))
    }

    /// Alerts without those that tell of a consultation what the account may not know.
    async fn told(
        &self,
        call: &Call,
        mut alerts: Vec<(DeliveryPosition, Value)>,
    ) -> Result<Vec<(DeliveryPosition, Value)>, Problem> {
        let kept_from = |alert: &Value| {
            let state = DeliveryState::deserialize(&alert["state"]).ok()?;
            let id = ConsultationId::parse(alert["consultationId"].as_str()?).ok()?;
            is_kept_from(state, alert["reason"].as_str()).then_some(id)
        };
        let visible = self
            .visible(
                call.owner()?,
                alerts
                    .iter()
                    .filter_map(|(_, alert)| kept_from(alert))
                    .collect(),
            )
            .await?;
        alerts.retain(|(_, alert)| kept_from(alert).is_none_or(|id| visible.contains_key(&id)));
        Ok(alerts)
    }

    async fn all_favourites(&self, call: &Call) -> Result<(Vec<Favourite>, bool), Problem> {
        let (account, mut stars) = (call.owner()?, Vec::<Favourite>::new());
        loop {
            let (page, more) = self
                .store
                .favourite_list(&account.id, stars.last(), 1000)
                .await?;
            stars.extend(page);
            if !more || stars.len() >= MAX_ALERTS {
                return Ok((stars, more));
            }
        }
    }
}

fn starred(star: Favourite) -> Starred {
    Starred {
        consultation_id: star.consultation_id,
        since: star.since,
        automatic: star.automatic,
    }
}

fn size<T: Serialize>(value: &T) -> Result<usize, Problem> {
    serde_json::to_vec(value)
        .map(|json| json.len())
        .map_err(|e| Problem::internal(e.to_string()))
}
