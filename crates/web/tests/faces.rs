//! What a client sees when there is no page: a page, a fragment or a problem, and always the
//! headers that keep it safe.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, Response, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use tower::ServiceExt;
use web::error::{self, Error};
use web::limit::{self, Limit, Proxies};
use web::{assets, page};

fn app() -> Router {
    let three = NonZeroU32::new(3).expect("not zero");
    let knocks = Arc::new(Limit::new(three, three));
    let limited = Router::new().route("/knock", get(|| async { "in" })).layer(from_fn_with_state(knocks, limit::by_network));
    Router::new()
        .route("/full", get(|| async { Error::Unavailable(Duration::from_millis(1500)) }))
        .route("/told", get(|| async { (StatusCode::NOT_FOUND, axum::response::Html("mine")) }))
        .route("/", get(|| async { "home" }))
        .route("/assets/{hash}/{name}", get(assets::serve))
        .merge(limited)
        .fallback(|| async { Error::NotFound })
        .layer(from_fn_with_state(Arc::new(Proxies::default()), limit::find_client))
        .layer(from_fn(page::remember_language))
        .layer(from_fn(error::dress))
        .layer(from_fn(page::safe_headers))
}

async fn ask(app: &Router, path: &str, headers: &[(&str, &str)]) -> (Response<()>, String) {
    let peer: SocketAddr = "192.0.2.1:4000".parse().expect("an address");
    let mut request = Request::get(path).extension(ConnectInfo(peer));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).expect("a request");
    let response = app.clone().oneshot(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a body");
    (Response::from_parts(parts, ()), String::from_utf8_lossy(&body).into_owned())
}

const BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml");

#[tokio::test]
async fn a_browser_reads_a_page_in_its_language() {
    let app = app();
    let (answer, page) = ask(&app, "/nowhere", &[BROWSER]).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert!(page.contains("Không tìm thấy trang này") && page.contains(r#"<html lang="vi">"#));
    assert!(page.contains(r#"href="/nowhere?lang=en""#), "the switch keeps the page");
    assert_eq!(answer.headers()[header::REFERRER_POLICY], "no-referrer");
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");

    let (answer, page) = ask(&app, "/nowhere?lang=en", &[BROWSER]).await;
    assert!(page.contains("We cannot find this page"));
    assert!(answer.headers()[header::SET_COOKIE].to_str().expect("text").starts_with("lang=en;"));

    let (_, page) = ask(&app, "/console/nowhere", &[BROWSER]).await;
    assert!(page.contains(r#"<body class="console">"#) && page.contains(r#"href="/console">Về"#));
}

#[tokio::test]
async fn a_program_reads_a_problem_and_htmx_a_notice() {
    let app = app();
    let (answer, body) = ask(&app, "/full", &[("accept", "application/json")]).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.headers()[header::RETRY_AFTER], "2");
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/problem+json");
    assert!(body.contains(r#""status":503"#) && body.contains("gọi 1022"), "{body}");

    let (answer, body) = ask(&app, "/full", &[BROWSER, ("hx-request", "true")]).await;
    assert_eq!(answer.headers()["hx-retarget"], "#notices");
    assert!(body.starts_with(r#"<div class="notice">"#), "{body}");
}

#[tokio::test]
async fn what_layers_refuse_is_said_politely_and_what_handlers_say_is_left_alone() {
    let app = app();
    let (_, page) = ask(&app, "/told", &[BROWSER]).await;
    assert_eq!(page, "mine");
    let request = Request::post("/").header("accept", "text/html").body(Body::empty());
    let answer = app.clone().oneshot(request.expect("a request")).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
    let body = to_bytes(answer.into_body(), usize::MAX).await.expect("a body");
    assert!(String::from_utf8_lossy(&body).contains("Thao tác này không dùng được ở đây"));
}

#[tokio::test]
async fn who_knocks_too_often_is_told_when_to_come_back() {
    let app = app();
    for _ in 0..3 {
        assert_eq!(ask(&app, "/knock", &[BROWSER]).await.0.status(), StatusCode::OK);
    }
    let forged = ("x-forwarded-for", "203.0.113.77");
    let (answer, page) = ask(&app, "/knock", &[BROWSER, forged]).await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    let after: u64 = answer.headers()[header::RETRY_AFTER].to_str().expect("text").parse().expect("seconds");
    assert!((1..=20).contains(&after), "{after}");
    assert!(page.contains(&format!("Hãy chờ {after} giây")), "{page}");
}

#[tokio::test]
async fn assets_last_and_are_asked_for_once() {
    let app = app();
    let address = assets::address("portal.css");
    let (answer, _) = ask(&app, address, &[("accept-encoding", "gzip, br")]).await;
    assert_eq!(answer.headers()[header::CONTENT_ENCODING], "br");
    assert!(answer.headers()[header::CACHE_CONTROL].to_str().expect("text").contains("immutable"));
    let tag = answer.headers()[header::ETAG].to_str().expect("text");
    let (again, body) = ask(&app, address, &[("if-none-match", tag)]).await;
    assert_eq!((again.status(), body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    let (old, _) = ask(&app, "/assets/0000000000000000/portal.css", &[]).await;
    assert_eq!(old.headers()[header::CACHE_CONTROL], "public, max-age=60");
    let (none, _) = ask(&app, "/assets/0000000000000000/../Cargo.toml", &[]).await;
    assert_eq!(none.status(), StatusCode::NOT_FOUND);
}
