//! The phone page: anyone plays a business that writes to the city. It works without scripts; with them it moves by itself.

mod actions;
mod assets;
mod calls;
mod live;
mod page;
mod people;
mod sms;
mod words;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::esms::Esms;
use crate::facebook::Facebook;
use crate::pbx::Pbx;
use crate::smsc::Smsc;
use crate::world::World;
use crate::zalo::Zalo;
use people::People;

/// A photo from the phone.
const MOST_PICTURE: usize = 8 << 20;

#[derive(Clone)]
pub(crate) struct Phone {
    world: World,
    facebook: Facebook,
    zalo: Zalo,
    smsc: Smsc,
    esms: Esms,
    pbx: Pbx,
    people: Arc<Mutex<People>>,
}

impl Phone {
    pub fn new(world: World, facebook: Facebook, zalo: Zalo, smsc: Smsc, esms: Esms, pbx: Pbx) -> Self {
        Self { world, facebook, zalo, smsc, esms, pbx, people: Arc::default() }
    }
}

pub(crate) fn routes(phone: Phone) -> Router {
    Router::new()
        .route("/", get(page::show))
        .route("/phone/people", post(actions::add_person))
        .route("/call/{person}/{press}", post(calls::press))
        .route("/phone/{network}/{person}/text", post(actions::text))
        .route("/phone/{network}/{person}/picture", post(actions::picture).layer(DefaultBodyLimit::max(MOST_PICTURE + (64 << 10))))
        .route("/phone/{network}/{person}/tap", post(actions::tap))
        .route("/phone/{network}/{person}/contact", post(actions::contact))
        .route("/phone/{network}/{person}/follow", post(actions::follow))
        .route("/phone/{network}/{person}/comment", post(actions::comment))
        .route("/phone/{network}/{person}/remove", post(actions::remove))
        .route("/phone/{network}/{person}/live", get(live::stream))
        .route("/assets/{name}", get(assets::serve))
        .layer(middleware::from_fn(guard))
        .with_state(phone)
}

/// No page of another site may press our buttons, and ours runs nothing but its own script.
async fn guard(request: Request, next: Next) -> Response {
    let site = request.headers().get("sec-fetch-site").and_then(|site| site.to_str().ok()).unwrap_or("none");
    if request.method() == axum::http::Method::POST && !matches!(site, "same-origin" | "none") {
        return (StatusCode::FORBIDDEN, "This form was sent by another site.").into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' https: http:; \
             base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
        ),
    );
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
