//! Style, scripts and fonts: embedded, named by their content, compressed once.
//!
//! A page names one style sheet and one script, each a bundle of a few files, so that the portal
//! is usable after three requests. In a debug build the files are read from disk when the program
//! starts: a change of style needs no compiling.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{LazyLock, OnceLock};

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use crate::error::Error;

#[derive(RustEmbed)]
#[folder = "assets/"]
#[include = "*.css"]
#[include = "*.js"]
#[include = "vendor/*.woff2"]
struct Files;

/// What is served: the name, its kind, and the files it is made of, in order.
const SERVED: &[(&str, &str, &[&str])] = &[
    ("latin-400.woff2", "font/woff2", &["vendor/latin-400.woff2"]),
    ("latin-600.woff2", "font/woff2", &["vendor/latin-600.woff2"]),
    ("vietnamese-400.woff2", "font/woff2", &["vendor/vietnamese-400.woff2"]),
    ("vietnamese-600.woff2", "font/woff2", &["vendor/vietnamese-600.woff2"]),
    ("portal.css", "text/css; charset=utf-8", &["tokens.css", "base.css", "portal.css"]),
    ("console.css", "text/css; charset=utf-8", &["tokens.css", "base.css", "console.css"]),
    ("portal.js", "text/javascript; charset=utf-8", &["forms.js", "portal.js"]),
    ("console.js", "text/javascript; charset=utf-8", &["vendor/htmx.min.js", "vendor/hx-sse.min.js", "forms.js", "console.js"]),
];

struct Asset {
    address: String,
    tag: String,
    kind: &'static str,
    plain: Vec<u8>,
    brotli: OnceLock<Vec<u8>>,
    gzip: OnceLock<Vec<u8>>,
}

static ASSETS: LazyLock<HashMap<&'static str, Asset>> = LazyLock::new(load);

fn load() -> HashMap<&'static str, Asset> {
    let mut assets: HashMap<&'static str, Asset> = HashMap::new();
    for (name, kind, parts) in SERVED {
        let mut plain = Vec::new();
        for part in *parts {
            match Files::get(part) {
                Some(file) => plain.extend_from_slice(&file.data),
                // The build script has made sure of them; only a debug build can lose one later.
                None => tracing::error!(file = part, "asset is missing"),
            }
            plain.push(b'\n');
        }
        if kind.starts_with("text/css") {
            plain = style(&plain, &assets);
        } else if kind.starts_with("font") {
            plain.pop();
        }
        let tag = hex::encode(&Sha256::digest(&plain)[..8]);
        assets.insert(
            name,
            Asset {
                address: format!("/assets/{tag}/{name}"),
                tag: format!("\"{tag}\""),
                kind,
                plain,
                brotli: OnceLock::new(),
                gzip: OnceLock::new(),
            },
        );
    }
    assets
}

/// Points the style sheet at the fonts' addresses and drops its comments and indentation.
fn style(source: &[u8], loaded: &HashMap<&'static str, Asset>) -> Vec<u8> {
    let mut text = String::from_utf8_lossy(source).into_owned();
    for (name, asset) in loaded {
        text = text.replace(&format!("vendor/{name}"), &asset.address);
    }
    while let Some(start) = text.find("/*") {
        let end = text[start..].find("*/").map_or(text.len(), |at| start + at + 2);
        text.replace_range(start..end, "");
    }
    // Blanks that part nothing; none of our strings has such.
    for (wide, narrow) in [(" { ", "{"), (" {", "{"), (" }", "}"), ("; ", ";"), (": ", ":"), (", ", ",")] {
        text = text.replace(wide, narrow);
    }
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("\n").into_bytes()
}

/// The address of an asset, changing with its content. Names are those of this module; a wrong
/// one is a mistake in a template and gives an address that answers 404.
pub fn address(name: &str) -> &'static str {
    debug_assert!(ASSETS.contains_key(name), "no asset {name}");
    ASSETS.get(name).map_or("/assets/missing", |asset| asset.address.as_str())
}

/// `GET /assets/{hash}/{name}`. An address of an earlier version is answered with today's
/// content, for the page that was open while the program was renewed.
pub async fn serve(Path((hash, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.get(name.as_str()) else {
        return Error::NotFound.into_response();
    };
    let lasting = if asset.tag.trim_matches('"') == hash { "public, max-age=31536000, immutable" } else { "public, max-age=60" };
    let mut answer = HeaderMap::new();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(lasting));
    answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&asset.tag) {
        answer.insert(header::ETAG, tag);
    }
    let sent = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if sent(header::IF_NONE_MATCH).split(',').any(|tag| tag.trim() == asset.tag) {
        return (StatusCode::NOT_MODIFIED, answer).into_response();
    }
    let (encoding, body) = asset.body(sent(header::ACCEPT_ENCODING));
    if let Some(encoding) = encoding {
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    (answer, body).into_response()
}

impl Asset {
    /// The smallest body the client takes. Each is made on first use and kept.
    fn body(&'static self, accepted: &str) -> (Option<&'static str>, &'static [u8]) {
        let takes = |name: &str| {
            accepted.split(',').any(|part| {
                let (coding, quality) = part.split_once(';').unwrap_or((part, ""));
                coding.trim() == name && quality.trim().trim_end_matches(['0', '.']) != "q="
            })
        };
        if self.kind.starts_with("font") {
            (None, &self.plain)
        } else if takes("br") {
            (Some("br"), self.brotli.get_or_init(|| brotli(&self.plain)))
        } else if takes("gzip") {
            (Some("gzip"), self.gzip.get_or_init(|| gzip(&self.plain)))
        } else {
            (None, &self.plain)
        }
    }
}

fn brotli(plain: &[u8]) -> Vec<u8> {
    let parameters = brotli::enc::BrotliEncoderParams { quality: 9, lgwin: 20, ..Default::default() };
    let mut packed = Vec::new();
    let mut source = plain;
    // Reading from and writing to memory does not fail.
    match brotli::BrotliCompress(&mut source, &mut packed, &parameters) {
        Ok(_) => packed,
        Err(error) => unreachable!("brotli in memory: {error}"),
    }
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    match packer.write_all(plain).and_then(|()| packer.finish()) {
        Ok(packed) => packed,
        Err(error) => unreachable!("gzip in memory: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_sheets_stay_small_and_point_at_the_fonts() {
        for name in ["portal.css", "console.css"] {
            let asset = &ASSETS[name];
            let text = String::from_utf8(asset.plain.clone()).expect("text");
            assert!(text.len() < 20_000, "{name} has {} bytes", text.len());
            assert!(!text.contains("/*") && !text.contains("vendor/"));
            assert!(text.contains(address("vietnamese-600.woff2")));
        }
    }

    #[test]
    fn compressed_bodies_unpack_to_the_plain_one() {
        let asset = &ASSETS["console.js"];
        let (_, packed) = asset.body("gzip, deflate, br;q=1.0");
        let mut plain = Vec::new();
        brotli::BrotliDecompress(&mut &packed[..], &mut plain).expect("brotli");
        assert_eq!(plain, asset.plain);
        assert_eq!(asset.body("br;q=0, gzip").0, Some("gzip"));
        assert_eq!(asset.body("identity").0, None);
    }

    #[test]
    fn what_a_first_visit_loads_keeps_the_budget() {
        let packed = |name: &str| ASSETS[name].body("br").1.len();
        // 30 KiB for a portal page, 100 KiB for a console page: the rest is for the HTML.
        assert!(packed("portal.css") + packed("portal.js") < 12 * 1024);
        assert!(packed("console.css") + packed("console.js") < 32 * 1024);
        let fonts: usize = ASSETS.values().filter(|asset| asset.kind == "font/woff2").map(|asset| asset.plain.len()).sum();
        assert!(fonts <= 70 * 1024, "{fonts} bytes of fonts");
    }
}
