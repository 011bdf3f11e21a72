//! Any octets are one event with a key, or are refused.
#![no_main]

use channels::event::{Headers, Signature};
use channels::telegram;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let headers: Headers = [("X-Telegram-Bot-Api-Secret-Token", "x")].into_iter().collect();
    let Ok((signature, events)) = telegram::inspect(&headers, Some("secret"), body) else { return };
    assert_eq!((signature, events.len()), (Signature::Invalid, 1));
    let event = &events[0];
    assert!(!event.external_id.is_empty() && event.external_id.len() <= 255);
    assert!(event.attachments.len() <= 10 && event.vendor_kind.chars().count() <= 64);
    assert!(!event.text.as_deref().unwrap_or_default().contains('\0'));
    assert_eq!(telegram::parse(body).as_ref(), Ok(&events), "a repeat is the same event");
});
