//! What every page knows: its language, where it is, who reads it; and the headers that keep it
//! safe.

use std::convert::Infallible;

use askama::filters::HtmlSafe;
use axum::extract::{FromRequestParts, OriginalUri, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use words::{Lang, Tongue, Value};

/// Places of the navigation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    #[default]
    Elsewhere,
    Send,
    Lookup,
    Answers,
    Cases,
    Calls,
    Account,
    Admin,
}

/// The base of every page: a template has a field `page: Page` and extends a layout.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub tongue: Tongue,
    /// The path asked for, without its query.
    pub path: String,
    query: String,
    pub place: Place,
    /// The officer logged in, by name.
    pub officer: Option<String>,
    pub administers: bool,
    /// Takes calls of a hotline: incoming ones open on every page.
    pub takes_calls: bool,
}

/// Who is logged in; the session layer leaves it in the request for [`Page`].
#[derive(Clone, Debug)]
pub struct Reader {
    pub name: String,
    pub administers: bool,
    pub takes_calls: bool,
}

impl Page {
    pub fn at(self, place: Place) -> Page {
        Page { place, ..self }
    }

    /// The same page as `reader` sees it. The extractor does this by itself.
    pub fn read_by(self, reader: Reader) -> Page {
        Page { officer: Some(reader.name), administers: reader.administers, takes_calls: reader.takes_calls, ..self }
    }

    pub fn t(&self, key: &str) -> String {
        self.tongue.t(key).into_owned()
    }

    pub fn with<'a>(&self, key: &str, values: impl AsRef<[(&'a str, Value<'a>)]>) -> String {
        self.tongue.with(key, values).into_owned()
    }

    pub fn of(&self, family: &str, code: &str) -> String {
        self.tongue.of(family, code).into_owned()
    }

    /// The address of a style sheet or script.
    pub fn asset(&self, name: &str) -> &'static str {
        crate::assets::address(name)
    }

    /// The attribute of the navigation link that leads to the place we are at.
    pub fn current(&self, place: &str) -> Attribute {
        let name = match self.place {
            Place::Elsewhere => "elsewhere",
            Place::Send => "send",
            Place::Lookup => "lookup",
            Place::Answers => "answers",
            Place::Cases => "cases",
            Place::Calls => "calls",
            Place::Account => "account",
            Place::Admin => "admin",
        };
        Attribute(if name == place { " aria-current=\"page\"" } else { "" })
    }

    pub fn other(&self) -> Lang {
        match self.tongue.lang() {
            Lang::Vi => Lang::En,
            Lang::En => Lang::Vi,
        }
    }

    /// The other language in its own words.
    pub fn other_name(&self) -> &'static str {
        match self.other() {
            Lang::Vi => "Tiếng Việt",
            Lang::En => "English",
        }
    }

    /// This page in the other language. An answer to a POST has no address of its own: its query
    /// is kept and the link asks for the page at the same path.
    pub fn switch(&self) -> String {
        let mut query: String =
            self.query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("lang=")).flat_map(|pair| [pair, "&"]).collect();
        query.push_str("lang=");
        query.push_str(self.other().code());
        format!("{}?{query}", self.path)
    }

    pub(crate) fn of_request(uri: &Uri, headers: &HeaderMap) -> Page {
        Page {
            tongue: Tongue(asked(uri, headers).unwrap_or_default()),
            path: uri.path().to_owned(),
            query: uri.query().unwrap_or_default().to_owned(),
            ..Page::default()
        }
    }
}

/// An attribute written as it is.
#[derive(Clone, Copy, Debug)]
pub struct Attribute(&'static str);

impl std::fmt::Display for Attribute {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.0)
    }
}

impl HtmlSafe for Attribute {}

impl<S: Send + Sync> FromRequestParts<S> for Page {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Page, Infallible> {
        // A nested router strips its prefix from the URI; links need the whole.
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |uri| &uri.0);
        let page = Page::of_request(uri, &parts.headers);
        Ok(match parts.extensions.get::<Reader>() {
            Some(reader) => page.read_by(reader.clone()),
            None => page,
        })
    }
}

/// The language asked for: by the address, else by the cookie. What a browser prefers is not asked:
/// most are set to English by their makers, not by their owners.
fn asked(uri: &Uri, headers: &HeaderMap) -> Option<Lang> {
    by_address(uri).or_else(|| by_cookie(headers))
}

fn by_address(uri: &Uri) -> Option<Lang> {
    uri.query()?.split('&').find_map(|pair| pair.strip_prefix("lang=")).and_then(Lang::parse)
}

fn by_cookie(headers: &HeaderMap) -> Option<Lang> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix("lang="))
        .and_then(Lang::parse)
}

/// Remembers a language chosen by address for a year.
pub async fn remember_language(request: Request, next: Next) -> Response {
    let chosen = by_address(request.uri());
    let mut response = next.run(request).await;
    if let Some(lang) = chosen {
        let cookie = match lang {
            Lang::Vi => "lang=vi; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly",
            Lang::En => "lang=en; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly",
        };
        response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_static(cookie));
    }
    response
}

/// Everything a page loads comes from here, and it is framed by nobody.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; media-src 'self'; \
    frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

static SAFE: [(HeaderName, &str); 9] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
];

/// Sets the headers above unless a handler has set its own (an e-mail shown in a sandboxed frame,
/// an asset that may be cached).
pub async fn safe_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in &SAFE {
        if !response.headers().contains_key(name) {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(uri: &str, headers: &[(HeaderName, &str)]) -> Page {
        let headers = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).expect("a value"))).collect();
        Page::of_request(&uri.parse().expect("a URI"), &headers)
    }

    #[test]
    fn the_language_is_vietnamese_unless_asked() {
        let lang = |uri, headers: &[_]| page(uri, headers).tongue.lang();
        assert_eq!(lang("/", &[]), Lang::Vi);
        assert_eq!(lang("/?lang=en", &[(header::COOKIE, "lang=vi")]), Lang::En);
        assert_eq!(lang("/", &[(header::COOKIE, "a=b; lang=en")]), Lang::En);
        assert_eq!(lang("/", &[(header::ACCEPT_LANGUAGE, "en-US,en;q=0.9")]), Lang::Vi);
        assert_eq!(lang("/?lang=xx", &[(header::COOKIE, "lang=%FF")]), Lang::Vi);
    }

    #[test]
    fn the_switch_keeps_the_page() {
        assert_eq!(page("/tra-cuu?code=26&lang=vi", &[]).switch(), "/tra-cuu?code=26&lang=en");
        assert_eq!(page("/?lang=en", &[]).switch(), "/?lang=vi");
    }
}
