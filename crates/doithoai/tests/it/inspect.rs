//! `doithoai inspect`: one JSON object a line for whatever it is given.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::env;

/// What the program prints about a file with this content, or about this text.
fn inspect(what: &str, content: &str, more: &[&str]) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("kept");
    std::fs::write(&file, content).expect("a file");
    let given = if what == "sms-receipt" { Path::new(content) } else { &file };
    let done = Command::new(env::program()).args(["inspect", what]).args(more).arg(given).output().expect("the program starts");
    let printed = String::from_utf8(done.stdout).expect("text");
    assert!(done.status.success(), "{printed}{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(printed.lines().count(), 1, "{printed}");
    serde_json::from_str(&printed).expect("JSON")
}

#[test]
fn a_pdu_is_shown() {
    let part = "000000600000000400000000000000 05\n000500444f4954484f41490001013834393030303030303031004000000000010008002c\n\
        0500032a020200670020006200610020006e006700e000790020006c00e0006d0020007600691ec70063002e\n";
    assert_eq!(
        inspect("smpp", part, &[]),
        json!({
            "command": "submit_sm", "status": 0, "sequence": 5,
            "source_addr": "DOITHOAI", "source_addr_ton": 5, "source_addr_npi": 0,
            "destination_addr": "84900000001", "destination_addr_ton": 1, "destination_addr_npi": 1,
            "esm_class": 64, "registered_delivery": 1, "data_coding": 8,
            "text": "g ba ngày làm việc.", "udh": {"ref": 42, "bits": 8, "total": 2, "part": 2}, "tlvs": {}, "receipt": null,
        })
    );
    let throttled = inspect("smpp", "00000010800000040000005800000009", &[]);
    assert_eq!([&throttled["command"], &throttled["status"]], [&json!("submit_sm_resp"), &json!(88)]);
}

#[test]
fn what_is_wrong_with_a_pdu_has_a_name() {
    for (hex, name) in [
        ("00000010", "too_short"),
        ("000000ff000000150000000000000002", "length_mismatch"),
        ("00000010000000770000000000000002", "unknown_command"),
        ("00000011000000050000000000000002 41", "c_string_without_end"),
        ("no digits", "not_hex"),
    ] {
        assert_eq!(inspect("smpp", hex, &[])["error"], name, "{hex}");
    }
}

#[test]
fn coding_0_is_read_as_the_link_means_it() {
    // The last octet is 0x7C.
    let message = "0000003f0000000500000000000003e9000101383439303030303030303100000138303838000000000000000000000f\
        484f54524f20676961792070686570";
    let message = message.replacen("686570", "68657c", 1);
    assert_eq!(inspect("smpp", &message, &[])["text"], "HOTRO giay pheö");
    assert_eq!(inspect("smpp", &message, &["--alphabet", "latin1"])["text"], "HOTRO giay phe|");
}

#[test]
fn a_receipt_is_shown() {
    assert_eq!(
        inspect("sms-receipt", "stat:UNDELIV id:4711 err:1E done date:20260923081001 Text:Ho so", &[]),
        json!({
            "id": "4711", "sub": null, "dlvrd": null, "submit_date": null, "done_date": "20260923081001", "stat": "UNDELIV",
            "err": "1E", "text": "Ho so",
        })
    );
}

#[test]
fn calls_of_gateways_are_shown() {
    let mo = "https://city.example/hooks/receive_mo?sender=84900000001&content=HOTRO%20giay%20phep&serviceNumber=8088&keyword=HOTRO\
        &sign=c019a393e09ac8ac7fe39744e2e37d99&cpid=CP01&smsid=S000123&receiverTime=20260923080910";
    assert_eq!(
        inspect("esms", mo, &["--secret", "private_key=17priv"]),
        json!({
            "signature": "valid", "event_kind": "message", "external_id": "S000123", "sender_id": "84900000001",
            "short_code": "8088", "text": "HOTRO giay phep", "delivered": null,
        })
    );
    let told = inspect("esms", "SMSID=8a2f-1\nSendStatus=5\nSendSuccess=0\nphonenumber=84900000001\n", &[]);
    assert_eq!([&told["event_kind"], &told["external_id"], &told["delivered"]], [&json!("failed"), &json!("8a2f-1"), &json!(false)]);
    let post = r#"{"type":"new","client_id":"demo","request_id":"1790000001","service_id":"7068","command_code":"HOTRO",
        "message":"HOTRO giay phep","telco":"VT","phone":"84900000001","time":"1790000000",
        "checksum":"fnuISNkZZWd9zfBpWyQAPehebvk2irdQXAxr6mnW+cs="}"#;
    let shown = inspect("vcom", post, &["--secret", "secure_key=key-demo"]);
    assert_eq!([&shown["signature"], &shown["external_id"], &shown["short_code"]], ["valid", "1790000001", "7068"]);
}

#[test]
fn deliveries_of_chats_are_shown_with_their_signatures() {
    let zalo = r#"{"app_id":"1234567890123456789","user_id_by_app":"555000111222333444","event_name":"user_send_text","timestamp":"1790000000000","sender":{"id":"4000000000000000001"},"recipient":{"id":"3000000000000000002"},"message":{"text":"Xin chào","msg_id":"a1b2c3d4e5f60718"}}"#;
    let facebook = r#"{"object":"page","entry":[{"id":"102030405060708","time":1790000000123,"messaging":[{"sender":{"id":"7000000000000001"},"recipient":{"id":"102030405060708"},"timestamp":1790000000000,"message":{"mid":"m_demo01","text":"Xin ch\u00e0o"}}]}]}"#;
    let viber = r#"{"event":"message","timestamp":1790000000000,"message_token":5000000000000000001,"sender":{"id":"01234567890A=","name":"Nguyễn Văn A","language":"vi","country":"VN","api_version":10},"message":{"type":"text","text":"Xin chào"}}"#;
    let telegram = r#"{"update_id":900000001,"message":{"message_id":41,"date":1790000000,"chat":{"id":700000001,"type":"private"},"from":{"id":700000001,"is_bot":false,"first_name":"An"},"text":"Xin chào"}}"#;
    let by_zalo = "X-ZEvent-Signature: mac=5168599073bfdbcd2a5cd8012abc271a2e6112e90f48d55001de8a04049fdd89";
    let by_facebook = "X-Hub-Signature-256: sha256=812982f1e7348afa5a2c9e3e8a6e69fa25f899cc9b6565548fa0fc73a5ae58e4";
    let by_viber = "X-Viber-Content-Signature: f402b0dcc62247e005eb8fa6e0fa31f9ba3935881b3ce08d77e61f2c1a78d71c";
    let by_telegram = "X-Telegram-Bot-Api-Secret-Token: demo-secret";
    let viber_token = "auth_token=44aaaa0000000001-0123456789abcdef-0123456789abcdef";
    let person_and_time = |shown: &Value| (shown["sender_id"].as_str().map(str::to_owned), shown["timestamp_ms"].as_i64());
    for (channel, body, header, secrets, person) in [
        ("zalo", zalo, by_zalo, &["app_id=1234567890123456789", "oa_secret_key=OaSecretDemo"][..], "4000000000000000001"),
        ("facebook", facebook, by_facebook, &["app_secret=fb-demo-app-secret"][..], "7000000000000001"),
        ("viber", viber, by_viber, &[viber_token][..], "01234567890A="),
        ("telegram", telegram, by_telegram, &["auth_token=demo-secret"][..], "700000001"),
    ] {
        let mut given = vec!["--header", header];
        given.extend(secrets.iter().flat_map(|secret| ["--secret", secret]));
        let shown = inspect(channel, body, &given);
        assert_eq!([&shown["signature"], &shown["event_kind"], &shown["text"]], ["valid", "message", "Xin chào"], "{channel}: {shown}");
        assert_eq!(person_and_time(&shown), (Some(person.to_owned()), Some(1_790_000_000_000)), "{channel}");
        assert_eq!(shown["attachments"], json!([]), "{channel}");
        assert_eq!(inspect(channel, body, &given[2..])["signature"], "invalid", "{channel}: no signature");
        assert_eq!(inspect(channel, body, &given[..2])["signature"], "not_checked", "{channel}: no secret");
    }
}
