//! Mails made to hurt: the answer is bounded, says that something is missing, and never panics.

use channels::email::classify::{Ours, classify};
use channels::email::parse::{Mail, parse};
use channels::email::{bounce, html, inspect, quoted, thread};
use proptest::prelude::*;

fn bounded(mail: &Mail) {
    assert!(mail.text.len() <= 4 * 1024 * 1024);
    assert!(mail.attachments.len() <= 200);
    assert!(mail.fields.iter().count() <= 1000);
    let header: usize = mail.fields.iter().map(|(n, v)| n.len() + v.len()).sum();
    assert!(header <= 1024 * 1024, "{header}");
}

fn all(raw: &[u8]) -> Mail {
    let mail = parse(raw);
    bounded(&mail);
    classify(&mail, &Ours::default());
    bounce::report(&mail, Some(b"k"));
    thread::facts(&mail, b"k");
    quoted::forwarded(&mail.text);
    let _ = mail.visible_reply();
    mail
}

#[test]
fn ten_thousand_levels() {
    let mut raw = String::from("From: a@b.example\n");
    for n in 0..10_000 {
        raw.push_str(&format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n"));
    }
    raw.push_str("\nsâu");
    assert!(all(raw.as_bytes()).truncated);
    let nested = "Content-Type: message/rfc822\n\n".repeat(10_000);
    let mail = all(nested.as_bytes());
    assert_eq!(mail.attachments.len(), 1);
}

#[test]
fn a_hundred_thousand_parts() {
    let mut raw = String::from("From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nChữ\n");
    raw.push_str(&"--b\nContent-Type: image/png\n\nx\n".repeat(100_000));
    let mail = all(raw.as_bytes());
    assert!(mail.truncated);
    assert_eq!(mail.text, "Chữ");
}

#[test]
fn a_million_fields() {
    let mut raw = String::from("From: a@b.example\nSubject: x\n");
    raw.push_str(&"X-A: aaaaaaaaaa\n".repeat(1_000_000));
    raw.push_str("\nChữ\n");
    let mail = all(raw.as_bytes());
    assert!(mail.truncated);
    assert_eq!(mail.text, "Chữ", "the body after the fields is still found");
    let long = format!("From: a@b.example\nSubject: {}\n\nx", "=?utf-8?q?=41?= ".repeat(1_000_000));
    assert!(all(long.as_bytes()).subject.len() < 20_000);
}

#[test]
fn a_hundred_megabytes_of_base64() {
    let mut raw = b"From: a@b.example\nContent-Transfer-Encoding: base64\n\n".to_vec();
    let line = [&[b'Q'; 76][..], b"\n"].concat();
    while raw.len() < 100 * 1024 * 1024 {
        raw.extend_from_slice(&line);
    }
    let mail = all(&raw);
    assert!(mail.truncated);
    assert!(mail.text.len() <= 1024 * 1024);
}

#[test]
fn bombs_of_text() {
    let soft = format!("From: a@b.example\nContent-Transfer-Encoding: quoted-printable\n\n{}", "=\n".repeat(3_000_000));
    all(soft.as_bytes());
    let blanks = format!("From: a@b.example\nContent-Transfer-Encoding: quoted-printable\n\n={}", "= ".repeat(300_000));
    all(blanks.as_bytes());
    let dashes = format!("Content-Type: multipart/mixed; boundary=b\n\n{}", "--\n".repeat(3_000_000));
    all(dashes.as_bytes());
    let quotes = format!("From: a@b.example\n\n{}", ">\n".repeat(400_000));
    all(quotes.as_bytes());
    let labels = format!("From: a@b.example\n\n{}", "Từ: a\n".repeat(19_000));
    all(labels.as_bytes());
    let names = format!("From: {}a@b.example\n\nx", "(".repeat(10_000));
    all(names.as_bytes());
    let words = format!("From: a@b.example\nSubject: {}\n\nx", "=?utf-8?B?".repeat(1500));
    all(words.as_bytes());
    let word = format!("From: a@b.example\n\n{}", "ắ".repeat(20_000));
    assert_eq!(all(word.as_bytes()).text.chars().count(), 20_000);
    let continued: String = (0..2000).map(|n| format!("; a*{n}*=%41")).collect();
    all(format!("Content-Type: text/plain{continued}\n\nx").as_bytes());
    let nul = b"From: a@b.example\nSubject: a\0b\n\nx\0y\xed\xa0\x80z";
    let mail = all(nul);
    assert!(!mail.text.contains('\0') && !mail.subject.contains('\0'));
}

#[test]
fn html_of_any_depth() {
    let deep = "<div>".repeat(200_000) + "Chữ" + &"</div>".repeat(200_000);
    assert_eq!(html::to_text(&deep).text, "Chữ");
    for cut in ["<", "<!--", "<div a='", "<style>", "&#xffffffff;", "&", "<a b=", "</"] {
        html::to_text(&cut.repeat(1000));
    }
    html::to_text(&"<style>".repeat(140_000));
    assert_eq!(html::to_text("<style>p{}<p>Chữ").text, "p{}\n\nChữ", "an open style hides nothing");
    let lists = "<ul><li>".repeat(10_000);
    html::to_text(&lists);
}

#[test]
fn shown_html_has_no_teeth() {
    let shown = html::sanitise(
        "<p onclick=x()>Chữ<script>x()</script><img src='https://x.example/t.png' alt=a>\
         <img src='cid:hinh@1'><img src='cid:none'><a href='javascript:x()'>b</a><iframe src=x></iframe>\
         <form action=x><input></form><style>p{}</style></p>",
        |id| (id == "hinh@1").then(|| "/tep/1".to_owned()),
    )
    .unwrap();
    for tooth in ["onclick", "script", "https://x.example", "iframe", "form", "style", "cid:"] {
        assert!(!shown.contains(tooth), "{tooth}: {shown}");
    }
    assert!(shown.contains("src=\"/tep/1\""), "{shown}");
    assert!(shown.contains("Chữ"));
    assert!(html::sanitise(&"x".repeat(2 * 1024 * 1024), |_| None).is_none());
}

proptest! {
    #[test]
    fn any_octets(raw in proptest::collection::vec(any::<u8>(), 0..2000)) {
        all(&raw);
        inspect(&raw);
    }

    #[test]
    fn any_pieces_of_mail(pieces in proptest::collection::vec(prop_oneof![
        Just("Content-Type: multipart/mixed; boundary=b\n"), Just("--b\n"), Just("--b--\n"), Just("\n"),
        Just("Content-Type: multipart/alternative; boundary=\"c\"\n"), Just("--c\n"), Just("--c--"),
        Just("Content-Type: message/rfc822\n"), Just("Content-Type: text/html; charset=windows-1258\n"),
        Just("Content-Transfer-Encoding: base64\n"), Just("=?utf-8?B?xx?="), Just("Subject: "), Just(" fold\n"),
        Just("<div class=gmail_quote>"), Just("Vào 08:40 a@b.example đã viết:\n"), Just("> q\n"), Just("\r"),
        Just("From: "), Just("\"a"), Just("<a@b.example>"), Just("--"), Just("ế\n"), Just("Từ: a\nNgày: b\nTới: c\n"),
        Just("Content-Type: message/delivery-status\n"), Just("Final-Recipient: rfc822; a@b.example\n"), Just("x"),
    ], 0..60)) {
        let raw = pieces.concat();
        all(raw.as_bytes());
    }

    #[test]
    fn visible_text_is_part_of_the_text(text in "(?s).{0,300}") {
        let shown = quoted::visible(&text, None);
        prop_assert!(shown.len() <= text.len() + 1);
    }
}
