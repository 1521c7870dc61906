//! Choices of an agent: which alerts, and which consultations become favourites by rule (« Mes
//! alertes électroniques »).

use std::{collections::BTreeMap, fmt};

use jiff::SignedDuration;
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::account::rights::PermanentGuest;

/// The seven kinds of alert. docs/adding-an-alert-kind.md says how an eighth is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Kind {
    /// An electronic tender came in.
    TenderReceived,
    /// The deadline has passed: digest of withdrawals and deposits.
    ConsultationClosed,
    /// A firm answered a message that allowed an answer.
    MessageReceived,
    /// A firm asked a question.
    QuestionReceived,
    /// The gazette (BOAMP) published the notice.
    NoticePublished,
    /// The gazette refused the notice.
    NoticeRejected,
    /// The consultation waits for an approval or a validation.
    ApprovalRequested,
}

impl Kind {
    /// The kind of a name in JSON.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// All kinds, in the order of the customer's guide. A new one goes to the end: links that were
    /// mailed name kinds by their position.
    pub const ALL: [Self; 7] = [
        Self::TenderReceived,
        Self::ConsultationClosed,
        Self::MessageReceived,
        Self::QuestionReceived,
        Self::NoticePublished,
        Self::NoticeRejected,
        Self::ApprovalRequested,
    ];

    /// The name in JSON, in keys and in SES tags.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TenderReceived => "tenderReceived",
            Self::ConsultationClosed => "consultationClosed",
            Self::MessageReceived => "messageReceived",
            Self::QuestionReceived => "questionReceived",
            Self::NoticePublished => "noticePublished",
            Self::NoticeRejected => "noticeRejected",
            Self::ApprovalRequested => "approvalRequested",
        }
    }
}

/// The way in which an agent wants a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Mode {
    /// Not at all.
    #[default]
    Off,
    /// One mail per fact, at once.
    Immediate,
    /// One mail at 7:00 in Paris with the facts of the day before; never for `consultationClosed`.
    Daily,
}

/// The ways in which [`Kind::ConsultationClosed`] can be wanted: its digest is one already.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
enum AtOnce {
    Off,
    Immediate,
}

impl From<AtOnce> for Mode {
    fn from(mode: AtOnce) -> Self {
        match mode {
            AtOnce::Off => Self::Off,
            AtOnce::Immediate => Self::Immediate,
        }
    }
}

/// A mode for every kind; all off on a new account. Read strictly: a missing kind is a mistake of
/// the caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Kinds(BTreeMap<Kind, Mode>);

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Kinds {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Kinds".into()
    }

    fn json_schema(types: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let mode = types.subschema_for::<Mode>().to_value();
        let at_once = types.subschema_for::<AtOnce>().to_value();
        let mode = |kind: &Kind| {
            if *kind == Kind::ConsultationClosed {
                at_once.clone()
            } else {
                mode.clone()
            }
        };
        let modes: serde_json::Map<_, _> = Kind::ALL
            .iter()
            .map(|kind| (kind.as_str().to_owned(), mode(kind)))
            .collect();
        let names: Vec<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        schemars::json_schema!({ "type": "object", "properties": modes, "required": names, "additionalProperties": false })
    }
}

impl Default for Kinds {
    fn default() -> Self {
        Self(
            Kind::ALL
                .into_iter()
                .map(|kind| (kind, Mode::Off))
                .collect(),
        )
    }
}

impl<'de> Deserialize<'de> for Kinds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> de::Visitor<'de> for Reader {
            type Value = Kinds;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mode for each kind of alert")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut fields: A) -> Result<Kinds, A::Error> {
                let mut kinds = BTreeMap::new();
                while let Some(kind) = fields.next_key()? {
                    let mode = match kind {
                        Kind::ConsultationClosed => fields.next_value::<AtOnce>()?.into(),
                        _ => fields.next_value()?,
                    };
                    kinds.insert(kind, mode);
                }
                if kinds.len() != Kind::ALL.len() {
                    return Err(de::Error::custom(
                        "a mode for each of the seven kinds is needed",
                    ));
                }
                Ok(Kinds(kinds))
            }
        }

        deserializer.deserialize_map(Reader)
    }
}

impl Kinds {
    /// The mode chosen for a kind.
    #[must_use]
    pub fn mode(&self, kind: Kind) -> Mode {
        self.0.get(&kind).copied().unwrap_or_default()
    }

    /// The kinds that are wanted that way.
    pub fn with(&self, mode: Mode) -> impl Iterator<Item = Kind> {
        self.0
            .iter()
            .filter(move |(_, chosen)| **chosen == mode)
            .map(|(kind, _)| *kind)
    }

    /// Changes one kind.
    pub fn set(&mut self, kind: Kind, mode: Mode) {
        self.0.insert(kind, mode);
    }
}

/// The time that a preview of automatic favourites looks back.
pub const PREVIEWED: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Rule that made a consultation a favourite at its first save in drafting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Rule {
    /// Consultations that the agent saved itself.
    Mine,
    /// Consultations of its entity.
    OwnEntity,
    /// Consultations of the entities below its own.
    DependentEntities,
    /// Consultations of the entities that its own is linked to.
    TransverseEntities,
}

/// The four rules of automatic favourites; only `mine` is on for a new account.
#[expect(clippy::struct_excessive_bools, reason = "the contract's object")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AutomaticFavourites {
    /// « Mes consultations ».
    pub mine: bool,
    /// « Les consultations de mon entité ».
    pub own_entity: bool,
    /// « Les consultations des entités qui dépendent de mon entité ».
    pub dependent_entities: bool,
    /// « Les consultations de mes entités associées transversalement ».
    pub transverse_entities: bool,
}

impl Default for AutomaticFavourites {
    fn default() -> Self {
        Self {
            mine: true,
            own_entity: false,
            dependent_entities: false,
            transverse_entities: false,
        }
    }
}

impl Rule {
    /// All four, in the order of the customer's guide.
    pub const ALL: [Self; 4] = [
        Self::Mine,
        Self::OwnEntity,
        Self::DependentEntities,
        Self::TransverseEntities,
    ];

    /// True if the agent has the standing right that the rule needs (« uniquement si je
    /// suis invité permanent »).
    #[must_use]
    pub fn is_permitted(self, rights: PermanentGuest) -> bool {
        match self {
            Self::Mine => true,
            Self::OwnEntity => rights.own,
            Self::DependentEntities => rights.dependent,
            Self::TransverseEntities => rights.transverse,
        }
    }

    /// The name in JSON and in keys.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mine => "mine",
            Self::OwnEntity => "ownEntity",
            Self::DependentEntities => "dependentEntities",
            Self::TransverseEntities => "transverseEntities",
        }
    }
}

impl AutomaticFavourites {
    /// True if a rule is switched on.
    #[must_use]
    pub fn is_on(&self, rule: Rule) -> bool {
        match rule {
            Rule::Mine => self.mine,
            Rule::OwnEntity => self.own_entity,
            Rule::DependentEntities => self.dependent_entities,
            Rule::TransverseEntities => self.transverse_entities,
        }
    }

    /// The rules that are on without the standing right that the customer's guide asks for.
    #[must_use]
    pub fn without_right(&self, rights: PermanentGuest) -> Vec<&'static str> {
        let refused = Rule::ALL
            .into_iter()
            .filter(|rule| self.is_on(*rule) && !rule.is_permitted(rights));
        refused.map(Rule::as_str).collect()
    }

    /// Returns the same without the rules whose right is missing.
    #[must_use]
    pub fn permitted(&self, rights: PermanentGuest) -> Self {
        let on = |rule: Rule| self.is_on(rule) && rule.is_permitted(rights);
        Self {
            mine: on(Rule::Mine),
            own_entity: on(Rule::OwnEntity),
            dependent_entities: on(Rule::DependentEntities),
            transverse_entities: on(Rule::TransverseEntities),
        }
    }
}

/// The whole of « Mes alertes électroniques ».
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Alerts {
    /// The way in which each kind is wanted.
    pub kinds: Kinds,
    /// Rules by which consultations become favourites by themselves.
    pub automatic_favourites: AutomaticFavourites,
}

/// A choice as it was stored, perhaps when there were fewer kinds, or more, or of which a part was
/// read: a kind that it does not name is off.
///
/// # Errors
/// It is no choice.
pub fn stored<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Alerts, D::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Stored {
        kinds: BTreeMap<String, serde_json::Value>,
        #[serde(default, deserialize_with = "crate::stored::known")]
        automatic_favourites: AutomaticFavourites,
    }
    let stored = Stored::deserialize(deserializer)?;
    let mode = |kind: Kind| {
        stored
            .kinds
            .get(kind.as_str())
            .map_or(Ok(Mode::default()), Mode::deserialize)
    };
    let kinds: Result<_, serde_json::Error> = Kind::ALL
        .into_iter()
        .map(|kind| Ok((kind, mode(kind)?)))
        .collect();
    let kinds = Kinds(kinds.map_err(serde::de::Error::custom)?);
    Ok(Alerts {
        kinds,
        automatic_favourites: stored.automatic_favourites,
    })
}
