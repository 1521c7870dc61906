//! Mails about an address that mails do not reach: to those who administer the agent, and to the
//! agent once an address works.

use std::collections::BTreeSet;

use jiff::Timestamp;
use vigie_aws::queue::Failure;
use vigie_domain::{
    account::{Account, EmailStatus, Role, preferences::Kind, unreached::Heard},
    event::AccountMailDue,
    id::{AccountId, ConsultationId},
    text::one_line,
};
use vigie_mail::{AccountMail, label};
use vigie_store::{Delivery, Intent};

use crate::{
    Mailer,
    account_mail::{self, Composed},
    daily::TRANSACTION_ACTIONS,
};

/// The reason, in records, for which an administrator is told with others.
const COLLECTED: &str = "inAList";

/// Most alerts that the mail about what was missed lists.
const LISTED: usize = 100;

/// Agents read at a time.
const PAGE: i32 = 100;

/// Longest reference, and longest title, in a line of the list, in characters.
const LINE: usize = 120;

impl Mailer {
    /// Composes the mail to every active administrator of the agent's entity and above who was told
    /// of nobody in the last hour, and collects it for the others; nothing once the address works
    /// again.
    pub(crate) async fn undeliverable(
        &self,
        account: &Account,
        due: &AccountMailDue,
    ) -> Result<Vec<Composed>, Failure> {
        let marked = |account: &Account| {
            account
                .undeliverable
                .as_ref()
                .is_some_and(|found| found.request_id == due.request_id)
        };
        if !marked(account) {
            return Ok(Vec::new());
        }
        let (subject, now) = (account_mail::subject(due), self.clock.now());
        let entity = self
            .store
            .entity_read_each(&BTreeSet::from([account.entity_id.clone()]))
            .await?
            .remove(&account.entity_id);
        let entity_name = entity.as_ref().map_or("", |entity| entity.name.as_str());
        let (mut mails, mut collected) = (Vec::new(), Vec::new());
        for entity in self.store.entity_read_path(&account.entity_id).await?.ids() {
            let mut after: Option<AccountId> = None;
            loop {
                let (agents, next) = self
                    .store
                    .account_list_of_entity(entity, after.as_ref(), PAGE)
                    .await?;
                let told: Vec<_> = agents
                    .into_iter()
                    .filter(|agent| is_to_be_told(agent) && agent.id != account.id)
                    .collect();
                let done = self
                    .store
                    .delivery_find_done(&subject, &told.iter().map(|to| to.id.clone()).collect())
                    .await?;
                for administrator in told
                    .into_iter()
                    .filter(|administrator| !done.contains(&administrator.id))
                {
                    match self
                        .store
                        .unreached_hear(&administrator.id, &account.id, &due.request_id, now)
                        .await?
                    {
                        Heard::AtOnce => mails.extend(unreached_mail(
                            account,
                            entity_name,
                            &administrator,
                            &self.portal_url,
                        )),
                        Heard::Collected(_) => {
                            collected.push((administrator.id, Intent::Skip(COLLECTED)));
                        }
                    }
                }
                after = next;
                if after.is_none() {
                    break;
                }
            }
        }
        // So that it is collected once, however often the message comes.
        for chunk in collected.chunks(TRANSACTION_ACTIONS) {
            self.store.delivery_claim(&subject, chunk, now).await?;
        }
        Ok(mails)
    }

    /// Composes the mail about what came back since the address was confirmed before, or was not
    /// sent once mails stopped, as far as the agent may see it now.
    pub(crate) async fn missed(
        &self,
        account: &Account,
        confirmed: Timestamp,
        stopped: Option<Timestamp>,
    ) -> Result<Vec<Composed>, Failure> {
        if account.email_status != EmailStatus::Confirmed || !account.active {
            return Ok(Vec::new());
        }
        let (missed, more) = self
            .store
            .delivery_list_missed(&account.id, confirmed, LISTED)
            .await?;
        let ids: BTreeSet<ConsultationId> = missed
            .iter()
            .filter_map(|delivery| delivery.consultation_id.clone())
            .collect();
        let ids: Vec<_> = ids.into_iter().collect();
        let visible = self
            .store
            .sight_filter(account, self.store.consultation_read_each(&ids).await?)
            .await?;
        let line = |delivery: &Delivery| {
            let consultation = visible
                .iter()
                .find(|consultation| Some(&consultation.id) == delivery.consultation_id.as_ref())?;
            let (reference, title) = (consultation.reference.as_str(), consultation.title.as_str());
            Some(format!(
                "[{}] {}\u{a0}: {}",
                one_line(reference, LINE),
                told(&delivery.kind),
                one_line(title, LINE)
            ))
        };
        let lines: Vec<String> = missed.iter().rev().filter_map(line).collect();
        if lines.is_empty() && stopped.is_none() {
            return Ok(Vec::new());
        }
        let since = stopped.unwrap_or(confirmed);
        let rendered = AccountMail::Missed {
            since,
            lines: &lines,
            more,
        }
        .render(&account.contact, &self.portal_url);
        Ok(vec![Composed::own(account, rendered)])
    }
}

/// Names the kind of a fact as agents know it from their preferences; a validation goes by the same
/// choice as an approval.
fn told(fact: &str) -> &'static str {
    let kind = Kind::parse(if fact == "validationRequested" {
        "approvalRequested"
    } else {
        fact
    });
    kind.map_or("Alerte", label)
}

/// Returns the mail about an agent to one administrator; none once the address works.
pub(crate) fn unreached_mail(
    agent: &Account,
    entity_name: &str,
    administrator: &Account,
    portal_url: &str,
) -> Option<Composed> {
    let found = agent.undeliverable.as_ref()?;
    let name = format!("{} {}", agent.contact.first_name, agent.contact.last_name);
    let mail = AccountMail::Undeliverable {
        agent: &name,
        entity_name,
        cause: found.cause,
        since: found.since,
    };
    let rendered = mail.render(&administrator.contact, portal_url);
    Some(Composed::own(administrator, rendered))
}

/// Returns whether an account may be told whom mails do not reach.
pub(crate) fn is_to_be_told(agent: &Account) -> bool {
    agent.role == Role::Administrator
        && agent.active
        && agent.email_status == EmailStatus::Confirmed
}
