//! What an administrator sets and looks into: channels, reference data, officers, jobs, deliveries.

mod body;
mod channels;
mod chat_account;
mod deliveries;
mod hotline;
mod mailbox;
mod officers;
mod overview;
mod reference;
mod sms_account;
mod sms_route;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use service::Officer;

use crate::app::{App, SignedIn};
use crate::error::Error;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/admin", get(overview::page))
        .route("/admin/jobs", get(overview::jobs).post(overview::revive))
        .route("/admin/channels", get(channels::list))
        .route("/admin/channels/{id}", get(channels::page).post(channels::save))
        .route("/admin/channels/{id}/new", get(channels::new).post(channels::add))
        .route("/admin/channels/{id}/test", post(channels::test))
        .route("/admin/channels/{id}/routes/{route}", get(sms_route::page).post(sms_route::save))
        .route("/admin/channels/{id}/routes/{route}/remove", post(sms_route::remove))
        .route("/admin/deliveries/{id}", get(deliveries::page).post(deliveries::read))
        .route("/admin/deliveries/{id}/again", post(deliveries::again))
        .route("/admin/reference/{kind}", get(reference::list))
        .route("/admin/reference/{kind}/edit", get(reference::page).post(reference::save))
        .route("/admin/officers", get(officers::list).post(officers::add))
        .route("/admin/officers/{id}", get(officers::page).post(officers::change))
}

/// An officer who may administer. Everybody else who is signed in is told that this needs another role.
pub struct Administrator(pub Officer);

impl FromRequestParts<App> for Administrator {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let signed_in = SignedIn::from_request_parts(parts, app).await.map_err(IntoResponse::into_response)?;
        if signed_in.officer.viewer.may_administer() { Ok(Self(signed_in.officer)) } else { Err(Error::Forbidden.into_response()) }
    }
}
