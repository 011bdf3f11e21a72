//! Hands a message to eSMS.

use std::time::Duration;

use serde_json::json;

use crate::answer::{self, repeatable, said};
use crate::email::charset::nfc;
use crate::http::{self, Client};
use crate::json::Object;
use crate::outbound::{Content, Recipient};
use crate::sms::text::{self, Alphabet, Encoding};
use crate::{Error, Outbound, Receipt};

/// Where eSMS takes messages.
pub const BASE: &str = "https://rest.esms.vn";

const PATH: [&str; 4] = ["MainService.svc", "json", "SendMultipleMessage_V4_post_json", ""];

/// Octets of a RequestId.
const LONGEST_ID: usize = 50;

/// After an answer that says nothing.
const PAUSE: Duration = Duration::from_secs(60);

/// Our account there: settings.
#[derive(Clone)]
pub struct Access {
    /// [`BASE`], or the simulator's.
    pub base: String,
    pub api_key: String,
    pub secret_key: String,
    /// Registered sender.
    pub brandname: String,
    /// `2` is customer care.
    pub sms_type: String,
    /// Answers as if, and sends nothing.
    pub sandbox: bool,
    /// Where receipts go, with a secret in it.
    pub callback: Option<String>,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "esms::Access({} at {})", self.brandname, self.base)
    }
}

/// Sends one text to a number. [`Outbound::id`] (at most 50 octets) goes as RequestId.
///
/// # Errors
/// Nothing is ever [`Error::Lost`]: the same id may be sent again for 24 hours, and is then accepted already.
pub async fn send(client: &Client, access: &Access, message: &Outbound) -> Result<Receipt, Error> {
    let Recipient::Person(number) = &message.recipient else { return Err(Error::Rejected("SMS has no comments".into())) };
    let Content::Text { text, buttons } = &message.content else { return Err(Error::Rejected("SMS has no files".into())) };
    if !buttons.is_empty() {
        return Err(Error::Rejected("SMS has no buttons: the text lists them".into()));
    }
    if message.id.len() > LONGEST_ID {
        return Err(Error::Rejected(format!("the id is longer than the {LONGEST_ID} octets that remove repeats")));
    }
    let text = nfc(text);
    let unicode = text::encoding(&text, Alphabet::Gsm) == Encoding::Ucs2;
    let digit = |yes: bool| if yes { "1" } else { "0" };
    let body = json!({
        "ApiKey": access.api_key,
        "SecretKey": access.secret_key,
        "Phone": number,
        "Content": text,
        "Brandname": access.brandname,
        "SmsType": access.sms_type,
        "IsUnicode": digit(unicode),
        "Sandbox": digit(access.sandbox),
        "RequestId": message.id,
        "CallbackUrl": access.callback.as_deref().unwrap_or_default(),
        "SendDate": "",
    });
    let mut address = http::base(&access.base)?;
    // A web address has a path.
    if let Ok(mut segments) = address.path_segments_mut() {
        segments.pop_if_empty().extend(PATH);
    }
    let answer = answer::of(client.post(address).json(&body)).await.map_err(repeatable)?;
    let told = Object::read(&answer.body).unwrap_or_default();
    let Some(code) = told.integer("CodeResult").filter(|_| answer.status.is_success()) else {
        return Err(repeatable(answer.refusal()));
    };
    let reason = format!("{code} {}", said(told.text("ErrorMessage"))).trim_end().to_owned();
    match meaning(code, &reason) {
        Some(error) => Err(error),
        None => Ok(Receipt { external_id: told.id("SMSID"), answer: format!("CodeResult {reason}"), quota: None }),
    }
}

/// `None` when the message was accepted, now (100) or when it came before (124).
fn meaning(code: i64, reason: &str) -> Option<Error> {
    let reason = reason.to_owned();
    Some(match code {
        100 | 124 => return None,
        // Blocked or unknown.
        99 => Error::Throttled { after: Some(PAUSE), reason },
        // Credentials, brandname, type of message, our address.
        101 | 104 | 118 | 140 => Error::Misconfigured(reason),
        103 => Error::OutOfQuota(reason),
        108 => Error::PersonGone(reason),
        // A text outside the registered templates (146), a network for which the brandname is not registered (177).
        _ => Error::Rejected(reason),
    })
}
