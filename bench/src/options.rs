//! The command line.

use std::{fs, time::Duration};

use serde_json::Value;

const USAGE: &str = "lambda-harness --events FILE [-n 1000] [--warmup 100] [--cold 5] [--cpu N] [--env NAME=VALUE]… [--clean-env]
    [--timeout SECONDS] [--expect STATUS] [--reset URL]… [--pause MS] -- COMMAND [ARGUMENT]…

--events   a JSON array of events, handed out in turn
-n, --warmup   measured and unmeasured invocations after the first
--cold     processes started before, each with one invocation
--cpu      pins the function to one core
--expect   any other statusCode makes the exit status 3
--reset, --pause   between warm-up and measurement: posts to these addresses, then waits";

/// Options of a measurement.
pub struct Options {
    pub events: Vec<String>,
    pub invocations: usize,
    pub warmup: usize,
    pub cold: usize,
    pub cpu: Option<usize>,
    pub env: Vec<(String, String)>,
    /// True if the function sees nothing of this process's environment.
    pub clean_env: bool,
    /// Time without an answer after which the function is given up.
    pub timeout: Duration,
    pub expect: Option<u64>,
    pub reset: Vec<String>,
    pub pause: Duration,
    pub command: Vec<String>,
}

fn usage() -> ! {
    eprintln!("{USAGE}");
    std::process::exit(2)
}

impl Options {
    /// Reads the command line; ends the process where it is wrong.
    pub fn parse() -> Self {
        let mut options = Self {
            events: vec!["{}".to_owned()],
            invocations: 1000,
            warmup: 100,
            cold: 5,
            cpu: None,
            env: Vec::new(),
            clean_env: false,
            timeout: Duration::from_secs(30),
            expect: None,
            reset: Vec::new(),
            pause: Duration::ZERO,
            command: Vec::new(),
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            let mut value = || arguments.next().unwrap_or_else(|| usage());
            let number = |text: String| text.parse::<usize>().unwrap_or_else(|_| usage());
            match name.as_str() {
                "--events" => options.events = events(&value()),
                "-n" => options.invocations = number(value()),
                "--warmup" => options.warmup = number(value()),
                "--cold" => options.cold = number(value()),
                "--cpu" => options.cpu = Some(number(value())),
                "--timeout" => options.timeout = Duration::from_secs(number(value()) as u64),
                "--expect" => options.expect = Some(number(value()) as u64).filter(|status| *status > 0),
                "--reset" => options.reset.push(value()),
                "--pause" => options.pause = Duration::from_millis(number(value()) as u64),
                "--clean-env" => options.clean_env = true,
                "--env" => {
                    let pair = value();
                    let (name, value) = pair.split_once('=').unwrap_or_else(|| usage());
                    options.env.push((name.to_owned(), value.to_owned()));
                }
                "--" => options.command = arguments.by_ref().collect(),
                _ => usage(),
            }
        }
        if options.command.is_empty() {
            usage();
        }
        options
    }
}

fn events(file: &str) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap_or_else(|e| panic!("{file}: {e}"));
    match serde_json::from_str(&text).unwrap_or_else(|e| panic!("{file}: {e}")) {
        Value::Array(events) => events.iter().map(Value::to_string).collect(),
        event => vec![event.to_string()],
    }
}
