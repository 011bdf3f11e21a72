use domain::tax_code::{CheckDigit, TaxCode, TaxCodeError, TaxCodeKind};
use domain::tracking_code::{SERIALS, TrackingCode, TrackingCodeError};
use domain::{case, contact, delivery, refusal, track, visibility};
use proptest::prelude::*;

fn code(text: &str) -> Result<TrackingCode, TrackingCodeError> {
    text.parse()
}

#[test]
fn the_worked_example() {
    let made = TrackingCode::from_parts(2026, 4_071_923).unwrap();
    assert_eq!(made.as_str(), "2640719235");
    assert_eq!(made.display(), "26 4071 923 5");
    let typed = [
        "2640719235",
        "26 4071 923 5",
        "26.4071.923.5",
        "26-4071-923-5",
        " DT 26 4071 923 5 ",
        "dt2640719235",
        "ĐT: 2640719235",
        "26\u{a0}4071\u{a0}923\u{a0}5",
        "２６４０７１９２３５",
        "26\u{2013}4071\u{2013}923\u{2013}5",
        "26\u{202f}4071 923 5",
        "DT-26.4071.923.5",
    ];
    for text in typed {
        assert_eq!(code(text), Ok(made.clone()), "{text:?}");
    }
}

#[test]
fn what_is_wrong_is_said() {
    assert_eq!(code("264071923"), Err(TrackingCodeError::Length { digits: 9 }));
    assert_eq!(code(""), Err(TrackingCodeError::Length { digits: 0 }));
    assert_eq!(code("2640719236"), Err(TrackingCodeError::CheckDigit));
    assert_eq!(code("26x0719235"), Err(TrackingCodeError::NotDigits));
    assert_eq!(TrackingCode::from_parts(2026, 1_999_999), Err(TrackingCodeError::Serial));
}

#[test]
fn an_eighth_digit_after_four_million() {
    let long = TrackingCode::from_parts(2026, 40_719_231).unwrap();
    assert_eq!(long.as_str().len(), 11);
    assert_eq!(code(&long.display()), Ok(long));
}

#[test]
fn codes_are_found_in_running_text() {
    let found = |text: &str| TrackingCode::find_in(text).iter().map(|c| c.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(found("Re: [26 4071 923 5] về hoàn thuế"), ["2640719235"]);
    assert_eq!(found("hồ sơ DT2640719235, nhắc lại 26.4071.923.5."), ["2640719235"]);
    assert_eq!(found("mã ĐT26 4071 923 5 gửi ngày 05 02 2026"), ["2640719235"]);
    assert_eq!(found("số 12 26 4071 923 5"), ["2640719235"]);
    assert!(found("tài khoản 126407192350").is_empty());
    assert!(found("A2640719235 và 2640719235x").is_empty());
    assert!(found("2640719236").is_empty());
}

proptest! {
    #[test]
    fn one_wrong_digit_is_caught(serial in SERIALS, place in 0usize..10, other in 0u8..10) {
        let made = TrackingCode::from_parts(2026, serial).unwrap();
        let mut digits = made.as_str().as_bytes().to_vec();
        prop_assume!(digits[place] != b'0' + other);
        digits[place] = b'0' + other;
        prop_assert_eq!(code(std::str::from_utf8(&digits).unwrap()), Err(TrackingCodeError::CheckDigit));
    }

    #[test]
    fn two_swapped_digits_are_caught(serial in SERIALS, place in 0usize..9) {
        let made = TrackingCode::from_parts(2026, serial).unwrap();
        let mut digits = made.as_str().as_bytes().to_vec();
        prop_assume!(digits[place] != digits[place + 1]);
        digits.swap(place, place + 1);
        prop_assert_eq!(code(std::str::from_utf8(&digits).unwrap()), Err(TrackingCodeError::CheckDigit));
    }

    #[test]
    fn every_code_is_read_back_and_found(serial in SERIALS, year in 2024i16..2100) {
        let made = TrackingCode::from_parts(year, serial).unwrap();
        prop_assert_eq!(code(&made.display()), Ok(made.clone()));
        let text = format!("xem hồ sơ {} giúp tôi", made.display());
        prop_assert_eq!(TrackingCode::find_in(&text), vec![made.clone()]);
        let json = serde_json::to_string(&made).unwrap();
        prop_assert_eq!(serde_json::from_str::<TrackingCode>(&json).unwrap(), made);
    }

    #[test]
    fn any_text_is_read_without_panic(text in "\\PC{0,60}") {
        let _ = code(&text);
        for found in TrackingCode::find_in(&text) {
            prop_assert_eq!(code(found.as_str()), Ok(found));
        }
        let _ = text.parse::<TaxCode>();
        let _ = contact::ContactPoint::parse(&text);
    }
}

#[test]
fn the_twelve_tax_codes() {
    let check = |text: &str| text.parse::<TaxCode>().map(|code| code.check());
    for right in ["0100109106", "0300588569", "0101248141", "0100686174", "0303490096", "1100837040", "0314409058-002", "0312687878-001"] {
        assert_eq!(check(right), Ok(CheckDigit::Right), "{right}");
    }
    for wrong in ["0100233480", "0101234567"] {
        assert_eq!(check(wrong), Ok(CheckDigit::Wrong), "{wrong}");
    }
    for last in 0..10 {
        assert_eq!(check(&format!("010987654{last}")), Ok(CheckDigit::Wrong));
    }
    assert_eq!(check("0314409058-000"), Err(TaxCodeError::Suffix));
}

#[test]
fn tax_codes_have_three_kinds() {
    let branch: TaxCode = "0314409058 002".parse().unwrap();
    assert_eq!(branch.kind(), TaxCodeKind::Branch);
    assert_eq!(branch.enterprise(), Some("0314409058"));
    assert_eq!(branch.to_string(), "0314409058-002");
    let person: TaxCode = "079.085.001.234".parse().unwrap();
    assert_eq!(person.kind(), TaxCodeKind::PersonalId);
    assert_eq!(person.check(), CheckDigit::None);
    assert_eq!(person.masked(), "079•••••••34");
    assert_eq!(person.enterprise(), None);
    assert_eq!("010010910".parse::<TaxCode>(), Err(TaxCodeError::Length { digits: 9 }));
    assert_eq!("01001O9106".parse::<TaxCode>(), Err(TaxCodeError::NotDigits));
    assert_eq!("0100000000".parse::<TaxCode>(), Err(TaxCodeError::Serial));
}

#[test]
fn every_code_is_its_own_text() {
    macro_rules! round {
        ($($kind:ty),+ $(,)?) => {$(
            for code in <$kind>::ALL {
                assert_eq!(code.as_str().parse::<$kind>().unwrap(), *code);
                let json = serde_json::to_string(code).unwrap();
                assert_eq!(json, format!("\"{}\"", code.as_str()));
                assert_eq!(serde_json::from_str::<$kind>(&json).unwrap(), *code);
            }
            assert!("no such code".parse::<$kind>().is_err());
        )+};
    }
    round!(
        case::Stage,
        case::Label,
        case::Outcome,
        case::WaitingFor,
        case::Role,
        case::GuardCode,
        case::ClockEffect,
        track::Track,
        track::Urgency,
        refusal::RefusalGround,
        visibility::Visibility,
        delivery::DeliveryState,
        delivery::FailureReason,
    );
    assert_eq!(case::Stage::ALL.len(), 7);
    assert_eq!(case::Label::ALL.len(), 16);
    assert_eq!(track::Track::ALL.len(), 11);
    assert_eq!(refusal::RefusalGround::ALL.len(), 10);
}
