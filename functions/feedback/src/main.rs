//! Takes SES's feedback on the mails that it accepted.

use vigie_feedback::FeedbackOfMails;
use vigie_runtime::Error;

fn main() -> Result<(), Error> {
    vigie_aws::run(FeedbackOfMails::new)
}
