//! Lists and case page of the console over HTTP, as an officer's browser asks for them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Context;
use domain::case::Role;
use service::sign_in::{SignedIn, sign_in};

use super::http::{Line, get};
use super::place::Place;
use super::table::{Bar, Figure, Table, quantile};

const ASKED: usize = 300;
const PASSWORD: &str = "mat-khau-do-toc-do";

/// Medians by page, to compare the next size with; how many cases the page listed tells whether the two compare.
pub type Medians = BTreeMap<&'static str, (f64, usize)>;

/// Who looks at what: page, log-in, address.
const PAGES: [(&str, &str, &str); 5] = [
    ("list to screen", "bench.tiepnhan", "/console/q/screen"),
    ("list of one agency", "bench.thue", "/console/q/agency"),
    ("list overdue", "bench.thue", "/console/q/overdue"),
    ("list of all", "bench.tiepnhan", "/console/q/all"),
    ("case page", "bench.thue", ""),
];

pub async fn run(place: &Place, cases: u64, engine: &str, least: Option<&Medians>, table: &mut Table) -> anyhow::Result<Medians> {
    let server = place.serve().await?;
    let operator = session(place, "bench.tiepnhan", "1022", &[Role::Operator]).await?;
    let handler = session(place, "bench.thue", "thue-tp", &[Role::Handler, Role::Coordinator]).await?;
    let mut line = Line::open(server.address).await?;
    let mut medians = Medians::new();
    for (name, login, path) in PAGES {
        let cookie = format!("session={}", if login == "bench.tiepnhan" { &operator } else { &handler });
        let addresses = if path.is_empty() { case_addresses(&mut line, &cookie).await? } else { vec![path.to_owned()] };
        let mut times = Vec::with_capacity(ASKED);
        let mut listed = 0;
        for round in 0..ASKED + 20 {
            let request = get(&addresses[round % addresses.len()], &[("cookie", &cookie)]);
            let begun = Instant::now();
            let answer = line.ask(&request).await?;
            anyhow::ensure!(answer.status == 200, "{name}: status {}", answer.status);
            // The first ones warm caches and prepare statements.
            if round >= 20 {
                times.push(begun.elapsed());
            }
            listed = String::from_utf8_lossy(&answer.body).matches("href=\"/console/c/").count();
        }
        tell(name, cases, engine, least, listed, &mut times, table);
        medians.insert(name, (quantile(&mut times, 0.5), listed));
    }
    Ok(medians)
}

fn tell(name: &'static str, cases: u64, engine: &str, least: Option<&Medians>, listed: usize, times: &mut [Duration], table: &mut Table) {
    let (p50, p99) = (quantile(times, 0.5), quantile(times, 0.99));
    let title = format!("{name}, {cases} cases{engine}");
    table.line(Figure { name: &format!("{title}, p50"), value: p50, unit: "ms", ceiling: None, bar: Bar::AtMost(3.0) });
    table.line(Figure { name: &format!("{title}, p99"), value: p99, unit: "ms", ceiling: None, bar: Bar::None });
    if let Some((small, lines)) = least.and_then(|medians| medians.get(name)) {
        let title = format!("{title} ÷ the small database");
        // A page that lists more cases costs more, whatever the size of the database: only pages of one length compare.
        let alike = name == "case page" || *lines * 10 >= listed * 9;
        let title = if alike { title } else { format!("{title} ({listed} cases listed, {lines} there)") };
        let bar = if alike { Bar::AtMost(1.5) } else { Bar::None };
        table.line(Figure { name: &title, value: p50 / small, unit: "", ceiling: None, bar });
    }
}

/// The cookie of a signed-in operator.
pub async fn operator_cookie(place: &Place) -> anyhow::Result<String> {
    Ok(format!("session={}", session(place, "bench.tiepnhan", "1022", &[Role::Operator]).await?))
}

/// Signs an officer in who is made if he is missing.
async fn session(place: &Place, login: &str, agency: &str, roles: &[Role]) -> anyhow::Result<String> {
    let city = &place.city;
    if store::officers::by_login(&mut city.db.read(), login).await?.is_none() {
        let agency = city.reference().agency(agency).context("the agency is in the reference data")?.id;
        let roles: Vec<_> = roles.iter().map(|role| (*role, agency)).collect();
        service::sign_in::add_officer(city, login, "Cán bộ đo", PASSWORD.into(), &roles).await?;
    }
    match sign_in(city, login, PASSWORD, "127.0.0.1", "bench").await? {
        SignedIn::Session(token) => Ok(token),
        SignedIn::CodeWanted(_) | SignedIn::SetUpWanted(_) => anyhow::bail!("{login} needs a second factor"),
    }
}

/// Addresses of the cases on the first page of an agency's list.
async fn case_addresses(line: &mut Line, cookie: &str) -> anyhow::Result<Vec<String>> {
    let answer = line.ask(&get("/console/q/agency", &[("cookie", cookie)])).await?;
    let page = String::from_utf8(answer.body)?;
    let mut found: Vec<String> = page
        .split("href=\"/console/c/")
        .skip(1)
        .filter_map(|rest| rest.split(['"', '?', '#', '/']).next())
        .map(|code| format!("/console/c/{code}"))
        .collect();
    found.dedup();
    anyhow::ensure!(!found.is_empty(), "the list of the agency is empty");
    Ok(found)
}
