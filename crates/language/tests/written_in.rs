//! Vietnamese, with or without its marks, is never taken for English; English is known.

use language::fold::fold;
use language::written_in::{Language, written_in};
use proptest::prelude::*;
use toml::Table;

fn rows(name: &str) -> Vec<Table> {
    let path = format!("{}/../../reference/{name}", env!("CARGO_MANIFEST_DIR"));
    let file: Table = std::fs::read_to_string(path).expect("a reference file").parse().expect("TOML");
    file["row"].as_array().expect("rows").iter().map(|row| row.as_table().expect("a row").clone()).collect()
}

fn text<'a>(row: &'a Table, name: &str) -> &'a str {
    row.get(name).and_then(toml::Value::as_str).unwrap_or_default()
}

/// As it is typed on a telephone without a Vietnamese keyboard.
fn bare(text: &str) -> String {
    text.split('\n').map(fold).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_text_of_the_city_is_told_by_its_language() {
    let mut counted = (0, 0);
    for row in rows("texts.toml") {
        let (item, body) = (text(&row, "item"), text(&row, "text"));
        // An officer's own words, and nothing around them.
        if body.trim() == "{text}" {
            continue;
        }
        if item.ends_with("/en") && text(&row, "subject").is_empty() {
            // What is said in a chat may be too short to tell; it is never taken for the other language.
            assert_ne!(written_in(body), Some(Language::Vietnamese), "{item}");
        } else if text(&row, "subject").is_empty() {
            assert_ne!(written_in(body), Some(Language::English), "{item}");
        } else if item.ends_with("/en") {
            assert_eq!(written_in(body), Some(Language::English), "{item}");
            counted.1 += 1;
        } else {
            assert_eq!(written_in(body), Some(Language::Vietnamese), "{item}");
            assert_ne!(written_in(&bare(body)), Some(Language::English), "{item} without marks");
            counted.0 += 1;
        }
    }
    assert!(counted.0 >= 20 && counted.1 >= 20, "{counted:?}");
    for file in ["guides.toml", "refusal_grounds.toml"] {
        for row in rows(file) {
            for name in ["name", "text"] {
                let body = text(&row, name);
                assert_ne!(written_in(body), Some(Language::English), "{file}: {body}");
                assert_ne!(written_in(&bare(body)), Some(Language::English), "{file}: {body}");
            }
        }
    }
    for row in rows("fields.toml") {
        let seeds = row.get("seeds").and_then(toml::Value::as_array).into_iter().flatten().filter_map(toml::Value::as_str);
        let all: Vec<&str> = seeds.chain([text(&row, "name"), text(&row, "example")]).collect();
        for body in all.iter().copied().chain([all.join(" ").as_str()]) {
            assert_ne!(written_in(body), Some(Language::English), "{body}");
            assert_ne!(written_in(&bare(body)), Some(Language::English), "{body}");
        }
    }
}

#[test]
fn letters_of_business_life_are_told() {
    for english in [
        "We have not received our tax refund since March. Please let us know which papers are still missing.",
        "Dear Sirs,\n\nOur company imports machine parts. The customs office at Cát Lái has held two containers for three weeks, and we were \
         told to wait.\n\nBest regards,\nNguyễn Thị Hoàng Anh\nCông ty TNHH Sao Mai\n12 Nguyễn Huệ, phường Sài Gòn, Thành phố Hồ Chí Minh",
        "I would like to ask whether a work permit is needed for an intern who stays less than three months. What are the steps?",
        "The street lights on Le Loi are broken and there is a hole in the road. When will they be repaired?",
    ] {
        assert_eq!(written_in(english), Some(Language::English), "{english}");
    }
    for vietnamese in [
        "Kính gửi cơ quan thuế, hồ sơ hoàn thuế của chúng tôi nộp đã lâu chưa có kết quả.",
        "Kinh gui co quan thue, ho so hoan thue cua chung toi nop da lau chua co ket qua.",
        "cty mk xin hoi ve thu tuc import may moc, da nop C/O form E va B/L nhung hai quan khong chap nhan. Thanks and best regards",
        "Dear anh chị,\n\nEm gửi file invoice và packing list, nhờ anh chị check giúp em với. Thanks & regards,\nHR Department of ABC Co., Ltd",
        "Dear anh chi, em gui lai file, nho anh chi check giup. Best regards, Bank of China and its branch for Viet Nam",
        // An English contract pasted under a Vietnamese question.
        "Nhờ anh chị xem giúp điều khoản này có đúng luật Việt Nam không:\n\nThe Seller shall deliver the goods which are described in this \
         contract and the Buyer will pay for them within the time that has been agreed between the parties.",
        "Nho anh chi xem giup dieu khoan nay, toi khong hieu:\n\nThe Seller shall deliver the goods which are described in this contract and \
         the Buyer will pay for them within the time that has been agreed between the parties.",
    ] {
        assert_ne!(written_in(vietnamese), Some(Language::English), "{vietnamese}");
    }
    for undecided in [
        "",
        "OK",
        "Thanks!",
        "4417",
        "Hello",
        "Invoice 4417",
        "貴公司的退稅申請",
        "Nous n'avons pas reçu de réponse.",
        "the the the the the",
    ] {
        assert_ne!(written_in(undecided), Some(Language::English), "{undecided}");
    }
}

proptest! {
    #[test]
    fn any_text_is_told_or_left_undecided(text in "(?s).{0,400}") {
        written_in(&text);
    }

    /// Syllables in any order, as no sentence ever has them, with whatever marks.
    #[test]
    fn syllables_alone_are_never_english(words in proptest::collection::vec("(ng|th|ch|tr|nh|b|c|d|h|k|l|m|n|t|v|x)?(a|e|i|o|u|ai|ao|oa|ie|uo|uye)(c|ch|m|n|ng|nh|p|t)?", 0..60)) {
        prop_assert_ne!(written_in(&words.join(" ")), Some(Language::English));
    }
}
