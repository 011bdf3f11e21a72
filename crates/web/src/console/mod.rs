//! Where officers work: queues, one page per case, sign-in.

mod account;
mod acts;
mod asked;
mod call;
mod calls;
mod case;
mod composer;
mod conflict;
mod file;
mod login;
mod mail;
mod panel;
mod publish;
mod queue;
mod recording;
mod reply;
mod ringing;
mod search;
mod sms;
mod timeline;
mod window;

use askama::Template;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use jiff::Timestamp;
use jiff::civil::Date;
use service::reference::Reference;
use words::Tongue;

use crate::app::App;
use crate::error::Error;
use crate::parts::{Due, ErrorSummary};

pub fn routes() -> Router<App> {
    let with_files = Router::new()
        .route("/console/c/{code}/do/reply", post(reply::reply))
        .route("/console/c/{code}/do/drop", post(reply::reply))
        .route("/console/c/{code}/sms/{kind}/{what}", post(sms::draft))
        .layer(DefaultBodyLimit::max(crate::portal::files::BODY_LIMIT));
    Router::new()
        .merge(with_files)
        .route("/console", get(queue::first))
        .route("/console/login", get(login::page).post(login::sign_in))
        .route("/console/login/code", post(login::code))
        .route("/console/logout", post(login::sign_out))
        .route("/console/account", get(account::page))
        .route("/console/account/password", post(account::password))
        .route("/console/account/sessions", post(account::end_session))
        .route("/console/account/second-factor", get(account::second_factor).post(account::confirm_factor))
        .route("/console/q/{queue}", get(queue::page))
        .route("/console/q/{queue}/live", get(queue::live))
        .route("/console/counts", get(queue::counts))
        .route("/console/search", get(search::page))
        .route("/console/c/{code}", get(case::page))
        .route("/console/c/{code}/live", get(case::live))
        .route("/console/c/{code}/tep/{file}", get(file::fetch))
        .route("/console/c/{code}/m/{message}/html", get(mail::show))
        .route("/console/c/{code}/note", post(acts::note))
        .route("/console/c/{code}/unmask", post(acts::unmask))
        .route("/console/c/{code}/confirm", post(acts::confirm_address))
        .route("/console/c/{code}/publish", get(publish::page).post(publish::publish))
        .route("/console/c/{code}/call", post(call::dial_sender))
        .route("/console/c/{code}/do/{act}", post(acts::act))
        .route("/console/calls", get(calls::page))
        .route("/console/calls/live", get(calls::live))
        .route("/console/calls/log", get(calls::log).post(calls::find))
        .route("/console/calls/extension", post(calls::extension))
        .route("/console/calls/suggest", post(call::suggest))
        .route("/console/calls/missed/{task}/{doing}", post(calls::call_back))
        .route("/console/calls/recordings/{recording}", get(recording::fetch))
        .route("/console/calls/{call}", get(call::page).post(call::write))
        .route("/console/calls/{call}/live", get(call::live))
        .route("/console/calls/{call}/code", post(call::send_code))
        .route("/console/calls/{call}/transfer", post(call::transfer))
        .route("/console/calls/{call}/dial", post(call::dial))
}

pub(crate) use composer::agencies;

/// A page or part as an answer.
pub(crate) fn show(template: impl Template) -> Response {
    match template.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be drawn");
            Error::Internal.into_response()
        }
    }
}

/// A stored moment. What the database holds is always a moment.
pub(crate) fn at(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or_default()
}

/// What is left of a deadline, for one line of a list or the head of a page.
pub(crate) struct Left {
    pub received: Timestamp,
    pub due: Timestamp,
    /// Until when the sender is waited for, while the clock stands.
    pub paused_until: Option<Timestamp>,
    pub brief: bool,
}

impl Left {
    pub fn drawn(&self, tongue: Tongue, reference: &Reference, today: Date) -> Due {
        let calendar = &reference.book.calendar;
        let day = domain::time::local_date(self.due);
        let left = if day >= today {
            i64::from(calendar.working_days_between(today, day))
        } else {
            // Late on a day off is late by a day as well.
            -i64::from(calendar.working_days_between(day, today)).max(1)
        };
        let total = calendar.working_days_between(domain::time::local_date(self.received), day);
        Due { tongue, left, total, day, paused_until: self.paused_until.map(domain::time::local_date), brief: self.brief }
    }
}

/// "45 giây", "3 phút": how long to wait.
pub(crate) fn wait(tongue: Tongue, seconds: u64) -> String {
    let text = match seconds {
        0..=90 => tongue.with("wait-seconds", [("n", seconds.max(1).into())]),
        _ => tongue.with("wait-minutes", [("n", seconds.div_ceil(60).into())]),
    };
    text.into_owned()
}

/// The words for what was wrong with a form; none for errors that have a page of their own.
pub(crate) fn mistakes(tongue: Tongue, error: &service::Error) -> Option<ErrorSummary> {
    use domain::case::Refused;
    let items = match error {
        service::Error::Invalid(problems) => problems
            .iter()
            .map(|problem| {
                let exact = format!("wrong-{}-{}", problem.field, problem.code);
                let key = if tongue.knows(&exact) { exact } else { format!("wrong-{}", problem.code) };
                let number = problem.number.unwrap_or_default();
                (Some(problem.field), tongue.with(&key, [("number", number.into())]).into_owned())
            })
            .collect::<Vec<_>>(),
        service::Error::Refused(refused) => {
            let code = match refused {
                Refused::Guard(code) => code.as_str(),
                Refused::NotYourRole => "not_allowed",
                Refused::NotFromHere { .. } => "wrong_stage",
            };
            vec![(None, tongue.of("guard", code).into_owned())]
        }
        service::Error::TooMany { retry_after } => {
            vec![(None, tongue.with("wrong-locked", [("wait", wait(tongue, *retry_after).into())]).into_owned())]
        }
        service::Error::Setup(why) => vec![(None, tongue.with("wrong-setup", [("why", why.clone().into())]).into_owned())],
        _ => return None,
    };
    let title = tongue.with("errors-title", [("n", items.len().into())]).into_owned();
    Some(ErrorSummary { title, items })
}

#[cfg(test)]
mod tests {
    use words::Tongue;

    #[test]
    fn every_act_and_every_refusal_has_words() {
        for row in domain::case::TRANSITIONS {
            assert!(Tongue::VI.knows(&format!("event-{}", row.name)), "event-{}", row.name);
        }
        for code in domain::case::GuardCode::ALL {
            assert!(Tongue::VI.knows(&format!("guard-{code}")), "guard-{code}");
        }
    }
}
