//! A case from the first mail to the answer that arrives, and every way a mail may or may not join one.

use domain::case::{Action, Refused};
use domain::track::{Track, Urgency};
use reqwest::StatusCode;
use service::act::Routing;
use service::answer::{Parts, Written};
use store::cases::CaseRow;

use crate::app::{Actor, CITY_BOX, FIRM, TestApp, end_of};
use crate::letter::Letter;

/// What an operator decides of a tax question.
pub fn routing(app: &TestApp, track: Track) -> Routing {
    Routing {
        track,
        field: "tax".into(),
        urgency: Urgency::Normal,
        lead: app.city.reference().agency("thue-tp").expect("the tax office").id,
        co: Vec::new(),
        why: "Lĩnh vực thuế".into(),
        title: String::new(),
    }
}

pub fn parts() -> Parts {
    Parts {
        checked: "Đã đối chiếu hồ sơ hoàn thuế số 4417.".into(),
        legal_basis: "Luật Quản lý thuế, Điều 75.".into(),
        next_steps: "Kết quả được gửi trong tuần này.".into(),
        contact_line: "Phòng Hỗ trợ người nộp thuế, 028 1022.".into(),
    }
}

/// The same as the console's forms send it.
pub const ANSWER: [(&str, &str); 4] = [
    ("checked", "Đã đối chiếu hồ sơ hoàn thuế số 4417."),
    ("legal_basis", "Luật Quản lý thuế, Điều 75."),
    ("next_steps", "Kết quả được gửi trong tuần này."),
    ("contact_line", "Phòng Hỗ trợ người nộp thuế, 028 1022."),
];

pub async fn done(app: &TestApp, actor: &Actor, case: &CaseRow, act: &str, form: &[(&str, &str)]) -> CaseRow {
    let answer = actor.act(case, act, form).await;
    let status = answer.status();
    assert_eq!(status, StatusCode::SEE_OTHER, "{act}: {}", answer.text().await.unwrap_or_default());
    app.reread(case).await
}

/// One mail in, screened, routed to the tax office and accepted there by `handler`.
pub async fn accepted(app: &TestApp, letter: &Letter, handler: &Actor) -> CaseRow {
    let hook = app.mailbox(CITY_BOX, None).await;
    hook.deliver(letter).await;
    app.run_jobs().await;
    taken_up(app, &app.case().await, handler).await
}

/// Routed to the tax office by the operator.
pub async fn routed(app: &TestApp, case: &CaseRow) -> CaseRow {
    let operator = app.officer("tiepnhan").await;
    let lead = routing(app, Track::Question).lead.to_string();
    let decided = [("track", "HD"), ("field", "tax"), ("urgency", "normal"), ("lead", lead.as_str()), ("why", "Lĩnh vực thuế")];
    done(app, &operator, case, "route", &decided).await
}

/// A case that came in, routed to the tax office and accepted there by `handler`.
pub async fn taken_up(app: &TestApp, case: &CaseRow, handler: &Actor) -> CaseRow {
    let case = routed(app, case).await;
    done(app, handler, &case, "accept", &[]).await
}

/// A routed case, accepted, answered and approved by the tax office.
pub async fn accepted_and_answered(app: &TestApp, case: &CaseRow) -> CaseRow {
    let handler = app.officer("thue.nam").await;
    let accepted = done(app, &handler, case, "accept", &[]).await;
    answered(app, &accepted, &handler).await
}

/// The case with its answer approved.
pub async fn answered(app: &TestApp, case: &CaseRow, handler: &Actor) -> CaseRow {
    let drafted = done(app, handler, case, "reply", &ANSWER).await;
    let leader = app.officer("thue.oanh").await;
    done(app, &leader, &drafted, "approve", &[]).await
}

#[tokio::test]
async fn a_mail_becomes_a_case_that_is_routed_answered_approved_and_answered_by_mail() {
    let app = TestApp::start().await;
    let handler = app.officer("thue.nam").await;
    let letter = Letter::new(&format!("Kế toán <{FIRM}>"), CITY_BOX, "hoan-thue-1");
    let case = accepted(&app, &letter, &handler).await;
    app.run_jobs().await;

    // The receipt is a machine's answer to this very mail, and its Reply-To leads back to the case.
    let sent = app.outbox.to(FIRM);
    let receipt = &sent[0];
    assert_eq!(receipt.field("in-reply-to"), format!("<{}>", letter.id));
    assert!(receipt.field("auto-submitted").starts_with("auto-"), "{}", receipt.field("auto-submitted"));
    assert!(receipt.reply_to().starts_with(&format!("phananh+c-{}.", case.code)), "{}", receipt.reply_to());
    assert!(receipt.mail().text.contains(&service::change::shown_code(&case.code)), "the receipt names the code");
    assert!(receipt.return_path.starts_with("phananh+b-"), "a bounce finds its message: {}", receipt.return_path);

    // Only routing makes a due date: seven working days from Thursday 5 February, Tết between (16-20 February off).
    assert_eq!(case.due_at, Some(end_of("2026-02-23").as_microsecond()));
    assert!(sent[1].mail().text.contains("23/02"), "the sender is told the due date: {}", sent[1].mail().text);

    let drafted = done(&app, &handler, &case, "reply", &ANSWER).await;
    assert_eq!(drafted.stage, "approval");
    app.run_jobs().await;
    assert_eq!(app.outbox.to(FIRM).len(), 2, "a draft goes nowhere");

    assert_eq!(handler.act(&drafted, "approve", &[]).await.status(), StatusCode::UNPROCESSABLE_ENTITY, "his own draft");
    let stranger = app.officer("attp.lam").await;
    assert_eq!(stranger.act(&drafted, "approve", &[]).await.status(), StatusCode::NOT_FOUND, "not this agency's case");
    assert_eq!(app.reread(&case).await.version, drafted.version);
    let leader = app.officer("thue.oanh").await;
    let answered = done(&app, &leader, &drafted, "approve", &[]).await;
    assert_eq!(answered.stage, "answered");
    app.run_jobs().await;

    let sent = app.outbox.to(FIRM);
    let answer = sent.last().expect("an answer").clone();
    assert!(answer.mail().text.contains("hồ sơ hoàn thuế số 4417"), "{}", answer.mail().text);
    assert_eq!(answer.field("in-reply-to"), format!("<{}>", letter.id));
    assert_eq!(answer.field("auto-submitted"), "", "a person wrote it");
    assert!(app.messages(case.id).await.iter().filter(|m| m.direction == "out").all(|m| m.state == "sent"));

    // The link in a mail opens the thread, in which the answer stands.
    let receipt = receipt.mail().text;
    let link = receipt.split_whitespace().find_map(|word| word.strip_prefix(crate::app::PUBLIC)).expect("a link");
    let opened = app.anon().get(link).await;
    assert_eq!(opened.status(), StatusCode::SEE_OTHER, "{link}");
    let cookie = opened.headers()["set-cookie"].to_str().expect("letters").split(';').next().unwrap_or_default().to_owned();
    let clean = opened.headers()["location"].to_str().expect("an address").to_owned();
    assert!(!clean.contains(link.rsplit('/').next().unwrap_or(link)), "the address keeps no secret");
    let page = app.anon().with_cookie(&cookie).page(&clean).await;
    assert!(page.contains("hồ sơ hoàn thuế số 4417"), "the sender reads the answer");
    app.finish().await;
}

#[tokio::test]
async fn nobody_approves_what_he_drafted_even_as_a_leader() {
    let app = TestApp::start().await;
    let both = app.officer("thue.dung").await;
    let case = accepted(&app, &Letter::new(FIRM, CITY_BOX, "tu-duyet"), &both).await;
    service::answer::write(&app.city, both.officer(), case.id, case.version, parts(), Vec::new()).await.expect("a draft");
    let case = app.reread(&case).await;
    let own = service::answer::approve(&app.city, both.officer(), case.id, case.version).await;
    assert!(matches!(own, Err(service::Error::Refused(Refused::Guard(domain::case::GuardCode::SamePerson)))), "his own draft: {own:?}");
    assert_eq!(app.reread(&case).await.stage, "approval");
    app.finish().await;
}

#[tokio::test]
async fn due_dates_skip_tet_and_count_days_that_were_swapped() {
    // From domain §2.2; the field track has five working days.
    for (received, due) in [
        ("2026-02-05T09:00:00+07:00", "2026-02-12"),
        ("2026-02-13T09:00:00+07:00", "2026-02-27"),
        ("2026-01-02T09:00:00+07:00", "2026-01-09"),
        ("2026-01-05T09:00:00+07:00", "2026-01-10"),
    ] {
        let app = TestApp::start().await;
        app.set_clock(received);
        let hook = app.mailbox(CITY_BOX, None).await;
        hook.deliver(&Letter::new(FIRM, CITY_BOX, "han")).await;
        app.run_jobs().await;
        let case = app.case().await;
        let operator = app.officer("tiepnhan").await;
        let routed =
            service::act::route(&app.city, operator.officer(), case.id, case.version, routing(&app, Track::Field)).await.expect("routed");
        assert_eq!(routed.due_at, Some(end_of(due).as_microsecond()), "received {received}");
        app.finish().await;
    }
}

#[tokio::test]
async fn a_forged_signature_is_refused_and_nothing_is_stored() {
    let app = TestApp::start().await;
    let hook = app.mailbox(CITY_BOX, None).await;
    let body = Letter::new(FIRM, CITY_BOX, "gia-mao").bytes();
    let right = hook.sign(&body);
    let mut wrong = right.clone();
    wrong.replace_range(wrong.len() - 1.., if right.ends_with('0') { "1" } else { "0" });
    for signature in [wrong.as_str(), "", "sha256=", "sha256=zz", &right[..right.len() - 2], &right["sha256=".len()..]] {
        assert_eq!(hook.try_deliver(body.clone(), signature).await.expect("an answer"), StatusCode::FORBIDDEN, "{signature}");
    }
    let mut altered = body.clone();
    altered.push(b'!');
    assert_eq!(hook.try_deliver(altered, &right).await.expect("an answer"), StatusCode::FORBIDDEN);
    let stored = store::deliveries_in::bodies_after(&mut app.city.db.read(), uuid::Uuid::nil(), 10).await.expect("deliveries");
    assert!(stored.is_empty());
    assert_eq!(hook.deliver_raw(body).await, StatusCode::ACCEPTED, "the right one is taken");
    app.finish().await;
}

#[tokio::test]
async fn the_same_mail_delivered_five_times_is_one_message_and_one_receipt() {
    let app = TestApp::start().await;
    let hook = app.mailbox(CITY_BOX, None).await;
    let letter = Letter::new(FIRM, CITY_BOX, "nam-lan");
    for round in 0..5 {
        hook.deliver(&letter).await;
        if round == 2 {
            app.run_jobs().await;
        }
    }
    app.run_jobs().await;
    let case = app.case().await;
    let messages = app.messages(case.id).await;
    assert_eq!(messages.iter().filter(|m| m.direction == "in").count(), 1);
    assert_eq!(app.outbox.to(FIRM).len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn one_mail_that_comes_by_two_ways_is_one_message_and_two_with_one_id_stay_two() {
    let app = TestApp::start().await;
    let hook = app.mailbox(CITY_BOX, None).await;
    let letter = Letter::new(FIRM, CITY_BOX, "hai-duong");
    hook.deliver(&letter).await;
    app.run_jobs().await;
    // The same, as another server hands it over: other traces, other line ends, and nothing else.
    let trace = "Return-Path: <ketoan@doanhnghiep.example>\r\nDelivered-To: phananh@example.gov.vn\r\n\
         Received: from mx2.example.gov.vn (mx2 [192.0.2.2])\r\n\tby mail; Thu, 5 Feb 2026 09:00:01 +0700\r\n\
         Authentication-Results: mx2; spf=pass\r\n";
    let other = [trace.as_bytes(), &letter.bytes()].concat();
    let bare = String::from_utf8(other.clone()).expect("text").replace("\r\n", "\n").into_bytes();
    for body in [other, bare] {
        assert_eq!(hook.deliver_raw(body).await, StatusCode::ACCEPTED);
    }
    app.run_jobs().await;
    let case = app.case().await;
    assert_eq!(app.messages(case.id).await.iter().filter(|message| message.direction == "in").count(), 1);
    assert_eq!(app.outbox.to(FIRM).len(), 1, "one receipt");
    let stored = store::deliveries_in::bodies_after(&mut app.city.db.read(), uuid::Uuid::nil(), 10).await.expect("deliveries");
    assert_eq!(stored.len(), 3, "each delivery is kept as it came");

    // A sender whose program uses one Message-ID for every mail.
    hook.deliver(&letter.clone().text("Một việc khác: chúng tôi xin cấp lại mã số thuế.")).await;
    hook.deliver(&letter.clone().subject("Việc thứ ba")).await;
    app.run_jobs().await;
    assert_eq!(app.cases().await.len(), 3, "different mails stay different");
    app.finish().await;
}

#[tokio::test]
async fn a_reply_to_the_token_joins_and_a_strangers_reply_waits_for_an_officer() {
    let app = TestApp::start().await;
    let hook = app.mailbox(CITY_BOX, None).await;
    hook.deliver(&Letter::new(FIRM, CITY_BOX, "goc")).await;
    app.run_jobs().await;
    let case = app.case().await;
    let reply_to = app.outbox.to(FIRM)[0].reply_to();

    app.pass(jiff::SignedDuration::from_mins(5));
    hook.deliver(&Letter::new(FIRM, &reply_to, "tra-loi").subject("Re: khác hẳn").text("Tôi gửi thêm số biên nhận 4417.")).await;
    hook.deliver(&Letter::new("la@kefoe.example", &reply_to, "nguoi-la").text("Tôi là đồng nghiệp.")).await;
    app.run_jobs().await;

    assert_eq!(app.cases().await.len(), 1);
    let messages = app.messages(case.id).await;
    let joined: Vec<(&str, bool)> =
        messages.iter().filter(|m| m.direction == "in").map(|m| (m.text.lines().next().unwrap_or_default(), m.unconfirmed)).collect();
    assert!(joined.contains(&("Tôi gửi thêm số biên nhận 4417.", false)), "{joined:?}");
    assert!(joined.contains(&("Tôi là đồng nghiệp.", true)), "{joined:?}");
    assert!(app.outbox.to("la@kefoe.example").is_empty(), "a stranger gets no word of the case");
    app.finish().await;
}

#[tokio::test]
async fn a_stranger_who_quotes_code_and_references_begins_an_own_case() {
    let app = TestApp::start().await;
    let hook = app.mailbox(CITY_BOX, None).await;
    let first = Letter::new(FIRM, CITY_BOX, "cua-toi");
    hook.deliver(&first).await;
    app.run_jobs().await;
    let case = app.case().await;
    let receipt = app.outbox.to(FIRM).remove(0);
    let receipt_id = receipt.mail().message_id.expect("an id");

    let code = service::change::shown_code(&case.code);
    let thief = "trom@kefoe.example";
    hook.deliver(&Letter::new(thief, CITY_BOX, "trom-1").subject(&format!("Re: hồ sơ {code}")).answering(&receipt_id)).await;
    // A token with a wrong seal is as good as none, even with right references from the right address.
    let forged = receipt.reply_to().replace("@", "x@");
    hook.deliver(&Letter::new(FIRM, &forged, "sai-dau").answering(&receipt_id)).await;
    app.run_jobs().await;

    let cases = app.cases().await;
    assert_eq!(cases.len(), 3);
    assert_eq!(app.messages(case.id).await.iter().filter(|m| m.direction == "in").count(), 1, "nobody was let in");
    let stolen = cases.iter().find(|row| row.id != case.id && row.hint_case_id == Some(case.id));
    assert!(stolen.is_some(), "the operator gets the hint");
    assert!(app.outbox.to(thief).iter().all(|sent| !sent.mail().text.contains(&code)), "the stranger learns nothing");
    app.finish().await;
}

#[tokio::test]
async fn a_known_address_joins_by_references_or_by_the_code_in_the_subject() {
    let app = TestApp::start().await;
    let hook = app.mailbox(CITY_BOX, None).await;
    hook.deliver(&Letter::new(FIRM, CITY_BOX, "mot")).await;
    app.run_jobs().await;
    let case = app.case().await;
    let receipt_id = app.outbox.to(FIRM)[0].mail().message_id.expect("an id");
    let code = service::change::shown_code(&case.code);
    hook.deliver(&Letter::new(FIRM, CITY_BOX, "hai").answering(&receipt_id)).await;
    hook.deliver(&Letter::new(FIRM, CITY_BOX, "ba").subject(&format!("Bổ sung hồ sơ {code}"))).await;
    // Our own MX says that somebody else wrote it.
    let failed = "Authentication-Results: mx.example.gov.vn; dmarc=fail header.from=doanhnghiep.example";
    hook.deliver(&Letter::new(FIRM, CITY_BOX, "bon").answering(&receipt_id).header(failed.into())).await;
    app.run_jobs().await;
    assert_eq!(app.messages(case.id).await.iter().filter(|m| m.direction == "in").count(), 3);
    assert_eq!(app.cases().await.len(), 2, "the one that fails DMARC stands alone");
    app.finish().await;
}

#[tokio::test]
async fn machines_open_no_case_and_get_no_receipt() {
    let app = TestApp::start().await;
    let hook = app.mailbox(CITY_BOX, None).await;
    let away = Letter::new(FIRM, CITY_BOX, "vang-mat").subject("Tự động: tôi đang nghỉ phép").header("Auto-Submitted: auto-replied".into());
    hook.deliver(&away).await;
    hook.deliver(&Letter::new(CITY_BOX, CITY_BOX, "chinh-minh")).await;
    app.run_jobs().await;
    assert!(app.cases().await.is_empty());
    assert!(app.outbox.all().is_empty());
    app.finish().await;
}

#[tokio::test]
async fn the_field_track_is_answered_at_once_and_the_sender_is_asked_in_between() {
    let app = TestApp::start().await;
    let hook = app.mailbox(CITY_BOX, None).await;
    hook.deliver(&Letter::new(FIRM, CITY_BOX, "hien-truong")).await;
    app.run_jobs().await;
    let case = app.case().await;
    let operator = app.officer("tiepnhan").await;
    let handler = app.officer("thue.nam").await;
    let case =
        service::act::route(&app.city, operator.officer(), case.id, case.version, routing(&app, Track::Field)).await.expect("routed");
    let accept = Action::Accept { officer: handler.officer().id };
    let case = service::act::act(&app.city, handler.officer(), case.id, case.version, accept).await.expect("accepted");
    let until = service::act::latest_question_date(&app.city);
    let ask = Action::AskInfo { question: "Anh chị gửi giúp ảnh biên nhận.".into(), until };
    let asked = service::act::act(&app.city, handler.officer(), case.id, case.version, ask).await.expect("asked");
    assert_eq!((asked.stage.as_str(), asked.clock_at), ("waiting", None), "the clock stands while we wait");
    app.run_jobs().await;

    app.pass(jiff::SignedDuration::from_hours(24));
    let reply_to = app.outbox.to(FIRM).last().expect("a question").reply_to();
    hook.deliver(&Letter::new(FIRM, &reply_to, "anh-bien-nhan").text("Ảnh đây ạ.")).await;
    app.run_jobs().await;
    let case = app.reread(&case).await;
    assert_eq!(case.stage, "working", "the answer starts the clock again");
    assert!(case.due_at > asked.due_at, "a day of waiting is given back: {:?} {:?}", case.due_at, asked.due_at);

    let sent = service::answer::write(&app.city, handler.officer(), case.id, case.version, parts(), Vec::new()).await.expect("answered");
    assert_eq!(sent, Written::Sent);
    app.run_jobs().await;
    let answer = app.outbox.to(FIRM).pop().expect("an answer");
    assert_eq!(answer.field("in-reply-to"), "<anh-bien-nhan@doanhnghiep.example>", "it answers the newest mail");
    app.finish().await;
}

#[tokio::test]
async fn receipts_to_one_address_are_capped_but_every_mail_is_a_case() {
    let app = TestApp::start().await;
    let hook = app.mailbox(CITY_BOX, None).await;
    let per_hour = usize::try_from(app.city.reference().number("receipts_per_hour").expect("a limit")).expect("small");
    for number in 0..per_hour + 3 {
        hook.deliver(&Letter::new(FIRM, CITY_BOX, &format!("nhieu-{number}"))).await;
    }
    app.run_jobs().await;
    assert_eq!(app.cases().await.len(), per_hour + 3);
    assert_eq!(app.outbox.to(FIRM).len(), per_hour);
    app.finish().await;
}
