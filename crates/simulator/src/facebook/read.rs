//! Reading: the page, people, conversations, the feed, comments. Lists come in pages with cursors.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Inner;
use super::access::Caller;
use super::call::Call;
use super::error::GraphError;
use super::fields::Fields;
use super::state::{Author, Comment, Message, Page, Person, Post, State};

/// Conversations API calls per second and page. [Meta: "Messenger Platform rate limits", 2026-03-23]
const CONVERSATIONS_PER_SECOND: u32 = 2;
/// Items of a page unless `limit` says otherwise, and at most.
const USUAL: usize = 25;
const MOST: usize = 100;

impl Inner {
    /// `GET /{node}`.
    pub(super) fn read_node(&self, call: &Call, node: &str) -> Result<Value, GraphError> {
        let mut state = self.state();
        let page = match self.caller(&mut state, call)? {
            Caller::Page(page) => page,
            Caller::App(_) => return Err(GraphError::no_such_object(node)),
        };
        let fields = Fields::read(&call.text("fields").unwrap_or_default());
        let state = &*state;
        let page = state.pages.get(&page).ok_or_else(|| GraphError::no_such_object(node))?;
        if node == "me" || node == page.config.id {
            return Ok(fields.choose(page_node(page), &["name"]));
        }
        if let Some(person) = state.people.get(node).filter(|person| person.page == page.config.id) {
            return Ok(fields.choose(person_node(person), &["first_name", "last_name", "profile_pic"]));
        }
        if let Some(person) = conversation(state, page, node) {
            return Ok(conversation_node(page, person, &fields));
        }
        if let Some(comment) = page.comment(node) {
            return Ok(comment_node(state, page, comment, &fields));
        }
        if let Some(post) = page.post(node) {
            return Ok(post_node(state, page, post, &fields));
        }
        let message = state.people.values().filter(|person| person.page == page.config.id).find_map(|person| {
            let message = person.messages.iter().find(|message| message.mid == node)?;
            Some(message_node(page, person, message, &fields))
        });
        message.ok_or_else(|| GraphError::no_such_object(node))
    }

    /// `GET /{node}/{edge}`, as far as the edge is a list.
    pub(super) fn read_edge(&self, call: &Call, node: &str, edge: &str) -> Result<Value, GraphError> {
        let mut state = self.state();
        let id = self.page_of(&mut state, call)?;
        let now = self.world.now();
        if edge == "conversations" || edge == "messages" {
            let page = state.pages.get_mut(&id).ok_or_else(|| GraphError::no_such_object(node))?;
            if page.over_second("conversations", CONVERSATIONS_PER_SECOND, now) {
                return Err(GraphError::too_many());
            }
        }
        let fields = Fields::read(&call.text("fields").unwrap_or_default());
        let state = &*state;
        let page = state.pages.get(&id).ok_or_else(|| GraphError::no_such_object(node))?;
        let own = node == "me" || node == id;
        let items: Vec<Value> = match edge {
            "conversations" if own => {
                let wanted = call.text("user_id");
                let mut people: Vec<_> = state.people.values().filter(|person| person.page == id && !person.messages.is_empty()).collect();
                people.retain(|person| wanted.as_ref().is_none_or(|wanted| *wanted == person.psid));
                // Newest first; the id settles ties.
                people.sort_by(|a, b| (b.updated, &b.psid).cmp(&(a.updated, &a.psid)));
                people.into_iter().map(|person| conversation_node(page, person, &fields)).collect()
            }
            "messages" => {
                let person = conversation(state, page, node).ok_or_else(|| GraphError::no_such_object(node))?;
                person
                    .messages
                    .iter()
                    .rev()
                    .filter(|message| !message.deleted)
                    .map(|message| message_node(page, person, message, &fields))
                    .collect()
            }
            "feed" if own => page.posts.iter().rev().map(|post| post_node(state, page, post, &fields)).collect(),
            "posts" if own => {
                let own = page.posts.iter().rev().filter(|post| post.from == Author::Page);
                own.map(|post| post_node(state, page, post, &fields)).collect()
            }
            "comments" => {
                let known = page.post(node).is_some() || page.comment(node).is_some();
                if !known {
                    return Err(GraphError::no_such_object(node));
                }
                // `filter=stream` takes all levels, else only the next one.
                let stream = call.text("filter").as_deref() == Some("stream");
                comments_of(page, node, stream).map(|comment| comment_node(state, page, comment, &fields)).collect()
            }
            _ => return Err(GraphError::unknown_path()),
        };
        Ok(self.paged(call, items))
    }

    /// One page of a list: `data`, and cursors where there is more.
    fn paged(&self, call: &Call, items: Vec<Value>) -> Value {
        let limit = call.text("limit").and_then(|limit| limit.parse().ok()).unwrap_or(USUAL).clamp(1, MOST);
        let start = call.text("after").and_then(|cursor| cursor.strip_prefix("QVFI").and_then(|at| at.parse().ok())).unwrap_or(0);
        let total = items.len();
        let data: Vec<_> = items.into_iter().skip(start).take(limit).collect();
        if data.is_empty() {
            return json!({"data": []});
        }
        let end = start.saturating_add(data.len());
        let mut paging = json!({"cursors": {"before": format!("QVFI{start}"), "after": format!("QVFI{end}")}});
        if end < total {
            paging["next"] = self.next_page(call, end, limit).into();
        }
        json!({"data": data, "paging": paging})
    }

    fn next_page(&self, call: &Call, after: usize, limit: usize) -> String {
        let path = format!("{}{}/{}", self.world.origin, self.world.options.graph_prefix, call.path.join("/"));
        let Ok(mut url) = reqwest::Url::parse(&path) else { return path };
        let mut query = url.query_pairs_mut();
        // As Graph does it, the link carries the token with which the list was asked for.
        if let Some(token) = call.token() {
            query.append_pair("access_token", &token);
        }
        for name in ["fields", "filter", "platform", "user_id"] {
            if let Some(value) = call.text(name) {
                query.append_pair(name, &value);
            }
        }
        query.append_pair("limit", &limit.to_string()).append_pair("after", &format!("QVFI{after}"));
        drop(query);
        url.into()
    }
}

fn conversation<'a>(state: &'a State, page: &Page, id: &str) -> Option<&'a Person> {
    let person = state.people.get(id.strip_prefix("t_")?)?;
    (person.page == page.config.id && !person.messages.is_empty()).then_some(person)
}

fn comments_of<'a>(page: &'a Page, node: &'a str, stream: bool) -> impl Iterator<Item = &'a Comment> {
    page.comments.iter().filter(move |comment| !comment.removed && (comment.parent == node || (stream && comment.post == node)))
}

fn page_node(page: &Page) -> Map<String, Value> {
    object(json!({"id": page.config.id, "name": page.config.name}))
}

fn person_node(person: &Person) -> Map<String, Value> {
    // Vietnamese names: the given name stands last.
    let (last, first) = person.name.rsplit_once(' ').unwrap_or(("", &person.name));
    object(json!({
        "id": person.psid, "first_name": first, "last_name": last, "name": person.name,
        "profile_pic": format!("https://platform-lookaside.fbsbx.com/platform/profilepic/?psid={}", person.psid),
    }))
}

fn conversation_node(page: &Page, person: &Person, fields: &Fields) -> Value {
    let mut node = object(json!({
        "id": person.conversation(),
        "link": format!("/{}/inbox/{}/", page.config.id, person.psid),
        "updated_time": time(person.updated),
        "message_count": person.messages.len(),
        "unread_count": person.messages.iter().filter(|message| !message.from_page).count(),
        "can_reply": !person.blocked,
        "participants": {"data": [mailbox(&person.psid, &person.name), mailbox(&page.config.id, &page.config.name)]},
    }));
    if let Some(within) = fields.within("messages") {
        let messages = person.messages.iter().rev().filter(|message| !message.deleted).take(USUAL);
        let data: Vec<_> = messages.map(|message| message_node(page, person, message, within)).collect();
        node.insert("messages".into(), json!({ "data": data }));
    }
    fields.choose(node, &["link", "updated_time"])
}

fn message_node(page: &Page, person: &Person, message: &Message, fields: &Fields) -> Value {
    let of_page = mailbox(&page.config.id, &page.config.name);
    let of_person = mailbox(&person.psid, &person.name);
    let (from, to) = if message.from_page { (of_page, of_person) } else { (of_person, of_page) };
    let mut node = object(json!({
        "id": message.mid, "created_time": time(message.at), "from": from, "to": {"data": [to]}, "message": message.text,
    }));
    if !message.attachments.is_empty() {
        let data: Vec<_> = message
            .attachments
            .iter()
            .map(|attachment| {
                let mut item = json!({"id": message.mid, "name": attachment.name, "mime_type": format!("{}/*", attachment.kind)});
                let place = if attachment.kind == "image" { "image_data" } else { "file_url" };
                item[place] = if attachment.kind == "image" { json!({"url": attachment.url}) } else { attachment.url.clone().into() };
                item
            })
            .collect();
        node.insert("attachments".into(), json!({ "data": data }));
    }
    fields.choose(node, &["created_time"])
}

fn post_node(state: &State, page: &Page, post: &Post, fields: &Fields) -> Value {
    let (id, name) = state.author(page, &post.from);
    let mut node = object(json!({
        "id": post.id, "message": post.message, "created_time": time(post.at), "updated_time": time(post.at),
        "from": {"id": id, "name": name},
    }));
    if let Some(within) = fields.within("comments") {
        let data: Vec<_> =
            comments_of(page, &post.id, false).take(USUAL).map(|comment| comment_node(state, page, comment, within)).collect();
        node.insert("comments".into(), json!({ "data": data }));
    }
    fields.choose(node, &["message", "created_time"])
}

fn comment_node(state: &State, page: &Page, comment: &Comment, fields: &Fields) -> Value {
    let (id, name) = state.author(page, &comment.from);
    let of_person = comment.from != Author::Page;
    let mut node = object(json!({
        "id": comment.id, "message": comment.message, "created_time": time(comment.at), "from": {"id": id, "name": name},
        "is_hidden": comment.hidden, "can_hide": of_person, "can_reply_privately": of_person && !comment.answered_privately,
        "user_likes": comment.liked_by_page,
    }));
    if comment.parent != comment.post {
        node.insert("parent".into(), json!({"id": comment.parent}));
    }
    if let Some(photo) = &comment.photo {
        node.insert("attachment".into(), json!({"type": "photo", "media": {"image": {"src": photo}}, "url": photo}));
    }
    if let Some(within) = fields.within("comments") {
        let data: Vec<_> =
            comments_of(page, &comment.id, false).take(USUAL).map(|answer| comment_node(state, page, answer, within)).collect();
        node.insert("comments".into(), json!({ "data": data }));
    }
    fields.choose(node, &["created_time", "from", "message"])
}

fn mailbox(id: &str, name: &str) -> Value {
    json!({"id": id, "name": name, "email": format!("{id}@facebook.com")})
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

/// `2026-09-21T12:53:20+0000`
fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S+0000").to_string()
}
