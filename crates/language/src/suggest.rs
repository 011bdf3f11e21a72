//! Which fields a message may belong to, and which track, from seed phrases.

use crate::phrases::{Hit, Phrases};

/// A field with the phrases that speak for it. A phrase that begins with `~` is only a hint and counts a third.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldSeeds {
    /// Field code.
    pub field: String,
    /// Track of most messages in this field, as its code; `HD` when empty.
    pub track: Option<String>,
    pub phrases: Vec<String>,
}

/// A phrase that spoke for a field.
#[derive(Debug, Clone, PartialEq)]
pub struct Matched {
    /// The seed phrase.
    pub phrase: String,
    /// Where the text says it, in bytes.
    pub start: usize,
    pub end: usize,
}

/// One field that a message may belong to.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    pub field: String,
    /// 0 to 1: how strong the evidence is and how alone this field stands. Not a probability.
    pub score: f32,
    /// In the order of the text.
    pub matched: Vec<Matched>,
}

/// Words that tell the track whatever the field. The first track of this list with evidence wins.
const TRACKS: &[(&str, &[&str])] = &[
    (
        "DL",
        &[
            "xóa dữ liệu cá nhân",
            "rút lại sự đồng ý",
            "dữ liệu cá nhân của tôi",
            "chỉnh sửa dữ liệu cá nhân",
            "lộ thông tin cá nhân của tôi",
        ],
    ),
    (
        "CB",
        &[
            "thái độ cán bộ",
            "thái độ của cán bộ",
            "thái độ phục vụ",
            "thái độ không đúng mực",
            "thái độ hách dịch",
            "hách dịch",
            "nhũng nhiễu",
            "sách nhiễu",
            "gây khó dễ",
            "vòi vĩnh",
            "cán bộ nói trống không",
            "cán bộ quát",
            "cán bộ lớn tiếng",
            "cán bộ gắt gỏng",
            "nhân viên một cửa quát",
            "cố tình gây khó khăn",
            "cán bộ thiếu tôn trọng",
            "cán bộ không tôn trọng",
            "cán bộ làm việc riêng",
            "cán bộ tiếp dân không",
        ],
    ),
    (
        "TT",
        &[
            "yêu cầu cung cấp thông tin",
            "đề nghị cung cấp thông tin",
            "xin cung cấp thông tin",
            "xin trích lục",
            "cung cấp bản sao quyết định",
            "tiếp cận thông tin",
        ],
    ),
    (
        "HK",
        &[
            "hiến kế",
            "đề xuất thành phố",
            "xin đề xuất",
            "tôi đề xuất",
            "chúng tôi đề xuất",
            "xin góp ý",
            "tôi góp ý",
            "chúng tôi góp ý",
            "ý tưởng",
            "đề xuất bổ sung",
            "đề xuất mở thêm",
            "đề xuất thí điểm",
            "nên thí điểm",
            "sáng kiến",
        ],
    ),
    (
        "PL",
        &[
            "mâu thuẫn với luật",
            "mâu thuẫn nhau",
            "mâu thuẫn giữa",
            "quy định mâu thuẫn",
            "chồng chéo giữa luật",
            "quy định chồng chéo",
            "trái với luật",
            "trái luật",
            "bất cập của nghị định",
            "bất cập của thông tư",
            "sửa đổi nghị định",
            "sửa đổi thông tư",
            "sửa nghị định",
            "sửa thông tư",
            "chưa thống nhất giữa",
            "không thống nhất giữa",
            "hai văn bản",
            "thông tư và nghị định",
        ],
    ),
    (
        "QD",
        &[
            "chậm trả hồ sơ",
            "chưa có kết quả",
            "chưa có thông báo",
            "chưa được giải quyết",
            "chưa được cấp",
            "chưa trả kết quả",
            "vẫn chưa trả",
            "bị trả lại",
            "bị trả hồ sơ",
            "bị trả ba lần",
            "bị trả nhiều lần",
            "yêu cầu bổ sung",
            "đòi bổ sung",
            "nộp bổ sung",
            "giấy hẹn",
            "phiếu hẹn",
            "chờ nghiệm thu",
            "chưa ai xuống",
            "ngày trả kết quả",
            "cho tiếp nhận",
            "chờ tiếp nhận",
            "bị lỗi liên tục",
            "chưa được trả lời",
            "nằm chờ",
            "chờ ký",
            "chờ lãnh đạo ký",
            "chờ ý kiến",
            "chậm trả kết quả",
            "trễ hẹn trả kết quả",
            "quá hạn trả kết quả",
            "quá hẹn",
            "trễ hẹn",
            "trả hồ sơ nhiều lần",
            "trả lại hồ sơ",
            "thủ tục rườm rà",
            "yêu cầu thêm giấy tờ",
            "yêu cầu nộp thêm",
            "bổ sung nhiều lần",
            "ngoài quy định",
            "hồ sơ chưa được giải quyết",
            "hồ sơ bị treo",
            "hồ sơ vẫn chưa",
            "ngâm hồ sơ",
            "thủ tục phức tạp",
            "đơn giản hóa thủ tục",
            "giấy tờ không có trong danh mục",
        ],
    ),
    (
        "HT",
        &[
            "ổ gà",
            "hố ga",
            "nắp cống",
            "kẹt xe",
            "đèn tín hiệu",
            "đèn đường",
            "đường hỏng",
            "đường hư",
            "sụt lún",
            "cây đổ",
            "nhánh cây",
            "ngập nước",
            "mùi hôi nồng",
            "bốc mùi hôi",
            "xả khí thải",
            "xả nước thải ra",
            "mất nước",
            "mất điện",
            "cúp điện",
            "cúp nước",
            "rác tồn đọng",
            "đổ rác trộm",
            "lấn chiếm vỉa hè",
            "hát karaoke",
            "biển báo bị che",
        ],
    ),
];

/// Suggests fields and tracks.
pub struct Suggester {
    fields: Vec<FieldSeeds>,
    phrases: Phrases,
    /// Per phrase: its text, field and weight.
    seeds: Vec<Seed>,
    tracks: Phrases,
    track_of: Vec<usize>,
}

struct Seed {
    text: String,
    field: usize,
    weight: f32,
}

impl Suggester {
    /// Prepares the seeds; a phrase that several fields share counts less for each.
    pub fn new(fields: Vec<FieldSeeds>) -> Self {
        let mut seeds = Vec::new();
        let mut shared = std::collections::HashMap::<String, u16>::new();
        for (index, field) in fields.iter().enumerate() {
            for phrase in &field.phrases {
                let (text, part) = phrase.strip_prefix('~').map_or((phrase.as_str(), 1.0), |hint| (hint, 0.35));
                let folded = crate::fold::fold(text);
                // More syllables are less often a coincidence.
                let weight = part * [0.0, 0.6, 1.0, 1.3, 1.5, 1.7][folded.split(' ').count().min(5)];
                *shared.entry(folded).or_default() += 1;
                seeds.push(Seed { text: text.to_owned(), field: index, weight });
            }
        }
        for seed in &mut seeds {
            seed.weight /= f32::from(shared.get(&crate::fold::fold(&seed.text)).copied().unwrap_or(1));
        }
        let phrases = Phrases::new(seeds.iter().map(|seed| seed.text.as_str()));
        let tracks = Phrases::new(TRACKS.iter().flat_map(|(_, cues)| cues.iter().copied()));
        let track_of = TRACKS.iter().enumerate().flat_map(|(index, (_, cues))| cues.iter().map(move |_| index)).collect();
        Self { fields, phrases, seeds, tracks, track_of }
    }

    /// Fields with evidence, the strongest first; nothing when no seed occurs.
    pub fn suggest(&self, text: &str) -> Vec<Suggestion> {
        let mut hits = self.phrases.find(text);
        hits.retain(|hit| hit.agreement >= 0.1);
        let hits = outermost(hits);
        let mut raw = vec![0.0_f32; self.fields.len()];
        let mut matched: Vec<Vec<Matched>> = vec![Vec::new(); self.fields.len()];
        let mut seen = vec![0_u8; self.seeds.len()];
        for hit in hits {
            let seed = &self.seeds[hit.phrase];
            // Saying it again adds a little, shouting it ten times no more.
            let again = [1.0, 0.3, 0.15, 0.0][usize::from(seen[hit.phrase].min(3))];
            seen[hit.phrase] = seen[hit.phrase].saturating_add(1);
            let weight = seed.weight * hit.agreement * again * if hit.unfinished { 0.5 } else { 1.0 };
            raw[seed.field] += weight;
            if weight > 0.0 {
                matched[seed.field].push(Matched { phrase: seed.text.clone(), start: hit.start, end: hit.end });
            }
        }
        let total: f32 = raw.iter().sum();
        let mut found: Vec<Suggestion> = raw
            .into_iter()
            .zip(matched)
            .zip(&self.fields)
            .filter(|((raw, _), _)| *raw > 0.0)
            .map(|((raw, mut matched), field)| {
                matched.sort_by_key(|one| (one.start, one.end));
                Suggestion { field: field.field.clone(), score: raw / total * (1.0 - (-1.5 * raw).exp()), matched }
            })
            .collect();
        found.sort_by(|one, other| other.score.total_cmp(&one.score).then_with(|| one.field.cmp(&other.field)));
        found
    }

    /// The track a message may belong to, given its likely field; never KN, TC or KC, see [`crate::smell`].
    pub fn track(&self, text: &str, field: Option<&str>) -> Option<String> {
        let usual = field.and_then(|code| self.fields.iter().find(|one| one.field == code)).and_then(|one| one.track.as_deref());
        let mut weight = [0.0_f32; TRACKS.len()];
        for hit in outermost(self.tracks.find(text)) {
            if hit.agreement > 0.4 && !hit.unfinished {
                weight[self.track_of[hit.phrase]] += hit.agreement;
            }
        }
        let spoken = TRACKS.iter().zip(weight).find(|((_, _), weight)| *weight > 0.4).map(|((track, _), _)| *track);
        spoken.or(usual).map(str::to_owned)
    }
}

/// Leaves out what lies inside a longer find: "thuế" inside "hoàn thuế", whoever owns either.
pub(crate) fn outermost(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.sort_by_key(|hit| (hit.start, std::cmp::Reverse(hit.end)));
    let mut kept: Vec<Hit> = Vec::with_capacity(hits.len());
    let mut reach: Option<(usize, usize)> = None;
    for hit in hits {
        let inside = reach.is_some_and(|(start, end)| hit.end <= end && (hit.start, hit.end) != (start, end));
        if inside {
            continue;
        }
        // A doubtful find hides nothing.
        if hit.agreement >= 0.4 && !hit.unfinished && reach.is_none_or(|(_, end)| hit.end > end) {
            reach = Some((hit.start, hit.end));
        }
        kept.push(hit);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn suggester() -> Suggester {
        let field = |field: &str, track: &str, phrases: &[&str]| FieldSeeds {
            field: field.into(),
            track: Some(track.into()),
            phrases: phrases.iter().map(|phrase| (*phrase).to_owned()).collect(),
        };
        Suggester::new(vec![
            field("tax", "HD", &["hoàn thuế", "thuế giá trị gia tăng", "thuế", "hóa đơn điện tử"]),
            field("labour", "HD", &["giấy phép lao động", "~công nhân"]),
            field("business", "HD", &["giấy phép kinh doanh", "~giấy phép"]),
            field("utilities", "HT", &["ngập nước", "mất điện"]),
        ])
    }

    #[test]
    fn finds_the_field_with_and_without_marks() {
        let suggester = suggester();
        for text in ["Công ty chờ hoàn thuế GTGT từ tháng 3", "cty cho hoan thue gtgt tu thang 3", "cty chờ hoàn thuế vat"] {
            let found = suggester.suggest(text);
            assert_eq!(found.first().map(|one| one.field.as_str()), Some("tax"), "{text}");
        }
        let marked = suggester.suggest("Xin giấy phép lao động, xin giấy phép lao động");
        assert_eq!(marked[0].matched[0].phrase, "giấy phép lao động");
        assert_eq!(marked.len(), 1, "the shorter find inside is left out");
        assert!(suggester.suggest("Tôi đang thuê mặt bằng").iter().all(|one| one.score < 0.2));
        assert!(suggester.suggest("Chào anh chị").is_empty());
    }

    #[test]
    fn guesses_the_track() {
        let suggester = suggester();
        let track = |text: &str, field| suggester.track(text, field);
        assert_eq!(track("Trước cửa hàng ngập nước", Some("utilities")).as_deref(), Some("HT"));
        assert_eq!(track("Cán bộ có thái độ hách dịch, gây khó dễ", Some("tax")).as_deref(), Some("CB"));
        assert_eq!(track("Hồ sơ hoàn thuế đã quá hẹn 10 ngày", Some("tax")).as_deref(), Some("QD"));
        assert_eq!(track("Nghị định 1 mâu thuẫn với luật", None).as_deref(), Some("PL"));
        assert_eq!(track("Chung toi de xuat thi diem", None).as_deref(), Some("HK"));
        assert_eq!(track("Xin hỏi", Some("tax")).as_deref(), Some("HD"));
        assert_eq!(track("Xin hỏi", None), None);
    }

    proptest! {
        #[test]
        fn scores_are_fractions(text in "(hoàn thuế|thue|giấy phép|mất điện|[a-zà ]{1,8}| ){0,12}") {
            let found = suggester().suggest(&text);
            for pair in found.windows(2) {
                prop_assert!(pair[0].score >= pair[1].score);
            }
            for one in found {
                prop_assert!(one.score > 0.0 && one.score <= 1.0);
                prop_assert!(one.matched.iter().all(|matched| text.get(matched.start..matched.end).is_some()));
            }
        }
    }
}
