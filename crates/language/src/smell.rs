//! Signs that a message is a complaint, a denunciation or an emergency, which are not handled here but guided.
//!
//! Only ever a suggestion: a person decides. Speaking about complaints ("giải quyết khiếu nại của khách hàng") is no sign.

use std::sync::LazyLock;

use crate::phrases::Phrases;

/// What a message smells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SmellKind {
    /// Danger to life, crime in progress: 113, 114, 115 are shown.
    Emergency,
    /// Reports a violation of law by a person or body.
    Denunciation,
    /// Asks to review an administrative decision.
    Complaint,
}

impl SmellKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Emergency => "emergency",
            Self::Denunciation => "denunciation",
            Self::Complaint => "complaint",
        }
    }

    /// Code of the legal track.
    pub const fn track(self) -> &'static str {
        match self {
            Self::Emergency => "KC",
            Self::Denunciation => "TC",
            Self::Complaint => "KN",
        }
    }
}

/// A word or phrase that gave rise to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    pub phrase: &'static str,
    /// Where the text says it, in bytes.
    pub start: usize,
    pub end: usize,
}

/// One sign with its reasons, in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Smell {
    pub kind: SmellKind,
    pub reasons: Vec<Reason>,
}

/// A phrase that begins with `!` counts only with its diacritics: without them it is mostly something else
/// ("đang chạy", "chứng chỉ", "điện tử từ").
const SIGNS: &[(Option<SmellKind>, &[&str])] = &[
    (
        Some(SmellKind::Complaint),
        &[
            "khiếu nại",
            "đơn khiếu nại",
            "khiếu nại quyết định",
            "khiếu nại lần đầu",
            "khiếu nại lần hai",
            "làm đơn khiếu nại",
            "giải quyết khiếu nại của tôi",
            "giải quyết khiếu nại của công ty",
            "giải quyết đơn khiếu nại",
            "không đồng ý với quyết định xử phạt",
            "không đồng ý quyết định xử phạt",
            "không đồng ý với quyết định cưỡng chế",
            "không đồng ý với quyết định thu hồi",
            "đề nghị hủy quyết định",
            "yêu cầu hủy quyết định",
            "đề nghị hủy bỏ quyết định",
            "yêu cầu thu hồi quyết định",
            "xem xét lại quyết định xử phạt",
            "xem lại quyết định xử phạt",
            "quyết định xử phạt sai",
            "quyết định trái pháp luật",
            "xử phạt oan",
            "!phạt oan",
            "khởi kiện quyết định",
        ],
    ),
    (
        Some(SmellKind::Denunciation),
        &[
            "tố cáo",
            "đơn tố cáo",
            "!tố giác",
            "tôi tố cáo",
            "nhận hối lộ",
            "đòi hối lộ",
            "đưa hối lộ",
            "!vòi tiền",
            "!đòi tiền",
            "đòi phong bì",
            "nhận phong bì",
            "ép chung chi",
            "phải chung chi",
            "tiền chung chi",
            "!bôi trơn",
            "tiền bôi trơn",
            "!lót tay",
            "tham nhũng",
            "!tham ô",
            "!bảo kê",
            "nhận tiền của doanh nghiệp",
            "!bao che cho",
            "làm giả hồ sơ để",
            "!cấu kết",
            "đòi chi tiền",
            "gợi ý đưa tiền",
            "gợi ý bồi dưỡng",
        ],
    ),
    (
        Some(SmellKind::Emergency),
        &[
            "!đang cháy",
            "đang cháy lớn",
            "đám cháy",
            "gọi cứu hỏa",
            "!bị cháy",
            "!cháy lớn",
            "!cháy nhà",
            "!cháy xưởng",
            "!cháy kho",
            "cháy nổ lớn",
            "!bốc cháy",
            "!bốc khói",
            "!có khói",
            "rò rỉ gas",
            "!rò rỉ khí",
            "!xì gas",
            "rò rỉ hóa chất",
            "nổ bình gas",
            "điện giật",
            "dây điện đứt",
            "đứt dây điện",
            "có người bị thương",
            "người bị thương",
            "có người chết",
            "!chết người",
            "tai nạn chết người",
            "!cấp cứu",
            "đang nguy kịch",
            "ngộ độc tập thể",
            "nhiều người ngộ độc",
            "đang bị cướp",
            "!bị cướp",
            "đang đánh nhau",
            "!đánh người",
            "dọa giết",
            "đe dọa giết",
            "đe dọa tính mạng",
            "nguy hiểm tính mạng",
            "sập giàn giáo",
            "!sập nhà",
            "!sập tường",
            "mắc kẹt trong",
            "bắt giữ người",
            "!tự tử",
            "chết đuối",
        ],
    ),
    // Speaking about it, not doing it. The longest phrase at a place wins.
    (
        None,
        &[
            "giải quyết khiếu nại",
            "giải quyết khiếu nại của khách hàng",
            "giải quyết khiếu nại tố cáo",
            "giải quyết tố cáo",
            "xử lý khiếu nại",
            "xử lý khiếu nại của khách hàng",
            "tiếp nhận khiếu nại",
            "khiếu nại của khách hàng",
            "khiếu nại của khách",
            "khiếu nại của người tiêu dùng",
            "khiếu nại khách hàng",
            "khách hàng khiếu nại",
            "khách khiếu nại",
            "bị khách hàng khiếu nại",
            "người tiêu dùng khiếu nại",
            "bị khiếu nại",
            "luật khiếu nại",
            "luật tố cáo",
            "quy trình khiếu nại",
            "quy định về khiếu nại",
            "quy định về tố cáo",
            "thủ tục khiếu nại",
            "thủ tục tố cáo",
            "thời hiệu khiếu nại",
            "thời hạn khiếu nại",
            "thời hạn giải quyết khiếu nại",
            "quyền khiếu nại",
            "quyền tố cáo",
            "bộ phận khiếu nại",
            "tổng đài khiếu nại",
            "không khiếu nại",
            "không phải khiếu nại",
            "không phải là khiếu nại",
            "không có ý khiếu nại",
            "chưa muốn khiếu nại",
            "không tố cáo",
            "không phải tố cáo",
            "người khiếu nại",
            "người tố cáo",
            "phòng chống tham nhũng",
            "chống tham nhũng",
            "phòng ngừa tham nhũng",
            "khách hàng đòi tiền",
            "đối tác đòi tiền",
            "nhà cung cấp đòi tiền",
            "dầu bôi trơn",
            "mỡ bôi trơn",
            "chất bôi trơn",
            "bảo hiểm cháy nổ",
            "phòng cấp cứu",
            "xe cấp cứu",
            "khoa cấp cứu",
            "trang thiết bị cấp cứu",
            "lối cấp cứu",
            "bình chữa cháy",
            "diễn tập",
            "nguy cơ cháy",
            "phòng ngừa cháy nổ",
            "đòi tiền nợ",
            "đòi tiền công nợ",
            "có khói bụi",
            "bao che cho hàng",
            "nghi bị cháy hàng",
            "bị cháy hàng",
            "đang cháy hàng",
        ],
    ),
];

/// One phrase of the list.
struct Sign {
    /// What it is a sign of; none for a mere mention.
    kind: Option<SmellKind>,
    phrase: &'static str,
    /// Least agreement of the diacritics.
    least: f32,
}

static SIGN_PHRASES: LazyLock<(Phrases, Vec<Sign>)> = LazyLock::new(|| {
    let sign = |kind: Option<SmellKind>, written: &'static str| match written.strip_prefix('!') {
        Some(phrase) => Sign { kind, phrase, least: 0.99 },
        None => Sign { kind, phrase: written, least: 0.45 },
    };
    let all: Vec<Sign> = SIGNS.iter().flat_map(|(kind, phrases)| phrases.iter().map(move |phrase| sign(*kind, phrase))).collect();
    (Phrases::new(all.iter().map(|sign| sign.phrase)), all)
});

/// The signs in a text, the most urgent first; each kind at most once.
pub fn smell(text: &str) -> Vec<Smell> {
    let (phrases, all) = &*SIGN_PHRASES;
    let hits: Vec<_> = phrases.find(text).into_iter().filter(|hit| hit.agreement >= all[hit.phrase].least && !hit.unfinished).collect();
    let mut found: Vec<Smell> = Vec::new();
    for hit in &hits {
        let Sign { kind: Some(kind), phrase, .. } = all[hit.phrase] else { continue };
        // A longer mention over the same words excuses it; a shorter one does not.
        let excused = hits.iter().any(|other| {
            all[other.phrase].kind.is_none()
                && other.start < hit.end
                && hit.start < other.end
                && other.end - other.start >= hit.end - hit.start
        });
        if excused || (phrase == BARE && somebody_else_does(text, hit.start)) {
            continue;
        }
        let reason = Reason { phrase, start: hit.start, end: hit.end };
        match found.iter_mut().find(|smell| smell.kind == kind) {
            Some(smell) => smell.reasons.push(reason),
            None => found.push(Smell { kind, reasons: vec![reason] }),
        }
    }
    for smell in &mut found {
        smell.reasons.sort_by_key(|reason| (reason.start, reason.end));
    }
    found.sort_by_key(|smell| smell.kind);
    found
}

/// The word alone says nothing about who complains.
const BARE: &str = "khiếu nại";

/// "Khách mua về khiếu nại chúng tôi": a customer complains, not the writer.
fn somebody_else_does(text: &str, at: usize) -> bool {
    let before = crate::fold::fold(&text[text.ceil_char_boundary(at.saturating_sub(36)).min(at)..at]);
    let near: Vec<&str> = before.rsplit(' ').take(4).collect();
    near.iter().any(|word| matches!(*word, "khach"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kinds(text: &str) -> Vec<&'static str> {
        smell(text).into_iter().map(|smell| smell.kind.as_str()).collect()
    }

    #[test]
    fn signs() {
        assert_eq!(kinds("Chúng tôi khiếu nại Quyết định xử phạt số 12/QĐ-XPHC"), ["complaint"]);
        assert_eq!(kinds("cong ty toi lam don khieu nai quyet dinh thu hoi"), ["complaint"]);
        assert_eq!(kinds("Đề nghị giải quyết khiếu nại của công ty chúng tôi"), ["complaint"]);
        assert_eq!(kinds("Tôi muốn tố cáo ông A nhận hối lộ"), ["denunciation"]);
        assert_eq!(kinds("can bo goi y boi duong, ep chung chi"), ["denunciation"]);
        assert_eq!(kinds("Kho bên cạnh đang cháy, có người bị thương"), ["emergency"]);
    }

    #[test]
    fn a_mention_is_no_sign() {
        for text in [
            "Xin hỏi thời hạn giải quyết khiếu nại của khách hàng theo Luật Bảo vệ người tiêu dùng",
            "Công ty bị khách hàng khiếu nại vì giao hàng trễ do cấm tải",
            "Khách mua về khiếu nại chúng tôi",
            "Đây không phải khiếu nại, chúng tôi chỉ hỏi thủ tục",
            "Công ty nhập khẩu dầu bôi trơn, mã HS nào đúng?",
            "Xin nghiệm thu phòng cháy chữa cháy cho xưởng",
            "Hàng đang cháy hàng vì thông quan chậm",
            "Máy chạy bị chạy chậm",
            "Xe dang chay bi cham, xin cap lai chung chi hanh nghe, xuat hoa don dien tu tu may tinh tien",
        ] {
            assert!(smell(text).is_empty(), "{text}: {:?}", smell(text));
        }
    }

    proptest! {
        #[test]
        fn reasons_are_in_the_text(text in any::<String>(), after in any::<String>()) {
            let text = format!("{text} tố cáo {after}");
            for smell in smell(&text) {
                for reason in smell.reasons {
                    prop_assert_eq!(crate::fold::fold(&text[reason.start..reason.end]), crate::fold::fold(reason.phrase));
                }
            }
        }
    }
}
