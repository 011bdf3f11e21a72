//! Reference data from plain files: loaded by a command with a dry run, edited in the browser afterwards.
//!
//! A file `reference/<kinds>.toml` holds rows `[[row]]` with `item`, `valid_from`, optionally `valid_to`, `source`,
//! `status`; everything else of a row is its body. Wards come as a list of code and name, and each ward's People's
//! Committee is an agency of its own.

use std::path::Path;

use serde_json::{Value, json};
use store::Json;
use store::reference::ReferenceRow;

use crate::reference::{Reference, stable_id};
use crate::{Error, Result};

/// Files and the kind of row each holds.
const FILES: [(&str, &str); 9] = [
    ("agencies.toml", "agency"),
    ("fields.toml", "field"),
    ("routes.toml", "route"),
    ("deadlines.toml", "deadline"),
    ("calendar.toml", "calendar"),
    ("refusal_grounds.toml", "ground"),
    ("guides.toml", "guide"),
    ("texts.toml", "text"),
    ("limits.toml", "limit"),
];

/// What loading would change, or did.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Loaded {
    pub new: usize,
    pub changed: usize,
    pub same: usize,
    /// Rows that an administrator edited in the browser: the file's version is not taken.
    pub kept: usize,
}

/// Reads the folder; nothing is stored.
///
/// # Errors
/// [`Error::Setup`] naming file, row and what is wrong with it.
pub fn read(folder: &Path, now: jiff::Timestamp) -> Result<Vec<ReferenceRow>> {
    let mut rows = Vec::new();
    for (file, kind) in FILES {
        let path = folder.join(file);
        let text = std::fs::read_to_string(&path).map_err(|error| Error::Setup(format!("{}: {error}", path.display())))?;
        let table: toml::Table = text.parse().map_err(|error| Error::Setup(format!("{file}: {error}")))?;
        let list = table.get("row").and_then(toml::Value::as_array).ok_or_else(|| Error::Setup(format!("{file} has no [[row]]")))?;
        for (number, row) in list.iter().enumerate() {
            rows.push(
                row_of(kind, row, now)
                    .ok_or_else(|| Error::Setup(format!("{file}, row {}: item, valid_from, source or status is missing", number + 1)))?,
            );
        }
    }
    let (all_wards, ..) = read_wards(folder)?;
    let (routes, others): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.kind == "route");
    let mut rows = others;
    rows.extend(routes.into_iter().flat_map(|route| spread_over_wards(route, &all_wards)));
    rows.extend(wards(folder, now)?);
    // Rows that nobody could use are refused before they are stored.
    Reference::from_rows(&rows, domain::time::local_date(now))?;
    Ok(rows)
}

fn row_of(kind: &str, row: &toml::Value, now: jiff::Timestamp) -> Option<ReferenceRow> {
    let mut body = serde_json::to_value(row).ok()?;
    let fields = body.as_object_mut()?;
    let mut take = |name: &str| match fields.remove(name) {
        Some(Value::String(text)) => Some(text),
        // TOML dates arrive as a table with one string.
        Some(Value::Object(date)) => date.values().next().and_then(Value::as_str).map(str::to_owned),
        _ => None,
    };
    let valid_from = take("valid_from");
    let item = take("item")?;
    Some(ReferenceRow {
        kind: kind.to_owned(),
        valid_from: valid_from.or_else(|| (kind == "calendar").then(|| item.clone()))?,
        valid_to: take("valid_to"),
        source: take("source")?,
        status: take("status")?,
        item,
        body: Json(body),
        updated_at: now.as_microsecond(),
        updated_by: None,
    })
}

/// A ward of `wards.json`.
struct Ward {
    code: String,
    name: String,
    valid_from: String,
}

fn read_wards(folder: &Path) -> Result<(Vec<Ward>, String, String)> {
    let path = folder.join("wards.json");
    let text = std::fs::read_to_string(&path).map_err(|error| Error::Setup(format!("{}: {error}", path.display())))?;
    let file: Value = serde_json::from_str(&text).map_err(|error| Error::Setup(format!("wards.json: {error}")))?;
    let text_of = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let valid_from = text_of(&file, "valid_from");
    let ward = |row: &Value| Some(Ward { code: text_of(row, "code")?, name: text_of(row, "name")?, valid_from: valid_from.clone()? });
    let wards = file.get("wards").and_then(Value::as_array).map(|rows| rows.iter().map(ward).collect::<Option<Vec<_>>>());
    match (wards.flatten(), text_of(&file, "source"), text_of(&file, "status")) {
        (Some(wards), Some(source), Some(status)) => Ok((wards, source, status)),
        _ => Err(Error::Setup("wards.json: valid_from, source, status, or a ward's code or name is missing".into())),
    }
}

/// The wards of 2025, and for each its People's Committee.
fn wards(folder: &Path, now: jiff::Timestamp) -> Result<Vec<ReferenceRow>> {
    let (wards, source, status) = read_wards(folder)?;
    let mut rows = Vec::new();
    for ward in wards {
        let row = |kind: &str, item: String, body: Value| ReferenceRow {
            kind: kind.to_owned(),
            item,
            valid_from: ward.valid_from.clone(),
            valid_to: None,
            body: Json(body),
            source: source.clone(),
            status: status.clone(),
            updated_at: now.as_microsecond(),
            updated_by: None,
        };
        let lower = ward.name.replacen("Phường", "phường", 1).replacen("Xã", "xã", 1).replacen("Đặc khu", "đặc khu", 1);
        let committee = json!({ "name": format!("Ủy ban nhân dân {lower}"), "short_name": format!("UBND {lower}"), "kind": "ward", "parent": "ubnd-tp" });
        rows.push(row("ward", ward.code.clone(), json!({ "name": ward.name })));
        rows.push(row("agency", format!("ubnd-{}", ward.code), committee));
    }
    Ok(rows)
}

/// A route that names the committee of the address (`ubnd-*`) becomes one route per ward. Where it only joins in, the route
/// without a ward stays for senders who name none.
fn spread_over_wards(row: ReferenceRow, wards: &[Ward]) -> Vec<ReferenceRow> {
    let body = &row.body.0;
    let leads = body.get("lead").and_then(Value::as_str) == Some("ubnd-*");
    let joins = body.get("co").and_then(Value::as_array).is_some_and(|co| co.iter().any(|code| code == "ubnd-*"));
    if !leads && !joins {
        return vec![row];
    }
    let for_ward = |ward: Option<&Ward>| {
        let mut row = row.clone();
        let committee = ward.map(|ward| format!("ubnd-{}", ward.code));
        let body = &mut row.body.0;
        if leads {
            body["lead"] = json!(committee);
        }
        let co: Vec<Value> = body.get("co").and_then(Value::as_array).cloned().unwrap_or_default();
        let named = co.into_iter().filter_map(|code| if code == "ubnd-*" { committee.clone().map(Value::from) } else { Some(code) });
        body["co"] = named.collect();
        body["ward"] = json!(ward.map(|ward| &ward.code));
        if let Some(ward) = ward {
            row.item = format!("{}@{}", row.item, ward.code);
        }
        row
    };
    let mut rows: Vec<ReferenceRow> = wards.iter().map(|ward| for_ward(Some(ward))).collect();
    if !leads {
        rows.push(for_ward(None));
    }
    rows
}

/// Loads the folder. With `dry` nothing is stored. Rows that somebody edited in the browser are kept.
pub async fn load(db: &store::Db, folder: &Path, now: jiff::Timestamp, dry: bool) -> Result<Loaded> {
    let rows = read(folder, now)?;
    let stored = store::reference::all(&mut db.read()).await?;
    let mut loaded = Loaded::default();
    let mut to_store = Vec::new();
    for row in rows {
        let earlier = stored.iter().find(|old| (&old.kind, &old.item, &old.valid_from) == (&row.kind, &row.item, &row.valid_from));
        match earlier {
            None => loaded.new += 1,
            Some(old) if (&old.body, &old.valid_to, &old.source, &old.status) == (&row.body, &row.valid_to, &row.source, &row.status) => {
                loaded.same += 1;
                continue;
            }
            Some(old) if old.updated_by.is_some() => {
                loaded.kept += 1;
                continue;
            }
            Some(_) => loaded.changed += 1,
        }
        to_store.push(row);
    }
    if !dry {
        let mut tx = db.begin().await?;
        store::reference::put(&mut tx, to_store).await?;
        web_account(&mut tx, now).await?;
        tx.commit().await?;
    }
    Ok(loaded)
}

/// The account under which the web form's conversations stand.
async fn web_account(tx: &mut store::Tx, now: jiff::Timestamp) -> Result<()> {
    let id = stable_id("channel", "web");
    if matches!(store::channel_accounts::find(tx, id).await, Err(store::Error::NotFound)) {
        let row = store::channel_accounts::AccountRow {
            id,
            channel: "web".into(),
            name: "Cổng web".into(),
            address: "web".into(),
            agency_id: None,
            settings: Json(json!({})),
            secret: None,
            enabled: true,
            health: Json(json!({})),
            created_at: now.as_microsecond(),
            version: 1,
        };
        store::channel_accounts::insert(tx, &row).await?;
    }
    Ok(())
}
