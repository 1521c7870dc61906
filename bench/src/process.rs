//! The function's process: starting it, and the time and memory that it has used.

use std::{
    fs, io,
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
};

use crate::options::Options;

/// Time and memory that a process has used so far.
#[derive(Clone, Copy, Default)]
pub struct Usage {
    /// All threads, in user and kernel mode.
    pub cpu_ms: f64,
    pub rss_mib: f64,
    pub peak_rss_mib: f64,
}

impl Usage {
    pub fn of(pid: u32) -> Self {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let mib = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.split_whitespace().next().and_then(|kib| kib.parse::<f64>().ok()).unwrap_or_default() / 1024.0
        };
        Self { cpu_ms: cpu_ms(pid), rss_mib: mib("VmRSS:"), peak_rss_mib: mib("VmHWM:") }
    }
}

fn cpu_ms(pid: u32) -> f64 {
    // SAFETY: both calls only write to the variables that they are given.
    unsafe {
        let mut clock: libc::clockid_t = 0;
        if libc::clock_getcpuclockid(pid as libc::pid_t, &mut clock) != 0 {
            return 0.0;
        }
        let mut time: libc::timespec = std::mem::zeroed();
        libc::clock_gettime(clock, &mut time);
        time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
    }
}

/// Starts the function in the environment that Lambda gives one, with the Runtime API at a port.
pub fn start(options: &Options, port: u16) -> io::Result<Child> {
    let mut command = Command::new(&options.command[0]);
    command.args(&options.command[1..]).stdin(Stdio::null()).stdout(Stdio::null());
    if options.clean_env {
        command.env_clear().envs([("PATH", "/usr/local/bin:/usr/bin:/bin"), ("LANG", "en_US.UTF-8"), ("TZ", ":UTC")]);
    }
    command.envs([
        ("AWS_REGION", "eu-west-3"),
        ("AWS_DEFAULT_REGION", "eu-west-3"),
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"),
        ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/bench"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "local"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_local"),
    ]);
    command.env("AWS_LAMBDA_RUNTIME_API", format!("127.0.0.1:{port}"));
    command.envs(options.env.iter().map(|(name, value)| (name, value)));
    if let Some(cpu) = options.cpu {
        // SAFETY: between fork and exec only a system call is made, on a set of its own.
        unsafe {
            command.pre_exec(move || {
                let mut set: libc::cpu_set_t = std::mem::zeroed();
                libc::CPU_SET(cpu, &mut set);
                match libc::sched_setaffinity(0, size_of_val(&set), &set) {
                    0 => Ok(()),
                    _ => Err(io::Error::last_os_error()),
                }
            });
        }
    }
    command.spawn()
}
