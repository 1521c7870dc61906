//! The keys of mailed links: read from the stack's secret when they are first needed, and again
//! once they are old or a token names a newer one. So a rotation needs no new process.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_sdk_secretsmanager::{Client, error::ProvideErrorMetadata};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use vigie_domain::token::{Purpose, Token, TokenKeys, Verdict};
use vigie_runtime::{clock::Clock, log, tokens::KeysUnavailable};

/// Time after which keys are read again: so long a leaked one may still open something.
const AGE: SignedDuration = SignedDuration::from_mins(5);

/// Time for which old keys go on where the secret cannot be read.
const GRACE: SignedDuration = SignedDuration::from_mins(1);

/// Time between two readings because of numbers that nobody knows: anybody can make one up.
const PAUSE: SignedDuration = SignedDuration::from_secs(10);

/// The secret, and the keys that were read from it.
#[derive(Clone, Debug)]
pub struct Tokens {
    client: Client,
    secret: String,
    clock: Clock,
    held: Arc<Mutex<Held>>,
}

#[derive(Debug, Default)]
struct Held {
    keys: Option<Arc<TokenKeys>>,
    /// They are read again from then on.
    until: Timestamp,
    /// A number that nobody knows has them read again from then on.
    newer: Timestamp,
}

impl Tokens {
    /// Takes the secret by name or ARN. Nothing is read yet.
    #[must_use]
    pub fn new(client: Client, secret: String, clock: Clock) -> Self {
        Self {
            client,
            secret,
            clock,
            held: Arc::default(),
        }
    }

    /// Returns the keys, to sign with.
    ///
    /// # Errors
    /// They were never read, and cannot be read now.
    pub async fn keys(&self) -> Result<Arc<TokenKeys>, KeysUnavailable> {
        let now = self.clock.now();
        let former = {
            let held = self.held();
            match &held.keys {
                Some(keys) if now < held.until => return Ok(Arc::clone(keys)),
                former => former.clone(),
            }
        };
        match (self.read().await, former) {
            (Err(error), Some(former)) => {
                log::error(
                    "the token keys are old",
                    json!({"cause": error.to_string()}),
                );
                self.held().until = now + GRACE;
                Ok(former)
            }
            (read, _) => read,
        }
    }

    /// Returns what a token says, if it was made here for this purpose.
    ///
    /// # Errors
    /// The secret cannot be read, and without it nobody knows.
    pub async fn verify(
        &self,
        purpose: Purpose,
        token: &str,
    ) -> Result<Option<Token>, KeysUnavailable> {
        let mut verdict = self.keys().await?.verify(purpose, token);
        let now = self.clock.now();
        if verdict == Verdict::Newer && now >= self.held().newer {
            self.held().newer = now + PAUSE;
            verdict = self.read().await?.verify(purpose, token);
            if verdict != Verdict::Newer {
                self.held().newer = now;
            }
        }
        Ok(match verdict {
            Verdict::Made(token) => Some(token),
            Verdict::Newer | Verdict::Refused => None,
        })
    }

    async fn read(&self) -> Result<Arc<TokenKeys>, KeysUnavailable> {
        let answer = self
            .client
            .get_secret_value()
            .secret_id(&self.secret)
            .send()
            .await
            .map_err(|e| KeysUnavailable(e.code().unwrap_or("no answer").to_owned()))?;
        // What cannot be read is not told: it is secret.
        let secrets: BTreeMap<u32, String> =
            serde_json::from_str(answer.secret_string().unwrap_or_default())
                .map_err(|_| KeysUnavailable("not an object of keys by number".to_owned()))?;
        let keys = TokenKeys::new(&secrets).map_err(|e| KeysUnavailable(e.to_string()))?;
        let keys = Arc::new(keys);
        let mut held = self.held();
        held.keys = Some(Arc::clone(&keys));
        held.until = self.clock.now() + AGE;
        Ok(keys)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
