//! HTTP gateways of SMS.

use channels::{Error, Event, Receipt, Unreadable};
use uuid::Uuid;

use crate::City;
use crate::sms_accounts::{Route, SmsAccount};

pub(crate) async fn send(_: &City, _: &SmsAccount, route: &Route, _: &str, _: &str, _: Uuid) -> Result<Receipt, Error> {
    Err(Error::Misconfigured(format!("{} is no SMPP link", route.name)))
}

/// Events of a gateway.
pub(crate) fn read(via: &str, _: Uuid, _: &[u8]) -> Result<Event, Unreadable> {
    Err(Unreadable(format!("nobody knows the way {via}")))
}
