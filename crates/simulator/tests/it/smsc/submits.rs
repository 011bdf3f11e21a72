//! Messages of an account: taken, counted, joined, refused, throttled, lost.

use jiff::SignedDuration;
use simulator::smsc::{IdForm, ReceiptTime, Receipts, Route};
use simulator::{CallKind, Fault, Options, Rule};

use super::esme::*;
use super::{AN, bound, route, stage_with};
use crate::stage::{Stage, options};

/// No receipts in between.
fn quiet() -> Route {
    Route { receipts: Receipts { time: ReceiptTime::Never, ..Receipts::default() }, ..route() }
}

#[tokio::test]
async fn texts_are_read_in_their_coding() {
    let stage = stage_with(quiet()).await;
    let smsc = stage.simulator.smsc();
    let mut esme = bound(&stage).await;
    let ucs2: Vec<u8> = "Đã nhận 😀".encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (data_coding, short) in [(0, b"\x00 1\x1b\x65".to_vec()), (8, ucs2), (3, vec![0xe0, b'!']), (4, vec![1, 255])] {
        esme.submit(&Submit { data_coding, short, ..Submit::new(AN, "") }).await.message_id();
    }
    let texts: Vec<_> = smsc.sent(None).into_iter().map(|sent| sent.text).collect();
    assert_eq!(texts, ["@ 1€", "Đã nhận 😀", "à!", "01ff"]);
    smsc.set_route(Route { latin: true, ..quiet() }).unwrap();
    esme.submit(&Submit { short: vec![b'@', 0xe0], ..Submit::new(AN, "") }).await.message_id();
    assert_eq!(smsc.sent(None).pop().unwrap().text, "@à");
}

#[tokio::test]
async fn parts_become_one_message_and_repeats_are_found() {
    let stage = stage_with(quiet()).await;
    let smsc = stage.simulator.smsc();
    let mut esme = bound(&stage).await;
    let by_header = |reference, number, text: &str| {
        let short = [&[5, 0, 3, reference, 2, number], text.as_bytes()].concat();
        Submit { esm_class: 0x40, short, ..Submit::new("0901234567", "") }
    };
    let by_tlv = |number, text: &str| {
        let tlvs = vec![(0x020C, vec![1, 0]), (0x020E, vec![2]), (0x020F, vec![number])];
        Submit { tlvs, ..Submit::new("+84901234567", text) }
    };
    esme.submit(&by_header(7, 2, "nhan")).await.message_id();
    assert_eq!(smsc.sent_to(AN), 0, "half a message is none");
    esme.submit(&by_header(7, 1, "Da ")).await.message_id();
    esme.submit(&by_tlv(1, "Tra ")).await.message_id();
    esme.submit(&by_tlv(2, "loi")).await.message_id();
    let texts: Vec<_> = smsc.sent(Some(AN)).into_iter().map(|sent| (sent.text, sent.message["segments"].as_u64())).collect();
    assert_eq!(texts, [("Da nhan".to_owned(), Some(2)), ("Tra loi".to_owned(), Some(2))]);
    assert_eq!(smsc.submits(Some(AN)).len(), 4);
    assert!(smsc.repeats().is_empty());
    esme.submit(&by_header(8, 1, "Da ")).await.message_id();
    esme.submit(&by_header(8, 2, "nhan")).await.message_id();
    assert_eq!(smsc.repeats()[0].times, 2, "another reference does not hide it");

    let long = "a".repeat(400);
    esme.submit(&Submit { tlvs: vec![(0x0424, long.clone().into())], ..Submit::new(AN, "") }).await.message_id();
    let last = smsc.sent(Some(AN)).pop().unwrap();
    assert_eq!((last.text, last.message["segments"].as_u64()), (long, Some(3)), "message_payload is cut on the way");
}

#[tokio::test]
async fn what_is_wrong_is_said() {
    let stage = stage_with(Route { senders: vec!["1022".into()], ..quiet() }).await;
    let mut esme = bound(&stage).await;
    let good = Submit::new(AN, "a");
    for (submit, status, why) in [
        (Submit { from: "8088", ..good.clone() }, 0x0A, "not our sender"),
        (Submit { to: "113", ..good.clone() }, 0x0B, "short"),
        (Submit { to: "84x01234567", ..good.clone() }, 0x0B, "letters"),
        (Submit { short: vec![b'a'; 161], ..good.clone() }, 0x01, "not cut"),
        (Submit { short: vec![0; 142], data_coding: 8, ..good.clone() }, 0x01, "not cut"),
        (Submit { tlvs: vec![(0x0424, b"b".to_vec())], ..good.clone() }, 0x01, "two texts"),
        (Submit { esm_class: 0x40, short: vec![9, 0], ..good.clone() }, 0x43, "a broken header"),
        (Submit { esm_class: 0x04, ..good.clone() }, 0x43, "no receipt of ours"),
    ] {
        assert_eq!(esme.submit(&submit).await.status, status, "{why}");
    }
    let mut body = good.body();
    body.extend([0x04, 0x24, 0, 9]);
    esme.send(SUBMIT, &body).await;
    assert_eq!(esme.read().await.unwrap().status, 0xC0, "a TLV without its value");
    assert_eq!(esme.submit(&good).await.status, 0);
    let counters = stage.simulator.smsc().counters("doithoai");
    assert_eq!((counters.submits, counters.refused, counters.accepted), (10, 9, 1));
}

#[tokio::test]
async fn too_many_a_second_and_a_full_window() {
    let stage = stage_with(quiet()).await;
    let smsc = stage.simulator.smsc();
    smsc.cap_submits("doithoai", Some(2)).unwrap();
    let mut esme = bound(&stage).await;
    for status in [0, 0, 0x58, 0x58] {
        assert_eq!(esme.submit(&Submit::new(AN, "a")).await.status, status);
    }
    stage.simulator.advance(SignedDuration::from_secs(1));
    assert_eq!(esme.submit(&Submit::new(AN, "b")).await.status, 0);
    assert_eq!(smsc.counters("doithoai").throttled, 2);

    smsc.cap_submits("doithoai", None).unwrap();
    smsc.set_route(Route { window: 3, answer_after_ms: 20, ..quiet() }).unwrap();
    for _ in 0..5 {
        esme.submit(&Submit::new(AN, "c")).await.message_id();
    }
    assert_eq!(smsc.counters("doithoai").widest_window, 1, "a slow answer makes room again");
    smsc.set_route(Route { window: 3, answer_after_ms: 600_000, ..quiet() }).unwrap();
    for _ in 0..3 {
        esme.send(SUBMIT, &Submit::new(AN, "d").body()).await;
    }
    let fourth = esme.submit(&Submit::new(AN, "d")).await;
    assert_eq!(fourth.status, 0x14, "refused at once, before the three");
    let counters = smsc.counters("doithoai");
    assert_eq!((counters.over_window, counters.widest_window), (1, 3));
}

#[tokio::test]
async fn answers_are_lost_links_reset_and_any_status_said() {
    let options = Options { hang: std::time::Duration::from_millis(30), ..options() };
    let stage = Stage::with(options).await;
    let smsc = stage.simulator.smsc();
    smsc.set_route(quiet()).unwrap();
    let mut esme = bound(&stage).await;
    let next = |fault| smsc.add_fault("doithoai", Rule::next(CallKind::Send, fault)).unwrap();
    next(Fault::LostReply);
    esme.send(SUBMIT, &Submit::new(AN, "mot").body()).await;
    esme.send(ENQUIRE, &[]).await;
    assert_eq!(esme.read().await.unwrap().id, ENQUIRE | ANSWER, "taken, not answered, the link lives");
    let sent = smsc.sent(Some(AN));
    assert_eq!((sent.len(), sent[0].answered), (1, false));

    for status in [0x08, 0x14, 0x45, 0xFF] {
        next(Fault::Status(status));
        assert_eq!(esme.submit(&Submit::new(AN, "hai")).await.status, u32::from(status));
    }
    next(Fault::Reset);
    esme.send(SUBMIT, &Submit::new(AN, "ba").body()).await;
    assert_eq!(esme.read().await, None);
    let mut esme = bound(&stage).await;
    next(Fault::Hang);
    esme.send(SUBMIT, &Submit::new(AN, "bon").body()).await;
    esme.send(ENQUIRE, &[]).await;
    assert_eq!(esme.read().await, None, "nothing, then a reset");
    assert_eq!(smsc.sent_to(AN), 1, "nothing of that was taken");
    let counters = smsc.counters("doithoai");
    assert_eq!((counters.unanswered, counters.refused, counters.links), (1, 6, 0));
}

#[tokio::test]
async fn ids_are_decimal_or_hex() {
    let stage = stage_with(quiet()).await;
    let smsc = stage.simulator.smsc();
    let mut esme = bound(&stage).await;
    let decimal: u32 = esme.submit(&Submit::new(AN, "a")).await.message_id().parse().unwrap();
    smsc.set_route(Route { ids: IdForm::Hex, ..quiet() }).unwrap();
    assert_eq!(esme.submit(&Submit::new(AN, "b")).await.message_id(), format!("{:08X}", decimal + 1));
    smsc.set_route(Route { ids: IdForm::ShortHex, ..quiet() }).unwrap();
    assert_eq!(esme.submit(&Submit::new(AN, "c")).await.message_id(), format!("{:x}", decimal + 2));
}

/// One route fails, the other takes over: the ledger is one for both.
#[tokio::test]
async fn two_routes_and_one_handset() {
    let stage = stage_with(quiet()).await;
    let smsc = stage.simulator.smsc();
    smsc.set_route(Route { system_id: "second".into(), ..quiet() }).unwrap();
    smsc.add_fault("doithoai", Rule::at_rate(CallKind::Send, Fault::LostReply, 1.0)).unwrap();
    let mut first = bound(&stage).await;
    let mut second = Esme::bound(smsc.address(), "second", "s3cret").await;
    first.send(SUBMIT, &Submit::new(AN, "Da nhan").body()).await;
    first.send(ENQUIRE, &[]).await;
    first.read().await.unwrap();
    assert_eq!(second.submit(&Submit::new(AN, "Da nhan")).await.status, 0, "its faults are its own");
    assert_eq!(smsc.repeats()[0].times, 2);
}
