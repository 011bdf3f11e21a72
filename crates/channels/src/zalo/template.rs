//! Template messages (ZBS): the way to a person outside every window. The template was approved by Zalo before.

use serde_json::{Map, Value, json};

use super::limits::LIMITS;
use super::{Access, call};
use crate::http::Client;
use crate::{Error, Receipt};

/// An approved template and what fills its gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pub id: String,
    pub fields: Map<String, Value>,
}

/// Sends to a telephone number in the form `84…`. The receipt (`user_received_message`) carries `tracking_id`, ours, of at
/// most 48 characters.
///
/// # Errors
/// As [`super::send`].
pub async fn to_phone(client: &Client, access: &Access, phone: &str, template: &Template, tracking_id: &str) -> Result<Receipt, Error> {
    if tracking_id.chars().count() > LIMITS.tracking_id {
        return Err(Error::Rejected(format!("a tracking id has at most {} characters", LIMITS.tracking_id)));
    }
    let body = json!({"phone": phone, "template_id": template.id, "template_data": template.fields, "tracking_id": tracking_id});
    Ok(call::receipt(&call::post(client, access, &access.bases.business, "/message/template", &body).await?))
}

/// Sends to a person known to the account; there is no tracking id of ours, only the message id of the receipt.
///
/// # Errors
/// As [`super::send`].
pub async fn to_person(client: &Client, access: &Access, person: &str, template: &Template) -> Result<Receipt, Error> {
    let body = json!({"user_id": person, "template_id": template.id, "template_data": template.fields});
    Ok(call::receipt(&call::post(client, access, &access.bases.openapi, "/v3.0/oa/message/template", &body).await?))
}
