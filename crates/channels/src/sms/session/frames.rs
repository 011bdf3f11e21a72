//! Octets of a stream, cut into PDUs.

use crate::sms::pdu::{self, PduError};

/// Octets that came and are no whole PDU yet: never more than one PDU and one read.
#[derive(Debug, Default)]
pub(super) struct Frames {
    octets: Vec<u8>,
    /// Octets at the beginning that have been given out.
    given: usize,
}

/// Octets asked for at once.
const READ: usize = 16 * 1024;

impl Frames {
    /// Where the next octets go.
    pub(super) fn room(&mut self) -> &mut Vec<u8> {
        self.octets.drain(..self.given);
        self.given = 0;
        self.octets.reserve(READ);
        &mut self.octets
    }

    /// The next whole PDU.
    ///
    /// # Errors
    /// [`PduError::AbsurdLength`], as soon as the length is there: where the next PDU begins is then unknown.
    pub(super) fn next(&mut self) -> Result<Option<Vec<u8>>, PduError> {
        let waiting = &self.octets[self.given..];
        let Some(first) = waiting.first_chunk::<4>() else { return Ok(None) };
        let Some(pdu) = waiting.get(..pdu::length(*first)?) else { return Ok(None) };
        let pdu = pdu.to_vec();
        self.given += pdu.len();
        Ok(Some(pdu))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pdus_come_in_pieces_and_in_crowds() {
        let stream = [super::super::super::write::enquire_link(2), super::super::super::write::unbind(3)].concat();
        for size in 1..=stream.len() {
            let mut frames = Frames::default();
            let mut heard = Vec::new();
            for piece in stream.chunks(size) {
                frames.room().extend(piece);
                while let Some(pdu) = frames.next().unwrap() {
                    heard.push(pdu);
                }
            }
            assert_eq!(heard.concat(), stream, "{size}");
            assert_eq!(heard.len(), 2);
        }
    }

    #[test]
    fn a_length_that_cannot_be_is_seen_at_once() {
        for length in [0u32, 15, 66_001, u32::MAX] {
            let mut frames = Frames::default();
            frames.room().extend(length.to_be_bytes());
            assert_eq!(frames.next(), Err(PduError::AbsurdLength(length)));
        }
    }
}
