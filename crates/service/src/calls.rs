//! Calls as the reception sees them: who is on the line, the log, and one call with what is known about the caller.
//!
//! A caller's number proves nothing: numbers are forged and telephones lent. What is found by it is a hint for the officer,
//! and only of cases that this officer may see anyway.

use std::collections::BTreeSet;

use domain::call::can_be_called;
use domain::permission::{Act, CaseFacts};
use store::Query;
pub use store::calls::{CallRow, RecordingRow};
use store::cases::{After, Line};
use uuid::Uuid;

use crate::change::state_of;
use crate::hotlines::Hotline;
use crate::queue::readable;
use crate::{City, Error, Officer, Result};

/// Calls that are shown as going on.
const LIVE: i64 = 20;
/// Calls on a page of the log.
pub const PAGE: usize = 50;
/// People and cases that a number may lead to.
const HINTS: i64 = 12;
/// Numbers that a search by words may lead to.
const NUMBERS: usize = 30;

/// Whether an officer takes calls anywhere.
pub fn takes_calls(officer: &Officer) -> bool {
    !officer.viewer.receptions(Act::Call).is_empty()
}

fn allowed(officer: &Officer, agency: Uuid) -> Result<()> {
    if officer.viewer.receptions(Act::Call).contains(&agency) { Ok(()) } else { Err(Error::NotFound) }
}

/// Reads a call for an officer; who may not gets the same answer as for an unknown one.
pub async fn read_for(q: &mut impl Query, officer: &Officer, call: Uuid) -> Result<CallRow> {
    let call = store::calls::find(q, call).await?;
    allowed(officer, call.agency_id)?;
    Ok(call)
}

/// What a number leads to.
#[derive(Debug, Clone, Default)]
pub struct Caller {
    /// Names under which it wrote or called before.
    pub names: Vec<String>,
    /// Names of businesses, by the registry.
    pub businesses: Vec<String>,
    pub open: Vec<Line>,
    pub closed: Vec<Line>,
    /// The last words of the sender in the newest of these cases, and when.
    pub last_words: Option<(i64, String)>,
}

/// A call that goes on, with what is known about the caller.
#[derive(Debug, Clone)]
pub struct LiveCall {
    pub call: CallRow,
    pub caller: Caller,
    /// It rings at this officer's telephone, or the officer named none.
    pub mine: bool,
    /// The officer named a telephone.
    pub named: bool,
}

/// Whether this officer is the one who speaks: the telephone that answered is his.
pub fn own_talk(live: &LiveCall) -> bool {
    live.mine && live.named
}

/// Calls that go on, newest first: those at which somebody of this officer's reception speaks or that ring there.
pub async fn live(city: &City, officer: &Officer) -> Result<Vec<LiveCall>> {
    let mut q = city.db.read();
    let own = extension(&mut q, officer.id).await?;
    let mut found = Vec::new();
    for agency in officer.viewer.receptions(Act::Call) {
        for call in store::calls::live(&mut q, agency, LIVE).await?.into_iter().filter(|call| call.direction == "in") {
            let facts: domain::call::Call = serde_json::from_value(call.facts.0.clone())?;
            let mine = match &own {
                None => true,
                Some(own) if call.answered_at.is_some() => call.extension.as_ref() == Some(own),
                Some(own) => facts.extensions.is_empty() || facts.extensions.contains(own),
            };
            let caller = caller(city, &mut q, officer, call.number.as_deref()).await?;
            found.push(LiveCall { call, caller, mine, named: own.is_some() });
        }
    }
    found.sort_by_key(|live| (std::cmp::Reverse(live.call.begun_at), live.call.id));
    Ok(found)
}

/// What is known by a number, as far as this officer may see the cases behind it.
pub async fn caller(city: &City, q: &mut impl Query, officer: &Officer, number: Option<&str>) -> Result<Caller> {
    let Some(number) = number.filter(|number| can_be_called(number)) else { return Ok(Caller::default()) };
    let mut contacts = BTreeSet::new();
    for value in [format!("+{number}"), number.to_owned()] {
        contacts.extend(store::contacts::identities_by_value(q, &value, HINTS).await?.into_iter().map(|identity| identity.contact_id));
    }
    for sms in &city.reference().sms {
        let value = format!("{}/{number}", sms.address);
        contacts.extend(store::contacts::vouched(q, crate::sms_accounts::CHANNEL, &value).await?.map(|identity| identity.contact_id));
    }
    let mut found = Caller::default();
    let mut lines = Vec::new();
    for contact in contacts {
        for line in readable(officer, store::cases::of_contact(q, contact, HINTS).await?)? {
            let state = crate::change::state_of_line(&line)?;
            if officer.viewer.may(Act::ReadSender, &CaseFacts::from(&state)) {
                lines.push(line);
            }
        }
    }
    lines.sort_by_key(|line| std::cmp::Reverse((line.received_at, line.id)));
    lines.dedup_by_key(|line| line.id);
    for line in &lines {
        let once = |list: &mut Vec<String>, name: &str| {
            if !name.is_empty() && !list.iter().any(|known| known == name) {
                list.push(name.to_owned());
            }
        };
        once(&mut found.names, &line.contact_name);
        once(&mut found.businesses, line.business_name.as_deref().unwrap_or_default());
    }
    if let Some(newest) = lines.first() {
        let words = store::messages::newest_inbound(q, newest.id).await?;
        found.last_words = words.map(|message| (message.created_at, message.text));
    }
    let closed = |line: &Line| crate::change::state_of_line(line).is_ok_and(|state| !state.is_open());
    (found.closed, found.open) = lines.into_iter().partition(closed);
    found.closed.truncate(3);
    Ok(found)
}

/// A page of the log and where the next one begins.
#[derive(Debug, Clone, Default)]
pub struct Log {
    pub calls: Vec<CallRow>,
    pub next: Option<String>,
}

/// The log of an officer's receptions, newest first; with words, the calls of the numbers these lead to: digits are the
/// number or its beginning, anything else is looked for among the cases that this officer may see.
pub async fn log(city: &City, officer: &Officer, words: &str, after: Option<&str>) -> Result<Log> {
    let agencies = officer.viewer.receptions(Act::Call);
    if agencies.is_empty() {
        return Err(Error::Forbidden);
    }
    let before = after.map_or(Some(After::END), parse_after).ok_or(Error::NotFound)?;
    let limit = PAGE as i64 + 1;
    let words = words.trim();
    let mut q = city.db.read();
    let mut calls = Vec::new();
    let numbers = if words.is_empty() { Vec::new() } else { numbers(city, &mut q, officer, words).await? };
    for agency in agencies {
        if words.is_empty() {
            calls.extend(store::calls::log(&mut q, agency, before, limit).await?);
        }
        for number in &numbers {
            calls.extend(store::calls::of_number(&mut q, agency, number, before, limit).await?);
        }
    }
    calls.sort_by_key(|call| std::cmp::Reverse((call.begun_at, call.id)));
    calls.dedup_by_key(|call| call.id);
    let next = (calls.len() > PAGE).then(|| {
        calls.truncate(PAGE);
        calls.last().map(|call| format!("{}.{}", call.begun_at, call.id.simple()))
    });
    Ok(Log { calls, next: next.flatten() })
}

fn parse_after(text: &str) -> Option<After> {
    let (key, id) = text.split_once('.')?;
    Some(After { key: key.parse().ok()?, id: id.parse().ok()? })
}

/// The numbers that words lead to.
async fn numbers(city: &City, q: &mut impl Query, officer: &Officer, words: &str) -> Result<Vec<String>> {
    let digits: String = words.chars().filter(char::is_ascii_digit).collect();
    let looks_like_number = words.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || "+.-()".contains(c));
    if looks_like_number && digits.len() >= 3 {
        let begins = match digits.strip_prefix('0') {
            Some(rest) => format!("84{rest}"),
            None => digits,
        };
        return Ok(store::calls::numbers_from(q, &begins, NUMBERS as i64).await?);
    }
    let query = search::Query {
        kind: search::Kind::Case,
        words: words.to_owned(),
        agencies: Some(Vec::new()),
        received_by: officer.viewer.receptions(Act::Call).into_iter().collect(),
        // Each hit is asked below whether its sender may be known.
        by_sender: true,
        newest_first: true,
        limit: 20,
        ..search::Query::default()
    };
    let mut found = BTreeSet::new();
    for id in crate::find::hits(city, query).await? {
        let row = store::cases::find(q, id).await?;
        let facts = CaseFacts::from(&state_of(&row)?);
        if !officer.viewer.may(Act::Search, &facts) || !officer.viewer.may(Act::ReadSender, &facts) {
            continue;
        }
        for identity in store::contacts::identities(q, row.contact_id).await? {
            let value = identity.value.rsplit('/').next().unwrap_or_default().trim_start_matches('+');
            if can_be_called(value) && crate::chat_channel::ChatChannel::of(&identity.kind).is_none() {
                found.insert(value.to_owned());
            }
        }
        found.extend(store::calls::of_case(q, id).await?.into_iter().filter_map(|call| call.number));
    }
    Ok(found.into_iter().take(NUMBERS).collect())
}

/// One call with everything that its page shows.
#[derive(Debug, Clone)]
pub struct CallView {
    pub call: CallRow,
    pub hotline: String,
    pub caller: Caller,
    /// The cases of the call that this officer may see.
    pub cases: Vec<Line>,
    pub recordings: Vec<RecordingRow>,
    pub may_hear: bool,
    /// Where the caller may be passed on to: telephone and agency.
    pub transfers: Vec<(String, Uuid)>,
    /// The exchange passes calls on and places them itself when asked.
    pub can_transfer: bool,
    pub can_dial: bool,
    /// SMS go out from somewhere.
    pub can_text: bool,
}

/// Reads a call for its page.
pub async fn read(city: &City, officer: &Officer, call: Uuid) -> Result<CallView> {
    let mut q = city.db.read();
    let call = read_for(&mut q, officer, call).await?;
    let reference = city.reference();
    let hotline = Hotline::of(city, store::channel_accounts::find(&mut q, call.account_id).await?)?;
    let mut cases = Vec::new();
    for case in store::calls::cases(&mut q, call.id).await? {
        cases.extend(store::cases::line(&mut q, case).await?);
    }
    let may_hear = crate::recordings::may_hear(&mut q, officer, &call).await?;
    Ok(CallView {
        caller: caller(city, &mut q, officer, call.number.as_deref()).await?,
        cases: readable(officer, cases)?,
        recordings: if may_hear { store::calls::recordings(&mut q, call.id).await? } else { Vec::new() },
        may_hear,
        transfers: hotline.transfers(&reference).map(|(number, agency)| (number.to_owned(), agency)).collect(),
        can_transfer: hotline.settings.transfer.is_open(),
        can_dial: hotline.settings.dial.is_open(),
        can_text: reference.default_sms().is_some(),
        hotline: hotline.row.address.clone(),
        call,
    })
}

/// The telephone an officer sits at, if it was told.
pub async fn extension(q: &mut impl Query, officer: Uuid) -> Result<Option<String>> {
    let kept = store::settings::get(q, &format!("extension/{officer}")).await?;
    Ok(kept.and_then(|value| value.as_str().map(str::to_owned)).filter(|text| !text.is_empty()))
}

/// Remembers it; empty is none, and then every ringing call is shown.
pub async fn set_extension(city: &City, officer: &Officer, extension: &str) -> Result<()> {
    let extension = extension.trim();
    let fits = extension.len() <= 32 && extension.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    if !fits {
        return Err(crate::Problem::new("extension", "extension").into());
    }
    let mut tx = city.db.begin().await?;
    store::settings::set(&mut tx, &format!("extension/{}", officer.id), extension.into(), city.now()).await?;
    tx.commit().await?;
    Ok(())
}
