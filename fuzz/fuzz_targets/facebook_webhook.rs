//! Any octets are a delivery with events that have keys, or are refused.
#![no_main]

use channels::event::{Headers, Signature};
use channels::facebook;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let headers: Headers = [("X-Hub-Signature-256", "sha256=00")].into_iter().collect();
    let Ok((signature, events)) = facebook::inspect(&headers, Some("secret"), body) else { return };
    assert_eq!(signature, Signature::Invalid);
    assert!(events.len() <= body.len(), "an event costs what was sent for it");
    for event in &events {
        assert!(!event.external_id.is_empty() && event.external_id.len() <= 400);
        assert!(!event.text.as_deref().unwrap_or_default().contains('\0'));
    }
    // The same octets are the same events.
    assert_eq!(facebook::parse(body).as_ref(), Ok(&events));
});
