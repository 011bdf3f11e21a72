//! Messages go out by SMS, on the node that holds the links.
//!
//! All parts of a message are noted as begun in one commit, go out one after the other by one route, and are never begun
//! again where the answer was lost: the message is then `unknown` until a receipt or a person settles it. A gateway that
//! removes repeats by our id may be asked again.

use std::time::Duration;

use channels::sms::Submit;
use channels::{Error as E, Receipt};
use domain::sms::recipient;
use futures_util::future::join_all;
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::json;
use store::jobs::{self, Job};
use store::message_parts::{self, PartRow};
use store::messages::MessageRow;
use store::{Tx, change_feed, sms};
use tokio::time::Instant;
use uuid::Uuid;

use super::unpack_sms::part_id;
use super::{Done, Failure};
use crate::City;
use crate::change::note_event;
use crate::channel_health::{self, Class, Trouble};
use crate::lines::ASKERS;
use crate::sms_accounts::{self, Route, RouteKind, SmsAccount};
use crate::sms_receipts::reference;
use crate::sms_routes::{is_down, most, next, segments};

/// The rest of a message that has begun to go out waits so long at most before it is tried again.
const BREATH: SignedDuration = SignedDuration::from_secs(5);
/// How often the rest of a message that has begun to go out is tried before it is left.
const TRIES: usize = 8;

#[derive(Deserialize)]
struct Payload {
    message: Uuid,
    case: Option<Uuid>,
}

/// One message on its way.
struct Sending<'a> {
    city: &'a City,
    job: &'a Job,
    account: &'a SmsAccount,
    message: &'a MessageRow,
    case: Option<Uuid>,
    /// `84…`.
    to: String,
}

pub(super) async fn run(city: &City, job: &Job) -> Done {
    let Payload { message, case } = job.payload()?;
    let mut q = city.db.read();
    let message = store::messages::find(&mut q, message).await?;
    if !matches!(message.state.as_str(), "queued" | "sending") {
        // A receipt or a person settled it meanwhile.
        let mut tx = city.db.begin().await?;
        jobs::finish(&mut tx, job).await?;
        return Ok(tx.commit().await?);
    }
    let account = match crate::sms_text::account_of(&message) {
        Some(account) => account,
        None => store::conversations::find(&mut q, message.conversation_id).await?.account_id,
    };
    let Some(account) = sms_accounts::find(city, account).await? else {
        return Err(wait(SignedDuration::from_mins(5), "the account is switched off"));
    };
    if !city.links.holds(account.row.id) {
        return Err(wait(SignedDuration::from_millis(500), "another node holds the links"));
    }
    let begun = message_parts::of_message(&mut q, message.id).await?;
    let to = recipient(message.recipient.as_deref().unwrap_or_default());
    let sending = Sending { city, job, account: &account, message: &message, case, to: to.clone().unwrap_or_default() };
    if let Err(why) = to {
        return sending.give_back(why.as_str(), why.as_str()).await;
    }
    match begun.first() {
        Some(first) => sending.resume(first.clone(), &begun).await,
        None => sending.begin().await,
    }
}

impl Sending<'_> {
    /// Chooses a route and sends.
    async fn begin(&self) -> Done {
        let city = self.city;
        let number = self.number();
        let (day, reference) = (city.today().to_string(), city.reference());
        let mut q = city.db.read();
        let (to_it, _) = sms::sent_on(&mut q, self.account.row.id, &day, &number).await?;
        if to_it >= reference.number_of("sms_per_number_day", &self.account.row.address)? {
            return self.give_back("sms_cap", "the cap of messages to one number a day").await;
        }
        let (in_all, _) = sms::sent_on(&mut q, self.account.row.id, &day, "").await?;
        if in_all >= reference.number_of("sms_per_day", &self.account.row.address)? {
            let trouble = Trouble::new(Class::Quota, "the cap of messages a day");
            if channel_health::alarm_of(&*city.account(self.account.row.id).await?).is_none() {
                channel_health::raise(city, self.account.row.id, &trouble).await?;
            }
            return Err(wait(SignedDuration::from_mins(30), "the cap of messages a day"));
        }
        let Some(route) = next(city, self.account) else {
            let after = city.lines.again(self.account.row.id, ASKERS, city.now() + SignedDuration::from_secs(2), city.now());
            return Err(wait(after, "no route stands"));
        };
        let text = self.text().await?;
        match route.kind {
            RouteKind::Esms => self.by_gateway(route, &text, true).await,
            RouteKind::Smpp => {
                let segments = match self.segments(route, &text) {
                    Ok(segments) => segments,
                    Err(error) => return self.refused(route, error).await,
                };
                self.turn(route, segments.len()).await?;
                let positions: Vec<usize> = (0..segments.len()).collect();
                self.note_begun(route, &positions, true).await?;
                self.submit(route, segments, positions, &text).await
            }
        }
    }

    /// Goes on with what was begun, by the route by which it was.
    async fn resume(&self, first: PartRow, begun: &[PartRow]) -> Done {
        let route = first.route.as_deref().and_then(|id| id.parse().ok()).and_then(|id| self.account.route(id));
        let Some(route) = route else { return self.lose("the route is gone").await };
        if route.kind == RouteKind::Esms {
            // Our id makes a repeat harmless.
            let text = self.text().await?;
            return self.by_gateway(route, &text, false).await;
        }
        if begun.iter().any(|part| part.state != "sent") {
            // Begun before a crash: nobody knows, so nobody tries again.
            return self.lose("the answer was lost").await;
        }
        let segments = match self.segments(route, &self.message.text) {
            Ok(segments) if !self.message.text.contains("{link}") => segments,
            _ => return self.lose("the rest could not be made again").await,
        };
        let rest: Vec<usize> =
            (0..segments.len()).filter(|place| !begun.iter().any(|part| usize::try_from(part.position) == Ok(*place))).collect();
        if is_down(self.city, self.account, route) {
            return Err(wait(SignedDuration::from_secs(2), "the route it began on is down"));
        }
        self.turn(route, rest.len()).await?;
        self.note_begun(route, &rest, false).await?;
        let segments = segments.into_iter().enumerate().filter(|(place, _)| rest.contains(place)).map(|(_, segment)| segment).collect();
        self.submit(route, segments, rest, &self.message.text).await
    }

    async fn text(&self) -> Result<String, Failure> {
        let (true, Some(case)) = (self.message.text.contains("{link}"), self.case) else { return Ok(self.message.text.clone()) };
        let mut tx = self.city.db.begin().await?;
        let link = crate::follow::new_link(&mut tx, self.city, case).await?;
        tx.commit().await?;
        Ok(self.message.text.replace("{link}", &link))
    }

    fn segments(&self, route: &Route, text: &str) -> Result<Vec<Submit>, E> {
        segments(self.account, route, &self.to, text, reference(self.message.id))
    }

    /// Waits for the turns of so many calls; a long wait is the job's.
    async fn turn(&self, route: &Route, calls: usize) -> Result<(), Failure> {
        match self.city.lines.turn(route.id, most(route), calls, self.city.now()) {
            Ok(wait) => {
                tokio::time::sleep(Duration::try_from(wait).unwrap_or_default()).await;
                Ok(())
            }
            Err(after) => Err(wait(after, "the route is given time")),
        }
    }

    /// Commits that these parts are about to go out by this route.
    async fn note_begun(&self, route: &Route, positions: &[usize], first: bool) -> Result<(), Failure> {
        let (city, message) = (self.city, self.message);
        let mut tx = city.db.begin().await?;
        for position in positions {
            let part = PartRow {
                message_id: message.id,
                position: *position as i64,
                account_id: self.account.row.id,
                text_hash: super::send_chat::text_hash(city, &message.text),
                external_id: None,
                state: "sending".into(),
                at: city.now().as_microsecond(),
                route: Some(route.id.to_string()),
                receipt: None,
            };
            if !message_parts::begin(&mut tx, &part).await? {
                return Err(Failure::Later { after: None, why: "another node has begun it".into() });
            }
        }
        if first {
            sms::count(&mut tx, self.account.row.id, &city.today().to_string(), &self.number(), positions.len() as i64).await?;
        }
        if message.state == "queued" {
            store::messages::advance(&mut tx, message.id, "queued", "sending", None, city.now()).await?;
        }
        tx.commit().await?;
        fail::fail_point!("send_sms::before_call");
        Ok(())
    }

    /// Hands the parts over. What was refused for now is tried again here once some of the message is out, so that a
    /// handset does not wait for the rest of it.
    async fn submit(&self, route: &Route, segments: Vec<Submit>, positions: Vec<usize>, text: &str) -> Done {
        let city = self.city;
        let mut waiting: Vec<(usize, Submit)> = positions.into_iter().zip(segments).collect();
        let mut taken: Vec<(usize, Option<String>)> = Vec::new();
        let mut lost = Vec::new();
        for _ in 0..TRIES {
            let Some(session) = city.links.session(self.account.row.id, route.id) else { break };
            let answers = join_all(waiting.iter().map(async |(_, segment)| {
                let begun = Instant::now();
                let answer = session.submit(segment.clone()).await;
                city.lines.answered_in(route.id, most(route), begun.elapsed());
                answer
            }));
            let answers: Vec<Result<Receipt, E>> = answers.await;
            let mut again = Vec::new();
            let mut pause = None;
            for ((position, segment), answer) in waiting.into_iter().zip(answers) {
                match answer {
                    Ok(receipt) => {
                        city.lines.took(route.id, most(route));
                        taken.push((position, receipt.external_id));
                    }
                    Err(E::Lost(_)) => {
                        city.lines.silent(route.id, most(route), city.now());
                        lost.push(position);
                    }
                    Err(E::Throttled { after, .. }) => {
                        pause = pause.max(after);
                        again.push((position, segment));
                    }
                    Err(E::Unreachable(_)) => again.push((position, segment)),
                    Err(error) if taken.is_empty() && lost.is_empty() => {
                        return self.refused(route, error).await;
                    }
                    // Part of it is out; the rest is refused: it will never be whole.
                    Err(_) => lost.push(position),
                }
            }
            if let Some(pause) = pause {
                let pause = SignedDuration::try_from(pause).unwrap_or(SignedDuration::from_secs(1));
                city.lines.slower(route.id, most(route), Some(pause), city.now());
            }
            waiting = again;
            if waiting.is_empty() || (taken.is_empty() && lost.is_empty()) {
                break;
            }
            let rest = match city.lines.turn(route.id, most(route), waiting.len(), city.now()) {
                Ok(rest) | Err(rest) => rest,
            };
            tokio::time::sleep(Duration::try_from(rest.min(BREATH)).unwrap_or_default()).await;
        }
        fail::fail_point!("send_sms::after_call");
        self.note_answers(route, taken, lost, waiting.into_iter().map(|(position, _)| position).collect(), text).await
    }

    /// Commits what became of the parts, and of the message with them.
    async fn note_answers(
        &self,
        route: &Route,
        taken: Vec<(usize, Option<String>)>,
        lost: Vec<usize>,
        left: Vec<usize>,
        text: &str,
    ) -> Done {
        let (city, message) = (self.city, self.message);
        let mut tx = city.db.begin().await?;
        for (position, id) in &taken {
            let id = id.as_deref().map(|id| part_id(route.id, id));
            message_parts::sent(&mut tx, message.id, *position as i64, id, city.now()).await?;
        }
        for position in &lost {
            message_parts::lost(&mut tx, message.id, *position as i64, city.now()).await?;
        }
        for position in &left {
            message_parts::undo(&mut tx, message.id, *position as i64).await?;
        }
        // A new link would make other parts of it.
        let stuck = !left.is_empty() && !taken.is_empty() && text != message.text;
        if !left.is_empty() && lost.is_empty() && !stuck {
            tx.commit().await?;
            let after = city.lines.again(route.id, most(route), city.now() + SignedDuration::from_millis(200), city.now());
            return Err(wait(after, if taken.is_empty() { "the route asks for time" } else { "the rest waits for the route" }));
        }
        if lost.is_empty() && !stuck {
            let now = store::messages::find(&mut tx, message.id).await?.state;
            if matches!(now.as_str(), "queued" | "sending") {
                store::messages::advance(&mut tx, message.id, &now, "sent", None, city.now()).await?;
            }
        } else {
            self.note_lost(&mut tx, "no answer came for every part").await?;
        }
        self.finish(tx).await?;
        if lost.is_empty() && channel_health::alarm_of(&self.account.row).is_some() {
            channel_health::calm_unless_refused(city, self.account.row.id).await?;
        }
        Ok(())
    }

    /// Hands the message to an HTTP gateway, which removes repeats by our id.
    async fn by_gateway(&self, route: &Route, text: &str, first: bool) -> Done {
        let city = self.city;
        if first {
            self.turn(route, 1).await?;
            self.note_begun(route, &[0], true).await?;
        }
        let begun = Instant::now();
        let answer = crate::sms_hooks::send(city, self.account, route, &self.to, text, self.message.id).await;
        city.lines.answered_in(route.id, most(route), begun.elapsed());
        match answer {
            Ok(receipt) => {
                city.lines.took(route.id, most(route));
                self.note_answers(route, vec![(0, receipt.external_id)], Vec::new(), Vec::new(), &self.message.text).await
            }
            // With our id it may be asked again for a day.
            Err(error @ (E::Lost(_) | E::Unreachable(_))) => {
                city.lines.silent(route.id, most(route), city.now());
                Err(Failure::Later { after: None, why: error.to_string() })
            }
            Err(E::Throttled { after, reason }) => {
                let pause = after.and_then(|after| SignedDuration::try_from(after).ok());
                city.lines.slower(route.id, most(route), pause, city.now());
                Err(wait(pause.unwrap_or(SignedDuration::from_secs(1)), &reason))
            }
            Err(error) => self.refused(route, error).await,
        }
    }

    /// Nothing of the message went out, and why.
    async fn refused(&self, route: &Route, error: E) -> Done {
        let mut tx = self.city.db.begin().await?;
        for part in message_parts::of_message(&mut tx, self.message.id).await? {
            message_parts::undo(&mut tx, self.message.id, part.position).await?;
        }
        tx.commit().await?;
        let why = error.to_string();
        match error {
            E::Misconfigured(_) | E::OutOfQuota(_) | E::TokenExpired(_) => {
                channel_health::raise(self.city, self.account.row.id, &Trouble::of(&error)).await?;
                // The others take over while a person looks after this one.
                self.city.lines.silent(route.id, most(route), self.city.now());
                Err(wait(SignedDuration::from_secs(30), &why))
            }
            E::PersonGone(_) => self.give_back("ask_other_contact", &why).await,
            _ => self.give_back("ours_to_fix", &why).await,
        }
    }

    /// Nobody knows what became of it.
    async fn lose(&self, why: &str) -> Done {
        let mut tx = self.city.db.begin().await?;
        for part in message_parts::of_message(&mut tx, self.message.id).await? {
            message_parts::lost(&mut tx, self.message.id, part.position, self.city.now()).await?;
        }
        self.note_lost(&mut tx, why).await?;
        self.finish(tx).await
    }

    async fn note_lost(&self, tx: &mut Tx, why: &str) -> store::Result<()> {
        let (city, message) = (self.city, self.message);
        let now = store::messages::find(tx, message.id).await?.state;
        if matches!(now.as_str(), "queued" | "sending")
            && store::messages::advance(tx, message.id, &now, "unknown", Some("reply_lost".into()), city.now()).await?
            && let Some(case) = self.case
        {
            let told = json!({ "message": message.id });
            note_event(tx, city, case, "delivery_unknown", told, Some(json!({ "diagnostic": why }))).await?;
        }
        Ok(())
    }

    /// Nothing more can be done by itself: the officer sees why and what can be done.
    async fn give_back(&self, reason: &'static str, why: &str) -> Done {
        let (city, message) = (self.city, self.message);
        let mut tx = city.db.begin().await?;
        let now = store::messages::find(&mut tx, message.id).await?.state;
        if store::messages::advance(&mut tx, message.id, &now, "failed", Some(reason.into()), city.now()).await?
            && let Some(case) = self.case
        {
            let told = json!({ "message": message.id, "reason": reason });
            note_event(&mut tx, city, case, "delivery_failed", told, Some(json!({ "diagnostic": why }))).await?;
        }
        self.finish(tx).await
    }

    async fn finish(&self, mut tx: Tx) -> Done {
        if let Some(case) = self.case {
            change_feed::add(&mut tx, "case", case, self.city.now()).await?;
        }
        jobs::finish(&mut tx, self.job).await?;
        Ok(tx.commit().await?)
    }

    /// What the counts know the number by.
    fn number(&self) -> String {
        self.city.keys.hash("sms-number", &self.to)
    }
}

fn wait(after: SignedDuration, why: &str) -> Failure {
    Failure::Wait { after, why: why.to_owned() }
}
