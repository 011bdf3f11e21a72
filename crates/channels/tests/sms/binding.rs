//! How a session begins and ends, against an SMSC that does what it likes.

use channels::Error;
use channels::sms::session::{self, Delivery, End, Pace, Reply, Security};
use tokio::io::{AsyncWriteExt, duplex};
use tokio::net::TcpListener;

use crate::example;
use crate::smsc::*;

#[tokio::test]
async fn the_worked_session() {
    let (near, far) = duplex(4096);
    let mut smsc = Smsc(far);
    let access = access(0);
    let binding = session::bind(near, &access, patient());
    let letting_in = async {
        let mut heard = vec![0; 37];
        tokio::io::AsyncReadExt::read_exact(&mut smsc.0, &mut heard).await.unwrap();
        assert_eq!(hex::encode(heard), example::BIND);
        smsc.write(&example::octets(example::BOUND)).await;
    };
    let (bound, ()) = tokio::join!(binding, letting_in);
    let (session, mut deliveries) = bound.unwrap();
    let sent = submit(&session, "Ho so cua ban da duoc tiep nhan");
    let heard = smsc.expect(SUBMIT).await;
    assert!(example::MT.ends_with(&hex::encode(&heard.body)));
    smsc.say(SUBMIT_RESP, 0, heard.sequence, b"00A1B2C3\0").await;
    let receipt = sent.await.unwrap().unwrap();
    assert_eq!((receipt.external_id.as_deref(), receipt.answer.as_str()), (Some("00A1B2C3"), "submit_sm_resp 0x00 ESME_ROK"));
    smsc.write(&example::octets(example::MO)).await;
    let Delivery { pdu, reply } = deliveries.next().await.unwrap();
    assert_eq!(hex::encode(pdu), example::MO);
    reply.send(Reply::Stored);
    let answer = smsc.expect(DELIVER_RESP).await;
    assert!(answer.is(DELIVER_RESP, 0, 1001) && answer.body == [0]);
}

#[tokio::test]
async fn who_is_not_let_in_knows_why() {
    for (command, status, right) in [
        (BIND_RESP, 0x0D, "misconfigured: 0x0D ESME_RBINDFAIL"),
        (BIND_RESP, 0x0E, "misconfigured: 0x0E ESME_RINVPASWD"),
        (BIND_RESP, 0x0F, "misconfigured: 0x0F ESME_RINVSYSID"),
        (BIND_RESP, 0x411, "misconfigured: 0x411"),
        (BIND_RESP, 0x05, "unreachable: 0x05 ESME_RALYBND"),
        (BIND_RESP, 0x58, "throttled: 0x58 ESME_RTHROTTLED"),
        (NACK, 0x03, "misconfigured: 0x03 ESME_RINVCMDID"),
    ] {
        let (near, far) = duplex(4096);
        let mut smsc = Smsc(far);
        let refuse = async {
            let bind = smsc.hear().await.unwrap();
            smsc.say(command, status, bind.sequence, b"").await;
        };
        let access = access(0);
        let (refused, ()) = tokio::join!(session::bind(near, &access, patient()), refuse);
        assert_eq!(refused.unwrap_err().to_string(), right);
    }
}

#[tokio::test]
async fn nothing_that_answers_bind() {
    // Nobody listens.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    assert!(matches!(session::open(&access(port), patient()).await, Err(Error::Unreachable(_))));
    // It closes, it is silent, it is no SMSC.
    let (near, far) = duplex(64);
    drop(far);
    assert!(matches!(session::bind(near, &access(0), patient()).await, Err(Error::Unreachable(_))));
    let (near, _far) = duplex(64);
    let pace = Pace { answer: SOON, ..patient() };
    assert!(matches!(session::bind(near, &access(0), pace).await, Err(Error::Unreachable(_))));
    let (near, far) = duplex(64);
    let mut web = Smsc(far);
    let talk = async {
        web.write(b"HTTP/1.1 400 Bad Request\r\n").await;
        web.expect(0x09).await;
        let nack = web.expect(NACK).await;
        assert!(nack.is(NACK, 2, 0));
    };
    let access = access(0);
    let (refused, ()) = tokio::join!(session::bind(near, &access, patient()), talk);
    assert!(matches!(refused, Err(Error::Unreachable(_))), "{refused:?}");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut protected = access.clone();
    protected.server.port = listener.local_addr().unwrap().port();
    protected.server.security = Security::Tls;
    let talk = async {
        let mut plain = listener.accept().await.unwrap().0;
        plain.write_all(b"\0\0\0\x10\x80\0\0\x09\0\0\0\0\0\0\0\x01").await.unwrap();
    };
    let (refused, ()) = tokio::join!(session::open(&protected, patient()), talk);
    assert!(matches!(refused, Err(Error::Unreachable(_))), "{refused:?}");
    // Settings that cannot be.
    protected.server.security = Security::StartTls;
    assert!(matches!(session::open(&protected, patient()).await, Err(Error::Misconfigured(_))));
    let long = session::Access { password: "longer than eight".into(), ..access.clone() };
    let (near, _far) = duplex(64);
    assert!(matches!(session::bind(near, &long, patient()).await, Err(Error::Misconfigured(_))));
    let mut public = access;
    public.server.host = "203.0.113.9".into();
    assert!(matches!(session::open(&public, patient()).await, Err(Error::Misconfigured(_))), "unprotected through the internet");
    assert!(!format!("{public:?} {long:?}").contains("s3cret"));
}

#[tokio::test]
async fn the_smsc_unbinds() {
    let (session, mut deliveries, mut smsc) = bound(patient()).await;
    smsc.say(UNBIND, 0, 77, b"").await;
    assert!(smsc.expect(UNBIND_RESP).await.is(UNBIND_RESP, 0, 77));
    assert_eq!(session.ended().await, End::UnboundBySmsc);
    assert!(deliveries.next().await.is_none() && smsc.hear().await.is_none());
}

#[tokio::test]
async fn we_unbind_when_all_is_answered() {
    let (session, mut deliveries, mut smsc) = bound(patient()).await;
    let sent = submit(&session, "x");
    let heard = smsc.expect(SUBMIT).await;
    smsc.deliver(5, "a").await;
    let held = deliveries.next().await.unwrap();
    let leaving = tokio::spawn({
        let session = session.clone();
        async move { session.unbind().await }
    });
    assert_eq!(smsc.ask(8).await, [], "two answers are missing");
    held.reply.send(Reply::Stored);
    assert!(smsc.expect(DELIVER_RESP).await.is(DELIVER_RESP, 0, 5));
    assert_eq!(smsc.ask(9).await, [], "an answer is still missing");
    smsc.say(SUBMIT_RESP, 0, heard.sequence, b"7\0").await;
    let unbind = smsc.expect(UNBIND).await;
    // Nothing new is taken.
    smsc.deliver(6, "b").await;
    assert!(smsc.expect(DELIVER_RESP).await.is(DELIVER_RESP, 0x64, 6));
    smsc.say(UNBIND_RESP, 0, unbind.sequence, b"").await;
    assert!(sent.await.unwrap().is_ok());
    assert_eq!(leaving.await.unwrap(), End::Unbound);
    assert!(smsc.hear().await.is_none());
}

#[tokio::test]
async fn dropping_every_handle_unbinds() {
    let (session, _deliveries, mut smsc) = bound(patient()).await;
    drop(session.clone());
    assert_eq!(smsc.ask(1).await, []);
    drop(session);
    let unbind = smsc.expect(UNBIND).await;
    smsc.say(UNBIND_RESP, 0, unbind.sequence, b"").await;
    assert!(smsc.hear().await.is_none());
}

#[tokio::test]
async fn an_unbind_without_answer_ends_too() {
    let (session, mut deliveries, mut smsc) = bound(Pace { answer: SOON, ..patient() }).await;
    smsc.deliver(5, "a").await;
    // Never answered: it is not waited for longer than for an answer.
    let held = deliveries.next().await.unwrap();
    assert_eq!(session.unbind().await, End::Silent);
    smsc.expect(UNBIND).await;
    drop(held);
}
