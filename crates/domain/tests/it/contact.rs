use domain::contact::{ContactError, ContactPoint, Email, Phone};
use proptest::prelude::*;

#[test]
fn phone_numbers_have_one_form() {
    for typed in ["0901 234 218", "+84 901-234-218", "84901234218", "(+84) (0)901.234.218", "0084901234218"] {
        let phone = Phone::parse(typed).unwrap();
        assert_eq!(phone.e164(), "+84901234218", "{typed}");
        assert_eq!(phone.masked(), "09•• ••• 218");
        assert!(phone.is_mobile());
    }
    let fixed = Phone::parse("(028) 3822 1234").unwrap();
    assert_eq!(fixed.national(), "02838221234");
    assert!(!fixed.is_mobile());
    assert_eq!(fixed.masked(), "02•• •••• 234");
}

#[test]
fn what_is_wrong_with_a_number_is_said() {
    let error = |text| Phone::parse(text).unwrap_err();
    assert_eq!(error("090123421"), ContactError::MobileLength { digits: 9 });
    assert_eq!(error("09012342189"), ContactError::MobileLength { digits: 11 });
    assert_eq!(error("0283822123"), ContactError::FixedLength { digits: 10 });
    assert_eq!(error("0401234567"), ContactError::Prefix);
    assert_eq!(error("+1 202 555 0100"), ContactError::Prefix);
    assert_eq!(error("901234218"), ContactError::NoLeadingZero);
    assert_eq!(error("09o1234218"), ContactError::NotDigits);
    assert_eq!(error(" "), ContactError::Empty);
}

#[test]
fn addresses_have_one_form() {
    let email = Email::parse(" <An.Nguyen@Cong-Ty.VN> ").unwrap();
    assert_eq!(email.as_str(), "an.nguyen@cong-ty.vn");
    assert_eq!(email.masked(), "a•••@cong-ty.vn");
    assert_eq!(Email::parse("đỗ@x.vn").unwrap().masked(), "đ•••@x.vn");
    let error = |text| Email::parse(text).unwrap_err();
    assert_eq!(error("an.x.vn"), ContactError::NoAt);
    assert_eq!(error("a@b@x.vn"), ContactError::ManyAt);
    assert_eq!(error("@x.vn"), ContactError::NoLocalPart);
    assert_eq!(error("a@x"), ContactError::Domain);
    assert_eq!(error("a@x..vn"), ContactError::Domain);
    assert_eq!(error("a b@x.vn"), ContactError::Blank);
    assert_eq!(error("a\r\nBcc:b@x.vn"), ContactError::Blank);
}

#[test]
fn a_contact_is_told_by_its_shape() {
    assert!(matches!(ContactPoint::parse("an@x.vn"), Ok(ContactPoint::Email(_))));
    assert!(matches!(ContactPoint::parse("0901234218"), Ok(ContactPoint::Phone(_))));
    assert_eq!(ContactPoint::parse("090 123 42"), Err(ContactError::MobileLength { digits: 8 }));
    assert_eq!(ContactPoint::parse("an.x.vn"), Err(ContactError::NoAt));
    assert_eq!(ContactPoint::parse(""), Err(ContactError::Empty));
}

proptest! {
    #[test]
    fn a_normal_form_is_its_own(second in prop::sample::select(vec![3, 5, 7, 8, 9]), rest in 0u32..100_000_000) {
        let phone = ContactPoint::parse(&format!("0{second}{rest:08}")).unwrap();
        prop_assert_eq!(ContactPoint::parse(phone.value()), Ok(phone.clone()));
        let json = serde_json::to_string(&phone).unwrap();
        prop_assert_eq!(serde_json::from_str::<ContactPoint>(&json).unwrap(), phone.clone());
        let last = format!("{:03}", rest % 1000);
        prop_assert!(phone.masked().ends_with(&last));
        prop_assert_eq!(phone.masked().chars().filter(char::is_ascii_digit).count(), 5);
    }
}
