//! Mails that share a template, in calls as large as the rate allows. Each call is settled before
//! the next is made.

use std::collections::VecDeque;

use vigie_aws::{
    queue::Failure,
    ses::{Answer, Entry, Malformed, Shared},
};
use vigie_domain::id::AccountId;
use vigie_store::{StoreError, Subject};

use crate::send::{Sender, no_time_left, settle::Open};

/// Tries of a mail that SES throttled, before the message goes back to the queue.
const TRIES: u32 = 3;

/// Calls that may be refused for what is in them before one is taken: a chunk, its halves, quarters
/// and eighths. If it is none of those, it is not a mail's fault.
const PIECES: usize = 15;

/// Mails about one subject, whose deliveries are claimed.
pub(crate) struct Bulk<'a> {
    pub sender: Sender<'a>,
    pub subject: &'a Subject,
    pub shared: Shared<'a>,
}

/// A mail of a bulk, and whose delivery it makes.
pub(crate) struct Addressed {
    pub account: AccountId,
    pub entry: Entry,
}

impl Bulk<'_> {
    /// Sends all, and settles each by SES's own word. Fails while some may still have to be sent.
    pub(crate) async fn send(&self, mails: Vec<Addressed>) -> Result<(), Failure> {
        let mut open = Open::default();
        let mut waiting = mails;
        for attempt in 1..=TRIES {
            let mut throttled = Vec::new();
            while !waiting.is_empty() {
                let rest = waiting.split_off(waiting.len().min(self.sender.pace.together()));
                throttled.extend(self.chunk(waiting, attempt < TRIES, &mut open).await?);
                waiting = rest;
            }
            waiting = throttled;
            if waiting.is_empty() {
                break;
            }
            self.sender.pace.back_off(attempt).await;
        }
        open.end()
    }

    /// Sends a few, halved as long as SES refuses a call for what is in it, until the bad one
    /// stands alone. Returns those that SES throttled, if they may be tried again.
    async fn chunk(
        &self,
        chunk: Vec<Addressed>,
        again: bool,
        open: &mut Open,
    ) -> Result<Vec<Addressed>, StoreError> {
        let (mut pieces, mut alone, mut throttled) =
            (VecDeque::from([chunk]), Vec::new(), Vec::new());
        let (mut refused, mut taken) = (0, false);
        while let Some(mut piece) = pieces.pop_front() {
            match self.call(&piece).await {
                Ok(answers) => {
                    taken |= answers
                        .iter()
                        .any(|answer| matches!(answer, Answer::Accepted(_)));
                    let (later, answered): (Vec<_>, Vec<_>) = piece
                        .into_iter()
                        .zip(answers)
                        .partition(|(_, answer)| again && matches!(answer, Answer::NotNow(_)));
                    *open |= self.settle(answered).await?;
                    throttled.extend(later.into_iter().map(|(mail, _)| mail));
                }
                Err(malformed) => {
                    refused += 1;
                    let given_up = refused >= PIECES && !taken;
                    if given_up {
                        piece.extend(pieces.drain(..).flatten());
                    }
                    if given_up || piece.len() == 1 {
                        alone.extend(piece.into_iter().map(|mail| (mail, malformed.0.clone())));
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
        let alone = alone.into_iter().map(|(mail, code)| (mail, answer(code)));
        *open |= self.settle(alone.collect()).await?;
        Ok(throttled)
    }

    /// Makes one call when it is this worker's turn.
    async fn call(&self, mails: &[Addressed]) -> Result<Vec<Answer>, Malformed> {
        if !self.sender.turn(mails.len()).await {
            return Ok(vec![no_time_left(); mails.len()]);
        }
        let entries = mails.iter().map(|mail| mail.entry.clone()).collect();
        self.sender.ses.send_bulk(&self.shared, entries).await
    }

    /// Settles a call before another one is made: a mail that SES accepted is not sent again,
    /// whatever happens next.
    async fn settle(&self, answers: Vec<(Addressed, Answer)>) -> Result<Open, StoreError> {
        let (mails, answers): (Vec<_>, Vec<_>) = answers.into_iter().unzip();
        let makes: Vec<_> = mails
            .iter()
            .map(|mail| [(self.subject, &mail.account)])
            .collect();
        let makes = makes.iter().map(<[_; 1]>::as_slice);
        self.sender.settle(makes.zip(answers)).await
    }
}
