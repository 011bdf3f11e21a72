//! A submission server inside the test: takes every mail and shows what it got.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A mail as it came over the wire.
#[derive(Debug, Clone)]
pub struct Sent {
    pub return_path: String,
    pub to: String,
    pub bytes: Vec<u8>,
}

impl Sent {
    pub fn mail(&self) -> channels::email::Mail {
        channels::email::parse(&self.bytes)
    }

    /// The address that an answer goes to.
    pub fn reply_to(&self) -> String {
        let field = self.field("reply-to");
        field.rsplit_once('<').map_or(field.clone(), |(_, address)| address.trim_end_matches('>').to_owned())
    }

    pub fn field(&self, name: &str) -> String {
        self.mail().fields.all(name).next().unwrap_or_default().trim().to_owned()
    }
}

#[derive(Clone, Default)]
pub struct Outbox {
    pub port: u16,
    taken: Arc<Mutex<Vec<Sent>>>,
}

impl Outbox {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let outbox = Self { port: listener.local_addr().expect("an address").port(), taken: Arc::default() };
        let taken = outbox.taken.clone();
        tokio::spawn(async move {
            while let Ok((peer, _)) = listener.accept().await {
                tokio::spawn(serve(peer, taken.clone()));
            }
        });
        outbox
    }

    pub fn all(&self) -> Vec<Sent> {
        self.taken.lock().expect("no test panicked in here").clone()
    }

    /// What went to one address, in order.
    pub fn to(&self, address: &str) -> Vec<Sent> {
        self.all().into_iter().filter(|sent| sent.to == address).collect()
    }
}

async fn serve(peer: TcpStream, taken: Arc<Mutex<Vec<Sent>>>) -> std::io::Result<()> {
    let mut link = BufReader::new(peer);
    link.write_all(b"220 outbox ESMTP\r\n").await?;
    let (mut return_path, mut to) = (String::new(), String::new());
    loop {
        let mut line = String::new();
        if link.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let address =
            || line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or(String::new(), |(address, _)| address.to_owned());
        match verb.as_str() {
            "EHLO" => link.write_all(b"250-outbox\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 50000000\r\n").await?,
            "MAIL" => {
                return_path = address();
                link.write_all(b"250 ok\r\n").await?;
            }
            "RCPT" => {
                to = address();
                link.write_all(b"250 ok\r\n").await?;
            }
            "DATA" => {
                link.write_all(b"354 go on\r\n").await?;
                let bytes = data(&mut link).await?;
                taken.lock().expect("no test panicked in here").push(Sent { return_path: return_path.clone(), to: to.clone(), bytes });
                link.write_all(b"250 taken\r\n").await?;
            }
            "QUIT" => {
                link.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => link.write_all(b"250 ok\r\n").await?,
        }
    }
}

/// Up to the lone dot, with doubled dots made single (RFC 5321 §4.5.2).
async fn data(link: &mut BufReader<TcpStream>) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let mut line = Vec::new();
        if link.read_until(b'\n', &mut line).await? == 0 || line == b".\r\n" {
            return Ok(bytes);
        }
        bytes.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}

/// A mailbox server that greets and then says no more: whoever comes stays and waits.
pub struct SilentImap {
    pub port: u16,
    came: tokio::sync::mpsc::Receiver<TcpStream>,
}

impl SilentImap {
    /// The next one who comes within `patience`.
    pub async fn next(&mut self, patience: std::time::Duration) -> Option<TcpStream> {
        tokio::time::timeout(patience, self.came.recv()).await.ok().flatten()
    }
}

pub async fn silent_imap() -> SilentImap {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (told, came) = tokio::sync::mpsc::channel(8);
    tokio::spawn(async move {
        while let Ok((mut peer, _)) = listener.accept().await {
            if peer.write_all(b"* OK ready\r\n").await.is_err() || told.send(peer).await.is_err() {
                return;
            }
        }
    });
    SilentImap { port, came }
}
