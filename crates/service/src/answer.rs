//! Answers: drafted, approved by another person, sent. On the field track the handling officer sends at once.

use domain::case::Action;
use domain::track::Track;
use serde_json::json;
use store::Tx;
use store::answers::AnswerRow;
use store::cases::CaseRow;
use uuid::Uuid;

use crate::change::{Details, OpenCase, read_for};
use crate::reference::Reference;
use crate::tell::{Reach, Words, tell};
use crate::{City, Error, Officer, Problem, Result};

/// The four parts that every answer has (domain.md §1.4, transition 21).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// What was checked.
    pub checked: String,
    pub legal_basis: String,
    /// What happens next, and when.
    pub next_steps: String,
    /// Who answers and how to reach him.
    pub contact_line: String,
}

impl Parts {
    fn check(&self) -> Result<()> {
        let parts = [
            ("checked", &self.checked),
            ("legal_basis", &self.legal_basis),
            ("next_steps", &self.next_steps),
            ("contact_line", &self.contact_line),
        ];
        let mut problems: Vec<Problem> = Vec::new();
        for (field, text) in parts {
            if text.trim().is_empty() {
                problems.push(Problem::new(field, "missing"));
            } else if text.chars().count() > 10_000 {
                problems.push(Problem::with(field, "too_long", 10_000));
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
    }

    /// The parts of a stored answer.
    pub fn of(answer: &AnswerRow) -> Self {
        Self {
            checked: answer.checked.clone(),
            legal_basis: answer.legal_basis.clone(),
            next_steps: answer.next_steps.clone(),
            contact_line: answer.contact_line.clone(),
        }
    }
}

/// What became of a written answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It waits for a leader.
    Submitted,
    /// It is on its way to the sender.
    Sent,
}

/// Writes an answer: a draft for the leader, or on the field track the answer itself. `files` were uploaded before.
pub async fn write(city: &City, officer: &Officer, case: Uuid, version: i64, parts: Parts, files: Vec<Uuid>) -> Result<Written> {
    parts.check()?;
    let reference = city.reference();
    let mut tx = city.db.begin().await?;
    let mut case = OpenCase::load(&mut tx, case).await?;
    case.expect_version(version)?;
    let direct = case.state.track.is_some_and(Track::answers_directly);
    let answer = answer_row(&mut tx, city, officer, &case, &parts).await?;
    let action = if direct { Action::SendAnswer { answer_id: answer.id } } else { Action::SubmitDraft { answer_id: answer.id } };
    let told = Details::public(json!({ "answer": answer.id, "number": answer.number }));
    case.act_as(city, &reference, officer, &action, told)?;
    let id = answer.id;
    store::answers::insert(&mut tx, vec![answer]).await?;
    if direct {
        send(&mut tx, city, &reference, officer, &case, id, &parts, &files).await?;
    }
    case.save(&mut tx, city, &reference).await?;
    tx.commit().await?;
    Ok(if direct { Written::Sent } else { Written::Submitted })
}

/// A leader approves the draft: it goes to the sender in the same act.
pub async fn approve(city: &City, officer: &Officer, case: Uuid, version: i64) -> Result<CaseRow> {
    let reference = city.reference();
    let mut tx = city.db.begin().await?;
    let mut case = OpenCase::load(&mut tx, case).await?;
    case.expect_version(version)?;
    let draft = pending(&mut tx, &case).await?;
    let files = store::files::unattached(&mut tx, case.id()).await?.into_iter().map(|file| file.id).collect::<Vec<_>>();
    let told = Details::public(json!({ "answer": draft.id, "number": draft.number, "drafted_by": draft.drafted_by }));
    case.act_as(city, &reference, officer, &Action::ApproveDraft, told)?;
    send(&mut tx, city, &reference, officer, &case, draft.id, &Parts::of(&draft), &files).await?;
    let row = case.save(&mut tx, city, &reference).await?;
    tx.commit().await?;
    Ok(row)
}

/// A leader returns the draft, saying what to rework.
pub async fn give_back(city: &City, officer: &Officer, case: Uuid, version: i64, reason: String) -> Result<CaseRow> {
    let reference = city.reference();
    let mut tx = city.db.begin().await?;
    let mut case = OpenCase::load(&mut tx, case).await?;
    case.expect_version(version)?;
    let draft = pending(&mut tx, &case).await?;
    let action = Action::ReturnDraft { reason: reason.clone() };
    case.act_as(city, &reference, officer, &action, Details::private(json!({ "reason": reason })))?;
    store::answers::decide(&mut tx, draft.id, "returned", officer.id, Some(reason), None, city.now()).await?;
    let row = case.save(&mut tx, city, &reference).await?;
    tx.commit().await?;
    Ok(row)
}

/// Answers with what was published before: it still holds, and goes out as it is with its date.
pub async fn from_published(
    city: &City,
    officer: &Officer,
    case: Uuid,
    version: i64,
    publication: Uuid,
    track: Track,
    field: String,
) -> Result<CaseRow> {
    let reference = city.reference();
    let mut tx = city.db.begin().await?;
    let mut case = OpenCase::load(&mut tx, case).await?;
    case.expect_version(version)?;
    if case.state.stage == domain::case::Stage::New && !case.state.screening {
        case.act_as(city, &reference, officer, &Action::StartScreening, Details::none())?;
    }
    let published = store::answers::publication(&mut tx, publication).await?.ok_or(Error::NotFound)?;
    let action = Action::AnswerFromPublished { answer_id: publication, track, field };
    case.act_as(city, &reference, officer, &action, Details::public(json!({ "publication": publication })))?;
    let reach = Reach::of_case(&mut tx, &case).await?;
    let date = crate::words_of::day(store::time(published.answered_at)?, &reach.language);
    let words = Words {
        kind: "answered_before",
        values: vec![("agency", reference.name(published.agency_id).to_owned()), ("answer", published.answer), ("date", date)],
        officer: Some(officer.id),
        agency: Some(published.agency_id),
    };
    let message = tell(&mut tx, city, &reference, &case, &reach, words).await?;
    store::messages::set_kind(&mut tx, message, "answer").await?;
    let row = case.save(&mut tx, city, &reference).await?;
    tx.commit().await?;
    Ok(row)
}

async fn answer_row(tx: &mut Tx, city: &City, officer: &Officer, case: &OpenCase, parts: &Parts) -> Result<AnswerRow> {
    let number = store::answers::of_case(tx, case.id()).await?.last().map_or(1, |last| last.number + 1);
    Ok(AnswerRow {
        id: city.new_id(),
        case_id: case.id(),
        number,
        checked: parts.checked.trim().to_owned(),
        legal_basis: parts.legal_basis.trim().to_owned(),
        next_steps: parts.next_steps.trim().to_owned(),
        contact_line: parts.contact_line.trim().to_owned(),
        drafted_by: officer.id,
        drafted_at: city.now().as_microsecond(),
        decided_by: None,
        decided_at: None,
        decision: "pending".into(),
        reason: None,
        message_id: None,
    })
}

async fn pending(tx: &mut Tx, case: &OpenCase) -> Result<AnswerRow> {
    let answers = store::answers::of_case(tx, case.id()).await?;
    answers.into_iter().rev().find(|answer| answer.decision == "pending").ok_or(Error::Stale)
}

async fn send(
    tx: &mut Tx,
    city: &City,
    reference: &Reference,
    officer: &Officer,
    case: &OpenCase,
    answer: Uuid,
    parts: &Parts,
    files: &[Uuid],
) -> Result<()> {
    let reach = Reach::of_case(tx, case).await?;
    let agency = case.state.lead.unwrap_or(case.state.received_by);
    let late = case.state.due.is_some_and(|due| city.now() > due);
    let words = Words {
        kind: if late { "answer_late" } else { "answer" },
        values: vec![
            ("agency", reference.name(agency).to_owned()),
            ("checked", parts.checked.clone()),
            ("legal_basis", parts.legal_basis.clone()),
            ("next_steps", parts.next_steps.clone()),
            ("contact", parts.contact_line.clone()),
        ],
        officer: Some(officer.id),
        agency: Some(agency),
    };
    let message = tell(tx, city, reference, case, &reach, words).await?;
    if late {
        store::messages::set_kind(tx, message, "answer").await?;
    }
    for file in files {
        store::files::attach(tx, *file, case.id(), message).await?;
    }
    store::answers::decide(tx, answer, "sent", officer.id, None, Some(message), city.now()).await?;
    Ok(())
}

/// The draft that waits for approval, for the approver's page.
pub async fn waiting_draft(city: &City, officer: &Officer, case: Uuid) -> Result<Option<AnswerRow>> {
    let mut q = city.db.read();
    read_for(&mut q, officer, domain::permission::Act::Read, case).await?;
    Ok(store::answers::of_case(&mut q, case).await?.into_iter().rev().find(|answer| answer.decision == "pending"))
}
