//! One SMPP 3.4 session as ESME: bound as transceiver, one task, no database, no policy.
//!
//! ```text
//! let (session, mut deliveries) = session::open(&access, Pace::default()).await?;   // connect, TLS, bind
//! while let Some(Delivery { pdu, reply }) = deliveries.next().await {               // in the SMSC's order
//!     store(pdu).await;                                                             // many may be under way at once
//!     reply.send(Reply::Stored);                                                    // only now deliver_sm_resp goes out
//! }
//! session.submit(message).await?;                                                   // waits for the window and the answer
//! session.ended().await;                                                            // why; reconnecting is the caller's
//! ```
//!
//! - **Order.** `deliver_sm` come out of [`Deliveries::next`] in the order in which they came in. Each is answered when its
//!   [`Pending`] is used: who drops it without a word has said [`Reply::Later`]. At most [`HELD`] wait for that; what comes
//!   above is told to come later.
//! - **Window.** At most [`Pace::window`] of our requests are unanswered; more calls of [`Session::submit`] wait for their
//!   turn, in the order in which they were made.
//! - **Life.** `enquire_link` is answered at once, whatever else waits, and sent when nothing was heard for
//!   [`Pace::enquire_link`]. A request of ours without answer for [`Pace::answer`] ends the session.
//! - **The end.** A submit that was never wholly sent is [`Error::Unreachable`], one that was sent and not answered is
//!   [`Error::Lost`]: it may be on its way, so sending it again may double it. All handles then say so at once.
//! - **Hostile octets.** A length below 16 or above [`crate::sms::pdu::LONGEST`] is answered by `generic_nack` 0x02 and
//!   ends the session; an unknown command by `generic_nack` 0x03 and goes on. Bodies of `deliver_sm` are not looked at.
//!
//! Dropping every [`Session`] unbinds, as [`Session::unbind`] does: first what is under way is answered.

mod frames;
mod link;
mod run;

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot, watch};

use super::pdu::{self, Header, PduError, command};
use super::status;
use super::write::{self, Submit};
pub use crate::email::tls::{Security, Server, Stream};
use crate::{Error, Receipt};
use frames::Frames;

/// Deliveries that may wait for their answer at once.
pub const HELD: usize = 256;

/// Where an SMSC is and who we are to it.
#[derive(Clone)]
pub struct Access {
    /// TLS, or plain inside private networks. No STARTTLS.
    pub server: Server,
    /// At most 15 characters.
    pub system_id: String,
    /// At most 8 characters.
    pub password: String,
    /// At most 12 characters, empty as a rule.
    pub system_type: String,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "sms::Access({} at {}:{})", self.system_id, self.server.host, self.server.port)
    }
}

/// Measures of a session: settings of the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Requests of ours that may be unanswered at once, at least 1.
    pub window: usize,
    /// How long the SMSC may take to answer, also to connect and to bind.
    pub answer: Duration,
    /// Silence after which `enquire_link` asks whether it is still there.
    pub enquire_link: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { window: 10, answer: Duration::from_secs(30), enquire_link: Duration::from_secs(30) }
    }
}

/// Why a session ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum End {
    /// As we wished.
    #[error("unbound")]
    Unbound,
    #[error("the SMSC unbound")]
    UnboundBySmsc,
    #[error("the SMSC closed the link")]
    Closed,
    #[error("the link broke: {0}")]
    Broken(String),
    /// A request was not answered in time.
    #[error("the SMSC does not answer")]
    Silent,
    /// It says that we are not bound.
    #[error("the SMSC says {0}")]
    WrongState(String),
    #[error("the SMSC sent nonsense: {0}")]
    Nonsense(PduError),
}

/// What became of a delivery: the status of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// On disk: 0.
    Stored,
    /// The SMSC shall come again: 0x64.
    Later,
    /// The SMSC shall not come again: 0x65.
    Never,
}

impl Reply {
    fn status(self) -> u32 {
        match self {
            Reply::Stored => status::OK,
            Reply::Later => status::TRY_LATER,
            Reply::Never => status::NEVER,
        }
    }
}

/// A `deliver_sm` (or `data_sm`): its octets as they came, for [`super::deliver::read`], and the answer it waits for.
#[derive(Debug)]
pub struct Delivery {
    pub pdu: Vec<u8>,
    pub reply: Pending,
}

/// An answer that is not given yet. Dropped, it is [`Reply::Later`].
#[derive(Debug)]
pub struct Pending {
    command: u32,
    sequence: u32,
    reply: Reply,
    answers: mpsc::UnboundedSender<Answered>,
}

/// Command and sequence of the request, status of the answer.
type Answered = (u32, u32, u32);

impl Pending {
    pub fn send(mut self, reply: Reply) {
        self.reply = reply;
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        // A session that is gone hears nothing: the SMSC will deliver again.
        let _ended = self.answers.send((self.command, self.sequence, self.reply.status()));
    }
}

/// What the SMSC delivers, in its order.
#[derive(Debug)]
pub struct Deliveries(mpsc::Receiver<Delivery>);

impl Deliveries {
    /// The next one; `None` when the session has ended.
    pub async fn next(&mut self) -> Option<Delivery> {
        self.0.recv().await
    }
}

enum Order {
    Submit(Box<Submit>, oneshot::Sender<Result<Receipt, Error>>),
    Unbind,
}

/// A bound session. Clones are the same session.
#[derive(Debug, Clone)]
pub struct Session {
    orders: mpsc::Sender<Order>,
    end: watch::Receiver<Option<End>>,
}

impl Session {
    /// Hands one message over and waits for the answer.
    ///
    /// # Errors
    /// What the SMSC said (see [`super::status`]), [`Error::Lost`] when it said nothing, [`Error::Unreachable`] when the
    /// message did not get out.
    pub async fn submit(&self, message: Submit) -> Result<Receipt, Error> {
        let (answer, answered) = oneshot::channel();
        let gone = |_| Error::Unreachable("the session has ended".into());
        self.orders.send(Order::Submit(Box::new(message), answer)).await.map_err(|_| gone(()))?;
        answered.await.map_err(|_| gone(()))?
    }

    /// Lets what is under way be answered, unbinds, closes.
    pub async fn unbind(&self) -> End {
        // It may have ended by itself.
        let _ended = self.orders.send(Order::Unbind).await;
        self.ended().await
    }

    /// Waits for the end.
    pub async fn ended(&self) -> End {
        let mut end = self.end.clone();
        let ended = end.wait_for(Option::is_some).await.ok().and_then(|end| end.clone());
        // The task says why before it goes, unless the runtime goes first.
        ended.unwrap_or(End::Closed)
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        self.orders.is_closed()
    }
}

/// Connects and binds.
///
/// # Errors
/// [`Error::Misconfigured`] when the SMSC does not let us in or the settings cannot be; [`Error::Unreachable`] and
/// [`Error::Throttled`] when it may be tried again, by [`super::Backoff`].
pub async fn open(access: &Access, pace: Pace) -> Result<(Session, Deliveries), Error> {
    let late = |_| Error::Unreachable("no connection in time".into());
    let link = tokio::time::timeout(pace.answer, link::connect(&access.server)).await.map_err(late)??;
    bind(link, access, pace).await
}

/// Binds on a stream that is there already.
///
/// # Errors
/// As [`open`].
pub async fn bind(mut stream: impl Stream + 'static, access: &Access, pace: Pace) -> Result<(Session, Deliveries), Error> {
    let mut frames = Frames::default();
    let late = |_| Error::Unreachable("no answer to bind in time".into());
    tokio::time::timeout(pace.answer, greet(&mut stream, &mut frames, access)).await.map_err(late)??;
    let (orders, ordered) = mpsc::channel(1);
    let (ended, end) = watch::channel(None);
    let (out, deliveries) = mpsc::channel(HELD);
    tokio::spawn(run::run(stream, frames, pace, ordered, out, ended));
    Ok((Session { orders, end }, Deliveries(deliveries)))
}

/// The sequence number of bind.
const FIRST: u32 = 1;

async fn greet(stream: &mut impl Stream, frames: &mut Frames, access: &Access) -> Result<(), Error> {
    let broke = |error: std::io::Error| Error::Unreachable(format!("the link broke during bind: {error}"));
    let bind = write::bind(&access.system_id, &access.password, &access.system_type, FIRST)?;
    stream.write_all(&bind).await.map_err(broke)?;
    loop {
        while let Some(octets) = next(stream, frames).await? {
            let Ok(header) = Header::read(&octets) else { continue };
            match header.command {
                command::BIND_TRANSCEIVER_RESP | command::GENERIC_NACK => return judge(header.status),
                // Nothing else is spoken before we are bound.
                command::ENQUIRE_LINK => {
                    let answer = write::answer(header.command, status::OK, header.sequence).unwrap_or_default();
                    stream.write_all(&answer).await.map_err(broke)?;
                }
                _ => {}
            }
        }
        if stream.read_buf(frames.room()).await.map_err(broke)? == 0 {
            return Err(Error::Unreachable("the SMSC closed the link during bind".into()));
        }
    }
}

async fn next(stream: &mut impl Stream, frames: &mut Frames) -> Result<Option<Vec<u8>>, Error> {
    match frames.next() {
        Ok(pdu) => Ok(pdu),
        Err(error) => {
            // It may be gone already.
            let _told = stream.write_all(&write::generic_nack(status::INVALID_LENGTH, 0)).await;
            Err(Error::Unreachable(format!("no SMSC answers there: {error}")))
        }
    }
}

fn judge(status: u32) -> Result<(), Error> {
    match status::error(status) {
        _ if status == status::OK => Ok(()),
        // Whatever it does not like is in the settings.
        Error::Rejected(reason) => Err(Error::Misconfigured(reason)),
        error => Err(error),
    }
}

/// The id that the SMSC gave a message. It took the message, whatever else the answer looks like.
fn receipt(octets: &[u8]) -> Receipt {
    let id = match pdu::decode(octets) {
        Ok(pdu::Pdu { body: pdu::Body::Taken { message_id, .. }, .. }) => Some(message_id).filter(|id| !id.is_empty()),
        _ => None,
    };
    Receipt { answer: format!("submit_sm_resp {}", status::name(status::OK)), external_id: id, quota: None }
}
