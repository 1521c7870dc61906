//! Mails about what was changed: of an agent's account (role, rights, activity, entity), of an
//! invitation whose address was yielded, of who administers an organisation.

use std::collections::BTreeMap;

use vigie_domain::{
    account::departure::LEAVES_ON,
    audit::{Change, Record, What},
    entity::Entity,
    id::EntityId,
};

use super::{
    block::{Block, harmless},
    date,
    message::{Message, NAME},
};

/// Tells an agent what was changed of their account. `entities` holds those that the record names,
/// as far as they exist.
pub(super) fn message(
    record: &Record,
    entities: &BTreeMap<EntityId, Entity>,
    portal: &str,
) -> Message {
    let mut body = Block::default();
    if record.what == What::AgentLeft {
        body.paragraph("Le dernier jour indiqué pour votre compte d’agent est passé.");
    } else {
        body.paragraph(&format!(
            "{} a modifié votre compte d’agent le {}.",
            by(record),
            date::moment(record.at)
        ));
    }
    for change in &record.changes {
        body.paragraph(&line(change, entities));
    }
    body.paragraph(
        "Si vous ne vous y attendiez pas, adressez-vous à l’administrateur de votre entité.",
    );
    body.button("Ouvrir mon compte", portal);
    Message {
        subject: "Votre compte d’agent a été modifié",
        preheader: record
            .changes
            .first()
            .map(|change| line(change, entities))
            .unwrap_or_default(),
        body,
        why: "Vous recevez ce message parce que cette adresse est celle de votre compte d’agent."
            .to_owned(),
    }
}

/// Tells who invited an agent that the invitation is withdrawn. It does not say to whom the address
/// went, and names nobody.
pub(super) fn withdrawn(
    record: &Record,
    entities: &BTreeMap<EntityId, Entity>,
    page: &str,
) -> Message {
    let entity = name(record.entity_id.as_str(), entities);
    let mut body = Block::default();
    body.paragraph(&format!(
        "Une invitation que vous aviez envoyée a été retirée le {}.",
        date::moment(record.at)
    ));
    body.paragraph(&format!("Entité\u{a0}: {entity}."));
    body.paragraph(
        "Personne ne l’avait acceptée, et son adresse ne peut plus vous être réservée\u{a0}: elle revient à qui la lit, ou à l’organisme \
         dont elle porte le domaine. Si vous attendiez cette personne, vérifiez son adresse avec elle.",
    );
    body.button("Voir les agents", page);
    Message {
        subject: "Une invitation a été retirée",
        preheader: entity,
        body,
        why: "Vous recevez ce message parce que vous aviez envoyé cette invitation.".to_owned(),
    }
}

/// Tells who administers a part of an organisation that nobody administers all of it any more. It
/// names nobody.
pub(super) fn nobody_left(
    record: &Record,
    entities: &BTreeMap<EntityId, Entity>,
    page: &str,
) -> Message {
    let entity = name(record.entity_id.as_str(), entities);
    let mut body = Block::default();
    body.paragraph(&format!(
        "Depuis le {}, plus personne n’administre l’ensemble de votre organisme\u{a0}: le portail a déclaré le départ de la dernière \
         personne qui le faisait, ou lui a donné un autre rôle.",
        date::moment(record.at)
    ));
    body.paragraph(&format!("Entité\u{a0}: {entity}."));
    body.paragraph(
        "Vous administrez toujours votre entité et celles qui en dépendent. Pour le reste, adressez-vous à qui tient le portail de votre \
         organisme\u{a0}: c’est à lui de désigner un nouvel administrateur.",
    );
    body.button("Voir les agents", page);
    Message {
        subject: "Votre organisme n’a plus d’administrateur",
        preheader: entity,
        body,
        why: "Vous recevez ce message parce que vous administrez une entité de cet organisme."
            .to_owned(),
    }
}

fn line(change: &Change, entities: &BTreeMap<EntityId, Entity>) -> String {
    let (before, after) = (
        change.before.as_deref().unwrap_or_default(),
        change.after.as_deref().unwrap_or_default(),
    );
    let yes_or_no = if after == "true" { "oui" } else { "non" };
    match change.field.as_str() {
        "declared" => "Le portail tient désormais votre compte\u{a0}: votre entité, votre rôle et vos droits y sont fixés.".to_owned(),
        "role" => format!("Rôle\u{a0}: {} (auparavant\u{a0}: {}).", role(after), role(before)),
        LEAVES_ON => match change.after.as_deref().map(str::parse) {
            Some(Ok(day)) => format!(
                "Votre dernier jour\u{a0}: {}. Votre compte s’arrête à minuit.",
                date::day(day)
            ),
            _ => "Votre compte n’a plus de dernier jour\u{a0}: il ne s’arrête plus.".to_owned(),
        },
        "active" if after == "true" => "Votre compte est de nouveau actif.".to_owned(),
        "active" => {
            "Votre compte est désactivé\u{a0}: il ne reçoit plus d’alertes et n’ouvre plus rien. Vous pouvez toujours exporter vos \
                     données et supprimer le compte."
                .to_owned()
        }
        "permanentGuest.own" => format!("Invité(e) permanent(e) de votre entité\u{a0}: {yes_or_no}."),
        "permanentGuest.dependent" => format!("Invité(e) permanent(e) des entités qui dépendent de la vôtre\u{a0}: {yes_or_no}."),
        "permanentGuest.transverse" => format!("Invité(e) permanent(e) des entités associées transversalement à la vôtre\u{a0}: {yes_or_no}."),
        _ => format!("Entité\u{a0}: {} (auparavant\u{a0}: {}).", name(after, entities), name(before, entities)),
    }
}

/// Returns who changed the account: nobody is named, and the portal is no person.
fn by(record: &Record) -> &'static str {
    match record.actor_account_id {
        Some(_) => "Un administrateur de votre organisme",
        None => "Le portail de votre organisme",
    }
}

fn role(role: &str) -> &'static str {
    if role == "administrator" {
        "administrateur"
    } else {
        "agent"
    }
}

fn name(id: &str, entities: &BTreeMap<EntityId, Entity>) -> String {
    let found = entities.values().find(|entity| entity.id.as_str() == id);
    harmless(found.map_or(id, |entity| entity.name.as_str()), NAME)
}
