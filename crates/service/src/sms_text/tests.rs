//! The texts of SMS against the whole reference city: what must fit one segment does, whatever the agency is called.

use std::path::Path;

use channels::sms::{Alphabet, Encoding, Joining, count};
use domain::case::{CaseState, Received};
use domain::visibility::Visibility;
use jiff::Timestamp;
use store::cases::CaseRow;

use super::{short_values, without_diacritics};
use crate::change::OpenCase;
use crate::reference::Reference;
use crate::tell::{Place, worded};
use crate::understand::{Hints, Proposal, understand};

fn at(moment: &str) -> Timestamp {
    moment.parse().unwrap()
}

/// The week before the year ends: dates are then at their longest.
const NOW: &str = "2026-12-28T09:00:00+07:00";
const CONFIRM_BY: &str = "2027-01-04T16:30:00+07:00";
const DUE: &str = "2027-01-20T23:59:59.999999+07:00";

fn reference() -> Reference {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../reference");
    let rows = crate::load_reference::read(&folder, at(NOW)).unwrap();
    Reference::from_rows(&rows, domain::time::local_date(at(NOW))).unwrap()
}

/// A case of this agency, proposed and routed.
fn case(reference: &Reference, agency: uuid::Uuid, language: &str) -> OpenCase {
    let proposal = Proposal {
        lead: agency,
        confirm_by: Some(at(CONFIRM_BY)),
        ..understand(reference, "cong ty chua duoc hoan thue", &Hints::default(), at(NOW), reference.city)
    };
    let received = Received { by: reference.city, at: at(NOW), visibility: Visibility::Agencies, identity_proven: false };
    let state = CaseState { lead: Some(agency), due: Some(at(DUE)), ..CaseState::receive(received) };
    let row = CaseRow {
        id: uuid::Uuid::from_u128(1),
        code: "2640719235".into(),
        version: 1,
        state: store::Json(serde_json::Value::Null),
        stage: String::new(),
        label: String::new(),
        queue: String::new(),
        open: true,
        sealed: false,
        visibility: String::new(),
        track: None,
        field: None,
        ward: None,
        title: proposal.title.clone(),
        language: language.into(),
        channel: "sms".into(),
        conversation_id: uuid::Uuid::nil(),
        contact_id: uuid::Uuid::nil(),
        business_id: None,
        agency_id: agency,
        officer_id: None,
        confirm_by: proposal.confirm_by.map(Timestamp::as_microsecond),
        proposal: store::Json(serde_json::to_value(&proposal).unwrap()),
        explanation: None,
        hint_case_id: None,
        received_at: at(NOW).as_microsecond(),
        due_at: None,
        sort_at: 0,
        clock_at: None,
        timer_at: None,
        answered_at: None,
        closed_at: None,
        published_at: None,
        updated_at: 0,
    };
    OpenCase::fresh(row, state)
}

fn sms(reference: &Reference, case: &OpenCase, kind: &str, values: &[(&str, String)], question: Option<&str>) -> String {
    let place = Place { channel: Some("sms"), identity: "1022/84901234567", language: &case.row.language };
    worded(reference, Some(case), &place, kind, values, question, at(NOW)).unwrap().1
}

#[test]
fn receipt_routing_and_status_fit_one_segment_for_every_agency() {
    let reference = reference();
    let agencies: Vec<uuid::Uuid> = reference.agencies.iter().map(|agency| agency.id).collect();
    assert!(agencies.len() > 150, "the whole city: {}", agencies.len());
    let longest_step = |language: &str| {
        let steps = ["received", "routed", "working", "answered", "rated"];
        let words = steps.map(|step| crate::words_of::tongue(language).of("step", step).into_owned());
        words.into_iter().max_by_key(|word| word.chars().count()).unwrap()
    };
    for agency in agencies {
        for language in ["vi", "en"] {
            let case = case(&reference, agency, language);
            let stage = [("stage", longest_step(language))];
            for (kind, question) in [
                ("receipt", None),
                ("receipt", Some("chat_ask_ward")),
                ("routed", None),
                ("corrected", None),
                ("returned", None),
                ("overdue", None),
                ("sent_back", None),
                ("reopened", None),
                ("chat_field_taken", None),
                ("chat_ward_taken", None),
                ("chat_status_new", None),
                ("chat_status_due", None),
            ] {
                let text = sms(&reference, &case, kind, &stage, question);
                let counted = count(&text, Alphabet::Gsm, Joining::Udh8);
                assert_eq!((counted.encoding, counted.parts), (Encoding::Gsm, 1), "{kind}/{language} {} units: {text}", counted.units);
                assert!(!text.contains('{'), "a placeholder is left: {text}");
                assert!(text.contains("26 4071 923 5"), "the code: {text}");
            }
            let receipt = sms(&reference, &case, "receipt", &[], None);
            assert!(receipt.contains("KQ 2640719235") && receipt.contains("16:30"), "how to ask, and by when: {receipt}");
            assert!(receipt.contains(&without_diacritics(reference.short_name(agency))), "{receipt}");
            let routed = sms(&reference, &case, "routed", &[], None);
            assert!(routed.contains("2027") && routed.contains("KQ 2640719235"), "due date and how to ask: {routed}");
        }
    }
}

#[test]
fn every_text_that_stands_alone_fits_one_segment() {
    let reference = reference();
    let case = case(&reference, reference.city, "vi");
    let number = [("number", "26 4071 923 5".to_owned()), ("otp", "123456".into()), ("minutes", "10".into())];
    for kind in [
        "chat_matter",
        "chat_added",
        "chat_added_guess",
        "chat_status_closed",
        "chat_cannot_rate",
        "chat_stopped",
        "chat_look_up_none",
        "chat_rated",
        "chat_confirmed",
        "chat_no_case",
        "no_reply",
        "closed",
        "merged",
        "withdrawn",
        "one_time_code",
        "sms_test",
    ] {
        let text = sms(&reference, &case, kind, &number, None);
        let counted = count(&text, Alphabet::Gsm, Joining::Udh8);
        assert_eq!((counted.encoding, counted.parts), (Encoding::Gsm, 1), "{kind}, {} units: {text}", counted.units);
    }
}

#[test]
fn names_and_dates_are_short() {
    let reference = reference();
    let case = case(&reference, reference.agency("thue-tp").unwrap().id, "vi");
    let values: std::collections::BTreeMap<_, _> = short_values(&reference, &case, at(NOW)).into_iter().collect();
    assert_eq!(values["digits"], "2640719235");
    assert_eq!(values["confirm_by_short"], "16:30 04/01/2027");
    assert_eq!(values["due_short"], "20/01/2027");
    assert_eq!(values["until_short"], "—");
    assert_eq!(values["agency_short"], reference.short_name(case.state.lead.unwrap()));
}
