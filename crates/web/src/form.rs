//! A form between two pages: what was typed is kept, and each mistake stands at its field.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;

use askama::Template;
use askama::filters::HtmlSafe;
use words::{Tongue, Value};

use crate::parts::{ErrorSummary, Icon};

/// The fields of one form, an enum. A field's name is its `name` and `id` in the page.
pub trait FormField: Copy + Eq + Hash {
    fn name(self) -> &'static str;

    /// Whether the value goes back into the page: not for passwords and codes.
    fn keep(self) -> bool {
        true
    }
}

/// Values and mistakes of a form with the fields `F`, mistakes in the order they were found.
#[derive(Clone, Debug)]
pub struct FormState<F> {
    values: HashMap<F, String>,
    mistakes: Vec<(Option<F>, Mistake)>,
}

/// What to do about it: a word and its values.
#[derive(Clone, Debug)]
struct Mistake {
    key: &'static str,
    values: Vec<(&'static str, Value<'static>)>,
}

impl<F> Default for FormState<F> {
    fn default() -> Self {
        FormState { values: HashMap::new(), mistakes: Vec::new() }
    }
}

impl<F: FormField> FormState<F> {
    /// Keeps the value of a field, if it may be shown again.
    pub fn set(&mut self, field: F, value: impl Into<String>) {
        if field.keep() {
            self.values.insert(field, value.into());
        }
    }

    /// Marks a field; `key` is given as `words::key!("…")`.
    pub fn fail(&mut self, field: F, key: &'static str) {
        self.fail_with(field, key, Vec::new());
    }

    pub fn fail_with(&mut self, field: F, key: &'static str, values: Vec<(&'static str, Value<'static>)>) {
        self.mistakes.push((Some(field), Mistake { key, values }));
    }

    /// Marks the form as a whole (a wrong password says no field).
    pub fn fail_whole(&mut self, key: &'static str) {
        self.mistakes.push((None, Mistake { key, values: Vec::new() }));
    }

    pub fn is_valid(&self) -> bool {
        self.mistakes.is_empty()
    }

    /// Whether something is wrong with this field.
    pub fn is_wrong(&self, field: F) -> bool {
        self.mistakes.iter().any(|(of, _)| *of == Some(field))
    }

    pub fn value(&self, field: F) -> &str {
        self.values.get(&field).map_or("", String::as_str)
    }

    /// `checked` for the radio or box whose value was chosen.
    pub fn checked(&self, field: F, value: &str) -> &'static str {
        if self.values.get(&field).is_some_and(|kept| kept == value) { "checked" } else { "" }
    }

    /// The attributes of a field: `name`, `id`, and what describes it. With `hint`, the page has
    /// an element `<name>-hint`.
    pub fn attributes(&self, field: F, hint: bool) -> Attributes {
        Attributes { name: field.name(), wrong: self.is_wrong(field), hint }
    }

    /// The mistakes of a field, to stand between its label and the field; nothing when right.
    pub fn said(&self, field: F, tongue: impl Into<Tongue>) -> Said {
        let text = self.mistakes.iter().find(|(of, _)| *of == Some(field));
        Said { id: format!("{}-error", field.name()), text: text.map(|(_, mistake)| mistake.said(tongue.into())).unwrap_or_default() }
    }

    /// The summary on top of a form sent with mistakes; nothing when there are none.
    pub fn summary(&self, tongue: impl Into<Tongue>) -> Summary {
        let tongue = tongue.into();
        let count = self.mistakes.len();
        Summary((count > 0).then(|| ErrorSummary {
            title: tongue.with("errors-title", &[("n", count.into())]).into_owned(),
            items: self.mistakes.iter().map(|(field, mistake)| (field.map(F::name), mistake.said(tongue))).collect(),
        }))
    }
}

impl Mistake {
    fn said(&self, tongue: Tongue) -> String {
        tongue.with(self.key, &self.values).into_owned()
    }
}

/// See [`FormState::attributes`].
#[derive(Clone, Copy, Debug)]
pub struct Attributes {
    name: &'static str,
    wrong: bool,
    hint: bool,
}

impl fmt::Display for Attributes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name;
        write!(out, r#"name="{name}" id="{name}""#)?;
        match (self.wrong, self.hint) {
            (false, false) => Ok(()),
            (false, true) => write!(out, r#" aria-describedby="{name}-hint""#),
            (true, false) => {
                write!(out, r#" aria-invalid="true" aria-describedby="{name}-error""#)
            }
            (true, true) => {
                write!(out, r#" aria-invalid="true" aria-describedby="{name}-error {name}-hint""#)
            }
        }
    }
}

/// Field names are literals of the program.
impl HtmlSafe for Attributes {}

/// See [`FormState::said`].
#[derive(Template, Clone, Debug)]
#[template(ext = "html", source = r#"{% if !text.is_empty() %}<p class="err" id="{{ id }}">{{ Icon::Late }} {{ text }}</p>{% endif %}"#)]
pub struct Said {
    id: String,
    text: String,
}

impl HtmlSafe for Said {}

/// See [`FormState::summary`].
#[derive(Clone, Debug)]
pub struct Summary(Option<ErrorSummary>);

impl fmt::Display for Summary {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |summary| write!(out, "{summary}"))
    }
}

impl HtmlSafe for Summary {}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, PartialEq, Eq, Hash)]
    enum Login {
        Name,
        Password,
    }

    impl FormField for Login {
        fn name(self) -> &'static str {
            match self {
                Login::Name => "name",
                Login::Password => "password",
            }
        }

        fn keep(self) -> bool {
            self != Login::Password
        }
    }

    #[test]
    fn what_was_typed_is_kept_and_secrets_are_not() {
        let mut form = FormState::default();
        form.set(Login::Name, "nam");
        form.set(Login::Password, "hunter2");
        assert!(form.is_valid());
        assert_eq!(form.value(Login::Name), "nam");
        assert_eq!(form.value(Login::Password), "");
        assert_eq!(form.summary(Tongue::VI).to_string(), "");
        let attributes = form.attributes(Login::Name, true).to_string();
        assert_eq!(attributes, r#"name="name" id="name" aria-describedby="name-hint""#);
    }

    #[test]
    fn a_mistake_stands_at_its_field_and_in_the_summary() {
        let mut form = FormState::default();
        form.fail(Login::Name, "guard-reason_missing");
        form.fail_whole("guard-stale");
        assert!(!form.is_valid());
        let said = form.said(Login::Name, Tongue::VI).to_string();
        assert!(said.contains(r#"id="name-error""#) && said.contains("Cần ghi lý do."), "{said}");
        let summary = form.summary(Tongue::VI).to_string();
        assert!(summary.contains("còn 2 chỗ cần sửa") && summary.contains(r##"href="#name""##));
        assert!(form.said(Login::Password, Tongue::VI).to_string().is_empty());
    }
}
