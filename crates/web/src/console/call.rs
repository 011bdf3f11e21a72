//! One call: what is known about the caller, and the case that is written while one speaks.

use std::convert::Infallible;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use domain::visibility::Visibility;
use futures_util::stream;
use serde::Deserialize;
use service::call_desk::{self, Entry};
use service::calls::{self, CallView};
use service::queue::News;
use service::{City, Officer, report};
use uuid::Uuid;
use words::{Lang, Tongue};

use super::calls::{Row, lasted};
use super::recording::Recording;
use super::ringing::{Hint, Known, number, status};
use super::{at, mistakes, show};
use crate::app::{App, SignedIn};
use crate::error::Error;
use crate::page::{Page, Place};
use crate::parts::{CodeLabel, ErrorSummary, Icon, Notice, Push, Status};
use crate::portal::prose;

/// The form, as text.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    text: String,
    contact: String,
    name: String,
    tax_code: String,
    keep_tax_code: String,
    field: String,
    ward: String,
    visibility: String,
    form_key: String,
    /// The case that the words belong to; empty is a new one.
    code: String,
    /// Without script the suggestion is asked for by a button.
    suggest: String,
}

/// Earlier calls of the number that are shown.
const EARLIER: usize = 6;
/// Shorter texts say too little.
const LEAST: usize = 12;

/// What the program makes of the words while they are typed.
#[derive(Template, Default)]
#[template(path = "console/call_guess.html")]
pub struct Guess {
    tongue: Tongue,
    field: String,
    agency: String,
    signs: Vec<String>,
}

impl HtmlSafe for Guess {}

impl Guess {
    fn of(city: &City, tongue: Tongue, text: &str) -> Guess {
        if text.trim().chars().count() < LEAST {
            return Guess { tongue, ..Guess::default() };
        }
        let reference = city.reference();
        let proposal = call_desk::suggest(city, text);
        let field = proposal.fields.first().map_or("", |(field, _)| reference.field_name(field, tongue.lang() == Lang::En));
        Guess {
            tongue,
            agency: if field.is_empty() { String::new() } else { reference.name(proposal.lead).to_owned() },
            field: field.to_owned(),
            signs: proposal.smells.iter().map(|smell| tongue.of("sign", smell).into_owned()).collect(),
        }
    }
}

/// Where the call is: the part that live updates take the place of.
#[derive(Template)]
#[template(path = "console/call_state.html")]
struct Whereabouts {
    status: Status,
    about: Vec<String>,
}

impl HtmlSafe for Whereabouts {}

impl Whereabouts {
    fn of(city: &City, tongue: Tongue, view: &CallView) -> Whereabouts {
        let call = &view.call;
        let mut about = vec![tongue.short_moment(at(call.begun_at), city.now())];
        let named = |name: &String| [("name", name.clone().into())];
        about.extend(call.queue.iter().map(|queue| tongue.with("call-queue", named(queue)).into_owned()));
        about.extend(call.extension.iter().map(|extension| tongue.with("call-extension", named(extension)).into_owned()));
        about.extend(call.agent.iter().map(|agent| tongue.with("call-agent", named(agent)).into_owned()));
        let lasted = lasted(tongue, call);
        if !lasted.is_empty() {
            about.push(lasted);
        }
        if !call.live && call.ended_at.is_none() {
            about.push(tongue.t("call-silent").into_owned());
        }
        Whereabouts { status: status(tongue, &call.direction, &call.state), about }
    }
}

#[derive(Template)]
#[template(path = "console/call.html")]
struct CallPage {
    page: Page,
    id: Uuid,
    number: String,
    hotline: String,
    out: bool,
    state: Whereabouts,
    hint: Hint,
    typed: Typed,
    errors: Option<ErrorSummary>,
    guess: Guess,
    fields: Vec<(String, String)>,
    wards: Vec<(String, String)>,
    visibilities: Vec<(String, String)>,
    /// Cases written during this call.
    written: Vec<Known>,
    /// The newest of them is read out.
    read_out: Option<String>,
    phone: String,
    can_text: bool,
    transfers: Vec<(String, String)>,
    can_transfer: bool,
    /// The exchange calls the number when asked.
    can_dial: bool,
    dial: String,
    may_hear: bool,
    recordings: Vec<Recording>,
    earlier: Vec<Row>,
    done: Option<Notice>,
    /// The words are to be put into the first field.
    focus: bool,
}

impl CallPage {
    /// Open cases of the number that were not written during this call.
    fn others(&self) -> impl Iterator<Item = &Known> {
        self.hint.open.iter().filter(|open| self.written.iter().all(|written| written.code != open.code))
    }

    /// What is wrong with a field, if anything.
    fn wrong(&self, field: &str) -> &str {
        let items = self.errors.as_ref().map_or(&[][..], |errors| &errors.items);
        items.iter().find(|(of, _)| *of == Some(field)).map_or("", |(_, text)| text)
    }
}

#[derive(Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    done: String,
    /// The case that was just written.
    #[serde(default)]
    code: String,
}

pub async fn page(
    State(app): State<App>,
    page: Page,
    signed_in: SignedIn,
    Path(call): Path<Uuid>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Error> {
    let drawn = drawn(&app, page, &signed_in.officer, call, Shown { done: wanted.done, code: wanted.code, ..Shown::default() }).await?;
    Ok(show(drawn))
}

/// What a request wants of the page beside the call itself.
#[derive(Default)]
struct Shown {
    typed: Option<Typed>,
    errors: Option<ErrorSummary>,
    done: String,
    code: String,
    phone: Option<String>,
}

async fn drawn(app: &App, page: Page, officer: &Officer, call: Uuid, shown: Shown) -> Result<CallPage, Error> {
    let city = &app.city;
    let view = calls::read(city, officer, call).await?;
    let tongue = page.tongue;
    let reference = city.reference();
    let english = tongue.lang() == Lang::En;
    let phone =
        view.call.number.as_deref().filter(|number| domain::call::can_be_called(number)).map(call_desk::national).unwrap_or_default();
    let typed = shown.typed.unwrap_or_else(|| Typed {
        contact: phone.clone(),
        form_key: report::new_form_key(city),
        visibility: Visibility::Agencies.as_str().into(),
        ..Typed::default()
    });
    let mut earlier = match &view.call.number {
        Some(number) if !phone.is_empty() => calls::log(city, officer, number, None).await?.calls,
        _ => Vec::new(),
    };
    earlier.retain(|earlier| earlier.id != view.call.id);
    earlier.truncate(EARLIER);
    let mut wards: Vec<_> = reference.wards.iter().map(|(code, name)| (code.clone(), name.clone())).collect();
    wards.sort_by(|one, other| one.1.cmp(&other.1));
    let newest = view.cases.iter().find(|line| line.code == shown.code).or(view.cases.iter().max_by_key(|line| line.received_at));
    let key = format!("call-done-{}", shown.done);
    let known = shown.done.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && tongue.knows(&key);
    Ok(CallPage {
        id: call,
        number: number(tongue, view.call.number.as_deref()),
        hotline: view.hotline.clone(),
        out: view.call.direction == "out",
        state: Whereabouts::of(city, tongue, &view),
        hint: Hint::of(city, tongue, &view.caller),
        guess: Guess::of(city, tongue, &typed.text),
        fields: reference.fields.keys().map(|code| (code.clone(), reference.field_name(code, english).to_owned())).collect(),
        wards,
        visibilities: Visibility::ALL
            .iter()
            .map(|v| (v.as_str().to_owned(), tongue.of("visibility-name", v.as_str()).into_owned()))
            .collect(),
        read_out: newest.map(|line| line.code.clone()),
        written: view.cases.iter().map(|line| Known::of(tongue, line)).collect(),
        phone: shown.phone.unwrap_or_else(|| phone.clone()),
        can_text: view.can_text,
        transfers: view.transfers.iter().map(|(number, agency)| (number.clone(), reference.name(*agency).to_owned())).collect(),
        can_transfer: view.can_transfer,
        can_dial: view.can_dial && !phone.is_empty(),
        dial: phone,
        may_hear: view.may_hear,
        recordings: view.recordings.iter().map(|row| Recording::of(tongue, row)).collect(),
        earlier: earlier.iter().map(|call| Row::of(city, tongue, call)).collect(),
        done: known.then(|| Notice { info: true, icon: Icon::Tick, text: tongue.t(&key).into_owned() }),
        focus: view.cases.is_empty(),
        errors: shown.errors,
        typed,
        page: page.at(Place::Calls),
    })
}

/// Writes a case down, or adds the words to one that is there.
pub async fn write(
    State(app): State<App>,
    page: Page,
    signed_in: SignedIn,
    Path(call): Path<Uuid>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    if !typed.suggest.is_empty() {
        let shown = Shown { typed: Some(typed), ..Shown::default() };
        return Ok(show(drawn(&app, page, &signed_in.officer, call, shown).await?));
    }
    let filled = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let entry = Entry {
        text: prose(&typed.text),
        contact: typed.contact.trim().to_owned(),
        name: typed.name.trim().to_owned(),
        tax_code: typed.tax_code.trim().to_owned(),
        keep_tax_code: !typed.keep_tax_code.is_empty(),
        field: filled(&typed.field),
        ward: filled(&typed.ward),
        visibility: typed.visibility.parse().ok(),
        language: page.tongue.lang().code().to_owned(),
        form_key: typed.form_key.clone(),
    };
    let (city, officer) = (&app.city, &signed_in.officer);
    let done = if typed.code.trim().is_empty() {
        call_desk::write(city, officer, call, &entry).await.map(|begun| ("written", begun.code))
    } else {
        call_desk::add(city, officer, call, &typed.code, &entry).await.map(|_| ("added", typed.code.replace(' ', "")))
    };
    match done {
        Ok((done, code)) => Ok(Redirect::to(&format!("/console/calls/{call}?done={done}&code={code}")).into_response()),
        Err(error) => again(&app, page, officer, call, Shown { typed: Some(typed), ..Shown::default() }, error).await,
    }
}

/// The page again, with what was typed and what is wrong with it.
async fn again(app: &App, page: Page, officer: &Officer, call: Uuid, shown: Shown, error: service::Error) -> Result<Response, Error> {
    let Some(errors) = mistakes(page.tongue, &error) else { return Err(error.into()) };
    let drawn = drawn(app, page, officer, call, Shown { errors: Some(errors), ..shown }).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, show(drawn)).into_response())
}

#[derive(Deserialize)]
pub struct Text {
    #[serde(default)]
    text: String,
}

/// Field and agency, while one types.
pub async fn suggest(State(app): State<App>, page: Page, signed_in: SignedIn, Form(typed): Form<Text>) -> Result<Response, Error> {
    if !calls::takes_calls(&signed_in.officer) {
        return Err(Error::Forbidden);
    }
    Ok(show(Guess::of(&app.city, page.tongue, &typed.text)))
}

#[derive(Deserialize)]
pub struct Code {
    code: String,
    phone: String,
}

pub async fn send_code(
    State(app): State<App>,
    page: Page,
    signed_in: SignedIn,
    Path(call): Path<Uuid>,
    Form(typed): Form<Code>,
) -> Result<Response, Error> {
    match call_desk::send_code(&app.city, &signed_in.officer, call, &typed.code, &typed.phone).await {
        Ok(()) => Ok(Redirect::to(&format!("/console/calls/{call}?done=texted&code={}", typed.code)).into_response()),
        Err(error) => {
            let shown = Shown { code: typed.code, phone: Some(typed.phone), ..Shown::default() };
            again(&app, page, &signed_in.officer, call, shown, error).await
        }
    }
}

#[derive(Deserialize)]
pub struct To {
    #[serde(default)]
    to: String,
}

pub async fn transfer(
    State(app): State<App>,
    page: Page,
    signed_in: SignedIn,
    Path(call): Path<Uuid>,
    Form(to): Form<To>,
) -> Result<Response, Error> {
    match call_desk::transfer(&app.city, &signed_in.officer, call, &to.to).await {
        Ok(()) => Ok(Redirect::to(&format!("/console/calls/{call}?done=transferred")).into_response()),
        Err(error) => again(&app, page, &signed_in.officer, call, Shown::default(), error).await,
    }
}

/// Calls the number of this call.
pub async fn dial(State(app): State<App>, page: Page, signed_in: SignedIn, Path(call): Path<Uuid>) -> Result<Response, Error> {
    let view = calls::read(&app.city, &signed_in.officer, call).await?;
    let number = view.call.number.unwrap_or_default();
    match call_desk::dial(&app.city, &signed_in.officer, view.call.account_id, &number).await {
        Ok(()) => Ok(Redirect::to(&format!("/console/calls/{call}?done=dialled")).into_response()),
        Err(error) => again(&app, page, &signed_in.officer, call, Shown::default(), error).await,
    }
}

/// Calls the sender of a case.
pub async fn dial_sender(
    State(app): State<App>,
    page: Page,
    signed_in: SignedIn,
    Path(code): Path<String>,
    asked: super::asked::Asked,
) -> Result<Response, Error> {
    let case = service::read_case::id_of(&app.city, &code).await?;
    match call_desk::dial_sender(&app.city, &signed_in.officer, case).await {
        Ok(()) => Ok(Redirect::to(&format!("/console/c/{code}?q={}", asked.q)).into_response()),
        Err(error) => super::acts::again(&app, page, &signed_in.officer, case, "call", asked, error).await,
    }
}

/// Says where the call is now, and shows other calls that come in. What is being written stays.
pub async fn live(State(app): State<App>, page: Page, signed_in: SignedIn, Path(call): Path<Uuid>) -> Result<Response, Error> {
    calls::read(&app.city, &signed_in.officer, call).await?;
    let tongue = page.tongue;
    let ringing = super::ringing::stream(&app.city, &signed_in, tongue, Some(call));
    let listening = (News::of(&app.city), app.city, signed_in.token, String::new(), true);
    let events = stream::unfold(listening, move |(mut news, city, token, mut shown, mut fresh)| async move {
        loop {
            if !std::mem::take(&mut fresh) && !news.heard().await {
                return None;
            }
            let (officer, _) = service::sign_in::officer_of(&city, &token).await.ok()??;
            let view = calls::read(&city, &officer, call).await.ok()?;
            let part = Whereabouts::of(&city, tongue, &view).render().ok()?;
            if part != shown {
                let push = Push { id: "call-state", part: &part }.render().ok()?;
                shown = part;
                return Some((Ok::<_, Infallible>(Event::default().data(push)), (news, city, token, shown, fresh)));
            }
        }
    });
    Ok(Sse::new(stream::select(events, ringing)).keep_alive(KeepAlive::default()).into_response())
}
