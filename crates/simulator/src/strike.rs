//! Where faults meet calls: a layer in front of each vendor.

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::fault::{CallKind, Fault};
use crate::line::Line;
use crate::world::World;

/// How one vendor takes faults.
pub(crate) trait Struck: Clone + Send + Sync + 'static {
    fn world(&self) -> &World;
    fn kind(&self, method: &Method, path: &str) -> CallKind;
    fn strike(&self, call: CallKind) -> Option<Fault>;
    /// "Too many calls", as this vendor says it.
    fn too_many(&self) -> Response;
    /// HTTP 500, as this vendor says it.
    fn server_error(&self) -> Response;
    /// This number as the answer.
    fn status(&self, status: u16) -> Response {
        http_status(status)
    }
    /// Notes a call that was not carried out.
    fn spoiled(&self, method: &Method, path: &str, fault: Fault);
}

/// Told to handlers: the answer will be lost, or the token dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Strike(pub Fault);

/// An answer without a body.
pub(crate) fn http_status(status: u16) -> Response {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response()
}

pub(crate) async fn layer<V: Struck>(
    State(vendor): State<V>,
    ConnectInfo(line): ConnectInfo<Line>,
    mut request: Request,
    next: Next,
) -> Response {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let Some(fault) = vendor.strike(vendor.kind(&method, &path)) else { return next.run(request).await };
    match fault {
        Fault::LostReply | Fault::TokenExpired => {
            request.extensions_mut().insert(Strike(fault));
            let answer = next.run(request).await;
            if fault == Fault::LostReply {
                line.cut();
            }
            return answer;
        }
        _ => vendor.spoiled(&method, &path, fault),
    }
    match fault {
        Fault::TooMany => vendor.too_many(),
        Fault::ServerError => vendor.server_error(),
        Fault::Status(status) => vendor.status(status),
        Fault::Hang => {
            tokio::time::sleep(vendor.world().options.hang).await;
            line.cut();
            ().into_response()
        }
        // Faults of webhooks never strike a call; resetting is the harmless reading.
        Fault::Reset | Fault::LostReply | Fault::TokenExpired | Fault::Duplicate | Fault::OutOfOrder => {
            line.cut();
            ().into_response()
        }
    }
}
