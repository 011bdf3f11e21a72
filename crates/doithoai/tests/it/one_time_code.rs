//! Reading again without the link: six digits that go to the stored contact and nowhere else.

use jiff::SignedDuration;
use reqwest::{Response, StatusCode};

use crate::app::{Actor, CITY_BOX, FIRM, TestApp};
use crate::sender::{TEXT, cookie, location, report, value, without_codes};

const OTHER: &str = "khac@doanhnghiep.example";

async fn ask(browser: &Actor, code: &str, contact: &str) -> Response {
    browser.post(&format!("/ho-so/{code}/ma"), &[("contact", contact)]).await
}

/// Asks and answers the id that belongs to the digits.
async fn asked(browser: &Actor, code: &str, contact: &str) -> String {
    let answer = ask(browser, code, contact).await;
    assert_eq!(answer.status(), StatusCode::OK);
    value(&answer.text().await.expect("a page"), "id")
}

async fn type_in(browser: &Actor, code: &str, id: &str, digits: &str) -> Response {
    browser.post(&format!("/ho-so/{code}/ma/nhap"), &[("id", id), ("digits", digits)]).await
}

/// The digits of the newest code that was mailed to this address.
async fn mailed(app: &TestApp, contact: &str) -> String {
    app.run_jobs().await;
    let sent = app.outbox.to(contact);
    let mail = sent.iter().rev().map(|sent| sent.mail()).find(|mail| mail.subject.contains("là mã xác nhận")).expect("a code was sent");
    mail.subject.chars().take(6).collect()
}

fn wrong(digits: &str) -> String {
    format!("{:06}", (digits.parse::<u32>().expect("digits") + 1) % 1_000_000)
}

#[tokio::test]
async fn the_right_code_lets_in_once() {
    let app = TestApp::start().await;
    app.mailbox(CITY_BOX, None).await;
    let (case, _) = report(&app, FIRM).await;
    let browser = app.anon();
    // As people type: the address in capitals, the code with dots and letters.
    let typed = format!("DT {}", web::parts::spaced(&case.code).replace('\u{a0}', "."));
    let id = asked(&browser, &typed, &FIRM.to_uppercase()).await;
    let digits = mailed(&app, FIRM).await;
    let opened = type_in(&browser, &case.code, &id, &format!("{} {}", &digits[..3], &digits[3..])).await;
    assert_eq!(opened.status(), StatusCode::SEE_OTHER);
    assert_eq!(location(&opened), format!("/ho-so/{}", case.code));
    let pass = cookie(&opened).expect("a pass");
    let page = app.anon().with_cookie(&pass).page(&format!("/ho-so/{}", case.code)).await;
    assert!(page.contains(TEXT), "the thread is there");

    let again = type_in(&browser, &case.code, &id, &digits).await;
    assert_eq!(again.status(), StatusCode::UNPROCESSABLE_ENTITY, "a code is used once");
    assert!(again.text().await.expect("a page").contains("Mã chưa đúng hoặc đã hết hạn"));
    app.finish().await;
}

#[tokio::test]
async fn five_wrong_tries_lock_the_code_but_not_the_sender() {
    let app = TestApp::start().await;
    app.mailbox(CITY_BOX, None).await;
    let (case, _) = report(&app, FIRM).await;
    let browser = app.anon();
    let id = asked(&browser, &case.code, FIRM).await;
    let digits = mailed(&app, FIRM).await;
    for _ in 0..5 {
        let refused = type_in(&browser, &case.code, &id, &wrong(&digits)).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(cookie(&refused).is_none());
    }
    let late = type_in(&browser, &case.code, &id, &digits).await;
    assert_eq!(late.status(), StatusCode::UNPROCESSABLE_ENTITY, "the sixth try finds it locked, though it is right");
    assert!(cookie(&late).is_none());

    let id = asked(&browser, &case.code, FIRM).await;
    let digits = mailed(&app, FIRM).await;
    for _ in 0..4 {
        type_in(&browser, &case.code, &id, &wrong(&digits)).await;
    }
    assert_eq!(type_in(&browser, &case.code, &id, &digits).await.status(), StatusCode::SEE_OTHER, "four mistakes are forgiven");
    app.finish().await;
}

#[tokio::test]
async fn a_code_lives_ten_minutes() {
    let app = TestApp::start().await;
    app.mailbox(CITY_BOX, None).await;
    let (case, _) = report(&app, FIRM).await;
    let browser = app.anon();
    for (waited, status) in
        [(SignedDuration::from_secs(599), StatusCode::SEE_OTHER), (SignedDuration::from_secs(601), StatusCode::UNPROCESSABLE_ENTITY)]
    {
        let id = asked(&browser, &case.code, FIRM).await;
        let digits = mailed(&app, FIRM).await;
        app.pass(waited);
        assert_eq!(type_in(&browser, &case.code, &id, &digits).await.status(), status, "after {waited:?}");
    }
    app.finish().await;
}

#[tokio::test]
async fn whether_code_and_contact_belong_together_is_never_told() {
    let app = TestApp::start().await;
    app.mailbox(CITY_BOX, None).await;
    let (case, _) = report(&app, FIRM).await;
    let (others, _) = report(&app, OTHER).await;
    app.run_jobs().await;
    let before = app.outbox.all().len();
    let mut mistyped = case.code.clone();
    let last = mistyped.pop().expect("a check digit");
    mistyped.push(if last == '0' { '1' } else { '0' });
    let browser = app.anon();
    let mut answers = Vec::new();
    for (code, contact) in [
        (case.code.as_str(), FIRM),
        (case.code.as_str(), OTHER),
        (others.code.as_str(), FIRM),
        (mistyped.as_str(), FIRM),
        ("2640719235", FIRM),
        ("1", FIRM),
        (case.code.as_str(), "0901 234 567"),
    ] {
        let (status, page) = without_codes(ask(&browser, code, contact).await, &[]).await;
        let id = value(&page, "id");
        let page = page.replace(&id, "ID").replace(&format!("/ho-so/{code}/"), "/ho-so/MÃ/");
        answers.push((status, page, id));
    }
    let (status, page, _) = &answers[0];
    assert_eq!(*status, StatusCode::OK);
    for (number, (other_status, other_page, _)) in answers.iter().enumerate() {
        assert_eq!((other_status, other_page), (status, page), "answer {number}");
    }
    let digits = mailed(&app, FIRM).await;
    assert_eq!(app.outbox.all().len(), before + 1, "one of them was the right one");
    assert!(app.outbox.to(OTHER).iter().all(|sent| !sent.mail().subject.contains("mã xác nhận")));
    // The digits of the right one open nothing under the ids of the others, and failing looks the same everywhere.
    let mut refusals = Vec::new();
    for (_, _, id) in answers.iter().skip(1) {
        let (status, page) = without_codes(type_in(&browser, &case.code, id, &digits).await, &[&case.code]).await;
        refusals.push((status, page.replace(id.as_str(), "ID")));
    }
    let unknown = type_in(&browser, &case.code, "00000000000000000000000000000001", &digits).await;
    let (status, page) = without_codes(unknown, &[&case.code]).await;
    let unknown = (status, page.replace("00000000000000000000000000000001", "ID"));
    assert_eq!(unknown.0, StatusCode::UNPROCESSABLE_ENTITY);
    for (number, refusal) in refusals.iter().enumerate() {
        assert_eq!(*refusal, unknown, "{number}");
    }
    app.finish().await;
}

#[tokio::test]
async fn codes_to_one_contact_are_capped_per_day_wherever_they_are_asked_from() {
    let app = TestApp::start_with(&[("otp_per_contact_day", 2)]).await;
    app.mailbox(CITY_BOX, None).await;
    let (case, _) = report(&app, FIRM).await;
    let (others, _) = report(&app, OTHER).await;
    let browser = app.anon();
    asked(&browser, &case.code, FIRM).await;
    // Wrong pairs count as well: else the cap would tell which are right.
    asked(&browser, &others.code, FIRM).await;
    for browser in [app.anon(), app.anon().at(2)] {
        let refused = ask(&browser, &case.code, FIRM).await;
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        assert!(refused.headers().contains_key("retry-after"));
        assert!(refused.text().await.expect("a page").contains("60 phút"), "in words, how long to wait");
    }
    asked(&browser, &others.code, OTHER).await;
    app.pass(SignedDuration::from_hours(25));
    asked(&browser, &case.code, FIRM).await;
    app.finish().await;
}

#[tokio::test]
async fn codes_asked_at_one_moment_keep_to_the_cap() {
    let app = TestApp::start_with(&[("otp_per_contact_day", 2)]).await;
    app.mailbox(CITY_BOX, None).await;
    let (case, _) = report(&app, FIRM).await;
    let browser = app.anon();
    let answers = futures_util::future::join_all((0..12).map(|_| ask(&browser, &case.code, FIRM))).await;
    let taken = answers.iter().filter(|answer| answer.status() == StatusCode::OK).count();
    assert_eq!(taken, 2);
    assert!(answers.iter().all(|answer| matches!(answer.status(), StatusCode::OK | StatusCode::TOO_MANY_REQUESTS)));
    // A night two days later forgets who asked.
    app.pass(SignedDuration::from_hours(24 * 2 + 1));
    app.run_timers().await;
    let mut tx = app.city.db.begin().await.expect("a transaction");
    let since = app.city.now() - SignedDuration::from_hours(24 * 7);
    let contact = app.city.keys.hash("contact", FIRM);
    assert_eq!(store::links::asked_since(&mut tx, &contact, "", since).await.expect("codes can be counted"), (0, 0, 0));
    tx.rollback().await.expect("nothing was written");
    app.finish().await;
}

#[tokio::test]
async fn codes_asked_from_one_address_are_capped_per_day() {
    let app = TestApp::start_with(&[("otp_per_address_day", 3)]).await;
    app.mailbox(CITY_BOX, None).await;
    let (case, _) = report(&app, FIRM).await;
    for number in 0..3 {
        asked(&app.anon(), &case.code, &format!("thu{number}@doanhnghiep.example")).await;
    }
    assert_eq!(ask(&app.anon(), &case.code, FIRM).await.status(), StatusCode::TOO_MANY_REQUESTS);
    asked(&app.anon().at(2), &case.code, FIRM).await;
    app.finish().await;
}

#[tokio::test]
async fn codes_of_the_whole_city_are_capped_per_day() {
    let app = TestApp::start_with(&[("otp_per_city_day", 2)]).await;
    app.mailbox(CITY_BOX, None).await;
    let (case, _) = report(&app, FIRM).await;
    asked(&app.anon().at(2), &case.code, "mot@doanhnghiep.example").await;
    asked(&app.anon().at(3), &case.code, "hai@doanhnghiep.example").await;
    assert_eq!(ask(&app.anon().at(4), &case.code, FIRM).await.status(), StatusCode::TOO_MANY_REQUESTS);
    app.pass(SignedDuration::from_hours(25));
    asked(&app.anon().at(4), &case.code, FIRM).await;
    app.finish().await;
}
