//! What channels deliver by themselves: bytes are stored, then acknowledged; nothing is understood here.

mod chat;
mod email;
mod hotline;
mod sms;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use service::chat_channel::ChatChannel;

use crate::app::App;

pub fn routes() -> Router<App> {
    // 25 MB of attachments in base64.
    let mail = Router::new().route("/hooks/email/{account}", post(email::deliver).layer(DefaultBodyLimit::max(36 * 1024 * 1024)));
    let chat = ChatChannel::ALL.into_iter().fold(Router::new(), |routes, channel| {
        let deliver = move |state, account, request| chat::deliver(channel, state, account, request);
        routes.route(&format!("/hooks/{}/{{account}}", channel.as_str()), post(deliver))
    });
    let chat = chat
        .route("/hooks/facebook/{account}", get(chat::handshake))
        .route("/hooks/zalo/{account}/permission", get(chat::permission))
        .route("/hooks/files/{file}/{until}/{seal}/{name}", get(chat::file))
        .route("/{name}", get(chat::proof));
    let calls = Router::new()
        .route("/hooks/hotline/{account}/{secret}", get(hotline::plain).post(hotline::plain))
        .route("/hooks/hotline/{account}/{secret}/{*rest}", get(hotline::with_path).post(hotline::with_path));
    let sms = Router::new()
        .route("/hooks/sms/{account}/{secret}/esms/message", get(sms::esms_message))
        .route("/hooks/sms/{account}/{secret}/esms/receipt/{route}", get(sms::esms_receipt))
        .route("/hooks/sms/{account}/{secret}/vcom", post(sms::vcom_message));
    mail.merge(chat).merge(calls).merge(sms)
}
