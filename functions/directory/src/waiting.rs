//! Consultations that wait for somebody whom they name, or for their entity: each is told when that
//! comes. They are found here, so that a first load of everybody stands before no tender.

use vigie_aws::queue::Failure;
use vigie_domain::{
    consultation::person::{Name, Wait},
    event::{AccountNamed, AwaitedCame, EntityCame, Event},
    id::{ConsultationId, digest},
};
use vigie_store::StoreError;

use crate::Directory;

/// Most consultations that one message tells.
const TOLD: i32 = 100;

impl Directory {
    /// Tells a page of those that wait for an account by one of its names, and hands on where the
    /// next begins.
    pub(crate) async fn account_named(&self, event: AccountNamed) -> Result<(), Failure> {
        if event.after.is_none() {
            self.may_succeed(&event.account_id).await?;
        }
        let Some(wait) = self.wait_of(&event).await? else {
            return Ok(());
        };
        let next = self.tell(&wait, event.after.clone()).await?;
        let rest = next.map(|next| AccountNamed {
            event_id: digest(&["named", event.account_id.as_str(), &next]),
            after: Some(next),
            ..event
        });
        self.hand_on(rest.map(Event::from)).await
    }

    /// Tells a page of those that wait for an entity, and hands on where the next begins.
    pub(crate) async fn entity_came(&self, event: EntityCame) -> Result<(), Failure> {
        let wait = Wait::entity(&event.entity_id);
        let next = self.tell(&wait, event.after.clone()).await?;
        let rest = next.map(|next| EntityCame {
            event_id: digest(&["came", event.entity_id.as_str(), &next]),
            after: Some(next),
            ..event
        });
        self.hand_on(rest.map(Event::from)).await
    }

    /// Returns what is waited for until an account has its name, if it still has it.
    async fn wait_of(&self, event: &AccountNamed) -> Result<Option<Wait>, StoreError> {
        let Some(account) = self.store.account_read(&event.account_id).await? else {
            return Ok(None);
        };
        let path = self.store.entity_read_path(&account.entity_id).await?;
        let address = || account.confirmed_address().map(Name::Address);
        let name = event.agent.clone().map(Name::Agent).or_else(address);
        let named = name.zip(path.root());
        Ok(named.map(|(name, root)| Wait::name(&name, root)))
    }

    async fn tell(&self, wait: &Wait, after: Option<String>) -> Result<Option<String>, Failure> {
        let page = self.store.waiting_list(wait, after, TOLD).await?;
        let told = |consultation_id: ConsultationId| {
            let came = AwaitedCame {
                event_id: digest(&["awaited", consultation_id.as_str(), wait.as_str()]),
                consultation_id,
                wait: wait.clone(),
            };
            Event::from(came).into()
        };
        let told: Vec<_> = page.items.into_iter().map(told).collect();
        self.bus.publish(&told).await?;
        Ok(page.next)
    }

    async fn hand_on(&self, rest: Option<Event>) -> Result<(), Failure> {
        let rest: Vec<_> = rest.into_iter().map(Into::into).collect();
        Ok(self.bus.publish(&rest).await?)
    }
}
