//! Buttons of the account, as a person presses them.

use super::Zalo;
use super::act::Act;
use crate::refusal::Refusal;
use crate::talk::Does;

impl Zalo {
    /// A person presses the `index`-th button of a message. For a shared contact `name` and `phone` are handed over.
    ///
    /// # Errors
    /// No such account, person, message or button.
    pub fn tap(&self, account: &str, person: &str, message: &str, index: usize, name: &str, phone: &str) -> Result<(), Refusal> {
        let does = {
            let mut state = self.0.state();
            let person = state.person(account, person).ok_or_else(|| Refusal::new(format!("nobody {person}")))?;
            let message = person.messages.iter().find(|known| known.id == message);
            let choice = message.and_then(|message| message.choices.get(index));
            choice.map(|choice| choice.does.clone()).ok_or_else(|| Refusal::new("no such button"))?
        };
        match does {
            Does::Query { payload, shown } => {
                self.0.query(&mut self.0.state(), account, person, payload, shown);
            }
            Does::ShareContact => {
                let act = Act::ShareContact { name: name.to_owned(), phone: phone.to_owned(), address: String::new() };
                self.act(account, person, act)?;
            }
            // These open something on the phone; nothing goes over the wire.
            Does::Open { .. } | Does::Dial { .. } | Does::QuickReply { .. } | Does::Postback { .. } => {}
        }
        Ok(())
    }
}
