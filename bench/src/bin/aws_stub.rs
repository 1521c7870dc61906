//! Answers like Amazon SES v2 (SendBulkEmail, SendEmail), EventBridge (PutEvents) and Secrets
//! Manager (GetSecretValue) on 127.0.0.1 and counts what it took. aws-stub PORT; GET /_stats; POST
//! /_faults {"throttle_every":N,"error_every":N,"reject_every":N,"delay_ms":N}; POST /_reset. Every
//! recipient is kept with a count, so a duplicate mail can be seen.
#[path = "../http.rs"]
mod http;
use serde_json::{json, Value};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// The key that bench/seed.py signs with.
const KEY: &str = "a key of at least thirty-two characters";

#[derive(Default)]
struct St {
    calls: u64,
    mails: u64,
    throttled: u64,
    errors: u64,
    rejected: u64,
    too_many: u64,
    put_events: u64,
    events: u64,
    to: HashMap<String, u64>,
    faults: HashMap<String, u64>,
}

fn main() {
    let port = std::env::args().nth(1).unwrap_or("8025".into());
    let l = std::net::TcpListener::bind(format!("127.0.0.1:{port}")).unwrap();
    let st = Arc::new(Mutex::new(St::default()));
    for s in l.incoming().flatten() {
        let st = st.clone();
        std::thread::spawn(move || {
            let Ok(mut c) = http::Conn::new(s) else { return };
            while let Ok(Some(q)) = c.read() {
                let (code, kind, body) = answer(&st, &q);
                let h = [("Content-Type", "application/json"), ("x-amzn-ErrorType", kind)];
                let h = if kind.is_empty() { &h[..1] } else { &h[..] };
                if c.write(code, h, body.to_string().as_bytes()).is_err() {
                    return;
                }
            }
        });
    }
}

fn answer(st: &Mutex<St>, q: &http::Req) -> (&'static str, &'static str, Value) {
    let body: Value = serde_json::from_slice(&q.body).unwrap_or(Value::Null);
    let mut g = st.lock().unwrap();
    match (q.method.as_str(), q.path.split('?').next().unwrap_or("")) {
        ("GET", "/_stats") => {
            let dup = g.to.values().filter(|n| **n > 1).count();
            let v = json!({"calls": g.calls, "mails": g.mails, "recipients": g.to.len(), "duplicates": dup,
                "throttled": g.throttled, "errors": g.errors, "rejected": g.rejected, "too_many": g.too_many,
                "put_events": g.put_events, "events": g.events});
            ("200 OK", "", v)
        }
        ("POST", "/_reset") => {
            *g = St::default();
            ("200 OK", "", json!({}))
        }
        ("POST", "/_faults") => {
            g.faults = body
                .as_object()
                .map(|m| m.iter().filter_map(|(k, v)| Some((k.clone(), v.as_u64()?))).collect())
                .unwrap_or_default();
            ("200 OK", "", json!({}))
        }
        ("POST", "/v2/email/outbound-bulk-emails" | "/v2/email/outbound-emails") => {
            g.calls += 1;
            let n = g.calls;
            let every = |g: &St, k: &str| g.faults.get(k).copied().filter(|x| *x > 0);
            if let Some(ms) = every(&g, "delay_ms") {
                drop(g);
                std::thread::sleep(std::time::Duration::from_millis(ms));
                g = st.lock().unwrap();
            }
            if every(&g, "throttle_every").is_some_and(|k| n % k == 0) {
                g.throttled += 1;
                return (
                    "429 Too Many Requests",
                    "TooManyRequestsException",
                    json!({"message": "Maximum sending rate exceeded."}),
                );
            }
            if every(&g, "error_every").is_some_and(|k| n % k == 0) {
                g.errors += 1;
                return ("500 Internal Server Error", "InternalServiceErrorException", json!({"message": "stub"}));
            }
            // A recipient may have many mails; what must not come twice is one delivery.
            let take = |g: &mut St, d: &Value, tags: &Value| {
                let named = |t: &&Value| t["Name"] == "delivery";
                let delivery = tags.as_array().and_then(|t| t.iter().find(named)?["Value"].as_str()).unwrap_or_default();
                for k in ["ToAddresses", "CcAddresses", "BccAddresses"] {
                    for a in d[k].as_array().into_iter().flatten().filter_map(|a| a.as_str()) {
                        *g.to.entry(format!("{a} {delivery}")).or_default() += 1;
                    }
                }
                g.mails += 1;
            };
            if q.path.contains("outbound-bulk") {
                let list = body["BulkEmailEntries"].as_array().cloned().unwrap_or_default();
                if list.is_empty() || list.len() > 50 {
                    g.too_many += 1;
                    return ("400 Bad Request", "BadRequestException", json!({"message": "1 to 50 destinations"}));
                }
                let mut out = Vec::with_capacity(list.len());
                for (i, e) in list.iter().enumerate() {
                    if every(&g, "reject_every").is_some_and(|k| (i as u64 + 1) % k == 0) {
                        g.rejected += 1;
                        out.push(json!({"Status": "MESSAGE_REJECTED", "Error": "stub"}));
                    } else {
                        take(&mut g, &e["Destination"], &e["ReplacementTags"]);
                        out.push(json!({"Status": "SUCCESS", "MessageId": format!("stub-{n}-{i}")}));
                    }
                }
                ("200 OK", "", json!({"BulkEmailEntryResults": out}))
            } else {
                take(&mut g, &body["Destination"], &body["EmailTags"]);
                ("200 OK", "", json!({"MessageId": format!("stub-{n}")}))
            }
        }
        // The only secret that is ever asked for.
        ("POST", "/") if body.get("SecretId").is_some() => {
            ("200 OK", "", json!({"Name": "bench", "SecretString": json!({"1": KEY}).to_string()}))
        }
        ("POST", "/") => {
            let entries = body["Entries"].as_array().map_or(0, Vec::len);
            g.put_events += 1;
            g.events += entries as u64;
            let results: Vec<Value> = (0..entries).map(|_| json!({"EventId": "stub"})).collect();
            ("200 OK", "", json!({"FailedEntryCount": 0, "Entries": results}))
        }
        _ => ("404 Not Found", "NotFoundException", json!({"message": "no such path"})),
    }
}
