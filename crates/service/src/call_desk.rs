//! An officer at the telephone: writes down what the caller says, sends the code, passes the call on, calls.

use channels::cti::{self, Order};
use domain::call::can_be_called;
use domain::contact::{ContactPoint, Phone};
use domain::permission::Act;
use domain::visibility::Visibility;
use serde_json::json;
use store::deliveries_in::{self, NewInbound};
use uuid::Uuid;

use crate::calls::{extension, read_for};
use crate::change::{OpenCase, event_by, read_for as read_case_for};
use crate::hotlines::{CHANNEL, Hotline};
use crate::receive::{Beginning, Begun, Incoming, Sender, begin, join, reception_of};
use crate::report::{Report, TEXT_LIMIT};
use crate::understand::{Hints, Proposal, understand};
use crate::{City, Error, Officer, Problem, Result};

/// What was typed during a call.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    pub text: String,
    /// Where the answer goes: as the caller says, not as the exchange shows.
    pub contact: String,
    pub name: String,
    pub tax_code: String,
    pub keep_tax_code: bool,
    pub field: Option<String>,
    pub ward: Option<String>,
    pub visibility: Option<Visibility>,
    pub language: String,
    /// Made with the form: the same form sent twice is one case.
    pub form_key: String,
}

impl Entry {
    /// The same as a report of the web form, whose rules hold here too. The caller agrees by speaking on.
    fn report(&self) -> Report {
        Report {
            text: self.text.clone(),
            contact: self.contact.clone(),
            name: self.name.clone(),
            tax_code: self.tax_code.clone(),
            keep_tax_code: self.keep_tax_code,
            field: self.field.clone(),
            ward: self.ward.clone(),
            visibility: Some(self.visibility.unwrap_or(Visibility::Agencies)),
            consent: true,
            language: self.language.clone(),
            form_key: self.form_key.clone(),
            files: Vec::new(),
        }
    }
}

/// What the program makes of the words while they are typed.
pub fn suggest(city: &City, text: &str) -> Proposal {
    let reference = city.reference();
    understand(&reference, text, &Hints::default(), city.now(), reception_of(&reference, None))
}

/// Writes a case down during a call.
pub async fn write(city: &City, officer: &Officer, call: Uuid, entry: &Entry) -> Result<Begun> {
    let call = read_for(&mut city.db.read(), officer, call).await?;
    let report = entry.report();
    let (contact, tax_code) = crate::report::checked(&report)?;
    crate::report::check_key(&entry.form_key)?;
    city.accepts_input()?;
    let reference = city.reference();
    let account = city.account(call.account_id).await?;
    let reception = reception_of(&reference, account.agency_id);
    let hints = Hints {
        field: entry.field.as_deref().filter(|field| reference.fields.contains_key(*field)),
        ward: entry.ward.as_deref().filter(|ward| reference.wards.contains_key(*ward)),
        ..Hints::default()
    };
    let proposal = understand(&reference, &entry.text, &hints, city.now(), reception);
    let mut tx = city.db.begin().await?;
    let Some((delivery, inbound)) = keep_form(&mut tx, city, &entry.form_key).await? else {
        tx.rollback().await?;
        return again(city, &entry.form_key).await;
    };
    let business_id = match &tax_code {
        Some(code) => Some(crate::report::business(&mut tx, city, code).await?),
        None => None,
    };
    let kind = match &contact {
        ContactPoint::Email(_) => "typed_email",
        ContactPoint::Phone(_) => "typed_phone",
    };
    let incoming = Incoming {
        text: entry.text.trim().to_owned(),
        delivery_id: Some(delivery),
        ..spoken(city, &account, kind, contact.value(), entry)
    };
    let beginning = Beginning {
        proposal,
        visibility: report.visibility.unwrap_or(Visibility::Agencies),
        ward: hints.ward.map(str::to_owned),
        business_id,
        hint: None,
        code: None,
        // The officer reads the code out, and may send it.
        silent: matches!(contact, ContactPoint::Phone(_)).then_some("read_out"),
    };
    let begun = begin(&mut tx, city, &reference, incoming, beginning).await?;
    if let Some(business) = business_id {
        let contact = store::cases::find(&mut tx, begun.case).await?.contact_id;
        store::businesses::tie(&mut tx, contact, business, "claimed").await?;
    }
    tie_in(&mut tx, city, officer, call.id, begun.case).await?;
    deliveries_in::settle_inbound(&mut tx, inbound, "received", Some(begun.message)).await?;
    tx.commit().await?;
    Ok(begun)
}

/// Adds what the caller says to a case that is there. Who calls is not proven by it: the words wait to be confirmed.
pub async fn add(city: &City, officer: &Officer, call: Uuid, code: &str, entry: &Entry) -> Result<Uuid> {
    let call = read_for(&mut city.db.read(), officer, call).await?;
    let case = crate::read_case::id_of(city, code).await.map_err(|_| Problem::new("code", "unknown"))?;
    read_case_for(&mut city.db.read(), officer, Act::Read, case).await.map_err(|_| Problem::new("code", "unknown"))?;
    if entry.text.trim().is_empty() {
        return Err(Problem::new("text", "missing").into());
    }
    if entry.text.chars().count() > TEXT_LIMIT {
        return Err(Problem::with("text", "too_long", TEXT_LIMIT).into());
    }
    crate::report::check_key(&entry.form_key)?;
    let account = city.account(call.account_id).await?;
    let mut tx = city.db.begin().await?;
    let Some((delivery, inbound)) = keep_form(&mut tx, city, &entry.form_key).await? else {
        tx.rollback().await?;
        return Ok(case);
    };
    let number = call.number.as_deref().filter(|number| can_be_called(number)).map(|number| format!("+{number}"));
    let incoming = Incoming {
        text: entry.text.trim().to_owned(),
        delivery_id: Some(delivery),
        ..spoken(city, &account, "typed_phone", number.as_deref().unwrap_or_default(), entry)
    };
    let message = join(&mut tx, city, &city.reference(), incoming, case, true).await?;
    tie_in(&mut tx, city, officer, call.id, case).await?;
    deliveries_in::settle_inbound(&mut tx, inbound, "received", Some(message)).await?;
    tx.commit().await?;
    Ok(case)
}

fn spoken(city: &City, account: &store::channel_accounts::AccountRow, kind: &str, value: &str, entry: &Entry) -> Incoming {
    let sender = Sender {
        new: true,
        kind: kind.to_owned(),
        value: value.to_owned(),
        name: entry.name.trim().to_owned(),
        language: entry.language.clone(),
    };
    Incoming::wordless(account.id, account.agency_id, CHANNEL, sender, city.now())
}

/// Keeps the form's key; nothing when it was sent before. Answers the ids of its delivery and of its event.
async fn keep_form(tx: &mut store::Tx, city: &City, form_key: &str) -> Result<Option<(Uuid, Uuid)>> {
    // A form of ours, whatever the channel of what it tells.
    let account = crate::report::web_account();
    let (delivery, inbound) = (city.new_id(), city.new_id());
    deliveries_in::record_form(tx, delivery, account, city.now()).await?;
    let new = NewInbound {
        id: inbound,
        delivery_id: delivery,
        account_id: account,
        external_id: external_id(form_key),
        kind: "form".into(),
        sender: String::new(),
        payload: json!({}),
        received_at: city.now(),
    };
    Ok(deliveries_in::add_inbound(tx, new).await?.then_some((delivery, inbound)))
}

fn external_id(form_key: &str) -> String {
    format!("call:{}", crate::keys::token_hash(form_key))
}

/// The form was sent before: its case.
async fn again(city: &City, form_key: &str) -> Result<Begun> {
    let mut q = city.db.read();
    let earlier =
        deliveries_in::inbound_by_external(&mut q, crate::report::web_account(), &external_id(form_key)).await?.ok_or(Error::Stale)?;
    let message = earlier.message_id.ok_or(Error::Stale)?;
    let case = store::cases::of_message(&mut q, message).await?.into_iter().next().ok_or(Error::NotFound)?;
    Ok(Begun { case: case.id, code: case.code, message })
}

async fn tie_in(tx: &mut store::Tx, city: &City, officer: &Officer, call: Uuid, case: Uuid) -> Result<()> {
    store::calls::tie(tx, call, case).await?;
    event_by(tx, city, case, &by(officer), "call_tied", json!({ "call": call }), None).await?;
    store::change_feed::add(tx, "call", call, city.now()).await?;
    Ok(())
}

fn by(officer: &Officer) -> String {
    format!("officer:{}", officer.id)
}

/// Sends a case's code by SMS to the number the caller names.
///
/// # Errors
/// A [`Problem`] of the field `phone` when nothing can be sent there.
pub async fn send_code(city: &City, officer: &Officer, call: Uuid, code: &str, phone: &str) -> Result<()> {
    let mut q = city.db.read();
    let call = read_for(&mut q, officer, call).await?;
    let id = crate::read_case::id_of(city, code).await?;
    read_case_for(&mut q, officer, Act::Read, id).await?;
    if !store::calls::cases(&mut q, call.id).await?.contains(&id) {
        return Err(Error::NotFound);
    }
    let reference = city.reference();
    let mut tx = city.db.begin().await?;
    let case = OpenCase::load(&mut tx, id).await?;
    crate::sms_text::tell_by_sms(&mut tx, city, &reference, phone, "call_code", Some(&case), Vec::new()).await?;
    event_by(&mut tx, city, id, &by(officer), "code_sent", json!({ "call": call.id }), None).await?;
    store::change_feed::add(&mut tx, "case", id, city.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Asks the exchange to pass a call on to an agency's telephone.
///
/// # Errors
/// A [`Problem`] of the field `transfer`: `no_control` when the exchange cannot be asked (the officer dials the number that
/// the page shows), else why it did not.
pub async fn transfer(city: &City, officer: &Officer, call: Uuid, to: &str) -> Result<()> {
    let call = read_for(&mut city.db.read(), officer, call).await?;
    let hotline = hotline(city, call.account_id).await?;
    if !hotline.settings.transfers.iter().any(|known| known.number == to) {
        return Err(Problem::new("transfer", "missing").into());
    }
    if !hotline.settings.transfer.is_open() {
        return Err(Problem::new("transfer", "no_control").into());
    }
    let order = Order {
        extension: to.to_owned(),
        call_id: call.external_id.clone(),
        number: call.number.clone().unwrap_or_default(),
        national: national(call.number.as_deref().unwrap_or_default()),
        hotline: hotline.row.address.clone(),
    };
    cti::send_order(&city.http, &hotline.settings.transfer, &order).await.map_err(|error| refused("transfer", &error))?;
    let mut tx = city.db.begin().await?;
    for case in store::calls::cases(&mut tx, call.id).await? {
        event_by(&mut tx, city, case, &by(officer), "call_transferred", json!({ "call": call.id, "to": to }), None).await?;
    }
    store::audit::add(&mut tx, city.new_id(), city.now(), Some(officer.id), "call_transferred", &call.id.to_string(), json!({ "to": to }))
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Asks the exchange to ring the officer's telephone and then a number.
///
/// # Errors
/// A [`Problem`] of the field `dial`: `no_control`, `no_extension`, else why it did not.
pub async fn dial(city: &City, officer: &Officer, account: Uuid, number: &str) -> Result<()> {
    let hotline = hotline(city, account).await?;
    let reception = reception_of(&city.reference(), hotline.row.agency_id);
    if !officer.viewer.receptions(Act::Call).contains(&reception) {
        return Err(Error::NotFound);
    }
    if !hotline.settings.dial.is_open() {
        return Err(Problem::new("dial", "no_control").into());
    }
    let Some(own) = extension(&mut city.db.read(), officer.id).await? else { return Err(Problem::new("dial", "no_extension").into()) };
    if !can_be_called(number) {
        return Err(Problem::new("dial", "number").into());
    }
    let order = Order {
        number: number.to_owned(),
        national: national(number),
        extension: own,
        call_id: String::new(),
        hotline: hotline.row.address.clone(),
    };
    cti::send_order(&city.http, &hotline.settings.dial, &order).await.map_err(|error| refused("dial", &error))?;
    let mut tx = city.db.begin().await?;
    let told = json!({ "number": city.keys.hash("audit-number", number) });
    store::audit::add(&mut tx, city.new_id(), city.now(), Some(officer.id), "call_placed", &account.to_string(), told).await?;
    tx.commit().await?;
    Ok(())
}

/// Which hotline's exchange could call one of these identities for an officer, and at what number.
pub(crate) async fn callable(
    city: &City,
    q: &mut impl store::Query,
    officer: &Officer,
    identities: &[store::contacts::IdentityRow],
) -> Result<Option<(Uuid, String)>> {
    let receptions = officer.viewer.receptions(Act::Call);
    let number = identities.iter().find_map(|identity| match identity.kind.as_str() {
        "typed_phone" | "phone" => Some(identity.value.trim_start_matches('+')),
        crate::sms_accounts::CHANNEL => identity.value.rsplit('/').next(),
        _ => None,
    });
    let Some(number) = number.filter(|number| !receptions.is_empty() && can_be_called(number)) else { return Ok(None) };
    for row in store::channel_accounts::all(q).await?.into_iter().filter(|row| row.enabled && row.channel == CHANNEL) {
        let reception = reception_of(&city.reference(), row.agency_id);
        let hotline = Hotline::of(city, row)?;
        if hotline.settings.dial.is_open() && receptions.contains(&reception) {
            return Ok(Some((hotline.row.id, number.to_owned())));
        }
    }
    Ok(None)
}

/// Asks the exchange to ring the officer's telephone and then the sender of a case.
///
/// # Errors
/// As [`dial`]; [`Error::Forbidden`] when nobody can be called from here.
pub async fn dial_sender(city: &City, officer: &Officer, case: Uuid) -> Result<()> {
    let view = crate::read_case::read(city, officer, case).await?;
    let (account, number) = view.callable.ok_or(Error::Forbidden)?;
    dial(city, officer, account, &number).await?;
    let mut tx = city.db.begin().await?;
    event_by(&mut tx, city, case, &by(officer), "call_placed", json!({}), None).await?;
    tx.commit().await?;
    Ok(())
}

async fn hotline(city: &City, account: Uuid) -> Result<Hotline> {
    Hotline::of(city, (*city.account(account).await?).clone())
}

/// As it is dialled at home.
pub fn national(number: &str) -> String {
    Phone::parse(number).map_or_else(|_| number.to_owned(), |phone| phone.national())
}

/// As people read it: `0901 234 567`; a number that is no Vietnamese one as it is.
pub fn shown(number: &str) -> String {
    match Phone::parse(number) {
        Ok(phone) => phone.display(),
        Err(_) if can_be_called(number) && !number.starts_with("84") => format!("+{number}"),
        Err(_) => number.to_owned(),
    }
}

fn refused(field: &'static str, error: &channels::Error) -> Error {
    tracing::warn!(field, %error, "the exchange did not do what it was asked");
    let code = match error {
        channels::Error::Unreachable(_) | channels::Error::Throttled { .. } => "unreachable",
        channels::Error::Lost(_) => "unsure",
        _ => "refused",
    };
    Problem::new(field, code).into()
}
