//! The other end of a session: says what a test tells it to, and shows what it heard. It shares no code with ours.

use std::time::Duration;

use channels::email::tls::{Security, Server};
use channels::sms::pdu::Address;
use channels::sms::session::{self, Access, Deliveries, Pace, Session};
use channels::sms::{Alphabet, Joining, Style, Submit, submits};
use channels::{Error, Receipt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Short enough for a test of silence.
pub const SOON: Duration = Duration::from_millis(600);

pub const BIND_RESP: u32 = 0x8000_0009;
pub const SUBMIT: u32 = 0x04;
pub const SUBMIT_RESP: u32 = 0x8000_0004;
pub const DELIVER: u32 = 0x05;
pub const DELIVER_RESP: u32 = 0x8000_0005;
pub const UNBIND: u32 = 0x06;
pub const UNBIND_RESP: u32 = 0x8000_0006;
pub const ENQUIRE: u32 = 0x15;
pub const ENQUIRE_RESP: u32 = 0x8000_0015;
pub const NACK: u32 = 0x8000_0000;

/// One PDU as it was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    pub command: u32,
    pub status: u32,
    pub sequence: u32,
    pub body: Vec<u8>,
}

impl Heard {
    pub fn is(&self, command: u32, status: u32, sequence: u32) -> bool {
        (self.command, self.status, self.sequence) == (command, status, sequence)
    }
}

pub struct Smsc<S = TcpStream>(pub S);

impl<S: AsyncReadExt + AsyncWriteExt + Unpin> Smsc<S> {
    /// The next PDU; `None` at the end of the link.
    pub async fn hear(&mut self) -> Option<Heard> {
        let length = self.0.read_u32().await.ok()?;
        let command = self.0.read_u32().await.ok()?;
        let status = self.0.read_u32().await.ok()?;
        let sequence = self.0.read_u32().await.ok()?;
        let mut body = vec![0; usize::try_from(length).unwrap() - 16];
        self.0.read_exact(&mut body).await.ok()?;
        Some(Heard { command, status, sequence, body })
    }

    /// The next PDU, which has to be of that command.
    pub async fn expect(&mut self, command: u32) -> Heard {
        let heard = self.hear().await.expect("a PDU");
        assert_eq!(heard.command, command, "{heard:?}");
        heard
    }

    pub async fn write(&mut self, octets: &[u8]) {
        self.0.write_all(octets).await.unwrap();
    }

    pub async fn say(&mut self, command: u32, status: u32, sequence: u32, body: &[u8]) {
        let length = u32::try_from(16 + body.len()).unwrap();
        let header = [length, command, status, sequence].map(u32::to_be_bytes).concat();
        self.write(&[&header, body].concat()).await;
    }

    /// Takes the bind.
    pub async fn let_in(&mut self) {
        let bind = self.expect(0x09).await;
        self.say(BIND_RESP, 0, bind.sequence, b"SMSC01\0").await;
    }

    /// Asks whether the other side is there: what it says before it answers.
    pub async fn ask(&mut self, sequence: u32) -> Vec<Heard> {
        self.say(ENQUIRE, 0, sequence, b"").await;
        let mut before = Vec::new();
        loop {
            let heard = self.hear().await.expect("an answer");
            if heard.is(ENQUIRE_RESP, 0, sequence) {
                return before;
            }
            before.push(heard);
        }
    }

    /// A short message of a person, numbered.
    pub async fn deliver(&mut self, sequence: u32, text: &str) {
        self.say(DELIVER, 0, sequence, &short_message(0, text)).await;
    }
}

/// The body of a message from 84900000001 to 1022.
pub fn short_message(esm_class: u8, text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).unwrap();
    let mut body = b"\0\x01\x0184900000001\0\0\x011022\0".to_vec();
    body.extend([esm_class, 0, 0, 0, 0, 0, 0, 0, 0, length]);
    body.extend(text.as_bytes());
    body
}

pub fn access(port: u16) -> Access {
    Access {
        server: Server { host: "127.0.0.1".into(), port, security: Security::Plain, extra_root: None },
        system_id: "doithoai".into(),
        password: "s3cret".into(),
        system_type: String::new(),
    }
}

/// So patient that only a fault is noticed.
pub fn patient() -> Pace {
    Pace { window: 10, answer: Duration::from_secs(60), enquire_link: Duration::from_secs(60) }
}

/// A bound session and its other end.
pub async fn bound(pace: Pace) -> (Session, Deliveries, Smsc) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let access = access(listener.local_addr().unwrap().port());
    let accept = async {
        let mut smsc = Smsc(listener.accept().await.unwrap().0);
        smsc.let_in().await;
        smsc
    };
    let (opened, smsc) = tokio::join!(session::open(&access, pace), accept);
    let (session, deliveries) = opened.unwrap();
    (session, deliveries, smsc)
}

pub fn message(text: &str) -> Submit {
    let source = Address { ton: 5, npi: 0, addr: "DOITHOAI".into() };
    let style = Style { source, alphabet: Alphabet::Gsm, joining: Joining::Udh8, receipts: true };
    submits(&style, "84900000001", text, 0x2A, 0).unwrap().remove(0)
}

/// Begins to send a message.
pub fn submit(session: &Session, text: &str) -> JoinHandle<Result<Receipt, Error>> {
    let (session, message) = (session.clone(), message(text));
    tokio::spawn(async move { session.submit(message).await })
}
