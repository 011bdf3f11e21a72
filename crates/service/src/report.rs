//! A business reports through the web form.

use std::collections::HashSet;

use domain::contact::{ContactError, ContactPoint};
use domain::tax_code::{CheckDigit, TaxCode, TaxCodeKind};
use domain::visibility::Visibility;
use serde_json::json;
use store::Json;
use store::businesses::BusinessRow;
use store::deliveries_in::NewInbound;
use store::files::FileRow;
use uuid::Uuid;

use crate::keys::{new_token, token_hash};
use crate::receive::{Beginning, Begun, Incoming, Sender, begin};
use crate::understand::{Hints, understand};
use crate::{City, Error, Problem, Result};

/// What was typed. Three fields are required: text, one contact, visibility.
#[derive(Debug, Clone, Default)]
pub struct Report {
    pub text: String,
    /// A phone number or a mail address.
    pub contact: String,
    pub name: String,
    pub tax_code: String,
    /// The sender has seen the warning and keeps a tax code whose check digit is wrong.
    pub keep_tax_code: bool,
    pub field: Option<String>,
    pub ward: Option<String>,
    pub visibility: Option<Visibility>,
    pub consent: bool,
    pub language: String,
    /// Made with the form: the same form sent twice is one case.
    pub form_key: String,
    pub files: Vec<FileRow>,
}

/// A stored report, with the pass that lets this browser see the thread.
#[derive(Debug, Clone)]
pub struct Filed {
    pub case: Uuid,
    pub code: String,
    pub pass: String,
}

/// Longest text, in characters.
pub const TEXT_LIMIT: usize = 20_000;

/// Stores the report as a case. The same form twice answers the same case.
pub async fn report(city: &City, report: Report) -> Result<Filed> {
    let checked = check(&report)?;
    check_key(&report.form_key)?;
    city.accepts_input()?;
    let reference = city.reference();
    let now = city.now();
    let account = web_account();
    let hints = Hints {
        field: report.field.as_deref().filter(|field| reference.fields.contains_key(*field)),
        ward: report.ward.as_deref().filter(|ward| reference.wards.contains_key(*ward)),
        household: checked.tax_code.as_ref().is_some_and(TaxCode::is_personal),
        subject: "",
    };
    let reception = crate::receive::reception_of(&reference, None);
    let proposal = understand(&reference, &report.text, &hints, now, reception);
    let (kind, value) = match &checked.contact {
        ContactPoint::Email(_) => ("typed_email", checked.contact.value().to_owned()),
        ContactPoint::Phone(_) => ("typed_phone", checked.contact.value().to_owned()),
    };
    let external_id = format!("form:{}", token_hash(&report.form_key));
    let mut tx = city.db.begin().await?;
    // The form's key goes first: of two tabs that submit at once, the second waits here and finds the first one's case.
    let inbound = city.new_id();
    let delivery = city.new_id();
    store::deliveries_in::record_form(&mut tx, delivery, account, now).await?;
    let new = NewInbound {
        id: inbound,
        delivery_id: delivery,
        account_id: account,
        external_id: external_id.clone(),
        kind: "form".into(),
        sender: String::new(),
        payload: json!({}),
        received_at: now,
    };
    if !store::deliveries_in::add_inbound(&mut tx, new).await? {
        let earlier = store::deliveries_in::inbound_by_external(&mut tx, account, &external_id).await?.ok_or(Error::Stale)?;
        tx.rollback().await?;
        return again(city, earlier.message_id.ok_or(Error::Stale)?).await;
    }
    let business_id = match &checked.tax_code {
        Some(code) => Some(business(&mut tx, city, code).await?),
        None => None,
    };
    let incoming = Incoming {
        account_id: account,
        account_agency: None,
        channel: "web".into(),
        sender: Sender { new: false, kind: kind.into(), value, name: report.name.trim().to_owned(), language: report.language.clone() },
        external_id: None,
        subject: String::new(),
        text: report.text.trim().to_owned(),
        quoted: None,
        html: false,
        threading: json!({}),
        delivery_id: Some(delivery),
        written_at: now,
        files: report.files,
    };
    let visibility = checked.visibility;
    let capped = receipt_capped(&mut tx, city, &reference, &[checked.contact.value()]).await?;
    let beginning = Beginning {
        proposal,
        visibility,
        ward: hints.ward.map(str::to_owned),
        business_id,
        hint: None,
        code: None,
        silent: (!capped.is_empty()).then_some(CAPPED),
    };
    let begun = begin(&mut tx, city, &reference, incoming, beginning).await?;
    if let Some(business) = business_id {
        let contact = store::cases::find(&mut tx, begun.case).await?.contact_id;
        store::businesses::tie(&mut tx, contact, business, "claimed").await?;
    }
    store::deliveries_in::settle_inbound(&mut tx, inbound, "received", Some(begun.message)).await?;
    let pass = crate::follow::add_pass(&mut tx, city, begun.case, None).await?;
    tx.commit().await?;
    Ok(filed(begun, pass))
}

fn filed(begun: Begun, pass: String) -> Filed {
    Filed { case: begun.case, code: begun.code, pass }
}

/// The form was sent before: its case, and a new pass for this browser, which holds the form's key.
async fn again(city: &City, message: Uuid) -> Result<Filed> {
    let mut tx = city.db.begin().await?;
    let case = store::cases::of_message(&mut tx, message).await?.into_iter().next().ok_or(Error::NotFound)?;
    let pass = crate::follow::add_pass(&mut tx, city, case.id, None).await?;
    tx.commit().await?;
    Ok(Filed { case: case.id, code: case.code, pass })
}

/// A key that was not made for one form could make two senders share a case.
pub(crate) fn check_key(form_key: &str) -> Result<()> {
    if form_key.len() >= 16 { Ok(()) } else { Err(Problem::new("form_key", "missing").into()) }
}

/// A key for a new form.
pub fn new_form_key(city: &City) -> String {
    new_token(city.random.as_ref())
}

struct Checked {
    contact: ContactPoint,
    tax_code: Option<TaxCode>,
    visibility: Visibility,
}

/// What is wrong with a report, as [`report`] would say it.
pub fn problems(report: &Report) -> Vec<Problem> {
    match check(report) {
        Err(Error::Invalid(problems)) => problems,
        _ => Vec::new(),
    }
}

/// The contact and the tax code of a report in their normal form.
///
/// # Errors
/// [`Error::Invalid`] with everything that is wrong with it.
pub(crate) fn checked(report: &Report) -> Result<(ContactPoint, Option<TaxCode>)> {
    check(report).map(|checked| (checked.contact, checked.tax_code))
}

fn check(report: &Report) -> Result<Checked> {
    let mut problems = Vec::new();
    let text = report.text.trim();
    if text.chars().filter(|c| c.is_alphanumeric()).count() < 10 {
        problems.push(Problem::new("text", if text.is_empty() { "missing" } else { "too_short" }));
    } else if text.chars().count() > TEXT_LIMIT {
        problems.push(Problem::with("text", "too_long", TEXT_LIMIT));
    }
    let contact = match ContactPoint::parse(&report.contact) {
        Ok(contact) => Some(contact),
        Err(error) => {
            problems.push(contact_problem(&report.contact, &error));
            None
        }
    };
    let tax_code = match report.tax_code.trim() {
        "" => None,
        typed => match typed.parse::<TaxCode>() {
            Ok(code) => {
                if code.check() == CheckDigit::Wrong && !report.keep_tax_code {
                    problems.push(Problem::new("tax_code", "check_digit"));
                }
                Some(code)
            }
            Err(domain::tax_code::TaxCodeError::Length { digits }) => {
                problems.push(Problem::with("tax_code", "length", digits as i64));
                None
            }
            Err(_) => {
                problems.push(Problem::new("tax_code", "not_digits"));
                None
            }
        },
    };
    if report.visibility.is_none() {
        problems.push(Problem::new("visibility", "missing"));
    }
    if !report.consent {
        problems.push(Problem::new("consent", "missing"));
    }
    if report.name.chars().count() > 200 {
        problems.push(Problem::with("name", "too_long", 200));
    }
    match (contact, report.visibility) {
        (Some(contact), Some(visibility)) if problems.is_empty() => Ok(Checked { contact, tax_code, visibility }),
        _ => Err(Error::Invalid(problems)),
    }
}

fn contact_problem(typed: &str, error: &ContactError) -> Problem {
    match error {
        _ if typed.trim().is_empty() => Problem::new("contact", "missing"),
        ContactError::MobileLength { digits } => Problem::with("contact", "mobile_length", *digits as i64),
        ContactError::FixedLength { digits } => Problem::with("contact", "phone_length", *digits as i64),
        _ if typed.contains('@') => Problem::new("contact", "email"),
        _ => Problem::new("contact", "neither"),
    }
}

/// The business of a tax code: known from the registry, or a bare number without a name.
pub(crate) async fn business(tx: &mut store::Tx, city: &City, code: &TaxCode) -> Result<Uuid> {
    if let Some(known) = store::businesses::by_tax_code(tx, code.digits()).await? {
        return Ok(known.id);
    }
    let kind = match code.kind() {
        TaxCodeKind::Enterprise => "enterprise",
        TaxCodeKind::Branch => "branch",
        TaxCodeKind::PersonalId => "household",
    };
    let row = BusinessRow {
        id: city.new_id(),
        tax_code: code.digits().to_owned(),
        kind: kind.into(),
        name: None,
        registry: Json(json!({})),
        created_at: city.now().as_microsecond(),
    };
    let id = row.id;
    store::businesses::insert(tx, vec![row]).await?;
    // Two senders may bring the same new number at once: the one that is stored counts.
    Ok(store::businesses::by_tax_code(tx, code.digits()).await?.map_or(id, |stored| stored.id))
}

/// The registry's name of a business, for the form: never what somebody typed, never for a personal number.
pub async fn registry_name(city: &City, typed: &str) -> Result<Option<String>> {
    let Ok(code) = typed.parse::<TaxCode>() else { return Ok(None) };
    if code.is_personal() {
        return Ok(None);
    }
    let known = store::businesses::by_tax_code(&mut city.db.read(), code.digits()).await?;
    Ok(known.and_then(|business| business.name))
}

/// Addresses of these to which no receipt may go now (channels/email: 5 an hour, 20 a day by the list of limits).
pub async fn receipt_capped(
    q: &mut impl store::Query,
    city: &City,
    reference: &crate::reference::Reference,
    addresses: &[&str],
) -> Result<HashSet<String>> {
    let mut capped = HashSet::new();
    let mut told: Vec<String> = addresses.iter().map(|address| (*address).to_owned()).collect();
    // Whoever had none today had none this hour.
    for (hours, limit) in [(24, "receipts_per_day"), (1, "receipts_per_hour")] {
        if told.is_empty() {
            break;
        }
        let limit = reference.number(limit)?;
        let since = city.now() - jiff::SignedDuration::from_hours(hours);
        let asked: Vec<&str> = told.iter().map(String::as_str).collect();
        let mut sent = store::messages::receipts_since(q, &asked, since, limit).await?;
        capped.extend(sent.iter().filter(|(_, count)| *count >= limit).map(|(address, _)| address.clone()));
        sent.retain(|(_, count)| *count > 0);
        told = sent.into_iter().map(|(address, _)| address).collect();
    }
    Ok(capped)
}

/// Why no receipt goes out that is capped.
pub const CAPPED: &str = "receipt_cap";

/// The account of the web form: one for the city, made when its reference data are loaded.
pub fn web_account() -> Uuid {
    crate::reference::stable_id("channel", "web")
}
