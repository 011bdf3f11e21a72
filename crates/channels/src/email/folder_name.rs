//! Folder names of IMAP: modified UTF-7 (RFC 3501 §5.1.3).

/// A folder name as people read it (modified UTF-7, RFC 3501 §5.1.3). Broken pieces stay as written.
pub fn shown(name: &str) -> String {
    let mut out = String::new();
    let mut rest = name;
    while let Some((plain, after)) = rest.split_once('&') {
        out.push_str(plain);
        let Some((code, tail)) = after.split_once('-') else {
            out.push('&');
            rest = after;
            break;
        };
        if code.is_empty() {
            out.push('&');
        } else {
            let octets = super::encoding::base64(code.replace(',', "/").as_bytes());
            let units: Vec<u16> = octets.chunks_exact(2).map(|p| u16::from_be_bytes([p[0], p[1]])).collect();
            out.push_str(&String::from_utf16_lossy(&units));
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// A folder name as the server writes it.
pub fn written(name: &str) -> String {
    use base64::Engine;
    let mut out = String::new();
    let mut run: Vec<u8> = Vec::new();
    let flush = |run: &mut Vec<u8>, out: &mut String| {
        if !run.is_empty() {
            let code = base64::engine::general_purpose::STANDARD_NO_PAD.encode(&run);
            out.push('&');
            out.push_str(&code.replace('/', ","));
            out.push('-');
            run.clear();
        }
    };
    for c in name.chars() {
        match c {
            ' '..='~' => {
                flush(&mut run, &mut out);
                out.push(c);
                if c == '&' {
                    out.push('-');
                }
            }
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    run.extend_from_slice(&unit.to_be_bytes());
                }
            }
        }
    }
    flush(&mut run, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_names() {
        for (human, wire) in [("Thư đến", "Th&AbA- &AREevw-n"), ("Đã gửi", "&ARAA4w- g&Hu0-i"), ("A&B", "A&-B"), ("INBOX", "INBOX")]
        {
            assert_eq!(shown(wire), human);
            assert_eq!(written(human), wire);
        }
        assert_eq!(shown("a&b"), "a&b");
    }
}
