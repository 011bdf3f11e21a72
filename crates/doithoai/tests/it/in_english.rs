//! Whoever writes in English is answered in English; whoever writes in Vietnamese, however typed, in Vietnamese.

use jiff::SignedDuration;
use reqwest::StatusCode;

use crate::app::{CITY_BOX, FIRM, TestApp};
use crate::journey::{ANSWER, done, taken_up};
use crate::letter::Letter;
use crate::sender::form;

const QUESTION: &str = "We have not received our VAT refund since March. Please let us know which papers are still missing.";

fn english(id: &str) -> Letter {
    Letter::new(FIRM, CITY_BOX, id).subject("VAT refund").text(QUESTION)
}

/// The newest mail to the firm.
async fn newest(app: &TestApp) -> String {
    app.run_jobs().await;
    app.outbox.to(FIRM).last().expect("a mail").mail().text.clone()
}

fn is_english(text: &str) -> bool {
    let english = text.starts_with("Dear Sir or Madam,");
    assert!(english != text.starts_with("Kính gửi anh/chị,"), "one of the two: {text}");
    assert_eq!(text.contains("1022 Ho Chi Minh City"), english, "not half and half: {text}");
    english
}

#[tokio::test]
async fn an_english_mail_gets_every_word_of_its_case_in_english() {
    let app = TestApp::start().await;
    let hook = app.mailbox(CITY_BOX, None).await;
    hook.deliver(&english("english")).await;
    let receipt = newest(&app).await;
    assert!(is_english(&receipt) && receipt.contains("We confirm the agency by"), "{receipt}");
    let case = app.case().await;
    assert_eq!(case.language, "en");

    let handler = app.officer("thue.nam").await;
    let case = taken_up(&app, &case, &handler).await;
    let routed = newest(&app).await;
    assert!(is_english(&routed) && routed.contains("Monday, 23 February 2026"), "the date in English words: {routed}");

    let question = [("question", "Which month is the declaration for?"), ("until", "2026-02-12")];
    let asked = done(&app, &handler, &case, "ask", &question).await;
    let question = newest(&app).await;
    assert!(is_english(&question) && question.contains("Which month is the declaration for?"), "{question}");
    let reply_to = app.outbox.to(FIRM).last().expect("a question").reply_to();
    hook.deliver(&Letter::new(FIRM, &reply_to, "march").text("For March.")).await;
    app.run_jobs().await;

    let case = app.reread(&asked).await;
    assert_eq!(case.stage, "working");
    let drafted = done(&app, &handler, &case, "reply", &ANSWER).await;
    let leader = app.officer("thue.oanh").await;
    done(&app, &leader, &drafted, "approve", &[]).await;
    let answer = newest(&app).await;
    assert!(is_english(&answer) && answer.contains(ANSWER[0].1), "what the officer wrote stands as it is: {answer}");
    app.finish().await;
}

#[tokio::test]
async fn vietnamese_however_typed_is_answered_in_vietnamese() {
    let app = TestApp::start().await;
    let hook = app.mailbox(CITY_BOX, None).await;
    for (number, text) in [
        "Kính gửi cơ quan thuế, hồ sơ hoàn thuế của chúng tôi nộp đã lâu chưa có kết quả.",
        "Kinh gui co quan thue, ho so hoan thue cua chung toi nop da lau chua co ket qua.",
        "Dear anh chi, em gui invoice va packing list, nho anh chi check giup. Thanks and best regards, HR Department of ABC Co., Ltd",
        "Help",
    ]
    .into_iter()
    .enumerate()
    {
        app.pass(SignedDuration::from_hours(1));
        hook.deliver(&Letter::new(FIRM, CITY_BOX, &format!("viet-{number}")).text(text)).await;
        assert!(!is_english(&newest(&app).await), "{text}");
    }
    assert_eq!(app.outbox.to(FIRM).len(), 4);
    app.finish().await;
}

#[tokio::test]
async fn a_mail_too_short_to_tell_is_answered_in_the_language_of_its_sender() {
    let app = TestApp::start().await;
    let hook = app.mailbox(CITY_BOX, None).await;
    hook.deliver(&english("long")).await;
    assert!(is_english(&newest(&app).await));
    app.pass(SignedDuration::from_mins(5));
    hook.deliver(&Letter::new(FIRM, CITY_BOX, "short").subject("Invoice").text("Any news?")).await;
    assert!(is_english(&newest(&app).await), "known to write English");
    let vietnamese = "Kính gửi cơ quan thuế, hồ sơ hoàn thuế của chúng tôi nộp đã lâu chưa có kết quả.";
    app.pass(SignedDuration::from_mins(5));
    hook.deliver(&Letter::new(FIRM, CITY_BOX, "viet").text(vietnamese)).await;
    assert!(!is_english(&newest(&app).await), "a case in Vietnamese of the same sender");

    // Each case goes on in the language it began in.
    let handler = app.officer("thue.nam").await;
    for (case, expected) in app.cases().await.iter().zip([true, true, false]) {
        taken_up(&app, case, &handler).await;
        assert_eq!(is_english(&newest(&app).await), expected);
    }
    app.finish().await;
}

#[tokio::test]
async fn the_web_form_is_answered_in_the_language_of_its_page() {
    let app = TestApp::start().await;
    app.mailbox(CITY_BOX, None).await;
    for (path, text, expected) in [("/gui?lang=en", "Giấy phép lao động hết hạn tháng sau.", true), ("/gui", QUESTION, false)] {
        let key = service::report::new_form_key(&app.city);
        let fields: Vec<(&str, &str)> =
            form(FIRM, &key).into_iter().map(|(name, value)| (name, if name == "text" { text } else { value })).collect();
        assert_eq!(app.anon().post(path, &fields).await.status(), StatusCode::SEE_OTHER);
        assert_eq!(is_english(&newest(&app).await), expected, "{path}");
    }
    app.finish().await;
}
