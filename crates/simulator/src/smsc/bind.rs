//! Binds, and their end. [SMPP 3.4 §4.1, §4.2]

use std::sync::Arc;

use super::Inner;
use super::link::Next;
use super::pdu::{Fields, Pdu, Short, put_string, put_tlv, status, tag};
use super::state::Bound;
use super::take::Refused;
use crate::fault::{CallKind, Fault};

/// Our name in answers to binds.
const SYSTEM_ID: &str = "SMSC01";
/// From this interface version on, answers carry TLVs. [SMPP 3.4 §5.2.4]
const VERSION: u8 = 0x34;

impl Inner {
    pub(super) fn bind(self: &Arc<Self>, id: u64, pdu: &Pdu, bound: Bound) -> Next {
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
        let mut strike = None;
        let refusal = if route.silent {
            Some(Refused::Next(Next::Read))
        } else if route.route.password != password {
            Some(Refused::With(status::WRONG_PASSWORD))
        } else if links >= usize::try_from(route.route.most_links).unwrap_or(usize::MAX) {
            Some(Refused::With(status::BIND_FAILED))
        } else {
            strike = route.faults.strike(CallKind::Token, now);
            match strike {
                None | Some(Fault::LostReply) => None,
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
        if strike == Some(Fault::LostReply) { Err(Refused::Next(Next::Read)) } else { Ok(version) }
    }

    pub(super) fn unbind(&self, id: u64, pdu: &Pdu) -> Next {
        if self.state().links.get(&id).is_none_or(|link| link.bound.is_none()) {
            self.answer(id, pdu, status::WRONG_BIND_STATE, Vec::new());
            return Next::Read;
        }
        self.answer(id, pdu, status::OK, Vec::new());
        Next::Close
    }
}
