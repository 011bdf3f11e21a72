//! Zalo: messages both ways, windows, quotas, uploads, reading, webhooks and their retries.

use jiff::SignedDuration;
use serde_json::json;
use sha2::{Digest, Sha256};
use simulator::zalo::{Account, Act, App, FirstTerm};
use simulator::{CallKind, Fault, Rule, State};

use crate::stage::{ACCESS, OA, OA_SECRET, Reply, Stage, ZALO_APP, ZALO_APP_SECRET, answer, zalo_result};

fn mac(first: &str, body: &[u8], timestamp: &str) -> String {
    let mut hash = Sha256::new();
    for part in [first.as_bytes(), body, timestamp.as_bytes(), OA_SECRET.as_bytes()] {
        hash.update(part);
    }
    format!("mac={}", hex::encode(hash.finalize()))
}

#[tokio::test]
async fn a_message_arrives_signed_in_utf8() {
    let (stage, ours) = Stage::zalo().await;
    let zalo = stage.simulator.zalo();
    let person = zalo.add_person(OA, "Trần Thị B").unwrap();
    let id = zalo.write(OA, &person, "Xin chào").unwrap();
    stage.simulator.settled().await;
    let post = ours.take().remove(0);
    let body = post.json();
    assert!(std::str::from_utf8(&post.body).unwrap().contains("Xin chào"), "not escaped");
    assert_eq!(post.header("x-zevent-signature"), Some(mac(ZALO_APP, &post.body, "1790000000000").as_str()));
    assert_eq!(post.header("num_retry"), None);
    let by_app = body["user_id_by_app"].as_str().unwrap();
    assert_eq!(
        body,
        json!({
            "app_id": ZALO_APP, "user_id_by_app": by_app, "event_name": "user_send_text", "timestamp": "1790000000000",
            "sender": {"id": person}, "recipient": {"id": OA}, "message": {"text": "Xin chào", "msg_id": id},
        })
    );
}

#[tokio::test]
async fn the_disputed_forms_of_the_signature() {
    let (stage, ours) = Stage::zalo().await;
    let zalo = stage.simulator.zalo();
    let person = zalo.add_person(OA, "Trần Thị B").unwrap();
    let app = App { webhook: Some(ours.url.clone()), first_term: FirstTerm::OaId, ..App::new(ZALO_APP, ZALO_APP_SECRET) };
    zalo.add_app(app.clone());
    zalo.write(OA, &person, "một").unwrap();
    stage.simulator.settled().await;
    let post = ours.take().remove(0);
    assert_eq!(post.header("x-zevent-signature"), Some(mac(OA, &post.body, "1790000000000").as_str()));

    zalo.add_app(App { first_term: FirstTerm::AppId, timestamp_header: true, ..app });
    zalo.write(OA, &person, "hai").unwrap();
    stage.simulator.settled().await;
    let post = ours.take().remove(0);
    assert_eq!(post.header("x-zevent-timestamp"), Some("1790000000003"));
    assert_eq!(post.header("x-zevent-signature"), Some(mac(ZALO_APP, &post.body, "1790000000003").as_str()));
}

#[tokio::test]
async fn an_answer_takes_from_the_quota_and_is_echoed() {
    let (stage, ours) = Stage::zalo().await;
    let zalo = stage.simulator.zalo();
    let person = zalo.add_person(OA, "Trần Thị B").unwrap();
    zalo.write(OA, &person, "mất điện").unwrap();
    stage.simulator.settled().await;
    ours.take();
    let (error, data) = stage.zalo_send(&person, "Đã tiếp nhận").await;
    assert_eq!((error, data["user_id"].as_str()), (0, Some(person.as_str())));
    assert_eq!(data["quota"], json!({"quota_type": "reply", "remain": "7", "total": "8", "expired_date": "23/09/2026"}));
    zalo.act(OA, &person, Act::Read).unwrap();
    zalo.act(OA, &person, Act::Read).unwrap();
    stage.simulator.settled().await;
    let events = ours.events();
    let names: Vec<_> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["oa_send_text", "user_received_message", "user_seen_message"]);
    assert_eq!(events[0].1["message"], json!({"text": "Đã tiếp nhận", "msg_id": data["message_id"]}));
    assert_eq!((events[0].1["sender"]["id"].as_str(), events[1].1["sender"]["id"].as_str()), (Some(OA), Some(OA)));
    assert_eq!(events[2].1["message"], json!({"msg_ids": [data["message_id"]]}));
}

#[tokio::test]
async fn windows_and_quotas_run_out() {
    let (stage, _ours) = Stage::zalo().await;
    let zalo = stage.simulator.zalo();
    zalo.add_account(Account { free_replies: 2, paid_messages: 1, ..Account::new("77", "Khác", ZALO_APP, OA_SECRET) }).unwrap();
    let tokens = zalo.authorise("77").unwrap();
    let send = async |person: &str, text: &str| {
        let body = json!({"recipient": {"user_id": person}, "message": {"text": text}});
        let request = stage.client.post(stage.url("/v3.0/oa/message/cs")).header("access_token", &tokens.access).json(&body);
        zalo_result(answer(request.send().await.unwrap()).await)
    };
    let person = zalo.add_person("77", "Trần Thị B").unwrap();
    assert_eq!(send(&person, "chào").await.0, -232, "no interaction yet");
    zalo.act("77", &person, Act::Follow).unwrap();
    assert_eq!(send(&person, "một").await.1["quota"]["remain"], "1");
    assert_eq!(send(&person, "hai").await.1["quota"]["remain"], "0");
    assert_eq!(send(&person, "ba").await.1["quota"]["quota_type"], "sub_quota");
    assert_eq!(send(&person, "bốn").await.0, -211);
    zalo.write("77", &person, "vâng").unwrap();
    assert_eq!(send(&person, "năm").await.1["quota"]["quota_type"], "reply", "a message opens the frame anew");

    let body = json!({"user_id": person});
    let request = stage.client.post(stage.url("/v3.0/oa/quota/message")).header("access_token", &tokens.access).json(&body);
    let (_, quota) = zalo_result(answer(request.send().await.unwrap()).await);
    assert_eq!((quota["cs_reply"].clone(), quota["last_interaction"].as_str()), (json!({"remain": 1, "total": 2}), Some("1790000000000")));

    stage.simulator.advance(SignedDuration::from_hours(49));
    let tokens = zalo.authorise("77").unwrap();
    let late = async |text: &str| {
        let body = json!({"recipient": {"user_id": person}, "message": {"text": text}});
        let request = stage.client.post(stage.url("/v3.0/oa/message/cs")).header("access_token", &tokens.access).json(&body);
        zalo_result(answer(request.send().await.unwrap()).await).0
    };
    assert_eq!(late("sáu").await, -211, "charged, and nothing is left");
    zalo.act("77", &person, Act::Unfollow).unwrap();
    assert_eq!(late("bảy").await, -213);
    zalo.act("77", &person, Act::Block).unwrap();
    assert_eq!(late("tám").await, -217);
}

#[tokio::test]
async fn after_seven_days_nothing_but_a_template() {
    let (stage, _ours) = Stage::zalo().await;
    let zalo = stage.simulator.zalo();
    let person = zalo.add_person(OA, "Trần Thị B").unwrap();
    zalo.write(OA, &person, "chào").unwrap();
    stage.simulator.advance(SignedDuration::from_hours(24 * 7));
    zalo.authorise_with(OA, &simulator::zalo::Tokens { access: ACCESS.into(), refresh: "r".into() }).unwrap();
    let (error, data) = stage.zalo_send(&person, "một").await;
    assert_eq!((error, data["quota"]["quota_type"].as_str()), (0, Some("sub_quota")));
    stage.simulator.advance(SignedDuration::from_secs(1));
    assert_eq!(stage.zalo_send(&person, "hai").await.0, -230);
    zalo.act(OA, &person, Act::Read).unwrap();
    assert_eq!(stage.zalo_send(&person, "hai").await.0, -230, "seeing is not interacting");
}

#[tokio::test]
async fn what_the_consultation_call_refuses() {
    let (stage, _ours) = Stage::zalo().await;
    let zalo = stage.simulator.zalo();
    let person = zalo.add_crowd(OA, 1).unwrap().remove(0);
    let send = async |message| {
        zalo_result(stage.zalo_post("/v3.0/oa/message/cs", json!({"recipient": {"user_id": person}, "message": message})).await).0
    };
    // "ễ" is one character in NFC, three code points in NFD.
    assert_eq!(send(json!({"text": "e\u{302}\u{303}".repeat(2_000)})).await, 0);
    assert_eq!(send(json!({"text": "ễ".repeat(2_001)})).await, -210);
    let template = |payload| json!({"attachment": {"type": "template", "payload": payload}});
    let button = json!({"title": "Có", "type": "oa.query.show", "payload": "CO"});
    for (message, error) in [
        (json!({}), -201),
        (json!({"text": " "}), -201),
        (json!({"text": 7}), 0),
        (json!({"text": {"a": 1}}), -201),
        (template(json!({"template_type": "list"})), -233),
        (template(json!({"template_type": "media", "elements": []})), -201),
        (template(json!({"template_type": "media", "elements": [{"media_type": "image", "attachment_id": "unknown"}]})), -100),
        (template(json!({"template_type": "media", "elements": [{"media_type": "gif", "url": "https://example.com/a.gif"}]})), -201),
        (template(json!({"template_type": "media", "elements": [{"media_type": "image", "url": "javascript:1"}]})), -201),
        (template(json!({"template_type": "media", "elements": [{"media_type": "image", "url": "https://example.com/a.jpg"}]})), 0),
        (template(json!({"template_type": "button", "text": "Đúng không?", "buttons": []})), -201),
        (template(json!({"template_type": "button", "text": "Đúng không?", "buttons": vec![button.clone(); 6]})), -210),
        (template(json!({"template_type": "button", "text": "Đúng không?", "buttons": [button]})), 0),
        (template(json!({"template_type": "request_user_info", "elements": [{"title": "a", "subtitle": "b"}]})), -201),
        (
            template(
                json!({"template_type": "request_user_info", "elements": [{"title": "a", "subtitle": "b", "image_url": "https://example.com/a.jpg"}]}),
            ),
            0,
        ),
        (json!({"attachment": {"type": "file", "payload": {"token": "unknown"}}}), -100),
    ] {
        assert_eq!(send(message.clone()).await, error, "{message}");
    }
    assert_eq!(stage.zalo_send("4000000000000000009", "a").await.0, -201, "nobody");
    let v2 = json!({"recipient": {"user_id": person}, "message": {"text": "a"}});
    assert_eq!(zalo_result(stage.zalo_post("/v2.0/oa/message", v2).await).0, -240);
    let not_json = stage.client.post(stage.url("/v3.0/oa/message/cs")).header("access_token", ACCESS).body("{".repeat(10_000));
    assert_eq!(answer(not_json.send().await.unwrap()).await.1["error"], -201);
    let large = stage.client.post(stage.url("/v3.0/oa/message/cs")).header("access_token", ACCESS).body("a".repeat(2 << 20));
    assert_eq!(answer(large.send().await.unwrap()).await.1["error"], -210);
}

#[tokio::test]
async fn tokens_proofs_and_rates() {
    let (stage, _ours) = Stage::zalo().await;
    let get = async |token: &str, proof: Option<&str>| {
        let mut request = stage.client.get(stage.url("/v2.0/oa/getoa")).header("access_token", token);
        if let Some(proof) = proof {
            request = request.header("appsecret_proof", proof);
        }
        request.send().await.unwrap()
    };
    let response = get(ACCESS, None).await;
    assert_eq!(
        (response.headers()["x-ratelimit-limit"].as_bytes(), response.headers()["x-ratelimit-remain"].as_bytes()),
        (&b"4000"[..], &b"3999"[..])
    );
    assert_eq!(answer(response).await.1["data"]["name"], "1022 TP.HCM");
    assert_eq!(answer(get("wrong", None).await).await.1["error"], -216);
    let bearer = stage.client.get(stage.url("/v2.0/oa/getoa")).bearer_auth(ACCESS);
    assert_eq!(answer(bearer.send().await.unwrap()).await.1["error"], -216, "never as Authorization");
    let proof = "bd7670ef00ef4fa23cfc0b7c4790acfed157df481726078851f949082297615b";
    assert_eq!(answer(get(ACCESS, Some(proof)).await).await.1["error"], 0);
    assert_eq!(answer(get(ACCESS, Some("00")).await).await.1["error"], -242);
    let app = App { calls_per_minute: 5, ..App::new(ZALO_APP, ZALO_APP_SECRET) };
    stage.simulator.zalo().add_app(app);
    for _ in 0..5 {
        assert_eq!(answer(get(ACCESS, None).await).await.1["error"], 0);
    }
    assert_eq!(answer(get(ACCESS, None).await).await.1["error"], -32, "the minute is used up");
    stage.simulator.advance(SignedDuration::from_mins(1));
    assert_eq!(answer(get(ACCESS, None).await).await.1["error"], 0);
    stage.simulator.advance(SignedDuration::from_hours(25));
    assert_eq!(answer(get(ACCESS, None).await).await.1["error"], -220);
}

#[tokio::test]
async fn pictures_and_files_are_handed_over_and_expire() {
    let (stage, _ours) = Stage::zalo().await;
    let person = stage.simulator.zalo().add_crowd(OA, 1).unwrap().remove(0);
    let upload = async |kind: &str, name: &str, bytes: Vec<u8>| {
        let part = reqwest::multipart::Part::bytes(bytes).file_name(name.to_owned());
        let request = stage.client.post(stage.url(&format!("/v2.0/oa/upload/{kind}"))).header("access_token", ACCESS);
        let request = request.multipart(reqwest::multipart::Form::new().part("file", part));
        let answer = answer(request.send().await.unwrap()).await;
        (answer.1["error"].as_i64(), answer.1["data"].clone())
    };
    let png = b"\x89PNG\r\n\x1a\n rest".to_vec();
    let (error, image) = upload("image", "a.png", png.clone()).await;
    assert_eq!(error, Some(0));
    let mut large = png.clone();
    large.resize((1 << 20) + 1, 0);
    assert_eq!(upload("image", "a.png", large).await.0, Some(-210), "over 1 MB");
    assert_eq!(upload("image", "a.png", b"GIF89a".to_vec()).await.0, Some(-201));
    assert_eq!(upload("gif", "a.gif", b"GIF89a".to_vec()).await.0, Some(0));
    assert_eq!(upload("file", "a.pdf", b"%PDF-1.7".to_vec()).await.0, Some(0));
    assert_eq!(upload("file", "a.pdf", png).await.0, Some(-201), "not what its name says");
    assert_eq!(upload("file", "a.exe", b"MZ".to_vec()).await.0, Some(-201));
    assert_eq!(upload("file", "a.csv", vec![b'a'; 7 << 20]).await.0, Some(-210), "over the body's limit");

    let message = |id: &serde_json::Value| {
        json!({"recipient": {"user_id": person}, "message": {"text": "Xem ảnh", "attachment": {"type": "template", "payload":
            {"template_type": "media", "elements": [{"media_type": "image", "attachment_id": id}]}}}})
    };
    let sent = stage.zalo_post("/v3.0/oa/message/cs", message(&image["attachment_id"])).await;
    assert_eq!(zalo_result(sent).0, 0);
    stage.simulator.advance(SignedDuration::from_hours(7 * 24));
    stage.simulator.zalo().write(OA, &person, "còn đó không").unwrap();
    let tokens = simulator::zalo::Tokens { access: ACCESS.into(), refresh: "r".into() };
    stage.simulator.zalo().authorise_with(OA, &tokens).unwrap();
    assert_eq!(zalo_result(stage.zalo_post("/v3.0/oa/message/cs", message(&image["attachment_id"])).await).0, -100);
}

#[tokio::test]
async fn every_act_is_told_in_its_shape() {
    let (stage, ours) = Stage::zalo().await;
    let zalo = stage.simulator.zalo();
    let person = zalo.add_person(OA, "Trần Thị B").unwrap();
    let first = zalo.write(OA, &person, "một").unwrap();
    let url = || "https://example.com/a".to_owned();
    let acts = [
        Act::Text { text: "hai".into(), quote: Some(first.clone()) },
        Act::Image { urls: vec![url()], text: Some("ảnh".into()) },
        Act::Gif { url: url() },
        Act::Link { url: url(), description: "d".into() },
        Act::Audio { url: url() },
        Act::Video { url: url() },
        Act::Sticker { id: "1".into() },
        Act::Location { latitude: 10.5, longitude: 106.7 },
        Act::File { url: url(), name: "gp.pdf".into(), size: 12, md5: "ab".into() },
        Act::BusinessCard { phone: "0900000001".into() },
        Act::Follow,
        Act::Unfollow,
        Act::ClickChat,
        Act::ClickChat,
        Act::ShareContact { name: "Trần Thị B".into(), phone: "84900000001".into(), address: "Quận 1".into() },
        Act::React { message: first.clone(), icon: "/-strong".into() },
        Act::Call { duration: 1_000 },
        Act::Withdraw,
    ];
    for act in acts {
        zalo.act(OA, &person, act).unwrap();
    }
    zalo.post_event(OA, "change_oa_daily_quota", json!({"quota": 5}));
    stage.simulator.settled().await;
    let mut events = ours.events();
    let last = events.iter().position(|(name, _)| name == "change_oa_daily_quota").unwrap();
    events.remove(last);
    let names: Vec<_> = events.iter().map(|(name, _)| name.strip_prefix("user_").unwrap_or(name)).collect();
    assert_eq!(
        names,
        [
            "send_text",
            "send_text",
            "send_image",
            "send_gif",
            "send_link",
            "send_audio",
            "send_video",
            "send_sticker",
            "send_location",
            "send_file",
            "send_business_card",
            "follow",
            "unfollow",
            "click_chatnow",
            "submit_info",
            "reacted_message",
            "call_oa",
            "withdraw",
        ],
        "the chat button is told once"
    );
    assert_eq!(events[1].1["message"]["quote_msg_id"], first.as_str());
    assert_eq!(events[2].1["message"]["attachments"][0]["payload"]["url"], "https://example.com/a");
    assert_eq!(events[8].1["message"]["attachments"][0]["payload"]["coordinates"], json!({"latitude": "10.5", "longitude": "106.7"}));
    assert_eq!(events[9].1["message"]["attachments"][0]["payload"]["checksum"], "ab");
    assert_eq!((events[11].1["follower"]["id"].as_str(), events[11].1.get("sender")), (Some(person.as_str()), None));
    assert_eq!(events[14].1["info"]["phone"], "84900000001");
}

#[tokio::test]
async fn people_and_talks_can_be_read() {
    let (stage, _ours) = Stage::zalo().await;
    let zalo = stage.simulator.zalo();
    let person = zalo.add_person(OA, "Trần Thị B").unwrap();
    for n in 0..12 {
        zalo.write(OA, &person, &format!("tin {n}")).unwrap();
    }
    zalo.answer_in_chat_tool(OA, &person, "chào chị").unwrap();
    let (error, page) = zalo_result(stage.zalo_get("/v2.0/oa/conversation", json!({"user_id": person, "offset": 0, "count": 10})).await);
    assert_eq!((error, page.as_array().unwrap().len()), (0, 10));
    assert_eq!((page[0]["src"].as_u64(), page[0]["message"].as_str()), (Some(0), Some("chào chị")));
    assert_eq!((page[1]["src"].as_u64(), page[1]["time"].as_i64()), (Some(1), Some(1_790_000_000_000)));
    assert_eq!(zalo_result(stage.zalo_get("/v2.0/oa/conversation", json!({"user_id": person, "count": 11})).await).0, -201);
    let (_, recent) = zalo_result(stage.zalo_get("/v2.0/oa/listrecentchat", json!({"offset": 0, "count": 5})).await);
    assert_eq!(recent[0]["from_id"], OA);
    let (_, detail) = zalo_result(stage.zalo_get("/v3.0/oa/user/detail", json!({"user_id": person})).await);
    assert_eq!(
        (detail["display_name"].as_str(), detail["user_is_follower"].as_bool(), detail["user_last_interaction_date"].as_str()),
        (Some("Trần Thị B"), Some(false), Some("21/09/2026"))
    );
}

#[tokio::test]
async fn an_answer_typed_in_the_chat_tool_names_its_admin() {
    let (stage, ours) = Stage::zalo().await;
    let zalo = stage.simulator.zalo();
    let person = zalo.add_person(OA, "Trần Thị B").unwrap();
    zalo.answer_in_chat_tool(OA, &person, "Chào chị").unwrap();
    stage.simulator.settled().await;
    let (name, body) = ours.events().remove(0);
    assert_eq!((name.as_str(), body["message"]["text"].as_str()), ("oa_send_text", Some("Chào chị")));
    assert!(body["sender"]["admin_id"].is_string());
    assert_eq!(zalo.sent_total(), 0);
}

#[tokio::test]
async fn buttons_say_their_query_and_hand_over_the_contact() {
    let (stage, ours) = Stage::zalo().await;
    let zalo = stage.simulator.zalo();
    let person = zalo.add_crowd(OA, 1).unwrap().remove(0);
    let buttons = json!({"recipient": {"user_id": person}, "message": {"attachment": {"type": "template", "payload": {
        "template_type": "button", "text": "Đúng không?", "buttons": [
            {"title": "Đúng", "type": "oa.query.hide", "payload": "#DUNG"}, {"title": "Gọi", "type": "oa.open.phone", "payload": {"phone_code": "841022"}}]}}}});
    let asked = zalo_result(stage.zalo_post("/v3.0/oa/message/cs", buttons).await).1;
    let contact = json!({"recipient": {"user_id": person}, "message": {"attachment": {"type": "template", "payload": {
        "template_type": "request_user_info", "elements": [{"title": "Cho xin số", "subtitle": "để gọi lại", "image_url": "https://example.com/a.jpg"}]}}}});
    let wanted = zalo_result(stage.zalo_post("/v3.0/oa/message/cs", contact).await).1;
    stage.simulator.settled().await;
    ours.take();
    let tap = |id: &serde_json::Value, index| zalo.tap(OA, &person, id.as_str().unwrap(), index, "Trần Thị B", "84900000001");
    tap(&asked["message_id"], 0).unwrap();
    tap(&asked["message_id"], 1).unwrap();
    tap(&asked["message_id"], 2).unwrap_err();
    tap(&wanted["message_id"], 0).unwrap();
    stage.simulator.settled().await;
    let events = ours.events();
    assert_eq!(events.len(), 2);
    assert_eq!((events[0].0.as_str(), events[0].1["message"]["text"].as_str()), ("user_send_text", Some("#DUNG")));
    assert_eq!((events[1].0.as_str(), events[1].1["info"]["phone"].as_str()), ("user_submit_info", Some("84900000001")));
}

#[tokio::test]
async fn zalo_tries_five_times_more_and_switches_the_app_off() {
    let (stage, ours) = Stage::zalo().await;
    let zalo = stage.simulator.zalo();
    let person = zalo.add_person(OA, "Trần Thị B").unwrap();
    ours.answer_next([Reply::Status(500); 6]);
    zalo.write(OA, &person, "chào").unwrap();
    let mut retries = Vec::new();
    for wait in [0, 30, 5 * 60, 15 * 60, 30 * 60, 60 * 60] {
        if wait > 0 {
            stage.simulator.advance(SignedDuration::from_secs(wait - 1));
            stage.simulator.settled().await;
            assert!(ours.take().is_empty(), "one second before {wait} s");
            stage.simulator.advance(SignedDuration::from_secs(1));
        }
        stage.simulator.settled().await;
        let posts = ours.take();
        assert_eq!(posts.len(), 1, "after {wait} s");
        retries.push(posts[0].header("num_retry").map(str::to_owned));
    }
    let expected: Vec<_> = [None, Some("1"), Some("2"), Some("3"), Some("4"), Some("5")].map(|n| n.map(str::to_owned)).into();
    assert_eq!(retries, expected);
    assert!(zalo.is_disabled(ZALO_APP));
    assert_eq!(stage.simulator.deliveries()[0].state, State::GivenUp);

    zalo.write(OA, &person, "không ai nghe").unwrap();
    stage.simulator.settled().await;
    assert!(ours.take().is_empty());
    zalo.set_webhook(ZALO_APP, &ours.url).unwrap();
    zalo.write(OA, &person, "nghe lại").unwrap();
    stage.simulator.settled().await;
    assert_eq!(ours.take().len(), 1, "switched on again by hand");
}

#[tokio::test]
async fn faults_in_zalos_words() {
    let (stage, ours) = Stage::zalo().await;
    let zalo = stage.simulator.zalo();
    let person = zalo.add_crowd(OA, 1).unwrap().remove(0);
    zalo.add_fault(Rule::next(CallKind::Send, Fault::TooMany)).unwrap();
    assert_eq!(stage.zalo_send(&person, "một").await.0, -32);
    zalo.add_fault(Rule::next(CallKind::Send, Fault::ServerError)).unwrap();
    let body = json!({"recipient": {"user_id": person}, "message": {"text": "một"}});
    assert_eq!(stage.zalo_post("/v3.0/oa/message/cs", body.clone()).await.0, 500);
    zalo.add_fault(Rule::next(CallKind::Send, Fault::LostReply)).unwrap();
    let request = stage.client.post(stage.url("/v3.0/oa/message/cs")).header("access_token", ACCESS).json(&body);
    request.send().await.unwrap_err();
    stage.simulator.settled().await;
    assert_eq!(ours.events()[0].1["message"]["text"], "một", "sent, and nobody was told but by the echo");
    zalo.add_fault(Rule::next(CallKind::Send, Fault::TokenExpired).after(1)).unwrap();
    assert_eq!(stage.zalo_send(&person, "hai").await.0, 0);
    assert_eq!(stage.zalo_send(&person, "ba").await.0, -220);
    assert_eq!(stage.zalo_send(&person, "ba").await.0, -220, "until it is refreshed");
    assert!(zalo.repeats().is_empty());
}
