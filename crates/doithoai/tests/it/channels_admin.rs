//! An administrator connects a page and an official account in the browser, tests them, sees how they fare, and looks into
//! what was delivered.

use std::net::SocketAddr;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use reqwest::StatusCode;
use service::chat_accounts::ChatAccount;
use sha2::Sha256;
use simulator::{Options, Simulator, facebook, zalo};
use store::deliveries_in;
use uuid::Uuid;

use crate::app::{Actor, CITY_BOX, FIRM, MORNING, PUBLIC, TestApp, administrator, client};
use crate::chat::{Chats, OA, PAGE, ZALO_APP};
use crate::journey::done;
use crate::letter::Letter;
use crate::sender::location;

const APP: &str = "700800900100200";
const SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const TOKEN: &str = "EAADEMOPAGETOKEN";
const ZALO_SECRET: &str = "bi-mat-ung-dung-zalo";
const OA_SECRET: &str = "bi-mat-oa";

async fn vendors() -> Simulator {
    let bind: SocketAddr = "127.0.0.1:0".parse().expect("an address");
    let moment = MORNING.parse().expect("a moment");
    Simulator::start(Options { retry_speed: 1_000, ..Options::new(bind, 7, Arc::new(move || moment)) }).await.expect("vendors")
}

/// Fills the form of an account and expects it to be saved; the page's address.
async fn saved(admin: &Actor, to: &str, form: &[(&str, &str)]) -> String {
    let answer = admin.post(to, form).await;
    let status = answer.status();
    assert_eq!(status, StatusCode::SEE_OTHER, "{}", answer.text().await.unwrap_or_default());
    location(&answer)
}

async fn refused(admin: &Actor, to: &str, form: &[(&str, &str)]) -> String {
    let answer = admin.post(to, form).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    answer.text().await.expect("a page")
}

async fn account(app: &TestApp, address: &str) -> ChatAccount {
    let id: Uuid = address.rsplit('/').next().unwrap_or_default().parse().expect("an id");
    let row = store::channel_accounts::find(&mut app.city.db.read(), id).await.expect("the account is there");
    ChatAccount::of(&app.city, row).expect("its secrets open")
}

#[tokio::test]
async fn a_page_is_connected_step_by_step_and_every_fault_is_said_in_words() {
    let app = TestApp::start().await;
    let vendors = vendors().await;
    let meta = vendors.facebook();
    meta.add_app(facebook::App::new(APP, SECRET));
    meta.add_page(facebook::Page { subscribed_fields: Default::default(), ..facebook::Page::new(PAGE, "1022 TP.HCM", APP, TOKEN) })
        .expect("a page");
    let officer = app.officer("tiepnhan").await;
    assert_eq!(officer.get("/admin/channels/facebook/new").await.status(), StatusCode::FORBIDDEN);
    let admin = administrator(&app.city, &app.url).await;
    assert!(admin.page("/admin/channels").await.contains("Chưa có tài khoản kênh nào"));
    assert_eq!(admin.get("/admin/channels/telex/new").await.status(), StatusCode::NOT_FOUND);

    // The first step alone; what is wrong stands at its field, and what was typed stays.
    let new = "/admin/channels/facebook/new";
    let first = admin.page(new).await;
    assert!(first.contains("Bước 1. Trang nào") && !first.contains("Bước 2."), "{first}");
    let wrong = refused(&admin, new, &[("address", "trang 1022"), ("name", ""), ("enabled", "yes")]).await;
    assert!(wrong.contains("id=\"address-error\"") && wrong.contains("value=\"trang 1022\""), "{wrong}");
    assert!(wrong.contains("id=\"name-error\"") && wrong.contains("href=\"#address\""), "{wrong}");
    let at = saved(&admin, new, &[("address", PAGE), ("name", "Trang 1022"), ("enabled", "yes")]).await;

    // What goes into Meta's pages; the handshake answers to it.
    let page = admin.page(&at).await;
    let verify = account(&app, &at).await.secrets.webhook;
    let hook = format!("/hooks/facebook/{}", at.rsplit('/').next().unwrap_or_default());
    assert!(page.contains(&format!("{PUBLIC}{hook}")) && page.contains(&verify), "{page}");
    meta.connect_webhook(APP, &format!("{}{hook}", app.url), &verify).await.expect("the handshake is answered");
    let test = format!("{at}/test");
    let tried = async || admin.post(&test, &[]).await.text().await.expect("a page");
    assert!(tried().await.contains("Chưa có khóa bí mật"));

    // Secrets go in and never come back, also when something else is wrong.
    let base = format!("{}/v25.0", vendors.origin());
    let basics = [("address", PAGE), ("name", "Trang 1022"), ("enabled", "yes")];
    let insecure = [basics.as_slice(), &[("app_secret", SECRET), ("access_token", TOKEN), ("base", "http://graph.example")]].concat();
    let wrong = refused(&admin, &at, &insecure).await;
    assert!(wrong.contains("id=\"base-error\"") && wrong.contains("value=\"http://graph.example\""), "{wrong}");
    assert!(!wrong.contains(SECRET) && !wrong.contains(TOKEN), "secrets stay inside");
    let spaced = [basics.as_slice(), &[("app_secret", "hai chữ")]].concat();
    assert!(refused(&admin, &at, &spaced).await.contains("id=\"app_secret-error\""));

    saved(
        &admin,
        &at,
        &[basics.as_slice(), &[("app_secret", "sai-bi-mat"), ("access_token", "EAADEADTOKEN"), ("base", base.as_str())]].concat(),
    )
    .await;
    let page = admin.page(&at).await;
    assert!(page.contains("Đã lưu. Để trống thì giữ nguyên") && !page.contains("sai-bi-mat") && !page.contains("EAADEADTOKEN"));
    let dead = tried().await;
    assert!(dead.contains("Mã truy cập trang không còn dùng được"), "{dead}");
    let list = admin.page("/admin/channels").await;
    assert!(list.contains("Đang lỗi") && list.contains("Mã truy cập trang không còn dùng được"), "{list}");
    assert!(admin.page("/admin").await.contains("Mã truy cập trang không còn dùng được"));

    saved(&admin, &at, &[basics.as_slice(), &[("access_token", TOKEN), ("base", base.as_str())]].concat()).await;
    let proof = tried().await;
    assert!(proof.contains("Mã truy cập: 1022 TP.HCM") && proof.contains("App Secret không phải của ứng dụng"), "{proof}");
    saved(&admin, &at, &[basics.as_slice(), &[("app_secret", SECRET), ("base", base.as_str())]].concat()).await;
    let well = tried().await;
    assert!(well.contains("Mã truy cập: 1022 TP.HCM") && well.contains("Đăng ký nhận sự kiện"), "{well}");
    assert!(meta.subscribed_fields(PAGE).contains(&"feed".to_owned()));
    let list = admin.page("/admin/channels").await;
    assert!(list.contains("Đang chạy") && !list.contains("Đang lỗi"), "{list}");

    // The same page twice, another verify token, and off.
    let again = refused(&admin, new, &[("address", PAGE), ("name", "Lần nữa"), ("enabled", "yes")]).await;
    assert!(again.contains("đã được kết nối rồi"), "{again}");
    saved(&admin, &at, &[basics.as_slice(), &[("base", base.as_str()), ("renew", "yes")]].concat()).await;
    let renewed = account(&app, &at).await.secrets;
    assert!(renewed.webhook != verify && renewed.app_secret == SECRET && renewed.access_token == TOKEN);
    let off = [("address", PAGE), ("name", "Trang 1022"), ("base", base.as_str())];
    saved(&admin, &at, &off).await;
    assert!(admin.page("/admin/channels").await.contains("Đang tắt"));
    app.finish().await;
}

#[tokio::test]
async fn an_official_account_gives_its_permission_and_its_token_is_renewed_by_the_test() {
    let app = TestApp::start().await;
    let vendors = vendors().await;
    let zalo = vendors.zalo();
    let admin = administrator(&app.city, &app.url).await;
    let origin = vendors.origin().to_owned();
    let basics = [("address", OA), ("app_id", ZALO_APP), ("name", "OA 1022"), ("enabled", "yes")];
    let at = saved(&admin, "/admin/channels/zalo/new", &basics).await;
    let more = [
        ("base", origin.as_str()),
        ("oauth_base", origin.as_str()),
        ("app_secret", ZALO_SECRET),
        ("webhook", OA_SECRET),
        ("proof_name", "zalo_verifierAbC123.html"),
        ("proof_body", "<html>there was a proof</html>"),
    ];
    saved(&admin, &at, &[basics.as_slice(), &more].concat()).await;
    let page = admin.page(&at).await;
    let id = at.rsplit('/').next().unwrap_or_default();
    let callback = format!("{PUBLIC}/hooks/zalo/{id}/permission");
    let challenge = channels::zalo::oauth::challenge(&account(&app, &at).await.secrets.verifier);
    assert!(page.contains(&format!("{PUBLIC}/hooks/zalo/{id}<")) && page.contains(&callback) && page.contains(&challenge), "{page}");
    assert!(!page.contains(ZALO_SECRET) && !page.contains(OA_SECRET), "secrets stay inside");
    let proof = app.anon().get("/zalo_verifierAbC123.html").await;
    assert_eq!(proof.status(), StatusCode::OK);
    assert!(proof.text().await.expect("a file").contains("there was a proof"));
    let wrong = refused(&admin, &at, &[basics.as_slice(), &[("proof_name", "../etc/passwd"), ("proof_body", "x")]].concat()).await;
    assert!(wrong.contains("id=\"proof_name-error\""), "{wrong}");

    let test = format!("{at}/test");
    let tried = async || admin.post(&test, &[]).await.text().await.expect("a page");
    assert!(tried().await.contains("OA chưa cấp quyền"));

    // As the console of Zalo was filled in, and as the administrator of the account agrees.
    zalo.add_app(zalo::App {
        redirect_uri: Some(callback.clone()),
        code_challenge: Some(challenge),
        ..zalo::App::new(ZALO_APP, ZALO_SECRET)
    });
    zalo.add_account(zalo::Account::new(OA, "1022 TP.HCM", ZALO_APP, OA_SECRET)).expect("an account");
    let (_, link) = page.split_once(&format!("href=\"{origin}/v4/oa/permission?")).expect("a link to Zalo");
    let query = link.split('"').next().unwrap_or_default().replace("&#38;", "&").replace("&amp;", "&");
    let agreed = client().post(format!("{origin}/v4/oa/permission")).body(format!("{query}&oa_id={OA}"));
    let agreed = agreed.header("content-type", "application/x-www-form-urlencoded").send().await.expect("Zalo answers");
    assert_eq!(agreed.status(), StatusCode::FOUND, "{query}");
    let back = location(&agreed).replace(PUBLIC, "");
    let forged = back.replace("state=", "state=0");
    assert_eq!(admin.get(&forged).await.status(), StatusCode::FORBIDDEN, "a state that is not ours");
    let answer = admin.get(&back).await;
    assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, at.clone()));
    let page = admin.page(&at).await;
    assert!(page.contains("Hết hạn 10:00 mai, hệ thống tự gia hạn"), "{page}");

    // A code works once: the page to which the browser goes back says so.
    assert_eq!(admin.get(&back).await.status(), StatusCode::SEE_OTHER);
    assert!(admin.page(&at).await.contains("Zalo không nhận quyền đã cấp"));
    assert!(tried().await.contains("Mã truy cập: 1022 TP.HCM"));
    assert!(!admin.page(&at).await.contains("Zalo không nhận quyền đã cấp"), "the alarm ends when it works");
    let before = account(&app, &at).await.secrets.access_token;
    zalo.expire_access(OA);
    assert!(tried().await.contains("Mã truy cập: 1022 TP.HCM"));
    assert_ne!(account(&app, &at).await.secrets.access_token, before);
    zalo.expire_access(OA);
    zalo.revoke_refresh(OA);
    let over = tried().await;
    assert!(over.contains("không tự gia hạn được") || over.contains("cấp quyền lại"), "{over}");
    app.finish().await;
}

#[tokio::test]
async fn a_delivery_is_looked_into_for_a_reason_and_read_again() {
    let chats = Chats::start().await;
    let admin = administrator(&chats.app.city, &chats.app.url).await;
    let person = chats.vendors.facebook().add_person(PAGE, "Lê Văn C").expect("a person");
    chats.facebook_writes(&person, "cong ty chung toi cho hoan thue tu thang ba").await;
    let case = chats.app.case().await;

    // Signed, and no delivery of Facebook all the same.
    let row = store::channel_accounts::find(&mut chats.app.city.db.read(), chats.page).await.expect("the page is there");
    let secret = ChatAccount::of(&chats.app.city, row).expect("its secrets open").secrets.app_secret;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key");
    let body = "{\"object\":\"page\",\u{202e}<script>alert(1)</script>";
    mac.update(body.as_bytes());
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    let hook = format!("{}/hooks/facebook/{}", chats.app.url, chats.page);
    let taken = client().post(hook).header("x-hub-signature-256", &signature).body(body).send().await.expect("an answer");
    assert_eq!(taken.status(), StatusCode::OK);
    chats.app.run_jobs().await;

    let overview = admin.page("/admin").await;
    let (_, rest) = overview.split_once("/admin/deliveries/").expect("a link to what could not be read");
    let broken = format!("/admin/deliveries/{}", rest.split('"').next().unwrap_or_default());
    let page = admin.page(&broken).await;
    assert!(page.contains("Không đọc được") && page.contains(&signature) && page.contains("Đọc lại"), "{page}");
    assert!(!page.contains("object"), "no content without a reason");
    assert_eq!(admin.post(&broken, &[("reason", " ")]).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let seen = admin.post(&broken, &[("reason", "Tìm lỗi đọc")]).await.text().await.expect("a page");
    assert!(seen.contains("not readable as a delivery") && seen.contains("object"), "{seen}");
    assert!(!seen.contains("<script>alert") && !seen.contains('\u{202e}'), "it shows as text");

    // The newest deliveries of the account; the events as the command line prints them.
    let account = admin.page(&format!("/admin/channels/{}", chats.page)).await;
    assert!(account.contains(&broken) && account.contains("vừa xong"), "{account}");
    let first = chats.app.messages(case.id).await.into_iter().find_map(|message| message.delivery_id).expect("the person's message");
    let good = format!("/admin/deliveries/{first}");
    assert!(account.contains(&good), "{account}");
    assert!(!admin.page(&good).await.contains("hoan thue"), "no content without a reason");
    let seen = admin.post(&good, &[("reason", "Người gửi hỏi")]).await.text().await.expect("a page");
    let plain = seen.replace("&#34;", "\"").replace("&quot;", "\"");
    assert!(
        plain.contains("\"signature\":\"valid\"") && plain.contains("\"event_kind\":\"message\"") && plain.contains("hoan thue"),
        "{plain}"
    );
    let log = admin.page("/admin/jobs").await;
    assert!(log.contains("delivery_read") && log.contains("Người gửi hỏi") && log.contains("Tìm lỗi đọc"), "{log}");
    let officer = chats.app.officer("tiepnhan").await;
    assert_eq!(officer.get(&good).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(officer.post(&good, &[("reason", "tò mò")]).await.status(), StatusCode::FORBIDDEN);

    // Read again: nothing doubles, and what still cannot be read is marked again.
    assert_eq!(admin.post(&format!("{good}/again"), &[]).await.status(), StatusCode::CONFLICT, "it was read");
    let mut tx = chats.app.city.db.begin().await.expect("a transaction");
    deliveries_in::mark(&mut tx, first, "failed", Some("a parser fault that is mended".into())).await.expect("marked");
    tx.commit().await.expect("committed");
    for path in [&good, &broken] {
        assert_eq!(admin.post(&format!("{path}/again"), &[]).await.status(), StatusCode::SEE_OTHER);
    }
    chats.app.run_jobs().await;
    assert!(admin.page(&good).await.contains("Đã đọc") && admin.page(&broken).await.contains("Không đọc được"));
    assert_eq!(chats.app.messages(case.id).await.iter().filter(|message| message.direction == "in").count(), 1);

    // What belongs to a sealed case is there for its receivers only.
    let receiver = officer.officer().id.to_string();
    done(&chats.app, &officer, &case, "seal", &[("receivers", &receiver), ("reason", "Có tố cáo")]).await;
    assert_eq!(admin.post(&good, &[("reason", "Người gửi hỏi")]).await.status(), StatusCode::NOT_FOUND);
    chats.app.finish_with_dead(1).await;
}

#[tokio::test]
async fn a_mail_is_looked_into_as_its_parser_reads_it() {
    let app = TestApp::start().await;
    let hook = app.mailbox(CITY_BOX, None).await;
    hook.deliver(&Letter::new(FIRM, CITY_BOX, "xem-lai")).await;
    app.run_jobs().await;
    let admin = administrator(&app.city, &app.url).await;
    let list = admin.page("/admin/channels").await;
    assert!(list.contains(CITY_BOX) && list.contains("E-mail") && list.contains("/admin/channels/facebook/new"), "{list}");
    let page = admin.page(&format!("/admin/channels/{}", hook.account)).await;
    let (_, rest) = page.split_once("/admin/deliveries/").expect("the delivery is listed");
    let delivery = format!("/admin/deliveries/{}", rest.split('"').next().unwrap_or_default());
    let seen = admin.post(&delivery, &[("reason", "Người gửi hỏi")]).await.text().await.expect("a page");
    assert!(seen.contains("visible_reply") && seen.contains(FIRM), "{seen}");
    app.finish().await;
}
