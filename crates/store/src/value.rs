//! Values on their way into a statement. `None` keeps its type, because PostgreSQL wants to know it.

use jiff::Timestamp;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::types::Json;
use sqlx::{Arguments, FromRow};
use uuid::Uuid;

use crate::Error;

/// One bound value.
#[derive(Debug, Clone)]
pub enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Uuid(Option<Uuid>),
    Json(Option<serde_json::Value>),
    Bool(Option<bool>),
    Bytes(Option<Vec<u8>>),
}

/// The values of one statement, in the order of `$1`, `$2`, …
pub type Args = Vec<Value>;

/// Builds [`Args`] from anything that turns into a [`Value`].
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::Value::from($value)),*] };
}

/// A struct that derives `sqlx::FromRow` reads rows of both engines.
pub trait Row: for<'r> FromRow<'r, sqlx::sqlite::SqliteRow> + for<'r> FromRow<'r, sqlx::postgres::PgRow> + Send + Unpin {}
impl<T> Row for T where T: for<'r> FromRow<'r, sqlx::sqlite::SqliteRow> + for<'r> FromRow<'r, sqlx::postgres::PgRow> + Send + Unpin {}

macro_rules! from {
    ($($type:ty => $variant:ident),* $(,)?) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self { Value::$variant(Some(value.into())) }
        }
        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self { Value::$variant(value.map(Into::into)) }
        }
    )*};
}
from!(i64 => Int, i32 => Int, u32 => Int, u8 => Int, String => Text, &str => Text, Uuid => Uuid, bool => Bool, Vec<u8> => Bytes, &[u8] => Bytes, serde_json::Value => Json);

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Value::Text(Some(value.clone()))
    }
}

impl From<Timestamp> for Value {
    fn from(at: Timestamp) -> Self {
        Value::Int(Some(at.as_microsecond()))
    }
}

impl From<Option<Timestamp>> for Value {
    fn from(at: Option<Timestamp>) -> Self {
        Value::Int(at.map(Timestamp::as_microsecond))
    }
}

/// Ids for `IN (…)`: a JSON list, which both engines unfold.
pub(crate) fn ids(ids: impl IntoIterator<Item = Uuid>) -> Value {
    Value::Json(Some(ids.into_iter().map(|id| serde_json::Value::from(id.simple().to_string())).collect()))
}

/// Reads a stored time. Microseconds outside jiff's range mean a damaged row.
pub fn time(micros: i64) -> Result<Timestamp, Error> {
    Timestamp::from_microsecond(micros).map_err(Error::corrupt)
}

pub(crate) fn sqlite(args: Args) -> Result<SqliteArguments, Error> {
    let mut bound = SqliteArguments::default();
    for value in args {
        match value {
            Value::Int(v) => bound.add(v),
            Value::Text(v) => bound.add(v),
            Value::Uuid(v) => bound.add(v),
            Value::Json(v) => bound.add(v.map(Json)),
            Value::Bool(v) => bound.add(v),
            Value::Bytes(v) => bound.add(v),
        }
        .map_err(|error| Error::Database(error.to_string()))?;
    }
    Ok(bound)
}

pub(crate) fn postgres(args: Args) -> Result<PgArguments, Error> {
    let mut bound = PgArguments::default();
    for value in args {
        match value {
            Value::Int(v) => bound.add(v),
            Value::Text(v) => bound.add(v.map(without_nul)),
            Value::Uuid(v) => bound.add(v),
            Value::Json(v) => bound.add(v.map(json_without_nul).map(Json)),
            Value::Bool(v) => bound.add(v),
            Value::Bytes(v) => bound.add(v),
        }
        .map_err(|error| Error::Database(error.to_string()))?;
    }
    Ok(bound)
}

/// PostgreSQL has no NUL in text; what people wrote must not be refused for it.
fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

/// The same for every text in a JSON value; names of fields are ours.
fn json_without_nul(mut value: serde_json::Value) -> serde_json::Value {
    fn clean(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::String(text) => *text = without_nul(std::mem::take(text)),
            serde_json::Value::Array(values) => values.iter_mut().for_each(clean),
            serde_json::Value::Object(fields) => fields.values_mut().for_each(clean),
            _ => {}
        }
    }
    clean(&mut value);
    value
}
