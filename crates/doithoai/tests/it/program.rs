//! The built program as a process of its own: started, waited for, killed.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::StatusCode;

use crate::app::client;
use crate::env;

/// The key of every process of these tests: nodes of one city share it.
pub const KEY: [u8; 32] = [7; 32];

/// A running `doithoai serve`. Dropped, it is killed.
pub struct Program {
    child: Child,
    pub url: String,
    data: PathBuf,
    node: String,
}

impl Program {
    /// Starts a node and waits until it is ready. Answers how long that took.
    pub async fn serve(data: &Path, database: &str, node: &str) -> (Self, Duration) {
        let port = free_port();
        let log = std::fs::File::options().create(true).append(true).open(data.join(format!("{node}.log"))).expect("a log");
        let begun = Instant::now();
        let child = command(data, database)
            .args(["--listen", &format!("127.0.0.1:{port}"), "--node", node, "--low-water-mb", "1", "--public-url", crate::app::PUBLIC])
            .arg("serve")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        let mut program = Self { child, url: format!("http://127.0.0.1:{port}"), data: data.to_owned(), node: node.to_owned() };
        let http = client();
        loop {
            let answer = http.get(format!("{}/readyz", program.url)).send().await;
            if answer.is_ok_and(|answer| answer.status() == StatusCode::OK) {
                return (program, begun.elapsed());
            }
            if let Some(status) = program.child.try_wait().expect("a process") {
                panic!("{node} ended with {status}: {}", program.log());
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "{node} is not ready: {}", program.log());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// The end without a word: SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().expect("the process can be killed");
        self.child.wait().expect("the process ends");
    }

    /// What it said.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.data.join(format!("{}.log", self.node))).unwrap_or_default()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// `doithoai verify`: whether the judge is content, and its words.
pub fn verify(data: &Path, database: &str) -> (bool, String) {
    let judged = command(data, database).arg("verify").output().expect("the program starts");
    let said = format!("{}{}", String::from_utf8_lossy(&judged.stdout), String::from_utf8_lossy(&judged.stderr));
    (judged.status.success(), said)
}

/// Any other command of the program: whether it went well, and its words.
pub async fn run(data: &Path, database: &str, arguments: &[&str]) -> (bool, String) {
    let mut command = command(data, database);
    command.args(arguments);
    let done = tokio::task::spawn_blocking(move || command.output()).await.expect("nothing panicked").expect("the program starts");
    (done.status.success(), format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr)))
}

/// A command with the key, the database and the reference data of these tests.
pub fn command(data: &Path, database: &str) -> Command {
    let mut command = Command::new(env::program());
    command.env("DOITHOAI_KEY", hex::encode(KEY)).arg("--data").arg(data).args(["--database", database]);
    command.arg("--reference").arg(env::reference());
    command
}

pub fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr()).expect("a port").port()
}
