//! The choices that new agents of an entity, and of all below it, begin with.

use std::slice;

use serde::Serialize;
use vigie_domain::{
    account::preferences::{Alerts, AutomaticFavourites, Kind, Kinds, Mode, Rule},
    audit::{Change, Record, What},
};
use vigie_http::{Call, Problem, Reply, view::EntityName};
use vigie_runtime::again::Tries;
use vigie_store::StoreError;

use crate::{
    Entities,
    agents::{entry, existing},
};

/// Defaults, and the entity above that has them, if this one has none.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "EntityDefaults")
)]
pub(crate) struct Defaults {
    /// The way in which each kind is wanted.
    kinds: Kinds,
    /// Rules by which consultations become favourites by themselves.
    automatic_favourites: AutomaticFavourites,
    /// There with `inherited=true` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    inherited_from: Option<EntityName>,
}

impl Entities {
    /// `GET /v1/entities/{id}/defaults`.
    pub(crate) async fn read_defaults(&self, call: &Call) -> Result<Reply, Problem> {
        let entity = existing(call)?;
        let above = match call.query("inherited") {
            Some(_) => call.flag("inherited")?,
            None => false,
        };
        let way = call.administrator()?.path.ids();
        let way = if above { way } else { slice::from_ref(entity) };
        let Some((from, alerts)) = self.store.defaults_find(way).await? else {
            return shown(None::<Defaults>);
        };
        let inherited_from = if from == *entity {
            None
        } else {
            let known = self.store.entity_read_each(&[from.clone()].into()).await?;
            Some(EntityName::of(&from, &known))
        };
        shown(Some(Defaults {
            kinds: alerts.kinds,
            automatic_favourites: alerts.automatic_favourites,
            inherited_from,
        }))
    }

    /// `PUT /v1/entities/{id}/defaults`: `null` takes them back. Nobody's choice changes.
    pub(crate) async fn write_defaults(&self, call: &Call) -> Result<Reply, Problem> {
        let wanted: Option<Alerts> = call.json()?;
        let entity = existing(call)?;
        let mut before = self.store.defaults_read(entity).await?;
        let mut known = true;
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let reply = shown(before.as_ref())?;
            call.check_match(reply.etag().unwrap_or_default())?;
            if wanted == before {
                return Ok(reply);
            }
            let changes = changes(before.as_ref(), wanted.as_ref());
            let actor = Some(call.actor()?);
            let record = Record::new(What::DefaultsChanged, actor, entity, call.now);
            let entries = [entry(call, record.changing(changes))?];
            let judged = known.then_some(before.as_ref());
            let written = self
                .store
                .defaults_write(entity, wanted.as_ref(), judged, &entries);
            match written.await {
                Ok(()) => return shown(wanted),
                // Others were faster. Where nothing has changed, it is stored in another spelling
                // than ours, which no condition can name.
                Err(StoreError::Refused) => {
                    self.store
                        .entity_read(entity)
                        .await?
                        .ok_or_else(Problem::not_found)?;
                    let now = self.store.defaults_read(entity).await?;
                    known &= now != before;
                    before = now;
                }
                Err(e) => return Err(e.into()),
            }
        }
    }
}

fn shown(defaults: Option<impl Serialize>) -> Result<Reply, Problem> {
    Ok(Reply::json(200, &defaults)?.tagged())
}

/// Says which kinds and rules differ, for the audit.
fn changes(before: Option<&Alerts>, after: Option<&Alerts>) -> Vec<Change> {
    let kind = |alerts: &Alerts, kind| word(alerts.kinds.mode(kind));
    let kinds = Kind::ALL.map(|each| {
        let (was, is) = (before.map(|b| kind(b, each)), after.map(|a| kind(a, each)));
        (format!("kinds.{}", each.as_str()), was, is)
    });
    let rule = |alerts: &Alerts, rule| flag(alerts.automatic_favourites.is_on(rule));
    let rules = Rule::ALL.map(|each| {
        let (was, is) = (before.map(|b| rule(b, each)), after.map(|a| rule(a, each)));
        (format!("automaticFavourites.{}", each.as_str()), was, is)
    });
    kinds
        .into_iter()
        .chain(rules)
        .filter(|(_, was, is)| was != is)
        .map(|(field, was, is)| Change::new(&field, was, is))
        .collect()
}

fn word(mode: Mode) -> &'static str {
    match mode {
        Mode::Off => "off",
        Mode::Immediate => "immediate",
        Mode::Daily => "daily",
    }
}

fn flag(on: bool) -> &'static str {
    if on { "true" } else { "false" }
}
