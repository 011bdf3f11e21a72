//! A sender who is waited for is reminded on the day, once, and given up afterwards; silence after an answer closes it.

use store::cases::CaseRow;

use crate::app::{CITY_BOX, FIRM, Hook, TestApp};
use crate::journey::{accepted, answered, done};
use crate::letter::Letter;
use crate::sender::{report, value};

const QUESTION: &str = "Anh/chị gửi giúp tờ khai tháng 3.";

/// A case whose handling officer asked on Friday 6 February, to be answered until Tuesday.
async fn asked(app: &TestApp) -> CaseRow {
    let handler = app.officer("thue.nam").await;
    let case = accepted(app, &Letter::new(FIRM, CITY_BOX, "nhac"), &handler).await;
    app.set_clock("2026-02-06T09:00:00+07:00");
    let handler = app.officer("thue.nam").await;
    let case = done(app, &handler, &case, "ask", &[("question", QUESTION), ("until", "2026-02-10")]).await;
    app.run_timers().await;
    case
}

/// Subjects of what went to the firm since the last look.
fn since(app: &TestApp, seen: &mut usize) -> Vec<String> {
    let all = app.outbox.to(FIRM);
    let new = all.iter().skip(*seen).map(|sent| sent.mail().subject.clone()).collect();
    *seen = all.len();
    new
}

async fn at(app: &TestApp, moment: &str, seen: &mut usize) -> Vec<String> {
    app.set_clock(moment);
    app.run_timers().await;
    app.run_timers().await;
    since(app, seen)
}

#[tokio::test]
async fn a_question_is_put_once_more_and_then_given_up() {
    let app = TestApp::start().await;
    let case = asked(&app).await;
    let mut seen = app.outbox.to(FIRM).len();
    assert!(at(&app, "2026-02-09T07:59:59+07:00", &mut seen).await.is_empty(), "not before Monday morning");
    let reminded = at(&app, "2026-02-09T08:00:00+07:00", &mut seen).await;
    assert_eq!(reminded.len(), 1, "{reminded:?}");
    assert!(reminded[0].contains("chúng tôi vẫn chờ anh/chị bổ sung"), "{reminded:?}");
    let mail = app.outbox.to(FIRM).pop().expect("a reminder");
    assert!(mail.mail().text.contains(QUESTION) && mail.mail().text.contains("10/02"), "what, and until when: {}", mail.mail().text);
    assert_eq!(mail.field("auto-submitted"), "auto-generated", "a machine's mail");
    assert!(mail.reply_to().starts_with(&format!("phananh+c-{}.", case.code)), "an answer to it joins the case");
    assert_eq!(app.events(case.id).await.last().map(String::as_str), Some("remind"));
    assert!(at(&app, "2026-02-09T15:00:00+07:00", &mut seen).await.is_empty(), "once");
    let officer = app.officer("thue.nam").await;
    let page = officer.page(&format!("/console/c/{}", case.code)).await;
    assert!(page.contains("nhắc người gửi bổ sung"), "the officer sees it: {page}");

    assert!(at(&app, "2026-02-10T23:00:00+07:00", &mut seen).await.is_empty());
    assert_eq!(app.reread(&case).await.stage, "waiting", "the day is not over");
    let closed = at(&app, "2026-02-11T00:00:01+07:00", &mut seen).await;
    assert_eq!((closed.len(), app.reread(&case).await.label.as_str()), (1, "closed"), "{closed:?}");
    assert_eq!(app.events(case.id).await.iter().filter(|kind| *kind == "remind").count(), 1);
    app.finish().await;
}

#[tokio::test]
async fn whoever_answered_is_not_reminded() {
    let app = TestApp::start().await;
    let case = asked(&app).await;
    let reply_to = app.outbox.to(FIRM).last().expect("a question").reply_to();
    let account = app.city.reference().mailboxes[0].id;
    let letter = Letter::new(FIRM, &reply_to, "to-khai").text("Tờ khai đây ạ.");
    Hook::of(&app.city, &app.url, account).await.deliver(&letter).await;
    app.run_jobs().await;
    assert_eq!(app.reread(&case).await.stage, "working");
    let mut seen = app.outbox.to(FIRM).len();
    assert!(at(&app, "2026-02-12T09:00:00+07:00", &mut seen).await.is_empty());
    app.finish().await;
}

#[tokio::test]
async fn a_program_that_stood_still_reminds_before_it_gives_up() {
    let app = TestApp::start().await;
    let case = asked(&app).await;
    let mut seen = app.outbox.to(FIRM).len();
    // Monday, Tuesday and the date went by.
    let reminded = at(&app, "2026-02-11T10:00:00+07:00", &mut seen).await;
    assert_eq!(reminded.len(), 1, "{reminded:?}");
    assert_eq!(app.reread(&case).await.stage, "waiting");
    let text = app.outbox.to(FIRM).pop().expect("a reminder").mail().text.clone();
    assert!(text.contains("12/02"), "with the working day that a reminder leaves: {text}");
    let closed = at(&app, "2026-02-13T00:00:01+07:00", &mut seen).await;
    assert_eq!((closed.len(), app.reread(&case).await.label.as_str()), (1, "closed"));
    app.finish().await;
}

/// A case about the conduct of an official, which waits until its sender has proven the contact.
async fn unproven(app: &TestApp) -> CaseRow {
    app.mailbox(CITY_BOX, None).await;
    let (case, _) = report(app, FIRM).await;
    let operator = app.officer("tiepnhan").await;
    let lead = app.city.reference().agency("thue-tp").expect("the tax office").id.to_string();
    let decided = [("track", "CB"), ("field", "tax"), ("urgency", "normal"), ("lead", lead.as_str()), ("why", "Thái độ cán bộ")];
    let case = done(app, &operator, &case, "route", &decided).await;
    assert_eq!(case.label, "verify");
    app.run_timers().await;
    case
}

#[tokio::test]
async fn who_has_to_prove_the_contact_is_reminded_twice() {
    let app = TestApp::start().await;
    let case = unproven(&app).await;
    let mut seen = app.outbox.to(FIRM).len();
    // Five working days from Thursday 5 February: until Thursday 12; four and two working days before it.
    for (quiet, loud) in
        [("2026-02-06T07:00:00+07:00", "2026-02-06T08:00:00+07:00"), ("2026-02-10T07:00:00+07:00", "2026-02-10T08:00:00+07:00")]
    {
        assert!(at(&app, quiet, &mut seen).await.is_empty(), "{quiet}");
        let reminded = at(&app, loud, &mut seen).await;
        assert_eq!(reminded.len(), 1, "{loud}: {reminded:?}");
        assert!(reminded[0].contains("xác nhận liên hệ"), "{reminded:?}");
    }
    assert!(at(&app, "2026-02-12T20:00:00+07:00", &mut seen).await.is_empty());
    let given_up = at(&app, "2026-02-13T00:00:01+07:00", &mut seen).await;
    assert_eq!((given_up.len(), app.reread(&case).await.label.as_str()), (1, "withdrawn"));
    app.finish().await;
}

#[tokio::test]
async fn who_has_proven_the_contact_is_left_alone() {
    let app = TestApp::start().await;
    let case = unproven(&app).await;
    let browser = app.anon();
    let answer = browser.post(&format!("/ho-so/{}/ma", case.code), &[("contact", FIRM)]).await;
    let id = value(&answer.text().await.expect("a page"), "id");
    app.run_jobs().await;
    let digits: String = app.outbox.to(FIRM).pop().expect("a code").mail().subject.chars().take(6).collect();
    browser.post(&format!("/ho-so/{}/ma/nhap", case.code), &[("id", &id), ("digits", &digits)]).await;
    assert_eq!(app.reread(&case).await.label, "screen", "the operator goes on");
    let mut seen = app.outbox.to(FIRM).len();
    assert!(at(&app, "2026-02-11T09:00:00+07:00", &mut seen).await.is_empty());
    app.finish().await;
}

#[tokio::test]
async fn fifteen_days_of_silence_close_an_answered_case_at_the_end_of_the_day() {
    let app = TestApp::start().await;
    let handler = app.officer("thue.nam").await;
    let case = accepted(&app, &Letter::new(FIRM, CITY_BOX, "im-lang"), &handler).await;
    let case = answered(&app, &case, &handler).await;
    app.set_clock("2026-02-20T23:59:00+07:00");
    app.run_timers().await;
    assert_eq!(app.reread(&case).await.stage, "answered");
    assert_eq!(app.reread(&case).await.timer_at, Some(crate::app::end_of("2026-02-20").as_microsecond()), "and nobody tries before");
    app.set_clock("2026-02-21T00:00:01+07:00");
    app.run_timers().await;
    assert_eq!(app.reread(&case).await.label, "closed");
    app.finish().await;
}
