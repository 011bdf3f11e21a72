//! A bot's message, checked as Viber checks it. [viber.md §6 "Limits"]

use serde_json::Value;

use super::error::ViberError;

const TEXT: usize = 7_000;
const CAPTION: usize = 768;
const TRACKING: usize = 4_096;
const SENDER: usize = 28;
const URL: usize = 2_000;
const FILE_NAME: usize = 256;
const FILE: u64 = 50 << 20;
const VIDEO: u64 = 26 << 20;
/// Rows of a keyboard, by the FAQ.
const ROWS: u64 = 12;

pub(super) fn check(message: &Value) -> Result<(), ViberError> {
    let text = |name: &str| message.get(name).and_then(Value::as_str).unwrap_or_default();
    if long(message["sender"]["name"].as_str().unwrap_or_default(), SENDER) || long(text("tracking_data"), TRACKING) {
        return Err(ViberError::BAD_DATA);
    }
    if let Some(keyboard) = message.get("keyboard") {
        check_keyboard(keyboard)?;
    }
    let size = message.get("size").and_then(Value::as_u64);
    match text("type") {
        "text" => limit(text("text"), TEXT),
        "picture" if long(text("text"), CAPTION) => Err(ViberError::BAD_DATA),
        "picture" => address(text("media")),
        "video" if size.is_none() => Err(ViberError::MISSING_DATA),
        "video" if size > Some(VIDEO) => Err(ViberError::BAD_DATA),
        "video" => address(text("media")),
        "file" if size.is_none() || text("file_name").is_empty() => Err(ViberError::MISSING_DATA),
        "file" if size > Some(FILE) || long(text("file_name"), FILE_NAME) => Err(ViberError::BAD_DATA),
        "file" => address(text("media")),
        "url" => address(text("media")),
        "location" if message["location"]["lat"].is_number() && message["location"]["lon"].is_number() => Ok(()),
        "contact" if !message["contact"]["phone_number"].as_str().unwrap_or_default().is_empty() => Ok(()),
        "sticker" if message["sticker_id"].is_number() => Ok(()),
        "location" | "contact" | "sticker" | "" => Err(ViberError::MISSING_DATA),
        _ => Err(ViberError::BAD_DATA),
    }
}

fn check_keyboard(keyboard: &Value) -> Result<(), ViberError> {
    let buttons = keyboard.get("Buttons").and_then(Value::as_array).ok_or(ViberError::MISSING_DATA)?;
    let mut cells = 0;
    for button in buttons {
        let action = button.get("ActionType").and_then(Value::as_str).unwrap_or("reply");
        if !matches!(action, "reply" | "open-url" | "location-picker" | "share-phone" | "none") {
            return Err(ViberError::BAD_DATA);
        }
        if button.get("ActionBody").and_then(Value::as_str).is_none_or(str::is_empty) && action != "none" {
            return Err(ViberError::MISSING_DATA);
        }
        let cell = |name: &str, usual: u64, most: u64| button.get(name).and_then(Value::as_u64).unwrap_or(usual).clamp(1, most);
        cells += cell("Columns", 6, 6) * cell("Rows", 1, 2);
    }
    if buttons.is_empty() || cells.div_ceil(6) > ROWS { Err(ViberError::BAD_DATA) } else { Ok(()) }
}

fn limit(text: &str, most: usize) -> Result<(), ViberError> {
    match text {
        "" => Err(ViberError::MISSING_DATA),
        text if long(text, most) => Err(ViberError::BAD_DATA),
        _ => Ok(()),
    }
}

/// Media must be a public address; this machine's stand in for one.
fn address(url: &str) -> Result<(), ViberError> {
    if url.is_empty() {
        return Err(ViberError::MISSING_DATA);
    }
    if crate::talk::is_web_address(url) && !long(url, URL) { Ok(()) } else { Err(ViberError::BAD_DATA) }
}

fn long(text: &str, most: usize) -> bool {
    text.chars().count() > most
}
