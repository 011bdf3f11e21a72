//! SMS by the HTTP gateways of Viet Nam: eSMS and V-COM.

use channels::event::{Kind, Signature};
use channels::outbound::{Button, Content, Footing, Press, Recipient};
use channels::sms::{esms, vcom};
use channels::{Error, Outbound, Receipt};
use serde_json::{Value, json};

use crate::wire::{Heard, Reply, Wire, client, impatient, nobody};

/// The worked example of a message to a short code.
const MO: &str = "sender=84900000001&content=HOTRO%20giay+phep&serviceNumber=8088&keyword=HOTRO&\
    sign=c019a393e09ac8ac7fe39744e2e37d99&cpid=CP01&smsid=S000123&receiverTime=20260923080910";
const KEY: Option<&str> = Some("17priv");

fn access(base: &str) -> esms::Access {
    esms::Access {
        base: base.to_owned(),
        api_key: "api-0001".into(),
        secret_key: "secret-0001".into(),
        brandname: "DOITHOAI".into(),
        sms_type: "2".into(),
        sandbox: false,
        callback: Some("https://city.example/hooks/esms/1/s3cret".into()),
    }
}

fn outbound(text: &str) -> Outbound {
    Outbound {
        id: "dt-0001".into(),
        recipient: Recipient::Person("84900000001".into()),
        footing: Footing::Answer,
        content: Content::Text { text: text.into(), buttons: vec![] },
        reply_to: None,
    }
}

async fn tried(reply: Reply) -> (Result<Receipt, Error>, Heard) {
    let wire = Wire::open(vec![reply]).await;
    let result = esms::send(&impatient(), &access(&wire.base), &outbound("Hồ sơ đã tiếp nhận")).await;
    (result, wire.heard().await.remove(0))
}

#[tokio::test]
async fn a_message_is_handed_over_with_our_id() {
    let (sent, heard) = tried(Reply::json(200, r#"{"CodeResult":"100","CountRegenerate":0,"SMSID":"8a2f-1"}"#)).await;
    assert_eq!(sent.unwrap(), Receipt { external_id: Some("8a2f-1".into()), answer: "CodeResult 100".into(), quota: None });
    assert_eq!(heard.line, "POST /MainService.svc/json/SendMultipleMessage_V4_post_json/");
    assert_eq!(
        serde_json::from_str::<Value>(&heard.body).unwrap(),
        json!({
            "ApiKey": "api-0001", "SecretKey": "secret-0001", "Phone": "84900000001", "Content": "Hồ sơ đã tiếp nhận",
            "Brandname": "DOITHOAI", "SmsType": "2", "IsUnicode": "1", "Sandbox": "0", "RequestId": "dt-0001",
            "CallbackUrl": "https://city.example/hooks/esms/1/s3cret", "SendDate": "",
        })
    );
    let wire = Wire::open(vec![Reply::json(200, r#"{"CodeResult":100,"SMSID":7}"#)]).await;
    let sandbox = esms::Access { sandbox: true, callback: None, ..access(&wire.base) };
    assert_eq!(esms::send(&client(), &sandbox, &outbound("Ho so")).await.unwrap().external_id.as_deref(), Some("7"));
    let body: Value = serde_json::from_str(&wire.heard().await[0].body).unwrap();
    assert_eq!([&body["IsUnicode"], &body["Sandbox"], &body["CallbackUrl"]], ["0", "1", ""]);
    assert!(!format!("{sandbox:?}").contains("0001"));
}

#[tokio::test]
async fn a_repeat_is_accepted_already() {
    let (repeated, _) = tried(Reply::json(200, r#"{"CodeResult":"124","ErrorMessage":"RequestId da ton tai"}"#)).await;
    assert_eq!(repeated.unwrap(), Receipt { external_id: None, answer: "CodeResult 124 RequestId da ton tai".into(), quota: None });
    // So no answer is no loss.
    for lost in [Reply::Reset, Reply::Half, Reply::Hang, Reply::json(200, "<html>"), Reply::json(504, "")] {
        let (result, _) = tried(lost).await;
        assert!(matches!(result, Err(Error::Unreachable(_))), "{result:?}");
    }
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    for code in [99, 101, 103, 104, 108, 118, 140, 146, 177, 999] {
        let (result, _) = tried(Reply::json(200, &format!(r#"{{"CodeResult":"{code}","ErrorMessage":"x"}}"#))).await;
        let error = result.unwrap_err();
        let right = match code {
            99 => matches!(error, Error::Throttled { after: Some(_), .. }),
            101 | 104 | 118 | 140 => matches!(error, Error::Misconfigured(_)),
            103 => matches!(error, Error::OutOfQuota(_)),
            108 => matches!(error, Error::PersonGone(_)),
            _ => matches!(error, Error::Rejected(_)),
        };
        assert!(right, "{code}: {error:?}");
    }
    let refused = esms::send(&client(), &access(&nobody().await), &outbound("x")).await;
    assert!(matches!(refused, Err(Error::Unreachable(_))), "{refused:?}");
    let limited = tried(Reply::Answer(429, "retry-after: 9\r\n", String::new())).await.0;
    assert!(matches!(&limited, Err(Error::Throttled { after: Some(after), .. }) if after.as_secs() == 9), "{limited:?}");
    let button = Button { title: "1".into(), press: Press::Answer("1".into()) };
    let unfit = [
        Outbound { recipient: Recipient::UnderComment("1".into()), ..outbound("x") },
        Outbound { content: Content::Text { text: "x".into(), buttons: vec![button] }, ..outbound("x") },
        Outbound { id: "7".repeat(51), ..outbound("x") },
    ];
    for message in unfit {
        let refused = esms::send(&client(), &access("https://rest.esms.example"), &message).await;
        assert!(matches!(refused, Err(Error::Rejected(_))), "{refused:?}");
    }
}

#[test]
fn a_message_to_a_short_code_is_signed() {
    let (signature, event) = esms::message(MO, KEY).unwrap();
    assert_eq!(signature, Signature::Valid);
    assert_eq!((event.kind, event.external_id.as_str(), event.sender_id.as_str()), (Kind::Message, "S000123", "84900000001"));
    assert_eq!((event.recipient_id.as_str(), event.text.as_deref()), ("8088", Some("HOTRO giay phep")));
    assert_eq!((event.payload.as_deref(), event.timestamp_ms), (Some("HOTRO"), Some(1_790_125_750_000)));
    let signed = |query: &str, key| esms::message(query, key).unwrap().0;
    assert_eq!([signed(MO, None), signed(MO, Some(""))], [Signature::NotChecked; 2]);
    assert_eq!(signed(&MO.replace("c019a393", "C019A393"), KEY), Signature::Valid);
    for forged in [MO.replace("giay", "GIAY"), MO.replace("S000123", "S000124"), MO.replace("sign=c", "sign=d"), MO.replace("sign=", "x=")]
    {
        assert_eq!(signed(&forged, KEY), Signature::Invalid, "{forged}");
    }
    assert_eq!(signed(MO, Some("17prix")), Signature::Invalid);
    assert!(esms::message("sender=84900000001&content=x", KEY).is_err() && esms::message("smsid=1", KEY).is_err());
}

#[test]
fn the_answer_to_it_is_xml() {
    assert_eq!(
        esms::answer("S<1>", "84900000001", "Ho so 26 4071 923 5 & \u{0}<b>"),
        "<ClientResponse><Message>Ho so 26 4071 923 5 &amp; &lt;b&gt;</Message><Smsid>S&lt;1&gt;</Smsid><Receiver>84900000001</Receiver></ClientResponse>"
    );
}

#[test]
fn receipts_of_esms() {
    let read = |status: &str, success: &str| {
        esms::receipt(&format!(
            "SMSID=8a2f-1&SendFailed=0&SendStatus={status}&SendSuccess={success}&TotalReceiver=1&TypeId=2&RequestId=dt-0001&\
             telcoid=1&phonenumber=84900000001&error_info=Khong+lien+lac+duoc"
        ))
        .unwrap()
    };
    for (status, success, kind) in [
        ("5", "1", Kind::DeliveryReceipt),
        ("5", "0", Kind::Failed),
        ("5", "", Kind::Failed),
        ("4", "0", Kind::Failed),
        ("1", "0", Kind::Ignored),
        ("2", "1", Kind::Ignored),
        ("7", "1", Kind::Ignored),
        ("", "1", Kind::Ignored),
        ("99", "1", Kind::Ignored),
    ] {
        let event = read(status, success);
        assert_eq!(event.kind, kind, "{status} {success}");
        assert_eq!((event.receipt_ids.as_slice(), event.tracking_id.as_deref()), (&["8a2f-1".to_owned()][..], Some("dt-0001")));
        assert_eq!(event.sender_id, "84900000001");
        assert_eq!(event.reason.as_deref(), (kind == Kind::Failed).then_some("Khong lien lac duoc"));
    }
    assert_eq!(read("5", "1"), read("5", "1"));
    assert_ne!(read("5", "1").external_id, read("7", "1").external_id);
    assert!(esms::receipt("SendStatus=5&SendSuccess=1").is_err());
}

/// The worked example of V-COM.
const POST: &str = r#"{"type":"new","client_id":"demo","request_id":"1790000001","service_id":"7068","command_code":"HOTRO",
    "message":"HOTRO giấy phép","telco":"VT","phone":"84900000001","time":1790000000,
    "checksum":"fnuISNkZZWd9zfBpWyQAPehebvk2irdQXAxr6mnW+cs="}"#;

#[test]
fn a_post_of_vcom() {
    let (signature, event) = vcom::message(POST.as_bytes(), Some("key-demo")).unwrap();
    assert_eq!(signature, Signature::Valid);
    assert_eq!((event.kind, event.external_id.as_str(), event.sender_id.as_str()), (Kind::Message, "1790000001", "84900000001"));
    assert_eq!((event.recipient_id.as_str(), event.text.as_deref()), ("7068", Some("HOTRO giấy phép")));
    assert_eq!((event.vendor_kind.as_str(), event.timestamp_ms), ("new", Some(1_790_000_000_000)));
    let signed = |body: &str, key| vcom::message(body.as_bytes(), key).unwrap().0;
    assert_eq!(signed(&POST.replace("new", "recovery"), Some("key-demo")), Signature::Valid);
    assert_eq!(signed(&POST.replace("84900000001", "84900000002"), Some("key-demo")), Signature::Invalid);
    assert_eq!((signed(POST, Some("other")), signed(POST, None)), (Signature::Invalid, Signature::NotChecked));
    for unreadable in ["", "[]", "{}", r#"{"request_id":"1"}"#, r#"{"phone":"84900000001"}"#] {
        assert!(vcom::message(unreadable.as_bytes(), None).is_err(), "{unreadable}");
    }
    assert!(serde_json::from_str::<Value>(vcom::TAKEN).unwrap()["data"]["code"] == 200);
}

#[test]
fn what_was_kept_is_shown() {
    let message = json!({
        "signature": "valid", "event_kind": "message", "external_id": "S000123", "sender_id": "84900000001", "short_code": "8088",
        "text": "HOTRO giay phep", "delivered": null,
    });
    let lines = "sender=84900000001\ncontent=HOTRO giay phep\nserviceNumber=8088\nsign=c019a393e09ac8ac7fe39744e2e37d99\n\
        cpid=CP01\nsmsid=S000123\nreceiverTime=20260923080910\n";
    for kept in [MO.to_owned(), format!("GET /hooks/sms/receive_mo?{MO} HTTP/1.1"), lines.to_owned()] {
        assert_eq!(esms::inspect(kept.as_bytes(), KEY).unwrap(), message, "{kept}");
    }
    let told = esms::inspect(b"https://city.example/h?SMSID=7&SendStatus=5&SendSuccess=1&phonenumber=84900000001", None).unwrap();
    assert_eq!((&told["event_kind"], &told["delivered"], &told["external_id"]), (&json!("delivery_receipt"), &json!(true), &json!("7")));
    let shown = vcom::inspect(POST.as_bytes(), Some("key-demo")).unwrap();
    assert_eq!((&shown["short_code"], &shown["signature"], &shown["delivered"]), (&json!("7068"), &json!("valid"), &Value::Null));
    assert!(esms::inspect(b"x", None).is_err() && vcom::inspect(b"{", None).is_err());
}
