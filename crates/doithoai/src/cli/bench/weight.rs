//! What a first visit loads, compressed, until the page can be used: the page itself, its style and its scripts. Fonts come
//! after.

use super::http::{Line, get};
use super::place::Place;
use super::table::{Bar, Figure, Table};

pub async fn run(place: &Place, table: &mut Table) -> anyhow::Result<()> {
    let server = place.serve().await?;
    let cookie = super::pages::operator_cookie(place).await?;
    let mut line = Line::open(server.address).await?;
    let pages = [
        ("/", "", 30.0, 3.0),
        ("/gui", "", 30.0, 3.0),
        ("/console/login", "", 100.0, 6.0),
        ("/console/q/screen", cookie.as_str(), 100.0, 6.0),
    ];
    for (path, cookie, most, requests) in pages {
        let (bytes, asked) = first_visit(&mut line, path, cookie).await?;
        let name = format!("first visit of {path}");
        table.line(Figure { name: &name, value: bytes as f64 / 1_024.0, unit: "KiB", ceiling: None, bar: Bar::AtMost(most) });
        table.line(Figure { name: &format!("{name}, requests"), value: asked as f64, unit: "", ceiling: None, bar: Bar::AtMost(requests) });
    }
    Ok(())
}

/// Octets of heads and bodies, and how many requests.
async fn first_visit(line: &mut Line, path: &str, cookie: &str) -> anyhow::Result<(usize, usize)> {
    let plain = line.ask(&get(path, &[("cookie", cookie)])).await?;
    anyhow::ensure!(plain.status == 200, "{path}: status {}", plain.status);
    let mut wanted = vec![path.to_owned()];
    wanted.extend(linked(&String::from_utf8(plain.body)?));
    let mut bytes = 0;
    for address in &wanted {
        let answer = line.ask(&get(address, &[("cookie", cookie), ("accept-encoding", "br")])).await?;
        anyhow::ensure!(answer.status == 200, "{address}: status {}", answer.status);
        bytes += answer.head.len() + answer.body.len();
    }
    Ok((bytes, wanted.len()))
}

/// Style sheets, scripts and pictures that a page names, each once.
fn linked(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    for tag in page.split('<').filter(|tag| ["link ", "script ", "img "].iter().any(|name| tag.starts_with(name))) {
        let address = ["href=\"", "src=\""].iter().find_map(|mark| tag.split_once(mark)?.1.split('"').next());
        let Some(address) = address.filter(|address| address.starts_with('/')) else { continue };
        let later = tag.contains("woff2") || tag.contains("rel=\"icon\"") || tag.contains("rel=\"alternate\"");
        if !later && !found.iter().any(|known| known == address) {
            found.push(address.to_owned());
        }
    }
    found
}
