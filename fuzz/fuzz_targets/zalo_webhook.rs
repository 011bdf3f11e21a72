//! Any octets are one event with a key, or are refused.
#![no_main]

use channels::event::{Headers, Signature};
use channels::zalo::{self, Keys};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let headers: Headers = [("X-ZEvent-Signature", "0".repeat(64)), ("X-ZEvent-Timestamp", "1".into())].into_iter().collect();
    let keys = Keys { app_id: Some("1".into()), oa_secret: Some("key".into()), app_secret: Some("secret".into()), ..Keys::default() };
    let Ok((signature, events)) = zalo::inspect(&headers, &keys, body) else { return };
    assert_eq!((signature, events.len()), (Signature::Invalid, 1));
    let event = &events[0];
    assert!(!event.external_id.is_empty() && event.external_id.len() <= 255);
    assert!(event.attachments.len() <= 1000 && event.receipt_ids.len() <= 1001);
    assert!(!event.text.as_deref().unwrap_or_default().contains('\0'));
    assert_eq!(zalo::parse(body).as_ref(), Ok(&events), "a repeat is the same event");
});
