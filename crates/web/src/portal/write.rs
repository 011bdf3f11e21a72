//! Writing a report: one box first, then only what is missing.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use domain::visibility::{Onlooker, Visibility};
use service::Problem;
use service::keep_files::FileRow;
use service::publish::PublicationRow;
use service::report::{self, Report};
use service::understand::Hints;
use words::{Lang, key};

use crate::app::App;
use crate::error::Error;
use crate::form::{FormField, FormState};
use crate::limit::Client;
use crate::page::{Page, Place};
use crate::parts::Icon;
use crate::portal::files::{self, Sent};
use crate::portal::kept_pass::Passes;
use crate::portal::suggest::{Guess, guess};

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    Text,
    Contact,
    Name,
    TaxCode,
    KeepTaxCode,
    /// The field of business life.
    About,
    Ward,
    Visibility,
    Consent,
    Files,
}

const FIELDS: [Field; 10] = [
    Field::Text,
    Field::Contact,
    Field::Name,
    Field::TaxCode,
    Field::KeepTaxCode,
    Field::About,
    Field::Ward,
    Field::Visibility,
    Field::Consent,
    Field::Files,
];

impl FormField for Field {
    fn name(self) -> &'static str {
        match self {
            Field::Text => "text",
            Field::Contact => "contact",
            Field::Name => "name",
            Field::TaxCode => "tax_code",
            Field::KeepTaxCode => "keep_tax_code",
            Field::About => "field",
            Field::Ward => "ward",
            Field::Visibility => "visibility",
            Field::Consent => "consent",
            Field::Files => "files",
        }
    }
}

/// What is offered in the dialog; what is taken is decided by content. Telephones offer their camera for pictures and films.
pub const ACCEPT: &str = "image/jpeg,image/png,image/webp,image/gif,video/mp4,video/quicktime,audio/mp4,audio/wav,\
    .pdf,.doc,.docx,.xls,.xlsx,.ppt,.pptx,.m4a";

/// What every page with the form carries.
pub struct Form {
    pub state: FormState<Field>,
    pub key: String,
    pub kept: String,
    pub files: Vec<FileRow>,
}

impl Form {
    fn blank(app: &App) -> Form {
        Form { state: FormState::default(), key: report::new_form_key(&app.city), kept: String::new(), files: Vec::new() }
    }
}

#[derive(Template)]
#[template(path = "portal/home.html")]
struct Home {
    page: Page,
    form: Form,
    recent: Vec<Recent>,
    mailbox: Option<String>,
}

struct Recent {
    address: String,
    title: String,
    note: String,
}

pub async fn home(State(app): State<App>, page: Page) -> Result<Response, Error> {
    let (published, _) = service::publish::list(&app.city, None, None).await?;
    let reference = app.city.reference();
    let recent = |row: &PublicationRow| -> Result<Recent, Error> {
        let at = page.tongue.date_year(domain::time::local_date(super::time(row.answered_at)?));
        let note = page.with("home-answered", [("agency", reference.name(row.agency_id).into()), ("date", at.into())]);
        Ok(Recent { address: format!("/hoi-dap/{}", row.id.simple()), title: row.title.clone(), note })
    };
    let recent = published.iter().take(3).map(recent).collect::<Result<_, _>>()?;
    let mailbox = reference.default_mailbox().map(|mailbox| mailbox.address.clone());
    super::show(StatusCode::OK, &Home { page: page.at(Place::Send), form: Form::blank(&app), recent, mailbox })
}

#[derive(Template)]
#[template(path = "portal/write.html")]
struct Write {
    page: Page,
    form: Form,
    /// The text and the contact are there and right: they are folded away.
    folded: bool,
    guess: Guess,
    /// The registry's name of the business, never what somebody typed.
    business: Option<String>,
    /// The tax code's check digit is wrong: it may be kept all the same.
    doubtful: bool,
    fields: Vec<(String, String)>,
    wards: Vec<(String, String)>,
    sees: Vec<Choice>,
}

/// A row of the who-sees-what table.
struct Choice {
    value: &'static str,
    name: String,
    note: String,
    /// Reception, agency, everybody.
    cells: [String; 3],
}

fn choices(page: &Page) -> Vec<Choice> {
    let cell = |visibility: Visibility, who: Onlooker| {
        let sees = visibility.sees(who);
        page.of(
            "sees",
            match (sees.text, sees.sender, who) {
                (true, true, _) => "all",
                (true, false, Onlooker::Everybody) => "answer",
                (true, false, _) => "text_only",
                (false, ..) => "nothing",
            },
        )
    };
    let choice = |visibility: &Visibility| Choice {
        value: visibility.as_str(),
        name: page.of("visibility", visibility.as_str()),
        note: page.of("sees-note", visibility.as_str()),
        cells: [Onlooker::Reception, Onlooker::Agency, Onlooker::Everybody].map(|who| cell(*visibility, who)),
    };
    Visibility::ALL.iter().map(choice).collect()
}

pub async fn blank(State(app): State<App>, page: Page) -> Result<Response, Error> {
    let form = Form::blank(&app);
    write(&app, page, StatusCode::OK, form).await
}

async fn write(app: &App, page: Page, status: StatusCode, form: Form) -> Result<Response, Error> {
    let english = page.tongue.lang() == Lang::En;
    let tax_code = form.state.value(Field::TaxCode).to_owned();
    let business = report::registry_name(&app.city, &tax_code).await?;
    let reference = app.city.reference();
    let state = &form.state;
    let typed = |field| Some(state.value(field)).filter(|value| !value.is_empty());
    let hints = Hints {
        field: typed(Field::About).filter(|field| reference.fields.contains_key(*field)),
        ward: typed(Field::Ward).filter(|ward| reference.wards.contains_key(*ward)),
        ..Hints::default()
    };
    let guess = guess(app, page.tongue, state.value(Field::Text), &hints);
    let fine = |field| typed(field).is_some() && !state.is_wrong(field);
    let folded = fine(Field::Text) && fine(Field::Contact) && !state.is_wrong(Field::Files);
    let doubtful =
        state.is_wrong(Field::TaxCode) && typed(Field::TaxCode).is_some_and(|code| code.parse::<domain::tax_code::TaxCode>().is_ok());
    let doubtful = doubtful || typed(Field::KeepTaxCode).is_some();
    let mut wards: Vec<_> = reference.wards.iter().map(|(code, name)| (code.clone(), name.clone())).collect();
    wards.sort_by(|one, other| one.1.cmp(&other.1));
    let fields = reference.fields.keys().map(|code| (code.clone(), reference.field_name(code, english).to_owned())).collect();
    let sees = choices(&page);
    super::show(status, &Write { page: page.at(Place::Send), folded, guess, business, doubtful, fields, wards, sees, form })
}

pub async fn send(State(app): State<App>, page: Page, client: Client, headers: HeaderMap, request: Request) -> Result<Response, Error> {
    app.limits.forms.check(&client.network())?;
    let mut sent = files::read(&app, request).await?;
    let report = report_of(&page, &mut sent);
    let result = if sent.refused.is_empty() {
        report::report(&app.city, Report { files: sent.files.clone(), ..report }).await
    } else {
        // A file that cannot be taken stops the report; what else is wrong is said at the same time.
        Err(service::Error::Invalid(report::problems(&report)))
    };
    match result {
        Ok(filed) => {
            let passes = Passes::of(&app, &headers).with(&filed.code, &filed.pass);
            let cookie = AppendHeaders([(header::SET_COOKIE, passes.cookie(&app)?)]);
            Ok((cookie, Redirect::to(&format!("/ho-so/{}", filed.code))).into_response())
        }
        Err(service::Error::Invalid(problems)) => {
            let form = form_of(&app, sent, problems)?;
            write(&app, page, StatusCode::UNPROCESSABLE_ENTITY, form).await
        }
        Err(error) => Err(error.into()),
    }
}

fn report_of(page: &Page, sent: &mut Sent) -> Report {
    let filled = |name: &str| Some(super::line(sent.get(name))).filter(|value| !value.is_empty());
    Report {
        text: super::prose(sent.get("text")),
        contact: super::line(sent.get("contact")),
        name: super::line(sent.get("name")),
        tax_code: super::line(sent.get("tax_code")),
        keep_tax_code: sent.get("keep_tax_code") == "1",
        field: filled("field"),
        ward: filled("ward"),
        visibility: sent.get("visibility").parse().ok(),
        consent: sent.get("consent") == "1",
        language: page.tongue.lang().code().to_owned(),
        form_key: sent.form_key.clone(),
        files: Vec::new(),
    }
}

/// The form with everything that was typed and every mistake at its field. What the first page did not ask is no mistake.
fn form_of(app: &App, sent: Sent, problems: Vec<Problem>) -> Result<Form, Error> {
    let first = sent.get("step") == "1";
    let mut state = FormState::default();
    for field in FIELDS {
        let typed = sent.get(field.name());
        match field {
            Field::Files => {}
            Field::Text => state.set(field, super::prose(typed)),
            // Consent is given anew each time the form is sent.
            Field::Consent => {}
            _ => state.set(field, super::line(typed)),
        }
    }
    for problem in problems {
        let unasked = first && problem.code == "missing" && matches!(problem.field, "visibility" | "consent");
        if unasked {
            continue;
        }
        if let Some(field) = FIELDS.into_iter().find(|field| field.name() == problem.field) {
            fail(&mut state, field, &problem);
        }
    }
    for (name, problem) in &sent.refused {
        fail_file(&mut state, Field::Files, name, problem);
    }
    let kept = sent.kept(app)?;
    Ok(Form { state, key: sent.form_key, kept, files: sent.files })
}

fn fail(state: &mut FormState<Field>, field: Field, problem: &Problem) {
    let key = match (field, problem.code) {
        (Field::Text, "too_long") => key!("problem-text-too_long"),
        (Field::Text, "too_short") => key!("problem-text-too_short"),
        (Field::Text, _) => key!("problem-text-missing"),
        (Field::Contact, "mobile_length") => key!("problem-contact-mobile_length"),
        (Field::Contact, "phone_length") => key!("problem-contact-phone_length"),
        (Field::Contact, "email") => key!("problem-contact-email"),
        (Field::Contact, "neither") => key!("problem-contact-neither"),
        (Field::Contact, _) => key!("problem-contact-missing"),
        (Field::TaxCode, "check_digit") => key!("problem-tax_code-check_digit"),
        (Field::TaxCode, "length") => key!("problem-tax_code-length"),
        (Field::TaxCode, _) => key!("problem-tax_code-not_digits"),
        (Field::Visibility, _) => key!("problem-visibility-missing"),
        (Field::Consent, _) => key!("problem-consent-missing"),
        (Field::Name, _) => key!("problem-name-too_long"),
        _ => return,
    };
    let values = problem.number.map(|n| ("n", n.into())).into_iter().collect();
    state.fail_with(field, key, values);
}

/// A file that was not taken, by its name.
pub fn fail_file<F: FormField>(state: &mut FormState<F>, field: F, name: &str, problem: &Problem) {
    let (key, values) = files::refusal(name, problem);
    state.fail_with(field, key, values);
}
