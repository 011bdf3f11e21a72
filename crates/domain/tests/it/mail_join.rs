use domain::mail_join::{MailFacts, MailJoin, join};
use proptest::prelude::*;
use uuid::Uuid;

const A: Uuid = Uuid::from_u128(1);
const B: Uuid = Uuid::from_u128(2);

#[test]
fn the_token_is_the_strongest() {
    let known = MailFacts {
        token_case: Some(A),
        token_valid: true,
        from_on_token_case: true,
        reference_case: Some(B),
        from_on_reference_case: true,
        dmarc_fail: true,
        ..MailFacts::default()
    };
    assert_eq!(join(&known), MailJoin::Joined { case: A });
    let stranger = MailFacts { from_on_token_case: false, ..known };
    assert_eq!(join(&stranger), MailJoin::JoinedUnconfirmed { case: A });
    let forged = MailFacts { token_valid: false, dmarc_fail: false, ..known };
    assert_eq!(join(&forged), MailJoin::New { hint: Some(B) });
}

#[test]
fn references_and_codes_need_a_known_sender() {
    let reply = MailFacts { reference_case: Some(A), from_on_reference_case: true, ..MailFacts::default() };
    assert_eq!(join(&reply), MailJoin::Joined { case: A });
    assert_eq!(join(&MailFacts { dmarc_fail: true, ..reply }), MailJoin::New { hint: Some(A) });
    let stranger = MailFacts { from_on_reference_case: false, ..reply };
    assert_eq!(join(&stranger), MailJoin::New { hint: Some(A) });
    let code = MailFacts { subject_case: Some(B), from_on_subject_case: true, ..stranger };
    assert_eq!(join(&code), MailJoin::Joined { case: B });
    assert_eq!(join(&MailFacts::default()), MailJoin::New { hint: None });
}

proptest! {
    #[test]
    fn a_stranger_without_a_token_never_gets_in(
        reference in any::<bool>(), subject in any::<bool>(), token in any::<bool>(), dmarc_fail in any::<bool>(),
    ) {
        let facts = MailFacts {
            token_case: token.then_some(A), token_valid: false,
            reference_case: reference.then_some(A), subject_case: subject.then_some(A),
            dmarc_fail, ..MailFacts::default()
        };
        prop_assert!(matches!(join(&facts), MailJoin::New { .. }), "got in");
    }
}
