//! Mails that tell an agent what others did to its account, or to what it began, as its copy of the
//! audit says.

use std::collections::BTreeSet;

use vigie_aws::queue::Failure;
use vigie_domain::{
    account::{Account, departure::HANDED_TO},
    audit::{Record, What},
    id::{AccountId, EntityId, RequestId},
};
use vigie_mail::{AccountMail, Linked};

use crate::{Mailer, account::composed::Composed};

impl Mailer {
    /// Composes the mail about an entry, to a confirmed address. An administrator's change is told
    /// also to whom it deactivated.
    pub(crate) async fn audited(
        &self,
        account: &Account,
        id: &RequestId,
    ) -> Result<Option<Composed>, Failure> {
        let Some(record) = self.store.audit_read_of_account(&account.id, id).await? else {
            return Ok(None);
        };
        // What ends an account is told all the same.
        let ends = matches!(
            record.what,
            What::AgentChanged | What::AgentLeft | What::AgentHandedOver
        );
        if account.confirmed_email().is_none() || !(account.active || ends) {
            return Ok(None);
        }
        let moved = record
            .changes
            .iter()
            .filter(|change| change.field == "entityId")
            .flat_map(|change| [&change.before, &change.after]);
        let moved = moved.flatten().filter_map(|id| EntityId::parse(id).ok());
        let (other, of_other) = self.other(account, &record).await?;
        let named = moved
            .chain([record.entity_id.clone()])
            .chain(of_other.clone());
        let entities = self
            .store
            .entity_read_each(&named.collect::<BTreeSet<_>>())
            .await?;
        let entity = of_other.and_then(|id| entities.get(&id));
        let linked = Linked {
            name: &other,
            entity_name: entity.map_or("", |entity| entity.name.as_str()),
            organisation: entity.map_or("", |entity| entity.organisation.as_str()),
        };
        let mail = match record.what {
            What::AgentChanged | What::AgentLeft => AccountMail::Changed {
                record: &record,
                entities: &entities,
            },
            What::AgentWithdrawn => AccountMail::InvitationWithdrawn {
                record: &record,
                entities: &entities,
            },
            What::AdministratorsGone => AccountMail::AdministratorsGone {
                record: &record,
                entities: &entities,
            },
            What::AgentHandedOver if record.target_account_id.as_ref() == Some(&account.id) => {
                AccountMail::Given { to: linked }
            }
            What::AgentHandedOver => AccountMail::Received { from: linked },
            What::AccountsLinked => AccountMail::Linked {
                record: &record,
                with: linked,
            },
            What::AbsenceChanged => AccountMail::AbsenceChanged {
                record: &record,
                by: linked,
            },
            _ => return Ok(None),
        };
        let rendered = mail.render(&account.contact, &self.letterhead);
        Ok(Composed::own(account, rendered))
    }

    /// Returns the name and the entity of the other account of an entry; of one that is gone,
    /// nothing.
    async fn other(
        &self,
        account: &Account,
        record: &Record,
    ) -> Result<(String, Option<EntityId>), Failure> {
        let receiver = record.changes.iter().find(|of| of.field == HANDED_TO);
        let receiver = receiver.and_then(|of| AccountId::parse(of.after.as_deref()?).ok());
        // Of a handover it is no matter who asked for it.
        let by = record.actor_account_id.as_ref();
        let of_two = [receiver.as_ref().or(by), record.target_account_id.as_ref()];
        let of_two = of_two.into_iter().flatten();
        let other: Vec<AccountId> = of_two.filter(|id| **id != account.id).cloned().collect();
        let found = self
            .store
            .account_read_each(&other)
            .await?
            .into_values()
            .next();
        Ok(found.map_or_else(Default::default, |other| {
            (other.contact.full_name(), Some(other.entity_id))
        }))
    }
}
