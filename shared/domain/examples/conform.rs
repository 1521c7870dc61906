//! Says of events of the portal what the functions that read them would make of each. `make
//! conform` hands them in on standard input, as a list of `{type, detail, source}`.

use std::io;

use serde::Deserialize;
use serde_json::{Value, json};
use vigie_domain::{
    event::portal::{self, Said, Understood},
    text::FieldError,
};

#[derive(Deserialize)]
struct Sent {
    #[serde(default)]
    r#type: Value,
    #[serde(default)]
    detail: Value,
    #[serde(default)]
    source: Option<String>,
}

fn main() -> Result<(), serde_json::Error> {
    let sent: Vec<Sent> = serde_json::from_reader(io::stdin())?;
    let told: Vec<_> = sent.iter().map(tell).collect();
    println!("{}", json!(told));
    Ok(())
}

fn tell(sent: &Sent) -> Value {
    match read(sent) {
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

fn read(sent: &Sent) -> Result<Understood, FieldError> {
    if sent
        .source
        .as_ref()
        .is_some_and(|source| source != "procurement")
    {
        return Err(FieldError::new("source", "must be procurement"));
    }
    let unknown = || {
        let types: Vec<_> = portal::types().collect();
        FieldError::new("type", format!("must be one of {}", types.join(", ")))
    };
    let name = sent.r#type.as_str().ok_or_else(unknown)?;
    portal::read(name, &sent.detail).unwrap_or_else(|| Err(unknown()))
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
        }),
        Said::Organisation(organisation) => json!({
            "understood": {"root": organisation.root, "administrator": organisation.administrator},
            "invited": organisation.administrator.email,
        }),
    }
}
