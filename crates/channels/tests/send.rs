//! Writes mails and hands them to servers that answer oddly.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::time::Duration;

use channels::email::compose::{Envelope, Letter, Origin, answer_subject, compose};
use channels::email::imap::{self, Cursor};
use channels::email::parse::parse;
use channels::email::probe::{self, Reason, Step};
use channels::email::smtp::{self, Login};
use channels::email::tls::{Security, Server};
use channels::{Attachment, Error};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

fn letter<'a>() -> Letter<'a> {
    Letter {
        from_name: "Trung tâm 1022",
        from: "phananh@example.gov.vn",
        to: "lan@congty.example",
        reply_to: "phananh+c-000123.duiodrgmk4zl4er5@example.gov.vn",
        return_path: "phananh+b-77.aaaaaaaaaaaaaaaa@example.gov.vn",
        subject: "Re: Giấy phép",
        text: "Chúng tôi đã nhận.\n.\nTrân trọng.",
        html: Some("<p>Chúng tôi đã nhận.</p>"),
        message_id: "k7q2vd5ltmw3x4aa6r7eefgh2i@mail.example.gov.vn",
        in_reply_to: Some("goc@congty.example"),
        references: &[],
        origin: Origin::Person,
        instance: "i-1",
        date: "2026-02-25T02:00:00Z".parse().unwrap(),
        attachments: &[],
    }
}

#[test]
fn a_written_mail_reads_back() {
    let files = [Attachment {
        name: "giấy phép kinh doanh có điều kiện của công ty.pdf".into(),
        content_type: "application/pdf".into(),
        content_id: None,
        inline: false,
        bytes: vec![0, 1, 2, 255],
    }];
    let references: Vec<String> = (0..40).map(|n| format!("{n}@congty.example")).collect();
    let (envelope, raw) = compose(&Letter { attachments: &files, references: &references, ..letter() }).unwrap();
    assert_eq!(envelope.from, "phananh+b-77.aaaaaaaaaaaaaaaa@example.gov.vn");
    assert_eq!(envelope.to, "lan@congty.example");
    assert!(raw.is_ascii());
    assert!(raw.split(|&b| b == b'\n').all(|line| line.len() <= 998));
    let mail = parse(&raw);
    assert_eq!(mail.subject, "Re: Giấy phép");
    assert_eq!(mail.from[0].name.as_deref(), Some("Trung tâm 1022"));
    assert_eq!(mail.reply_to[0].address, "phananh+c-000123.duiodrgmk4zl4er5@example.gov.vn");
    assert_eq!(mail.message_id.as_deref(), Some("k7q2vd5ltmw3x4aa6r7eefgh2i@mail.example.gov.vn"));
    assert_eq!(mail.in_reply_to, ["goc@congty.example"]);
    assert_eq!(mail.references.len(), 20);
    assert_eq!(mail.references[9], "9@congty.example");
    assert_eq!(mail.references[19], "goc@congty.example");
    assert_eq!(mail.text, "Chúng tôi đã nhận.\n.\nTrân trọng.");
    assert!(mail.html.as_deref().unwrap().contains("<p>Chúng tôi đã nhận.</p>"));
    assert_eq!(mail.attachments[0].name, files[0].name);
    assert_eq!(&*mail.attachments[0].bytes(&raw), &files[0].bytes[..]);
    assert_eq!(mail.date, Some("2026-02-25T02:00:00Z".parse().unwrap()));
    let text = String::from_utf8(raw).unwrap();
    assert!(text.contains("name=\"=?utf-8?B?"), "{text}");
    assert!(!text.contains("Auto-Submitted"));
}

#[test]
fn automatic_mail_says_so() {
    let file = Attachment { name: "a".into(), content_type: "x/y".into(), content_id: None, inline: false, bytes: vec![1] };
    for (origin, word) in [
        (Origin::Receipt, "auto-replied"),
        (Origin::Notice, "auto-generated"),
        (Origin::Mass { unsubscribe: "https://example.gov.vn/thoi/abc".into() }, "auto-generated"),
    ] {
        let mass = matches!(origin, Origin::Mass { .. });
        let (_, raw) = compose(&Letter { origin, attachments: std::slice::from_ref(&file), ..letter() }).unwrap();
        let mail = parse(&raw);
        assert_eq!(mail.fields.get("auto-submitted"), Some(word));
        assert_eq!(mail.fields.get("x-auto-response-suppress"), Some("All"));
        assert_eq!(mail.fields.get("precedence"), mass.then_some("bulk"));
        assert_eq!(mail.fields.get("list-unsubscribe"), mass.then_some("<https://example.gov.vn/thoi/abc>"));
        assert!(mail.attachments.is_empty());
    }
}

#[test]
fn no_value_starts_a_header() {
    let evil = "x\r\nBcc: ke@xau.example\r\n\r\nbody";
    let (_, raw) = compose(&Letter {
        subject: evil,
        from_name: evil,
        message_id: evil,
        in_reply_to: Some(evil),
        instance: evil,
        references: &[evil.to_owned()],
        origin: Origin::Mass { unsubscribe: evil.to_owned() },
        ..letter()
    })
    .unwrap();
    let mail = parse(&raw);
    assert!(!mail.fields.has("bcc"));
    for address in [evil, "a@b.example\r\nBcc: c@d.example", "", "a@b@c"] {
        assert!(matches!(compose(&Letter { to: address, ..letter() }), Err(Error::Rejected(_))), "{address}");
        assert!(matches!(compose(&Letter { reply_to: address, ..letter() }), Err(Error::Rejected(_))), "{address}");
    }
    assert_eq!(answer_subject("RE: x"), "RE: x");
    assert_eq!(answer_subject("Giấy\r\nphép"), "Re: Giấy  phép");
}

/// A server that says `greeting`, then for each line it gets the next answer whose word begins it; a
/// `drop` answer closes the link. Gives its port and, at the end, what it heard.
async fn server(greeting: &'static str, script: Vec<(&'static str, &'static str)>) -> (u16, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        stream.write_all(greeting.as_bytes()).await.unwrap();
        let mut heard = String::new();
        for (word, answer) in script {
            let mut line = String::new();
            loop {
                line.clear();
                if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                    return heard;
                }
                heard.push_str(&line);
                if line.to_ascii_uppercase().contains(word) {
                    break;
                }
            }
            if answer == "drop" {
                return heard;
            }
            let tag = line.split(' ').next().unwrap_or_default();
            if stream.write_all(answer.replace("TAG", tag).as_bytes()).await.is_err() {
                return heard;
            }
        }
        heard
    });
    (port, task)
}

fn settings(port: u16) -> smtp::Settings {
    smtp::Settings {
        server: Server { host: "127.0.0.1".into(), port, security: Security::Plain, extra_root: None },
        login: Some(Login::Password { user: "u".into(), password: "p".into() }),
        hello: "mail.example.gov.vn".into(),
    }
}

const EHLO: (&str, &str) = ("EHLO", "250-x\r\n250-SIZE 1000\r\n250-DSN\r\n250 AUTH PLAIN LOGIN\r\n");

async fn try_send(
    greeting: &'static str,
    script: Vec<(&'static str, &'static str)>,
    body: &[u8],
) -> (Result<channels::Receipt, Error>, String) {
    let (port, task) = server(greeting, script).await;
    let envelope = Envelope { from: "a@b.example".into(), to: "c@d.example".into() };
    let result = smtp::send(&settings(port), &envelope, body, Duration::from_secs(5)).await;
    (result, task.await.unwrap())
}

#[tokio::test]
async fn smtp_answers_have_their_meaning() {
    let ok = "220 x\r\n";
    let auth = ("AUTH", "235 ok\r\n");
    let mail = ("MAIL", "250 ok\r\n");
    let rcpt = ("RCPT", "250 ok\r\n");
    let data = ("DATA", "354 go\r\n");
    let (sent, heard) =
        try_send(ok, vec![EHLO, auth, mail, rcpt, data, (".\r\n", "250 queued as 77\r\n"), ("QUIT", "221 x\r\n")], b"a: b\r\n\r\n.x").await;
    assert_eq!(sent.unwrap().answer, "250 queued as 77");
    assert!(heard.contains("AUTH PLAIN AHUAcA=="), "{heard}");
    assert!(heard.contains("MAIL FROM:<a@b.example> SIZE=10 RET=HDRS"), "{heard}");
    assert!(heard.contains("RCPT TO:<c@d.example> NOTIFY=FAILURE,DELAY"), "{heard}");

    let misconfigured: Vec<(&'static str, Vec<(&str, &str)>)> =
        vec![("554 no\r\n", vec![]), (ok, vec![EHLO, ("AUTH", "535 5.7.8 wrong\r\n")]), (ok, vec![("EHLO", "250 x\r\n")])];
    for (greeting, script) in misconfigured {
        let shown = format!("{greeting} {script:?}");
        let (result, _) = try_send(greeting, script, b"x").await;
        assert!(matches!(result, Err(Error::Misconfigured(_))), "{shown}: {result:?}");
    }
    let throttled: Vec<(&'static str, Vec<(&str, &str)>)> = vec![
        ("421 later\r\n", vec![]),
        (ok, vec![EHLO, ("AUTH", "454 later\r\n")]),
        (ok, vec![EHLO, auth, mail, ("RCPT", "451 greylisted\r\n")]),
        (ok, vec![EHLO, auth, mail, rcpt, ("DATA", "421 closing\r\n")]),
        (ok, vec![EHLO, auth, mail, rcpt, data, (".\r\n", "452 full\r\n")]),
    ];
    for (greeting, script) in throttled {
        let shown = format!("{greeting} {script:?}");
        let (result, _) = try_send(greeting, script, b"x\r\n").await;
        assert!(matches!(result, Err(Error::Throttled { .. })), "{shown}: {result:?}");
    }
    for script in [
        vec![EHLO, auth, ("MAIL", "550 no\r\n")],
        vec![EHLO, auth, mail, ("RCPT", "550-5.1.1 User\r\n550 5.1.1 unknown\r\n")],
        vec![EHLO, auth, mail, rcpt, data, (".\r\n", "554 policy\r\n")],
    ] {
        let shown = format!("{script:?}");
        let (result, _) = try_send(ok, script, b"x\r\n").await;
        let Err(Error::Rejected(why)) = result else { panic!("{shown}: {result:?}") };
        assert!(why.starts_with("55"), "{why}");
    }
    let (result, _) = try_send(ok, vec![EHLO, auth], &[b'x'; 2000]).await;
    assert!(matches!(result, Err(Error::Rejected(why)) if why.starts_with("552")));
}

#[tokio::test]
async fn a_lost_link_is_lost_only_after_the_dot() {
    let start = vec![EHLO, ("AUTH", "235 ok\r\n"), ("MAIL", "250 ok\r\n")];
    let with = |more: Vec<(&'static str, &'static str)>| [start.clone(), more].concat();
    let (result, _) = try_send("220 x\r\n", with(vec![("RCPT", "drop")]), b"x").await;
    assert!(matches!(result, Err(Error::Unreachable(_))), "{result:?}");
    let (result, _) = try_send("220 x\r\n", with(vec![("RCPT", "250 ok\r\n"), ("DATA", "354 go\r\n"), (".\r\n", "drop")]), b"x").await;
    assert!(matches!(result, Err(Error::Lost(_))), "{result:?}");
    let (result, _) = try_send("HTTP/1.1 400 Bad\r\n", vec![], b"x").await;
    assert!(matches!(result, Err(Error::Unreachable(_))), "{result:?}");
}

#[tokio::test]
async fn plain_links_only_to_this_machine() {
    let mut far = settings(25);
    far.server.host = "192.0.2.1".into();
    let envelope = Envelope { from: "a@b.example".into(), to: "c@d.example".into() };
    let result = smtp::send(&far, &envelope, b"x", Duration::from_secs(5)).await;
    assert!(matches!(result, Err(Error::Misconfigured(_))), "{result:?}");
    let trial = probe::smtp(&far, None, Duration::from_secs(5)).await;
    let last = trial.last().unwrap();
    assert_eq!((last.step, last.result.as_ref().unwrap_err().0), (Step::Connect, Reason::PlainRefused));
}

#[tokio::test]
async fn probes_name_the_step() {
    let (port, _task) = server("220 x\r\n", vec![EHLO, ("AUTH", "535 no\r\n"), ("QUIT", "221 x\r\n")]).await;
    let trial = probe::smtp(&settings(port), None, Duration::from_secs(5)).await;
    let last = trial.last().unwrap();
    assert_eq!((last.step, last.result.as_ref().unwrap_err().0), (Step::Login, Reason::WrongPassword));
    assert_eq!(trial.len(), 4);

    let (port, _task) = server("* OK x\r\n", vec![("AUTHENTICATE", "+ \r\n"), ("A", "A0001 NO [AUTHENTICATIONFAILED] no\r\n")]).await;
    let trial = probe::imap(&mailbox(port)).await;
    let last = trial.last().unwrap();
    assert_eq!((last.step, last.result.as_ref().unwrap_err().0), (Step::Login, Reason::WrongPassword), "{trial:?}");

    let mut tls = settings(port);
    tls.server.security = Security::StartTls;
    let (port, _task) = server("220 x\r\n", vec![("EHLO", "250 x\r\n")]).await;
    tls.server.port = port;
    let trial = probe::smtp(&tls, None, Duration::from_secs(5)).await;
    assert_eq!(trial.last().unwrap().result.as_ref().unwrap_err().0, Reason::NoTls);
}

fn mailbox(port: u16) -> imap::Settings {
    imap::Settings {
        server: Server { host: "127.0.0.1".into(), port, security: Security::Plain, extra_root: None },
        login: Login::Password { user: "u".into(), password: "p".into() },
        max_size: 1000,
        timeout: Duration::from_secs(5),
    }
}

#[tokio::test]
async fn imap_takes_only_what_is_new() {
    let (port, task) = server(
        "* OK x\r\n",
        vec![
            ("AUTHENTICATE PLAIN", "+ \r\n"),
            ("AHUAC", "A0001 OK in\r\n"),
            ("CAPABILITY", "* CAPABILITY IMAP4rev1\r\nTAG OK x\r\n"),
            ("LIST", "* LIST (\\HasNoChildren) \"/\" \"INBOX\"\r\n* LIST (\\Junk) \"/\" \"Th&AbA- r&AOE-c\"\r\nTAG OK x\r\n"),
            ("SELECT \"INBOX\"", "* 3 EXISTS\r\n* OK [UIDVALIDITY 9] x\r\nTAG OK [READ-WRITE] x\r\n"),
            // A search for new mail always names the last one, taken or not.
            ("UID SEARCH UID 6:*", "* SEARCH 5 6 7\r\nTAG OK x\r\n"),
            ("UID FETCH 6,7", "* 2 FETCH (UID 6 RFC822.SIZE 12)\r\n* 3 FETCH (UID 7 RFC822.SIZE 5000)\r\nTAG OK x\r\n"),
            ("UID FETCH 7 (UID BODY.PEEK[HEADER])", "* 3 FETCH (UID 7 BODY[HEADER] {6}\r\na: b\r\n)\r\nTAG OK x\r\n"),
            (
                "UID FETCH 6 (UID BODY.PEEK[])",
                "* 1 FETCH (FLAGS (\\Seen))\r\n* 2 FETCH (UID 6 BODY[] {12}\r\na: b\r\n\r\nabcd)\r\nTAG OK x\r\n",
            ),
            ("SELECT", "* 0 EXISTS\r\n* OK [UIDVALIDITY 3] x\r\nTAG OK x\r\n"),
            ("SELECT \"INBOX\"", "* 3 EXISTS\r\n* OK [UIDVALIDITY 9] x\r\nTAG OK x\r\n"),
            ("UID STORE 6,7 +FLAGS.SILENT (\\SEEN)", "TAG OK x\r\n"),
        ],
    )
    .await;
    let mut session = imap::connect(&mailbox(port)).await.unwrap();
    assert_eq!(session.folders(), ["INBOX", "Th&AbA- r&AOE-c"]);
    let cursor: Cursor = serde_json::from_str(r#"{"INBOX":{"uidvalidity":9,"uid":5}}"#).unwrap();
    let (mails, next) = session.poll(&cursor, 10).await.unwrap();
    let got: Vec<(u32, u32, bool, u32)> = mails.iter().map(|m| (m.uidvalidity, m.uid, m.header_only, m.size)).collect();
    assert_eq!(got, [(9, 6, false, 12), (9, 7, true, 5000)]);
    assert_eq!(mails[0].raw, b"a: b\r\n\r\nabcd");
    assert_eq!(next.0["INBOX"].uid, 7);
    assert_eq!(next.0["Th&AbA- r&AOE-c"].uidvalidity, 3);
    session.mark_seen("INBOX", &[6, 7]).await.unwrap();
    assert_eq!(session.idle(imap::IDLE).await.unwrap(), imap::Idle::Unsupported);
    drop(session);
    let heard = task.await.unwrap();
    assert!(!heard.contains("BODY[]"), "nothing is marked read by fetching");
}
