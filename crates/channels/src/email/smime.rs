//! Opaque S/MIME signatures (`smime.p7m`): the mail is inside. The signature itself is not checked.
//!
//! RFC 5652: ContentInfo { signedData, [0] SignedData { version, digests, encapContentInfo { type, [0]
//! OCTET STRING } … } }. BER with indefinite lengths and chopped strings occurs.

/// The signed content, when `der` is signed data that carries one. Encrypted mail gives `None`.
pub(super) fn content(der: &[u8]) -> Option<Vec<u8>> {
    const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
    let (info, _) = element(der)?;
    let (oid, rest) = element(expect(&info, 0x30)?)?;
    if expect(&oid, 0x06)? != SIGNED_DATA {
        return None;
    }
    let (explicit, _) = element(rest)?;
    let (signed, _) = element(expect(&explicit, 0xa0)?)?;
    let (_version, rest) = element(expect(&signed, 0x30)?)?;
    let (_digests, rest) = element(rest)?;
    let (encapsulated, _) = element(rest)?;
    let (_type, rest) = element(expect(&encapsulated, 0x30)?)?;
    let (explicit, _) = element(rest)?;
    let (octets, _) = element(expect(&explicit, 0xa0)?)?;
    match octets.tag {
        0x04 => Some(octets.body.to_vec()),
        0x24 => {
            let mut out = Vec::with_capacity(octets.body.len());
            let mut rest = octets.body;
            while let Some((piece, after)) = element(rest) {
                if piece.tag != 0x04 {
                    break;
                }
                out.extend_from_slice(piece.body);
                rest = after;
            }
            Some(out)
        }
        _ => None,
    }
}

struct Element<'a> {
    tag: u8,
    body: &'a [u8],
}

fn expect<'a>(element: &Element<'a>, tag: u8) -> Option<&'a [u8]> {
    (element.tag == tag).then_some(element.body)
}

/// One element and what follows it. An indefinite length takes all that is left: its end mark is
/// never needed, because only leading elements are read.
fn element(der: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (len, rest) = match first {
        0x80 => return Some((Element { tag, body: rest }, &[])),
        0..0x80 => (usize::from(first), rest),
        _ => {
            let count = usize::from(first & 0x7f);
            if count > 4 || rest.len() < count {
                return None;
            }
            let (digits, rest) = rest.split_at(count);
            (digits.iter().fold(0, |n, &d| n << 8 | usize::from(d)), rest)
        }
    };
    let body = rest.get(..len)?;
    Some((Element { tag, body }, &rest[len..]))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn tlv(tag: u8, body: &[u8]) -> Vec<u8> {
        let mut out = vec![tag, 0x82];
        out.extend_from_slice(&u16::try_from(body.len()).unwrap().to_be_bytes());
        out.extend_from_slice(body);
        out
    }

    /// Signed data around `inner`, without any signer.
    pub(in crate::email) fn wrap(inner: &[u8]) -> Vec<u8> {
        let data = [0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
        let signed = [0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
        let encapsulated = tlv(0x30, &[&data[..], &tlv(0xa0, &tlv(0x04, inner))].concat());
        let body = [&[0x02, 1, 1][..], &[0x31, 0], &encapsulated].concat();
        tlv(0x30, &[&signed[..], &tlv(0xa0, &tlv(0x30, &body))].concat())
    }

    #[test]
    fn finds_the_content() {
        assert_eq!(content(&wrap(b"hello")).as_deref(), Some(&b"hello"[..]));
        assert_eq!(content(b""), None);
        assert_eq!(content(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 1]), None);
    }
}
