//! Contents of files that nobody sent are forgotten after a day; everything that somebody named, or is about to, stays.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use jiff::SignedDuration;
use reqwest::StatusCode;
use reqwest::multipart::{Form, Part};

use crate::app::{FIRM, TestApp};
use crate::sender::{cookie, form, form_key, location, report, value};

fn pdf(number: u32) -> Vec<u8> {
    format!("%PDF-1.4\n{number} 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n").into_bytes()
}

/// Where contents rest.
fn contents(app: &TestApp) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![app.folder().join("attachments")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found
}

/// Everything stored so far was stored so long ago by the city's clock.
fn age(app: &TestApp, by: SignedDuration) {
    let at = u64::try_from((app.city.now() - by).as_second()).expect("after 1970");
    for path in contents(app) {
        let file = std::fs::File::options().write(true).open(path).expect("contents");
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(at)).expect("the time of a file can be set");
    }
}

/// A form that comes back because something is missing, with its file: the list that it keeps.
async fn half_sent(app: &TestApp, key: &str, file: Vec<u8>) -> String {
    let form = Form::new().text("text", "Hồ sơ hoàn thuế của chúng tôi.").text("form_key", key.to_owned());
    let form = form.part("files", Part::bytes(file).file_name("biên nhận.pdf"));
    let answer = app.anon().upload("/gui", form).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    value(&answer.text().await.expect("a page"), "kept")
}

async fn night(app: &TestApp) {
    app.pass(SignedDuration::from_hours(24));
    app.run_timers().await;
}

#[tokio::test]
async fn an_abandoned_form_leaves_nothing_after_a_day_and_what_was_sent_stays() {
    let app = TestApp::start().await;
    let (case, owner) = report(&app, FIRM).await;
    let add = Form::new().text("form_key", form_key(&owner).await).part("files", Part::bytes(pdf(1)).file_name("don.pdf"));
    assert_eq!(owner.upload(&format!("/ho-so/{}/them", case.code), add).await.status(), StatusCode::SEE_OTHER);
    half_sent(&app, "AAAAAAAAAAAAAAAAAAAAAA", pdf(2)).await;
    // The same contents in a form that was sent and in one that was not.
    half_sent(&app, "BBBBBBBBBBBBBBBBBBBBBB", pdf(1)).await;
    assert_eq!(contents(&app).len(), 2);

    app.run_timers().await;
    age(&app, SignedDuration::from_hours(-1));
    night(&app).await;
    assert_eq!(contents(&app).len(), 2, "23 hours are no day");
    night(&app).await;
    assert_eq!(contents(&app).len(), 1, "what no row names is gone");
    let operator = app.officer("tiepnhan").await;
    let file = store::files::of_case(&mut app.city.db.read(), case.id).await.expect("files").remove(0);
    let bytes = operator.get(&format!("/console/c/{}/tep/{}", case.code, file.id)).await.bytes().await.expect("its bytes");
    assert_eq!(bytes.to_vec(), pdf(1), "and what was sent is read as ever");
    app.finish().await;
}

#[tokio::test]
async fn contents_that_are_stored_again_are_young_again() {
    let app = TestApp::start().await;
    let stored = app.city.attachments.put(pdf(1)).await.expect("stored");
    age(&app, SignedDuration::from_hours(48));
    let before = app.city.now() - SignedDuration::from_hours(24);
    let first = u8::from_str_radix(&stored.sha256[..2], 16).expect("hex");
    assert_eq!(app.city.attachments.stored_before(first, before).await.expect("a list"), std::slice::from_ref(&stored.sha256));
    // Somebody uploads the same between the look at the list and the removing; the row that names it is not there yet.
    app.city.attachments.put(pdf(1)).await.expect("stored");
    assert!(!app.city.attachments.remove(&stored.sha256, before).await.expect("asked"), "its age is asked again");
    night(&app).await;
    assert_eq!(app.city.attachments.get(&stored.sha256).await.expect("there"), pdf(1));
    app.finish().await;
}

#[tokio::test]
async fn a_form_that_is_sent_late_keeps_its_file_or_says_that_it_is_gone() {
    let app = TestApp::start().await;
    let key = "AAAAAAAAAAAAAAAAAAAAAA";
    let kept = half_sent(&app, key, pdf(1)).await;
    let whole = [form(FIRM, key), vec![("kept", kept.as_str())]].concat();

    // Sent after 20 hours, in the night in which its contents would be a day old before the row names them.
    age(&app, SignedDuration::from_hours(20));
    let mut half = whole.clone();
    half.retain(|(name, _)| *name != "consent");
    assert_eq!(app.anon().post("/gui", &half).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    night(&app).await;
    assert_eq!(contents(&app).len(), 1, "the form that came back made them young again");

    // Left for days, the file is gone: the form says so and keeps the words.
    age(&app, SignedDuration::from_hours(30));
    night(&app).await;
    assert!(contents(&app).is_empty());
    let late = app.anon().post("/gui", &whole).await;
    assert_eq!(late.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = late.text().await.expect("a page");
    assert!(page.contains("“biên nhận.pdf” chọn đã lâu nên không còn giữ") && page.contains(FIRM), "{page}");
    assert!(app.cases().await.is_empty(), "nothing is sent without what belongs to it");
    let again = app.anon().post("/gui", &form(FIRM, key)).await;
    assert_eq!(again.status(), StatusCode::SEE_OTHER, "without the file it goes");
    let owner = app.anon().with_cookie(&cookie(&again).expect("a pass"));
    owner.page(&location(&again)).await;
    app.finish().await;
}
