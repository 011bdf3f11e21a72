//! A client that costs as little as possible, since it shares the cores with what it measures: requests are whole octets
//! made before, answers are read only as far as needed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One connection that is kept.
pub struct Line {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer.
pub struct Answer {
    pub status: u16,
    /// Field lines in lower case.
    pub head: String,
    pub body: Vec<u8>,
}

impl Line {
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a request and reads the whole answer.
    pub async fn ask(&mut self, request: &[u8]) -> anyhow::Result<Answer> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let end = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end;
            }
            self.more().await?;
        };
        let head = String::from_utf8_lossy(&self.buffer[..end]).to_lowercase();
        let status = head.get(9..12).and_then(|code| code.parse().ok()).context("an answer without a status")?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:")).and_then(|value| value.trim().parse().ok());
        let start = end + 4;
        let body = match length {
            Some(length) => {
                let length: usize = length;
                while self.buffer.len() < start + length {
                    self.more().await?;
                }
                self.buffer[start..start + length].to_vec()
            }
            None if head.contains("transfer-encoding: chunked") => self.chunks(start).await?,
            None => Vec::new(),
        };
        Ok(Answer { status, head, body })
    }

    async fn chunks(&mut self, mut at: usize) -> anyhow::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = loop {
                if let Some(line) = find(&self.buffer[at..], b"\r\n") {
                    break line;
                }
                self.more().await?;
            };
            let size = std::str::from_utf8(&self.buffer[at..at + line])?;
            let size = usize::from_str_radix(size.trim(), 16)?;
            at += line + 2;
            while self.buffer.len() < at + size + 2 {
                self.more().await?;
            }
            if size == 0 {
                return Ok(body);
            }
            body.extend_from_slice(&self.buffer[at..at + size]);
            at += size + 2;
        }
    }

    async fn more(&mut self) -> anyhow::Result<()> {
        let read = self.stream.read_buf(&mut self.buffer).await?;
        anyhow::ensure!(read > 0, "the server closed the connection");
        Ok(())
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// The octets of a GET.
pub fn get(path: &str, fields: &[(&str, &str)]) -> Vec<u8> {
    let mut text = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n");
    for (name, value) in fields {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    text.into_bytes()
}

/// The octets of a POST.
pub fn post(path: &str, fields: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut text = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in fields {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    let mut request = text.into_bytes();
    request.extend_from_slice(body);
    request
}

/// What came of a load: answers within the measured time, and how long each took.
pub struct Outcome {
    pub per_second: f64,
    pub times: Vec<Duration>,
}

/// How requests follow one another on a connection.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// The next as soon as the last was answered.
    Closed,
    /// So many a second over all connections, by the clock; a late answer counts from when it was due.
    Offered(u32),
}

/// Sends requests over `connections` for a while, after a warm-up of half a second. Every answer must be a 2xx.
pub async fn load(
    address: SocketAddr,
    requests: &Arc<Vec<Vec<u8>>>,
    connections: u32,
    pace: Pace,
    measured: Duration,
) -> anyhow::Result<Outcome> {
    let warm = Instant::now() + Duration::from_millis(500);
    let end = warm + measured;
    let mut tasks = Vec::new();
    for number in 0..connections {
        let requests = requests.clone();
        tasks.push(tokio::spawn(async move {
            let mut line = Line::open(address).await?;
            let mut times = Vec::new();
            let gap = match pace {
                Pace::Closed => None,
                Pace::Offered(rate) => Some(Duration::from_secs(1) * connections / rate),
            };
            let mut due = Instant::now() + gap.unwrap_or_default() * number / connections;
            let mut at = number as usize;
            loop {
                if let Some(gap) = gap {
                    tokio::time::sleep_until(due.into()).await;
                    due += gap;
                }
                let begun = gap.map_or_else(Instant::now, |gap| due - gap);
                if begun >= end {
                    return anyhow::Ok(times);
                }
                let answer = line.ask(&requests[at % requests.len()]).await?;
                anyhow::ensure!((200..300).contains(&answer.status), "status {}", answer.status);
                at += connections as usize;
                if begun >= warm && Instant::now() <= end {
                    times.push(begun.elapsed());
                }
            }
        }));
    }
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    Ok(Outcome { per_second: times.len() as f64 / measured.as_secs_f64(), times })
}
