//! Codes that show nothing: unknown, mistyped and sealed ones answer alike at every door, and guessing does not pay.

use reqwest::StatusCode;
use store::cases::CaseRow;

use crate::app::{Actor, CITY_BOX, FIRM, TestApp};
use crate::journey::{answered, done, taken_up};
use crate::sender::{TEXT, report, value, without_codes};

/// Well formed, and nobody's.
const NOBODYS: &str = "2640719235";
const ANSWER: &str = "Hồ sơ hoàn thuế được giải quyết trong sáu ngày làm việc.";

/// The code with a wrong check digit.
fn mistyped(code: &str) -> String {
    let (front, last) = code.split_at(code.len() - 1);
    format!("{front}{}", if last == "0" { "1" } else { "0" })
}

/// Publishes the answer as the console does: looked at first, then ticked and sent. Answers its public address.
async fn published(app: &TestApp, case: &CaseRow) -> String {
    let publisher = app.officer("tiepnhan").await;
    let to = format!("/console/c/{}/publish", case.code);
    let version = case.version.to_string();
    let draft = [("version", version.as_str()), ("title", "Thời gian hoàn thuế"), ("question", TEXT), ("answer", ANSWER)];
    let preview = publisher.post(&to, &[&draft[..], &[("step", "preview")]].concat()).await;
    let looked = value(&preview.text().await.expect("a page"), "looked");
    let ticked = ["names", "business", "accuracy", "consent"].map(|check| ("check", check));
    let sent = publisher.post(&to, &[&draft[..], &ticked, &[("step", "publish"), ("looked", looked.as_str())]].concat()).await;
    assert_eq!(sent.status(), StatusCode::SEE_OTHER, "{}", sent.text().await.unwrap_or_default());
    let row = store::answers::publication_of_case(&mut app.city.db.read(), case.id).await.expect("publications").expect("it is published");
    format!("/hoi-dap/{}", row.id.simple())
}

async fn sealed(app: &TestApp, case: &CaseRow, receiver: &str) -> CaseRow {
    let operator = app.officer("tiepnhan").await;
    let receiver = app.officer(receiver).await.officer().id.to_string();
    let row = done(app, &operator, case, "seal", &[("receivers", &receiver), ("reason", "Có tố cáo")]).await;
    app.run_jobs().await;
    row
}

#[tokio::test]
async fn a_sealed_case_answers_like_a_code_that_does_not_exist() {
    let app = TestApp::start_with(&[("form_per_minute", 100), ("lookup_per_minute", 100)]).await;
    app.mailbox(CITY_BOX, None).await;
    let (case, owner) = report(&app, FIRM).await;
    let (_, stranger) = report(&app, "khac@doanhnghiep.example").await;
    let before = app.anon().get(&format!("/ho-so/{}", case.code)).await;
    assert_eq!(before.status(), StatusCode::OK, "it was found before");
    let case = sealed(&app, &case, "tiepnhan.hai").await;

    for (who, address) in [(app.anon(), 2), (stranger, 3)] {
        let who = who.at(address);
        let mut answers = Vec::new();
        for code in [NOBODYS, &case.code, &mistyped(&case.code)] {
            let mut found = vec![without_codes(who.post("/tra-cuu", &[("code", code)]).await, &[code]).await];
            for page in ["", "/ma", "/rut", "/thu-hoi", "/tep/00000000000000000000000000000001"] {
                found.push(without_codes(who.get(&format!("/ho-so/{code}{page}")).await, &[code]).await);
            }
            answers.push(found);
        }
        assert_eq!(answers[0][1].0, StatusCode::NOT_FOUND);
        assert!(answers[0][1].1.contains("Không tìm thấy hồ sơ, hoặc mã chưa đúng"), "{}", answers[0][1].1);
        assert_eq!(answers[1], answers[0], "sealed");
        assert_eq!(answers[2], answers[0], "mistyped");
        let form = [("form_key", "AAAAAAAAAAAAAAAAAAAAAA"), ("text", "Chen vào"), ("score", "5"), ("reason", "x")];
        for act in ["them", "danh-gia", "mo-lai", "rut", "thu-hoi"] {
            let unknown = without_codes(who.post(&format!("/ho-so/{NOBODYS}/{act}"), &form).await, &[NOBODYS]).await;
            let sealed = without_codes(who.post(&format!("/ho-so/{}/{act}", case.code), &form).await, &[&case.code]).await;
            assert_eq!((unknown.0, &unknown), (StatusCode::NOT_FOUND, &sealed), "{act}");
        }
    }
    assert_eq!(app.reread(&case).await.version, case.version, "nobody did anything to it");
    assert!(owner.page(&format!("/ho-so/{}", case.code)).await.contains(TEXT), "its sender still reads it");
    app.finish().await;
}

/// Where everybody could read of it, as an address and as words in a page.
async fn doors(app: &TestApp, officer: &Actor, other: &CaseRow, published: &str) -> Vec<bool> {
    let anon = app.anon();
    let list = anon.page("/hoi-dap").await;
    let search = anon.page("/hoi-dap?q=ho%C3%A0n+thu%E1%BA%BF").await;
    let home = anon.page("/").await;
    // What the officer of a case like it is offered to use again.
    let suggested = officer.page(&format!("/console/c/{}", other.code)).await;
    vec![
        anon.get(published).await.status() == StatusCode::OK,
        list.contains(published),
        search.contains(published),
        home.contains(published),
        suggested.contains("Thời gian hoàn thuế"),
    ]
}

#[tokio::test]
async fn sealing_takes_what_was_published_out_of_every_list_search_and_suggestion() {
    let app = TestApp::start().await;
    app.mailbox(CITY_BOX, None).await;
    let handler = app.officer("thue.nam").await;
    let operator = app.officer("tiepnhan").await;
    let (case, _) = report(&app, FIRM).await;
    let case = taken_up(&app, &case, &handler).await;
    let case = answered(&app, &case, &handler).await;
    let address = published(&app, &case).await;
    app.run_jobs().await;
    app.index().await;
    let (other, _) = report(&app, "khac@doanhnghiep.example").await;
    assert_eq!(doors(&app, &operator, &other, &address).await, [true; 5], "everybody reads it");

    sealed(&app, &app.reread(&case).await, "thue.oanh").await;
    // At once, while the search index still knows it; and when the index has caught up.
    assert_eq!(doors(&app, &operator, &other, &address).await, [false; 5], "at once");
    app.index().await;
    assert_eq!(doors(&app, &operator, &other, &address).await, [false; 5], "later");
    let unknown = without_codes(app.anon().get("/hoi-dap/00000000000000000000000000000001").await, &[]).await;
    let gone = without_codes(app.anon().get(&address).await, &[]).await;
    let place = address.trim_start_matches("/hoi-dap/");
    assert_eq!((gone.0, gone.1.replace(place, "")), (unknown.0, unknown.1.replace("00000000000000000000000000000001", "")));
    app.finish().await;
}

#[tokio::test]
async fn guessing_codes_from_one_address_is_slowed_for_right_and_wrong_ones_alike() {
    let app = TestApp::start_with(&[("lookup_per_minute", 3)]).await;
    let (case, _) = report(&app, FIRM).await;
    let guesser = app.anon().at(2);
    // Twice the number at once, then so many a minute.
    for number in 0..6 {
        let code = if number % 2 == 0 { mistyped(NOBODYS) } else { NOBODYS.to_owned() };
        assert_eq!(guesser.get(&format!("/ho-so/{code}")).await.status(), StatusCode::NOT_FOUND, "{number}");
    }
    let mut refusals = Vec::new();
    for code in [NOBODYS, mistyped(NOBODYS).as_str(), case.code.as_str(), "abc"] {
        let refused = guesser.get(&format!("/ho-so/{code}")).await;
        let wait = refused.headers()["retry-after"].to_str().expect("digits").parse::<u64>().expect("seconds");
        assert!((1..=20).contains(&wait), "{wait}");
        let (status, page) = without_codes(refused, &[code]).await;
        assert!(page.contains("Anh/chị thao tác hơi nhanh"), "in words: {page}");
        refusals.push(status);
    }
    assert_eq!(refusals, [StatusCode::TOO_MANY_REQUESTS; 4], "a right code is told to the guesser no more than a wrong one");
    assert_eq!(app.anon().get(&format!("/ho-so/{}", case.code)).await.status(), StatusCode::OK, "others are served");
    app.finish().await;
}

#[tokio::test]
async fn guessing_from_many_addresses_is_slowed_for_the_whole_city() {
    let app = TestApp::start_with(&[("lookup_per_minute_city", 2)]).await;
    let (case, owner) = report(&app, FIRM).await;
    let mut answers = Vec::new();
    for address in 2..6 {
        answers.push(app.anon().at(address).get(&format!("/ho-so/{NOBODYS}")).await.status());
    }
    assert_eq!(answers[..2], [StatusCode::NOT_FOUND; 2]);
    assert!(answers[2..].contains(&StatusCode::TOO_MANY_REQUESTS), "{answers:?}");
    assert_eq!(owner.get(&format!("/ho-so/{}", case.code)).await.status(), StatusCode::OK, "a sender with a pass asks no code");
    app.finish().await;
}
