//! Keys of a consultation and of everything below it.

use vigie_domain::{
    consultation::person::Wait,
    id::{AccountId, ConsultationId},
};

use super::{CONSULTATION, FACT, FAVOURITE, Key, NAMED, WAITS};

/// Partition of a consultation.
#[must_use]
pub fn consultation_pk(id: &ConsultationId) -> String {
    format!("{CONSULTATION}{id}")
}

/// A consultation.
#[must_use]
pub fn consultation(id: &ConsultationId) -> Key {
    Key::new(consultation_pk(id), "CONSULTATION")
}

/// A consultation's counters; there before the consultation if a fact overtakes it.
#[must_use]
pub fn tally(id: &ConsultationId) -> Key {
    Key::new(consultation_pk(id), "TALLY")
}

/// A fact.
#[must_use]
pub fn fact(id: &ConsultationId, kind: &str, key: &str) -> Key {
    Key::new(consultation_pk(id), format!("{FACT}{kind}#{key}"))
}

/// A star, or the tombstone of one.
#[must_use]
pub fn favourite(id: &ConsultationId, account: &AccountId) -> Key {
    Key::new(consultation_pk(id), format!("{FAVOURITE}{account}"))
}

/// An account that a consultation names.
#[must_use]
pub fn named(id: &ConsultationId, account: &AccountId) -> Key {
    Key::new(consultation_pk(id), format!("{NAMED}{account}"))
}

/// Partition of the consultations that wait for something.
#[must_use]
pub fn awaited_pk(wait: &Wait) -> String {
    format!("{WAITS}{}", wait.as_str())
}

/// A consultation that waits for something.
#[must_use]
pub fn awaited(wait: &Wait, id: &ConsultationId) -> Key {
    Key::new(awaited_pk(wait), consultation_pk(id))
}
