//! The sender comes back: by secret link, by one-time code, or in the browser that sent the form.
//!
//! The first visit of a link only sets a cookie and moves on to an address without it; every act is a POST. So a mail
//! scanner that opens every link does nothing, and nobody reads the link from a history.

use domain::case::{Action, Actor, CaseState};
use domain::permission::{Act, CaseFacts, Viewer};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
pub use store::answers::{AnswerRow, RatingRow};
pub use store::cases::CaseRow;
pub use store::events::EventRow;
pub use store::files::FileRow;
use store::links::PassRow;
pub use store::messages::MessageRow;
use store::{Query, Tx};
use uuid::Uuid;

use crate::act::{details, words};
use crate::change::{Details, OpenCase, state_of};
use crate::keys::{new_token, token_hash};
use crate::receive::{Incoming, Sender, join};
use crate::reference::Reference;
use crate::tell::{Reach, tell};
use crate::{City, Error, Problem, Result};

/// Makes a secret link to a case; only its hash is kept.
pub async fn new_link(tx: &mut Tx, city: &City, case: Uuid) -> Result<String> {
    let token = new_token(city.random.as_ref());
    store::links::add_link(tx, &token_hash(&token), case, city.now()).await?;
    Ok(city.link(&format!("/l/{token}")))
}

/// Exchanges a link for a pass. Unknown, revoked and ended links answer alike.
pub async fn open_link(city: &City, token: &str) -> Result<(String, CaseRow)> {
    let hash = token_hash(token);
    let mut tx = city.db.begin().await?;
    let link = store::links::link(&mut tx, &hash).await?.filter(|link| link.revoked_at.is_none()).ok_or(Error::NotFound)?;
    let case = store::cases::find(&mut tx, link.case_id).await?;
    if ended(city, &case)? {
        return Err(Error::NotFound);
    }
    let pass = add_pass(&mut tx, city, case.id, Some(hash)).await?;
    tx.commit().await?;
    Ok((pass, case))
}

/// A pass for a browser, good for a day (or as the list of limits says).
pub async fn add_pass(tx: &mut Tx, city: &City, case: Uuid, link_hash: Option<String>) -> Result<String> {
    let token = new_token(city.random.as_ref());
    let now = city.now();
    let hours = city.reference().number("sender_pass_hours")?;
    let pass = PassRow {
        token_hash: token_hash(&token),
        case_id: case,
        link_hash,
        created_at: now.as_microsecond(),
        expires_at: (now + SignedDuration::from_hours(hours)).as_microsecond(),
    };
    store::links::add_pass(tx, &pass).await?;
    Ok(token)
}

/// The case that a pass opens, if it is this one.
pub async fn case_of_pass(q: &mut impl Query, city: &City, pass: &str, code: &str) -> Result<Option<CaseRow>> {
    let Some(pass) = store::links::pass(q, &token_hash(pass), city.now()).await? else { return Ok(None) };
    let case = store::cases::find(q, pass.case_id).await?;
    Ok((case.code == code && !ended(city, &case)?).then_some(case))
}

/// Links and passes end some days after closing.
fn ended(city: &City, case: &CaseRow) -> Result<bool> {
    let days = city.reference().number("link_days_after_closing")?;
    let Some(closed) = case.closed_at else { return Ok(false) };
    Ok(store::time(closed)? + SignedDuration::from_hours(24 * days) < city.now())
}

/// How often a sender's act is tried anew on the newer case when an officer was faster. The sender decides on no version,
/// so nothing could be old; and what was typed must not be lost to an officer's act of the same moment.
const TURNS: std::ops::Range<u8> = 0..9;

/// Ends every link and pass of the case: the sender lost a phone, or forwarded a mail.
pub async fn revoke(city: &City, case: Uuid) -> Result<()> {
    let mut turns = TURNS;
    loop {
        match revoke_once(city, case).await {
            Err(Error::Stale) if turns.next().is_some() => {}
            done => return done,
        }
    }
}

async fn revoke_once(city: &City, case: Uuid) -> Result<()> {
    let reference = city.reference();
    let mut tx = city.db.begin().await?;
    let mut case = OpenCase::load(&mut tx, case).await?;
    store::links::revoke_links(&mut tx, case.id(), city.now()).await?;
    case.event(city, "sender", "links_revoked", json!({}), None);
    case.save(&mut tx, city, &reference).await?;
    tx.commit().await?;
    Ok(())
}

/// What the sender sees of the own case.
#[derive(Debug, Clone)]
pub struct SenderView {
    pub row: CaseRow,
    pub state: CaseState,
    pub messages: Vec<MessageRow>,
    pub files: Vec<FileRow>,
    pub events: Vec<EventRow>,
    pub answer: Option<AnswerRow>,
    pub ratings: Vec<RatingRow>,
    pub may_reopen: bool,
    pub may_withdraw: bool,
    pub may_rate: bool,
}

/// Reads it. Notes, drafts and messages of addresses that nobody confirmed are not among it.
pub async fn view(city: &City, case: CaseRow) -> Result<SenderView> {
    let mut q = city.db.read();
    let state = state_of(&case)?;
    if !Viewer::Sender.may(Act::Read, &CaseFacts::from(&state)) {
        return Err(Error::NotFound);
    }
    let mut messages = store::messages::of_case(&mut q, case.id).await?;
    messages.retain(|message| !message.unconfirmed && message.kind != "auto_reply");
    let files = store::files::of_case(&mut q, case.id).await?;
    let events = store::events::of_case(&mut q, case.id).await?;
    let answer = store::answers::of_case(&mut q, case.id).await?.into_iter().rev().find(|answer| answer.decision == "sent");
    let ratings = store::answers::ratings(&mut q, case.id).await?;
    let offered: Vec<&str> = domain::case::available(&state, &[domain::case::Role::Sender]).iter().map(|row| row.name).collect();
    let reference = city.reference();
    let reopen = Action::Reopen { reason: "x".into(), rating: Some(1) };
    let may = |action: &Action| domain::case::decide(&state, action, &Actor::SENDER, city.now(), &reference.book).is_ok();
    let may_reopen = may(&reopen);
    let may_rate = may(&Action::Close { rating: Some(5) });
    Ok(SenderView {
        may_reopen,
        may_withdraw: offered.contains(&"withdraw"),
        may_rate,
        row: case,
        state,
        messages,
        files,
        events,
        answer,
        ratings,
    })
}

/// Adds words and files to the own case.
pub async fn add(city: &City, case: &CaseRow, form_key: &str, text: &str, files: Vec<FileRow>) -> Result<()> {
    let text = text.trim();
    if text.is_empty() && files.is_empty() {
        return Err(Problem::new("text", "missing").into());
    }
    if text.chars().count() > crate::report::TEXT_LIMIT {
        return Err(Problem::with("text", "too_long", crate::report::TEXT_LIMIT).into());
    }
    crate::report::check_key(form_key)?;
    city.accepts_input()?;
    let mut turns = TURNS;
    loop {
        match add_once(city, case, form_key, text, files.clone()).await {
            Err(Error::Stale) if turns.next().is_some() => {}
            done => return done,
        }
    }
}

async fn add_once(city: &City, case: &CaseRow, form_key: &str, text: &str, files: Vec<FileRow>) -> Result<()> {
    let reference = city.reference();
    let account = crate::report::web_account();
    let mut tx = city.db.begin().await?;
    let (inbound, delivery) = (city.new_id(), city.new_id());
    store::deliveries_in::record_form(&mut tx, delivery, account, city.now()).await?;
    let new = store::deliveries_in::NewInbound {
        id: inbound,
        delivery_id: delivery,
        account_id: account,
        external_id: format!("form:{}", token_hash(form_key)),
        kind: "form".into(),
        sender: String::new(),
        payload: json!({}),
        received_at: city.now(),
    };
    if !store::deliveries_in::add_inbound(&mut tx, new).await? {
        // The same form a second time: it is there already.
        return Ok(tx.rollback().await?);
    }
    let conversation = store::conversations::find(&mut tx, case.conversation_id).await?;
    let identity = store::contacts::identity(&mut tx, conversation.identity_id).await?;
    let incoming = Incoming {
        account_id: conversation.account_id,
        account_agency: None,
        channel: "web".into(),
        sender: Sender { kind: identity.kind, value: identity.value, name: String::new(), language: case.language.clone() },
        external_id: None,
        subject: String::new(),
        text: text.to_owned(),
        quoted: None,
        html: false,
        threading: json!({}),
        delivery_id: Some(delivery),
        written_at: city.now(),
        files,
    };
    let message = join(&mut tx, city, &reference, incoming, case.id, false).await?;
    store::deliveries_in::settle_inbound(&mut tx, inbound, "received", Some(message)).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes the case back.
pub async fn withdraw(city: &City, case: Uuid) -> Result<()> {
    at_once(city, case, Action::Withdraw, None).await
}

/// Opens the case again: "chưa đạt".
pub async fn reopen(city: &City, case: Uuid, rating: u8, reason: &str) -> Result<()> {
    if reason.trim().is_empty() {
        return Err(Problem::new("reason", "missing").into());
    }
    at_once(city, case, Action::Reopen { reason: reason.trim().to_owned(), rating: Some(rating) }, Some((rating, reason))).await
}

/// Rates the answer. One of the two lowest scores, with a comment, opens the case again where that is still possible.
pub async fn rate(city: &City, case: Uuid, score: u8, comment: &str) -> Result<()> {
    if !(1..=5).contains(&score) {
        return Err(Problem::new("score", "missing").into());
    }
    let low = score <= city.reference().book.limits.reopen_rating;
    if low {
        return reopen(city, case, score, comment).await;
    }
    at_once(city, case, Action::Close { rating: Some(score) }, Some((score, comment))).await
}

async fn at_once(city: &City, case: Uuid, action: Action, rating: Option<(u8, &str)>) -> Result<()> {
    let mut turns = TURNS;
    loop {
        match once(city, case, &action, rating).await {
            Err(Error::Stale) if turns.next().is_some() => {}
            done => return done,
        }
    }
}

async fn once(city: &City, case: Uuid, action: &Action, rating: Option<(u8, &str)>) -> Result<()> {
    let reference = city.reference();
    let mut tx = city.db.begin().await?;
    as_sender(&mut tx, city, &reference, case, action, rating).await?;
    tx.commit().await?;
    Ok(())
}

/// The sender acts, perhaps with a score for the answer.
pub async fn as_sender(
    tx: &mut Tx,
    city: &City,
    reference: &Reference,
    case: Uuid,
    action: &Action,
    rating: Option<(u8, &str)>,
) -> Result<()> {
    let mut case = OpenCase::load(tx, case).await?;
    if !Viewer::Sender.may(Act::WriteAsSender, &case.facts()) {
        return Err(Error::NotFound);
    }
    let round = i64::from(case.state.reopen_count);
    let decision = case.act(city, reference, &Actor::SENDER, action, details(action))?;
    if let Some((score, comment)) = rating {
        let row = RatingRow {
            case_id: case.id(),
            round,
            score: i64::from(score),
            comment: comment.trim().to_owned(),
            at: city.now().as_microsecond(),
        };
        store::answers::rate(tx, &row).await?;
    }
    if decision.tell_sender {
        let agency = case.state.lead.or(Some(case.state.received_by));
        if let Some(words) = words(reference, &case, action, None, agency) {
            let reach = Reach::of_case(tx, &case).await?;
            tell(tx, city, reference, &case, &reach, words).await?;
        }
    }
    case.save(tx, city, reference).await?;
    Ok(())
}

/// The program acts on a case: a timer ran out, the calendar changed.
pub async fn by_itself(tx: &mut Tx, city: &City, case: Uuid, action: Action) -> Result<()> {
    let reference = city.reference();
    let mut case = OpenCase::load(tx, case).await?;
    let decision = case.act(city, &reference, &Actor::SYSTEM, &action, Details { public: Value::Null, private: None })?;
    if decision.tell_sender {
        let agency = case.state.lead.or(Some(case.state.received_by));
        if let Some(words) = words(&reference, &case, &action, None, agency) {
            let reach = Reach::of_case(tx, &case).await?;
            tell(tx, city, &reference, &case, &reach, words).await?;
        }
    }
    case.save(tx, city, &reference).await?;
    Ok(())
}

/// When a link of a case closed at this moment ends.
pub fn link_ends(city: &City, closed_at: Timestamp) -> Result<Timestamp> {
    let days = city.reference().number("link_days_after_closing")?;
    Ok(closed_at + SignedDuration::from_hours(24 * days))
}
