//! What became of the mails that SES accepted.

use vigie_feedback::FeedbackOfMails;
use vigie_platform::runtime::{self, Error};

fn main() -> Result<(), Error> {
    runtime::consumer(FeedbackOfMails::new)
}
