//! Bad input at the portal's forms: each gets a clear answer in words, keeps what was typed, and harms nobody.

use reqwest::multipart::{Form, Part};
use reqwest::{Response, StatusCode};

use crate::app::{CITY_BOX, FIRM, TestApp};
use crate::journey::{done, taken_up};
use crate::sender::{TEXT, cookie, form, form_key, location, report};

const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n";

/// The whole form with files.
fn with_files(key: &str, files: &[(&str, Vec<u8>)]) -> Form {
    let words = form(FIRM, key).into_iter().fold(Form::new(), |form, (name, value)| form.text(name.to_owned(), value.to_owned()));
    files.iter().fold(words, |form, (name, bytes)| form.part("files", Part::bytes(bytes.clone()).file_name((*name).to_owned())))
}

/// The page that a refused form comes back as: what was typed stands in it.
async fn kept(answer: Response, what: &str) -> String {
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{what}");
    let page = answer.text().await.expect("a page");
    assert!(page.contains(TEXT) && page.contains(FIRM), "{what}: every word is still there: {page}");
    page
}

fn encoded(fields: &[(&str, &str)]) -> String {
    fields.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

#[tokio::test]
async fn a_file_of_100_mb_is_named_and_the_words_come_back() {
    let app = TestApp::start().await;
    let browser = app.anon();
    let key = form_key(&browser).await;
    let files = [("biên bản.pdf", PDF.to_vec()), ("phim dài.mp4", vec![0; 100 * 1024 * 1024])];
    let page = kept(browser.upload("/gui", with_files(&key, &files)).await, "100 MB").await;
    assert!(page.contains("phim dài.mp4") && page.contains("25 MB"), "which file, and how large it may be: {page}");
    assert!(page.contains("biên bản.pdf"), "the other file is kept");
    assert!(app.cases().await.is_empty());
    app.finish().await;
}

#[tokio::test]
async fn a_form_of_100_mb_without_files_is_refused_unread() {
    let app = TestApp::start().await;
    for path in ["/gui", "/goi-y", "/tra-cuu", "/console/login", "/ho-so/2640719235/ma"] {
        let body = format!("text={}", "a".repeat(100 * 1024 * 1024));
        match app.anon().try_post_raw(path, body.into_bytes()).await {
            Ok(answer) => {
                assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE, "{path}");
                assert!(answer.text().await.expect("a page").contains("lớn quá"), "{path}: in words");
            }
            // The program hung up before everything was written: the client may see that instead of the answer.
            Err(error) => assert!(error.is_request() || error.is_body(), "{path}: {error:?}"),
        }
    }
    assert!(app.cases().await.is_empty());
    report(&app, FIRM).await;
    app.finish().await;
}

#[tokio::test]
async fn of_a_hundred_files_ten_are_kept_and_the_page_says_so() {
    let app = TestApp::start().await;
    let browser = app.anon();
    let key = form_key(&browser).await;
    let names: Vec<String> = (0..100).map(|number| format!("tep{number}.pdf")).collect();
    let files: Vec<(&str, Vec<u8>)> =
        names.iter().enumerate().map(|(number, name)| (name.as_str(), [PDF, format!("%{number}\n").as_bytes()].concat())).collect();
    let page = kept(browser.upload("/gui", with_files(&key, &files)).await, "100 files").await;
    assert!(page.contains("10 tệp"), "{page}");
    assert!(page.contains("tep9.pdf") && !page.contains("tep10.pdf"), "the first ten are kept");

    // Sent again without choosing them anew: they go with the report.
    let list = crate::sender::value(&page, "kept");
    let again = [form(FIRM, &key), vec![("kept", list.as_str())]].concat();
    let taken = browser.post("/gui", &again).await;
    assert_eq!(taken.status(), StatusCode::SEE_OTHER);
    let files = store::files::of_case(&mut app.city.db.read(), app.case().await.id).await.expect("files");
    assert_eq!(files.len(), 10);
    let many = (0..500).fold(Form::new(), |form, number| form.text(format!("f{number}"), "x"));
    let refused = browser.upload("/gui", many).await;
    assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE, "a form of ours has no 500 fields");
    app.finish().await;
}

#[tokio::test]
async fn a_zip_that_calls_itself_a_picture_is_named_and_the_rest_is_kept() {
    let app = TestApp::start().await;
    let browser = app.anon();
    let key = form_key(&browser).await;
    let zip = b"PK\x03\x04\x14\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00".to_vec();
    let page = kept(browser.upload("/gui", with_files(&key, &[("ảnh hố ga.jpg", zip), ("don.pdf", PDF.to_vec())])).await, "a zip").await;
    assert!(page.contains("ảnh hố ga.jpg") && page.contains("don.pdf"), "{page}");
    assert!(app.cases().await.is_empty());
    app.finish().await;
}

/// Octets that are no text, in every field of every form, on both engines.
#[tokio::test]
async fn nul_and_lone_surrogates_become_readable_text() {
    let app = TestApp::start().await;
    app.mailbox(CITY_BOX, None).await;
    let browser = app.anon();
    let key = form_key(&browser).await;
    // NUL, half a surrogate pair, octets that are no UTF-8, a bell.
    const BAD: &str = "%00%ED%A0%80%FF%07";
    let text = format!("H%E1%BB%93+s%C6%A1+ho%C3%A0n+thu%E1%BA%BF+{BAD}ch%C6%B0a+c%C3%B3+k%E1%BA%BFt+qu%E1%BA%A3.");
    let name = format!("C%C3%B4ng+ty{BAD}+A");
    let body = encoded(&[
        ("text", &text),
        ("contact", "ketoan%40doanhnghiep.example"),
        ("name", &name),
        ("field", BAD),
        ("ward", BAD),
        ("visibility", "public"),
        ("consent", "1"),
        ("form_key", &key),
    ]);
    let taken = browser.try_post_raw("/gui", body.into_bytes()).await.expect("an answer");
    assert_eq!(taken.status(), StatusCode::SEE_OTHER, "{}", taken.text().await.unwrap_or_default());
    let case = app.case().await;
    let owner = app.anon().with_cookie(&cookie(&taken).expect("a pass"));
    let said = app.messages(case.id).await.remove(0).text;
    assert!(said.starts_with("Hồ sơ hoàn thuế") && said.ends_with("chưa có kết quả."), "what can be read is kept: {said:?}");
    let contact = store::contacts::find(&mut app.city.db.read(), case.contact_id).await.expect("the contact");
    for text in [&said, &case.title, &contact.name] {
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    }

    // The same in what officers type: acts, a note, a question; each is an act of the case, so its chain must hold.
    let handler = app.officer("thue.nam").await;
    let bad = "có \0 rỗng \u{7} chuông";
    let clean = "có  rỗng  chuông";
    let operator = app.officer("tiepnhan").await;
    let lead = app.city.reference().agency("thue-tp").expect("the tax office").id.to_string();
    let decided = [("track", "HD"), ("field", "tax"), ("urgency", "normal"), ("lead", lead.as_str()), ("why", bad), ("title", bad)];
    let case = done(&app, &operator, &case, "route", &decided).await;
    let case = done(&app, &handler, &case, "accept", &[]).await;
    let noted = handler.post(&format!("/console/c/{}/note", case.code), &[("note", bad)]).await;
    assert_eq!(noted.status(), StatusCode::SEE_OTHER);
    let notes = store::messages::notes_of_case(&mut app.city.db.read(), case.id).await.expect("notes");
    assert_eq!(notes[0].text, clean);
    let case = app.reread(&case).await;
    let asked = done(&app, &handler, &case, "ask", &[("question", bad), ("until", "2026-02-12")]).await;
    let page = owner.page(&format!("/ho-so/{}", case.code)).await;
    assert!(page.contains(clean), "{page}");
    let added = owner.post(&format!("/ho-so/{}/them", case.code), &[("text", bad), ("form_key", &form_key(&browser).await)]).await;
    assert_eq!(added.status(), StatusCode::SEE_OTHER);
    assert_eq!(app.reread(&asked).await.stage, "working", "it is the answer to the question");

    // And where addresses and look-ups are made of it: a clear answer, never a fault of ours.
    for path in [
        format!("/ho-so/{BAD}"),
        format!("/l/{BAD}"),
        format!("/hoi-dap/{BAD}"),
        format!("/hoi-dap?q={BAD}&linh-vuc={BAD}"),
        format!("/hoi-dap?sau={BAD}"),
        format!("/?lang={BAD}"),
    ] {
        let status = browser.get(&path).await.status();
        assert!(status.is_success() || status.is_client_error(), "{path}: {status}");
    }
    for path in
        [format!("/console/search?q={BAD}"), format!("/console/q/{BAD}"), format!("/console/c/{BAD}"), format!("/console/q/all?a={BAD}")]
    {
        let status = operator.get(&path).await.status();
        assert!(status.is_success() || status.is_client_error(), "{path}: {status}");
    }
    for (path, body) in [
        ("/console/login", format!("login={BAD}&password={BAD}")),
        ("/tra-cuu", format!("code={BAD}")),
        ("/goi-y", format!("text={text}")),
        ("/ho-so/2640719235/ma", format!("contact=an{BAD}%40doanhnghiep.example")),
        ("/ho-so/2640719235/ma/nhap", format!("id={BAD}&digits={BAD}")),
    ] {
        let status = browser.try_post_raw(path, body.into_bytes()).await.expect("an answer").status();
        assert!(status.is_success() || status.is_client_error(), "{path}: {status}");
    }
    // What an administrator types rests as JSON, in which PostgreSQL takes no NUL either.
    let mut tx = app.city.db.begin().await.expect("a transaction");
    store::settings::set(&mut tx, "thử", serde_json::json!({ "tên": ["a\0b"] }), app.city.now()).await.expect("it is stored");
    tx.rollback().await.expect("nothing was written");
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn a_body_that_is_no_form_is_said_to_be_unreadable() {
    let app = TestApp::start().await;
    let browser = app.anon();
    for (kind, body) in [
        ("multipart/form-data", "--x\r\n\r\n"),
        ("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=text\r\n\r\nnửa chừng"),
        ("application/json", "{\"text\":1}"),
        ("text/plain", "text=abc"),
    ] {
        let answer = browser.post_as("/gui", kind, body).await;
        assert!(answer.status().is_client_error(), "{kind}: {}", answer.status());
        let page = answer.text().await.expect("a page");
        assert!(page.contains("không đọc được"), "{kind}: in words: {page}");
    }
    assert!(app.cases().await.is_empty());
    app.finish().await;
}

#[tokio::test]
async fn a_word_of_20000_characters_is_taken_and_a_longer_one_comes_back_whole() {
    let app = TestApp::start().await;
    let browser = app.anon();
    let key = form_key(&browser).await;
    let longest = "ữ".repeat(20_000);
    let replace = |text: &str| {
        form(FIRM, &key)
            .into_iter()
            .map(|(n, v)| (n.to_owned(), if n == "text" { text.to_owned() } else { v.to_owned() }))
            .collect::<Vec<_>>()
    };
    let post = async |fields: Vec<(String, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        browser.post("/gui", &fields).await
    };
    let too_long = format!("{longest}ữ");
    let refused = post(replace(&too_long)).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.text().await.expect("a page");
    assert!(page.contains("20.000") && page.contains(&too_long), "the limit in words, the text whole");

    let taken = post(replace(&longest)).await;
    assert_eq!(taken.status(), StatusCode::SEE_OTHER);
    let case = app.case().await;
    assert!(case.title.chars().count() <= 200, "lists stay lists: {}", case.title.chars().count());
    let owner = app.anon().with_cookie(&cookie(&taken).expect("a pass"));
    assert!(owner.page(&location(&taken)).await.contains(&longest), "its sender reads all of it");
    let operator = app.officer("tiepnhan").await;
    assert!(operator.page(&format!("/console/c/{}", case.code)).await.contains(&longest));
    assert!(!operator.page("/console/q/all").await.contains(&longest));
    let suggested = browser.post("/goi-y", &[("text", &longest)]).await;
    assert_eq!(suggested.status(), StatusCode::OK);
    app.finish().await;
}

#[tokio::test]
async fn names_hide_turn_and_steer_nothing() {
    let app = TestApp::start().await;
    let browser = app.anon();
    let key = form_key(&browser).await;
    let name = "\u{202e}Công ty\u{7}\u{2066} A\u{200f}\r\nB";
    let file = "biên\u{202e}fdp.exe\u{85}.pdf";
    let sent = with_files(&key, &[(file, PDF.to_vec())]).text("name", name.to_owned());
    let taken = browser.upload("/gui", sent).await;
    assert_eq!(taken.status(), StatusCode::SEE_OTHER, "{}", taken.text().await.unwrap_or_default());
    let case = app.case().await;
    let contact = store::contacts::find(&mut app.city.db.read(), case.contact_id).await.expect("the contact");
    assert_eq!(contact.name.split_whitespace().collect::<Vec<_>>(), ["Công", "ty", "A", "B"]);
    let files = store::files::of_case(&mut app.city.db.read(), case.id).await.expect("files");
    let odd = |c: char| c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    for text in [&contact.name, &files[0].name] {
        assert!(!text.chars().any(odd), "{text:?}");
    }
    assert!(files[0].name.ends_with(".pdf"), "{}", files[0].name);
    // No browser can name a file with NUL: whoever does is told that it cannot be read.
    let forged = browser.upload("/gui", with_files(&form_key(&browser).await, &[("a\u{0}.pdf", PDF.to_vec())])).await;
    assert_eq!(forged.status(), StatusCode::BAD_REQUEST);
    assert!(forged.text().await.expect("a page").contains("không đọc được"));
    let too_long = browser.upload("/gui", with_files(&form_key(&browser).await, &[]).text("name", "A".repeat(201))).await;
    kept(too_long, "a name of 201 characters").await;
    app.finish().await;
}

#[tokio::test]
async fn a_code_is_understood_however_it_is_typed() {
    let app = TestApp::start_with(&[("lookup_per_minute", 100)]).await;
    let (case, _) = report(&app, FIRM).await;
    let code = case.code.as_str();
    let (year, front, back, check) = (&code[..2], &code[2..6], &code[6..9], &code[9..]);
    for typed in [
        code.to_owned(),
        format!("{year} {front} {back} {check}"),
        format!("{year}.{front}.{back}.{check}"),
        format!("{year}-{front}-{back}-{check}"),
        format!("DT{code}"),
        format!("  dt {year}\u{a0}{front}\u{a0}{back}\u{a0}{check}\t"),
        format!("DT-{year}.{front} {back}-{check}"),
    ] {
        let found = app.anon().post("/tra-cuu", &[("code", &typed)]).await;
        assert_eq!((found.status(), location(&found)), (StatusCode::SEE_OTHER, format!("/ho-so/{code}")), "{typed:?}");
        let address = typed.replace('\u{a0}', "%C2%A0").replace('\t', "%09").replace(' ', "%20");
        assert_eq!(app.anon().get(&format!("/ho-so/{address}")).await.status(), StatusCode::OK, "{typed:?}");
    }
    for (typed, said) in [
        ("", "chỉ gồm chữ số"),
        ("abc", "chỉ gồm chữ số"),
        ("26 4071", "10 chữ số, anh/chị đã nhập 6"),
        (&format!("{code}99"), "anh/chị đã nhập 12"),
    ] {
        let refused = app.anon().post("/tra-cuu", &[("code", typed)]).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY, "{typed:?}");
        let page = refused.text().await.expect("a page");
        assert!(page.contains(said), "{typed:?}: {page}");
    }
    app.finish().await;
}

#[tokio::test]
async fn tabs_that_send_one_form_at_once_make_one_case() {
    let app = TestApp::start().await;
    let key = form_key(&app.anon()).await;
    let tabs: Vec<_> = (0..8).map(|_| app.anon()).collect();
    let sent = tabs.iter().map(|tab| tab.upload("/gui", with_files(&key, &[("don.pdf", PDF.to_vec())])));
    let answers = futures_util::future::join_all(sent).await;
    let case = app.case().await;
    for answer in &answers {
        assert_eq!((answer.status(), location(answer)), (StatusCode::SEE_OTHER, format!("/ho-so/{}", case.code)));
        let tab = app.anon().with_cookie(&cookie(answer).expect("a pass"));
        assert!(tab.page(&location(answer)).await.contains(TEXT), "every tab reads it");
    }
    assert_eq!(app.messages(case.id).await.iter().filter(|message| message.direction == "in").count(), 1);

    // The same with words added to the case.
    let owner = app.anon().with_cookie(&cookie(&answers[0]).expect("a pass"));
    let key = form_key(&owner).await;
    let path = format!("/ho-so/{}/them", case.code);
    let form = [("text", "Tôi gửi thêm số biên nhận 4417."), ("form_key", key.as_str())];
    let answers = futures_util::future::join_all((0..3).map(|_| owner.post(&path, &form))).await;
    assert!(answers.iter().all(|answer| answer.status() == StatusCode::SEE_OTHER));
    assert_eq!(app.messages(case.id).await.iter().filter(|message| message.kind == "reply").count(), 1);
    app.finish().await;
}

#[tokio::test]
async fn an_hour_that_comes_again_takes_nothing_from_the_sender() {
    let app = TestApp::start().await;
    app.mailbox(CITY_BOX, None).await;
    let (case, owner) = report(&app, FIRM).await;
    app.run_jobs().await;
    app.set_clock("2026-02-05T08:00:00+07:00");
    let page = format!("/ho-so/{}", case.code);
    assert!(owner.page(&page).await.contains(TEXT), "the pass still opens it");
    let added = owner.post(&format!("{page}/them"), &[("text", "Bổ sung trong giờ lặp lại."), ("form_key", &form_key(&owner).await)]).await;
    assert_eq!(added.status(), StatusCode::SEE_OTHER);
    assert!(owner.page(&page).await.contains("Bổ sung trong giờ lặp lại."));
    let handler = app.officer("thue.nam").await;
    let case = taken_up(&app, &app.reread(&case).await, &handler).await;
    assert!(case.due_at > Some(app.city.now().as_microsecond()), "its due date is in the future");
    let (other, _) = report(&app, "khac@doanhnghiep.example").await;
    assert_ne!(other.code, case.code);
    let withdrawn = owner.post(&format!("{page}/rut"), &[]).await;
    assert_eq!(withdrawn.status(), StatusCode::SEE_OTHER);
    assert_eq!(app.reread(&case).await.stage, "closed");
    app.pass(jiff::SignedDuration::from_hours(2));
    app.finish().await;
}
