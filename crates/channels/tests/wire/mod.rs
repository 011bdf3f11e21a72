//! The other end of every call to a vendor: answers what it is told to, in order, one request a connection, and keeps what
//! it heard.

use std::time::Duration;

use channels::http::{self, Client};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What becomes of one request, once it was wholly read.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Status, further header lines, body. `BASE` in the body is this end's address, `HERE` the one that was asked for.
    Answer(u16, &'static str, String),
    /// The connection breaks.
    Reset,
    /// The connection breaks in the middle of the answer.
    Half,
    /// Nothing comes.
    Hang,
}

impl Reply {
    pub fn json(status: u16, body: &str) -> Self {
        Reply::Answer(status, "", body.to_owned())
    }

    /// With lines of the header beside it, each with its line end.
    pub fn with(status: u16, fields: &'static str, body: &str) -> Self {
        Reply::Answer(status, fields, body.to_owned())
    }
}

/// One request as it came.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    /// Method and target.
    pub line: String,
    /// Names in lower case.
    pub fields: String,
    pub octets: Vec<u8>,
    /// The same as text.
    pub body: String,
}

impl Heard {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.octets).unwrap_or_default()
    }

    /// Whether the header has this line, its name in lower case.
    pub fn says(&self, line: &str) -> bool {
        self.fields.lines().any(|heard| heard == line)
    }
}

pub struct Wire {
    pub base: String,
    task: JoinHandle<Vec<Heard>>,
}

impl Wire {
    /// Listens for as many requests as there are replies.
    pub async fn open(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let address = base.clone();
        let task = tokio::spawn(async move {
            let mut all = Vec::new();
            let mut hung = Vec::new();
            for reply in replies {
                let (stream, _) = listener.accept().await.unwrap();
                let mut stream = BufReader::new(stream);
                let heard = read(&mut stream).await;
                let here = format!("{address}{}", heard.line.split_once(' ').unwrap().1);
                all.push(heard);
                match reply {
                    Reply::Answer(status, fields, body) => {
                        let body = body.replace("BASE", &address).replace("HERE", &here);
                        answer(&mut stream, status, fields, &body, body.len()).await;
                    }
                    Reply::Half => answer(&mut stream, 200, "", "{\"id\":", 100).await,
                    Reply::Reset => stream.get_ref().set_zero_linger().unwrap(),
                    Reply::Hang => hung.push(stream),
                }
            }
            // Nobody waits for ever: whoever was left hanging has given up when nothing more can be read.
            for mut stream in hung {
                let _gone = stream.read_to_end(&mut Vec::new()).await;
            }
            all
        });
        Self { base, task }
    }

    /// What was heard, when all is answered.
    pub async fn heard(self) -> Vec<Heard> {
        self.task.await.unwrap()
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Heard {
    let mut heard = Heard::default();
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    heard.line = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    loop {
        line.clear();
        stream.read_line(&mut line).await.unwrap();
        if line.trim().is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap();
        heard.fields.push_str(&format!("{}:{}\n", name.to_ascii_lowercase(), value.trim_end()));
    }
    let length = heard.fields.lines().find_map(|field| field.strip_prefix("content-length:")).map_or(0, |n| n.trim().parse().unwrap());
    heard.octets = vec![0; length];
    stream.read_exact(&mut heard.octets).await.unwrap();
    heard.body = String::from_utf8_lossy(&heard.octets).into_owned();
    heard
}

async fn answer(stream: &mut BufReader<TcpStream>, status: u16, fields: &str, body: &str, length: usize) {
    let head =
        format!("HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n{fields}\r\n");
    stream.write_all((head + body).as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
}

/// An address at which nobody listens.
pub async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port())
}

/// The product's client.
pub fn client() -> Client {
    let _first = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    http::client().unwrap()
}

/// A client that does not wait long.
pub fn impatient() -> Client {
    let _first = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    #[expect(clippy::disallowed_methods, reason = "the product's client waits half a minute for one that hangs")]
    let builder = Client::builder();
    builder.no_proxy().timeout(Duration::from_millis(300)).build().unwrap()
}
