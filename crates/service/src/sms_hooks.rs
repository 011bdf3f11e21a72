//! HTTP gateways of SMS.
use crate::City;
use crate::sms_accounts::{Route, SmsAccount};
use channels::sms::esms;
use channels::{Event, Unreadable};
use uuid::Uuid;
pub(crate) fn esms_access(_city: &City, _account: &SmsAccount, route: &Route) -> esms::Access {
    esms::Access { base: route.base.clone() }
}
pub(crate) fn esms_receipt(_body: &[u8], _route: Uuid) -> Result<Event, Unreadable> {
    Err(Unreadable(String::new()))
}
pub(crate) fn esms_message(_body: &[u8]) -> Result<Event, Unreadable> {
    Err(Unreadable(String::new()))
}
pub(crate) fn vcom_message(_body: &[u8]) -> Result<Event, Unreadable> {
    Err(Unreadable(String::new()))
}
