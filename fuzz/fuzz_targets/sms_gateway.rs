//! Any octets are a call of a gateway with a key, or are refused; nobody guesses a signature.
#![no_main]

use channels::event::{Kind, Signature};
use channels::sms::{esms, vcom};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let query = String::from_utf8_lossy(body);
    if let Ok((signature, event)) = esms::message(&query, Some("key")) {
        assert_eq!((signature, event.kind), (Signature::Invalid, Kind::Message));
        assert!(!event.external_id.is_empty() && !event.sender_id.is_empty());
        assert!(!event.text.unwrap_or_default().contains('\0'));
        let answer = esms::answer(&event.external_id, &event.sender_id, &query);
        assert_eq!(answer.matches('<').count(), 8);
    }
    if let Ok(event) = esms::receipt(&query) {
        assert!(!event.external_id.is_empty() && event.external_id.len() <= 600);
    }
    if let Ok((signature, event)) = vcom::message(body, Some("key")) {
        assert_eq!(signature, Signature::Invalid);
        assert!(!event.external_id.is_empty() && !event.sender_id.is_empty());
    }
    for shown in [esms::inspect(body, None), vcom::inspect(body, None)].into_iter().flatten() {
        assert!(shown["external_id"].as_str().is_some_and(|id| !id.is_empty()));
    }
});
