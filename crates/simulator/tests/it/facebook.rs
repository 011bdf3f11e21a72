//! Facebook: messages both ways, windows, limits, tokens, uploads, reading.

use hmac::{Hmac, KeyInit, Mac};
use jiff::SignedDuration;
use serde_json::json;
use sha2::Sha256;
use simulator::facebook::{Act, Page};

use crate::stage::{PAGE, SECRET, Stage, TOKEN, answer, graph_error};

fn hmac(secret: &str, message: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(message);
    hex::encode(mac.finalize().into_bytes())
}

#[tokio::test]
async fn a_message_arrives_signed_over_escaped_bytes() {
    let (stage, ours) = Stage::facebook().await;
    let facebook = stage.simulator.facebook();
    let psid = facebook.add_person(PAGE, "Nguyễn Văn A").unwrap();
    let mid = facebook.write(PAGE, &psid, "Xin chào 😢").unwrap();
    stage.simulator.settled().await;

    let posts = ours.take();
    assert_eq!(posts.len(), 1);
    let body = std::str::from_utf8(&posts[0].body).unwrap();
    assert!(body.is_ascii() && body.contains(r"Xin ch\u00e0o \ud83d\ude22"), "{body}");
    let expected = format!("sha256={}", hmac(SECRET, &posts[0].body));
    assert_eq!(posts[0].header("x-hub-signature-256"), Some(expected.as_str()));
    assert_eq!(
        posts[0].json(),
        json!({"object": "page", "entry": [{"id": PAGE, "time": 1_790_000_000_000_u64, "messaging": [{
            "sender": {"id": psid}, "recipient": {"id": PAGE}, "timestamp": 1_790_000_000_000_u64,
            "message": {"mid": mid, "text": "Xin chào 😢"},
        }]}]})
    );
}

#[tokio::test]
async fn an_answer_is_echoed_and_its_arrival_told() {
    let (stage, ours) = Stage::facebook().await;
    let facebook = stage.simulator.facebook();
    let psid = facebook.add_person(PAGE, "Nguyễn Văn A").unwrap();
    facebook.write(PAGE, &psid, "mất điện").unwrap();
    let body = json!({
        "messaging_type": "RESPONSE", "recipient": {"id": psid},
        "message": {"text": "Đúng không?", "metadata": "ref-1", "quick_replies": [{"content_type": "text", "title": "Có", "payload": "YES"}]},
    });
    let (status, sent) = stage.graph("me/messages", body).await;
    assert_eq!((status, sent["recipient_id"].as_str()), (200, Some(psid.as_str())));
    stage.simulator.settled().await;

    let posts = ours.take();
    let items: Vec<_> = posts.iter().map(|post| post.json()["entry"][0]["messaging"][0].clone()).collect();
    let echo = items.iter().find(|item| item["message"]["is_echo"] == true).unwrap();
    assert_eq!(echo["sender"]["id"], PAGE);
    let expected = json!({"is_echo": true, "app_id": 1_234_567, "mid": sent["message_id"], "text": "Đúng không?", "metadata": "ref-1"});
    assert_eq!(echo["message"], expected);
    assert!(items.iter().any(|item| item["delivery"]["mids"] == json!([sent["message_id"]])));

    facebook.act(PAGE, &psid, Act::Read).unwrap();
    facebook.act(PAGE, &psid, Act::QuickReply { title: "Có".into(), payload: "YES".into() }).unwrap();
    stage.simulator.settled().await;
    let items: Vec<_> = ours.take().iter().map(|post| post.json()["entry"][0]["messaging"][0].clone()).collect();
    assert_eq!(items[0]["read"]["watermark"], 1_790_000_000_000_u64);
    assert_eq!(items[1]["message"]["quick_reply"]["payload"], "YES");

    facebook.act(PAGE, &psid, Act::Read).unwrap();
    stage.simulator.settled().await;
    assert!(ours.take().is_empty(), "nothing new was read");
}

#[tokio::test]
async fn every_act_is_told_in_its_shape() {
    let (stage, ours) = Stage::facebook().await;
    let facebook = stage.simulator.facebook();
    let psid = facebook.add_person(PAGE, "Nguyễn Văn A").unwrap();
    let mid = facebook.write(PAGE, &psid, "một").unwrap();
    let urls = vec!["https://example.com/a.jpg".to_owned(), "https://example.com/b.jpg".to_owned()];
    let acts = [
        Act::Text { text: "hai".into(), reply_to: Some(mid.clone()) },
        Act::Attachment { what: "image".into(), urls, text: None },
        Act::Sticker { sticker_id: 369_239_263_222_822 },
        Act::Location { lat: 10.77, long: 106.7 },
        Act::Edit { mid: mid.clone(), text: "một!".into() },
        Act::Delete { mid: mid.clone() },
        Act::Postback { title: "Bắt đầu".into(), payload: "START".into() },
        Act::Referral { reference: "hcm".into(), source: "SHORTLINK".into() },
        Act::React { mid: mid.clone(), emoji: "😢".into(), reaction: "sad".into(), undo: false },
        Act::Unsupported,
    ];
    for act in acts {
        facebook.act(PAGE, &psid, act).unwrap();
    }
    stage.simulator.settled().await;
    let items: Vec<_> = ours.take().iter().map(|post| post.json()["entry"][0]["messaging"][0].clone()).collect();
    assert_eq!(items.len(), 11, "in the order in which they were done");
    assert_eq!(items[1]["message"]["reply_to"], json!({"mid": mid, "is_self_reply": true}));
    assert_eq!(items[2]["message"]["attachments"][1], json!({"type": "image", "payload": {"url": "https://example.com/b.jpg"}}));
    assert_eq!(items[3]["message"]["attachments"][0]["payload"]["sticker_id"], 369_239_263_222_822_u64);
    assert_eq!(items[4]["message"]["attachments"][0]["payload"]["coordinates"], json!({"lat": 10.77, "long": 106.7}));
    assert_eq!(items[5]["message_edit"], json!({"mid": mid, "text": "một!", "num_edit": "1"}));
    assert_eq!(items[6]["message"], json!({"mid": mid, "is_deleted": true}));
    assert_eq!(items[7]["postback"]["payload"], "START");
    assert_eq!(items[8]["referral"], json!({"ref": "hcm", "source": "SHORTLINK", "type": "OPEN_THREAD"}));
    assert_eq!(items[9]["reaction"], json!({"mid": mid, "action": "react", "emoji": "😢", "reaction": "sad"}));
    assert_eq!(items[10]["message"]["is_unsupported"], true);
}

#[tokio::test]
async fn windows_close_and_a_human_has_a_week() {
    let (stage, _ours) = Stage::facebook().await;
    let facebook = stage.simulator.facebook();
    let psid = facebook.add_person(PAGE, "Nguyễn Văn A").unwrap();
    assert_eq!(graph_error(&stage.send(&psid, "chào").await), (400, 10, 2_018_278), "the person has not written yet");

    facebook.write(PAGE, &psid, "mất điện").unwrap();
    stage.simulator.advance(SignedDuration::from_hours(23));
    assert_eq!(stage.send(&psid, "một").await.0, 200);
    stage.simulator.advance(SignedDuration::from_hours(2));
    assert_eq!(graph_error(&stage.send(&psid, "hai").await), (400, 10, 2_018_278));
    let human =
        |text: &str| json!({"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT", "recipient": {"id": psid}, "message": {"text": text}});
    assert_eq!(stage.graph("me/messages", human("ba")).await.0, 200);
    assert_eq!(graph_error(&stage.send(&psid, "bốn").await).1, 10, "a human answer opens nothing for the program");
    stage.simulator.advance(SignedDuration::from_hours(6 * 24));
    assert_eq!(graph_error(&stage.graph("me/messages", human("năm")).await), (400, 10, 2_018_278));

    facebook.act(PAGE, &psid, Act::React { mid: "m_x".into(), emoji: "👍".into(), reaction: "like".into(), undo: false }).unwrap_err();
    facebook.act(PAGE, &psid, Act::Postback { title: "Tiếp".into(), payload: "GO".into() }).unwrap();
    assert_eq!(stage.send(&psid, "sáu").await.0, 200, "a button opens the window again");
    let texts: Vec<_> = facebook.sent(Some(&psid)).into_iter().map(|sent| sent.text).collect();
    assert_eq!(texts, ["một", "ba", "sáu"]);
}

#[tokio::test]
async fn what_the_send_api_refuses() {
    let (stage, _ours) = Stage::facebook().await;
    let facebook = stage.simulator.facebook();
    let psid = facebook.add_person(PAGE, "Nguyễn Văn A").unwrap();
    facebook.write(PAGE, &psid, "chào").unwrap();
    let reply = |title: &str| json!({"content_type": "text", "title": title, "payload": "P"});
    let refused = [
        json!({"text": "à".repeat(2_001)}),
        json!({"text": ""}),
        json!({}),
        json!({"text": "a", "attachment": {"type": "image", "payload": {"url": "https://example.com/a.jpg"}}}),
        json!({"text": "a", "quick_replies": vec![reply("Có"); 14]}),
        json!({"text": "a", "quick_replies": [reply(&"a".repeat(21))]}),
        json!({"text": "a", "quick_replies": [reply("")]}),
        json!({"text": "a", "metadata": "m".repeat(1_000)}),
        json!({"attachment": {"type": "image", "payload": {"url": "http://example.com/a.jpg"}}}),
        json!({"attachment": {"type": "image", "payload": {"url": "javascript:alert(1)"}}}),
        json!({"attachment": {"type": "image", "payload": {"attachment_id": "99"}}}),
        json!({"attachment": {"type": "gift", "payload": {}}}),
        json!({"attachment": {"type": "template", "payload": {"template_type": "button", "text": "a".repeat(641), "buttons": [{"type": "postback", "title": "A", "payload": "A"}]}}}),
        json!({"attachment": {"type": "template", "payload": {"template_type": "button", "text": "a", "buttons": []}}}),
        json!({"attachment": {"type": "template", "payload": {"template_type": "button", "text": "a", "buttons": vec![json!({"type": "postback", "title": "A", "payload": "A"}); 4]}}}),
        json!({"text": {"a": 1}}),
    ];
    for message in refused {
        let answer = stage.graph("me/messages", json!({"recipient": {"id": psid}, "message": message})).await;
        assert_eq!(graph_error(&answer), (400, 100, 0), "{message}");
    }
    let allowed = [
        json!({"text": "à".repeat(2_000)}),
        json!({"text": "a", "quick_replies": vec![reply("à".repeat(20).as_str()); 13]}),
        json!({"attachment": {"type": "template", "payload": {"template_type": "button", "text": "a", "buttons": [{"type": "postback", "title": "A", "payload": "A"}, {"type": "web_url", "title": "B", "url": "https://example.com/"}]}}}),
    ];
    for message in allowed {
        let (status, answer) = stage.graph("me/messages", json!({"recipient": {"id": psid}, "message": message})).await;
        assert_eq!(status, 200, "{answer}");
    }
    let send = |body| stage.graph("me/messages", body);
    let text = json!({"text": "a"});
    assert_eq!(graph_error(&send(json!({"recipient": {"id": "7999"}, "message": text})).await), (400, 100, 2_018_001));
    assert_eq!(
        graph_error(
            &send(json!({"recipient": {"id": psid}, "messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE", "message": text})).await
        )
        .1,
        100
    );
    assert_eq!(graph_error(&send(json!({"recipient": {"id": psid}, "sender_action": "typing_on", "message": text})).await).1, 100);
    assert_eq!(send(json!({"recipient": {"id": psid}, "sender_action": "typing_on"})).await.0, 200);
    facebook.act(PAGE, &psid, Act::Block).unwrap();
    assert_eq!(graph_error(&send(json!({"recipient": {"id": psid}, "message": text})).await), (400, 551, 1_545_041));
    assert_eq!(facebook.sent_total(), 3, "a refused message is not sent");
}

#[tokio::test]
async fn tokens_and_proofs_are_checked() {
    let (stage, _ours) = Stage::facebook().await;
    let facebook = stage.simulator.facebook();
    facebook.add_page(Page::new("999", "Trang khác", "1234567", "OTHERTOKEN")).unwrap();
    let get = async |query: &str| answer(stage.client.get(stage.url(&format!("/v25.0/me?{query}"))).send().await.unwrap()).await;

    assert_eq!(graph_error(&get("").await), (401, 190, 0));
    assert_eq!(graph_error(&get("access_token=nonsense").await), (401, 190, 0));
    let (status, me) = get(&format!("access_token={TOKEN}&fields=id,name")).await;
    assert_eq!((status, me), (200, json!({"id": PAGE, "name": "Đối Thoại"})));
    let proof = "e548b6d33ee98e79a70e631093521964a234c40582daf447be29aa38c48d9364";
    assert_eq!(get(&format!("access_token={TOKEN}&appsecret_proof={proof}")).await.0, 200);
    let wrong = get(&format!("access_token={TOKEN}&appsecret_proof={}", proof.replace('e', "f"))).await;
    assert_eq!(graph_error(&wrong), (400, 100, 0));
    let other = stage.graph("999/messages", json!({"recipient": {"id": "1"}, "message": {"text": "a"}})).await;
    assert_eq!(graph_error(&other), (403, 200, 0), "the token is another page's");

    facebook.expire_token(PAGE);
    assert_eq!(graph_error(&get(&format!("access_token={TOKEN}")).await), (401, 190, 460));
    facebook.set_token(PAGE, "EAANEW").unwrap();
    assert_eq!(get("access_token=EAANEW").await.0, 200);
    assert_eq!(graph_error(&get(&format!("access_token={TOKEN}")).await), (401, 190, 0));
}

#[tokio::test]
async fn usage_headers_tell_the_share_of_the_day() {
    let stage = Stage::new().await;
    let facebook = stage.simulator.facebook();
    facebook.add_app(simulator::facebook::App::new("1", SECRET));
    let page = Page { engaged_users: 1, ..Page::new(PAGE, "Đối Thoại", "1", TOKEN) };
    facebook.add_page(page).unwrap();
    let call = || stage.client.get(stage.url("/v25.0/me")).bearer_auth(TOKEN).send();
    for _ in 0..99 {
        call().await.unwrap();
    }
    let response = call().await.unwrap();
    assert_eq!(response.headers()["x-app-usage"], r#"{"call_count":50,"total_time":50,"total_cputime":50}"#);
    for _ in 0..100 {
        assert_eq!(call().await.unwrap().status(), 200);
    }
    assert_eq!(graph_error(&answer(call().await.unwrap()).await), (403, 4, 0));
    stage.simulator.advance(SignedDuration::from_hours(24));
    assert_eq!(call().await.unwrap().status(), 200);
}

#[tokio::test]
async fn sends_are_capped_by_the_second() {
    let (stage, _ours) = Stage::facebook().await;
    let facebook = stage.simulator.facebook();
    let psid = facebook.add_crowd(PAGE, 1).unwrap().remove(0);
    let audio =
        json!({"recipient": {"id": psid}, "message": {"attachment": {"type": "audio", "payload": {"url": "https://example.com/a.mp3"}}}});
    for _ in 0..10 {
        assert_eq!(stage.graph("me/messages", audio.clone()).await.0, 200);
    }
    assert_eq!(graph_error(&stage.graph("me/messages", audio.clone()).await), (429, 613, 0));
    stage.simulator.advance(SignedDuration::from_secs(1));
    assert_eq!(stage.graph("me/messages", audio).await.0, 200);
}

#[tokio::test]
async fn files_are_handed_over_once_and_sent_by_id() {
    let (stage, _ours) = Stage::facebook().await;
    let facebook = stage.simulator.facebook();
    let psid = facebook.add_crowd(PAGE, 1).unwrap().remove(0);
    let upload = async |bytes: Vec<u8>, kind: &str| {
        let message = json!({"attachment": {"type": kind, "payload": {"is_reusable": true}}}).to_string();
        let part = reqwest::multipart::Part::bytes(bytes).file_name("giay-phep.png");
        let form = reqwest::multipart::Form::new().text("message", message).part("filedata", part);
        let request = stage.client.post(stage.url(&format!("/v25.0/{PAGE}/message_attachments?access_token={TOKEN}"))).multipart(form);
        answer(request.send().await.unwrap()).await
    };
    let png = b"\x89PNG\r\n\x1a\n rest".to_vec();
    let (status, uploaded) = upload(png.clone(), "image").await;
    assert_eq!(status, 200, "{uploaded}");
    let message = json!({"attachment": {"type": "image", "payload": {"attachment_id": uploaded["attachment_id"]}}});
    assert_eq!(stage.graph("me/messages", json!({"recipient": {"id": psid}, "message": message})).await.0, 200);

    assert_eq!(graph_error(&upload(b"<html>".to_vec(), "image").await), (400, 100, 0), "not a picture");
    let mut large = png;
    large.resize((8 << 20) + 1, 0);
    assert_eq!(graph_error(&upload(large.clone(), "image").await), (400, 100, 0), "over 8 MB");
    assert_eq!(upload(large, "file").await.0, 200, "a file may have 25 MB");
    assert_eq!(graph_error(&upload(vec![0; 27 << 20], "file").await), (413, 100, 0), "refused unread");
    let body = format!(r#"{{"recipient":{{"id":"{psid}"}},"message":{{"text":"{}"}}}}"#, "a".repeat(2 << 20));
    let request = stage.client.post(stage.url("/v25.0/me/messages")).bearer_auth(TOKEN).header("content-type", "application/json");
    assert_eq!(graph_error(&answer(request.body(body).send().await.unwrap()).await), (413, 100, 0));
}

#[tokio::test]
async fn people_and_conversations_can_be_read_in_pages() {
    let (stage, _ours) = Stage::facebook().await;
    let facebook = stage.simulator.facebook();
    let mut people = Vec::new();
    for n in 0..3 {
        let psid = facebook.add_person(PAGE, &format!("Nguyễn Văn {n}")).unwrap();
        facebook.write(PAGE, &psid, &format!("tin {n}")).unwrap();
        stage.simulator.advance(SignedDuration::from_secs(1));
        people.push(psid);
    }
    let (_, person) = stage.graph_get(&format!("{}?fields=first_name,last_name", people[0])).await;
    assert_eq!(person, json!({"id": people[0], "first_name": "0", "last_name": "Nguyễn Văn"}));

    let fields = "fields=participants,updated_time,messages{message,from,created_time}";
    let (_, first) = stage.graph_get(&format!("me/conversations?platform=messenger&limit=2&{fields}")).await;
    assert_eq!(first["data"].as_array().map(Vec::len), Some(2), "{first}");
    assert_eq!(first["data"][0]["messages"]["data"][0]["message"], "tin 2", "newest first");
    assert_eq!(first["data"][0]["messages"]["data"][0]["created_time"], "2026-09-21T14:13:22+0000");
    let next = first["paging"]["next"].as_str().unwrap();
    let (_, second) = answer(stage.client.get(next).send().await.unwrap()).await;
    assert_eq!(second["data"].as_array().unwrap().len(), 1);
    assert!(second["paging"]["next"].is_null());
    assert_eq!(graph_error(&stage.graph_get("me/conversations").await), (429, 613, 0), "two calls a second, not three");
}

#[tokio::test]
async fn a_batch_answers_each_call_under_200() {
    let (stage, _ours) = Stage::facebook().await;
    let psid = stage.simulator.facebook().add_crowd(PAGE, 1).unwrap().remove(0);
    let item = |text: &str, to: &str| json!({"method": "POST", "relative_url": "me/messages", "body": format!("recipient=%7B%22id%22%3A%22{to}%22%7D&message=%7B%22text%22%3A%22{text}%22%7D")});
    let (status, answers) = stage.graph("", json!({"batch": [item("a", &psid), item("b", "1")]})).await;
    assert_eq!(status, 200);
    assert_eq!((answers[0]["code"].as_u64(), answers[1]["code"].as_u64()), (Some(200), Some(400)));
    assert!(answers[1]["body"].as_str().unwrap().contains("2018001"));
}

#[tokio::test]
async fn an_answer_typed_in_the_inbox_is_echoed_with_the_inbox_app() {
    let (stage, ours) = Stage::facebook().await;
    let facebook = stage.simulator.facebook();
    let psid = facebook.add_person(PAGE, "Nguyễn Văn A").unwrap();
    facebook.answer_in_inbox(PAGE, &psid, "Chào anh").unwrap();
    stage.simulator.settled().await;
    let echo = ours.messaging("message").remove(0);
    assert_eq!((echo["message"]["app_id"].as_u64(), echo["message"]["text"].as_str()), (Some(263_902_037_430_900), Some("Chào anh")));
    assert_eq!(facebook.sent_total(), 0, "no app sent it");
}
