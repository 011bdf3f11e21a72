//! Numbers as people write them: "12.840", "95,7 %", "412 KB".

use crate::{Lang, Tongue};

/// A whole number in groups of three: "12.840" in Vietnamese, "12,840" in English.
pub fn whole(number: i64, lang: Lang) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(if lang == Lang::Vi { '.' } else { ',' });
        }
        text.push(digit);
    }
    text
}

/// A number with at most `places` decimals; a decimal of zero is left out.
pub fn decimal(number: f64, places: usize, lang: Lang) -> String {
    let text = format!("{number:.places$}");
    let (whole_part, rest) = text.split_once('.').unwrap_or((&text, ""));
    let sign = if whole_part.starts_with('-') { "-" } else { "" };
    let grouped = whole_part.trim_start_matches('-').parse().map_or_else(|_| whole_part.to_owned(), |value| whole(value, lang));
    let rest = rest.trim_end_matches('0');
    match (rest.is_empty(), lang) {
        (true, _) => format!("{sign}{grouped}"),
        (false, Lang::Vi) => format!("{sign}{grouped},{rest}"),
        (false, Lang::En) => format!("{sign}{grouped}.{rest}"),
    }
}

impl Tongue {
    pub fn number(self, number: i64) -> String {
        whole(number, self.lang())
    }

    /// `share` of 1 as a percentage with one decimal: 0.957 is "95,7 %" and "95.7%".
    pub fn percent(self, share: f64) -> String {
        let number = decimal(share * 100.0, 1, self.lang());
        match self.lang() {
            Lang::Vi => format!("{number}\u{a0}%"),
            Lang::En => format!("{number}%"),
        }
    }

    /// A file size in units of 1,024 bytes: "412 KB", "2,5 MB".
    pub fn size(self, bytes: u64) -> String {
        const KIB: f64 = 1024.0;
        let bytes = bytes as f64;
        let (number, places, unit) = if bytes < KIB {
            (bytes, 0, "B")
        } else if bytes < 1000.0 * KIB {
            (bytes / KIB, 0, "KB")
        } else if bytes < 1000.0 * KIB * KIB {
            (bytes / KIB / KIB, 1, "MB")
        } else {
            (bytes / KIB / KIB / KIB, 1, "GB")
        };
        format!("{}\u{a0}{unit}", decimal(number, places, self.lang()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_as_the_reader_writes_them() {
        assert_eq!(Tongue::VI.number(12_840), "12.840");
        assert_eq!(Tongue::EN.number(-1_234_567), "-1,234,567");
        assert_eq!(Tongue::VI.number(999), "999");
        assert_eq!(Tongue::VI.percent(0.957), "95,7\u{a0}%");
        assert_eq!(Tongue::VI.percent(1.0), "100\u{a0}%");
        assert_eq!(Tongue::EN.percent(0.957), "95.7%");
    }

    #[test]
    fn sizes_fit_a_line() {
        assert_eq!(Tongue::VI.size(0), "0\u{a0}B");
        assert_eq!(Tongue::VI.size(421_888), "412\u{a0}KB");
        assert_eq!(Tongue::VI.size(2_621_440), "2,5\u{a0}MB");
        assert_eq!(Tongue::EN.size(26_214_400), "25\u{a0}MB");
    }
}
