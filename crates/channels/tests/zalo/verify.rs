//! Signatures.

use channels::zalo::verify::{First, Key, Time};
use channels::zalo::{Keys, Variant, inspect, verify};
use channels::{Headers, Signature};
use serde_json::json;

use crate::BODY;

const BY_APP: &str = "5168599073bfdbcd2a5cd8012abc271a2e6112e90f48d55001de8a04049fdd89";
const BY_ACCOUNT: &str = "0981e5d4e6cd2d74d1b3d29de44cdef12bdd9f8ed238c22d1836c021af2dede2";

pub fn keys() -> Keys {
    Keys { app_id: Some("1234567890123456789".into()), oa_secret: Some("OaSecretDemo".into()), ..Keys::default() }
}

pub fn signed(value: &str) -> Headers {
    [("X-ZEvent-Signature", value)].into_iter().collect()
}

/// The way the vendor signs.
fn mac(parts: &[&str]) -> String {
    use sha2::{Digest, Sha256};
    format!("mac={}", hex::encode(Sha256::digest(parts.concat())))
}

#[test]
fn the_worked_signatures_hold_in_every_spelling() {
    assert_eq!(BODY.len(), 266);
    let found = Variant { first: First::AppId, time: Time::Body, key: Key::OaSecret };
    for value in [
        format!("mac={BY_APP}"),
        format!("mac = {BY_APP}"),
        format!("sha256={BY_APP}"),
        format!(" {BY_APP} "),
        format!("MAC={}", BY_APP.to_uppercase()),
    ] {
        assert_eq!(verify(&signed(&value), &keys(), BODY.as_bytes(), None), Some(found), "{value}");
    }
    let by_account = Variant { first: First::OaId, ..found };
    let named = Keys { oa_id: Some("3000000000000000002".into()), ..keys() };
    let header = signed(&format!("mac={BY_ACCOUNT}"));
    assert_eq!(verify(&header, &named, BODY.as_bytes(), None), Some(by_account));
    assert_eq!(verify(&header, &keys(), BODY.as_bytes(), None), Some(by_account), "the body names the account");
    let other = Keys { oa_id: Some("3000000000000000003".into()), ..keys() };
    assert_eq!(verify(&header, &other, BODY.as_bytes(), None), None);
}

#[test]
fn a_pinned_variant_is_the_only_one() {
    let found = Variant { first: First::AppId, time: Time::Body, key: Key::OaSecret };
    let header = signed(&format!("mac={BY_APP}"));
    assert_eq!(verify(&header, &keys(), BODY.as_bytes(), Some(found)), Some(found));
    for pinned in
        [Variant { first: First::OaId, ..found }, Variant { time: Time::Header, ..found }, Variant { key: Key::AppSecret, ..found }]
    {
        assert_eq!(verify(&header, &keys(), BODY.as_bytes(), Some(pinned)), None, "{pinned:?}");
    }
    let kept = serde_json::to_string(&found).unwrap();
    assert_eq!(kept, r#"{"first":"app_id","time":"body","key":"oa_secret"}"#);
    assert_eq!(serde_json::from_str::<Variant>(&kept).unwrap(), found);
}

#[test]
fn a_delivery_that_does_not_tell_which_time_is_signed_pins_neither() {
    let header: Headers =
        [("x-zevent-signature", format!("mac={BY_APP}")), ("x-zevent-timestamp", "1790000000000".into())].into_iter().collect();
    let either = Variant { first: First::AppId, time: Time::Either, key: Key::OaSecret };
    assert_eq!(verify(&header, &keys(), BODY.as_bytes(), None), Some(either));
    for time in [Time::Header, Time::Body, Time::Either] {
        assert_eq!(verify(&header, &keys(), BODY.as_bytes(), Some(Variant { time, ..either })), Some(either), "{time:?}");
    }
    let by_body = Variant { time: Time::Body, ..either };
    assert_eq!(verify(&signed(&format!("mac={BY_APP}")), &keys(), BODY.as_bytes(), Some(either)), Some(by_body));
    assert!(either.sharpens(None) && by_body.sharpens(Some(either)) && !either.sharpens(Some(by_body)) && !by_body.sharpens(Some(by_body)));
}

#[test]
fn the_header_time_and_the_app_secret_are_tried() {
    let both = Keys { app_secret: Some("app-secret-demo".into()), ..keys() };
    let app = "1234567890123456789";
    for (time, key, value, secret) in [
        (Time::Header, Key::OaSecret, "1790000000999", "OaSecretDemo"),
        (Time::Header, Key::AppSecret, "1790000000999", "app-secret-demo"),
        (Time::Body, Key::AppSecret, "1790000000000", "app-secret-demo"),
    ] {
        let header: Headers = [("x-zevent-signature", mac(&[app, BODY, value, secret])), ("X-ZEvent-Timestamp", "1790000000999".into())]
            .into_iter()
            .collect();
        let found = verify(&header, &both, BODY.as_bytes(), None).unwrap();
        assert_eq!((found.time, found.key), (time, key));
    }
    // An id of the settings may be any word; one that only the body names has to be a number.
    let named = Keys { app_id: Some("app-demo".into()), ..keys() };
    assert!(verify(&signed(&mac(&["app-demo", BODY, "1790000000000", "OaSecretDemo"])), &named, BODY.as_bytes(), None).is_some());
    let body = r#"{"app_id":"app-demo","timestamp":"17"}"#;
    let unnamed = Keys { app_id: None, ..keys() };
    assert!(verify(&signed(&mac(&["app-demo", body, "17", "OaSecretDemo"])), &unnamed, body.as_bytes(), None).is_none());
    // A number is hashed as it is written.
    let body = r#"{"timestamp":1790000000000}"#;
    assert!(verify(&signed(&mac(&[app, body, "1790000000000", "OaSecretDemo"])), &keys(), body.as_bytes(), None).is_some());
}

#[test]
fn forged_signatures_are_refused() {
    let good = format!("mac={BY_APP}");
    let altered = BODY.replace("chào", "chao");
    for (header, keys, body) in [
        (Headers::default(), keys(), BODY),
        (signed(""), keys(), BODY),
        (signed("mac="), keys(), BODY),
        (signed(&good[..67]), keys(), BODY),
        (signed(&format!("{good}00")), keys(), BODY),
        (signed(&good.replace("mac", "md5")), keys(), BODY),
        (signed(&good.replace("51", "52")), keys(), BODY),
        (signed(&format!("{good}, {good}")), keys(), BODY),
        (signed(&good), keys(), &altered),
        (signed(&good), Keys { oa_secret: Some("anders".into()), ..keys() }, BODY),
        (signed(&good), Keys { app_id: Some("99".into()), ..keys() }, BODY),
        (signed(&mac(&["1234567890123456789", BODY, "1790000000000", ""])), Keys { oa_secret: Some(String::new()), ..keys() }, BODY),
        (signed(&good), keys(), ""),
        (signed(&good), keys(), "["),
    ] {
        assert_eq!(verify(&header, &keys, body.as_bytes(), None), None, "{header:?} {keys:?}");
    }
    // A signature over one body does not pass for another that takes a part of it into the header.
    let longer = format!("{BODY} 17");
    let header: Headers = [
        ("x-zevent-signature", mac(&["1234567890123456789", &longer, "1790000000000", "OaSecretDemo"])),
        ("x-zevent-timestamp", " 171790000000000".into()),
    ]
    .into_iter()
    .collect();
    assert_eq!(verify(&header, &keys(), BODY.as_bytes(), None), None);
}

#[test]
fn inspect_tells_signature_and_event() {
    let header = signed(&format!("mac={BY_APP}"));
    let (signature, events) = inspect(&header, &keys(), BODY.as_bytes()).unwrap();
    assert_eq!(signature, Signature::Valid);
    assert_eq!(
        serde_json::to_value(&events[0]).unwrap(),
        json!({"event_kind": "message", "external_id": "a1b2c3d4e5f60718", "sender_id": "4000000000000000001",
            "recipient_id": "3000000000000000002", "text": "Xin chào", "attachments": [], "timestamp_ms": 1790000000000_i64,
            "account_id": "3000000000000000002", "vendor_kind": "user_send_text", "message_id": "a1b2c3d4e5f60718"})
    );
    assert_eq!(inspect(&Headers::default(), &keys(), BODY.as_bytes()).unwrap().0, Signature::Invalid);
    assert_eq!(inspect(&header, &Keys::default(), BODY.as_bytes()).unwrap().0, Signature::NotChecked);
    for body in ["", "xin chào", "[]", "{}", "null", r#"{"event_name":7}{}"#, r#"{"event_name":null}"#] {
        assert!(inspect(&header, &keys(), body.as_bytes()).is_err(), "{body}");
    }
    assert!(!format!("{:?}", keys()).contains("OaSecretDemo"));
}
