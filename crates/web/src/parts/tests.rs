use jiff::civil::date;

use super::*;

const VI: Tongue = Tongue::VI;

fn due(left: i64, total: u32) -> Due {
    let day = date(2026, 2, 25);
    Due { tongue: VI, left, total, day, paused_until: None, brief: false }
}

#[test]
fn every_label_has_a_word_a_glyph_and_a_tone() {
    let bounced = Status::of(VI, "bounced").to_string();
    assert!(bounced.starts_with(r#"<span class="st warn"><svg class="ic""#), "{bounced}");
    assert!(bounced.ends_with("Trả lại, chưa đúng thẩm quyền</span>"), "{bounced}");
    assert!(Status::brief(VI, "draft").to_string().contains("Chờ duyệt"));
    assert!(Status::delivery(VI, "unknown").to_string().contains("st warn"));
}

#[test]
fn a_deadline_is_drawn_as_one_tick_a_day() {
    assert_eq!(due(7, 7).ticks(), (7, 0));
    assert_eq!(due(2, 7).ticks(), (7, 5));
    assert_eq!(due(0, 7).ticks(), (7, 7));
    assert_eq!(due(-4, 7).ticks(), (11, 11), "days late add ticks");
    assert_eq!(due(30, 60).ticks(), (20, 10), "a long one is drawn to scale");
    assert_eq!(due(-1_000_000, 0).ticks(), (20, 20));
    assert!(due(2, 7).to_string().contains("Còn 2 ngày làm việc"));
    assert!(due(-4, 7).to_string().contains("Quá hạn 4 ngày"));
    let paused = Due { paused_until: Some(date(2026, 2, 27)), ..due(2, 7) }.to_string();
    assert!(paused.contains("Tạm dừng") && paused.contains("đến thứ Sáu 27/02"), "{paused}");
}

#[test]
fn what_people_write_is_never_markup() {
    let files = Attachments { tongue: VI, files: vec![Attachment { name: "<i>.pdf".into(), bytes: 1, address: "/f?a=\"".into() }] };
    let message = Message {
        side: Side::Sender,
        name: "<b>".into(),
        at: String::new(),
        channel: Some(Icon::Zalo.labelled("\"><script>")),
        text: "<script>alert(1)</script>\nhai dòng".into(),
        files,
    };
    let html = message.to_string();
    for raw in ["<script>", "<b><", "<i>", "a=\"\""] {
        assert!(!html.contains(raw), "{raw} in {html}");
    }
    assert!(html.contains("\nhai dòng"));
}

#[test]
fn a_code_is_read_in_groups() {
    assert_eq!(spaced("2640719235"), "26\u{a0}4071\u{a0}923\u{a0}5");
    assert_eq!(spaced("26407192351"), "26\u{a0}4071\u{a0}9235\u{a0}1");
    assert_eq!(spaced("đây"), "đây");
}

#[test]
fn a_qr_code_draws_every_dark_square_once() {
    let text = "https://1022.tphcm.gov.vn/ho-so/2640719235";
    let code = qrcodegen::QrCode::encode_text(text, qrcodegen::QrCodeEcc::Medium).expect("fits");
    let squares = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
    let dark = squares.filter(|(x, y)| code.get_module(*x, *y)).count() as i32;
    let qr = Qr::of(VI, "2640719235", text).expect("fits");
    let length = |run: &str| -> i32 {
        let (_, rest) = run.split_once('h').expect("a run to the right");
        rest.split('v').next().and_then(|length| length.parse().ok()).expect("a length")
    };
    let drawn: i32 = qr.path.split('M').skip(1).map(length).sum();
    assert_eq!(drawn, dark);
    assert_eq!(qr.label, "Mã QR mở trang hồ sơ 26\u{a0}4071\u{a0}923\u{a0}5");
    assert_eq!(qr.side, code.size() + 8);
    assert!(Qr::of(VI, "", &"x".repeat(5000)).is_none());
}

#[test]
fn empty_parts_draw_nothing() {
    assert_eq!(Attachments::default().to_string(), "");
    assert_eq!(Pager { tongue: VI, earlier: None, later: None }.to_string(), "");
    let answer = AnswerCard {
        tongue: VI,
        agency: "Sở".into(),
        at: String::new(),
        checked: "Đã xem".into(),
        basis: String::new(),
        next: String::new(),
        contact: String::new(),
        files: Attachments::default(),
    };
    let html = answer.to_string();
    assert!(html.contains("Đã kiểm tra") && !html.contains("Căn cứ"), "{html}");
}
