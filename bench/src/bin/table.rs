//! A DynamoDB engine on 127.0.0.1: `table PORT`. In memory, empty at start.

fn main() {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).expect("a port");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.expect("a free port");
        dynoxide::server::serve_on(listener, dynoxide::Database::memory().expect("an engine")).await;
    });
}
