//! Many cases at once, always the same for the same seed: for trying lists and searches at the size of a city.
//!
//! States, columns and event chains are made by the same functions as everywhere, so that `verify` finds nothing wrong.

use domain::case::{CaseState, DueBasis, Promise, Received, Stage, Summary};
use domain::deadline::{Step, compute};
use domain::event::{Event, GENESIS};
use domain::track::{Track, Urgency};
use domain::visibility::Visibility;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use store::Json;
use store::answers::{AnswerRow, PublicationRow};
use store::cases::CaseRow;
use store::contacts::{ContactRow, IdentityRow};
use store::conversations::ConversationRow;
use store::events::EventRow;
use store::messages::MessageRow;
use uuid::Uuid;

use crate::change::draw;
use crate::clock::{SeededRandom, id_at};
use crate::reference::Reference;
use crate::report::web_account;
use crate::understand::Proposal;
use crate::{City, Result};

/// Cases written by one transaction.
const BATCH: u64 = 1_000;
/// Agencies that get cases.
const AGENCIES: usize = 30;
const SENDERS: u64 = 50_000;
/// Words of a body.
const WORDS: usize = 60;

/// What seeding needs to know.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub cases: u64,
    pub seed: u64,
    /// The newest case is this old at least; the others lie before it, evenly over a year.
    pub until: Timestamp,
}

/// Writes the cases. `told` hears how many are done and says whether to go on: stopped, what is there is consistent.
pub async fn seed(city: &City, plan: Plan, mut told: impl FnMut(u64) -> bool) -> Result<u64> {
    let reference = city.reference();
    let mut maker = Maker::new(&reference, plan);
    maker.people(city).await?;
    let mut done = 0;
    while done < plan.cases {
        let batch = BATCH.min(plan.cases - done);
        let mut rows = Rows::default();
        for number in done..done + batch {
            maker.case(number, &mut rows)?;
        }
        rows.store(city).await?;
        done += batch;
        if !told(done) {
            break;
        }
    }
    Ok(done)
}

/// The rows of a batch.
#[derive(Default)]
struct Rows {
    cases: Vec<CaseRow>,
    parties: Vec<(Uuid, Uuid, &'static str, i64)>,
    events: Vec<EventRow>,
    messages: Vec<MessageRow>,
    ties: Vec<(Uuid, Uuid)>,
    answers: Vec<AnswerRow>,
    publications: Vec<PublicationRow>,
}

impl Rows {
    async fn store(self, city: &City) -> Result<()> {
        let mut tx = city.db.begin().await?;
        store::cases::insert_many(&mut tx, &self.cases).await?;
        store::cases::add_parties(&mut tx, self.parties).await?;
        store::events::append(&mut tx, self.events).await?;
        store::messages::insert(&mut tx, None, self.messages).await?;
        store::messages::tie(&mut tx, self.ties).await?;
        store::answers::insert(&mut tx, self.answers).await?;
        store::answers::publish(&mut tx, self.publications).await?;
        tx.commit().await?;
        Ok(())
    }
}

struct Maker<'a> {
    reference: &'a Reference,
    plan: Plan,
    dice: SeededRandom,
    words: Vec<&'a str>,
    fields: Vec<&'a str>,
    agencies: Vec<Uuid>,
    /// An officer who is nobody: seeded answers were drafted and approved by two of them.
    drafter: Uuid,
    approver: Uuid,
}

impl<'a> Maker<'a> {
    fn new(reference: &'a Reference, plan: Plan) -> Self {
        // Words of the fields' own phrases: Vietnamese syllables in their natural company.
        let seeds = reference.fields.values().flat_map(|field| field.seeds.iter());
        let words: Vec<&str> = seeds.flat_map(|phrase| phrase.trim_start_matches('~').split_whitespace()).collect();
        let agencies = reference.agencies.iter().filter(|agency| !agency.code.starts_with("ubnd-") && agency.id != reference.city);
        Self {
            reference,
            plan,
            dice: SeededRandom::new(plan.seed),
            words: if words.is_empty() { vec!["hồ", "sơ"] } else { words },
            fields: reference.fields.keys().map(String::as_str).collect(),
            agencies: agencies.map(|agency| agency.id).take(AGENCIES).collect(),
            drafter: crate::reference::stable_id("seed", "drafter"),
            approver: crate::reference::stable_id("seed", "approver"),
        }
    }

    fn senders(&self) -> u64 {
        SENDERS.min(self.plan.cases / 2).max(1)
    }

    fn id(&self, kind: &str, number: u64) -> Uuid {
        crate::reference::stable_id("seed", &format!("{}/{kind}/{number}", self.plan.seed))
    }

    fn fresh(&self, at: Timestamp) -> Uuid {
        let (a, b) = (self.dice.next().to_le_bytes(), self.dice.next().to_le_bytes());
        let mut bits = [0; 10];
        bits[..8].copy_from_slice(&a);
        bits[8..].copy_from_slice(&b[..2]);
        id_at(at, bits)
    }

    fn pick<T: Copy>(&self, from: &[T]) -> Option<T> {
        from.get(usize::try_from(self.dice.below(from.len() as u64)).unwrap_or(0)).copied()
    }

    fn text(&self, words: usize) -> String {
        let picked: Vec<&str> = (0..words).filter_map(|_| self.pick(&self.words)).collect();
        picked.join(" ")
    }

    /// Senders with their conversations; those of an earlier run with the same seed stay.
    async fn people(&mut self, city: &City) -> Result<()> {
        let at = (self.plan.until - SignedDuration::from_hours(24 * 366)).as_microsecond();
        let last = self.id("contact", self.senders() - 1);
        if store::contacts::find(&mut city.db.read(), last).await.is_ok() {
            return Ok(());
        }
        let numbers: Vec<u64> = (0..self.senders()).collect();
        for chunk in numbers.chunks(5_000) {
            let mut people = Vec::with_capacity(chunk.len());
            let mut conversations = Vec::with_capacity(chunk.len());
            for &number in chunk {
                let contact = ContactRow {
                    id: self.id("contact", number),
                    name: format!("Người gửi {number}"),
                    language: "vi".into(),
                    created_at: at,
                };
                let identity = IdentityRow {
                    id: self.id("identity", number),
                    contact_id: contact.id,
                    kind: "typed_email".into(),
                    value: format!("nguoigui{number}@vidu.example"),
                    verified_at: None,
                    mail_stopped_at: None,
                    created_at: at,
                };
                conversations.push(ConversationRow {
                    id: self.id("conversation", number),
                    account_id: web_account(),
                    identity_id: identity.id,
                    contact_id: contact.id,
                    subject: String::new(),
                    created_at: at,
                });
                people.push((contact, identity));
            }
            let mut tx = city.db.begin().await?;
            store::contacts::insert_many(&mut tx, people).await?;
            store::conversations::insert(&mut tx, conversations).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    fn case(&mut self, number: u64, rows: &mut Rows) -> Result<()> {
        let year = SignedDuration::from_hours(24 * 365);
        let share = (self.plan.cases - number) as f64 / self.plan.cases as f64;
        let at = self.plan.until - SignedDuration::from_secs_f64(year.as_secs_f64() * share);
        let at = Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at);
        let (id, sender) = (self.fresh(at), self.dice.below(self.senders()));
        let code = domain::tracking_code::TrackingCode::from_parts(domain::time::local_date(at).year(), serial(number, self.plan.seed))
            .map_err(|error| crate::Error::Internal(error.to_string()))?;
        let open = self.dice.below(20) == 0;
        let lead = self.pick(&self.agencies).unwrap_or(self.reference.city);
        let field = self.pick(&self.fields).unwrap_or_default();
        let mut chain = Chain::new(id);
        let mut state =
            CaseState::receive(Received { by: self.reference.city, at, visibility: Visibility::Public, identity_proven: false });
        chain.push(at, "sender", "receive", json!({ "row": "1", "after": serde_json::to_value(Summary::from(&state))? }));
        let stage = if open {
            self.pick(&[Stage::New, Stage::Routed, Stage::Working, Stage::Answered]).unwrap_or(Stage::New)
        } else {
            Stage::Closed
        };
        self.walk(&mut state, &mut chain, stage, lead, field, at)?;
        let text = self.text(WORDS);
        let title = language::title::title(&text);
        let row = self.row(id, code.as_str(), &title, sender, &state, at)?;
        rows.parties.push((id, self.reference.city, "received", row.received_at));
        if let Some(lead) = state.lead {
            rows.parties.push((id, lead, "lead", row.received_at));
        }
        let report = self.message(sender, "in", "report", &text, at, None);
        rows.ties.push((id, report.id));
        rows.messages.push(report);
        if let Some(answered) = state.answered_at {
            let answer_text = self.text(WORDS);
            let answer = self.message(sender, "out", "answer", &answer_text, answered, Some(lead));
            rows.ties.push((id, answer.id));
            rows.answers.push(self.answer(id, &state, answer.id, &answer_text, answered));
            rows.messages.push(answer);
            if state.published_at.is_some() {
                rows.publications.push(self.publication(id, field, lead, &title, &text, &answer_text, answered));
            }
        }
        rows.events.extend(chain.rows);
        rows.cases.push(row);
        Ok(())
    }

    /// Leads a case to a stage, one event a step, as the table of transitions would.
    fn walk(&self, state: &mut CaseState, chain: &mut Chain, stage: Stage, lead: Uuid, field: &str, at: Timestamp) -> Result<()> {
        let mut now = at;
        let mut step = |state: &mut CaseState,
                        chain: &mut Chain,
                        name: &str,
                        minutes: i64,
                        change: &mut dyn FnMut(&mut CaseState, Timestamp)|
         -> Result<()> {
            now += SignedDuration::from_mins(minutes);
            let before = Summary::from(&*state);
            change(state, now);
            let row = domain::case::row(name).map_or("", |row| row.number);
            let data =
                json!({ "row": row, "before": serde_json::to_value(before)?, "after": serde_json::to_value(Summary::from(&*state))? });
            chain.push(now, "system", name, data);
            Ok(())
        };
        if stage == Stage::New {
            return Ok(());
        }
        step(state, chain, "start_screening", 20, &mut |state, _| state.screening = true)?;
        let due = compute(&self.reference.book, Track::Question, Urgency::Normal, Some(lead), Step::Answer, at);
        step(state, chain, "route", 10, &mut |state, now| {
            state.stage = Stage::Routed;
            state.track = Some(Track::Question);
            state.field = Some(field.to_owned());
            state.lead = Some(lead);
            state.routed_at = Some(now);
            if let Some(due) = &due {
                state.due = Some(due.at);
                state.due_original = Some(due.at);
                state.due_basis = Some(DueBasis::Rule);
                state.promise = Some(Promise { rule: due.explanation.rule, amount: due.explanation.amount, unit: due.explanation.unit });
            }
        })?;
        if stage == Stage::Routed {
            return Ok(());
        }
        let drafter = self.drafter;
        step(state, chain, "accept", 300, &mut |state, _| {
            state.stage = Stage::Working;
            state.officer = Some(drafter);
        })?;
        if stage == Stage::Working {
            return Ok(());
        }
        let answer = self.fresh(at);
        step(state, chain, "submit_draft", 1_000, &mut |state, now| {
            state.stage = Stage::Approval;
            state.draft = Some(domain::case::Draft { by: drafter, at: now, answer_id: answer });
        })?;
        step(state, chain, "approve", 200, &mut |state, now| {
            state.stage = Stage::Answered;
            state.draft = None;
            state.answer_id = Some(answer);
            state.answered_at = Some(now);
        })?;
        if stage == Stage::Answered {
            return Ok(());
        }
        step(state, chain, "close", 4_000, &mut |state, now| {
            state.stage = Stage::Closed;
            state.outcome = Some(domain::case::Outcome::Done);
            state.closed_at = Some(now);
        })?;
        if self.dice.below(10) == 0 {
            step(state, chain, "publish", 60, &mut |state, now| state.published_at = Some(now))?;
        }
        Ok(())
    }

    fn row(&self, id: Uuid, code: &str, title: &str, sender: u64, state: &CaseState, at: Timestamp) -> Result<CaseRow> {
        let lead = state.lead.unwrap_or(self.reference.city);
        let proposal = Proposal {
            title: title.to_owned(),
            fields: state.field.iter().map(|field| (field.clone(), 80)).collect(),
            track: Track::Question,
            lead,
            co: Vec::new(),
            why: String::new(),
            confirm_by: None,
            smells: Vec::new(),
        };
        let mut row = CaseRow {
            id,
            code: code.to_owned(),
            version: 1,
            state: Json(Value::Null),
            stage: String::new(),
            label: String::new(),
            queue: String::new(),
            open: true,
            sealed: false,
            visibility: String::new(),
            track: None,
            field: None,
            ward: None,
            title: title.to_owned(),
            language: "vi".into(),
            channel: "web".into(),
            conversation_id: self.id("conversation", sender),
            contact_id: self.id("contact", sender),
            business_id: None,
            agency_id: lead,
            officer_id: None,
            proposal: Json(serde_json::to_value(proposal)?),
            explanation: None,
            hint_case_id: None,
            received_at: at.as_microsecond(),
            confirm_by: None,
            due_at: None,
            sort_at: 0,
            clock_at: None,
            timer_at: None,
            answered_at: None,
            closed_at: None,
            published_at: None,
            updated_at: at.as_microsecond(),
        };
        draw(&mut row, state, self.reference, at)?;
        // Seeded answers are not closed by the silence of senders who do not exist.
        row.timer_at = None;
        Ok(row)
    }

    fn message(&self, sender: u64, direction: &str, kind: &str, text: &str, at: Timestamp, agency: Option<Uuid>) -> MessageRow {
        MessageRow {
            id: self.fresh(at),
            conversation_id: self.id("conversation", sender),
            direction: direction.into(),
            kind: kind.into(),
            officer_id: agency.map(|_| self.approver),
            agency_id: agency,
            subject: String::new(),
            text: text.to_owned(),
            quoted: None,
            html: false,
            external_id: None,
            threading: Json(json!({})),
            recipient: None,
            state: if direction == "in" { "received" } else { "shown" }.into(),
            state_reason: None,
            state_at: at.as_microsecond(),
            unconfirmed: false,
            delivery_id: None,
            created_at: at.as_microsecond(),
            stored_at: at.as_microsecond(),
        }
    }

    fn answer(&self, case: Uuid, state: &CaseState, message: Uuid, text: &str, at: Timestamp) -> AnswerRow {
        AnswerRow {
            id: state.answer_id.unwrap_or(message),
            case_id: case,
            number: 1,
            checked: text.to_owned(),
            legal_basis: "Luật Quản lý thuế số 38/2019/QH14".into(),
            next_steps: "Anh/chị nhận kết quả trong 3 ngày làm việc.".into(),
            contact_line: "Tổng đài 1022".into(),
            drafted_by: self.drafter,
            drafted_at: at.as_microsecond(),
            decided_by: Some(self.approver),
            decided_at: Some(at.as_microsecond()),
            decision: "sent".into(),
            reason: None,
            message_id: Some(message),
        }
    }

    fn publication(
        &self,
        case: Uuid,
        field: &str,
        agency: Uuid,
        title: &str,
        question: &str,
        answer: &str,
        at: Timestamp,
    ) -> PublicationRow {
        PublicationRow {
            id: self.fresh(at),
            case_id: case,
            field: field.to_owned(),
            agency_id: agency,
            title: title.to_owned(),
            question: question.to_owned(),
            answer: answer.to_owned(),
            answered_at: at.as_microsecond(),
            published_at: at.as_microsecond(),
            published_by: self.approver,
            unpublished_at: None,
            unpublished_reason: None,
        }
    }
}

/// A serial that no two numbers share: a walk over all serials in steps that are prime to their count.
fn serial(number: u64, seed: u64) -> u32 {
    const COUNT: u64 = 8_000_000;
    let place = (number.wrapping_mul(3_999_971) + seed.wrapping_mul(7_919)) % COUNT;
    2_000_000 + u32::try_from(place).unwrap_or(0)
}

struct Chain {
    case: Uuid,
    prev: String,
    rows: Vec<EventRow>,
}

impl Chain {
    fn new(case: Uuid) -> Self {
        Self { case, prev: GENESIS.to_owned(), rows: Vec::new() }
    }

    fn push(&mut self, at: Timestamp, actor: &str, kind: &str, data: Value) {
        let seq = self.rows.len() as u64 + 1;
        let event = Event {
            case_id: self.case,
            seq,
            at,
            actor: actor.to_owned(),
            kind: kind.to_owned(),
            data,
            personal_hash: None,
            prev_hash: std::mem::take(&mut self.prev),
        };
        let hash = event.hash();
        self.rows.push(EventRow {
            case_id: self.case,
            seq: seq as i64,
            at: at.as_microsecond(),
            actor: Json(Value::from(event.actor)),
            kind: event.kind,
            body: Json(event.data),
            personal: None,
            personal_salt: None,
            personal_hash: None,
            prev_hash: event.prev_hash,
            hash: hash.clone(),
        });
        self.prev = hash;
    }
}
