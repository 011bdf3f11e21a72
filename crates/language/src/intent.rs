//! What a chat message means by itself: a greeting, a number, a code, a wish to stop; else words.
//!
//! A message is only taken for one of these when it says nothing else: "chào anh, lô hàng của em bị kẹt" is a report.

use domain::chat::Intent;
use domain::tracking_code::TrackingCode;

use crate::fold::fold;

/// Words that may stand around others and say nothing: forms of address and particles.
const FILLERS: &[&str] = &[
    "1022", "a", "ad", "admin", "ah", "anh", "ban", "bot", "chi", "da", "dai", "e", "em", "ha", "minh", "nha", "nhe", "nhi", "oi", "roi",
    "thoi", "toi", "tong", "u", "vay", "vang", "voi",
];

const GREETINGS: &[&str] = &[
    "chao",
    "xin chao",
    "alo",
    "a lo",
    "alo alo",
    "hello",
    "hi",
    "helo",
    "hey",
    "bat dau",
    "start",
    "get started",
    "co ai khong",
    "co ai o day khong",
    "con ai khong",
    "cho hoi",
    "cho em hoi",
    "cho toi hoi",
    "cho minh hoi",
    "hoi chut",
    "can ho tro",
    "can tu van",
    "tu van",
    "help",
    "menu",
];
const THANKS: &[&str] = &["cam on", "cam on nhieu", "cam on rat nhieu", "thank", "thanks", "thank you", "ok cam on", "tks", "camon"];
const YES: &[&str] = &[
    "dung",
    "dung roi",
    "dung vay",
    "phai",
    "phai roi",
    "vang",
    "da vang",
    "yes",
    "ok",
    "oke",
    "okie",
    "okay",
    "u dung",
    "chinh xac",
    "dong y",
];
const NO: &[&str] = &[
    "khong",
    "khong dung",
    "khong phai",
    "sai",
    "sai roi",
    "ko",
    "k",
    "kg",
    "hong",
    "khong dung linh vuc",
    "sai linh vuc",
    "no",
    "ko dung",
    "ko phai",
    "khong dung co quan",
    "sai co quan",
];
const SKIP: &[&str] = &["bo qua", "de sau", "khong co", "khong nho", "ko co", "ko nho", "skip", "khong muon noi", "chua co"];
const OTHER: &[&str] = &["viec khac", "chuyen khac", "van de khac", "day la viec khac", "hoi viec khac"];
const STATUS: &[&str] = &[
    "tinh trang",
    "xem tinh trang",
    "kiem tra tinh trang",
    "tra cuu",
    "tra cuu ho so",
    "xem ho so",
    "kiem tra ho so",
    "ho so den dau",
    "ho so den dau roi",
    "ho so cua toi den dau roi",
    "ho so cua em den dau roi",
    "den dau roi",
    "ket qua",
    "co ket qua chua",
    "xong chua",
    "giai quyet chua",
    "bao gio xong",
    "bao gio co ket qua",
    "khi nao co ket qua",
    "status",
    "ho so cua toi",
    "ho so cua em",
    "sao chua thay tra loi",
    "chua thay tra loi",
];
const STOP: &[&str] = &[
    "dung nhan tin",
    "ngung nhan tin",
    "stop",
    "huy",
    "huy dang ky",
    "huy nhan tin",
    "khong nhan tin nua",
    "dung gui tin",
    "unsubscribe",
    "tu choi",
];
const NOT_DONE: &[&str] = &[
    "chua dat",
    "chua duoc",
    "khong hai long",
    "chua hai long",
    "chua giai quyet",
    "tra loi chua dung",
    "chua dung",
    "khong dat",
    "mo lai",
    "mo lai ho so",
    "chua thoa dang",
];

/// Reads a message. `None` as text, or nothing but blanks, is wordless.
pub fn intent(text: &str) -> Intent {
    if text.trim().is_empty() {
        return Intent::Wordless;
    }
    if let Some(code) = only_a_code(text) {
        return Intent::Code(code);
    }
    let folded = fold(text);
    if let Some(rating) = rating(&folded) {
        return rating;
    }
    if folded.is_empty() {
        // An emoji, a thumb, three dots.
        return Intent::Wordless;
    }
    // Without its marks "dừng" is "đúng": one word must not stop what was meant as yes.
    if folded == "dung" && text.to_lowercase().contains('ừ') {
        return Intent::Stop;
    }
    if let Some(number) = number(&folded) {
        return Intent::Number(number);
    }
    // Longer than any of them with a few fillers: words.
    if folded.split(' ').count() > 9 {
        return Intent::Words;
    }
    let said = bare(&folded);
    let is =
        |phrases: &[&str]| phrases.contains(&folded.as_str()) || (!said.is_empty() && phrases.iter().any(|phrase| bare(phrase) == said));
    if is(NOT_DONE) {
        Intent::NotDone
    } else if is(STATUS) {
        Intent::Status
    } else if is(OTHER) {
        Intent::OtherMatter
    } else if is(STOP) {
        Intent::Stop
    } else if is(SKIP) {
        Intent::Skip
    } else if is(NO) {
        Intent::No
    } else if is(YES) {
        Intent::Yes
    } else if is(THANKS) {
        Intent::Thanks
    } else if is(GREETINGS) || said.is_empty() {
        Intent::Greeting
    } else {
        Intent::Words
    }
}

fn bare(folded: &str) -> String {
    folded.split(' ').filter(|word| !FILLERS.contains(word)).collect::<Vec<_>>().join(" ")
}

/// "DG 26 4071 923 5 4", "DG2640719235 5 sao": the command, a code and one to five, and nothing else.
fn rating(folded: &str) -> Option<Intent> {
    let rest = folded.strip_prefix("dg").or_else(|| folded.strip_prefix("danh gia"))?.trim_start();
    let rest = rest.strip_suffix(" sao").unwrap_or(rest);
    let (code, score) = rest.rsplit_once(' ')?;
    let score = score.parse().ok().filter(|score| (1..=5).contains(score))?;
    let code = code.strip_prefix("dt").unwrap_or(code).replace(' ', "").parse().ok()?;
    Some(Intent::Rate { code, score })
}

/// A code and nothing else but its prefix and what people put around it.
fn only_a_code(text: &str) -> Option<TrackingCode> {
    // "KQ2640719235": a telephone's keyboard leaves the space out.
    let typed = text.trim_start();
    let command = typed.get(..2).filter(|word| word.eq_ignore_ascii_case("kq"));
    let text = command.map_or(text, |word| &typed[word.len()..]);
    let codes = TrackingCode::find_in(text);
    let [code] = codes.as_slice() else { return None };
    let rest: String = fold(text).split(' ').filter(|word| !word.bytes().any(|byte| byte.is_ascii_digit())).collect::<Vec<_>>().join(" ");
    let known = ["", "dt", "ma", "ma so", "ma ho so", "ho so", "kq", "tra cuu", "tra cuu ma", "hoi ma", "xem", "xem ho so", "code"];
    known.contains(&rest.as_str()).then(|| code.clone())
}

/// "5", "5 sao", "so 3", "5*", "năm sao".
fn number(folded: &str) -> Option<u8> {
    let word =
        folded.strip_suffix(" sao").or_else(|| folded.strip_prefix("so ")).or_else(|| folded.strip_suffix(" diem")).unwrap_or(folded);
    let spelled = ["khong", "mot", "hai", "ba", "bon", "nam"].iter().position(|name| *name == word && word != folded);
    let digits = word.len() <= 2 && word.bytes().all(|byte| byte.is_ascii_digit());
    if digits { word.parse().ok() } else { spelled.and_then(|place| u8::try_from(place).ok()) }
}

#[cfg(test)]
mod tests {
    use super::intent;
    use domain::chat::Intent;

    #[test]
    fn what_says_nothing_else_is_understood_with_and_without_marks() {
        for (text, meant) in [
            ("Chào ad ạ", Intent::Greeting),
            ("alo 1022 oi", Intent::Greeting),
            ("Xin chào", Intent::Greeting),
            ("dạ", Intent::Greeting),
            ("👍", Intent::Wordless),
            ("", Intent::Wordless),
            ("Cảm ơn anh chị nhiều nhé", Intent::Thanks),
            ("Đúng rồi", Intent::Yes),
            ("dung roi", Intent::Yes),
            ("Không đúng", Intent::No),
            ("ko", Intent::No),
            ("Bỏ qua", Intent::Skip),
            ("Việc khác", Intent::OtherMatter),
            ("Dừng nhắn tin", Intent::Stop),
            ("dừng", Intent::Stop),
            ("đúng", Intent::Yes),
            ("Chưa đạt", Intent::NotDone),
            ("ho so cua em den dau roi ạ", Intent::Status),
            ("5", Intent::Number(5)),
            ("5 sao", Intent::Number(5)),
            ("năm sao", Intent::Number(5)),
            ("12", Intent::Number(12)),
        ] {
            assert_eq!(intent(text), meant, "{text}");
        }
    }

    #[test]
    fn a_report_is_never_mistaken() {
        for text in [
            "chào anh, lô hàng của em bị kẹt ở Cát Lái",
            "cty em chua duoc hoan thue",
            "không có nước từ sáng tới giờ",
            "Khong dong y voi muc phat",
            "mất điện",
            "cúp nước 2 ngày",
            "100",
            "toi muon khieu nai",
            "dừng thu phí vỉa hè",
        ] {
            assert_eq!(intent(text), Intent::Words, "{text}");
        }
    }

    #[test]
    fn a_code_alone_is_a_look_up() {
        for text in ["26 4071 923 5", "DT 2640719235", "mã hồ sơ 26.4071.923.5", "KQ 2640719235"] {
            assert!(matches!(intent(text), Intent::Code(_)), "{text}");
        }
        assert_eq!(intent("26 4071 923 5 còn thiếu giấy gì"), Intent::Words);
        assert_eq!(intent("2640719236"), Intent::Words, "the check digit is wrong");
    }

    #[test]
    fn commands_by_sms_need_a_valid_code() {
        for text in ["KQ 2640719235", "kq2640719235", "Kq 26 4071 923 5", " KQ: 26.4071.923.5."] {
            assert!(matches!(intent(text), Intent::Code(_)), "{text}");
        }
        for (text, score) in [("DG 2640719235 5", 5), ("dg 26 4071 923 5 1", 1), ("Dg2640719235 3 sao", 3), ("Đánh giá 2640719235 4", 4)]
        {
            assert!(matches!(intent(text), Intent::Rate { score: found, .. } if found == score), "{text}");
        }
        for text in
            ["KQ", "KQ 2640719236", "kq kinh doanh", "DG 2640719235 6", "DG 2640719235", "DG 2640719236 5", "dg 5", "HUY hop dong thue dat"]
        {
            assert_eq!(intent(text), Intent::Words, "anything else is a report: {text}");
        }
        assert_eq!(intent("HUY"), Intent::Stop);
    }

    proptest::proptest! {
        #[test]
        fn a_command_is_read_whatever_stands_between_its_digits(
            year in 25_i16..40, serial in 2_000_000_u32..10_000_000, score in 1_u8..=5, gaps in proptest::collection::vec(0_usize..3, 9), upper: bool,
        ) {
            let code = domain::tracking_code::TrackingCode::from_parts(2000 + year, serial).unwrap();
            let spread: String = code.as_str().chars().zip(gaps.iter().chain([&0])).map(|(digit, gap)| format!("{digit}{}", ["", " ", "."][*gap])).collect();
            let typed = |text: String| if upper { text.to_uppercase() } else { text };
            proptest::prop_assert_eq!(intent(&typed(format!("kq {spread}"))), Intent::Code(code.clone()));
            proptest::prop_assert_eq!(intent(&typed(format!("dg {spread} {score}"))), Intent::Rate { code, score });
        }

        #[test]
        fn nothing_that_is_written_is_a_rating_of_a_code_that_is_not_there(text in "\\PC{0,60}") {
            if let Intent::Rate { code, score } = intent(&text) {
                let digits: String = crate::fold::fold(&text).chars().filter(char::is_ascii_digit).collect();
                proptest::prop_assert_eq!(digits, format!("{}{score}", code.as_str()));
            }
        }
    }
}
