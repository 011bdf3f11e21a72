//! Telephone numbers as exchanges write them, in one form: E.164 without its plus.

/// What a hidden number is called.
pub const ANONYMOUS: &str = "anonymous";

/// Words that exchanges and carriers write in place of a hidden number.
const HIDDEN: [&str; 8] = ["anonymous", "unknown", "private", "restricted", "withheld", "unavailable", "hidden", "anonymous.invalid"];

/// Longest name of a telephone that is kept.
const NAME: usize = 64;

/// Digits of the longest number (E.164).
const DIGITS: usize = 15;

/// A number in its normal form: `84901234567` of `0901 234 567`, `+84901234567`, `sip:0901234567@pbx` and `DID-0901234567`.
///
/// Numbers of services (1022, 1900 and 1800) and short ones of telephones inside stay as they are, and so do names
/// (`agent1`); a hidden number is [`ANONYMOUS`]. Nothing is left of what is neither.
pub fn number(text: &str) -> Option<String> {
    let text = inner(text);
    if HIDDEN.iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return Some(ANONYMOUS.to_owned());
    }
    let unlabelled = text.split_once(['-', ':']).filter(|(label, rest)| is_label(label) && compact(rest).is_some()).map(|(_, rest)| rest);
    let text = unlabelled.unwrap_or(text);
    let Some((plus, digits)) = compact(text) else {
        let name: String = text.chars().filter(|c| !c.is_control()).take(NAME).collect();
        return name.chars().any(char::is_alphanumeric).then_some(name);
    };
    if digits.len() > DIGITS + 2 {
        return Some(digits.chars().take(NAME).collect());
    }
    let (abroad, digits) = match digits.strip_prefix("00") {
        Some(rest) if rest.len() > 6 => (true, rest),
        _ => (plus, digits.as_str()),
    };
    if let Some(rest) = digits.strip_prefix("84").filter(|rest| abroad || rest.len() >= 9) {
        // "+84 (0)901…" is written with the trunk zero too; a service has no country code.
        let rest = rest.strip_prefix('0').unwrap_or(rest);
        if rest.is_empty() {
            return None;
        }
        let service = rest.starts_with("1900") || rest.starts_with("1800") || rest.len() <= 5;
        return Some(if service { rest.to_owned() } else { format!("84{rest}") });
    }
    match digits.strip_prefix('0') {
        Some(rest) if !abroad && matches!(rest.len(), 9 | 10) => Some(format!("84{rest}")),
        _ => Some(digits.to_owned()),
    }
}

/// The number in `"Name" <sip:number@host;user=phone>`.
fn inner(text: &str) -> &str {
    let text = text.trim();
    let text = match text.split_once('<') {
        Some((_, rest)) => rest.split('>').next().unwrap_or(rest),
        None => text,
    };
    let scheme =
        ["sip:", "sips:", "tel:"].into_iter().find(|scheme| text.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)));
    let text = scheme.map_or(text, |scheme| &text[scheme.len()..]);
    let text = if scheme.is_some() { text.split(['@', ';']).next().unwrap_or(text) } else { text };
    text.trim()
}

fn is_label(text: &str) -> bool {
    (1..=8).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Whether there was a plus, and the digits; none when there is anything else but what parts groups of digits.
fn compact(text: &str) -> Option<(bool, String)> {
    let (plus, text) = match text.trim().strip_prefix('+') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let parts = |c: &char| c.is_whitespace() || matches!(c, '.' | '-' | '(' | ')' | '/' | '\u{2010}'..='\u{2015}');
    let digits: String = text.chars().filter(|c| !parts(c)).collect();
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some((plus, digits))
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn one_form_for_every_way_to_write_it() {
        let is = |text: &str, normal: &str| assert_eq!(number(text).as_deref(), Some(normal), "{text}");
        for text in [
            "0901234567",
            " 0901 234 567",
            "+84901234567",
            "84901234567",
            "0084 901 234 567",
            "+84 (0)901-234-567",
            "sip:0901234567@pbx.example",
            "\"An\" <sip:+84901234567@10.0.0.1;user=phone>",
            "DID-84901234567",
            "tel:+84-901-234-567",
        ] {
            is(text, "84901234567");
        }
        is("02838221234", "842838221234");
        is("842838221234", "842838221234");
        is("+12025550123", "12025550123");
        is("0012025550123", "12025550123");
        for same in ["1022", "101", "19001075", "1900123456", "18001091", "agent1", "0", "8400"] {
            is(same, same);
        }
        is("+841022", "1022");
        is("+8419001075", "19001075");
        for hidden in ["anonymous", "Anonymous", "sip:anonymous@anonymous.invalid", "Private", "restricted"] {
            is(hidden, "anonymous");
        }
        is("Trần Thị B", "Trần Thị B");
        for nothing in ["  ", "+84", "+84 (0)", "+", "<>"] {
            assert_eq!(number(nothing), None, "{nothing}");
        }
        assert_eq!(number(&"9".repeat(5000)).map(|text| text.len()), Some(64));
    }
}
