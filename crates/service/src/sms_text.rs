//! Words that go out by SMS: in few letters, without diacritics unless an administrator wants them, to Vietnamese mobiles
//! only.

use channels::sms::{Alphabet, Encoding, Joining, count};
use domain::sms::recipient;
use domain::time::{local, local_date};
use jiff::Timestamp;
use serde_json::json;
use store::cases::CaseRow;
use store::conversations::ConversationRow;
use store::messages::MessageRow;
use store::{Json, Query, Tx};
use uuid::Uuid;

use crate::change::OpenCase;
use crate::read_case::CaseView;
use crate::receive::{Incoming, Sender, conversation_for};
use crate::reference::{Reference, fill};
use crate::sms_accounts::CHANNEL;
use crate::tell::{Place, worded};
use crate::understand::Proposal;
use crate::words_of::tongue;
use crate::{City, Error, Problem, Result};

/// The text as the number of this address sends it: without diacritics, unless the list of limits says otherwise
/// (`sms_plain`, of one account `sms_plain@1022`).
pub fn shaped(reference: &Reference, address: &str, text: &str) -> Result<String> {
    let text = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    Ok(if is_plain(reference, address)? { without_diacritics(&text) } else { text })
}

/// "Bỏ dấu": the letters without their diacritics.
pub fn without_diacritics(text: &str) -> String {
    language::plain::plain(text)
}

/// Whether an account sends without diacritics.
pub fn is_plain(reference: &Reference, address: &str) -> Result<bool> {
    Ok(reference.number_of("sms_plain", address)? == 1)
}

/// Names and dates of a case in few letters, under the names that the texts of SMS use.
pub fn short_values(reference: &Reference, case: &OpenCase, now: Timestamp) -> Vec<(&'static str, String)> {
    let language = case.row.language.as_str();
    let date = |at: Option<Timestamp>| at.map_or_else(|| "—".to_owned(), |at| short_date(at, now, language));
    let proposal: Option<Proposal> = serde_json::from_value(case.row.proposal.0.clone()).ok();
    let proposed = proposal.map_or(case.state.received_by, |proposal| proposal.lead);
    let confirm_by = case.row.confirm_by.and_then(|at| store::time(at).ok());
    vec![
        ("digits", case.row.code.clone()),
        ("agency_short", reference.short_name(case.state.lead.unwrap_or(case.state.received_by)).to_owned()),
        ("proposed_short", reference.short_name(proposed).to_owned()),
        ("due_short", date(case.state.due)),
        ("until_short", date(case.state.waiting.as_ref().map(|waiting| waiting.until))),
        ("confirm_by_short", date(confirm_by)),
    ]
}

/// "25/02", "16:30 25/02" where the hour matters (days end at 24:00), with the year when it is not this one.
fn short_date(at: Timestamp, now: Timestamp, language: &str) -> String {
    let tongue = tongue(language);
    let day = local_date(at);
    let date = if day.year() == local_date(now).year() { tongue.date(day) } else { tongue.date_year(day) };
    if local(at).time() >= jiff::civil::time(23, 59, 0, 0) { date } else { format!("{} {date}", tongue.clock(at)) }
}

/// What a text would cost, before it goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draft {
    /// It goes out without diacritics, whatever is typed.
    pub plain: bool,
    /// It needs the alphabet of diacritics, in which a segment holds less than half.
    pub unicode: bool,
    /// Characters as they are counted on the air.
    pub units: usize,
    pub segments: usize,
    /// Đồng, by the price in the list of limits.
    pub cost: i64,
    /// Segments without diacritics, where that is fewer.
    pub stripped: Option<usize>,
}

/// Counts the SMS that a form would make of its words: an answer (`answer`, with the wish to be rated) or a question
/// (`question`), with everything that is said around them. `None` where the sender is not reached by SMS.
///
/// # Errors
/// [`Error::Setup`] when a text or a limit is missing.
pub fn draft(city: &City, view: &CaseView, kind: &str, values: &[(&str, String)]) -> Result<Option<Draft>> {
    let Some(address) = &view.sms else { return Ok(None) };
    let reference = city.reference();
    let case = OpenCase::fresh(view.row.clone(), view.state.clone());
    let identity = format!("{address}/");
    let place = Place { channel: Some(CHANNEL), identity: &identity, language: &view.row.language };
    let question = (kind == "answer").then_some("chat_ask_score");
    let (_, text) = worded(&reference, Some(&case), &place, kind, values, question, city.now())?;
    let counted = count(&text, Alphabet::Gsm, Joining::Udh8);
    let unicode = counted.encoding == Encoding::Ucs2;
    let stripped = count(&without_diacritics(&text), Alphabet::Gsm, Joining::Udh8).parts;
    Ok(Some(Draft {
        plain: is_plain(&reference, address)?,
        unicode,
        units: counted.units,
        segments: counted.parts,
        cost: i64::try_from(counted.parts).unwrap_or(i64::MAX).saturating_mul(reference.number_of("sms_price_dong", address)?),
        stripped: (stripped < counted.parts).then_some(stripped),
    }))
}

/// The number by which the sender of a case is reached, if it is by SMS.
pub(crate) async fn address_of_case(q: &mut impl Query, case: &CaseRow) -> Result<Option<String>> {
    if case.channel != CHANNEL {
        return Ok(None);
    }
    let (conversation, _) = crate::tell::place(q, case).await?;
    let account = store::channel_accounts::find(q, conversation.account_id).await?;
    Ok((account.channel == CHANNEL).then_some(account.address))
}

/// Queues one SMS of an editable text to a number that has perhaps never written; answers the message's id. With a case it
/// stands in that case's talk, else in the talk with the number.
///
/// # Errors
/// A [`Problem`] of the field `phone`: `no_sms` when no account is connected, else why nothing is sent to this number
/// ([`domain::sms::NoSms`]).
pub async fn tell_by_sms(
    tx: &mut Tx,
    city: &City,
    reference: &Reference,
    phone: &str,
    kind: &str,
    case: Option<&OpenCase>,
    values: Vec<(&str, String)>,
) -> Result<Uuid> {
    let account = reference.default_sms().ok_or_else(|| Problem::new("phone", "no_sms"))?;
    tell_by_sms_of(tx, city, reference, (account.id, &account.address), phone, kind, case, values).await
}

/// The same by the account of this id and address.
///
/// # Errors
/// As [`tell_by_sms`].
pub(crate) async fn tell_by_sms_of(
    tx: &mut Tx,
    city: &City,
    reference: &Reference,
    account: (Uuid, &str),
    phone: &str,
    kind: &str,
    case: Option<&OpenCase>,
    values: Vec<(&str, String)>,
) -> Result<Uuid> {
    let (account, address) = account;
    let to = recipient(phone).map_err(|why| Problem::new("phone", why.as_str()))?;
    let (conversation, language) = match case {
        Some(case) => (case.row.conversation_id, case.row.language.clone()),
        None => {
            let conversation = conversation_with(tx, city, account, address, &to).await?;
            let contact = store::contacts::find(tx, conversation.contact_id).await?;
            (conversation.id, contact.language)
        }
    };
    let now = city.now();
    let key = format!("{kind}_sms");
    let key = if reference.knows_text(&key) { key.as_str() } else { kind };
    let text = reference.text(key, &language, local_date(now))?;
    let code = case.map_or_else(String::new, OpenCase::code);
    let short = case.map(|case| short_values(reference, case, now)).unwrap_or_default();
    let mut known: Vec<(&str, &str)> = vec![("code", &code)];
    known.extend(values.iter().map(|(name, value)| (*name, value.as_str())));
    known.extend(short.iter().map(|(name, value)| (*name, value.as_str())));
    let message = MessageRow {
        id: city.new_id(),
        conversation_id: conversation,
        direction: "out".into(),
        kind: kind.to_owned(),
        officer_id: None,
        agency_id: None,
        subject: String::new(),
        text: shaped(reference, address, &fill(text.text.trim(), &known))?,
        quoted: None,
        html: false,
        external_id: None,
        threading: Json(json!({ "sms": account })),
        recipient: Some(to),
        state: "queued".into(),
        state_reason: None,
        state_at: now.as_microsecond(),
        unconfirmed: false,
        delivery_id: None,
        created_at: now.as_microsecond(),
        stored_at: now.as_microsecond(),
    };
    let id = message.id;
    crate::tell::queue(tx, city, case.map(OpenCase::id), message, CHANNEL).await?;
    Ok(id)
}

/// The account by which a message goes that stands in another channel's talk.
pub fn account_of(message: &MessageRow) -> Option<Uuid> {
    message.threading.0.get("sms")?.as_str()?.parse().ok()
}

/// The talk with a number: begun here when it never wrote. Nothing is proven by that.
async fn conversation_with(tx: &mut Tx, city: &City, account: Uuid, address: &str, to: &str) -> Result<ConversationRow> {
    let value = format!("{address}/{to}");
    let sender = Sender { new: false, kind: CHANNEL.into(), value, name: String::new(), language: "vi".into() };
    let incoming = Incoming::wordless(account, None, CHANNEL, sender, city.now());
    let (conversation, ..) = conversation_for(tx, city, &incoming).await?;
    Ok(conversation)
}

/// The address of the account that an identity of the channel belongs to: `1022` of `1022/84901234567`.
pub fn address_of(identity: &str) -> Result<&str> {
    identity.split_once('/').map(|(address, _)| address).ok_or(Error::NotFound)
}

#[cfg(test)]
mod tests;
