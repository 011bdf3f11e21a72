//! The secret link: what it opens, when it ends, and that opening it changes nothing.

use jiff::SignedDuration;
use reqwest::StatusCode;
use store::cases::CaseRow;

use crate::app::{Actor, CITY_BOX, FIRM, PUBLIC, TestApp};
use crate::letter::Letter;
use crate::sender::{TEXT, cookie, location, report, value};

/// What a sender can do with a case, as paths below its page.
const ACTS: [&str; 7] = ["them", "danh-gia", "mo-lai", "rut", "thu-hoi", "lien-ket", "thoat"];

/// A case by mail and the link in its receipt.
async fn linked(app: &TestApp) -> (CaseRow, String) {
    let hook = app.mailbox(CITY_BOX, None).await;
    hook.deliver(&Letter::new(FIRM, CITY_BOX, "co-lien-ket")).await;
    app.run_jobs().await;
    let receipt = app.outbox.to(FIRM)[0].mail().text;
    let link = receipt.split_whitespace().find_map(|word| word.strip_prefix(PUBLIC)).expect("a link").to_owned();
    (app.case().await, link)
}

async fn open(app: &TestApp, link: &str) -> Actor {
    let answer = app.anon().get(link).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{link}");
    app.anon().with_cookie(&cookie(&answer).expect("a pass"))
}

/// The page of a link that opens nothing.
async fn ended(app: &TestApp, link: &str) -> String {
    let answer = app.anon().get(link).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{link}");
    assert!(cookie(&answer).is_none());
    answer.text().await.expect("a page")
}

async fn reads_thread(browser: &Actor, case: &CaseRow) -> bool {
    let page = browser.page(&format!("/ho-so/{}", case.code)).await;
    page.contains("hoàn thuế giá trị gia tăng") && page.contains("lien-ket\"><button")
}

#[tokio::test]
async fn the_link_is_exchanged_for_a_cookie_and_appears_nowhere_after() {
    let app = TestApp::start().await;
    let (case, link) = linked(&app).await;
    let token = link.trim_start_matches("/l/").to_owned();
    let answer = app.anon().get(&link).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(location(&answer), format!("/ho-so/{}", case.code));
    let headers = answer.headers();
    assert_eq!(headers["referrer-policy"], "no-referrer");
    assert_eq!(headers["cache-control"], "no-store");
    let set = headers["set-cookie"].to_str().expect("letters");
    let mut parts: Vec<&str> = set.split("; ").collect();
    let (pair, attributes) = parts.split_first_mut().expect("a cookie");
    attributes.sort_unstable();
    assert!(pair.starts_with("__Host-passes="), "{pair}");
    assert_eq!(attributes, ["HttpOnly", "Max-Age=43200", "Path=/", "SameSite=Lax", "Secure"], "bound to this host, unseen by scripts");
    assert!(!set.contains(&token), "the cookie is no copy of the link");

    let browser = open(&app, &link).await;
    let page = browser.get(&format!("/ho-so/{}", case.code)).await;
    assert_eq!(page.headers()["referrer-policy"], "no-referrer");
    assert!(!page.text().await.expect("a page").contains(&token));
    let stored = store::messages::of_case(&mut app.city.db.read(), case.id).await.expect("messages");
    assert!(stored.iter().all(|message| !message.text.contains(&token)), "the link rests nowhere");
    app.finish().await;
}

#[tokio::test]
async fn a_link_ends_thirty_days_after_closing_and_its_pass_with_it() {
    let app = TestApp::start().await;
    let (case, link) = linked(&app).await;
    let browser = open(&app, &link).await;
    assert_eq!(browser.post(&format!("/ho-so/{}/rut", case.code), &[]).await.status(), StatusCode::SEE_OTHER);
    app.run_jobs().await;
    assert_eq!(app.reread(&case).await.stage, "closed");

    app.pass(SignedDuration::from_hours(24 * 30) - SignedDuration::from_secs(1));
    let last = open(&app, &link).await;
    assert!(reads_thread(&last, &case).await, "until the last second");
    app.pass(SignedDuration::from_secs(2));
    let page = ended(&app, &link).await;
    assert!(page.contains("Liên kết này không còn dùng được"), "{page}");
    assert!(!page.contains(&case.code) && !page.contains(link.trim_start_matches("/l/")), "it names neither case nor secret");
    assert!(!reads_thread(&last, &case).await, "the pass ends too, though it is a second old");
    let late = last.post(&format!("/ho-so/{}/them", case.code), &[("text", "Tôi bổ sung.")]).await;
    assert_eq!(late.status(), StatusCode::NOT_FOUND);
    app.finish().await;
}

#[tokio::test]
async fn a_pass_ends_after_its_hours_and_the_link_gives_another() {
    let app = TestApp::start().await;
    let (case, link) = linked(&app).await;
    let browser = open(&app, &link).await;
    app.pass(SignedDuration::from_hours(12) - SignedDuration::from_secs(1));
    assert!(reads_thread(&browser, &case).await);
    app.pass(SignedDuration::from_secs(1));
    assert!(!reads_thread(&browser, &case).await);
    assert!(reads_thread(&open(&app, &link).await, &case).await);
    app.finish().await;
}

#[tokio::test]
async fn revoking_ends_every_link_and_every_pass() {
    let app = TestApp::start().await;
    let (case, link) = linked(&app).await;
    let (one, two) = (open(&app, &link).await, open(&app, &link).await);
    let made = one.post(&format!("/ho-so/{}/lien-ket", case.code), &[]).await;
    assert_eq!(made.status(), StatusCode::OK);
    let page = made.text().await.expect("a page");
    let (_, address) = page.split_once(&format!("value=\"{PUBLIC}")).expect("a new link");
    let second = address.split('"').next().expect("its end").to_owned();
    assert!(reads_thread(&open(&app, &second).await, &case).await);

    let revoked = two.post(&format!("/ho-so/{}/thu-hoi", case.code), &[]).await;
    assert_eq!(revoked.status(), StatusCode::SEE_OTHER);
    assert!(!reads_thread(&one, &case).await && !reads_thread(&two, &case).await, "no pass is left");
    let unknown = ended(&app, "/l/AAAAAAAAAAAAAAAAAAAAAA").await;
    for link in [&link, &second] {
        assert_eq!(ended(&app, link).await, unknown, "revoked and unknown look alike");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_pass_to_one_case_opens_no_other() {
    let app = TestApp::start().await;
    let (case, link) = linked(&app).await;
    let (others, owner) = report(&app, "khac@doanhnghiep.example").await;
    let form = [("form_key", "AAAAAAAAAAAAAAAAAAAAAA"), ("text", "Chen vào"), ("score", "5"), ("reason", "Chen vào")];
    let stranger = open(&app, &link).await;
    // The token of the own pass under the code of the other case.
    let forged = app.anon().with_cookie(&stranger.cookie().replace(&case.code, &others.code));
    for (browser, address) in [(stranger, 2), (forged, 3), (app.anon(), 4)] {
        let browser = browser.at(address);
        let page = browser.page(&format!("/ho-so/{}", others.code)).await;
        assert!(!page.contains(TEXT) && page.contains("Ai có mã chỉ thấy tình trạng và ngày"), "status only: {page}");
        for act in ACTS.iter().filter(|act| **act != "thoat") {
            let answer = browser.post(&format!("/ho-so/{}/{act}", others.code), &form).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{act}");
        }
    }
    assert_eq!(app.reread(&others).await.version, others.version, "nothing was done");
    assert!(owner.page(&format!("/ho-so/{}", others.code)).await.contains(TEXT));
    app.finish().await;
}

#[tokio::test]
async fn a_scanner_that_opens_every_link_changes_nothing() {
    let app = TestApp::start().await;
    let (case, link) = linked(&app).await;
    let events = app.events(case.id).await;
    let messages = app.messages(case.id).await.len();
    for _ in 0..2 {
        let browser = open(&app, &link).await;
        let page = browser.page(&format!("/ho-so/{}", case.code)).await;
        let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).filter(|to| to.starts_with('/'));
        for to in links {
            browser.get(&to.replace("&amp;", "&")).await;
        }
        for act in ACTS {
            let answer = browser.get(&format!("/ho-so/{}/{act}", case.code)).await;
            // Two acts ask once more on a page of their own; the others have no page.
            let expected = if matches!(act, "rut" | "thu-hoi") { StatusCode::OK } else { StatusCode::METHOD_NOT_ALLOWED };
            assert_eq!(answer.status(), expected, "{act}");
        }
    }
    let after = app.reread(&case).await;
    assert_eq!((after.version, after.stage.as_str()), (case.version, case.stage.as_str()));
    assert_eq!(app.events(case.id).await, events);
    assert_eq!(app.messages(case.id).await.len(), messages);
    assert!(reads_thread(&open(&app, &link).await, &case).await, "the link still works");
    app.finish().await;
}

#[tokio::test]
async fn another_site_cannot_act_with_the_pass() {
    let app = TestApp::start().await;
    let (case, link) = linked(&app).await;
    let browser = open(&app, &link).await;
    for act in ACTS {
        let answer =
            browser.post_from("https://xa.example", &format!("/ho-so/{}/{act}", case.code), &[("text", "x"), ("score", "5")]).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{act}");
    }
    assert_eq!(app.reread(&case).await.version, case.version);
    let page = browser.page(&format!("/ho-so/{}", case.code)).await;
    let key = value(&page, "form_key");
    let added = browser.post(&format!("/ho-so/{}/them", case.code), &[("form_key", key.as_str()), ("text", "Bổ sung biên nhận.")]).await;
    assert_eq!(added.status(), StatusCode::SEE_OTHER, "the sender can");
    app.run_jobs().await;
    app.finish().await;
}
