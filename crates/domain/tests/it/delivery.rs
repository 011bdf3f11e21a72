use domain::delivery::{DeliveryState, FailureReason, advance, may_retry};
use proptest::prelude::*;

use DeliveryState::{Delivered, Failed, Queued, Read, Sending, Sent, Unknown};

#[test]
fn the_way_of_a_message() {
    for way in [
        vec![Queued, Sending, Sent, Delivered, Read],
        vec![Queued, Sending, Unknown, Delivered, Read],
        vec![Queued, Sending, Sent, Failed],
        vec![Queued, Sending, Unknown, Failed],
        vec![Queued, Sending, Sent, Read],
    ] {
        for pair in way.windows(2) {
            assert_eq!(advance(pair[0], pair[1]), Ok(pair[1]));
        }
    }
    for (from, to) in [(Read, Sent), (Delivered, Failed), (Unknown, Queued), (Unknown, Sending), (Failed, Sent)] {
        assert!(advance(from, to).is_err(), "{from} {to}");
    }
    assert!(may_retry(Failed, Some(FailureReason::OursToRetry)));
    assert!(!may_retry(Failed, Some(FailureReason::AskOtherContact)));
    assert!(!may_retry(Unknown, None));
}

proptest! {
    #[test]
    fn no_report_brings_a_state_back(reports in prop::collection::vec(prop::sample::select(DeliveryState::ALL), 1..30)) {
        let mut state = Queued;
        let mut left = Vec::new();
        for report in reports {
            let next = advance(state, report).unwrap_or(state);
            if next != state {
                left.push(state);
                state = next;
            }
            prop_assert!(!left.contains(&state));
        }
    }
}
