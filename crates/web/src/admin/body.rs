//! The bodies of reference rows as form fields: what each kind is made of.

use domain::calendar::DayKind;
use domain::deadline::{Step, Unit};
use domain::route::BusinessKind;
use domain::track::{Track, Urgency};
use serde_json::{Map, Value};

/// How a field is typed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Line,
    Text,
    Number,
    Yes,
    /// One entry a line.
    List,
    /// One of the codes of a family.
    Choice,
}

/// One field of a body.
pub struct Field {
    /// Its name in the stored JSON.
    pub name: &'static str,
    pub shape: Shape,
    pub value: String,
    pub choices: Vec<&'static str>,
}

impl Field {
    pub fn is(&self, shape: &str) -> bool {
        let own = match self.shape {
            Shape::Line => "line",
            Shape::Text => "text",
            Shape::Number => "number",
            Shape::Yes => "yes",
            Shape::List => "list",
            Shape::Choice => "choice",
        };
        own == shape
    }
}

/// The fields of a kind.
fn shapes(kind: &str) -> &'static [(&'static str, Shape)] {
    use Shape::{Choice, Line, List, Number, Text, Yes};
    match kind {
        "agency" => &[("name", Line), ("short_name", Line), ("parent", Line), ("reception", Yes)],
        "ward" => &[("name", Line)],
        "field" => &[("name", Line), ("name_en", Line), ("track", Choice), ("example", Line), ("seeds", List)],
        "route" => {
            &[("field", Line), ("ward", Line), ("zone", Line), ("business", Choice), ("lead", Line), ("co", List), ("automatic", Yes)]
        }
        "deadline" => &[("track", Choice), ("urgency", Choice), ("agency", Line), ("step", Choice), ("amount", Number), ("unit", Choice)],
        "calendar" => &[("kind", Choice), ("name", Line)],
        "ground" | "guide" => &[("name", Line), ("name_en", Line), ("text", Text), ("text_en", Text)],
        "text" => &[("subject", Line), ("text", Text)],
        "limit" => &[("value", Number)],
        _ => &[],
    }
}

fn choices(name: &str) -> Vec<&'static str> {
    match name {
        "track" => Track::ALL.iter().map(|code| code.as_str()).collect(),
        "urgency" => Urgency::ALL.iter().map(|code| code.as_str()).collect(),
        "business" => BusinessKind::ALL.iter().map(|code| code.as_str()).collect(),
        "step" => Step::ALL.iter().map(|code| code.as_str()).collect(),
        "unit" => Unit::ALL.iter().map(|code| code.as_str()).collect(),
        "kind" => DayKind::ALL.iter().map(|code| code.as_str()).collect(),
        _ => Vec::new(),
    }
}

/// The states a row of this kind may have.
pub fn statuses(kind: &str) -> Vec<&'static str> {
    match kind {
        "calendar" => domain::calendar::DayStatus::ALL.iter().map(|code| code.as_str()).collect(),
        _ => domain::deadline::RuleStatus::ALL.iter().map(|code| code.as_str()).collect(),
    }
}

/// The fields of a stored body.
pub fn fields(kind: &str, body: &Value) -> Vec<Field> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) | Value::Null => String::new(),
        other => other.to_string(),
    };
    let drawn = shapes(kind).iter().map(|(name, shape)| Field {
        name,
        shape: *shape,
        value: body.get(name).map(text).unwrap_or_default(),
        choices: if *shape == Shape::Choice { choices(name) } else { Vec::new() },
    });
    drawn.collect()
}

/// A body from what was typed (`b_<name>`), keeping what the form does not show of the stored one. What is left empty is
/// left out.
pub fn typed(kind: &str, stored: &Value, pairs: &[(String, String)]) -> Value {
    let mut body: Map<String, Value> = stored.as_object().cloned().unwrap_or_default();
    for (name, shape) in shapes(kind) {
        let key = format!("b_{name}");
        let text = pairs.iter().find(|(typed, _)| *typed == key).map_or("", |(_, text)| text.as_str());
        let text = text.replace("\r\n", "\n");
        let value = match shape {
            Shape::Yes => Some(Value::Bool(!text.is_empty())),
            _ if text.trim().is_empty() => None,
            // A number that is none stays text: the check names it.
            Shape::Number => Some(text.trim().parse::<i64>().map_or_else(|_| Value::from(text.trim()), Value::from)),
            Shape::List => Some(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(Value::from).collect()),
            Shape::Text => Some(Value::from(text.trim_end())),
            Shape::Line | Shape::Choice => Some(Value::from(text.trim())),
        };
        match value {
            Some(value) => drop(body.insert((*name).to_owned(), value)),
            None => drop(body.remove(*name)),
        }
    }
    Value::Object(body)
}

/// What a row says, in one line of a table.
pub fn summary(kind: &str, body: &Value) -> String {
    let text = |name: &str| body.get(name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).unwrap_or_default();
    let parts: Vec<String> = match kind {
        "route" => vec![text("field"), text("ward"), text("zone"), format!("→ {}", text("lead"))],
        "deadline" => vec![text("track"), text("urgency"), text("agency"), text("step"), format!("{} {}", text("amount"), text("unit"))],
        "calendar" => vec![text("name"), text("kind")],
        "limit" => vec![text("value")],
        "text" => vec![text("subject"), text("text")],
        _ => vec![text("name")],
    };
    let line = parts.into_iter().filter(|part| !part.trim().is_empty()).collect::<Vec<_>>().join(", ");
    if line.chars().count() > 120 { format!("{}…", line.chars().take(119).collect::<String>()) } else { line }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn what_the_form_does_not_show_is_kept() {
        let stored = json!({ "name": "Thuế", "kind": "department", "parent": "ubnd", "reception": true });
        let pairs = [("b_name".to_owned(), "Thuế TP".to_owned()), ("b_parent".to_owned(), String::new())];
        let body = super::typed("agency", &stored, &pairs);
        assert_eq!(body, json!({ "name": "Thuế TP", "kind": "department", "reception": false }));
    }

    #[test]
    fn lists_and_numbers_are_read() {
        let pairs = [("b_lead".to_owned(), "thue".to_owned()), ("b_co".to_owned(), " a \r\n\r\nb".to_owned())];
        assert_eq!(super::typed("route", &json!({}), &pairs), json!({ "lead": "thue", "co": ["a", "b"], "automatic": false }));
        assert_eq!(super::typed("limit", &json!({}), &[("b_value".to_owned(), " 12 ".to_owned())]), json!({ "value": 12 }));
    }
}
