//! A city that has been at work for two months: officers, and a few hundred cases that went the way cases go.
//!
//! Everything is done through the use cases themselves, by a clock that walks through the past; so the demonstration
//! shows what the program does and nothing else.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use domain::case::{Action, Role};
use domain::track::{Track, Urgency};
use domain::visibility::Visibility;
use indicatif::ProgressBar;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use service::act::Routing;
use service::answer::Parts;
use service::clock::{SeededRandom, SetClock};
use service::report::Report;
use service::{City, Officer};
use simulator::Simulator;
use uuid::Uuid;

use crate::config::Config;

/// Cases of the demonstration.
const CASES: u64 = 320;
/// One password for all demo officers; printed, and worthless elsewhere.
const PASSWORD: &str = "doi-thoai-1022";
/// A fixed second factor, so that the demo's administrator can sign in with any authenticator app.
const TOTP_SECRET: &str = "3132333435363738393031323334353637383930";

#[derive(Deserialize)]
struct People {
    officer: Vec<DemoOfficer>,
    person: Vec<Person>,
    business: Vec<Business>,
}

#[derive(Deserialize)]
struct DemoOfficer {
    login: String,
    name: String,
    agency: String,
    roles: Vec<String>,
    title: String,
}

#[derive(Deserialize)]
struct Person {
    name: String,
    email: String,
}

#[derive(Deserialize)]
struct Business {
    name: String,
    tax_code: String,
}

#[derive(Deserialize)]
struct Cases {
    row: Vec<Story>,
}

#[derive(Deserialize)]
struct Story {
    field: String,
    track: Track,
    ward: String,
    lead: String,
    text: String,
    checked: String,
    legal_basis: String,
    next_steps: String,
    contact: String,
}

/// Fills the city if nobody works in it yet.
pub async fn fill(city: &City, config: &Config) -> anyhow::Result<()> {
    if !store::officers::all(&mut city.db.read()).await?.is_empty() {
        return Ok(());
    }
    let people: People = read(&config.reference.join("demo/people.toml"))?;
    let stories: Cases = read(&config.reference.join("demo/cases.toml"))?;
    add_officers(city, &people).await?;
    add_businesses(city, &people).await?;
    let bar = ProgressBar::new(CASES).with_message("demo cases");
    let dice = SeededRandom::new(1022);
    let clock = Arc::new(SetClock::at(city.now()));
    let past = city.at(clock.clone());
    let cast = Cast::of(city, &people, &stories.row).await?;
    // Spread over sixty days, oldest first, so that codes and events stand in the order of time.
    let today = city.now();
    for number in 0..CASES {
        let back = SignedDuration::from_mins(i64::try_from((CASES - number) * 60 * 24 * 60 / CASES).unwrap_or(0));
        let story = &stories.row[usize::try_from(dice.below(stories.row.len() as u64)).unwrap_or(0)];
        let person = &people.person[usize::try_from(dice.below(people.person.len() as u64)).unwrap_or(0)];
        let business = &people.business[usize::try_from(dice.below(people.business.len() as u64)).unwrap_or(0)];
        let begun = in_office_hours(city, today - back);
        clock.set(begun);
        live(&past, &clock, &cast, story, person, business, &dice, today).await.with_context(|| format!("demo case {number}"))?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    let names: Vec<&str> = people.person.iter().map(|person| person.name.as_str()).collect();
    let told: Vec<&str> = stories.row.iter().map(|story| story.text.as_str()).collect();
    super::hotline::seed(city, &cast.operator, &names, &told).await.context("the demo's calls")
}

/// The officers who act in the stories.
struct Cast {
    operator: Officer,
    /// Handler and leader by agency.
    agencies: Vec<(Uuid, Officer, Officer)>,
}

impl Cast {
    async fn of(city: &City, people: &People, stories: &[Story]) -> anyhow::Result<Self> {
        let reference = city.reference();
        let mut found: Vec<Officer> = Vec::new();
        for officer in &people.officer {
            let row = store::officers::by_login(&mut city.db.read(), &officer.login).await?.context("a demo officer is missing")?;
            let agency = reference.agency(&officer.agency).context("a demo officer's agency is missing")?.id;
            let roles = officer.roles.iter().filter_map(|role| Some((role.parse::<Role>().ok()?, agency))).collect();
            found.push(Officer::new(row.id, row.login, row.name, roles, &reference.agencies, reference.city));
        }
        let operator = found.iter().find(|officer| officer.has(Role::Operator)).context("no demo operator")?.clone();
        let mut agencies = Vec::new();
        for handler in found.iter().filter(|officer| officer.has(Role::Handler)) {
            let Some(agency) = handler.agencies(Role::Handler).next() else { continue };
            if let Some(leader) = found.iter().find(|officer| officer.agencies(Role::Leader).any(|led| led == agency)) {
                agencies.push((agency, handler.clone(), leader.clone()));
            }
        }
        let mut names = people.person.iter().map(|person| person.name.as_str()).cycle();
        for story in stories {
            let Some(agency) = reference.agency(&story.lead) else { continue };
            if agencies.iter().any(|(known, ..)| *known == agency.id) {
                continue;
            }
            let mut colleague = async |role: Role| stand_in(city, agency, role, names.next().unwrap_or_default()).await;
            let (handler, leader) = (colleague(Role::Handler).await?, colleague(Role::Leader).await?);
            agencies.push((agency.id, handler, leader));
        }
        Ok(Self { operator, agencies })
    }
}

/// An officer of an agency whose log-ins the demonstration does not print: acts in stories, cannot sign in.
async fn stand_in(city: &City, agency: &domain::agency::Agency, role: Role, name: &str) -> anyhow::Result<Officer> {
    let reference = city.reference();
    let row = store::officers::OfficerRow {
        id: city.new_id(),
        login: format!("{}.{role}", agency.code),
        name: name.to_owned(),
        password_hash: String::new(),
        totp_secret: None,
        totp_last_step: 0,
        disabled_at: None,
        created_at: city.now().as_microsecond(),
        version: 1,
    };
    let held = store::officers::RoleRow {
        officer_id: row.id,
        agency_id: agency.id,
        role: role.as_str().into(),
        valid_from: city.today().to_string(),
        valid_to: None,
    };
    let mut tx = city.db.begin().await?;
    store::officers::insert(&mut tx, &row).await?;
    store::officers::add_role(&mut tx, &held).await?;
    tx.commit().await?;
    Ok(Officer::new(row.id, row.login, row.name, vec![(role, agency.id)], &reference.agencies, reference.city))
}

/// One case from report to wherever its time allows it to be by now.
async fn live(
    city: &City,
    clock: &SetClock,
    cast: &Cast,
    story: &Story,
    person: &Person,
    business: &Business,
    dice: &SeededRandom,
    today: Timestamp,
) -> anyhow::Result<()> {
    let visibility = [Visibility::Public, Visibility::Agencies, Visibility::SenderHidden][usize::try_from(dice.below(3)).unwrap_or(0)];
    let with_business = dice.below(3) > 0;
    let filed = service::report::report(
        city,
        Report {
            text: story.text.clone(),
            contact: person.email.clone(),
            name: person.name.clone(),
            tax_code: if with_business { business.tax_code.clone() } else { String::new() },
            keep_tax_code: true,
            field: None,
            ward: Some(story.ward.clone()),
            visibility: Some(visibility),
            consent: true,
            language: "vi".into(),
            form_key: format!("demo-{:016x}", dice.next()),
            files: Vec::new(),
        },
    )
    .await?;
    // Routed within the hour; of the last day's, every third still waits for the operator.
    let fresh = today.duration_since(city.now()) < SignedDuration::from_hours(30);
    if !later(city, clock, dice, 5, 50, today) || (fresh && dice.below(3) == 0) {
        return Ok(());
    }
    let reference = city.reference();
    let lead = reference.agency(&story.lead).map_or(reference.city, |agency| agency.id);
    let version = version_of(city, filed.case).await?;
    let routing = Routing {
        track: story.track,
        field: story.field.clone(),
        urgency: Urgency::Normal,
        lead,
        co: Vec::new(),
        why: format!("Lĩnh vực {}", reference.field_name(&story.field, false)),
        title: String::new(),
    };
    let routed = service::act::route(city, &cast.operator, filed.case, version, routing).await?;
    if routed.stage != "routed" {
        // A track that asks the sender to prove the contact first.
        return Ok(());
    }
    let Some((_, handler, leader)) = cast.agencies.iter().find(|(agency, ..)| *agency == lead) else { return Ok(()) };
    if !later(city, clock, dice, 60, 420, today) {
        return Ok(());
    }
    act(city, handler, filed.case, Action::Accept { officer: handler.id }).await?;
    if dice.below(9) == 0 && later(city, clock, dice, 60, 600, today) {
        let until = service::act::latest_question_date(city);
        let question = "Anh/chị vui lòng gửi ảnh giấy tiếp nhận hồ sơ để chúng tôi đối chiếu.".to_owned();
        act(city, handler, filed.case, Action::AskInfo { question, until }).await?;
        if dice.below(2) == 0 || !later(city, clock, dice, 120, 1500, today) {
            return Ok(());
        }
        let case = store::cases::find(&mut city.db.read(), filed.case).await?;
        service::follow::add(
            city,
            &case,
            &format!("demo-{:016x}", dice.next()),
            "Tôi gửi thêm: số biên nhận là 4417, nộp tại quầy số 3.",
            Vec::new(),
        )
        .await?;
    }
    // Up to a few working days; now and then too long.
    let slow = if dice.below(12) == 0 { 9 * 1440 } else { 2 * 1440 };
    if !later(city, clock, dice, 240, slow, today) {
        return Ok(());
    }
    let parts = Parts {
        checked: story.checked.clone(),
        legal_basis: story.legal_basis.clone(),
        next_steps: story.next_steps.clone(),
        contact_line: story.contact.clone(),
    };
    let version_now = version_of(city, filed.case).await?;
    let written = service::answer::write(city, handler, filed.case, version_now, parts, Vec::new()).await?;
    if written == service::answer::Written::Submitted {
        if !later(city, clock, dice, 30, 600, today) {
            return Ok(());
        }
        let version_now = version_of(city, filed.case).await?;
        service::answer::approve(city, leader, filed.case, version_now).await?;
    }
    if dice.below(3) == 0 && later(city, clock, dice, 60, 900, today) {
        publish(city, &cast.operator, filed.case).await?;
    }
    if dice.below(2) == 0 && later(city, clock, dice, 120, 3000, today) {
        let score = [5, 4, 4, 3, 2][usize::try_from(dice.below(5)).unwrap_or(0)];
        service::follow::rate(city, filed.case, score, "Câu trả lời chưa nói rõ ngày có kết quả.").await?;
    }
    Ok(())
}

async fn publish(city: &City, publisher: &Officer, case: Uuid) -> anyhow::Result<()> {
    let draft = match service::publish::propose(city, publisher, case).await {
        Ok(draft) => draft,
        Err(service::Error::NotFound) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    if !service::publish::leftovers(&draft).is_empty() {
        return Ok(());
    }
    let version = version_of(city, case).await?;
    match service::publish::publish(city, publisher, case, version, draft, true).await {
        // Tracks that are never published say so here.
        Ok(_) | Err(service::Error::Refused(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

async fn act(city: &City, officer: &Officer, case: Uuid, action: Action) -> anyhow::Result<()> {
    let version = version_of(city, case).await?;
    service::act::act(city, officer, case, version, action).await?;
    Ok(())
}

async fn version_of(city: &City, case: Uuid) -> anyhow::Result<i64> {
    Ok(store::cases::find(&mut city.db.read(), case).await?.version)
}

/// Lets minutes pass, into office hours. False when that would be in the future: the story stops here.
fn later(city: &City, clock: &SetClock, dice: &SeededRandom, least: u64, most: u64, today: Timestamp) -> bool {
    let minutes = i64::try_from(least + dice.below(most - least + 1)).unwrap_or(1);
    let next = in_office_hours(city, city.now() + SignedDuration::from_mins(minutes));
    if next >= today {
        return false;
    }
    clock.set(next);
    true
}

/// The moment itself in office hours, else the next one.
fn in_office_hours(city: &City, at: Timestamp) -> Timestamp {
    city.reference().book.calendar.add_working_time(at, SignedDuration::from_mins(1))
}

async fn add_officers(city: &City, people: &People) -> anyhow::Result<()> {
    let reference = city.reference();
    for officer in &people.officer {
        let agency = reference.agency(&officer.agency).with_context(|| format!("no agency {}", officer.agency))?.id;
        let mut roles = Vec::new();
        for role in &officer.roles {
            roles.push((role.parse::<Role>().with_context(|| format!("{role} is no role"))?, agency));
        }
        let id = service::sign_in::add_officer(city, &officer.login, &officer.name, PASSWORD.to_owned(), &roles).await?;
        if roles.iter().any(|(role, _)| *role == Role::Administrator) {
            let mut row = store::officers::find(&mut city.db.read(), id).await?;
            row.totp_secret = Some(city.keys.seal(city.random.as_ref(), "totp", &hex::decode(TOTP_SECRET)?)?);
            let mut tx = city.db.begin().await?;
            store::officers::update(&mut tx, &row).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

/// The registry knows these; their names may be shown.
async fn add_businesses(city: &City, people: &People) -> anyhow::Result<()> {
    let mut tx = city.db.begin().await?;
    let rows = people.business.iter().map(|business| store::businesses::BusinessRow {
        id: city.new_id(),
        tax_code: business.tax_code.chars().filter(char::is_ascii_digit).collect(),
        kind: "enterprise".into(),
        name: Some(business.name.clone()),
        registry: store::Json(serde_json::json!({ "source": "demo" })),
        created_at: city.now().as_microsecond(),
    });
    store::businesses::insert(&mut tx, rows.collect()).await?;
    tx.commit().await?;
    Ok(())
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    toml::from_str(&text).with_context(|| path.display().to_string())
}

/// Prints addresses and log-ins.
pub fn print_log_ins(city: &City, config: &Config, vendors: &Simulator) -> anyhow::Result<()> {
    let people: People = read(&config.reference.join("demo/people.toml"))?;
    let url = &city.settings.public_url;
    println!();
    println!("Đối Thoại is running.");
    println!();
    println!("  Portal          {url}/");
    println!("  Console         {url}/console");
    println!("  Administration  {url}/admin");
    println!("  Phone           {}/  (write on Zalo, on Facebook and by SMS as a business)", vendors.origin());
    println!("  SMPP            {}", vendors.smsc().address());
    println!();
    println!("Demo log-ins, all with the password {PASSWORD}:");
    for officer in &people.officer {
        println!("  {:16} {} ({})", officer.login, officer.name, officer.title);
    }
    println!();
    println!("The administrator's second factor has the secret GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ (any authenticator app),");
    println!("or ask: oathtool --totp --base32 GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    println!();
    println!("Stop with Ctrl C. Delete everything with: make clean-demo");
    Ok(())
}
