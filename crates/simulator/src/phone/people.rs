//! The people that are played: one phone each, known on every network.

/// People of one simulator; more are refused.
const MOST: usize = 500;

/// Somebody who is played.
#[derive(Debug, Clone)]
pub(super) struct Player {
    /// In addresses of this page: `1`, `2`, …
    pub id: String,
    pub name: String,
    /// `84…`, an invented number.
    pub phone: String,
    /// The Zalo account and the id there.
    pub zalo: Option<(String, String)>,
    /// The Facebook page and the id there.
    pub facebook: Option<(String, String)>,
}

impl Player {
    /// `0900 000 001`
    pub fn shown_phone(&self) -> String {
        let local = self.phone.strip_prefix("84").unwrap_or(&self.phone);
        match (local.get(..3), local.get(3..6), local.get(6..)) {
            (Some(first), Some(middle), Some(last)) => format!("0{first} {middle} {last}"),
            _ => format!("0{local}"),
        }
    }
}

/// Everybody who is played, the newest last.
#[derive(Debug, Default)]
pub(super) struct People(Vec<Player>);

impl People {
    /// `None` when there are too many.
    pub fn add(&mut self, name: &str, zalo: Option<(String, String)>, facebook: Option<(String, String)>) -> Option<&Player> {
        if self.0.len() >= MOST {
            return None;
        }
        let number = self.0.len() + 1;
        let phone = format!("84900{number:06}");
        self.0.push(Player { id: number.to_string(), name: name.to_owned(), phone, zalo, facebook });
        self.0.last()
    }

    pub fn find(&self, id: &str) -> Option<&Player> {
        self.0.iter().find(|player| player.id == id)
    }

    pub fn find_mut(&mut self, id: &str) -> Option<&mut Player> {
        self.0.iter_mut().find(|player| player.id == id)
    }

    pub fn newest(&self) -> Option<&Player> {
        self.0.last()
    }

    /// The last ones, newest first.
    pub fn recent(&self, count: usize) -> Vec<Player> {
        self.0.iter().rev().take(count).cloned().collect()
    }
}
