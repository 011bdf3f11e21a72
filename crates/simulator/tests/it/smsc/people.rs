//! What people write: parts in any order, again when our side does not answer.

use jiff::SignedDuration;
use simulator::smsc::{DeliverKind, Join, Mo, Route};
use simulator::{CallKind, Fault, Options, Rule, State};

use super::esme::*;
use super::{AN, bound, route, stage, stage_with};
use crate::stage::{Stage, options};

fn ucs2(octets: &[u8]) -> String {
    let units: Vec<u16> = octets.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    String::from_utf16(&units).unwrap()
}

#[tokio::test]
async fn the_worked_messages() {
    let stage = stage().await;
    let smsc = stage.simulator.smsc();
    smsc.set_route(Route::new("doithoai", "s3cret").with_short_code("8088")).unwrap();
    let mut esme = bound(&stage).await;
    smsc.write("84900000001", "8088", "HOTRO giay phep").unwrap();
    let pdu = esme.read().await.unwrap();
    let worked = "000101383439303030303030303100000138303838000000000000000000000f484f54524f20676961792070686570";
    assert_eq!(hex::encode(&pdu.body), worked);
    smsc.write("84900000001", "8088", "Xin chào").unwrap();
    let pdu = esme.read().await.unwrap().delivered();
    assert_eq!((pdu.data_coding, pdu.short.as_slice()), (0, &b"Xin ch\x7fo"[..]), "à is in the alphabet");
    smsc.inject(Mo { ucs2: true, ..Mo::new("84900000001", "8088", "Xin chào") }).unwrap();
    let pdu = esme.read().await.unwrap().delivered();
    assert_eq!((pdu.data_coding, ucs2(&pdu.short).as_str()), (8, "Xin chào"));
}

#[tokio::test]
async fn long_texts_come_in_parts_of_every_kind() {
    let stage = stage().await;
    let smsc = stage.simulator.smsc();
    let mut esme = bound(&stage).await;
    let text = "Mất điện từ sáng. ".repeat(8);
    for (join, header) in [(Join::Udh8, 6), (Join::Udh16, 7), (Join::Sar, 0)] {
        smsc.inject(Mo { join, reference: Some(0x012A), ..Mo::new(AN, "1022", &text) }).unwrap();
        let mut whole = String::new();
        for number in 1..=3 {
            let part = esme.take(0).await;
            match join {
                Join::Udh8 => assert_eq!(part.short[..6], [5, 0, 3, 0x2A, 3, number]),
                Join::Udh16 => assert_eq!(part.short[..7], [6, 8, 4, 1, 0x2A, 3, number]),
                _ => assert_eq!((part.tlv(0x020C), part.tlv(0x020E), part.tlv(0x020F)), (&[1, 0x2A][..], &[3][..], &[number][..])),
            }
            assert_eq!(part.esm_class, if header > 0 { 0x40 } else { 0 });
            whole += &ucs2(&part.short[header..]);
        }
        assert_eq!(whole, text);
    }
    smsc.inject(Mo { join: Join::Payload, ..Mo::new(AN, "1022", &text) }).unwrap();
    let whole = esme.take(0).await;
    assert_eq!((whole.short.len(), ucs2(whole.tlv(0x0424))), (0, text));
}

#[tokio::test]
async fn parts_come_out_of_order_repeated_or_not_at_all() {
    let stage = stage().await;
    let smsc = stage.simulator.smsc();
    let mut esme = bound(&stage).await;
    let text = "a".repeat(400);
    smsc.inject(Mo { parts: vec![3, 1, 1], ..Mo::new(AN, "1022", &text) }).unwrap();
    for number in [3, 1, 1] {
        assert_eq!(esme.take(0).await.short[5], number);
    }
    stage.simulator.settled().await;
    assert_eq!(smsc.counters("doithoai").acknowledged, 3, "and no second part");
    assert!(smsc.inject(Mo { parts: vec![4], ..Mo::new(AN, "1022", &text) }).is_err());
    assert!(smsc.write(AN, "113", "a").is_err(), "no account has that code");

    for fault in [Fault::Duplicate, Fault::OutOfOrder] {
        smsc.add_fault("doithoai", Rule::next(CallKind::Webhook, fault)).unwrap();
    }
    for text in ["mot", "hai", "ba"] {
        smsc.write(AN, "1022", text).unwrap();
    }
    for text in ["mot", "mot", "ba"] {
        assert_eq!(esme.take(0).await.text(), text);
    }
    stage.simulator.advance(SignedDuration::from_secs(1));
    assert_eq!(esme.take(0).await.text(), "hai", "held back for a second");
}

#[tokio::test]
async fn what_is_not_taken_comes_again() {
    let stage = Stage::with(Options { webhook_patience: Some(std::time::Duration::from_millis(50)), ..options() }).await;
    let smsc = stage.simulator.smsc();
    smsc.set_route(route()).unwrap();
    let mut esme = bound(&stage).await;
    smsc.write(AN, "1022", "chao").unwrap();
    assert_eq!(esme.take(0x64).await.text(), "chao");
    stage.simulator.settled().await;
    stage.simulator.advance(SignedDuration::from_secs(5));
    assert_eq!(esme.read().await.unwrap().delivered().text(), "chao", "and is not answered");
    stage.simulator.settled().await;
    stage.simulator.advance(SignedDuration::from_secs(15));
    esme.read().await.unwrap();
    drop(esme);
    let mut esme = bound(&stage).await;
    stage.simulator.settled().await;
    stage.simulator.advance(SignedDuration::from_mins(1));
    assert_eq!(esme.take(0).await.text(), "chao");
    stage.simulator.settled().await;
    let deliver = smsc.delivers().remove(0);
    let statuses: Vec<_> = deliver.attempts.iter().map(|attempt| attempt.status).collect();
    assert_eq!((deliver.kind, deliver.state, statuses), (DeliverKind::Message, State::Accepted, vec![Some(0x64), None, None, Some(0)]));

    smsc.write(AN, "1022", "xau").unwrap();
    assert_eq!(esme.take(0x65).await.text(), "xau");
    stage.simulator.settled().await;
    assert_eq!(smsc.delivers().pop().unwrap().state, State::GivenUp, "0x65 is for ever");
    let counters = smsc.counters("doithoai");
    assert_eq!((counters.delivers, counters.acknowledged, counters.refused_delivers, counters.unanswered_delivers), (5, 1, 2, 2));
}

#[tokio::test]
async fn a_storm_keeps_the_window() {
    let stage = stage_with(Route { window: 5, ..route() }).await;
    let smsc = stage.simulator.smsc();
    smsc.storm("1022", "mat dien", 300).unwrap();
    let mut esme = bound(&stage).await;
    let mut people = std::collections::BTreeSet::new();
    for _ in 0..5 {
        people.insert(esme.read().await.unwrap().delivered().source);
    }
    esme.send(ENQUIRE, &[]).await;
    assert_eq!(esme.read().await.unwrap().id, ENQUIRE | ANSWER, "no sixth before an answer");
    for sequence in 1..=5 {
        esme.write(DELIVER | ANSWER, 0, sequence, &[0]).await;
    }
    for _ in 5..300 {
        people.insert(esme.take(0).await.source);
    }
    stage.simulator.settled().await;
    assert_eq!((people.len(), smsc.counters("doithoai").acknowledged), (300, 300));
}
