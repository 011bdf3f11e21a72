//! A message in a chat: the rules of `domain::chat` are asked, and what they say is done and answered in one transaction.

use channels::Event;
use domain::case::Action;
use domain::chat::{Asked, Facts, Intent, JoinAnswer, OwnCase, Spans, Step, Talk, decide};
use domain::route::{Place, choose};
use domain::tax_code::TaxCode;
use domain::time::local_date;
use domain::tracking_code::TrackingCode;
use domain::visibility::Visibility;
use jiff::SignedDuration;
use serde_json::json;
use store::Tx;
use store::contacts::IdentityRow;
use store::conversations::ConversationRow;
use store::files::FileRow;
use uuid::Uuid;

use crate::change::{OpenCase, state_in};
use crate::receive::{Beginning, Incoming, begin, conversation_for, join, message_row};
use crate::reference::Reference;
use crate::tell::{Asking, Chat, Reach, Words, ask};
use crate::understand::{Hints, Proposal, understand};
use crate::words_of::{agency_and_date, day, moment, tongue};
use crate::{City, Error, Result};

/// What came, with what was worked out before the transaction.
pub struct Heard {
    pub incoming: Incoming,
    /// A report's field, agency and title, as far as the words tell.
    pub proposal: Proposal,
    pub reply_to: Option<String>,
}

/// Takes one message of a person; answers the id under which it is kept.
pub async fn hear(tx: &mut Tx, city: &City, reference: &Reference, heard: Heard) -> Result<Uuid> {
    let (conversation, identity, name, language) = conversation_for(tx, city, &heard.incoming).await?;
    store::conversations::acted(tx, conversation.id, heard.incoming.written_at).await?;
    let mut talk: Talk = serde_json::from_value(conversation.talk.0.clone())?;
    let own = own_cases(tx, identity.contact_id).await?;
    let text = heard.incoming.text.as_str();
    let replied = match &heard.reply_to {
        Some(id) => case_of(tx, &conversation, id).await?.filter(|case| own.iter().any(|own| own.id == *case)),
        None => None,
    };
    let mut own_code = None;
    for code in TrackingCode::find_in(text) {
        let case = store::cases::by_code(tx, code.as_str()).await?.map(|case| case.id);
        own_code = own_code.or(case.filter(|case| own.iter().any(|own| own.id == *case)));
    }
    let has_files = !heard.incoming.files.is_empty();
    let facts = Facts {
        intent: language::intent::intent(text),
        talk: &talk,
        own: &own,
        replied,
        own_code,
        holds_tax_code: tax_code(text).is_some(),
        holds_ward: ward(reference, text).is_some(),
        now: city.now(),
    };
    // A picture beside a word is something to keep, whatever the word.
    let facts = if has_files && !matches!(facts.intent, Intent::Words) { Facts { intent: Intent::Wordless, ..facts } } else { facts };
    let spans = Spans {
        gather: SignedDuration::from_secs(reference.number("chat_gather_seconds")?),
        join: SignedDuration::from_hours(reference.number("chat_join_hours")?),
    };
    let step = decide(&facts, &spans);
    let chat = Chat::of(&identity, conversation.id, heard.incoming.external_id.as_deref()).ok_or(Error::NotFound)?;
    let threading = json!({ "in_reply_to": heard.incoming.external_id });
    let reach = Reach { identity, name, language, threading, chat: Some(chat) };
    let mut turn = Turn { tx, city, reference, reach, conversation, talk: std::mem::take(&mut talk) };
    turn.take(step, heard).await
}

/// Somebody opened the chat and waits to be spoken to: the question what is the matter, unless something is being talked of.
pub async fn greet(tx: &mut Tx, city: &City, reference: &Reference, incoming: &Incoming) -> Result<()> {
    let (conversation, identity, name, language) = conversation_for(tx, city, incoming).await?;
    store::conversations::acted(tx, conversation.id, incoming.written_at).await?;
    let mut talk: Talk = serde_json::from_value(conversation.talk.0.clone())?;
    if talk.asked.is_some() || talk.case.is_some() {
        return Ok(());
    }
    // Who starts anew is no longer stopped.
    talk.stopped = false;
    let chat = Chat::of(&identity, conversation.id, None).ok_or(Error::NotFound)?;
    let reach = Reach { identity, name, language, threading: json!({}), chat: Some(chat) };
    let mut turn = Turn { tx, city, reference, reach, conversation, talk };
    turn.reply(Step::AskMatter, "", None, None).await
}

/// One message and what it leads to.
struct Turn<'a> {
    tx: &'a mut Tx,
    city: &'a City,
    reference: &'a Reference,
    reach: Reach,
    conversation: ConversationRow,
    talk: Talk,
}

impl Turn<'_> {
    async fn take(&mut self, step: Step, heard: Heard) -> Result<Uuid> {
        let asked = self.talk.asked.take();
        let joined = self.talk.joined.take();
        match step {
            Step::Begin => self.begin(heard).await,
            Step::Join { case, answer } => {
                if answer == JoinAnswer::Nothing {
                    // Still the same report: what was asked waits on.
                    self.talk.asked = asked;
                }
                self.join(heard, case, answer).await
            }
            step => {
                let files = !heard.incoming.files.is_empty();
                let message = self.keep(&heard.incoming).await?;
                if files {
                    self.talk.pending.push(message);
                }
                self.reply(step, &heard.incoming.text, asked, joined).await?;
                Ok(message)
            }
        }
    }

    async fn begin(&mut self, heard: Heard) -> Result<Uuid> {
        let pending = std::mem::take(&mut self.talk.pending);
        // Begun here, so that the receipt's question is not written over.
        self.talk = Talk { stopped: self.talk.stopped, written_at: Some(self.city.now()), ..Talk::default() };
        self.write_talk().await?;
        let beginning = Beginning {
            code: None,
            proposal: heard.proposal,
            visibility: Visibility::Agencies,
            ward: None,
            business_id: None,
            hint: None,
            silent: None,
        };
        let begun = begin(self.tx, self.city, self.reference, heard.incoming, beginning).await?;
        store::messages::tie(self.tx, pending.iter().map(|message| (begun.case, *message)).collect()).await?;
        for message in pending {
            store::files::move_to_case(self.tx, message, begun.case).await?;
        }
        let row = store::conversations::find(self.tx, self.conversation.id).await?;
        self.talk = serde_json::from_value(row.talk.0)?;
        self.talk.case = Some(begun.case);
        self.write_talk().await?;
        Ok(begun.message)
    }

    async fn join(&mut self, heard: Heard, case: Uuid, answer: JoinAnswer) -> Result<Uuid> {
        let message = join(self.tx, self.city, self.reference, heard.incoming, case, false).await?;
        self.talk.case = Some(case);
        self.talk.written_at = Some(self.city.now());
        if answer == JoinAnswer::AddedByGuess {
            self.talk.joined = Some(message);
        }
        self.write_talk().await?;
        let (kind, buttons) = match answer {
            JoinAnswer::Nothing => return Ok(message),
            JoinAnswer::Added => ("chat_added", vec![]),
            JoinAnswer::AddedByGuess => ("chat_added_guess", vec!["Việc khác".to_owned()]),
        };
        let case = OpenCase::load(self.tx, case).await?;
        self.say(kind, Some(&case), vec![], Asking { buttons, ..Asking::default() }).await?;
        Ok(message)
    }

    /// Keeps a message that belongs to no case's talk.
    async fn keep(&mut self, incoming: &Incoming) -> Result<Uuid> {
        let row = message_row(self.city, &self.conversation, incoming, "chat", false);
        let id = row.id;
        store::messages::insert(self.tx, None, vec![row]).await?;
        let files = incoming.files.iter().map(|file| FileRow { message_id: Some(id), ..file.clone() }).collect();
        store::files::insert(self.tx, files).await?;
        Ok(id)
    }

    async fn reply(&mut self, step: Step, text: &str, asked: Option<Asked>, joined: Option<Uuid>) -> Result<()> {
        match step {
            Step::Begin | Step::Join { .. } => {}
            Step::Quiet => {
                // "Cảm ơn" changes nothing of what was asked.
                self.talk.asked = asked;
                self.talk.joined = joined;
                self.write_talk().await?;
            }
            Step::AskMatter => {
                self.talk.asked = Some(Asked::Matter);
                self.write_talk().await?;
                let kind = if self.talk.pending.is_empty() { "chat_matter" } else { "chat_matter_picture" };
                self.say(kind, None, vec![], Asking::default()).await?;
            }
            Step::Tell { case } => self.tell_status(case, asked).await?,
            Step::LookUp(code) => self.look_up(&code, asked).await?,
            Step::NoCase => {
                self.talk.asked = Some(Asked::Matter);
                self.write_talk().await?;
                self.say("chat_no_case", None, vec![], Asking::default()).await?;
            }
            Step::CannotRate(code) => {
                self.talk.asked = asked;
                self.write_talk().await?;
                self.say("chat_cannot_rate", None, vec![("number", code.display())], Asking::default()).await?;
            }
            Step::Confirm { case } => {
                self.write_talk().await?;
                self.say_of("chat_confirmed", case).await?;
            }
            Step::OfferFields { case } => self.offer_fields(case).await?,
            Step::TakeField { case, field } => self.take_field(case, field).await?,
            Step::TakeTaxCode { case } => self.take_tax_code(case, text).await?,
            Step::TakeWard { case } => self.take_ward(case, text).await?,
            Step::LeaveOut { case } => {
                self.write_talk().await?;
                self.say_of("chat_left_out", case).await?;
            }
            Step::Separate { message, from } => self.separate(message, from).await?,
            Step::Rate { case, score } => {
                self.write_talk().await?;
                let action = Action::Close { rating: Some(score) };
                let rated = crate::follow::as_sender(self.tx, self.city, self.reference, case, &action, Some((score, ""))).await;
                self.say_of(if rated.is_ok() { "chat_rated" } else { "chat_too_late" }, case).await?;
                refused_only(rated)?;
            }
            Step::AskReason { case, score } => {
                self.talk.asked = Some(Asked::Reason { case, score });
                self.write_talk().await?;
                self.say_of("chat_why", case).await?;
            }
            Step::Reopen { case, score } => {
                self.write_talk().await?;
                let action = Action::Reopen { reason: text.trim().to_owned(), rating: Some(score) };
                let reopened = crate::follow::as_sender(self.tx, self.city, self.reference, case, &action, Some((score, text))).await;
                if reopened.is_err() {
                    self.say_of("chat_too_late", case).await?;
                }
                refused_only(reopened)?;
            }
            Step::Stop => {
                self.talk.stopped = true;
                self.write_talk().await?;
                self.say("chat_stopped", None, vec![], Asking::default()).await?;
            }
        }
        Ok(())
    }

    async fn tell_status(&mut self, case: Uuid, asked: Option<Asked>) -> Result<()> {
        self.talk.asked = asked;
        self.write_talk().await?;
        let case = OpenCase::load(self.tx, case).await?;
        let language = self.reach.language.clone();
        let mut values = vec![("stage", tongue(&language).of("step", case.state.sender_step().as_str()).into_owned())];
        let agency = case.state.lead.unwrap_or(case.state.received_by);
        values.push(("agency", self.reference.name(agency).to_owned()));
        values.push(("received", day(case.state.received_at, &language)));
        let kind = match case.state.due {
            Some(due) if case.row.open => {
                values.push(("due", day(due, &language)));
                "chat_status_due"
            }
            _ if case.row.open => {
                let at = case.row.confirm_by.and_then(|at| store::time(at).ok());
                values.push(("confirm_by", at.map_or_else(|| "—".to_owned(), |at| moment(at, &language))));
                "chat_status_new"
            }
            _ => "chat_status_closed",
        };
        self.say(kind, Some(&case), values, Asking::default()).await
    }

    /// As anybody may: status and dates, and alike for unknown, sealed and mistyped codes.
    async fn look_up(&mut self, code: &TrackingCode, asked: Option<Asked>) -> Result<()> {
        self.talk.asked = asked;
        self.write_talk().await?;
        let language = self.reach.language.clone();
        match crate::look_up::status(self.tx, self.reference, Some(code)).await? {
            Some(found) => {
                let mut values = vec![
                    ("number", code.display()),
                    ("stage", tongue(&language).of("step", found.step.as_str()).into_owned()),
                    ("received", day(found.received_at, &language)),
                ];
                let kind = match found.due {
                    Some(due) => {
                        values.push(("due", day(due, &language)));
                        "chat_look_up_due"
                    }
                    None => "chat_look_up",
                };
                self.say(kind, None, values, Asking::default()).await
            }
            None => self.say("chat_look_up_none", None, vec![("number", code.display())], Asking::default()).await,
        }
    }

    async fn offer_fields(&mut self, case: Uuid) -> Result<()> {
        let case = OpenCase::load(self.tx, case).await?;
        let proposal: Proposal = serde_json::from_value(case.row.proposal.0.clone())?;
        let english = self.reach.language == "en";
        // What was refused is not offered again; the likely ones first, then what businesses ask about most.
        let refused = proposal.fields.first().map(|(field, _)| field.clone());
        let mut fields: Vec<String> = proposal.fields.iter().skip(1).map(|(field, _)| field.clone()).collect();
        for usual in ["tax", "customs_trade", "business_investment", "construction_housing", "labour", "utilities_flooding"] {
            if fields.len() < 5 && !fields.iter().any(|field| field == usual) && refused.as_deref() != Some(usual) {
                fields.push(usual.to_owned());
            }
        }
        fields.retain(|field| self.reference.fields.contains_key(field));
        let mut options: Vec<String> = fields
            .iter()
            .enumerate()
            .map(|(place, field)| format!("{}. {}", place + 1, self.reference.field_name(field, english)))
            .collect();
        options.push(format!("{}. {}", fields.len() + 1, if english { "Another one" } else { "Lĩnh vực khác" }));
        let buttons = (1..=options.len()).map(|number| number.to_string()).collect();
        self.talk.asked = Some(Asked::Field { case: case.id(), fields });
        self.write_talk().await?;
        self.say("chat_fields", Some(&case), vec![("options", options.join("\n"))], Asking { buttons, ..Asking::default() }).await
    }

    async fn take_field(&mut self, case: Uuid, field: Option<String>) -> Result<()> {
        self.write_talk().await?;
        let mut case = OpenCase::load(self.tx, case).await?;
        let Some(field) = field else {
            case.event(self.city, "sender", "field_refused", json!({}), None);
            let told = case.row.clone();
            case.save(self.tx, self.city, self.reference).await?;
            let case = OpenCase::load(self.tx, told.id).await?;
            return self.say("chat_field_other", Some(&case), vec![], Asking::default()).await;
        };
        self.propose(case, Some(field), None, "chat_field_taken").await
    }

    async fn take_ward(&mut self, case: Uuid, text: &str) -> Result<()> {
        self.write_talk().await?;
        let case = OpenCase::load(self.tx, case).await?;
        self.propose(case, None, ward(self.reference, text), "chat_ward_taken").await
    }

    /// Writes a field or a ward that the sender chose into the proposal, and says who is proposed now.
    async fn propose(&mut self, mut case: OpenCase, field: Option<String>, ward: Option<String>, kind: &'static str) -> Result<()> {
        let mut proposal: Proposal = serde_json::from_value(case.row.proposal.0.clone())?;
        if let Some(field) = field {
            proposal.fields.retain(|(known, _)| *known != field);
            proposal.fields.insert(0, (field, 100));
            proposal.fields.truncate(3);
        }
        if ward.is_some() {
            case.row.ward = ward;
        }
        let first = proposal.fields.first().map(|(field, _)| field.clone());
        let place = Place { ward: case.row.ward.as_deref(), zone: None, business: None };
        let today = local_date(self.city.now());
        if let Some(chosen) = choose(&self.reference.routes, &self.reference.agencies, first.as_deref(), place, today) {
            proposal.lead = chosen.lead;
            proposal.co = chosen.co;
            proposal.why = chosen.why.to_string();
        }
        let told = json!({ "field": first, "ward": case.row.ward });
        case.row.proposal = store::Json(serde_json::to_value(&proposal)?);
        case.event(self.city, "sender", "proposal_changed", told, None);
        let id = case.id();
        case.save(self.tx, self.city, self.reference).await?;
        let english = self.reach.language == "en";
        let name = first.as_deref().map_or("", |field| self.reference.field_name(field, english)).to_owned();
        let mut values = vec![("field", name)];
        values.extend(agency_and_date(self.reference, "agency", proposal.lead, "confirm_by", proposal.confirm_by, &self.reach.language));
        let case = OpenCase::load(self.tx, id).await?;
        self.say(kind, Some(&case), values, Asking::default()).await
    }

    async fn take_tax_code(&mut self, case: Uuid, text: &str) -> Result<()> {
        self.write_talk().await?;
        let mut case = OpenCase::load(self.tx, case).await?;
        if let Some(code) = tax_code(text) {
            let business = crate::report::business(self.tx, self.city, &code).await?;
            case.row.business_id = Some(business);
            store::businesses::tie(self.tx, case.row.contact_id, business, "claimed").await?;
            case.event(self.city, "sender", "business_named", json!({}), None);
        }
        let id = case.id();
        case.save(self.tx, self.city, self.reference).await?;
        let masked = tax_code(text).map(|code| if code.is_personal() { code.masked() } else { code.to_string() }).unwrap_or_default();
        let case = OpenCase::load(self.tx, id).await?;
        self.say("chat_tax_taken", Some(&case), vec![("tax_code", masked)], Asking::default()).await
    }

    /// "Việc khác": the last message leaves the case that was guessed and begins its own.
    async fn separate(&mut self, message: Uuid, from: Uuid) -> Result<()> {
        let row = store::messages::find(self.tx, message).await?;
        let mut case = OpenCase::load(self.tx, from).await?;
        case.event(self.city, "sender", "message_separated", json!({ "message": message }), None);
        case.save(self.tx, self.city, self.reference).await?;
        store::messages::untie(self.tx, message, from).await?;
        let files = store::files::of_message(self.tx, message).await?;
        let now = self.city.now();
        let reception = crate::receive::reception_of(self.reference, None);
        let proposal = understand(self.reference, &row.text, &Hints::default(), now, reception);
        self.talk = Talk { stopped: self.talk.stopped, written_at: Some(now), ..Talk::default() };
        self.write_talk().await?;
        let account = store::channel_accounts::find(self.tx, self.conversation.account_id).await?;
        let incoming = Incoming {
            account_id: account.id,
            account_agency: account.agency_id,
            channel: account.channel,
            sender: sender_of(&self.reach),
            // The octets and the vendor's id stay with the first message.
            external_id: None,
            subject: row.subject,
            text: row.text,
            quoted: None,
            html: false,
            threading: json!({ "separated_from": message }),
            delivery_id: row.delivery_id,
            written_at: now,
            files: files.into_iter().map(|file| FileRow { id: self.city.new_id(), case_id: None, message_id: None, ..file }).collect(),
        };
        let beginning = Beginning {
            code: None,
            proposal,
            visibility: Visibility::Agencies,
            ward: None,
            business_id: None,
            hint: Some(from),
            silent: None,
        };
        let begun = begin(self.tx, self.city, self.reference, incoming, beginning).await?;
        let row = store::conversations::find(self.tx, self.conversation.id).await?;
        self.talk = serde_json::from_value(row.talk.0)?;
        self.talk.case = Some(begun.case);
        self.write_talk().await
    }

    async fn say_of(&mut self, kind: &'static str, case: Uuid) -> Result<()> {
        let case = OpenCase::load(self.tx, case).await?;
        self.say(kind, Some(&case), vec![], Asking::default()).await
    }

    async fn say(
        &mut self,
        kind: &'static str,
        case: Option<&OpenCase>,
        values: Vec<(&'static str, String)>,
        asking: Asking,
    ) -> Result<()> {
        let words = Words { kind, values, officer: None, agency: None };
        ask(self.tx, self.city, self.reference, case, &self.reach, words, asking).await?;
        Ok(())
    }

    async fn write_talk(&mut self) -> Result<()> {
        store::conversations::set_talk(self.tx, self.conversation.id, serde_json::to_value(&self.talk)?).await?;
        Ok(())
    }
}

/// What the receipt asks: the one thing that is missing, the ward before the tax code.
pub fn missing(reference: &Reference, case: Uuid, proposal: &Proposal, reach: &Reach) -> Asking {
    let field = proposal.fields.first().map(|(field, _)| field.as_str());
    let by_ward = reference.routes.routes.iter().any(|route| route.ward.is_some() && route.field.as_deref() == field);
    let no = if reach.language == "en" { "Not right" } else { "Không đúng" };
    if reach.chat.as_ref().is_some_and(|chat| chat.channel == crate::sms_accounts::CHANNEL) && !(by_ward && field.is_some()) {
        // A question of its own would cost a second segment; "Không đúng" is understood without being asked for.
        return Asking { asked: Some(Asked::Proposal { case }), ..Asking::default() };
    }
    let skip = if reach.language == "en" { "Skip" } else { "Bỏ qua" };
    let (question, asked) =
        if by_ward && field.is_some() { ("chat_ask_ward", Asked::Ward { case }) } else { ("chat_ask_tax_code", Asked::TaxCode { case }) };
    Asking { buttons: vec![no.to_owned(), skip.to_owned()], question: Some(question), asked: Some(asked) }
}

/// Only a refusal by the table of transitions is told to the sender; anything else is tried again.
fn refused_only(done: Result<()>) -> Result<()> {
    match done {
        Err(Error::Refused(_)) | Ok(()) => Ok(()),
        Err(error) => Err(error),
    }
}

fn sender_of(reach: &Reach) -> crate::receive::Sender {
    let identity: &IdentityRow = &reach.identity;
    crate::receive::Sender {
        new: false,
        kind: identity.kind.clone(),
        value: identity.value.clone(),
        name: reach.name.clone(),
        language: reach.language.clone(),
    }
}

async fn own_cases(tx: &mut Tx, contact: Uuid) -> Result<Vec<OwnCase>> {
    let rows = store::cases::own(tx, contact, 20).await?;
    let mut own = Vec::with_capacity(rows.len());
    for row in rows {
        let state = state_in(&row.state.0)?;
        let may_refuse = domain::case::available(&state, &[domain::case::Role::Sender]).iter().any(|row| row.name == "reopen");
        own.push(OwnCase {
            id: row.id,
            open: row.open,
            in_reception: state.in_reception(),
            answered: may_refuse && state.answered_at.is_some(),
            written_at: store::time(row.written_at)?,
        });
    }
    own.sort_by_key(|case| std::cmp::Reverse(case.written_at));
    Ok(own)
}

/// The case of the message with this id of the channel, ours or the sender's.
async fn case_of(tx: &mut Tx, conversation: &ConversationRow, external_id: &str) -> Result<Option<Uuid>> {
    let message = match store::message_parts::by_external(tx, conversation.account_id, external_id).await? {
        Some(part) => Some(part.message_id),
        None => {
            let said = store::messages::by_external(tx, external_id).await?;
            said.into_iter().find(|message| message.conversation_id == conversation.id).map(|message| message.id)
        }
    };
    match message {
        Some(message) => Ok(store::cases::of_message(tx, message).await?.into_iter().next().map(|case| case.id)),
        None => Ok(None),
    }
}

fn tax_code(text: &str) -> Option<TaxCode> {
    let digits = |c: char| c.is_ascii_digit() || matches!(c, '-' | '.' | ' ');
    let mut runs = text.split(|c: char| !digits(c)).map(str::trim).filter(|run| run.bytes().filter(u8::is_ascii_digit).count() >= 10);
    let run = runs.next()?;
    run.parse::<TaxCode>().ok()
}

/// The ward that a text names, when it names exactly one.
fn ward(reference: &Reference, text: &str) -> Option<String> {
    let said = format!(" {} ", language::fold::fold(text));
    let bare = |name: &str| {
        let folded = language::fold::fold(name);
        ["phuong ", "xa ", "dac khu "].iter().find_map(|kind| folded.strip_prefix(kind)).unwrap_or(&folded).to_owned()
    };
    let mut found: Vec<(&String, String)> =
        reference.wards.iter().map(|(code, name)| (code, bare(name))).filter(|(_, name)| said.contains(&format!(" {name} "))).collect();
    // "Tân Sơn Nhì" names one ward, though "Tân Sơn" is another's name.
    let longest = found.iter().map(|(_, name)| name.len()).max()?;
    found.retain(|(_, name)| name.len() == longest);
    match found.as_slice() {
        [(code, _)] => Some((*code).clone()),
        _ => None,
    }
}

/// A message's event that belongs to the person rather than to the account.
pub fn person_of(event: &Event) -> &str {
    use channels::Kind;
    match event.kind {
        Kind::Echo | Kind::DeliveryReceipt | Kind::ReadReceipt | Kind::Failed if event.sender_id == event.account_id => &event.recipient_id,
        _ => &event.sender_id,
    }
}
