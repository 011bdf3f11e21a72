//! The talk as its sender reads it: messages of both sides, and the few events that explain them.

use std::fmt;

use askama::filters::HtmlSafe;
use service::follow::{EventRow, FileRow, MessageRow, SenderView};
use service::reference::Reference;
use uuid::Uuid;
use words::{Tongue, key};

use crate::error::Error;
use crate::parts::{AnswerCard, Attachment, Attachments, Event, Icon, Message, Side, Status, Tone};

/// One entry of the talk.
pub enum Entry {
    Message(Box<Message>, Option<Status>),
    Event(Event),
}

impl fmt::Display for Entry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Entry::Message(message, None) => write!(out, "{message}"),
            Entry::Message(message, Some(delivery)) => write!(out, "{message}<p>{delivery}</p>"),
            Entry::Event(event) => write!(out, "{event}"),
        }
    }
}

impl HtmlSafe for Entry {}

pub struct Reading<'a> {
    pub view: &'a SenderView,
    pub reference: &'a Reference,
    pub tongue: Tongue,
}

impl Reading<'_> {
    /// The answer that stands, to be read first.
    pub fn answer(&self) -> Result<Option<AnswerCard>, Error> {
        use domain::case::Stage;
        if !matches!(self.view.state.stage, Stage::Answered | Stage::Closed) || self.view.state.answered_at.is_none() {
            return Ok(None);
        }
        let Some(answer) = &self.view.answer else { return Ok(None) };
        let message = self.view.messages.iter().find(|message| Some(message.id) == answer.message_id);
        let at = super::time(message.map_or(answer.decided_at.unwrap_or(answer.drafted_at), |message| message.created_at))?;
        let agency = message.and_then(|message| message.agency_id).or(self.view.state.lead).unwrap_or(self.view.state.received_by);
        Ok(Some(AnswerCard {
            tongue: self.tongue,
            agency: self.reference.name(agency).to_owned(),
            at: self.tongue.moment(at),
            checked: answer.checked.clone(),
            basis: answer.legal_basis.clone(),
            next: answer.next_steps.clone(),
            contact: answer.contact_line.clone(),
            files: self.files(answer.message_id),
        }))
    }

    /// Everything in the order of time; the answer that stands at the top of the page is only pointed at.
    pub fn entries(&self, answer_on_top: bool) -> Result<Vec<Entry>, Error> {
        let on_top = self.view.answer.as_ref().filter(|_| answer_on_top).and_then(|answer| answer.message_id);
        let mut entries: Vec<(i64, Entry)> = Vec::new();
        for message in &self.view.messages {
            let at = super::time(message.created_at)?;
            let entry = if Some(message.id) == on_top {
                let text = self.tongue.t("talk-answered").into_owned();
                Entry::Event(Event { icon: Icon::Done, tone: Tone::Good, text, at: self.tongue.moment(at) })
            } else {
                self.message(message, at)
            };
            entries.push((message.created_at, entry));
        }
        for event in &self.view.events {
            if let Some((icon, words)) = told(event) {
                let at = self.tongue.moment(super::time(event.at)?);
                entries.push((event.at, Entry::Event(Event { icon, tone: Tone::Calm, text: self.tongue.t(words).into_owned(), at })));
            }
        }
        entries.sort_by_key(|(at, _)| *at);
        Ok(entries.into_iter().map(|(_, entry)| entry).collect())
    }

    fn message(&self, message: &MessageRow, at: jiff::Timestamp) -> Entry {
        let inbound = message.direction == "in";
        let name = match message.agency_id {
            _ if inbound => self.tongue.of("sees", "sender").into_owned(),
            Some(agency) => self.reference.name(agency).to_owned(),
            None => self.tongue.of("sees", "reception").into_owned(),
        };
        let known = ["queued", "sending", "sent", "delivered", "read", "failed", "unknown", "suppressed"];
        let sent = !inbound && message.recipient.is_some() && known.contains(&message.state.as_str());
        let part = Message {
            side: if inbound { Side::Sender } else { Side::City },
            name,
            at: self.tongue.moment(at),
            channel: None,
            text: without_link(&message.text),
            files: self.files(Some(message.id)),
        };
        Entry::Message(Box::new(part), sent.then(|| Status::delivery(self.tongue, &message.state)))
    }

    fn files(&self, message: Option<Uuid>) -> Attachments {
        let file = |file: &FileRow| Attachment {
            name: file.name.clone(),
            bytes: file.size.unsigned_abs(),
            address: format!("/ho-so/{}/tep/{}", self.view.row.code, file.id.simple()),
        };
        let of_message = |file: &&FileRow| message.is_some() && file.message_id == message && file.refused.is_none();
        Attachments { tongue: self.tongue, files: self.view.files.iter().filter(of_message).map(file).collect() }
    }
}

/// Events that no message tells of.
fn told(event: &EventRow) -> Option<(Icon, &'static str)> {
    Some(match event.kind.as_str() {
        "accept" => (Icon::Work, key!("talk-accept")),
        "close" => (Icon::Shut, key!("talk-close")),
        "publish" => (Icon::Eye, key!("talk-publish")),
        "unpublish" => (Icon::Eye, key!("talk-unpublish")),
        "links_revoked" => (Icon::Lock, key!("talk-links_revoked")),
        _ => return None,
    })
}

/// The text as it is shown here: the line with the secret link belongs to the mail alone.
pub fn without_link(text: &str) -> String {
    let kept: Vec<&str> = text.lines().filter(|line| !line.contains("{link}")).collect();
    let mut joined = kept.join("\n");
    while joined.contains("\n\n\n") {
        joined = joined.replace("\n\n\n", "\n\n");
    }
    joined.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::without_link;

    #[test]
    fn the_place_of_the_link_is_not_shown() {
        assert_eq!(without_link("Đã nhận.\n\nXem tại: {link}\n\n1022"), "Đã nhận.\n\n1022");
        assert_eq!(without_link("{link}"), "");
    }
}
