//! Any octets are one call event, whatever the shape of the exchange, or are refused.
#![no_main]

use channels::cti;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    for name in cti::names() {
        let Some(mapping) = cti::shipped(name) else { continue };
        let Ok(event) = cti::parse(mapping, octets) else { continue };
        assert!(!event.call().is_empty() && event.call_id.len() <= 250);
        assert!(event.timestamp_ms.is_none_or(|ms| ms > 0));
        assert!(event.recording_url.as_deref().is_none_or(|url| url.starts_with("http")));
        assert!([&event.from, &event.to].into_iter().flatten().all(|number| !number.is_empty() && !number.contains('\0')));
    }
});
