//! The lines that mail programs write over what they quote.

/// A line made ready for matching: NFC, plain spaces, lower case, no emphasis marks at its ends.
pub(super) fn fold(line: &str) -> String {
    let line: String = super::charset::nfc(line)
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|&c| !super::name::is_invisible(c))
        .collect();
    line.trim().to_lowercase()
}

/// Whether text (already folded, lines joined) is an "on …, … wrote:" header.
pub(super) fn attribution(text: &str) -> bool {
    if text.chars().count() > 400 {
        return false;
    }
    let text = text.trim_start_matches(['>', ' ', '*', '_']).trim_end_matches(['*', '_', ' ']);
    let evidence = has_date(text) || has_address(text);
    if let Some(head) = text.strip_suffix(':') {
        let head = head.trim_end();
        for (ending, starts) in [
            ("đã viết", &["vào ", "ngày ", "lúc ", "on "][..]),
            ("wrote", &["on ", "at ", "in ", "vào "]),
            ("writes", &["on ", "at "]),
            ("a écrit", &["le "]),
            ("schrieb", &["am "]),
            ("escribió", &["el "]),
        ] {
            if let Some(before) = head.strip_suffix(ending) {
                let opened = starts.iter().any(|s| before.starts_with(s));
                // "Nguyễn Văn A đã viết:" alone on its line is what Thunderbird writes.
                let bare = ending == "đã viết" && is_name(before);
                return opened && evidence || bare || before.ends_with("> ") && evidence;
            }
        }
        // "A đã viết vào lúc 08:40 10/06/2020:"
        if let Some((before, after)) = head.split_once("đã viết vào") {
            return has_date(after) && !before.trim().is_empty() && before.chars().count() < 120;
        }
        // Without marks only with an address: "Vao … <a@b.example> da viet:"
        if head.ends_with("da viet") {
            return has_address(head);
        }
        // Chinese and Japanese programs end with a colon after the address.
        return ["写道", "さんは書きました", "のメール"].iter().any(|e| head.ends_with(e)) && evidence;
    }
    false
}

/// Two to six words that each begin a name, with nothing of a sentence.
fn is_name(text: &str) -> bool {
    let text = text.trim();
    let words: Vec<&str> = text.split(' ').collect();
    (2..=6).contains(&words.len())
        && text.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '.' | '"' | '\''))
        && !words.iter().any(|w| {
            [
                "tôi",
                "em",
                "anh",
                "chị",
                "chúng",
                "họ",
                "ông",
                "bà",
                "công",
                "ty",
                "như",
                "vào",
                "mà",
                "theo",
                "ai",
                "những",
                "này",
                "đó",
                "cán",
                "bộ",
                "sở",
                "trước",
                "nội",
                "dung",
                "văn_bản",
            ]
            .contains(w)
        })
}

fn has_address(text: &str) -> bool {
    text.split([' ', '<', '>', '(', ')', '[', ']', '"', ','])
        .any(|word| {
            word.trim_start_matches("mailto:").split_once('@').is_some_and(|(local, domain)| {
                !local.is_empty() && domain.len() > 2 && (domain.contains('.') || domain.ends_with('…'))
            })
        })
        // Listings shorten addresses to "<a@…>".
        || text.contains("@…")
}

/// A time of day or a date with a year or a month.
pub(super) fn has_date(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    if digits < 3 {
        return false;
    }
    let bytes = text.as_bytes();
    let time =
        bytes.windows(4).any(|w| w[0].is_ascii_digit() && matches!(w[1], b':' | b'h') && w[2].is_ascii_digit() && w[3].is_ascii_digit());
    let numeric = text.split([' ', ',']).any(|word| {
        let word = word.trim_end_matches([':', '.', ';']);
        let mut parts = word.split(['/', '-', '.']);
        let numbers = parts.clone().count();
        (2..=3).contains(&numbers) && parts.all(|p| !p.is_empty() && p.len() <= 4 && p.bytes().all(|b| b.is_ascii_digit()))
    });
    let month = [" thg ", " tháng ", " thang ", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        .iter()
        .any(|m| text.contains(m));
    let year = text.split(|c: char| !c.is_ascii_digit()).any(|n| n.len() == 4 && (n.starts_with("19") || n.starts_with("20")));
    time || numeric || month && year
}

/// Lines that by themselves announce an older message.
pub(super) fn separator(line: &str) -> bool {
    let inner = line.trim_matches(['-', '_', ' ', '*', '>', '–', '—']);
    let dashes = line.chars().filter(|c| matches!(c, '-' | '–' | '—' | '_')).count();
    if dashes >= 4 && line.starts_with(['-', '_', '–', '—', '*', '>']) {
        return matches!(inner, "original message" | "original appointment" | "thư gốc" | "tin nhắn gốc" | "thư ban đầu" | "reply message")
            || forward_separator(line);
    }
    forward_separator(line)
}

/// Lines that announce a forwarded message.
pub(super) fn forward_separator(line: &str) -> bool {
    let inner = line.trim_matches(['-', '_', ' ', '*', '>', '–', '—', ':']);
    let phrase = matches!(
        inner,
        "thư đã chuyển tiếp"
            | "forwarded message"
            | "tin nhắn đã được chuyển tiếp"
            | "thư được chuyển tiếp"
            | "thư chuyển tiếp"
            | "thông điệp chuyển tiếp"
            | "bắt đầu thư được chuyển tiếp"
            | "begin forwarded message"
    );
    let marked = line.starts_with(['-', '_', '–', '—']) && line.contains("---") || line.ends_with(':') || line.starts_with('*');
    phrase && marked
}

/// The labels of a header block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    From,
    Date,
    To,
    Cc,
    Subject,
}

/// Reads `Từ: …`, `*From:* …`, `Ngày: (Date:) …`; takes the line as written, gives the value.
pub(super) fn label(line: &str) -> Option<(Label, String)> {
    let line = super::charset::nfc(line).replace('\u{a0}', " ");
    let line = line.trim_start_matches(['>', ' ', '*', '_', '|']);
    let (name, value) = line.split_once([':', '：'])?;
    let name = name.trim_matches([' ', '*', '_']).to_lowercase();
    let label = match name.as_str() {
        "từ" | "from" | "người gửi" | "tu" | "von" | "de" => Label::From,
        "đã gửi" | "ngày" | "sent" | "date" | "ngày gửi" | "gửi lúc" | "đã gửi lúc" | "gửi" | "da gui" | "thời gian" => {
            Label::Date
        }
        "tới" | "đến" | "to" | "den" | "toi" | "người nhận" => Label::To,
        "cc" | "đồng gửi" => Label::Cc,
        "tiêu đề" | "chủ đề" | "subject" | "chu de" | "tieu de" | "betreff" => Label::Subject,
        _ => return None,
    };
    let value = value.trim_start_matches(['*', '_', ' ']);
    // Gmail writes "Ngày: (Date:) …".
    let value = match value.strip_prefix('(').and_then(|v| v.split_once(":)")) {
        Some((_, rest)) => rest,
        None => value,
    };
    Some((label, value.trim().to_owned()))
}

/// Whether a header block starts at `lines[at]`: From first, then at least two other labels soon.
pub(super) fn block(lines: &[&str], at: usize) -> bool {
    if !lines.get(at).and_then(|l| label(l)).is_some_and(|(l, v)| l == Label::From && !v.is_empty()) {
        return false;
    }
    let mut found = Vec::new();
    for line in lines.iter().skip(at + 1).take(8) {
        if let Some((label, _)) = label(line)
            && label != Label::From
            && !found.contains(&label)
        {
            found.push(label);
        }
    }
    found.contains(&Label::Date) && found.len() >= 2 || found.contains(&Label::Subject) && found.contains(&Label::To)
}
