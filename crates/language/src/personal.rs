//! Personal numbers and addresses in a text: found by their shape and by the words before them.
//!
//! Made for redaction before publishing: where shape and words leave a doubt, a number is rather taken for personal.

use crate::fold::fold;

/// What a found place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Personal {
    /// Telephone number, Vietnamese or with +84.
    Phone,
    /// Căn cước công dân: 12 digits; since 1 July 2025 also the tax code of persons and household businesses.
    CitizenId,
    /// Chứng minh nhân dân: 9 digits, no longer issued.
    OldId,
    /// Mã số thuế of 10 or 13 digits.
    TaxCode,
    Email,
    BankAccount,
}

impl Personal {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "PHONE",
            Self::CitizenId => "CCCD",
            Self::OldId => "CMND",
            Self::TaxCode => "MST",
            Self::Email => "EMAIL",
            Self::BankAccount => "BANK",
        }
    }

    /// What a reader sees in its place.
    pub const fn placeholder(self) -> &'static str {
        match self {
            Self::Phone => "[số điện thoại]",
            Self::CitizenId | Self::OldId => "[số giấy tờ]",
            Self::TaxCode => "[mã số thuế]",
            Self::Email => "[e-mail]",
            Self::BankAccount => "[số tài khoản]",
        }
    }
}

/// One found place, in bytes of the original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub start: usize,
    pub end: usize,
    pub kind: Personal,
}

/// Every personal number and address, in order, never overlapping.
pub fn find(text: &str) -> Vec<Span> {
    let mut spans = emails(text);
    let groups: Vec<Group> =
        groups(text).into_iter().filter(|group| !spans.iter().any(|mail| group.start < mail.end && mail.start < group.end)).collect();
    let mut at = 0;
    while at < groups.len() {
        match number_at(text, &groups, at) {
            Some((taken, span)) => {
                spans.push(span);
                at += taken;
            }
            None => at += 1,
        }
    }
    spans.sort_by_key(|span| span.start);
    spans
}

/// The text with a placeholder for every place found, and the places in the original.
pub fn redact(text: &str) -> (String, Vec<Span>) {
    let spans = find(text);
    (replace(text, &spans), spans)
}

/// The text with a placeholder for each of these places, which must be in order.
pub fn replace(text: &str, spans: &[Span]) -> String {
    let mut redacted = String::with_capacity(text.len());
    let mut done = 0;
    for span in spans {
        redacted.push_str(text.get(done..span.start).unwrap_or_default());
        redacted.push_str(span.kind.placeholder());
        done = span.end;
    }
    redacted.push_str(text.get(done..).unwrap_or_default());
    redacted
}

/// A run of digits.
#[derive(Debug, Clone, Copy)]
struct Group {
    start: usize,
    end: usize,
}

fn groups(text: &str) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (at, byte) in text.bytes().enumerate() {
        match groups.last_mut() {
            _ if !byte.is_ascii_digit() => {}
            Some(last) if last.end == at => last.end = at + 1,
            _ => groups.push(Group { start: at, end: at + 1 }),
        }
    }
    groups
}

/// Longest number we look for, in groups: "0978-38-07-23" has four, an account at most five.
const MOST_GROUPS: usize = 6;

/// The longest number that begins with the group, if it is personal.
fn number_at(text: &str, groups: &[Group], at: usize) -> Option<(usize, Span)> {
    let first = groups[at];
    let before = &text[..first.start];
    let previous = at.checked_sub(1).map(|index| groups[index]);
    // The tail of a longer number, a version, a document number or a word is no number of its own.
    let tail = previous.is_some_and(|group| matches!(text.get(group.end..first.start), Some("." | "-" | ",")));
    if tail || before.ends_with(['/', '_', '#']) {
        return None;
    }
    let cue = cue_before(text, previous.map_or(0, |group| group.end), first.start);
    if before.ends_with(char::is_alphabetic) && cue.is_none() {
        return None;
    }
    let mut chain = 1;
    let mut bracket = false;
    while chain < MOST_GROUPS && at + chain < groups.len() {
        let between = &text[groups[at + chain - 1].end..groups[at + chain].start];
        let opening = chain == 1 && matches!(between, ") " | ")");
        let same = chain == 1 || bracket || between == &text[groups[at + chain - 2].end..groups[at + chain - 1].start];
        // "(+84) 949 584 836": after the bracket another separator may rule.
        if !(opening || (matches!(between, " " | "." | "-") && (same || between == "-"))) {
            break;
        }
        bracket = opening;
        chain += 1;
    }
    (1..=chain).rev().find_map(|taken| {
        let last = groups[at + taken - 1];
        if ends_inside_something(&text[last.end..]) {
            return None;
        }
        let found = Number::of(text, &groups[at..at + taken]);
        let kind = found.classify(cue, &text[last.end..])?;
        let start = if kind == Personal::Phone { phone_start(text, first.start) } else { first.start };
        Some((taken, Span { start, end: last.end, kind }))
    })
}

/// "849.000đ", "12,5", "080/GPXD", "40m2".
fn ends_inside_something(after: &str) -> bool {
    let mut letters = after.chars();
    match letters.next() {
        Some('/' | '%' | '_') => true,
        Some(letter) if letter.is_alphabetic() => true,
        Some('.' | ',' | '-') => letters.next().is_some_and(|letter| letter.is_ascii_digit()),
        _ => false,
    }
}

/// The plus and bracket of "+84" and "(+84)" belong to the number.
fn phone_start(text: &str, start: usize) -> usize {
    let before = &text[..start];
    before.strip_suffix('+').map_or(start, |before| before.strip_suffix('(').unwrap_or(before).len())
}

struct Number {
    digits: String,
    /// Lengths of the groups.
    lengths: Vec<usize>,
    plus: bool,
}

impl Number {
    fn of(text: &str, groups: &[Group]) -> Self {
        Self {
            digits: groups.iter().map(|group| &text[group.start..group.end]).collect(),
            lengths: groups.iter().map(|group| group.end - group.start).collect(),
            plus: groups.first().is_some_and(|group| text[..group.start].ends_with('+')),
        }
    }

    fn classify(&self, cue: Option<Cue>, after: &str) -> Option<Personal> {
        let count = self.digits.len();
        let single = self.lengths.len() == 1;
        match cue {
            Some(Cue::Other) if !self.plus => return None,
            Some(Cue::Is(Personal::TaxCode)) if self.tax_shape() => return Some(Personal::TaxCode),
            Some(Cue::Is(Personal::TaxCode | Personal::CitizenId)) if count == 12 => return Some(Personal::CitizenId),
            Some(Cue::Is(Personal::OldId | Personal::CitizenId)) if count == 9 => return Some(Personal::OldId),
            Some(Cue::Is(Personal::OldId)) if count == 12 => return Some(Personal::CitizenId),
            Some(Cue::Is(Personal::BankAccount)) if (6..=19).contains(&count) => return Some(Personal::BankAccount),
            _ => {}
        }
        if self.phone_shape() {
            return Some(Personal::Phone);
        }
        let bank = bank_named(after);
        if bank && (8..=19).contains(&count) {
            return Some(Personal::BankAccount);
        }
        if self.citizen_shape() {
            return Some(Personal::CitizenId);
        }
        if self.lengths == [10, 3] {
            return Some(Personal::TaxCode);
        }
        let accounts_groups = single || self.lengths.iter().all(|length| *length <= 4) && self.lengths.len() >= 3;
        match count {
            9 if single && !self.digits.starts_with("00") => Some(Personal::OldId),
            10 if single => Some(Personal::TaxCode),
            // Customs declarations have 12 digits too and begin with 10 (import) or 30 (export).
            12 if accounts_groups && !self.digits.starts_with("10") && !self.digits.starts_with("30") => Some(Personal::BankAccount),
            13..=16 if accounts_groups => Some(Personal::BankAccount),
            _ => None,
        }
    }

    fn phone_shape(&self) -> bool {
        let national = if self.plus || (self.digits.len() >= 11 && self.digits.starts_with("84")) {
            match self.digits.strip_prefix("84") {
                Some(rest) => rest.strip_prefix('0').unwrap_or(rest),
                None => return false,
            }
        } else if let Some(rest) = self.digits.strip_prefix('0') {
            rest
        } else {
            return false;
        };
        match national.as_bytes().first() {
            Some(b'3' | b'5' | b'7' | b'8' | b'9') => national.len() == 9,
            Some(b'2') => matches!(national.len(), 9 | 10),
            _ => false,
        }
    }

    /// 12 digits: province 001-096, century and sex 0-3 for those born before 2100.
    fn citizen_shape(&self) -> bool {
        let province: u16 = self.digits.get(..3).and_then(|digits| digits.parse().ok()).unwrap_or(0);
        self.digits.len() == 12 && (1..=96).contains(&province) && self.digits.as_bytes()[3] <= b'3'
    }

    fn tax_shape(&self) -> bool {
        matches!(self.digits.len(), 10 | 13)
    }
}

/// What the words before a number say it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cue {
    Is(Personal),
    /// A number of something else: a declaration, an invoice, a document.
    Other,
}

const CUES: &[(&str, Cue)] = &[
    ("cccd", Cue::Is(Personal::CitizenId)),
    ("cc", Cue::Is(Personal::CitizenId)),
    ("can cuoc", Cue::Is(Personal::CitizenId)),
    ("cong dan", Cue::Is(Personal::CitizenId)),
    ("dinh danh", Cue::Is(Personal::CitizenId)),
    ("cmnd", Cue::Is(Personal::OldId)),
    ("cmt", Cue::Is(Personal::OldId)),
    ("cmtnd", Cue::Is(Personal::OldId)),
    ("chung minh", Cue::Is(Personal::OldId)),
    ("nhan dan", Cue::Is(Personal::OldId)),
    ("mst", Cue::Is(Personal::TaxCode)),
    ("ma so thue", Cue::Is(Personal::TaxCode)),
    ("ma thue", Cue::Is(Personal::TaxCode)),
    ("msdn", Cue::Is(Personal::TaxCode)),
    ("ma so doanh nghiep", Cue::Is(Personal::TaxCode)),
    ("thue doanh nghiep", Cue::Is(Personal::TaxCode)),
    ("stk", Cue::Is(Personal::BankAccount)),
    ("tk", Cue::Is(Personal::BankAccount)),
    ("tai khoan", Cue::Is(Personal::BankAccount)),
    ("chuyen khoan vao", Cue::Is(Personal::BankAccount)),
    ("chuyen khoan", Cue::Is(Personal::BankAccount)),
    ("dt", Cue::Is(Personal::Phone)),
    ("dt e", Cue::Is(Personal::Phone)),
    ("sdt", Cue::Is(Personal::Phone)),
    ("tel", Cue::Is(Personal::Phone)),
    ("zalo", Cue::Is(Personal::Phone)),
    ("lh", Cue::Is(Personal::Phone)),
    ("lien he", Cue::Is(Personal::Phone)),
    ("dien thoai", Cue::Is(Personal::Phone)),
    ("goi", Cue::Is(Personal::Phone)),
    ("call", Cue::Is(Personal::Phone)),
    ("hotline", Cue::Is(Personal::Phone)),
    ("to khai", Cue::Other),
    ("hoa don", Cue::Other),
    ("thu tuc", Cue::Other),
    ("ho so", Cue::Other),
    ("cong van", Cue::Other),
    ("van don", Cue::Other),
    ("van ban", Cue::Other),
    ("quyet dinh", Cue::Other),
    ("hop dong", Cue::Other),
    ("don hang", Cue::Other),
    ("ma don", Cue::Other),
    ("ma nganh", Cue::Other),
    ("ma hs", Cue::Other),
    ("hs", Cue::Other),
    ("ma vach", Cue::Other),
    ("bien so", Cue::Other),
    ("bien lai", Cue::Other),
    ("tong dai", Cue::Other),
    ("khach hang", Cue::Other),
    ("lo hang", Cue::Other),
    ("so lo", Cue::Other),
    ("seri", Cue::Other),
    ("serial", Cue::Other),
    ("imei", Cue::Other),
    ("doanh thu", Cue::Other),
    ("von dieu le", Cue::Other),
    ("gpxd", Cue::Other),
    ("giay phep", Cue::Other),
    ("ma tra cuu", Cue::Other),
];

/// How far before a number a word may speak for it.
const CUE_BYTES: usize = 48;
const CUE_TOKENS: usize = 5;

/// The nearest cue between the number before and this one, and no further back than a few words.
fn cue_before(text: &str, from: usize, to: usize) -> Option<Cue> {
    let from = text.ceil_char_boundary(from.max(to.saturating_sub(CUE_BYTES))).min(to);
    let mut words = &text[from..to];
    // Words of the sentence before do not speak for it.
    if let Some(end) = words.rfind([';', '\n', '?', '!']) {
        words = &words[end + 1..];
    }
    if let Some(end) = words.rfind(". ").filter(|end| words[..*end].len() > 4) {
        words = &words[end + 2..];
    }
    let folded = format!(" {} ", fold(words));
    let reach = folded.trim_end().rmatch_indices(' ').nth(CUE_TOKENS - 1).map_or(0, |(at, _)| at);
    let near = &folded[reach..];
    CUES.iter()
        .filter_map(|(words, cue)| Some((near.rfind(&format!(" {words} "))? + words.len(), *cue)))
        .max_by_key(|(end, _)| *end)
        .map(|(_, cue)| cue)
}

const BANKS: &[&str] = &[
    "vietcombank",
    "vcb",
    "bidv",
    "agribank",
    "vietinbank",
    "techcombank",
    "tcb",
    "sacombank",
    "tpbank",
    "vpbank",
    "mbbank",
    "mb",
    "acb",
    "hdbank",
    "shb",
    "vib",
    "ocb",
    "msb",
    "eximbank",
    "scb",
    "seabank",
    "tai ngan hang",
    "ngan hang",
    "tai nh",
];

/// Whether a bank is named right after the number.
fn bank_named(after: &str) -> bool {
    let near = fold(&after[..after.floor_char_boundary(28)]);
    BANKS.iter().any(|bank| near.strip_prefix(bank).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')))
}

fn emails(text: &str) -> Vec<Span> {
    let bytes = text.as_bytes();
    let local = |byte: u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(&byte);
    let host = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
    let mut spans: Vec<Span> = Vec::new();
    for (at, _) in text.match_indices('@') {
        // Never back into the address before: the cost stays linear.
        let floor = spans.last().map_or(0, |span| span.end);
        let mut start = at;
        while start > floor && local(bytes[start - 1]) {
            start -= 1;
        }
        while start < at && !bytes[start].is_ascii_alphanumeric() {
            start += 1;
        }
        let mut end = at + 1;
        while end < bytes.len() && host(bytes[end]) {
            end += 1;
        }
        while end > at + 1 && !bytes[end - 1].is_ascii_alphanumeric() {
            end -= 1;
        }
        let domain = &text[at + 1..end];
        let top = domain.rsplit('.').next().unwrap_or_default();
        if start < at && domain.contains('.') && top.len() >= 2 && top.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            spans.push(Span { start, end, kind: Personal::Email });
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(text: &str) -> Vec<(&'static str, &str)> {
        find(text).into_iter().map(|span| (span.kind.as_str(), &text[span.start..span.end])).collect()
    }

    #[test]
    fn each_kind() {
        assert_eq!(found("Gọi 0903 123 456 hoặc (+84) 903123456."), [("PHONE", "0903 123 456"), ("PHONE", "(+84) 903123456")]);
        assert_eq!(found("đt bàn 028-3822-1234"), [("PHONE", "028-3822-1234")]);
        assert_eq!(found("CCCD 079 090 001 234"), [("CCCD", "079 090 001 234")]);
        assert_eq!(found("CMND số 024123456, MST: 0341643610"), [("CMND", "024123456"), ("MST", "0341643610")]);
        assert_eq!(found("mst 0100109106-001"), [("MST", "0100109106-001")]);
        assert_eq!(found("stk 0071 0012 3456 7 Vietcombank"), [("BANK", "0071 0012 3456 7")]);
        assert_eq!(found("thư về ke.toan_1@cong-ty.vn."), [("EMAIL", "ke.toan_1@cong-ty.vn")]);
    }

    #[test]
    fn look_alikes_stay() {
        for text in [
            "doanh thu 55.401.641.000đ năm 2019-2020",
            "tờ khai số 102544548060 luồng đỏ",
            "mã thủ tục 1.069332, mã hồ sơ H10.24-239772",
            "hóa đơn số 0009876 ngày 10/05/2021",
            "tổng đài 1900 8761, biển số 43C-422.74",
            "công văn 8125/TCT-CS, mã HS 8471.30.55, 369,5 m2",
            "a@b và @nhóm",
        ] {
            assert!(find(text).is_empty(), "{text}: {:?}", found(text));
        }
    }

    #[test]
    fn redaction_leaves_the_rest() {
        assert_eq!(redact("Gọi 0903123456 nhé").0, "Gọi [số điện thoại] nhé");
        assert_eq!(redact("").0, "");
    }

    proptest! {
        #[test]
        fn spans_are_sound(text in any::<String>()) {
            let mut last = 0;
            for span in find(&text) {
                prop_assert!(span.start >= last && span.start < span.end);
                prop_assert!(text.get(span.start..span.end).is_some());
                last = span.end;
            }
        }

        #[test]
        fn nothing_personal_is_left(text in "((gọi|stk|mst|CCCD|số|,|;)? ?[+(]?[0-9]{1,14}[-. )@]?|[a-zđ]{1,5}@[a-z]{1,4}\\.vn| ){0,9}") {
            let (redacted, spans) = redact(&text);
            for span in spans {
                let value = &text[span.start..span.end];
                prop_assert!(text.matches(value).count() > 1 || !redacted.contains(value));
            }
        }

        #[test]
        fn a_mobile_number_is_always_found(second in "[35789]", rest in "[0-9]{8}", word in "(xin gọi|sđt:|zalo|lh|)") {
            let text = format!("{word} 0{second}{rest} cảm ơn");
            let spans = find(&text);
            prop_assert_eq!(spans.len(), 1);
            prop_assert_eq!(spans[0].kind, Personal::Phone);
        }
    }
}
