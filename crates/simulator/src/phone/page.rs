//! The page as it is shown.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::Phone;
use super::calls::Calls;
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
    /// Short messages.
    Sms,
    /// Telephone calls.
    Call,
}

impl Network {
    pub const ALL: [Self; 5] = [Self::Zalo, Self::Messenger, Self::Post, Self::Sms, Self::Call];

    pub fn name(self) -> &'static str {
        match self {
            Self::Zalo => "zalo",
            Self::Messenger => "messenger",
            Self::Post => "post",
            Self::Sms => "sms",
            Self::Call => "call",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Zalo => "Zalo",
            Self::Messenger => "Messenger",
            Self::Post => "Bình luận",
            Self::Sms => "SMS",
            Self::Call => "Gọi",
        }
    }

    fn vendors(self) -> &'static [Vendor] {
        match self {
            Self::Zalo => &[Vendor::Zalo],
            Self::Messenger | Self::Post => &[Vendor::Facebook],
            Self::Sms => &[Vendor::Sms, Vendor::Esms],
            Self::Call => &[Vendor::Pbx],
        }
    }

    /// What is beside the account's name.
    fn kind(self) -> &'static str {
        match self {
            Self::Zalo => ", tài khoản chính thức",
            Self::Messenger | Self::Post => ", trang Facebook",
            Self::Sms => ", đầu số tin nhắn của thành phố",
            Self::Call => "",
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
    /// The number that is being dialled, and the key that was pressed.
    number: Option<String>,
    digit: Option<String>,
    /// What went wrong with the last form.
    error: Option<String>,
}

/// A line in the chat: a bubble, or the time above some.
pub(super) enum Row {
    Time(String),
    Bubble(Bubble),
}

#[derive(Template)]
#[template(path = "phone.html")]
pub(super) struct Page {
    networks: [Network; 5],
    network: Network,
    player: Option<Player>,
    others: Vec<Player>,
    /// The account on the other side, if there is one.
    pub account: Option<String>,
    pub heard: bool,
    follows: bool,
    unread: usize,
    pub rows: Vec<Row>,
    walls: Vec<Wall>,
    reply: Option<Said>,
    pub calls: Calls,
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

const SHORT_SAMPLES: &[(&str, &str)] = &[
    ("Mất điện, viết không dấu", "lo III KCN tan binh mat dien tu 6h sang, xuong em dung may het, khong ai bao truoc"),
    (
        "Tin dài, có dấu",
        "Công ty em nộp hồ sơ hoàn thuế GTGT quý 3 từ tháng 10, tới nay chưa thấy trả lời. Vốn kẹt hết, đơn hàng Tết không có tiền mua \
         nguyên liệu. Xin hỏi hồ sơ đang ở đâu và bao giờ có kết quả?",
    ),
    ("Chỉ chào", "chao 1022"),
];

pub(super) const KEYS: [&str; 12] = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

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
            calls: Calls::default(),
            lines: Vec::new(),
            samples: if network == Network::Sms { SHORT_SAMPLES } else { SAMPLES },
            error: asked.error.as_deref().and_then(error_words),
            office: self.world.options.office.clone(),
            others,
            player,
        };
        if let Some(player) = page.player.clone() {
            self.fill(&mut page, &player, &asked);
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

    fn fill(&self, page: &mut Page, player: &Player, asked: &Asked) {
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
                let said = page.walls.iter().flat_map(|wall| &wall.comments).find(|said| Some(&said.id) == asked.reply.as_ref());
                page.reply = said.cloned();
                (fb, psid)
            }
            (Network::Sms, ..) => {
                self.show_texts(page, player);
                (&String::new(), &player.phone)
            }
            (Network::Call, ..) => {
                self.show_calls(page, player, asked.number.as_deref(), asked.digit.as_deref());
                (&String::new(), &player.phone)
            }
            _ => return,
        };
        let vendors = page.network.vendors();
        let happened = self.world.journal.last(|happening| {
            let here = account.is_empty() || happening.account == *account || happening.account.is_empty();
            vendors.contains(&happening.vendor) && here && happening.person.as_ref().is_none_or(|known| known == person)
        });
        page.lines = happened.iter().rev().take(LINES).map(Line::of).collect();
    }
}

/// Bubbles with the time above each group; quick replies only stand under the last one.
pub(super) fn rows(mut bubbles: Vec<Bubble>) -> Vec<Row> {
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
        "number" => Some("Số này không có ai nghe. Hãy gọi số của thành phố."),
        "busy" => Some("Máy đang có cuộc gọi. Gác máy rồi gọi lại."),
        "over" => Some("Cuộc gọi này đã hết."),
        "name" => Some("Tên cần từ 1 đến 60 chữ."),
        _ => None,
    }
}
