//! Routes: field × place × date → lead and co-agencies, with the why kept for disputes.
//!
//! Order: zone by address, then field and validity date, then ward by address; a duty person is
//! the agency's own matter; what no route covers goes to the fallback queue.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::agency::AgencyTree;

codes! {
    /// Kind of business as a condition of a route.
    pub enum BusinessKind {
        Enterprise = "enterprise",
        /// Hộ kinh doanh.
        Household = "household",
        Cooperative = "cooperative",
        Association = "association",
        ForeignInvested = "foreign_invested",
    }
}

/// One dated row of the routing table. An empty condition holds for everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    pub id: Uuid,
    /// Field code of the reference list; `None` only for a zone or fallback row.
    #[serde(default)]
    pub field: Option<String>,
    /// Code of the ward, commune or special zone of 2025.
    #[serde(default)]
    pub ward: Option<String>,
    /// Code of an industrial, export or high-tech zone.
    #[serde(default)]
    pub zone: Option<String>,
    #[serde(default)]
    pub business: Option<BusinessKind>,
    pub lead: Uuid,
    #[serde(default)]
    pub co: Vec<Uuid>,
    pub valid_from: Date,
    #[serde(default)]
    pub valid_to: Option<Date>,
    /// The document it rests on.
    #[serde(default)]
    pub source: String,
    /// Whether a case may be routed by this row without a person.
    #[serde(default)]
    pub automatic: bool,
}

/// What is known about the place and the sender.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place<'a> {
    pub ward: Option<&'a str>,
    pub zone: Option<&'a str>,
    pub business: Option<BusinessKind>,
}

codes! {
    /// Which rule of the routing order decided.
    pub enum RouteRule {
        /// Inside a zone the zone board leads.
        Zone = "zone",
        Field = "field",
        /// The field is handled by the ward of the address.
        Ward = "ward",
        /// No route covers it.
        Fallback = "fallback",
    }
}

/// Why a lead was proposed; words render it, [`fmt::Display`] is the plain English of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    pub rule: RouteRule,
    /// The row that decided; `None` for a fallback without a row.
    pub route: Option<Uuid>,
    pub field: Option<String>,
    pub ward: Option<String>,
    pub zone: Option<String>,
    pub business: Option<BusinessKind>,
    /// Date on which the row is in force.
    pub on: Date,
    pub source: String,
    /// Co-agencies left out because they do not exist on that date.
    pub dropped: Vec<Uuid>,
}

impl fmt::Display for Why {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rule {
            RouteRule::Zone => write!(out, "the address is in zone {}", or_dash(&self.zone))?,
            RouteRule::Field => write!(out, "field {}", or_dash(&self.field))?,
            RouteRule::Ward => {
                write!(out, "field {} in ward {}", or_dash(&self.field), or_dash(&self.ward))?;
            }
            RouteRule::Fallback => {
                write!(out, "no route covers field {}", or_dash(&self.field))?;
            }
        }
        if let Some(business) = self.business {
            write!(out, ", business is {business}")?;
        }
        write!(out, ", in force on {}", self.on)?;
        if !self.source.is_empty() {
            write!(out, " ({})", self.source)?;
        }
        Ok(())
    }
}

fn or_dash(text: &Option<String>) -> &str {
    text.as_deref().unwrap_or("-")
}

/// A proposed lead with its co-agencies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    pub lead: Uuid,
    pub co: Vec<Uuid>,
    pub why: Why,
    /// The row lets the case be routed without a person.
    pub automatic: bool,
}

/// The routing table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteTable {
    pub routes: Vec<Route>,
    /// Who takes what no route covers (Văn phòng UBND).
    pub fallback: Option<Uuid>,
}

/// Chooses lead and co-agencies for a field and place on a local date.
///
/// A zone row beats any other (the row of the same field first); then the row of the field,
/// where one for the ward or the kind of business is more specific; a row whose lead does not
/// exist on that date is passed over. `None` only when there is no fallback either.
pub fn choose(table: &RouteTable, agencies: &AgencyTree, field: Option<&str>, place: Place<'_>, on: Date) -> Option<Proposal> {
    let best =
        table.routes.iter().filter(|route| applies(route, field, place, on) && agencies.is_competent(route.lead, on)).max_by_key(|route| {
            (route.zone.is_some(), route.field.is_some(), route.ward.is_some(), route.business.is_some(), route.valid_from)
        });
    let why = |rule, route: Option<&Route>, dropped| Why {
        rule,
        route: route.map(|route| route.id),
        field: field.map(str::to_owned),
        ward: place.ward.map(str::to_owned),
        zone: place.zone.map(str::to_owned),
        business: route.and_then(|route| route.business),
        on,
        source: route.map(|route| route.source.clone()).unwrap_or_default(),
        dropped,
    };
    let Some(route) = best else {
        let lead = table.fallback.filter(|lead| agencies.is_competent(*lead, on))?;
        let why = why(RouteRule::Fallback, None, Vec::new());
        return Some(Proposal { lead, co: Vec::new(), why, automatic: false });
    };
    let rule = if route.zone.is_some() {
        RouteRule::Zone
    } else if route.ward.is_some() {
        RouteRule::Ward
    } else if route.field.is_some() {
        RouteRule::Field
    } else {
        RouteRule::Fallback
    };
    let (co, dropped) = route.co.iter().copied().filter(|co| *co != route.lead).partition(|co| agencies.is_competent(*co, on));
    Some(Proposal { lead: route.lead, co, why: why(rule, Some(route), dropped), automatic: route.automatic })
}

fn applies(route: &Route, field: Option<&str>, place: Place<'_>, on: Date) -> bool {
    let holds = |condition: &Option<String>, fact: Option<&str>| condition.as_deref().is_none_or(|wanted| fact == Some(wanted));
    route.valid_from <= on
        && route.valid_to.is_none_or(|last| on <= last)
        && holds(&route.field, field)
        && holds(&route.ward, place.ward)
        && holds(&route.zone, place.zone)
        && route.business.is_none_or(|kind| place.business == Some(kind))
}
