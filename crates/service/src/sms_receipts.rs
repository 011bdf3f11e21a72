//! What carriers say of our SMS afterwards: which part of which message, and what became of it.

use channels::{Event, Kind};
use domain::delivery::{DeliveryState, advance};
use serde_json::json;
use store::message_parts::{self, PartRow};
use store::{Tx, change_feed};
use uuid::Uuid;

use crate::change::note_event;
use crate::{City, Result};

/// The reference that goes along with a message and comes back in some receipts: never 0, which is none.
pub(crate) fn reference(message: Uuid) -> u16 {
    let bytes = message.as_bytes();
    u16::from_be_bytes([bytes[14], bytes[15]]).max(1)
}

/// Moves the message of a receipt forward. False when no message of ours is known that it may be of: it may have come before
/// the answer to what it is about.
pub(crate) async fn settle(tx: &mut Tx, city: &City, account: Uuid, event: &Event) -> Result<bool> {
    let Some((part, id)) = find(tx, account, event).await? else { return Ok(false) };
    let outcome = match event.kind {
        Kind::DeliveryReceipt => Some("delivered"),
        Kind::Failed => Some("failed"),
        _ => None,
    };
    match outcome {
        // The first final word counts.
        Some(outcome) if part.receipt.is_none() => message_parts::receipt(tx, part.message_id, part.position, &id, outcome).await?,
        Some(_) => {}
        None => message_parts::sent(tx, part.message_id, part.position, Some(id), city.now()).await?,
    }
    let parts = message_parts::of_message(tx, part.message_id).await?;
    let message = store::messages::find(tx, part.message_id).await?;
    let Ok(known) = message.state.parse::<DeliveryState>() else { return Ok(true) };
    let all = |receipt: &str| parts.iter().all(|part| part.receipt.as_deref() == Some(receipt));
    let (to, reason) = if parts.iter().any(|part| part.receipt.as_deref() == Some("failed")) {
        (DeliveryState::Failed, Some("ask_other_contact".to_owned()))
    } else if all("delivered") {
        (DeliveryState::Delivered, None)
    } else if known == DeliveryState::Unknown && parts.iter().all(|part| part.state == "sent") {
        (DeliveryState::Sent, None)
    } else {
        return Ok(true);
    };
    if known == to || advance(known, to).is_err() {
        return Ok(true);
    }
    if store::messages::advance(tx, message.id, &message.state, to.as_str(), reason.clone(), city.now()).await? {
        for case in store::cases::of_message(tx, message.id).await? {
            let told = json!({ "message": message.id, "reason": reason, "state": to.as_str() });
            let said = event.reason.clone().map(|said| json!({ "diagnostic": said }));
            match (to, known) {
                (DeliveryState::Failed, _) => note_event(tx, city, case.id, "delivery_failed", told, said).await?,
                (_, DeliveryState::Unknown) => note_event(tx, city, case.id, "delivery_settled", told, None).await?,
                _ => {}
            }
            change_feed::add(tx, "case", case.id, city.now()).await?;
        }
    }
    Ok(true)
}

/// The part, and the id that the carrier gave it. Ids of two carriers, or two ways to write them, may meet: the number decides.
async fn find(tx: &mut Tx, account: Uuid, event: &Event) -> Result<Option<(PartRow, String)>> {
    // A gateway gives our own id back.
    if let Some(message) = event.tracking_id.as_deref().filter(|id| id.len() >= 32).and_then(|id| id.parse::<Uuid>().ok()) {
        let part = message_parts::of_message(tx, message).await?.into_iter().find(|part| part.account_id == account);
        let part = part.filter(|part| part.route == event.chat_id);
        let id = event.receipt_ids.first().cloned().unwrap_or_else(|| event.external_id.clone());
        return Ok(part.map(|part| (part, id)));
    }
    for id in &event.receipt_ids {
        if let Some(part) = message_parts::by_external(tx, account, id).await?
            && store::messages::find(tx, part.message_id).await?.recipient.as_deref() == Some(event.sender_id.as_str())
        {
            return Ok(Some((part, id.clone())));
        }
    }
    // The answer that told the id was lost: our own reference, else the one message that it can be.
    let (Some(route), Some(id)) = (&event.chat_id, event.receipt_ids.first()) else { return Ok(None) };
    let waiting = message_parts::awaiting_receipt(tx, account, route, &event.sender_id).await?;
    let by_reference = event.tracking_id.as_deref().and_then(|told| told.parse::<u16>().ok());
    let found = match by_reference {
        Some(told) => waiting.into_iter().find(|part| part.state == "unknown" && reference(part.message_id) == told),
        None => {
            let lost: Vec<PartRow> = waiting.into_iter().filter(|part| part.state == "unknown").collect();
            match lost.as_slice() {
                [only] if begins_alike(tx, only, event.text.as_deref()).await? => Some(only.clone()),
                _ => None,
            }
        }
    };
    Ok(found.map(|part| (part, id.clone())))
}

/// Whether the beginning that a receipt repeats is that of the message; some repeat none.
async fn begins_alike(tx: &mut Tx, part: &PartRow, told: Option<&str>) -> Result<bool> {
    let Some(told) = told.map(language::fold::fold).filter(|told| !told.is_empty() && part.position == 0) else { return Ok(true) };
    let text = language::fold::fold(&store::messages::find(tx, part.message_id).await?.text);
    let same = told.chars().zip(text.chars()).take(10).all(|(one, other)| one == other);
    Ok(same)
}
