//! Reading again without the link: a one-time code goes to the address stored with the case. Whether code and address
//! belong together is never told.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use crate::app::App;
use crate::error::Error;
use crate::limit::Client;
use crate::page::{Page, Place};
use crate::parts::{Icon, Notice, spaced};
use crate::portal::kept_pass::Passes;

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    contact: String,
}

#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    id: Uuid,
    #[serde(default)]
    digits: String,
}

#[derive(Template)]
#[template(path = "portal/one_time_code.html")]
struct Ask {
    page: Page,
    code: String,
    shown: String,
    /// The contact as it was typed, when it is neither an address nor a number.
    wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "portal/one_time_code_typed.html")]
struct Type {
    page: Page,
    code: String,
    id: String,
    wrong: bool,
}

pub async fn blank(page: Page, Path(code): Path<String>) -> Result<Response, Error> {
    let shown = spaced(&code);
    super::show(StatusCode::OK, &Ask { page: page.at(Place::Lookup), code, shown, wrong: None })
}

pub async fn ask(
    State(app): State<App>,
    page: Page,
    client: Client,
    Path(code): Path<String>,
    Form(asked): Form<Asked>,
) -> Result<Response, Error> {
    app.limits.links.check(&client.network())?;
    let page = page.at(Place::Lookup);
    match service::one_time_code::ask(&app.city, &code, &asked.contact, &client.network().to_string()).await {
        Ok(id) => super::show(StatusCode::OK, &Type { page, code, id: id.simple().to_string(), wrong: false }),
        Err(service::Error::Invalid(_)) => {
            let wrong = Some(super::line(&asked.contact));
            super::show(StatusCode::UNPROCESSABLE_ENTITY, &Ask { page, shown: spaced(&code), code, wrong })
        }
        Err(error) => Err(error.into()),
    }
}

pub async fn redeem(
    State(app): State<App>,
    page: Page,
    client: Client,
    headers: HeaderMap,
    Path(code): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    app.limits.links.check(&client.network())?;
    match service::one_time_code::redeem(&app.city, typed.id, &typed.digits).await {
        Ok((pass, code)) => {
            let cookie = Passes::of(&app, &headers).with(&code, &pass).cookie(&app)?;
            Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), Redirect::to(&format!("/ho-so/{code}"))).into_response())
        }
        Err(service::Error::Invalid(_)) => {
            let id = typed.id.simple().to_string();
            super::show(StatusCode::UNPROCESSABLE_ENTITY, &Type { page: page.at(Place::Lookup), code, id, wrong: true })
        }
        Err(error) => Err(error.into()),
    }
}
