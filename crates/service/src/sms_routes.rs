//! By which of an account's routes a message goes: by weight and by how each fares.

use channels::Error;
use channels::sms::{Style, Submit, pdu, submits};
use domain::sms::{RouteHealth, choose};

use crate::City;
use crate::sms_accounts::{Route, RouteKind, SmsAccount};

/// The route for the next message; none when none stands.
pub(crate) fn next<'a>(city: &City, account: &'a SmsAccount) -> Option<&'a Route> {
    let routes: Vec<&Route> = account.settings.routes.iter().filter(|route| route.enabled).collect();
    let now = city.now();
    let health = |route: &&Route| city.lines.health(route.id, most(route), route.weight, !is_down(city, account, route), now);
    let health: Vec<RouteHealth> = routes.iter().map(health).collect();
    let mut bits = [0; 4];
    city.random.fill(&mut bits);
    let dice = f64::from(u32::from_le_bytes(bits)) / f64::from(u32::MAX);
    choose(&health, dice).map(|place| routes[place])
}

/// Whether a route cannot take anything now.
pub(crate) fn is_down(city: &City, account: &SmsAccount, route: &Route) -> bool {
    !route.enabled || (route.kind == RouteKind::Smpp && city.links.session(account.row.id, route.id).is_none())
}

/// Calls in a second that the carrier allows at best.
pub(crate) fn most(route: &Route) -> f64 {
    f64::from(route.per_second.max(1))
}

/// The messages over the air that a text makes on a route, each with a wish for its receipt.
///
/// # Errors
/// As [`submits`].
pub(crate) fn segments(account: &SmsAccount, route: &Route, to: &str, text: &str, reference: u16) -> Result<Vec<Submit>, Error> {
    let source = pdu::Address { ton: route.sender_ton, npi: route.sender_npi, addr: account.sender(route).to_owned() };
    let style = Style { source, alphabet: route.alphabet, joining: route.joining, receipts: true };
    submits(&style, to, text, reference, reference)
}
