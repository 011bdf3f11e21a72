//! Every part on pages like the real ones, to look at while changing style:
//! `cargo run -p web --example gallery -- 127.0.0.1:8099`, then /, /home, /receipt, /queue, /case.

use askama::Template;
use axum::Router;
use axum::response::Html;
use axum::routing::{get, post};
use jiff::civil::{Date, date};
use web::error::Error;
use web::form::{FormField, FormState};
use web::page::{Page, Place, Reader};
use web::parts::*;
use web::{assets, error, page};
use words::{Tongue, Value};

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Sample {
    Contact,
    Code,
}

impl FormField for Sample {
    fn name(self) -> &'static str {
        match self {
            Sample::Contact => "contact",
            Sample::Code => "code",
        }
    }
}

const LABELS: [&str; 16] = [
    "new",
    "verify",
    "screen",
    "need_info",
    "routed",
    "bounced",
    "working",
    "coord",
    "draft",
    "answered",
    "pledge",
    "closed",
    "refused",
    "guided",
    "merged",
    "withdrawn",
];

#[derive(Template)]
#[template(path = "parts.html")]
struct Parts {
    page: Page,
    form: FormState<Sample>,
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    page: Page,
}

#[derive(Template)]
#[template(path = "receipt.html")]
struct Receipt {
    page: Page,
}

#[derive(Template)]
#[template(path = "queue.html")]
struct Queue {
    page: Page,
    rows: Vec<(usize, &'static str, Due)>,
}

#[derive(Template)]
#[template(path = "case.html")]
struct Case {
    page: Page,
}

fn show(template: impl Template) -> Html<String> {
    Html(template.render().expect("a sample that renders"))
}

fn due(tongue: &Tongue, left: i64, brief: bool) -> Due {
    Due { tongue: *tongue, left, total: 7, day: date(2026, 2, 25), paused_until: None, brief }
}

fn paused(tongue: &Tongue, brief: bool) -> Due {
    Due { paused_until: Some(date(2026, 2, 27)), ..due(tongue, 4, brief) }
}

fn ruler(tongue: &Tongue) -> Ruler {
    let day = |day, kind| {
        let from: Date = date(2026, 2, day);
        Cell { from, to: from, kind, name: None, is_today: day == 12 }
    };
    let mut cells = vec![day(9, CellKind::Received)];
    cells.extend((10..13).map(|at| day(at, CellKind::Counted)));
    cells.push(day(13, CellKind::Open));
    cells.push(Cell { from: date(2026, 2, 14), to: date(2026, 2, 22), kind: CellKind::Off, name: Some("Tết".into()), is_today: false });
    cells.extend([day(23, CellKind::Open), day(24, CellKind::Open), day(25, CellKind::Due)]);
    Ruler { tongue: *tongue, received: date(2026, 2, 9), due: date(2026, 2, 25), cells }
}

fn long_ruler(tongue: &Tongue) -> Ruler {
    let mut ruler = ruler(tongue);
    ruler.cells.extend((23..28).map(|day| Cell {
        from: date(2026, 3, day),
        to: date(2026, 3, day),
        kind: CellKind::Open,
        name: None,
        is_today: false,
    }));
    ruler
}

fn steps(tongue: &Tongue) -> Steps {
    let step = |state, note: &str| Step { state, name: None, note: note.into() };
    Steps {
        tongue: *tongue,
        steps: [
            step(StepState::Done, "09/02, 09:14"),
            step(StepState::Done, "Thuế TP.HCM, 09/02"),
            step(StepState::Done, "từ 10/02"),
            step(StepState::Here, "24/02, sớm 1 ngày"),
            step(StepState::Ahead, "đến hết 11/03"),
        ],
    }
}

fn halted(tongue: &Tongue) -> Steps {
    let mut steps = steps(tongue);
    steps.steps[2] =
        Step { state: StepState::Halted, name: Some(tongue.of("sender", "waiting").into_owned()), note: "đến hết 27/02".into() };
    steps.steps[3].state = StepState::Ahead;
    steps
}

fn files(tongue: &Tongue) -> Attachments {
    let name = "Thông báo tiếp nhận.jpg".into();
    Attachments { tongue: *tongue, files: vec![Attachment { name, bytes: 421_888, address: "/f".into() }] }
}

fn message(tongue: &Tongue, side: Side, name: &str, text: &str) -> Message {
    Message {
        side,
        name: name.into(),
        at: "11/02, 10:40 qua Zalo".into(),
        channel: (side != Side::Inside).then(|| Icon::Zalo.labelled("Zalo")),
        text: text.into(),
        files: if side == Side::Sender { files(tongue) } else { Attachments::default() },
    }
}

fn answer(tongue: &Tongue) -> AnswerCard {
    AnswerCard {
        tongue: *tongue,
        agency: "Thuế Thành phố Hồ Chí Minh".into(),
        at: "thứ Ba 24/02, 14:20".into(),
        checked: "Hồ sơ hoàn thuế nộp ngày 15/12/2025 thuộc diện kiểm tra trước khi hoàn. \
                  Việc kiểm tra xong ngày 12/02, chậm 9 ngày so với lịch. Chúng tôi xin lỗi anh/chị."
            .into(),
        basis: "Điều 75 Luật Quản lý thuế số 38/2019/QH14.".into(),
        next: "Kho bạc chuyển tiền chậm nhất thứ Sáu 27/02/2026.".into(),
        contact: "Ông Lê Hoàng Nam, số 028 3770 2288 nhánh 214.".into(),
        files: files(tongue),
    }
}

fn event(icon: Icon, tone: Tone, text: &str) -> Event {
    Event { icon, tone, text: text.into(), at: "09/02, 09:14".into() }
}

fn pager(tongue: &Tongue, earlier: bool) -> Pager {
    Pager { tongue: *tongue, earlier: earlier.then(|| "/?before=x".into()), later: Some("/?after=x".into()) }
}

fn rating(tongue: &Tongue) -> RatingChoice {
    RatingChoice { tongue: *tongue, name: "mark", chosen: Some(4) }
}

async fn parts(page: Page) -> Html<String> {
    let mut form = FormState::default();
    form.set(Sample::Contact, "090123456");
    form.fail(Sample::Contact, "guard-reason_missing");
    form.fail_with(Sample::Code, "overdue-days", vec![("n", Value::from(4))]);
    show(Parts { page: page.at(Place::Answers), form })
}

async fn queue(page: Page) -> Html<String> {
    let tongue = &page.tongue.clone();
    let rows = LABELS.iter().enumerate().map(|(at, label)| {
        let due = match *label {
            "need_info" => paused(tongue, true),
            _ => due(tongue, at as i64 - 2, true),
        };
        (at, *label, due)
    });
    let rows = rows.collect();
    let reader = Reader { name: "Nguyễn Thu Hà".into(), administers: true, takes_calls: false };
    show(Queue { page: page.read_by(reader).at(Place::Cases), rows })
}

async fn case(page: Page) -> Html<String> {
    let reader = Reader { name: "Lê Hoàng Nam".into(), administers: false, takes_calls: false };
    show(Case { page: page.read_by(reader).at(Place::Cases) })
}

/// What a console's stream sends: an unnamed event with whole parts, each swapped where its id is.
async fn live() -> impl axum::response::IntoResponse {
    use axum::response::sse::{Event, KeepAlive, Sse};
    let row = Push { id: "pushed", part: r#"<span id="pushed">Vừa cập nhật</span>"# }.to_string();
    let events = futures_util::stream::iter([Ok::<_, std::convert::Infallible>(Event::default().data(row))]);
    let events = futures_util::StreamExt::chain(events, futures_util::stream::pending());
    Sse::new(events).keep_alive(KeepAlive::default())
}

#[tokio::main]
async fn main() {
    let at = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8099".into());
    let pages = Router::new()
        .route("/", get(parts))
        .route("/home", get(|page: Page| async { show(Home { page: page.at(Place::Send) }) }))
        .route("/home", post(|| async { axum::response::Redirect::to("/receipt") }))
        .route("/suggest", post(|| async { Html("<p>Thuế Thành phố Hồ Chí Minh</p>") }))
        .route("/receipt", get(|page: Page| async { show(Receipt { page }) }))
        .route("/queue", get(queue))
        .route("/live", get(live))
        .route("/case", get(case))
        .route("/assets/{hash}/{name}", get(assets::serve))
        .fallback(|| async { Error::NotFound })
        .layer(axum::middleware::from_fn(page::remember_language))
        .layer(axum::middleware::from_fn(error::dress))
        .layer(axum::middleware::from_fn(page::safe_headers))
        .layer(tower_http::compression::CompressionLayer::new());
    let listener = tokio::net::TcpListener::bind(&at).await.expect("a free address");
    println!("http://{at}/");
    axum::serve(listener, pages).await.expect("a server");
}
