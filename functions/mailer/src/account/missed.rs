//! The mail about what an agent missed while mails did not reach their address.

use std::collections::BTreeSet;

use jiff::Timestamp;
use vigie_aws::queue::Failure;
use vigie_domain::{
    account::{Account, preferences::Kind},
    delivery::Delivery,
    id::ConsultationId,
    text::one_line,
};
use vigie_mail::{AccountMail, label};

use crate::{Mailer, account::composed::Composed};

/// Most alerts that the mail lists.
const LISTED: usize = 100;

/// Longest reference, and longest title, in a line of the list, in characters.
const LINE: usize = 120;

impl Mailer {
    /// Composes the mail about what came back since the address was confirmed before, or was not
    /// sent once mails stopped, as far as the agent may see it now.
    pub(crate) async fn missed(
        &self,
        account: &Account,
        confirmed: Timestamp,
        stopped: Option<Timestamp>,
    ) -> Result<Vec<Composed>, Failure> {
        if account.confirmed_email().is_none() || !account.active {
            return Ok(Vec::new());
        }
        let (missed, more) = self
            .store
            .delivery_list_missed(&account.id, confirmed, LISTED)
            .await?;
        let ids: BTreeSet<ConsultationId> = missed
            .iter()
            .filter_map(|delivery| delivery.consultation_id.clone())
            .collect();
        let ids: Vec<_> = ids.into_iter().collect();
        let visible = self
            .store
            .sight_filter(account, self.store.consultation_read_each(&ids).await?)
            .await?;
        let line = |delivery: &Delivery| {
            let consultation = visible
                .iter()
                .find(|consultation| Some(&consultation.id) == delivery.consultation_id.as_ref())?;
            let (reference, title) = (consultation.reference.as_str(), consultation.title.as_str());
            Some(format!(
                "[{}] {}\u{a0}: {}",
                one_line(reference, LINE),
                told(&delivery.kind),
                one_line(title, LINE)
            ))
        };
        let lines: Vec<String> = missed.iter().rev().filter_map(line).collect();
        if lines.is_empty() && stopped.is_none() {
            return Ok(Vec::new());
        }
        let since = stopped.unwrap_or(confirmed);
        let rendered = AccountMail::Missed {
            since,
            lines: &lines,
            more,
        }
        .render(&account.contact, &self.letterhead);
        Ok(Composed::own(account, rendered).into_iter().collect())
    }
}

/// Names the kind of a fact as agents know it from their preferences; a validation, and a reminder
/// of either, goes by the same choice as an approval.
fn told(fact: &str) -> &'static str {
    let kind = Kind::parse(match fact {
        "validationRequested" | "approvalReminded" | "validationReminded" => "approvalRequested",
        other => other,
    });
    kind.map_or("Alerte", label)
}
