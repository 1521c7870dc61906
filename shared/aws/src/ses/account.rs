//! The account at SES, which all of its stacks share.

use std::time::Duration;

use aws_sdk_sesv2::Client;
use serde_json::json;
use vigie_domain::delivery::daily_quota::DailyQuota;
use vigie_runtime::{clock, log};

/// Time for SES's answer: measuring must not keep anybody from their work.
const PATIENCE: Duration = Duration::from_secs(2);

/// The account, for who asks and sends nothing.
#[derive(Clone, Debug)]
pub struct SesAccount(pub Client);

impl SesAccount {
    /// Measures how much of its daily quota the account has used (`DailyQuotaUsed`) and how many
    /// mails are left (`DailyQuotaLeft`). Where SES does not answer, nothing is measured.
    pub async fn measure_daily_quota(&self) {
        let asked = self.0.get_account().send();
        let Some(Ok(account)) = clock::within(PATIENCE, asked).await else {
            log::info("SES does not tell the daily quota", json!({}));
            return;
        };
        let quota = account
            .send_quota()
            .and_then(|quota| DailyQuota::read(quota.max24_hour_send(), quota.sent_last24_hours()));
        if let Some(quota) = quota {
            log::percent("DailyQuotaUsed", quota.used_percent());
            log::number("DailyQuotaLeft", quota.left());
        }
    }
}
