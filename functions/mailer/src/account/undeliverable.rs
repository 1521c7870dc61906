//! Mails about an address that mails do not reach, to those who administer the agent.

use std::collections::BTreeSet;

use vigie_aws::queue::Failure;
use vigie_domain::{
    account::{Account, Role, unreached::Heard},
    event::AccountMailDue,
    id::AccountId,
};
use vigie_mail::{AccountMail, Letterhead};
use vigie_store::{Intent, StoreError, Subject, WantedDelivery};

use crate::{
    Mailer,
    account::composed::{Composed, subject},
    send::Sender,
};

/// The reason, in records, for which an administrator is told with others.
const COLLECTED: &str = "inAList";

/// Agents read at a time.
const PAGE: i32 = 100;

impl Mailer {
    /// Composes the mail to every active administrator of the agent's entity and above who was told
    /// of nobody in the last hour, and collects it for the others; nothing once the address works
    /// again.
    pub(crate) async fn undeliverable(
        &self,
        account: &Account,
        due: &AccountMailDue,
        sender: Sender<'_>,
    ) -> Result<Vec<Composed>, Failure> {
        let found = account.undeliverable.as_ref();
        if found.is_none_or(|found| found.request_id != due.request_id) {
            return Ok(Vec::new());
        }
        let (subject, now) = (subject(due), self.clock.now());
        let entity = self
            .store
            .entity_read_each(&BTreeSet::from([account.entity_id.clone()]))
            .await?
            .remove(&account.entity_id);
        let entity_name = entity.as_ref().map_or("", |entity| entity.name.as_str());
        let (mut mails, mut collected) = (Vec::new(), Vec::new());
        for administrator in self.untold(account, &subject).await? {
            match self
                .store
                .unreached_hear(&administrator.id, &account.id, &due.request_id, now)
                .await?
            {
                Heard::AtOnce => mails.extend(unreached_mail(
                    account,
                    entity_name,
                    &administrator,
                    &self.letterhead,
                )),
                Heard::Collected(_) => collected.push(administrator.id),
            }
        }
        // So that it is collected once, however often the message comes.
        let skipped: Vec<_> = collected
            .iter()
            .map(|administrator| WantedDelivery {
                subject: &subject,
                account: administrator,
                intent: Intent::Skip(COLLECTED),
            })
            .collect();
        sender.claim(&skipped).await?;
        Ok(mails)
    }

    /// Reads the administrators of the agent's entity and above who are to be told and were not.
    pub(crate) async fn untold(
        &self,
        agent: &Account,
        subject: &Subject,
    ) -> Result<Vec<Account>, StoreError> {
        let mut untold = Vec::new();
        for entity in self.store.entity_read_path(&agent.entity_id).await?.ids() {
            let mut after: Option<AccountId> = None;
            loop {
                let (mut agents, next) = self
                    .store
                    .account_list_of_entity(entity, after.as_ref(), PAGE)
                    .await?;
                agents.retain(|other| is_to_be_told(other) && other.id != agent.id);
                let ids = agents.iter().map(|other| other.id.clone()).collect();
                let done = self.store.delivery_find_done(subject, &ids).await?;
                agents.retain(|other| !done.contains(&other.id));
                untold.append(&mut agents);
                after = next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(untold)
    }
}

/// Returns the mail about an agent to one administrator; none once the address works.
fn unreached_mail(
    agent: &Account,
    entity_name: &str,
    administrator: &Account,
    letterhead: &Letterhead,
) -> Option<Composed> {
    let found = agent.undeliverable.as_ref()?;
    let name = agent.contact.full_name();
    let mail = AccountMail::Undeliverable {
        agent: &name,
        entity_name,
        cause: found.cause,
        since: found.since,
    };
    let rendered = mail.render(&administrator.contact, letterhead);
    Composed::own(administrator, rendered)
}

/// True if an account may be told whom mails do not reach.
pub(crate) fn is_to_be_told(agent: &Account) -> bool {
    agent.role == Role::Administrator && agent.active && agent.confirmed_email().is_some()
}
