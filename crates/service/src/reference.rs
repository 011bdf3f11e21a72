//! Reference data in memory: agencies, fields, routes, deadlines, calendar, texts. Read from the database at start and
//! again whenever an administrator edits it.

use std::collections::BTreeMap;
use std::str::FromStr;

use domain::agency::{Agency, AgencyTree};
use domain::calendar::{Calendar, CalendarDay};
use domain::deadline::{DeadlineRule, Limits, RuleBook};
use domain::route::{Route, RouteTable};
use domain::track::Track;
use jiff::SignedDuration;
use jiff::civil::Date;
use language::suggest::{FieldSeeds, Suggester};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use store::Db;
use store::reference::ReferenceRow;
use uuid::Uuid;

use crate::{Error, Result};

/// Everything an administrator edits, ready to ask.
pub struct Reference {
    pub agencies: AgencyTree,
    by_code: BTreeMap<String, Uuid>,
    pub wards: BTreeMap<String, String>,
    pub fields: BTreeMap<String, Field>,
    pub routes: RouteTable,
    pub book: RuleBook,
    pub grounds: BTreeMap<String, Wording>,
    pub guides: BTreeMap<String, Wording>,
    texts: BTreeMap<String, Vec<DatedText>>,
    numbers: BTreeMap<String, i64>,
    pub suggester: Suggester,
    /// The agency that holds the city's reception.
    pub city: Uuid,
    /// Mailboxes that are switched on.
    pub mailboxes: Vec<OwnMailbox>,
    /// Numbers for SMS that are switched on.
    pub sms: Vec<OwnNumber>,
}

/// A number of ours for SMS.
#[derive(Debug, Clone)]
pub struct OwnNumber {
    pub id: Uuid,
    /// Short code or brand name.
    pub address: String,
    /// The agency that owns it; the city if none.
    pub agency: Option<Uuid>,
}

/// A mailbox of ours.
#[derive(Debug, Clone)]
pub struct OwnMailbox {
    pub id: Uuid,
    pub address: String,
    /// The agency that owns it; the city if none.
    pub agency: Option<Uuid>,
}

/// A field of business life.
#[derive(Debug, Clone, Deserialize)]
pub struct Field {
    pub name: String,
    #[serde(default)]
    pub name_en: String,
    #[serde(default)]
    pub track: Option<Track>,
    #[serde(default)]
    pub seeds: Vec<String>,
    #[serde(default)]
    pub example: String,
}

/// A name and a text in two languages: refusal grounds, guides.
#[derive(Debug, Clone, Deserialize)]
pub struct Wording {
    pub name: String,
    #[serde(default)]
    pub name_en: String,
    pub text: String,
    #[serde(default)]
    pub text_en: String,
}

/// A message text to senders.
#[derive(Debug, Clone, Deserialize)]
pub struct Text {
    #[serde(default)]
    pub subject: String,
    pub text: String,
}

struct DatedText {
    from: Date,
    text: Text,
}

#[derive(Deserialize)]
struct AgencyBody {
    name: String,
    short_name: String,
    #[serde(default)]
    parent: Option<String>,
    #[serde(default)]
    reception: bool,
}

#[derive(Deserialize)]
struct RouteBody {
    #[serde(default)]
    field: Option<String>,
    #[serde(default)]
    ward: Option<String>,
    #[serde(default)]
    zone: Option<String>,
    #[serde(default)]
    business: Option<domain::route::BusinessKind>,
    lead: String,
    #[serde(default)]
    co: Vec<String>,
    #[serde(default)]
    automatic: bool,
}

#[derive(Deserialize)]
struct DeadlineBody {
    track: Track,
    #[serde(default)]
    urgency: Option<domain::track::Urgency>,
    #[serde(default)]
    agency: Option<String>,
    step: domain::deadline::Step,
    amount: u32,
    unit: domain::deadline::Unit,
}

#[derive(Deserialize)]
struct DayBody {
    kind: domain::calendar::DayKind,
    name: String,
}

/// The id of a reference row: the same for the same code everywhere, so that two installations and a reload agree.
pub fn stable_id(kind: &str, item: &str) -> Uuid {
    let hash = Sha256::digest(format!("{kind}/{item}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

impl Reference {
    /// Reads it all from the database.
    pub async fn read(db: &Db, today: Date) -> Result<Self> {
        let mut found = Self::from_rows(&store::reference::all(&mut db.read()).await?, today)?;
        let accounts = store::channel_accounts::all(&mut db.read()).await?;
        found.sms = accounts
            .iter()
            .filter(|account| account.enabled && account.channel == crate::sms_accounts::CHANNEL)
            .map(|account| OwnNumber { id: account.id, address: account.address.clone(), agency: account.agency_id })
            .collect();
        found.mailboxes = accounts
            .into_iter()
            .filter(|account| account.enabled && account.channel == "email")
            .map(|account| OwnMailbox { id: account.id, address: account.address, agency: account.agency_id })
            .collect();
        Ok(found)
    }

    /// The mailbox by which messages go out that did not come in by mail: the city's first.
    pub fn default_mailbox(&self) -> Option<&OwnMailbox> {
        self.mailboxes.iter().find(|mailbox| mailbox.agency.is_none()).or(self.mailboxes.first())
    }

    /// The number by which SMS go out to people who did not write by SMS: the city's first.
    pub fn default_sms(&self) -> Option<&OwnNumber> {
        self.sms.iter().find(|number| number.agency.is_none()).or(self.sms.first())
    }

    /// Builds it from rows; of several dated rows of one thing, the one in force `today` (else the last) gives its name.
    ///
    /// # Errors
    /// [`Error::Setup`] naming the first row that cannot be understood.
    pub fn from_rows(rows: &[ReferenceRow], today: Date) -> Result<Self> {
        let mut found = Self {
            agencies: AgencyTree::default(),
            by_code: BTreeMap::new(),
            wards: BTreeMap::new(),
            fields: BTreeMap::new(),
            routes: RouteTable::default(),
            book: RuleBook::default(),
            grounds: BTreeMap::new(),
            guides: BTreeMap::new(),
            texts: BTreeMap::new(),
            numbers: BTreeMap::new(),
            suggester: Suggester::new(Vec::new()),
            city: Uuid::nil(),
            mailboxes: Vec::new(),
            sms: Vec::new(),
        };
        let mut agencies: BTreeMap<Uuid, Agency> = BTreeMap::new();
        let mut days = Vec::new();
        for row in rows {
            let from = date(row, &row.valid_from)?;
            let to = row.valid_to.as_deref().map(|day| date(row, day)).transpose()?;
            let in_force = from <= today && to.is_none_or(|last| today <= last);
            match row.kind.as_str() {
                "agency" => {
                    let body: AgencyBody = body(row)?;
                    let id = stable_id("agency", &row.item);
                    let agency = Agency {
                        id,
                        parent: body.parent.map(|code| stable_id("agency", &code)),
                        code: row.item.clone(),
                        name: body.name,
                        short_name: body.short_name,
                        valid_from: from,
                        valid_to: to,
                        has_reception: body.reception,
                    };
                    if in_force || !agencies.contains_key(&id) {
                        agencies.insert(id, agency);
                    }
                    found.by_code.insert(row.item.clone(), id);
                }
                "ward" => {
                    let body: NameBody = body(row)?;
                    found.wards.insert(row.item.clone(), body.name);
                }
                "field" if in_force => {
                    found.fields.insert(row.item.clone(), body(row)?);
                }
                "route" => {
                    let body: RouteBody = body(row)?;
                    found.routes.routes.push(Route {
                        id: stable_id("route", &format!("{}@{}", row.item, row.valid_from)),
                        field: body.field,
                        ward: body.ward,
                        zone: body.zone,
                        business: body.business,
                        lead: stable_id("agency", &body.lead),
                        co: body.co.iter().map(|code| stable_id("agency", code)).collect(),
                        valid_from: from,
                        valid_to: to,
                        source: row.source.clone(),
                        automatic: body.automatic,
                    });
                }
                "deadline" => {
                    let body: DeadlineBody = body(row)?;
                    found.book.rules.push(DeadlineRule {
                        id: stable_id("deadline", &format!("{}@{}", row.item, row.valid_from)),
                        track: body.track,
                        urgency: body.urgency,
                        agency: body.agency.map(|code| stable_id("agency", &code)),
                        step: body.step,
                        amount: body.amount,
                        unit: body.unit,
                        valid_from: from,
                        valid_to: to,
                        source: row.source.clone(),
                        status: status(row)?,
                    });
                }
                "calendar" => {
                    let body: DayBody = body(row)?;
                    days.push(CalendarDay {
                        date: from,
                        kind: body.kind,
                        name: body.name,
                        source: row.source.clone(),
                        status: status(row)?,
                    });
                }
                "ground" if in_force => {
                    found.grounds.insert(row.item.clone(), body(row)?);
                }
                "guide" if in_force => {
                    found.guides.insert(row.item.clone(), body(row)?);
                }
                "text" => {
                    let text = DatedText { from, text: body(row)? };
                    found.texts.entry(row.item.clone()).or_default().push(text);
                }
                "limit" if in_force => {
                    let body: LimitBody = body(row)?;
                    found.numbers.insert(row.item.clone(), body.value);
                }
                _ => {}
            }
        }
        found.agencies = AgencyTree::new(agencies.into_values());
        found.book.calendar = Calendar::new(days);
        found.book.limits = limits(&found.numbers)?;
        found.city = stable_id("agency", "1022");
        found.routes.fallback = found.by_code.get("vp-ubnd").copied().or(Some(found.city));
        let seeds = found.fields.iter().map(|(code, field)| FieldSeeds {
            field: code.clone(),
            track: field.track.map(|track| track.as_str().to_owned()),
            phrases: field.seeds.clone(),
        });
        found.suggester = Suggester::new(seeds.collect());
        Ok(found)
    }

    /// The agency of a code.
    pub fn agency(&self, code: &str) -> Option<&Agency> {
        self.agencies.get(*self.by_code.get(code)?)
    }

    /// Its name for tables; a dash when it is unknown.
    pub fn short_name(&self, id: Uuid) -> &str {
        self.agencies.get(id).map_or("—", |agency| agency.short_name.as_str())
    }

    /// Its full name.
    pub fn name(&self, id: Uuid) -> &str {
        self.agencies.get(id).map_or("—", |agency| agency.name.as_str())
    }

    /// Name of a field in Vietnamese or English.
    pub fn field_name(&self, code: &str, english: bool) -> &str {
        match self.fields.get(code) {
            Some(field) if english && !field.name_en.is_empty() => &field.name_en,
            Some(field) => &field.name,
            None => "",
        }
    }

    /// The message text `key` in a language on a day; Vietnamese when there is none in that language.
    ///
    /// # Errors
    /// [`Error::Setup`] when the text is missing altogether.
    pub fn text(&self, key: &str, language: &str, on: Date) -> Result<&Text> {
        let dated = |language: &str| {
            let texts = self.texts.get(&format!("{key}/{language}"))?;
            texts.iter().filter(|text| text.from <= on).max_by_key(|text| text.from).map(|text| &text.text)
        };
        dated(language).or_else(|| dated("vi")).ok_or_else(|| Error::Setup(format!("the message text {key} is missing")))
    }

    /// How long after a person's last act what may be written on a chat channel; a channel without such numbers has no
    /// window open.
    pub fn windows(&self, channel: &str) -> domain::window::Spans {
        // 0 is without end; what is missing must not be taken for that.
        let hours = |name: &str| match self.numbers.get(&format!("{channel}_{name}")).copied() {
            Some(0) => None,
            hours => Some(SignedDuration::from_hours(hours.unwrap_or(0))),
        };
        domain::window::Spans {
            answer: hours("answer_hours"),
            human: hours("human_hours"),
            program_pays: self.numbers.get(&format!("{channel}_program_pays")) == Some(&1),
        }
    }

    /// Whether there is such a text in any language.
    pub fn knows_text(&self, key: &str) -> bool {
        self.texts.contains_key(&format!("{key}/vi"))
    }

    /// A number of the list of limits.
    ///
    /// # Errors
    /// [`Error::Setup`] when it is missing: a cap that is not there must not be taken for none.
    pub fn number(&self, item: &str) -> Result<i64> {
        self.numbers.get(item).copied().ok_or_else(|| Error::Setup(format!("the limit {item} is missing")))
    }

    /// The same for one account: `item@address` where there is such, else `item`.
    ///
    /// # Errors
    /// As [`Self::number`].
    pub fn number_of(&self, item: &str, address: &str) -> Result<i64> {
        self.numbers.get(&format!("{item}@{address}")).copied().map_or_else(|| self.number(item), Ok)
    }
}

#[derive(Deserialize)]
struct NameBody {
    name: String,
}

#[derive(Deserialize)]
struct LimitBody {
    value: i64,
}

fn body<T: serde::de::DeserializeOwned>(row: &ReferenceRow) -> Result<T> {
    T::deserialize(&row.body.0).map_err(|error| wrong(row, &error.to_string()))
}

fn date(row: &ReferenceRow, day: &str) -> Result<Date> {
    day.parse().map_err(|_| wrong(row, &format!("{day} is no date")))
}

fn status<T: FromStr>(row: &ReferenceRow) -> Result<T> {
    row.status.parse().map_err(|_| wrong(row, &format!("{} is no status", row.status)))
}

fn wrong(row: &ReferenceRow, why: &str) -> Error {
    Error::Setup(format!("{} {}: {why}", row.kind, row.item))
}

/// The domain's limits, each overridden by the number of its name.
fn limits(numbers: &BTreeMap<String, i64>) -> Result<Limits> {
    let mut limits = serde_json::to_value(Limits::default())?;
    if let Some(fields) = limits.as_object_mut() {
        for (name, value) in fields.iter_mut() {
            if let Some(number) = numbers.get(name) {
                *value = (*number).into();
            }
        }
    }
    Ok(serde_json::from_value(limits)?)
}

/// Puts values into a text's `{placeholders}`. What is not known stays visible, so that a typing error is seen.
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        filled.push_str(&rest[..open]);
        rest = &rest[open..];
        let Some(close) = rest.find('}') else { break };
        let name = &rest[1..close];
        match values.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => filled.push_str(value),
            None => filled.push_str(&rest[..=close]),
        }
        rest = &rest[close + 1..];
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn placeholders_are_filled_once() {
        let text = "Hồ sơ {code}: {agency} trả lời, {unknown}. {";
        assert_eq!(fill(text, &[("code", "{agency}"), ("agency", "Thuế")]), "Hồ sơ {agency}: Thuế trả lời, {unknown}. {");
    }
}
