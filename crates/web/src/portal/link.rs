//! Secret links. The first visit only sets a cookie and moves on to an address without the secret; every act is a POST. So
//! scanners of mail that open every link change nothing.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};

use crate::app::App;
use crate::error::Error;
use crate::limit::Client;
use crate::page::{Page, Place};
use crate::parts::{Qr, spaced};
use crate::portal::kept_pass::{Passes, opened};

#[derive(Template)]
#[template(path = "portal/link_ended.html")]
struct Ended {
    page: Page,
}

#[derive(Template)]
#[template(path = "portal/link.html")]
struct Made {
    page: Page,
    code: String,
    shown: String,
    address: String,
    qr: Option<Qr>,
}

pub async fn open(
    State(app): State<App>,
    page: Page,
    client: Client,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Result<Response, Error> {
    app.limits.links.check(&client.network())?;
    match service::follow::open_link(&app.city, &token).await {
        Ok((pass, case)) => {
            let cookie = Passes::of(&app, &headers).with(&case.code, &pass).cookie(&app)?;
            Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), Redirect::to(&format!("/ho-so/{}", case.code))).into_response())
        }
        Err(service::Error::NotFound) => {
            // The page's language switch must not carry the secret on.
            let mut page = page;
            page.path = "/tra-cuu".to_owned();
            super::show(StatusCode::NOT_FOUND, &Ended { page: page.at(Place::Lookup) })
        }
        Err(error) => Err(error.into()),
    }
}

/// A new link for another device, shown once: for senders who left a telephone number and get no mail.
pub async fn make(
    State(app): State<App>,
    page: Page,
    client: Client,
    headers: HeaderMap,
    Path(code): Path<String>,
) -> Result<Response, Error> {
    app.limits.links.check(&client.network())?;
    let case = opened(&app, &headers, &code).await?.ok_or(Error::NotFound)?;
    let mut tx = app.city.db.begin().await.map_err(service::Error::from)?;
    let address = service::follow::new_link(&mut tx, &app.city, case.row.id).await?;
    tx.commit().await.map_err(service::Error::from)?;
    let qr = Qr::of(page.tongue, &code, &address);
    super::show(StatusCode::OK, &Made { shown: spaced(&code), page: page.at(Place::Lookup), code, address, qr })
}
