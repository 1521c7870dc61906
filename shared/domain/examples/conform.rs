//! Says of events of the portal what the functions that read them would make of each. `make
//! conform` hands them in on standard input, each in the envelope in which it is sent.

use std::io;

use serde::Deserialize;
use serde_json::{Value, json};
use vigie_domain::{
    contact::email::Email,
    directory::agent::Word,
    event::{
        envelope::Sent,
        portal::{self, Said, Understood},
    },
    json::Json,
    text::FieldError,
};

/// An event in its envelope.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Enveloped {
    /// Of our own list, for the door.
    Own(Json),
    /// A `CloudEvent`, for the door.
    Cloud(Json),
    /// For the bus.
    Bus(OnTheBus),
}

#[derive(Deserialize)]
struct OnTheBus {
    #[serde(default)]
    r#type: Value,
    #[serde(default)]
    detail: Value,
    #[serde(default)]
    source: Option<String>,
}

fn main() -> Result<(), serde_json::Error> {
    let sent: Vec<Enveloped> = serde_json::from_reader(io::stdin())?;
    let told: Vec<_> = sent.iter().map(tell).collect();
    println!("{}", json!(told));
    Ok(())
}

fn tell(sent: &Enveloped) -> Value {
    let read = match sent {
        Enveloped::Own(event) => Sent::of_own(event).and_then(|sent| sent.understood()),
        Enveloped::Cloud(event) => Sent::of_cloud(event).and_then(|sent| sent.understood()),
        Enveloped::Bus(event) => event.read(),
    };
    match read {
        Err(FieldError { field, reason }) => {
            json!({"errors": [{"field": field, "reason": reason}]})
        }
        Ok(Understood { said, repaired, .. }) => {
            let mut told = of(&said);
            told["repaired"] = json!(repaired);
            told
        }
    }
}

impl OnTheBus {
    fn read(&self) -> Result<Understood, FieldError> {
        let source = self.source.as_deref();
        if source.is_some_and(|source| source != "procurement") {
            return Err(FieldError::new("source", "must be procurement"));
        }
        let name = self.r#type.as_str().ok_or_else(portal::unknown_type)?;
        portal::read(name, &self.detail).unwrap_or_else(|| Err(portal::unknown_type()))
    }
}

/// Returns what was understood, and whom it concerns.
fn of(said: &Said) -> Value {
    match said {
        Said::Consultation(saved) => json!({"understood": saved}),
        Said::Fact(about, fact) => json!({
            "understood": fact,
            "consultationId": about.consultation_id,
            "alert": fact.alert(),
            "reminder": fact.reminder().map(|(_, at)| at),
        }),
        Said::Entity(declared) => json!({"understood": declared}),
        Said::Agent(declared) => json!({
            "understood": declared.word,
            "organisationId": declared.organisation_id,
            "agentId": declared.agent_id,
            "account": true,
            "invited": invited(&declared.word),
        }),
        Said::Organisation(organisation) => json!({
            "understood": {"root": organisation.root, "administrator": organisation.administrator},
            "invited": organisation.administrator.email,
        }),
    }
}

/// Returns the address of an agent who is to be invited, unless they accepted once.
fn invited(word: &Word) -> Option<&Email> {
    match word {
        Word::Saved(saved) if saved.invite && saved.active => saved.email.as_ref(),
        Word::Saved(_) | Word::Left(_) => None,
    }
}
