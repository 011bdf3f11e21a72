//! Recordings: real sound, made when it is fetched, and missing for the first seconds.

use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use super::Inner;

/// Samples of one second. [G.711]
const RATE: u32 = 8_000;
/// Longer ones are cut, so that a fetch stays small.
const MOST_SECONDS: u32 = 60;
/// Recordings kept.
pub(super) const KEPT: usize = 10_000;

/// One recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Recording {
    /// 404 until then.
    pub ready: Timestamp,
    pub seconds: u32,
}

impl Inner {
    /// `/pbx/recordings/{name}`
    pub(super) fn serve_recording(&self, name: &str) -> Response {
        let recording = self.state().recordings.get(name).copied();
        match recording {
            Some(recording) if recording.ready <= self.world.now() => {
                let headers = [(header::CONTENT_TYPE, "audio/wav"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
                (headers, Bytes::from(wav(recording.seconds))).into_response()
            }
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    }
}

/// A WAV of 16-bit samples, one channel: two voices that take turns, each a tone of its own in syllables.
fn wav(seconds: u32) -> Vec<u8> {
    let samples = seconds.clamp(1, MOST_SECONDS) * RATE;
    let octets = samples * 2;
    let mut file = Vec::with_capacity(44 + usize::try_from(octets).unwrap_or(0));
    file.extend(b"RIFF");
    file.extend((36 + octets).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    // PCM, one channel.
    file.extend([1, 0, 1, 0]);
    file.extend(RATE.to_le_bytes());
    file.extend((RATE * 2).to_le_bytes());
    // Octets of a sample, bits of a sample.
    file.extend([2, 0, 16, 0]);
    file.extend(b"data");
    file.extend(octets.to_le_bytes());
    file.extend((0..samples).flat_map(|at| sample(at).to_le_bytes()));
    file
}

/// A triangle that grows and fades within each syllable of a quarter of a second; the voice changes every two seconds.
fn sample(at: u32) -> i16 {
    let period = if (at / (2 * RATE)).is_multiple_of(2) { 40 } else { 64 };
    let phase = at % period;
    let triangle = i32::try_from(phase.min(period - phase)).unwrap_or(0) * 4 - i32::try_from(period).unwrap_or(0);
    let place = at % (RATE / 4);
    let loudness = i32::try_from(place.min(RATE / 4 - place)).unwrap_or(0);
    i16::try_from(triangle * loudness / 8).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_as_long_as_it_says() {
        let file = wav(3);
        assert_eq!(file.len(), 44 + 3 * 16_000);
        assert_eq!((&file[..4], &file[8..16], &file[36..40]), (&b"RIFF"[..], &b"WAVEfmt "[..], &b"data"[..]));
        assert_eq!(u32::from_le_bytes(file[4..8].try_into().unwrap()) + 8, u32::try_from(file.len()).unwrap());
        assert!(file[44..].iter().any(|octet| *octet != 0), "it is no silence");
        assert_eq!(wav(0).len(), 44 + 16_000);
        assert_eq!(wav(u32::MAX).len(), 44 + 60 * 16_000);
    }
}
