//! Lists of cases, and the stream that keeps an open one fresh.

use std::convert::Infallible;
use std::time::Duration;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::extract::{Path, Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Redirect, Response};
use futures_util::stream;
use serde::Deserialize;
use service::queue::{Line, News, Queue};
use service::{City, Officer};
use words::Tongue;

use super::timeline::is_chat;
use super::{Left, at, show};
use crate::app::{App, SignedIn};
use crate::error::Error;
use crate::page::{Page, Place};
use crate::parts::{Due, Empty, Icon, Labelled, Notice, Pager, Push, Status, spaced};

/// The lists of an officer, beside every list.
#[derive(Template)]
#[template(path = "console/views.html")]
pub struct Views {
    tongue: Tongue,
    places: Vec<View>,
    current: Option<Queue>,
    counted: bool,
}

impl HtmlSafe for Views {}

struct View {
    queue: Queue,
    count: String,
}

impl Views {
    pub fn of(tongue: Tongue, officer: &Officer, current: Option<Queue>) -> Views {
        let places = Queue::ALL.into_iter().filter(|queue| queue.is_for(officer)).map(|queue| View { queue, count: String::new() });
        Views { tongue, places: places.collect(), current, counted: false }
    }

    fn is_current(&self, queue: &Queue) -> bool {
        self.current == Some(*queue)
    }
}

/// One case in a list, two lines high.
pub struct Row {
    code: String,
    /// Where the link leads back to.
    from: String,
    title: String,
    who: String,
    channel: Labelled,
    /// The name of a chat channel.
    way: String,
    status: Status,
    agency: String,
    due: Option<Due>,
    /// In place of a due date: when somebody will have confirmed the case.
    confirm: String,
    /// The time to confirm it is over.
    late: bool,
}

impl Row {
    pub fn of(city: &City, tongue: Tongue, line: Line, from: &str) -> Row {
        let reference = city.reference();
        let now = city.now();
        let waiting = matches!(line.label.as_str(), "need_info" | "verify");
        let paused_until = waiting.then(|| at(line.sort_at));
        let due = line.clock_at.or(line.due_at.filter(|_| waiting)).map(|due| {
            let left = Left { received: at(line.received_at), due: at(due), paused_until, brief: true };
            left.drawn(tongue, &reference, city.today())
        });
        let is_new = matches!(line.label.as_str(), "new" | "screen");
        let promised = due.is_none() && is_new && line.sort_at > line.received_at;
        let confirm = if promised {
            tongue.with("list-confirm", [("at", tongue.short_moment(at(line.sort_at), now).into())]).into_owned()
        } else if due.is_none() {
            tongue.short_moment(at(line.received_at), now)
        } else {
            String::new()
        };
        let hidden = line.visibility == domain::visibility::Visibility::SenderHidden.as_str();
        let who = if hidden { tongue.t("list-hidden").into_owned() } else { line.business_name.unwrap_or(line.contact_name) };
        Row {
            late: promised && at(line.sort_at) < now,
            from: if from.is_empty() { String::new() } else { format!("?q={from}") },
            title: line.title,
            who,
            channel: Icon::channel(&line.channel).labelled(tongue.of("channel", &line.channel)),
            way: if is_chat(&line.channel) { tongue.of("channel", &line.channel).into_owned() } else { String::new() },
            status: Status::brief(tongue, &line.label),
            agency: reference.short_name(line.agency_id).to_owned(),
            due,
            confirm,
            code: line.code,
        }
    }

    fn tone(&self) -> &'static str {
        self.due.as_ref().map_or("", |due| due.tone().class())
    }
}

/// A page of rows: the part that live updates take the place of.
#[derive(Template)]
#[template(path = "console/list.html")]
pub struct ListPart {
    pub tongue: Tongue,
    pub caption: String,
    pub rows: Vec<Row>,
    pub empty: Empty,
    pub pager: Option<Pager>,
}

impl HtmlSafe for ListPart {}

impl ListPart {
    async fn of(city: &City, tongue: Tongue, officer: &Officer, queue: Queue, after: Option<&str>) -> service::Result<ListPart> {
        let found = service::queue::page(city, officer, queue, after).await?;
        let name = queue.as_str();
        let rows = found.lines.into_iter().map(|line| Row::of(city, tongue, line, name)).collect();
        let pager = Pager {
            tongue,
            earlier: after.map(|_| format!("/console/q/{name}")),
            later: found.next.map(|next| format!("/console/q/{name}?after={next}")),
        };
        let empty = Empty { title: tongue.of("queue-empty", name).into_owned(), text: tongue.t("list-empty-text").into_owned() };
        Ok(ListPart { tongue, caption: tongue.of("queue", name).into_owned(), rows, empty, pager: Some(pager) })
    }
}

#[derive(Template)]
#[template(path = "console/queue.html")]
struct QueuePage {
    page: Page,
    views: Views,
    name: &'static str,
    /// A rendered [`ListPart`].
    list: String,
    /// The first page is kept fresh; this says what it shows.
    live: Option<String>,
    done: Option<Notice>,
}

/// The first list that may hold work for this officer.
pub async fn first(signed_in: SignedIn) -> Redirect {
    let order = [Queue::Approve, Queue::Screen, Queue::Accept, Queue::Mine, Queue::Returned, Queue::Answered, Queue::Agency, Queue::All];
    let has = |queue: &Queue| queue.is_for(&signed_in.officer);
    match order.into_iter().find(has) {
        Some(queue) => Redirect::to(&format!("/console/q/{}", queue.as_str())),
        None if signed_in.officer.viewer.may_administer() => Redirect::to("/admin"),
        None => Redirect::to("/console/q/sealed"),
    }
}

#[derive(Deserialize)]
pub struct Wanted {
    after: Option<String>,
    /// What was just done, and to which case.
    done: Option<String>,
    code: Option<String>,
}

pub async fn page(
    State(app): State<App>,
    page: Page,
    signed_in: SignedIn,
    Path(name): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Error> {
    let queue = Queue::parse(&name).ok_or(Error::NotFound)?;
    let page = page.at(Place::Cases);
    let tongue = page.tongue;
    let list = ListPart::of(&app.city, tongue, &signed_in.officer, queue, wanted.after.as_deref()).await?;
    let done = wanted.done.zip(wanted.code).and_then(|(act, code)| done(tongue, &act, &code));
    let views = Views::of(tongue, &signed_in.officer, Some(queue));
    let list = list.render().map_err(|_| Error::Internal)?;
    let live = wanted.after.is_none().then(|| mark(&list));
    Ok(show(QueuePage { page, views, name: queue.as_str(), list, live, done }))
}

/// A short mark of what a page shows, to tell whether it is still so.
fn mark(html: &str) -> String {
    service::keys::token_hash(html).chars().take(16).collect()
}

/// The act just done in words, from an address that anybody may have written: unknown acts and codes say nothing.
fn done(tongue: Tongue, act: &str, code: &str) -> Option<Notice> {
    let code = code.parse::<domain::tracking_code::TrackingCode>().ok()?;
    let key = format!("done-{act}");
    let known = act.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && tongue.knows(&key);
    let text = known.then(|| tongue.with(&key, [("code", spaced(code.as_str()).into())]).into_owned())?;
    Some(Notice { info: true, icon: Icon::Tick, text })
}

#[derive(Deserialize)]
pub struct Current {
    #[serde(default)]
    q: String,
}

/// How many wait in each list, up to a hundred: asked for after the page, so that it need not wait for them.
pub async fn counts(State(app): State<App>, page: Page, signed_in: SignedIn, Query(current): Query<Current>) -> Result<Response, Error> {
    let mut views = Views::of(page.tongue, &signed_in.officer, Queue::parse(&current.q));
    views.counted = true;
    for view in &mut views.places {
        let count = service::queue::count(&app.city, &signed_in.officer, view.queue, 101).await?;
        view.count = match count {
            0 => String::new(),
            1..=100 => count.to_string(),
            _ => "100+".to_owned(),
        };
    }
    Ok(show(views))
}

/// Changes close together are told once.
const PAUSE: Duration = Duration::from_millis(500);

#[derive(Deserialize)]
pub struct Seen {
    #[serde(default)]
    seen: String,
}

/// The first page of a list, pushed whenever it is no longer what the reader sees. The session and the permission are
/// asked each time.
pub async fn live(
    State(app): State<App>,
    page: Page,
    signed_in: SignedIn,
    Path(name): Path<String>,
    Query(seen): Query<Seen>,
) -> Result<Response, Error> {
    let queue = Queue::parse(&name).ok_or(Error::NotFound)?;
    if !queue.is_for(&signed_in.officer) {
        return Err(Error::Forbidden);
    }
    let tongue = page.tongue;
    let ringing = super::ringing::stream(&app.city, &signed_in, tongue, None);
    let listening = (News::of(&app.city), app.city, signed_in.token, seen.seen, true);
    let events = stream::unfold(listening, move |(mut news, city, token, mut shown, mut fresh)| async move {
        loop {
            // What changed before we listened is seen by looking once at once.
            if !std::mem::take(&mut fresh) {
                if !news.heard().await {
                    return None;
                }
                tokio::time::sleep(PAUSE).await;
            }
            let (officer, _) = service::sign_in::officer_of(&city, &token).await.ok()??;
            let list = ListPart::of(&city, tongue, &officer, queue, None).await.ok()?.render().ok()?;
            let now = mark(&list);
            if now != shown {
                let push = Push { id: "list", part: &list }.render().ok()?;
                shown = now;
                return Some((Ok::<_, Infallible>(Event::default().data(push)), (news, city, token, shown, fresh)));
            }
        }
    });
    let events = stream::select(events, ringing);
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}
