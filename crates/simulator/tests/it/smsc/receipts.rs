//! Receipts: their shapes, their time, their ids.

use jiff::SignedDuration;
use simulator::smsc::{Fate, IdForm, ReceiptShape, ReceiptTime, Receipts, Route};
use simulator::{CallKind, Fault, Rule};

use super::esme::*;
use super::{AN, bound, route, stage, stage_with};

fn with(receipts: Receipts) -> Route {
    Route { receipts, ..route() }
}

#[tokio::test]
async fn a_receipt_in_every_shape() {
    let stage = stage().await;
    let smsc = stage.simulator.smsc();
    smsc.set_fate("84900000009", Fate::Undeliverable);
    let mut esme = bound(&stage).await;
    // 2026-09-21 21:13:20 in Viet Nam.
    for (shape, to, expected) in [
        (ReceiptShape::Usual, AN, "id:ID sub:001 dlvrd:001 submit date:2609212113 done date:2609212113 stat:DELIVRD err:000 text:Da nhan"),
        (
            ReceiptShape::Seconds,
            AN,
            "id:ID sub:001 dlvrd:001 submit date:260921211320 done date:260921211320 stat:DELIVRD err:000 text:Da nhan",
        ),
        (
            ReceiptShape::Century,
            AN,
            "id:ID sub:001 dlvrd:001 submit date:20260921211320 done date:20260921211320 stat:DELIVRD err:000 text:Da nhan",
        ),
        (ReceiptShape::Short, AN, "id:ID submit date:2609212113 done date:2609212113 stat:DELIVRD err:000 text:Da nhan"),
        (
            ReceiptShape::Shuffled,
            AN,
            "stat:DELIVRD id:ID err:000 done date:2609212113 submit date:2609212113 dlvrd:001 sub:001 text:Da nhan",
        ),
        (
            ReceiptShape::Capital,
            "84900000009",
            "id:ID sub:001 dlvrd:000 submit date:2609212113 done date:2609212113 stat:UNDELIV err:1F Text:Da nhan",
        ),
        (ReceiptShape::Wordless, AN, ""),
    ] {
        smsc.set_route(with(Receipts { shape, tlvs: false, ids: IdForm::Hex, ..Receipts::default() })).unwrap();
        let id: u32 = esme.submit(&Submit::new(to, "Da nhan")).await.message_id().parse().unwrap();
        let id = format!("{id:08X}");
        let receipt = esme.take(0).await;
        assert_eq!((receipt.source.as_str(), receipt.destination.as_str(), receipt.esm_class), (to, "1022", 4));
        assert_eq!(receipt.text(), expected.replace("ID", &id), "{shape:?}");
        if shape == ReceiptShape::Wordless {
            assert_eq!((receipt.tlv(0x001E), receipt.tlv(0x0427)), (format!("{id}\0").as_bytes(), &[2][..]));
        } else {
            assert!(receipt.tlvs.is_empty());
        }
    }
}

#[tokio::test]
async fn early_late_or_never() {
    let stage = stage_with(with(Receipts { time: ReceiptTime::BeforeAnswer, ..Receipts::default() })).await;
    let smsc = stage.simulator.smsc();
    let mut esme = bound(&stage).await;
    esme.send(SUBMIT, &Submit::new(AN, "a").body()).await;
    let receipt = esme.take(0).await;
    let id = esme.read().await.unwrap().message_id();
    assert!(receipt.text().starts_with(&format!("id:{id} ")), "the receipt came first: {}", receipt.text());
    assert_eq!(receipt.tlv(0x001E), format!("{id}\0").as_bytes());

    smsc.set_route(with(Receipts { time: ReceiptTime::After(60), accepted_first: true, ..Receipts::default() })).unwrap();
    esme.submit(&Submit::new(AN, "b")).await.message_id();
    assert!(esme.take(0).await.text().contains("stat:ACCEPTD"));
    stage.simulator.settled().await;
    assert_eq!(smsc.counters("doithoai").delivers, 2, "not yet");
    stage.simulator.advance(SignedDuration::from_secs(60));
    let receipt = esme.take(0).await.text();
    assert!(receipt.contains("stat:DELIVRD") && receipt.contains("done date:2609212114"), "{receipt}");

    smsc.set_route(with(Receipts { time: ReceiptTime::Never, ..Receipts::default() })).unwrap();
    esme.submit(&Submit::new(AN, "c")).await.message_id();
    smsc.set_route(route()).unwrap();
    esme.submit(&Submit { registered: 0, ..Submit::new(AN, "d") }).await.message_id();
    esme.submit(&Submit { registered: 2, ..Submit::new(AN, "e") }).await.message_id();
    smsc.set_fate(AN, Fate::Expired);
    esme.submit(&Submit { registered: 2, ..Submit::new(AN, "f") }).await.message_id();
    let receipt = esme.take(0).await;
    assert!(receipt.text().contains("stat:EXPIRED"), "only the failure that was asked for");
    assert_eq!(receipt.tlv(0x0427), [3]);
}

#[tokio::test]
async fn a_receipt_comes_twice_and_waits_for_a_link() {
    let stage = stage().await;
    let smsc = stage.simulator.smsc();
    smsc.add_fault("doithoai", Rule::next(CallKind::Webhook, Fault::Duplicate)).unwrap();
    let mut esme = bound(&stage).await;
    let reference = vec![(0x0204, vec![1, 2])];
    esme.submit(&Submit { tlvs: reference, ..Submit::new(AN, "a") }).await.message_id();
    let first = esme.take(0).await;
    assert_eq!(first.tlv(0x0204), [1, 2], "our reference comes back");
    assert_eq!(esme.take(0).await, first);

    let mut transmitter = Esme::connect(smsc.address()).await;
    drop(esme);
    assert_eq!(transmitter.bind(BIND_TRANSMITTER, "doithoai", "s3cret").await, 0);
    transmitter.submit(&Submit::new(AN, "b")).await.message_id();
    stage.simulator.settled().await;
    let mut esme = bound(&stage).await;
    assert!(esme.take(0).await.text().ends_with("text:b"));
}
