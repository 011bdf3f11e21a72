//! What the sender decides about who sees the case.

codes! {
    /// The sender's choice. Nothing is preset on the web; chat, mail, SMS and telephone cases
    /// start as `agencies`.
    pub enum Visibility {
        /// May become public after anonymising.
        Public = "public",
        /// Seen by the agencies that handle it, never public.
        Agencies = "agencies",
        /// Only reception knows the sender; agencies write through the system.
        SenderHidden = "sender_hidden",
    }
}

codes! {
    /// Who looks, in the who-sees-what table shown to the sender.
    pub enum Onlooker {
        Reception = "reception",
        Agency = "agency",
        Everybody = "everybody",
    }
}

/// One cell of the who-sees-what table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sees {
    /// The text; for everybody: only the redacted text, and only once published.
    pub text: bool,
    /// Name and contact of the sender.
    pub sender: bool,
}

impl Visibility {
    /// The who-sees-what table.
    pub const fn sees(self, who: Onlooker) -> Sees {
        match (self, who) {
            (_, Onlooker::Reception) => Sees { text: true, sender: true },
            (Self::SenderHidden, Onlooker::Agency) => Sees { text: true, sender: false },
            (_, Onlooker::Agency) => Sees { text: true, sender: true },
            (Self::Public, Onlooker::Everybody) => Sees { text: true, sender: false },
            (_, Onlooker::Everybody) => Sees { text: false, sender: false },
        }
    }
}
