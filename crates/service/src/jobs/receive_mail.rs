//! A mail becomes a message: it joins a case, begins one, or is a machine's and is kept aside.
//!
//! Mails that were claimed together are stored by one transaction.

use std::collections::HashMap;

use domain::mail_join::{MailFacts, MailJoin, join};
use domain::tracking_code::TrackingCode;
use domain::visibility::Visibility;
use futures_util::future::try_join_all;
use serde_json::json;
use store::contacts::IdentityRow;
use store::deliveries_in::{self, Inbound};
use store::files::FileRow;
use store::jobs::{self, Job};
use store::{Tx, change_feed};
use uuid::Uuid;

use super::mail::{Bounced, Letter};
use super::{Done, Failure};
use crate::change::note_event;
use crate::receive::{Beginning, Incoming, Sender, begin, keep_aside, language_of, reception_of};
use crate::reference::Reference;
use crate::report::{CAPPED, receipt_capped};
use crate::understand::{Hints, understand};
use crate::{City, Result};

/// A mail that has been read, with all that its transaction needs to know: while one writes, others wait.
struct Read {
    inbound: Uuid,
    letter: Letter,
    incoming: Incoming,
    new: New,
}

/// What a new case needs.
struct New {
    proposal: crate::understand::Proposal,
    code: TrackingCode,
    /// Why no receipt goes out, if none does.
    silent: Option<&'static str>,
}

/// All of them, or none.
pub(super) async fn run(city: &City, jobs: &[Job]) -> Done {
    let reference = city.reference();
    let read = read(city, &reference, jobs).await?;
    let mut tx = city.db.begin().await?;
    for read in read {
        receive(&mut tx, city, &reference, read).await?;
        // The inserts of one mail are a text that SQLite has seen before; those of several together would be a new one.
        tx.write_waiting().await?;
    }
    jobs::finish_all(&mut tx, jobs).await?;
    fail::fail_point!("receive::before_commit");
    tx.commit().await?;
    fail::fail_point!("receive::after_commit");
    Ok(())
}

/// Slow work first: attachments to disk, texts understood. The database is asked once for all mails: each question is a trip.
async fn read(city: &City, reference: &Reference, jobs: &[Job]) -> std::result::Result<Vec<Read>, Failure> {
    let mut q = city.db.read();
    let mut letters: Vec<(Inbound, Letter)> = Vec::with_capacity(jobs.len());
    let inbounds = jobs.iter().map(super::receive::inbound_of).collect::<store::Result<Vec<Uuid>>>()?;
    for inbound in deliveries_in::find_inbounds(&mut q, &inbounds).await? {
        let letter = serde_json::from_value(inbound.payload.0.clone()).map_err(crate::Error::from)?;
        letters.push((inbound, letter));
    }
    let files = try_join_all(letters.iter().map(|(inbound, letter)| take_attachments(city, inbound, letter))).await?;
    let senders: Vec<&str> = letters.iter().map(|(_, letter)| letter.sender.as_str()).collect();
    let known: HashMap<String, IdentityRow> =
        store::contacts::vouched_all(&mut q, "email", &senders).await?.into_iter().map(|row| (row.value.clone(), row)).collect();
    let capped = receipt_capped(&mut q, city, reference, &senders).await?;
    let codes = crate::receive::free_codes(&mut q, city, city.now(), letters.len()).await?;
    let mut read = Vec::with_capacity(letters.len());
    for (((inbound, letter), files), code) in letters.into_iter().zip(files).zip(codes) {
        let account = city.account(inbound.account_id).await?;
        let reception = reception_of(reference, account.agency_id);
        let hints = Hints { subject: &letter.subject, ..Hints::default() };
        let known = known.get(&letter.sender);
        let incoming = Incoming {
            account_id: account.id,
            account_agency: account.agency_id,
            channel: "email".into(),
            sender: Sender {
                new: known.is_none(),
                kind: "email".into(),
                value: letter.sender.clone(),
                name: display_name(&letter),
                language: language_of(&mut q, known, &letter.visible).await?,
            },
            external_id: letter.message_id.clone(),
            subject: letter.subject.clone(),
            text: letter.visible.clone(),
            quoted: (letter.text.trim() != letter.visible.trim()).then(|| letter.text.clone()),
            html: letter.html,
            threading: json!({ "references": letter.references }),
            delivery_id: Some(inbound.delivery_id),
            written_at: letter.written_at.unwrap_or(store::time(inbound.received_at)?),
            files,
        };
        let new = New {
            proposal: understand(reference, &letter.visible, &hints, city.now(), reception),
            code,
            silent: match &letter.silent {
                Some(_) => Some("not_answerable"),
                None => capped.contains(&letter.sender).then_some(CAPPED),
            },
        };
        read.push(Read { inbound: inbound.id, letter, incoming, new });
    }
    Ok(read)
}

async fn receive(tx: &mut Tx, city: &City, reference: &Reference, read: Read) -> Result<()> {
    let Read { inbound, letter, incoming, new } = read;
    let message = match letter.class {
        _ if letter.own || letter.sender.is_empty() => None,
        channels::Class::Bounce => bounce(tx, city, letter.bounce.as_ref()).await?,
        channels::Class::FeedbackReport => {
            for address in &letter.complained {
                store::contacts::stop_mail(tx, address, city.now()).await?;
            }
            None
        }
        channels::Class::AutoReply => {
            let case = store::messages::cases_of_external(tx, &letter.answers).await?.first().map(|(_, case)| *case);
            match case {
                Some(_) => Some(keep_aside(tx, city, incoming, "auto_reply", case).await?),
                None => None,
            }
        }
        channels::Class::Mail => Some(mail(tx, city, reference, &letter, incoming, new).await?),
    };
    let state = if message.is_some() { "received" } else { "ignored" };
    Ok(deliveries_in::settle_inbound(tx, inbound, state, message).await?)
}

async fn mail(tx: &mut Tx, city: &City, reference: &Reference, letter: &Letter, incoming: Incoming, new: New) -> Result<Uuid> {
    let facts = facts(tx, letter).await?;
    match join(&facts) {
        MailJoin::Joined { case } => crate::receive::join(tx, city, reference, incoming, case, false).await,
        MailJoin::JoinedUnconfirmed { case } => crate::receive::join(tx, city, reference, incoming, case, true).await,
        MailJoin::New { hint } => {
            let New { proposal, code, silent } = new;
            let visibility = Visibility::Agencies;
            let beginning = Beginning { code: Some(code), proposal, visibility, ward: None, business_id: None, hint, silent };
            Ok(begin(tx, city, reference, incoming, beginning).await?.message)
        }
    }
}

/// Looks up what the joining rules need to know (channels/email §2).
async fn facts(tx: &mut Tx, letter: &Letter) -> Result<MailFacts> {
    let token_case = match letter.tokens.iter().find_map(|name| name.strip_prefix("c-")) {
        Some(code) => store::cases::by_code(tx, code).await?.map(|case| case.id),
        None => None,
    };
    let reference_case = store::messages::cases_of_external(tx, &letter.answers).await?.first().map(|(_, case)| *case);
    let mut subject_case = None;
    for digits in &letter.codes {
        if let Ok(code) = digits.parse::<TrackingCode>()
            && let Some(case) = store::cases::by_code(tx, code.as_str()).await?
        {
            subject_case = Some(case.id);
            break;
        }
    }
    let mut known = async |case: Option<Uuid>| match case {
        Some(case) => store::contacts::is_on_case(tx, case, &letter.sender).await,
        None => Ok(false),
    };
    Ok(MailFacts {
        from_on_token_case: known(token_case).await?,
        from_on_reference_case: known(reference_case).await?,
        from_on_subject_case: known(subject_case).await?,
        token_valid: token_case.is_some(),
        // A wrong token begins a new case even when the references match.
        token_case: token_case.or(letter.false_token.then(Uuid::nil)),
        reference_case,
        subject_case,
        dmarc_fail: letter.dmarc_fail,
    })
}

/// A bounce marks the message failed and tells the officer.
async fn bounce(tx: &mut Tx, city: &City, bounced: Option<&Bounced>) -> Result<Option<Uuid>> {
    let Some(bounced) = bounced else { return Ok(None) };
    let now = city.now();
    let mut found = Vec::new();
    if let Some(id) = bounced.message.as_deref().and_then(|id| id.parse::<Uuid>().ok())
        && let Ok(message) = store::messages::find(tx, id).await
    {
        found.push(message);
    }
    if let (true, Some(original)) = (found.is_empty(), &bounced.original) {
        found = store::messages::by_external(tx, original).await?;
    }
    for message in found.into_iter().filter(|message| message.direction == "out") {
        let recipient = message.recipient.clone().unwrap_or_default();
        let Some(failed) = bounced.failed.iter().find(|failed| failed.address == recipient || bounced.failed.len() == 1) else { continue };
        let Ok(from) = message.state.parse::<domain::delivery::DeliveryState>() else { continue };
        if domain::delivery::advance(from, domain::delivery::DeliveryState::Failed).is_err() {
            continue;
        }
        let reason = if failed.bad_address { "ask_other_contact" } else { "ours_to_fix" };
        if store::messages::advance(tx, message.id, &message.state, "failed", Some(reason.to_owned()), now).await? {
            for case in store::cases::of_message(tx, message.id).await? {
                let told = json!({ "message": message.id, "reason": reason, "permanent": failed.permanent });
                note_event(tx, city, case.id, "delivery_failed", told, Some(json!({ "diagnostic": failed.diagnostic }))).await?;
                change_feed::add(tx, "case", case.id, now).await?;
            }
        }
    }
    Ok(None)
}

async fn take_attachments(city: &City, inbound: &Inbound, letter: &Letter) -> std::result::Result<Vec<FileRow>, Failure> {
    if letter.class != channels::Class::Mail || letter.attachments == 0 {
        return Ok(Vec::new());
    }
    let _room = city.room_for_large().await?;
    let delivery = deliveries_in::find(&mut city.db.read(), inbound.delivery_id).await?;
    let parts = tokio::task::spawn_blocking(move || {
        let mail = channels::email::parse(&delivery.body);
        let take =
            |part: &channels::email::parse::Attached| (part.name.clone(), part.content_id.clone(), part.bytes(&delivery.body).into_owned());
        mail.attachments.iter().map(take).collect::<Vec<_>>()
    })
    .await
    .map_err(|error| Failure::Later { after: None, why: format!("the parser failed: {error}") })?;
    Ok(crate::take_files::from_mail(city, parts).await?)
}

/// The name people see: what the mail says, else the part of the address before the @.
fn display_name(letter: &Letter) -> String {
    let name = letter.sender_name.trim();
    if name.is_empty() {
        letter.sender.split('@').next().unwrap_or_default().to_owned()
    } else {
        crate::understand::truncate(name, 200).to_owned()
    }
}
