//! Mails about an address that mails do not reach: to those who administer the agent, and to the agent once an address works.

use std::collections::BTreeSet;

use jiff::Timestamp;
use vigie_domain::{
    account::{Account, EmailStatus, Role},
    alert::LeftOut,
    id::{AccountId, ConsultationId, RequestId},
    paris,
    preferences::{Kind, Mode},
    text::one_line,
};
use vigie_platform::{
    mail::{AccountMail, label},
    queue::Failure,
    store::{Delivery, Notice},
};

use crate::{Mailer, account_mail::Composed};

/// Most alerts that the mail about what was missed lists.
const LISTED: usize = 100;

/// Agents read at a time.
const PAGE: i32 = 100;

/// Longest reference, and longest title, in a line of the list, in characters.
const LINE: usize = 120;

impl Mailer {
    /// Composes the mail to every active administrator of the agent's entity and above; nothing once the address works again. Who has
    /// alerts daily is told with them.
    pub(crate) async fn undeliverable(&self, account: &Account, request: &RequestId) -> Result<Vec<Composed>, Failure> {
        let Some(found) = account.undeliverable.as_ref().filter(|found| found.request_id == *request) else { return Ok(Vec::new()) };
        let notice = Notice { agent_id: account.id.clone(), request_id: request.clone(), since: found.since };
        let due = paris::told_daily(found.since, self.clock.now());
        let path = self.store.entity_read_path(&account.entity_id).await?;
        let entity = self.store.entity_read(&account.entity_id).await?;
        let entity_name = entity.as_ref().map_or("", |entity| entity.name.as_str());
        let mut mails = Vec::new();
        for entity in path.ids() {
            let mut after: Option<AccountId> = None;
            loop {
                let (agents, next) = self.store.account_list_of_entity(entity, after.as_ref(), PAGE).await?;
                for administrator in agents.into_iter().filter(|agent| is_to_be_told(agent) && agent.id != account.id) {
                    if administrator.alerts.kinds.with(Mode::Daily).next().is_some() {
                        self.store.notice_write(&administrator.id, &notice, due).await?;
                    } else {
                        mails.extend(unreached_mail(account, entity_name, &administrator, &self.portal_url));
                    }
                }
                after = next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(mails)
    }

    /// Composes the mail about what was skipped since an instant because the address did not work, as far as the agent may see it now.
    pub(crate) async fn missed(&self, account: &Account, since: Timestamp) -> Result<Vec<Composed>, Failure> {
        if account.email_status != EmailStatus::Confirmed || !account.active {
            return Ok(Vec::new());
        }
        let (missed, more) = self.store.delivery_list_skipped(&account.id, since, LeftOut::AddressUndeliverable, LISTED).await?;
        let ids: BTreeSet<ConsultationId> = missed.iter().filter_map(|delivery| delivery.consultation_id.clone()).collect();
        let ids: Vec<_> = ids.into_iter().collect();
        let visible = self.store.sight_filter(account, self.store.consultation_read_each(&ids).await?).await?;
        let line = |delivery: &Delivery| {
            let consultation = visible.iter().find(|consultation| Some(&consultation.id) == delivery.consultation_id.as_ref())?;
            let (reference, title) = (consultation.reference.as_str(), consultation.title.as_str());
            Some(format!("[{}] {}\u{a0}: {}", one_line(reference, LINE), told(&delivery.kind), one_line(title, LINE)))
        };
        let lines: Vec<String> = missed.iter().rev().filter_map(line).collect();
        let rendered = AccountMail::Missed { since, lines: &lines, more }.render(&account.contact, &self.portal_url);
        Ok(vec![Composed::own(account, rendered)])
    }
}

/// Names the kind of a fact as agents know it from their preferences; a validation goes by the same choice as an approval.
fn told(fact: &str) -> &'static str {
    let kind = Kind::parse(if fact == "validationRequested" { "approvalRequested" } else { fact });
    kind.map_or("Alerte", label)
}

/// Returns the mail about an agent to one administrator; none once the address works.
pub(crate) fn unreached_mail(agent: &Account, entity_name: &str, administrator: &Account, portal_url: &str) -> Option<Composed> {
    let found = agent.undeliverable.as_ref()?;
    let name = format!("{} {}", agent.contact.first_name, agent.contact.last_name);
    let mail = AccountMail::Undeliverable { agent: &name, entity_name, cause: found.cause, since: found.since };
    let rendered = mail.render(&administrator.contact, portal_url);
    Some(Composed::own(administrator, rendered))
}

/// Returns whether an account may be told whom mails do not reach.
pub(crate) fn is_to_be_told(agent: &Account) -> bool {
    agent.role == Role::Administrator && agent.active && agent.email_status == EmailStatus::Confirmed
}
