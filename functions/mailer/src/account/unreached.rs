//! The list by which an administrator is told whom mails do not reach: of those that followed
//! within an hour on the first.

use std::collections::{BTreeMap, BTreeSet};

use vigie_aws::queue::Failure;
use vigie_domain::{
    account::{Account, unreached::Agents},
    event::{self, AccountMailDue, Rejected, mail::AccountMailKind},
    id::{AccountId, EntityId, RequestId},
};
use vigie_mail::{AccountMail, unreached_line};
use vigie_runtime::ids;

use crate::{
    Mailer,
    account::{composed::Composed, undeliverable::is_to_be_told},
    send::Sender,
};

impl Mailer {
    /// Tells an administrator of those collected, judged now: the address is still dead, and the
    /// agent still theirs. Cut short, it goes on with the same list.
    pub(crate) async fn unreached(
        &self,
        administrator: &Account,
        sender: Sender<'_>,
    ) -> Result<(), Failure> {
        while let Some(telling) = self
            .store
            .unreached_begin(&administrator.id, &ids::request(), self.clock.now())
            .await?
        {
            let lines = self.lines(administrator, &telling.agents).await?;
            let more = if is_to_be_told(administrator) {
                telling.agents.more
            } else {
                0
            };
            if !lines.is_empty() || more > 0 {
                let rendered = AccountMail::Unreached {
                    lines: &lines,
                    more,
                }
                .render(&administrator.contact, &self.letterhead);
                let (to, of) = (&administrator.id, &telling.id);
                let due = AccountMailDue::new(of.as_str(), to, AccountMailKind::Unreached, of);
                if let Some(composed) = Composed::own(administrator, rendered) {
                    self.send_composed(&due, composed, sender).await?;
                }
            }
            self.store
                .unreached_end(&administrator.id, &telling.id)
                .await?;
        }
        Ok(())
    }

    /// Returns a line about each agent that is to be told of, by their names.
    async fn lines(
        &self,
        administrator: &Account,
        agents: &Agents,
    ) -> Result<Vec<String>, Failure> {
        if !is_to_be_told(administrator) {
            return Ok(Vec::new());
        }
        let ids: Vec<_> = agents.known.keys().cloned().collect();
        let (accounts, mut unclear) = self.store.account_find(&ids).await?;
        let dead = |agent: &&Account| {
            agent.undeliverable.as_ref().map(|found| &found.request_id)
                == agents.known.get(&agent.id)
        };
        let dead: Vec<_> = accounts.values().filter(dead).collect();
        let entities: BTreeSet<EntityId> =
            dead.iter().map(|agent| agent.entity_id.clone()).collect();
        let (paths, names) = (
            self.store.entity_find_paths(&entities).await?,
            self.store.entity_read_each(&entities).await?,
        );
        let mut lines = Vec::with_capacity(dead.len());
        for agent in dead {
            match paths.get(&agent.entity_id) {
                None => drop(unclear.insert(agent.id.clone())),
                Some(path) if path.ids().contains(&administrator.entity_id) => {
                    let name = agent.contact.full_name();
                    let entity = names
                        .get(&agent.entity_id)
                        .map_or("", |entity| entity.name.as_str());
                    lines.extend(
                        agent
                            .undeliverable
                            .as_ref()
                            .map(|found| unreached_line(&name, entity, found.cause, found.since)),
                    );
                }
                Some(_) => {}
            }
        }
        lines.sort();
        self.keep_unclear(&agents.known, &unclear).await?;
        Ok(lines)
    }

    /// Keeps the notices about agents who cannot be read where rejected events are kept: sent again
    /// once that is mended, they are told.
    async fn keep_unclear(
        &self,
        known: &BTreeMap<AccountId, RequestId>,
        unclear: &BTreeSet<AccountId>,
    ) -> Result<(), Failure> {
        let event = |(agent, request): (&AccountId, &RequestId)| {
            let again = AccountMailDue {
                attempt: 2,
                ..AccountMailDue::new(
                    request.as_str(),
                    agent,
                    AccountMailKind::Undeliverable,
                    request,
                )
            };
            let rejected = Rejected::of("accounts that cannot be read", &again.into());
            event::Event::from(rejected).into()
        };
        let kept: Vec<_> = known
            .iter()
            .filter(|(agent, _)| unclear.contains(*agent))
            .map(event)
            .collect();
        Ok(self.bus.publish(&kept).await?)
    }
}
