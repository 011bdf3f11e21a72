//! Agencies form a tree, dated: bodies are founded, merged and renamed.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One body during one stretch of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agency {
    pub id: Uuid,
    /// The body above it.
    #[serde(default)]
    pub parent: Option<Uuid>,
    /// Stable code used in files and addresses, for example `thue-tp`.
    pub code: String,
    /// Full Vietnamese name.
    pub name: String,
    /// Name for tables.
    pub short_name: String,
    pub valid_from: Date,
    /// Last day on which it is competent.
    #[serde(default)]
    pub valid_to: Option<Date>,
    /// Whether it has a reception of its own; else new cases of its accounts enter the city's.
    #[serde(default)]
    pub has_reception: bool,
}

impl Agency {
    /// Whether the body exists on a local date.
    pub fn in_force(&self, on: Date) -> bool {
        self.valid_from <= on && self.valid_to.is_none_or(|last| on <= last)
    }
}

/// All agencies by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgencyTree {
    by_id: BTreeMap<Uuid, Agency>,
}

impl AgencyTree {
    pub fn new(agencies: impl IntoIterator<Item = Agency>) -> Self {
        Self { by_id: agencies.into_iter().map(|agency| (agency.id, agency)).collect() }
    }

    pub fn get(&self, id: Uuid) -> Option<&Agency> {
        self.by_id.get(&id)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Agency> {
        self.by_id.values()
    }

    /// The bodies above, nearest first. A loop in the data ends the walk.
    pub fn ancestors(&self, id: Uuid) -> Vec<&Agency> {
        let mut seen = vec![id];
        let mut found = Vec::new();
        let mut next = self.get(id).and_then(|agency| agency.parent);
        while let Some(agency) = next.and_then(|id| self.get(id)) {
            if seen.contains(&agency.id) {
                break;
            }
            seen.push(agency.id);
            found.push(agency);
            next = agency.parent;
        }
        found
    }

    /// The body itself and everything under it.
    pub fn with_descendants(&self, id: Uuid) -> Vec<Uuid> {
        self.by_id
            .values()
            .filter(|agency| agency.id == id || self.ancestors(agency.id).iter().any(|above| above.id == id))
            .map(|agency| agency.id)
            .collect()
    }

    /// Whether `agency` is `of` or stands under it.
    pub fn is_within(&self, agency: Uuid, of: Uuid) -> bool {
        agency == of || self.ancestors(agency).iter().any(|above| above.id == of)
    }

    /// Whether an agency may lead a case on a local date: it is known and exists then.
    pub fn is_competent(&self, id: Uuid, on: Date) -> bool {
        self.get(id).is_some_and(|agency| agency.in_force(on))
    }
}
