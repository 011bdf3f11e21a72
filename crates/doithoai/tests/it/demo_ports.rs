//! The demonstration on a machine where somebody else has the port of the short messages.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Stdio};

use crate::database::Database;
use crate::program::{command, free_port};

/// Killed when it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _ended = self.0.wait();
    }
}

#[tokio::test]
async fn a_taken_port_that_nobody_asked_for_is_left_to_whoever_has_it() {
    let here = tempfile::tempdir().expect("a folder");
    let database = Database::fresh(here.path()).await;
    // Unless another program of this machine has it already, which is as good.
    let _taken = TcpListener::bind("127.0.0.1:2775");
    let serve = |more: &[&str]| {
        let listen = format!("127.0.0.1:{}", free_port());
        let mut command = command(here.path(), &database.url);
        command.args(["--listen", &listen, "serve", "--demo", "--vendors", "127.0.0.1:0"]).args(more);
        command
    };
    let refused = serve(&["--smsc", "127.0.0.1:2775"]).output().expect("the program starts");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && said.contains("127.0.0.1:2775: ") && said.contains("--smsc"), "{said}");

    let mut running = Running(serve(&[]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program starts"));
    let told = BufReader::new(running.0.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
    let moved = told.filter_map(|line| line.strip_prefix("127.0.0.1:2775 is taken: short messages go through ").map(str::to_owned)).next();
    let address: SocketAddr = moved.as_deref().and_then(|moved| moved.trim_end_matches('.').parse().ok()).expect("a free port");
    assert_ne!(address.port(), 2775);
    TcpStream::connect(address).expect("it listens there");
    drop(running);
    database.remove().await;
}
