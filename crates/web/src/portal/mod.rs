//! What the public sees: write, look up, follow, read published answers.
//!
//! Every page works without scripts and in both languages. What a code alone shows is status and dates; the talk itself is
//! opened by a pass, a cookie that this browser got for sending the form, opening a secret link or typing a one-time code.

mod about;
mod acts;
mod answers;
mod case;
mod clock;
pub(crate) mod files;
mod kept_pass;
mod link;
mod look_up;
mod one_time_code;
mod suggest;
mod talk;
mod write;

use askama::Template;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use jiff::Timestamp;

use crate::app::App;
use crate::error::Error;

pub(crate) use write::ACCEPT;

pub fn routes() -> Router<App> {
    let with_files = Router::new()
        .route("/gui", get(write::blank).post(write::send))
        .route("/ho-so/{code}/them", post(acts::add))
        .layer(DefaultBodyLimit::max(files::BODY_LIMIT));
    Router::new()
        .merge(with_files)
        .route("/", get(write::home))
        .route("/goi-y", post(suggest::suggest))
        .route("/tra-cuu", get(look_up::blank).post(look_up::find))
        .route("/ho-so/{code}", get(case::show))
        .route("/ho-so/{code}/ma", get(one_time_code::blank).post(one_time_code::ask))
        .route("/ho-so/{code}/ma/nhap", post(one_time_code::redeem))
        .route("/ho-so/{code}/danh-gia", post(acts::rate))
        .route("/ho-so/{code}/mo-lai", post(acts::reopen))
        .route("/ho-so/{code}/rut", get(acts::confirm_withdraw).post(acts::withdraw))
        .route("/ho-so/{code}/thu-hoi", get(acts::confirm_revoke).post(acts::revoke))
        .route("/ho-so/{code}/lien-ket", post(link::make))
        .route("/ho-so/{code}/thoat", post(acts::leave))
        .route("/ho-so/{code}/tep/{file}", get(files::download))
        .route("/l/{token}", get(link::open))
        .route("/hoi-dap", get(answers::list))
        .route("/hoi-dap/{id}", get(answers::read))
        .route("/du-lieu-ca-nhan", get(about::privacy))
        .route("/tro-giup", get(about::help))
        .route("/robots.txt", get(about::robots))
        .route("/favicon.ico", get(about::favicon))
}

/// A page with its status.
fn show(status: StatusCode, template: &impl Template) -> Result<Response, Error> {
    let page = template.render().map_err(|error| {
        tracing::error!(%error, "a page of the portal");
        Error::Internal
    })?;
    Ok((status, Html(page)).into_response())
}

/// A stored moment.
fn time(microseconds: i64) -> Result<Timestamp, Error> {
    Timestamp::from_microsecond(microseconds).map_err(|_| Error::Internal)
}

/// What somebody typed into one line: without control characters and the marks that turn the direction of writing, which
/// would let a name pretend to be another.
fn line(typed: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let kept: String = typed.chars().map(|c| if c.is_control() { ' ' } else { c }).filter(|c| !turns(*c)).collect();
    kept.trim().to_owned()
}

/// What somebody typed into a box: line ends as one character, other control characters left out (PostgreSQL stores no NUL).
pub(crate) fn prose(typed: &str) -> String {
    typed.replace("\r\n", "\n").chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

#[cfg(test)]
mod tests {
    use super::{line, prose};

    #[test]
    fn what_cannot_be_seen_is_not_kept() {
        assert_eq!(line(" Công ty\u{202e} A\u{0}B\n"), "Công ty A B");
        assert_eq!(prose("một\r\nhai\u{0}\u{7}\tba"), "một\nhai\tba");
    }
}
