//! Pictures and files that went through the simulator, served under `/media/`, the oldest thrown away first.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::lock::lock;
use crate::random::Random;

/// All files together, in bytes.
const ROOM: usize = 128 << 20;

/// What the first bytes say a file is. Names and types that callers state are not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Jpeg,
    Png,
    Gif,
    Webp,
    Pdf,
    /// A ZIP container: DOCX among others.
    Zip,
    /// The old compound format: DOC among others.
    Compound,
    Other,
}

impl Format {
    pub fn of(bytes: &[u8]) -> Self {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Self::Jpeg,
            [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Self::Png,
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Self::Gif,
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Self::Webp,
            [b'%', b'P', b'D', b'F', b'-', ..] => Self::Pdf,
            [b'P', b'K', 3, 4, ..] => Self::Zip,
            [0xd0, 0xcf, 0x11, 0xe0, ..] => Self::Compound,
            _ => Self::Other,
        }
    }

    pub fn is_picture(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png | Self::Gif | Self::Webp)
    }

    fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Pdf => "application/pdf",
            Self::Zip | Self::Compound | Self::Other => "application/octet-stream",
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Jpeg => ".jpg",
            Self::Png => ".png",
            Self::Gif => ".gif",
            Self::Webp => ".webp",
            Self::Pdf => ".pdf",
            Self::Zip | Self::Compound | Self::Other => ".bin",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Media {
    random: Random,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    files: HashMap<String, Bytes>,
    order: VecDeque<String>,
    used: usize,
}

impl Media {
    pub fn new(seed: u64) -> Self {
        Self { random: Random::new(seed, "media"), kept: Mutex::default() }
    }

    /// Keeps a file; its path on this server.
    pub fn keep(&self, bytes: Bytes) -> String {
        let name = format!("{}{}", self.random.letters(22), Format::of(&bytes).ending());
        let mut kept = lock(&self.kept);
        kept.used += bytes.len();
        kept.files.insert(name.clone(), bytes);
        kept.order.push_back(name.clone());
        while kept.used > ROOM {
            let Some(oldest) = kept.order.pop_front() else { break };
            kept.used -= kept.files.remove(&oldest).map_or(0, |bytes| bytes.len());
        }
        format!("/media/{name}")
    }

    /// The file under a name, in a form no browser runs as a page.
    pub fn serve(&self, name: &str) -> Response {
        let Some(bytes) = lock(&self.kept).files.get(name).cloned() else { return StatusCode::NOT_FOUND.into_response() };
        let format = Format::of(&bytes);
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.mime()));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600"));
        if !format.is_picture() {
            headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
        }
        (headers, bytes).into_response()
    }
}
