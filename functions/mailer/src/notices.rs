//! Notices to an administrator whose alerts come daily, told with them: agents whom mails do not reach.

use jiff::civil::Date;
use vigie_domain::{account::Account, paris};
use vigie_platform::{
    mail::unreached_line,
    queue::Failure,
    store::{Notice, Snapshot, Subject},
};

use crate::{
    Handled, Mailer,
    account_mail::AccountMailDue,
    undeliverable::{is_to_be_told, unreached_mail},
};

/// An agent whom mails do not reach, to be told now.
pub(crate) struct Unreached {
    pub over: Snapshot,
    pub subject: Subject,
    pub line: String,
    notice: Notice,
}

impl Mailer {
    /// Returns what an administrator is told today, judged again: the address is still dead, and the agent still theirs.
    pub(crate) async fn unreached(&self, administrator: &Account, today: Date) -> Result<Vec<Unreached>, Failure> {
        let (mut told, mut over) = (Vec::new(), Vec::new());
        for (snapshot, notice) in self.store.notice_list(&administrator.id).await? {
            if paris::day(notice.since) >= today {
                continue;
            }
            match self.line(administrator, &notice).await? {
                Some(line) => told.push(Unreached { over: snapshot, subject: due(&notice).subject(), line, notice }),
                None => over.push(snapshot),
            }
        }
        self.store.snapshot_delete(&over).await?;
        Ok(told)
    }

    async fn line(&self, administrator: &Account, notice: &Notice) -> Result<Option<String>, Failure> {
        let Some(agent) = self.store.account_read(&notice.agent_id).await? else { return Ok(None) };
        let Some(found) = agent.undeliverable.as_ref().filter(|found| found.request_id == notice.request_id) else { return Ok(None) };
        if !is_to_be_told(administrator) || !self.store.entity_read_path(&agent.entity_id).await?.ids().contains(&administrator.entity_id) {
            return Ok(None);
        }
        let entity = self.store.entity_read(&agent.entity_id).await?;
        let name = format!("{} {}", agent.contact.first_name, agent.contact.last_name);
        Ok(Some(unreached_line(&name, entity.as_ref().map_or("", |entity| entity.name.as_str()), found.cause, found.since)))
    }

    /// Tells by mails of their own what no daily mail could take along.
    pub(crate) async fn tell_alone(&self, administrator: &Account, unreached: Vec<Unreached>, last: bool) -> Result<Handled, Failure> {
        let mut handled = Handled::Done;
        for Unreached { over, notice, .. } in unreached {
            let Some(agent) = self.store.account_read(&notice.agent_id).await? else { continue };
            let entity = self.store.entity_read(&agent.entity_id).await?;
            let entity_name = entity.as_ref().map_or("", |entity| entity.name.as_str());
            let Some(composed) = unreached_mail(&agent, entity_name, administrator, &self.portal_url) else { continue };
            self.account_pace.wait().await;
            match self.send_composed(&due(&notice), composed, last).await? {
                Handled::Done => self.store.snapshot_delete(&[over]).await?,
                Handled::Busy => handled = Handled::Busy,
            }
        }
        Ok(handled)
    }
}

/// The mail of its own that a notice stands for.
fn due(notice: &Notice) -> AccountMailDue {
    AccountMailDue::undeliverable(notice.agent_id.clone(), notice.request_id.clone())
}
