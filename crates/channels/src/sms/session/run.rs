//! The task of a session: whatever happens next, in one place.

use std::collections::BTreeMap;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};

use super::frames::Frames;
use super::{Answered, Delivery, End, FIRST, HELD, Order, Pace, Pending, Reply, Stream, receipt};
use crate::sms::pdu::{Header, command};
use crate::sms::status::{self, Remedy};
use crate::sms::write;
use crate::{Error, Receipt};

/// Octets on their way out above which nothing more is read: who does not listen is not answered.
const FULL: usize = 256 * 1024;

/// Largest sequence number; the next is 1.
const LAST: u32 = 0x7FFF_FFFF;

pub(super) async fn run(
    stream: impl Stream + 'static,
    mut frames: Frames,
    pace: Pace,
    mut orders: mpsc::Receiver<Order>,
    deliveries: mpsc::Sender<Delivery>,
    ended: watch::Sender<Option<End>>,
) {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let (answers, mut answered) = mpsc::unbounded_channel();
    let mut talk = Talk {
        pace,
        outbox: Outbox::default(),
        waiting: BTreeMap::new(),
        sequence: FIRST,
        heard: Instant::now(),
        held: 0,
        closing: None,
        deliveries,
        answers,
    };
    let end = loop {
        match talk.hear_all(&mut frames) {
            Ok(()) => {}
            Err(end) => break end,
        }
        if let Err(end) = talk.on_time(Instant::now()) {
            break end;
        }
        let listening = talk.outbox.octets.len() < FULL;
        let open = talk.closing.is_none() && talk.waiting.len() < pace.window.max(1) && listening;
        tokio::select! {
            read = reader.read_buf(frames.room()), if listening => match read {
                Ok(0) => break End::Closed,
                Ok(_) => {}
                Err(error) => break End::Broken(error.kind().to_string()),
            },
            written = writer.write(&talk.outbox.octets), if !talk.outbox.octets.is_empty() => match written {
                Ok(0) => break End::Closed,
                Ok(count) => talk.outbox.wrote(count),
                Err(error) => break End::Broken(error.kind().to_string()),
            },
            Some((command, sequence, status)) = answered.recv() => talk.reply(command, sequence, status),
            order = orders.recv(), if open => match order {
                Some(Order::Submit(message, answer)) => talk.submit(&message, answer),
                Some(Order::Unbind) | None => talk.closing = Some(Closing::Draining(Instant::now())),
            },
            () = sleep_until(talk.next_moment()) => {}
        }
    };
    // An answer to unbind, or why we leave, still goes out if the other side listens; nothing else is begun.
    if matches!(end, End::UnboundBySmsc | End::Nonsense(_)) {
        let _gone = tokio::time::timeout(pace.answer, talk.outbox.flush(&mut writer)).await;
    }
    let _gone = tokio::time::timeout(pace.answer, writer.shutdown()).await;
    talk.lose(&end);
    // Nobody may be waiting for it.
    let _heard = ended.send(Some(end));
}

/// Octets on their way out, and how many went before them.
#[derive(Default)]
struct Outbox {
    octets: Vec<u8>,
    gone: u64,
}

impl Outbox {
    /// Gives the place in the stream where the octets end.
    fn put(&mut self, octets: &[u8]) -> u64 {
        self.octets.extend(octets);
        self.gone + self.octets.len() as u64
    }

    fn wrote(&mut self, count: usize) {
        self.octets.drain(..count);
        self.gone += count as u64;
    }

    async fn flush(&mut self, writer: &mut (impl AsyncWriteExt + Unpin)) -> std::io::Result<()> {
        while !self.octets.is_empty() {
            let count = writer.write(&self.octets).await?;
            if count == 0 {
                return Err(std::io::ErrorKind::WriteZero.into());
            }
            self.wrote(count);
        }
        Ok(())
    }
}

/// A request of ours that is not answered yet.
struct Waiting {
    until: Instant,
    what: What,
}

enum What {
    /// With the place in the stream where it ends.
    Submit(oneshot::Sender<Result<Receipt, Error>>, u64),
    EnquireLink,
    Unbind,
}

enum Closing {
    /// Since then nothing new is begun.
    Draining(Instant),
    Unbinding,
}

struct Talk {
    pace: Pace,
    outbox: Outbox,
    waiting: BTreeMap<u32, Waiting>,
    sequence: u32,
    /// When the last whole PDU came.
    heard: Instant,
    /// Deliveries that are not answered yet.
    held: usize,
    closing: Option<Closing>,
    deliveries: mpsc::Sender<Delivery>,
    answers: mpsc::UnboundedSender<Answered>,
}

impl Talk {
    fn hear_all(&mut self, frames: &mut Frames) -> Result<(), End> {
        loop {
            match frames.next() {
                Ok(Some(pdu)) => self.hear(pdu)?,
                Ok(None) => return Ok(()),
                Err(error) => {
                    self.outbox.put(&write::generic_nack(status::INVALID_LENGTH, 0));
                    return Err(End::Nonsense(error));
                }
            }
        }
    }

    fn hear(&mut self, pdu: Vec<u8>) -> Result<(), End> {
        self.heard = Instant::now();
        let header = Header::read(&pdu).map_err(End::Nonsense)?;
        match header.command {
            command::ENQUIRE_LINK => self.answer(header, status::OK),
            command::DELIVER_SM | command::DATA_SM => self.deliver(header, pdu),
            command::UNBIND => {
                self.answer(header, status::OK);
                return Err(End::UnboundBySmsc);
            }
            command::ALERT_NOTIFICATION => {}
            response if response & command::RESPONSE != 0 => return self.answered(header, &pdu),
            // Nothing that an SMSC may ask of an ESME.
            _ => {
                self.outbox.put(&write::generic_nack(status::INVALID_COMMAND, header.sequence));
            }
        }
        Ok(())
    }

    fn deliver(&mut self, header: Header, pdu: Vec<u8>) {
        if self.held >= HELD || self.closing.is_some() {
            return self.answer(header, status::TRY_LATER);
        }
        self.held += 1;
        let Header { command, sequence, .. } = header;
        let reply = Pending { command, sequence, reply: Reply::Later, answers: self.answers.clone() };
        match self.deliveries.try_send(Delivery { pdu, reply }) {
            Ok(()) => {}
            // Dropped unanswered: it says so itself.
            Err(TrySendError::Full(_) | TrySendError::Closed(_)) => {}
        }
    }

    /// The answer to a delivery.
    fn reply(&mut self, command: u32, sequence: u32, status: u32) {
        self.held = self.held.saturating_sub(1);
        if let Some(answer) = write::answer(command, status, sequence) {
            self.outbox.put(&answer);
        }
    }

    fn answer(&mut self, header: Header, status: u32) {
        if let Some(answer) = write::answer(header.command, status, header.sequence) {
            self.outbox.put(&answer);
        }
    }

    /// A response of the SMSC. One to nothing that we asked is passed over.
    fn answered(&mut self, header: Header, pdu: &[u8]) -> Result<(), End> {
        let fits = |waiting: &Waiting| match (&waiting.what, header.command) {
            (_, command::GENERIC_NACK) => true,
            (What::Submit(..), response) => response == command::RESPONSE | command::SUBMIT_SM,
            (What::EnquireLink, response) => response == command::RESPONSE | command::ENQUIRE_LINK,
            (What::Unbind, response) => response == command::RESPONSE | command::UNBIND,
        };
        if !self.waiting.get(&header.sequence).is_some_and(fits) {
            return Ok(());
        }
        match self.waiting.remove(&header.sequence).map(|waiting| waiting.what) {
            Some(What::Submit(answer, _)) => {
                let taken = header.status == status::OK && header.command != command::GENERIC_NACK;
                // Who asked may have gone.
                let _gone = answer.send(if taken { Ok(receipt(pdu)) } else { Err(status::error(header.status)) });
                match status::remedy(header.status) {
                    Remedy::Reconnect => Err(End::WrongState(status::name(header.status))),
                    _ => Ok(()),
                }
            }
            Some(What::Unbind) => Err(End::Unbound),
            Some(What::EnquireLink) | None => Ok(()),
        }
    }

    fn submit(&mut self, message: &write::Submit, answer: oneshot::Sender<Result<Receipt, Error>>) {
        let sequence = self.next_sequence();
        let end = self.outbox.put(&message.octets(sequence));
        self.wait(sequence, What::Submit(answer, end));
    }

    fn wait(&mut self, sequence: u32, what: What) {
        self.waiting.insert(sequence, Waiting { until: Instant::now() + self.pace.answer, what });
    }

    fn next_sequence(&mut self) -> u32 {
        self.sequence = if self.sequence >= LAST { 1 } else { self.sequence + 1 };
        self.sequence
    }

    /// What is due by now.
    fn on_time(&mut self, now: Instant) -> Result<(), End> {
        if self.waiting.values().any(|waiting| waiting.until <= now) {
            return Err(End::Silent);
        }
        if let Some(Closing::Draining(since)) = self.closing
            && (self.under_way() == 0 || since + self.pace.answer <= now)
        {
            let sequence = self.next_sequence();
            self.outbox.put(&write::unbind(sequence));
            self.wait(sequence, What::Unbind);
            self.closing = Some(Closing::Unbinding);
        }
        if self.asks_at().is_some_and(|moment| moment <= now) {
            let sequence = self.next_sequence();
            self.outbox.put(&write::enquire_link(sequence));
            self.wait(sequence, What::EnquireLink);
        }
        Ok(())
    }

    /// When something is due, if nothing happens before.
    fn next_moment(&self) -> Instant {
        let answer = self.waiting.values().map(|waiting| waiting.until).min();
        let unbind = match self.closing {
            Some(Closing::Draining(since)) => Some(since + self.pace.answer),
            _ => None,
        };
        // While a question is open its answer is due.
        [answer, unbind, self.asks_at()].into_iter().flatten().min().unwrap_or_else(|| self.heard + self.pace.enquire_link)
    }

    /// When `enquire_link` is due; `None` while one is under way.
    fn asks_at(&self) -> Option<Instant> {
        let asked = self.waiting.values().any(|waiting| matches!(waiting.what, What::EnquireLink | What::Unbind));
        (!asked).then(|| self.heard + self.pace.enquire_link)
    }

    /// Submits and deliveries that wait for an answer.
    fn under_way(&self) -> usize {
        self.held + self.waiting.values().filter(|waiting| matches!(waiting.what, What::Submit(..))).count()
    }

    /// Tells everybody who waits that no answer comes.
    fn lose(&mut self, end: &End) {
        for (_, waiting) in std::mem::take(&mut self.waiting) {
            if let What::Submit(answer, place) = waiting.what {
                let sent = place <= self.outbox.gone;
                // Who asked may have gone.
                let _gone = answer.send(Err(if sent { Error::Lost(end.to_string()) } else { Error::Unreachable(end.to_string()) }));
            }
        }
    }
}
