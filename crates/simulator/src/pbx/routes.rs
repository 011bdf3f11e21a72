//! The exchange's own addresses.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::{Pbx, orders};
use crate::fault::{CallKind, Fault};
use crate::journal::What;
use crate::strike::{self, Struck};
use crate::vendor::Vendor;
use crate::world::World;

pub(crate) fn routes(pbx: Pbx) -> Router {
    Router::new()
        .route("/pbx/call", post(orders::call))
        .route("/v1/call2/callout", post(orders::call))
        .route("/pbx/transfer", post(orders::transfer))
        .route("/pbx/hangup", post(orders::hang_up))
        .route("/pbx/recordings/{name}", get(recording))
        .route_layer(middleware::from_fn_with_state(pbx.clone(), strike::layer::<Pbx>))
        .with_state(pbx)
}

async fn recording(State(pbx): State<Pbx>, Path(name): Path<String>) -> Response {
    pbx.0.serve_recording(&name)
}

impl Struck for Pbx {
    fn world(&self) -> &World {
        &self.0.world
    }

    fn kind(&self, _method: &Method, path: &str) -> CallKind {
        if path.starts_with("/pbx/recordings/") { CallKind::Read } else { CallKind::Send }
    }

    fn strike(&self, call: CallKind) -> Option<Fault> {
        let now = self.0.world.now();
        self.0.state().faults.strike(call, now)
    }

    fn too_many(&self) -> Response {
        StatusCode::TOO_MANY_REQUESTS.into_response()
    }

    fn server_error(&self) -> Response {
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }

    fn spoiled(&self, method: &Method, path: &str, fault: Fault) {
        // The name of a recording is its key.
        let path = if path.starts_with("/pbx/recordings/") { "/pbx/recordings/…" } else { path };
        let what = What::Call { call: format!("{method} {path}"), answer: format!("{fault:?}"), text: String::new() };
        self.0.world.journal.note(self.0.world.now(), Vendor::Pbx, "", None, what);
    }
}
