//! Any octets are one callback with a key, or are refused.
#![no_main]

use channels::event::{Headers, Signature};
use channels::viber;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let headers: Headers = [("X-Viber-Content-Signature", "00")].into_iter().collect();
    let Ok((signature, events)) = viber::inspect(&headers, Some("token"), body) else { return };
    assert_eq!((signature, events.len()), (Signature::Invalid, 1));
    assert!(!events[0].external_id.is_empty() && events[0].external_id.len() <= 400);
    assert!(!events[0].text.as_deref().unwrap_or_default().contains('\0'));
    assert_eq!(viber::parse(body).as_ref(), Ok(&events));
});
