//! One receive of a message, and the time that it has.

use vigie_aws::ses::{Answer, Header, Parts, Tag};
use vigie_domain::contact::email::Email;
use vigie_runtime::clock::{self, Instant};

use crate::{Mailer, pace::Pace};

/// One receive of a message, and its limits.
#[derive(Clone, Copy)]
pub(crate) struct Receive {
    /// True if it is the last.
    pub last: bool,
    /// After this no call of SES is begun, whatever was waited for: the function has to record what
    /// the last one did.
    pub until: Instant,
}

impl Mailer {
    /// Sends a mail of its own, if there is time left for it.
    pub(crate) async fn send(
        &self,
        receive: Receive,
        pace: &Pace,
        to: &Email,
        parts: Parts<'_>,
        headers: Vec<Header>,
        tags: Vec<Tag>,
    ) -> Answer {
        if clock::instant() > receive.until {
            return no_time_left();
        }
        pace.book(1);
        self.ses.send(to, parts, headers, tags).await
    }
}

/// Stands for SES's answer to a call that was not made.
pub(crate) fn no_time_left() -> Answer {
    Answer::NotAsItIs("no time left".to_owned())
}
