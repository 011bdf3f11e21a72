//! Mails as businesses write them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A mail from outside. What is not set has an ordinary value.
#[derive(Debug, Clone)]
pub struct Letter {
    pub from: String,
    pub to: String,
    pub subject: String,
    /// Without angle brackets.
    pub id: String,
    pub date: String,
    pub text: String,
    /// The same text with its format, beside the plain one.
    pub html: Option<String>,
    /// Whole header lines, without their line ends.
    pub more: Vec<String>,
    pub files: Vec<(String, String, Vec<u8>)>,
}

impl Letter {
    /// A question about tax, whose text says which one it is.
    pub fn new(from: &str, to: &str, id: &str) -> Self {
        Self {
            from: from.into(),
            to: to.into(),
            subject: "Vướng mắc hoàn thuế giá trị gia tăng".into(),
            id: format!("{id}@doanhnghiep.example"),
            date: "Thu, 5 Feb 2026 09:00:00 +0700".into(),
            text: format!("Kính gửi cơ quan thuế,\n\nHồ sơ hoàn thuế giá trị gia tăng của chúng tôi nộp đã lâu chưa có kết quả ({id}).\n"),
            html: None,
            more: Vec::new(),
            files: Vec::new(),
        }
    }

    pub fn subject(mut self, subject: &str) -> Self {
        self.subject = subject.into();
        self
    }

    pub fn text(mut self, text: &str) -> Self {
        self.text = text.into();
        self
    }

    pub fn date(mut self, date: &str) -> Self {
        self.date = date.into();
        self
    }

    pub fn header(mut self, line: String) -> Self {
        self.more.push(line);
        self
    }

    /// In-Reply-To and References as a mail program writes them.
    pub fn answering(self, id: &str) -> Self {
        self.header(format!("In-Reply-To: <{id}>")).header(format!("References: <{id}>"))
    }

    pub fn file(mut self, name: &str, kind: &str, bytes: &[u8]) -> Self {
        self.files.push((name.into(), kind.into(), bytes.to_vec()));
        self
    }

    /// The octets, with CRLF.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = vec![
            format!("From: {}", self.from),
            format!("To: {}", self.to),
            format!("Subject: =?utf-8?B?{}?=", STANDARD.encode(&self.subject)),
            format!("Message-ID: <{}>", self.id),
            format!("Date: {}", self.date),
            "MIME-Version: 1.0".into(),
        ];
        out.extend(self.more.iter().cloned());
        let body =
            |text: &str| format!("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}", lines(text));
        if let Some(html) = &self.html {
            out.push("Content-Type: multipart/alternative; boundary=bien\r\n\r\n--bien".into());
            out.push(body(&self.text));
            out.push("--bien\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n".into());
            out.push(lines(html));
            out.push("--bien--".into());
        } else if self.files.is_empty() {
            out.push(body(&self.text));
        } else {
            out.push("Content-Type: multipart/mixed; boundary=bien\r\n\r\n--bien".into());
            out.push(body(&self.text));
            for (name, kind, bytes) in &self.files {
                out.push("--bien".into());
                out.push(format!("Content-Type: {kind}; name=\"{name}\"\r\nContent-Disposition: attachment; filename=\"{name}\""));
                out.push(format!("Content-Transfer-Encoding: base64\r\n\r\n{}", wrapped(&STANDARD.encode(bytes))));
            }
            out.push("--bien--".into());
        }
        out.push(String::new());
        out.join("\r\n").into_bytes()
    }
}

fn lines(text: &str) -> String {
    wrapped(&STANDARD.encode(text.replace('\n', "\r\n")))
}

/// 76 characters a line (RFC 2045 §6.8).
fn wrapped(base64: &str) -> String {
    base64.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line)).collect::<Vec<_>>().join("\r\n")
}
