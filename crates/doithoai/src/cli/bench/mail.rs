//! Raw mail until its case and receipt are committed, and what reading one costs.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use channels::email::classify::Ours;
use channels::email::{classify, thread};
use service::intake::Intake;
use store::change_feed;
use tokio_util::sync::CancellationToken;

use super::place::Place;
use super::table::{Bar, Figure, Table, quantile};

/// Mails handed over.
const MAILS: usize = 4_000;
/// Longer than this nothing is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

pub async fn run(place: &Place, table: &mut Table) -> anyhow::Result<()> {
    let (account, _) = place.mailbox(25).await?;
    let city = &place.city;
    let mut position = change_feed::end(&mut city.db.read()).await?;
    let intake = Intake::start(city.clone());
    let stop = CancellationToken::new();
    let runners = service::jobs::start_receiving(city, &stop);
    let begun = Instant::now();
    for chunk in (0..MAILS).collect::<Vec<_>>().chunks(128) {
        let told = serde_json::json!({ "via": "hook" });
        let handed =
            chunk.iter().map(|number| intake.deliver(Some(account), "email", told.clone(), letter("mail", *number, Shape::of(*number))));
        futures_util::future::try_join_all(handed).await?;
    }
    let taken = begun.elapsed();
    let mut cases = HashSet::new();
    while cases.len() < MAILS {
        anyhow::ensure!(begun.elapsed() < PATIENCE, "only {} of {MAILS} mails became cases in {PATIENCE:?}", cases.len());
        let news = change_feed::after(&mut city.db.read(), position, 1_000).await?;
        match news.last() {
            Some(last) => position = last.position(),
            None => tokio::time::sleep(Duration::from_millis(10)).await,
        }
        cases.extend(news.into_iter().filter(|change| change.kind == "case").map(|change| change.subject));
    }
    let whole = begun.elapsed();
    stop.cancel();
    runners.wait().await;
    let rate = MAILS as f64 / whole.as_secs_f64();
    let ceiling = Some(MAILS as f64 / taken.as_secs_f64());
    table.line(Figure { name: "raw mail to case and receipt", value: rate, unit: "/s", ceiling, bar: Bar::AtLeast(1_000.0) });

    let mut times = Vec::new();
    for number in 0..3_000 {
        let raw = letter("read", number, Shape::of(number));
        let begun = Instant::now();
        read(place, &raw);
        times.push(begun.elapsed());
    }
    let mut line = |name: &str, share: f64, bar: Bar| {
        table.line(Figure { name, value: quantile(&mut times, share), unit: "ms", ceiling: None, bar });
    };
    line("reading a mail, median", 0.5, Bar::AtMost(0.5));
    line("reading a mail, p99", 0.99, Bar::None);
    Ok(())
}

/// What unpacking does with the octets.
fn read(place: &Place, raw: &[u8]) {
    let mail = channels::email::parse(raw);
    let own = ["phananh@vidu.example".to_owned()];
    let ours = Ours { mailboxes: &own, message_id_host: Some("localhost"), instance: Some("bench") };
    let read = (classify(&mail, &ours), thread::facts(&mail, place.city.keys.mail()), mail.visible_reply());
    std::hint::black_box(read);
}

/// How a mail is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One part of text.
    Plain,
    /// Text and HTML, with what is answered quoted below.
    Quoted,
    /// With a PDF of 100 KB.
    Attached,
}

impl Shape {
    /// Six in ten are plain, three quoted, one with an attachment.
    fn of(number: usize) -> Self {
        match number % 10 {
            0..6 => Self::Plain,
            6..9 => Self::Quoted,
            _ => Self::Attached,
        }
    }
}

/// A mail of about a kilobyte before its attachment, from a sender of its own.
pub fn letter(series: &str, number: usize, shape: Shape) -> Vec<u8> {
    let text = format!(
        "Kính gửi Tổng đài 1022,\r\n\r\nCông ty chúng tôi nộp hồ sơ hoàn thuế giá trị gia tăng từ giữa tháng 3, đã bổ sung hai lần theo \
         yêu cầu. Đến nay gần ba tháng vẫn chưa có thông báo chấp nhận hay từ chối. Vốn lưu động bị kẹt hơn một tỷ đồng, lương \
         tháng này phải vay. Xin cho biết hồ sơ đang ở khâu nào và ngày nào có kết quả. Số biên nhận {number:06}.\r\n\r\nTrân \
         trọng,\r\nNguyễn Văn A\r\n"
    );
    let head = format!(
        "From: =?UTF-8?Q?Nguy=E1=BB=85n_V=C4=83n_A?= <ketoan{number}@{series}.vidu.example>\r\nTo: phananh@vidu.example\r\nSubject: \
         =?UTF-8?Q?Ho=C3=A0n_thu=E1=BA=BF?= {number}\r\nDate: Mon, 23 Nov 2026 09:00:00 +0700\r\nMessage-ID: \
         <{number}@{series}.vidu.example>\r\nMIME-Version: 1.0\r\n"
    );
    let part = format!("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}");
    let quoted = "\r\nVào Th 2, 16 thg 11, 2026 vào lúc 09:00 Nguyễn Văn B <b@vidu.example> đã viết:\r\n> Nhờ chị gửi cho 1022.\r\n";
    let whole = match shape {
        Shape::Plain => format!("{head}{part}"),
        Shape::Quoted => format!(
            "{head}Content-Type: multipart/alternative; boundary=\"bb\"\r\n\r\n--bb\r\n{part}{quoted}\r\n--bb\r\nContent-Type: text/html; \
             charset=utf-8\r\n\r\n<html><body><p>{}</p><blockquote>Nhờ chị gửi cho 1022.</blockquote></body></html>\r\n--bb--\r\n",
            text.replace("\r\n", "<br>")
        ),
        Shape::Attached => format!(
            "{head}Content-Type: multipart/mixed; boundary=\"bb\"\r\n\r\n--bb\r\n{part}\r\n--bb\r\nContent-Type: application/pdf; \
             name=\"don.pdf\"\r\nContent-Disposition: attachment; filename=\"don.pdf\"\r\nContent-Transfer-Encoding: \
             base64\r\n\r\n{}\r\n--bb--\r\n",
            "JVBERi0xLjcKJeLjz9MKMSAwIG9iago8PC9UeXBlL0NhdGFsb2c+PgplbmRvYmoK\r\n".repeat(2_000)
        ),
    };
    whole.into_bytes()
}
