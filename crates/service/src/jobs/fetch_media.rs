//! What a message points to is fetched at once: the links end.

use channels::{Event, Media, media};
use store::channel_accounts::AccountRow;
use store::files::FileRow;

use super::Failure;
use crate::City;
use crate::chat_accounts::ChatAccount;

/// Tries after which a file that cannot be fetched is named as lost; the message itself waits no longer.
const TRIES: i64 = 3;

/// The files of a message, cleaned and stored. One that cannot be had is named with the reason.
pub(super) async fn take(city: &City, account: &AccountRow, event: &Event, attempts: i64) -> Result<Vec<FileRow>, Failure> {
    let wanted: Vec<&Media> = event.attachments.iter().filter(|media| is_file(media)).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let vendor = ChatAccount::of(city, account.clone())?;
    let inside = vendor.media_hosts();
    let limits = crate::take_files::limits(city)?;
    let mut fetched = Vec::new();
    let mut refused = Vec::new();
    for (place, wanted) in wanted.into_iter().enumerate().take(limits.files) {
        let name = wanted.name.clone().unwrap_or_else(|| format!("{}-{}", wanted.kind, place + 1));
        if wanted.size.is_some_and(|size| size > limits.bytes as u64) {
            refused.push((name, "file_too_large"));
            continue;
        }
        let found = match vendor.address_of(city, wanted).await {
            Ok(Some(address)) => {
                media::fetch(&address, &inside, limits.bytes).await.map(|found| (ending_of(name.clone(), &address), found))
            }
            Ok(None) => {
                refused.push((name, "no_link"));
                continue;
            }
            Err(error) => Err(error),
        };
        match found {
            Ok((name, found)) => fetched.push((named(name, &found.content_type), None, found.bytes)),
            Err(channels::Error::Unreachable(why)) if attempts < TRIES => return Err(Failure::Later { after: None, why }),
            Err(channels::Error::Throttled { after, reason }) if attempts < TRIES => {
                return Err(Failure::Later { after: after.and_then(|after| after.try_into().ok()), why: reason });
            }
            Err(error) => {
                tracing::info!(channel = account.channel, %error, "a file of a message could not be fetched");
                let ended = matches!(&error, channels::Error::Rejected(why) if why.contains("ended"));
                refused.push((name, if ended { "link_ended" } else { "not_fetched" }));
            }
        }
    }
    let mut files = crate::take_files::from_mail(city, fetched).await?;
    for (name, why) in refused {
        files.push(crate::take_files::refused(city, files.len(), name, why));
    }
    Ok(files)
}

fn is_file(media: &Media) -> bool {
    matches!(media.kind.as_str(), "image" | "gif" | "video" | "audio" | "file")
}

/// A name with the ending of the address, where it has none itself.
fn ending_of(name: String, address: &str) -> String {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    match path.rsplit('/').next().and_then(|last| last.rsplit_once('.')) {
        Some((_, ending))
            if !name.contains('.') && (2..=4).contains(&ending.len()) && ending.bytes().all(|b| b.is_ascii_alphanumeric()) =>
        {
            format!("{name}.{ending}")
        }
        _ => name,
    }
}

/// A name with the ending that the declared type has, where it has none.
fn named(name: String, content_type: &str) -> String {
    if name.contains('.') {
        return name;
    }
    let ending = match content_type.split(';').next().unwrap_or_default().trim() {
        "image/jpeg" => ".jpg",
        "image/png" => ".png",
        "image/gif" => ".gif",
        "image/webp" => ".webp",
        "application/pdf" => ".pdf",
        "video/mp4" => ".mp4",
        "audio/mpeg" => ".mp3",
        "audio/mp4" | "audio/x-m4a" => ".m4a",
        _ => "",
    };
    format!("{name}{ending}")
}
