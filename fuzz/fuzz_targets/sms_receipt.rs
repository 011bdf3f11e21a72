//! Any text is a receipt with fields of bounded length, and any id has forms that are found again.
#![no_main]

use channels::sms::receipt::{Receipt, id_forms, same_id};
use channels::sms::text::{count, split};
use channels::sms::{Alphabet, Joining};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let receipt = Receipt::read(text);
    let Receipt { id, sub, dlvrd, submit_date, done_date, stat, err, text: words } = &receipt;
    for field in [id, sub, dlvrd, submit_date, done_date, stat, err, words].into_iter().flatten() {
        assert!(!field.is_empty() && field.chars().count() <= 255 && !field.contains(char::is_control));
    }
    if let Some(id) = id {
        assert!(same_id(id, id));
        let forms = id_forms(id);
        assert!(forms.len() <= 16 && forms.iter().all(|form| same_id(id, form)));
    }
    for joining in [Joining::Udh8, Joining::Udh16, Joining::Sar] {
        let counted = count(text, Alphabet::Gsm, joining);
        assert_eq!(split(text, Alphabet::Gsm, joining).map_or(counted.parts, |segments| segments.len()), counted.parts);
    }
});
