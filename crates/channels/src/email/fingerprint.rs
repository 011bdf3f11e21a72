//! Which mail it is, whatever way it came: a hash of what its writer wrote, without what the servers on the way added.
//!
//! The same mail fetched by IMAP and pushed by a relay differs in its trace fields (RFC 5321 §4.4, RFC 8601, RFC 8617) and
//! often in its line ends. Two mails that share a Message-ID, as some senders' do, differ in what is hashed here.

use sha2::{Digest, Sha256};

/// Fields that servers add on the way, in lower case; those of ARC begin with [`ARC`].
const TRACE: [&str; 9] = [
    "authentication-results",
    "delivered-to",
    "dkim-signature",
    "envelope-to",
    "received",
    "received-spf",
    "return-path",
    "x-forwarded-to",
    "x-original-to",
];
const ARC: &str = "arc-";

/// Hex of the SHA-256 of a raw mail without its trace fields, lines ending in LF, nothing after its last line. Never fails;
/// the cost is linear in the size.
pub fn fingerprint(raw: &[u8]) -> String {
    let mut hash = Sha256::new();
    let mut lines = raw.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).peekable();
    // A pipe hands mails over in the shape of a mailbox file: with a line that is no field.
    lines.next_if(|line| line.starts_with(b"From "));
    let mut left_out = false;
    for line in lines.by_ref() {
        if line.is_empty() {
            break;
        }
        // A line that begins with white space belongs to the field before it (RFC 5322 §2.2.3).
        if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            left_out = is_trace(line);
        }
        if !left_out {
            hash.update(line);
            hash.update(b"\n");
        }
    }
    // Blank lines count only when another line follows them.
    let mut blank = 1_u64;
    for line in lines {
        if line.is_empty() {
            blank += 1;
            continue;
        }
        for _ in 0..blank {
            hash.update(b"\n");
        }
        blank = 1;
        hash.update(line);
    }
    hex::encode(hash.finalize())
}

fn is_trace(line: &[u8]) -> bool {
    let Some(end) = line.iter().position(|byte| *byte == b':') else { return false };
    // No trace field has a longer name.
    let name = line[..end].trim_ascii_end();
    let Ok(name) = std::str::from_utf8(&name[..name.len().min(64)]) else { return false };
    let name = name.to_ascii_lowercase();
    name.starts_with(ARC) || TRACE.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &str =
        "From: an@doanhnghiep.example\r\nSubject: Thuế\r\nMessage-ID: <1@doanhnghiep.example>\r\n\r\nDòng một\r\n\r\nDòng hai\r\n";

    fn same(other: &str) -> bool {
        fingerprint(MAIL.as_bytes()) == fingerprint(other.as_bytes())
    }

    #[test]
    fn trace_fields_and_line_ends_are_no_part_of_a_mail() {
        let trace = "Return-Path: <an@doanhnghiep.example>\r\nDelivered-To: phananh@example.gov.vn\r\nX-Original-To: a\r\n\
            Received: from mx (mx [192.0.2.1])\r\n\tby mail; Thu, 5 Feb 2026 09:00:00 +0700\r\nAuthentication-Results : mx; dmarc=pass\r\n\
            DKIM-SIGNATURE: v=1;\r\n b=abc\r\nARC-Seal: i=1\r\nARC-Message-Signature: i=1\r\n";
        assert!(same(&format!("{trace}{MAIL}")));
        assert!(same(&MAIL.replace("\r\nMessage-ID", "\r\nReceived: from b\r\n by c\r\nMessage-ID")), "in the middle too");
        assert!(same(&MAIL.replace("\r\n", "\n")));
        assert!(same(&format!("From an@doanhnghiep.example Thu Feb  5 09:00:00 2026\n{}", MAIL.replace("\r\n", "\n"))));
        assert!(same(&format!("{MAIL}\r\n\r\n")) && same(MAIL.trim_end()));
    }

    #[test]
    fn what_the_writer_wrote_is() {
        for other in [
            MAIL.replace("Thuế", "Hải quan"),
            MAIL.replace("Dòng hai", "Dòng ba"),
            MAIL.replace("Dòng một\r\n\r\n", "Dòng một\r\n"),
            MAIL.replace("Message-ID: <1@", "Message-ID: <2@"),
            MAIL.replace("Subject", "X-Subject"),
            // In the body these are words of the writer, and a continuation belongs to its own field.
            MAIL.replace("Dòng hai", "Received: hôm qua"),
            MAIL.replace("Subject: Thuế", "Subject: Thuế\r\n Received: x"),
            format!("Received\r\n{MAIL}"),
        ] {
            assert!(!same(&other), "{other}");
        }
    }

    #[test]
    fn anything_has_a_fingerprint() {
        for odd in [&b""[..], b"\n", b"\r\n\r\n", b"\0\xff:", b":", b" \n", b"From ", b"Received:"] {
            assert_eq!(fingerprint(odd).len(), 64);
        }
        assert_eq!(fingerprint(b"Received: a\n"), fingerprint(b"Received: b\n"), "nothing but traces");
    }
}
