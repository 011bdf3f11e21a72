//! How a message stands at the gateway, and which network a number belongs to.

use serde_json::{Value, json};

use super::handle::Fate;

/// What was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    pub sms_id: String,
    pub request_id: String,
    pub sms_type: String,
    pub phone: String,
    pub price: u64,
    pub fate: Fate,
}

impl Outcome {
    /// SendStatus: 4 rejected, 5 done, 7 at the carrier.
    fn send_status(&self) -> u8 {
        match self.fate {
            Fate::Rejected => 4,
            Fate::Silent => 7,
            _ => 5,
        }
    }

    fn succeeded(&self) -> u8 {
        u8::from(self.fate == Fate::Delivered)
    }

    fn failed(&self) -> u8 {
        u8::from(matches!(self.fate, Fate::Failed | Fate::Rejected))
    }

    /// The query of a receipt.
    pub fn query(&self) -> Vec<(&'static str, String)> {
        vec![
            ("SMSID", self.sms_id.clone()),
            ("SendFailed", self.failed().to_string()),
            ("SendStatus", self.send_status().to_string()),
            ("SendSuccess", self.succeeded().to_string()),
            ("TotalPrice", self.price.to_string()),
            ("TotalReceiver", "1".into()),
            ("TotalSent", "1".into()),
            ("RequestId", self.request_id.clone()),
            ("TypeId", self.sms_type.clone()),
            ("telcoid", network(&self.phone).to_string()),
            ("phonenumber", self.phone.clone()),
            ("error_info", String::new()),
        ]
    }

    /// The answer of GetSendStatus, in which it is called CodeResponse.
    pub fn json(&self) -> Value {
        json!({
            "CodeResponse": "100", "SMSID": self.sms_id, "SendFailed": self.failed(), "SendStatus": self.send_status(),
            "SendSuccess": self.succeeded(), "TotalPrice": self.price, "TotalReceiver": 1, "TotalSent": 1,
        })
    }
}

/// eSMS's number of the network that a prefix was given to: 1 Viettel, 2 Mobifone, 3 Vinaphone, 4 Vietnamobile, 5 Gtel, 6 Itel,
/// 7 Reddi; 0 for none.
pub(super) fn network(phone: &str) -> u8 {
    match phone.get(2..4).unwrap_or_default() {
        "86" | "96" | "97" | "98" | "32" | "33" | "34" | "35" | "36" | "37" | "38" | "39" => 1,
        "89" | "90" | "93" | "70" | "76" | "77" | "78" | "79" => 2,
        "88" | "91" | "94" | "81" | "82" | "83" | "84" | "85" => 3,
        "92" | "52" | "56" | "58" => 4,
        "99" | "59" => 5,
        "87" => 6,
        "55" => 7,
        _ => 0,
    }
}
