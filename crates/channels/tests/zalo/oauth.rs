//! Tokens.

use std::time::Duration;

use channels::zalo::oauth::{self, Tokens};

use crate::wire::{Reply, Wire, client, nobody};
use crate::{access, kind};

#[test]
fn the_worked_challenge_and_proof_hold() {
    assert_eq!(oauth::challenge("Q2hVbmdNaW5oTGFEZW1vVmVyaWZpZXJDaG9aYWxvMTI"), "6KjDesu6wV9Q48rkdozADldWfeki5u5YmsIFXB858go");
    let access = access("https://openapi.example");
    assert_eq!(access.appsecret_proof(), "bd7670ef00ef4fa23cfc0b7c4790acfed157df481726078851f949082297615b");
    let shown = format!("{access:?}");
    assert!(!shown.contains("demo"), "{shown}");
    let tokens = Tokens { access: "geheim".into(), refresh: "geheim".into(), expires_in: Duration::from_secs(9) };
    assert!(!format!("{tokens:?}").contains("geheim"));
    assert_eq!(
        oauth::permission_link(&access, "https://1022.example/zalo?a=b", "6KjD", "s 1").unwrap(),
        "https://openapi.example/v4/oa/permission?app_id=1234567890123456789&redirect_uri=https%3A%2F%2F1022.example%2Fzalo%3Fa%3Db&code_challenge=6KjD&state=s+1"
    );
}

#[test]
fn a_verifier_has_43_letters_and_digits() {
    assert_eq!(oauth::verifier([0; 32]), "0".repeat(43));
    assert_ne!(oauth::verifier([255; 32]), oauth::verifier([254; 32]));
    let mut seen = std::collections::BTreeSet::new();
    for n in 0..=255 {
        let verifier = oauth::verifier([n; 32]);
        assert!(verifier.len() == 43 && verifier.bytes().all(|b| b.is_ascii_alphanumeric()), "{verifier}");
        seen.insert(verifier);
    }
    assert_eq!(seen.len(), 256);
}

#[tokio::test]
async fn tokens_are_got_and_renewed() {
    let fresh = Reply::json(200, r#"{"access_token":"A2","refresh_token":"R2","expires_in":"90000"}"#);
    let expected = Tokens { access: "A2".into(), refresh: "R2".into(), expires_in: Duration::from_secs(90_000) };
    let wire = Wire::open(vec![fresh, Reply::json(200, r#"{"access_token":"A2","refresh_token":"R2","expires_in":3600}"#)]).await;
    assert_eq!(oauth::exchange(&client(), &access(&wire.base), "c 1", "v1").await, Ok(expected.clone()));
    let renewed = oauth::refresh(&client(), &access(&wire.base), "R1").await.unwrap();
    assert_eq!(renewed.expires_in, Duration::from_secs(3600));
    let heard = wire.heard().await;
    assert_eq!(heard[0].line, "POST /v4/oa/access_token");
    assert!(heard[0].says("secret_key: app-secret-demo") && heard[0].says("content-type: application/x-www-form-urlencoded"));
    assert_eq!(heard[0].body, "code=c+1&app_id=1234567890123456789&grant_type=authorization_code&code_verifier=v1");
    assert_eq!(heard[1].body, "refresh_token=R1&app_id=1234567890123456789&grant_type=refresh_token");
    // No lifetime is believed that would let a token be used too long or overflow a clock.
    for (said, seconds) in [("99999999999999", 90_000), ("-5", 90_000), ("\"x\"", 90_000), ("\"60\"", 60)] {
        let body = format!(r#"{{"access_token":"A","refresh_token":"R","expires_in":{said}}}"#);
        let wire = Wire::open(vec![Reply::json(200, &body)]).await;
        let tokens = oauth::refresh(&client(), &access(&wire.base), "R1").await.unwrap();
        assert_eq!(tokens.expires_in.as_secs(), seconds, "{said}");
    }
}

#[tokio::test]
async fn a_refused_or_lost_renewal_is_told_apart() {
    for (reply, expected) in [
        (
            Reply::json(200, r#"{"error":-14014,"error_name":"Invalid refresh token","error_description":"Refresh token is used"}"#),
            "misconfigured",
        ),
        (Reply::json(400, r#"{"error":-14003,"error_name":"Invalid redirect uri"}"#), "misconfigured"),
        (Reply::json(200, r#"{"access_token":"A"}"#), "misconfigured"),
        (Reply::json(200, r#"{"error":-32,"message":"limit"}"#), "throttled"),
        (Reply::json(500, "x"), "unreachable"),
        (Reply::json(504, "x"), "lost"),
        (Reply::json(200, "x"), "lost"),
        (Reply::Reset, "lost"),
    ] {
        let wire = Wire::open(vec![reply.clone()]).await;
        let error = oauth::refresh(&client(), &access(&wire.base), "R1-geheim").await.unwrap_err();
        assert_eq!(kind(&error), expected, "{reply:?}");
        assert!(!error.to_string().contains("geheim"));
    }
    let error = oauth::refresh(&client(), &access(&nobody().await), "R1").await.unwrap_err();
    assert_eq!(kind(&error), "unreachable");
}
