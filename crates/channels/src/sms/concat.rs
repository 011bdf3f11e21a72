//! Parts of one long message: the user data header (3GPP TS 23.040 §9.2.3.24) and the `sar_…` TLVs (SMPP 3.4 §5.3.2).

use serde::{Deserialize, Serialize};

/// Which part of which message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Concat {
    /// The same for all parts, chosen by the sending telephone.
    #[serde(rename = "ref")]
    pub reference: u16,
    /// Bits of the reference as it was written, 8 or 16: two messages may differ in nothing else.
    pub bits: u8,
    pub total: u8,
    /// 1 to `total`.
    pub part: u8,
}

impl Concat {
    /// What cannot be is no part of anything.
    pub(super) fn possible(self) -> Option<Self> {
        (1..=self.total).contains(&self.part).then_some(self)
    }
}

/// A header that goes past the end of the message, or an element past the end of the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Overrun;

/// What a header says, and the octets after it. Elements that are not about parts are passed over; a nonsense one counts as
/// absent (TS 23.040: such an element is ignored).
pub(super) fn read(octets: &[u8]) -> Result<(Option<Concat>, &[u8]), Overrun> {
    let (length, rest) = octets.split_first().ok_or(Overrun)?;
    let (mut header, text) = rest.split_at_checked(usize::from(*length)).ok_or(Overrun)?;
    let mut found = None;
    while let [element, length, rest @ ..] = header {
        let (value, rest) = rest.split_at_checked(usize::from(*length)).ok_or(Overrun)?;
        // Of two the last one counts.
        match (element, value) {
            (0x00, [reference, total, part]) => {
                found = Concat { reference: u16::from(*reference), bits: 8, total: *total, part: *part }.possible();
            }
            (0x08, [high, low, total, part]) => {
                found = Concat { reference: u16::from_be_bytes([*high, *low]), bits: 16, total: *total, part: *part }.possible();
            }
            _ => {}
        }
        header = rest;
    }
    if header.is_empty() { Ok((found, text)) } else { Err(Overrun) }
}

/// The header of a part, with its length before it.
pub(super) fn write(concat: Concat) -> Vec<u8> {
    let Concat { reference, bits, total, part } = concat;
    let [high, low] = reference.to_be_bytes();
    if bits == 8 { vec![5, 0x00, 3, low, total, part] } else { vec![6, 0x08, 4, high, low, total, part] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_widths_both_ways() {
        for (bits, reference) in [(8, 0x2A), (16, 0x2A), (16, 0xBEEF)] {
            let concat = Concat { reference, bits, total: 3, part: 2 };
            let octets = [write(concat), b"text".to_vec()].concat();
            assert_eq!(read(&octets), Ok((Some(concat), b"text".as_slice())));
        }
    }

    #[test]
    fn other_elements_and_nonsense() {
        // Ports before the part.
        assert_eq!(read(&[0x0B, 5, 4, 0, 80, 0, 80, 0, 3, 7, 2, 1, b'x']).unwrap().0.map(|c| c.part), Some(1));
        for nonsense in [[5, 0, 3, 7, 2, 0], [5, 0, 3, 7, 0, 0], [5, 0, 3, 7, 2, 3]] {
            assert_eq!(read(&nonsense), Ok((None, [].as_slice())), "{nonsense:?}");
        }
        // A wrong length of the element: passed over.
        assert_eq!(read(&[4, 0, 2, 7, 2, b'x']), Ok((None, b"x".as_slice())));
        for overrun in [&[][..], &[5], &[5, 0, 3, 7, 2], &[5, 0, 9, 7, 2, 1], &[1, 0]] {
            assert_eq!(read(overrun), Err(Overrun), "{overrun:?}");
        }
    }
}
