#[derive(Clone, Copy)]
pub struct Limits { pub files: usize, pub bytes: usize }
pub struct Examined { pub name: String, pub mime: &'static str, pub shown: Option<Vec<u8>> }
pub struct Refused { pub name: String, pub code: &'static str, pub number: Option<i64> }
pub fn examine(name: &str, _b: &[u8], _l: &Limits) -> Result<Examined, Refused> { Ok(Examined { name: name.into(), mime: "image/jpeg", shown: None }) }
