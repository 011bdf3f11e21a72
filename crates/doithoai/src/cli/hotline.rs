//! The demonstration's hotline: an account, two days of calls, and the simulated exchange connected to it.

use std::sync::Arc;

use anyhow::Context;
use domain::track::Urgency;
use jiff::SignedDuration;
use serde_json::{Value, json};
use service::act::Routing;
use service::call_desk::{self, Entry as Words};
use service::clock::{SeededRandom, SetClock};
use service::hotlines::{self, Control, Entry, Hotline, Settings, Transfer};
use service::{City, Officer};
use simulator::{Simulator, pbx};
use store::cases::After;
use uuid::Uuid;

/// The number of the hotline.
const NUMBER: &str = "1022";
/// Calls of the last two days.
const CALLS: u64 = 44;
/// The telephone of the demonstration's operator.
const EXTENSION: &str = "101";

/// Stores two days of calls: most were answered, some led to cases, some were missed and wait to be called back.
pub async fn seed(city: &City, operator: &Officer, names: &[&str], stories: &[&str]) -> anyhow::Result<()> {
    let account = save(city, Settings { shape: "zammad".into(), ..Settings::default() }, String::new()).await?;
    service::calls::set_extension(city, operator, EXTENSION).await?;
    let dice = SeededRandom::new(1022);
    let clock = Arc::new(SetClock::at(city.now()));
    let past = city.at(clock.clone());
    let now = city.now();
    for number in 0..CALLS {
        let back = SignedDuration::from_mins(i64::try_from((CALLS - number) * 48 * 60 / CALLS).unwrap_or(0));
        clock.set(now - back);
        let who = usize::try_from(dice.below(24)).unwrap_or(0);
        let call = json!({ "callId": format!("demo-{number}"), "from": format!("84{}", line(who)), "to": NUMBER, "direction": "in" });
        let kind = dice.below(10);
        live(&past, &clock, account, &call, kind, dice.below(400)).await?;
        if kind < 3 {
            let name = names.get(who % names.len().max(1)).copied().unwrap_or_default();
            let story = stories.get(usize::try_from(dice.below(stories.len().max(1) as u64)).unwrap_or(0)).copied().unwrap_or_default();
            write(&past, operator, who, name, story, back > SignedDuration::from_hours(5)).await?;
        }
    }
    Ok(())
}

/// The national number of a caller without its zero; the first is that of the phone page's first person.
fn line(who: usize) -> String {
    if who == 0 { "900000001".to_owned() } else { format!("90{:07}", 1_022_000 + who * 7) }
}

/// One call from its first ring to its end. A fifth of them is missed.
async fn live(city: &City, clock: &SetClock, account: Uuid, call: &Value, kind: u64, seconds: u64) -> anyhow::Result<()> {
    let told = async |event: Value| {
        let mut body = call.clone();
        if let (Some(body), Value::Object(event)) = (body.as_object_mut(), event) {
            body.extend(event);
        }
        service::jobs::take_in(city, account, body.to_string().into_bytes()).await
    };
    let pass = |seconds: u64| clock.advance(SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(0)));
    told(json!({ "event": "newCall", "user": ["Lê Thị Miên"], "queue": "hotro" })).await?;
    pass(12);
    if kind >= 8 {
        told(json!({ "event": "hangup", "cause": "cancel" })).await?;
        return Ok(());
    }
    told(json!({ "event": "answer", "user": "Lê Thị Miên", "answeringNumber": EXTENSION })).await?;
    pass(45 + seconds);
    told(json!({ "event": "hangup", "cause": "normalClearing", "answeringNumber": EXTENSION })).await?;
    Ok(())
}

/// What the caller of the newest call said; the older ones went to their agencies.
async fn write(city: &City, operator: &Officer, who: usize, name: &str, story: &str, old: bool) -> anyhow::Result<()> {
    let reference = city.reference();
    let newest = store::calls::log(&mut city.db.read(), reference.city, After::END, 1).await?.into_iter().next().context("a call")?;
    let words = Words {
        text: story.to_owned(),
        contact: format!("0{}", line(who)),
        name: name.to_owned(),
        language: "vi".into(),
        form_key: format!("demo-call-{}", newest.id.simple()),
        ..Words::default()
    };
    let begun = call_desk::write(city, operator, newest.id, &words).await?;
    let proposal = call_desk::suggest(city, story);
    if let Some((field, _)) = proposal.fields.first().filter(|_| old && !proposal.track.needs_identity()) {
        let routing = Routing {
            track: proposal.track,
            field: field.clone(),
            urgency: Urgency::Normal,
            lead: proposal.lead,
            co: Vec::new(),
            why: proposal.why.clone(),
            title: String::new(),
        };
        service::act::route(city, operator, begun.case, 1, routing).await?;
    }
    Ok(())
}

/// Connects the simulated exchange; its key is new at every start.
pub async fn connect(vendors: &Simulator, city: &City, url: &str) -> anyhow::Result<()> {
    let key = service::keys::new_token(city.random.as_ref());
    let order = |path: &str, body: &str| Control {
        address: format!("{}/pbx/{path}", vendors.origin()),
        body: body.into(),
        header: "X-Api-Key".into(),
        ..Control::default()
    };
    let transfer = |number: &str, agency: &str| Transfer { number: number.into(), agency: agency.into() };
    let settings = Settings {
        shape: "zammad".into(),
        addresses: vec!["127.0.0.1".into(), "::1".into()],
        recording_hosts: vec![vendors.address().to_string()],
        transfers: vec![transfer("201", "thue-tp"), transfer("202", "so-attp"), transfer("203", "so-xd")],
        dial: order("call", r#"{"from":"{extension}","to":"{number}"}"#),
        transfer: order("transfer", r#"{"call_id":"{call_id}","to":"{extension}"}"#),
        ..Settings::default()
    };
    let known: Vec<Transfer> = settings.transfers.iter().filter(|to| city.reference().agency(&to.agency).is_some()).cloned().collect();
    let account = save(city, Settings { transfers: known, ..settings }, key.clone()).await?;
    let row = store::channel_accounts::find(&mut city.db.read(), account).await?;
    let webhook = Some(format!("{url}{}", Hotline::of(city, row)?.path()));
    let extension = |number: &str, user: &str| pbx::Extension { number: number.into(), user: user.into() };
    let extensions = vec![extension(EXTENSION, "Lê Thị Miên"), extension("102", "Trực ca 2")];
    let hotline = pbx::Hotline { webhook, key, extensions, ..pbx::Hotline::new(NUMBER, pbx::Provider::Zammad) };
    vendors.pbx().set_hotline(hotline);
    city.reload().await?;
    Ok(())
}

async fn save(city: &City, settings: Settings, control_secret: String) -> anyhow::Result<Uuid> {
    let known = store::channel_accounts::by_address(&mut city.db.read(), hotlines::CHANNEL, NUMBER).await?;
    let name = "Đường dây nóng 1022 (thử)".to_owned();
    let entry = Entry { name, address: NUMBER.into(), agency: None, enabled: true, settings, control_secret };
    Ok(hotlines::save(city, None, known.map(|row| row.id), entry).await?)
}
