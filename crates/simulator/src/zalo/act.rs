//! What a person does on Zalo.

use serde::Deserialize;

/// One thing a person does with an Official Account. Over HTTP the same names are used: `{"kind":"text","text":"…"}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// Writes.
    Text {
        /// What.
        text: String,
        /// The message it quotes.
        #[serde(default)]
        quote: Option<String>,
    },
    /// Sends pictures.
    Image {
        /// Where they can be fetched.
        urls: Vec<String>,
        /// Words with them.
        #[serde(default)]
        text: Option<String>,
    },
    /// Sends a moving picture.
    Gif {
        /// Where it can be fetched.
        url: String,
    },
    /// Shares a link.
    Link {
        /// Its address.
        url: String,
        /// What Zalo shows of it.
        description: String,
    },
    /// Sends a voice message, in AMR.
    Audio {
        /// Where it can be fetched.
        url: String,
    },
    /// Sends a film.
    Video {
        /// Where it can be fetched.
        url: String,
    },
    /// Sends a sticker.
    Sticker {
        /// Zalo's number of it.
        id: String,
    },
    /// Says where they are.
    Location {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
    },
    /// Sends a file.
    File {
        /// Where it can be fetched.
        url: String,
        /// Its name.
        name: String,
        /// Bytes.
        size: u64,
        /// Lower-case hex.
        md5: String,
    },
    /// Sends a business card.
    BusinessCard {
        /// Digits.
        phone: String,
    },
    /// Follows the account.
    Follow,
    /// Stops following.
    Unfollow,
    /// Presses the chat button for the first time.
    ClickChat,
    /// Hands over name, phone and address.
    ShareContact {
        /// Full name.
        name: String,
        /// `84…`
        phone: String,
        /// Address.
        #[serde(default)]
        address: String,
    },
    /// Reacts to a message.
    React {
        /// Which.
        message: String,
        /// `/-strong`, `/-heart`, …
        icon: String,
    },
    /// Opens the chat and sees what the account wrote.
    Read,
    /// Calls the account.
    Call {
        /// Milliseconds.
        duration: u64,
    },
    /// Withdraws consent: our copy must go.
    Withdraw,
    /// Blocks the account: nothing reaches this person.
    Block,
    /// Lets the account write again.
    Unblock,
}
