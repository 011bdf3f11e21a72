//! `/bot<token>/<method>` and `/file/bot<token>/<path>`.

use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Request, State as Shared};
use axum::http::Method;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use serde_json::Value;

use super::Telegram;
use super::call::{BotError, Call, answer};
use crate::fault::{CallKind, Fault};
use crate::journal::What;
use crate::parameters::Parameters;
use crate::strike::{self, Strike, Struck};
use crate::vendor::Vendor;
use crate::world::World;

/// Uploads of 50 MB and their wrapping.
const MOST_BODY: usize = 51 << 20;
/// `getUpdates` waits no longer.
const LONGEST_POLL: u64 = 50;

pub(crate) fn routes(telegram: Telegram) -> Router {
    Router::new()
        .route("/{bot}/{method}", any(call))
        .route("/file/{bot}/{folder}/{name}", get(file))
        .route_layer(middleware::from_fn_with_state(telegram.clone(), strike::layer::<Telegram>))
        .with_state(telegram)
}

async fn call(Shared(telegram): Shared<Telegram>, Path((bot, method)): Path<(String, String)>, request: Request) -> Response {
    let strike = request.extensions().get::<Strike>().map(|strike| strike.0);
    let Some(token) = bot.strip_prefix("bot") else { return BotError::not_found().into_response() };
    let bot = match telegram.bot(token, strike) {
        Ok(bot) => bot,
        Err(error) => return error.into_response(),
    };
    let parameters = match Parameters::read(request, MOST_BODY).await {
        Ok(parameters) => parameters,
        Err(unreadable) => return BotError::from(unreadable).into_response(),
    };
    let call = Call { bot, parameters, strike };
    let result =
        if method.eq_ignore_ascii_case("getUpdates") { telegram.get_updates(&call).await } else { telegram.0.method(&call, &method) };
    if method.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("send")) || method.eq_ignore_ascii_case("answerCallbackQuery") {
        telegram.note(&call, &method, &result);
    }
    answer(result)
}

async fn file(Shared(telegram): Shared<Telegram>, Path((bot, _, name)): Path<(String, String, String)>) -> Response {
    match bot.strip_prefix("bot").map(|token| telegram.bot(token, None)) {
        Some(Ok(_)) => telegram.0.world.media.serve(&name),
        Some(Err(error)) => error.into_response(),
        None => BotError::not_found().into_response(),
    }
}

impl Telegram {
    /// The bot of a token.
    fn bot(&self, token: &str, strike: Option<Fault>) -> Result<String, BotError> {
        let mut state = self.0.state();
        let bot = state.bots.values_mut().find(|bot| bot.token.as_deref() == Some(token)).ok_or_else(BotError::unauthorized)?;
        if strike == Some(Fault::TokenExpired) {
            bot.token = None;
            return Err(BotError::unauthorized());
        }
        Ok(bot.id.clone())
    }

    async fn get_updates(&self, call: &Call) -> Result<Value, BotError> {
        let wait = call.number("timeout").unwrap_or(0).clamp(0, LONGEST_POLL.cast_signed()).unsigned_abs();
        let updated = self.0.updated.notified();
        tokio::pin!(updated);
        updated.as_mut().enable();
        let first = self.take_updates(call)?;
        if wait == 0 || first.as_array().is_some_and(|updates| !updates.is_empty()) {
            return Ok(first);
        }
        // Whether something came or the time is up, what is there is the answer.
        tokio::time::timeout(Duration::from_secs(wait), updated).await.ok();
        self.take_updates(call)
    }

    fn take_updates(&self, call: &Call) -> Result<Value, BotError> {
        let mut state = self.0.state();
        let bot = state.bots.get_mut(&call.bot).ok_or_else(BotError::unauthorized)?;
        if bot.webhook.is_some() {
            return Err(BotError::webhook_is_set());
        }
        // An offset confirms everything before it.
        if let Some(offset) = call.number("offset") {
            bot.updates.retain(|update| update["update_id"].as_i64().is_some_and(|id| id >= offset));
        }
        let limit = call.number("limit").unwrap_or(100).clamp(1, 100).unsigned_abs();
        Ok(bot.updates.iter().take(usize::try_from(limit).unwrap_or(100)).cloned().collect())
    }

    fn note(&self, call: &Call, method: &str, result: &Result<Value, BotError>) {
        let answer = match (result, call.strike) {
            (_, Some(Fault::LostReply)) => "lost".to_owned(),
            (Ok(_), _) => "200".to_owned(),
            (Err(error), _) => error.code().to_string(),
        };
        let what = What::Call { call: format!("POST /{method}"), answer, text: call.text("text").unwrap_or_default() };
        self.0.world.journal.note(self.0.world.now(), Vendor::Telegram, &call.bot, call.text("chat_id").as_deref(), what);
    }
}

impl Struck for Telegram {
    fn world(&self) -> &World {
        &self.0.world
    }

    fn kind(&self, _method: &Method, path: &str) -> CallKind {
        let method = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        if method.starts_with("send") && method != "sendchataction" { CallKind::Send } else { CallKind::Read }
    }

    fn strike(&self, call: CallKind) -> Option<Fault> {
        let now = self.0.world.now();
        self.0.state().faults.strike(call, now)
    }

    fn too_many(&self) -> Response {
        BotError::flood(35).into_response()
    }

    fn server_error(&self) -> Response {
        BotError::internal().into_response()
    }

    fn spoiled(&self, method: &Method, path: &str, fault: Fault) {
        // The path holds the token.
        let name = path.rsplit('/').next().unwrap_or_default();
        let what = What::Call { call: format!("{method} /{name}"), answer: format!("{fault:?}"), text: String::new() };
        self.0.world.journal.note(self.0.world.now(), Vendor::Telegram, "", None, what);
    }
}
