//! Zalo's OAuth: permission, codes, rotating refresh tokens, a refresh reply that is lost.

use jiff::SignedDuration;
use serde_json::{Value, json};
use simulator::zalo::App;
use simulator::{CallKind, Fault, Rule};

use crate::stage::{Answer, OA, Stage, ZALO_APP, ZALO_APP_SECRET, answer};

const VERIFIER: &str = "Q2hVbmdNaW5oTGFEZW1vVmVyaWZpZXJDaG9aYWxvMTI";
const CHALLENGE: &str = "6KjDesu6wV9Q48rkdozADldWfeki5u5YmsIFXB858go";
const CALLBACK: &str = "https://example.com/zalo/callback";

async fn token(stage: &Stage, secret: &str, form: &[(&str, &str)]) -> Answer {
    let request = stage.client.post(stage.url("/v4/oa/access_token")).header("secret_key", secret).form(form);
    answer(request.send().await.unwrap()).await
}

async fn by_code(stage: &Stage, code: &str, verifier: &str) -> Value {
    let form = [("code", code), ("app_id", ZALO_APP), ("grant_type", "authorization_code"), ("code_verifier", verifier)];
    token(stage, ZALO_APP_SECRET, &form).await.1
}

async fn by_refresh(stage: &Stage, refresh: &str) -> Value {
    let form = [("refresh_token", refresh), ("app_id", ZALO_APP), ("grant_type", "refresh_token")];
    token(stage, ZALO_APP_SECRET, &form).await.1
}

/// What the administrator's browser does: opens the link, agrees, is sent back.
async fn agree(stage: &Stage) -> reqwest::Url {
    let form = [("app_id", ZALO_APP), ("redirect_uri", CALLBACK), ("code_challenge", CHALLENGE), ("state", "s & t"), ("oa_id", OA)];
    let response = stage.client.post(stage.url("/v4/oa/permission")).form(&form).send().await.unwrap();
    assert_eq!(response.status(), 302);
    reqwest::Url::parse(response.headers()["location"].to_str().unwrap()).unwrap()
}

fn parameter(url: &reqwest::Url, name: &str) -> String {
    url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned()
}

#[tokio::test]
async fn an_administrator_lets_the_app_in() {
    let (stage, _ours) = Stage::zalo().await;
    let link = format!("/v4/oa/permission?app_id={ZALO_APP}&redirect_uri={CALLBACK}&code_challenge={CHALLENGE}&state=%22%3E%3Cscript%3E");
    let page = stage.client.get(stage.url(&link)).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("1022 TP.HCM") && page.contains("Cho phép"), "{page}");
    assert!(!page.contains("<script>"), "what the link carries is text");

    let back = agree(&stage).await;
    assert!(back.as_str().starts_with(CALLBACK));
    assert_eq!((parameter(&back, "state").as_str(), parameter(&back, "oa_id").as_str()), ("s & t", OA));
    let code = parameter(&back, "code");
    assert_eq!(by_code(&stage, &code, "wrong").await["error"], -14_015, "PKCE");
    let tokens = by_code(&stage, &code, VERIFIER).await;
    assert_eq!(tokens["expires_in"], "90000", "text, as Zalo has it");
    assert_eq!(by_code(&stage, &code, VERIFIER).await["error"], -14_010, "once");
    let request = stage.client.get(stage.url("/v2.0/oa/getoa")).header("access_token", tokens["access_token"].as_str().unwrap());
    assert_eq!(answer(request.send().await.unwrap()).await.1["error"], 0);
}

#[tokio::test]
async fn codes_live_ten_minutes() {
    let (stage, _ours) = Stage::zalo().await;
    let code = parameter(&agree(&stage).await, "code");
    stage.simulator.advance(SignedDuration::from_mins(10));
    assert_eq!(by_code(&stage, &code, VERIFIER).await["error"], -14_010);
}

#[tokio::test]
async fn a_link_must_match_what_the_console_has() {
    let (stage, _ours) = Stage::zalo().await;
    stage.simulator.zalo().add_app(App {
        redirect_uri: Some(CALLBACK.into()),
        code_challenge: Some(CHALLENGE.into()),
        ..App::new(ZALO_APP, ZALO_APP_SECRET)
    });
    let open = async |callback: &str, challenge: &str| {
        let link = format!("/v4/oa/permission?app_id={ZALO_APP}&redirect_uri={callback}&code_challenge={challenge}&state=s");
        answer(stage.client.get(stage.url(&link)).send().await.unwrap()).await.1
    };
    assert_eq!(open(CALLBACK, CHALLENGE).await, Value::Null, "a page, not an error");
    assert_eq!(open("https://example.com/other", CHALLENGE).await["error"], -14_003);
    assert_eq!(open(CALLBACK, "other").await["error"], -14_003);
    let wrong_secret = token(&stage, "wrong", &[("app_id", ZALO_APP), ("grant_type", "refresh_token")]).await.1;
    assert_eq!(wrong_secret["error"], -14_004);
}

#[tokio::test]
async fn refresh_tokens_rotate_and_work_once() {
    let (stage, _ours) = Stage::zalo().await;
    let first = stage.simulator.zalo().authorise(OA).unwrap();
    let second = by_refresh(&stage, &first.refresh).await;
    assert_ne!(second["refresh_token"], first.refresh.as_str());
    assert_eq!(by_refresh(&stage, &first.refresh).await["error"], -14_014, "dead at once");
    stage.simulator.advance(SignedDuration::from_hours(89 * 24));
    let third = by_refresh(&stage, second["refresh_token"].as_str().unwrap()).await;
    stage.simulator.advance(SignedDuration::from_hours(90 * 24));
    assert_eq!(by_refresh(&stage, third["refresh_token"].as_str().unwrap()).await["error"], -14_014, "three months");
}

#[tokio::test]
async fn a_used_refresh_token_may_be_met_with_silence() {
    let (stage, _ours) = Stage::zalo().await;
    stage.simulator.zalo().add_app(App { silent_on_used_refresh: true, ..App::new(ZALO_APP, ZALO_APP_SECRET) });
    let tokens = stage.simulator.zalo().authorise(OA).unwrap();
    by_refresh(&stage, &tokens.refresh).await;
    assert_eq!(by_refresh(&stage, &tokens.refresh).await, Value::Null);
    assert_eq!(by_refresh(&stage, "unknown").await["error"], -14_014);
}

#[tokio::test]
async fn a_lost_refresh_reply_leaves_nobody_with_a_token() {
    let (stage, _ours) = Stage::zalo().await;
    let zalo = stage.simulator.zalo();
    let tokens = zalo.authorise(OA).unwrap();
    zalo.add_fault(Rule::next(CallKind::Token, Fault::LostReply)).unwrap();
    let form = [("refresh_token", tokens.refresh.as_str()), ("app_id", ZALO_APP), ("grant_type", "refresh_token")];
    let request = stage.client.post(stage.url("/v4/oa/access_token")).header("secret_key", ZALO_APP_SECRET).form(&form);
    request.send().await.unwrap_err();
    assert_eq!(by_refresh(&stage, &tokens.refresh).await["error"], -14_014, "the old one is dead, the new one unknown");
}

#[tokio::test]
async fn permission_can_be_withdrawn() {
    let (stage, _ours) = Stage::zalo().await;
    let zalo = stage.simulator.zalo();
    let tokens = zalo.authorise(OA).unwrap();
    zalo.revoke_refresh(OA);
    assert_eq!(by_refresh(&stage, &tokens.refresh).await["error"], -14_014);
    zalo.expire_access(OA);
    assert_eq!(stage.zalo_get("/v2.0/oa/getoa", json!({})).await.1["error"], -220);
}
