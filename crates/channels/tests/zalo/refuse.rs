//! Refusals, silence and what they mean.

use std::time::Duration;

use channels::Error;
use channels::zalo::{Access, send};

use crate::send::{sending, text};
use crate::wire::{Reply, Wire, client, impatient, nobody};
use crate::{access, kind};

#[tokio::test]
async fn every_code_in_a_good_answer_has_its_meaning() {
    for (expected, codes) in [
        ("token expired", vec![-216, -220, -124]),
        ("throttled", vec![-32, -100, -200]),
        ("not now", vec![-234, -133]),
        ("rejected", vec![-201, -210, -233, -240, -248, -249, -109, -117, -131, -145, -146, -9999, 7]),
        ("misconfigured", vec![-204, -205, -209, -212, -219, -221, -223, -224, -235, -320, -242]),
        ("out of quota", vec![-211, -218, -321, -115, -137, -144, -147]),
        ("person gone", vec![-213, -217, -227, -244, -108, -114, -118, -119, -139, -141]),
        ("window closed", vec![-230, -232]),
    ] {
        for code in codes {
            let body = format!(r#"{{"error":{code},"message":"Không gửi\nđược"}}"#);
            let (result, _) = sending(vec![Reply::json(200, &body)], &text("a", vec![], None)).await;
            let error = result.unwrap_err();
            assert_eq!(kind(&error), expected, "{code}");
            assert!(error.to_string().contains(&format!("{code} Không gửi được")), "{error}");
        }
    }
}

#[tokio::test]
async fn the_night_is_held_until_six() {
    // 22:00 in Viet Nam.
    let night = Reply::with(200, "Date: Wed, 25 Feb 2026 15:00:00 GMT\r\n", r#"{"error":-234,"message":"Night"}"#);
    let (result, _) = sending(vec![night], &text("a", vec![], None)).await;
    assert_eq!(result, Err(Error::NotNow { after: Duration::from_secs(8 * 3600), reason: "-234 Night".into() }));
}

#[tokio::test]
async fn what_is_no_answer_of_zalo_is_judged_by_its_status() {
    for (reply, expected) in [
        (Reply::json(429, "{}"), "throttled"),
        (Reply::json(500, r#"{"error":-216}"#), "unreachable"),
        (Reply::json(503, "x"), "unreachable"),
        (Reply::with(503, "Retry-After: 7\r\n", "x"), "throttled"),
        (Reply::json(502, "x"), "lost"),
        (Reply::json(504, "x"), "lost"),
        (Reply::json(200, "<html>"), "lost"),
        (Reply::json(200, "{}"), "lost"),
        (Reply::json(200, r#"{"error":"x"}"#), "lost"),
        (Reply::json(302, ""), "misconfigured"),
        (Reply::json(403, r#"{"error":2001}"#), "misconfigured"),
        (Reply::json(404, "x"), "misconfigured"),
        (Reply::json(401, r#"{"error":-216}"#), "token expired"),
        (Reply::json(413, "x"), "rejected"),
        (Reply::json(400, r#"{"error":0}"#), "rejected"),
        (Reply::Reset, "lost"),
        (Reply::Half, "lost"),
    ] {
        let (result, _) = sending(vec![reply.clone()], &text("a", vec![], None)).await;
        assert_eq!(kind(&result.unwrap_err()), expected, "{reply:?}");
    }
    let (result, _) = sending(vec![Reply::with(429, "Retry-After: 99999999999\r\n", "")], &text("a", vec![], None)).await;
    assert!(matches!(result, Err(Error::Throttled { after: Some(after), .. }) if after <= Duration::from_secs(86_400)));
}

#[tokio::test]
async fn silence_is_lost_and_a_closed_door_is_not() {
    let wire = Wire::open(vec![Reply::Hang]).await;
    let result = send(&impatient(), &access(&wire.base), &text("a", vec![], None)).await;
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
