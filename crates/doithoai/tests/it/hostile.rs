//! Bad input and bad days: each gets a clear answer, harms nobody else, and loses nothing.

use jiff::SignedDuration;
use reqwest::StatusCode;

use crate::app::{CITY_BOX, FIRM, TestApp};
use crate::letter::Letter;

#[tokio::test]
async fn a_body_of_100_mb_is_refused_unread() {
    let app = TestApp::start().await;
    let hook = app.mailbox(CITY_BOX, None).await;
    let body = vec![b'a'; 100 * 1024 * 1024];
    let signature = hook.sign(&body);
    match hook.try_deliver(body, &signature).await {
        Ok(status) => assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE),
        // The program hung up before everything was written: the client may see that instead of the answer.
        Err(error) => assert!(error.is_request() || error.is_body(), "{error:?}"),
    }
    let stored = store::deliveries_in::bodies_after(&mut app.city.db.read(), uuid::Uuid::nil(), 10).await.expect("deliveries");
    assert!(stored.is_empty(), "nothing of it is stored");
    hook.deliver(&Letter::new(FIRM, CITY_BOX, "sau-do")).await;
    app.run_jobs().await;
    assert_eq!(app.cases().await.len(), 1, "others are served");
    app.finish().await;
}

/// A mail whose structure is a bomb becomes a case or a marked delivery, quickly, and the next mail is as good as ever.
async fn survives(name: &str, body: Vec<u8>) {
    let app = TestApp::start().await;
    let hook = app.mailbox(CITY_BOX, None).await;
    assert_eq!(hook.deliver_raw(body).await, StatusCode::ACCEPTED, "{name}");
    hook.deliver(&Letter::new("khac@doanhnghiep.example", CITY_BOX, "binh-thuong")).await;
    app.run_jobs().await;
    let cases = app.cases().await;
    let in_trouble = store::deliveries_in::in_trouble(&mut app.city.db.read(), 10).await.expect("deliveries");
    assert_eq!(cases.len() + in_trouble.len(), 2, "{name}: a case or a mark, and the other mail's case");
    assert!(!cases.is_empty(), "{name}: the other mail is a case");
    let dead = store::jobs::dead(&mut app.city.db.read(), i64::MAX, 10).await.expect("dead jobs").len();
    assert_eq!(dead, in_trouble.len(), "{name}");
    app.finish_with_dead(dead).await;
}

fn head(id: &str) -> String {
    format!(
        "From: {FIRM}\r\nTo: {CITY_BOX}\r\nSubject: Bom\r\nMessage-ID: <{id}@doanhnghiep.example>\r\nDate: Thu, 5 Feb 2026 09:00:00 +0700\r\n"
    )
}

#[tokio::test]
async fn ten_thousand_levels_of_mime_harm_nobody() {
    let mut body = head("sau");
    for level in 0..10_000 {
        body.push_str(&format!("Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n"));
    }
    body.push_str("Content-Type: text/plain\r\n\r\nđáy\r\n");
    survives("10,000 levels", body.into_bytes()).await;
}

#[tokio::test]
async fn a_million_header_fields_harm_nobody() {
    let mut body = head("dau-de");
    for number in 0..1_000_000 {
        body.push_str(&format!("X-{number}: y\r\n"));
    }
    body.push_str("\r\nNội dung\r\n");
    survives("1,000,000 fields", body.into_bytes()).await;
}

#[tokio::test]
async fn a_hundred_attachments_are_a_case_whose_surplus_is_named() {
    let app = TestApp::start().await;
    let hook = app.mailbox(CITY_BOX, None).await;
    let mut letter = Letter::new(FIRM, CITY_BOX, "tram-tep");
    for number in 0..100 {
        letter = letter.file(&format!("tep{number}.pdf"), "application/pdf", b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n");
    }
    // A zip that calls itself a picture.
    letter = letter.file("anh.jpg", "image/jpeg", b"PK\x03\x04\x14\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00");
    hook.deliver(&letter).await;
    app.run_jobs().await;
    let case = app.case().await;
    let files = store::files::of_case(&mut app.city.db.read(), case.id).await.expect("files");
    let offered = files.iter().filter(|file| file.refused.is_none()).count();
    let limit = usize::try_from(app.city.reference().number("attachments_per_message").expect("a limit")).expect("small");
    assert_eq!(offered, limit, "no more than the limit is offered");
    assert!(files.iter().filter(|file| file.refused.is_some()).all(|file| !file.name.is_empty()), "the rest is named");
    assert!(files.iter().all(|file| file.name != "anh.jpg" || file.refused.is_some()), "the zip is not offered as a picture");
    app.finish().await;
}

/// NUL, a lone surrogate, characters that turn the direction of text, half a charset: in names, subject and text.
#[tokio::test]
async fn odd_characters_become_readable_text() {
    let app = TestApp::start().await;
    let hook = app.mailbox(CITY_BOX, None).await;
    let mut body = Vec::new();
    body.extend_from_slice(b"From: =?utf-8?B?AEvhur8gdG/DoW4A4oCuIGZkcA==?= <la.lung@doanhnghiep.example>\r\n");
    body.extend_from_slice(format!("To: {CITY_BOX}\r\n").as_bytes());
    body.extend_from_slice(b"Subject: =?utf-8?B?AEjhu49pIOKAriB0aHXhur/tu6A=?= \xff\xfe\x00\r\n");
    body.extend_from_slice(
        b"Message-ID: <la\x00lung@doanhnghiep.example>\r\nDate: Thu, 5 Feb 2026 09:00:00 +0700\r\nMIME-Version: 1.0\r\n",
    );
    body.extend_from_slice(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n");
    body.extend_from_slice("Chữ \0 rỗng, nửa cặp \u{202e}".as_bytes());
    body.extend_from_slice(b"\xed\xa0\x80 \xff\xc3\x28 xong.\r\n");
    body.extend_from_slice(format!("{}\r\n", "x".repeat(20_000)).as_bytes());
    body.extend_from_slice(b"--b\r\nContent-Type: application/pdf; name=\"a\x00\x01\xe2\x80\xae/../fdp.exe\"\r\nContent-Disposition: attachment\r\n\r\n%PDF-1.4\r\n--b--\r\n");
    assert_eq!(hook.deliver_raw(body).await, StatusCode::ACCEPTED);
    app.run_jobs().await;
    let case = app.case().await;
    let message = app.messages(case.id).await.into_iter().find(|message| message.direction == "in").expect("the report");
    let contact = store::contacts::find(&mut app.city.db.read(), case.contact_id).await.expect("the contact");
    let files = store::files::of_case(&mut app.city.db.read(), case.id).await.expect("files");
    for text in [&case.title, &message.subject, &message.text, &contact.name, &files[0].name] {
        assert!(!text.contains('\0'), "no NUL: {text:?}");
    }
    for text in [&case.title, &message.subject, &contact.name, &files[0].name] {
        assert!(!text.contains('\u{202e}'), "nothing turns the direction of a line: {text:?}");
    }
    assert!(
        message.text.contains("Chữ") && message.text.contains("xong."),
        "what can be read is kept: {:?}",
        message.text.chars().take(80).collect::<String>()
    );
    assert!(!files[0].name.contains('/'), "{:?}", files[0].name);
    app.finish().await;
}

/// Charsets that are unknown, broken or a lie: what can be read is read, the octets stay as they came.
#[tokio::test]
async fn broken_charsets_become_readable_text() {
    const UTF8: &[u8] = "Đường số 13".as_bytes();
    // The tone marks stand by themselves in windows-1258 (channels/email §4).
    const WINDOWS_1258: &[u8] = b"\xd0\xfd\xf5\xcc\x6e\x67 s\xf4\xec 13";
    let utf16: Vec<u8> = [0xfeff].into_iter().chain("Đường số 13".encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for (charset, octets, readable) in [
        ("windows-1258", WINDOWS_1258, true),
        ("utf-8", WINDOWS_1258, true),
        ("windows-1252", UTF8, true),
        ("x-khong-co", UTF8, true),
        ("x-khong-co", WINDOWS_1258, true),
        ("utf-16", &utf16, true),
        ("", UTF8, true),
        // Half a character at the end, an odd octet, and nonsense: something is kept.
        ("utf-8", &UTF8[..2], false),
        ("utf-16le", &utf16[..5], false),
        ("iso-2022-jp", b"\x1b$B\xff\xfe", false),
        ("utf-7", b"+AGE-+////", false),
    ] {
        let app = TestApp::start().await;
        let hook = app.mailbox(CITY_BOX, None).await;
        let mut body = format!("{}Content-Type: text/plain; charset={charset}\r\n\r\n", head("bang-ma")).into_bytes();
        body.extend_from_slice(octets);
        assert_eq!(hook.deliver_raw(body.clone()).await, StatusCode::ACCEPTED);
        app.run_jobs().await;
        let message = app.messages(app.case().await.id).await.into_iter().find(|message| message.direction == "in").expect("the report");
        assert!(!readable || message.text.contains("Đường số 13"), "{charset}: {:?}", message.text);
        let stored = store::deliveries_in::bodies_after(&mut app.city.db.read(), uuid::Uuid::nil(), 10).await.expect("deliveries");
        assert_eq!(stored[0].2, body, "{charset}: byte for byte");
        app.finish().await;
    }
}

#[tokio::test]
async fn a_forged_session_or_pass_opens_nothing() {
    let app = TestApp::start_with(&[("lookup_per_minute", 100)]).await;
    let (case, owner) = crate::sender::report(&app, FIRM).await;
    let (_, pass) = owner.cookie().split_once('.').expect("a code and its pass");
    for forged in [
        "AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        String::new(),
        // A sender's pass is no officer's session.
        pass.to_owned(),
        "A".repeat(4_000),
        "%00%ff'; DROP TABLE session; --".to_owned(),
    ] {
        let who = app.anon().with_cookie(&format!("__Host-session={forged}"));
        for path in ["/console".to_owned(), format!("/console/c/{}", case.code), "/console/counts".to_owned(), "/admin".to_owned()] {
            let answer = who.get(&path).await;
            assert_eq!(
                (answer.status(), &answer.headers()["location"]),
                (StatusCode::SEE_OTHER, &"/console/login".parse().expect("a value"))
            );
        }
        let act = who.act(&case, "accept", &[]).await;
        assert_eq!(act.headers()["location"], "/console/login", "an act leads to the sign-in page");
        for name in ["__Host-passes", "passes"] {
            let who = app.anon().with_cookie(&format!("{name}={}.{forged}", case.code));
            let page = who.page(&format!("/ho-so/{}", case.code)).await;
            // Only with the prefix that binds it to this host is a cookie ours.
            let real = forged == pass && name == "__Host-passes";
            assert_eq!(page.contains(crate::sender::TEXT), real, "{name}={forged}");
        }
    }
    assert_eq!(app.reread(&case).await.version, case.version);
    app.finish().await;
}

#[tokio::test]
async fn a_mail_without_anything_is_kept() {
    for body in [&b""[..], b"\r\n", b"\0\0\0\0", b"From: \r\n\r\n", b"not a mail at all"] {
        let app = TestApp::start().await;
        let hook = app.mailbox(CITY_BOX, None).await;
        assert_eq!(hook.deliver_raw(body.to_vec()).await, StatusCode::ACCEPTED);
        app.run_jobs().await;
        let stored = store::deliveries_in::bodies_after(&mut app.city.db.read(), uuid::Uuid::nil(), 10).await.expect("deliveries");
        assert_eq!(stored[0].2, body, "byte for byte");
        app.finish().await;
    }
}

#[tokio::test]
async fn a_clock_set_back_an_hour_breaks_nothing() {
    let app = TestApp::start().await;
    let hook = app.mailbox(CITY_BOX, None).await;
    hook.deliver(&Letter::new(FIRM, CITY_BOX, "truoc")).await;
    app.run_jobs().await;
    let first = app.case().await;
    let operator = app.officer("tiepnhan").await;
    app.set_clock("2026-02-05T08:00:00+07:00");

    // Work that came in before goes on, and so does what comes in now.
    let routing = crate::journey::routing(&app, domain::track::Track::Question);
    let routed = service::act::route(&app.city, operator.officer(), first.id, first.version, routing).await.expect("routed");
    assert!(routed.due_at > Some(app.city.now().as_microsecond()));
    for number in 0..20 {
        hook.deliver(&Letter::new(&format!("dn{number}@doanhnghiep.example"), CITY_BOX, &format!("sau-{number}"))).await;
    }
    app.run_jobs().await;
    let cases = app.cases().await;
    assert_eq!(cases.len(), 21);
    let mut codes: Vec<&str> = cases.iter().map(|case| case.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), 21, "no code twice");
    // Leases and timers of the hour that comes again do not stop anything.
    app.pass(SignedDuration::from_hours(2));
    hook.deliver(&Letter::new(FIRM, CITY_BOX, "lai-tien")).await;
    app.run_jobs().await;
    assert_eq!(app.cases().await.len(), 22);
    app.finish().await;
}

/// A small disk of the test's own; taken away at the end.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    /// `None` where mounting is not allowed.
    fn mount(at: &std::path::Path, megabytes: u32) -> Option<Self> {
        let size = format!("size={megabytes}m");
        let done = std::process::Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(at).output().ok()?;
        done.status.success().then(|| Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _gone = std::process::Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Writes `mails` large mails; answers how many were taken and how many were refused with 503. There is no third answer.
async fn push(hook: &crate::app::Hook, name: &str, mails: usize) -> (usize, usize) {
    let (mut taken, mut refused) = (0, 0);
    for number in 0..mails {
        let text = format!("{name} {number} {}", "ngập nước ".repeat(20_000));
        let letter = Letter::new(&format!("{name}{number}@doanhnghiep.example"), CITY_BOX, &format!("{name}-{number}")).text(&text);
        match hook.deliver_raw(letter.bytes()).await {
            StatusCode::ACCEPTED => taken += 1,
            StatusCode::SERVICE_UNAVAILABLE => refused += 1,
            other => panic!("{name} {number}: {other}"),
        }
    }
    (taken, refused)
}

#[tokio::test]
async fn a_full_disk_refuses_before_accepting_and_recovers_by_itself() {
    // First with the mark below which nothing is taken, then without it, up to the disk's own refusal.
    for low_water in [4 * 1024 * 1024, 0] {
        let folder = tempfile::tempdir().expect("a folder");
        let Some(disk) = SmallDisk::mount(folder.path(), 48) else {
            println!("hostile: no small disk can be mounted here (that needs root)");
            return;
        };
        let app = TestApp::start_in(folder, low_water).await;
        let hook = app.mailbox(CITY_BOX, None).await;
        let before = push(&hook, "truoc", 3).await;
        assert_eq!(before, (3, 0), "there is room");
        app.run_jobs().await;

        let filler = app.folder().join("filler");
        fill(&filler, if low_water == 0 { 200 * 1024 } else { 2 * 1024 * 1024 });
        let full = push(&hook, "day", 12).await;
        let embedded = app.city.db.is_sqlite();
        if low_water > 0 {
            assert_eq!(full, (0, 12), "below the mark nothing is taken");
            assert_eq!(app.anon().get("/readyz").await.status(), StatusCode::SERVICE_UNAVAILABLE, "health tells the truth");
        } else if embedded {
            assert!(full.1 > 0, "the disk is full: {full:?}");
        }
        // To the last octet: health tells the truth without any mark as well.
        let rest = app.folder().join("rest");
        fill_up(&rest);
        let health = app.anon().get("/readyz").await;
        assert_eq!(health.status(), StatusCode::SERVICE_UNAVAILABLE, "nothing can be committed");
        assert!(!health.text().await.expect("JSON").contains("\"ready\":true"));
        assert_eq!(push(&hook, "khong", 2).await, (0, 2), "and nothing is taken");
        assert_eq!(app.anon().get("/").await.status(), StatusCode::OK, "reading goes on");

        std::fs::remove_file(&rest).expect("room again");
        std::fs::remove_file(&filler).expect("room again");
        assert_eq!(app.anon().get("/readyz").await.status(), StatusCode::OK, "ready by itself");
        let after = push(&hook, "sau", 3).await;
        assert_eq!(after, (3, 0), "and taking again");
        app.run_jobs().await;
        assert_eq!(app.cases().await.len(), before.0 + full.0 + after.0, "each that was taken is a case, no other");
        app.finish().await;
        drop(disk);
    }
}

/// Fills the disk until it refuses.
fn fill_up(file: &std::path::Path) {
    use std::io::Write;
    let mut filler = std::fs::File::create(file).expect("a file");
    while filler.write_all(&[0; 4096]).is_ok() {}
}

/// Fills the disk up to `left` free bytes.
fn fill(file: &std::path::Path, left: u64) {
    use std::io::Write;
    let mut filler = std::fs::File::create(file).expect("a file");
    let folder = file.parent().expect("a folder");
    let free = || rustix::fs::statvfs(folder).map(|stat| stat.f_bavail * stat.f_frsize).expect("the disk tells");
    while free() > left {
        let step = usize::try_from((free() - left).min(64 * 1024)).expect("small");
        filler.write_all(&vec![0; step]).expect("it is not full yet");
    }
}

#[tokio::test]
async fn an_hour_that_comes_again_opens_no_session_early() {
    let app = TestApp::start().await;
    let officer = app.officer("tiepnhan").await;
    assert_eq!(officer.get("/console/account").await.status(), StatusCode::OK);
    app.set_clock("2026-02-05T08:00:00+07:00");
    assert_eq!(officer.get("/console/account").await.status(), StatusCode::OK, "nobody is thrown out");
    // Half an hour idle by either clock ends it.
    app.set_clock("2026-02-05T09:31:00+07:00");
    assert_eq!(officer.get("/console/account").await.status(), StatusCode::SEE_OTHER, "the session is over");
    app.finish().await;
}
