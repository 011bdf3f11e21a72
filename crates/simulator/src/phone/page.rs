//! The page as it is shown.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::Phone;
use super::people::Player;
use super::words::{self, Line, day_and_time};
use crate::facebook::Act as FacebookAct;
use crate::facebook::{Said, Wall};
use crate::lock::lock;
use crate::talk::{Bubble, Does};
use crate::vendor::Vendor;
use crate::zalo::Act as ZaloAct;

/// What the phone has open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub(super) enum Network {
    #[default]
    Zalo,
    Messenger,
    /// Comments under the page's posts.
    Post,
}

impl Network {
    pub const ALL: [Self; 3] = [Self::Zalo, Self::Messenger, Self::Post];

    pub fn name(self) -> &'static str {
        match self {
            Self::Zalo => "zalo",
            Self::Messenger => "messenger",
            Self::Post => "post",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Zalo => "Zalo",
            Self::Messenger => "Messenger",
            Self::Post => "Bình luận",
        }
    }

    fn vendor(self) -> Vendor {
        match self {
            Self::Zalo => Vendor::Zalo,
            Self::Messenger | Self::Post => Vendor::Facebook,
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    network: Network,
    person: Option<String>,
    /// The comment that is being answered.
    reply: Option<String>,
    /// What went wrong with the last form.
    error: Option<String>,
}

/// A line in the chat: a bubble, or the time above some.
enum Row {
    Time(String),
    Bubble(Bubble),
}

#[derive(Template)]
#[template(path = "phone.html")]
struct Page {
    networks: [Network; 3],
    network: Network,
    player: Option<Player>,
    others: Vec<Player>,
    /// The account on the other side, if there is one.
    account: Option<String>,
    heard: bool,
    follows: bool,
    unread: usize,
    rows: Vec<Row>,
    walls: Vec<Wall>,
    reply: Option<Said>,
    lines: Vec<Line>,
    samples: &'static [(&'static str, &'static str)],
    error: Option<&'static str>,
    office: Option<String>,
}

/// Happenings told at once.
const LINES: usize = 8;

const SAMPLES: &[(&str, &str)] = &[
    ("Mất điện, viết không dấu", "lo III KCN tan binh mat dien tu 6h sang, xuong em dung may het, khong ai bao truoc"),
    ("Hàng kẹt ở Cát Lái", "Lô hàng linh kiện của công ty tôi nằm ở cảng Cát Lái 5 ngày rồi, hải quan chưa trả lời kiểm tra chuyên ngành"),
    ("Hai việc trong một tin", "Cho hỏi hoàn thuế GTGT quý 2 bao giờ có, với lại đèn đường trước kho hỏng cả tuần nay"),
    ("Chỉ chào", "chào 1022"),
];

pub(super) async fn show(State(phone): State<Phone>, Query(asked): Query<Asked>) -> Response {
    match phone.page(asked).render() {
        Ok(page) => Html(page).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

impl Phone {
    fn page(&self, asked: Asked) -> Page {
        let network = asked.network;
        let (player, others) = {
            let people = lock(&self.people);
            let player = asked.person.as_deref().and_then(|id| people.find(id)).or_else(|| people.newest()).cloned();
            let mut others = people.recent(8);
            others.retain(|other| player.as_ref().is_none_or(|player: &Player| player.id != other.id));
            (player, others)
        };
        let player = player.map(|player| self.settled_in(player));
        let mut page = Page {
            networks: Network::ALL,
            network,
            account: None,
            heard: false,
            follows: false,
            unread: 0,
            rows: Vec::new(),
            walls: Vec::new(),
            reply: None,
            lines: Vec::new(),
            samples: SAMPLES,
            error: asked.error.as_deref().and_then(error_words),
            office: self.world.options.office.clone(),
            others,
            player,
        };
        if let Some(player) = page.player.clone() {
            self.fill(&mut page, &player, asked.reply.as_deref());
        }
        page
    }

    /// The player on the networks that were set up after they came.
    fn settled_in(&self, player: Player) -> Player {
        if player.zalo.is_some() && player.facebook.is_some() {
            return player;
        }
        let zalo = player.zalo.clone().or_else(|| self.new_on_zalo(&player.name));
        let facebook = player.facebook.clone().or_else(|| self.new_on_facebook(&player.name));
        if let Some(known) = lock(&self.people).find_mut(&player.id) {
            known.zalo.clone_from(&zalo);
            known.facebook.clone_from(&facebook);
        }
        Player { zalo, facebook, ..player }
    }

    /// A new person at the first Zalo account.
    pub(super) fn new_on_zalo(&self, name: &str) -> Option<(String, String)> {
        let (account, _) = self.zalo.accounts().into_iter().next()?;
        let id = self.zalo.add_person(&account, name).ok()?;
        Some((account, id))
    }

    /// A new person at the first Facebook page.
    pub(super) fn new_on_facebook(&self, name: &str) -> Option<(String, String)> {
        let (page, _) = self.facebook.pages().into_iter().next()?;
        let id = self.facebook.add_person(&page, name).ok()?;
        Some((page, id))
    }

    fn fill(&self, page: &mut Page, player: &Player, reply: Option<&str>) {
        let name_of = |known: Vec<(String, String)>, id: &str| known.into_iter().find(|(known, _)| known == id).map(|(_, name)| name);
        if let Some((fb, psid)) = &player.facebook {
            page.unread = self.facebook.unread(fb, psid);
        }
        let (account, person) = match (page.network, &player.zalo, &player.facebook) {
            (Network::Zalo, Some((account, person)), _) => {
                page.account = name_of(self.zalo.accounts(), account);
                page.heard = self.zalo.is_heard(account);
                page.follows = self.zalo.follows(account, person);
                // To look at a chat is to see it, and the other side is told.
                self.zalo.act(account, person, ZaloAct::Read).ok();
                page.rows = rows(self.zalo.bubbles(account, person));
                (account, person)
            }
            (Network::Messenger, _, Some((fb, psid))) => {
                page.account = name_of(self.facebook.pages(), fb);
                page.heard = self.facebook.is_heard(fb);
                self.facebook.act(fb, psid, FacebookAct::Read).ok();
                page.unread = 0;
                page.rows = rows(self.facebook.bubbles(fb, psid));
                (fb, psid)
            }
            (Network::Post, _, Some((fb, psid))) => {
                page.account = name_of(self.facebook.pages(), fb);
                page.heard = self.facebook.is_heard(fb);
                page.walls = self.facebook.wall(fb, psid);
                let said = page.walls.iter().flat_map(|wall| &wall.comments).find(|said| Some(said.id.as_str()) == reply);
                page.reply = said.cloned();
                (fb, psid)
            }
            _ => return,
        };
        let vendor = page.network.vendor();
        let happened = self.world.journal.last(|happening| {
            let here = happening.vendor == vendor && (happening.account == *account || happening.account.is_empty());
            here && happening.person.as_ref().is_none_or(|known| known == person)
        });
        page.lines = happened.iter().rev().take(LINES).map(Line::of).collect();
    }
}

/// Bubbles with the time above each group; quick replies only stand under the last one.
fn rows(mut bubbles: Vec<Bubble>) -> Vec<Row> {
    const GAP: SignedDuration = SignedDuration::from_mins(10);
    let last = bubbles.len().saturating_sub(1);
    for bubble in bubbles.iter_mut().take(last) {
        bubble.choices.retain(|choice| !matches!(choice.does, Does::QuickReply { .. }));
    }
    let mut before: Option<Timestamp> = None;
    let mut rows = Vec::new();
    for bubble in bubbles {
        if before.is_none_or(|before| bubble.at.duration_since(before) > GAP) {
            rows.push(Row::Time(day_and_time(bubble.at)));
        }
        before = Some(bubble.at);
        rows.push(Row::Bubble(bubble));
    }
    rows
}

fn error_words(error: &str) -> Option<&'static str> {
    match error {
        "empty" => Some("Tin chưa có chữ nào."),
        "picture" => Some("Chưa gửi được: hãy chọn một ảnh JPEG, PNG, GIF hoặc WebP không quá 8 MB."),
        "missing" => Some("Chưa làm được: không tìm thấy người, tin hoặc tài khoản này."),
        "name" => Some("Tên cần từ 1 đến 60 chữ."),
        _ => None,
    }
}
