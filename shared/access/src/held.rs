//! Portals' programs that are held to some organisations: they speak of nothing that lies in
//! another, and bring no organisation.

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

use vigie_domain::{
    consultation::Consultation,
    entity::Path,
    event::portal::Said,
    id::{ConsultationId, EntityId},
    text::{FieldError, Invalid},
};
use vigie_http::{Machine, Problem};
use vigie_store::Store;

/// The clients that the operator holds to some organisations, by the roots' ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldClients(BTreeMap<String, BTreeSet<EntityId>>);

impl FromStr for HeldClients {
    type Err = Invalid;

    /// Reads `client=ROOT ROOT,client=ROOT`.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        const NO: Invalid = Invalid("held clients are client=ROOT ROOT, separated by commas");
        let mut held: BTreeMap<String, BTreeSet<EntityId>> = BTreeMap::new();
        for entry in text.split(',').filter(|entry| !entry.trim().is_empty()) {
            let (client, roots) = entry.split_once('=').ok_or(NO)?;
            let roots = roots.split_whitespace().map(EntityId::parse);
            let roots: BTreeSet<_> = roots.collect::<Result<_, _>>()?;
            if client.trim().is_empty() || roots.is_empty() {
                return Err(NO);
            }
            held.entry(client.trim().to_owned())
                .or_default()
                .extend(roots);
        }
        Ok(Self(held))
    }
}

impl HeldClients {
    /// Returns the organisations that a program is held to, by the operator, its issuer or both;
    /// `None` if it is held to none.
    ///
    /// # Errors
    /// 403 for a token that does not say whose it is, where some are held.
    pub fn of(&self, machine: &Machine) -> Result<Option<Held>, Problem> {
        let by_operator = match &machine.client {
            Some(client) => self.0.get(client),
            None if self.0.is_empty() => None,
            None => return Err(Problem::forbidden()),
        };
        Ok(match (by_operator, &machine.organisations) {
            (None, None) => None,
            (Some(own), None) | (None, Some(own)) => Some(Held(own.clone())),
            (Some(own), Some(claimed)) => Some(Held(own & claimed)),
        })
    }
}

/// The organisations that a program is held to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held(BTreeSet<EntityId>);

impl Held {
    /// Judges events by what is stored: of each that may pass the organisation that it is about,
    /// by which it is judged again where it is written.
    ///
    /// # Errors
    /// The table does not answer.
    pub async fn judge(
        &self,
        store: &Store,
        events: &[&Said],
    ) -> Result<Vec<Result<EntityId, FieldError>>, Problem> {
        let known = Known::read(store, events).await?;
        Ok(events.iter().map(|said| self.may(said, &known)).collect())
    }

    fn may(&self, said: &Said, known: &Known) -> Result<EntityId, FieldError> {
        if known.is_nobody_s(said) {
            let reason = "lies in no organisation yet: its entity has to be there first";
            return Err(FieldError::new("consultationId", reason));
        }
        match said {
            Said::Organisation(_) => Err(FieldError::new(
                "type",
                "OrganisationProvisioned is for clients that are held to no organisation",
            )),
            Said::Entity(declared) => self.one(&[
                ("organisationId", Some(&declared.organisation_id)),
                ("entityId", known.root(&declared.entity_id)),
            ]),
            Said::Agent(declared) => self.one(&[
                ("organisationId", Some(&declared.organisation_id)),
                ("entityId", declared.entity().and_then(|id| known.root(id))),
            ]),
            Said::Consultation(saved) => self.one(&[
                ("organisationId", saved.organisation_id.as_ref()),
                ("consultationId", known.organisation(&saved.id)),
                ("entityId", known.root(&saved.entity_id)),
            ]),
            Said::Fact(about, _) => self.one(&[
                ("organisationId", about.organisation_id.as_ref()),
                ("consultationId", known.organisation(&about.consultation_id)),
            ]),
        }
    }

    /// Returns the one organisation in which all lies that an event names, as far as it is known.
    fn one(&self, named: &[(&str, Option<&EntityId>)]) -> Result<EntityId, FieldError> {
        let mut one: Option<&EntityId> = None;
        for (field, organisation) in named {
            let Some(organisation) = organisation else {
                continue;
            };
            if !self.0.contains(*organisation) {
                let reason = "is not of an organisation that this client is held to";
                return Err(FieldError::new(*field, reason));
            }
            if one.is_some_and(|one| one != *organisation) {
                let reason = "organisation-differs: what the event names lies in two organisations";
                return Err(FieldError::new(*field, reason));
            }
            one = Some(organisation);
        }
        one.cloned().ok_or_else(|| {
            FieldError::new(
                "organisationId",
                "is required as long as the consultation is not known: the id of an organisation that this client is held to",
            )
        })
    }
}

/// The things that events name, as they are stored.
struct Known {
    consultations: BTreeMap<ConsultationId, Consultation>,
    paths: BTreeMap<EntityId, Path>,
}

impl Known {
    async fn read(store: &Store, events: &[&Said]) -> Result<Self, Problem> {
        let (mut ids, mut entities) = (BTreeSet::new(), BTreeSet::new());
        for said in events {
            match said {
                Said::Organisation(_) => {}
                Said::Entity(declared) => {
                    entities.insert(declared.entity_id.clone());
                }
                Said::Agent(declared) => entities.extend(declared.entity().cloned()),
                Said::Consultation(saved) => {
                    ids.insert(saved.id.clone());
                    entities.insert(saved.entity_id.clone());
                }
                Said::Fact(about, _) => {
                    ids.insert(about.consultation_id.clone());
                }
            }
        }
        let ids: Vec<_> = ids.into_iter().collect();
        let found = store.consultation_read_each(&ids).await?;
        entities.extend(found.iter().map(|found| found.entity_id.clone()));
        Ok(Self {
            paths: store.entity_read_paths(&entities).await?,
            consultations: found
                .into_iter()
                .map(|found| (found.id.clone(), found))
                .collect(),
        })
    }

    fn root(&self, entity: &EntityId) -> Option<&EntityId> {
        self.paths.get(entity)?.root()
    }

    /// True if an event is about a consultation that is there and whose organisation is not known:
    /// it may be anybody's.
    fn is_nobody_s(&self, said: &Said) -> bool {
        let id = match said {
            Said::Consultation(saved) => &saved.id,
            Said::Fact(about, _) => &about.consultation_id,
            Said::Agent(_) | Said::Entity(_) | Said::Organisation(_) => return false,
        };
        self.consultations.contains_key(id) && self.organisation(id).is_none()
    }

    fn organisation(&self, id: &ConsultationId) -> Option<&EntityId> {
        let known = self.consultations.get(id)?;
        known.organisation_of(self.paths.get(&known.entity_id)?)
    }
}
