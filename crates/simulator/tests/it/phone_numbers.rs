//! The phone page where the phone is a phone: short messages and calls.

use simulator::pbx::{Cause, Hotline, Provider, Stage as Standing};
use simulator::smsc::Route;

use crate::phone::{page, press};
use crate::smsc::esme::{Esme, Submit};
use crate::stage::{OurSide, Stage};

/// The number of the first person who takes the phone.
const FIRST: &str = "84900000001";

async fn stage() -> (Stage, OurSide) {
    let stage = Stage::new().await;
    let ours = OurSide::start().await;
    stage.simulator.smsc().set_route(Route::new("doithoai", "s3cret").with_short_code("1022")).unwrap();
    stage.simulator.pbx().set_hotline(Hotline { webhook: Some(ours.url.clone()), ..Hotline::new("1022", Provider::Zammad) });
    press(&stage, "/phone/people", &[("name", "Cơ khí <b>Đông</b> Nam"), ("network", "sms")]).await;
    (stage, ours)
}

#[tokio::test]
async fn a_message_and_its_answer_with_what_it_cost() {
    let (stage, _ours) = stage().await;
    assert!(page(&stage, "network=sms&person=1").await.contains("Chưa có máy chủ nào nhận tin"));
    let mut esme = Esme::bound(stage.simulator.smsc().address(), "doithoai", "s3cret").await;
    let location = press(&stage, "/phone/sms/1/text", &[("text", "mat dien <script>")]).await;
    assert_eq!(location, "/?network=sms&person=1#viet");
    let delivered = esme.take(0).await;
    assert_eq!(
        (delivered.source.as_str(), delivered.destination.as_str(), delivered.text().as_str()),
        (FIRST, "1022", "mat dien <script>")
    );
    stage.simulator.settled().await;
    esme.submit(&Submit { registered: 0, ..Submit::new(FIRST, "1022 da nhan. Ma 26 4071 923 5.") }).await.message_id();
    for (number, text) in [(1, "a".repeat(150)), (2, "b".repeat(20))] {
        let short = [&[5, 0, 3, 9, 2, number], text.as_bytes()].concat();
        let part = Submit { esm_class: 0x40, registered: 0, short, ..Submit::new(FIRST, "") };
        esme.submit(&part).await.message_id();
    }
    esme.submit(&Submit { from: "8088", registered: 0, ..Submit::new(FIRST, "tu noi khac") }).await.message_id();
    let shown = page(&stage, "network=sms&person=1").await;
    assert!(shown.contains("mat dien &#60;script&#62;") && !shown.contains("mat dien <script>"), "{shown}");
    assert!(shown.contains("Ma 26 4071 923 5.") && shown.contains("1 đoạn, 350 đồng"), "{shown}");
    assert!(shown.contains("2 đoạn, 700 đồng") && shown.contains("8088: 1 đoạn"));
    assert!(shown.contains("Nhà mạng báo cho máy chủ: tin nhắn mới") && shown.contains("Máy chủ đã nhận (0x00)"));
    assert!(shown.contains("Máy chủ gọi Nhà mạng: gửi tin") && !shown.contains("Chưa có máy chủ nào"), "{shown}");
    assert!(!page(&stage, "network=zalo&person=1").await.contains("da nhan. Ma"), "each network has its own talk");
}

#[tokio::test]
async fn a_call_is_dialled_answered_passed_on_and_hung_up() {
    let (stage, ours) = stage().await;
    let shown = page(&stage, "network=call&person=1&number=102&digit=2").await;
    assert!(shown.contains("Gọi 1022</button>") && shown.contains("name=\"digit\" value=\"5\""), "{shown}");
    assert_eq!(press(&stage, "/call/1/dial", &[("number", "1022")]).await, "/?network=call&person=1#chat");
    assert!(press(&stage, "/call/1/dial", &[("number", "1022")]).await.contains("error=busy"));
    let shown = page(&stage, "network=call&person=1").await;
    assert!(shown.contains("Đang đổ chuông") && shown.contains("Máy 101, Trần Thị B"), "{shown}");
    let pbx = stage.simulator.pbx();
    let id = pbx.calls()[0].id.clone();
    press(&stage, "/call/1/answer", &[("call", &id), ("extension", "102")]).await;
    let shown = page(&stage, "network=call&person=1").await;
    assert!(shown.contains("Đang nói chuyện với máy 102, Lê Văn C"), "{shown}");
    press(&stage, "/call/1/transfer", &[("call", &id), ("extension", "101")]).await;
    stage.simulator.advance(jiff::SignedDuration::from_secs(80));
    press(&stage, "/call/1/hang_up", &[("call", &id)]).await;
    stage.simulator.settled().await;
    let shown = page(&stage, "network=call&person=1").await;
    assert!(shown.contains("Gọi 1022, đã nói 1 phút 20 giây") && shown.contains("cuộc gọi đã hết"), "{shown}");
    let events: Vec<_> = ours.take().iter().map(|post| post.json()["event"].as_str().unwrap().to_owned()).collect();
    assert_eq!(events, ["newCall", "answer", "answer", "hangup", "record"]);
}

#[tokio::test]
async fn nobody_answers_a_number_is_hidden_and_the_city_calls() {
    let (stage, ours) = stage().await;
    let pbx = stage.simulator.pbx();
    press(&stage, "/call/1/dial", &[("number", "1022"), ("hidden", "true")]).await;
    let id = pbx.calls()[0].id.clone();
    press(&stage, "/call/1/message", &[("call", &id)]).await;
    stage.simulator.settled().await;
    assert_eq!(ours.take()[0].json()["from"], "anonymous");
    let shown = page(&stage, "network=call&person=1").await;
    assert!(shown.contains("đã để lại lời nhắn"), "its owner knows it all the same: {shown}");

    let call = pbx.dial_out("1022", "101", FIRST).unwrap();
    let shown = page(&stage, "network=call&person=1").await;
    assert!(shown.contains("Đang gọi đến máy này") && shown.contains("Nghe máy"), "{shown}");
    press(&stage, "/phone/people", &[("name", "Chị Hoa"), ("network", "call")]).await;
    assert!(press(&stage, "/call/2/answer", &[("call", &call)]).await.contains("error=over"), "another's call");
    press(&stage, "/call/1/answer", &[("call", &call)]).await;
    assert_eq!(pbx.call(&call).unwrap().stage, Standing::Talking);
    press(&stage, "/call/1/hang_up", &[("call", &call)]).await;
    let call = pbx.dial_out("1022", "101", FIRST).unwrap();
    press(&stage, "/call/1/refuse", &[("call", &call)]).await;
    assert_eq!(pbx.call(&call).unwrap().cause, Some(Cause::Rejected));
    assert!(page(&stage, "network=call&person=1").await.contains("1022 gọi đến, bị từ chối"));
}

#[tokio::test]
async fn odd_presses_change_nothing() {
    let (stage, ours) = stage().await;
    assert!(press(&stage, "/call/1/dial", &[("number", "113")]).await.contains("error=number"));
    assert!(press(&stage, "/call/9/dial", &[("number", "1022")]).await.contains("error=missing"));
    assert!(press(&stage, "/call/1/hang_up", &[("call", "unknown")]).await.contains("error=over"));
    assert!(press(&stage, "/call/1/hang_up", &[]).await.contains("error=over"));
    let strange = stage.client.post(stage.url("/call/1/explode")).form(&[("call", "x")]).send().await.unwrap();
    assert_eq!(strange.status(), 400);
    assert!(press(&stage, "/phone/call/1/text", &[("text", "chào")]).await.contains("error="), "a call has no text");
    let shown = page(&stage, "network=call&person=1&number=%3Cscript%3E12&digit=%3C&error=number").await;
    assert!(shown.contains("Gọi 12</button>") && shown.contains("không có ai nghe"), "{shown}");
    assert!(ours.take().is_empty() && stage.simulator.pbx().calls().is_empty());
}
