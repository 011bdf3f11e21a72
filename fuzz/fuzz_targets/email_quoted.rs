//! The visible part never grows and never vanishes.
#![no_main]

use channels::email::{html, quoted};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let shown = quoted::visible(text, None);
    assert!(shown.len() <= text.len());
    assert_eq!(shown.is_empty(), text.trim().is_empty());
    quoted::forwarded(text);
    quoted::unflow(text, text.len() % 2 == 0);
    let converted = html::to_text(text);
    if let Some(cut) = converted.cut {
        assert!(converted.text.is_char_boundary(cut));
    }
    quoted::visible(&converted.text, converted.cut);
});
