//! SES as a far end that closes connections: real sockets.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use vigie_aws::{
    Aws,
    ses::{Answer, Parts, Ses},
};
use vigie_domain::contact::email::Email;
use vigie_runtime::config::Config;

fn ses(endpoint: &str) -> Ses {
    Ses::from_address(
        Aws::new(Config::local(endpoint)).expect("clients").sesv2(),
        "alertes@vigie.example.fr",
    )
}

async fn send(ses: &Ses) -> Answer {
    let to = Email::parse("ada@ems.example.fr").expect("an address");
    ses.send(
        &to,
        Parts {
            subject: "s",
            text: "t",
            html: "h",
        },
        Vec::new(),
        Vec::new(),
    )
    .await
}

/// Listens, and deals with each connection in turn. Returns the address and how many connections
/// and requests there were, and how many of the connections were dealt with.
fn listen(
    deal: impl Fn(TcpStream, &AtomicUsize) + Send + 'static,
) -> (String, Arc<[AtomicUsize; 3]>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let counts = Arc::new([
        AtomicUsize::new(0),
        AtomicUsize::new(0),
        AtomicUsize::new(0),
    ]);
    let counted = Arc::clone(&counts);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            counted[0].fetch_add(1, Ordering::SeqCst);
            deal(stream, &counted[1]);
            counted[2].fetch_add(1, Ordering::SeqCst);
        }
    });
    (address, counts)
}

/// Reads one request and accepts its mail.
fn accept(stream: &mut TcpStream, requests: &AtomicUsize) {
    let (mut read, mut buffer) = (Vec::new(), [0; 4096]);
    let whole = |read: &[u8]| {
        let text = String::from_utf8_lossy(read);
        let (head, body) = text.split_once("\r\n\r\n")?;
        let length = head.lines().find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length: ")?
                .parse()
                .ok()
        });
        (body.len() >= length.unwrap_or(0)).then_some(())
    };
    while whole(&read).is_none() {
        match stream.read(&mut buffer) {
            Ok(count) if count > 0 => read.extend_from_slice(&buffer[..count]),
            _ => return,
        }
    }
    requests.fetch_add(1, Ordering::SeqCst);
    let body = r#"{"MessageId":"m"}"#;
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream
        .write_all(format!("{head}{body}").as_bytes())
        .expect("an answer");
}

#[tokio::test]
async fn a_far_end_that_closes_idle_connections_gets_each_mail_once() {
    let (address, counts) = listen(|mut stream, requests| accept(&mut stream, requests));
    let ses = ses(&format!("http://{address}"));
    for sent in 1..=50 {
        assert_eq!(send(&ses).await, Answer::Accepted("m".to_owned()));
        // It is idle once it is closed: what is sent at the same moment, nobody can know of.
        let deadline = Instant::now() + Duration::from_secs(10);
        while counts[2].load(Ordering::SeqCst) < sent && Instant::now() < deadline {
            tokio::task::yield_now().await;
        }
        // Enough rounds for the runtime to ask the system, and for the pool to hear of it.
        for _ in 0..256 {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(counts[1].load(Ordering::SeqCst), 50);
}

#[tokio::test]
async fn who_is_never_reached_was_certainly_not_sent_anything() {
    let port = TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("an address");
    assert_eq!(
        send(&ses(&format!("http://{port}"))).await,
        Answer::NotNow("unreachable".to_owned())
    );
}

#[tokio::test]
async fn a_connection_that_is_never_made_is_tried_again_at_once() {
    let (address, counts) = listen(|stream, _| drop(stream));
    // No TLS is spoken there, so the connection is never made.
    assert_eq!(
        send(&ses(&format!("https://{address}"))).await,
        Answer::NotNow("unreachable".to_owned())
    );
    assert_eq!(counts[0].load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn what_was_cut_off_after_it_was_sent_is_not_sent_again() {
    let (address, counts) = listen(|mut stream, requests| {
        let mut buffer = [0; 4096];
        if stream.read(&mut buffer).is_ok_and(|count| count > 0) {
            requests.fetch_add(1, Ordering::SeqCst);
        }
    });
    assert_eq!(
        send(&ses(&format!("http://{address}"))).await,
        Answer::Unknown
    );
    assert_eq!(counts[1].load(Ordering::SeqCst), 1);
}
