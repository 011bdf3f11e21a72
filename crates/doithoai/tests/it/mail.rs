//! The journey by e-mail against real servers: Dovecot and Postfix of scripts/mail.sh.

use std::time::{Duration, Instant};

use channels::email::probe::{Reason, Step, Trial};
use domain::case::Action;
use domain::track::Track;
use service::mailboxes::{Entry, Mailbox};
use store::cases::CaseRow;
use store::messages::MessageRow;
use uuid::Uuid;

use crate::app::{Hook, TestApp};
use crate::env::{self, MailHouse};
use crate::journey::{parts, routing};
use crate::letter::Letter;
use crate::post;

/// A city at work whose mailbox stands on the real servers. `None`, said aloud, when there are none.
async fn city() -> Option<(TestApp, MailHouse, Uuid)> {
    let Some(house) = env::mail_house() else {
        println!("mail: no mail servers are up (TEST_MAIL_HOST is not set): scripts/test.sh mail starts them");
        return None;
    };
    post::empty(&house).await;
    let app = TestApp::live().await;
    let account = save(&app, None, &house, |_| {}, &house.password).await;
    Some((app, house, account))
}

async fn save(app: &TestApp, id: Option<Uuid>, house: &MailHouse, change: impl Fn(&mut Mailbox), password: &str) -> Uuid {
    let mut mailbox = Mailbox {
        imap_host: house.host.clone(),
        imap_port: house.imap,
        imap_security: "starttls".into(),
        smtp_host: house.host.clone(),
        smtp_port: house.submission,
        smtp_security: "starttls".into(),
        login: house.city.clone(),
        display_name: "Tổng đài 1022".into(),
        trusted_mx: "mx.example.gov.vn".into(),
        root_pem: house.authority.clone(),
        poll: true,
    };
    change(&mut mailbox);
    let entry =
        Entry { name: "Hộp thư".into(), address: house.city.clone(), agency: None, enabled: true, mailbox, password: password.into() };
    let id = service::mailboxes::save(&app.city, None, id, entry).await.expect("the mailbox can be saved");
    app.city.reload().await.expect("settings can be read");
    id
}

/// Waits until something is so; the words name it when it never is.
async fn until<T>(what: &str, mut asked: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = asked().await {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(40), "never: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn cases(app: &TestApp, count: usize) -> Vec<CaseRow> {
    until(&format!("{count} cases"), async || Some(app.cases().await).filter(|cases| cases.len() >= count)).await
}

async fn incoming(app: &TestApp, case: Uuid, count: usize) -> Vec<MessageRow> {
    until(&format!("{count} messages of the sender"), async || {
        let messages: Vec<MessageRow> = app.messages(case).await.into_iter().filter(|message| message.direction == "in").collect();
        (messages.len() >= count).then_some(messages)
    })
    .await
}

fn text(id: &str, mail: &channels::email::Mail) -> String {
    mail.fields.all(id).next().unwrap_or_default().trim().to_owned()
}

fn reply_to(mail: &channels::email::Mail) -> String {
    let field = text("reply-to", mail);
    field.rsplit_once('<').map_or(field.clone(), |(_, address)| address.trim_end_matches('>').to_owned())
}

fn ok(trial: &Trial) -> bool {
    trial.iter().all(|tried| tried.result.is_ok())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_goes_in_and_the_receipt_and_the_answer_go_out_and_the_reply_joins() {
    let Some((app, house, _)) = city().await else { return };
    let letter = Letter::new(&format!("Kế toán <{}>", house.firm), &house.city, "thu-that-1");
    post::send(&house, &letter).await;
    let case = cases(&app, 1).await.remove(0);
    let shown = service::change::shown_code(&case.code);

    let receipt = post::awaited(&house, &house.firm, "a receipt", |mail| mail.text.contains(&shown)).await;
    assert_eq!(text("in-reply-to", &receipt), format!("<{}>", letter.id));
    assert!(text("auto-submitted", &receipt).starts_with("auto-"));
    assert!(reply_to(&receipt).starts_with(&format!("phananh+c-{}.", case.code)), "{}", reply_to(&receipt));

    // An officer works on it; his answer arrives where the business wrote.
    let operator = app.officer("tiepnhan").await;
    let case =
        service::act::route(&app.city, operator.officer(), case.id, case.version, routing(&app, Track::Question)).await.expect("routed");
    let handler = app.officer("thue.nam").await;
    let accept = Action::Accept { officer: handler.officer().id };
    let case = service::act::act(&app.city, handler.officer(), case.id, case.version, accept).await.expect("accepted");
    service::answer::write(&app.city, handler.officer(), case.id, case.version, parts(), Vec::new()).await.expect("a draft");
    let leader = app.officer("thue.oanh").await;
    let version = app.reread(&case).await.version;
    service::answer::approve(&app.city, leader.officer(), case.id, version).await.expect("approved");
    let answer = post::awaited(&house, &house.firm, "the answer", |mail| mail.text.contains("hồ sơ hoàn thuế số 4417")).await;
    assert_eq!(text("auto-submitted", &answer), "", "a person's mail");
    assert_eq!(text("in-reply-to", &answer), format!("<{}>", letter.id));

    // The sender answers as mail programs do: to Reply-To, with the whole mail quoted below.
    let quoted: String = answer.text.lines().map(|line| format!("> {line}\n")).collect();
    let words =
        format!("Cảm ơn, chúng tôi đã rõ.\n\nVào Th 5, 5 thg 2, 2026 vào lúc 09:00 Tổng đài 1022 <{}> đã viết:\n{quoted}", house.city);
    let reply = Letter::new(&house.firm, &reply_to(&answer), "thu-that-2").subject(&format!("Re: {}", answer.subject)).text(&words);
    post::send(&house, &reply).await;
    let messages = incoming(&app, case.id, 2).await;
    let joined = messages.iter().find(|message| message.kind == "reply").expect("the reply");
    assert_eq!(joined.text.trim(), "Cảm ơn, chúng tôi đã rõ.", "the quotation is set aside");
    assert!(joined.quoted.as_ref().is_some_and(|whole| whole.contains("4417")), "and kept");
    assert!(!joined.unconfirmed);
    assert_eq!(app.cases().await.len(), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_sender_is_not_let_in_by_code_and_forged_references() {
    let Some((app, house, _)) = city().await else { return };
    post::send(&house, &Letter::new(&house.firm, &house.city, "cua-chinh-chu")).await;
    let case = cases(&app, 1).await.remove(0);
    let shown = service::change::shown_code(&case.code);
    let receipt = post::awaited(&house, &house.firm, "a receipt", |mail| mail.text.contains(&shown)).await;
    let forged = Letter::new(&house.other, &house.city, "ke-la")
        .subject(&format!("Re: Hồ sơ {shown}"))
        .answering(receipt.message_id.as_deref().expect("an id"));
    post::send(&house, &forged).await;
    let both = cases(&app, 2).await;
    let other = both.iter().find(|row| row.id != case.id).expect("a case of his own");
    assert_eq!(other.hint_case_id, Some(case.id), "the officer gets the hint");
    assert_eq!(incoming(&app, case.id, 1).await.len(), 1, "not let in");
    let told =
        post::awaited(&house, &house.other, "his own receipt", |mail| mail.text.contains(&service::change::shown_code(&other.code))).await;
    assert!(!told.text.contains(&shown), "he learns nothing of the other case");

    // The secret address from somebody else: shown to the officer as unconfirmed.
    post::send(&house, &Letter::new(&house.other, &reply_to(&receipt), "dia-chi-moi").text("Tôi là đồng nghiệp của chị ấy.")).await;
    let messages = incoming(&app, case.id, 2).await;
    assert!(messages.iter().any(|message| message.unconfirmed), "it waits for an officer");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bounce_marks_the_message_and_tells_the_officer() {
    let Some((app, house, _)) = city().await else { return };
    let nobody = format!("khong-co@{}", house.firm.split('@').nth(1).expect("a domain"));
    post::write(&house, &nobody, &house.city, &Letter::new(&nobody, &house.city, "dia-chi-chet").bytes()).await;
    let case = cases(&app, 1).await.remove(0);
    let failed = until("the receipt is marked failed", async || {
        app.messages(case.id).await.into_iter().find(|message| message.direction == "out" && message.state == "failed")
    })
    .await;
    assert_eq!(failed.state_reason.as_deref(), Some("ask_other_contact"));
    assert!(app.events(case.id).await.iter().any(|kind| kind == "delivery_failed"), "the officer sees it");
    assert_eq!(app.cases().await.len(), 1, "a bounce opens no case");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_automatic_reply_opens_no_case_and_a_photo_comes_without_its_place() {
    let Some((app, house, _)) = city().await else { return };
    let away =
        Letter::new(&house.firm, &house.city, "nghi-phep").subject("Tự động: nghỉ phép").header("Auto-Submitted: auto-replied".into());
    post::send(&house, &away).await;
    let photo = photo_with_place();
    post::send(&house, &Letter::new(&house.other, &house.city, "co-anh").file("hẻm ngập.jpg", "image/jpeg", &photo)).await;
    let case = cases(&app, 1).await.remove(0);
    incoming(&app, case.id, 1).await;
    let files = store::files::of_case(&mut app.city.db.read(), case.id).await.expect("files");
    assert_eq!((files.len(), files[0].mime.as_str(), files[0].refused.as_deref()), (1, "image/jpeg", None));
    let shown = app.city.attachments.get(files[0].shown.as_ref().expect("a cleaned copy")).await.expect("its bytes");
    let original = app.city.attachments.get(&files[0].original).await.expect("its bytes");
    assert!(original == photo, "the original stays as it came");
    assert!(find(&photo, PLACE) && !find(&shown, PLACE), "the place is gone from what is shown");
    assert_eq!(app.cases().await.len(), 1, "one case: the automatic reply, which came first, opened none");
    assert!(post::inbox(&house, &house.firm).await.is_empty(), "and got no receipt");
    app.finish().await;
}

const PLACE: &[u8] = b"10.7769N 106.7009E";

fn find(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// A JPEG of one grey block with an EXIF segment (APP1) that names a place.
pub fn photo_with_place() -> Vec<u8> {
    let segment = |kind: u8, body: &[u8]| [&[0xff, kind][..], &u16::try_from(body.len() + 2).expect("short").to_be_bytes(), body].concat();
    let exif = [b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0", PLACE].concat();
    let frame = [8, 0, 8, 0, 8, 1, 1, 0x11, 0];
    let scan = [segment(0xda, &[1, 1, 0, 0, 63, 0]), vec![0x12, 0x34, 0x56]].concat();
    [vec![0xff, 0xd8], segment(0xe1, &exif), segment(0xdb, &[0; 65]), segment(0xc0, &frame), scan, vec![0xff, 0xd9]].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailbox_that_was_numbered_anew_doubles_nothing() {
    let Some((app, house, account)) = city().await else { return };
    for number in 0..5 {
        post::send(&house, &Letter::new(&house.firm, &house.city, &format!("danh-so-{number}"))).await;
    }
    cases(&app, 5).await;
    let before = store::channel_accounts::mail_cursors(&mut app.city.db.read(), account).await.expect("cursors");
    // The server forgets its numbers, as after a restore: another UIDVALIDITY, and UIDs from one.
    let maildir = house.boxes.join(&house.city).join("Maildir");
    for entry in std::fs::read_dir(&maildir).expect("the city's mailbox can be read: run as the account that runs Dovecot, or root") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if name.starts_with("dovecot") && path.is_file() {
            std::fs::remove_file(path).expect("the index can be removed");
        }
    }
    post::send(&house, &Letter::new(&house.other, &house.city, "sau-danh-so")).await;
    // An edited mailbox is opened anew.
    save(&app, Some(account), &house, |mailbox| mailbox.display_name = "Tổng đài 1022 (mới)".into(), "").await;
    cases(&app, 6).await;
    until("the new numbers are known", async || {
        let now = store::channel_accounts::mail_cursors(&mut app.city.db.read(), account).await.expect("cursors");
        let inbox = |rows: &[store::channel_accounts::MailCursorRow]| rows.iter().find(|row| row.folder == "INBOX").cloned();
        let (was, is) = (inbox(&before)?, inbox(&now)?);
        (was.uidvalidity != is.uidvalidity && is.uid >= 6).then_some(())
    })
    .await;
    app.finish_after(async |app| assert_eq!(app.cases().await.len(), 6, "nothing came twice")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_mail_by_mailbox_and_by_hook_is_one_message() {
    let Some((app, house, account)) = city().await else { return };
    let letter = Letter::new(&house.firm, &house.city, "hai-duong");
    post::send(&house, &letter).await;
    cases(&app, 1).await;
    let hook = Hook::of(&app.city, &app.url, account).await;
    hook.deliver(&letter).await;
    // What comes after it in the lane of the same sender tells that it has been worked on.
    hook.deliver(&Letter::new(&house.firm, &house.city, "sau-do")).await;
    cases(&app, 2).await;
    app.finish_after(async |app| assert_eq!(app.cases().await.len(), 2, "the mail of two ways is one case")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn test_this_says_in_words_what_is_wrong() {
    let Some((app, house, account)) = city().await else { return };
    let (fetching, sending) = service::mailboxes::test(&app.city, account).await.expect("a trial");
    assert!(ok(&fetching.expect("it is polled")) && ok(&sending), "STARTTLS: all is well");
    let change = |mailbox: &mut Mailbox| {
        (mailbox.imap_port, mailbox.imap_security) = (house.imaps, "tls".into());
        (mailbox.smtp_port, mailbox.smtp_security) = (house.smtps, "tls".into());
    };
    save(&app, Some(account), &house, change, "").await;
    let (fetching, sending) = service::mailboxes::test(&app.city, account).await.expect("a trial");
    assert!(ok(&fetching.expect("it is polled")) && ok(&sending), "TLS: all is well");

    save(&app, Some(account), &house, |_| {}, "sai-mat-khau").await;
    let (fetching, sending) = service::mailboxes::test(&app.city, account).await.expect("a trial");
    for trial in [fetching.expect("it is polled"), sending] {
        let last = trial.last().expect("a step");
        assert_eq!(last.step, Step::Login);
        assert_eq!(last.result.as_ref().expect_err("refused").0, Reason::WrongPassword, "{trial:?}");
    }
    save(&app, Some(account), &house, |mailbox| mailbox.root_pem = String::new(), &house.password).await;
    let (fetching, _) = service::mailboxes::test(&app.city, account).await.expect("a trial");
    let last = fetching.expect("it is polled").pop().expect("a step");
    assert_eq!((last.step, last.result.expect_err("refused").0), (Step::Tls, Reason::CertificateRefused));
    save(&app, Some(account), &house, |mailbox| mailbox.imap_port = 1, "").await;
    let (fetching, _) = service::mailboxes::test(&app.city, account).await.expect("a trial");
    let last = fetching.expect("it is polled").pop().expect("a step");
    assert_eq!((last.step, last.result.expect_err("refused").0), (Step::Connect, Reason::NoConnection));
    app.finish().await;
}
