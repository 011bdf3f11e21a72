//! The chat channels, and everything in which one differs from another: each ability is one `match`, so that the compiler
//! names what a new channel needs.

use channels::outbound::Recipient;
use channels::{Event, Headers, Kind, Media, Outbound, Receipt, Signature, Unreadable};
use channels::{facebook, telegram, viber, zalo};

use crate::chat_accounts::ChatAccount;
use crate::reference::Reference;
use crate::{City, Result};

/// A network on which people chat with an account of the city.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChatChannel {
    Facebook,
    Zalo,
    Telegram,
    Viber,
}

use ChatChannel::{Facebook, Telegram, Viber, Zalo};

/// How the id by which a vendor knows an account is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressForm {
    Digits,
    /// Letters, digits, dots, dashes.
    Word,
}

impl ChatChannel {
    pub const ALL: [Self; 4] = [Facebook, Zalo, Telegram, Viber];

    /// By the name under which accounts, cases and identities carry it.
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == code)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Facebook => "facebook",
            Zalo => "zalo",
            Telegram => "telegram",
            Viber => "viber",
        }
    }

    /// The queue of what goes out: a channel that is slow holds up no other.
    pub const fn sending_queue(self) -> &'static str {
        match self {
            Facebook => "sending-facebook",
            Zalo => "sending-zalo",
            Telegram => "sending-telegram",
            Viber => "sending-viber",
        }
    }

    pub const fn address_form(self) -> AddressForm {
        match self {
            Facebook | Zalo | Telegram => AddressForm::Digits,
            Viber => AddressForm::Word,
        }
    }

    /// A new account is on at once. Where a channel is out of the ordinary in Viet Nam, somebody decides to switch it on.
    pub const fn starts_on(self) -> bool {
        match self {
            Facebook | Zalo => true,
            Telegram | Viber => false,
        }
    }

    /// The secret of the webhook is ours: made here, never typed.
    pub const fn makes_webhook_secret(self) -> bool {
        match self {
            Facebook | Telegram => true,
            Zalo | Viber => false,
        }
    }

    /// What an account writes comes back as an event: that settles a message whose answer was lost.
    pub const fn echoes(self) -> bool {
        match self {
            Facebook | Zalo => true,
            Telegram | Viber => false,
        }
    }

    /// Who opens the chat waits to be spoken to, and may be.
    pub const fn greets(self) -> bool {
        match self {
            Telegram => true,
            Facebook | Zalo | Viber => false,
        }
    }

    /// Characters of one message; what is longer goes in pieces.
    pub const fn text_limit(self) -> usize {
        match self {
            Facebook => facebook::LIMITS.text,
            Zalo => zalo::LIMITS.text,
            Telegram => telegram::LIMITS.text,
            Viber => viber::LIMITS.text,
        }
    }

    /// Whether these buttons fit below one message; what they say is what stands on them.
    pub fn has_room_for(self, titles: &[String]) -> bool {
        match self {
            Facebook => titles.len() <= facebook::LIMITS.quick_replies,
            Zalo => titles.len() <= zalo::LIMITS.buttons,
            Telegram => titles.iter().all(|title| title.len() <= telegram::LIMITS.button_payload),
            Viber => titles.len() <= viber::LIMITS.buttons,
        }
    }

    /// Files go out as public addresses from which the vendor fetches them.
    pub const fn fetches_files(self) -> bool {
        match self {
            Viber => true,
            Facebook | Zalo | Telegram => false,
        }
    }

    /// Messages in a second that the vendor takes from one account.
    ///
    /// # Errors
    /// The limit `…_per_minute` is missing.
    pub fn pace(self, reference: &Reference) -> Result<f64> {
        let minute = reference.number(&format!("{}_per_minute", self.as_str()))?.clamp(1, 1_000_000);
        #[expect(clippy::cast_precision_loss, reason = "a million is exact")]
        Ok(minute as f64 / 60.0)
    }

    /// What a delivery holds, as the vendor tells it.
    ///
    /// # Errors
    /// When it cannot be read as one.
    pub fn read(self, body: &[u8]) -> std::result::Result<Vec<Event>, Unreadable> {
        match self {
            Facebook => facebook::parse(body),
            Zalo => zalo::parse(body),
            Telegram => telegram::parse(body),
            Viber => viber::parse(body),
        }
    }

    /// Events of a delivery as the house takes them.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn events(self, body: &[u8]) -> std::result::Result<Vec<Event>, Unreadable> {
        let events = self.read(body)?;
        Ok(match self {
            Facebook | Zalo => events,
            Telegram => events.into_iter().map(of_private_chat).collect(),
            // The name on a card that somebody passes on is not the sender's.
            Viber => events
                .into_iter()
                .map(|event| if event.contact_phone.is_some() { Event { contact_name: None, ..event } } else { event })
                .collect(),
        })
    }
}

/// Telegram counts messages in each chat: with the chat's id they are unique on the account. What is said in groups is not
/// said to the city. Below which message a button stood is no id of the press.
fn of_private_chat(event: Event) -> Event {
    if event.chat_id.as_deref() != Some(event.sender_id.as_str()) {
        return Event { kind: Kind::Ignored, ..event };
    }
    let own = |id: Option<String>| id.map(|id| of_chat(&event.sender_id, &id));
    let message_id = own(event.message_id).filter(|_| event.kind != Kind::Postback);
    Event { message_id, reply_to: own(event.reply_to), ..event }
}

fn of_chat(chat: &str, message: &str) -> String {
    format!("{chat}/{message}")
}

/// How a delivery was signed.
pub(crate) enum Signed {
    Right,
    /// In a way that is pinned from now on.
    First(zalo::Variant),
    Wrong,
}

impl ChatAccount {
    /// How Facebook is called for this page.
    pub fn facebook(&self) -> facebook::Access {
        facebook::Access {
            base: or(&self.settings.base, facebook::access::GRAPH),
            page_id: self.row.address.clone(),
            page_token: self.secrets.access_token.clone(),
            app_secret: Some(self.secrets.app_secret.clone()).filter(|secret| self.settings.prove && !secret.is_empty()),
        }
    }

    /// How Zalo is called for this account.
    pub fn zalo(&self) -> zalo::Access {
        let own = zalo::Bases::default();
        zalo::Access {
            bases: zalo::Bases {
                openapi: or(&self.settings.base, &own.openapi),
                oauth: or(&self.settings.oauth_base, &own.oauth),
                business: own.business,
            },
            oa_id: self.row.address.clone(),
            app_id: self.settings.app_id.clone(),
            app_secret: self.secrets.app_secret.clone(),
            access_token: self.secrets.access_token.clone(),
            prove: self.settings.prove,
            contact_image: None,
        }
    }

    /// How Telegram is called for this bot.
    pub fn telegram(&self) -> telegram::Access {
        let own = telegram::Access::new(self.secrets.access_token.clone());
        telegram::Access { base: or(&self.settings.base, &own.base), ..own }
    }

    /// How Viber is called for this bot; the account's name stands above its messages.
    pub fn viber(&self) -> viber::Access {
        viber::Access {
            base: or(&self.settings.base, viber::access::VIBER),
            auth_token: self.secrets.access_token.clone(),
            sender_name: self.row.name.clone(),
            avatar: None,
        }
    }

    fn zalo_keys(&self) -> zalo::Keys {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        zalo::Keys {
            app_id: some(&self.settings.app_id),
            oa_id: some(&self.row.address),
            oa_secret: some(&self.secrets.webhook),
            app_secret: some(&self.secrets.app_secret),
        }
    }

    /// Whether a delivery is the vendor's, and for Zalo in which way it says so. Without a secret nothing is believed.
    pub(crate) fn signed(&self, headers: &Headers, body: &[u8]) -> Signed {
        let right = match self.channel {
            Facebook => facebook::verify::signature(headers, Some(&self.secrets.app_secret), body),
            Zalo => {
                return match zalo::verify(headers, &self.zalo_keys(), body, self.pinned()) {
                    Some(variant) if variant.sharpens(self.pinned()) => Signed::First(variant),
                    Some(_) => Signed::Right,
                    None => Signed::Wrong,
                };
            }
            Telegram => telegram::verify(headers, Some(&self.secrets.webhook)),
            Viber => viber::verify::signature(headers, Some(&self.secrets.access_token), body),
        };
        if right == Signature::Valid { Signed::Right } else { Signed::Wrong }
    }

    /// What a stored delivery is, for people who look into a fault; the signature is checked with the secrets of today.
    ///
    /// # Errors
    /// When it cannot be read as one.
    pub fn inspect(&self, headers: &Headers, body: &[u8]) -> std::result::Result<(Signature, Vec<Event>), Unreadable> {
        match self.channel {
            Facebook => facebook::inspect(headers, Some(&self.secrets.app_secret), body),
            Zalo => zalo::inspect(headers, &self.zalo_keys(), body),
            // The secret that Telegram sends is not kept: what is stored under an account was believed when it came.
            Telegram => Ok((Signature::Valid, telegram::parse(body)?)),
            Viber => viber::inspect(headers, Some(&self.secrets.access_token), body),
        }
    }

    /// Hands one message over.
    ///
    /// # Errors
    /// What the vendor says, by what is to be done about it.
    pub async fn send(&self, city: &City, outbound: &Outbound) -> std::result::Result<Receipt, channels::Error> {
        match self.channel {
            Facebook => facebook::send(&city.http, &self.facebook(), outbound).await,
            Zalo => zalo::send(&city.http, &self.zalo(), outbound).await,
            Telegram => {
                let receipt = telegram::send(&city.http, &self.telegram(), outbound).await?;
                let Recipient::Person(chat) = &outbound.recipient else { return Ok(receipt) };
                Ok(Receipt { external_id: receipt.external_id.map(|id| of_chat(chat, &id)), ..receipt })
            }
            Viber => viber::send(&city.http, &self.viber(), outbound).await,
        }
    }

    /// What the vendor calls somebody; `None` when it does not tell.
    pub async fn name_of(&self, city: &City, person: &str) -> Option<String> {
        match self.channel {
            Facebook => facebook::profile::name(&city.http, &self.facebook(), person).await.ok().flatten(),
            Zalo => zalo::poll::person(&city.http, &self.zalo(), person).await.ok().and_then(|found| found.display_name),
            // Every update names its sender.
            Telegram => None,
            Viber => viber::account::name(&city.http, &self.viber(), person).await.ok().flatten(),
        }
    }

    /// Where a file that came in is fetched; `None` when the vendor gives no way to it.
    ///
    /// # Errors
    /// As any call that may be repeated.
    pub async fn address_of(&self, city: &City, media: &Media) -> std::result::Result<Option<String>, channels::Error> {
        match (self.channel, &media.url, &media.file_id) {
            (Telegram, None, Some(file)) => telegram::file::address(&city.http, &self.telegram(), file).await.map(Some),
            (Facebook | Zalo | Telegram | Viber, address, _) => Ok(address.clone()),
        }
    }

    /// Hosts from which media are fetched though their addresses are not public.
    pub fn media_hosts(&self) -> Vec<String> {
        let own = match self.channel {
            // Files of a Bot API server of the house are fetched there.
            Telegram => self.settings.base.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or(rest).to_owned()),
            Facebook | Zalo | Viber => None,
        };
        self.settings.media_hosts.iter().cloned().chain(own).collect()
    }

    /// Tells the vendor that a pressed button was heard, where its application waits for that. A courtesy: never tried twice.
    pub async fn hear_press(&self, city: &City, event: &Event) {
        match (self.channel, &event.tracking_id) {
            (Telegram, Some(press)) if event.kind == Kind::Postback => {
                if let Err(error) = telegram::send::answer_press(&city.http, &self.telegram(), press, None).await {
                    tracing::debug!(%error, "a pressed button could not be answered");
                }
            }
            (Facebook | Zalo | Telegram | Viber, _) => {}
        }
    }
}

fn or(set: &str, own: &str) -> String {
    let set = set.trim().trim_end_matches('/');
    if set.is_empty() { own.to_owned() } else { set.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::ChatChannel;
    use channels::Kind;

    #[test]
    fn an_update_of_telegram_is_taken_from_private_chats_under_ids_of_the_account() {
        let read = |body: &str| ChatChannel::Telegram.events(body.as_bytes()).expect("an update").remove(0);
        let private = r#"{"update_id":1,"message":{"message_id":41,"date":1,"chat":{"id":7,"type":"private"},"from":{"id":7,"first_name":"An"},"text":"a","reply_to_message":{"message_id":40}}}"#;
        let event = read(private);
        assert_eq!((event.message_id.as_deref(), event.reply_to.as_deref()), (Some("7/41"), Some("7/40")));
        assert_eq!(read(&private.replace(r#""chat":{"id":7"#, r#""chat":{"id":-9"#)).kind, Kind::Ignored, "a group");
        let press = r#"{"update_id":2,"callback_query":{"id":"5","from":{"id":7},"message":{"message_id":40,"chat":{"id":7}},"data":"x"}}"#;
        let event = read(press);
        assert_eq!((event.message_id, event.reply_to.as_deref()), (None, Some("7/40")));
    }

    #[test]
    fn a_card_of_viber_does_not_name_its_sender() {
        let body = r#"{"event":"message","message_token":1,"sender":{"id":"a","name":"An"},"message":{"type":"contact","contact":{"name":"Ba","phone_number":"1"}}}"#;
        assert_eq!(ChatChannel::Viber.events(body.as_bytes()).expect("a callback")[0].contact_name, None);
    }
}
