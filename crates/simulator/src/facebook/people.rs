//! What people do: the one door for tests, the control and the phone page.

use std::sync::Arc;

use jiff::Timestamp;

use super::act::Act;
use super::state::{Person, State};
use super::{Facebook, Inner};
use crate::refusal::Refusal;

impl Facebook {
    /// A new person who knows the page; the page-scoped id.
    ///
    /// # Errors
    /// No such page.
    pub fn add_person(&self, page: &str, name: &str) -> Result<String, Refusal> {
        let mut state = self.0.state();
        if !state.pages.contains_key(page) {
            return Err(Refusal::new(format!("no page {page}")));
        }
        let psid = format!("7{}", self.0.random.digits(15));
        let person = Person {
            psid: psid.clone(),
            page: page.to_owned(),
            name: name.to_owned(),
            blocked: false,
            last_action: None,
            messages: std::collections::VecDeque::new(),
            updated: Timestamp::UNIX_EPOCH,
        };
        state.people.insert(psid.clone(), person);
        Ok(psid)
    }

    /// Many people at once, each of whom has just written, so that the page may write to them; no webhook is posted.
    ///
    /// # Errors
    /// No such page.
    pub fn add_crowd(&self, page: &str, count: usize) -> Result<Vec<String>, Refusal> {
        let now = self.0.world.now();
        let crowd = (1..=count).map(|n| self.add_person(page, &format!("Người thử {n}"))).collect::<Result<Vec<_>, _>>()?;
        let mut state = self.0.state();
        for psid in &crowd {
            if let Some(person) = state.people.get_mut(psid) {
                person.last_action = Some(now);
            }
        }
        Ok(crowd)
    }

    /// A person does something; the id of what came of it (a message, comment or post), empty when it has none.
    ///
    /// # Errors
    /// No such page, person, message, comment or post.
    pub fn act(&self, page: &str, psid: &str, act: Act) -> Result<String, Refusal> {
        let mut state = self.0.state();
        if state.person(page, psid).is_none() {
            return Err(Refusal::new(format!("nobody {psid} at page {page}")));
        }
        let id = self.0.act(&mut state, page, psid, act)?;
        drop(state);
        self.0.world.journal.touch();
        Ok(id)
    }

    /// A person writes a text.
    ///
    /// # Errors
    /// No such page or person.
    pub fn write(&self, page: &str, psid: &str, text: &str) -> Result<String, Refusal> {
        self.act(page, psid, Act::Text { text: text.to_owned(), reply_to: None })
    }

    /// A person comments under a post.
    ///
    /// # Errors
    /// No such page, person or post.
    pub fn comment(&self, page: &str, psid: &str, post: &str, text: &str) -> Result<String, Refusal> {
        self.act(page, psid, Act::Comment { post: post.to_owned(), parent: None, text: text.to_owned(), photo: None })
    }
}

impl Inner {
    fn act(self: &Arc<Self>, state: &mut State, page: &str, psid: &str, act: Act) -> Result<String, Refusal> {
        match act {
            Act::Comment { .. }
            | Act::EditComment { .. }
            | Act::RemoveComment { .. }
            | Act::ReactToComment { .. }
            | Act::Post { .. }
            | Act::Mention { .. } => self.act_in_public(state, page, psid, act),
            _ => self.act_in_private(state, page, psid, act),
        }
    }
}
