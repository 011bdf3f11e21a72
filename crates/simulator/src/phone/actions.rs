//! What the forms of the page do. Each answers with the way back to the page.

use axum::Form;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, Path, State};
use axum::response::Redirect;
use serde::Deserialize;

use super::page::Network;
use super::people::Player;
use super::{MOST_PICTURE, Phone};
use crate::facebook::Act as FacebookAct;
use crate::lock::lock;
use crate::media::Format;
use crate::zalo::Act as ZaloAct;

/// Why a form did nothing; the page says it in words.
pub(super) type Done = Result<(), &'static str>;
type Place = Path<(Network, String)>;

pub(super) fn back(network: Network, person: &str, done: Done) -> Redirect {
    // The id may be anything that was typed: only digits are ours.
    let person: String = person.chars().filter(char::is_ascii_digit).take(9).collect();
    let error = done.err().map(|error| format!("&error={error}")).unwrap_or_default();
    let place = if network == Network::Call { "chat" } else { "viet" };
    Redirect::to(&format!("/?network={}&person={person}{error}#{place}", network.name()))
}

#[derive(Deserialize)]
pub(super) struct NewPerson {
    name: String,
    #[serde(default)]
    network: Network,
}

pub(super) async fn add_person(State(phone): State<Phone>, Form(new): Form<NewPerson>) -> Redirect {
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > 60 {
        return back(new.network, "", Err("name"));
    }
    let (zalo, facebook) = (phone.new_on_zalo(name), phone.new_on_facebook(name));
    let id = lock(&phone.people).add(name, zalo, facebook).map(|player| player.id.clone());
    match id {
        Some(id) => back(new.network, &id, Ok(())),
        None => back(new.network, "", Err("missing")),
    }
}

#[derive(Deserialize)]
pub(super) struct Text {
    text: String,
}

pub(super) async fn text(State(phone): State<Phone>, Path((network, person)): Place, Form(form): Form<Text>) -> Redirect {
    let done = phone.player(&person).and_then(|player| {
        let text = form.text.trim();
        if text.is_empty() { Err("empty") } else { phone.write(network, &player, text) }
    });
    back(network, &person, done)
}

pub(super) async fn picture(
    State(phone): State<Phone>,
    Path((network, person)): Place,
    parts: Result<Multipart, MultipartRejection>,
) -> Redirect {
    let done = match (phone.player(&person), read_picture(parts).await) {
        (Ok(player), Some(bytes)) => phone.show_picture(network, &player, bytes),
        (Err(error), _) => Err(error),
        (_, None) => Err("picture"),
    };
    back(network, &person, done)
}

async fn read_picture(parts: Result<Multipart, MultipartRejection>) -> Option<axum::body::Bytes> {
    let mut parts = parts.ok()?;
    let part = parts.next_field().await.ok()??;
    let bytes = part.bytes().await.ok()?;
    (bytes.len() <= MOST_PICTURE && Format::of(&bytes).is_picture()).then_some(bytes)
}

#[derive(Deserialize)]
pub(super) struct Tap {
    message: String,
    index: usize,
}

pub(super) async fn tap(State(phone): State<Phone>, Path((network, person)): Place, Form(tap): Form<Tap>) -> Redirect {
    let done = phone.player(&person).and_then(|player| {
        let pressed = match (network, &player.zalo, &player.facebook) {
            (Network::Zalo, Some((account, id)), _) => phone.zalo.tap(account, id, &tap.message, tap.index, &player.name, &player.phone),
            (_, _, Some((page, psid))) => phone.facebook.tap(page, psid, &tap.message, tap.index),
            _ => return Err("missing"),
        };
        pressed.map_err(|_| "missing")
    });
    back(network, &person, done)
}

pub(super) async fn contact(State(phone): State<Phone>, Path((network, person)): Place) -> Redirect {
    let act = |player: &Player| ZaloAct::ShareContact { name: player.name.clone(), phone: player.phone.clone(), address: String::new() };
    back(network, &person, phone.on_zalo(&person, act))
}

pub(super) async fn follow(State(phone): State<Phone>, Path((network, person)): Place) -> Redirect {
    let follows = phone.player(&person).is_ok_and(|player| player.zalo.is_some_and(|(account, id)| phone.zalo.follows(&account, &id)));
    back(network, &person, phone.on_zalo(&person, |_| if follows { ZaloAct::Unfollow } else { ZaloAct::Follow }))
}

#[derive(Deserialize)]
pub(super) struct Comment {
    post: String,
    #[serde(default)]
    parent: String,
    text: String,
}

pub(super) async fn comment(State(phone): State<Phone>, Path((network, person)): Place, Form(form): Form<Comment>) -> Redirect {
    let text = form.text.trim().to_owned();
    let done = if text.is_empty() {
        Err("empty")
    } else {
        let parent = Some(form.parent).filter(|parent| !parent.is_empty());
        phone.on_facebook(&person, FacebookAct::Comment { post: form.post, parent, text, photo: None })
    };
    back(network, &person, done)
}

#[derive(Deserialize)]
pub(super) struct Remove {
    comment: String,
}

pub(super) async fn remove(State(phone): State<Phone>, Path((network, person)): Place, Form(form): Form<Remove>) -> Redirect {
    back(network, &person, phone.on_facebook(&person, FacebookAct::RemoveComment { comment: form.comment }))
}

impl Phone {
    pub(super) fn player(&self, id: &str) -> Result<Player, &'static str> {
        lock(&self.people).find(id).cloned().ok_or("missing")
    }

    fn write(&self, network: Network, player: &Player, text: &str) -> Done {
        let done = match (network, &player.zalo, &player.facebook) {
            (Network::Zalo, Some((account, id)), _) => self.zalo.write(account, id, text),
            (Network::Messenger, _, Some((page, psid))) => self.facebook.write(page, psid, text),
            (Network::Sms, ..) => return self.write_text(player, text),
            _ => return Err("missing"),
        };
        done.map(drop).map_err(|_| "missing")
    }

    fn show_picture(&self, network: Network, player: &Player, bytes: axum::body::Bytes) -> Done {
        let url = format!("{}{}", self.world.origin, self.world.media.keep(bytes));
        let done = match (network, &player.zalo, &player.facebook) {
            (Network::Zalo, Some((account, id)), _) => self.zalo.act(account, id, ZaloAct::Image { urls: vec![url], text: None }),
            (Network::Messenger, _, Some((page, psid))) => {
                self.facebook.act(page, psid, FacebookAct::Attachment { what: "image".into(), urls: vec![url], text: None })
            }
            _ => return Err("missing"),
        };
        done.map(drop).map_err(|_| "missing")
    }

    fn on_zalo(&self, person: &str, act: impl FnOnce(&Player) -> ZaloAct) -> Done {
        let player = self.player(person)?;
        let (account, id) = player.zalo.clone().ok_or("missing")?;
        self.zalo.act(&account, &id, act(&player)).map(drop).map_err(|_| "missing")
    }

    fn on_facebook(&self, person: &str, act: FacebookAct) -> Done {
        let (page, psid) = self.player(person)?.facebook.ok_or("missing")?;
        self.facebook.act(&page, &psid, act).map(drop).map_err(|_| "missing")
    }
}
