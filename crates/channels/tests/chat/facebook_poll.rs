//! After an outage the poll brings what the webhook would have brought.

use channels::event::{Event, Kind};
use channels::facebook::{self, poll};
use channels::{Error, http::Client};

use crate::facebook_calls::access;
use crate::wire::{Reply, Wire, client, nobody};

/// Walks to the end, or to the first fault.
async fn walk(client: &Client, access: &facebook::Access, mut cursor: poll::Cursor) -> Result<Vec<Event>, Error> {
    let mut all = Vec::new();
    while !cursor.is_done() {
        let (events, next) = poll::step(client, access, &cursor).await?;
        // It is stored between two steps.
        let stored = serde_json::to_string(&next).unwrap();
        assert!(!stored.contains("EAA") && !stored.contains("appsecret"), "{stored}");
        cursor = serde_json::from_str(&stored).unwrap();
        all.extend(events);
    }
    Ok(all)
}

fn since() -> jiff::Timestamp {
    "2026-09-21T14:00:00Z".parse().unwrap()
}

const CONVERSATIONS: &str = r#"{"data":[
    {"id":"t_1","updated_time":"2026-09-21T14:20:00+0000"},
    {"id":"t_0","updated_time":"2026-09-21T13:00:00+0000"}],
  "paging":{"next":"BASE/v25.0/102030405060708/conversations?after=c0"}}"#;

const MESSAGES: &str = r#"{"data":[
    {"id":"m_2","created_time":"2026-09-21T14:15:00+0000","from":{"id":"102030405060708"},"to":{"data":[{"id":"7000000000000001"}]},"message":"Đã nhận"},
    {"id":"m_demo01","created_time":"2026-09-21T14:13:20+0000","from":{"name":"An","id":"7000000000000001"},"to":{"data":[{"id":"102030405060708"}]},"message":"Xin chào"}],
  "paging":{"next":"BASE/v25.0/t_1/messages?access_token=EAADEMOPAGETOKEN&appsecret_proof=0&limit=25&after=c1"}}"#;

const MORE: &str = r#"{"data":[
    {"id":"m_1","created_time":"2026-09-21T14:05:00+0000","from":{"id":"7000000000000001"},"to":{"data":[{"id":"102030405060708"}]},"message":"",
     "attachments":{"data":[{"mime_type":"image/jpeg","name":"a.jpg","size":10,"image_data":{"url":"https://cdn.example/a"}},
                            {"mime_type":"audio/mp4","file_url":"https://cdn.example/b"}]}},
    {"id":"m_0","created_time":"2026-09-21T13:59:59+0000","from":{"id":"7000000000000001"},"message":"trước đó"}],
  "paging":{"next":"BASE/v25.0/t_1/messages?after=c2"}}"#;

const FEED: &str = r#"{"data":[
    {"id":"102030405060708_56","created_time":"2026-09-21T14:01:00+0000","from":{"id":"7000000000000003","name":"D"},"message":"Đường ngập"},
    {"id":"102030405060708_55","created_time":"2026-09-01T00:00:00+0000","from":{"id":"102030405060708"},"message":"Thông báo"},
    {"id":"102030405060708_1","created_time":"2026-01-01T00:00:00+0000","from":{"id":"7"},"message":"lâu rồi"}],
  "paging":{"next":"BASE/v25.0/102030405060708/feed?after=c9"}}"#;

const OLD_COMMENTS: &str = r#"{"data":[
    {"id":"55_0","created_time":"2026-09-20T00:00:00+0000","from":{"id":"7"},"message":"cũ"}],
  "paging":{"next":"BASE/v25.0/102030405060708_55/comments?after=c5"}}"#;

const COMMENTS: &str = r#"{"data":[
    {"id":"55_2","created_time":"2026-09-21T14:14:00+0000","from":{"id":"102030405060708","name":"Trang"},"message":"Đã nhận","parent":{"id":"55_1"}},
    {"id":"55_1","created_time":"2026-09-21T14:13:20+0000","from":{"id":"7000000000000001","name":"Trần Thị B"},"message":"Bao giờ xong?","attachment":{"media":{"image":{"src":"https://cdn.example/p.jpg"}}}}]}"#;

#[tokio::test]
async fn it_brings_the_same_events() {
    let answers = [CONVERSATIONS, MESSAGES, MORE, FEED, OLD_COMMENTS, COMMENTS, r#"{"data":[]}"#];
    let wire = Wire::open(answers.map(|body| Reply::json(200, body)).into()).await;
    let (client, access) = (client(), access(&wire.base));
    let polled = walk(&client, &access, poll::Cursor::since(&access, since()).unwrap()).await.unwrap();
    let heard = wire.heard().await;
    let asked = [
        "102030405060708/conversations?fields=id%2Cupdated_time&",
        "t_1/messages?fields=",
        "t_1/messages?limit=25&after=c1&appsecret_proof=e548",
        "102030405060708/feed?fields=",
        "102030405060708_55/comments?fields=",
        "102030405060708_55/comments?after=c5&",
        "102030405060708_56/comments?fields=",
    ];
    for (heard, asked) in heard.iter().zip(asked) {
        assert!(heard.line.starts_with(&format!("GET /v25.0/{asked}")), "{asked}: {}", heard.line);
    }
    assert!(heard[3].line.contains("since=1787407200"), "posts of a month before: {}", heard[3].line);
    assert!(heard[4].line.contains("filter=stream&since=1789999200"), "{}", heard[4].line);
    assert!(heard.iter().all(|one| !one.line.contains("EAA") && one.fields.contains("Bearer EAA")));

    let ids: Vec<&str> = polled.iter().map(|event| event.external_id.as_str()).collect();
    assert_eq!(ids, ["m_demo01", "m_2", "m_1", "102030405060708_56:add", "55_1:add", "55_2:add"]);
    let told = facebook::parse(
        r#"{"object":"page","entry":[{"id":"102030405060708","time":1790000000123,
        "messaging":[{"sender":{"id":"7000000000000001"},"recipient":{"id":"102030405060708"},"timestamp":1790000000000,"message":{"mid":"m_demo01","text":"Xin chào"}}],
        "changes":[{"field":"feed","value":{"item":"comment","verb":"add","comment_id":"55_1","post_id":"102030405060708_55","parent_id":"102030405060708_55",
          "from":{"id":"7000000000000001","name":"Trần Thị B"},"message":"Bao giờ xong?","photo":"https://cdn.example/p.jpg","created_time":1790000000}}]}]}"#
            .as_bytes(),
    )
    .unwrap();
    assert_eq!((&polled[0], &polled[4]), (&told[0], &told[1]), "in every field");
    assert_eq!((polled[1].kind, polled[5].kind, polled[3].kind), (Kind::Echo, Kind::Echo, Kind::Comment));
    assert_eq!(polled[2].attachments.iter().map(|media| media.kind.as_str()).collect::<Vec<_>>(), ["image", "audio"]);
    assert_eq!(polled[5].parent_id.as_deref(), Some("55_1"));
}

#[tokio::test]
async fn it_follows_nobody_elsewhere() {
    let item = r#""data":[{"updated_time":"2026-09-21T14:20:00+0000"}]"#;
    for next in
        ["https://xau.example/v25.0/t_1", "http://127.0.0.1:1/v25.0/x", "BASE/v26.0/x", "BASE/v25.0evil/x", "BASE/v25.0/../x", "x", "HERE"]
    {
        let body = format!(r#"{{{item},"paging":{{"next":"{next}"}}}}"#);
        let wire = Wire::open(vec![Reply::json(200, &body), Reply::json(200, "{}")]).await;
        let access = access(&wire.base);
        let polled = walk(&client(), &access, poll::Cursor::since(&access, since()).unwrap()).await.unwrap();
        assert!(polled.is_empty(), "{next}");
        assert_eq!(wire.heard().await.len(), 2, "{next}: the two lists, nothing more");
    }
}

#[tokio::test]
async fn a_fault_loses_nothing() {
    let wire = Wire::open(vec![Reply::Reset, Reply::json(200, "<html>"), Reply::json(400, r#"{"error":{"code":4}}"#)]).await;
    let access = access(&wire.base);
    let cursor = poll::Cursor::since(&access, since()).unwrap();
    assert!(matches!(poll::step(&client(), &access, &cursor).await, Err(Error::Unreachable(_))));
    assert!(matches!(poll::step(&client(), &access, &cursor).await, Err(Error::Unreachable(_))));
    assert!(matches!(poll::step(&client(), &access, &cursor).await, Err(Error::Throttled { .. })));
    wire.heard().await;
    let moved = facebook::Access { base: nobody().await, ..access };
    assert!(matches!(poll::step(&client(), &moved, &cursor).await, Err(Error::Misconfigured(_))), "a cursor of another base");
}
