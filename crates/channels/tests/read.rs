//! Reads the mails in `tests/mail` and checks what is made of them.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use channels::Class;
use channels::email::bounce::{self, Action, Cause};
use channels::email::classify::{Kind, Ours, Silence, classify};
use channels::email::parse::{Mail, parse};
use channels::email::{inspect, quoted, thread};

fn raw(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/mail/{name}.eml", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn mail(name: &str) -> Mail {
    parse(&raw(name))
}

fn named(prefix: &str) -> Vec<String> {
    let folder = format!("{}/tests/mail", env!("CARGO_MANIFEST_DIR"));
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|e| e.unwrap().file_name().into_string().ok())
        .filter_map(|n| n.strip_suffix(".eml").map(str::to_owned))
        .filter(|n| n.starts_with(prefix))
        .collect();
    names.sort();
    assert!(!names.is_empty(), "{prefix}");
    names
}

#[test]
fn every_client_quote_and_signature_is_cut() {
    for prefix in ["reply_", "signature_", "html_"] {
        for name in named(prefix) {
            if name.contains("uncut") {
                continue;
            }
            let mail = mail(&name);
            assert_eq!(mail.visible_reply(), "Tôi gửi thêm giấy tờ.", "{name}: {}", mail.text);
            assert!(mail.text.len() > mail.visible_reply().len() + 5, "{name}");
        }
    }
}

#[test]
fn answers_between_quotes_are_not_cut() {
    for name in named("uncut_") {
        let mail = mail(&name);
        assert_eq!(mail.visible_reply(), mail.text.trim(), "{name}");
    }
    let below = mail("html_uncut_below");
    assert!(below.visible_reply().ends_with("Dưới"), "{}", below.visible_reply());
}

#[test]
fn forwards_offer_the_original_sender() {
    for name in named("forward_") {
        let mail = mail(&name);
        let found = quoted::forwarded(&mail.text).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(found.from.address, "b@doanhnghiep.example", "{name}");
        assert_eq!(found.from.name.as_deref(), Some("Trần Thị B"), "{name}");
        assert_eq!(found.subject.as_deref(), Some("Hỏi về thuế"), "{name}");
        assert_eq!(mail.visible_reply(), "Chuyển trung tâm xử lý.", "{name}");
    }
    assert_eq!(quoted::forwarded("Từ: hôm qua tôi chờ.\nCảm ơn."), None);
}

#[test]
fn classes() {
    let ours = Ours::default();
    for (prefix, kind, class) in [
        ("bounce_", Kind::Bounce, Class::Bounce),
        ("auto_", Kind::AutoReply, Class::AutoReply),
        ("bulk_", Kind::Bulk, Class::Mail),
        ("receipt_", Kind::ReadReceipt, Class::AutoReply),
        ("report_", Kind::FeedbackReport, Class::FeedbackReport),
        ("calendar", Kind::Calendar, Class::Mail),
        ("person_", Kind::Person, Class::Mail),
        ("reply_", Kind::Person, Class::Mail),
        ("forward_", Kind::Person, Class::Mail),
        ("charset_", Kind::Person, Class::Mail),
    ] {
        for name in named(prefix) {
            let verdict = classify(&mail(&name), &ours);
            assert_eq!(verdict.kind, kind, "{name}: {}", verdict.sign);
            assert_eq!(verdict.class(), class, "{name}");
            assert_eq!(verdict.answerable.is_ok(), kind == Kind::Person, "{name}");
        }
    }
}

#[test]
fn own_mail_and_robots_get_no_answer() {
    let mailboxes = ["phananh@example.gov.vn".to_owned()];
    let ours = Ours { mailboxes: &mailboxes, message_id_host: Some("mail.example.gov.vn"), instance: Some("i-1") };
    for head in [
        "From: phananh+c-1.x@example.gov.vn\n",
        "From: a@b.example\nMessage-ID: <k7q2vd5ltmw3x4aa6r7eefgh2i@mail.example.gov.vn>\n",
        "From: a@b.example\nX-DoiThoai-Instance: i-1\n",
        &("From: a@b.example\n".to_owned() + &"Received: by x\n".repeat(26)),
    ] {
        assert_eq!(classify(&parse(format!("{head}\nx").as_bytes()), &ours).kind, Kind::OwnLoop, "{head}");
    }
    for (head, silence) in [
        ("From: no-reply@b.example\n", Silence::RobotAddress),
        ("From: NoReply@b.example\n", Silence::RobotAddress),
        ("From: tin-request@b.example\n", Silence::RobotAddress),
        ("From: owner-tin@b.example\n", Silence::RobotAddress),
        ("From: a@b.example\nReturn-Path: <>\n", Silence::EmptyReturnPath),
        ("Subject: x\n", Silence::NoAddress),
    ] {
        let verdict = classify(&parse(format!("{head}\nHỏi").as_bytes()), &ours);
        assert_eq!(verdict.kind, Kind::Person, "{head}");
        assert_eq!(verdict.answerable, Err(silence), "{head}");
    }
}

#[test]
fn bounces_name_who_failed() {
    let original = Some("k7q2vd5ltmw3x4aa6r7eefgh2i@mail.example.gov.vn");
    for (name, status, cause, id) in [
        ("bounce_rfc3464", "5.1.1", Cause::BadAddress, original),
        ("bounce_exim", "5.1.1", Cause::BadAddress, original),
        ("bounce_qmail", "5.1.1", Cause::BadAddress, original),
        ("bounce_gmail", "5.1.1", Cause::BadAddress, None),
        ("bounce_outlook", "5.1.10", Cause::BadAddress, original),
        ("bounce_postfix_text", "5.1.1", Cause::BadAddress, None),
    ] {
        let report = bounce::report(&mail(name), None);
        assert_eq!(report.failed(), ["khongco@doanhnghiep.example"], "{name}");
        assert_eq!(report.recipients[0].status.as_deref(), Some(status), "{name}");
        assert_eq!(report.recipients[0].cause(), cause, "{name}");
        assert!(report.recipients[0].permanent(), "{name}");
        assert_eq!(report.original_message_id.as_deref(), id, "{name}");
    }
    let full = bounce::report(&mail("bounce_full_no_name"), None);
    assert_eq!(full.failed(), ["day@doanhnghiep.example"]);
    assert_eq!(full.recipients[0].cause(), Cause::Full);
}

#[test]
fn delayed_is_no_failure_and_the_diagnostic_wins() {
    let delayed = bounce::report(&mail("bounce_delayed"), None);
    assert!(delayed.failed().is_empty());
    assert_eq!(delayed.recipients[0].action, Action::Delayed);
    let two = bounce::report(&mail("bounce_two_recipients"), None);
    assert_eq!(two.failed(), ["goc@doanhnghiep.example"]);
    assert_eq!(two.recipients[0].status.as_deref(), Some("5.2.2"));
    assert_eq!(two.recipients.len(), 2);
}

#[test]
fn a_bounce_token_names_the_delivery() {
    let key = b"khoa-thu-nghiem";
    let path = bounce::return_path("phananh@example.gov.vn", key, "77").unwrap();
    let (_, token) = path.split_once("+b-77.").unwrap();
    let seal = token.split('@').next().unwrap();
    let text = String::from_utf8(raw("bounce_rfc3464")).unwrap().replace("SEAL", seal);
    let mail = parse(text.as_bytes());
    assert_eq!(bounce::report(&mail, Some(key)).token.as_deref(), Some("77"));
    assert_eq!(bounce::report(&mail, Some(b"other")).token, None);
    assert!(thread::facts(&mail, key).tokens.is_empty());
}

#[test]
fn charsets_words_and_names() {
    for name in ["charset_1258", "charset_1258_lies_utf8", "charset_utf8_lies_latin", "charset_none"] {
        assert_eq!(mail(name).text, "Đường số 13", "{name}");
    }
    let vni = mail("charset_vni");
    assert_eq!(vni.text, "Cộng hòa xã hội chủ nghĩa Việt Nam");
    assert!(vni.text_before_conversion.unwrap().starts_with("Coäng"));

    let words = mail("words_2047");
    assert_eq!(words.from[0].name.as_deref(), Some("Phản ánh: giấy phép"));
    assert_eq!(words.recipients[0].name.as_deref(), Some("Phản ánh"));
    assert_eq!(words.subject, "Phản ánh giấy xong");

    let names: Vec<String> = mail("names_2231").attachments.into_iter().map(|a| a.name).collect();
    assert_eq!(names, ["giấy phép.pdf"; 4]);
    let names: Vec<String> = mail("names_hostile").attachments.into_iter().map(|a| a.name).collect();
    assert_eq!(names, ["passwd", "anhgpj.exe", "winmail.dat"]);
}

#[test]
fn bodies() {
    assert_eq!(mail("flowed").text, "Tôi gửi giấy tờ.\n> cũ nữa\n-- \nA");
    assert_eq!(mail("flowed_plain").text, "Tôi gửi giấy tờ.\n> cũ \n>> xưa");
    let points = mail("alternative_points_to_html");
    assert_eq!(points.text, "Nội dung thật");
    assert!(points.html.is_some());

    let related = mail("related_inline");
    assert_eq!(related.text, "Chữ");
    assert_eq!(related.attachments.len(), 1);
    assert_eq!(related.attachments[0].content_id.as_deref(), Some("hinh@1"));
    assert!(related.attachments[0].inline);
    assert_eq!(&*related.attachments[0].bytes(&raw("related_inline")), b"\x89PNG\r\n\x1a\n");
    assert_eq!(related.attachments[0].size, 8);

    let mixed = mail("mixed_two_texts");
    assert_eq!(mixed.text, "Một\n\nHai");
    assert_eq!(mixed.attachments.len(), 1);
    assert_eq!(mixed.attachments[0].content_type, "message/rfc822");

    let signed = mail("signed_p7s");
    assert!(signed.signed && signed.attachments.is_empty());
    assert_eq!(signed.text, "Chữ");
}

#[test]
fn odd_mail_is_read_anyway() {
    let unclosed = mail("odd_unclosed");
    assert_eq!(unclosed.text, "Chữ");
    assert_eq!(unclosed.attachments[0].size, 3);
    assert_eq!(mail("odd_missing_boundary").text, "Chữ");
    assert_eq!(mail("odd_no_header").text, "Chỉ có chữ.");
    assert!(mail("odd_no_header").external_id.starts_with("sha256:"));
    let lf = mail("odd_lf_only");
    assert_eq!((lf.subject.as_str(), lf.text.as_str()), ("Giấy phép", "Chữ"));
    assert_eq!(lf.from[0].name.as_deref(), Some("Hỏi"));
    assert_eq!(lf.date.unwrap().to_string(), "2020-06-10T02:10:00Z");
    let group = mail("odd_group");
    let to: Vec<&str> = group.recipients.iter().map(|m| m.address.as_str()).collect();
    assert_eq!(to, ["e@f.example", "g@h.example"]);
    assert_eq!(group.from.len(), 2);
    assert_eq!(mail("odd_qp").text, "Chữ = cũ =zz het");
    assert_eq!(mail("odd_base64").text, "Chữ");
}

#[test]
fn opaque_signature_is_opened() {
    // ContentInfo, signedData, encapContentInfo with the octets below; no signer.
    let inner = b"Content-Type: text/plain; charset=utf-8\r\n\r\nChu";
    let tlv = |tag: u8, body: &[u8]| [&[tag, body.len() as u8][..], body].concat();
    let data = tlv(0x06, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01]);
    let signed = tlv(0x06, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02]);
    let content = tlv(0x30, &[data, tlv(0xa0, &tlv(0x04, inner))].concat());
    let body = tlv(0x30, &[vec![2, 1, 1, 0x31, 0], content].concat());
    let der = tlv(0x30, &[signed, tlv(0xa0, &body)].concat());
    let head = b"From: a@b.example\nContent-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\n\n";
    let mail = parse(&[&head[..], &der].concat());
    assert_eq!(mail.text, "Chu");
    assert!(mail.signed && mail.attachments.is_empty());
}

#[test]
fn inspection_is_one_object() {
    let out = inspect(&raw("bounce_rfc3464"));
    assert_eq!(out["class"], "bounce");
    assert_eq!(out["external_id"], "20200610021000.ABC@mx.example.vn");
    assert_eq!(out["sender_id"], "mailer-daemon@mx.example.vn");
    assert_eq!(out["failed_recipients"], serde_json::json!(["khongco@doanhnghiep.example"]));
    let out = inspect(&raw("names_2231"));
    assert_eq!(out["class"], "mail");
    assert_eq!(out["attachments"][0], serde_json::json!({"name": "giấy phép.pdf", "type": "application/pdf", "size": 5}));
    assert!(out["in_reply_to"].is_null() && out.get("failed_recipients").is_none());
    let keys: Vec<&String> = out.as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 9, "{keys:?}");
}
