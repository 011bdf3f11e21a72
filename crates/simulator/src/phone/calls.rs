//! The dial pad, the call that goes on, and the desk of the pretend officers. Nobody hears anything: the page shows how the call
//! stands.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Redirect;
use serde::Deserialize;

use super::actions::{Done, back};
use super::page::{Network, Page};
use super::people::Player;
use super::words::{clock, day_and_time};
use super::{Phone, words};
use crate::pbx::{Call, Cause, Extension, Stage};

/// Digits of a number that is dialled.
const MOST_DIGITS: usize = 15;
/// Calls in the list.
const LISTED: usize = 6;

/// What the phone shows of calls.
#[derive(Default)]
pub(super) struct Calls {
    /// What has been dialled so far.
    pub number: String,
    pub now: Option<Now>,
    pub past: Vec<Past>,
    pub extensions: Vec<Extension>,
}

/// The call that goes on.
pub(super) struct Now {
    pub id: String,
    pub hotline: String,
    /// The city calls.
    pub incoming: bool,
    pub talking: bool,
    /// The telephone at the other end, and who sits there.
    pub extension: Option<(String, String)>,
    /// When it began, or when it was answered.
    pub since: String,
}

/// A call that is over.
pub(super) struct Past {
    pub at: String,
    pub text: String,
    pub missed: bool,
}

impl Phone {
    pub(super) fn show_calls(&self, page: &mut Page, player: &Player, number: Option<&str>, digit: Option<&str>) {
        let Some(hotline) = self.pbx.hotlines().into_iter().next() else { return };
        page.account = Some(hotline.number.clone());
        page.heard = hotline.webhook.is_some();
        let calls: Vec<Call> = self.pbx.calls().into_iter().filter(|call| call.person == player.phone).collect();
        let going = calls.iter().rev().find(|call| call.stage != Stage::Ended);
        page.calls = Calls {
            number: dialled(number.unwrap_or(&hotline.number), digit.unwrap_or_default()),
            now: going.map(|call| now(call, &hotline.extensions)),
            past: calls.iter().rev().filter(|call| call.stage == Stage::Ended).take(LISTED).map(past).collect(),
            extensions: hotline.extensions,
        };
    }
}

/// The number with one more digit, or with one less for `x`.
fn dialled(number: &str, digit: &str) -> String {
    let is_key = |key: &char| key.is_ascii_digit() || matches!(key, '*' | '#' | '+');
    let mut number: String = number.chars().filter(is_key).take(MOST_DIGITS).collect();
    match digit.chars().next() {
        Some('x') => drop(number.pop()),
        Some(key) if is_key(&key) && number.len() < MOST_DIGITS => number.push(key),
        _ => {}
    }
    number
}

fn now(call: &Call, extensions: &[Extension]) -> Now {
    let user = |number: &String| extensions.iter().find(|known| known.number == *number).map_or("", |known| &known.user).to_owned();
    Now {
        id: call.id.clone(),
        hotline: call.hotline.clone(),
        incoming: call.outgoing,
        talking: call.stage == Stage::Talking,
        extension: call.extension.as_ref().map(|number| (number.clone(), user(number))),
        since: clock(call.answered.unwrap_or(call.begun)),
    }
}

fn past(call: &Call) -> Past {
    let who = if call.outgoing { format!("{} gọi đến", call.hotline) } else { format!("Gọi {}", call.hotline) };
    let how = match (call.answered, call.cause) {
        (Some(_), _) => format!("đã nói {}", words::duration(call.talk())),
        (None, _) if call.voicemail => "đã để lại lời nhắn".to_owned(),
        (None, Some(Cause::Rejected)) => "bị từ chối".to_owned(),
        (None, Some(Cause::Busy)) => "máy bận".to_owned(),
        (None, _) if call.outgoing => "gọi nhỡ".to_owned(),
        (None, _) => "không ai nghe".to_owned(),
    };
    Past { at: day_and_time(call.begun), text: format!("{who}, {how}"), missed: call.answered.is_none() && !call.voicemail }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Press {
    Dial,
    Answer,
    HangUp,
    Refuse,
    Transfer,
    Message,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(super) struct With {
    number: String,
    hidden: bool,
    call: String,
    extension: String,
}

/// A message that is left takes so many seconds.
const MESSAGE_SECONDS: u32 = 12;

pub(super) async fn press(State(phone): State<Phone>, Path((person, press)): Path<(String, Press)>, Form(with): Form<With>) -> Redirect {
    let done = phone.player(&person).and_then(|player| phone.press(&player, &press, &with));
    back(Network::Call, &person, done)
}

impl Phone {
    fn press(&self, player: &Player, press: &Press, with: &With) -> Done {
        if matches!(press, Press::Dial) {
            let going = self.pbx.calls().iter().any(|call| call.person == player.phone && call.stage != Stage::Ended);
            if going {
                return Err("busy");
            }
            let dialled =
                if with.hidden { self.pbx.dial_hidden(&with.number, &player.phone) } else { self.pbx.dial(&with.number, &player.phone) };
            return dialled.map(drop).map_err(|_| "number");
        }
        // Only one's own calls.
        let call = self.pbx.call(&with.call).filter(|call| call.person == player.phone).ok_or("over")?;
        let done = match press {
            Press::Dial | Press::HangUp => self.pbx.hang_up(&call.id),
            Press::Answer => self.pbx.answer(&call.id, &with.extension),
            Press::Refuse => self.pbx.end(&call.id, Cause::Rejected),
            Press::Transfer => self.pbx.transfer(&call.id, &with.extension),
            Press::Message => self.pbx.leave_message(&call.id, MESSAGE_SECONDS),
        };
        done.map_err(|_| "over")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_added_and_taken_away() {
        for (number, digit, expected) in
            [("102", "2", "1022"), ("1022", "x", "102"), ("", "x", ""), ("10<b>22", "", "1022"), ("1", "Q", "1"), ("", "*", "*")]
        {
            assert_eq!(dialled(number, digit), expected);
        }
        assert_eq!(dialled(&"9".repeat(40), "9").len(), MOST_DIGITS);
    }
}
