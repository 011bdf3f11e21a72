//! What the octets of a recording are, and how long they sound.

use jiff::SignedDuration;

/// What kind of sound octets are, by how they begin; nothing else is kept.
pub fn kind(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Some("audio/wav"),
        [b'I', b'D', b'3', ..] => Some("audio/mpeg"),
        // MPEG audio, layer 3: eleven bits of synchronisation.
        [0xFF, second, third, ..] if second & 0xE6 == 0xE2 && third & 0xF0 != 0xF0 => Some("audio/mpeg"),
        [b'O', b'g', b'g', b'S', ..] => Some("audio/ogg"),
        [_, _, _, _, b'f', b't', b'y', b'p', b'M', b'4', b'A', ..] => Some("audio/mp4"),
        _ => None,
    }
}

/// How long it sounds, of WAV and of MP3, the two that exchanges write; nothing when that cannot be told.
pub fn length(bytes: &[u8]) -> Option<SignedDuration> {
    match kind(bytes)? {
        "audio/wav" => wav(bytes),
        "audio/mpeg" => mp3(bytes),
        _ => None,
    }
}

/// RIFF: chunks of a name, a size and its octets; `fmt ` says how many octets a second has, whatever the coding.
fn wav(bytes: &[u8]) -> Option<SignedDuration> {
    let (mut at, mut rate) = (12, 0);
    loop {
        let head = bytes.get(at..at + 8)?;
        let size = usize::try_from(little_endian(&head[4..])?).ok()?;
        let body = &bytes[at + 8..];
        match &head[..4] {
            b"fmt " => rate = little_endian(body.get(8..12)?)?,
            // A size that the exchange never came back to fill in is nothing, or larger than the file.
            b"data" if rate > 0 => return span(if size == 0 { body.len() } else { size.min(body.len()) } as u64, rate.into()),
            _ => {}
        }
        // Chunks begin at even places.
        at = at.checked_add(8)?.checked_add(size)?.checked_add(size % 2)?;
    }
}

fn little_endian(octets: &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(octets.get(..4)?.try_into().ok()?))
}

/// MPEG audio, layer 3 (ISO 11172-3, 13818-3): frames, each of which says how long it is.
fn mp3(bytes: &[u8]) -> Option<SignedDuration> {
    // Kilobits a second by version 1 and 2.
    const KILOBITS: [[usize; 15]; 2] = [
        [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
        [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    ];
    let mut at = match bytes {
        [b'I', b'D', b'3', _, _, _, a, b, c, d, ..] => {
            10 + [a, b, c, d].into_iter().fold(0, |size, octet| size << 7 | usize::from(octet & 0x7F))
        }
        _ => 0,
    };
    let (mut samples, mut rate) = (0_u64, 0);
    while let Some([0xFF, second, third, _]) = bytes.get(at..at + 4) {
        let version = match second >> 3 & 3 {
            3 => 1,
            2 => 2,
            // 2.5, the lowest rates.
            0 => 4,
            _ => break,
        };
        let bits = KILOBITS[usize::from(version > 1)].get(usize::from(third >> 4)).copied().unwrap_or(0) * 1000;
        let Some(hertz) = [44_100, 48_000, 32_000].get(usize::from(third >> 2 & 3)) else { break };
        if second & 0xE6 != 0xE2 || bits == 0 {
            break;
        }
        rate = hertz / version;
        let of_frame = if version == 1 { 1152 } else { 576 };
        samples += of_frame as u64;
        at += of_frame / 8 * bits / rate + usize::from(third >> 1 & 1);
    }
    // Behind the last frame there may be a tag of 128 octets; more is sound that was not understood.
    if samples == 0 || at + 128 < bytes.len() { None } else { span(samples, rate as u64) }
}

fn span(count: u64, per_second: u64) -> Option<SignedDuration> {
    Some(SignedDuration::from_millis(i64::try_from(count.checked_mul(1000)?.checked_div(per_second)?).ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{kind, length};

    #[test]
    fn sound_is_told_by_its_first_octets() {
        assert_eq!(kind(b"RIFF\x24\0\0\0WAVEfmt "), Some("audio/wav"));
        assert_eq!(kind(b"ID3\x04"), Some("audio/mpeg"));
        assert_eq!(kind(&[0xFF, 0xFB, 0x90, 0x00]), Some("audio/mpeg"));
        assert_eq!(kind(b"OggS\0"), Some("audio/ogg"));
        assert_eq!(kind(b"\0\0\0\x20ftypM4A "), Some("audio/mp4"));
        for other in
            [b"<html>".as_slice(), b"", b"RIFF", b"RIFF\0\0\0\0WEBP", &[0xFF, 0xD8, 0xFF, 0xE0], b"%PDF-1.7", b"\0\0\0\x20ftypisom"]
        {
            assert_eq!(kind(other), None, "{other:?}");
        }
    }

    /// A-law, 8,000 octets a second, with a chunk between that nobody needs.
    fn wav(octets: usize, said: u32) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x06\0\x01\0\x40\x1F\0\0\x40\x1F\0\0\x01\0\x08\0LIST\x03\0\0\0abc\0data".to_vec();
        file.extend(said.to_le_bytes());
        file.resize(file.len() + octets, 0xD5);
        file
    }

    #[test]
    fn length_is_that_of_what_is_there() {
        let ms = |bytes: &[u8]| length(bytes).map(|length| length.as_millis());
        assert_eq!(ms(&wav(12_000, 12_000)), Some(1500));
        assert_eq!(ms(&wav(12_000, u32::MAX)), Some(1500), "a size that was never filled in");
        assert_eq!((ms(&wav(12_000, 0)), ms(&wav(0, 0))), (Some(1500), Some(0)));
        // MPEG 1, 128 kbit/s, 44.1 kHz: 417 octets and 26.122 ms a frame. MPEG 2, 32 kbit/s, 16 kHz: 144 octets and 36 ms.
        let frames = |head: [u8; 4], octets: usize, count: usize| {
            let mut frame = head.to_vec();
            frame.resize(octets, 0);
            frame.repeat(count)
        };
        assert_eq!(ms(&frames([0xFF, 0xFB, 0x90, 0x00], 417, 100)), Some(2612));
        assert_eq!(ms(&frames([0xFF, 0xF3, 0x48, 0xC0], 144, 50)), Some(1800));
        let tagged = [b"ID3\x04\0\0\0\0\x01\x02".to_vec(), vec![0; 130], frames([0xFF, 0xFB, 0x90, 0x00], 417, 100)].concat();
        assert_eq!(ms(&tagged), Some(2612));
        let broken = [frames([0xFF, 0xFB, 0x90, 0x00], 417, 10), vec![0; 9000]].concat();
        assert_eq!(ms(&broken), None, "what is not understood is not short");
        assert_eq!((ms(b"OggS\0"), ms(b"ID3\x04"), ms(b"RIFF\x24\0\0\0WAVEfmt ")), (None, None, None));
    }

    proptest! {
        #[test]
        fn nothing_hurts(start in prop::sample::select(vec![&b"RIFF\0\0\0\0WAVE"[..], b"ID3", b"\xFF\xFB\x90\0", b""]), rest in any::<Vec<u8>>()) {
            let _length = length(&[start, &rest].concat());
        }
    }
}
