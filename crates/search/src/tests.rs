//! What searchers can rely on.

use serde_json::json;
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

use crate::{After, Change, Document, Error, Hit, Index, Kind, Query};

const TAX: Uuid = Uuid::from_u128(0xA1);
const LAND: Uuid = Uuid::from_u128(0xA2);
const RECEPTION: Uuid = Uuid::from_u128(0xA3);

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn case(n: u128, text: &str) -> Document {
    Document {
        kind: Kind::Case,
        id: id(n),
        title: String::new(),
        text: text.to_owned(),
        sender: String::new(),
        code: String::new(),
        field: None,
        agencies: vec![TAX],
        received_by: RECEPTION,
        at: n as i64,
        open: true,
    }
}

fn publication(n: u128, text: &str) -> Document {
    Document { kind: Kind::Publication, ..case(n, text) }
}

fn index(documents: impl IntoIterator<Item = Document>) -> Index {
    let index = Index::in_memory().expect("index");
    put(&index, documents);
    index
}

fn put(index: &Index, documents: impl IntoIterator<Item = Document>) {
    index.apply(documents.into_iter().map(Change::Put).collect(), json!(1)).expect("applied");
}

fn ids(hits: &[Hit]) -> Vec<u128> {
    hits.iter().map(|hit| hit.id.as_u128()).collect()
}

/// Best first and newest first find the same here unless said otherwise.
fn found(index: &Index, query: Query) -> Vec<u128> {
    let best = ids(&index.search(&query).expect("search"));
    let newest = ids(&index.search(&Query { newest_first: true, ..query }).expect("search"));
    let sorted = |mut ids: Vec<u128>| {
        ids.sort_unstable();
        ids
    };
    assert_eq!(sorted(best.clone()), sorted(newest.clone()));
    assert!(newest.is_sorted_by(|one, next| one > next));
    best
}

fn cases(index: &Index, words: &str) -> Vec<u128> {
    found(index, Query::new(Kind::Case, words))
}

#[test]
fn every_writing_finds_the_same() {
    let text = "Đề nghị hoàn thuế giá trị gia tăng";
    let decomposed: String = text.nfd().collect();
    let index =
        index([case(1, text), case(2, &decomposed), case(3, "de nghi hoan thue gia tri gia tang"), case(4, "xin giấy phép xây dựng")]);
    for words in ["hoàn thuế", "HOÀN THUẾ", "hoan thue", "hòan thuế", "thuế, hoàn!", "\"hoàn thuế\"", "\u{ab}đề nghị hoàn thuế\u{bb}"]
    {
        for words in [words.to_owned(), words.nfd().collect()] {
            let mut hits = cases(&index, &words);
            hits.sort_unstable();
            assert_eq!(hits, [1, 2, 3], "{words}");
        }
    }
}

#[test]
fn typed_marks_rank_and_side_by_side_ranks() {
    let index = index([
        case(1, "cho thuê mặt bằng trên đất của công ty"),
        case(2, "tiền thuê đất năm nay"),
        case(3, "đất của chúng tôi chịu thuế"),
        case(4, "nộp thuế đất ở đâu"),
        case(5, "nop thue dat o dau"),
    ]);
    assert_eq!(cases(&index, "thuế đất")[..2], [4, 3]);
    assert_eq!(cases(&index, "thuê đất")[..2], [2, 1]);
    assert_eq!(cases(&index, "thuế đất").len(), 5);
    let plain = cases(&index, "thue dat");
    assert!([2, 4, 5].iter().all(|id| plain[..3].contains(id)), "{plain:?}");
}

#[test]
fn all_words_or_else_half_of_them() {
    let index = index([case(1, "hoàn thuế quý ba"), case(2, "thuế đất"), case(3, "giấy phép")]);
    assert_eq!(cases(&index, "thuế quý"), [1]);
    let mut some = cases(&index, "thuế đất giấy");
    some.sort_unstable();
    assert_eq!(some, [2]);
    assert_eq!(cases(&index, "thuế xyz").len(), 2);
    assert!(cases(&index, "xyz").is_empty());
}

#[test]
fn quoted_words_stand_together() {
    let index = index([case(1, "giấy phép xây dựng nhà xưởng"), case(2, "phép xây giấy phép dựng xây dựng"), case(3, "xây nhà")]);
    assert_eq!(cases(&index, "\"giấy phép xây dựng\""), [1]);
    assert_eq!(cases(&index, "\"giay phep xay dung\" xưởng"), [1]);
    assert_eq!(cases(&index, "\"dựng xây\""), [2]);
}

#[test]
fn only_what_the_agencies_may_see() {
    let index = index([
        case(1, "thuế"),
        Document { agencies: vec![LAND], ..case(2, "thuế") },
        Document { agencies: vec![TAX, LAND], ..case(3, "thuế") },
        Document { agencies: vec![], received_by: LAND, ..case(4, "thuế") },
    ]);
    let seen = |agencies: Option<Vec<Uuid>>, received_by: Vec<Uuid>, words: &str| {
        let mut ids = found(&index, Query { agencies, received_by, ..Query::new(Kind::Case, words) });
        ids.sort_unstable();
        ids
    };
    for words in ["thuế", "\"thuế\"", "thue khong co"] {
        assert_eq!(seen(None, vec![], words), [1, 2, 3, 4]);
        assert_eq!(seen(Some(vec![TAX]), vec![], words), [1, 3]);
        assert_eq!(seen(Some(vec![LAND]), vec![], words), [2, 3, 4]);
        assert_eq!(seen(Some(vec![TAX]), vec![LAND], words), [1, 3, 4]);
        assert_eq!(seen(Some(vec![]), vec![RECEPTION], words), [1, 2, 3]);
        assert_eq!(seen(Some(vec![]), vec![], words), []);
        assert_eq!(seen(Some(vec![id(9)]), vec![], words), []);
    }
}

#[test]
fn field_and_state_narrow() {
    let index = index([
        Document { field: Some("tax".to_owned()), ..case(1, "thuế") },
        Document { field: Some("tax".to_owned()), open: false, ..case(2, "thuế") },
        case(3, "thuế"),
    ]);
    let query = Query { field: Some("tax".to_owned()), ..Query::new(Kind::Case, "thuế") };
    assert_eq!(found(&index, query.clone()).len(), 2);
    assert_eq!(found(&index, Query { open: Some(false), ..query }), [2]);
}

#[test]
fn senders_and_codes_are_found_by_those_who_may() {
    let index = index([
        Document { sender: "Công ty TNHH Minh Khôi".to_owned(), code: "2640719235".to_owned(), ..case(1, "hoàn thuế") },
        Document { sender: "Nguyễn Văn An".to_owned(), code: "2650000017".to_owned(), ..case(2, "giấy phép của Minh Khôi") },
        Document { sender: "Công ty TNHH Minh Khôi".to_owned(), code: "2640719235".to_owned(), ..publication(3, "hoàn thuế") },
    ]);
    let named = |words: &str| found(&index, Query { by_sender: true, ..Query::new(Kind::Case, words) });
    assert_eq!(named("Minh Khôi"), [1, 2]);
    assert_eq!(named("minh khoi hoan thue"), [1]);
    assert_eq!(cases(&index, "Minh Khôi"), [2]);
    assert_eq!(cases(&index, "tnhh"), []);
    for code in ["2640719235", "26 4071 923 5", "DT 26.4071.923-5", "264071"] {
        assert_eq!(cases(&index, code), [1], "{code}");
    }
    for words in ["Minh Khôi", "tnhh", "2640719235"] {
        assert_eq!(found(&index, Query { by_sender: true, ..Query::new(Kind::Publication, words) }), [], "{words}");
    }
    assert_eq!(found(&index, Query::new(Kind::Publication, "thuế")), [3]);
}

#[test]
fn changed_and_removed_documents() {
    let index = index([case(1, "thuế"), publication(1, "thuế"), case(2, "thuế")]);
    put(&index, [case(1, "giấy phép"), case(1, "giấy phép con")]);
    assert_eq!(cases(&index, "thuế"), [2]);
    assert_eq!(cases(&index, "giấy phép"), [1]);
    index
        .apply(vec![Change::Remove { kind: Kind::Case, id: id(1) }, Change::Remove { kind: Kind::Case, id: id(9) }], json!({"seq": 7}))
        .expect("applied");
    assert_eq!(cases(&index, "giấy phép"), []);
    assert_eq!(found(&index, Query::new(Kind::Publication, "thuế")), [1]);
    assert_eq!(index.len(), 2);
    assert_eq!(index.position(), Some(json!({"seq": 7})));
}

#[test]
fn put_and_removed_in_one_go() {
    let index = index([]);
    index.apply(vec![Change::Put(case(1, "thuế")), Change::Remove { kind: Kind::Case, id: id(1) }], json!(1)).expect("applied");
    assert!(index.is_empty());
}

#[test]
fn pages_follow_each_other_without_gap_or_repeat() {
    let index = index([]);
    // Many in one microsecond, in several segments.
    for part in 0..5 {
        put(&index, (0..20).map(|n| Document { at: i64::try_from(n / 7).expect("small"), ..case(part * 20 + n + 1, "thuế") }));
    }
    for newest_first in [false, true] {
        let mut all = Vec::new();
        let mut after = None;
        loop {
            let query = Query { newest_first, limit: 7, after, ..Query::new(Kind::Case, "thuế") };
            let page = index.search(&query).expect("search");
            let Some(last) = page.last() else { break };
            all.extend(ids(&page));
            after = Some(if newest_first { After::Time { at: last.at, id: last.id } } else { After::Rank(all.len()) });
        }
        assert_eq!(all.len(), 100);
        let order = |id: &u128| ((id - 1) % 20 / 7, *id);
        assert!(!newest_first || all.is_sorted_by_key(|id| std::cmp::Reverse(order(id))));
        all.sort_unstable();
        assert_eq!(all, (1..=100).collect::<Vec<_>>());
    }
}

#[test]
fn the_page_after_the_last_is_empty_though_some_words_are_found() {
    let index = index([case(1, "thuế đất"), case(2, "thuế"), case(3, "đất")]);
    let query = Query::new(Kind::Case, "thuế đất");
    let after = Some(After::Time { at: 1, id: id(1) });
    assert!(index.search(&Query { newest_first: true, after, ..query.clone() }).expect("search").is_empty());
    assert!(index.search(&Query { after: Some(After::Rank(1)), ..query.clone() }).expect("search").is_empty());
    assert!(index.search(&Query { after: Some(After::Rank(usize::MAX)), ..query }).expect("search").is_empty());
}

#[test]
fn similar_published_answers() {
    let index = index([
        publication(1, "Hồ sơ xin cấp giấy phép xây dựng nhà xưởng gồm những gì?"),
        publication(2, "Thời hạn nộp thuế thu nhập doanh nghiệp"),
        case(3, "Xin cấp giấy phép xây dựng"),
    ]);
    let similar = |text: &str| ids(&index.similar(text, 5).expect("similar"));
    assert_eq!(similar("cong ty chung toi muon xin cap giay phep xay dung thi lam the nao"), [1]);
    assert_eq!(similar("nộp thuế thu nhập ở đâu"), [2]);
    assert_eq!(similar("doanh nghiệp chúng tôi bị mất điện nhiều ngày liền"), Vec::<u128>::new());
    assert_eq!(similar(""), Vec::<u128>::new());
}

#[test]
fn an_index_is_opened_again_where_it_was() {
    let folder = tempfile::tempdir().expect("folder");
    let index = Index::open(folder.path()).expect("index");
    assert_eq!(index.position(), None);
    put(&index, [case(1, "thuế")]);
    drop(index);
    let index = Index::open(folder.path()).expect("index");
    assert_eq!(index.position(), Some(json!(1)));
    assert_eq!(cases(&index, "thuế"), [1]);
    assert!(index.damaged_files().expect("read").is_empty());
}

#[test]
fn a_damaged_index_is_begun_anew() {
    type Damage = fn(&std::path::Path);
    let cut: Damage = |path| {
        let bytes = std::fs::read(path).expect("read");
        std::fs::write(path, &bytes[..bytes.len() / 2]).expect("written");
    };
    let noise: Damage = |path| std::fs::write(path, vec![0xA5; 500]).expect("written");
    let gone: Damage = |path| std::fs::remove_file(path).expect("removed");
    for extension in ["json", "idx", "term", "fast", "fieldnorm", "pos"] {
        for damage in [cut, noise, gone] {
            let folder = tempfile::tempdir().expect("folder");
            let index = Index::open(folder.path()).expect("index");
            put(&index, [case(1, "thuế")]);
            drop(index);
            let files = std::fs::read_dir(folder.path().join("v1")).expect("list");
            let mut damaged = 0;
            for path in files.map(|entry| entry.expect("entry").path()) {
                let internal = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
                if !internal && path.extension().is_some_and(|found| found == extension) {
                    damage(&path);
                    damaged += 1;
                }
            }
            assert!(damaged > 0, "no file of type {extension}");
            let index = Index::open(folder.path()).expect("opened");
            // A deleted description is an empty index; otherwise the damage was noticed.
            assert_eq!(index.position(), None, "{extension}");
            put(&index, [case(2, "thuế")]);
            assert_eq!(cases(&index, "thuế"), [2]);
        }
    }
}

#[test]
fn other_versions_go_and_strangers_stay() {
    let folder = tempfile::tempdir().expect("folder");
    for name in ["v0", "v17", "vouchers"] {
        std::fs::create_dir(folder.path().join(name)).expect("made");
    }
    Index::open(folder.path()).expect("index");
    let there = |name: &str| folder.path().join(name).exists();
    assert!(!there("v0") && !there("v17") && there("vouchers") && there("v1"));
}

#[test]
fn a_second_writer_is_refused_and_takes_over_later() {
    let folder = tempfile::tempdir().expect("folder");
    let first = Index::open(folder.path()).expect("index");
    put(&first, [case(1, "thuế")]);
    let second = Index::open(folder.path()).expect("index");
    assert_eq!(cases(&second, "thuế"), [1]);
    assert!(matches!(second.apply(vec![], json!(2)), Err(Error::Locked)));
    put(&first, [case(2, "thuế")]);
    drop(first);
    put(&second, [case(2, "thuế"), case(3, "thuế")]);
    assert_eq!(cases(&second, "thuế").len(), 3);
}

proptest::proptest! {
    #[test]
    fn nothing_typed_is_an_error(words in "[a-zđáê\"“”:*+(){}\\[\\]~^\\\\/0-9 .-]{0,40}|\\PC{0,40}") {
        let index = index([case(1, "thuế đất")]);
        for newest_first in [false, true] {
            index.search(&Query { newest_first, by_sender: true, agencies: Some(vec![TAX]), ..Query::new(Kind::Case, words.clone()) }).expect("search");
        }
        index.similar(&words, 3).expect("similar");
    }
}
