//! Time for which a claim keeps others from a mail.

use jiff::SignedDuration;
use vigie_domain::id::{AccountId, ConsultationId};
use vigie_store::{Claim, Intent, Subject};
use vigie_tests::World;

#[tokio::test]
async fn a_claim_holds_for_a_minute_and_no_longer() {
    let world = World::new().await;
    let store = world.table.store();
    let subject = Subject::alert(
        &ConsultationId::parse("c-1").expect("an id"),
        "tenderReceived",
        "d-1",
    );
    let wanted = [(
        AccountId::parse("a-1").expect("an id"),
        Intent::Send("author"),
    )];
    let claim = async |seconds: i64| {
        let now = world.now() + SignedDuration::from_secs(seconds);
        store
            .delivery_claim(&subject, &wanted, now)
            .await
            .expect("a claim")[0]
    };
    assert_eq!(
        [claim(0).await, claim(59).await, claim(60).await],
        [Claim::Acquired, Claim::Busy, Claim::Busy]
    );
    assert_eq!(
        [claim(61).await, claim(62).await],
        [Claim::Acquired, Claim::Busy],
        "who comes next holds it for another minute"
    );
}
