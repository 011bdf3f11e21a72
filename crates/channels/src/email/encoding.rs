//! Content-Transfer-Encoding, tolerant of junk.

/// How a body is wrapped for transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transfer {
    Plain,
    Base64,
    QuotedPrintable,
}

impl Transfer {
    pub(super) fn named(value: &str) -> Transfer {
        let value = value.trim().trim_matches('"');
        if value.eq_ignore_ascii_case("base64") {
            Transfer::Base64
        } else if value.eq_ignore_ascii_case("quoted-printable") {
            Transfer::QuotedPrintable
        } else {
            Transfer::Plain
        }
    }

    pub(super) fn decode(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Transfer::Plain => bytes.to_vec(),
            Transfer::Base64 => base64(bytes),
            Transfer::QuotedPrintable => quoted_printable(bytes, false),
        }
    }

    /// Size in octets after decoding, without holding the result.
    pub(super) fn decoded_len(self, bytes: &[u8]) -> usize {
        match self {
            Transfer::Plain => bytes.len(),
            Transfer::Base64 => {
                let mut digits = 0usize;
                for &b in bytes {
                    digits += usize::from(SEXTET[usize::from(b)] < 64);
                    if b == b'=' {
                        break;
                    }
                }
                digits * 6 / 8
            }
            Transfer::QuotedPrintable => {
                let mut count = 0;
                unquote(bytes, false, |_| count += 1);
                count
            }
        }
    }
}

const SEXTET: [u8; 256] = {
    let mut table = [255u8; 256];
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut i = 0;
    while i < 64 {
        table[alphabet[i] as usize] = i as u8;
        i += 1;
    }
    table
};

/// Base64 that skips every octet outside the alphabet and stops at the first padding.
pub(super) fn base64(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3 + 3);
    let (mut held, mut bits) = (0u32, 0u32);
    for &b in bytes {
        let sextet = SEXTET[usize::from(b)];
        if sextet < 64 {
            held = (held << 6) | u32::from(sextet);
            bits += 6;
            if bits >= 8 {
                bits -= 8;
                out.push((held >> bits) as u8);
            }
        } else if b == b'=' {
            break;
        }
    }
    out
}

/// Quoted-printable; `word` reads `_` as a space (RFC 2047 "Q"). A lone `=` stays as written.
pub(super) fn quoted_printable(bytes: &[u8], word: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    unquote(bytes, word, |b| out.push(b));
    out
}

fn unquote(bytes: &[u8], word: bool, mut push: impl FnMut(u8)) {
    let mut i = 0;
    while i < bytes.len() {
        match bytes[i] {
            b'=' => {
                let pair = (bytes.get(i + 1), bytes.get(i + 2));
                if let (Some(&high), Some(&low)) = pair
                    && let (Some(h), Some(l)) = (hex(high), hex(low))
                {
                    push(h << 4 | l);
                    i += 3;
                    continue;
                }
                // Soft line break, with the blanks some relays add before it.
                let mut end = i + 1;
                while end < bytes.len() && end < i + 80 && matches!(bytes[end], b' ' | b'\t') {
                    end += 1;
                }
                if bytes.get(end) == Some(&b'\r') && bytes.get(end + 1) == Some(&b'\n') {
                    i = end + 2;
                } else if bytes.get(end) == Some(&b'\n') {
                    i = end + 1;
                } else if end == bytes.len() {
                    i = end;
                } else {
                    push(b'=');
                    i += 1;
                }
            }
            b'_' if word => {
                push(b' ');
                i += 1;
            }
            other => {
                push(other);
                i += 1;
            }
        }
    }
}

pub(super) fn hex(digit: u8) -> Option<u8> {
    (digit as char).to_digit(16).map(|d| d as u8)
}

const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// RFC 4648 base32 in lower case without padding: survives mail systems that fold case.
pub(super) fn base32(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut held, mut bits) = (0u32, 0u32);
    for &b in bytes {
        held = (held << 8) | u32::from(b);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(BASE32[(held >> bits) as usize & 31] as char);
        }
    }
    if bits > 0 {
        out.push(BASE32[(held << (5 - bits)) as usize & 31] as char);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tolerant_decoding() {
        assert_eq!(base64(b"UGjh\r\n uqNu!"), "Phản".as_bytes());
        assert_eq!(base64(b"QQ==QQ=="), b"A");
        assert_eq!(quoted_printable(b"a=3D=\r\nb = c=C3=A1=", false), "a=b = cá".as_bytes());
        assert_eq!(quoted_printable(b"=E1=BA=A3n_=zz", true), "ản =zz".as_bytes());
    }

    #[test]
    fn lengths_agree_with_decoding() {
        for sample in [&b"QUJD\r\nRA=="[..], b"====", b"", b"=3D=\r\nx=", b"A"] {
            for t in [Transfer::Plain, Transfer::Base64, Transfer::QuotedPrintable] {
                assert_eq!(t.decoded_len(sample), t.decode(sample).len(), "{t:?}");
            }
        }
    }
}
