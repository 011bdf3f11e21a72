//! What an administrator sets: mailboxes, reference data, officers, jobs.

use axum::Router;

use crate::app::App;

pub fn routes() -> Router<App> {
    Router::new()
}
