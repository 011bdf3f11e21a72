use domain::case::Role;
use domain::permission::{Act, CaseFacts, Viewer};
use domain::visibility::Visibility;
use proptest::prelude::*;
use uuid::Uuid;

use crate::route::tree;
use crate::sample::{CITY, CUSTOMS, HANDLER, TAX, TAX_BRANCH};

fn viewer(role: Role, agency: Uuid) -> Viewer {
    Viewer::officer(HANDLER, &[(role, agency)], &tree(), CITY)
}

fn facts() -> CaseFacts {
    CaseFacts {
        responsible: Some(TAX_BRANCH),
        lead: Some(TAX_BRANCH),
        co: vec![CUSTOMS],
        received_by: CITY,
        sealed: false,
        sealed_receivers: [].into(),
        visibility: Visibility::Agencies,
        published: false,
    }
}

#[test]
fn who_sees_an_ordinary_case() {
    let may = |role, agency, act| viewer(role, agency).may(act, &facts());
    assert!(may(Role::Handler, TAX_BRANCH, Act::Answer));
    assert!(may(Role::Handler, CUSTOMS, Act::Read) && !may(Role::Handler, CUSTOMS, Act::Answer));
    assert!(!may(Role::Handler, TAX, Act::Read), "only a leader sees the bodies below");
    assert!(may(Role::Leader, TAX, Act::Approve));
    assert!(may(Role::Operator, CITY, Act::ReadConversation));
    assert!(!may(Role::Handler, TAX_BRANCH, Act::ReadConversation));
    assert!(!may(Role::Operator, TAX, Act::List));
    assert!(may(Role::Coordinator, CITY, Act::Read) && may(Role::CityLeader, CITY, Act::Search));
    for act in Act::ALL.iter().filter(|act| **act != Act::Administer) {
        assert!(!may(Role::Administrator, CITY, *act), "{act}");
        assert!(!Viewer::Public.may(*act, &facts()), "{act}");
    }
    assert!(viewer(Role::Administrator, CITY).may_administer());
    assert!(!viewer(Role::CityLeader, CITY).may_administer());
    assert!(Viewer::Public.may(Act::Read, &CaseFacts { published: true, ..facts() }));
    assert!(!Viewer::Public.may(Act::ReadSender, &CaseFacts { published: true, ..facts() }));
}

#[test]
fn calls_are_the_receptions_and_recordings_have_a_right_of_their_own() {
    assert_eq!(viewer(Role::Operator, CITY).receptions(Act::Call), [CITY].into());
    for role in Role::ALL.iter().filter(|role| **role != Role::Operator) {
        assert!(viewer(*role, CITY).receptions(Act::Call).is_empty(), "{role}");
    }
    assert!(Viewer::Public.receptions(Act::Call).is_empty() && Viewer::System.receptions(Act::Call).is_empty());
    let hears = |role, agency, facts: &CaseFacts| viewer(role, agency).may(Act::Listen, facts);
    assert!(hears(Role::Operator, CITY, &facts()) && hears(Role::Leader, TAX, &facts()));
    assert!(!hears(Role::Handler, TAX_BRANCH, &facts()), "who reads a case does not hear it");
    assert!(!hears(Role::Operator, TAX, &facts()) && !hears(Role::CityLeader, CITY, &facts()));
    let hidden = CaseFacts { visibility: Visibility::SenderHidden, ..facts() };
    assert!(hears(Role::Operator, CITY, &hidden) && !hears(Role::Leader, TAX, &hidden), "a voice tells who speaks");
    let sealed = CaseFacts { sealed: true, sealed_receivers: [HANDLER].into(), ..facts() };
    assert!(hears(Role::Operator, CITY, &sealed) && !hears(Role::Handler, TAX_BRANCH, &sealed));
    assert!(!hears(Role::Operator, CITY, &CaseFacts { sealed_receivers: [].into(), ..sealed }));
}

#[test]
fn a_hidden_sender_is_known_to_reception_only() {
    let hidden = CaseFacts { visibility: Visibility::SenderHidden, ..facts() };
    assert!(viewer(Role::Operator, CITY).may(Act::ReadSender, &hidden));
    for (role, agency) in [(Role::Handler, TAX_BRANCH), (Role::Leader, TAX), (Role::CityLeader, CITY)] {
        let viewer = viewer(role, agency);
        assert!(viewer.may(Act::Read, &hidden));
        assert!(!viewer.may(Act::ReadSender, &hidden) && !viewer.may(Act::Unmask, &hidden));
    }
}

#[test]
fn a_sealed_case_is_seen_by_its_receivers_only() {
    let sealed = CaseFacts { sealed: true, ..facts() };
    for role in Role::ALL {
        for agency in [CITY, TAX, TAX_BRANCH, CUSTOMS] {
            for act in Act::ALL {
                assert!(!viewer(*role, agency).may(*act, &sealed), "{role} {act}");
            }
        }
    }
    let named = CaseFacts { sealed_receivers: [HANDLER].into(), ..sealed };
    let receiver = viewer(Role::Handler, CUSTOMS);
    assert!(receiver.may(Act::Read, &named) && receiver.may(Act::List, &named));
    assert!(!receiver.may(Act::Answer, &named), "a receiver gets no right beyond seeing");
    for act in [Act::Search, Act::Export, Act::Publish] {
        assert!(!receiver.may(act, &named) && !Viewer::System.may(act, &named));
    }
    assert!(!Viewer::Public.may(Act::Read, &CaseFacts { published: true, ..named }));
}

fn agency() -> impl Strategy<Value = Uuid> {
    prop::sample::select(vec![CITY, TAX, TAX_BRANCH, CUSTOMS])
}

prop_compose! {
    fn any_facts()(
        lead in prop::option::of(agency()), co in prop::collection::vec(agency(), 0..3),
        received_by in agency(), sealed in any::<bool>(), named in any::<bool>(),
        visibility in prop::sample::select(Visibility::ALL), published in any::<bool>(),
    ) -> CaseFacts {
        CaseFacts {
            responsible: Some(lead.unwrap_or(received_by)), lead, co, received_by, sealed,
            sealed_receivers: named.then_some(HANDLER).into_iter().collect(), visibility, published,
        }
    }
}

proptest! {
    #[test]
    fn a_scope_is_the_table_as_a_filter(
        roles in prop::collection::vec((prop::sample::select(Role::ALL), agency()), 0..4),
        facts in any_facts(),
    ) {
        let viewers = [
            Viewer::officer(HANDLER, &roles, &tree(), CITY), Viewer::Public, Viewer::System,
        ];
        // Acts about the sender depend on the visibility too and are asked case by case.
        let filtered = [
            Act::List, Act::Read, Act::Attachment, Act::Note, Act::Screen, Act::Route, Act::Assign,
            Act::Answer, Act::Approve, Act::Publish, Act::Search, Act::Export,
        ];
        for viewer in &viewers {
            for act in filtered {
                prop_assert_eq!(viewer.scope(act).contains(&facts), viewer.may(act, &facts), "{:?} {}", viewer, act);
            }
        }
    }
}
