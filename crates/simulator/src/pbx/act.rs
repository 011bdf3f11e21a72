//! What people and officers do with telephones.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::call::{Call, Cause, Stage};
use super::events::Event;
use super::hotline::Hotline;
use super::recording::{KEPT, Recording};
use super::{Inner, Pbx, State};
use crate::clock::later;
use crate::fault::Rule;
use crate::handset::international;
use crate::refusal::Refusal;

/// Calls kept; the oldest are forgotten.
const MOST_CALLS: usize = 20_000;

impl Pbx {
    /// Adds a hotline, or changes a known one; its calls stay.
    pub fn set_hotline(&self, hotline: Hotline) {
        self.0.state().hotlines.insert(hotline.number.clone(), hotline);
        self.0.world.journal.touch();
    }

    /// The hotlines.
    pub fn hotlines(&self) -> Vec<Hotline> {
        self.0.state().hotlines.values().cloned().collect()
    }

    /// Adds a fault. [`crate::CallKind::Webhook`] are call events, `Send` orders, `Read` the fetching of recordings.
    ///
    /// # Errors
    /// The fault cannot happen on such calls.
    pub fn add_fault(&self, rule: Rule) -> Result<(), Refusal> {
        Ok(self.0.state().faults.add(rule)?)
    }

    /// Everything works again.
    pub fn clear_faults(&self) {
        self.0.state().faults.clear();
    }

    /// The calls, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        let mut calls: Vec<_> = self.0.state().calls.values().cloned().collect();
        calls.sort_by(|a, b| (a.begun, &a.id).cmp(&(b.begun, &b.id)));
        calls
    }

    /// One call.
    pub fn call(&self, id: &str) -> Option<Call> {
        self.0.state().calls.get(id).cloned()
    }

    /// A person (`84…`, or `anonymous`) dials the hotline and it rings; the call's id.
    ///
    /// # Errors
    /// No such hotline.
    pub fn dial(&self, hotline: &str, person: &str) -> Result<String, Refusal> {
        self.dial_in(hotline, person, false)
    }

    /// The same, with the person's number hidden: the city hears `anonymous`.
    ///
    /// # Errors
    /// No such hotline.
    pub fn dial_hidden(&self, hotline: &str, person: &str) -> Result<String, Refusal> {
        self.dial_in(hotline, person, true)
    }

    fn dial_in(&self, hotline: &str, person: &str, hidden: bool) -> Result<String, Refusal> {
        let mut state = self.0.state();
        let extensions = state.extensions(hotline)?;
        let id = self.0.begin(&mut state, hotline, person, None);
        if let Some(call) = state.calls.get_mut(&id) {
            call.hidden = hidden;
        }
        self.0.tell(&mut state, &id, &Event::New);
        self.0.tell(&mut state, &id, &Event::Ringing(None));
        if let Some(first) = extensions.first() {
            self.0.tell(&mut state, &id, &Event::Ringing(Some(first.clone())));
        }
        Ok(id)
    }

    /// An officer's telephone calls a person; the call's id. It rings at the person until [`Self::answer`].
    ///
    /// # Errors
    /// No such hotline.
    pub fn dial_out(&self, hotline: &str, extension: &str, person: &str) -> Result<String, Refusal> {
        let mut state = self.0.state();
        state.extensions(hotline)?;
        let id = self.0.begin(&mut state, hotline, person, Some(extension.to_owned()));
        self.0.tell(&mut state, &id, &Event::New);
        self.0.tell(&mut state, &id, &Event::Ringing(Some(extension.to_owned())));
        Ok(id)
    }

    /// The other side picks up: this officer's telephone (the first one when empty), or the person of an outgoing call.
    ///
    /// # Errors
    /// No such call, or it does not ring.
    pub fn answer(&self, id: &str, extension: &str) -> Result<(), Refusal> {
        let mut state = self.0.state();
        let now = self.0.world.now();
        let first = state.first_extension(id);
        let call = state.call_at(id, Stage::Ringing)?;
        call.stage = Stage::Talking;
        call.answered = Some(now);
        if !call.outgoing {
            call.extension = Some(if extension.is_empty() { first } else { extension.to_owned() });
        }
        self.0.tell(&mut state, id, &Event::Answered);
        Ok(())
    }

    /// The call is passed on to another telephone, which picks up.
    ///
    /// # Errors
    /// No such call, or nobody speaks in it.
    pub fn transfer(&self, id: &str, extension: &str) -> Result<(), Refusal> {
        let mut state = self.0.state();
        let call = state.call_at(id, Stage::Talking)?;
        let before = call.extension.replace(extension.to_owned()).unwrap_or_default();
        call.transfers += 1;
        self.0.tell(&mut state, id, &Event::AgentEnded(before));
        self.0.tell(&mut state, id, &Event::Answered);
        Ok(())
    }

    /// Somebody hangs up. A call that only rang was missed: the caller gave up.
    ///
    /// # Errors
    /// No such call, or it is over.
    pub fn hang_up(&self, id: &str) -> Result<(), Refusal> {
        let talked = self.call(id).is_some_and(|call| call.stage == Stage::Talking);
        self.end(id, if talked { Cause::Normal } else { Cause::Cancel })
    }

    /// The call ends for this reason; a recording follows if somebody spoke.
    ///
    /// # Errors
    /// No such call, or it is over.
    pub fn end(&self, id: &str, cause: Cause) -> Result<(), Refusal> {
        let mut state = self.0.state();
        let now = self.0.world.now();
        state.end(id, cause, now)?;
        let answered = state.calls.get(id).is_some_and(|call| call.answered.is_some());
        let recorded = state.hotline_of(id).is_some_and(|hotline| hotline.records);
        if answered && recorded {
            self.0.record(&mut state, id);
        }
        self.0.tell(&mut state, id, &Event::Ended);
        self.0.tell(&mut state, id, &Event::Record);
        Ok(())
    }

    /// Nobody picks up, and the caller leaves a message of so many seconds.
    ///
    /// # Errors
    /// No such call, or it does not ring.
    pub fn leave_message(&self, id: &str, seconds: u32) -> Result<(), Refusal> {
        let mut state = self.0.state();
        let now = later(self.0.world.now(), SignedDuration::from_secs(i64::from(seconds)));
        state.call_at(id, Stage::Ringing)?.voicemail = true;
        state.end(id, Cause::NoAnswer, now)?;
        self.0.record_seconds(&mut state, id, seconds);
        self.0.tell(&mut state, id, &Event::Ended);
        self.0.tell(&mut state, id, &Event::Record);
        Ok(())
    }

    /// So many people call at the same time, from `84908000000` on; nobody answers yet.
    ///
    /// # Errors
    /// No such hotline.
    pub fn storm(&self, hotline: &str, count: u32) -> Result<Vec<String>, Refusal> {
        (0..count).map(|number| self.dial(hotline, &format!("84908{number:06}"))).collect()
    }
}

impl Inner {
    fn begin(&self, state: &mut State, hotline: &str, person: &str, extension: Option<String>) -> String {
        state.next_call += 1;
        let now = self.world.now();
        // The date, a running number, and letters, as exchanges write them; the order of ids is that of the calls.
        let id = format!("{}-{:06}-{}", now.as_second(), state.next_call, self.random.hex(6));
        let call = Call {
            id: id.clone(),
            hotline: hotline.to_owned(),
            outgoing: extension.is_some(),
            person: international(person),
            hidden: false,
            extension,
            stage: Stage::Ringing,
            begun: now,
            answered: None,
            ended: None,
            cause: None,
            recording: None,
            voicemail: false,
            transfers: 0,
        };
        state.calls.insert(id.clone(), call);
        if state.calls.len() > MOST_CALLS {
            state.calls.pop_first();
        }
        id
    }

    fn record(self: &Arc<Self>, state: &mut State, id: &str) {
        let seconds = state.calls.get(id).map_or(0, Call::talk);
        self.record_seconds(state, id, u32::try_from(seconds).unwrap_or(u32::MAX));
    }

    fn record_seconds(&self, state: &mut State, id: &str, seconds: u32) {
        let after = state.hotline_of(id).map_or(0, |hotline| hotline.recording_after_seconds);
        let Some(call) = state.calls.get_mut(id) else { return };
        // Not guessable: whoever has the address has the sound. The oldest comes first.
        let name = format!("{:08}{}.wav", state.next_call, self.random.letters(22));
        let ready = later(call.ended.unwrap_or(call.begun), SignedDuration::from_secs(i64::from(after)));
        call.recording = Some(name.clone());
        state.recordings.insert(name, Recording { ready, seconds });
        if state.recordings.len() > KEPT {
            state.recordings.pop_first();
        }
    }
}

impl State {
    fn extensions(&self, hotline: &str) -> Result<Vec<String>, Refusal> {
        let hotline = self.hotlines.get(hotline).ok_or_else(|| Refusal::new(format!("no hotline {hotline}")))?;
        Ok(hotline.extensions.iter().map(|extension| extension.number.clone()).collect())
    }

    fn hotline_of(&self, id: &str) -> Option<&Hotline> {
        self.hotlines.get(&self.calls.get(id)?.hotline)
    }

    fn first_extension(&self, id: &str) -> String {
        self.hotline_of(id).map(|hotline| hotline.first_extension().to_owned()).unwrap_or_default()
    }

    fn call_at(&mut self, id: &str, stage: Stage) -> Result<&mut Call, Refusal> {
        let call = self.calls.get_mut(id).ok_or_else(|| Refusal::new(format!("no call {id}")))?;
        if call.stage == stage { Ok(call) } else { Err(Refusal::new(format!("the call is {:?}, not {stage:?}", call.stage))) }
    }

    fn end(&mut self, id: &str, cause: Cause, at: Timestamp) -> Result<(), Refusal> {
        let call = self.calls.get_mut(id).ok_or_else(|| Refusal::new(format!("no call {id}")))?;
        if call.stage == Stage::Ended {
            return Err(Refusal::new("the call is over"));
        }
        call.stage = Stage::Ended;
        call.ended = Some(at);
        call.cause = Some(cause);
        Ok(())
    }

    /// Our side refused a new call; nothing more is told of it.
    pub(super) fn reject(&mut self, id: &str, at: Timestamp) {
        // A call that is over, or gone, needs no refusal.
        self.end(id, Cause::Rejected, at).ok();
    }
}
