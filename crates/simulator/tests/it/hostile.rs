//! Whatever is sent, there is an answer, and the next call is served.

use serde_json::json;
use simulator::esms::Account;
use simulator::pbx::{Hotline, Provider};
use simulator::smsc::Route;
use simulator::{telegram, viber};

use crate::smsc::esme::*;
use crate::stage::{ACCESS, PAGE, Stage, TOKEN};

const BOT: &str = "1:A";

#[tokio::test]
async fn no_body_brings_it_down() {
    let (stage, _ours) = Stage::facebook().await;
    let zalo = stage.simulator.zalo();
    zalo.add_app(simulator::zalo::App::new("1", "s"));
    zalo.add_account(simulator::zalo::Account::new("2", "OA", "1", "k")).unwrap();
    zalo.authorise_with("2", &simulator::zalo::Tokens { access: ACCESS.into(), refresh: "r".into() }).unwrap();
    stage.simulator.telegram().add_bot(telegram::Bot { token: BOT.into(), name: "b".into(), username: "b_bot".into() }).unwrap();
    stage.simulator.viber().add_bot(viber::Bot { uri: "u".into(), name: "v".into(), token: "t".into() });
    stage.simulator.smsc().set_route(Route::new("doithoai", "s3cret").with_short_code("1022")).unwrap();
    stage.simulator.pbx().set_hotline(Hotline::new("1022", Provider::Stringee));
    stage.simulator.esms().set_account(Account::new("KEY", "SECRET", "1022"));
    let psid = stage.simulator.facebook().add_crowd(PAGE, 1).unwrap().remove(0);
    let person = zalo.add_crowd("2", 1).unwrap().remove(0);

    let deep = "[".repeat(10_000);
    let deep_object = format!("{}1{}", r#"{"a":"#.repeat(5_000), "}".repeat(5_000));
    let odd = [
        String::new(),
        "null".into(),
        "[]".into(),
        "0".into(),
        "{".into(),
        deep.clone(),
        deep_object,
        format!(r#"{{"recipient":{deep}}}"#),
        r#"{"recipient":null,"message":null}"#.into(),
        r#"{"recipient":[],"message":[]}"#.into(),
        r#"{"recipient":"{\"id\":1e999}","message":"{"}"#.into(),
        r#"{"recipient":{"id":18446744073709551616},"message":{"text":"\u0000"}}"#.into(),
        format!(r#"{{"recipient":{{"id":"{psid}","user_id":"{person}"}},"message":{{"text":"\ud800"}}}}"#),
        format!(
            r#"{{"recipient":{{"id":"{psid}","user_id":"{person}"}},"message":{{"attachment":{{"type":"template","payload":{{"template_type":"generic","elements":[null]}}}}}}}}"#
        ),
        format!(r#"{{"recipient":{{"id":"{psid}"}},"message":{{"quick_replies":[0,{{}},[]],"text":"a"}}}}"#),
        r#"{"batch":[null,1,{"method":"POST\n"},{"method":"GET","relative_url":"\u0000"}]}"#.into(),
        r#"{"chat_id":-9223372036854775808,"text":"a","reply_markup":{"inline_keyboard":[[0]]}}"#.into(),
        r#"{"receiver":"a","type":"video","size":-1,"keyboard":{"Buttons":[{"Rows":1e300}]}}"#.into(),
        r#"{"from":[[[]]],"to":{"number":{}},"actions":[1,{"to":null}],"call_id":9}"#.into(),
        r#"{"from":"84","to":"1022","text":"\u0000","parts":[0,255],"reference":65536,"count":4294967295}"#.into(),
        format!(r#"{{"from":"84","to":"1022","text":"{}","parts":[255],"join":"udh16"}}"#, "ạ".repeat(20_000)),
        r#"{"data":1,"user_id":{},"offset":-1,"count":1e99}"#.into(),
    ];
    let paths = [
        "/v25.0/",
        "/v25.0/me/messages",
        "/v25.0/me/message_attachments",
        "/v25.0/1_2/comments",
        "/v25.0/1_2",
        "/v25.0/me/subscribed_apps",
        "/v25.0/1234567/subscriptions",
        "/v25.0/me/messenger_profile",
        "/v3.0/oa/message/cs",
        "/v2.0/oa/message",
        "/v3.0/oa/quota/message",
        "/v2.0/oa/upload/image",
        "/v4/oa/access_token",
        "/v4/oa/permission",
        "/bot1:A/sendMessage",
        "/bot1:A/setWebhook",
        "/bot1:A/editMessageText",
        "/bot1:A/sendPhoto",
        "/pa/send_message",
        "/pa/set_webhook",
        "/pa/broadcast_message",
        "/pa/get_online",
        "/control/zalo/apps",
        "/control/facebook/faults",
        "/phone/people",
        "/phone/zalo/1/tap",
        "/phone/sms/1/text",
        "/call/1/dial",
        "/MainService.svc/json/SendMultipleMessage_V4_post_json/",
        "/pbx/call",
        "/pbx/transfer",
        "/v1/call2/callout",
        "/control/smsc/mo",
        "/control/smsc/storm",
        "/control/pbx/calls",
        "/control/esms/mo",
    ];
    let kinds =
        ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "multipart/form-data"];
    for path in paths {
        for body in &odd {
            for kind in kinds {
                let request = stage
                    .client
                    .post(stage.url(path))
                    .bearer_auth(TOKEN)
                    .header("access_token", ACCESS)
                    .header("x-viber-auth-token", "t")
                    .header("content-type", kind)
                    .body(body.clone());
                let status = request.send().await.unwrap().status();
                assert!(!status.is_server_error(), "{path} {kind} {}: {status}", &body[..body.len().min(80)]);
            }
        }
    }
    for query in [
        "fields=%7B%7B%7B",
        "fields=%ff&limit=-1&after=QVFI99999999999999999999",
        "data=%7B",
        "data=[1]",
        "hub.mode=%00",
        "limit=0&after=QVFI5",
    ] {
        for path in [
            "/v25.0/me",
            "/v25.0/me/feed",
            "/v25.0/me/conversations",
            "/v2.0/oa/conversation",
            "/v3.0/oa/user/detail",
            "/v4/oa/permission",
            "/bot1:A/getUpdates",
            "/",
            "/media/..%2f..%2fetc%2fpasswd",
            "/control/deliveries",
            "/MainService.svc/json/GetSendStatus",
            "/pbx/recordings/..%2f",
            "/control/smsc/sent",
        ] {
            let request = stage.client.get(stage.url(&format!("{path}?{query}"))).bearer_auth(TOKEN).header("access_token", ACCESS);
            let status = request.send().await.unwrap().status();
            assert!(!status.is_server_error(), "{path}?{query}: {status}");
        }
    }
    let (status, _) = stage.graph("me/messages", json!({"recipient": {"id": psid}, "message": {"text": "còn sống"}})).await;
    assert_eq!(status, 200);
}

/// PDUs of every kind whose bodies are noise, cut short or stretched; then a good one on a new link.
#[tokio::test]
async fn no_pdu_brings_the_smsc_down() {
    let stage = Stage::new().await;
    let smsc = stage.simulator.smsc();
    smsc.set_route(Route::new("doithoai", "s3cret").with_short_code("1022")).unwrap();
    let good = Submit::new("84901234567", "chao").body();
    let mut seed = 0x2026_u32;
    let mut noise = move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        u8::try_from(seed >> 24).unwrap()
    };
    for round in 0..60 {
        let mut esme = Esme::bound(smsc.address(), "doithoai", "s3cret").await;
        for command in
            [SUBMIT, SUBMIT, SUBMIT | ANSWER, DELIVER, DELIVER | ANSWER, BIND_TRANSCEIVER, ENQUIRE, ENQUIRE | ANSWER, NACK, 0x103]
        {
            let mut body = good.clone();
            for _ in 0..=round % 7 {
                let at = usize::from(noise()) % body.len();
                body[at] = noise();
            }
            body.truncate(body.len() - usize::from(noise()) % 9);
            if round % 3 == 0 {
                body = (0..noise()).map(|_| noise()).collect();
            }
            esme.write(command, u32::from(noise()), u32::from(noise()), &body).await;
        }
        esme.send(UNBIND, &[]).await;
        // Whatever was answered, the last answer is that of the unbind.
        let mut last = None;
        while let Some(pdu) = esme.read().await {
            last = Some(pdu.id);
        }
        assert_eq!(last, Some(UNBIND | ANSWER));
    }
    let mut esme = Esme::bound(smsc.address(), "doithoai", "s3cret").await;
    esme.submit(&Submit { registered: 0, ..Submit::new("84901234568", "con song") }).await.message_id();
    let half = Esme::connect(smsc.address()).await;
    drop(half);
    assert_eq!(smsc.sent_to("84901234568"), 1);
}
