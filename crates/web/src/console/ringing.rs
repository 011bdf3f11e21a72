//! An incoming call opens on the screen of whoever takes calls, whichever page of the console is shown.

use std::convert::Infallible;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::response::sse::Event;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use service::calls::{self, Caller, LiveCall};
use service::queue::{Line, News};
use service::{City, Officer};
use uuid::Uuid;
use words::Tongue;

use super::at;
use crate::app::SignedIn;
use crate::parts::{Icon, Push, Status, Tone};

/// Cards that are shown at a time.
const CARDS: usize = 3;
/// Characters of the caller's last words.
const WORDS: usize = 160;

/// What a number leads to, for the officer's eyes: always a hint.
pub struct Hint {
    pub names: String,
    pub businesses: String,
    pub open: Vec<Known>,
    pub closed: Vec<Known>,
    pub last_words: String,
    pub last_at: String,
}

/// A case that may be the caller's.
pub struct Known {
    pub code: String,
    pub title: String,
    pub status: Status,
}

impl Known {
    pub fn of(tongue: Tongue, line: &Line) -> Known {
        Known { code: line.code.clone(), title: line.title.clone(), status: Status::brief(tongue, &line.label) }
    }
}

impl Hint {
    pub fn of(city: &City, tongue: Tongue, caller: &Caller) -> Hint {
        let (last_at, last_words) = match &caller.last_words {
            Some((when, text)) => (tongue.short_moment(at(*when), city.now()), cut(text)),
            None => (String::new(), String::new()),
        };
        let known = |lines: &[Line]| lines.iter().map(|line| Known::of(tongue, line)).collect();
        Hint {
            names: caller.names.join(", "),
            businesses: caller.businesses.join(", "),
            open: known(&caller.open),
            closed: known(&caller.closed),
            last_words,
            last_at,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.open.is_empty() && self.closed.is_empty()
    }
}

fn cut(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(WORDS) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text,
    }
}

/// The number as it is read out; words where there is none.
pub fn number(tongue: Tongue, number: Option<&str>) -> String {
    match number {
        Some("anonymous") => tongue.t("call-hidden").into_owned(),
        Some(number) => service::call_desk::shown(number),
        None => tongue.t("call-unknown").into_owned(),
    }
}

/// Where a call is.
pub fn status(tongue: Tongue, direction: &str, state: &str) -> Status {
    let (icon, tone) = match state {
        "new" | "ringing" => (Icon::Call, Tone::Move),
        "answered" => (Icon::Call, Tone::Good),
        "missed" => (Icon::Late, Tone::Bad),
        _ => (Icon::Shut, Tone::Calm),
    };
    let out = format!("call-out-{state}");
    let text = if direction == "out" && tongue.knows(&out) { tongue.t(&out) } else { tongue.of("call-state", state) };
    Status { icon, tone, text: text.into_owned() }
}

/// One call that goes on.
#[derive(Template)]
#[template(path = "console/call_card.html")]
pub struct Card {
    tongue: Tongue,
    pub id: Uuid,
    number: String,
    status: Status,
    at: String,
    hotline: String,
    queue: String,
    extension: String,
    hint: Hint,
}

impl HtmlSafe for Card {}

impl Card {
    pub fn of(city: &City, tongue: Tongue, live: LiveCall) -> Card {
        Card {
            tongue,
            id: live.call.id,
            number: number(tongue, live.call.number.as_deref()),
            status: status(tongue, &live.call.direction, &live.call.state),
            at: tongue.clock(at(live.call.begun_at)),
            hint: Hint::of(city, tongue, &live.caller),
            hotline: live.call.hotline.unwrap_or_default(),
            queue: live.call.queue.unwrap_or_default(),
            extension: live.call.extension.unwrap_or_default(),
        }
    }
}

/// The cards in the corner of every page.
#[derive(Template)]
#[template(path = "console/ringing.html")]
struct Ringing {
    tongue: Tongue,
    cards: Vec<Card>,
    more: usize,
}

async fn ringing(city: &City, tongue: Tongue, officer: &Officer, open: Option<Uuid>) -> service::Result<Ringing> {
    let mut live = calls::live(city, officer).await?;
    // Somebody else's talk is no news for this screen.
    live.retain(|live| open != Some(live.call.id) && live.mine && (live.call.state != "answered" || calls::own_talk(live)));
    let more = live.len().saturating_sub(CARDS);
    live.truncate(CARDS);
    Ok(Ringing { tongue, cards: live.into_iter().map(|live| Card::of(city, tongue, live)).collect(), more })
}

/// Pushes the cards whenever they are no longer those on the screen. The session and the right are asked each time.
/// `open` is the call whose own page is shown.
pub fn stream(city: &City, signed_in: &SignedIn, tongue: Tongue, open: Option<Uuid>) -> BoxStream<'static, Result<Event, Infallible>> {
    if !calls::takes_calls(&signed_in.officer) {
        return stream::empty().boxed();
    }
    let none = Ringing { tongue, cards: Vec::new(), more: 0 }.render().unwrap_or_default();
    let listening = (News::of(city), city.clone(), signed_in.token.clone(), none, true);
    stream::unfold(listening, move |(mut news, city, token, mut shown, mut fresh)| async move {
        loop {
            if !std::mem::take(&mut fresh) && !news.heard().await {
                return None;
            }
            let (officer, _) = service::sign_in::officer_of(&city, &token).await.ok()??;
            let part = ringing(&city, tongue, &officer, open).await.ok()?.render().ok()?;
            if part != shown {
                let push = Push { id: "ringing", part: &part }.render().ok()?;
                shown = part;
                return Some((Ok(Event::default().data(push)), (news, city, token, shown, fresh)));
            }
        }
    })
    .boxed()
}
