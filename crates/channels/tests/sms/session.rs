//! A session in its middle age, against an SMSC that does what it likes.

use std::time::Duration;

use channels::Error;
use channels::sms::pdu::PduError;
use channels::sms::session::{self, Delivery, End, HELD, Pace, Reply};
use tokio::io::{AsyncWriteExt, duplex};
use tokio::task::JoinSet;

use crate::smsc::*;

#[tokio::test]
async fn the_window_is_kept() {
    let (session, _deliveries, mut smsc) = bound(Pace { window: 3, ..patient() }).await;
    let sent: Vec<_> = (0..5).map(|number| submit(&session, &number.to_string())).collect();
    let mut heard = Vec::new();
    for _ in 0..3 {
        heard.push(smsc.expect(SUBMIT).await);
    }
    for sequence in 900..910 {
        assert_eq!(smsc.ask(sequence).await, [], "the window is full");
    }
    // Answers come in any order; each lets one more out.
    smsc.say(SUBMIT_RESP, 0, heard[1].sequence, b"b\0").await;
    heard.push(smsc.expect(SUBMIT).await);
    assert_eq!(smsc.ask(910).await, []);
    smsc.say(SUBMIT_RESP, 0, heard[0].sequence, b"a\0").await;
    heard.push(smsc.expect(SUBMIT).await);
    for late in [4, 2, 3] {
        smsc.say(SUBMIT_RESP, 0, heard[late].sequence, b"x\0").await;
    }
    for sent in sent {
        assert!(sent.await.unwrap().is_ok());
    }
    let sequences: Vec<u32> = heard.iter().map(|heard| heard.sequence).collect();
    assert_eq!(sequences, [2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn refusals_and_answers_without_an_id() {
    let (session, _deliveries, mut smsc) = bound(patient()).await;
    for (command, status, body, right) in [
        (SUBMIT_RESP, 0x58, &b""[..], "throttled: 0x58 ESME_RTHROTTLED"),
        (SUBMIT_RESP, 0x0B, b"", "rejected: 0x0B ESME_RINVDSTADR"),
        (SUBMIT_RESP, 0x14, b"\0", "throttled: 0x14 ESME_RMSGQFUL"),
        (NACK, 0x03, b"", "rejected: 0x03 ESME_RINVCMDID"),
        (NACK, 0x00, b"", "rejected: 0x00 ESME_ROK"),
    ] {
        let sent = submit(&session, "x");
        let heard = smsc.expect(SUBMIT).await;
        smsc.say(command, status, heard.sequence, body).await;
        assert_eq!(sent.await.unwrap().unwrap_err().to_string(), right);
    }
    // Taken, whatever the id looks like; parameters may follow.
    for (body, id) in [(&b""[..], None), (b"\0", None), (b"no end", None), (b"7\0\x02\x04\0\x02\0\x01", Some("7"))] {
        let sent = submit(&session, "x");
        let heard = smsc.expect(SUBMIT).await;
        smsc.say(SUBMIT_RESP, 0, heard.sequence, body).await;
        assert_eq!(sent.await.unwrap().unwrap().external_id.as_deref(), id);
    }
}

#[tokio::test]
async fn a_lost_answer_ends_the_session() {
    let (session, mut deliveries, mut smsc) = bound(Pace { window: 2, answer: SOON, ..patient() }).await;
    let sent: Vec<_> = (0..2).map(|number| submit(&session, &number.to_string())).collect();
    smsc.expect(SUBMIT).await;
    smsc.expect(SUBMIT).await;
    let queued = submit(&session, "queued");
    for lost in sent {
        assert!(matches!(lost.await.unwrap(), Err(Error::Lost(_))));
    }
    assert!(matches!(queued.await.unwrap(), Err(Error::Unreachable(_))));
    assert_eq!(session.ended().await, End::Silent);
    assert!(deliveries.next().await.is_none() && session.has_ended());
    assert!(matches!(session.submit(message("x")).await, Err(Error::Unreachable(_))));
    assert_eq!(session.unbind().await, End::Silent);
    assert!(smsc.hear().await.is_none(), "the link is closed");
}

#[tokio::test]
async fn a_link_that_drops_in_mid_window() {
    let (session, _deliveries, mut smsc) = bound(Pace { window: 2, ..patient() }).await;
    let sent: Vec<_> = (0..2).map(|number| submit(&session, &number.to_string())).collect();
    smsc.expect(SUBMIT).await;
    smsc.expect(SUBMIT).await;
    let queued = submit(&session, "queued");
    assert_eq!(smsc.ask(9).await, []);
    drop(smsc);
    for lost in sent {
        assert!(matches!(lost.await.unwrap(), Err(Error::Lost(_))), "it was sent");
    }
    assert!(matches!(queued.await.unwrap(), Err(Error::Unreachable(_))), "it was not");
    assert!(matches!(session.ended().await, End::Closed | End::Broken(_)));
}

#[tokio::test]
async fn what_was_half_sent_is_not_lost() {
    let (near, far) = duplex(64);
    let mut smsc = Smsc(far);
    let access = access(0);
    let (bound, ()) = tokio::join!(session::bind(near, &access, patient()), smsc.let_in());
    let (session, _deliveries) = bound.unwrap();
    // The link holds 64 octets of a PDU of more.
    let sent = submit(&session, &"x".repeat(100));
    let mut some = [0; 30];
    tokio::io::AsyncReadExt::read_exact(&mut smsc.0, &mut some).await.unwrap();
    drop(smsc);
    assert!(matches!(sent.await.unwrap(), Err(Error::Unreachable(_))));
}

#[tokio::test]
async fn silence_is_asked_about() {
    let often = Pace { enquire_link: Duration::from_millis(10), ..patient() };
    let (_session, _deliveries, mut smsc) = bound(often).await;
    for _ in 0..3 {
        let asked = smsc.expect(ENQUIRE).await;
        smsc.say(ENQUIRE_RESP, 0, asked.sequence, b"").await;
    }
    // One that does not know the question is there all the same.
    let asked = smsc.expect(ENQUIRE).await;
    smsc.say(NACK, 3, asked.sequence, b"").await;
    smsc.expect(ENQUIRE).await;

    let (session, _deliveries, mut smsc) = bound(Pace { answer: SOON, ..often }).await;
    // An answer to another question is none; half a PDU is no sign of life.
    let asked = smsc.expect(ENQUIRE).await;
    smsc.say(ENQUIRE_RESP, 0, asked.sequence + 7, b"").await;
    smsc.say(SUBMIT_RESP, 0, asked.sequence, b"").await;
    smsc.write(&[0, 0, 0]).await;
    assert_eq!(session.ended().await, End::Silent);
    assert!(smsc.hear().await.is_none());
}

#[tokio::test]
async fn deliveries_come_in_order_and_wait_for_their_answer() {
    let (session, mut deliveries, mut smsc) = bound(patient()).await;
    for (sequence, text) in [(11, "a"), (12, "b"), (13, "c"), (14, "d")] {
        smsc.deliver(sequence, text).await;
    }
    let mut held = Vec::new();
    for text in [b'a', b'b', b'c', b'd'] {
        let Delivery { pdu, reply } = deliveries.next().await.unwrap();
        assert_eq!(pdu.last(), Some(&text));
        held.push(reply);
    }
    assert_eq!(smsc.ask(99).await, [], "busy, and there");
    // Each when it is stored, whatever the order.
    held.remove(2).send(Reply::Stored);
    assert!(smsc.expect(DELIVER_RESP).await.is(DELIVER_RESP, 0, 13));
    held.remove(0).send(Reply::Never);
    assert!(smsc.expect(DELIVER_RESP).await.is(DELIVER_RESP, 0x65, 11));
    held.remove(0).send(Reply::Later);
    assert!(smsc.expect(DELIVER_RESP).await.is(DELIVER_RESP, 0x64, 12));
    // Forgotten is later.
    drop(held);
    assert!(smsc.expect(DELIVER_RESP).await.is(DELIVER_RESP, 0x64, 14));
    // Nobody takes them any more.
    drop(deliveries);
    smsc.deliver(15, "e").await;
    assert!(smsc.expect(DELIVER_RESP).await.is(DELIVER_RESP, 0x64, 15));
    drop(session);
}

#[tokio::test]
async fn only_so_many_are_held() {
    let (_session, mut deliveries, mut smsc) = bound(patient()).await;
    let held = u32::try_from(HELD).unwrap();
    for sequence in 1..=held {
        smsc.deliver(sequence, "x").await;
    }
    let mut taken = Vec::new();
    for _ in 0..HELD {
        taken.push(deliveries.next().await.unwrap());
    }
    smsc.deliver(held + 1, "y").await;
    assert!(smsc.expect(DELIVER_RESP).await.is(DELIVER_RESP, 0x64, held + 1));
    taken.remove(0).reply.send(Reply::Stored);
    assert!(smsc.expect(DELIVER_RESP).await.is(DELIVER_RESP, 0, 1));
    smsc.deliver(held + 2, "z").await;
    assert_eq!(deliveries.next().await.unwrap().pdu.last(), Some(&b'z'));
}

#[tokio::test]
async fn a_receipt_may_come_before_the_answer() {
    let (session, mut deliveries, mut smsc) = bound(patient()).await;
    let sent = submit(&session, "x");
    let heard = smsc.expect(SUBMIT).await;
    smsc.say(DELIVER, 0, 5, &short_message(4, "id:7 stat:DELIVRD err:000")).await;
    let Delivery { pdu, reply } = deliveries.next().await.unwrap();
    assert!(matches!(channels::sms::deliver::read(&pdu, Default::default()), Ok(channels::sms::Delivered::Receipt(..))));
    assert!(!sent.is_finished());
    reply.send(Reply::Stored);
    smsc.expect(DELIVER_RESP).await;
    smsc.say(SUBMIT_RESP, 0, heard.sequence, b"7\0").await;
    assert_eq!(sent.await.unwrap().unwrap().external_id.as_deref(), Some("7"));
}

#[tokio::test]
async fn nonsense_is_refused() {
    for length in [0u32, 4, 15, 66_001, u32::MAX] {
        let (session, _deliveries, mut smsc) = bound(patient()).await;
        let sent = submit(&session, "x");
        smsc.expect(SUBMIT).await;
        smsc.write(&length.to_be_bytes()).await;
        let nack = smsc.expect(NACK).await;
        assert!(nack.is(NACK, 0x02, 0), "{nack:?}");
        assert_eq!(session.ended().await, End::Nonsense(PduError::AbsurdLength(length)));
        assert!(matches!(sent.await.unwrap(), Err(Error::Lost(_))));
        assert!(smsc.hear().await.is_none());
    }
}

#[tokio::test]
async fn what_is_not_for_us_is_passed_over() {
    let (_session, mut deliveries, mut smsc) = bound(patient()).await;
    // Unknown, and known to an SMSC only.
    for (command, sequence) in [(0x77, 1), (0x0001_0200, 2), (SUBMIT, 3), (0x09, 4), (0x0B, 5)] {
        smsc.say(command, 0, sequence, b"whatever").await;
        assert!(smsc.expect(NACK).await.is(NACK, 0x03, sequence), "0x{command:X}");
    }
    // Answers to nothing, an alert: no answer at all.
    for command in [SUBMIT_RESP, ENQUIRE_RESP, UNBIND_RESP, BIND_RESP, NACK, 0x8000_0077, 0x102] {
        smsc.say(command, 0x08, 4711, b"x").await;
    }
    assert_eq!(smsc.ask(6).await, []);
    // A body that nobody can read is handed over: what is stored can be read again after a repair.
    smsc.say(DELIVER, 0, 7, b"\xFF\xFE").await;
    let Delivery { pdu, reply } = deliveries.next().await.unwrap();
    assert!(pdu.ends_with(b"\xFF\xFE"));
    reply.send(Reply::Stored);
    assert!(smsc.expect(DELIVER_RESP).await.is(DELIVER_RESP, 0, 7));
    // data_sm delivers too.
    smsc.say(0x103, 0, 8, b"\0").await;
    deliveries.next().await.unwrap().reply.send(Reply::Stored);
    assert!(smsc.expect(0x8000_0103).await.is(0x8000_0103, 0, 8));
}

#[tokio::test]
async fn an_smsc_that_thinks_otherwise_is_left() {
    let (session, _deliveries, mut smsc) = bound(patient()).await;
    let sent = submit(&session, "x");
    let heard = smsc.expect(SUBMIT).await;
    smsc.say(SUBMIT_RESP, 0x04, heard.sequence, b"").await;
    assert!(matches!(sent.await.unwrap(), Err(Error::Unreachable(_))));
    assert_eq!(session.ended().await, End::WrongState("0x04 ESME_RINVBNDSTS".into()));
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_under_load() {
    const MANY: u32 = 2000;
    let (session, mut deliveries, smsc) = bound(Pace { window: 50, ..patient() }).await;
    let mut sending: JoinSet<_> = (0..MANY)
        .map(|number| {
            let session = session.clone();
            async move { session.submit(message(&number.to_string())).await.unwrap().external_id.unwrap() }
        })
        .collect();
    let (reading, mut writing) = smsc.0.into_split();
    let mut reading = Smsc(tokio::io::join(reading, tokio::io::sink()));
    let (say, mut said) = tokio::sync::mpsc::unbounded_channel::<Vec<u8>>();
    // An SMSC that answers and delivers at once.
    let writer = tokio::spawn(async move {
        while let Some(octets) = said.recv().await {
            writing.write_all(&octets).await.unwrap();
        }
    });
    let pdu = |command: u32, sequence: u32, body: &[u8]| {
        let length = u32::try_from(16 + body.len()).unwrap();
        [&[length, command, 0, sequence].map(u32::to_be_bytes).concat(), body].concat()
    };
    for sequence in 1..=100 {
        say.send(pdu(DELIVER, sequence, &short_message(0, &sequence.to_string()))).unwrap();
    }
    let smsc = tokio::spawn(async move {
        let (mut delivered, mut taken) = (0, 0);
        while delivered < MANY || taken < MANY {
            let heard = reading.hear().await.unwrap();
            match heard.command {
                SUBMIT => {
                    taken += 1;
                    say.send(pdu(SUBMIT_RESP, heard.sequence, format!("{taken}\0").as_bytes())).unwrap();
                }
                DELIVER_RESP => {
                    assert_eq!(heard.status, 0);
                    delivered += 1;
                    let next = delivered + 100;
                    if next <= MANY {
                        say.send(pdu(DELIVER, next, &short_message(0, &next.to_string()))).unwrap();
                    }
                }
                other => panic!("0x{other:X}"),
            }
        }
    });
    for sequence in 1..=MANY {
        let Delivery { pdu, reply } = deliveries.next().await.unwrap();
        assert!(pdu.ends_with(sequence.to_string().as_bytes()) && pdu[12..16] == sequence.to_be_bytes());
        reply.send(Reply::Stored);
    }
    smsc.await.unwrap();
    writer.await.unwrap();
    let mut ids = std::collections::HashSet::new();
    while let Some(id) = sending.join_next().await {
        assert!(ids.insert(id.unwrap()), "an answer went to two");
    }
    assert_eq!(ids.len(), 2000);
}
