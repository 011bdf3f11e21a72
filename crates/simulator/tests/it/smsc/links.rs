//! Binds, questions whether the other end lives, and whatever makes no sense.

use simulator::smsc::Route;
use simulator::{CallKind, Fault, Rule};

use super::esme::*;
use super::{AN, bound, route, stage, stage_with};
use crate::stage::Stage;

#[tokio::test]
async fn an_account_binds_once_and_with_its_password() {
    let stage = stage().await;
    let smsc = stage.simulator.smsc();
    let mut esme = Esme::connect(smsc.address()).await;
    assert_eq!(esme.bind(BIND_TRANSCEIVER, "nobody", "s3cret").await, 0x0F);
    assert_eq!(esme.bind(BIND_TRANSCEIVER, "doithoai", "wrong").await, 0x0E);
    assert_eq!(esme.submit(&Submit::new(AN, "a")).await.status, 0x04, "not bound");
    esme.send(BIND_TRANSCEIVER, &bind_body("doithoai", "s3cret")).await;
    let answer = esme.read().await.unwrap();
    assert_eq!((answer.status, answer.body), (0, b"SMSC01\0\x02\x10\0\x01\x34".to_vec()));
    assert_eq!(esme.bind(BIND_TRANSMITTER, "doithoai", "s3cret").await, 0x05, "already bound");
    let counters = smsc.counters("doithoai");
    assert_eq!((counters.links, counters.binds, counters.refused_binds), (1, 1, 1));

    esme.send(UNBIND, &[]).await;
    assert_eq!(esme.read().await.unwrap().id, UNBIND | ANSWER);
    assert_eq!(esme.read().await, None, "closed");
}

/// The worked examples of sms.md §1, octet by octet.
#[tokio::test]
async fn the_worked_bind() {
    let stage = stage().await;
    let mut esme = Esme::connect(stage.simulator.smsc().address()).await;
    esme.raw(&hex::decode("00000025000000090000000000000001646f6974686f616900733363726574000034000000").unwrap()).await;
    let answer = esme.read().await.unwrap();
    assert_eq!((answer.id, answer.sequence, hex::encode(answer.body)), (0x8000_0009, 1, "534d53433031000210000134".into()));
    esme.raw(&hex::decode("00000010000000150000000000000002").unwrap()).await;
    assert_eq!(esme.read().await.unwrap(), Pdu { id: 0x8000_0015, status: 0, sequence: 2, body: vec![] });
    let submit = "00000053000000040000000000000003000500444f4954484f41490001013834393030303030303031000000000000010000001f486f20736f206375612062616e2064612064756f632074696570206e68616e";
    esme.raw(&hex::decode(submit).unwrap()).await;
    esme.read().await.unwrap().message_id();
    let sent = stage.simulator.smsc().sent(Some("84900000001"));
    assert_eq!((sent[0].account.as_str(), sent[0].text.as_str()), ("DOITHOAI", "Ho so cua ban da duoc tiep nhan"));
}

#[tokio::test]
async fn roles_are_kept() {
    let stage = stage().await;
    let smsc = stage.simulator.smsc();
    let mut receiver = Esme::connect(smsc.address()).await;
    assert_eq!(receiver.bind(BIND_RECEIVER, "doithoai", "s3cret").await, 0);
    assert_eq!(receiver.submit(&Submit::new(AN, "a")).await.status, 0x04);
    let mut transmitter = Esme::connect(smsc.address()).await;
    assert_eq!(transmitter.bind(BIND_TRANSMITTER, "doithoai", "s3cret").await, 0);
    transmitter.submit(&Submit::new(AN, "a")).await.message_id();
    assert!(receiver.take(0).await.text().contains("stat:DELIVRD"), "the receipt comes where messages are received");
    smsc.write(AN, "1022", "chao").unwrap();
    assert_eq!(receiver.take(0).await.text(), "chao");
}

#[tokio::test]
async fn only_so_many_links() {
    let stage = stage_with(Route { most_links: 1, ..route() }).await;
    let _first = bound(&stage).await;
    let mut second = Esme::connect(stage.simulator.smsc().address()).await;
    assert_eq!(second.bind(BIND_TRANSCEIVER, "doithoai", "s3cret").await, 0x0D);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let stage = stage().await;
    let mut esme = bound(&stage).await;
    for command in [0x03, 0x21, 0x103, 0x7777_7777] {
        let sequence = esme.send(command, &[]).await;
        let answer = esme.read().await.unwrap();
        assert_eq!((answer.id, answer.status, answer.sequence), (NACK, 0x03, sequence), "the session lives on");
    }
    esme.write(0x8000_0123, 0, 9, &[]).await;
    let sequence = esme.send(SUBMIT, &[0, 0]).await;
    assert_eq!(esme.read().await.unwrap(), Pdu { id: SUBMIT | ANSWER, status: 0x02, sequence, body: vec![] }, "no fields");

    for length in [0_u32, 15, 70_001, u32::MAX] {
        let mut esme = bound(&stage).await;
        esme.raw(&length.to_be_bytes()).await;
        let answer = esme.read().await.unwrap();
        assert_eq!((answer.id, answer.status), (NACK, 0x02), "{length}");
        assert_eq!(esme.read().await, None, "and closed");
    }
    assert_eq!(stage.simulator.smsc().counters("doithoai").nonsense, 8);
}

#[tokio::test]
async fn the_smsc_asks_and_leaves_when_nobody_answers() {
    let stage = stage_with(Route { enquire_every_ms: 20, ..route() }).await;
    let mut esme = bound(&stage).await;
    for _ in 0..2 {
        let asked = esme.read().await.unwrap();
        assert_eq!(asked.id, ENQUIRE);
        esme.write(ENQUIRE | ANSWER, 0, asked.sequence, &[]).await;
    }
    assert_eq!(esme.read().await.unwrap().id, ENQUIRE);
    assert_eq!(esme.read().await, None, "unanswered: closed");
}

#[tokio::test]
async fn links_are_dropped_in_the_middle_of_a_window() {
    let stage = stage_with(Route { answer_after_ms: 60_000, ..route() }).await;
    let smsc = stage.simulator.smsc();
    let mut esme = bound(&stage).await;
    for text in ["mot", "hai", "ba"] {
        esme.send(SUBMIT, &Submit::new(AN, text).body()).await;
    }
    esme.send(ENQUIRE, &[]).await;
    // Receipts need no answer of the message.
    while esme.read().await.unwrap().id != ENQUIRE | ANSWER {}
    assert_eq!(smsc.sent_to(AN), 3, "taken, not answered");
    assert_eq!(smsc.drop_links("doithoai"), 1);
    assert_eq!(esme.read().await, None);
    let mut again = bound(&stage).await;
    again.send(ENQUIRE, &[]).await;
    assert!(again.read().await.is_some());
}

#[tokio::test]
async fn a_silent_account_hears_nothing() {
    let stage = stage().await;
    let smsc = stage.simulator.smsc();
    let mut esme = bound(&stage).await;
    smsc.set_silent("doithoai", true).unwrap();
    esme.send(ENQUIRE, &[]).await;
    esme.send(SUBMIT, &Submit::new(AN, "a").body()).await;
    smsc.write(AN, "1022", "chao").unwrap();
    let silence = tokio::time::timeout(std::time::Duration::from_millis(150), esme.read()).await;
    silence.unwrap_err();
    assert_eq!(smsc.sent_to(AN), 0, "what was not answered was not taken");
    smsc.set_silent("doithoai", false).unwrap();
    assert_eq!(esme.take(0).await.text(), "chao");
}

#[tokio::test]
async fn binds_and_questions_meet_faults() {
    let stage = stage().await;
    let smsc = stage.simulator.smsc();
    for rule in [Rule::next(CallKind::Token, Fault::ServerError), Rule::next(CallKind::Token, Fault::Status(0x0D))] {
        smsc.add_fault("doithoai", rule).unwrap();
    }
    let mut esme = Esme::connect(smsc.address()).await;
    assert_eq!(esme.bind(BIND_TRANSCEIVER, "doithoai", "s3cret").await, 0x08);
    assert_eq!(esme.bind(BIND_TRANSCEIVER, "doithoai", "s3cret").await, 0x0D);
    assert_eq!(esme.bind(BIND_TRANSCEIVER, "doithoai", "s3cret").await, 0);
    smsc.add_fault("doithoai", Rule::next(CallKind::Read, Fault::LostReply)).unwrap();
    esme.send(ENQUIRE, &[]).await;
    let second = esme.send(ENQUIRE, &[]).await;
    assert_eq!(esme.read().await.unwrap().sequence, second, "the first was not answered");
    smsc.add_fault("doithoai", Rule::next(CallKind::Read, Fault::Reset)).unwrap();
    esme.send(ENQUIRE, &[]).await;
    assert_eq!(esme.read().await, None);
}

#[tokio::test]
async fn a_stopped_smsc_is_gone() {
    let Stage { simulator, .. } = stage().await;
    let address = simulator.smsc().address();
    let mut esme = Esme::bound(address, "doithoai", "s3cret").await;
    drop(simulator);
    assert_eq!(esme.read().await, None);
}
