//! A DynamoDB engine on 127.0.0.1, in memory, empty at start: `table PORT`. With `table PORT count`
//! it counts the calls by operation, for some microseconds each: GET /_stats; POST /_reset.
#[path = "../http.rs"]
mod http;
use http::Conn;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

type Calls = Arc<Mutex<BTreeMap<String, u64>>>;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().and_then(|port| port.parse().ok()).expect("a port");
    let port = TcpListener::bind(("127.0.0.1", port)).expect("a free port");
    if arguments.next().is_none() {
        return serve(port);
    }
    let engine = TcpListener::bind("127.0.0.1:0").expect("a port");
    let behind = engine.local_addr().expect("an address");
    std::thread::spawn(move || serve(engine));
    let calls = Calls::default();
    for client in port.incoming().flatten() {
        let calls = calls.clone();
        std::thread::spawn(move || relay(client, behind, &calls));
    }
}

fn serve(listener: TcpListener) {
    listener.set_nonblocking(true).expect("a socket");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
        dynoxide::server::serve_on(listener, dynoxide::Database::memory().expect("an engine")).await;
    });
}

/// Hands requests on, one at a time, and answers as they come.
fn relay(client: TcpStream, behind: SocketAddr, calls: &Calls) -> std::io::Result<()> {
    let mut engine = TcpStream::connect(behind)?;
    engine.set_nodelay(true)?;
    let (mut answers, mut back) = (engine.try_clone()?, client.try_clone()?);
    std::thread::spawn(move || std::io::copy(&mut answers, &mut back));
    let mut client = Conn::new(client)?;
    while let Some(request) = client.read()? {
        let own = match request.path.as_str() {
            "/_stats" => json!(*calls.lock().expect("a lock")),
            "/_reset" => {
                calls.lock().expect("a lock").clear();
                json!({})
            }
            _ => {
                let operation = request.header("x-amz-target").and_then(|target| target.rsplit('.').next());
                *calls.lock().expect("a lock").entry(operation.unwrap_or("none").to_owned()).or_default() += 1;
                let mut out = format!("{} {} HTTP/1.1\r\ncontent-length: {}\r\n", request.method, request.path, request.body.len());
                let framing = |name: &str| ["content-length", "transfer-encoding", "expect"].contains(&name.to_ascii_lowercase().as_str());
                for (name, value) in request.head.iter().filter(|(name, _)| !framing(name)) {
                    out.extend([name, ": ", value, "\r\n"]);
                }
                out.push_str("\r\n");
                engine.write_all(&[out.as_bytes(), &request.body].concat())?;
                continue;
            }
        };
        client.write("200 OK", &[("Content-Type", "application/json")], own.to_string().as_bytes())?;
    }
    engine.shutdown(std::net::Shutdown::Both)
}
