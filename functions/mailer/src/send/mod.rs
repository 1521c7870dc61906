//! The one way to a mail: its deliveries are claimed, the worker waits for its turn, SES is asked,
//! and its answer is settled. Whoever has something to send composes it and says whose deliveries
//! it makes. See docs/decisions/003-deliveries.md.

pub(crate) mod bulk;
pub(crate) mod headers;
pub(crate) mod pace;
mod settle;

use vigie_aws::{
    queue::Failure,
    ses::{Answer, Header, Parts, Ses, Tag},
};
use vigie_domain::{contact::email::Email, id::AccountId};
use vigie_mail::Rendered;
use vigie_runtime::clock::{Clock, Instant};
use vigie_store::{Claim, Store, StoreError, Subject, WantedDelivery};

use crate::send::pace::Pace;

/// One receive of a message, by which mails are sent.
#[derive(Clone, Copy)]
pub(crate) struct Sender<'a> {
    pub store: &'a Store,
    pub ses: &'a Ses,
    pub clock: &'a Clock,
    pub pace: &'a Pace,
    /// True if the message does not come back after this one.
    pub last: bool,
    /// After this no call of SES is begun, whatever was waited for: the function has to record what
    /// the last one did.
    pub until: Instant,
}

/// Fate of the claims of a mail.
pub(crate) struct Claimed<T> {
    /// This worker's to send.
    pub mine: Vec<T>,
    /// Sent, skipped or refused for good before.
    pub done: Vec<T>,
    /// True if another worker holds some.
    pub busy: bool,
}

impl<T> Claimed<T> {
    /// Sorts what was wanted by its claims, which are in the same order.
    pub(crate) fn of(wanted: Vec<T>, claims: &[Claim]) -> Self {
        let (mut mine, mut done) = (Vec::with_capacity(wanted.len()), Vec::new());
        for (wanted, claim) in wanted.into_iter().zip(claims) {
            match claim {
                Claim::Acquired => mine.push(wanted),
                Claim::Done => done.push(wanted),
                Claim::Busy => {}
            }
        }
        Self {
            mine,
            done,
            busy: claims.contains(&Claim::Busy),
        }
    }
}

/// Hands a message back while another worker holds some of it: that one may die.
pub(crate) fn unless_busy(busy: bool) -> Result<(), Failure> {
    if busy {
        Err(Failure::Retry("somebody else is sending".to_owned()))
    } else {
        Ok(())
    }
}

/// Names a delivery that is claimed: what is told, and to whom.
pub(crate) type DeliveryName<'a> = (&'a Subject, &'a AccountId);

/// A mail to one address.
pub(crate) struct Mail<'a> {
    pub to: &'a Email,
    pub rendered: &'a Rendered,
    pub headers: Vec<Header>,
    pub tags: Vec<Tag>,
}

impl Sender<'_> {
    /// Claims deliveries, to send them or to record why not. The answers are in their order.
    pub(crate) async fn claim(
        &self,
        wanted: &[WantedDelivery<'_>],
    ) -> Result<Vec<Claim>, StoreError> {
        self.store
            .delivery_claim_each(wanted, self.clock.now())
            .await
    }

    /// Sends a mail whose deliveries are claimed, and settles them. Returns whether SES took it;
    /// fails while it may still have to be sent.
    pub(crate) async fn send(
        &self,
        mail: Mail<'_>,
        makes: &[DeliveryName<'_>],
    ) -> Result<bool, Failure> {
        let Mail {
            to,
            rendered,
            headers,
            tags,
        } = mail;
        let parts = Parts {
            subject: &rendered.subject,
            text: &rendered.text,
            html: &rendered.html,
        };
        let answer = if self.turn(1).await {
            self.ses.send(to, parts, headers, tags).await
        } else {
            no_time_left()
        };
        let accepted = matches!(answer, Answer::Accepted(_));
        self.settle([(makes, answer)]).await?.end()?;
        Ok(accepted)
    }

    /// Waits for this worker's turn and takes it for so many mails; false if it comes too late for
    /// the message.
    async fn turn(&self, mails: usize) -> bool {
        let in_time = self.pace.wait_by(self.until).await;
        if in_time {
            self.pace.book(mails);
        }
        in_time
    }
}

/// Stands for SES's answer to a call that was not made.
fn no_time_left() -> Answer {
    Answer::NotAsItIs("no time left".to_owned())
}
