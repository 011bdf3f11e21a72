//! SMS: to which numbers the city writes, and which of several routes takes a message.

use std::time::Duration;

use crate::contact::Phone;

codes! {
    /// Why nothing is sent to a number.
    pub enum NoSms {
        /// Not a Vietnamese number: dear, and nobody there deals with the city by SMS.
        Foreign = "sms_foreign",
        /// 1800, 1900 and the short numbers of services: whoever writes there pays.
        Premium = "sms_premium",
        /// A fixed line, which shows no SMS.
        FixedLine = "sms_fixed_line",
        /// A sender's name, or nothing that can be called.
        NoNumber = "sms_no_number",
    }
}

/// The mobile number to write to, `84901234567`.
///
/// # Errors
/// Why nothing is sent there.
pub fn recipient(number: &str) -> Result<String, NoSms> {
    let digits: String = number.chars().filter(|c| !matches!(c, ' ' | '.' | '-' | '(' | ')')).collect();
    let bare = digits.strip_prefix('+').unwrap_or(&digits);
    if bare.is_empty() || !bare.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NoSms::NoNumber);
    }
    let plus = digits.starts_with('+');
    match Phone::parse(&digits) {
        Ok(phone) if phone.is_mobile() => Ok(phone.e164().trim_start_matches('+').to_owned()),
        Ok(_) => Err(NoSms::FixedLine),
        Err(_) if !plus && is_service(bare) => Err(NoSms::Premium),
        Err(_) if plus || bare.starts_with("00") || bare.len() >= 10 => Err(NoSms::Foreign),
        Err(_) => Err(NoSms::NoNumber),
    }
}

/// 1800 and 1900 with what follows, in the national or the international form, and numbers of three to six digits.
fn is_service(digits: &str) -> bool {
    let national = digits.strip_prefix("84").unwrap_or(digits);
    let rated = |digits: &str| (8..=10).contains(&digits.len()) && (digits.starts_with("1800") || digits.starts_with("1900"));
    (3..=6).contains(&digits.len()) || rated(digits) || rated(national)
}

/// How a route fares: what its weight is counted from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RouteHealth {
    /// What the administrator gave it; 0 takes it out.
    pub weight: u32,
    /// Its link stands, or it needs none.
    pub up: bool,
    /// Calls in a row that nobody answered.
    pub silent: u32,
    /// How long an answer takes, smoothed.
    pub answers_in: Duration,
    /// The part of its pace that it lets us keep, 0 to 1.
    pub pace: f64,
}

/// An answer that takes no longer costs a route nothing.
const QUICK: Duration = Duration::from_millis(500);
/// The part of its weight that a route keeps while it stands, so that it can show that it is well again.
const LEAST: f64 = 0.02;

impl RouteHealth {
    /// Its share of what is to be sent, before it is compared with the others'.
    pub fn share(&self) -> f64 {
        if !self.up || self.weight == 0 {
            return 0.0;
        }
        let whole = f64::from(self.weight);
        // Twice as slow, a quarter of the share.
        let slow = (QUICK.as_secs_f64() / self.answers_in.max(QUICK).as_secs_f64()).powi(2);
        let silent = 0.5_f64.powi(i32::try_from(self.silent.min(30)).unwrap_or(30));
        (whole * slow * silent * self.pace.clamp(0.0, 1.0)).max(whole * LEAST)
    }
}

/// The route that takes the next message: each in proportion to its share, by a dice of 0 to 1. None stands: `None`.
pub fn choose(routes: &[RouteHealth], dice: f64) -> Option<usize> {
    let shares: Vec<f64> = routes.iter().map(RouteHealth::share).collect();
    let mut left = dice.clamp(0.0, 1.0) * shares.iter().sum::<f64>();
    let mut last = None;
    for (place, share) in shares.into_iter().enumerate().filter(|(_, share)| *share > 0.0) {
        last = Some(place);
        if left < share {
            break;
        }
        left -= share;
    }
    last
}
