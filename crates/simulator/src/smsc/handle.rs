//! The handle's settings and readings.

use std::net::SocketAddr;

use serde_json::json;

use super::route::{Counters, Fate, Route, RouteState};
use super::state::{Deliver, State, Submit};
use super::{Inner, Smsc};
use crate::fault::{Faults, Rule};
use crate::ledger::{Repeat, Sent};
use crate::refusal::Refusal;

impl Smsc {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// Adds an account, or changes how a known one behaves; its links, faults and counters stay.
    ///
    /// # Errors
    /// The names do not fit the protocol.
    pub fn set_route(&self, route: Route) -> Result<(), Refusal> {
        route.check()?;
        let mut state = self.0.state();
        if let Some(known) = state.routes.get_mut(&route.system_id) {
            known.route = route;
            return Ok(());
        }
        let new = RouteState {
            faults: Faults::new(self.0.world.options.seed, &format!("smsc {}", route.system_id)),
            counters: Counters::default(),
            // Ten digits in one form, eight in the other.
            next_id: 0x4000_0000 + u32::try_from(self.0.random.next() % 0x4000_0000).unwrap_or(0),
            silent: false,
            ready: std::collections::BTreeSet::new(),
            route,
        };
        state.routes.insert(new.route.system_id.clone(), new);
        Ok(())
    }

    /// The accounts.
    pub fn routes(&self) -> Vec<Route> {
        self.0.state().routes.values().map(|known| known.route.clone()).collect()
    }

    /// Whether somebody is bound who gets messages to this short code.
    pub(crate) fn is_heard(&self, short_code: &str) -> bool {
        let state = self.0.state();
        let of_code = state.routes.values().filter(|known| known.route.short_codes.iter().any(|code| code == short_code));
        of_code.into_iter().any(|known| state.links.values().any(|link| link.is_of(&known.route.system_id) && link.receives()))
    }

    /// What an account has counted; nothing for an unknown one.
    pub fn counters(&self, system_id: &str) -> Counters {
        self.0.state().routes.get(system_id).map(|known| known.counters).unwrap_or_default()
    }

    /// Adds a fault to an account. [`crate::CallKind::Send`] is submit_sm, `Token` the binds, `Read` enquire_link, `Webhook`
    /// deliver_sm; [`crate::Fault::LostReply`] takes the message and never answers it, while the link lives on.
    ///
    /// # Errors
    /// No such account, or the fault cannot happen on such calls.
    pub fn add_fault(&self, system_id: &str, rule: Rule) -> Result<(), Refusal> {
        self.0.with_route(system_id, |known| known.faults.add(rule))??;
        Ok(())
    }

    /// Everything works again on an account.
    pub fn clear_faults(&self, system_id: &str) {
        // An unknown account has no faults.
        self.0.with_route(system_id, |known| known.faults.clear()).ok();
    }

    /// At most so many submit_sm in one second of the clock; more are answered with 0x58. `None`: no limit.
    ///
    /// # Errors
    /// No such account.
    pub fn cap_submits(&self, system_id: &str, per_second: Option<u32>) -> Result<(), Refusal> {
        self.0.with_route(system_id, |known| known.faults.cap(per_second))
    }

    /// Resets every link of an account, whatever is under way; how many there were.
    pub fn drop_links(&self, system_id: &str) -> usize {
        let state = self.0.state();
        let links: Vec<_> = state.links.values().filter(|link| link.is_of(system_id)).collect();
        links.iter().for_each(|link| link.cut.notify_one());
        links.len()
    }

    /// Nothing is read, answered or sent on the links of an account while it is silent.
    ///
    /// # Errors
    /// No such account.
    pub fn set_silent(&self, system_id: &str, silent: bool) -> Result<(), Refusal> {
        self.0.with_route(system_id, |known| known.silent = silent)?;
        self.0.send_off_all();
        Ok(())
    }

    /// What becomes of messages to this number (`84…`) from now on.
    pub fn set_fate(&self, number: &str, fate: Fate) {
        self.0.state().fates.insert(number.to_owned(), fate);
    }

    /// The last messages on handsets, oldest first, long ones joined; to one person (`84…`) when `to` is given.
    pub fn sent(&self, to: Option<&str>) -> Vec<Sent> {
        self.0.state().ledger.last(to)
    }

    /// How many messages, long ones joined, this person got.
    pub fn sent_to(&self, to: &str) -> u64 {
        self.0.state().ledger.count(to)
    }

    /// Whatever anybody got more than once from the same sender, by any account.
    pub fn repeats(&self) -> Vec<Repeat> {
        self.0.state().ledger.repeats()
    }

    /// The last submit_sm that were taken, oldest first; to one person when `to` is given.
    pub fn submits(&self, to: Option<&str>) -> Vec<Submit> {
        self.0.state().submits.iter().filter(|submit| to.is_none_or(|to| submit.to == to)).cloned().collect()
    }

    /// deliver_sm with their attempts: all that wait, and the last that are finished.
    pub fn delivers(&self) -> Vec<Deliver> {
        let state = self.0.state();
        let waiting = state.waiting.values().map(|waiting| &waiting.deliver);
        let mut all: Vec<_> = state.finished.iter().chain(waiting).cloned().collect();
        all.sort_by_key(|deliver| deliver.number);
        all
    }
}

impl Inner {
    pub(super) fn with_route<T>(&self, system_id: &str, change: impl FnOnce(&mut RouteState) -> T) -> Result<T, Refusal> {
        let mut state = self.state();
        let route = state.routes.get_mut(system_id).ok_or_else(|| Refusal::new(format!("no account {system_id}")))?;
        Ok(change(route))
    }

    /// A message whose parts are all there: on the handset, and in the ledger.
    pub(super) fn note_whole(&self, state: &mut State, parts: &[Submit], price: u32) {
        let Some(first) = parts.first() else { return };
        let text: String = parts.iter().map(|part| part.text.as_str()).collect();
        let ids: Vec<_> = parts.iter().map(|part| part.message_id.as_str()).collect();
        // A message_payload is cut on the way.
        let segments = parts.len().max(if first.part.is_none() { crate::text::segments(&text) } else { 1 });
        let message = json!({
            "route": first.route, "parts": parts.len(), "segments": segments, "data_coding": first.data_coding,
            "receipt_wanted": parts.iter().any(|part| part.receipt_wanted), "message_ids": ids,
        });
        state.ledger.note(Sent {
            number: 0,
            at: first.at,
            account: first.from.clone(),
            to: first.to.clone(),
            kind: "sms".into(),
            text: text.clone(),
            message_id: ids.join(","),
            answered: parts.iter().all(|part| part.answered),
            message,
        });
        self.world.handsets.hear(&first.to, &first.from, &text, segments, price, first.at);
    }
}
