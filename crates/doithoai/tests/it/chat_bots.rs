//! Bots of Telegram and Viber: connected by an administrator with one button, used by a business, and what goes wrong.

use std::net::SocketAddr;
use std::sync::Arc;

use jiff::SignedDuration;
use reqwest::StatusCode;
use reqwest::multipart::{Form, Part};
use service::chat_accounts::ChatAccount;
use simulator::{CallKind, Fault, Happening, Options, Rule, Sent, Simulator, What, telegram, viber};
use store::cases::CaseRow;
use store::messages::MessageRow;
use uuid::Uuid;

use crate::app::{Actor, MORNING, TestApp, administrator, client};
use crate::chat::REPORT;
use crate::journey::{ANSWER, done, routed};
use crate::sender::location;

const BOT: &str = "123456789";
const BOT_TOKEN: &str = "123456789:AADemoDemoDemoDemoDemoDemoDemoDemoDe";
const OTHER_TOKEN: &str = "987654321:AADemoDemoDemoDemoDemoDemoDemoDemoDe";
const URI: &str = "tongdai1022";
const VIBER_TOKEN: &str = "44aaaa0000000001-0123456789abcdef-0123456789abcdef";

/// The program under an address of its own, the vendors, an administrator.
struct Bots {
    app: TestApp,
    vendors: Simulator,
    admin: Actor,
}

impl Bots {
    async fn start() -> Self {
        let app = TestApp::reachable().await;
        let (bind, moment): (SocketAddr, jiff::Timestamp) =
            ("127.0.0.1:0".parse().expect("an address"), MORNING.parse().expect("a moment"));
        let options = Options { retry_speed: 1_000, ..Options::new(bind, 7, Arc::new(move || moment)) };
        let vendors = Simulator::start(options).await.expect("vendors");
        let bot = |token: &str, name: &str| telegram::Bot { token: token.into(), name: name.into(), username: "tongdai1022_bot".into() };
        vendors.telegram().add_bot(bot(BOT_TOKEN, "1022 TP.HCM")).expect("a bot");
        vendors.telegram().add_bot(bot(OTHER_TOKEN, "Bot khác")).expect("a bot");
        vendors.viber().add_bot(viber::Bot { uri: URI.into(), name: "1022 TP.HCM".into(), token: VIBER_TOKEN.into() });
        let admin = administrator(&app.city, &app.url).await;
        Self { app, vendors, admin }
    }

    /// Saves the form of an account and expects it to be taken; the page's address.
    async fn save(&self, to: &str, form: &[(&str, &str)]) -> String {
        let answer = self.admin.post(to, form).await;
        let status = answer.status();
        assert_eq!(status, StatusCode::SEE_OTHER, "{}", answer.text().await.unwrap_or_default());
        location(&answer)
    }

    /// The button.
    async fn connect(&self, at: &str) -> String {
        self.admin.post(&format!("{at}/test"), &[]).await.text().await.expect("a page")
    }

    /// A connected account; its page's address.
    async fn connected(&self, channel: &str, address: &str, token: &str) -> String {
        let origin = self.vendors.origin();
        let host = origin.trim_start_matches("http://");
        let form = [
            ("address", address),
            ("name", "Tổng đài 1022"),
            ("enabled", "yes"),
            ("access_token", token),
            ("base", origin),
            ("media_hosts", host),
        ];
        let at = self.save(&format!("/admin/channels/{channel}/new"), &form).await;
        let page = self.connect(&at).await;
        assert!(page.contains("1022 TP.HCM") && page.contains("Đăng ký địa chỉ nhận"), "{page}");
        self.app.city.reload().await.expect("settings can be read");
        at
    }

    async fn account(&self, at: &str) -> ChatAccount {
        let id: Uuid = at.rsplit('/').next().unwrap_or_default().parse().expect("an id");
        let row = store::channel_accounts::find(&mut self.app.city.db.read(), id).await.expect("the account is there");
        ChatAccount::of(&self.app.city, row).expect("its secrets open")
    }

    async fn settle(&self) {
        for _ in 0..3 {
            self.vendors.settled().await;
            self.app.run_jobs().await;
        }
    }

    fn pass(&self, time: SignedDuration) {
        self.app.pass(time);
        self.vendors.advance(time);
    }

    async fn telegram(&self, person: i64, act: telegram::Act) -> i64 {
        let id = self.vendors.telegram().act(BOT, person, act).expect("the person can do that");
        self.settle().await;
        id
    }

    async fn telegram_writes(&self, person: i64, text: &str) -> i64 {
        self.telegram(person, telegram::Act::Text { text: text.into(), reply_to: None }).await
    }

    fn telegram_sent(&self, person: i64) -> Vec<Sent> {
        self.vendors.telegram().sent(Some(&person.to_string()))
    }

    async fn viber(&self, person: &str, act: viber::Act) {
        self.vendors.viber().act(URI, person, act).expect("the person can do that");
        self.settle().await;
    }

    async fn viber_writes(&self, person: &str, text: &str) {
        self.viber(person, viber::Act::Text { text: text.into() }).await;
    }

    fn viber_sent(&self, person: &str) -> Vec<Sent> {
        self.vendors.viber().sent(Some(person))
    }

    /// Routed, accepted and answered with a file by the tax office.
    async fn answer_with_a_file(&self, case: &CaseRow, name: &str) -> CaseRow {
        let routed = routed(&self.app, case).await;
        self.settle().await;
        let handler = self.app.officer("thue.nam").await;
        let accepted = done(&self.app, &handler, &routed, "accept", &[]).await;
        self.settle().await;
        let form = ANSWER.iter().fold(Form::new(), |form, (name, value)| form.text(*name, *value));
        let pdf = Part::bytes(PDF.to_vec()).file_name(name.to_owned());
        let form = form.text("version", accepted.version.to_string()).part("files", pdf);
        let sent = handler.upload(&format!("/console/c/{}/do/reply", case.code), form).await;
        assert_eq!(sent.status(), StatusCode::SEE_OTHER);
        let leader = self.app.officer("thue.oanh").await;
        let answered = done(&self.app, &leader, &self.app.reread(case).await, "approve", &[]).await;
        self.settle().await;
        answered
    }

    async fn case_beside(&self, known: &[&CaseRow]) -> CaseRow {
        let mut cases = self.app.cases().await.into_iter();
        cases.find(|case| known.iter().all(|known| known.id != case.id)).expect("another case")
    }

    async fn message(&self, case: &CaseRow, kind: &str) -> MessageRow {
        self.app.messages(case.id).await.into_iter().rev().find(|message| message.kind == kind).expect("such a message")
    }

    async fn finish(self) {
        let repeats = (self.vendors.telegram().repeats(), self.vendors.viber().repeats());
        assert!(repeats.0.is_empty() && repeats.1.is_empty(), "nobody got a message twice: {repeats:?}");
        self.app.finish().await;
    }
}

const PDF: &[u8] = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";

fn texts(sent: &[Sent]) -> Vec<&str> {
    sent.iter().map(|sent| sent.text.as_str()).collect()
}

/// What stands on the buttons below a message of Telegram.
fn buttons(sent: &Sent) -> Vec<String> {
    let lines = sent.message["reply_markup"]["inline_keyboard"].as_array().cloned().unwrap_or_default();
    lines.iter().map(|line| line[0]["callback_data"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn a_bot_of_telegram_is_connected_rotated_and_switched_off() {
    let bots = Bots::start().await;
    let (new, origin) = ("/admin/channels/telegram/new", bots.vendors.origin().to_owned());
    let first = bots.admin.page(new).await;
    assert!(first.contains("Nhà mạng ở Việt Nam đang chặn Telegram") && first.contains("Bước 1. Bot nào"), "{first}");
    assert!(!first.contains("Bước 2.") && !first.contains("name=\"enabled\" value=\"yes\" checked"), "off until somebody decides");
    let wrong = bots.admin.post(new, &[("address", "@tongdai"), ("name", "1022")]).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let off = [("address", BOT), ("name", "1022"), ("base", origin.as_str())];
    let at = bots.save(new, &off).await;
    assert!(bots.connect(&at).await.contains("Chưa có token. Dán ở bước 2"));
    bots.save(&at, &[off.as_slice(), &[("access_token", BOT_TOKEN)]].concat()).await;
    assert!(bots.connect(&at).await.contains("Tài khoản đang tắt"));
    assert!(bots.admin.page("/admin/channels").await.contains("Đang tắt"), "which is no fault");
    let on = [off.as_slice(), &[("enabled", "yes")]].concat();
    bots.save(&at, &[on.as_slice(), &[("access_token", OTHER_TOKEN)]].concat()).await;
    assert!(bots.connect(&at).await.contains("là của tài khoản khác"));
    bots.save(&at, &[on.as_slice(), &[("access_token", "123456789:sai")]].concat()).await;
    assert!(bots.connect(&at).await.contains("Lấy lại ở @BotFather"));
    assert!(bots.admin.page("/admin/channels").await.contains("Đang lỗi"));
    bots.save(&at, &[on.as_slice(), &[("access_token", BOT_TOKEN)]].concat()).await;
    let page = bots.connect(&at).await;
    assert!(page.contains("1022 TP.HCM (@tongdai1022_bot)") && page.contains("Đăng ký địa chỉ nhận"), "{page}");
    let secret = bots.account(&at).await.secrets.webhook;
    assert!(!page.contains(BOT_TOKEN) && !page.contains(&secret), "secrets stay inside");
    assert!(bots.admin.page("/admin/channels").await.contains("Đang chạy"));

    // Only who knows the secret is believed; what is kept does not hold it.
    let hook = format!("{}/hooks/telegram/{}", bots.app.url, at.rsplit('/').next().unwrap_or_default());
    let update = r#"{"update_id":1,"message":{"message_id":1,"date":1,"chat":{"id":7,"type":"private"},"from":{"id":7},"text":"a"}}"#;
    let post = async |secret: &str| {
        let request = client().post(&hook).header("x-telegram-bot-api-secret-token", secret).body(update);
        request.send().await.expect("an answer").status()
    };
    assert_eq!(post("sai").await, StatusCode::FORBIDDEN);
    assert_eq!(client().post(&hook).body(update).send().await.expect("an answer").status(), StatusCode::FORBIDDEN);
    let person = bots.vendors.telegram().add_person(BOT, "Lê Văn C").expect("a person");
    bots.telegram_writes(person, "Xin chào").await;
    let page = bots.admin.page(&at).await;
    let (_, rest) = page.split_once("/admin/deliveries/").expect("the delivery is listed");
    let delivery = format!("/admin/deliveries/{}", rest.split('"').next().unwrap_or_default());
    let seen = bots.admin.post(&delivery, &[("reason", "Tìm lỗi đọc")]).await.text().await.expect("a page");
    let plain = seen.replace("&#34;", "\"").replace("&quot;", "\"");
    assert!(plain.contains("\"signature\":\"valid\"") && plain.contains("Xin chào") && !plain.contains(&secret), "{plain}");

    // A new secret: what comes with the old one is refused, and comes again once the bot is connected anew.
    bots.save(&at, &[on.as_slice(), &[("renew", "yes")]].concat()).await;
    let renewed = bots.account(&at).await.secrets;
    assert!(renewed.webhook != secret && renewed.access_token == BOT_TOKEN);
    assert_eq!(post(&secret).await, StatusCode::FORBIDDEN);
    assert!(bots.connect(&at).await.contains("Đăng ký địa chỉ nhận"));
    bots.telegram_writes(person, REPORT).await;
    assert_eq!(bots.app.cases().await.len(), 1);
    bots.save(&at, &off).await;
    assert!(bots.admin.page("/admin/channels").await.contains("Đang tắt"));
    bots.finish().await;
}

#[tokio::test]
async fn a_business_is_served_on_telegram() {
    let bots = Bots::start().await;
    bots.connected("telegram", BOT, BOT_TOKEN).await;
    let person = bots.vendors.telegram().add_person(BOT, "Trần Thị B").expect("a person");
    bots.telegram(person, telegram::Act::Start { parameter: String::new() }).await;
    assert!(bots.telegram_sent(person)[0].text.contains("đang vướng việc gì"), "who starts the bot is spoken to");
    let written = bots.telegram_writes(person, REPORT).await;
    let case = bots.app.case().await;
    assert_eq!(case.channel, "telegram");
    let contact = store::contacts::find(&mut bots.app.city.db.read(), case.contact_id).await.expect("a contact");
    assert_eq!(contact.name, "Trần Thị B");
    let code = service::receive::spaced(&case.code);
    let sent = bots.telegram_sent(person);
    assert!(sent.len() == 2 && sent[1].text.contains(&code), "{:?}", texts(&sent));
    assert_eq!(buttons(&sent[1]), ["Không đúng", "Bỏ qua"]);

    // A photo has to be asked for; an edit keeps what stood there before.
    bots.pass(SignedDuration::from_secs(20));
    bots.telegram(person, telegram::Act::Photo { caption: String::new() }).await;
    let files = store::files::of_case(&mut bots.app.city.db.read(), case.id).await.expect("files");
    assert_eq!((files.len(), files[0].mime.as_str(), files[0].refused.as_deref()), (1, "image/gif", None));
    bots.telegram(person, telegram::Act::Edit { message: written, text: format!("{REPORT}, ma so 4417") }).await;
    let first = bots.app.messages(case.id).await.into_iter().find(|message| message.direction == "in").expect("the report");
    assert!(first.text.ends_with("4417") && first.quoted.as_deref() == Some(REPORT), "{}", first.text);

    // A pressed button is heard, and what was asked goes on.
    bots.pass(SignedDuration::from_mins(1));
    let receipt = sent[1].message_id.parse().expect("a number");
    bots.telegram(person, telegram::Act::Callback { message: receipt, data: "Không đúng".into() }).await;
    let sent = bots.telegram_sent(person);
    assert!(sent.last().expect("words").text.contains("1. "), "{:?}", texts(&sent));
    let answered = |happening: &Happening| matches!(&happening.what, What::Call { call, .. } if call == "POST /answerCallbackQuery");
    assert_eq!(bots.vendors.journal().iter().filter(|happening| answered(happening)).count(), 1, "the button stops waiting");
    bots.telegram_writes(person, "1").await;
    assert_ne!(bots.app.reread(&case).await.proposal.0["fields"][0][0], "tax");

    // Another matter, and words that answer a message of the first.
    bots.pass(SignedDuration::from_mins(10));
    bots.telegram_writes(person, "via he truoc quan bi chiem het, khach khong vao duoc").await;
    let asked = bots.telegram_sent(person).last().expect("words").clone();
    assert_eq!(buttons(&asked), ["Việc khác"]);
    bots.telegram(person, telegram::Act::Callback { message: asked.message_id.parse().expect("a number"), data: "Việc khác".into() }).await;
    assert_eq!(bots.app.cases().await.len(), 2);
    let reply = telegram::Act::Text { text: "em gui them ma so thue sau".into(), reply_to: Some(written) };
    bots.telegram(person, reply).await;
    assert!(bots.app.messages(case.id).await.iter().any(|message| message.text.contains("gui them")), "a reply belongs to its case");

    let handler = bots.app.officer("thue.nam").await;
    let answered = bots.answer_with_a_file(&bots.app.reread(&case).await, "phu-luc.pdf").await;
    let page = handler.page(&format!("/console/c/{}", answered.code)).await;
    assert!(page.contains("qua Telegram"), "{page}");
    let sent = bots.telegram_sent(person);
    let answer = sent.iter().find(|sent| sent.text.contains("mấy sao")).expect("the answer");
    assert_eq!(buttons(answer).len(), 5);
    assert!(sent.iter().any(|sent| sent.kind == "document"), "the file went along: {:?}", texts(&sent));
    assert_eq!(bots.message(&case, "answer").await.state, "sent", "Telegram tells no more than that");
    bots.telegram_writes(person, &format!("KQ {code}")).await;
    assert!(bots.telegram_sent(person).last().expect("words").text.contains(&code));
    bots.telegram(person, telegram::Act::Callback { message: answer.message_id.parse().expect("a number"), data: "5 sao".into() }).await;
    assert_eq!(bots.app.reread(&case).await.stage, "closed");
    bots.telegram_writes(person, "HUY").await;
    assert!(bots.telegram_sent(person).last().expect("words").text.contains("Từ nay chúng tôi chỉ nhắn"));
    bots.finish().await;
}

#[tokio::test]
async fn a_business_is_served_on_viber() {
    let bots = Bots::start().await;
    assert!(bots.admin.page("/admin/channels/viber/new").await.contains("Bot Viber phải trả tiền"));
    let wrong = bots.admin.post("/admin/channels/viber/new", &[("address", "viber://pa"), ("name", "1022")]).await;
    assert!(wrong.text().await.expect("a page").contains("id=\"address-error\""));
    let at = bots.connected("viber", URI, VIBER_TOKEN).await;
    let person = bots.vendors.viber().add_person(URI, "Trần Thị B").expect("a person");
    bots.viber(&person, viber::Act::Open { context: String::new() }).await;
    assert!(bots.app.cases().await.is_empty() && bots.viber_sent(&person).is_empty(), "who only looks is not written to");
    bots.viber_writes(&person, REPORT).await;
    let case = bots.app.case().await;
    assert_eq!(case.channel, "viber");
    let code = service::receive::spaced(&case.code);
    let sent = bots.viber_sent(&person);
    assert!(sent.len() == 1 && sent[0].text.contains(&code), "{:?}", texts(&sent));
    assert_eq!(sent[0].message["sender"]["name"], "Tổng đài 1022");
    assert_eq!(sent[0].message["keyboard"]["Buttons"][0]["ActionBody"], "Không đúng");
    assert_eq!(bots.message(&case, "receipt").await.state, "delivered", "the telephone said so");
    bots.viber(&person, viber::Act::Read).await;
    assert_eq!(bots.message(&case, "receipt").await.state, "read");

    bots.pass(SignedDuration::from_secs(20));
    let media = bots.vendors.keep_file(crate::mail::photo_with_place());
    bots.viber(&person, viber::Act::Picture { media, text: String::new() }).await;
    bots.viber(&person, viber::Act::Contact { name: "Anh Ba".into(), phone_number: "+84901234567".into() }).await;
    let files = store::files::of_case(&mut bots.app.city.db.read(), case.id).await.expect("files");
    assert_eq!((files.len(), files[0].mime.as_str(), files[0].refused.as_deref()), (1, "image/jpeg", None));
    assert!(bots.app.messages(case.id).await.iter().any(|message| message.text.contains("Danh thiếp: Anh Ba, +84901234567")));
    let contact = store::contacts::find(&mut bots.app.city.db.read(), case.contact_id).await.expect("a contact");
    assert_eq!(contact.name, "Trần Thị B", "a card names somebody else");

    let answered = bots.answer_with_a_file(&bots.app.reread(&case).await, "phụ lục.pdf").await;
    let sent = bots.viber_sent(&person);
    let file = sent.iter().find(|sent| sent.kind == "file").expect("the file went along");
    assert_eq!((file.message["file_name"].as_str(), file.message["size"].as_u64()), (Some("phụ lục.pdf"), Some(PDF.len() as u64)));
    // Viber fetches it at an address that nobody can guess and that ends.
    let address = file.message["media"].as_str().expect("an address").to_owned();
    assert!(address.starts_with(&bots.app.url) && address.ends_with(".pdf"), "{address}");
    let get = async |address: &str| client().get(address).send().await.expect("an answer");
    let fetched = get(&address).await;
    assert!(fetched.headers()["content-disposition"].to_str().expect("letters").starts_with("attachment"));
    assert_eq!(fetched.bytes().await.expect("octets").to_vec(), PDF);
    let parts: Vec<&str> = address.rsplitn(4, '/').collect();
    for forged in [address.replace(parts[1], &"0".repeat(64)), address.replace(parts[2], "9999999999")] {
        assert_eq!(get(&forged).await.status(), StatusCode::NOT_FOUND, "{forged}");
    }
    let page = bots.admin.page(&at).await;
    let (_, rest) = page.split_once("/admin/deliveries/").expect("a delivery");
    let delivery = format!("/admin/deliveries/{}", rest.split('"').next().unwrap_or_default());
    let seen = bots.admin.post(&delivery, &[("reason", "Tìm lỗi đọc")]).await.text().await.expect("a page");
    assert!(seen.replace("&#34;", "\"").replace("&quot;", "\"").contains("\"signature\":\"valid\""), "{seen}");
    bots.pass(SignedDuration::from_hours(25));
    assert_eq!(get(&address).await.status(), StatusCode::NOT_FOUND, "its time is over");

    bots.viber_writes(&person, "5 sao").await;
    assert_eq!(bots.app.reread(&answered).await.stage, "closed");

    // The next report, another matter beside it, its code, and no more.
    bots.viber_writes(&person, REPORT).await;
    let second = bots.case_beside(&[&case]).await;
    bots.pass(SignedDuration::from_mins(10));
    bots.viber_writes(&person, "via he truoc quan bi chiem het, khach khong vao duoc").await;
    bots.viber_writes(&person, "Việc khác").await;
    bots.case_beside(&[&case, &second]).await;
    let code = service::receive::spaced(&second.code);
    bots.viber_writes(&person, &format!("KQ {code}")).await;
    assert!(bots.viber_sent(&person).last().expect("words").text.contains(&code));
    bots.viber_writes(&person, "HUY").await;
    assert!(bots.viber_sent(&person).last().expect("words").text.contains("Từ nay chúng tôi chỉ nhắn"));
    bots.finish().await;
}

#[tokio::test]
async fn the_composer_knows_that_telegram_has_no_window_and_viber_a_price() {
    let bots = Bots::start().await;
    bots.connected("telegram", BOT, BOT_TOKEN).await;
    bots.connected("viber", URI, VIBER_TOKEN).await;
    let person = bots.vendors.telegram().add_person(BOT, "Một").expect("a person");
    let other = bots.vendors.viber().add_person(URI, "Hai").expect("a person");
    bots.telegram_writes(person, REPORT).await;
    let by_telegram = routed(&bots.app, &bots.app.case().await).await;
    bots.viber_writes(&other, REPORT).await;
    let by_viber = bots.app.cases().await.into_iter().find(|case| case.channel == "viber").expect("a case");
    let by_viber = routed(&bots.app, &by_viber).await;
    bots.settle().await;
    let handler = bots.app.officer("thue.nam").await;
    for case in [&by_telegram, &by_viber] {
        done(&bots.app, &handler, case, "accept", &[]).await;
    }
    bots.settle().await;
    let at_desk = async |case: &CaseRow| bots.app.officer("thue.nam").await.page(&format!("/console/c/{}?k=reply", case.code)).await;
    assert!(at_desk(&by_telegram).await.contains("Telegram: nhắn được đến khi người này chặn tài khoản"));
    let page = at_desk(&by_viber).await;
    assert!(page.contains("Viber: còn miễn phí đến 09:00 mai") && page.contains("Mỗi tin tối đa 7.000 ký tự"), "{page}");
    bots.pass(SignedDuration::from_hours(30 * 24));
    let page = at_desk(&by_telegram).await;
    assert!(page.contains("nhắn được đến khi người này chặn tài khoản") && page.contains("Mỗi tin tối đa 4.096 ký tự"), "{page}");
    assert!(at_desk(&by_viber).await.contains("Viber: đã quá hạn miễn phí, tin này bị tính phí. Gửi được đến khi người này chặn"));
    bots.finish().await;
}

#[tokio::test]
async fn a_lost_reply_is_unknown_until_a_receipt_or_the_persons_answer_settles_it() {
    let bots = Bots::start().await;
    bots.connected("telegram", BOT, BOT_TOKEN).await;
    let at = bots.connected("viber", URI, VIBER_TOKEN).await;
    let (telegram, talk) = (bots.vendors.telegram(), bots.vendors.viber());

    // Viber's receipt names a message that nobody else can have sent.
    let one = talk.add_person(URI, "Một").expect("a person");
    talk.add_fault(Rule::next(CallKind::Send, Fault::LostReply)).expect("a rule");
    talk.act(URI, &one, viber::Act::Text { text: REPORT.into() }).expect("a message");
    bots.vendors.settled().await;
    bots.app.run_jobs().await;
    let case = bots.app.case().await;
    bots.settle().await;
    assert_eq!(bots.message(&case, "receipt").await.state, "delivered");
    let events = bots.app.events(case.id).await;
    assert!(events.contains(&"delivery_unknown".to_owned()) && events.contains(&"delivery_settled".to_owned()), "{events:?}");
    assert_eq!(bots.viber_sent(&one).len(), 1, "sent once");

    // No receipt comes: what the person writes next repeats the mark of ours.
    let hook = format!("{}/hooks/viber/{}", bots.app.url, bots.account(&at).await.row.id);
    let mute = format!(r#"{{"url":"{hook}","event_types":["seen"]}}"#);
    let told = client().post(format!("{}/pa/set_webhook", bots.vendors.origin())).header("x-viber-auth-token", VIBER_TOKEN).body(mute);
    assert!(told.send().await.expect("an answer").text().await.expect("words").contains("\"status\":0"));
    let two = talk.add_person(URI, "Hai").expect("a person");
    talk.add_fault(Rule::next(CallKind::Send, Fault::LostReply)).expect("a rule");
    bots.viber_writes(&two, REPORT).await;
    let second = bots.case_beside(&[&case]).await;
    assert_eq!(bots.message(&second, "receipt").await.state, "unknown");
    bots.viber_writes(&two, "Không đúng").await;
    assert_eq!(bots.message(&second, "receipt").await.state, "sent");

    // On Telegram the button that was pressed stands below a message that can only be that one.
    let three = telegram.add_person(BOT, "Ba").expect("a person");
    telegram.add_fault(Rule::next(CallKind::Send, Fault::LostReply)).expect("a rule");
    bots.telegram_writes(three, REPORT).await;
    let third = bots.case_beside(&[&case, &second]).await;
    assert_eq!(bots.message(&third, "receipt").await.state, "unknown");
    let seen = bots.telegram_sent(three)[0].message_id.parse().expect("a number");
    bots.telegram(three, telegram::Act::Callback { message: seen, data: "Không đúng".into() }).await;
    assert_eq!(bots.message(&third, "receipt").await.state, "sent");
    bots.finish().await;
}

#[tokio::test]
async fn refusals_wait_end_or_call_a_person() {
    let bots = Bots::start().await;
    let telegram_at = bots.connected("telegram", BOT, BOT_TOKEN).await;
    let viber_at = bots.connected("viber", URI, VIBER_TOKEN).await;
    let (telegram, talk) = (bots.vendors.telegram(), bots.vendors.viber());

    // Asked to wait, it waits as long as the vendor says, and goes out once.
    let one = telegram.add_person(BOT, "Một").expect("a person");
    telegram.add_fault(Rule::next(CallKind::Send, Fault::TooMany)).expect("a rule");
    bots.telegram_writes(one, REPORT).await;
    bots.pass(SignedDuration::from_secs(30));
    bots.settle().await;
    assert!(bots.telegram_sent(one).is_empty(), "35 seconds were asked for");
    bots.pass(SignedDuration::from_secs(6));
    bots.settle().await;
    assert_eq!(bots.telegram_sent(one).len(), 1);
    let two = talk.add_person(URI, "Hai").expect("a person");
    talk.add_fault(Rule::next(CallKind::Send, Fault::TooMany)).expect("a rule");
    bots.viber_writes(&two, REPORT).await;
    assert!(bots.viber_sent(&two).is_empty());
    bots.pass(SignedDuration::from_secs(11));
    bots.settle().await;
    assert_eq!(bots.viber_sent(&two).len(), 1);

    // Who left is not written to: the officer sees that another contact is needed.
    let cases = bots.app.cases().await;
    let case_of = |channel: &str| cases.iter().find(|case| case.channel == channel).expect("a case").clone();
    let (by_telegram, by_viber) = (case_of("telegram"), case_of("viber"));
    bots.telegram(one, telegram::Act::Block).await;
    bots.viber(&two, viber::Act::Unsubscribe).await;
    for case in [&by_telegram, &by_viber] {
        routed(&bots.app, case).await;
        bots.settle().await;
        let told = bots.message(case, "routed").await;
        assert_eq!((told.state.as_str(), told.state_reason.as_deref()), ("failed", Some("ask_other_contact")), "{}", case.channel);
    }
    bots.telegram(one, telegram::Act::Unblock).await;

    // A token that is revoked calls the administrator; what waited goes out with the new one.
    telegram.revoke_token(BOT);
    talk.replace_token(URI);
    let (three, four) = (telegram.add_person(BOT, "Ba").expect("a person"), talk.add_person(URI, "Bốn").expect("a person"));
    telegram.act(BOT, three, telegram::Act::Text { text: REPORT.into(), reply_to: None }).expect("a message");
    bots.settle().await;
    assert!(bots.admin.page(&telegram_at).await.contains("Lấy lại ở @BotFather"));
    let token = "123456789:BBDemoDemoDemoDemoDemoDemoDemoDemoDe";
    let known = telegram::Bot { token: token.into(), name: "1022".into(), username: "tongdai1022_bot".into() };
    telegram.add_bot(known).expect("a bot");
    talk.add_bot(viber::Bot { uri: URI.into(), name: "1022 TP.HCM".into(), token: "45bbbb".into() });
    talk.act(URI, &four, viber::Act::Text { text: REPORT.into() }).expect("a message");
    bots.settle().await;
    assert!(bots.viber_sent(&four).is_empty(), "signed with another token: refused, and repeated by Viber");
    let origin = bots.vendors.origin();
    for (at, address, token) in [(&telegram_at, BOT, token), (&viber_at, URI, "45bbbb")] {
        bots.save(at, &[("address", address), ("name", "1022"), ("enabled", "yes"), ("base", origin), ("access_token", token)]).await;
        assert!(bots.connect(at).await.contains("Đăng ký địa chỉ nhận"));
    }
    bots.app.city.reload().await.expect("settings can be read");
    for _ in 0..3 {
        bots.pass(SignedDuration::from_mins(2));
        bots.settle().await;
    }
    assert_eq!((bots.telegram_sent(three).len(), bots.viber_sent(&four).len()), (1, 1));
    assert!(!bots.admin.page(&telegram_at).await.contains("Lấy lại ở @BotFather"));
    bots.finish().await;
}
