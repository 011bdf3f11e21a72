//! Refusals, silence and what they mean.

use std::time::Duration;

use channels::Error;
use channels::zalo::{Access, send};

use crate::send::{sending, text};
use crate::vendor::{Reply, client, impatient, nobody, vendor};
use crate::{access, kind};

#[tokio::test]
async fn every_code_in_a_good_answer_has_its_meaning() {
    for (expected, codes) in [
        ("token expired", vec![-216, -220, -124]),
        ("throttled", vec![-32, -100, -200, -234, -133]),
        ("rejected", vec![-201, -210, -233, -240, -248, -249, -109, -117, -131, -145, -146, -9999, 7]),
        ("misconfigured", vec![-204, -205, -209, -212, -219, -221, -223, -224, -235, -320, -242]),
        ("out of quota", vec![-211, -218, -321, -115, -137, -144, -147]),
        ("person gone", vec![-213, -217, -227, -244, -108, -114, -118, -119, -139, -141]),
        ("window closed", vec![-230, -232]),
    ] {
        for code in codes {
            let body = format!(r#"{{"error":{code},"message":"Không gửi\nđược"}}"#);
            let (result, _) = sending(vec![Reply::Say(200, body.leak())], &text("a", vec![], None)).await;
            let error = result.unwrap_err();
            assert_eq!(kind(&error), expected, "{code}");
            assert!(error.to_string().contains(&format!("{code} Không gửi được")), "{error}");
        }
    }
}

#[tokio::test]
async fn the_night_is_held_until_six() {
    // 22:00 in Viet Nam.
    let night = Reply::With(200, "Date: Wed, 25 Feb 2026 15:00:00 GMT", r#"{"error":-234,"message":"Night"}"#);
    let (result, _) = sending(vec![night], &text("a", vec![], None)).await;
    assert_eq!(result, Err(Error::Throttled { after: Some(Duration::from_secs(8 * 3600)), reason: "-234 Night".into() }));
}

#[tokio::test]
async fn what_is_no_answer_of_zalo_is_judged_by_its_status() {
    for (reply, expected) in [
        (Reply::Say(429, "{}"), "throttled"),
        (Reply::Say(500, r#"{"error":-216}"#), "unreachable"),
        (Reply::Say(503, "x"), "unreachable"),
        (Reply::With(503, "Retry-After: 7", "x"), "throttled"),
        (Reply::Say(502, "x"), "lost"),
        (Reply::Say(504, "x"), "lost"),
        (Reply::Say(200, "<html>"), "lost"),
        (Reply::Say(200, "{}"), "lost"),
        (Reply::Say(200, r#"{"error":"x"}"#), "lost"),
        (Reply::Say(302, ""), "misconfigured"),
        (Reply::Say(403, r#"{"error":2001}"#), "misconfigured"),
        (Reply::Say(404, "x"), "misconfigured"),
        (Reply::Say(401, r#"{"error":-216}"#), "token expired"),
        (Reply::Say(413, "x"), "rejected"),
        (Reply::Say(400, r#"{"error":0}"#), "rejected"),
        (Reply::Cut, "lost"),
        (Reply::Half, "lost"),
    ] {
        let (result, _) = sending(vec![reply.clone()], &text("a", vec![], None)).await;
        assert_eq!(kind(&result.unwrap_err()), expected, "{reply:?}");
    }
    let (result, _) = sending(vec![Reply::With(429, "Retry-After: 99999999999", "")], &text("a", vec![], None)).await;
    assert!(matches!(result, Err(Error::Throttled { after: Some(after), .. }) if after <= Duration::from_secs(86_400)));
}

#[tokio::test]
async fn silence_is_lost_and_a_closed_door_is_not() {
    let (base, _heard) = vendor(vec![Reply::Hang]).await;
    let result = send(&impatient(), &access(&base), &text("a", vec![], None)).await;
    assert_eq!(result, Err(Error::Lost("no answer (timed out)".into())));
    let result = send(&client(), &access(&nobody().await), &text("a", vec![], None)).await;
    assert!(matches!(result, Err(Error::Unreachable(_))), "{result:?}");
    for base in ["http://zalo.example", "nothing", "ftp://127.0.0.1"] {
        let result = send(&client(), &access(base), &text("a", vec![], None)).await;
        assert!(matches!(result, Err(Error::Misconfigured(_))), "{base}: {result:?}");
    }
    let broken = Access { access_token: "a\nb-secret".into(), ..access(&nobody().await) };
    let error = send(&client(), &broken, &text("a", vec![], None)).await.unwrap_err();
    assert!(matches!(error, Error::Misconfigured(_)) && !error.to_string().contains("secret"), "{error}");
}
