//! Any octets make a mail with bounded parts.
#![no_main]

use channels::email::{html, inspect, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|raw: &[u8]| {
    let mail = parse(raw);
    assert!(mail.attachments.len() <= 200);
    for attachment in &mail.attachments {
        assert!(attachment.name.len() <= 255 && !attachment.name.contains(['/', '\\', '\0']));
        assert_eq!(attachment.bytes(raw).len(), attachment.size);
    }
    if let Some(html) = &mail.html {
        let shown = html::sanitise(html, |_| None).unwrap_or_default();
        assert!(!shown.contains("<script"));
    }
    inspect(raw);
});
