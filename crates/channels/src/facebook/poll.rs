//! Catching up after an outage: asks for the conversations and the comments since a time, and makes of them the events that
//! the webhook would have brought, with the same external ids.
//!
//! What nobody can ask for is missed: edits, removals, reactions, receipts, mentions elsewhere, and of a message what answers
//! what and the payload of a button. Comments are looked for under posts of the last [`POSTS_DAYS`] days before the outage.

use jiff::Timestamp;
use reqwest::Client;
use serde::{Deserialize, Serialize};

use super::{Access, feed, graph, send};
use crate::Error;
use crate::event::{Event, Kind, Media};
use crate::json::Object;

/// Age of the oldest post whose comments are looked through.
pub const POSTS_DAYS: i64 = 30;

const MESSAGES: &str =
    "id,created_time,from,to,message,sticker,attachments{mime_type,image_data,video_data,file_url,name,size},shares{link,name}";
const POSTS: &str = "id,created_time,from,message,full_picture";
const COMMENTS: &str = "id,created_time,from,message,parent{id},attachment{type,media,url}";

/// What is still to be asked. It holds no secret and may be stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Seconds since 1970: nothing older is given.
    since: i64,
    pages: Vec<Page>,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Page {
    list: List,
    /// Where it is asked for, without token and proof.
    address: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum List {
    Conversations,
    Messages,
    Posts,
    Comments { post: String },
}

impl Page {
    fn new(access: &Access, list: List, path: [&str; 2], fields: &str, rest: &[(&str, String)]) -> Result<Self, Error> {
        let mut address = access.address(&path)?;
        address.query_pairs_mut().append_pair("fields", fields).append_pair("limit", "50").extend_pairs(rest);
        Ok(Self { list, address: address.into() })
    }
}

impl Cursor {
    /// Everything since a time, of both lists.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when the settings make no address.
    pub fn since(access: &Access, since: Timestamp) -> Result<Self, Error> {
        let since = since.as_second();
        let page = access.page_id.as_str();
        let platform = [("platform", "messenger".to_owned())];
        let conversations = Page::new(access, List::Conversations, [page, "conversations"], "id,updated_time", &platform)?;
        let bound = [("since", oldest_post(since).to_string())];
        let posts = Page::new(access, List::Posts, [page, "feed"], POSTS, &bound)?;
        // The last one is asked first.
        Ok(Self { since, pages: vec![posts, conversations] })
    }

    /// Nothing is left to ask.
    pub fn is_done(&self) -> bool {
        self.pages.is_empty()
    }
}

/// Makes one call and gives its events, oldest first, and what is left to ask. The caller keeps Facebook's pace (two calls a
/// second) and stores cursor and events together.
///
/// # Errors
/// What the call met; the same cursor may be tried again.
pub async fn step(client: &Client, access: &Access, cursor: &Cursor) -> Result<(Vec<Event>, Cursor), Error> {
    let mut left = cursor.clone();
    let Some(page) = left.pages.pop() else { return Ok((Vec::new(), left)) };
    let foreign = || Error::Misconfigured("the next page is not below the base address".into());
    let address = access.next(&page.address).ok_or_else(foreign)?;
    let here = address.to_string();
    let answer = graph::get(client, access, address).await?;
    let answer = Object::read(&answer).map_err(|unreadable| Error::Unreachable(unreadable.to_string()))?;
    let mut reading = Reading { access, since: cursor.since, pages: left.pages, events: Vec::new() };
    reading.list(page.list, &answer, &here)?;
    let mut events = reading.events;
    events.sort_by_key(|event| event.timestamp_ms);
    Ok((events, Cursor { since: cursor.since, pages: reading.pages }))
}

struct Reading<'a> {
    access: &'a Access,
    since: i64,
    pages: Vec<Page>,
    events: Vec<Event>,
}

impl Reading<'_> {
    /// Reads one page of a list, itself found at `here`.
    fn list(&mut self, list: List, page: &Object, here: &str) -> Result<(), Error> {
        let (member, oldest) = match list {
            List::Conversations => ("updated_time", self.since),
            // An old post may have new comments.
            List::Posts => ("created_time", oldest_post(self.since)),
            List::Messages | List::Comments { .. } => ("created_time", self.since),
        };
        let mut goes_on = false;
        for item in page.objects("data") {
            let at = seconds(&item, member);
            // Lists come newest first, but whether comments do is for the page's settings to say.
            goes_on = matches!(list, List::Comments { .. }) || at.is_none_or(|at| at >= oldest);
            if at.is_some_and(|at| at < oldest) {
                continue;
            }
            match &list {
                List::Conversations => {
                    let Some(id) = item.id("id") else { continue };
                    self.pages.push(Page::new(self.access, List::Messages, [&id, "messages"], MESSAGES, &[])?);
                }
                List::Messages => self.events.extend(message(&item, &self.access.page_id)),
                List::Posts => {
                    let Some(id) = item.id("id") else { continue };
                    if at.is_none_or(|at| at >= self.since) {
                        self.events.extend(post(&item, &self.access.page_id));
                    }
                    // A stream has the answers to comments too.
                    let bounds = [("filter", "stream".to_owned()), ("since", self.since.to_string())];
                    let path = [id.as_str(), "comments"];
                    self.pages.push(Page::new(self.access, List::Comments { post: id.clone() }, path, COMMENTS, &bounds)?);
                }
                List::Comments { post } => self.events.extend(comment(&item, post, &self.access.page_id)),
            }
        }
        let next = page.object("paging").text("next").and_then(|next| self.access.next(&next));
        // A page that leads to itself would be asked for ever.
        if let Some(address) = next.filter(|address| goes_on && address.as_str() != here) {
            self.pages.push(Page { list, address: address.into() });
        }
        Ok(())
    }
}

/// When the oldest post was written whose comments are looked through.
fn oldest_post(since: i64) -> i64 {
    since.saturating_sub(POSTS_DAYS * 24 * 3600).max(0)
}

fn seconds(item: &Object, member: &str) -> Option<i64> {
    item.text(member)?.parse::<Timestamp>().ok().map(|at| at.as_second())
}

fn milliseconds(item: &Object) -> Option<i64> {
    item.text("created_time")?.parse::<Timestamp>().ok().map(|at| at.as_millisecond())
}

fn message(item: &Object, page_id: &str) -> Option<Event> {
    let from = item.object("from");
    let sender_id = from.id("id")?;
    let mut attachments: Vec<Media> = item.object("attachments").objects("data").iter().map(file).collect();
    let media = |kind: &str, url, title| Media { kind: kind.to_owned(), url: Some(url), title, ..Media::default() };
    attachments.extend(item.text("sticker").map(|url| media("sticker", url, None)));
    let shares = item.object("shares").objects("data");
    attachments.extend(shares.iter().filter_map(|share| Some(media("link", share.text("link")?, share.text("name")))));
    let text = item.text("message");
    let kind = if sender_id == page_id { Kind::Echo } else { Kind::Message };
    if text.is_none() && attachments.is_empty() && kind == Kind::Message {
        attachments.push(Media { kind: "unsupported".into(), ..Media::default() });
    }
    Some(Event {
        kind,
        external_id: item.id("id")?,
        recipient_id: item.object("to").objects("data").first().and_then(|to| to.id("id")).unwrap_or_default(),
        sender_id,
        text,
        attachments,
        timestamp_ms: milliseconds(item),
        account_id: page_id.to_owned(),
        vendor_kind: "message".into(),
        ..Event::default()
    })
}

fn file(item: &Object) -> Media {
    let image = item.object("image_data").text("url");
    let video = item.object("video_data").text("url");
    let kind = match (&image, &video) {
        (Some(_), _) => "image",
        (_, Some(_)) => "video",
        _ => send::kind(&item.text("mime_type").unwrap_or_default()),
    };
    Media {
        kind: kind.into(),
        url: image.or(video).or_else(|| item.text("file_url")),
        name: item.text("name"),
        size: item.integer("size").and_then(|size| size.try_into().ok()),
        ..Media::default()
    }
}

/// A visitor's post; what the page itself posts is addressed to nobody.
fn post(item: &Object, page_id: &str) -> Option<Event> {
    let id = item.id("id")?;
    let mut event = public(item, &id, page_id);
    if event.sender_id == page_id {
        return None;
    }
    event.vendor_kind = "feed.post".into();
    event.attachments = item.text("full_picture").map(picture).into_iter().collect();
    event.post_id = Some(id);
    Some(event)
}

fn comment(item: &Object, post: &str, page_id: &str) -> Option<Event> {
    let id = item.id("id")?;
    let mut event = public(item, &id, page_id);
    if event.sender_id == page_id {
        event.kind = Kind::Echo;
    }
    event.vendor_kind = "feed.comment".into();
    event.attachments = item.object("attachment").object("media").object("image").text("src").map(picture).into_iter().collect();
    event.parent_id = Some(item.object("parent").id("id").unwrap_or_else(|| post.to_owned()));
    event.post_id = Some(post.to_owned());
    event.comment_id = Some(id);
    Some(event)
}

fn picture(url: String) -> Media {
    Media { kind: "image".into(), url: Some(url), ..Media::default() }
}

/// What a post and a comment have in common.
fn public(item: &Object, id: &str, page_id: &str) -> Event {
    let from = item.object("from");
    Event {
        kind: Kind::Comment,
        external_id: feed::added(id),
        message_id: Some(id.to_owned()),
        sender_id: from.id("id").unwrap_or_default(),
        contact_name: from.text("name"),
        recipient_id: page_id.to_owned(),
        account_id: page_id.to_owned(),
        page_id: Some(page_id.to_owned()),
        text: item.text("message"),
        verb: Some("add".into()),
        timestamp_ms: milliseconds(item),
        ..Event::default()
    }
}
