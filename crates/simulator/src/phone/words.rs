//! Happenings in words, and times as people read them.

use jiff::Timestamp;

use crate::clock::in_viet_nam;
use crate::journal::{Happening, What};
use crate::vendor::Vendor;

/// One line of "Chuyện gì vừa xảy ra".
#[derive(Debug)]
pub(super) struct Line {
    pub at: String,
    pub text: String,
    /// What was said, if something was.
    pub quote: String,
    /// How it ended.
    pub end: String,
    pub bad: bool,
}

impl Line {
    pub fn of(happening: &Happening) -> Self {
        let vendor = match happening.vendor {
            Vendor::Facebook => "Facebook",
            Vendor::Zalo => "Zalo",
            Vendor::Telegram => "Telegram",
            Vendor::Viber => "Viber",
            Vendor::Sms => "Nhà mạng",
            Vendor::Esms => "eSMS",
            Vendor::Pbx => "Tổng đài",
        };
        let at = clock(happening.at);
        match &happening.what {
            What::Webhook { event, answer, accepted, took_ms, attempt, next } => {
                let again = if *attempt > 1 { format!(" (lần {attempt})") } else { String::new() };
                let text = format!("{vendor} báo cho máy chủ: {}{again}", event_words(event));
                let end = match (accepted, next) {
                    (true, _) => format!("Máy chủ đã nhận ({answer}) sau {took_ms} ms"),
                    (false, Some(next)) => format!("Máy chủ chưa nhận ({answer}), thử lại lúc {}", clock(*next)),
                    (false, None) => format!("Máy chủ không nhận ({answer}), không thử nữa"),
                };
                Self { at, text, quote: String::new(), end, bad: !accepted }
            }
            What::Call { call, answer, text } => {
                let good = matches!(answer.as_str(), "0" | "200");
                let end = match answer.as_str() {
                    "0" | "200" => format!("{vendor} nhận ({answer})"),
                    "lost" => format!("{vendor} đã làm, nhưng câu trả lời bị mất"),
                    _ => format!("{vendor} từ chối ({answer})"),
                };
                let text_words = format!("Máy chủ gọi {vendor}: {}", call_words(call));
                Self { at, text: text_words, quote: shortened(text), end, bad: !good }
            }
            What::Unsubscribed => Self {
                at,
                text: format!("{vendor} ngừng báo tin, vì máy chủ không trả lời quá lâu"),
                quote: String::new(),
                end: "Cần nối lại trong phần quản trị".into(),
                bad: true,
            },
        }
    }
}

fn event_words(event: &str) -> &str {
    match event {
        "user_send_text" | "messages" => "tin nhắn mới",
        "user_send_image" => "ảnh mới",
        "user_send_file" => "tệp mới",
        "oa_send_text" | "oa_send_template" | "oa_send_image" | "oa_send_file" | "message_echoes" => "bản sao tin vừa gửi",
        "user_received_message" | "message_deliveries" => "tin đã tới máy",
        "user_seen_message" | "message_reads" => "tin đã được xem",
        "user_submit_info" => "số điện thoại được chia sẻ",
        "follow" => "người này quan tâm tài khoản",
        "deliver_sm" | "receive_mo" => "tin nhắn mới",
        "deliver_sm receipt" | "callback" => "biên nhận của tin đã gửi",
        "call new" => "cuộc gọi mới",
        "call ringing" => "máy đang đổ chuông",
        "call answered" => "có người nghe máy",
        "call passed on" => "cuộc gọi được chuyển đi",
        "call ended" => "cuộc gọi đã hết",
        "call record" => "bản ghi của cuộc gọi",
        "unfollow" => "người này bỏ quan tâm",
        "messaging_postbacks" => "một nút được bấm",
        "feed comment add" => "bình luận mới",
        "feed comment edited" => "bình luận được sửa",
        "feed comment remove" => "bình luận bị gỡ",
        "feed comment hide" => "bình luận bị ẩn",
        "feed comment unhide" => "bình luận hiện lại",
        other => other,
    }
}

fn call_words(call: &str) -> &str {
    match call.rsplit('/').next() {
        Some("messages" | "cs" | "submit_sm" | "SendMultipleMessage") => "gửi tin",
        Some("call") => "gọi cho người này",
        Some("transfer") => "chuyển máy",
        Some("hangup") => "gác máy",
        Some("comments") => "trả lời bình luận",
        Some("message_attachments" | "image" | "file" | "gif") => "tải tệp lên",
        _ => call,
    }
}

fn shortened(text: &str) -> String {
    const MOST: usize = 160;
    let flat: String = text.chars().map(|char| if char.is_control() { ' ' } else { char }).take(MOST).collect();
    if text.chars().count() > MOST { format!("{flat}…") } else { flat }
}

/// `08:06:31`
pub(super) fn clock(at: Timestamp) -> String {
    in_viet_nam(at).strftime("%H:%M:%S").to_string()
}

/// `Thứ Hai 09/02, 08:06`
pub(super) fn day_and_time(at: Timestamp) -> String {
    let local = in_viet_nam(at);
    let day = match local.weekday().to_monday_one_offset() {
        1 => "Thứ Hai",
        2 => "Thứ Ba",
        3 => "Thứ Tư",
        4 => "Thứ Năm",
        5 => "Thứ Sáu",
        6 => "Thứ Bảy",
        _ => "Chủ Nhật",
    };
    format!("{day} {}", local.strftime("%d/%m, %H:%M"))
}

/// `1 phút 20 giây`
pub(super) fn duration(seconds: i64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} giây"),
        (minutes, 0) => format!("{minutes} phút"),
        (minutes, seconds) => format!("{minutes} phút {seconds} giây"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_viet_nam() {
        let at = Timestamp::from_second(1_790_000_000).unwrap();
        assert_eq!((day_and_time(at).as_str(), clock(at).as_str()), ("Thứ Hai 21/09, 21:13", "21:13:20"));
    }

    #[test]
    fn long_texts_are_cut_at_characters() {
        assert_eq!(shortened(&"ễ".repeat(200)).chars().count(), 161);
        assert_eq!(shortened("một\nhai"), "một hai");
    }
}
