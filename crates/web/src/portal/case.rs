//! The page of one case. With a pass: receipt, due date, answer, talk and what the sender can do. Without: what the code
//! alone shows.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::case::{Outcome, Stage};
use domain::contact::ContactPoint;
use domain::time::local_date;
use domain::tracking_code::TrackingCode;
use jiff::SignedDuration;
use service::follow::{RatingRow, SenderView};
use service::keep_files::FileRow;
use service::understand::Proposal;
use words::capital;

use crate::app::App;
use crate::error::Error;
use crate::form::{FormField, FormState};
use crate::limit::Client;
use crate::page::{Page, Place};
use crate::parts::{AnswerCard, CodeLabel, Icon, Notice, Qr, RatingChoice, Status, Steps, spaced};
use crate::portal::clock::{Progress, Why, due_words, why};
use crate::portal::kept_pass::opened;
use crate::portal::look_up;
use crate::portal::suggest::{Guide, guides_of};
use crate::portal::talk::{Entry, Reading};

/// The fields of the page's forms.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    Text,
    Files,
    Score,
    Comment,
    Reason,
}

impl FormField for Field {
    fn name(self) -> &'static str {
        match self {
            Field::Text => "text",
            Field::Files => "files",
            Field::Score => "score",
            Field::Comment => "comment",
            Field::Reason => "reason",
        }
    }
}

/// What a form on the page brings back when something is wrong with it.
#[derive(Default)]
pub struct Retry {
    pub state: FormState<Field>,
    pub key: Option<String>,
    pub kept: String,
    pub files: Vec<FileRow>,
}

#[derive(Template)]
#[template(path = "portal/case.html")]
struct Case {
    page: Page,
    code: String,
    shown: String,
    title: String,
    /// Not looked at yet: the page is a receipt.
    fresh: bool,
    sent: String,
    /// Where messages about it go, masked; none when this page is the only place.
    told_at: Option<String>,
    guides: Vec<Guide>,
    status: Status,
    steps: Steps,
    outcome: Option<String>,
    question: bool,
    agency: String,
    /// The agency is only proposed yet.
    proposed: bool,
    confirm: Option<String>,
    due: Option<(String, Option<String>)>,
    next: Vec<String>,
    qr: Option<Qr>,
    why: Option<Why>,
    answer: Option<AnswerCard>,
    talk: Vec<Entry>,
    sees: Notice,
    open: bool,
    may_rate: bool,
    may_reopen: bool,
    may_withdraw: bool,
    rating: RatingChoice,
    retry: Retry,
    form_key: String,
}

pub async fn show(
    State(app): State<App>,
    page: Page,
    client: Client,
    headers: HeaderMap,
    Path(typed): Path<String>,
) -> Result<Response, Error> {
    let code = typed.parse::<TrackingCode>().map(|code| code.to_string());
    if let Ok(code) = &code
        && let Some(view) = opened(&app, &headers, code).await?
    {
        return draw(&app, page, StatusCode::OK, view, Retry::default());
    }
    look_up::status(&app, page, client, &typed).await
}

/// The sender's page, with a form that came back in `retry`.
pub fn draw(app: &App, page: Page, status: StatusCode, view: SenderView, retry: Retry) -> Result<Response, Error> {
    let (tongue, now) = (page.tongue, app.city.now());
    let language = tongue.lang().code();
    let reference = app.city.reference();
    let state = &view.state;
    let proposal: Option<Proposal> = serde_json::from_value(view.row.proposal.0.clone()).ok();
    let fresh = matches!(state.effective_stage(), Stage::New) && state.is_open();
    let lead = state.lead.or(proposal.as_ref().map(|proposal| proposal.lead)).unwrap_or(state.received_by);
    let confirm = view.row.confirm_by.filter(|_| fresh).map(super::time).transpose()?;
    let confirm = confirm.map(|at| service::words_of::moment(at, language));
    let due = state.due.map(|due| due_words(tongue, &reference.book.calendar, due, now, state.clock_runs()));
    let why = match (service::change::explanation_of(&view.row), state.due) {
        (Some(told), Some(due)) if state.answered_at.is_none() => Some(why(tongue, &told, due, local_date(now))),
        _ => None,
    };
    let told_at = view.messages.iter().rev().find_map(|message| message.recipient.as_deref());
    let told_at = told_at.and_then(|address| ContactPoint::parse(address).ok()).map(|contact| contact.masked());
    let reading = Reading { view: &view, reference: &reference, tongue };
    let answer = reading.answer()?;
    let talk = reading.entries(answer.is_some())?;
    let received = capital(&tongue.moment(state.received_at));
    let sent = page.with("case-sent", [("at", received.into()), ("via", page.of("via", &view.row.channel).into())]);
    let next = next_steps(&page, &view, confirm.as_deref(), due.as_ref().map(|(day, _)| day.as_str()), told_at.as_deref());
    let outcome = state.outcome.map(|outcome| page.of("outcome", outcome.as_str()));
    let qr = Qr::of(tongue, &view.row.code, &app.city.link(&format!("/ho-so/{}", view.row.code)));
    let chosen = retry.state.value(Field::Score).parse().ok();
    let case = Case {
        shown: spaced(&view.row.code),
        title: view.row.title.clone(),
        fresh,
        sent,
        told_at,
        guides: guides_of(app, tongue, proposal.as_ref().filter(|_| state.is_open())),
        status: Status::of(tongue, state.label().as_str()),
        steps: progress(&page, &view, &reference)?.steps(tongue),
        outcome,
        question: state.waiting.is_some(),
        agency: reference.name(lead).to_owned(),
        proposed: state.lead.is_none(),
        confirm,
        due,
        next,
        qr,
        why,
        answer,
        talk,
        sees: Notice::good_to_know(format!("{} {}", page.of("sees-note", state.visibility.as_str()), page.t("case-code_shows"))),
        open: state.is_open(),
        may_rate: view.may_rate,
        may_reopen: view.may_reopen,
        may_withdraw: view.may_withdraw,
        rating: RatingChoice { tongue, name: "score", chosen },
        form_key: retry.key.clone().unwrap_or_else(|| service::report::new_form_key(&app.city)),
        code: view.row.code.clone(),
        retry,
        page: page.at(Place::Lookup),
    };
    super::show(status, &case)
}

fn progress(page: &Page, view: &SenderView, reference: &service::reference::Reference) -> Result<Progress, Error> {
    let state = &view.state;
    let accepted = view.events.iter().rev().find(|event| event.kind == "accept").map(|event| super::time(event.at)).transpose()?;
    let silence = SignedDuration::from_hours(24 * i64::from(reference.book.limits.silence_days));
    let round = i64::from(state.reopen_count);
    let mark = |rating: &RatingRow| page.of("rating", &rating.score.to_string());
    Ok(Progress {
        step: state.sender_step(),
        received: state.received_at,
        agency: state.lead.map(|lead| reference.short_name(lead).to_owned()),
        routed: state.routed_at,
        accepted,
        waiting_until: state.waiting.as_ref().map(|waiting| waiting.until),
        answered: state.answered_at,
        rate_until: state.answered_at.filter(|_| view.may_rate).map(|at| at + silence),
        closed: state.closed_at.filter(|_| state.outcome != Some(Outcome::Done)),
        mark: view.ratings.iter().find(|rating| rating.round == round).map(mark),
    })
}

/// What happens next and by when.
fn next_steps(page: &Page, view: &SenderView, confirm: Option<&str>, due: Option<&str>, told_at: Option<&str>) -> Vec<String> {
    let mut steps = Vec::new();
    match view.state.stage {
        Stage::New => {
            steps.push(match confirm {
                Some(at) => page.with("next-confirm_by", [("at", at.to_owned().into())]),
                None => page.t("next-confirm"),
            });
        }
        Stage::Waiting => steps.push(page.t("next-waiting")),
        Stage::Routed => steps.push(page.t("next-accept")),
        Stage::Working | Stage::Approval => steps.push(page.t("next-working")),
        Stage::Answered | Stage::Closed => return steps,
    }
    if view.state.stage != Stage::Waiting {
        steps.push(page.t("next-question"));
    }
    steps.push(match due {
        Some(day) => page.with("next-answer_by", [("day", day.to_owned().into())]),
        None => page.t("next-answer"),
    });
    if told_at.is_none() {
        steps.push(page.t("next-page"));
    }
    steps
}
