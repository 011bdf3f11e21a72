//! Faults on demand: what goes wrong, on which calls, how often.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::random::Random;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Too many calls, in the vendor's own words (Facebook: HTTP 429 and code 613; Zalo: -32 inside 200).
    TooMany,
    /// HTTP 500; nothing was done.
    ServerError,
    /// No answer for as long as [`crate::Options::hang`] says, then the connection breaks; nothing was done.
    Hang,
    /// The connection is reset before the call is read; nothing was done.
    Reset,
    /// The call is carried out, then the connection is reset instead of an answer. On [`CallKind::Token`]: the new pair is made,
    /// the old one is dead, and nobody learns the new one.
    LostReply,
    /// This number is the answer: an HTTP status, at the SMSC a command status. Nothing was done.
    Status(u16),
    /// The access token used in this call is dead from now on.
    TokenExpired,
    /// The webhook is sent twice.
    Duplicate,
    /// The webhook is held back until the account's next one has overtaken it, at most a second by the clock.
    OutOfOrder,
}

/// The kinds of calls that faults are aimed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    /// A message, private reply or comment of the account.
    Send,
    /// A picture or file handed over.
    Upload,
    /// An authorisation code or refresh token turned into tokens.
    Token,
    /// Everything else.
    Read,
    /// What the vendor posts to our side.
    Webhook,
}

/// One instruction: on calls of this kind, after letting `skip` of them pass, do this at this rate, so many times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Which calls.
    #[serde(default = "Rule::sends")]
    pub call: CallKind,
    /// What goes wrong.
    pub fault: Fault,
    /// So many calls pass first.
    #[serde(default)]
    pub skip: u32,
    /// The share of calls struck, 0 to 1.
    #[serde(default = "Rule::always")]
    pub rate: f64,
    /// After so many strikes the rule is used up; `None`: never.
    #[serde(default)]
    pub times: Option<u32>,
}

impl Rule {
    /// The next call of this kind meets the fault.
    pub fn next(call: CallKind, fault: Fault) -> Self {
        Self { call, fault, skip: 0, rate: 1.0, times: Some(1) }
    }

    /// Calls of this kind meet the fault at this rate until further notice.
    pub fn at_rate(call: CallKind, fault: Fault, rate: f64) -> Self {
        Self { call, fault, skip: 0, rate, times: None }
    }

    /// The same, for the next `times` calls.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }

    /// The same, after `skip` calls have passed.
    #[must_use]
    pub fn after(self, skip: u32) -> Self {
        Self { skip, ..self }
    }

    fn sends() -> CallKind {
        CallKind::Send
    }

    fn always() -> f64 {
        1.0
    }

    /// # Errors
    /// What is wrong, when the fault cannot happen on such calls or the rate is no share.
    pub fn check(&self) -> Result<(), String> {
        let of_webhooks = matches!(self.fault, Fault::Duplicate | Fault::OutOfOrder);
        if of_webhooks != (self.call == CallKind::Webhook) {
            return Err(format!("{:?} cannot happen on {:?}", self.fault, self.call));
        }
        if !(0.0..=1.0).contains(&self.rate) {
            return Err(format!("a rate is between 0 and 1, not {}", self.rate));
        }
        Ok(())
    }
}

/// The rules in force. Each call asks them in order; the first that strikes decides.
#[derive(Debug)]
pub(crate) struct Faults {
    rules: Vec<Rule>,
    per_second: Option<u32>,
    second: i64,
    in_second: u32,
    random: Random,
}

/// More rules than anyone needs; a caller cannot make the list grow without end.
const MOST_RULES: usize = 200;

impl Faults {
    pub fn new(seed: u64, vendor: &str) -> Self {
        Self { rules: Vec::new(), per_second: None, second: 0, in_second: 0, random: Random::new(seed, &format!("{vendor} faults")) }
    }

    pub fn add(&mut self, rule: Rule) -> Result<(), String> {
        rule.check()?;
        if self.rules.len() >= MOST_RULES {
            return Err(format!("at most {MOST_RULES} rules"));
        }
        self.rules.push(rule);
        Ok(())
    }

    /// At most so many sends in one second of the clock; `None` takes the cap away.
    pub fn cap(&mut self, per_second: Option<u32>) {
        self.per_second = per_second;
    }

    pub fn clear(&mut self) {
        self.rules.clear();
        self.per_second = None;
    }

    pub fn rules(&self) -> (&[Rule], Option<u32>) {
        (&self.rules, self.per_second)
    }

    /// What befalls a call of this kind, if anything.
    pub fn strike(&mut self, call: CallKind, now: Timestamp) -> Option<Fault> {
        if call == CallKind::Send && self.over_cap(now) {
            return Some(Fault::TooMany);
        }
        let random = &self.random;
        let struck = self.rules.iter_mut().find_map(|rule| {
            if rule.call != call {
                return None;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
                return None;
            }
            if rule.rate < 1.0 && !random.chance(rule.rate) {
                return None;
            }
            rule.times = rule.times.map(|times| times.saturating_sub(1));
            Some(rule.fault)
        });
        self.rules.retain(|rule| rule.times != Some(0));
        struck
    }

    fn over_cap(&mut self, now: Timestamp) -> bool {
        let Some(cap) = self.per_second else { return false };
        if self.second != now.as_second() {
            self.second = now.as_second();
            self.in_second = 0;
        }
        self.in_second = self.in_second.saturating_add(1);
        self.in_second > cap
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strikes(seed: u64, count: usize) -> Vec<Option<Fault>> {
        let mut faults = Faults::new(seed, "zalo");
        faults.add(Rule::at_rate(CallKind::Send, Fault::TooMany, 0.05)).unwrap();
        faults.add(Rule::at_rate(CallKind::Send, Fault::LostReply, 0.01)).unwrap();
        (0..count).map(|_| faults.strike(CallKind::Send, Timestamp::UNIX_EPOCH)).collect()
    }

    #[test]
    fn the_same_seed_strikes_the_same_calls() {
        assert_eq!(strikes(7, 2_000), strikes(7, 2_000));
        assert_ne!(strikes(7, 2_000), strikes(8, 2_000));
    }

    #[test]
    fn rates_are_kept() {
        let struck = strikes(7, 20_000);
        let count = |fault| struck.iter().filter(|strike| **strike == Some(fault)).count();
        assert!((800..1_200).contains(&count(Fault::TooMany)), "5 % of 20,000: {}", count(Fault::TooMany));
        assert!((120..280).contains(&count(Fault::LostReply)), "1 % of 20,000: {}", count(Fault::LostReply));
    }

    #[test]
    fn a_rule_waits_strikes_and_is_used_up() {
        let mut faults = Faults::new(1, "zalo");
        faults.add(Rule::next(CallKind::Send, Fault::TokenExpired).after(2).times(2)).unwrap();
        let mut strike = |call| faults.strike(call, Timestamp::UNIX_EPOCH);
        assert_eq!(strike(CallKind::Read), None, "other calls are left alone");
        let seen: Vec<_> = (0..6).map(|_| strike(CallKind::Send)).collect();
        let expired = Some(Fault::TokenExpired);
        assert_eq!(seen, [None, None, expired, expired, None, None]);
    }

    #[test]
    fn the_cap_counts_by_the_clock() {
        let mut faults = Faults::new(1, "zalo");
        faults.cap(Some(2));
        let second = |at| Timestamp::from_second(at).unwrap();
        let seen: Vec<_> = [5, 5, 5, 6].map(|at| faults.strike(CallKind::Send, second(at))).into();
        assert_eq!(seen, [None, None, Some(Fault::TooMany), None]);
    }

    #[test]
    fn what_cannot_happen_is_refused() {
        let mut faults = Faults::new(1, "zalo");
        assert!(faults.add(Rule::next(CallKind::Send, Fault::Duplicate)).is_err());
        assert!(faults.add(Rule::next(CallKind::Webhook, Fault::Hang)).is_err());
        assert!(faults.add(Rule::at_rate(CallKind::Send, Fault::Hang, f64::NAN)).is_err());
    }
}
