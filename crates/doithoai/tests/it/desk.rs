//! What officers do at their desk beside the straight way: files of an answer, the original of a mail, a sealed case.

use reqwest::StatusCode;
use reqwest::multipart::{Form, Part};
use store::cases::CaseRow;

use crate::app::{Actor, CITY_BOX, FIRM, TestApp};
use crate::journey::{ANSWER, accepted, done};
use crate::letter::Letter;

fn answer(case: &CaseRow, files: &[(&str, &[u8])]) -> Form {
    let form = ANSWER.iter().fold(Form::new(), |form, (name, value)| form.text(*name, *value));
    let form = form.text("version", case.version.to_string());
    files.iter().fold(form, |form, (name, bytes)| form.part("files", Part::bytes(bytes.to_vec()).file_name((*name).to_owned())))
}

async fn enclosed(app: &TestApp, case: &CaseRow) -> Vec<(uuid::Uuid, String)> {
    let files = store::files::unattached(&mut app.city.db.read(), case.id).await.expect("files can be read");
    files.into_iter().map(|file| (file.id, file.name)).collect()
}

#[tokio::test]
async fn an_answer_goes_out_with_the_files_that_its_approver_saw() {
    let app = TestApp::start().await;
    let handler = app.officer("thue.nam").await;
    let case = accepted(&app, &Letter::new(FIRM, CITY_BOX, "kem-tep"), &handler).await;
    let to = format!("/console/c/{}/do/reply", case.code);
    let pdf: &[u8] = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";
    let other: &[u8] = b"%PDF-1.4\n2 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";

    // One that cannot be taken brings the form back with the text and the others.
    let refused = handler.upload(&to, answer(&case, &[("bien-ban.pdf", pdf), ("may.exe", b"MZ\x90\x00\x03\x00\x00\x00")])).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.text().await.expect("a page");
    assert!(page.contains("may.exe") && page.contains("hồ sơ hoàn thuế số 4417") && page.contains("bien-ban.pdf"), "the form comes back");
    let case = app.reread(&case).await;
    assert_eq!(case.stage, "working");

    let sent = handler.upload(&to, answer(&case, &[("phu-luc.pdf", other)])).await;
    assert_eq!(sent.status(), StatusCode::SEE_OTHER);
    let drafted = app.reread(&case).await;
    assert_eq!(drafted.stage, "approval");
    let leader = app.officer("thue.oanh").await;
    let seen = leader.page(&format!("/console/c/{}?k=approve", case.code)).await;
    assert!(seen.contains("bien-ban.pdf") && seen.contains("phu-luc.pdf"), "the approver sees the files");

    let files = enclosed(&app, &drafted).await;
    let (appendix, _) = files.iter().find(|(_, name)| name == "phu-luc.pdf").expect("the second file");
    let drop = appendix.to_string();
    let stranger = app.officer("attp.lam").await;
    let form = [("drop", drop.as_str()), ("kind", "approve")];
    assert_eq!(stranger.act(&drafted, "drop", &form).await.status(), StatusCode::NOT_FOUND);
    let dropped = done(&app, &leader, &drafted, "drop", &form).await;
    assert_eq!(leader.act(&drafted, "approve", &[]).await.status(), StatusCode::CONFLICT, "approved as it was before");
    assert_eq!(leader.get(&format!("/console/c/{}/tep/{drop}", case.code)).await.status(), StatusCode::NOT_FOUND);
    done(&app, &leader, &dropped, "approve", &[]).await;
    app.run_jobs().await;
    let mail = app.outbox.to(FIRM).last().expect("an answer").clone();
    let names: Vec<String> = mail.mail().attachments.iter().map(|file| file.name.clone()).collect();
    assert_eq!(names, ["bien-ban.pdf"]);
    app.finish().await;
}

#[tokio::test]
async fn a_formatted_mail_is_shown_without_what_could_act_or_call_home() {
    let app = TestApp::start().await;
    let handler = app.officer("thue.nam").await;
    let mut letter = Letter::new(FIRM, CITY_BOX, "dinh-dang");
    letter.html = Some(
        "<p>Kính gửi <b>cơ quan thuế</b>, hồ sơ hoàn thuế giá trị gia tăng chưa có kết quả.</p><script>alert(1)</script>\
         <img src=\"https://xa.example/dem.png\"><form action=\"https://xa.example\"><input name=x></form>"
            .into(),
    );
    let case = accepted(&app, &letter, &handler).await;
    let message = app.messages(case.id).await.into_iter().find(|message| message.html).expect("a formatted message");
    let address = format!("/console/c/{}/m/{}/html", case.code, message.id);
    assert!(handler.page(&format!("/console/c/{}", case.code)).await.contains(&format!("src=\"{address}\"")), "the page frames it");

    let shown = handler.get(&address).await;
    assert_eq!(shown.status(), StatusCode::OK);
    let policy = shown.headers()["content-security-policy"].to_str().expect("letters").to_owned();
    assert!(policy.starts_with("sandbox; default-src 'none'"), "{policy}");
    let html = shown.text().await.expect("a page");
    assert!(html.contains("<b>cơ quan thuế</b>"), "{html}");
    assert!(!html.contains("xa.example") && !html.contains("<script") && !html.contains("<input"), "{html}");

    let raw = handler.get(&format!("{address}?raw=1")).await;
    assert!(raw.headers()["content-disposition"].to_str().expect("letters").starts_with("attachment"));
    assert_eq!(raw.bytes().await.expect("octets").to_vec(), letter.bytes());
    let stranger = app.officer("attp.ha").await;
    assert_eq!(stranger.get(&address).await.status(), StatusCode::NOT_FOUND);
    app.finish().await;
}

#[tokio::test]
async fn a_sealed_case_is_there_for_its_receivers_only() {
    let app = TestApp::start().await;
    let handler = app.officer("thue.nam").await;
    let case = accepted(&app, &Letter::new(FIRM, CITY_BOX, "giu-kin"), &handler).await;
    app.index().await;
    let operator = app.officer("tiepnhan").await;
    let leader: Actor = app.officer("thue.oanh").await;
    let receiver = leader.officer().id.to_string();
    let code = case.code.as_str();
    let lists = |who: String| who.contains(&format!("/console/c/{code}"));
    assert!(lists(handler.page("/console/q/mine").await) && lists(operator.page("/console/q/all").await), "listed before");

    let outsider = app.officer("attp.lam").await.officer().id.to_string();
    let wrong = operator.act(&case, "seal", &[("receivers", &outsider), ("reason", "Có tố cáo")]).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY, "only officers of the agencies concerned");
    let sealed = done(&app, &operator, &case, "seal", &[("receivers", &receiver), ("reason", "Có tố cáo")]).await;
    assert!(sealed.sealed);
    app.run_jobs().await;
    app.index().await;

    for who in [&operator, &handler] {
        assert_eq!(who.get(&format!("/console/c/{code}")).await.status(), StatusCode::NOT_FOUND);
        for queue in ["mine", "all", "sealed"] {
            let page = who.get(&format!("/console/q/{queue}")).await.text().await.expect("a page");
            assert!(!lists(page), "{queue}");
        }
        assert!(!lists(who.page(&format!("/console/search?q={code}")).await), "by its code");
        assert!(!lists(who.page("/console/search?q=ho%C3%A0n%20thu%E1%BA%BF").await), "by its words");
    }
    assert!(lists(leader.page("/console/q/sealed").await), "the receiver's list");
    assert!(leader.page(&format!("/console/c/{code}")).await.contains("hoàn thuế"));
    let unknown = app.anon().post("/tra-cuu", &[("code", "2640719235")]).await;
    let public = app.anon().post("/tra-cuu", &[("code", code)]).await;
    assert_eq!(public.status(), unknown.status(), "the public look-up says no more of it than of none");
    app.finish().await;
}

#[tokio::test]
async fn the_timeline_names_whom_a_case_was_once_assigned_to() {
    let app = TestApp::start().await;
    let handler = app.officer("thue.nam").await;
    let colleague = app.officer("thue.dung").await.officer().id.to_string();
    let case = accepted(&app, &Letter::new(FIRM, CITY_BOX, "giao-lai"), &handler).await;
    let leader = app.officer("thue.oanh").await;
    let given = done(&app, &leader, &case, "assign", &[("officer", &colleague)]).await;
    done(&app, &leader, &given, "assign", &[("officer", &handler.officer().id.to_string())]).await;
    // Whoever cannot assign it is not given the list of colleagues; the names are read for what happened.
    let page = app.officer("tiepnhan").await.page(&format!("/console/c/{}", case.code)).await;
    assert!(page.contains("thue.dung"), "{page}");
    app.finish().await;
}
