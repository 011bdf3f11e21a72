//! Moments and spans as exchanges write them.

use jiff::civil::DateTime;
use jiff::tz::Offset;

use crate::json::milliseconds;

/// Exchanges in Viet Nam write the local time without a zone.
const LOCAL: Offset = Offset::constant(7);

/// Milliseconds since 1970 of a number (seconds, milliseconds or microseconds, by its size) or of a date and time, with
/// whatever stands between its numbers. Without a zone it is local time in Viet Nam.
pub(super) fn moment(text: &str) -> Option<i64> {
    let text = text.trim();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if [whole, fraction].iter().all(|digits| digits.bytes().all(|byte| byte.is_ascii_digit())) {
        let whole: i64 = whole.parse().ok()?;
        return milliseconds(Some(match whole {
            // Seconds: fewer than these lie before 1973, more in the year 5138.
            100_000_000..100_000_000_000 => whole.checked_mul(1000)?.checked_add(thousandths(fraction.as_bytes()))?,
            100_000_000_000..100_000_000_000_000 => whole,
            100_000_000_000_000.. => whole / 1000,
            _ => return None,
        }))
        .filter(|ms| *ms > 0);
    }
    let (date, offset) = civil(text)?;
    milliseconds(offset.to_timestamp(date).ok().map(|at| at.as_millisecond()))
}

fn thousandths(digits: &[u8]) -> i64 {
    (0..3).fold(0, |sum, place| {
        sum * 10 + digits.get(place).filter(|digit| digit.is_ascii_digit()).map_or(0, |digit| i64::from(digit - b'0'))
    })
}

fn civil(text: &str) -> Option<(DateTime, Offset)> {
    let bytes = text.as_bytes();
    let mut numbers: Vec<(i16, usize)> = Vec::new();
    let mut at = 0;
    while at < bytes.len() && numbers.len() < 6 {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let end = bytes[at..].iter().position(|byte| !byte.is_ascii_digit()).map_or(bytes.len(), |length| at + length);
        let digits = &text[at..end];
        if digits.len() > 4 {
            return None;
        }
        numbers.push((digits.parse().ok()?, digits.len()));
        at = end;
    }
    let value = |place: usize| numbers.get(place).map(|(value, _)| *value);
    let (year, month, day) = match (numbers.first()?.1, numbers.get(2)?.1) {
        (4, _) => (value(0)?, value(1)?, value(2)?),
        // 22/09/2026
        (_, 4) => (value(2)?, value(1)?, value(0)?),
        _ => return None,
    };
    let small = |value: i16| i8::try_from(value).ok();
    let (hour, minute, second) = (value(3)?, value(4)?, value(5).unwrap_or(0));
    // Second 60 is the one that is put in now and then.
    let date = DateTime::new(year, small(month)?, small(day)?, small(hour)?, small(minute)?, small(second.min(59))?, 0).ok()?;
    let rest = &text[at..];
    let (fraction, rest) = match rest.strip_prefix(['.', ',']) {
        Some(rest) => {
            let end = rest.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
            (thousandths(&rest.as_bytes()[..end]), &rest[end..])
        }
        None => (0, rest),
    };
    let date = date.checked_add(jiff::SignedDuration::from_millis(fraction)).ok()?;
    Some((date, zone(rest.trim()).unwrap_or(LOCAL)))
}

/// `Z`, `+0700`, `+07:00`, `-05`.
fn zone(text: &str) -> Option<Offset> {
    if text.eq_ignore_ascii_case("z") || text.eq_ignore_ascii_case("utc") || text.eq_ignore_ascii_case("gmt") {
        return Some(Offset::UTC);
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = text[1..].chars().filter(char::is_ascii_digit).take(4).collect();
    let hours: i32 = digits.get(..2)?.parse().ok()?;
    let minutes: i32 = digits.get(2..4).map_or(Ok(0), str::parse).ok()?;
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

/// Seconds of `11`, `11.4`, `0:11`, `00:00:11`.
pub(super) fn seconds(text: &str) -> Option<u32> {
    let mut sum = 0_u32;
    let mut parts = text.trim().split(':').peekable();
    while let Some(part) = parts.next() {
        let whole = if parts.peek().is_none() { part.split(['.', ',']).next()? } else { part };
        let whole = whole.trim().trim_end_matches(['s', 'S']);
        if whole.is_empty() || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        sum = sum.checked_mul(60)?.checked_add(whole.parse().ok()?)?;
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::{moment, seconds};

    #[test]
    fn moments_by_their_size_and_by_their_look() {
        let at = 1_790_041_210_000;
        for text in [
            "1790041210",
            "1790041210.0",
            "1790041210000",
            "1790041210000000",
            "2026-09-22-08:40:10",
            "2026-09-22 08:40:10",
            "22/09/2026 08:40:10",
            "2026-09-22T08:40:10+0700",
            "2026-09-22T01:40:10Z",
            "2026-09-22T01:40:10.000Z",
            "2026-09-22T03:40:10+02:00",
            " 2026-09-22T08.40.10 ",
        ] {
            assert_eq!(moment(text), Some(at), "{text}");
        }
        assert_eq!(moment("1790041210.25"), Some(at + 250));
        assert_eq!(moment("2026-09-22T08:40:10.250+07:00"), Some(at + 250));
        for nonsense in ["", "0", "-1", "soon", "2026-13-40 99:00:00", "99999999999999999999", "1.2.3", "2026", "123456-1-1 1:1:1", "."] {
            assert_eq!(moment(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn spans() {
        for (text, is) in [
            ("11", Some(11)),
            (" 11.9", Some(11)),
            ("0:07", Some(7)),
            ("01:00:01", Some(3601)),
            ("12s", Some(12)),
            ("", None),
            ("-1", None),
            ("x", None),
            ("99999999999", None),
            ("4294967295:00", None),
        ] {
            assert_eq!(seconds(text), is, "{text}");
        }
    }
}
