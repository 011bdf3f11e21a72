//! Whose servers are played.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The vendors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vendor {
    /// Facebook Pages: Messenger and comments.
    Facebook,
    /// Zalo Official Accounts.
    Zalo,
    /// Telegram bots.
    Telegram,
    /// Viber bots.
    Viber,
    /// SMS, by SMPP.
    Sms,
    /// SMS, by a gateway over HTTP.
    Esms,
    /// The exchange of a hotline.
    Pbx,
}

impl fmt::Display for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Facebook => "facebook",
            Self::Zalo => "zalo",
            Self::Telegram => "telegram",
            Self::Viber => "viber",
            Self::Sms => "sms",
            Self::Esms => "esms",
            Self::Pbx => "pbx",
        })
    }
}
