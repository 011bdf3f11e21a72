//! What comes from the other end, PDU by PDU.

use std::sync::Arc;

use super::Inner;
use super::link::Next;
use super::message::Message;
use super::pdu::{ANSWER, Fields, Pdu, Short, command, put_string, put_tlv, status, tag};
use super::receipt::Receipt;
use super::route::ReceiptTime;
use super::state::{Bound, DeliverKind, State, Submit};
use crate::fault::{CallKind, Fault};
use crate::journal::What;
use crate::vendor::Vendor;

/// Our name in answers to binds.
const SYSTEM_ID: &str = "SMSC01";
/// From this interface version on, answers carry TLVs. [SMPP 3.4 §5.2.4]
const VERSION: u8 = 0x34;

impl Inner {
    pub(super) fn take(self: &Arc<Self>, link: u64, pdu: &Pdu) -> Next {
        if self.state().route_of(link).is_some_and(|route| route.silent) {
            return Next::Read;
        }
        match pdu.id {
            command::BIND_RECEIVER => self.bind(link, pdu, Bound::Receiver),
            command::BIND_TRANSMITTER => self.bind(link, pdu, Bound::Transmitter),
            command::BIND_TRANSCEIVER => self.bind(link, pdu, Bound::Transceiver),
            command::SUBMIT_SM => self.submit(link, pdu),
            command::ENQUIRE_LINK => self.enquired(link, pdu),
            command::UNBIND => self.unbind(link, pdu),
            command::GENERIC_NACK => self.answered(link, pdu),
            id if id == command::DELIVER_SM | ANSWER => self.answered(link, pdu),
            id if id == command::ENQUIRE_LINK | ANSWER => {
                if let Some(link) = self.state().links.get_mut(&link) {
                    link.enquiry.take_if(|sequence| *sequence == pdu.sequence);
                }
                Next::Read
            }
            // Other answers are answers to nothing.
            id if id & ANSWER != 0 => Next::Read,
            _ => {
                self.nonsense(link, status::WRONG_COMMAND, pdu.sequence);
                Next::Read
            }
        }
    }

    fn bind(self: &Arc<Self>, id: u64, pdu: &Pdu, bound: Bound) -> Next {
        let next = match self.try_bind(id, pdu, bound) {
            Ok(version) => {
                let mut body = Vec::new();
                put_string(&mut body, SYSTEM_ID);
                if version >= VERSION {
                    put_tlv(&mut body, tag::SC_INTERFACE_VERSION, &[VERSION]);
                }
                self.answer(id, pdu, status::OK, body);
                Next::Read
            }
            Err(Refused::With(status)) => {
                self.answer(id, pdu, status, Vec::new());
                Next::Read
            }
            Err(Refused::Next(next)) => next,
        };
        self.send_off_all();
        self.world.journal.touch();
        next
    }

    fn try_bind(&self, id: u64, pdu: &Pdu, bound: Bound) -> Result<u8, Refused> {
        let mut fields = Fields(&pdu.body);
        let short = |Short| Refused::With(status::WRONG_COMMAND_LENGTH);
        let (system_id, password) = (fields.string().map_err(short)?, fields.string().map_err(short)?);
        fields.string().map_err(short)?; // system_type
        let version = fields.octet().map_err(short)?;
        fields.octets(2).map_err(short)?; // addr_ton, addr_npi
        fields.string().map_err(short)?; // address_range
        let now = self.world.now();
        let mut state = self.state();
        if state.links.get(&id).is_none_or(|link| link.bound.is_some()) {
            return Err(Refused::With(status::ALREADY_BOUND));
        }
        let links = state.links.values().filter(|link| link.is_of(&system_id)).count();
        let route = state.routes.get_mut(&system_id).ok_or(Refused::With(status::WRONG_SYSTEM_ID))?;
        let refusal = if route.silent {
            Some(Refused::Next(Next::Hang))
        } else if route.route.password != password {
            Some(Refused::With(status::WRONG_PASSWORD))
        } else if links >= usize::try_from(route.route.most_links).unwrap_or(usize::MAX) {
            Some(Refused::With(status::BIND_FAILED))
        } else {
            match route.faults.strike(CallKind::Token, now) {
                None => None,
                Some(Fault::TooMany) => Some(Refused::With(status::THROTTLED)),
                Some(Fault::ServerError) => Some(Refused::With(status::SYSTEM_ERROR)),
                Some(Fault::Status(status)) => Some(Refused::With(u32::from(status))),
                Some(Fault::TokenExpired) => Some(Refused::With(status::WRONG_PASSWORD)),
                Some(Fault::Reset) => Some(Refused::Next(Next::Cut)),
                Some(_) => Some(Refused::Next(Next::Hang)),
            }
        };
        if let Some(refusal) = refusal {
            route.counters.refused_binds += 1;
            return Err(refusal);
        }
        route.counters.binds += 1;
        route.counters.links += 1;
        if let Some(link) = state.links.get_mut(&id) {
            link.bound = Some((system_id, bound));
            link.binding.notify_one();
        }
        Ok(version)
    }

    fn unbind(&self, id: u64, pdu: &Pdu) -> Next {
        if self.state().links.get(&id).is_none_or(|link| link.bound.is_none()) {
            self.answer(id, pdu, status::WRONG_BIND_STATE, Vec::new());
            return Next::Read;
        }
        self.answer(id, pdu, status::OK, Vec::new());
        Next::Close
    }

    fn enquired(&self, id: u64, pdu: &Pdu) -> Next {
        let now = self.world.now();
        let strike = self.state().route_of(id).and_then(|route| {
            route.counters.enquiries += 1;
            route.faults.strike(CallKind::Read, now)
        });
        match strike {
            None | Some(Fault::Duplicate | Fault::OutOfOrder) => self.answer(id, pdu, status::OK, Vec::new()),
            Some(Fault::TooMany) => self.answer(id, pdu, status::THROTTLED, Vec::new()),
            Some(Fault::ServerError | Fault::TokenExpired) => self.answer(id, pdu, status::SYSTEM_ERROR, Vec::new()),
            Some(Fault::Status(status)) => self.answer(id, pdu, u32::from(status), Vec::new()),
            Some(Fault::LostReply) => {}
            Some(Fault::Reset) => return Next::Cut,
            Some(Fault::Hang) => return Next::Hang,
        }
        Next::Read
    }

    fn submit(self: &Arc<Self>, id: u64, pdu: &Pdu) -> Next {
        let mut state = self.state();
        let outcome = self.try_submit(&mut state, id, pdu);
        drop(state);
        match outcome {
            Ok(Taken { answer, after: Some(after) }) => self.answer_later(id, answer, after),
            Ok(Taken { answer, after: None }) => self.answer(id, pdu, status::OK, answer.body),
            Err(Refused::With(status)) => self.answer(id, pdu, status, Vec::new()),
            Err(Refused::Next(next)) => return next,
        }
        // Receipts that come at once follow the answer.
        self.send_off_all();
        Next::Read
    }

    fn try_submit(&self, state: &mut State, id: u64, pdu: &Pdu) -> Result<Taken, Refused> {
        let now = self.world.now();
        let wrong_state = Refused::With(status::WRONG_BIND_STATE);
        let link = state.links.get(&id).ok_or(wrong_state)?;
        let (system_id, bound) = link.bound.clone().ok_or(wrong_state)?;
        if bound == Bound::Receiver {
            return Err(wrong_state);
        }
        let pending = link.pending;
        let route = state.routes.get_mut(&system_id).ok_or(wrong_state)?;
        route.counters.submits += 1;
        if pending >= route.route.window {
            route.counters.over_window += 1;
            return Err(Refused::With(status::QUEUE_FULL));
        }
        let message = Message::read(&pdu.body).and_then(|message| {
            message.check()?;
            let allowed = &route.route.senders;
            if allowed.is_empty() || allowed.contains(&message.source.text) { Ok(message) } else { Err(status::WRONG_SOURCE) }
        });
        let strike = route.faults.strike(CallKind::Send, now);
        let refusal = match strike {
            Some(Fault::TooMany) => Some(Refused::With(status::THROTTLED)),
            Some(Fault::ServerError) => Some(Refused::With(status::SYSTEM_ERROR)),
            Some(Fault::Status(status)) => Some(Refused::With(u32::from(status))),
            Some(Fault::TokenExpired) => Some(Refused::With(status::WRONG_BIND_STATE)),
            Some(Fault::Reset) => Some(Refused::Next(Next::Cut)),
            Some(Fault::Hang) => Some(Refused::Next(Next::Hang)),
            None | Some(Fault::LostReply | Fault::Duplicate | Fault::OutOfOrder) => message.as_ref().err().copied().map(Refused::With),
        };
        match refusal {
            None => {}
            Some(refusal) => {
                match refusal {
                    Refused::With(status::THROTTLED) => route.counters.throttled += 1,
                    _ => route.counters.refused += 1,
                }
                let text = message.as_ref().map_or(String::new(), |message| self.text_of(&route.route, message));
                let (from, to) = message.map_or_else(|_| (system_id, String::new()), |message| addresses(&message));
                self.note_submit(&from, &to, &refusal.words(), text);
                return Err(refusal);
            }
        }
        let Ok(message) = message else { return Err(Refused::With(status::SYSTEM_ERROR)) };
        let lost = strike == Some(Fault::LostReply);
        let message_id = self.accept(state, &system_id, &message, lost);
        if lost {
            return Err(Refused::Next(Next::Read));
        }
        let mut body = Vec::new();
        put_string(&mut body, &message_id);
        let answer = Pdu::new(pdu.id | ANSWER, status::OK, pdu.sequence, body);
        let after = state.routes.get(&system_id).map(|route| route.route.answer_after()).filter(|after| !after.is_zero());
        if after.is_some()
            && let Some(link) = state.links.get_mut(&id)
        {
            link.pending += 1;
            let pending = link.pending;
            if let Some(route) = state.routes.get_mut(&system_id) {
                route.counters.widest_window = route.counters.widest_window.max(pending);
            }
        }
        Ok(Taken { answer, after })
    }

    /// Takes a message: its id, ledger, receipt.
    fn accept(&self, state: &mut State, system_id: &str, message: &Message, lost: bool) -> String {
        let now = self.world.now();
        let (from, to) = addresses(message);
        let fate = state.fates.get(&to).copied();
        let Some(route) = state.routes.get_mut(system_id) else { return String::new() };
        route.counters.accepted += 1;
        if lost {
            route.counters.unanswered += 1;
        }
        route.next_id = route.next_id.wrapping_add(1);
        let id = route.next_id;
        let settings = route.route.clone();
        let message_id = settings.ids.write(id);
        let text = self.text_of(&settings, message);
        state.next_submit += 1;
        let submit = Submit {
            number: state.next_submit,
            at: now,
            route: system_id.to_owned(),
            from: from.clone(),
            to: to.clone(),
            text: text.clone(),
            data_coding: message.data_coding,
            part: message.part().map(|part| (part.reference, part.total, part.number)),
            message_id: message_id.clone(),
            answered: !lost,
            receipt_wanted: message.registered & 3 != 0,
        };
        state.keep_submit(submit.clone());
        if let Some(parts) = state.join(&submit) {
            self.note_whole(state, &parts, settings.price);
        }
        self.note_submit(&from, &to, if lost { "lost" } else { "0" }, text.clone());

        let fate = fate.unwrap_or(settings.receipts.fate);
        // 1: the final one, 2: only of a failure. [SMPP 3.4 §5.2.17]
        let failed = fate != super::Fate::Delivered;
        if settings.receipts.time == ReceiptTime::Never || !(message.registered & 3 == 1 || (message.registered & 3 == 2 && failed)) {
            return message_id;
        }
        let due = match settings.receipts.time {
            ReceiptTime::After(seconds) => crate::clock::later(now, jiff::SignedDuration::from_secs(i64::from(seconds))),
            _ => now,
        };
        let first = settings.receipts.accepted_first.then_some((super::Fate::Accepted, now));
        for (fate, due) in first.into_iter().chain([(fate, due)]) {
            let receipt = Receipt { id, message, text: &text, fate, submitted: now, done: due };
            self.queue(state, system_id, DeliverKind::Receipt, receipt.deliver(&settings.receipts), due);
        }
        if settings.receipts.time == ReceiptTime::BeforeAnswer {
            self.send_off(state, system_id);
        }
        message_id
    }

    fn note_submit(&self, from: &str, to: &str, answer: &str, text: String) {
        let what = What::Call { call: "submit_sm".into(), answer: answer.to_owned(), text };
        let person = Some(to).filter(|to| !to.is_empty());
        self.world.journal.note(self.world.now(), Vendor::Sms, from, person, what);
    }
}

/// A message that was taken.
struct Taken {
    answer: Pdu,
    /// When it is answered, if not at once.
    after: Option<std::time::Duration>,
}

/// Why a request is not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refused {
    /// This command status.
    With(u32),
    /// No answer at all.
    Next(Next),
}

impl Refused {
    fn words(self) -> String {
        match self {
            Self::With(status) => format!("0x{status:02X}"),
            Self::Next(next) => format!("{next:?}"),
        }
    }
}

/// Sender, and subscriber as `84…`.
fn addresses(message: &Message) -> (String, String) {
    (message.source.text.clone(), crate::handset::international(&message.destination.text))
}
