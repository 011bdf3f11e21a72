//! The handset's short messages.

use super::people::Player;
use super::{Phone, page::Page};
use crate::handset::Text;
use crate::talk::Bubble;

impl Phone {
    /// The city's short code: the first one that an account at the SMSC, or else at the gateway, takes messages to.
    fn short_code(&self) -> Option<String> {
        let at_smsc = self.smsc.routes().into_iter().find_map(|route| route.short_codes.into_iter().next());
        at_smsc.or_else(|| self.esms.short_codes().into_iter().next())
    }

    pub(super) fn show_texts(&self, page: &mut Page, player: &Player) {
        page.account = self.short_code();
        let Some(code) = &page.account else { return };
        page.heard = self.smsc.is_heard(code) || self.esms.short_codes().contains(code);
        let texts = self.world.handsets.texts(&player.phone);
        page.rows = super::page::rows(texts.into_iter().map(|text| bubble(text, code)).collect());
    }

    pub(super) fn write_text(&self, player: &Player, text: &str) -> Result<(), &'static str> {
        let code = self.short_code().ok_or("missing")?;
        let by_smsc = self.smsc.write(&player.phone, &code, text).map(drop);
        by_smsc.or_else(|_| self.esms.write(&player.phone, &code, text).map(drop)).map_err(|_| "missing")
    }
}

fn bubble(text: Text, code: &str) -> Bubble {
    let cost = match (text.segments, text.cost) {
        (0, _) => String::new(),
        (segments, cost) => format!("{segments} đoạn, {} đồng", thousands(cost)),
    };
    // A sender that is not the short code, such as a brandname, cannot be answered: its name is told.
    let note = if text.mine || text.with == code { cost } else { format!("{}: {cost}", text.with) };
    Bubble { mine: text.mine, at: text.at, text: text.text, note, ..Bubble::default() }
}

/// `12.840`
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_with_points() {
        assert_eq!([0, 850, 12_840, 1_000_000].map(thousands), ["0", "850", "12.840", "1.000.000"]);
    }
}
