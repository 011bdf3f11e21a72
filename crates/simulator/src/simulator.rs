//! The simulator as a whole: start it, take the handles, stop it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::control;
use crate::delivery::{Deliveries, Delivery};
use crate::esms::{self, Esms};
use crate::facebook::{self, Facebook};
use crate::journal::{Happening, Journal};
use crate::line::{Line, Lines};
use crate::media::Media;
use crate::options::Options;
use crate::pbx::{self, Pbx};
use crate::phone::{self, Phone};
use crate::refusal::Refusal;
use crate::smsc::{self, Smsc};
use crate::telegram::{self, Telegram};
use crate::viber::{self, Viber};
use crate::world::World;
use crate::zalo::{self, Zalo};

/// A running simulator. Dropping it closes the port and ends what it started; connections that are open break at their next use.
#[derive(Debug)]
pub struct Simulator {
    address: SocketAddr,
    world: World,
    facebook: Facebook,
    zalo: Zalo,
    telegram: Telegram,
    viber: Viber,
    smsc: Smsc,
    esms: Esms,
    pbx: Pbx,
    stopped: Arc<AtomicBool>,
    _tasks: JoinSet<()>,
}

impl Simulator {
    /// Listens and serves.
    ///
    /// # Errors
    /// The address is taken, or no HTTP client can be made.
    pub async fn start(options: Options) -> Result<Self, Refusal> {
        let listener = TcpListener::bind(options.bind).await.map_err(|error| Refusal::new(format!("{}: {error}", options.bind)))?;
        let address = listener.local_addr().map_err(|error| Refusal::new(error.to_string()))?;
        let messages = TcpListener::bind(options.smsc).await.map_err(|error| Refusal::new(format!("{}: {error}", options.smsc)))?;
        let messages_at = messages.local_addr().map_err(|error| Refusal::new(error.to_string()))?;
        let clock = Arc::new(Clock::new(Arc::clone(&options.clock)));
        let journal = Arc::new(Journal::new());
        let (deliveries, mut tasks) =
            Deliveries::start(Arc::clone(&clock), Arc::clone(&journal), options.retry_speed, options.webhook_patience)?;
        let world = World {
            media: Arc::new(Media::new(options.seed)),
            options: Arc::new(options),
            clock,
            journal,
            deliveries,
            handsets: Arc::default(),
            origin: format!("http://{address}").into(),
        };
        let facebook = Facebook::new(world.clone());
        let zalo = Zalo::new(world.clone());
        let telegram = Telegram::new(world.clone());
        let viber = Viber::new(world.clone());
        let smsc = Smsc::start(world.clone(), messages, messages_at, &mut tasks);
        let esms = Esms::new(world.clone());
        let pbx = Pbx::new(world.clone());
        let phone = Phone::new(world.clone(), facebook.clone(), zalo.clone(), smsc.clone(), esms.clone(), pbx.clone());
        let router = Router::new()
            .route("/media/{name}", get(media))
            .with_state(world.clone())
            .merge(facebook::routes(facebook.clone()))
            .merge(zalo::routes(zalo.clone()))
            .merge(telegram::routes(telegram.clone()))
            .merge(viber::routes(viber.clone()))
            .merge(esms::routes(esms.clone()))
            .merge(pbx::routes(pbx.clone()))
            .merge(phone::routes(phone))
            .nest("/control", control::routes(world.clone(), smsc.clone()))
            .nest("/control/facebook", facebook::control_routes(facebook.clone()))
            .nest("/control/zalo", zalo::control_routes(zalo.clone()))
            .nest("/control/telegram", telegram::control_routes(telegram.clone()))
            .nest("/control/viber", viber::control_routes(viber.clone()))
            .nest("/control/smsc", smsc::control_routes(smsc.clone()))
            .nest("/control/esms", esms::control_routes(esms.clone()))
            .nest("/control/pbx", pbx::control_routes(pbx.clone()));
        let stopped = Arc::new(AtomicBool::new(false));
        let lines = Lines { listener, stopped: Arc::clone(&stopped) };
        tasks.spawn(async move {
            // It serves until it is dropped; an error would be that of an accept, which the listener tries again.
            axum::serve(lines, router.into_make_service_with_connect_info::<Line>()).await.ok();
        });
        Ok(Self { address, world, facebook, zalo, telegram, viber, smsc, esms, pbx, stopped, _tasks: tasks })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://` and the address: what stands in front of every path.
    pub fn origin(&self) -> &str {
        &self.world.origin
    }

    /// Facebook.
    pub fn facebook(&self) -> &Facebook {
        &self.facebook
    }

    /// Zalo.
    pub fn zalo(&self) -> &Zalo {
        &self.zalo
    }

    /// Telegram. It is not on the phone page.
    pub fn telegram(&self) -> &Telegram {
        &self.telegram
    }

    /// Viber. It is not on the phone page.
    pub fn viber(&self) -> &Viber {
        &self.viber
    }

    /// The SMSC; [`Smsc::address`] says where it listens.
    pub fn smsc(&self) -> &Smsc {
        &self.smsc
    }

    /// The gateway for short messages over HTTP.
    pub fn esms(&self) -> &Esms {
        &self.esms
    }

    /// The exchange of the hotline.
    pub fn pbx(&self) -> &Pbx {
        &self.pbx
    }

    /// What time it is in here.
    pub fn now(&self) -> Timestamp {
        self.world.now()
    }

    /// Lets time pass: windows close, tokens expire, retries become due.
    pub fn advance(&self, by: SignedDuration) {
        self.world.clock.advance(by);
    }

    /// Keeps a file that a person sends; answers where it can be fetched.
    pub fn keep_file(&self, bytes: Vec<u8>) -> String {
        format!("{}{}", self.world.origin, self.world.media.keep(bytes.into()))
    }

    /// Ends when every webhook and deliver_sm that is due has been sent and answered. Later attempts are not waited for.
    pub async fn settled(&self) {
        self.world.deliveries.settled().await;
        self.smsc.0.settled().await;
    }

    /// Webhooks with their attempts: all that wait, and the last that are finished.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.world.deliveries.list(|_| true)
    }

    /// What went over the wires lately.
    pub fn journal(&self) -> Vec<Happening> {
        self.world.journal.last(|_| true)
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        self.world.deliveries.clear();
    }
}

async fn media(State(world): State<World>, Path(name): Path<String>) -> Response {
    world.media.serve(&name)
}
