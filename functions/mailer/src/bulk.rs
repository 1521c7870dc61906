//! Sends an alert to the agents whose delivery is claimed, in calls as large as the rate allows.
//! Each call is recorded before the next is made.

use std::collections::VecDeque;

use vigie_aws::{
    queue::Failure,
    ses::{Answer, Malformed, Parts, Shared},
};
use vigie_mail as mail;
use vigie_store::{Outcome, StoreError, Subject};

use crate::{
    Mailer, headers,
    outcome::outcome,
    receive::{Receive, no_time_left},
    recipient::{Links, Recipient, entry},
};

/// Tries of a mail that SES throttled, before the message goes back to the queue.
const TRIES: u32 = 3;

/// Calls that may be refused for what is in them before one is taken: a chunk, its halves, quarters
/// and eighths. If it is none of those, it is not a mail's fault.
const PIECES: usize = 15;

/// One alert on its way.
pub(crate) struct Bulk<'a> {
    pub mailer: &'a Mailer,
    pub alert: &'a mail::Alert,
    pub subject: &'a Subject,
    pub links: &'a Links<'a>,
    pub receive: Receive,
}

/// The mails still open when all that could be sent was sent.
#[derive(Default)]
struct Open {
    unknown: bool,
    not_now: bool,
}

impl Bulk<'_> {
    /// Sends to all, and records each by SES's own word. Fails while some may still have to be
    /// sent.
    pub(crate) async fn send(&self, held: Vec<Recipient>) -> Result<(), Failure> {
        let (template, data) = (self.alert.template(), self.alert.shared());
        let shared = Shared {
            parts: Parts {
                subject: template.subject,
                text: template.text,
                html: template.html,
            },
            data: &data,
            headers: headers::thread(&self.mailer.portal_url, self.links.consultation),
        };
        let mut open = Open::default();
        let mut waiting = held;
        for attempt in 1..=TRIES {
            let mut throttled = Vec::new();
            while !waiting.is_empty() {
                let rest = waiting.split_off(waiting.len().min(self.mailer.pace.together()));
                throttled.extend(
                    self.chunk(&shared, waiting, attempt < TRIES, &mut open)
                        .await?,
                );
                waiting = rest;
            }
            waiting = throttled;
            if waiting.is_empty() {
                break;
            }
            self.mailer.pace.back_off(attempt).await;
        }
        match open {
            Open {
                unknown: false,
                not_now: false,
            } => Ok(()),
            Open { unknown: true, .. } => Err(Failure::Retry("SES did not answer".to_owned())),
            Open {
                unknown: false,
                not_now: true,
            } => Err(Failure::Retry("SES cannot send now".to_owned())),
        }
    }

    /// Sends to a few, halved as long as SES refuses a call for what is in it, until the bad one
    /// stands alone. Returns whom SES throttled, if they may be tried again.
    async fn chunk(
        &self,
        shared: &Shared<'_>,
        chunk: Vec<Recipient>,
        again: bool,
        open: &mut Open,
    ) -> Result<Vec<Recipient>, StoreError> {
        let (mut pieces, mut alone, mut throttled) =
            (VecDeque::from([chunk]), Vec::new(), Vec::new());
        let (mut refused, mut taken) = (0, false);
        while let Some(mut piece) = pieces.pop_front() {
            match self.call(shared, &piece).await {
                Ok(answers) => {
                    taken |= answers
                        .iter()
                        .any(|answer| matches!(answer, Answer::Accepted(_)));
                    throttled.extend(
                        self.record(piece.into_iter().zip(answers), again, open)
                            .await?,
                    );
                }
                Err(malformed) => {
                    refused += 1;
                    let given_up = refused >= PIECES && !taken;
                    if given_up {
                        piece.extend(pieces.drain(..).flatten());
                    }
                    if given_up || piece.len() == 1 {
                        alone.extend(piece.into_iter().map(|to| (to, malformed.0.clone())));
                    } else {
                        let half = piece.split_off(piece.len() / 2);
                        pieces.extend([piece, half]);
                    }
                }
            }
        }
        // While SES takes nobody's mail, a refusal says nothing about any one recipient.
        let answer = |code| {
            if taken {
                Answer::Refused(code)
            } else {
                Answer::NotAsItIs(code)
            }
        };
        self.record(
            alone.into_iter().map(|(to, code)| (to, answer(code))),
            false,
            open,
        )
        .await?;
        Ok(throttled)
    }

    /// Makes one call when it is this worker's turn.
    async fn call(
        &self,
        shared: &Shared<'_>,
        recipients: &[Recipient],
    ) -> Result<Vec<Answer>, Malformed> {
        if !self.mailer.pace.wait_by(self.receive.until).await {
            return Ok(vec![no_time_left(); recipients.len()]);
        }
        let entries: Vec<_> = recipients
            .iter()
            .map(|to| entry(self.alert, self.subject, self.links, to))
            .collect();
        self.mailer.pace.book(entries.len());
        self.mailer.ses.send_bulk(shared, entries).await
    }

    /// Records a call before another one is made: a mail that SES accepted is not sent again,
    /// whatever happens next. Returns the recipients whom SES throttled, if they may be tried
    /// again.
    async fn record(
        &self,
        answers: impl Iterator<Item = (Recipient, Answer)>,
        again: bool,
        open: &mut Open,
    ) -> Result<Vec<Recipient>, StoreError> {
        let (mut throttled, mut outcomes) = (Vec::new(), Vec::new());
        for (to, answer) in answers {
            match answer {
                Answer::NotNow(_) if again => throttled.push(to),
                Answer::Unknown if !self.receive.last => open.unknown = true,
                answer => outcomes.push((to.account.id, outcome(answer, self.receive.last))),
            }
        }
        open.not_now |= outcomes
            .iter()
            .any(|(_, outcome): &(_, Outcome)| outcome.is_open());
        if !outcomes.is_empty() {
            self.mailer
                .store
                .delivery_settle(self.subject, &outcomes)
                .await?;
        }
        Ok(throttled)
    }
}
