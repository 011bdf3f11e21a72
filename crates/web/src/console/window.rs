//! What the channel of a chat allows, in words, before one writes.

use jiff::Timestamp;
use service::read_case::{Allowed, CaseView};
use words::Tongue;

use super::asked::Asked;
use crate::parts::{Icon, Status, Tone};

/// Forms whose words a person writes to the sender.
const BY_HAND: [&str; 3] = ["reply", "approve", "ask"];
/// Forms after which the program tells the sender something.
const BY_PROGRAM: [&str; 8] = ["route", "reroute", "guide", "refuse", "correct", "extend", "send_back", "reopen"];

/// Lines for the form of this kind; none where nothing goes to a chat.
pub fn lines(tongue: Tongue, now: Timestamp, view: &CaseView, kind: &str) -> Vec<Status> {
    let Some(window) = &view.window else { return Vec::new() };
    let by_hand = BY_HAND.contains(&kind);
    if !by_hand && !BY_PROGRAM.contains(&kind) {
        return Vec::new();
    }
    let channel = || ("channel", tongue.of("channel", &window.channel).into_owned().into());
    let until = |end: Option<Timestamp>| {
        ("until", end.map_or_else(|| tongue.t("window-until-blocked").into_owned(), |end| tongue.coming(end, now)).into())
    };
    let line = |icon, tone, text: std::borrow::Cow<'static, str>| Status { icon, tone, text: text.into_owned() };
    let mut lines = Vec::new();
    if window.off {
        lines.push(line(Icon::Shut, Tone::Bad, tongue.with("window-off", [channel()])));
    } else if window.alarmed {
        lines.push(line(Icon::Late, Tone::Bad, tongue.with("window-alarmed", [channel()])));
    }
    let commented = view.messages.iter().any(service::comments::is_comment);
    lines.push(match window.allows(now, by_hand) {
        Allowed::Free(end) if !window.spans.program_pays => {
            line(Icon::Due, Tone::Good, tongue.with("window-open", [channel(), until(end)]))
        }
        Allowed::Free(end) => match window.left {
            Some(0) => line(Icon::Due, Tone::Warn, tongue.with("window-free-none", [channel(), until(end)])),
            Some(left) => line(Icon::Due, Tone::Good, tongue.with("window-free-left", [channel(), until(end), ("n", left.into())])),
            None => line(Icon::Due, Tone::Good, tongue.with("window-free", [channel(), until(end)])),
        },
        Allowed::Charged(end) => line(Icon::Due, Tone::Warn, tongue.with("window-charged", [channel(), until(end)])),
        Allowed::ByHand(end) => line(Icon::Due, Tone::Warn, tongue.with("window-by_hand", [channel(), until(end)])),
        Allowed::OnlyByHand(end) => line(Icon::Late, Tone::Bad, tongue.with("window-only_by_hand", [channel(), until(end)])),
        Allowed::Once(end) => line(Icon::Due, Tone::Warn, tongue.with("window-once", [channel(), until(Some(end))])),
        Allowed::RepliedOnce => line(Icon::Late, Tone::Bad, tongue.with("window-replied_once", [channel()])),
        Allowed::Closed if commented => line(Icon::Late, Tone::Bad, tongue.with("window-closed-comment", [channel()])),
        Allowed::Closed => line(Icon::Late, Tone::Bad, tongue.with("window-closed", [channel()])),
    });
    lines
}

/// Characters of one message, and of what stands in the form.
pub fn limit(view: &CaseView, kind: &str, asked: &Asked) -> Option<(usize, usize)> {
    let window = view.window.as_ref()?;
    let count = |text: &str| text.trim().chars().count();
    let typed = match kind {
        "reply" => [&asked.checked, &asked.legal_basis, &asked.next_steps, &asked.contact_line].into_iter().map(|text| count(text)).sum(),
        "ask" => count(&asked.question),
        "public" => count(&asked.public),
        _ => return None,
    };
    Some((window.limit, typed))
}
