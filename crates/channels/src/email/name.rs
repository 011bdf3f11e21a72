//! File names that are safe to show and to store.

use super::charset::nfc;

/// Characters that show nothing or change the direction of what follows ("gpj.exe" tricks).
pub(super) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Longest name in octets, the limit of common file systems.
const MAX: usize = 255;

/// The declared name without path, control and direction characters, at most 255 octets with its
/// extension kept; `None` when nothing is left.
pub(super) fn clean(declared: &str) -> Option<String> {
    let name: String = nfc(declared).chars().filter(|&c| !is_invisible(c)).collect();
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name.trim_matches(|c: char| c.is_whitespace() || c == '"');
    let name = name.trim_end_matches(['.', ' ']);
    if name.trim_matches('.').is_empty() {
        return None;
    }
    if name.len() <= MAX {
        return Some(name.to_owned());
    }
    let extension = name.rfind('.').map(|dot| &name[dot..]).filter(|e| e.len() <= 16).unwrap_or_default();
    let mut end = MAX - extension.len();
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    Some(format!("{}{extension}", &name[..end]))
}

/// A name for a part that has none, from its type and place.
pub(super) fn for_type(content_type: &str, number: usize) -> String {
    let extension = match content_type {
        "message/rfc822" | "message/global" => "eml",
        "text/plain" => "txt",
        "text/html" => "html",
        "text/calendar" => "ics",
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "application/pdf" => "pdf",
        "application/zip" => "zip",
        "application/ms-tnef" => return "winmail.dat".to_owned(),
        _ => "bin",
    };
    format!("attachment-{number}.{extension}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (declared, expected) in [
            ("../../etc/passwd", Some("passwd")),
            ("C:\\Users\\Lan\\giấy phép.pdf", Some("giấy phép.pdf")),
            ("anh\u{202e}gpj.exe", Some("anhgpj.exe")),
            ("a\r\nb\0.txt", Some("ab.txt")),
            ("..", None),
            ("/", None),
            ("", None),
        ] {
            assert_eq!(clean(declared).as_deref(), expected, "{declared:?}");
        }
        let long = clean(&format!("{}.pdf", "ắ".repeat(300))).unwrap();
        assert!(long.len() <= 255 && long.ends_with("ắ.pdf"));
    }
}
