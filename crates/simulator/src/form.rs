//! `a=1&b=2`, for queries and bodies that are written here.

use std::fmt::Write;

/// Everything but letters, digits and `-._~` is escaped. [RFC 3986 §2.3]
pub(crate) fn encode<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        escape(&mut text, name);
        text.push('=');
        escape(&mut text, value);
    }
    text
}

fn escape(text: &mut String, value: &str) {
    for octet in value.bytes() {
        if octet.is_ascii_alphanumeric() || b"-._~".contains(&octet) {
            text.push(char::from(octet));
        } else {
            // Writing to a String cannot fail.
            write!(text, "%{octet:02X}").ok();
        }
    }
}
