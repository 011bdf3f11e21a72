//! Any report is read; what failed is an address.
#![no_main]

use channels::email::classify::{Ours, classify};
use channels::email::{bounce, parse, thread};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|raw: &[u8]| {
    let mail = parse(raw);
    classify(&mail, &Ours::default());
    let report = bounce::report(&mail, Some(b"key"));
    assert!(report.failed().iter().all(|a| a.contains('@')));
    assert!(report.token.is_none(), "nobody can guess a seal");
    thread::facts(&mail, b"key");
    thread::bare_subject(&mail.subject);
});
