//! Gives what an agent alone follows to somebody who may see it, page by page. Cut short, it goes
//! on where it was: whatever was given is followed by then.

use vigie_aws::queue::Failure;
use vigie_domain::{
    account::{Account, departure::Handover},
    audit::What,
    event::{Event, HandoverDue},
    id::{AccountId, ConsultationId, digest},
};
use vigie_runtime::again::Tries;
use vigie_store::{AuditEntry, Favourite, StoreError};

use crate::Directory;

/// Stars looked at by one message.
const PAGE: i32 = 25;

impl Directory {
    /// Gives a page of what an account alone follows, and hands on where the next begins; at the
    /// end both are told, if anything was given.
    pub(crate) async fn hand_over(&self, due: HandoverDue) -> Result<(), Failure> {
        let after = due.after.as_deref().and_then(read_place);
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let Some(leaver) = self.store.account_read(&due.account_id).await? else {
                return Ok(());
            };
            let handover = leaver.handover.as_ref();
            let Some(handover) = handover.filter(|of| of.request_id == due.request_id) else {
                return Ok(());
            };
            let done = match self.hand_page(&leaver, handover, after.clone()).await {
                Ok(None) => self.end_handover(&leaver.id, handover).await,
                Ok(Some(next)) => return self.hand_next(&due, &next).await,
                Err(e) => Err(e),
            };
            match done {
                // Somebody has changed meanwhile: what they are now decides.
                Err(StoreError::Refused) => {}
                done => return Ok(done?),
            }
        }
    }

    /// Gives a page to the receiver; returns the last star that was looked at, if there are more.
    async fn hand_page(
        &self,
        leaver: &Account,
        handover: &Handover,
        after: Option<Favourite>,
    ) -> Result<Option<Favourite>, StoreError> {
        let receiver = self.store.account_read(&handover.to_account_id).await?;
        let Some(receiver) = receiver.filter(Account::can_receive) else {
            return Ok(None);
        };
        let path = self.store.entity_read_path(&receiver.entity_id).await?;
        if !path.is_in_tree_of(&handover.scope) {
            return Ok(None);
        }
        let (alone, next) = self
            .store
            .handover_list(leaver, &handover.scope, after.as_ref(), PAGE)
            .await?;
        let now = self.clock.now();
        for consultation in self.store.sight_filter(&receiver, alone).await? {
            let id = &consultation.id;
            let stands = self
                .store
                .handover_star(leaver, handover, &receiver, id, now)
                .await?;
            if !stands {
                return Err(StoreError::Refused);
            }
        }
        Ok(next)
    }

    /// Hands on the stars behind the last one that was looked at.
    async fn hand_next(&self, due: &HandoverDue, last: &Favourite) -> Result<(), Failure> {
        let next = format!("{:.3}#{}", last.since, last.consultation_id);
        let rest = HandoverDue {
            event_id: digest(&["handover", due.request_id.as_str(), &next]),
            after: Some(next),
            ..due.clone()
        };
        Ok(self.bus.publish(&[Event::from(rest).into()]).await?)
    }

    /// Ends a handover that was gone through, and tells of it if it gave anything.
    async fn end_handover(
        &self,
        leaver: &AccountId,
        handover: &Handover,
    ) -> Result<(), StoreError> {
        let Some(leaver) = self.store.account_read(leaver).await? else {
            return Ok(());
        };
        let known = leaver.handover.as_ref();
        let Some(known) = known.filter(|of| of.request_id == handover.request_id) else {
            return Ok(());
        };
        let entry = self.handover_entry(&leaver, known).await?;
        self.store.handover_end(&leaver, entry.as_slice()).await
    }

    /// Returns the entry of the audit by which both are told, if anything was given.
    pub(crate) async fn handover_entry(
        &self,
        leaver: &Account,
        handover: &Handover,
    ) -> Result<Option<AuditEntry>, StoreError> {
        if !handover.given {
            return Ok(None);
        }
        let path = self.store.entity_read_path(&leaver.entity_id).await?;
        let record = handover.record(What::AgentHandedOver, leaver, self.clock.now());
        let told = [handover.to_account_id.clone()];
        Ok(path
            .root()
            .map(|root| AuditEntry::new(root, record).telling(told)))
    }
}

/// Reads the star to go on after.
fn read_place(place: &str) -> Option<Favourite> {
    let (since, id) = place.split_once('#')?;
    Some(Favourite {
        consultation_id: ConsultationId::parse(id).ok()?,
        since: since.parse().ok()?,
        automatic: None,
    })
}
