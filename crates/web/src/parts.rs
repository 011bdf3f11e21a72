//! The parts pages are made of. Each is a small template with typed values: a page, a partial
//! update and a live push write `{{ part }}` and get the same HTML.

mod clock;
mod icon;

use std::borrow::Cow;

use askama::Template;
use askama::filters::HtmlSafe;
use words::Tongue;

pub use clock::{Cell, CellKind, Due, Ruler};
pub use icon::{Icon, Labelled};

/// Parts are written into pages as they are: their own templates have escaped their values.
macro_rules! parts {
    ($($part:ty),* $(,)?) => { $(impl HtmlSafe for $part {})* };
}

parts!(
    Status,
    Due,
    Ruler,
    Steps,
    Message,
    AnswerCard,
    Event,
    Notice,
    ErrorSummary,
    Empty,
    Pager,
    Attachments,
    CodeLabel<'_>,
    Qr,
    RatingChoice,
    Push<'_>,
);

/// A part for a live push or a partial answer: it takes the place of the element it names.
#[derive(Template, Clone, Debug)]
#[template(ext = "html", source = r##"<hx-partial hx-target="#{{ id }}" hx-swap="outerHTML">{{ part|safe }}</hx-partial>"##)]
pub struct Push<'a> {
    /// The id of the element; `part` carries the same id.
    pub id: &'a str,
    /// HTML of a template.
    pub part: &'a str,
}

/// What a colour says, always beside a word and a glyph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Calm,
    Move,
    Good,
    Wait,
    Warn,
    Bad,
}

impl Tone {
    /// The class with a leading space, or nothing.
    pub fn class(self) -> &'static str {
        match self {
            Tone::Calm => "",
            Tone::Move => " move",
            Tone::Good => " good",
            Tone::Wait => " wait",
            Tone::Warn => " warn",
            Tone::Bad => " bad",
        }
    }
}

/// Where a case stands: the circle fills as the case moves.
#[derive(Template, Clone, Debug)]
#[template(ext = "html", source = r#"<span class="st{{ tone.class() }}">{{ icon }}{{ text }}</span>"#)]
pub struct Status {
    pub icon: Icon,
    pub tone: Tone,
    pub text: String,
}

impl Status {
    /// The status of one of the sixteen label codes, in full words.
    pub fn of(tongue: impl Into<Tongue>, label: &str) -> Status {
        Status::drawn(label, tongue.into().of("label", label).into_owned())
    }

    /// The same in a queue, where the line is short.
    pub fn brief(tongue: impl Into<Tongue>, label: &str) -> Status {
        Status::drawn(label, tongue.into().of("brief", label).into_owned())
    }

    /// The state of a delivery, such as `failed`.
    pub fn delivery(tongue: impl Into<Tongue>, state: &str) -> Status {
        let (icon, tone) = match state {
            "queued" | "sending" => (Icon::New, Tone::Calm),
            "sent" => (Icon::Tick, Tone::Calm),
            "delivered" | "read" => (Icon::Ticks, Tone::Good),
            "failed" => (Icon::Late, Tone::Bad),
            "suppressed" => (Icon::Shut, Tone::Calm),
            _ => (Icon::Due, Tone::Warn),
        };
        Status { icon, tone, text: tongue.into().of("delivery", state).into_owned() }
    }

    fn drawn(label: &str, text: String) -> Status {
        let (icon, tone) = match label {
            "routed" => (Icon::Routed, Tone::Move),
            "working" | "coord" => (Icon::Work, Tone::Move),
            "draft" => (Icon::Draft, Tone::Wait),
            "need_info" => (Icon::Info, Tone::Wait),
            "bounced" => (Icon::Back, Tone::Warn),
            "answered" => (Icon::Done, Tone::Good),
            "pledge" => (Icon::Pledge, Tone::Good),
            "closed" | "withdrawn" => (Icon::Shut, Tone::Calm),
            "refused" => (Icon::Cross, Tone::Calm),
            "guided" => (Icon::Out, Tone::Calm),
            "merged" => (Icon::Merge, Tone::Calm),
            _ => (Icon::New, Tone::Calm),
        };
        Status { icon, tone, text }
    }
}

/// The five steps a sender sees, each with its date; never more.
#[derive(Template, Clone, Debug)]
#[template(path = "parts/steps.html")]
pub struct Steps {
    pub tongue: Tongue,
    /// In order: received, routed, working, answered, rated.
    pub steps: [Step; 5],
}

#[derive(Clone, Debug)]
pub struct Step {
    pub state: StepState,
    /// The word of the step when it is not the usual one ("Cần anh/chị bổ sung").
    pub name: Option<String>,
    /// Date, agency, or until when.
    pub note: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    Done,
    /// Done, and the last one so far.
    Here,
    /// The case stands still here and waits for someone.
    Halted,
    Ahead,
}

impl Steps {
    fn named(&self) -> impl Iterator<Item = (String, &Step)> {
        const CODES: [&str; 5] = ["received", "routed", "working", "answered", "rated"];
        CODES.into_iter().zip(&self.steps).map(|(code, step)| {
            let name = step.name.clone();
            (name.unwrap_or_else(|| self.tongue.of("step", code).into_owned()), step)
        })
    }
}

/// Who a message is from, which decides its edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Sender,
    City,
    /// An internal note: amber, dashed, with a lock.
    Inside,
}

/// One message of a conversation. The text is shown as it was written, line by line.
#[derive(Template, Clone, Debug)]
#[template(path = "parts/message.html")]
pub struct Message {
    pub side: Side,
    /// Who wrote, as the reader may see it.
    pub name: String,
    /// When and where, in words ("09/02, 09:14 qua Zalo").
    pub at: String,
    /// The channel's glyph, in the console.
    pub channel: Option<Labelled>,
    pub text: String,
    pub files: Attachments,
}

/// The answer, framed, in the four things every answer says; an empty one is left out.
#[derive(Template, Clone, Debug)]
#[template(path = "parts/answer.html")]
pub struct AnswerCard {
    pub tongue: Tongue,
    pub agency: String,
    pub at: String,
    pub checked: String,
    pub basis: String,
    pub next: String,
    pub contact: String,
    pub files: Attachments,
}

impl AnswerCard {
    fn lines(&self) -> Vec<(Cow<'static, str>, &str)> {
        let t = self.tongue;
        let lines = [
            (t.t("answer-checked"), self.checked.as_str()),
            (t.t("answer-basis"), self.basis.as_str()),
            (t.t("answer-next"), self.next.as_str()),
            (t.t("answer-contact"), self.contact.as_str()),
        ];
        lines.into_iter().filter(|(_, text)| !text.is_empty()).collect()
    }
}

/// Something that happened: one line that says why. Deliveries are events too.
#[derive(Template, Clone, Debug)]
#[template(
    ext = "html",
    source = r#"<p class="ev{{ tone.class() }}">{{ icon }}<span>{{ text }} <span class="nw">{{ at }}</span></span></p>"#
)]
pub struct Event {
    pub icon: Icon,
    pub tone: Tone,
    pub text: String,
    pub at: String,
}

/// One message and what to do. Amber: something changed. Blue: good to know.
#[derive(Template, Clone, Debug)]
#[template(ext = "html", source = r#"<div class="notice{% if info %} info{% endif %}">{{ icon }}<div><p>{{ text }}</p></div></div>"#)]
pub struct Notice {
    pub info: bool,
    pub icon: Icon,
    pub text: String,
}

impl Notice {
    pub fn changed(text: impl Into<String>) -> Notice {
        Notice { info: false, icon: Icon::Due, text: text.into() }
    }

    pub fn good_to_know(text: impl Into<String>) -> Notice {
        Notice { info: true, icon: Icon::Lock, text: text.into() }
    }
}

/// On top of a form sent with mistakes: takes the focus, each line leads to its field.
#[derive(Template, Clone, Debug)]
#[template(path = "parts/errors.html")]
pub struct ErrorSummary {
    pub title: String,
    /// The id of the field, if it is about one, and what to do.
    pub items: Vec<(Option<&'static str>, String)>,
}

/// Nothing here: says so, why that is fine, and what comes next.
#[derive(Template, Clone, Debug)]
#[template(
    ext = "html",
    source = r#"<div class="empty"><p><b>{{ title }}</b></p>{% if !text.is_empty() %}<p class="meta">{{ text }}</p>{% endif %}</div>"#
)]
pub struct Empty {
    pub title: String,
    pub text: String,
}

/// Links to the page before and after, by key: no totals, no page numbers.
#[derive(Template, Clone, Debug)]
#[template(path = "parts/pager.html")]
pub struct Pager {
    pub tongue: Tongue,
    pub earlier: Option<String>,
    pub later: Option<String>,
}

/// Files that came with a message; none draws nothing.
#[derive(Template, Clone, Debug, Default)]
#[template(path = "parts/attachments.html")]
pub struct Attachments {
    pub tongue: Tongue,
    pub files: Vec<Attachment>,
}

#[derive(Clone, Debug)]
pub struct Attachment {
    /// As the sender named it, control characters removed.
    pub name: String,
    pub bytes: u64,
    pub address: String,
}

/// A tracking code in its groups, "26 4071 923 5", never broken within one.
#[derive(Template, Clone, Debug)]
#[template(ext = "html", source = r#"<span class="code">{% for group in groups() %}<span>{{ group }}</span> {% endfor %}</span>"#)]
pub struct CodeLabel<'a>(pub &'a str);

impl CodeLabel<'_> {
    fn groups(&self) -> Vec<&str> {
        code_groups(self.0)
    }
}

/// The code as it is written in a sentence: "26 4071 923 5" with no-break spaces.
pub fn spaced(code: &str) -> String {
    code_groups(code).join("\u{a0}")
}

/// Two digits of the year, four, three (or four), one check digit. Anything else stays whole.
fn code_groups(code: &str) -> Vec<&str> {
    if !(10..=11).contains(&code.len()) || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return vec![code];
    }
    let last = code.len() - 1;
    vec![&code[..2], &code[2..6], &code[6..last], &code[last..]]
}

/// A QR code as one path; drawn on white in the dark as well, so that phones read it.
#[derive(Template, Clone, Debug)]
#[template(
    ext = "html",
    source = r#"<svg class="qr" viewBox="0 0 {{ side }} {{ side }}" role="img" aria-label="{{ label }}"><path d="{{ path }}"/></svg>"#
)]
pub struct Qr {
    side: i32,
    path: String,
    label: String,
}

impl Qr {
    /// The code that opens `address`, the page of the case with that tracking code. None when the
    /// address is too long for a QR code (about 2,300 bytes).
    pub fn of(tongue: impl Into<Tongue>, code: &str, address: &str) -> Option<Qr> {
        let label = tongue.into().with("qr-label", [("code", spaced(code).into())]);
        Qr::labelled(label, address)
    }

    /// A code for any text, with the words for those who do not see it.
    pub fn labelled(label: impl Into<String>, address: &str) -> Option<Qr> {
        use std::fmt::Write;
        // The standard's quiet zone, white in the dark as well.
        const QUIET: i32 = 4;
        let code = qrcodegen::QrCode::encode_text(address, qrcodegen::QrCodeEcc::Medium).ok()?;
        let mut path = String::new();
        for y in 0..code.size() {
            let mut x = 0;
            while x < code.size() {
                let run = (x..code.size()).take_while(|at| code.get_module(*at, y)).count() as i32;
                if run > 0 {
                    // Writing to a String does not fail.
                    let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET);
                }
                x += run.max(1);
            }
        }
        Some(Qr { side: code.size() + 2 * QUIET, path, label: label.into() })
    }
}

/// Five plain words to choose from.
#[derive(Template, Clone, Debug)]
#[template(path = "parts/rating.html")]
pub struct RatingChoice {
    pub tongue: Tongue,
    /// The name of the radio buttons.
    pub name: &'static str,
    pub chosen: Option<u8>,
}

impl RatingChoice {
    fn is_chosen(&self, mark: u8) -> bool {
        self.chosen == Some(mark)
    }
}

#[cfg(test)]
mod tests;
