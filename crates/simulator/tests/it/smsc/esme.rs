//! The other end of the SMSC: a small ESME, written from the protocol's pages alone.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub const BIND_RECEIVER: u32 = 1;
pub const BIND_TRANSMITTER: u32 = 2;
pub const BIND_TRANSCEIVER: u32 = 9;
pub const SUBMIT: u32 = 4;
pub const DELIVER: u32 = 5;
pub const UNBIND: u32 = 6;
pub const ENQUIRE: u32 = 0x15;
pub const NACK: u32 = 0x8000_0000;
pub const ANSWER: u32 = 0x8000_0000;

/// A PDU as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pdu {
    pub id: u32,
    pub status: u32,
    pub sequence: u32,
    pub body: Vec<u8>,
}

impl Pdu {
    /// The message id of a submit_sm_resp.
    pub fn message_id(&self) -> String {
        assert_eq!((self.id, self.status), (SUBMIT | ANSWER, 0), "{self:?}");
        String::from_utf8(self.body[..self.body.len() - 1].to_vec()).unwrap()
    }

    /// esm_class, data_coding, short_message and TLVs of a deliver_sm.
    pub fn delivered(&self) -> Delivered {
        assert_eq!(self.id, DELIVER, "{self:?}");
        let mut at = 0;
        let string = |at: &mut usize| {
            let end = self.body[*at..].iter().position(|octet| *octet == 0).unwrap();
            let text = String::from_utf8(self.body[*at..*at + end].to_vec()).unwrap();
            *at += end + 1;
            text
        };
        string(&mut at);
        at += 2;
        let source = string(&mut at);
        at += 2;
        let destination = string(&mut at);
        let esm_class = self.body[at];
        at += 3;
        string(&mut at);
        string(&mut at);
        let data_coding = self.body[at + 2];
        let length = usize::from(self.body[at + 4]);
        at += 5;
        let short = self.body[at..at + length].to_vec();
        at += length;
        let mut tlvs = Vec::new();
        while at < self.body.len() {
            let number = |at: usize| u16::from_be_bytes([self.body[at], self.body[at + 1]]);
            let end = at + 4 + usize::from(number(at + 2));
            tlvs.push((number(at), self.body[at + 4..end].to_vec()));
            at = end;
        }
        Delivered { source, destination, esm_class, data_coding, short, tlvs }
    }
}

/// The fields of a deliver_sm that tests look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    pub source: String,
    pub destination: String,
    pub esm_class: u8,
    pub data_coding: u8,
    pub short: Vec<u8>,
    pub tlvs: Vec<(u16, Vec<u8>)>,
}

impl Delivered {
    pub fn text(&self) -> String {
        String::from_utf8(self.short.clone()).unwrap()
    }

    pub fn tlv(&self, tag: u16) -> &[u8] {
        &self.tlvs.iter().find(|(known, _)| *known == tag).unwrap_or_else(|| panic!("no TLV {tag:#06x}: {self:?}")).1
    }
}

/// One connection of ours.
pub struct Esme {
    stream: TcpStream,
    sequence: u32,
}

impl Esme {
    pub async fn connect(address: SocketAddr) -> Self {
        Self { stream: TcpStream::connect(address).await.unwrap(), sequence: 0 }
    }

    /// Bound as a transceiver.
    pub async fn bound(address: SocketAddr, system_id: &str, password: &str) -> Self {
        let mut esme = Self::connect(address).await;
        assert_eq!(esme.bind(BIND_TRANSCEIVER, system_id, password).await, 0);
        esme
    }

    /// The command status of the answer.
    pub async fn bind(&mut self, command: u32, system_id: &str, password: &str) -> u32 {
        let sequence = self.send(command, &bind_body(system_id, password)).await;
        let answer = self.read().await.unwrap();
        assert_eq!((answer.id, answer.sequence), (command | ANSWER, sequence));
        answer.status
    }

    /// Sends a request; its sequence number.
    pub async fn send(&mut self, command: u32, body: &[u8]) -> u32 {
        self.sequence += 1;
        self.write(command, 0, self.sequence, body).await;
        self.sequence
    }

    pub async fn write(&mut self, command: u32, status: u32, sequence: u32, body: &[u8]) {
        let length = u32::try_from(16 + body.len()).unwrap();
        let mut bytes: Vec<u8> = [length, command, status, sequence].iter().flat_map(|number| number.to_be_bytes()).collect();
        bytes.extend(body);
        self.stream.write_all(&bytes).await.unwrap();
    }

    pub async fn raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// The next PDU; `None` when the connection has ended or been reset.
    pub async fn read(&mut self) -> Option<Pdu> {
        let length = self.stream.read_u32().await.ok()?;
        let mut rest = vec![0; usize::try_from(length).unwrap() - 4];
        self.stream.read_exact(&mut rest).await.ok()?;
        let number = |at: usize| u32::from_be_bytes(rest[at..at + 4].try_into().unwrap());
        Some(Pdu { id: number(0), status: number(4), sequence: number(8), body: rest[12..].to_vec() })
    }

    /// Submits and reads the answer, which must be the next PDU.
    pub async fn submit(&mut self, submit: &Submit<'_>) -> Pdu {
        let sequence = self.send(SUBMIT, &submit.body()).await;
        let answer = self.read().await.unwrap();
        assert_eq!((answer.id & !ANSWER | ANSWER, answer.sequence), (SUBMIT | ANSWER, sequence), "{answer:?}");
        answer
    }

    /// Reads a deliver_sm and answers it with this status.
    pub async fn take(&mut self, status: u32) -> Delivered {
        let pdu = self.read().await.unwrap();
        let delivered = pdu.delivered();
        self.write(DELIVER | ANSWER, status, pdu.sequence, &[0]).await;
        delivered
    }
}

pub fn bind_body(system_id: &str, password: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for text in [system_id, password, ""] {
        body.extend(text.as_bytes());
        body.push(0);
    }
    body.extend([0x34, 0, 0, 0]);
    body
}

/// A submit_sm to be sent.
#[derive(Clone)]
pub struct Submit<'a> {
    pub from: &'a str,
    pub to: &'a str,
    pub esm_class: u8,
    pub registered: u8,
    pub data_coding: u8,
    pub short: Vec<u8>,
    pub tlvs: Vec<(u16, Vec<u8>)>,
}

impl<'a> Submit<'a> {
    /// From 1022, a receipt asked for.
    pub fn new(to: &'a str, text: &str) -> Self {
        Self { from: "1022", to, esm_class: 0, registered: 1, data_coding: 0, short: text.into(), tlvs: Vec::new() }
    }

    pub fn body(&self) -> Vec<u8> {
        let mut body = vec![0, 3, 0];
        body.extend(self.from.as_bytes());
        body.extend([0, 1, 1]);
        body.extend(self.to.as_bytes());
        body.extend([0, self.esm_class, 0, 0, 0, 0, self.registered, 0, self.data_coding, 0, u8::try_from(self.short.len()).unwrap()]);
        body.extend(&self.short);
        for (tag, value) in &self.tlvs {
            body.extend(tag.to_be_bytes());
            body.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
            body.extend(value);
        }
        body
    }
}
