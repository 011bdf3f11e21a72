//! Where a bot is called and with what right.

/// A bot. Its token is part of every address, so no address is ever shown.
#[derive(Clone)]
pub struct Access {
    /// Base address without a slash at the end: Telegram's, that of an own Bot API server, or a simulator's.
    pub base: String,
    /// As BotFather gave it: `123456789:AA…`. It never expires.
    pub token: String,
}

impl Access {
    /// At Telegram itself.
    pub fn new(token: impl Into<String>) -> Self {
        Self { base: "https://api.telegram.org".into(), token: token.into() }
    }
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What stands before the colon is the bot's public id.
        let bot = self.token.split_once(':').map_or("?", |(bot, _)| bot);
        write!(f, "telegram::Access(bot {bot} at {})", self.base)
    }
}
