use uuid::Uuid;
#[derive(Clone)] pub struct Index;
#[derive(Clone, Copy, Default)] pub enum Kind { #[default] Case, Publication }
#[derive(Default)] pub struct Query { pub kind: Kind, pub words: String, pub agencies: Option<Vec<Uuid>>, pub field: Option<String>, pub newest_first: bool, pub limit: usize, pub after: Option<i64> }
pub struct Hit { pub id: Uuid, pub score: f32 }
pub struct Document { pub kind: Kind, pub id: Uuid, pub title: String, pub text: String, pub sender: String, pub code: String, pub field: Option<String>, pub agencies: Vec<Uuid>, pub received_by: Uuid, pub at: i64, pub open: bool }
pub enum Change { Put(Document), Remove { kind: Kind, id: Uuid } }
#[derive(Debug, thiserror::Error)] #[error("x")] pub struct Error;
impl Index { pub fn open(_: &std::path::Path) -> Result<Self, Error> { Ok(Self) } pub fn search(&self, _: &Query) -> Result<Vec<Hit>, Error> { Ok(vec![]) } pub fn similar(&self, _: &str, _: usize) -> Result<Vec<Hit>, Error> { Ok(vec![]) } pub fn position(&self) -> Option<serde_json::Value> { None } pub fn apply(&self, _: Vec<Change>, _: serde_json::Value) -> Result<(), Error> { Ok(()) } }
