//! The new part of a mail: without the quoted message below it and without the signature.
//!
//! Rules: cut at the first quote header with something above it; if all is quoted, or answers stand
//! between or below the quotes, nothing is cut; a header inside a sentence is none. The full text is
//! always kept by the caller.

use super::header::{Mailbox, addresses, date};
use super::quote_header::{Label, attribution, block, fold, forward_separator, label, separator};

/// Lines looked at; a longer mail keeps its tail.
const MAX_LINES: usize = 20_000;

/// The new part of `text`. `html_cut`: octet where the HTML says that quoting begins.
pub fn visible(text: &str, html_cut: Option<usize>) -> String {
    let mut text = text;
    if let Some(cut) = html_cut
        && let Some(head) = text.get(..cut)
        && !head.trim().is_empty()
    {
        text = head;
    }
    let lines: Vec<&str> = text.lines().take(MAX_LINES).collect();
    if lines.len() == MAX_LINES {
        return text.trim().to_owned();
    }
    // The HTML cut may stand below an attribution line or a rule, which then announce nothing.
    let end = quote_start(&lines).unwrap_or_else(|| {
        let folded: Vec<String> = lines.iter().map(|l| fold(clip(l))).collect();
        if html_cut.is_some() { rule_above(&folded, lines.len()) } else { lines.len() }
    });
    let end = signature_start(&lines[..end]);
    let shown = lines[..end].join("\n");
    if shown.trim().is_empty() { text.trim().to_owned() } else { shown.trim().to_owned() }
}

fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

/// Line where the quoted message (with its header) begins, if it is to be cut.
fn quote_start(lines: &[&str]) -> Option<usize> {
    let folded: Vec<String> = lines.iter().map(|l| fold(clip(l))).collect();
    let written = |range: &[&str]| range.iter().any(|l| !l.trim().is_empty() && !is_quoted(l));
    let mut at = 0;
    while at < lines.len() {
        let line = folded[at].as_str();
        if line.is_empty() {
            at += 1;
            continue;
        }
        // A block that runs to the end whatever follows.
        if separator(line) || block(lines, at) {
            let start = rule_above(&folded, at);
            // At the very top it is a forwarded mail without a word of the sender's: keep it.
            return written(&lines[..start]).then_some(start);
        }
        // "On … wrote:", perhaps over three lines.
        if let Some(after) = attribution_at(&folded, at) {
            let quoted = lines[after..].iter().position(|l| !l.trim().is_empty());
            match quoted {
                Some(first) if is_quoted(lines[after + first]) => {
                    let from = after + first;
                    let end = quote_end(lines, from);
                    if answered_below(lines, end) {
                        // Bottom posting or answers in between: the quotes are part of the answer.
                        return None;
                    }
                    return written(&lines[..at]).then_some(at);
                }
                // Programs that do not mark quoted lines, or a cut already made below the header.
                _ => return written(&lines[..at]).then_some(at),
            }
        }
        if is_quoted(lines[at]) {
            let end = quote_end(lines, at);
            if answered_below(lines, end) {
                return None;
            }
            return written(&lines[..at]).then_some(at);
        }
        at += 1;
    }
    None
}

/// Index after the quoted lines that start at `at`, blank lines between them included.
fn quote_end(lines: &[&str], at: usize) -> usize {
    let mut end = at;
    for (index, line) in lines.iter().enumerate().skip(at) {
        if is_quoted(line) {
            end = index + 1;
        } else if !line.trim().is_empty() {
            break;
        }
    }
    end
}

/// Whether the sender wrote something (not only a signature) after line `end`.
fn answered_below(lines: &[&str], end: usize) -> bool {
    let rest = &lines[end.min(lines.len())..];
    let own: Vec<&str> = rest
        .iter()
        .take_while(|l| {
            let folded = fold(clip(l));
            !is_delimiter(l) && !sent_from(&folded) && !separator(&folded)
        })
        .copied()
        .filter(|l| !l.trim().is_empty() && !is_quoted(l))
        .collect();
    !own.is_empty()
}

fn clip(line: &str) -> &str {
    let mut end = line.len().min(600);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    &line[..end]
}

/// Index after an attribution that starts at line `at` and spans one to three lines.
fn attribution_at(folded: &[String], at: usize) -> Option<usize> {
    let mut joined = String::new();
    for (count, line) in folded.iter().skip(at).take(3).enumerate() {
        if line.is_empty() {
            return None;
        }
        // A line that already ends a sentence is not the start of a header.
        if count > 0 {
            joined.push(' ');
        }
        joined.push_str(line.trim_start_matches(['>', ' ']));
        let first = folded[at].trim_start_matches(['>', ' ', '*']);
        let opens = ["vào ", "vao ", "on ", "ngày ", "lúc ", "le ", "am ", "el ", "at "].iter().any(|s| first.starts_with(s));
        if count > 0 && !opens {
            return None;
        }
        if attribution(&joined) {
            return Some(at + count + 1);
        }
    }
    None
}

/// Steps over the rule that programs draw above a header block.
fn rule_above(folded: &[String], at: usize) -> usize {
    let mut start = at;
    while start > 0 {
        let above = folded[start - 1].as_str();
        let rule = above.len() >= 5 && above.chars().all(|c| matches!(c, '_' | '-' | '=' | '*' | '─'));
        if above.is_empty() && start > 1 && {
            let higher = folded[start - 2].as_str();
            higher.len() >= 5 && higher.chars().all(|c| matches!(c, '_' | '-' | '='))
        } {
            start -= 2;
        } else if rule {
            start -= 1;
        } else {
            break;
        }
    }
    start
}

fn is_delimiter(line: &str) -> bool {
    // "-- " by the rule, "--" where a relay trimmed it.
    matches!(line.trim_end_matches('\r'), "-- " | "--" | "—" | "\u{2013}") || line.starts_with("--\u{a0}") && line.trim().len() == 2
}

/// Lines that phones and mail programs add by themselves.
fn sent_from(folded: &str) -> bool {
    let line = folded.trim_start_matches(['>', ' ', '*', '_', '<', '[']);
    line.chars().count() < 120
        && [
            "sent from my ",
            "sent from yahoo mail",
            "sent from outlook",
            "sent from mail for",
            "gửi từ outlook",
            "gửi từ iphone",
            "gửi từ ipad",
            "gửi từ điện thoại",
            "gửi từ yahoo",
            "gửi từ mail",
            "gửi từ thư",
            "gửi từ samsung",
            "gửi từ gmail",
            "được gửi từ iphone",
            "được gửi từ",
            "get outlook for ",
            "tải outlook cho",
            "nhận outlook cho",
            "sent via ",
        ]
        .iter()
        .any(|s| line.starts_with(s))
        || line.starts_with("đã gửi từ ") && line.chars().count() < 60
}

/// Line where the signature begins; the length when there is none.
fn signature_start(lines: &[&str]) -> usize {
    let written = |line: &&str| !line.trim().is_empty();
    let used = lines.iter().rposition(written).map_or(0, |n| n + 1);
    let first = lines.iter().position(written).unwrap_or(used);
    let mut start = used;
    let (mut follows, mut all_short) = (0, true);
    // From the end upwards, as far as a signature can reach; the highest sign wins.
    for (at, line) in lines[..used].iter().enumerate().skip(first + 1).rev() {
        if !written(line) {
            continue;
        }
        let folded = fold(clip(line));
        let opens = is_delimiter(line) || sent_from(&folded) && follows <= 3 || closing(&folded) && follows <= 6 && all_short;
        if opens {
            start = at;
        }
        follows += 1;
        all_short &= line.chars().count() <= 100;
        if follows > 15 {
            break;
        }
    }
    start
}

/// "Trân trọng," and its like, alone on a line.
fn closing(folded: &str) -> bool {
    let line = folded.trim_end_matches([',', '.', '!', ' ', ';', '*']).trim_start_matches('*');
    matches!(
        line,
        "trân trọng"
            | "trân trọng cảm ơn"
            | "xin trân trọng cảm ơn"
            | "trân trọng kính chào"
            | "kính thư"
            | "kính chào"
            | "thân ái"
            | "thân mến"
            | "best regards"
            | "kind regards"
            | "regards"
            | "best"
            | "sincerely"
            | "yours sincerely"
            | "thanks & best regards"
            | "thanks and best regards"
            | "thanks & regards"
    )
}

/// The header block of a forwarded mail: who wrote it first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forwarded {
    pub from: Mailbox,
    pub subject: Option<String>,
    /// As written, and as time when it can be read.
    pub date: Option<String>,
    pub at: Option<jiff::Timestamp>,
}

/// The original sender of a forwarded mail, to be offered to staff; never trusted by itself.
pub fn forwarded(text: &str) -> Option<Forwarded> {
    let lines: Vec<&str> = text.lines().take(MAX_LINES).collect();
    let after_mark = lines.iter().position(|l| forward_separator(&fold(clip(l)))).map(|n| n + 1);
    let near = |from: usize| (from..(from + 6).min(lines.len())).find(|&at| block_or_partial(&lines, at));
    let start = match after_mark {
        Some(from) => near(from)?,
        None => (0..lines.len()).find(|&at| block(&lines, at))?,
    };
    let mut out = Forwarded { from: Mailbox::default(), subject: None, date: None, at: None };
    let mut seen_from = false;
    for line in lines.iter().skip(start).take(12) {
        match label(line) {
            Some((Label::From, value)) if !seen_from => {
                seen_from = true;
                let value = value.replace("[mailto:", "<").replace(']', ">").replace("mailto:", "");
                out.from =
                    addresses(&value).into_iter().find(|m| !m.address.is_empty()).or_else(|| addresses(&value).into_iter().next())?;
            }
            Some((Label::Date, value)) => {
                out.at = date(&value);
                out.date = Some(value);
            }
            Some((Label::Subject, value)) => out.subject = Some(value),
            Some(_) => {}
            None if line.trim().is_empty() && seen_from => break,
            None => {}
        }
    }
    seen_from.then_some(out)
}

/// After a forward mark one label From is enough.
fn block_or_partial(lines: &[&str], at: usize) -> bool {
    label(lines[at]).is_some_and(|(l, v)| l == Label::From && !v.is_empty())
        || label(lines[at]).is_some_and(|(l, _)| l == Label::Subject)
            && lines.iter().skip(at).take(6).any(|l| matches!(label(l), Some((Label::From, _))))
}

/// Joins the soft lines of `format=flowed` (RFC 3676); `delsp` drops the blank at each join.
pub fn unflow(text: &str, delsp: bool) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let depth = line.bytes().take_while(|&b| b == b'>').count();
        let content = &line[depth..];
        let content = content.strip_prefix(' ').unwrap_or(content);
        let signature = content == "-- ";
        let soft = content.ends_with(' ') && !signature;
        let content_kept = if soft && delsp { &content[..content.len() - 1] } else { content };
        match (open, out.last_mut()) {
            (Some(was), Some(last)) if was == depth && !signature => last.push_str(content_kept),
            _ => {
                let marks = if depth > 0 { format!("{} ", ">".repeat(depth)) } else { String::new() };
                out.push(format!("{marks}{content_kept}"));
            }
        }
        open = soft.then_some(depth);
    }
    out.join("\n")
}
