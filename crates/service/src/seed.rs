//! Many cases at once, always the same for the same seed: for trying lists and searches at the size of a city.
//!
//! States, columns and event chains are made by the same functions as everywhere, so that `verify` finds nothing wrong.

mod course;
mod stock;

use std::sync::Arc;

use domain::case::Stage;
use domain::time::local_date;
use domain::tracking_code::TrackingCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use store::Json;
use store::answers::{AnswerRow, PublicationRow};
use store::cases::CaseRow;
use store::contacts::{ContactRow, IdentityRow};
use store::conversations::ConversationRow;
use store::events::EventRow;
use store::messages::MessageRow;
use store::officers::OfficerRow;
use uuid::Uuid;

use self::course::{Course, Ending, Start};
pub use self::stock::Sample;
use self::stock::Stock;
use crate::change::draw;
use crate::clock::{Random, SeededRandom, id_at};
use crate::reference::{Reference, stable_id};
use crate::report::web_account;
use crate::understand::Proposal;
use crate::{City, Error, Result};

/// Cases written by one transaction.
const BATCH: u64 = 2_000;
/// Agencies that get cases.
const AGENCIES: usize = 30;
const SENDERS: u64 = 50_000;
/// Words of a body.
const WORDS: usize = 60;
/// Cases of one year of the city: more cases reach further back, so that no year runs out of codes.
const YEARLY: u64 = 2_000_000;

/// What seeding needs to know.
#[derive(Debug, Clone)]
pub struct Plan {
    pub cases: u64,
    pub seed: u64,
    /// All cases lie before it, evenly over a year or, when they are many, over several.
    pub until: Timestamp,
    /// Texts whose sentences the bodies are made of; without any, the fields' own phrases serve.
    pub samples: Vec<Sample>,
}

/// Writes the cases. `told` hears how many are done and says whether to go on: stopped, what is there is consistent.
pub async fn seed(city: &City, plan: Plan, mut told: impl FnMut(u64) -> bool) -> Result<u64> {
    let cases = plan.cases;
    let maker = Maker::new(city.reference(), plan);
    maker.people(city).await?;
    add_officers(city).await?;
    // One thread makes rows while the other writes them.
    let (made, mut waiting) = tokio::sync::mpsc::channel(1);
    let making = tokio::task::spawn_blocking(move || {
        let mut from = 0;
        while from < cases {
            let to = cases.min(from + BATCH);
            let rows = maker.batch(from, to);
            let failed = rows.is_err();
            // Nobody waits any more when seeding was stopped.
            if made.blocking_send(rows).is_err() || failed {
                return;
            }
            from = to;
        }
    });
    let mut done = 0;
    while let Some(rows) = waiting.recv().await {
        let rows: Rows = rows?;
        done += rows.cases.len() as u64;
        rows.store(city).await?;
        if !told(done) {
            break;
        }
    }
    drop(waiting);
    making.await.map_err(|error| Error::Internal(error.to_string()))?;
    forget_position(city).await;
    Ok(done)
}

/// The two who acted in all seeded cases. Nobody can sign in as one of them: their passwords are no hashes.
async fn add_officers(city: &City) -> Result<()> {
    let mut tx = city.db.begin().await?;
    for (id, login, name) in [(course::drafter(), "seed.drafter", "Cán bộ xử lý"), (course::approver(), "seed.approver", "Lãnh đạo duyệt")] {
        if store::officers::by_login(&mut tx, login).await?.is_none() {
            let officer = OfficerRow {
                id,
                login: login.into(),
                name: name.into(),
                password_hash: String::new(),
                totp_secret: None,
                totp_last_step: 0,
                disabled_at: None,
                created_at: city.now().as_microsecond(),
                version: 1,
            };
            store::officers::insert(&mut tx, &officer).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// What the search index would be given of the cases of a plan, without writing them.
pub fn documents(reference: Arc<Reference>, plan: Plan) -> impl Iterator<Item = search::Document> {
    let cases = plan.cases;
    let maker = Maker::new(reference, plan);
    (0..cases).map(move |number| maker.document(number))
}

/// Seeded cases make no news, which would be read one by one: the search index is built anew instead.
async fn forget_position(city: &City) {
    let index = city.search.clone();
    let forgotten = tokio::task::spawn_blocking(move || index.apply(Vec::new(), Value::Null)).await;
    if !matches!(forgotten, Ok(Ok(()))) {
        tracing::warn!("the search index is in use: delete its folder to have the seeded cases found");
    }
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

struct Maker {
    reference: Arc<Reference>,
    plan: Plan,
    dice: SeededRandom,
    stock: Stock,
    fields: Vec<String>,
    agencies: Vec<Uuid>,
}

impl Maker {
    fn new(reference: Arc<Reference>, plan: Plan) -> Self {
        // Those that lead a field, as most cases are theirs; then whoever else there is.
        let mut agencies: Vec<Uuid> = Vec::new();
        let others = reference.agencies.iter().map(|agency| agency.id);
        for id in reference.routes.routes.iter().map(|route| route.lead).chain(others) {
            let known = reference.agencies.get(id).is_some_and(|agency| !agency.code.starts_with("ubnd-") && id != reference.city);
            if known && agencies.len() < AGENCIES && !agencies.contains(&id) {
                agencies.push(id);
            }
        }
        Self {
            dice: SeededRandom::new(plan.seed),
            stock: Stock::new(&plan.samples, &reference),
            fields: reference.fields.keys().cloned().collect(),
            agencies,
            reference,
            plan,
        }
    }

    fn senders(&self) -> u64 {
        SENDERS.min(self.plan.cases / 2).max(1)
    }

    /// Ids of people are the same in every run with this seed, however many cases it makes.
    fn id(&self, kind: &str, number: u64) -> Uuid {
        stable_id("seed", &format!("{}/{kind}/{number}", self.plan.seed))
    }

    fn fresh(&self, at: Timestamp) -> Uuid {
        let mut bits = [0; 10];
        self.dice.fill(&mut bits);
        id_at(at, bits)
    }

    fn pick<'a, T>(&self, from: &'a [T]) -> Option<&'a T> {
        from.get(usize::try_from(self.dice.below(from.len() as u64)).unwrap_or(0))
    }

    fn batch(&self, from: u64, to: u64) -> Result<Rows> {
        let mut rows = Rows::default();
        for number in from..to {
            self.case(number, &mut rows)?;
        }
        Ok(rows)
    }

    /// Senders with their conversations; those of an earlier run with the same seed stay.
    async fn people(&self, city: &City) -> Result<()> {
        let at = (self.plan.until - SignedDuration::from_hours(24 * 366)).as_microsecond();
        // They are written in the order of their numbers: the first one that is missing begins the rest.
        let mut known = 0;
        while known < self.senders() && store::contacts::find(&mut city.db.read(), self.id("contact", known)).await.is_ok() {
            known += 1;
        }
        let numbers: Vec<u64> = (known..self.senders()).collect();
        for chunk in numbers.chunks(5_000) {
            let mut people = Vec::with_capacity(chunk.len());
            let mut conversations = Vec::with_capacity(chunk.len());
            for &number in chunk {
                let contact =
                    ContactRow { id: self.id("contact", number), name: stock::name(number), language: "vi".into(), created_at: at };
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
                    talk: Json(json!({})),
                    acted_at: None,
                    quota: None,
                });
                people.push((contact, identity));
            }
            let mut tx = city.db.begin().await?;
            store::contacts::insert(&mut tx, people).await?;
            store::conversations::insert(&mut tx, conversations).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    fn document(&self, number: u64) -> search::Document {
        let (at, open) = self.moment(number);
        let lead = self.pick(&self.agencies).copied().unwrap_or(self.reference.city);
        let field = self.pick(&self.fields).cloned().unwrap_or_default();
        let report = self.stock.report(&field, WORDS, &self.dice);
        search::Document {
            kind: search::Kind::Case,
            id: self.fresh(at),
            title: language::title::title(&report),
            text: format!("{report}\n{}", self.stock.answer(&field, WORDS, &self.dice)),
            sender: stock::name(self.dice.below(self.senders())),
            code: format!("26{:08}", serial(number, self.plan.seed)),
            field: Some(field),
            agencies: vec![lead],
            received_by: self.reference.city,
            at: at.as_microsecond(),
            open,
        }
    }

    /// When a case came in, and whether it is still open: half of the last tenth, so one in twenty.
    fn moment(&self, number: u64) -> (Timestamp, bool) {
        let (cases, years) = (self.plan.cases, self.plan.cases.div_ceil(YEARLY));
        let span = 365 * 24 * 3600 * 1_000_000 * i128::from(years);
        let back = span * i128::from(cases - number) / i128::from(cases);
        let at = self.plan.until.as_microsecond() - i64::try_from(back).unwrap_or(0);
        let recent = (cases - number) * 10 <= cases;
        let open = self.dice.below(2) == 0 && recent;
        (Timestamp::from_microsecond(at).unwrap_or(self.plan.until), open)
    }

    fn case(&self, number: u64, rows: &mut Rows) -> Result<()> {
        let (at, open) = self.moment(number);
        let (id, sender) = (self.fresh(at), self.dice.below(self.senders()));
        let code = TrackingCode::from_parts(local_date(at).year(), serial(number, self.plan.seed))
            .map_err(|error| Error::Internal(error.to_string()))?;
        let lead = self.pick(&self.agencies).copied().unwrap_or(self.reference.city);
        let field = self.pick(&self.fields).map(String::as_str).unwrap_or_default();
        let ending = if open { Ending::open(self.dice.below(9)) } else { Ending::closed(self.dice.below(20)) };
        let start = Start { case: id, at, until: self.plan.until, lead, field, answer: self.fresh(at) };
        let course = Course::run(&self.reference, start, ending)?;
        let text = self.stock.report(field, WORDS, &self.dice);
        let title = language::title::title(&text);
        let row = self.row(code.as_str(), &title, sender, &course, start)?;
        rows.parties.push((id, self.reference.city, "received", row.received_at));
        rows.parties.extend(course.state.lead.map(|lead| (id, lead, "lead", row.received_at)));
        let report = self.message(sender, "in", "report", &text, at, None);
        rows.ties.push((id, report.id));
        rows.messages.push(report);
        let drafted = course.state.draft.as_ref().map(|draft| draft.at);
        if let Some(written) = course.state.answered_at.or(drafted) {
            let checked = self.stock.answer(field, WORDS, &self.dice);
            let mut answer = answer(start, &course, &checked, written);
            if course.state.answered_at.is_some() {
                let message = self.message(sender, "out", "answer", &checked, written, Some(lead));
                answer.message_id = Some(message.id);
                rows.ties.push((id, message.id));
                rows.messages.push(message);
            }
            rows.answers.push(answer);
            if let Some(published) = course.state.published_at {
                rows.publications.push(PublicationRow {
                    id: self.fresh(published),
                    case_id: id,
                    field: field.to_owned(),
                    agency_id: lead,
                    title,
                    question: text,
                    answer: checked,
                    answered_at: written.as_microsecond(),
                    published_at: published.as_microsecond(),
                    published_by: course::approver(),
                    unpublished_at: None,
                    unpublished_reason: None,
                });
            }
        }
        rows.events.extend(course.events);
        rows.cases.push(row);
        Ok(())
    }

    fn row(&self, code: &str, title: &str, sender: u64, course: &Course, start: Start<'_>) -> Result<CaseRow> {
        let (state, at) = (&course.state, start.at);
        let proposal = Proposal {
            title: title.to_owned(),
            fields: vec![(start.field.to_owned(), 80)],
            track: course.track,
            lead: start.lead,
            co: Vec::new(),
            why: String::new(),
            confirm_by: course.confirm_by,
            smells: Vec::new(),
        };
        let mut row = CaseRow {
            id: start.case,
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
            agency_id: start.lead,
            officer_id: None,
            proposal: Json(serde_json::to_value(proposal)?),
            // It takes as much room as the rest of the row, and only open cases are asked for it.
            explanation: course.explanation.clone().filter(|_| state.is_open()).map(Json),
            hint_case_id: None,
            received_at: at.as_microsecond(),
            confirm_by: course.confirm_by.map(Timestamp::as_microsecond),
            due_at: None,
            sort_at: 0,
            clock_at: None,
            timer_at: None,
            answered_at: None,
            closed_at: None,
            published_at: None,
            updated_at: at.as_microsecond(),
        };
        draw(&mut row, state, &self.reference, course.last)?;
        // The silence of senders who do not exist moves nothing.
        row.timer_at = None;
        Ok(row)
    }

    fn message(&self, sender: u64, direction: &str, kind: &str, text: &str, at: Timestamp, agency: Option<Uuid>) -> MessageRow {
        MessageRow {
            id: self.fresh(at),
            conversation_id: self.id("conversation", sender),
            direction: direction.into(),
            kind: kind.into(),
            officer_id: agency.map(|_| course::approver()),
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
}

fn answer(start: Start<'_>, course: &Course, checked: &str, at: Timestamp) -> AnswerRow {
    let sent = course.state.stage != Stage::Approval;
    AnswerRow {
        id: start.answer,
        case_id: start.case,
        number: 1,
        checked: checked.to_owned(),
        legal_basis: "Luật Quản lý thuế số 38/2019/QH14".into(),
        next_steps: "Anh/chị nhận kết quả trong 3 ngày làm việc.".into(),
        contact_line: "Tổng đài 1022".into(),
        drafted_by: course::drafter(),
        drafted_at: at.as_microsecond(),
        // On the field track the handling officer answers alone.
        decided_by: sent.then(|| if course.track.answers_directly() { course::drafter() } else { course::approver() }),
        decided_at: sent.then(|| at.as_microsecond()),
        decision: if sent { "sent" } else { "pending" }.into(),
        reason: None,
        message_id: None,
    }
}

/// A serial that no two numbers share: a walk over all serials in steps that are prime to their count.
fn serial(number: u64, seed: u64) -> u32 {
    const COUNT: u64 = 8_000_000;
    let place = (number.wrapping_mul(3_999_971) + seed.wrapping_mul(7_919)) % COUNT;
    2_000_000 + u32::try_from(place).unwrap_or(0)
}
