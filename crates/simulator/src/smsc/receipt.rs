//! Delivery receipts in the shapes that SMSCs write. [SMPP 3.4 appendix B; sms.md §4]

use jiff::Timestamp;

use super::message::{Address, IS_RECEIPT, Message};
use super::pdu::tag;
use super::route::{Fate, ReceiptShape, Receipts};
use crate::clock::in_viet_nam;

impl Fate {
    /// The word in receipts and the number in message_state.
    fn names(self) -> (&'static str, u8) {
        match self {
            Self::Enroute => ("ENROUTE", 1),
            Self::Delivered => ("DELIVRD", 2),
            Self::Expired => ("EXPIRED", 3),
            Self::Deleted => ("DELETED", 4),
            Self::Undeliverable => ("UNDELIV", 5),
            Self::Accepted => ("ACCEPTD", 6),
            Self::Unknown => ("UNKNOWN", 7),
            Self::Rejected => ("REJECTD", 8),
        }
    }
}

/// One receipt to be written.
pub(super) struct Receipt<'a> {
    pub id: u32,
    pub message: &'a Message,
    /// The beginning of the text is quoted.
    pub text: &'a str,
    pub fate: Fate,
    pub submitted: Timestamp,
    pub done: Timestamp,
}

impl Receipt<'_> {
    /// The deliver_sm: from the subscriber to the sender.
    pub fn deliver(&self, how: &Receipts) -> Message {
        let id = how.ids.write(self.id);
        let (_, state) = self.fate.names();
        let wordless = how.shape == ReceiptShape::Wordless;
        let mut tlvs = Vec::new();
        if how.tlvs || wordless {
            let mut receipted = id.clone().into_bytes();
            receipted.push(0);
            tlvs.push((tag::RECEIPTED_MESSAGE_ID, receipted));
            tlvs.push((tag::MESSAGE_STATE, vec![state]));
            if let Some(reference) = self.message.tlv(tag::USER_MESSAGE_REFERENCE) {
                tlvs.push((tag::USER_MESSAGE_REFERENCE, reference.to_vec()));
            }
        }
        let words = if wordless { String::new() } else { self.words(&id, how.shape) };
        let from: Address = self.message.destination.clone();
        Message {
            source: from,
            destination: self.message.source.clone(),
            esm_class: IS_RECEIPT,
            short: words.into_bytes(),
            tlvs,
            ..Message::default()
        }
    }

    fn words(&self, id: &str, shape: ReceiptShape) -> String {
        let date = |at: Timestamp| {
            let format = match shape {
                ReceiptShape::Seconds => "%y%m%d%H%M%S",
                ReceiptShape::Century => "%Y%m%d%H%M%S",
                _ => "%y%m%d%H%M",
            };
            in_viet_nam(at).strftime(format).to_string()
        };
        let (submitted, done) = (date(self.submitted), date(self.done));
        let (stat, _) = self.fate.names();
        let delivered = u8::from(self.fate == Fate::Delivered);
        let (decimal, hex) = if self.fate == Fate::Delivered { ("000", "0") } else { ("031", "1F") };
        let text: String = self.text.chars().filter(char::is_ascii).take(20).collect();
        match shape {
            ReceiptShape::Short => format!("id:{id} submit date:{submitted} done date:{done} stat:{stat} err:{decimal} text:{text}"),
            ReceiptShape::Shuffled => format!(
                "stat:{stat} id:{id} err:{decimal} done date:{done} submit date:{submitted} dlvrd:00{delivered} sub:001 text:{text}"
            ),
            ReceiptShape::Capital => {
                format!("id:{id} sub:001 dlvrd:00{delivered} submit date:{submitted} done date:{done} stat:{stat} err:{hex} Text:{text}")
            }
            _ => format!(
                "id:{id} sub:001 dlvrd:00{delivered} submit date:{submitted} done date:{done} stat:{stat} err:{decimal} text:{text}"
            ),
        }
    }
}
