//! Any octets are a PDU or an error with a name; what an SMSC delivers is read, and its parts are joined.
#![no_main]

use channels::sms::deliver::{self, Delivered};
use channels::sms::{Alphabet, inspect, pdu};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    // The length is made right, or nearly nothing would get past it.
    let mut octets = octets.to_vec();
    let there = u32::try_from(octets.len()).unwrap_or_default();
    if let Some(length) = octets.first_chunk_mut::<4>() {
        *length = there.to_be_bytes();
    }
    let shown = inspect::smpp(&hex::encode(&octets), Alphabet::Gsm);
    match pdu::decode(&octets) {
        Ok(pdu) => assert_eq!(pdu.header.length as usize, octets.len()),
        Err(error) => assert_eq!(shown["error"], error.name()),
    }
    for alphabet in [Alphabet::Gsm, Alphabet::Ascii, Alphabet::Latin1] {
        let Ok(delivered) = deliver::read(&octets, alphabet) else { continue };
        match &delivered {
            Delivered::Message(event) | Delivered::Receipt(event, _) => {
                assert_eq!(event.external_id.len(), 64);
                assert!(!event.text.as_deref().unwrap_or_default().contains('\0'));
            }
            Delivered::Part(part) => {
                assert!(part.key.len() <= 400 && (1..=part.concat.total).contains(&part.concat.part));
                let joined = deliver::join([part], alphabet).expect("a part is there");
                assert_eq!(joined.missing.len(), usize::from(part.concat.total) - 1);
            }
        }
        assert_eq!(deliver::read(&octets, alphabet), Ok(delivered), "a repeat is the same");
    }
});
