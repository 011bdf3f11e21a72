//! What a mail answers: reply tokens, ids, codes. And the ids of our own mail.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::encoding::base32;
use super::header::{addresses, message_ids};
use super::parse::Mail;

/// Fields in which the address we were reached at may stand, best first.
const ADDRESS_FIELDS: [&str; 6] = ["to", "cc", "delivered-to", "x-original-to", "x-forwarded-to", "envelope-to"];

/// Seal of a name: the first 10 octets of HMAC-SHA256, base32 in lower case (16 letters).
pub fn seal(key: &[u8], name: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(name.as_bytes());
    base32(&mac.finalize().into_bytes()[..10])
}

/// The token for a name such as `c-000123`: the name, a dot and its seal.
pub fn token(key: &[u8], name: &str) -> String {
    format!("{name}.{}", seal(key, name))
}

/// The name in a token when its seal is right; compared in constant time.
pub fn verify(key: &[u8], token: &str) -> Option<String> {
    let token = token.to_ascii_lowercase();
    let (name, sealed) = token.rsplit_once('.')?;
    if name.is_empty() || name.len() > 64 || sealed.len() != 16 {
        return None;
    }
    bool::from(seal(key, name).as_bytes().ct_eq(sealed.as_bytes())).then(|| name.to_owned())
}

/// `phananh@example.gov.vn` with a token: `phananh+TOKEN@example.gov.vn`. `None` if it is no address.
pub fn plus_address(mailbox: &str, token: &str) -> Option<String> {
    let (local, domain) = mailbox.rsplit_once('@')?;
    Some(format!("{local}+{token}@{domain}"))
}

/// What stands after the `+` of an address.
pub fn plus_part(address: &str) -> Option<&str> {
    let (local, _) = address.rsplit_once('@')?;
    local.split_once('+').map(|(_, part)| part)
}

/// Names of all tokens with a right seal in the fields that say where a mail went. A wrong token is
/// as good as none: the mail opens a new conversation.
pub fn names(mail: &Mail, key: &[u8]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for field in ADDRESS_FIELDS {
        for mailbox in mail.fields.all(field).flat_map(addresses) {
            if let Some(name) = plus_part(&mailbox.address).and_then(|part| verify(key, part))
                && !names.contains(&name)
            {
                names.push(name);
            }
        }
    }
    names
}

/// Ids this mail answers: In-Reply-To in its order, then References from last to first.
pub fn answers(mail: &Mail) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    let references = mail.references.iter().rev();
    for id in mail.in_reply_to.iter().chain(references) {
        if !ids.contains(id) {
            ids.push(id.clone());
        }
    }
    ids
}

/// Runs of ten digits in a subject, separators (blank, dot, dash, no-break space) removed: candidates
/// for a tracking code. Whether one is real, and may be used, is for the caller to say.
pub fn codes(subject: &str) -> Vec<String> {
    let mut codes: Vec<String> = Vec::new();
    let mut digits = String::new();
    let mut gap = 0;
    let mut flush = |digits: &mut String| {
        if digits.len() == 10 && !codes.contains(digits) {
            codes.push(digits.clone());
        }
        digits.clear();
    };
    for c in subject.chars() {
        match c {
            '0'..='9' => {
                digits.push(c);
                gap = 0;
            }
            ' ' | '.' | '-' | '\u{a0}' | '\u{202f}' if !digits.is_empty() && gap == 0 => gap = 1,
            _ => {
                flush(&mut digits);
                gap = 0;
            }
        }
    }
    flush(&mut digits);
    codes
}

/// All facts of threading, for the common form.
pub fn facts(mail: &Mail, key: &[u8]) -> crate::Threading {
    crate::Threading {
        tokens: names(mail, key).into_iter().filter(|n| !n.starts_with(super::bounce::BOUNCE_PREFIX)).collect(),
        answers: answers(mail),
        codes: codes(&mail.subject),
        // The first 22 octets of Outlook's Thread-Index are the same in a whole thread.
        vendor_thread: mail.fields.get("thread-index").and_then(|v| {
            let octets = super::encoding::base64(v.as_bytes());
            octets.get(..22).map(hex::encode)
        }),
    }
}

const PREFIXES: [&str; 12] = ["re", "fwd", "fw", "trả lời", "tl", "chuyển tiếp", "ct", "aw", "wg", "sv", "rv", "tr"];

/// Subject without the prefixes of answers and forwards, in lower case, for comparing. "V/v:" stays:
/// it means "về việc".
pub fn bare_subject(subject: &str) -> String {
    let subject = super::charset::nfc(subject).replace('\u{a0}', " ").to_lowercase();
    let mut rest = subject.trim();
    while let Some((head, tail)) = rest.split_once([':', '：']) {
        let head = head.trim();
        let bare = match head.split_once('[') {
            Some((word, count)) if count.strip_suffix(']').is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit())) => word.trim(),
            _ => head,
        };
        if !PREFIXES.contains(&bare) {
            break;
        }
        rest = tail.trim();
    }
    rest.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A Message-ID (without brackets) of 128 random bits, so that nobody can forge a reference to it.
pub fn new_message_id(random: [u8; 16], host: &str) -> String {
    format!("{}@{host}", base32(&random))
}

/// Whether an id has the shape of ours. The host alone says nothing: a mail server of that name writes
/// its delivery reports under it too.
pub fn is_own_id(id: &str, host: &str) -> bool {
    id.rsplit_once('@').is_some_and(|(random, at)| {
        at.eq_ignore_ascii_case(host) && random.len() == 26 && random.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7'))
    })
}

/// Message-ID of the mail carried inside a report.
pub(super) fn original_id(mail: &Mail) -> Option<String> {
    let fields = mail.original_fields.as_ref()?;
    message_ids(fields.get("message-id")?).into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email::parse;

    const KEY: &[u8] = b"khoa-thu-nghiem";

    #[test]
    fn worked_example() {
        assert_eq!(seal(KEY, "c-000123"), "duiodrgmk4zl4er5");
        let token = token(KEY, "c-000123");
        assert_eq!(plus_address("phananh@example.gov.vn", &token).as_deref(), Some("phananh+c-000123.duiodrgmk4zl4er5@example.gov.vn"));
        assert_eq!(verify(KEY, &token).as_deref(), Some("c-000123"));
        assert_eq!(verify(KEY, &token.to_uppercase()).as_deref(), Some("c-000123"));
        for wrong in ["c-000124.duiodrgmk4zl4er5", "c-000123.duiodrgmk4zl4er6", "c-000123.", ".", "", "x"] {
            assert_eq!(verify(KEY, wrong), None, "{wrong}");
        }
        assert_eq!(verify(b"other", &token), None);
    }

    #[test]
    fn tokens_from_every_field() {
        for field in ["To", "Cc", "Delivered-To", "X-Original-To", "X-Forwarded-To", "Envelope-To"] {
            let raw = format!("{field}: \"1022\" <phananh+c-000123.duiodrgmk4zl4er5@example.gov.vn>\n\nx");
            assert_eq!(names(&parse(raw.as_bytes()), KEY), ["c-000123"], "{field}");
        }
        let forged = parse(b"To: phananh+c-000123.aaaaaaaaaaaaaaaa@example.gov.vn\n\nx");
        assert!(names(&forged, KEY).is_empty());
    }

    #[test]
    fn order_of_ids() {
        let mail = parse(b"In-Reply-To: <b@x> (from Lan)\n <a@x>\nReferences: <1@x>\n\t<2@x> <b@x>\n\nx");
        assert_eq!(answers(&mail), ["b@x", "a@x", "2@x", "1@x"]);
    }

    #[test]
    fn codes_in_subjects() {
        assert_eq!(codes("Re: [26 4071 923 5] hỏi thêm"), ["2640719235"]);
        assert_eq!(codes("26.4071.923.5 / 2640719235"), ["2640719235"]);
        assert!(codes("0901 234 567 890 và 12 345").is_empty());
    }

    #[test]
    fn subjects_compare() {
        for subject in ["Re: Giấy phép", "RE: FW: giấy  phép", "Re[2]: Giấy phép", "Trả lời: CT: Giấy phép", "AW:TR: Giấy phép"]
        {
            assert_eq!(bare_subject(subject), "giấy phép", "{subject}");
        }
        assert_eq!(bare_subject("V/v: giấy phép"), "v/v: giấy phép");
    }

    #[test]
    fn message_ids_are_base32() {
        let id = new_message_id([0xff; 16], "mail.example.gov.vn");
        assert_eq!(id, "77777777777777777777777774@mail.example.gov.vn");
        assert!(is_own_id(&id, "mail.example.gov.vn") && !is_own_id(&id, "example.gov.vn"));
        assert!(!is_own_id("20200610021000.ABC@mail.example.gov.vn", "mail.example.gov.vn"));
    }
}
