//! One connection: reading, writing, asking whether the other end lives.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;

use super::Inner;
use super::pdu::{ANSWER, HEADER, MOST, Pdu, command, status};
use super::state::{Link, OUTBOX, Out};

/// Connections at once; a further one is closed at the door.
const MOST_LINKS: usize = 500;
/// So long a connection may stay without a bind.
const UNBOUND: Duration = Duration::from_secs(30);

/// What follows after a PDU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Read,
    /// Write what is in the outbox, then close.
    Close,
    /// Reset the connection.
    Cut,
    /// Neither read nor write for as long as [`crate::Options::hang`] says, then reset.
    Hang,
}

/// Serves all connections; those that are open end with it.
pub(super) async fn accept(smsc: Arc<Inner>, listener: TcpListener) {
    let mut links = JoinSet::new();
    loop {
        while links.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) if links.len() < MOST_LINKS => {
                links.spawn(Arc::clone(&smsc).serve(stream));
            }
            Ok(_) => {}
            // Out of file descriptors: they come back.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

impl Inner {
    async fn serve(self: Arc<Self>, mut stream: TcpStream) {
        // Small answers go out at once; where the option is missing they only go out later.
        stream.set_nodelay(true).ok();
        let (outbox, inbox) = mpsc::channel(OUTBOX);
        let link = Link::new(outbox);
        let (cut, binding) = (Arc::clone(&link.cut), Arc::clone(&link.binding));
        let id = {
            let mut state = self.state();
            state.next_link += 1;
            let id = state.next_link;
            state.links.insert(id, link);
            id
        };
        let (reader, writer) = stream.split();
        let reset = tokio::select! {
            reset = self.read(id, reader) => reset,
            () = write(inbox, writer) => false,
            () = cut.notified() => true,
            () = self.enquire(id, &binding) => false,
        };
        if reset {
            // Without lingering, closing sends RST rather than FIN.
            stream.set_zero_linger().ok();
        }
        drop(stream);
        self.forget_link(id);
    }

    /// Reads until the connection ends; true when it is to be reset.
    async fn read(self: &Arc<Self>, id: u64, mut reader: ReadHalf<'_>) -> bool {
        loop {
            let Ok(length) = reader.read_u32().await else { return false };
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            if !(HEADER..=MOST).contains(&length) {
                self.nonsense(id, status::WRONG_COMMAND_LENGTH, 0);
                self.close(id);
                return std::future::pending().await;
            }
            let mut rest = vec![0; length - 4];
            if reader.read_exact(&mut rest).await.is_err() {
                return false;
            }
            let Some(pdu) = Pdu::read(&rest) else { return false };
            match self.take(id, &pdu) {
                Next::Read => {}
                Next::Close => {
                    self.close(id);
                    return std::future::pending().await;
                }
                Next::Cut => return true,
                Next::Hang => {
                    if let Some(link) = self.state().links.get_mut(&id) {
                        link.hangs = true;
                    }
                    tokio::time::sleep(self.world.options.hang).await;
                    return true;
                }
            }
        }
    }

    fn close(&self, id: u64) {
        let state = self.state();
        let Some(link) = state.links.get(&id) else { return };
        if link.outbox.try_send(Out::Close).is_err() {
            link.cut.notify_one();
        }
    }

    /// generic_nack.
    pub(super) fn nonsense(&self, id: u64, status: u32, sequence: u32) {
        let mut state = self.state();
        if let Some(route) = state.route_of(id) {
            route.counters.nonsense += 1;
        }
        if let Some(link) = state.links.get(&id) {
            link.send(&Pdu::new(command::GENERIC_NACK, status, sequence, Vec::new()));
        }
    }

    /// Asks at the route's pace whether the other end lives; ends when it does not, or when nobody binds.
    async fn enquire(&self, id: u64, binding: &Notify) {
        if tokio::time::timeout(UNBOUND, binding.notified()).await.is_err() {
            return;
        }
        loop {
            let every = {
                let mut state = self.state();
                state.route_of(id).map(|route| Duration::from_millis(route.route.enquire_every_ms))
            };
            match every {
                None => return,
                Some(Duration::ZERO) => tokio::time::sleep(UNBOUND).await,
                Some(every) => {
                    tokio::time::sleep(every).await;
                    if !self.ask(id) {
                        return;
                    }
                }
            }
        }
    }

    /// False when the last question was not answered.
    fn ask(&self, id: u64) -> bool {
        let mut state = self.state();
        if state.route_of(id).is_none_or(|route| route.silent) {
            return true;
        }
        let Some(link) = state.links.get_mut(&id) else { return false };
        if link.hangs {
            return true;
        }
        if link.enquiry.is_some() {
            return false;
        }
        let sequence = link.sequence();
        link.enquiry = Some(sequence);
        link.send(&Pdu::new(command::ENQUIRE_LINK, status::OK, sequence, Vec::new()));
        true
    }

    /// Answers a request.
    pub(super) fn answer(&self, id: u64, request: &Pdu, status: u32, body: Vec<u8>) {
        if let Some(link) = self.state().links.get(&id) {
            link.send(&Pdu::new(request.id | ANSWER, status, request.sequence, body));
        }
    }

    /// Answers a submit_sm after a while, if the link is still there then.
    pub(super) fn answer_later(self: &Arc<Self>, id: u64, answer: Pdu, after: Duration) {
        let smsc = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            let mut state = smsc.state();
            if state.route_of(id).is_some_and(|route| route.silent) {
                return;
            }
            let Some(link) = state.links.get_mut(&id) else { return };
            link.pending = link.pending.saturating_sub(1);
            if !link.hangs {
                link.send(&answer);
            }
        });
    }
}

async fn write(mut inbox: mpsc::Receiver<Out>, mut writer: WriteHalf<'_>) {
    while let Some(Out::Write(bytes)) = inbox.recv().await {
        if writer.write_all(&bytes).await.is_err() {
            return;
        }
    }
    writer.shutdown().await.ok();
}
