//! Takes SES's feedback on the mails that it accepted.

use vigie_feedback::FeedbackOfMails;
use vigie_platform::runtime::{self, Error};

fn main() -> Result<(), Error> {
    runtime::consumer(FeedbackOfMails::new)
}
