//! SES's events about mails: deliveries move on and never back, and a dead address is mailed no
//! more.

mod address;
mod asked;
mod deliveries;
mod missed;

use vigie_tests::{
    World,
    fake_aws::Mail,
    scenario::{Person, tender},
};

/// Bruno, who follows `c-1` and was mailed its first tender.
async fn mailed() -> (World, Person, Person, Mail) {
    let (world, ada) = World::with("EMS").await;
    let bruno = world.agent(&ada, "EMS", "Bruno").await;
    world.wants_everything(&bruno).await;
    world.consultation("c-1", "EMS", &ada, &[&bruno]).await;
    world.star(&bruno, "c-1").await;
    let mail = tell(&world, &bruno, "d-1").await;
    (world, ada, bruno, mail)
}

/// A tender, and the mail about it.
async fn tell(world: &World, person: &Person, deposit: &str) -> Mail {
    world.pass(jiff::SignedDuration::from_secs(1));
    world.empty_inbox();
    world.send("TenderReceived", tender("c-1", deposit)).await;
    let mail = world.last_mail(&person.email);
    world.pass(jiff::SignedDuration::from_secs(1));
    mail
}
