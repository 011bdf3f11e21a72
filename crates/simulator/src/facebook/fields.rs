//! Field selection: `fields=id,messages.limit(5){id,message}`.

use serde_json::{Map, Value};

/// Fields within fields are followed this far.
const DEEPEST: usize = 6;

/// What was asked for: names, and what of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fields(Vec<(String, Fields)>);

impl Fields {
    /// Reads the list; what cannot be read is passed over.
    pub fn read(text: &str) -> Self {
        Self::read_level(&mut text.chars().peekable(), 0)
    }

    fn read_level(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, depth: usize) -> Self {
        let mut fields = Self::default();
        let mut name = String::new();
        let mut within = Self::default();
        while let Some(char) = chars.next() {
            match char {
                '{' if depth < DEEPEST => within = Self::read_level(chars, depth + 1),
                '}' => break,
                ',' => fields.add(&mut name, &mut within),
                // Modifiers such as `.limit(5)` are not followed.
                '.' => skip_modifier(chars),
                char if char.is_ascii_alphanumeric() || char == '_' => name.push(char),
                _ => {}
            }
        }
        fields.add(&mut name, &mut within);
        fields
    }

    fn add(&mut self, name: &mut String, within: &mut Self) {
        if !name.is_empty() {
            self.0.push((std::mem::take(name), std::mem::take(within)));
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was asked of this field, if it was asked for.
    pub fn within(&self, name: &str) -> Option<&Self> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, within)| within)
    }

    /// Only what was asked for, and the id always.
    pub fn choose(&self, whole: Map<String, Value>, unasked: &[&str]) -> Value {
        let wanted = |name: &str| if self.is_empty() { unasked.contains(&name) } else { self.within(name).is_some() };
        Value::Object(whole.into_iter().filter(|(name, _)| name == "id" || wanted(name)).collect())
    }
}

fn skip_modifier(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    while let Some(next) = chars.peek() {
        if matches!(next, ',' | '{' | '}') {
            return;
        }
        chars.next();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_fields_and_modifiers() {
        let fields = Fields::read("participants,messages.limit(5){id,from{name},message},updated_time");
        assert!(fields.within("updated_time").is_some());
        let messages = fields.within("messages").unwrap();
        assert!(messages.within("message").is_some());
        assert!(messages.within("from").unwrap().within("name").is_some());
    }

    #[test]
    fn any_text_ends() {
        for text in ["{{{{{{{{{{{{{{", "}}}}", ",,,,", "a{b", ".", "a.limit(", &"{a".repeat(100_000)] {
            Fields::read(text);
        }
    }
}
