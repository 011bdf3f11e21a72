//! What channels deliver by themselves: bytes are stored, then acknowledged; nothing is understood here.

mod email;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::post;

use crate::app::App;

pub fn routes() -> Router<App> {
    // 25 MB of attachments in base64.
    Router::new().route("/hooks/email/{account}", post(email::deliver).layer(DefaultBodyLimit::max(36 * 1024 * 1024)))
}
