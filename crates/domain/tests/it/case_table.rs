//! The table itself: whole, drawn, and the source of buttons and refusals.

use domain::case::{Action, Actor, Label, Refused, Role, TRANSITIONS, available, markdown_table, row};
use domain::track::Track;

use crate::sample::*;

#[test]
fn what_is_refused_says_why() {
    let story = Story::routed(Track::Question);
    let early = story.attempt(leader(TAX), Action::ApproveDraft);
    assert_eq!(early, Err(Refused::NotFromHere { label: Label::Routed }));
    let stranger = story.attempt(Actor::SENDER, Action::Accept { officer: HANDLER });
    assert_eq!(stranger, Err(Refused::NotYourRole));
}

#[test]
fn the_table_is_whole() {
    for number in 1..=31 {
        assert!(row(&number.to_string()).is_some(), "row {number}");
    }
    for (index, one) in TRANSITIONS.iter().enumerate() {
        for other in &TRANSITIONS[index + 1..] {
            assert!(one.number != other.number && one.name != other.name, "{}", one.number);
        }
        assert!(!one.roles.is_empty());
    }
    let table = markdown_table();
    assert_eq!(table.lines().count(), TRANSITIONS.len() + 2);
    assert!(table.contains("| 12b | correct | routed, working | same | O, L |"));
    // Every label can be left; the final ones only by publication, sealing or an objection.
    for label in Label::ALL {
        assert!(TRANSITIONS.iter().any(|row| row.from.contains(label)), "{label}");
    }
}

#[test]
fn buttons_come_from_the_table() {
    let names = |story: &Story, roles: &[Role]| available(&story.state, roles).iter().map(|row| row.name).collect::<Vec<_>>();
    let working = Story::working(Track::Question);
    assert_eq!(names(&working, &[Role::Handler]), ["sub_request", "handler_asks", "submit_draft"]);
    let field = Story::working(Track::Field);
    assert!(names(&field, &[Role::Handler]).contains(&"send_answer"));
    assert!(names(&working, &[Role::Publisher]).contains(&"publish"));
    assert!(names(&working, &[]).is_empty());
}
