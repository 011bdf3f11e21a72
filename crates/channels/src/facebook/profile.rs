//! Who somebody is, whether the token is good, and which events are sent to us.

use reqwest::Client;
use serde_json::json;

use super::{Access, graph};
use crate::Error;
use crate::answer::{repeatable, said};
use crate::json::Object;

/// Events that a page has to be subscribed to.
pub const FIELDS: &str = "messages,messaging_postbacks,messaging_optins,message_deliveries,message_reads,message_echoes,\
message_reactions,message_edits,messaging_referrals,messaging_handovers,standby,feed,mention";

/// Name of a person who wrote to the page; `None` when Facebook does not tell.
///
/// # Errors
/// As any call that may be repeated.
pub async fn name(client: &Client, access: &Access, person: &str) -> Result<Option<String>, Error> {
    let mut address = access.address(&[person])?;
    address.query_pairs_mut().append_pair("fields", "name,first_name,last_name");
    let answer = graph::get(client, access, address).await?;
    let Ok(profile) = Object::read(&answer) else { return Ok(None) };
    // A Vietnamese name begins with the name of the family.
    let parts = [profile.text("last_name"), profile.text("first_name")];
    let whole = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    Ok(profile.text("name").or(Some(whole)).filter(|name| !name.is_empty()))
}

/// Tries the token: it must be good, and the page's. Gives the page's name.
///
/// # Errors
/// [`Error::Misconfigured`] when the token is bad or of another page.
pub async fn test(client: &Client, access: &Access) -> Result<String, Error> {
    let mut address = access.address(&["me"])?;
    address.query_pairs_mut().append_pair("fields", "id,name");
    let answer = graph::get(client, access, address).await?;
    let me = Object::read(&answer).unwrap_or_default();
    match me.id("id") {
        Some(id) if id == access.page_id => Ok(me.text("name").unwrap_or(id)),
        Some(id) => Err(Error::Misconfigured(format!("the token is that of {id}, not of page {}", access.page_id))),
        None => Err(Error::Misconfigured("the token names no page".into())),
    }
}

/// Has the page's events sent to the app: once, and again after Facebook ended it because we did not answer.
///
/// # Errors
/// As any call that may be repeated.
pub async fn subscribe(client: &Client, access: &Access) -> Result<(), Error> {
    let mut address = access.address(&[&access.page_id, "subscribed_apps"])?;
    address.query_pairs_mut().append_pair("subscribed_fields", FIELDS);
    let answer = graph::post(client, access, address, &json!({})).await.map_err(repeatable)?;
    let done = Object::read(&answer).is_ok_and(|answer| answer.is_true("success"));
    if done { Ok(()) } else { Err(Error::Rejected(said(Some(answer)))) }
}
