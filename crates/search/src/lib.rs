use uuid::Uuid;
#[derive(Clone)]
pub struct Index;
#[derive(Clone, Copy, Default)]
pub enum Kind {
    #[default]
    Case,
    Publication,
}
#[derive(Default)]
pub struct Query {
    pub kind: Kind,
    pub words: String,
    pub agencies: Option<Vec<Uuid>>,
    pub field: Option<String>,
    pub newest_first: bool,
    pub limit: usize,
    pub after: Option<i64>,
}
pub struct Hit {
    pub id: Uuid,
    pub score: f32,
}
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct Error;
impl Index {
    pub fn search(&self, _: &Query) -> Result<Vec<Hit>, Error> {
        Ok(vec![])
    }
    pub fn similar(&self, _: &str, _: usize) -> Result<Vec<Hit>, Error> {
        Ok(vec![])
    }
}
