//! Every glyph of the pages, drawn where it stands: a fragment needs no sprite around it.

use std::fmt;

use askama::filters::{Escaper, Html, HtmlSafe};

/// A glyph on a grid of 24, as wide as its text. Beside a word it is silent; alone it needs
/// [`Icon::labelled`]. Channels are neutral glyphs, not brand marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    New,
    Routed,
    Work,
    Draft,
    Info,
    Back,
    Done,
    Pledge,
    Shut,
    Cross,
    Out,
    Merge,
    Due,
    Late,
    Tick,
    Ticks,
    Lock,
    Pen,
    Print,
    Clip,
    File,
    Up,
    Web,
    Mail,
    Zalo,
    Facebook,
    Telegram,
    Viber,
    Chat,
    Call,
    Find,
    Eye,
}

impl Icon {
    /// The glyph of a channel code; an unknown channel is a plain speech bubble.
    pub fn channel(code: &str) -> Icon {
        match code {
            "web" => Icon::Web,
            "email" => Icon::Mail,
            "facebook" => Icon::Facebook,
            "facebook_comment" => Icon::Chat,
            "zalo" => Icon::Zalo,
            "telegram" => Icon::Telegram,
            "viber" => Icon::Viber,
            "hotline" => Icon::Call,
            _ => Icon::Chat,
        }
    }

    /// The glyph with words for those who do not see it.
    pub fn labelled(self, label: impl Into<String>) -> Labelled {
        Labelled { icon: self, label: label.into() }
    }

    fn body(self) -> &'static str {
        match self {
            Icon::New => r#"<circle cx="12" cy="12" r="8.5" stroke-dasharray="3 2.34"/>"#,
            Icon::Routed => {
                r#"<circle cx="12" cy="12" r="8.5"/><path d="M12 12V6.5a5.5 5.5 0 0 1 5.5 5.5z" fill="currentColor" stroke="none"/>"#
            }
            Icon::Work => r#"<circle cx="12" cy="12" r="8.5"/><path d="M12 6.5a5.5 5.5 0 0 1 0 11z" fill="currentColor" stroke="none"/>"#,
            Icon::Draft => {
                r#"<circle cx="12" cy="12" r="8.5"/><path d="M12 6.5a5.5 5.5 0 1 1-5.5 5.5H12z" fill="currentColor" stroke="none"/>"#
            }
            Icon::Info => r#"<circle cx="12" cy="12" r="8.5"/><path d="M10 9v6M14 9v6"/>"#,
            Icon::Back => r#"<path d="M9 6.5 4 11.5l5 5M4.5 11.5H15a5 5 0 0 1 5 5v1.5"/>"#,
            Icon::Done => {
                r#"<circle cx="12" cy="12" r="9.2" fill="currentColor" stroke="none"/><path class="on" d="m7.8 12.3 2.9 2.9 5.5-5.9"/>"#
            }
            Icon::Pledge => r#"<path d="M6 21V4h12l-3 4 3 4H6"/>"#,
            Icon::Shut => r#"<circle cx="12" cy="12" r="8.5"/><path d="M8.5 12h7"/>"#,
            Icon::Cross => r#"<path d="m6 6 12 12M18 6 6 18"/>"#,
            Icon::Out => r#"<path d="M5 12h13M13 6.5l5.5 5.5-5.5 5.5"/>"#,
            Icon::Merge => r#"<path d="M6 4v4c0 5 6 4 6 8v5M18 4v4c0 5-6 4-6 8"/>"#,
            Icon::Due => r#"<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5l3.5 2"/>"#,
            Icon::Late => r#"<path d="M12 3.8 21.5 20h-19z"/><path d="M12 10v4.6M12 17.3v.1" stroke-width="2.2"/>"#,
            Icon::Tick => r#"<path d="m4.5 12.5 5 5 10-11"/>"#,
            Icon::Ticks => r#"<path d="m2 12.5 4.5 4.5 8.5-10M11 16l1 1 9-10"/>"#,
            Icon::Lock => r#"<path d="M5.5 11h13v9.5h-13zM8.5 11V7.5a3.5 3.5 0 0 1 7 0V11"/>"#,
            Icon::Pen => r#"<path d="M4 20l1-4.5L16.5 4 20 7.5 8.5 19z"/>"#,
            Icon::Print => r#"<path d="M7 9V3.5h10V9M7 17.5H3.5V9h17v8.5H17M7 14h10v6.5H7z"/>"#,
            Icon::Clip => {
                r#"<path d="m19.5 11.5-7.6 7.6a5 5 0 0 1-7-7l8.3-8.3a3.3 3.3 0 0 1 4.7 4.7l-8.2 8.2a1.6 1.6 0 0 1-2.3-2.3l7-7"/>"#
            }
            Icon::File => r#"<path d="M6 3.5h8l4 4v13H6zM14 3.5v4h4"/>"#,
            Icon::Up => r#"<path d="m5 15 7-7.5 7 7.5"/>"#,
            Icon::Web => r#"<circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c3.6 4 3.6 14 0 18M12 3c-3.6 4-3.6 14 0 18"/>"#,
            Icon::Mail => r#"<path d="M3 5.5h18v13H3z"/><path d="m3.5 6.5 8.5 7 8.5-7"/>"#,
            Icon::Zalo => r#"<path d="M3.5 4.5h17v12H11l-4 4v-4H3.5z"/><path d="M9.5 7.5h5l-5 6h5"/>"#,
            Icon::Facebook => r#"<circle cx="12" cy="12" r="9"/><path d="M15.5 7.8h-1.3c-1.3 0-2 .8-2 2V20.8M9.4 12.8h5.4"/>"#,
            Icon::Telegram => r#"<path d="M3 11.5 21 4l-3 16-6.5-4.5z"/><path d="m11.5 15.5-1.5 4-1.5-6L21 4"/>"#,
            Icon::Viber => {
                r#"<path d="M4 4.5h16v11.5h-5.5L10 20v-4H4z"/><path d="M9 7.5v1.2a4.8 4.8 0 0 0 4.8 4.8H15l.5-1.8-1.9-.8-.8.8a3.2 3.2 0 0 1-1.6-1.6l.8-.8-.8-1.8z"/>"#
            }
            Icon::Chat => r#"<path d="M3.5 4.5h17v12H11l-4 4v-4H3.5z"/><path d="M8 10.5h.01M12 10.5h.01M16 10.5h.01" stroke-width="2.6"/>"#,
            Icon::Call => {
                r#"<path d="M5.5 3.5h3.4l1.8 4.6-2.4 1.7a11.5 11.5 0 0 0 5.9 5.9l1.7-2.4 4.6 1.8v3.4a2 2 0 0 1-2.2 2A16.5 16.5 0 0 1 3.5 5.7a2 2 0 0 1 2-2.2z"/>"#
            }
            Icon::Find => r#"<circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5"/>"#,
            Icon::Eye => r#"<path d="M2.5 12c4-7.5 15-7.5 19 0-4 7.5-15 7.5-19 0z"/><circle cx="12" cy="12" r="3"/>"#,
        }
    }
}

impl fmt::Display for Icon {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = self.body();
        write!(out, r#"<svg class="ic" viewBox="0 0 24 24" aria-hidden="true">{body}</svg>"#)
    }
}

impl HtmlSafe for Icon {}

/// A glyph that stands alone and says what it means.
#[derive(Clone, Debug)]
pub struct Labelled {
    icon: Icon,
    label: String,
}

impl fmt::Display for Labelled {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(r#"<svg class="ic" viewBox="0 0 24 24" role="img" aria-label=""#)?;
        Html.write_escaped_str(&mut *out, &self.label)?;
        write!(out, r#"">{}</svg>"#, self.icon.body())
    }
}

impl HtmlSafe for Labelled {}
