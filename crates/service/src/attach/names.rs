//! File names that can be shown, saved and sent on.

use unicode_normalization::UnicodeNormalization;

use super::Kind;

/// What file systems take.
const LONGEST: usize = 255;
const NAMELESS: &str = "tep-dinh-kem";

/// Endings that mean something to a computer and so are not left before the true one.
const FOREIGN: [&str; 33] = [
    "apk", "app", "avi", "bat", "bin", "cmd", "com", "dll", "docm", "exe", "hta", "heic", "heif", "htm", "html", "jar", "js", "lnk", "mht",
    "mhtml", "msi", "php", "ps1", "rar", "rtf", "scr", "sh", "svg", "txt", "vbs", "xlsm", "xml", "zip",
];

/// The last part of the path in NFC, without characters that hide, turn or steer text, and with the extension of what the
/// file is. At most 255 bytes; never empty.
pub fn clean(name: &str, kind: Kind) -> String {
    let joined = visible(name);
    let mut stem = trimmed(&joined);
    while let Some((before, ending)) = stem.rsplit_once('.')
        && known(&ending.trim().to_ascii_lowercase())
    {
        stem = trimmed(before);
    }
    let whole = trimmed(&joined);
    // A name that is nothing but an ending, such as ".jpg".
    if stem.is_empty() || known(&whole.to_ascii_lowercase()) {
        stem = NAMELESS;
    }
    let extension = extension(whole, kind);
    let stem = trimmed(&stem[..stem.floor_char_boundary(LONGEST - 1 - extension.len())]);
    format!("{stem}.{extension}")
}

/// The same for a file of no kind we take: its ending stays.
pub fn safe(name: &str) -> String {
    let joined = visible(name);
    let whole = trimmed(&joined);
    let cut = trimmed(&whole[..whole.floor_char_boundary(LONGEST)]);
    if cut.is_empty() { NAMELESS.to_owned() } else { cut.to_owned() }
}

fn visible(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).find(|part| !part.trim().is_empty()).unwrap_or_default();
    let visible = last.chars().filter(|char| !hidden(*char)).nfc().map(|char| match char {
        '<' | '>' | ':' | '"' | '|' | '?' | '*' => '_',
        char if char.is_whitespace() => ' ',
        char => char,
    });
    let visible: String = visible.collect();
    let words: Vec<&str> = visible.split(' ').filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// The sender's spelling where it is one of the kind's.
fn extension(name: &str, kind: Kind) -> &'static str {
    let typed = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    let spellings = kind.extensions();
    spellings.iter().find(|spelling| **spelling == typed).unwrap_or(&spellings[0])
}

fn trimmed(text: &str) -> &str {
    text.trim_matches(|char: char| char == '.' || char == ' ')
}

fn known(ending: &str) -> bool {
    const KINDS: [Kind; 15] = [
        Kind::Jpeg,
        Kind::Png,
        Kind::Webp,
        Kind::Gif,
        Kind::Pdf,
        Kind::Docx,
        Kind::Xlsx,
        Kind::Pptx,
        Kind::Doc,
        Kind::Xls,
        Kind::Ppt,
        Kind::Mp4,
        Kind::Mov,
        Kind::M4a,
        Kind::Wav,
    ];
    FOREIGN.contains(&ending) || KINDS.iter().any(|kind| kind.extensions().contains(&ending))
}

/// Controls, marks of direction, zero widths, tags and private characters.
fn hidden(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}')
        || matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}')
        || matches!(char, '\u{ffa0}' | '\u{fff0}'..='\u{fffd}' | '\u{fe00}'..='\u{fe0f}' | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}')
}
