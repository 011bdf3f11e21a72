//! HTTP gateways of SMS: what they deliver to us, and how they are called.
//!
//! The address of a hook holds a secret part that nobody guesses; what carries a message is signed besides, and without the
//! key nothing is believed.

use std::sync::Arc;

use channels::outbound::{Content, Footing, Recipient};
use channels::sms::{esms, vcom};
use channels::{Event, Kind, Outbound, Receipt, Signature, Unreadable};
use serde_json::json;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::intake::Intake;
use crate::sms_accounts::{self, CHANNEL, Route, SmsAccount};
use crate::{City, Error, Result};

/// The addresses that gateways call, each with what it is for.
pub fn addresses(city: &City, account: &SmsAccount) -> Vec<(&'static str, String)> {
    ["esms/message", "vcom"].into_iter().map(|what| (what.split('/').next().unwrap_or(what), city.link(&path(account, what)))).collect()
}

fn path(account: &SmsAccount, what: &str) -> String {
    format!("/hooks/sms/{}/{}/{what}", account.row.id, account.secrets.hook)
}

/// Hands one message to eSMS; our id makes a repeat harmless for a day.
pub(crate) async fn send(
    city: &City,
    account: &SmsAccount,
    route: &Route,
    to: &str,
    text: &str,
    message: Uuid,
) -> std::result::Result<Receipt, channels::Error> {
    let secrets = account.secrets_of(route.id);
    let access = esms::Access {
        base: if route.base.is_empty() { esms::BASE.to_owned() } else { route.base.clone() },
        api_key: secrets.api_key,
        secret_key: secrets.secret_key,
        brandname: account.sender(route).to_owned(),
        sms_type: route.sms_type.clone(),
        sandbox: false,
        callback: Some(city.link(&path(account, &format!("esms/receipt/{}", route.id)))),
    };
    let outbound = Outbound {
        id: message.simple().to_string(),
        recipient: Recipient::Person(to.to_owned()),
        footing: Footing::Answer,
        content: Content::Text { text: text.to_owned(), buttons: Vec::new() },
        reply_to: None,
    };
    esms::send(&city.http, &access, &outbound).await
}

/// A message that eSMS brings; answers what it wants to hear.
///
/// # Errors
/// [`Error::NotFound`] for another address, [`Error::Forbidden`] when the signature is wrong, [`Error::Unavailable`] when
/// nothing can be taken now.
pub async fn take_esms_message(city: &City, intake: &Intake, account: Uuid, secret: &str, query: &str) -> Result<String> {
    let account = known(city, account, secret).await?;
    let (signature, event) = esms::message(query, Some(&account.secrets.mo_key)).map_err(|_| Error::Forbidden)?;
    take(intake, &account, signature, &event, "esms_message", query.as_bytes()).await?;
    // Our own answer goes out like every other message.
    Ok(esms::answer(&event.external_id, &event.sender_id, ""))
}

/// What eSMS says of a message of ours.
///
/// # Errors
/// As [`take_esms_message`].
pub async fn take_esms_receipt(city: &City, intake: &Intake, account: Uuid, secret: &str, route: Uuid, query: &str) -> Result<()> {
    let account = known(city, account, secret).await?;
    let sender = esms::receipt(query).map(|event| event.sender_id).unwrap_or_default();
    let told = json!({ "via": "esms_receipt", "route": route });
    intake.deliver_of(account.row.id, CHANNEL, &sender, told, query.as_bytes().to_vec()).await?;
    Ok(())
}

/// A message that V-COM brings; answers what it wants to hear.
///
/// # Errors
/// As [`take_esms_message`].
pub async fn take_vcom_message(city: &City, intake: &Intake, account: Uuid, secret: &str, body: &[u8]) -> Result<&'static str> {
    let account = known(city, account, secret).await?;
    let (signature, event) = vcom::message(body, Some(&account.secrets.vcom_key)).map_err(|_| Error::Forbidden)?;
    take(intake, &account, signature, &event, "vcom_message", body).await?;
    Ok(vcom::TAKEN)
}

async fn take(intake: &Intake, account: &SmsAccount, signature: Signature, event: &Event, via: &str, body: &[u8]) -> Result<()> {
    if signature != Signature::Valid {
        return Err(Error::Forbidden);
    }
    intake.deliver_of(account.row.id, CHANNEL, &event.sender_id, json!({ "via": via }), body.to_vec()).await?;
    Ok(())
}

async fn known(city: &City, account: Uuid, secret: &str) -> Result<Arc<SmsAccount>> {
    let account = sms_accounts::find(city, account).await?.ok_or(Error::NotFound)?;
    let right = !account.secrets.hook.is_empty() && bool::from(account.secrets.hook.as_bytes().ct_eq(secret.as_bytes()));
    if right { Ok(account) } else { Err(Error::NotFound) }
}

/// The event of a stored delivery. Ids of gateways are their own, so each has a name before it.
pub(crate) fn read(via: &str, route: Uuid, body: &[u8]) -> std::result::Result<Event, Unreadable> {
    let text = String::from_utf8_lossy(body);
    match via {
        "esms_message" => Ok(named("esms", esms::message(&text, None)?.1)),
        "vcom_message" => Ok(named("vcom", vcom::message(body, None)?.1)),
        "esms_receipt" => {
            let event = esms::receipt(&text)?;
            Ok(Event {
                // On its way: it proves all the same that the message went out.
                kind: if event.kind == Kind::Ignored { Kind::Echo } else { event.kind },
                external_id: format!("receipt:{route}:{}", event.external_id),
                receipt_ids: event.receipt_ids.iter().map(|id| format!("{route}:{id}")).collect(),
                chat_id: Some(route.to_string()),
                ..event
            })
        }
        other => Err(Unreadable(format!("nobody knows the way {other}"))),
    }
}

fn named(gateway: &str, event: Event) -> Event {
    Event { external_id: format!("{gateway}:{}", event.external_id), ..event }
}
