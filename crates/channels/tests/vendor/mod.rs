//! The other end of the wire, told what to answer.

use std::time::Duration;

use channels::http::Client;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What happens to one request after it was wholly read.
#[derive(Debug, Clone)]
pub enum Reply {
    Say(u16, &'static str),
    /// With a line of the header beside it.
    With(u16, &'static str, &'static str),
    /// The link is cut.
    Cut,
    /// The body ends before its length.
    Half,
    /// No answer comes.
    Hang,
}

/// One request as it was heard.
#[derive(Debug, Default)]
pub struct Heard {
    pub line: String,
    /// Lines of the header, names in lower case.
    pub header: Vec<String>,
    pub body: Vec<u8>,
}

impl Heard {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn says(&self, line: &str) -> bool {
        self.header.iter().any(|heard| heard == line)
    }
}

/// Gives the base address of a server that answers so, one request a connection, and what it heard at the end.
pub async fn vendor(replies: Vec<Reply>) -> (String, JoinHandle<Vec<Heard>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        let mut heard = Vec::new();
        let mut open = Vec::new();
        for reply in replies {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            heard.push(hear(&mut stream).await);
            answer(&mut stream, &reply).await;
            if matches!(reply, Reply::Hang) {
                open.push(stream);
            }
        }
        if !open.is_empty() {
            // The other side gives up first.
            let _ = open[0].read_u8().await;
        }
        heard
    });
    (base, task)
}

async fn hear(stream: &mut BufReader<TcpStream>) -> Heard {
    let mut heard = Heard::default();
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if heard.line.is_empty() {
            heard.line = line.to_owned();
            continue;
        }
        let (name, value) = line.split_once(": ").unwrap_or((line, ""));
        let name = name.to_ascii_lowercase();
        if name == "content-length" {
            length = value.parse().unwrap();
        }
        heard.header.push(format!("{name}: {value}"));
    }
    heard.body = vec![0; length];
    stream.read_exact(&mut heard.body).await.unwrap();
    heard
}

async fn answer(stream: &mut BufReader<TcpStream>, reply: &Reply) {
    let (status, line, body, length) = match reply {
        Reply::Say(status, body) => (status, "X: x", body, body.len()),
        Reply::With(status, line, body) => (status, *line, body, body.len()),
        Reply::Half => (&200, "X: x", &"{", 100),
        Reply::Cut | Reply::Hang => return,
    };
    let answer = format!("HTTP/1.1 {status} x\r\nConnection: close\r\n{line}\r\nContent-Length: {length}\r\n\r\n{body}");
    stream.write_all(answer.as_bytes()).await.unwrap();
}

/// The client of the product.
pub fn client() -> Client {
    let _first = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    channels::http::client().unwrap()
}

/// A client that soon gives up.
pub fn impatient() -> Client {
    let _first = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    #[expect(clippy::disallowed_methods, reason = "a test does not wait half a minute")]
    Client::builder().timeout(Duration::from_millis(200)).build().unwrap()
}

/// An address at which nobody listens.
pub async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}
