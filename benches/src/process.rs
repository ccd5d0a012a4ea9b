//! How does a program that is measured start, and how does it surely end? Under a shell that waits for our end of a
//! pipe to close, which it does even when we are killed.

use anyhow::{Context, Result, ensure};
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A program that runs; it is told to end when this is dropped, and waited for.
#[derive(Debug)]
pub(crate) struct Process {
    watchdog: Child,
    /// Of the program itself.
    pub(crate) id: u32,
}

/// What to start.
#[derive(Debug)]
pub(crate) struct Start<'a> {
    /// Program and arguments.
    pub(crate) words: Vec<OsString>,
    /// Over the environment that we have.
    pub(crate) variables: Vec<(&'a str, String)>,
    /// Where what it says goes.
    pub(crate) log: &'a Path,
    /// The signal that ends it in order.
    pub(crate) signal: &'a str,
    /// User and group, when not ours.
    pub(crate) account: Option<(u32, u32)>,
}

impl Process {
    pub(crate) fn start(start: &Start<'_>) -> Result<Self> {
        let log = fs::File::create(start.log)?;
        let mut command = Command::new("sh");
        command.args(["-c", WATCHDOG, "sh", start.signal]).args(&start.words);
        command.envs(start.variables.iter().map(|(name, value)| (*name, value)));
        if let Some((user, group)) = start.account {
            command.uid(user).gid(group).current_dir("/");
        }
        let mut watchdog = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).spawn()?;
        let mut line = String::new();
        BufReader::new(watchdog.stdout.take().context("a pipe")?).read_line(&mut line)?;
        Ok(Self { id: line.trim().parse().context("the shell did not say a number")?, watchdog })
    }

    /// Waits until something holds, at most a minute.
    pub(crate) fn wait_until(&self, what: &str, log: &Path, mut holds: impl FnMut() -> bool) -> Result<()> {
        let deadline = Instant::now() + Duration::from_mins(1);
        while !holds() {
            let alive = Path::new(&format!("/proc/{}", self.id)).exists();
            let told = || fs::read_to_string(log).unwrap_or_default();
            ensure!(alive && Instant::now() < deadline, "{what} did not start:\n{}", told());
            sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        let _ended = self.watchdog.wait();
    }
}

/// A port that is free now.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Runs a program to its end; what it said.
pub(crate) fn run(command: &mut Command) -> Result<String> {
    let program = command.get_program().display().to_string();
    let verb = command.get_args().next().unwrap_or_default().display().to_string();
    let output = command.stdin(Stdio::null()).output().with_context(|| program.clone())?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{program} {verb} failed:\n{said}\n{complaint}");
    Ok(said)
}

/// Says the program's number; ends it when the pipe closes, by force after twenty seconds.
const WATCHDOG: &str = r#"
signal=$1
shift
exec 3<&0
"$@" 3<&- </dev/null >&2 &
program=$!
echo $program
exec >&2
read -r _ <&3
kill -"$signal" $program
{ sleep 20; kill -KILL $program; } 2>/dev/null &
late=$!
wait $program
kill $late
"#;
