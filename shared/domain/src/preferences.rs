//! What an agent chooses: which alerts, and which consultations become favourites by rule (« Mes alertes électroniques »).

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::{account::PermanentGuest, text::Invalid};

/// The seven kinds of alert. An eighth is a variant here, a template in the mailer and a schema.
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

    /// All kinds, in the guide's order.
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

/// How an agent wants a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Mode {
    /// Not at all.
    #[default]
    Off,
    /// One mail per fact, at once.
    Immediate,
}

/// A mode for every kind; all off on a new account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<Kind, Mode>")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "BTreeMap<Kind, Mode>"))]
pub struct Kinds(BTreeMap<Kind, Mode>);

impl Default for Kinds {
    fn default() -> Self {
        Self(Kind::ALL.into_iter().map(|kind| (kind, Mode::Off)).collect())
    }
}

impl TryFrom<BTreeMap<Kind, Mode>> for Kinds {
    type Error = Invalid;
    fn try_from(kinds: BTreeMap<Kind, Mode>) -> Result<Self, Invalid> {
        if kinds.len() != Kind::ALL.len() {
            return Err(Invalid("a mode for each of the seven kinds is needed"));
        }
        Ok(Self(kinds))
    }
}

impl Kinds {
    /// The mode chosen for a kind.
    #[must_use]
    pub fn mode(&self, kind: Kind) -> Mode {
        self.0.get(&kind).copied().unwrap_or_default()
    }

    /// Changes one kind.
    pub fn set(&mut self, kind: Kind, mode: Mode) {
        self.0.insert(kind, mode);
    }
}

/// How far back a preview of automatic favourites looks.
pub const PREVIEWED: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Which rule made a consultation a favourite at its first save in drafting.
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
        Self { mine: true, own_entity: false, dependent_entities: false, transverse_entities: false }
    }
}

impl Rule {
    /// All four, in the guide's order.
    pub const ALL: [Self; 4] = [Self::Mine, Self::OwnEntity, Self::DependentEntities, Self::TransverseEntities];

    /// Whether the standing right is there that the rule needs (« uniquement si je suis invité permanent »).
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
    /// Whether a rule is switched on.
    #[must_use]
    pub fn is_on(&self, rule: Rule) -> bool {
        match rule {
            Rule::Mine => self.mine,
            Rule::OwnEntity => self.own_entity,
            Rule::DependentEntities => self.dependent_entities,
            Rule::TransverseEntities => self.transverse_entities,
        }
    }

    /// The rules that are on without the standing right that the guide asks for.
    #[must_use]
    pub fn without_right(&self, rights: PermanentGuest) -> Vec<&'static str> {
        let refused = Rule::ALL.into_iter().filter(|rule| self.is_on(*rule) && !rule.is_permitted(rights));
        refused.map(Rule::as_str).collect()
    }
}

/// The whole of « Mes alertes électroniques ».
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Alerts {
    /// How each kind is wanted.
    pub kinds: Kinds,
    /// Which consultations become favourites by themselves.
    pub automatic_favourites: AutomaticFavourites,
}
