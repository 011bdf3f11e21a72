//! Whatever is sent, there is an answer, and the next call is served.

use serde_json::json;
use simulator::{telegram, viber};

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
        ] {
            let request = stage.client.get(stage.url(&format!("{path}?{query}"))).bearer_auth(TOKEN).header("access_token", ACCESS);
            let status = request.send().await.unwrap().status();
            assert!(!status.is_server_error(), "{path}?{query}: {status}");
        }
    }
    let (status, _) = stage.graph("me/messages", json!({"recipient": {"id": psid}, "message": {"text": "còn sống"}})).await;
    assert_eq!(status, 200);
}
