//! Two people write at once: the second save is refused, and both texts stay on the page.

use reqwest::{Response, StatusCode};
use store::cases::CaseRow;

use crate::app::{CITY_BOX, FIRM, TestApp, administrator};
use crate::journey::{ANSWER, accepted, answered, done, routing, taken_up};
use crate::letter::Letter;
use crate::sender::{form_key, report, value};

const MINE: &str = "Bản của người thứ hai, viết cùng lúc.";

/// The part of a refused page that tells what happened meanwhile and what was typed.
async fn told(answer: Response, status: StatusCode) -> String {
    assert_eq!(answer.status(), status);
    let page = answer.text().await.expect("a page");
    let (_, rest) = page.split_once("<section class=\"notice\" role=\"alert\">").expect("somebody was faster");
    rest.split("</section>").next().expect("its end").to_owned()
}

fn late() -> [(&'static str, &'static str); 4] {
    let mut late = ANSWER;
    late[0].1 = MINE;
    late
}

/// The last event that stands on the page of a case.
async fn seen(app: &TestApp, case: &CaseRow) -> String {
    app.events(case.id).await.len().to_string()
}

#[tokio::test]
async fn of_two_drafts_the_first_stays_and_the_second_writer_reads_both() {
    let app = TestApp::start().await;
    let handler = app.officer("thue.nam").await;
    let colleague = app.officer("thue.mai").await;
    let case = accepted(&app, &Letter::new(FIRM, CITY_BOX, "hai-nguoi"), &handler).await;
    let seen = seen(&app, &case).await;
    done(&app, &handler, &case, "reply", &ANSWER).await;
    let form = [&late()[..], &[("seen", seen.as_str())]].concat();
    let told = told(colleague.act(&case, "reply", &form).await, StatusCode::CONFLICT).await;
    for mine in late().map(|(_, text)| text) {
        assert!(told.contains(mine), "what was typed stays: {told}");
    }
    assert!(told.contains("thue.nam trình duyệt bản thảo"), "who did what: {told}");
    assert!(told.contains(ANSWER[0].1), "and the text of his draft: {told}");
    assert!(!told.contains("tiếp nhận xử lý"), "what stood on the page before is not told again: {told}");
    let answers = store::answers::of_case(&mut app.city.db.read(), case.id).await.expect("answers");
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0].checked, ANSWER[0].1, "the first one's text stays");
    app.finish().await;
}

#[tokio::test]
async fn a_question_a_note_and_the_senders_words_are_told_with_their_text() {
    let app = TestApp::start().await;
    let hook = app.mailbox(CITY_BOX, None).await;
    hook.deliver(&Letter::new(FIRM, CITY_BOX, "ba-viec")).await;
    app.run_jobs().await;
    let handler = app.officer("thue.nam").await;
    let colleague = app.officer("thue.mai").await;
    let case = taken_up(&app, &app.case().await, &handler).await;
    app.run_jobs().await;
    let seen = seen(&app, &case).await;

    let noted = handler.post(&format!("/console/c/{}/note", case.code), &[("note", "Đã gọi cho kế toán.")]).await;
    assert_eq!(noted.status(), StatusCode::SEE_OTHER);
    let reply_to = app.outbox.to(FIRM)[0].reply_to();
    hook.deliver(&Letter::new(FIRM, &reply_to, "them").text("Số biên nhận là 4417.")).await;
    app.run_jobs().await;
    let question = [("question", "Anh/chị gửi giúp tờ khai."), ("until", "2026-02-12")];
    done(&app, &handler, &app.reread(&case).await, "ask", &question).await;

    let form = [&late()[..], &[("seen", seen.as_str())]].concat();
    let told = told(colleague.act(&case, "reply", &form).await, StatusCode::CONFLICT).await;
    for text in ["Đã gọi cho kế toán.", "Số biên nhận là 4417.", "Anh/chị gửi giúp tờ khai.", MINE] {
        assert!(told.contains(text), "{text}: {told}");
    }
    app.finish().await;
}

#[tokio::test]
async fn an_agency_that_only_joins_in_is_not_shown_a_draft_by_saving_too_late() {
    let app = TestApp::start().await;
    let hook = app.mailbox(CITY_BOX, None).await;
    hook.deliver(&Letter::new(FIRM, CITY_BOX, "phoi-hop")).await;
    app.run_jobs().await;
    let operator = app.officer("tiepnhan").await;
    let handler = app.officer("thue.nam").await;
    let joining = app.officer("attp.ha").await;
    let co = joining.officer().roles[0].1;
    let route = service::act::Routing { co: vec![co], ..routing(&app, domain::track::Track::Question) };
    let case = app.case().await;
    let case = service::act::route(&app.city, operator.officer(), case.id, case.version, route).await.expect("routed");
    let case = done(&app, &handler, &case, "accept", &[]).await;
    done(&app, &handler, &case, "reply", &ANSWER).await;
    let answer = joining.act(&case, "send_back", &[("reason", MINE)]).await;
    let status = answer.status();
    assert!(status.is_client_error(), "{status}");
    let page = answer.text().await.expect("a page");
    assert!(!page.contains(ANSWER[0].1), "an unsent draft is for those who write or approve it");
    app.finish().await;
}

#[tokio::test]
async fn a_publication_that_comes_too_late_keeps_its_texts_and_tells_why() {
    let app = TestApp::start().await;
    app.mailbox(CITY_BOX, None).await;
    let handler = app.officer("thue.nam").await;
    let publisher = app.officer("tiepnhan").await;
    let (case, owner) = report(&app, FIRM).await;
    let case = taken_up(&app, &case, &handler).await;
    let case = answered(&app, &case, &handler).await;
    let to = format!("/console/c/{}/publish", case.code);
    let page = publisher.page(&to).await;
    let (version, seen) = (value(&page, "version"), value(&page, "seen"));
    let draft = [
        ("version", version.as_str()),
        ("seen", &seen),
        ("title", "Thời gian hoàn thuế"),
        ("question", "Bao lâu có kết quả?"),
        ("answer", MINE),
    ];
    let preview = publisher.post(&to, &[&draft[..], &[("step", "preview")]].concat()).await;
    let looked = value(&preview.text().await.expect("a page"), "looked");

    let reopened = owner.post(&format!("/ho-so/{}/mo-lai", case.code), &[("reason", "Chưa nói rõ ngày trả tiền.")]).await;
    assert_eq!(reopened.status(), StatusCode::SEE_OTHER);
    let ticked = ["names", "business", "accuracy", "consent"].map(|check| ("check", check));
    let sent = publisher.post(&to, &[&draft[..], &ticked, &[("step", "publish"), ("looked", looked.as_str())]].concat()).await;
    let told = told(sent, StatusCode::CONFLICT).await;
    assert!(told.contains("Chưa nói rõ ngày trả tiền."), "what happened meanwhile: {told}");
    assert!(told.contains(MINE) && told.contains("Bao lâu có kết quả?"), "what was typed: {told}");
    let published = store::answers::publication_of_case(&mut app.city.db.read(), case.id).await.expect("publications");
    assert!(published.is_none(), "nothing went out");
    app.finish().await;
}

#[tokio::test]
async fn an_administrator_who_saves_too_late_reads_what_was_saved_meanwhile() {
    let app = TestApp::start().await;
    let administrator = administrator(&app.city, &app.url).await;
    let to = "/admin/reference/limit";
    let page = administrator.page(&format!("{to}/edit?item=reopen_days&from=2025-07-01")).await;
    let updated_at = value(&page, "updated_at");
    let form = |number: &'static str, source: &'static str, updated_at: &str| {
        [
            ("item", "reopen_days".to_owned()),
            ("valid_from", "2025-07-01".to_owned()),
            ("b_value", number.to_owned()),
            ("source", source.to_owned()),
            ("status", "official".to_owned()),
            ("updated_at", updated_at.to_owned()),
        ]
    };
    let save = async |fields: [(&str, String); 6]| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        administrator.post(&format!("{to}/edit"), &fields).await
    };
    app.pass(jiff::SignedDuration::from_secs(1));
    assert_eq!(save(form("45", "Quyết định 12", &updated_at)).await.status(), StatusCode::SEE_OTHER);
    app.pass(jiff::SignedDuration::from_secs(1));
    let late = save(form("60", "Quyết định 34", &updated_at)).await;
    assert_eq!(late.status(), StatusCode::CONFLICT);
    let page = late.text().await.expect("a page");
    assert!(page.contains("45") && page.contains("Quyết định 12"), "what the other saved: {page}");
    assert!(page.contains("value=\"60\"") && page.contains("value=\"Quyết định 34\""), "what was typed stands in the form");
    assert_eq!(app.city.reference().number("reopen_days").expect("a limit"), 45);
    let again = save(form("60", "Quyết định 34", &value(&page, "updated_at"))).await;
    assert_eq!(again.status(), StatusCode::SEE_OTHER, "having seen it, one may decide");
    assert_eq!(app.city.reference().number("reopen_days").expect("a limit"), 60);
    app.finish().await;
}

#[tokio::test]
async fn the_sender_never_loses_words_to_an_officer_who_is_faster() {
    let app = TestApp::start_with(&[("form_per_minute", 100)]).await;
    let (case, owner) = report(&app, FIRM).await;
    let operator = app.officer("tiepnhan").await;
    let path = format!("/ho-so/{}/them", case.code);
    let mut keys = Vec::new();
    for _ in 0..6 {
        keys.push(form_key(&owner).await);
    }
    let forms: Vec<_> =
        keys.iter().enumerate().map(|(number, key)| [("text", format!("Bổ sung {number}.")), ("form_key", key.clone())]).collect();
    let add = async |form: &[(&str, String); 2]| {
        let fields: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        owner.post(&path, &fields).await.status()
    };
    // Each note is an act of the case too.
    let note = format!("/console/c/{}/note", case.code);
    let notes = futures_util::future::join_all((0..6).map(|_| operator.post(&note, &[("note", "Xem giấy tờ.")])));
    let (added, noted) = futures_util::future::join(futures_util::future::join_all(forms.iter().map(&add)), notes).await;
    assert!(noted.iter().all(|answer| matches!(answer.status(), StatusCode::SEE_OTHER | StatusCode::CONFLICT)));
    assert_eq!(added, [StatusCode::SEE_OTHER; 6]);
    let said: Vec<String> =
        app.messages(case.id).await.into_iter().filter(|message| message.kind == "reply").map(|message| message.text).collect();
    assert_eq!(said.len(), 6, "{said:?}");
    app.finish().await;
}
