//! `SendMultipleMessage_V4_post_json`: checks in the order of the code table, then the ledger, the handset and the receipt.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::handle::{Account, Fate};
use super::status::{Outcome, network};
use super::{Inner, State};
use crate::clock::later;
use crate::handset::international;
use crate::ledger::Sent;
use crate::parameters::Parameters;
use crate::text::segments;

/// A refused call: CodeResult and what stands beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Code(pub u16, pub &'static str);

impl Code {
    pub const UNKNOWN: Self = Self(99, "Lỗi không xác định, thử lại sau");
    pub const CREDENTIALS: Self = Self(101, "Đăng nhập thất bại (api key hoặc secrect key không đúng)");
    const BALANCE: Self = Self(103, "Số dư tài khoản không đủ để gửi tin");
    const BRANDNAME: Self = Self(104, "Mã Brandname không đúng");
    const PHONE: Self = Self(108, "Số điện thoại không đúng");
    const TYPE: Self = Self(118, "Loại tin nhắn không hợp lệ");
    const REPEATED: Self = Self(124, "RequestID đã tồn tại");
    const TEMPLATE: Self = Self(146, "Sai template CSKH");
    const NETWORK: Self = Self(177, "Brandname chưa được đăng ký cho mạng này");

    pub fn body(self) -> Value {
        json!({"CodeResult": self.0.to_string(), "ErrorMessage": self.1})
    }
}

/// A RequestId blocks its repeats for so long.
const REQUEST_KEPT: SignedDuration = SignedDuration::from_hours(24);
/// Octets of a RequestId.
const LONGEST_REQUEST_ID: usize = 50;
/// Octets of a text.
const LONGEST_TEXT: usize = 4_000;
/// RequestIds and messages that are remembered.
const MOST: usize = 500_000;

impl Inner {
    pub(super) fn account<'a>(&self, state: &'a State, call: &Parameters) -> Result<&'a Account, Code> {
        let text = |name: &str| call.text(name).unwrap_or_default();
        let account = state.accounts.get(&text("ApiKey")).filter(|account| account.secret_key == text("SecretKey"));
        account.ok_or(Code::CREDENTIALS)
    }

    /// What is answered, and the address that the receipt goes to.
    pub(super) fn send(self: &Arc<Self>, state: &mut State, call: &Parameters, answered: bool) -> Result<Value, Code> {
        let text = |name: &str| call.text(name).unwrap_or_default();
        let account = self.account(state, call)?.clone();
        let phone = international(text("Phone").trim());
        let content = text("Content");
        let now = self.world.now();

        if !matches!(text("SmsType").as_str(), "1" | "2" | "8") {
            return Err(Code::TYPE);
        }
        if !(phone.starts_with("84") && phone.len() == 11 && phone.bytes().all(|octet| octet.is_ascii_digit())) {
            return Err(Code::PHONE);
        }
        let brandname = text("Brandname");
        if !account.brandnames.contains(&brandname) {
            return Err(Code::BRANDNAME);
        }
        let fits = account.templates.is_empty() || account.templates.iter().any(|template| matches_template(template, &content));
        if content.trim().is_empty() || content.len() > LONGEST_TEXT || !fits {
            return Err(Code::TEMPLATE);
        }
        if account.unregistered.contains(&network(&phone)) {
            return Err(Code::NETWORK);
        }
        let fate = state.fates.get(&phone).copied().unwrap_or_default();
        if let Fate::Refused(code) = fate {
            return Err(Code(code, "Tin bị từ chối"));
        }
        let request_id = text("RequestId");
        if request_id.len() > LONGEST_REQUEST_ID {
            return Err(Code::UNKNOWN);
        }
        let key = (account.api_key.clone(), request_id.clone());
        let known = state.requests.get(&key).is_some_and(|at| now < later(*at, REQUEST_KEPT));
        if known && !request_id.is_empty() {
            return Err(Code::REPEATED);
        }
        let count = segments(&content);
        let price = u64::try_from(count).unwrap_or(u64::MAX).saturating_mul(u64::from(account.price));
        if price > account.balance {
            return Err(Code::BALANCE);
        }

        state.next_message += 1;
        let sms_id = format!("{}{:06}", self.random.hex(32), state.next_message);
        let body = json!({"CodeResult": "100", "CountRegenerate": 0, "SMSID": sms_id});
        if call.flag("Sandbox") == Some(true) {
            return Ok(body);
        }
        if state.requests.len() < MOST {
            state.requests.insert(key, now);
        }
        if let Some(account) = state.accounts.get_mut(&account.api_key) {
            account.balance -= price;
        }
        let outcome = Outcome { sms_id: sms_id.clone(), request_id, sms_type: text("SmsType"), phone: phone.clone(), price, fate };
        state.ledger.note(Sent {
            number: 0,
            at: now,
            account: brandname.clone(),
            to: phone.clone(),
            kind: "sms".into(),
            text: content.clone(),
            message_id: sms_id.clone(),
            answered,
            message: json!({"segments": count, "price": price, "request_id": outcome.request_id, "unicode": call.flag("IsUnicode")}),
        });
        self.world.handsets.hear(&phone, &brandname, &content, count, account.price, now);
        let callback = text("CallbackUrl");
        if fate != Fate::Silent && crate::talk::is_web_address(&callback) {
            let due = later(now, SignedDuration::from_secs(i64::from(account.receipt_after_seconds)));
            self.post_receipt(state, &account.api_key, &callback, &outcome, due);
        }
        if state.messages.len() < MOST {
            state.messages.insert(sms_id, outcome);
        }
        Ok(body)
    }
}

/// `{}` stands for anything, the rest for itself.
fn matches_template(template: &str, content: &str) -> bool {
    let mut parts = template.split("{}");
    let Some(mut rest) = parts.next().and_then(|first| content.strip_prefix(first)) else { return false };
    let mut open = false;
    for part in parts {
        open = true;
        if part.is_empty() {
            continue;
        }
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
        open = false;
    }
    open || rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_have_gaps() {
        for (template, content, fits) in [
            ("Ma {} da nhan", "Ma 26 4071 da nhan", true),
            ("Ma {} da nhan", "Ma 26 da gui", false),
            ("Ma {}", "Ma 26 con gi nua", true),
            ("Ma", "Ma 26", false),
            ("{}", "", true),
            ("Da nhan", "Da nhan", true),
        ] {
            assert_eq!(matches_template(template, content), fits, "{template} {content}");
        }
    }
}
