//! A business at the web form, and what its browser keeps.

use reqwest::{Response, StatusCode};
use store::cases::CaseRow;

use crate::app::{Actor, TestApp};

pub const TEXT: &str = "Hồ sơ hoàn thuế giá trị gia tăng của chúng tôi nộp đã lâu chưa có kết quả.";

/// A whole form: what is required, and its key.
pub fn form<'a>(contact: &'a str, key: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("text", TEXT), ("contact", contact), ("visibility", "public"), ("consent", "1"), ("form_key", key)]
}

/// The key of a form that was just drawn.
pub async fn form_key(browser: &Actor) -> String {
    value(&browser.page("/gui").await, "form_key")
}

/// A report that was sent, and the browser that sent it.
pub async fn report(app: &TestApp, contact: &str) -> (CaseRow, Actor) {
    let browser = app.anon();
    let key = form_key(&browser).await;
    let answer = browser.post("/gui", &form(contact, &key)).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "the form is taken");
    let code = location(&answer).trim_start_matches("/ho-so/").to_owned();
    let cookie = cookie(&answer).expect("a pass");
    let case = store::cases::by_code(&mut app.city.db.read(), &code).await.expect("cases can be read").expect("the case is there");
    (case, browser.with_cookie(&cookie))
}

/// What the page puts into the field of this name.
pub fn value(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no field {name} in {page}"));
    rest.split('"').next().unwrap_or_default().to_owned()
}

pub fn location(answer: &Response) -> String {
    answer.headers()["location"].to_str().expect("an address").to_owned()
}

/// The cookie with the passes, as a browser sends it back.
pub fn cookie(answer: &Response) -> Option<String> {
    let mut set = answer.headers().get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    let passes = set.rfind(|value| value.contains("passes="))?;
    passes.split(';').next().map(str::to_owned)
}

/// Status and page of an answer in which every code, plain and spaced, is replaced: what one code's page says and another's
/// can then be compared.
pub async fn without_codes(answer: Response, codes: &[&str]) -> (StatusCode, String) {
    let status = answer.status();
    let mut page = answer.text().await.expect("a page is text");
    for code in codes {
        page = page.replace(*code, "MÃ").replace(&web::parts::spaced(code), "MÃ");
    }
    (status, page)
}
