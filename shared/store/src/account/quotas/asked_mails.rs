//! Fate of mails that somebody else asked for: complaints stop that kind of mail and nothing else,
//! bounces count against whoever asked.

use jiff::Timestamp;
use vigie_domain::{
    contact::email::Email,
    delivery::{
        Delivery, DeliveryState,
        asked::Asked,
        feedback::{Feedback, OfAsked, Verdict},
    },
    id::AccountId,
    quota::{AFTER_BOUNCES, AFTER_COMPLAINT, BOUNCES, Ledger, OF_INVITATIONS, too_many_bounced},
};

use crate::{
    Result, Store, StoreError,
    account::quotas::Allowed,
    table::{
        item, keys,
        transaction::{Expression, PRESENT},
    },
};

/// Counters of an organisation's invitations.
const SENT: &str = "sent";
const BOUNCED: &str = "bounced";

impl Store {
    /// Stops what somebody called unwanted: that kind of mail, and no alert. What goes to people
    /// with an account is theirs to allow again; what goes to a mailbox, whoever has it, is refused
    /// for a while.
    pub async fn asked_refuse(
        &self,
        feedback: &Feedback,
        asked: &OfAsked,
        address: &Email,
    ) -> Result<()> {
        let refused = match asked.mail {
            Asked::LinkRequest => {
                self.account_refuse_link_requests(&feedback.account, true)
                    .await
            }
            Asked::Delegation => {
                self.account_refuse_delegations(&feedback.account, true)
                    .await
            }
            mail => match asked.share {
                // What its owner asked for, and a new customer's invitation, are withheld by
                // nothing.
                None | Some("owner" | "portal") => Ok(()),
                Some(share) => {
                    self.quota_refuse(
                        &address.mailbox(),
                        share,
                        mail,
                        feedback.at + AFTER_COMPLAINT,
                    )
                    .await
                }
            },
        };
        match refused {
            // Erased since.
            Err(StoreError::Refused) => Ok(()),
            done => done,
        }
    }

    /// Says whether an account may be asked to be linked.
    pub async fn account_refuse_link_requests(
        &self,
        account: &AccountId,
        refuses: bool,
    ) -> Result<()> {
        let update = Expression::update("SET refusesLinkRequests = :refuses")
            .when(PRESENT)
            .value(":refuses", item::value(&refuses)?);
        self.update(&keys::account(account), update).await
    }

    /// Says whether an account may be asked to stand in.
    pub async fn account_refuse_delegations(
        &self,
        account: &AccountId,
        refuses: bool,
    ) -> Result<()> {
        let update = Expression::update("SET refusesDelegations = :refuses")
            .when(PRESENT)
            .value(":refuses", item::value(&refuses)?);
        self.update(&keys::account(account), update).await
    }

    /// Counts a mail that came back for good against whoever asked for it. A request to be linked
    /// goes only where an address was confirmed, so that it counts against nobody: what its asker
    /// may do must not tell that it went.
    pub async fn asked_count_bounce(
        &self,
        feedback: &Feedback,
        asked: &OfAsked,
        address: &Email,
    ) -> Result<()> {
        match (asked.mail, &asked.organisation) {
            // Its owner did not ask.
            (Asked::Confirmation, _) if asked.share == Some("portal") => Ok(()),
            // An administrator set it: it counts as the organisation's.
            (Asked::Invitation | Asked::Confirmation, Some(organisation)) => {
                let known: Option<Delivery> = self
                    .get(
                        &keys::delivery(&feedback.account, &feedback.delivery),
                        "delivery",
                    )
                    .await?;
                if known.is_some_and(|known| known.state == DeliveryState::Bounced) {
                    return Ok(());
                }
                self.quota_count(&keys::invited(organisation, BOUNCED), feedback.at)
                    .await
            }
            (Asked::Confirmation, None) => self.count_against(feedback, address).await,
            _ => Ok(()),
        }
    }

    /// Counts it with the account that asked for an address that is not its own. The same mail
    /// again counts once.
    async fn count_against(&self, feedback: &Feedback, address: &Email) -> Result<()> {
        debug_assert_eq!(
            feedback.verdict,
            Verdict::Bounced,
            "only what comes back for good counts"
        );
        let Some(asker) = self.account_read(&feedback.account).await? else {
            return Ok(());
        };
        let mut bounces = asker.asked_bounces.clone();
        if asker.contact.email.as_ref() == Some(address)
            || bounces
                .take(&feedback.delivery, 1, feedback.at, &BOUNCES)
                .is_err()
        {
            return Ok(());
        }
        if bounces == asker.asked_bounces {
            return Ok(());
        }
        let update = Expression::update("SET askedBounces = :bounces")
            .value(":bounces", item::value(&bounces)?);
        let update = if asker.asked_bounces.is_empty() {
            update.when("attribute_exists(pk) AND attribute_not_exists(askedBounces)")
        } else {
            update
                .when("askedBounces = :before")
                .value(":before", item::value(&asker.asked_bounces)?)
        };
        match self.update(&keys::account(&asker.id), update).await {
            // Another one was counted at the same time: the message comes back.
            Err(StoreError::Refused) => Err(StoreError::Conflict),
            done => done,
        }
    }

    /// Counts an invitation that an organisation sent.
    pub async fn invitation_count_sent(&self, organisation: &str, now: Timestamp) -> Result<()> {
        self.quota_count(&keys::invited(organisation, SENT), now)
            .await
    }

    /// Returns whether an organisation may send invitations, or when to look again: not while too
    /// many of a day came back.
    pub async fn invitation_allow(&self, organisation: &str, now: Timestamp) -> Result<Allowed> {
        let counted = async |counter| -> Result<usize> {
            let minutes = self
                .quota_read_counted(&keys::invited(organisation, counter))
                .await?;
            Ok(Ledger::of_minutes(minutes.into_iter()).taken_within(OF_INVITATIONS, now))
        };
        let bounced = counted(BOUNCED).await?;
        if bounced == 0 || !too_many_bounced(counted(SENT).await?, bounced) {
            return Ok(Ok(()));
        }
        Ok(Err(now + AFTER_BOUNCES))
    }
}
