//! What the public sees: write, look up, follow, read published answers.

use axum::Router;

use crate::app::App;

pub fn routes() -> Router<App> {
    Router::new()
}
