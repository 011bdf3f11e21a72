//! SMS for those who work with it: the administrator connects a number, an officer sees what a text costs, gateways deliver
//! over HTTP, a code goes to a telephone.

use reqwest::StatusCode;
use serde_json::json;
use service::sms_accounts::{self, Entry, Route, RouteKind, RouteSecrets, SmsAccount};
use sha2::{Digest, Sha256};
use simulator::esms;
use store::cases::CaseRow;

use crate::app::{TestApp, administrator, client, set_limit};
use crate::journey::done;
use crate::sender::value;
use crate::sms::{PHONE, Texts};

const REPORT: &str = "cty em nop ho so hoan thue tu thang 3 den nay chua thay tra loi, von bi ket het";

#[tokio::test]
async fn an_administrator_connects_a_number_in_the_browser() {
    let mut texts = Texts::with(TestApp::start().await, &[]).await;
    let admin = administrator(&texts.app.city, &texts.app.url).await;
    assert!(admin.page("/admin/channels").await.contains("/admin/channels/sms/new"));
    let refused = admin.post("/admin/channels/sms/new", &[("name", ""), ("address", "một không hai hai"), ("enabled", "yes")]).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let said = refused.text().await.expect("a page");
    assert!(said.contains("Cần ghi tên") && said.contains("tối đa 11 chữ"), "{said}");
    let made = admin.post("/admin/channels/sms/new", &[("name", "SMS 8022"), ("address", "8022"), ("enabled", "yes")]).await;
    assert_eq!(made.status(), StatusCode::SEE_OTHER);
    let path = made.headers()["location"].to_str().expect("an address").to_owned();
    assert!(admin.page(&path).await.contains("Chưa có đường nào"));

    texts.vendors.smsc().set_route(simulator::smsc::Route::new("cua8022", "mat-khau").with_short_code("8022")).expect("a route");
    let at = texts.vendors.smsc().address();
    let port = at.port().to_string();
    let form = |password: &'static str, port: String| {
        [
            ("kind", "smpp".to_owned()),
            ("route_name", "Viettel".into()),
            ("enabled", "yes".into()),
            ("weight", "10".into()),
            ("per_second", "50".into()),
            ("host", "127.0.0.1".into()),
            ("port", port),
            ("system_id", "cua8022".into()),
            ("password", password.into()),
            ("window", "10".into()),
            ("answer_seconds", "2".into()),
            ("alphabet", "gsm".into()),
            ("joining", "udh8".into()),
            ("sender_ton", "0".into()),
            ("sender_npi", "0".into()),
        ]
    };
    let post = async |to: &str, form: [(&'static str, String); 15]| {
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        admin.post(to, &form).await
    };
    let too_long = post(&format!("{path}/routes/new"), form("qua-dai-cho-smpp", port.clone())).await;
    assert_eq!(too_long.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(too_long.text().await.expect("a page").contains("tối đa 8 chữ"));
    assert_eq!(post(&format!("{path}/routes/new"), form("mat-khau", port.clone())).await.status(), StatusCode::SEE_OTHER);
    assert!(admin.page(&path).await.contains("Viettel"));
    texts
        .until("the link stands", async || {
            let tried = admin.post(&format!("{path}/test"), &[]).await.text().await.expect("a page");
            tried.contains("Viettel: đang nối") && admin.page(&path).await.contains("Đang nối")
        })
        .await;

    // The secret never comes back.
    let page = admin.page(&path).await;
    let mut routes = page.split("/routes/").filter_map(|rest| rest.split('"').next()?.parse::<uuid::Uuid>().ok());
    let route = routes.next().expect("the route is listed").to_string();
    let shown = admin.page(&format!("{path}/routes/{route}")).await;
    assert!(shown.contains("Đã lưu") && !shown.contains("mat-khau"), "{shown}");

    let tried = admin.post(&format!("{path}/test"), &[("phone", "1900 1000")]).await;
    assert_eq!(tried.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(tried.text().await.expect("a page").contains("đầu số dịch vụ"));
    let tried = admin.post(&format!("{path}/test"), &[("phone", "0901 234 567")]).await.text().await.expect("a page");
    assert!(tried.contains("Viettel: đang nối") && tried.contains("Đã xếp tin thử"), "{tried}");
    texts.settle().await;
    assert_eq!(texts.said(PHONE), ["Tin thu cua 1022. Nhan duoc tin nay la duong gui da thong."]);
    assert!(admin.page(&path).await.contains("Đã tới"));
    assert!(admin.page(&path).await.contains("1 tin, 1 đoạn, 350 đồng"), "what was sent, and what it costs");

    // A person wrote: the delivery can be looked into, with a reason.
    texts.vendors.smsc().write(PHONE, "8022", REPORT).expect("a person");
    texts.settle().await;
    let page = admin.page(&path).await;
    let mut seen = String::new();
    for delivery in page.split("/admin/deliveries/").skip(1).filter_map(|rest| rest.split('"').next()) {
        let read = admin.post(&format!("/admin/deliveries/{delivery}"), &[("reason", "Người gửi hỏi")]).await;
        seen += &read.text().await.expect("a page");
    }
    assert!(seen.contains("deliver_sm") && seen.contains("hoan thue"), "{seen}");

    assert_eq!(admin.post(&format!("{path}/routes/{route}/remove"), &[]).await.status(), StatusCode::SEE_OTHER);
    assert!(admin.page(&path).await.contains("Chưa có đường nào"));
    texts.routes.clear();
    texts.finish().await;
}

/// A case that waits for the tax office's answer.
async fn accepted(texts: &Texts) -> CaseRow {
    texts.writes(PHONE, REPORT).await;
    let case = texts.app.case().await;
    let routed = texts.route(&case).await;
    let handler = texts.app.officer("thue.nam").await;
    done(&texts.app, &handler, &routed, "accept", &[]).await
}

#[tokio::test]
async fn the_composer_counts_what_the_sender_will_get_and_offers_to_strip() {
    let texts = Texts::start().await;
    let case = accepted(&texts).await;
    let handler = texts.app.officer("thue.nam").await;
    let page = handler.page(&format!("/console/c/{}?k=ask", case.code)).await;
    assert!(page.contains("SMS đi không dấu: 1 đoạn"), "counted with what stands around the words: {page}");
    let count = format!("/console/c/{}/sms/ask", case.code);
    let question = "Anh/chị vui lòng cho biết số biên nhận hồ sơ và ngày nộp. ".repeat(5);
    let version = case.version.to_string();
    let form = [("question", question.as_str()), ("until", "2026-02-12"), ("version", version.as_str())];
    let counted = handler.post(&format!("{count}/count"), &form).await;
    assert_eq!(counted.status(), StatusCode::OK);
    let page = counted.text().await.expect("a page");
    assert!(page.contains("SMS đi không dấu: 3 đoạn") && page.contains("1.050 đồng"), "without a script the whole page: {page}");
    assert!(page.contains("Anh/chị vui lòng cho biết"), "what was typed stays");
    let line = handler.post_with(&format!("{count}/count"), &form, &[("hx-request", "true")]).await.text().await.expect("a line");
    assert!(line.contains("3 đoạn") && !line.contains("<html"), "with a script the line alone: {line}");

    // Where diacritics go out, they cost, and may be taken away.
    set_limit(&texts.app.city, "sms_plain", 0).await;
    let page = handler.post(&format!("{count}/count"), &form).await.text().await.expect("a page");
    assert!(page.contains("SMS có dấu: 6 đoạn") && page.contains("Bỏ dấu còn 3 đoạn"), "{page}");
    let stripped = handler.post(&format!("{count}/strip"), &form).await.text().await.expect("a page");
    assert!(stripped.contains("Anh/chi vui long cho biet") && !stripped.contains("vui lòng"), "{stripped}");

    // With diacritics it arrives with them, in as many parts as were counted.
    let before = texts.counters("doithoai").accepted;
    done(&texts.app, &handler, &case, "ask", &[("question", question.trim()), ("until", "2026-02-12")]).await;
    texts.settle().await;
    assert_eq!(texts.counters("doithoai").accepted, before + 6);
    let said = texts.said(PHONE);
    assert!(said.last().expect("a question").contains("số biên nhận hồ sơ"), "{said:?}");
    texts.finish().await;
}

/// An account with a route through the simulated gateway.
async fn gateway(texts: &Texts) -> SmsAccount {
    let city = &texts.app.city;
    let entry = Entry {
        name: "Đầu số 8088".into(),
        address: "8088".into(),
        mo_key: "khoa-rieng".into(),
        vcom_key: "khoa-vcom".into(),
        ..Entry::default()
    };
    let id = sms_accounts::save(city, None, None, entry.clone()).await.expect("an account");
    let route = Route {
        name: "eSMS".into(),
        kind: RouteKind::Esms,
        sender: "DOITHOAI".into(),
        per_second: 1000,
        base: texts.vendors.origin().to_owned(),
        ..Route::default()
    };
    let secrets = RouteSecrets { api_key: "KEY".into(), secret_key: "SECRET".into(), ..RouteSecrets::default() };
    sms_accounts::save_route(city, None, id, route, secrets).await.expect("a route");
    // Switched on when it is whole: an edit ends what holds the account and begins it anew.
    sms_accounts::save(city, None, Some(id), Entry { enabled: true, ..entry }).await.expect("the account");
    city.reload().await.expect("settings can be read");
    texts.until("the account is held", async || city.links.holds(id)).await;
    SmsAccount::of(city, store::channel_accounts::find(&mut city.db.read(), id).await.expect("the account")).expect("its secrets open")
}

#[tokio::test]
async fn gateways_bring_and_take_messages_over_http() {
    let texts = Texts::start().await;
    let account = gateway(&texts).await;
    let hook = format!("{}/hooks/sms/{}/{}", texts.app.url, account.row.id, account.secrets.hook);
    let gateway = texts.vendors.esms();
    gateway.set_account(esms::Account {
        short_codes: vec![esms::ShortCode {
            number: "8088".into(),
            webhook: format!("{hook}/esms/message"),
            cpid: "CP01".into(),
            private_key: "khoa-rieng".into(),
        }],
        ..esms::Account::new("KEY", "SECRET", "DOITHOAI")
    });
    gateway.write(PHONE, "8088", REPORT).expect("a person");
    texts.settle().await;
    let case = texts.app.case().await;
    let sent = gateway.sent(Some(PHONE));
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert!(sent[0].text.starts_with("1022 da nhan"), "{}", sent[0].text);
    // The gateway reports to the public address; here the test brings what it would.
    let route = account.settings.routes[0].id;
    let message = texts.app.messages(case.id).await.into_iter().find(|message| message.kind == "receipt").expect("a receipt");
    assert!(matches!(message.state.as_str(), "sent" | "delivered"), "{}", message.state);
    let told = format!(
        "{hook}/esms/receipt/{route}?SMSID=1&SendFailed=0&SendSuccess=1&SendStatus=5&RequestId={}&phonenumber={PHONE}",
        message.id.simple()
    );
    assert_eq!(client().get(&told).send().await.expect("an answer").status(), StatusCode::OK);
    texts.settle().await;
    assert_eq!(texts.state(case.id, "receipt").await.0, "delivered");

    // Another address, another key, no key.
    let wrong = hook.replace(&account.secrets.hook, "abc");
    assert_eq!(client().get(format!("{wrong}/esms/message?smsid=1&sender={PHONE}")).send().await.expect("an answer").status(), 404);
    let unsigned = format!("{hook}/esms/message?smsid=77&sender={PHONE}&content=alo&cpid=CP01&receiverTime=20260205090000&sign=00");
    assert_eq!(client().get(unsigned).send().await.expect("an answer").status(), 403);

    let post = async |request_id: &str, key: &str| {
        let mut hash = Sha256::new();
        for part in ["demo", request_id, "84912000001", key, "1790000000"] {
            hash.update(part);
        }
        use base64::Engine;
        let checksum = base64::engine::general_purpose::STANDARD.encode(hash.finalize());
        let body = json!({
            "type": "new", "client_id": "demo", "request_id": request_id, "service_id": "7068", "command_code": "HOTRO",
            "message": "giay phep xay dung nha xuong nop 2 thang chua co ket qua", "telco": "VT", "phone": "84912000001",
            "time": "1790000000", "checksum": checksum,
        });
        client().post(format!("{hook}/vcom")).json(&body).send().await.expect("an answer")
    };
    let taken = post("1790000001", "khoa-vcom").await;
    assert_eq!(taken.status(), StatusCode::OK);
    assert!(taken.text().await.expect("a body").contains("\"code\":200"));
    assert_eq!(post("1790000001", "khoa-vcom").await.status(), StatusCode::OK, "the same again is taken, and is the same");
    assert_eq!(post("1790000002", "khoa-khac").await.status(), StatusCode::FORBIDDEN);
    texts.settle().await;
    assert_eq!(texts.app.cases().await.len(), 2);
    assert_eq!(gateway.repeats().len(), 0, "nobody got a message twice");
    texts.finish().await;
}

#[tokio::test]
async fn a_one_time_code_goes_to_the_telephone_that_wrote_and_to_no_other() {
    let texts = Texts::start().await;
    texts.writes(PHONE, REPORT).await;
    let case = texts.app.case().await;
    let sender = texts.app.anon();
    let (ask, type_in) = (format!("/ho-so/{}/ma", case.code), format!("/ho-so/{}/ma/nhap", case.code));
    let page = sender.post(&ask, &[("contact", "0901 234 567")]).await.text().await.expect("a page");
    let id = value(&page, "id");
    texts.settle().await;
    let said = texts.said(PHONE);
    let code: String = said.last().expect("a code").chars().take(6).collect();
    assert!(code.bytes().all(|byte| byte.is_ascii_digit()) && said.last().expect("a code").contains("ma xac nhan"), "{said:?}");
    let opened = sender.post(&type_in, &[("id", &id), ("digits", &code)]).await;
    assert_eq!(opened.status(), StatusCode::SEE_OTHER, "the code lets in");
    sender.post(&ask, &[("contact", "0912 345 678")]).await;
    texts.settle().await;
    assert!(texts.said("84912345678").is_empty(), "another number gets nothing");
    let dump = format!("{:?}", texts.app.messages(case.id).await);
    assert!(!dump.contains(&code), "the code rests nowhere");
    texts.finish().await;
}
