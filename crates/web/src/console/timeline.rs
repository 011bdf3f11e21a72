//! One timeline of a case: what was said, noted, decided, delivered; newest at the bottom.

use domain::time::local_date;
use jiff::Timestamp;
use service::City;
use service::read_case::{CaseView, EventRow, FileRow, MessageRow};
use service::resend::repeats;
use uuid::Uuid;
use words::Tongue;

use super::at;
use super::calls::lasted;
use super::recording::Recording;
use crate::parts::{AnswerCard, Attachment, Attachments, Event, Icon, Message, Side, Status, Tone};

/// One entry.
pub struct Entry {
    /// Moment, and within it what came in before what it led to.
    when: (i64, u8),
    pub body: Body,
}

pub enum Body {
    Said(Box<Said>),
    Answered(Box<AnswerCard>, Option<Delivery>),
    Noted(Message),
    Happened(Event),
    Called(Box<Called>),
}

/// A telephone call of the case.
pub struct Called {
    pub event: Event,
    pub recordings: Vec<Recording>,
}

/// A message with what belongs to it in the console only.
pub struct Said {
    pub message: Message,
    pub id: Uuid,
    /// What became of it after it was written, or where it was written.
    pub mark: Option<String>,
    /// What stands folded away and its name: earlier mail that was quoted, or the words before they were changed.
    pub quoted: Option<(String, String)>,
    /// Files that are not there, each with the reason.
    pub lost: Vec<String>,
    /// The formatted body, in a frame.
    pub formatted: Option<String>,
    /// The mail as it came, for whoever may have it.
    pub octets: Option<String>,
    /// From an address that nobody has confirmed yet.
    pub unconfirmed: bool,
    pub delivery: Option<Delivery>,
}

/// How a message of ours fares on its way.
pub struct Delivery {
    pub status: Status,
    /// Why it failed and whose turn it is.
    pub why: String,
    pub id: Uuid,
    /// The officer may have it sent again, or say what became of it.
    pub may_act: bool,
    /// Nobody knows whether it arrived.
    pub unsure: bool,
    /// It was sent again already.
    pub resent: bool,
    /// The id of the box that says that it may arrive twice.
    pub twice: String,
}

/// Whether a channel, or what it is called for comments, is a chat's.
pub fn is_chat(channel: &str) -> bool {
    service::tell::is_talk(channel)
}

/// A comment under a post of the city's page, as cases and identities call it.
pub const COMMENT: &str = service::tell::COMMENTER;

/// The entries; `asked` is the message that a form was just refused for.
pub fn draw(city: &City, tongue: Tongue, view: &CaseView, asked: Option<Uuid>) -> Vec<Entry> {
    let now = city.now();
    let mut entries = Vec::with_capacity(view.messages.len() + view.notes.len() + view.events.len());
    for message in &view.messages {
        let body = match view.answers.iter().find(|answer| answer.message_id == Some(message.id)) {
            Some(answer) => {
                let agency = message.agency_id.unwrap_or(view.row.agency_id);
                let card = AnswerCard {
                    tongue,
                    agency: city.reference().name(agency).to_owned(),
                    at: written(tongue, view, message, now),
                    checked: answer.checked.clone(),
                    basis: answer.legal_basis.clone(),
                    next: answer.next_steps.clone(),
                    contact: answer.contact_line.clone(),
                    files: files(tongue, view, message.id),
                };
                Body::Answered(Box::new(card), delivery(tongue, view, message, asked))
            }
            None => {
                let said = Said { delivery: delivery(tongue, view, message, asked), ..said(city, tongue, view, message, now) };
                Body::Said(Box::new(said))
            }
        };
        let led = if message.direction == "in" { 0 } else { 2 };
        entries.push(Entry { when: (message.stored_at, led), body });
    }
    for note in &view.notes {
        let name = view.people.get(&note.officer_id).map_or("", String::as_str);
        let message = Message {
            side: Side::Inside,
            name: tongue.with("note-by", [("name", name.into())]).into_owned(),
            at: tongue.short_moment(at(note.created_at), now),
            channel: None,
            text: note.text.clone(),
            files: Attachments::default(),
        };
        entries.push(Entry { when: (note.created_at, 1), body: Body::Noted(message) });
    }
    for (call, recordings) in &view.calls {
        let said = match (call.live, call.state.as_str(), call.direction.as_str()) {
            (true, ..) => tongue.t("call-of-case-now"),
            (_, "missed", _) => tongue.t("call-of-case-missed"),
            (_, _, "out") => tongue.with("call-of-case-out", [("lasted", lasted(tongue, call).into())]),
            _ => tongue.with("call-of-case-in", [("lasted", lasted(tongue, call).into())]),
        };
        let event = Event { icon: Icon::Call, tone: Tone::Calm, text: said.into_owned(), at: tongue.short_moment(at(call.begun_at), now) };
        let recordings = recordings.iter().map(|row| Recording::of(tongue, row)).collect();
        entries.push(Entry { when: (call.begun_at, 0), body: Body::Called(Box::new(Called { event, recordings })) });
    }
    for event in &view.events {
        // Notes and messages are entries themselves.
        if !matches!(event.kind.as_str(), "note" | "receive" | "message_joined" | "message_unconfirmed" | "public_reply") {
            entries.push(Entry { when: (event.at, 1), body: Body::Happened(happened(city, tongue, view, event)) });
        }
    }
    entries.sort_by_key(|entry| entry.when);
    entries
}

fn said(city: &City, tongue: Tongue, view: &CaseView, message: &MessageRow, now: Timestamp) -> Said {
    let inbound = message.direction == "in";
    let name = if inbound {
        view.contact.as_ref().map_or_else(|| tongue.t("list-hidden").into_owned(), |contact| contact.name.clone())
    } else {
        let officer = message.officer_id.and_then(|id| view.people.get(&id));
        let kind = format!("said-{}", message.kind);
        let kind = if tongue.knows(&kind) { tongue.t(&kind) } else { tongue.t("said-other") };
        match (officer, message.agency_id) {
            (Some(officer), _) => format!("{officer}: {kind}"),
            (None, Some(agency)) => format!("{}: {kind}", city.reference().short_name(agency)),
            (None, None) => words::capital(&kind),
        }
    };
    let name = if name.is_empty() { tongue.of("role", "sender").into_owned() } else { name };
    let channel = channel_of(view, message);
    let original = format!("/console/c/{}/m/{}/html", view.row.code, message.id);
    // Messages of forms have no id of their channel and no octets; those of chats share theirs with others.
    let mail = inbound && message.external_id.is_some() && channel == Some("email");
    let edited = message.state_reason.as_deref() == Some("edited");
    let mark = match (message.kind.as_str(), message.state_reason.as_deref()) {
        ("vendor_inbox", _) => Some(tongue.t("work-vendor_inbox").into_owned()),
        (_, Some("taken_back")) if inbound => Some(tongue.t("work-taken_back").into_owned()),
        (_, Some("edited")) if inbound => Some(tongue.t("work-edited").into_owned()),
        _ => None,
    };
    let folded = if edited { tongue.t("work-before") } else { tongue.t("work-quoted") }.into_owned();
    let lost = view.files.iter().filter(|file| file.message_id == Some(message.id));
    Said {
        id: message.id,
        mark,
        lost: lost.filter_map(|file| lost_file(tongue, file)).collect(),
        octets: (mail && view.may_answer && view.contact.is_some()).then(|| format!("{original}?raw=1")),
        formatted: (inbound && message.html).then_some(original),
        message: Message {
            side: if inbound { Side::Sender } else { Side::City },
            name,
            at: written(tongue, view, message, now),
            channel: channel.map(|channel| Icon::channel(channel).labelled(tongue.of("channel", channel))),
            // The secret link is made when the message goes out and rests nowhere.
            text: message.text.replace("{link}", &format!("[{}]", tongue.t("work-link"))),
            files: files(tongue, view, message.id),
        },
        quoted: message.quoted.clone().filter(|quoted| !quoted.trim().is_empty()).map(|quoted| (folded, quoted)),
        unconfirmed: message.unconfirmed,
        delivery: None,
    }
}

/// The channel of a message; none of ours where only the page shows it.
fn channel_of<'a>(view: &'a CaseView, message: &'a MessageRow) -> Option<&'a str> {
    let own = view.chats.get(&message.conversation_id).map(String::as_str);
    let chat = own.filter(|channel| is_chat(channel));
    if message.direction == "in" {
        let comment = chat.is_some() && service::comments::was_comment(message);
        return Some(if comment { COMMENT } else { own.unwrap_or(&view.row.channel) });
    }
    let to = message.recipient.as_deref()?;
    if service::sms_text::account_of(message).is_some() {
        return Some(service::sms_accounts::CHANNEL);
    }
    Some(if to.starts_with("under:") { COMMENT } else { chat.unwrap_or("email") })
}

/// When a message was written, and in which chat.
fn written(tongue: Tongue, view: &CaseView, message: &MessageRow, now: Timestamp) -> String {
    let when = tongue.short_moment(at(message.created_at), now);
    match channel_of(view, message).filter(|channel| is_chat(channel)) {
        Some(channel) => format!("{when} {}", tongue.of("via", channel)),
        None => when,
    }
}

fn lost_file(tongue: Tongue, file: &FileRow) -> Option<String> {
    let key = format!("file-lost-{}", file.refused.as_ref()?);
    let why = if tongue.knows(&key) { tongue.t(&key) } else { tongue.of("file-lost", "other") };
    Some(format!("{}: {why}", file.name))
}

/// The state of a message of ours; nothing where only the page shows it.
fn delivery(tongue: Tongue, view: &CaseView, message: &MessageRow, asked: Option<Uuid>) -> Option<Delivery> {
    message.recipient.as_ref().filter(|_| message.direction == "out")?;
    if !tongue.knows(&format!("delivery-{}", message.state)) {
        return None;
    }
    let window = view.window.as_ref().filter(|_| message.state == "queued");
    let why = match window {
        Some(window) if window.off => "off",
        Some(window) if window.alarmed => "alarmed",
        _ => message.state_reason.as_deref().unwrap_or_default(),
    };
    let key = format!("delivery-turn-{why}");
    let why = if tongue.knows(&key) { tongue.t(&key).into_owned() } else { why.to_owned() };
    let resent = view.messages.iter().any(|other| repeats(other) == Some(message.id));
    let trouble = matches!(message.state.as_str(), "failed" | "unknown");
    Some(Delivery {
        status: Status::delivery(tongue, &message.state),
        why,
        id: message.id,
        may_act: trouble && view.may_answer,
        unsure: message.state == "unknown",
        resent,
        twice: if asked == Some(message.id) { "twice".to_owned() } else { format!("twice-{}", message.id.simple()) },
    })
}

fn files(tongue: Tongue, view: &CaseView, message: Uuid) -> Attachments {
    let of = |file: &&FileRow| file.message_id == Some(message) && file.refused.is_none();
    let files = view.files.iter().filter(of).map(|file| attachment(&view.row.code, file));
    Attachments { tongue, files: files.collect() }
}

pub fn attachment(code: &str, file: &FileRow) -> Attachment {
    Attachment {
        name: file.name.clone(),
        bytes: u64::try_from(file.size).unwrap_or(0),
        address: format!("/console/c/{code}/tep/{}", file.id),
    }
}

/// An event in one line: who did what, where to, why, by when.
pub fn happened(city: &City, tongue: Tongue, view: &CaseView, event: &EventRow) -> Event {
    let reference = city.reference();
    let actor = event.actor.0.as_str().unwrap_or_default();
    let who = match actor.strip_prefix("officer:") {
        Some(id) => id.parse::<Uuid>().ok().and_then(|id| view.people.get(&id)).cloned().unwrap_or_default(),
        None if actor == "sender" => tongue.of("role", "sender").into_owned(),
        None => tongue.of("role", "system").into_owned(),
    };
    // What the program only heard of is said in other words than what somebody did.
    let heard = format!("{}-heard", event.kind);
    let kind = if actor == "system" && tongue.knows(&format!("event-{heard}")) { &heard } else { &event.kind };
    let verb = if tongue.knows(&format!("event-{kind}")) { tongue.of("event", kind) } else { kind.clone().into() };
    let body = &event.body.0;
    let side = |side: &str, name: &str| body.get(side).and_then(|summary| summary.get(name)).cloned().unwrap_or_default();
    let changed = |name: &str| Some(side("after", name)).filter(|after| *after != side("before", name) && !after.is_null());
    let id = |value: serde_json::Value| value.as_str().and_then(|text| text.parse::<Uuid>().ok());
    let mut text = format!("{who} {verb}");
    if let Some(agency) = changed("responsible").and_then(id).filter(|_| matches!(event.kind.as_str(), "route" | "reroute")) {
        text = format!("{text} {}", reference.name(agency));
    }
    if let Some(name) = changed("officer").and_then(id).and_then(|id| view.people.get(&id))
        && event.kind == "assign"
    {
        text = format!("{text} {name}");
    }
    let private = |name: &str| event.personal.as_ref().and_then(|values| values.0.get(name)).and_then(|text| text.as_str());
    if let Some(why) = private("why").or_else(|| private("reason")).filter(|why| !why.trim().is_empty()) {
        text = format!("{text}. {}", tongue.with("event-why", [("why", why.trim().to_owned().into())]));
    }
    if let Some(due) = changed("due").and_then(|due| due.as_str().and_then(|due| due.parse::<Timestamp>().ok())) {
        let day = tongue.short_day(local_date(due));
        text = format!("{}. {}", text.trim_end_matches('.'), tongue.with("event-due", [("day", day.into())]));
    }
    let text = format!("{}.", text.trim_end_matches('.'));
    let (icon, tone) = look(&event.kind);
    Event { icon, tone, text, at: tongue.short_moment(at(event.at), city.now()) }
}

fn look(kind: &str) -> (Icon, Tone) {
    match kind {
        "return" | "return_draft" | "send_back" => (Icon::Back, Tone::Wait),
        "reopen" | "not_right" | "object" => (Icon::Back, Tone::Warn),
        "route" | "reroute" | "guide" | "assign" => (Icon::Out, Tone::Calm),
        "submit_draft" => (Icon::Draft, Tone::Calm),
        "approve" | "send_answer" | "accept" | "answer_from_published" => (Icon::Tick, Tone::Calm),
        "refuse" => (Icon::Cross, Tone::Calm),
        "merge" => (Icon::Merge, Tone::Calm),
        "ask_info" | "handler_asks" | "require_proof" => (Icon::Info, Tone::Calm),
        "close" | "withdraw" | "info_expired" | "proof_expired" => (Icon::Shut, Tone::Calm),
        "publish" | "unpublish" | "unmask" => (Icon::Eye, Tone::Calm),
        "seal" => (Icon::Lock, Tone::Calm),
        "delivery_failed" => (Icon::Late, Tone::Bad),
        "delivery_unknown" => (Icon::Late, Tone::Warn),
        "delivery_settled" => (Icon::Tick, Tone::Calm),
        "call_tied" | "call_transferred" => (Icon::Call, Tone::Calm),
        "code_sent" => (Icon::Chat, Tone::Calm),
        "recording_heard" => (Icon::Eye, Tone::Calm),
        "recording_removed" => (Icon::Shut, Tone::Calm),
        "message_resent" | "message_separated" => (Icon::Out, Tone::Calm),
        "message_edited" => (Icon::Pen, Tone::Calm),
        "message_taken_back" => (Icon::Cross, Tone::Calm),
        "answered_in_vendor_inbox" => (Icon::Chat, Tone::Calm),
        "comment_hidden" | "comment_shown" => (Icon::Eye, Tone::Calm),
        "pledge" | "pledge_kept" | "pledge_missed" => (Icon::Pledge, Tone::Calm),
        _ => (Icon::Due, Tone::Calm),
    }
}
