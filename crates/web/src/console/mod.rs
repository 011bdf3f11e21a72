//! Where officers work: queues, one page per case, sign-in.

use axum::Router;

use crate::app::App;

pub fn routes() -> Router<App> {
    Router::new()
}
