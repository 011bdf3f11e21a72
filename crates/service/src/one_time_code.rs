//! A sender without the link asks for a one-time code: six digits, only ever to the contact stored on the case, by
//! mail or by SMS.
//!
//! Right and wrong combinations of code and contact answer alike, cost the same and count for the same caps.

use domain::case::{Action, Actor};
use domain::contact::ContactPoint;
use domain::time::local_date;
use domain::tracking_code::TrackingCode;
use jiff::SignedDuration;
use serde_json::json;
use store::jobs::{self, NewJob};
use store::links::OneTimeCodeRow;
use uuid::Uuid;

use crate::change::{Details, OpenCase};
use crate::sms_accounts::CHANNEL;
use crate::{City, Error, Problem, Result};

/// Asks for a code. The id that is answered belongs to the page on which the code is typed, whether one was sent or not.
pub async fn ask(city: &City, typed_code: &str, typed_contact: &str, address: &str) -> Result<Uuid> {
    let reference = city.reference();
    let now = city.now();
    let contact = ContactPoint::parse(typed_contact).map_err(|_| Problem::new("contact", "neither"))?;
    let contact_hash = city.keys.hash("contact", contact.value());
    let address_hash = city.keys.hash("address", address);
    let day = now - SignedDuration::from_hours(24);
    let mut tx = city.db.begin().await?;
    let (of_contact, of_address, of_city) = store::links::asked_since(&mut tx, &contact_hash, &address_hash, day).await?;
    let over = of_contact >= reference.number("otp_per_contact_day")?
        || of_address >= reference.number("otp_per_address_day")?
        || of_city >= reference.number("otp_per_city_day")?;
    if over {
        return Err(Error::TooMany { retry_after: 3600 });
    }
    let case = matching_case(&mut tx, typed_code, contact.value()).await?;
    let id = city.new_id();
    let digits = six_digits(city);
    let minutes = reference.number("otp_minutes")?;
    let row = OneTimeCodeRow {
        id,
        case_id: case.as_ref().map(|case| case.id),
        contact_hash,
        address_hash,
        code_hash: city.keys.hash("one-time-code", &format!("{id}/{digits}")),
        created_at: now.as_microsecond(),
        expires_at: (now + SignedDuration::from_mins(minutes)).as_microsecond(),
        tries: 0,
        used_at: None,
    };
    store::links::add_code(&mut tx, &row).await?;
    let number = match &contact {
        ContactPoint::Phone(phone) if phone.is_mobile() => reference.default_sms(),
        _ => None,
    };
    let way = match (&contact, number) {
        (ContactPoint::Email(_), _) => Some(("sending", "send_code")),
        (ContactPoint::Phone(_), Some(_)) => Some((crate::tell::sending_queue(CHANNEL), "send_sms_code")),
        (ContactPoint::Phone(_), None) => None,
    };
    if let (Some(case), Some((queue, kind))) = (case, way) {
        // The digits rest only in the job, encrypted, until they are sent.
        let seal =
            |purpose: &str, text: &str| Ok::<_, Error>(hex::encode(city.keys.seal(city.random.as_ref(), purpose, text.as_bytes())?));
        let payload = json!({
            "case": case.id, "account": number.map(|number| number.id), "to": seal("one-time-code-to", contact.value())?,
            "sealed": seal("one-time-code", &digits)?, "language": case.language, "minutes": minutes,
        });
        jobs::enqueue(&mut tx, vec![NewJob::now(queue, kind, &payload, now)?], now).await?;
    }
    tx.commit().await?;
    Ok(id)
}

/// Exchanges a code for a pass to its case. Every failure answers alike.
pub async fn redeem(city: &City, id: Uuid, typed: &str) -> Result<(String, String)> {
    let reference = city.reference();
    let now = city.now();
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let mut tx = city.db.begin().await?;
    let tried = store::links::try_code(&mut tx, id, reference.number("otp_tries")?, now).await?;
    let right = tried.filter(|row| {
        let typed = city.keys.hash("one-time-code", &format!("{id}/{digits}"));
        subtle::ConstantTimeEq::ct_eq(typed.as_bytes(), row.code_hash.as_bytes()).into()
    });
    let Some(case) = right.and_then(|row| row.case_id) else {
        // The try counts even though it failed.
        tx.commit().await?;
        return Err(Problem::new("code", "wrong_or_old").into());
    };
    store::links::use_code(&mut tx, id, now).await?;
    let case = store::cases::find(&mut tx, case).await?;
    let conversation = store::conversations::find(&mut tx, case.conversation_id).await?;
    store::contacts::verified(&mut tx, conversation.identity_id, now).await?;
    let mut open = OpenCase::load(&mut tx, case.id).await?;
    if crate::change::waits_for_proof(&open.state) {
        open.act(city, &reference, &Actor::SENDER, &Action::ProofGiven, Details::none())?;
        open.save(&mut tx, city, &reference).await?;
    }
    let pass = crate::follow::add_pass(&mut tx, city, case.id, None).await?;
    tx.commit().await?;
    Ok((pass, case.code))
}

async fn matching_case(tx: &mut store::Tx, typed_code: &str, contact: &str) -> Result<Option<store::cases::CaseRow>> {
    let parsed = typed_code.parse::<TrackingCode>();
    let asked = parsed.as_ref().map_or("0000000000", TrackingCode::as_str);
    let case = store::cases::by_code(tx, asked).await?;
    let contact_id = case.as_ref().map_or(Uuid::nil(), |case| case.contact_id);
    let known = store::contacts::identities(tx, contact_id).await?.into_iter().any(|identity| identity.value == contact);
    Ok(case.filter(|_| known && parsed.is_ok()))
}

fn six_digits(city: &City) -> String {
    let mut bits = [0; 8];
    city.random.fill(&mut bits);
    format!("{:06}", u64::from_le_bytes(bits) % 1_000_000)
}

/// The SMS with the code, as the number of this address sends it.
pub fn sms(city: &City, address: &str, digits: &str, language: &str, minutes: i64) -> Result<String> {
    let reference = city.reference();
    let text = reference.text("one_time_code_sms", language, local_date(city.now()))?;
    let filled = crate::reference::fill(text.text.trim(), &[("otp", digits), ("minutes", &minutes.to_string())]);
    crate::sms_text::shaped(&reference, address, &filled)
}

/// The text of the mail with the code.
pub fn words(city: &City, digits: &str, language: &str, minutes: i64) -> Result<(String, String)> {
    let reference = city.reference();
    let text = reference.text("one_time_code", language, local_date(city.now()))?;
    let values = [("otp", digits), ("minutes", &minutes.to_string())];
    Ok((crate::reference::fill(&text.subject, &values), crate::reference::fill(&text.text, &values)))
}
