use domain::call::{Call, CallState, Missed, News, Step, Task, can_be_called, missed};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn news(step: Step, second: i64) -> News<'static> {
    News { step, at: at(second), outbound: false, cause: None, talk_s: None, picked_up: false, extension: None }
}

fn after(all: &[News<'_>]) -> CallState {
    let mut call = Call::default();
    for one in all {
        call.take(one);
    }
    call.state()
}

#[test]
fn a_call_goes_its_way() {
    assert_eq!(after(&[news(Step::New, 0)]), CallState::New);
    assert_eq!(after(&[news(Step::New, 0), news(Step::Ringing, 1)]), CallState::Ringing);
    assert_eq!(after(&[news(Step::Answered, 2), news(Step::Ringing, 1)]), CallState::Answered);
    assert_eq!(after(&[news(Step::Ringing, 1), news(Step::Ended, 9)]), CallState::Missed);
    assert_eq!(after(&[news(Step::Ended, 9), news(Step::Answered, 2)]), CallState::Ended, "a hangup may overtake the answer");
    assert_eq!(after(&[News { cause: Some("normalClearing"), picked_up: true, ..news(Step::Ended, 9) }]), CallState::Ended);
    assert_eq!(after(&[News { cause: Some("cancel"), picked_up: true, ..news(Step::Ended, 9) }]), CallState::Missed);
    assert_eq!(after(&[News { talk_s: Some(0), picked_up: true, ..news(Step::Ended, 9) }]), CallState::Missed);
    assert_eq!(after(&[News { talk_s: Some(7), ..news(Step::Record, 9) }]), CallState::Ended);
    assert_eq!(after(&[News { cause: Some("forwarded"), ..news(Step::Ended, 9) }]), CallState::Ended, "it was passed on");
    assert_eq!(after(&[News { outbound: true, ..news(Step::Ended, 9) }]), CallState::Ended, "nobody is to call back whom we called");
    assert_eq!(after(&[news(Step::Answered, 2), news(Step::LegEnded, 5)]), CallState::Answered, "the caller may go on");
}

#[test]
fn a_call_whose_end_is_never_told_is_given_up_and_may_go_on() {
    let mut call = Call::default();
    let mut next = |news: Option<News<'_>>| {
        match news {
            Some(news) => call.take(&news),
            None => call.give_up(),
        }
        call.state()
    };
    assert_eq!(next(Some(news(Step::Ringing, 0))), CallState::Ringing);
    assert_eq!(next(None), CallState::Missed);
    assert_eq!(next(Some(news(Step::Ringing, 1))), CallState::Missed, "a late copy says nothing new");
    assert_eq!(next(Some(news(Step::Answered, 900))), CallState::Answered, "it had waited in the queue");
    assert_eq!(next(None), CallState::Ended);
    assert_eq!(next(Some(news(Step::Ended, 950))), CallState::Ended);
    let mut out = Call::default();
    out.take(&News { outbound: true, ..news(Step::Ringing, 0) });
    out.give_up();
    assert_eq!(out.state(), CallState::Ended, "nobody is to call back whom we called");
}

#[test]
fn a_missed_call_becomes_one_task() {
    let number = Some("84901234567");
    let merge = SignedDuration::from_mins(15);
    let task = |second| Some(Task { last_at: at(second) });
    assert_eq!(missed(number, at(0), None, None, merge), Missed::New);
    assert_eq!(missed(number, at(900), None, task(0), merge), Missed::Merge);
    assert_eq!(missed(number, at(0), None, task(900), merge), Missed::Merge, "the earlier one may be told later");
    assert_eq!(missed(number, at(901), None, task(0), merge), Missed::New);
    assert_eq!(missed(number, at(0), Some(at(0)), task(0), merge), Missed::Settled);
    assert_eq!(missed(number, at(10), Some(at(9)), None, merge), Missed::New, "answered before, missed now");
    for nobody in [None, Some("anonymous"), Some("101"), Some("agent1"), Some("1022")] {
        assert_eq!(missed(nobody, at(0), None, None, merge), Missed::Nothing, "{nobody:?}");
    }
    assert!(can_be_called("12025550123") && !can_be_called("+84901234567"));
}

prop_compose! {
    fn any_news()(
        step in prop::sample::select(vec![Step::New, Step::Ringing, Step::Answered, Step::Ended, Step::Missed, Step::Record, Step::LegEnded]),
        second in 0..600_i64, outbound in any::<bool>(),
        cause in prop::option::of(prop::sample::select(vec!["normalClearing", "cancel", "busy", "forwarded", "rejected"])),
        talk_s in prop::option::of(0..3_u32), picked_up in any::<bool>(),
        extension in prop::option::of(prop::sample::select(vec!["101", "102", "103"])),
    ) -> News<'static> {
        News { step, at: at(second), outbound, cause, talk_s, picked_up, extension }
    }
}

proptest! {
    #[test]
    fn any_order_and_any_repeats_make_the_same_call(
        (all, shuffled, repeats) in prop::collection::vec(any_news(), 0..8).prop_flat_map(|all| {
            let length = all.len();
            (Just(all.clone()), Just(all).prop_shuffle(), prop::collection::vec(0..length.max(1), 0..6))
        })
    ) {
        let mut straight = Call::default();
        for one in &all {
            let before = straight.state();
            straight.take(one);
            prop_assert!(straight.state() >= before, "{:?} went back to {:?}", before, straight.state());
        }
        let mut crooked = Call::default();
        for one in shuffled.iter().chain(repeats.iter().filter_map(|at| shuffled.get(*at))).chain(&all) {
            let before = crooked.state();
            crooked.take(one);
            prop_assert!(crooked.state() >= before);
        }
        prop_assert_eq!(&straight, &crooked);
        let kept = serde_json::to_string(&straight).unwrap();
        prop_assert_eq!(serde_json::from_str::<Call>(&kept).unwrap(), straight);
    }

    #[test]
    fn many_telephones_are_the_same_few_in_any_order(all in prop::collection::vec("[0-9]{3}", 0..40)) {
        let ring = |names: &[String]| {
            let mut call = Call::default();
            for name in names {
                call.take(&News { extension: Some(name), ..news(Step::Ringing, 0) });
            }
            call
        };
        let back: Vec<String> = all.iter().rev().cloned().collect();
        prop_assert_eq!(ring(&all), ring(&back));
        prop_assert!(ring(&all).extensions.len() <= 16);
    }
}
