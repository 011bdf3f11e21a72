//! What comes from the other end, PDU by PDU.

use std::sync::Arc;

use super::Inner;
use super::link::Next;
use super::pdu::{ANSWER, Pdu, command, status};
use super::state::Bound;
use crate::fault::{CallKind, Fault};

/// Why a request is not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// This command status.
    With(u32),
    /// No answer at all.
    Next(Next),
}

impl Refused {
    pub fn words(self) -> String {
        match self {
            Self::With(status) => format!("0x{status:02X}"),
            Self::Next(next) => format!("{next:?}"),
        }
    }
}

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
}
