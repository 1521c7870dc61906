//! People whom consultations name by the portal's own names. Who is known has their place when the
//! consultation is saved. The others have it once they come, and so has another account that
//! becomes an agent's: it is written which consultations wait for them before they are looked up a
//! last time, so that none is missed.

use std::collections::BTreeSet;

use serde_json::json;
use vigie_aws::queue::Failure;
use vigie_domain::{
    consultation::{
        Consultation,
        person::{Name, Wait},
    },
    id::{AccountId, ConsultationId},
};
use vigie_runtime::{
    again::{Tries, unless_refused},
    log,
};
use vigie_store::StoreError;

use crate::Consultations;

impl Consultations {
    /// Puts those whom a consultation names and who are known by now into their places, gives its
    /// author the star that they would have had at the first save, and ends the waits that are
    /// over, those in `ended` among them. An agent's name waits as long as the consultation names
    /// them: it may become another account's. A consultation that cannot be read waits on.
    pub(crate) async fn settle(
        &self,
        id: &ConsultationId,
        ended: BTreeSet<Wait>,
    ) -> Result<(), Failure> {
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let read = match self.store.naming_read(id).await {
                Err(StoreError::Corrupt(..)) => {
                    set_aside(id);
                    return Ok(());
                }
                read => read?,
            };
            let Some(read) = read else {
                let over = self.store.waiting_end(id, None, &ended).await;
                if unless_refused(over)?.is_some() {
                    return Ok(());
                }
                continue;
            };
            let now = &read.consultation;
            let (after, starred) = self.look_up(now, read.star.as_ref()).await?;
            let starred = starred.filter(|has| read.starred.as_ref() != Some(has));
            if after != *now || starred.is_some() {
                let written =
                    self.store
                        .naming_write(&read, &after, starred.as_ref(), self.clock.now());
                if unless_refused(written.await)?.is_some() {
                    tries = Tries::default();
                }
                continue;
            }
            if !read.owed.is_empty() {
                self.give_owed(now, read.owed.clone()).await?;
            }
            let ended = ended.difference(&now.waits()).cloned().collect();
            let over = self.store.waiting_end(id, Some(now), &ended).await;
            if unless_refused(over)?.is_some() {
                return Ok(());
            }
        }
    }

    /// Returns a consultation with those whom it names and who are known by now in their places.
    pub(crate) async fn look_up(
        &self,
        consultation: &Consultation,
        star: Option<&Name>,
    ) -> Result<(Consultation, Option<AccountId>), StoreError> {
        let awaited = &consultation.awaited;
        if awaited.is_empty() && star.is_none() {
            return Ok((consultation.clone(), None));
        }
        let mut organisation = awaited.organisation.clone();
        if organisation.is_none() {
            let path = self.store.entity_read_path(&consultation.entity_id).await?;
            let known = path.root().filter(|_| !consultation.is_elsewhere(&path));
            organisation = known.cloned();
        }
        let Some(organisation) = organisation else {
            return Ok((consultation.clone(), None));
        };
        let names = awaited.names().chain(star.cloned());
        let names = names.map(|name| name.within(&organisation)).collect();
        let known = self.store.name_find(&names, &organisation).await?;
        let starred = star.and_then(|star| known.get(&star.within(&organisation)).cloned());
        Ok((consultation.knowing(&organisation, &known), starred))
    }
}

fn set_aside(id: &ConsultationId) {
    log::error(
        "an item that cannot be read is set aside",
        json!({"item": "consultation", "consultationId": id}),
    );
    log::count("UnreadableItem", 1);
}
