//! The clock strikes: sweeps, several at once, and what comes in while one is at work.

use std::sync::Arc;

use serde_json::json;
use tokio::task::LocalSet;
use vigie_aws::Consumer;
use vigie_tests::gate::Gate;

use crate::histories::{
    pause::{day, seven},
    play::Play,
    portal,
    steps::{Due, EVERYBODY, Moved, Trouble},
    terms::{Consultation, Fact, Told},
};

impl Play {
    pub async fn sweep(&mut self, at_once: usize) -> Result<(), String> {
        for sweeps in [at_once, 1, 1, 1] {
            let local = LocalSet::new();
            let sweeps: Vec<_> = (0..sweeps)
                .map(|_| {
                    let world = Arc::clone(&self.stage.world);
                    local.spawn_local(
                        async move { world.scheduler.consume(json!({})).await.is_ok() },
                    )
                })
                .collect();
            local.await;
            let mut done = true;
            for sweep in sweeps {
                done &= sweep.await.unwrap_or(false);
            }
            if done {
                return Ok(());
            }
            let world = Arc::clone(&self.stage.world);
            self.post.failed(&world);
        }
        Err("a sweep fails again and again".to_owned())
    }

    /// Until the next 7:00 in Paris.
    pub async fn till_morning(&mut self) -> Result<Vec<Told>, String> {
        let world = Arc::clone(&self.stage.world);
        let mut morning = seven(day(world.now()));
        if morning <= world.now() {
            morning = seven(day(world.now()).tomorrow().expect("a day"));
        }
        self.pass(morning.duration_since(world.now())).await
    }

    pub async fn strike(&mut self, at_once: usize) -> Result<Vec<Told>, String> {
        let now = self.stage.world.now();
        self.sweep(at_once).await?;
        Ok(self.model.swept(now))
    }

    /// Two facts; it is 7:00, and after so many calls of the sweep the mails of the second one are
    /// dealt with, and those that waited.
    pub async fn morning_at_once(
        &mut self,
        calls: usize,
        facts: [(Consultation, Fact); 2],
    ) -> Result<Vec<Told>, String> {
        let world = Arc::clone(&self.stage.world);
        self.post.calm(&world);
        let [(one, first), (other, second)] = facts;
        let mut told = self.happen(one, first, world.now());
        self.post.run(&world, &Trouble::None).await?;
        self.post.holds = true;
        self.model.hold();
        told.extend(self.happen(other, second, world.now()));
        self.post.run(&world, &Trouble::None).await?;
        told.extend(self.till_morning().await?);
        let now = world.now();
        self.post.let_go(&world);
        let late = world.taken();
        let meanwhile = async {
            let told = world.taken();
            for event in told.iter().chain(&late) {
                if !world.hand(event, 1).await {
                    world
                        .aws
                        .with(|traffic| traffic.events.push_back(event.clone()));
                }
            }
        };
        // Work that could not be done is left to the next sweep.
        let waited = self.woven(calls, meanwhile).await;
        self.model.counts.add(
            "mails dealt with during a sweep of 7:00",
            usize::from(waited && !late.is_empty()),
        );
        told.extend(self.model.let_go(now));
        told.extend(self.model.swept(now));
        Ok(told)
    }

    /// After so many calls of a sweep the portal saves a consultation.
    pub async fn sweep_at_once(
        &mut self,
        calls: usize,
        consultation: Consultation,
        deadline: Due,
    ) -> Result<Vec<Told>, String> {
        let now = self.stage.world.now();
        if self.portal.revision(consultation, 0).is_none()
            || self.model.reminds_of_unknown(consultation, now)
        {
            return self.strike(1).await;
        }
        let world = Arc::clone(&self.stage.world);
        self.post.calm(&world);
        let revision = self.portal.save(
            consultation,
            (Moved::Stays, deadline),
            EVERYBODY,
            None,
            &[],
            now,
        );
        let (detail_type, detail) = portal::saved(consultation, &revision, &self.stage.accounts);
        let event = json!({"source": "procurement", "detail-type": detail_type, "detail": detail});
        let meanwhile = async {
            let _ = world.hand(&event, 1).await;
        };
        let waited = self.woven(calls, meanwhile).await;
        self.woven = true;
        world.hand(&event, 1).await;
        self.model
            .counts
            .add("saves during a sweep", usize::from(waited));
        let mut told = self.model.saved(consultation, &revision, now);
        told.extend(self.model.swept(now));
        Ok(told)
    }

    /// A sweep with something else after so many of its calls; whether it had as many.
    async fn woven(&self, calls: usize, meanwhile: impl Future<Output = ()>) -> bool {
        let world = &self.stage.world;
        let gate = Gate::open();
        gate.close(None, calls);
        let mut scheduler = world.scheduler.clone();
        scheduler.store = gate.store(&world.table, "scheduler");
        gate.woven(scheduler.consume(json!({})), meanwhile).await.1
    }
}
