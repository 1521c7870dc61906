//! The Runtime API towards one process: hands out events, takes answers, notes when and at what
//! cost.

use std::{
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        atomic::{AtomicUsize, Ordering::Relaxed},
        Arc, Condvar, Mutex,
    },
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::Value;

use crate::{
    http::Conn,
    options::Options,
    process::{start, Usage},
};

/// Figures of one process.
pub struct Run {
    /// From its start to its first request for work.
    pub init_ms: f64,
    /// From an event written to its answer read, by invocation.
    pub latencies: Vec<f64>,
    pub init: Usage,
    /// After the first invocation.
    pub first: Usage,
    /// After the warm-up.
    pub warm: Usage,
    pub end: Usage,
    /// The first answer that was not the one expected.
    pub unexpected: Option<String>,
}

#[derive(Default)]
struct State {
    process: Option<(u32, Instant)>,
    served: usize,
    init_ms: f64,
    event_at: Option<Instant>,
    latencies: Vec<f64>,
    init: Option<Usage>,
    first: Usage,
    warm: Usage,
    unexpected: Option<String>,
    /// The process's usage when it asked for more than there was, or its own word that it cannot
    /// start.
    ended: Option<Result<Usage, String>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// Events go on in turn from one process to the next: hardly any can be handled twice.
static EVENT: AtomicUsize = AtomicUsize::new(0);

/// Starts a process, has it handle so many events, and ends it.
pub fn run(options: &Arc<Options>, total: usize) -> Result<Run, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| e.to_string())?;
    let port = listener.local_addr().map_err(|e| e.to_string())?.port();
    let shared = Arc::new(Shared::default());
    let (options_of_server, shared_of_server) = (Arc::clone(options), Arc::clone(&shared));
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let (options, shared) = (Arc::clone(&options_of_server), Arc::clone(&shared_of_server));
            thread::spawn(move || serve(Conn::new(client)?, &shared, &options, total));
        }
    });
    let started = Instant::now();
    let mut process = start(options, port).map_err(|e| format!("{}: {e}", options.command[0]))?;
    shared.state.lock().unwrap().process = Some((process.id(), started));
    shared.changed.notify_all();
    let ended = shared.wait_for_end(options.timeout, || process.try_wait().ok().flatten().map(|status| format!("exited with {status}")));
    let _ = process.kill();
    let _ = process.wait();
    let state = std::mem::take(&mut *shared.state.lock().unwrap());
    let end = ended.map_err(|e| format!("{e} after {} invocations; first unexpected: {:?}", state.latencies.len(), state.unexpected))?;
    Ok(Run {
        init_ms: state.init_ms,
        latencies: state.latencies,
        init: state.init.unwrap_or_default(),
        first: state.first,
        warm: state.warm,
        end,
        unexpected: state.unexpected,
    })
}

impl Shared {
    /// Waits until all events are handled, the process has ended by itself, or nothing has been
    /// answered for too long.
    fn wait_for_end(&self, patience: Duration, mut exited: impl FnMut() -> Option<String>) -> Result<Usage, String> {
        let mut state = self.state.lock().unwrap();
        let mut last = (0, Instant::now());
        loop {
            if let Some(ended) = &state.ended {
                return ended.clone();
            }
            if state.latencies.len() != last.0 {
                last = (state.latencies.len(), Instant::now());
            }
            if last.1.elapsed() > patience {
                return Err("timed out".to_owned());
            }
            if let Some(exited) = exited() {
                return Err(exited);
            }
            state = self.changed.wait_timeout(state, Duration::from_millis(200)).unwrap().0;
        }
    }

    fn end(&self, end: Result<Usage, String>) {
        self.state.lock().unwrap().ended = Some(end);
        self.changed.notify_all();
    }
}

fn serve(mut client: Conn, shared: &Shared, options: &Options, total: usize) -> io::Result<()> {
    while let Some(request) = client.read()? {
        let now = Instant::now();
        let path = request.path.strip_prefix("/2018-06-01/runtime").unwrap_or(&request.path);
        if request.method == "GET" && path == "/invocation/next" {
            if !next(&mut client, shared, options, total, now)? {
                // As Lambda freezes an environment for which there is no work.
                loop {
                    thread::park();
                }
            }
        } else if path == "/init/error" {
            shared.end(Err(format!("init error: {}", String::from_utf8_lossy(&request.body))));
            client.write("202 Accepted", &[], b"{}")?;
        } else if path.starts_with("/invocation/") {
            let mut state = shared.state.lock().unwrap();
            let latency = state.event_at.take().map_or(0.0, |at| ms(now - at));
            state.latencies.push(latency);
            let is_error = path.ends_with("/error");
            if state.unexpected.is_none() && (is_error || options.expect.is_some_and(|expected| status(&request.body) != Some(expected))) {
                state.unexpected = Some(String::from_utf8_lossy(&request.body).chars().take(600).collect());
            }
            drop(state);
            client.write("202 Accepted", &[("Content-Type", "application/json")], b"{\"status\":\"OK\"}")?;
        } else {
            client.write("404 Not Found", &[], b"{}")?;
        }
    }
    Ok(())
}

/// Hands out the next event; false if there is none.
fn next(client: &mut Conn, shared: &Shared, options: &Options, total: usize, now: Instant) -> io::Result<bool> {
    let mut state = shared.changed.wait_while(shared.state.lock().unwrap(), |state| state.process.is_none()).unwrap();
    let Some((pid, started)) = state.process else { return Ok(false) };
    let handled = state.latencies.len();
    if state.init.is_none() {
        state.init_ms = ms(now - started);
        state.init = Some(Usage::of(pid));
    }
    if handled == 1 {
        state.first = Usage::of(pid);
    }
    if state.served == total {
        if handled == 1 + options.warmup {
            state.warm = Usage::of(pid);
        }
        drop(state);
        shared.end(Ok(Usage::of(pid)));
        return Ok(false);
    }
    if handled == 1 + options.warmup {
        // What others count begins here.
        drop(state);
        options.reset.iter().try_for_each(|url| post(url))?;
        thread::sleep(options.pause);
        state = shared.state.lock().unwrap();
        state.warm = Usage::of(pid);
    }
    let event = &options.events[EVENT.fetch_add(1, Relaxed) % options.events.len()];
    state.served += 1;
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + options.timeout;
    let headers = [
        ("Content-Type", "application/json"),
        ("Lambda-Runtime-Aws-Request-Id", &format!("00000000-0000-4000-8000-{:012}", state.served)),
        ("Lambda-Runtime-Deadline-Ms", &deadline.as_millis().to_string()),
        ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-3:000000000000:function:bench"),
        ("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000;Sampled=0"),
    ];
    state.event_at = Some(Instant::now());
    drop(state);
    client.write("200 OK", &headers, event.as_bytes())?;
    Ok(true)
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Returns the status of an answer to API Gateway.
fn status(answer: &[u8]) -> Option<u64> {
    serde_json::from_slice::<Value>(answer).ok()?.get("statusCode")?.as_u64()
}

/// `POST http://HOST:PORT/PATH`, answered.
fn post(url: &str) -> io::Result<()> {
    let (host, path) = url.trim_start_matches("http://").split_once('/').unwrap_or((url, ""));
    let mut server = TcpStream::connect(host)?;
    write!(server, "POST /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n")?;
    server.read(&mut [0; 4096]).map(drop)
}
