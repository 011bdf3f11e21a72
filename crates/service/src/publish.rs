//! What the public reads: redacted by a person who sees exactly what readers will see, before it goes.

use domain::case::Action;
use domain::permission::Act;
use serde_json::json;
pub use store::answers::PublicationRow;
use store::cases::After;
use store::change_feed;
use uuid::Uuid;

use crate::change::{Details, OpenCase, read_for};
use crate::{City, Error, Officer, Problem, Result};

/// What will be published.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    pub title: String,
    pub question: String,
    pub answer: String,
}

/// A proposal for the publisher: texts with personal data already blacked out, to be read and corrected.
pub async fn propose(city: &City, officer: &Officer, case: Uuid) -> Result<Draft> {
    let mut q = city.db.read();
    let (row, _) = read_for(&mut q, officer, Act::Publish, case).await?;
    let messages = store::messages::of_case(&mut q, case).await?;
    let question = messages.iter().find(|message| message.kind == "report").map_or("", |message| message.text.as_str());
    let answer = store::answers::of_case(&mut q, case).await?.into_iter().rev().find(|answer| answer.decision == "sent");
    let answer = match answer {
        Some(answer) => [answer.checked, answer.legal_basis, answer.next_steps].join("\n\n"),
        None => messages.iter().rev().find(|message| message.kind == "answer").map_or_else(String::new, |message| message.text.clone()),
    };
    Ok(Draft { title: redact(&row.title), question: redact(question), answer: redact(&answer) })
}

/// Numbers and addresses of people replaced by a word.
pub fn redact(text: &str) -> String {
    language::personal::redact(text).0
}

/// What is still in a text that must not be public: the preview shows it and publishing is refused.
pub fn leftovers(draft: &Draft) -> Vec<Problem> {
    let fields = [("title", &draft.title), ("question", &draft.question), ("answer", &draft.answer)];
    let mut problems = Vec::new();
    for (field, text) in fields {
        if text.trim().is_empty() {
            problems.push(Problem::new(field, "missing"));
        }
        if !language::personal::find(text).is_empty() {
            problems.push(Problem::new(field, "personal"));
        }
    }
    problems
}

/// Publishes. `checked`: the publisher has read the preview and ticked the list.
pub async fn publish(city: &City, officer: &Officer, case: Uuid, version: i64, draft: Draft, checked: bool) -> Result<Uuid> {
    let problems = leftovers(&draft);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let reference = city.reference();
    let now = city.now();
    let mut tx = city.db.begin().await?;
    let mut case = OpenCase::load(&mut tx, case).await?;
    case.expect_version(version)?;
    let id = city.new_id();
    // What goes out is always a question and an answer that a person has redacted, whatever the sender chose.
    let action = Action::Publish { checklist_passed: checked, anonymised_question: true };
    case.act_as(city, &reference, officer, &action, Details::public(json!({ "publication": id })))?;
    let answered_at = case.state.answered_at.unwrap_or(now);
    let row = PublicationRow {
        id,
        case_id: case.id(),
        field: case.state.field.clone().unwrap_or_default(),
        agency_id: case.state.lead.unwrap_or(case.state.received_by),
        title: draft.title.trim().to_owned(),
        question: draft.question.trim().to_owned(),
        answer: draft.answer.trim().to_owned(),
        answered_at: answered_at.as_microsecond(),
        published_at: now.as_microsecond(),
        published_by: officer.id,
        unpublished_at: None,
        unpublished_reason: None,
    };
    store::answers::publish(&mut tx, vec![row]).await?;
    change_feed::add(&mut tx, "publication", id, now).await?;
    case.save(&mut tx, city, &reference).await?;
    tx.commit().await?;
    Ok(id)
}

/// Takes it back, with a reason.
pub async fn unpublish(city: &City, officer: &Officer, case: Uuid, version: i64, reason: String) -> Result<()> {
    let reference = city.reference();
    let mut tx = city.db.begin().await?;
    let mut case = OpenCase::load(&mut tx, case).await?;
    case.expect_version(version)?;
    let publication = store::answers::publication_of_case(&mut tx, case.id()).await?;
    let action = Action::Unpublish { reason: reason.clone() };
    case.act_as(city, &reference, officer, &action, Details::private(json!({ "reason": reason })))?;
    store::answers::unpublish(&mut tx, case.id(), &reason, city.now()).await?;
    if let Some(publication) = publication {
        change_feed::add(&mut tx, "publication", publication.id, city.now()).await?;
    }
    case.save(&mut tx, city, &reference).await?;
    tx.commit().await?;
    Ok(())
}

/// A page of published answers, newest first; `after` is what an earlier page gave as `next`.
pub async fn list(city: &City, field: Option<&str>, after: Option<&str>) -> Result<(Vec<PublicationRow>, Option<String>)> {
    const PAGE: usize = 20;
    let mut q = city.db.read();
    let before = match after {
        Some(text) => {
            let (key, id) = text.split_once('.').ok_or(Error::NotFound)?;
            After { key: key.parse().map_err(|_| Error::NotFound)?, id: id.parse().map_err(|_| Error::NotFound)? }
        }
        None => After::END,
    };
    let mut rows = match field {
        Some(field) => store::answers::publications_of_field(&mut q, field, before, PAGE as i64 + 1).await?,
        None => store::answers::publications(&mut q, before, PAGE as i64 + 1).await?,
    };
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|last| format!("{}.{}", last.published_at, last.id.simple()));
    Ok((rows, next))
}

/// One published answer.
pub async fn read(city: &City, id: Uuid) -> Result<PublicationRow> {
    store::answers::publication(&mut city.db.read(), id).await?.ok_or(Error::NotFound)
}

/// Searches published answers.
pub async fn search(city: &City, words: &str, field: Option<&str>) -> Result<Vec<PublicationRow>> {
    let hits = crate::find::hits(
        city,
        search::Query {
            kind: search::Kind::Publication,
            words: words.to_owned(),
            agencies: None,
            field: field.map(str::to_owned),
            newest_first: false,
            limit: 20,
            ..search::Query::default()
        },
    )
    .await?;
    let mut found = Vec::new();
    for hit in hits {
        found.extend(store::answers::publication(&mut city.db.read(), hit).await?);
    }
    Ok(found)
}
