//! What our side may ask an exchange to do: to call somebody, to pass a call on, to hang up.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Pbx;
use super::call::Stage;
use crate::journal::What;
use crate::parameters::Parameters;
use crate::vendor::Vendor;

/// An order is small.
const MOST_BODY: usize = 16 << 10;

/// Why an order is not carried out: an HTTP status, and the number and words that Stringee would say.
type Refused = (StatusCode, u32, String);

/// `POST /pbx/call` and `POST /v1/call2/callout`: `{"from":"101","to":"84…"}`, or Stringee's callout with `from` and `to` as
/// objects and the officer in the first `connect` of `actions`.
pub(super) async fn call(State(pbx): State<Pbx>, request: Request) -> Response {
    pbx.order("call", request, |pbx, hotline, values| {
        let person = number(&values["to"]).ok_or_else(|| missing("to"))?;
        let connected = values["actions"].as_array().and_then(|actions| actions.iter().find_map(|action| number(&action["to"])));
        let extension = connected.or_else(|| number(&values["from"])).ok_or_else(|| missing("from"))?;
        pbx.dial_out(hotline, &extension, &person).map_err(|refusal| (StatusCode::UNPROCESSABLE_ENTITY, 2, refusal.to_string()))
    })
    .await
}

/// `POST /pbx/transfer`: `{"call_id":"…","to":"102"}`, or `extension` in place of `to`.
pub(super) async fn transfer(State(pbx): State<Pbx>, request: Request) -> Response {
    pbx.order("transfer", request, |pbx, _, values| {
        let id = values["call_id"].as_str().ok_or_else(|| missing("call_id"))?;
        let extension = number(&values["to"]).or_else(|| number(&values["extension"])).ok_or_else(|| missing("to"))?;
        pbx.transfer(id, &extension).map_err(|refusal| (StatusCode::NOT_FOUND, 3, refusal.to_string()))?;
        Ok(id.to_owned())
    })
    .await
}

/// `POST /pbx/hangup`: `{"call_id":"…"}`.
pub(super) async fn hang_up(State(pbx): State<Pbx>, request: Request) -> Response {
    pbx.order("hangup", request, |pbx, _, values| {
        let id = values["call_id"].as_str().ok_or_else(|| missing("call_id"))?;
        pbx.hang_up(id).map_err(|refusal| (StatusCode::NOT_FOUND, 3, refusal.to_string()))?;
        Ok(id.to_owned())
    })
    .await
}

fn missing(field: &str) -> Refused {
    (StatusCode::BAD_REQUEST, 1, format!("{field} is missing"))
}

/// A number as text, in Stringee's object, or first in a list of those.
fn number(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(fields) => number(fields.get("number")?),
        Value::Array(list) => number(list.first()?),
        _ => None,
    }
}

impl Pbx {
    async fn order(
        &self,
        name: &str,
        request: Request,
        carry_out: impl FnOnce(&Self, &str, &Value) -> Result<String, Refused>,
    ) -> Response {
        let headers = request.headers().clone();
        let outcome = match Parameters::read(request, MOST_BODY).await {
            Ok(parameters) => {
                let values = Value::Object(parameters.values);
                self.hotline_for(&values, &headers).and_then(|hotline| {
                    let outcome = carry_out(self, &hotline, &values);
                    self.note_order(&hotline, name, &outcome);
                    outcome
                })
            }
            Err(_) => Err((StatusCode::BAD_REQUEST, 1, "the body cannot be read".into())),
        };
        match outcome {
            Ok(id) => Json(json!({"r": 0, "message": "Success", "call_id": id})).into_response(),
            Err((status, r, message)) => (status, Json(json!({"r": r, "message": message}))).into_response(),
        }
    }

    /// The hotline that an order is for, if whoever orders has its key: the one named, the one of the call, the one of the
    /// extension, or the only one.
    fn hotline_for(&self, values: &Value, headers: &HeaderMap) -> Result<String, Refused> {
        let state = self.0.state();
        let named = values["hotline"].as_str().map(str::to_owned);
        let of_call = values["call_id"].as_str().and_then(|id| state.calls.get(id)).map(|call| call.hotline.clone());
        let from = number(&values["from"]);
        let of_number = from.and_then(|from| {
            let has = |hotline: &&super::Hotline| hotline.number == from || hotline.extensions.iter().any(|known| known.number == from);
            state.hotlines.values().find(has).map(|hotline| hotline.number.clone())
        });
        let wanted = named.or(of_call).or(of_number).or_else(|| state.hotlines.keys().next().cloned());
        let hotline = wanted.and_then(|number| state.hotlines.get(&number));
        let hotline = hotline.ok_or((StatusCode::NOT_FOUND, 4, "no such hotline".to_owned()))?;
        let given = ["authorization", "x-api-key", "x-stringee-auth"].iter().filter_map(|name| headers.get(*name)?.to_str().ok());
        let right = hotline.key.is_empty() || given.into_iter().any(|value| value.strip_prefix("Bearer ").unwrap_or(value) == hotline.key);
        if right { Ok(hotline.number.clone()) } else { Err((StatusCode::UNAUTHORIZED, 5, "wrong key".into())) }
    }

    fn note_order(&self, hotline: &str, name: &str, outcome: &Result<String, Refused>) {
        let answer = outcome.as_ref().map_or_else(|(_, r, _)| r.to_string(), |_| "0".into());
        let person = outcome.as_ref().ok().and_then(|id| self.call(id)).filter(|call| call.stage != Stage::Ended).map(|call| call.person);
        let what = What::Call { call: format!("POST /pbx/{name}"), answer, text: String::new() };
        self.0.world.journal.note(self.0.world.now(), Vendor::Pbx, hotline, person.as_deref(), what);
    }
}
