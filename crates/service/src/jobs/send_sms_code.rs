//! A one-time code goes out by SMS. Its digits rest in the job alone, encrypted; it is worth nothing after its few minutes, so
//! it is not tried for long.

use channels::Error as E;
use domain::sms::recipient;
use jiff::SignedDuration;
use serde::Deserialize;
use store::jobs::{self, Job};
use store::sms;
use uuid::Uuid;

use super::{Done, Failure};
use crate::City;
use crate::sms_accounts::{self, RouteKind};
use crate::sms_routes::{most, next, segments};

/// Tries while no route takes it.
const TRIES: i64 = 8;

#[derive(Deserialize)]
struct Payload {
    account: Uuid,
    to: String,
    sealed: String,
    language: String,
    minutes: i64,
}

pub(super) async fn run(city: &City, job: &Job) -> Done {
    let payload: Payload = job.payload()?;
    let Some(account) = sms_accounts::find(city, payload.account).await? else {
        return Err(Failure::Never("no number for SMS is switched on".into()));
    };
    if !city.links.holds(account.row.id) {
        return later(job, "another node holds the links");
    }
    let never = |error: String| Failure::Never(error);
    let to = recipient(&super::send::opened(city, "one-time-code-to", &payload.to)?).map_err(|why| never(why.to_string()))?;
    let digits = super::send::opened(city, "one-time-code", &payload.sealed)?;
    let text = crate::one_time_code::sms(city, &account.row.address, &digits, &payload.language, payload.minutes)?;
    let Some(route) = next(city, &account) else { return later(job, "no route stands") };
    let day = city.today().to_string();
    let number = city.keys.hash("sms-number", &to);
    let (sent, _) = sms::sent_on(&mut city.db.read(), account.row.id, &day, &number).await?;
    if sent >= city.reference().number_of("sms_per_number_day", &account.row.address)? {
        return Err(Failure::Never("the cap of messages to one number a day".into()));
    }
    let mut tx = city.db.begin().await?;
    sms::count(&mut tx, account.row.id, &day, &number, 1).await?;
    tx.commit().await?;
    let answer = match route.kind {
        RouteKind::Esms => crate::sms_hooks::send(city, &account, route, &to, &text, city.new_id()).await.map(|_| ()),
        RouteKind::Smpp => {
            let parts = segments(&account, route, &to, &text, 1).map_err(|error| never(error.to_string()))?;
            let Some(session) = city.links.session(account.row.id, route.id) else { return later(job, "the route is down") };
            let mut answer = Ok(());
            for part in parts {
                answer = session.submit(part).await.map(|_| ());
                if answer.is_err() {
                    break;
                }
            }
            answer
        }
    };
    match answer {
        // Whether it arrived after a lost answer the person will see; another may be asked for.
        Ok(()) | Err(E::Lost(_)) => {}
        Err(E::Throttled { .. } | E::Unreachable(_)) => {
            city.lines.slower(route.id, most(route), None, city.now());
            return later(job, "the route asks for time");
        }
        Err(error) => return Err(never(error.to_string())),
    }
    let mut tx = city.db.begin().await?;
    jobs::finish(&mut tx, job).await?;
    tx.commit().await?;
    Ok(())
}

fn later(job: &Job, why: &str) -> Done {
    if job.attempts >= TRIES {
        return Err(Failure::Never(why.to_owned()));
    }
    Err(Failure::Later { after: Some(SignedDuration::from_secs(10)), why: why.to_owned() })
}
