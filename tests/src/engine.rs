//! The table's engine, called in this process: its answers are its server's, without a socket,
//! which virtual time cannot see.

use dynoxide::{Database, DynoxideError};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::wire::Call;

/// Answers a call with status and body.
pub fn answer(database: &Database, call: &Call) -> (u16, String) {
    let body = &call.body;
    match call.operation.as_str() {
        "GetItem" => done(body, |request| database.get_item(request)),
        "PutItem" => done(body, |request| database.put_item(request)),
        "UpdateItem" => done(body, |request| database.update_item(request)),
        "DeleteItem" => done(body, |request| database.delete_item(request)),
        "Query" => done(body, |request| database.query(request)),
        "Scan" => done(body, |request| database.scan(request)),
        "BatchGetItem" => done(body, |request| database.batch_get_item(request)),
        "BatchWriteItem" => done(body, |request| database.batch_write_item(request)),
        "TransactGetItems" => done(body, |request| database.transact_get_items(request)),
        "TransactWriteItems" => done(body, |request| database.transact_write_items(request)),
        other => unreachable!("nobody calls {other}"),
    }
}

fn done<Q: DeserializeOwned, A: Serialize>(
    body: &Value,
    call: impl FnOnce(Q) -> dynoxide::Result<A>,
) -> (u16, String) {
    let request =
        Q::deserialize(body).map_err(|e| DynoxideError::SerializationException(e.to_string()));
    match request.and_then(call) {
        Ok(answer) => (200, serde_json::to_string(&answer).expect("JSON")),
        Err(e) => (e.status_code(), e.to_json()),
    }
}
