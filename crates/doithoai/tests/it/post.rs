//! A mail program of the test's own against the real servers: sends by SMTP, reads by IMAP, in the words of the protocols.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::env::MailHouse;
use crate::letter::Letter;

/// Hands a mail to the city's MX as the world does: no log-in.
pub async fn write(house: &MailHouse, from: &str, to: &str, bytes: &[u8]) {
    let mut link = BufReader::new(TcpStream::connect((house.host.as_str(), house.smtp)).await.expect("the MX answers"));
    expect(&mut link, "220").await;
    for line in ["EHLO doanhnghiep.example".to_owned(), format!("MAIL FROM:<{from}>"), format!("RCPT TO:<{to}>")] {
        say(&mut link, &line).await;
        expect(&mut link, "250").await;
    }
    say(&mut link, "DATA").await;
    expect(&mut link, "354").await;
    let text = String::from_utf8(bytes.to_vec()).expect("letters of these tests are text");
    for line in text.split("\r\n") {
        let dot = if line.starts_with('.') { "." } else { "" };
        say(&mut link, &format!("{dot}{line}")).await;
    }
    say(&mut link, ".").await;
    expect(&mut link, "250").await;
    say(&mut link, "QUIT").await;
}

pub async fn send(house: &MailHouse, letter: &Letter) {
    let bare = |field: &str| field.rsplit_once('<').map_or(field.to_owned(), |(_, rest)| rest.trim_end_matches('>').to_owned());
    write(house, &bare(&letter.from), &bare(&letter.to), &letter.bytes()).await;
}

/// Every mail in somebody's INBOX, in order.
pub async fn inbox(house: &MailHouse, owner: &str) -> Vec<channels::email::Mail> {
    raw_inbox(house, owner).await.iter().map(|raw| channels::email::parse(raw)).collect()
}

pub async fn raw_inbox(house: &MailHouse, owner: &str) -> Vec<Vec<u8>> {
    let mut link = BufReader::new(TcpStream::connect((house.host.as_str(), house.imap)).await.expect("IMAP answers"));
    let mut greeting = String::new();
    link.read_line(&mut greeting).await.expect("a greeting");
    command(&mut link, &format!("LOGIN {owner} {}", house.password)).await;
    command(&mut link, "EXAMINE INBOX").await;
    let mails = command(&mut link, "FETCH 1:* BODY.PEEK[]").await;
    say(&mut link, "z LOGOUT").await;
    mails
}

/// The first mail in a mailbox that is as wished; waits at most half a minute.
pub async fn awaited(house: &MailHouse, owner: &str, what: &str, wish: impl Fn(&channels::email::Mail) -> bool) -> channels::email::Mail {
    let begun = std::time::Instant::now();
    loop {
        let mails = inbox(house, owner).await;
        let subjects: Vec<String> = mails.iter().map(|mail| mail.subject.clone()).collect();
        if let Some(mail) = mails.into_iter().find(|mail| wish(mail)) {
            return mail;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{owner} waits for {what}; there is {subjects:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Empties the mailboxes, so that each test begins with none.
pub async fn empty(house: &MailHouse) {
    for owner in [&house.city, &house.second, &house.firm, &house.other] {
        let mut link = BufReader::new(TcpStream::connect((house.host.as_str(), house.imap)).await.expect("IMAP answers"));
        let mut greeting = String::new();
        link.read_line(&mut greeting).await.expect("a greeting");
        command(&mut link, &format!("LOGIN {owner} {}", house.password)).await;
        command(&mut link, "SELECT INBOX").await;
        command(&mut link, "STORE 1:* +FLAGS.SILENT (\\Deleted)").await;
        command(&mut link, "EXPUNGE").await;
        say(&mut link, "z LOGOUT").await;
    }
}

async fn say(link: &mut BufReader<TcpStream>, line: &str) {
    link.write_all(format!("{line}\r\n").as_bytes()).await.expect("the server listens");
}

async fn expect(link: &mut BufReader<TcpStream>, code: &str) {
    loop {
        let mut line = String::new();
        link.read_line(&mut line).await.expect("the server answers");
        assert!(line.starts_with(code), "{code} was expected: {line}");
        if line.as_bytes().get(3) != Some(&b'-') {
            return;
        }
    }
}

/// Runs an IMAP command and answers the literals it gave. That nothing can be fetched from an empty mailbox is no fault.
async fn command(link: &mut BufReader<TcpStream>, text: &str) -> Vec<Vec<u8>> {
    say(link, &format!("a {text}")).await;
    let mut literals = Vec::new();
    loop {
        let mut line = Vec::new();
        assert!(link.read_until(b'\n', &mut line).await.expect("the server answers") > 0, "the server hung up after {text}");
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        if let Some(size) = line.strip_suffix('}').and_then(|rest| rest.rsplit_once('{')).and_then(|(_, size)| size.parse().ok()) {
            let mut literal = vec![0; size];
            link.read_exact(&mut literal).await.expect("the literal comes");
            literals.push(literal);
        } else if let Some(answer) = line.strip_prefix("a ") {
            assert!(answer.starts_with("OK") || text.contains("1:*"), "{text}: {answer}");
            return literals;
        }
    }
}
