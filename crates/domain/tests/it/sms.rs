//! To whom an SMS goes, and by which route.

use std::time::Duration;

use domain::sms::{NoSms, RouteHealth, choose, recipient};
use proptest::prelude::*;

const WELL: RouteHealth = RouteHealth { weight: 10, up: true, silent: 0, answers_in: Duration::from_millis(80), pace: 1.0 };

#[test]
fn only_vietnamese_mobiles_are_written_to() {
    for typed in ["84901234567", "+84901234567", "0901234567", "090 123 4567", "0084901234567"] {
        assert_eq!(recipient(typed).as_deref(), Ok("84901234567"), "{typed}");
    }
    for (typed, why) in [
        ("+14155550100", NoSms::Foreign),
        ("8613800138000", NoSms::Foreign),
        ("0016502530000", NoSms::Foreign),
        ("19001000", NoSms::Premium),
        ("8419001000", NoSms::Premium),
        ("8088", NoSms::Premium),
        ("1022", NoSms::Premium),
        ("842838221234", NoSms::FixedLine),
        ("VIETTEL", NoSms::NoNumber),
        ("", NoSms::NoNumber),
        ("84123456789", NoSms::Foreign),
    ] {
        assert_eq!(recipient(typed), Err(why), "{typed}");
    }
}

#[test]
fn a_slow_a_silent_and_a_pressed_route_lose_weight_and_keep_a_little() {
    let slow = RouteHealth { answers_in: Duration::from_secs(5), ..WELL };
    let silent = RouteHealth { silent: 4, ..WELL };
    let pressed = RouteHealth { pace: 0.3, ..WELL };
    for worse in [slow, silent, pressed] {
        assert!(worse.share() < WELL.share() / 2.0 && worse.share() > 0.0, "{worse:?}");
    }
    assert_eq!(RouteHealth { up: false, ..WELL }.share(), 0.0);
    assert_eq!(choose(&[RouteHealth { up: false, ..WELL }], 0.5), None);
    assert_eq!(choose(&[RouteHealth { up: false, ..WELL }, WELL], 1.0), Some(1));
}

proptest! {
    #[test]
    fn what_is_chosen_stands_and_each_gets_its_part(
        routes in proptest::collection::vec((0_u32..20, any::<bool>(), 0_u32..12, 0_u64..20_000, 0.0_f64..1.2), 1..6),
    ) {
        let routes: Vec<RouteHealth> = routes
            .into_iter()
            .map(|(weight, up, silent, millis, pace)| RouteHealth { weight, up, silent, answers_in: Duration::from_millis(millis), pace })
            .collect();
        let total: f64 = routes.iter().map(RouteHealth::share).sum();
        let mut taken = vec![0_u32; routes.len()];
        for throw in 0..1000_u32 {
            match choose(&routes, (f64::from(throw) + 0.5) / 1000.0) {
                Some(place) => {
                    prop_assert!(routes[place].up && routes[place].weight > 0);
                    taken[place] += 1;
                }
                None => prop_assert!(total == 0.0),
            }
        }
        for (route, taken) in routes.iter().zip(taken).filter(|_| total > 0.0) {
            prop_assert!((f64::from(taken) / 1000.0 - route.share() / total).abs() < 0.01);
        }
    }

    #[test]
    fn a_recipient_is_a_mobile_number_in_the_one_form(typed in "\\PC{0,20}") {
        if let Ok(number) = recipient(&typed) {
            prop_assert!(number.len() == 11 && number.starts_with("84"));
            prop_assert_eq!(recipient(&number), Ok(number.clone()));
        }
    }
}
