//! What goes wrong between a city and its carriers: repeats, lost parts, lost answers, links that drop, fall silent or are
//! refused, routes that grow slow.

use std::time::Duration;

use jiff::SignedDuration;
use simulator::smsc::{self, DeliverKind, IdForm, Join, Mo, ReceiptShape, ReceiptTime, Receipts};
use simulator::{CallKind, Fault, Rule};

use crate::app::{TestApp, administrator, set_limit};
use crate::sms::{CODE, PHONE, Texts, smsc_route};

/// Two parts in GSM.
const TWO: &str = "Cong ty toi bi cat nuoc 5 ngay nay, xuong det phai dung 40 may, don hang xuat khau sap tre hen va phai den hop dong. \
    Da bao cap nuoc 3 lan khong ai den, xin cho biet bao gio co nuoc lai.";

#[tokio::test]
async fn the_same_message_delivered_again_is_one_and_the_same_words_later_are_two() {
    let texts = Texts::start().await;
    texts.vendors.smsc().add_fault("doithoai", Rule::at_rate(CallKind::Webhook, Fault::Duplicate, 1.0)).expect("a rule");
    texts.writes(PHONE, "via he truoc cua hang bi rao chan 2 thang nay, khach khong vao duoc").await;
    let case = texts.app.case().await;
    assert_eq!(texts.app.messages(case.id).await.iter().filter(|message| message.direction == "in").count(), 1);
    assert_eq!(texts.said(PHONE).len(), 1);
    // Parts come twice and out of order: still one.
    texts.pass(SignedDuration::from_hours(25));
    texts.inject(Mo { parts: vec![2, 2, 1, 1], ..Mo::new(PHONE, CODE, TWO) }).await;
    assert_eq!(texts.app.cases().await.len(), 2);
    texts.vendors.smsc().clear_faults("doithoai");

    let ask = format!("KQ {}", case.code);
    let before = texts.said(PHONE).len();
    texts.writes(PHONE, &ask).await;
    texts.pass(SignedDuration::from_mins(5));
    texts.writes(PHONE, &ask).await;
    assert_eq!(texts.said(PHONE).len(), before + 1, "within a quarter of an hour it is the same message");
    texts.pass(SignedDuration::from_mins(30));
    texts.writes(PHONE, &ask).await;
    assert_eq!(texts.said(PHONE).len(), before + 2, "later it is asked again");
    // The same answer to the same question, twice asked.
    texts.finish_told(1).await;
}

#[tokio::test]
async fn parts_wait_over_restarts_and_what_never_came_is_said_to_be_missing() {
    let mut texts = Texts::start().await;
    for (join, phone, reference) in [(Join::Udh8, "84901110001", 7), (Join::Udh16, "84901110002", 700), (Join::Sar, "84901110003", 701)] {
        let part = |number| Mo { parts: vec![number], join, reference: Some(reference), ..Mo::new(phone, CODE, TWO) };
        texts.inject(part(2)).await;
        texts.unlink().await;
        texts.pass(SignedDuration::from_hours(5));
        texts.link().await;
        texts.inject(part(1)).await;
    }
    let cases = texts.app.cases().await;
    assert_eq!(cases.len(), 3);
    for case in &cases {
        assert!(texts.app.messages(case.id).await.iter().any(|message| message.text == TWO), "whole after the restart");
    }

    texts.inject(Mo { parts: vec![2], reference: Some(9), ..Mo::new(PHONE, CODE, TWO) }).await;
    texts.pass(SignedDuration::from_hours(23));
    texts.settle().await;
    assert_eq!(texts.app.cases().await.len(), 3, "it may still come");
    texts.app.verify().await;
    texts.pass(SignedDuration::from_hours(2));
    texts.settle().await;
    let cases = texts.app.cases().await;
    assert_eq!(cases.len(), 4, "what there is is a report");
    let case = cases.last().expect("the newest");
    let text = texts.app.messages(case.id).await[0].text.clone();
    assert!(text.contains("[…]") && text.contains("thiếu phần") && text.contains("bao gio co nuoc lai"), "{text}");
    // The other comes after all: it is kept and belongs to the same case.
    texts.inject(Mo { parts: vec![1], reference: Some(9), ..Mo::new(PHONE, CODE, TWO) }).await;
    assert_eq!(texts.app.cases().await.len(), 4);
    let messages = texts.app.messages(case.id).await;
    assert!(messages.iter().any(|message| message.text.contains("Phần 1/2") && message.text.contains("Cong ty toi")), "{messages:#?}");
    texts.finish().await;
}

#[tokio::test]
async fn another_long_message_under_the_same_reference_takes_nothing_from_the_first() {
    let texts = Texts::start().await;
    let other = TWO.replace("nuoc", "dien");
    let mo = |text: &str, parts| Mo { parts, reference: Some(3), ..Mo::new(PHONE, CODE, text) };
    texts.inject(mo(TWO, vec![1])).await;
    texts.inject(mo(&other, vec![1, 2])).await;
    texts.pass(SignedDuration::from_secs(20));
    let texts_in: Vec<String> = texts
        .app
        .messages(texts.app.case().await.id)
        .await
        .into_iter()
        .filter(|message| message.direction == "in")
        .map(|m| m.text)
        .collect();
    assert!(texts_in.contains(&other), "{texts_in:#?}");
    assert!(texts_in.iter().any(|text| text.contains("cat nuoc") && text.contains("thiếu phần")), "{texts_in:#?}");
    texts.finish().await;
}

#[tokio::test]
async fn receipts_in_every_shape_and_before_their_answers_find_their_message() {
    let shapes = [
        (IdForm::Decimal, IdForm::Hex, ReceiptShape::Usual, true, ReceiptTime::AtOnce),
        (IdForm::Hex, IdForm::Decimal, ReceiptShape::Shuffled, false, ReceiptTime::AtOnce),
        (IdForm::ShortHex, IdForm::Hex, ReceiptShape::Capital, false, ReceiptTime::AtOnce),
        (IdForm::Decimal, IdForm::Decimal, ReceiptShape::Wordless, true, ReceiptTime::BeforeAnswer),
        (IdForm::Decimal, IdForm::ShortHex, ReceiptShape::Century, true, ReceiptTime::BeforeAnswer),
    ];
    let texts = Texts::start().await;
    for (number, (ids, receipt_ids, shape, tlvs, time)) in shapes.into_iter().enumerate() {
        let receipts = Receipts { time, shape, tlvs, ids: receipt_ids, ..Receipts::default() };
        texts.vendors.smsc().set_route(smsc::Route { ids, receipts, ..smsc_route("doithoai") }).expect("a route");
        let phone = format!("8490222000{number}");
        texts.writes(&phone, "duong vao khu cong nghiep ngap nuoc moi khi mua lon").await;
        // What came before its answer is looked at again after a few seconds.
        texts.pass(SignedDuration::from_secs(10));
        texts.settle().await;
        let cases = texts.app.cases().await;
        assert_eq!(cases.len(), number + 1);
        assert_eq!(texts.state(cases[number].id, "receipt").await.0, "delivered", "{ids:?} {receipt_ids:?} {shape:?} {time:?}");
    }
    // A handset that cannot be reached: the officer sees whose turn it is.
    texts.vendors.smsc().set_fate("84902220009", smsc::Fate::Undeliverable);
    texts.writes("84902220009", "cho hoi thu tuc giay phep lao dong cho chuyen gia").await;
    let cases = texts.app.cases().await;
    let case = cases.last().expect("the newest");
    assert_eq!(texts.state(case.id, "receipt").await, ("failed".into(), Some("ask_other_contact".into())));
    let page = texts.app.officer("tiepnhan").await.page(&format!("/console/c/{}", case.code)).await;
    assert!(page.contains("Cần hỏi cách liên hệ khác"), "the officer is told");
    texts.finish().await;
}

#[tokio::test]
async fn an_answer_that_was_lost_is_unknown_until_a_receipt_settles_it_and_nothing_goes_twice() {
    let texts = Texts::start().await;
    // The answer to the first submit is lost, and its receipt is late.
    let slow = Receipts { time: ReceiptTime::After(120), ..Receipts::default() };
    texts.vendors.smsc().set_route(smsc::Route { receipts: slow, ..smsc_route("doithoai") }).expect("a route");
    texts.vendors.smsc().add_fault("doithoai", Rule::next(CallKind::Send, Fault::LostReply)).expect("a rule");
    texts.writes(PHONE, "cong ty chung toi chua duoc hoan thue 3 thang nay").await;
    let case = texts.app.case().await;
    texts
        .until("the answer is given up", async || {
            texts.app.run_jobs().await;
            texts.state(case.id, "receipt").await.0 == "unknown"
        })
        .await;
    assert!(texts.app.events(case.id).await.contains(&"delivery_unknown".to_owned()));
    assert_eq!(texts.counters("doithoai").accepted, 1, "never begun again");
    texts.until("the link stands again", async || texts.app.city.links.session(texts.account, texts.routes[0]).is_some()).await;
    texts.pass(SignedDuration::from_mins(3));
    texts.settle().await;
    assert_eq!(texts.state(case.id, "receipt").await.0, "delivered", "the receipt is evidence");
    assert!(texts.app.events(case.id).await.contains(&"delivery_settled".to_owned()));
    texts.finish().await;
}

#[tokio::test]
async fn a_link_that_drops_in_mid_window_loses_nothing_and_doubles_nothing() {
    let texts = Texts::start().await;
    texts.vendors.smsc().set_route(smsc::Route { answer_after_ms: 300, ..smsc_route("doithoai") }).expect("a route");
    for number in 0..12 {
        texts.vendors.smsc().write(&format!("8490333{number:04}"), CODE, "nha xuong bi thu hoi dat chua duoc den bu").expect("a person");
    }
    texts.vendors.settled().await;
    let app = &texts.app;
    let dropped = async {
        texts.until("some are on their way", async || texts.counters("doithoai").submits >= 3).await;
        texts.vendors.smsc().drop_links("doithoai")
    };
    let ((), dropped) = tokio::join!(app.run_jobs(), dropped);
    assert!(dropped > 0);
    texts.until("the link stands again", async || texts.app.city.links.session(texts.account, texts.routes[0]).is_some()).await;
    for _ in 0..6 {
        texts.pass(SignedDuration::from_secs(20));
        texts.settle().await;
    }
    assert_eq!(texts.app.cases().await.len(), 12, "everything that came is there");
    for case in texts.app.cases().await {
        let (state, _) = texts.state(case.id, "receipt").await;
        assert!(matches!(state.as_str(), "delivered" | "unknown" | "sent"), "{state}");
    }
    texts.finish().await;
}

#[tokio::test]
async fn a_carrier_that_asks_for_less_gets_less_and_everything_arrives() {
    let texts = Texts::start().await;
    texts.vendors.smsc().add_fault("doithoai", Rule::next(CallKind::Send, Fault::TooMany).times(6)).expect("a rule");
    for number in 0..4 {
        texts.vendors.smsc().write(&format!("8490444{number:04}"), CODE, TWO).expect("a person");
    }
    for _ in 0..12 {
        texts.settle().await;
        texts.pass(SignedDuration::from_secs(2));
    }
    let counters = texts.counters("doithoai");
    assert_eq!(counters.throttled, 6);
    assert_eq!(texts.app.cases().await.len(), 4);
    for case in texts.app.cases().await {
        assert_eq!(texts.state(case.id, "receipt").await.0, "delivered");
    }
    assert!(counters.widest_window <= 10, "the window is kept: {}", counters.widest_window);
    texts.finish().await;
}

#[tokio::test]
async fn a_refused_bind_calls_a_person_and_a_storm_of_drops_ends_in_a_link() {
    let texts = Texts::start().await;
    let admin = administrator(&texts.app.city, &texts.app.url).await;
    let path = format!("/admin/channels/{}", texts.account);
    assert!(admin.page(&path).await.contains("Đang nối"));
    // The carrier changes the password.
    texts.vendors.smsc().set_route(smsc::Route { password: "other".into(), ..smsc_route("doithoai") }).expect("a route");
    texts.vendors.smsc().drop_links("doithoai");
    texts.until("a person is called", async || admin.page(&path).await.contains("Nhà mạng báo sai mật khẩu")).await;
    let binds = texts.counters("doithoai").refused_binds;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(texts.counters("doithoai").refused_binds <= binds + 1, "a refused name is not hammered");
    // What is to go out waits.
    let form = [("phone", "0901234567")];
    assert!(admin.post(&format!("{path}/test"), &form).await.text().await.expect("a page").contains("Nhà mạng báo sai mật khẩu"));
    let route = format!("{path}/routes/{}", texts.routes[0]);
    let edit = route_form(&texts, "other");
    assert_eq!(admin.post(&route, &edit).await.status().as_u16(), 303);
    texts.until("the link stands", async || texts.app.city.links.session(texts.account, texts.routes[0]).is_some()).await;
    texts.until("the alarm ends", async || !admin.page(&path).await.contains("Nhà mạng báo sai mật khẩu")).await;
    texts.pass(SignedDuration::from_mins(1));
    texts.settle().await;
    assert_eq!(texts.said("84901234567").len(), 1, "the test message went out");
    assert!(admin.page(&path).await.contains("Đã tới"), "and the page says so");
    // The link drops again and again, and comes back each time.
    for _ in 0..3 {
        texts.vendors.smsc().drop_links("doithoai");
        texts
            .until("the link is back", async || {
                texts.counters("doithoai").links > 0 && texts.app.city.links.session(texts.account, texts.routes[0]).is_some()
            })
            .await;
    }
    texts.writes(PHONE, "cho hoi thu tuc xin giay phep kinh doanh karaoke").await;
    // The last drop may still be under way: then the SMSC delivers by the next link, when its wait is over.
    let arrived = async || {
        texts.settle().await;
        let arrived = !texts.app.cases().await.is_empty();
        if !arrived {
            texts.pass(SignedDuration::from_secs(10));
        }
        arrived
    };
    texts.until("what was written has arrived", arrived).await;
    assert_eq!(texts.app.cases().await.len(), 1);
    texts.finish().await;
}

/// The form of a route as an administrator's browser sends it.
fn route_form<'a>(texts: &Texts, password: &'a str) -> Vec<(&'a str, &'a str)> {
    let at = texts.vendors.smsc().address();
    let port: &'static str = Box::leak(at.port().to_string().into_boxed_str());
    vec![
        ("kind", "smpp"),
        ("route_name", "doithoai"),
        ("enabled", "yes"),
        ("weight", "10"),
        ("per_second", "1000"),
        ("host", "127.0.0.1"),
        ("port", port),
        ("system_id", "doithoai"),
        ("password", password),
        ("window", "10"),
        ("answer_seconds", "2"),
        ("alphabet", "gsm"),
        ("joining", "udh8"),
        ("sender_ton", "0"),
        ("sender_npi", "0"),
    ]
}

#[tokio::test]
async fn a_slow_route_and_a_silent_one_lose_their_share_and_nothing_moves_from_one_to_another() {
    let slow = smsc::Route { answer_after_ms: 1_700, ..smsc::Route::new("cham", "s3cret") };
    let texts = Texts::with(TestApp::start().await, &[smsc_route("doithoai"), slow]).await;
    let taken = || (texts.counters("doithoai").accepted, texts.counters("cham").accepted);
    let write = async |phones: std::ops::Range<u32>| {
        for phone in phones {
            let phone = format!("8490555{phone:04}");
            texts.vendors.smsc().write(&phone, CODE, "xin huong dan thu tuc gia han giay phep xay dung nha xuong").expect("a person");
        }
        texts.settle().await;
        texts.pass(SignedDuration::from_secs(1));
    };
    // Nobody knows yet which one is slow.
    write(0..12).await;
    let first = taken();
    for begin in (12..36).step_by(6) {
        write(begin..begin + 6).await;
    }
    let last = taken();
    assert_eq!(last.0 + last.1, 36, "each once");
    let (fast, slow) = (last.0 - first.0, last.1 - first.1);
    assert!(slow * 2 < fast, "the slow one lost its share: {fast} and {slow} of the last 24");

    texts.vendors.smsc().set_silent("cham", true).expect("a route");
    texts.until("the silent link is given up", async || texts.app.city.links.session(texts.account, texts.routes[1]).is_none()).await;
    let before = texts.counters("doithoai").accepted;
    for number in 0..5 {
        texts.writes(&format!("8490666{number:04}"), "xin huong dan thu tuc gia han giay phep xay dung nha xuong").await;
        texts.pass(SignedDuration::from_secs(1));
    }
    assert_eq!(texts.counters("doithoai").accepted, before + 5, "the other takes them all");
    texts.vendors.smsc().set_silent("cham", false).expect("a route");
    texts.finish().await;
}

#[tokio::test]
async fn caps_and_numbers_that_are_not_written_to_are_told_to_the_officer() {
    let texts = Texts::start().await;
    set_limit(&texts.app.city, "sms_per_number_day", 2).await;
    texts.writes(PHONE, "hai quan giu lo hang 10 ngay chua thong quan").await;
    let case = texts.app.case().await;
    texts.writes(PHONE, &format!("KQ {}", case.code)).await;
    texts.pass(SignedDuration::from_mins(20));
    texts.writes(PHONE, &format!("KQ {}", case.code)).await;
    assert_eq!(texts.said(PHONE).len(), 2, "two a day");
    let states: Vec<(String, Option<String>)> =
        texts.app.messages(case.id).await.into_iter().filter(|m| m.direction == "out").map(|m| (m.state, m.state_reason)).collect();
    assert_eq!(states.last(), Some(&("failed".into(), Some("sms_cap".into()))), "{states:?}");
    let page = texts.app.officer("tiepnhan").await.page(&format!("/console/c/{}", case.code)).await;
    assert!(page.contains("đủ số tin cho phép trong ngày"), "the officer is told");
    texts.pass(SignedDuration::from_hours(24));
    texts.writes(PHONE, &format!("KQ {}", case.code)).await;
    assert_eq!(texts.said(PHONE).len(), 3, "tomorrow is another day");
    texts.pass(SignedDuration::from_secs(1));

    for (sender, reason) in [("14155550100", "sms_foreign"), ("8088", "sms_premium"), ("842838221234", "sms_fixed_line")] {
        texts.writes(sender, &format!("report of a company about import duty, {sender}")).await;
        texts.pass(SignedDuration::from_secs(1));
        let cases = texts.app.cases().await;
        let case = cases.last().expect("a case");
        assert_eq!(texts.state(case.id, "receipt").await, ("failed".into(), Some(reason.into())), "{sender}");
        assert!(texts.said(sender).is_empty());
    }
    // The same status, asked again the next day.
    texts.finish_told(1).await;
}

#[tokio::test]
async fn what_cannot_be_stored_is_asked_for_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let texts = Texts::with(TestApp::start_in(folder, u64::MAX).await, &[smsc_route("doithoai")]).await;
    texts.vendors.smsc().write(PHONE, CODE, "mat dien tu sang den gio").expect("a person");
    texts.until("it is refused", async || texts.counters("doithoai").refused_delivers > 0).await;
    let delivers = texts.vendors.smsc().delivers();
    let message = delivers.iter().find(|deliver| deliver.kind == DeliverKind::Message).expect("a message");
    assert!(message.attempts.iter().filter_map(|attempt| attempt.status).all(|status| status == 0x64), "try again later: {message:?}");
    texts.app.run_jobs().await;
    assert!(texts.app.cases().await.is_empty());
    texts.vendors.smsc().set_silent("doithoai", true).expect("a route");
    texts.finish_unsettled().await;
}
