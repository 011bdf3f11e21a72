//! What a channel takes to send and gives back.

use jiff::Timestamp;

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// A person, by the id the channel knows it by.
    Person(String),
    /// In public, under a comment.
    UnderComment(String),
    /// To the person who wrote a comment: the one private reply that the comment allows.
    AuthorOf { comment: String },
}

/// A button below a message; where a channel has none the text lists them by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    pub title: String,
    pub press: Press,
}

/// What pressing a button does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Press {
    /// The payload comes back to us.
    Answer(String),
    Open(String),
    /// The vendor asks the person to share name and telephone number.
    ShareContact,
}

/// Under which right a message goes out; windows are `domain`'s to judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Footing {
    /// In answer, inside the free window.
    Answer,
    /// A human's answer after the free window (Facebook's human agent, Zalo's charged days).
    Human,
}

/// One message as it goes over the wire: at most one call of the vendor's send interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outbound {
    /// Ours, the same at every try: lets the other side remove repeats where it can.
    pub id: String,
    pub recipient: Recipient,
    pub footing: Footing,
    pub content: Content,
    /// The vendor's id of the message that this one answers.
    pub reply_to: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Within the channel's limit: `split` made it so.
    Text {
        text: String,
        buttons: Vec<Button>,
    },
    File(crate::Attachment),
    /// A file that the channel fetches by itself, where it takes no octets.
    Linked(Linked),
}

/// A file at a public address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    pub address: String,
    pub name: String,
    pub content_type: String,
    /// Octets.
    pub size: u64,
}

/// The other side took the message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receipt {
    /// The id the other side gave it, when it gave one.
    pub external_id: Option<String>,
    /// Its answer in its own words, for the log and the delivery event.
    pub answer: String,
    /// What it says is left to send, when it says so.
    pub quota: Option<Quota>,
}

/// What a vendor says about the messages that may still be sent to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    pub kind: String,
    pub left: Option<i64>,
    pub total: Option<i64>,
    pub until: Option<Timestamp>,
}

/// Cuts a text into pieces of at most `limit` characters (of its NFC form), at paragraphs, else lines, else words; a word
/// longer than the limit is cut inside. Nothing but the white space at the cuts is lost.
pub fn split(text: &str, limit: usize) -> Vec<String> {
    use unicode_normalization::UnicodeNormalization;
    let text: String = text.nfc().collect();
    let limit = limit.max(1);
    let mut pieces = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = rest.char_indices().nth(limit).map_or(rest.len(), |(place, _)| place);
        let cut = if end == rest.len() { end } else { place_to_cut(rest, end) };
        pieces.push(rest[..cut].trim_end().to_owned());
        rest = rest[cut..].trim_start();
    }
    pieces
}

/// The last good place to cut before `end`; white space at `end` itself is one.
fn place_to_cut(text: &str, end: usize) -> usize {
    let head = &text[..end];
    // A cut that leaves less than half a piece behind wastes a message.
    let late = |place: &usize| *place >= end / 2;
    let word = || text[end..].starts_with(char::is_whitespace).then_some(end).or_else(|| head.rfind(char::is_whitespace));
    head.rfind("\n\n").filter(late).or_else(|| head.rfind('\n').filter(late)).or_else(word).filter(|place| *place > 0).unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn a_short_text_is_one_piece() {
        assert_eq!(split(" Xin chào ", 20), ["Xin chào"]);
        assert!(split("  \n ", 20).is_empty());
    }

    #[test]
    fn it_is_cut_at_words() {
        assert_eq!(split("một hai ba bốn", 7), ["một hai", "ba bốn"]);
        assert_eq!(split("một hai\n\nba bốn năm", 14), ["một hai", "ba bốn năm"]);
    }

    #[test]
    fn characters_are_counted_in_nfc() {
        let decomposed = "Nguye\u{302}\u{303}n Thi\u{323} Hoa\u{300}ng Anh";
        assert_eq!(split(decomposed, 20), ["Nguyễn Thị Hoàng Anh"]);
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_lost_and_no_piece_is_too_long(text in "[a-zđ \n]{0,300}", limit in 1usize..40) {
            let pieces = split(&text, limit);
            let joined: String = pieces.concat().split_whitespace().collect();
            let whole: String = text.split_whitespace().collect();
            proptest::prop_assert_eq!(joined, whole);
            for piece in pieces {
                proptest::prop_assert!(!piece.is_empty() && piece.chars().count() <= limit);
            }
        }
    }
}
