//! The acts a page offers: one form at a time under the talk, chosen by a tab, a key or a link; filled with what is most
//! likely right.

use domain::case::Stage;
use domain::route::{Place, Why, choose};
use domain::time::local_date;
use domain::track::{Track, Urgency};
use jiff::civil::Date;
use service::comments::{is_comment, is_hidden};
use service::read_case::{CaseView, MessageRow};
use service::reference::Reference;
use service::{City, Officer};
use uuid::Uuid;
use words::Tongue;

use super::asked::Asked;
use super::sms::Counted;
use super::timeline::attachment;
use super::{at, window};
use crate::parts::{AnswerCard, Attachment, Attachments, ErrorSummary, Icon, Status};

/// The forms in the order of their tabs: name, the rows of the table that offer it, keys, glyph.
const KINDS: [(&str, &[&str], &str, Icon); 21] = [
    ("approve", &["approve"], "d", Icon::Tick),
    ("return_draft", &["return_draft"], "t", Icon::Back),
    ("route", &["route"], "c", Icon::Out),
    ("reroute", &["reroute"], "c", Icon::Out),
    ("accept", &["accept"], "a", Icon::Tick),
    ("reply", &["submit_draft", "send_answer"], "r", Icon::Pen),
    ("note", &[], "n i", Icon::Lock),
    ("ask", &["ask_info", "handler_asks"], "h", Icon::Info),
    ("info_arrived", &["info_arrived"], "m", Icon::Done),
    ("public", &[], "f", Icon::Chat),
    ("hide", &[], "y", Icon::Eye),
    ("show", &[], "y", Icon::Eye),
    ("guide", &["guide"], "g", Icon::Out),
    ("refuse", &["refuse"], "x", Icon::Cross),
    ("assign", &["assign"], "a", Icon::Work),
    ("return", &["return"], "b", Icon::Back),
    ("correct", &["correct"], "s", Icon::Pen),
    ("extend", &["extend"], "e", Icon::Due),
    ("send_back", &["send_back"], "o", Icon::Back),
    ("reopen", &["reopen"], "l", Icon::Back),
    ("seal", &["seal"], "u", Icon::Lock),
];

/// A form that can be chosen.
pub struct Tab {
    pub kind: &'static str,
    pub keys: &'static str,
    pub icon: Icon,
    pub current: bool,
}

/// A value and its words.
pub type Choice = (String, String);

/// The form under the talk.
pub struct Composer {
    pub tabs: Vec<Tab>,
    pub kind: &'static str,
    pub asked: Asked,
    pub errors: Option<ErrorSummary>,
    /// Somebody chose this form: its first field takes the focus.
    pub focus: bool,
    pub version: i64,
    pub seen: i64,
    pub tracks: Vec<Choice>,
    pub fields: Vec<Choice>,
    pub urgencies: Vec<Choice>,
    pub agencies: Vec<Choice>,
    pub grounds: Vec<Choice>,
    pub guides: Vec<Choice>,
    pub colleagues: Vec<Choice>,
    /// Who may be named to see a sealed case.
    pub receivers: Vec<Choice>,
    /// Comments to answer, to hide or to show, the newest first.
    pub comments: Vec<Choice>,
    /// What the chat's channel allows now, for a form that writes to the sender.
    pub window: Vec<Status>,
    /// Characters of one message of the channel, and how many are typed already.
    pub limit: Option<(usize, usize)>,
    /// What it costs as an SMS.
    pub sms: Option<Counted>,
    /// Earliest and latest day that may be chosen.
    pub first_day: String,
    pub last_day: String,
    /// The answer goes out at once; otherwise a leader approves it.
    pub direct: bool,
    /// The draft that waits for approval.
    pub draft: Option<AnswerCard>,
    /// Files that go out with the answer, each with its id.
    pub enclosed: Vec<(Uuid, Attachment)>,
    /// What the leader wrote when returning the draft.
    pub returned: String,
    pub may_publish: bool,
    pub may_unpublish: bool,
    pub may_reuse: bool,
    /// May say that a new address is the sender's.
    pub may_confirm: bool,
    /// The reason for showing the contact was missing.
    pub asked_unmask: bool,
}

/// What a request says about the form: which one, and what is already in it.
#[derive(Default)]
pub struct Wish<'a> {
    pub kind: Option<&'a str>,
    pub typed: Option<Asked>,
    pub errors: Option<ErrorSummary>,
    /// A published answer to begin with.
    pub reuse: Option<Uuid>,
}

impl Composer {
    pub fn of(city: &City, tongue: Tongue, officer: &Officer, view: &CaseView, wish: Wish<'_>) -> Composer {
        let reference = city.reference();
        let offered = |kind: &str, rows: &[&str]| match kind {
            "note" => view.may_note,
            "public" | "hide" | "show" => view.may_answer && !comments(tongue, view, kind).is_empty(),
            // Nobody approves the own draft, save on the field track.
            "approve" => {
                let own = view.state.draft.as_ref().is_some_and(|draft| draft.by == officer.id);
                view.offers("approve") && (!own || direct(view))
            }
            _ => rows.iter().any(|row| view.offers(row)),
        };
        let kinds: Vec<_> = KINDS.into_iter().filter(|(kind, rows, ..)| offered(kind, rows)).collect();
        let wanted = wish.kind.and_then(|wanted| kinds.iter().find(|(kind, ..)| *kind == wanted));
        let kind = wanted.or(kinds.first()).map_or("", |(kind, ..)| *kind);
        let tabs = kinds.iter().map(|(name, _, keys, icon)| Tab { kind: name, keys, icon: *icon, current: *name == kind }).collect();
        let focus = wanted.is_some();
        let today = city.today();
        let asked = match wish.typed {
            Some(typed) => typed,
            None => likely(city, tongue, &reference, officer, view, kind, wish.reuse),
        };
        let places = matches!(kind, "route" | "reroute" | "return");
        let classes = matches!(kind, "route" | "correct");
        Composer {
            tabs,
            kind,
            errors: wish.errors,
            focus,
            version: view.row.version,
            seen: view.seen(),
            tracks: match kind {
                "guide" => tracks(tongue, |track| !track.handled_here()),
                _ if classes => tracks(tongue, Track::handled_here),
                _ => Vec::new(),
            },
            fields: if classes { fields(tongue, &reference) } else { Vec::new() },
            urgencies: Urgency::ALL.iter().map(|urgency| (urgency.to_string(), urgency_word(tongue, *urgency))).collect(),
            agencies: if places { agencies(&reference, today) } else { Vec::new() },
            grounds: if kind == "refuse" { grounds(tongue) } else { Vec::new() },
            guides: if kind == "guide" { guides(tongue, &reference) } else { Vec::new() },
            colleagues: view.colleagues.iter().map(|(id, name)| (id.to_string(), name.clone())).collect(),
            receivers: view.receivers.iter().map(|(id, name)| (id.to_string(), name.clone())).collect(),
            comments: comments(tongue, view, kind),
            window: window::lines(tongue, city.now(), view, kind),
            limit: window::limit(view, kind, &asked),
            sms: Counted::of(city, tongue, view, kind, &asked),
            first_day: domain::time::plus_days(first_day(view, kind, today), 1).to_string(),
            last_day: if kind == "ask" { local_date(service::act::latest_question_date(city)).to_string() } else { String::new() },
            direct: direct(view),
            draft: draft(city, tongue, view),
            enclosed: view.enclosed.iter().map(|file| (file.id, attachment(&view.row.code, file))).collect(),
            returned: view
                .answers
                .last()
                .filter(|answer| answer.decision == "returned")
                .and_then(|answer| answer.reason.clone())
                .unwrap_or_default(),
            may_publish: view.offers("publish") && view.state.answered_at.is_some(),
            may_unpublish: view.offers("unpublish"),
            may_reuse: view.offers("answer_from_published"),
            may_confirm: view.may_answer || view.state.in_reception() && view.offers("route"),
            asked_unmask: wish.kind == Some("unmask"),
            asked,
        }
    }

    pub fn is(&self, kind: &str) -> bool {
        self.kind == kind
    }

    pub fn autofocus(&self) -> &'static str {
        if self.focus { "autofocus" } else { "" }
    }
}

/// The comments that a form is about.
fn comments(tongue: Tongue, view: &CaseView, kind: &str) -> Vec<Choice> {
    let fits = |message: &&MessageRow| {
        let hidden = is_hidden(&view.events, message.id);
        is_comment(message) && matches!((kind, hidden), ("public", _) | ("hide", false) | ("show", true))
    };
    let brief =
        |text: &str| if text.chars().count() > 60 { format!("{}…", text.chars().take(59).collect::<String>()) } else { text.to_owned() };
    let choice =
        |message: &MessageRow| (message.id.to_string(), format!("{}: {}", tongue.clock(at(message.created_at)), brief(&message.text)));
    view.messages.iter().rev().filter(fits).map(choice).collect()
}

fn direct(view: &CaseView) -> bool {
    view.state.track.is_some_and(Track::answers_directly)
}

fn first_day(view: &CaseView, kind: &str, today: Date) -> Date {
    match view.state.due.map(local_date) {
        Some(due) if kind == "extend" => due,
        _ => today,
    }
}

fn likely(
    city: &City,
    tongue: Tongue,
    reference: &Reference,
    officer: &Officer,
    view: &CaseView,
    kind: &str,
    reuse: Option<Uuid>,
) -> Asked {
    let mut asked = Asked { urgency: view.state.urgency.to_string(), ..Asked::default() };
    match kind {
        "route" => {
            if let Some(proposal) = &view.proposal {
                asked.track = proposal.track.to_string();
                asked.field = proposal.fields.first().map(|(field, _)| field.clone()).unwrap_or_default();
                asked.lead = proposal.lead.to_string();
                asked.co = proposal.co.iter().map(Uuid::to_string).collect();
            }
            asked.title = view.row.title.clone();
            asked.why = why(tongue, reference, view, &asked.field);
        }
        "correct" => {
            asked.track = view.state.track.map(|track| track.to_string()).unwrap_or_default();
            asked.field = view.state.field.clone().unwrap_or_default();
        }
        "reroute" => {
            asked.lead = view.state.returned.as_ref().and_then(|returned| returned.proposed).map(|id| id.to_string()).unwrap_or_default();
            asked.co = view.state.co_agencies.iter().map(Uuid::to_string).collect();
        }
        "accept" => asked.officer = officer.id.to_string(),
        "ask" => asked.until = reference.book.calendar.add_working_days(city.today(), 5).to_string(),
        "guide" => {
            asked.track = view
                .proposal
                .as_ref()
                .map(|proposal| proposal.track)
                .filter(|track| !track.handled_here())
                .map(|track| track.to_string())
                .unwrap_or_default();
        }
        "reply" => {
            let agency = view.state.lead.unwrap_or(view.row.agency_id);
            asked.contact_line = format!("{}, {}", officer.name, reference.name(agency));
            // A returned draft is reworked, not written anew.
            if let Some(last) = view.answers.last().filter(|answer| answer.decision == "returned") {
                asked.checked = last.checked.clone();
                asked.legal_basis = last.legal_basis.clone();
                asked.next_steps = last.next_steps.clone();
                asked.contact_line = last.contact_line.clone();
            }
            if let Some(published) = view.similar.iter().find(|published| Some(published.id) == reuse) {
                asked.checked = published.answer.clone();
            }
        }
        _ => {}
    }
    asked
}

/// Why the proposed agency, in words, for a dispute.
fn why(tongue: Tongue, reference: &Reference, view: &CaseView, field: &str) -> String {
    let place = Place { ward: view.row.ward.as_deref(), zone: None, business: None };
    let field = Some(field).filter(|field| !field.is_empty());
    let Some(chosen) = choose(&reference.routes, &reference.agencies, field, place, local_date(at(view.row.received_at))) else {
        return String::new();
    };
    let Why { rule, source, .. } = &chosen.why;
    let english = tongue.lang() == words::Lang::En;
    let name = field.map_or_else(String::new, |code| reference.field_name(code, english).to_owned());
    let ward = view.row.ward.as_ref().and_then(|ward| reference.wards.get(ward)).cloned().unwrap_or_default();
    let text = tongue.with(&format!("route-why-{rule}"), [("field", name.into()), ("ward", ward.into())]);
    if source.is_empty() { text.into_owned() } else { format!("{text} ({source})") }
}

fn tracks(tongue: Tongue, of: impl Fn(Track) -> bool) -> Vec<Choice> {
    Track::ALL
        .iter()
        .copied()
        .filter(|track| of(*track))
        .map(|track| (track.to_string(), tongue.of("track", track.as_str()).into_owned()))
        .collect()
}

fn urgency_word(tongue: Tongue, urgency: Urgency) -> String {
    match urgency {
        Urgency::Prompt => tongue.t("urgency-checkable"),
        Urgency::Urgent => tongue.t("urgency-urgent"),
        Urgency::Normal => tongue.t("urgency-normal"),
    }
    .into_owned()
}

fn fields(tongue: Tongue, reference: &Reference) -> Vec<Choice> {
    let english = tongue.lang() == words::Lang::En;
    reference.fields.keys().map(|code| (code.clone(), reference.field_name(code, english).to_owned())).collect()
}

/// The bodies that exist today, by name.
pub fn agencies(reference: &Reference, today: Date) -> Vec<Choice> {
    let mut all: Vec<Choice> = reference
        .agencies
        .iter()
        .filter(|agency| agency.in_force(today))
        .map(|agency| (agency.id.to_string(), agency.name.clone()))
        .collect();
    all.sort_by(|a, b| a.1.cmp(&b.1));
    all
}

fn grounds(tongue: Tongue) -> Vec<Choice> {
    use domain::refusal::RefusalGround;
    let real = RefusalGround::ALL.iter().filter(|ground| !ground.means_guidance());
    real.map(|ground| (ground.to_string(), format!("{ground} · {}", tongue.of("refusal-name", ground.as_str())))).collect()
}

fn guides(tongue: Tongue, reference: &Reference) -> Vec<Choice> {
    let english = tongue.lang() == words::Lang::En;
    let name =
        |guide: &service::reference::Wording| if english && !guide.name_en.is_empty() { guide.name_en.clone() } else { guide.name.clone() };
    reference.guides.iter().map(|(code, guide)| (code.clone(), name(guide))).collect()
}

/// The draft that waits for a leader, as the sender would read it.
fn draft(city: &City, tongue: Tongue, view: &CaseView) -> Option<AnswerCard> {
    if view.state.stage != Stage::Approval {
        return None;
    }
    let answer = view.answers.iter().rev().find(|answer| answer.decision == "pending")?;
    let by = view.people.get(&answer.drafted_by).map_or("", String::as_str);
    let values = [("n", answer.number.into()), ("name", by.into())];
    Some(AnswerCard {
        tongue,
        agency: tongue.with("draft-by", values).into_owned(),
        at: tongue.short_moment(at(answer.drafted_at), city.now()),
        checked: answer.checked.clone(),
        basis: answer.legal_basis.clone(),
        next: answer.next_steps.clone(),
        contact: answer.contact_line.clone(),
        files: Attachments::default(),
    })
}
