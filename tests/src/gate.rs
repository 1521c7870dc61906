//! A gate on the wire between a function and its table: one call waits there, so that something
//! else is done in between, by hand.

use std::sync::{Arc, Mutex};

use tokio::sync::Notify;
use vigie_store::Store;

use crate::{
    table::Table,
    wire::{Call, Fate},
};

#[derive(Debug)]
struct State {
    /// The call that waits, if one does, and the number of its kind that go through before.
    waits: Mutex<Option<(Wanted, usize)>>,
    reached: Notify,
    open: Notify,
}

#[derive(Clone, Copy, Debug)]
enum Wanted {
    Any,
    Write,
    Operation(&'static str),
}

/// A gate that one call waits at.
#[derive(Clone, Debug)]
pub struct Gate(Arc<State>);

impl Gate {
    /// Closed before a call of this operation, after so many others of it.
    pub fn before(operation: &'static str, after: usize) -> Self {
        let gate = Self::open();
        gate.close(Some(operation), after);
        gate
    }

    /// Closed before the first call that writes.
    pub fn before_write() -> Self {
        let gate = Self::open();
        gate.wait_for(Wanted::Write, 0);
        gate
    }

    /// One that no call waits at.
    pub fn open() -> Self {
        Self(Arc::new(State {
            waits: Mutex::default(),
            reached: Notify::new(),
            open: Notify::new(),
        }))
    }

    /// Closes it before a call, of this operation or of any, after so many others.
    pub fn close(&self, operation: Option<&'static str>, after: usize) {
        self.wait_for(operation.map_or(Wanted::Any, Wanted::Operation), after);
    }

    fn wait_for(&self, wanted: Wanted, after: usize) {
        *self.0.waits.lock().expect("a lock") = Some((wanted, after));
    }

    /// The table as this function has it, behind the gate.
    pub fn store(&self, table: &Table, function: &'static str) -> Store {
        let gate = self.clone();
        table.store_by(
            function,
            Arc::new(move |call: &Call| gate.closed(call).then(|| Fate::Waits(gate.clone()))),
        )
    }

    /// Runs work up to the gate, something else while it waits there, and then the rest of it.
    pub async fn while_waiting<T>(
        &self,
        work: impl Future<Output = T>,
        meanwhile: impl Future<Output = ()>,
    ) -> T {
        let (done, waited) = self.woven(work, meanwhile).await;
        assert!(waited, "the gate was not reached");
        done
    }

    /// The same of work that may be over before it comes to the gate, which is then opened; whether
    /// it waited there.
    pub async fn woven<T>(
        &self,
        work: impl Future<Output = T>,
        meanwhile: impl Future<Output = ()>,
    ) -> (T, bool) {
        tokio::pin!(work);
        let over = tokio::select! {
            done = &mut work => Some(done),
            () = self.0.reached.notified() => None,
        };
        *self.0.waits.lock().expect("a lock") = None;
        if let Some(done) = over {
            meanwhile.await;
            return (done, false);
        }
        let meanwhile = async {
            meanwhile.await;
            self.0.open.notify_one();
        };
        let (done, ()) = tokio::join!(work, meanwhile);
        (done, true)
    }

    /// Waits there until it is opened.
    pub(crate) async fn wait(&self) {
        self.0.reached.notify_one();
        self.0.open.notified().await;
    }

    fn closed(&self, call: &Call) -> bool {
        let mut waits = self.0.waits.lock().expect("a lock");
        let Some((wanted, after)) = &mut *waits else {
            return false;
        };
        let is_wanted = match wanted {
            Wanted::Any => true,
            Wanted::Write => call.writes(),
            Wanted::Operation(operation) => call.operation == *operation,
        };
        if !is_wanted {
            return false;
        }
        if *after > 0 {
            *after -= 1;
            return false;
        }
        *waits = None;
        true
    }
}
