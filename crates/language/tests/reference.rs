//! The reference files of the city: they parse, agree with each other and with the rules of the domain.

#![expect(clippy::unwrap_used, reason = "a reference file that is not as expected fails the test")]

use std::collections::{BTreeMap, BTreeSet};

use domain::calendar::{CalendarDay, DayKind, DayStatus, propose};
use domain::case::Role;
use domain::deadline::{Limits, RuleStatus, Step, Unit};
use domain::refusal::RefusalGround;
use domain::route::BusinessKind;
use domain::tax_code::TaxCode;
use domain::track::{Track, Urgency};
use jiff::civil::Date;
use language::smell::smell;
use language::suggest::{FieldSeeds, Suggester};
use toml::{Table, Value};

fn read(name: &str) -> String {
    let path = format!("{}/../../reference/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn table(name: &str, list: &str) -> Vec<Table> {
    let file: Table = read(name).parse().unwrap_or_else(|error| panic!("{name}: {error}"));
    file[list].as_array().unwrap().iter().map(|row| row.as_table().unwrap().clone()).collect()
}

fn rows(name: &str) -> Vec<Table> {
    table(name, "row")
}

fn text<'a>(row: &'a Table, key: &str) -> &'a str {
    row.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn texts<'a>(row: &'a Table, key: &str) -> Vec<&'a str> {
    row.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn date(row: &Table, key: &str) -> Option<Date> {
    row.get(key).map(|day| day.as_str().unwrap().parse().unwrap_or_else(|error| panic!("{row:?}: {error}")))
}

fn wards() -> BTreeSet<String> {
    let file: serde_json::Value = serde_json::from_str(&read("wards.json")).unwrap();
    file["wards"].as_array().unwrap().iter().map(|row| row["code"].as_str().unwrap().to_owned()).collect()
}

fn agencies() -> BTreeSet<String> {
    rows("agencies.toml")
        .iter()
        .map(|row| text(row, "item").to_owned())
        .chain(wards().into_iter().map(|ward| format!("ubnd-{ward}")))
        .collect()
}

fn fields() -> BTreeSet<String> {
    rows("fields.toml").iter().map(|row| text(row, "item").to_owned()).collect()
}

fn suggester() -> Suggester {
    let field = |row: &Table| FieldSeeds {
        field: text(row, "item").to_owned(),
        track: Some(text(row, "track").to_owned()),
        phrases: texts(row, "seeds").into_iter().map(str::to_owned).collect(),
    };
    Suggester::new(rows("fields.toml").iter().map(field).collect())
}

const FILES: [&str; 9] = [
    "agencies.toml",
    "fields.toml",
    "routes.toml",
    "deadlines.toml",
    "limits.toml",
    "calendar.toml",
    "refusal_grounds.toml",
    "guides.toml",
    "texts.toml",
];

#[test]
fn every_row_is_dated_and_sourced_and_none_overlap() {
    for file in FILES {
        let mut spans: BTreeMap<String, Vec<(Date, Date)>> = BTreeMap::new();
        for row in rows(file) {
            let from = date(&row, "valid_from").unwrap();
            let to = date(&row, "valid_to").unwrap_or(Date::MAX);
            assert!(from <= to, "{file}: {row:?}");
            assert!(!text(&row, "item").is_empty() && !text(&row, "source").is_empty(), "{file}: {row:?}");
            match file {
                "calendar.toml" => assert!(text(&row, "status").parse::<DayStatus>().is_ok(), "{row:?}"),
                _ => assert!(text(&row, "status").parse::<RuleStatus>().is_ok(), "{file}: {row:?}"),
            }
            spans.entry(text(&row, "item").to_owned()).or_default().push((from, to));
        }
        for (item, mut spans) in spans {
            spans.sort();
            assert!(spans.windows(2).all(|pair| pair[0].1 < pair[1].0), "{file}: {item} overlaps");
        }
    }
}

#[test]
fn agencies_form_a_tree_and_thirty_are_current() {
    let codes = agencies();
    let mut current = BTreeSet::new();
    for row in rows("agencies.toml") {
        let parent = text(&row, "parent");
        assert!(parent.is_empty() || codes.contains(parent), "{row:?}");
        assert!(!text(&row, "name").is_empty() && !text(&row, "short_name").is_empty());
        if date(&row, "valid_to").is_none() {
            current.insert(text(&row, "item").to_owned());
        }
    }
    assert!(current.len() >= 30, "{}", current.len());
    assert!(current.contains("1022") && current.contains("vp-ubnd"));
    assert_eq!(wards().len(), 168);
}

#[test]
fn an_example_suggests_its_own_field() {
    let suggester = suggester();
    let all = rows("fields.toml");
    assert_eq!(all.len(), 29);
    for row in all {
        assert!(text(&row, "track").parse::<Track>().is_ok() && !text(&row, "name_en").is_empty());
        for example in [text(&row, "example").to_owned(), language::fold::fold(text(&row, "example"))] {
            let found = suggester.suggest(&example);
            assert_eq!(found.first().map(|one| one.field.as_str()), Some(text(&row, "item")), "{example}: {found:?}");
        }
    }
}

#[test]
fn routes_name_what_exists() {
    let (fields, agencies, wards) = (fields(), agencies(), wards());
    let dated: Vec<(String, Date, Date)> = rows("agencies.toml")
        .iter()
        .map(|row| (text(row, "item").to_owned(), date(row, "valid_from").unwrap(), date(row, "valid_to").unwrap_or(Date::MAX)))
        .collect();
    let mut keys: BTreeMap<[String; 4], Vec<(Date, Date)>> = BTreeMap::new();
    let mut routed = BTreeSet::new();
    for row in rows("routes.toml") {
        let from = date(&row, "valid_from").unwrap();
        let to = date(&row, "valid_to").unwrap_or(Date::MAX);
        assert!(fields.contains(text(&row, "field")), "{row:?}");
        let lead = text(&row, "lead");
        for code in texts(&row, "co").into_iter().chain([lead]) {
            assert!(code == "ubnd-*" || agencies.contains(code), "{code} in {row:?}");
        }
        if lead == "ubnd-*" {
            assert_eq!(text(&row, "ward"), "*", "{row:?}");
        } else {
            assert!(
                dated.iter().any(|(code, first, last)| code == lead && *first <= from && to <= *last),
                "{lead} does not exist all that time: {row:?}"
            );
        }
        let ward = text(&row, "ward");
        assert!(ward.is_empty() || ward == "*" || wards.contains(ward));
        let business = text(&row, "business");
        assert!(business.is_empty() || business.parse::<BusinessKind>().is_ok());
        assert!(!row["automatic"].as_bool().unwrap());
        keys.entry(["field", "ward", "zone", "business"].map(|key| text(&row, key).to_owned())).or_default().push((from, to));
        if to == Date::MAX && ward.is_empty() && text(&row, "zone").is_empty() {
            routed.insert(text(&row, "field").to_owned());
        }
    }
    assert_eq!(routed, fields, "every field has a route without a place");
    for (key, mut spans) in keys {
        spans.sort();
        assert!(spans.windows(2).all(|pair| pair[0].1 < pair[1].0), "{key:?} overlaps");
    }
}

#[test]
fn deadlines_are_rules_of_the_domain() {
    let mut seen = BTreeSet::new();
    for row in rows("deadlines.toml") {
        let track: Track = text(&row, "track").parse().unwrap_or_else(|_| panic!("{row:?}"));
        let step: Step = text(&row, "step").parse().unwrap_or_else(|_| panic!("{row:?}"));
        assert!(text(&row, "unit").parse::<Unit>().is_ok() && row["amount"].as_integer().unwrap() > 0, "{row:?}");
        assert!(text(&row, "urgency").is_empty() || text(&row, "urgency").parse::<Urgency>().is_ok(), "{row:?}");
        seen.insert((track.as_str(), step.as_str()));
    }
    for track in ["HT", "QD", "PL", "HD", "CB", "TT", "DL"] {
        assert!(seen.contains(&(track, "answer")) && seen.contains(&(track, "accept")), "{track}");
    }
    assert!(seen.contains(&("HK", "acknowledge")) && !seen.contains(&("HK", "answer")));
}

#[test]
fn limits_hold_those_of_the_domain() {
    let limits: BTreeMap<String, i64> =
        rows("limits.toml").iter().map(|row| (text(row, "item").to_owned(), row["value"].as_integer().unwrap())).collect();
    let of_domain = serde_json::to_value(Limits::default()).unwrap();
    for (name, value) in of_domain.as_object().unwrap() {
        assert_eq!(limits.get(name).copied(), value.as_i64(), "{name}");
    }
}

#[test]
fn the_calendar_agrees_with_the_rule_where_no_notice_is_out() {
    let days: Vec<CalendarDay> = rows("calendar.toml")
        .iter()
        .map(|row| CalendarDay {
            date: date(row, "item").unwrap(),
            kind: text(row, "kind").parse::<DayKind>().unwrap_or_else(|_| panic!("{row:?}")),
            name: text(row, "name").to_owned(),
            source: text(row, "source").to_owned(),
            status: text(row, "status").parse().unwrap(),
        })
        .collect();
    for year in 2027..=2030 {
        let filed: Vec<(Date, DayKind)> = days.iter().filter(|day| day.date.year() == year).map(|day| (day.date, day.kind)).collect();
        let by_rule: Vec<(Date, DayKind)> = propose(year).iter().map(|day| (day.date, day.kind)).collect();
        assert_eq!(filed, by_rule, "{year}");
    }
    let calendar = domain::calendar::Calendar::new(days);
    let works = |day: &str| calendar.is_working(day.parse().unwrap());
    assert!(works("2026-01-10") && works("2026-08-22") && works("2024-05-04"), "worked Saturdays");
    assert!(!works("2026-01-02") && !works("2026-08-31") && !works("2026-04-27") && !works("2030-02-07"), "days off");
    assert!(works("2026-02-13") && works("2026-02-23"), "the borders of the new year's rest");
}

#[test]
fn grounds_and_guides_are_complete() {
    let grounds = rows("refusal_grounds.toml");
    assert_eq!(grounds.len(), 10);
    for row in &grounds {
        let ground: RefusalGround = text(row, "item").parse().unwrap_or_else(|_| panic!("{row:?}"));
        assert_eq!(text(row, "leads_to"), if ground.means_guidance() { "guided" } else { "refused" });
    }
    let guides = rows("guides.toml");
    let items: Vec<&str> = guides.iter().map(|row| text(row, "item")).collect();
    assert_eq!(items, ["KN", "TC", "KC", "other_province", "court"]);
    for row in grounds.iter().chain(&guides) {
        assert!(["name", "name_en", "text", "text_en"].iter().all(|key| !text(row, key).is_empty()), "{row:?}");
    }
}

fn placeholders(of: &str) -> BTreeSet<&str> {
    of.split('{').skip(1).map(|rest| rest.split_once('}').unwrap_or_else(|| panic!("unclosed in {of}")).0).collect()
}

#[test]
fn texts_say_the_same_in_both_languages() {
    let known = [
        "code",
        "title",
        "agency",
        "field",
        "due",
        "until",
        "confirm_by",
        "question",
        "reason",
        "answer",
        "date",
        "checked",
        "legal_basis",
        "next_steps",
        "contact",
        "otp",
        "minutes",
        "link",
        "options",
        "stage",
        "received",
        "number",
        "tax_code",
        "text",
        // In few letters, by SMS.
        "digits",
        "proposed_short",
        "confirm_by_short",
        "agency_short",
        "due_short",
        "until_short",
    ];
    let all: BTreeMap<String, (String, String)> = rows("texts.toml")
        .iter()
        .map(|row| (text(row, "item").to_owned(), (text(row, "subject").to_owned(), text(row, "text").to_owned())))
        .collect();
    // What the program says by itself; each in both languages.
    for key in [
        "receipt",
        "routed",
        "corrected",
        "prove",
        "prove_reminder",
        "question",
        "reminder",
        "no_reply",
        "answer",
        "answer_late",
        "answered_before",
        "extended",
        "sent_back",
        "reopened",
        "guided",
        "refused",
        "merged",
        "withdrawn",
        "one_time_code",
    ] {
        assert!(all.contains_key(&format!("{key}/vi")) && all.contains_key(&format!("{key}/en")), "{key}");
    }
    for (item, (subject, words)) in &all {
        let (key, language) = item.split_once('/').unwrap();
        let (_, other) = &all[&format!("{key}/{}", if language == "vi" { "en" } else { "vi" })];
        assert_eq!(placeholders(words), placeholders(other), "{item}");
        assert!(placeholders(words).iter().chain(&placeholders(subject)).all(|name| known.contains(name)), "{item}");
        assert!(subject.chars().count() <= 80, "{item}");
        // What has a subject is a letter; the others are said in a chat.
        assert!(language == "en" || subject.is_empty() || key == "consent_withdrawn" || words.starts_with("Kính gửi anh/chị,"), "{item}");
        // A form must not carry somebody's words to a third party.
        if key.starts_with("receipt") {
            assert!(!placeholders(words).contains("title"), "{item}");
        }
    }
}

#[test]
fn the_demonstration_is_believable() {
    let (fields, agencies, wards, suggester) = (fields(), agencies(), wards(), suggester());
    let cases = rows("demo/cases.toml");
    assert!(cases.len() >= 60);
    let (mut right, mut tracked) = (0, 0);
    let mut covered = BTreeSet::new();
    for row in &cases {
        assert!(
            fields.contains(text(row, "field")) && agencies.contains(text(row, "lead")) && wards.contains(text(row, "ward")),
            "{row:?}"
        );
        let words = text(row, "text").split_whitespace().count();
        assert!((38..=95).contains(&words), "{words}: {row:?}");
        assert!(["checked", "legal_basis", "next_steps", "contact"].iter().all(|part| !text(row, part).is_empty()), "{row:?}");
        assert!(smell(text(row, "text")).is_empty(), "{:?}: {row:?}", smell(text(row, "text")));
        covered.insert(text(row, "field").to_owned());
        let found = suggester.suggest(text(row, "text"));
        right += usize::from(found.first().is_some_and(|one| one.field == text(row, "field")));
        tracked += usize::from(suggester.track(text(row, "text"), Some(text(row, "field"))).as_deref() == Some(text(row, "track")));
    }
    assert_eq!(covered, fields);
    assert!(right * 10 >= cases.len() * 8, "field of {right} of {}", cases.len());
    assert!(tracked * 10 >= cases.len() * 8, "track of {tracked} of {}", cases.len());
}

#[test]
fn demonstration_people_exist_nowhere_else() {
    let agencies = agencies();
    for row in table("demo/people.toml", "officer") {
        assert!(agencies.contains(text(&row, "agency")), "{row:?}");
        assert!(texts(&row, "roles").iter().all(|role| role.parse::<Role>().is_ok()), "{row:?}");
    }
    let mut codes = BTreeSet::new();
    for row in table("demo/people.toml", "business") {
        let code: TaxCode = text(&row, "tax_code").parse().unwrap_or_else(|error| panic!("{row:?}: {error:?}"));
        assert!(code.check() == domain::tax_code::CheckDigit::Right, "{row:?}");
        assert!(text(&row, "tax_code").starts_with("99") && codes.insert(text(&row, "tax_code").to_owned()), "{row:?}");
        assert!(text(&row, "kind").parse::<BusinessKind>().is_ok(), "{row:?}");
    }
    for row in table("demo/people.toml", "person") {
        assert!(text(&row, "email").ends_with(".example"));
    }
}
