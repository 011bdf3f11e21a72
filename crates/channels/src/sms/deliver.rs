//! What an SMSC hands over: a message, a part of one, or a receipt.
//!
//! **Repeats.** SMPP gives a message of a telephone no id. An SMSC that saw no answer sends the very same PDU again, with
//! another sequence number, within minutes; a person who writes the same words again (`KQ …` tomorrow) does the same. So
//! [`fingerprint`] names what was written, and time decides: **the same fingerprint on the same account within
//! [`REPEAT`] of the last time it came is a repeat**, later it is a new message. Whoever stores makes the message's key of
//! the fingerprint and the time of its first arrival, and answers a repeat as if it had been stored: it has been.
//!
//! **Parts.** [`Part::key`] is the same for all parts of a message. Telephones count their reference up and begin again, so
//! a key comes back after days with other words: a set is closed when it is complete or after [`PATIENCE`], a part that
//! comes to a closed set begins a new one, unless its fingerprint is that of a part of the closed one ([`REPEAT`] again).
//! [`join`] makes one event of what there is, and says where something is missing.
//!
//! **Receipts** come before the answer to `submit_sm` at times: keep one that matches nothing for some minutes.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::coding;
use super::concat::Concat;
use super::pdu::{self, Body, PduError, ShortMessage, command};
use super::receipt::{Outcome, Receipt};
use super::text::Alphabet;
use crate::event::{Event, Kind};

/// How long after it came a message with the same fingerprint is taken for the same.
pub const REPEAT: Duration = Duration::from_secs(15 * 60);

/// How long parts wait for the others.
pub const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// Stands where a part did not come.
const GAP: &str = " […] ";

/// What was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivered {
    /// A whole message ([`Kind::Message`]), or content that is no text ([`Kind::Ignored`]). Its `external_id` is the
    /// fingerprint.
    Message(Event),
    Part(Part),
    /// What became of a message of ours: [`Kind::DeliveryReceipt`], [`Kind::Failed`], or [`Kind::Ignored`] while more may
    /// come. `receipt_ids` holds the SMSC's id as it wrote it: see [`super::receipt::id_forms`].
    Receipt(Event, Receipt),
}

/// One part of a long message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The same for all parts of the message, at most 160 octets.
    pub key: String,
    /// Reference, total and number of this one.
    pub concat: Concat,
    /// Of this part.
    pub fingerprint: String,
    pub sender_id: String,
    pub recipient_id: String,
    /// What this part alone says; a character that was cut in two shows as U+FFFD.
    pub text: Option<String>,
    pub data_coding: u8,
    /// The part as it came, without header.
    #[serde(with = "hex")]
    pub octets: Vec<u8>,
}

/// Octets that are no `deliver_sm` or `data_sm`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error(transparent)]
    Pdu(#[from] PduError),
    #[error("a {0} delivers nothing")]
    OtherCommand(String),
}

/// Reads one PDU as it was stored. `alphabet` is what the link's SMSC takes coding 0 for.
///
/// # Errors
/// It is none, or none that delivers.
pub fn read(octets: &[u8], alphabet: Alphabet) -> Result<Delivered, Unreadable> {
    let pdu = pdu::decode(octets)?;
    let name = || command::name(pdu.header.command).unwrap_or_default();
    let Body::ShortMessage(message) = &pdu.body else { return Err(Unreadable::OtherCommand(name())) };
    if pdu.header.command == command::SUBMIT_SM {
        return Err(Unreadable::OtherCommand(name()));
    }
    let (concat, content) = message.parted()?;
    let text = coding::decode(content, message.data_coding, alphabet);
    if message.is_receipt() {
        return Ok(told(message, &text.unwrap_or_default()));
    }
    let fingerprint = fingerprint(message);
    if let Some(concat) = concat.filter(|concat| concat.total > 1) {
        return Ok(Delivered::Part(Part {
            key: key(message, concat),
            concat,
            fingerprint,
            sender_id: message.source.addr.clone(),
            recipient_id: message.destination.addr.clone(),
            text: text.as_deref().map(coding::tidy),
            data_coding: message.data_coding,
            octets: content.to_vec(),
        }));
    }
    Ok(Delivered::Message(written(&message.source.addr, &message.destination.addr, text, fingerprint)))
}

/// What was written by whom to whom, whenever: 64 hexadecimal digits.
pub fn fingerprint(message: &ShortMessage) -> String {
    let mut hash = Sha256::new();
    for field in [message.source.addr.as_bytes(), message.destination.addr.as_bytes(), message.content()] {
        hash.update((field.len() as u64).to_be_bytes());
        hash.update(field);
    }
    // Which part it is may stand in parameters, beside the content.
    let part = super::tlv::concat(&message.tlvs).map_or([0; 2], |concat| [concat.total, concat.part]);
    hash.update([message.esm_class & 0x40, message.data_coding, part[0], part[1]]);
    hex::encode(hash.finalize())
}

/// Makes one event of the parts of a message that came, in whatever order; of two with one number the first counts. Its
/// `external_id` is the same whichever order they came in. `missing` are the numbers of those that did not come.
pub fn join<'a>(parts: impl IntoIterator<Item = &'a Part>, alphabet: Alphabet) -> Option<Joined> {
    let mut sorted: Vec<&Part> = parts.into_iter().collect();
    sorted.sort_by_key(|part| part.concat.part);
    sorted.dedup_by_key(|part| part.concat.part);
    let first = *sorted.first()?;
    let missing: Vec<u8> = (1..=first.concat.total).filter(|number| !sorted.iter().any(|part| part.concat.part == *number)).collect();
    let mut text = String::new();
    let mut hash = Sha256::new_with_prefix(&first.key);
    // Neighbours of one coding are read as one: a character may be cut in two.
    let neighbours =
        |one: &&Part, next: &&Part| one.data_coding == next.data_coding && one.concat.part.checked_add(1) == Some(next.concat.part);
    let mut expected = 1;
    for run in sorted.chunk_by(neighbours) {
        if run[0].concat.part != expected {
            text.push_str(GAP);
        }
        let octets: Vec<u8> = run.iter().flat_map(|part| part.octets.iter().copied()).collect();
        text.push_str(&coding::decode(&octets, run[0].data_coding, alphabet).unwrap_or_default());
        run.iter().for_each(|part| hash.update(&part.fingerprint));
        expected = run[run.len() - 1].concat.part.saturating_add(1);
    }
    if missing.last() == Some(&first.concat.total) {
        text.push_str(GAP);
    }
    let event = written(&first.sender_id, &first.recipient_id, Some(text), hex::encode(hash.finalize()));
    Some(Joined { event, missing })
}

/// A message made of parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    pub event: Event,
    /// Numbers of the parts that are not there; ` […] ` stands in their place.
    pub missing: Vec<u8>,
}

fn written(sender: &str, recipient: &str, text: Option<String>, external_id: String) -> Event {
    Event {
        kind: if text.is_some() { Kind::Message } else { Kind::Ignored },
        external_id,
        sender_id: sender.to_owned(),
        recipient_id: recipient.to_owned(),
        vendor_kind: if text.is_some() { "text" } else { "binary" }.into(),
        text: text.as_deref().map(coding::tidy),
        ..Event::default()
    }
}

fn key(message: &ShortMessage, concat: Concat) -> String {
    let Concat { reference, bits, total, .. } = concat;
    format!("{}>{}:{reference}/{bits}:{total}", message.source.addr, message.destination.addr)
}

fn told(message: &ShortMessage, text: &str) -> Delivered {
    let receipt = Receipt::of(text, &message.tlvs);
    let outcome = receipt.state().map_or(Outcome::Pending, super::receipt::State::outcome);
    let kind = match outcome {
        _ if !receipt.is_some() => Kind::Ignored,
        Outcome::Delivered => Kind::DeliveryReceipt,
        Outcome::Failed => Kind::Failed,
        Outcome::Pending => Kind::Ignored,
    };
    let stat = receipt.stat.clone().unwrap_or_default();
    let event = Event {
        kind,
        // The same receipt twice is one event; two states of one message are two.
        external_id: hex::encode(Sha256::digest(format!(
            "{}>{}:{}:{stat}",
            message.source.addr,
            message.destination.addr,
            receipt.id.as_deref().unwrap_or(text)
        ))),
        // The receipt comes from the number that the message went to.
        sender_id: message.source.addr.clone(),
        recipient_id: message.destination.addr.clone(),
        message_id: receipt.id.clone(),
        receipt_ids: receipt.id.iter().cloned().collect(),
        reason: (kind == Kind::Failed).then(|| match &receipt.err {
            Some(err) => format!("{stat} err {err}"),
            None => stat.clone(),
        }),
        vendor_kind: stat,
        ..Event::default()
    };
    Delivered::Receipt(event, receipt)
}
