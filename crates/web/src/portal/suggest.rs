//! While one writes: who would answer, and where to go when it is a complaint, a denunciation or an emergency. Only ever a
//! suggestion; the sender can still send, and a person decides.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use service::reference::Reference;
use service::understand::{Hints, Proposal, understand};
use words::{Lang, Tongue};

use crate::app::App;
use crate::error::Error;
use crate::limit::Client;
use crate::page::Page;
use crate::parts::Icon;

/// Shorter texts say too little.
const LEAST: usize = 12;

#[derive(Deserialize)]
pub struct Text {
    #[serde(default)]
    text: String,
}

/// What the program makes of a text, for the eyes of its writer.
#[derive(Template, Default)]
#[template(path = "portal/guess.html")]
pub struct Guess {
    pub tongue: Tongue,
    pub field: Option<String>,
    pub agency: Option<String>,
    pub guides: Vec<Guide>,
}

impl askama::filters::HtmlSafe for Guess {}

/// Where something goes that is not handled here.
pub struct Guide {
    pub name: String,
    pub text: String,
    pub emergency: bool,
}

pub async fn suggest(State(app): State<App>, page: Page, client: Client, Form(form): Form<Text>) -> Result<Response, Error> {
    app.limits.suggest.check(&client.network())?;
    super::show(StatusCode::OK, &guess(&app, page.tongue, &form.text, &Hints::default()))
}

pub fn guess(app: &App, tongue: Tongue, text: &str, hints: &Hints<'_>) -> Guess {
    let text = text.trim();
    if text.chars().count() < LEAST {
        return Guess { tongue, ..Guess::default() };
    }
    let reference = app.city.reference();
    let reception = service::receive::reception_of(&reference, None);
    let proposal = understand(&reference, text, hints, app.city.now(), reception);
    let guides = guides(&reference, tongue, &proposal.smells);
    let known = proposal.fields.first().map(|(field, _)| reference.field_name(field, tongue.lang() == Lang::En).to_owned());
    let agency = known.is_some().then(|| reference.name(proposal.lead).to_owned());
    Guess { tongue, field: known, agency, guides }
}

/// The guides of a stored proposal.
pub fn guides_of(app: &App, tongue: Tongue, proposal: Option<&Proposal>) -> Vec<Guide> {
    proposal.map(|proposal| guides(&app.city.reference(), tongue, &proposal.smells)).unwrap_or_default()
}

/// The administrator's text where there is one, under the sign's name or its track's; else our own few words.
fn guides(reference: &Reference, tongue: Tongue, smells: &[String]) -> Vec<Guide> {
    let english = tongue.lang() == Lang::En;
    smells
        .iter()
        .filter_map(|smell| {
            let (track, own) = match smell.as_str() {
                "emergency" => ("KC", tongue.t("guide-emergency")),
                "complaint" => ("KN", tongue.t("guide-complaint")),
                "denunciation" => ("TC", tongue.t("guide-denunciation")),
                _ => return None,
            };
            let wording = reference.guides.get(smell).or_else(|| reference.guides.get(track));
            let text = match wording {
                Some(wording) if english && !wording.text_en.is_empty() => wording.text_en.clone(),
                Some(wording) if !english => wording.text.clone(),
                _ => own.into_owned(),
            };
            Some(Guide { name: tongue.of("smell", smell).into_owned(), text, emergency: smell == "emergency" })
        })
        .collect()
}
