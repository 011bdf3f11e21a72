//! What an SMS would cost while it is written: counted here, by the same hands that send it.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::extract::{Path, Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use service::read_case::{self, CaseView};
use service::sms_text::{self, Draft};
use service::{City, enclose};
use words::Tongue;

use super::asked::Asked;
use super::case::{Shown, draw};
use super::composer::Wish;
use super::show;
use crate::app::{App, SignedIn};
use crate::error::Error;
use crate::page::Page;
use crate::portal::{files, prose};

/// The line under a form that goes out by SMS.
#[derive(Template)]
#[template(path = "console/sms.html")]
pub struct Counted {
    tongue: Tongue,
    code: String,
    kind: &'static str,
    text: String,
    /// What stripping saves, where it does.
    saves: Option<String>,
}

impl HtmlSafe for Counted {}

impl Counted {
    /// Of what stands in the form of this kind; none where nothing goes out by SMS.
    pub fn of(city: &City, tongue: Tongue, view: &CaseView, kind: &str, asked: &Asked) -> Option<Counted> {
        let (kind, text, values) = match kind {
            "reply" => {
                let values = [
                    ("checked", &asked.checked),
                    ("legal_basis", &asked.legal_basis),
                    ("next_steps", &asked.next_steps),
                    ("contact", &asked.contact_line),
                ];
                ("reply", "answer", values.map(|(name, value)| (name, value.trim().to_owned())).to_vec())
            }
            "ask" => ("ask", "question", vec![("question", asked.question.trim().to_owned())]),
            _ => return None,
        };
        let draft = match sms_text::draft(city, view, text, &values) {
            Ok(draft) => draft?,
            Err(error) => {
                // The form is worth more than the count below it.
                tracing::error!(%error, "an SMS could not be counted");
                return None;
            }
        };
        Some(Counted::drawn(tongue, view.row.code.clone(), kind, draft))
    }

    fn drawn(tongue: Tongue, code: String, kind: &'static str, draft: Draft) -> Counted {
        let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX).into();
        let values = [("segments", number(draft.segments)), ("units", number(draft.units)), ("cost", tongue.number(draft.cost).into())];
        let text = match (draft.plain, draft.unicode) {
            (true, _) => tongue.with("sms-form-plain", values),
            (false, false) => tongue.with("sms-form-gsm", values),
            (false, true) => tongue.with("sms-form-unicode", values),
        };
        let saves = draft.stripped.map(|segments| tongue.with("sms-form-strip-saves", [("segments", number(segments))]).into_owned());
        Counted { tongue, code, kind, text: text.into_owned(), saves }
    }
}

/// Counts what is typed (`count`) or takes its diacritics away (`strip`). Asked by a script it answers the line alone, else
/// the page with what was typed.
pub async fn draft(
    State(app): State<App>,
    page: Page,
    signed_in: SignedIn,
    Path((code, kind, what)): Path<(String, String, String)>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Error> {
    let (city, officer) = (&app.city, &signed_in.officer);
    let case = read_case::id_of(city, &code).await?;
    // Who may not see the case does not fill the disk either.
    read_case::version(city, officer, case).await?;
    let kind = if kind == "ask" { "ask" } else { "reply" };
    let sent = files::read(&app, request).await?;
    let mut asked = match kind {
        "ask" => Asked { question: prose(sent.get("question")), until: sent.get("until").to_owned(), ..Asked::of_reply(&sent) },
        _ => Asked::of_reply(&sent),
    };
    if what == "strip" {
        for text in [&mut asked.question, &mut asked.checked, &mut asked.legal_basis, &mut asked.next_steps, &mut asked.contact_line] {
            *text = sms_text::without_diacritics(text);
        }
    }
    let view = read_case::read(city, officer, case).await?;
    if headers.contains_key("hx-request") {
        let counted = Counted::of(city, page.tongue, &view, kind, &asked).ok_or(Error::NotFound)?;
        return Ok(show(counted));
    }
    if !sent.files.is_empty() {
        asked.version = enclose::add(city, officer, case, asked.version, sent.files.clone()).await?;
    }
    let view = read_case::read(city, officer, case).await?;
    let from = asked.q.clone();
    let wish = Wish { kind: Some(kind), typed: Some(asked), errors: None, reuse: None };
    Ok(draw(city, page, officer, &view, Shown { wish, from, ..Shown::default() }))
}
