//! A file of ours under an address that nobody can guess, for a channel that fetches files by itself. It ends soon.

use jiff::{SignedDuration, Timestamp};
use store::files::FileRow;
use uuid::Uuid;

use crate::{City, Error, Result};

/// The address of a file that was sent to somebody, good from now for the hours of the limit `file_link_hours`.
///
/// # Errors
/// The limit is missing.
pub fn address(city: &City, file: &FileRow) -> Result<String> {
    let until = (city.now() + SignedDuration::from_hours(city.reference().number("file_link_hours")?)).as_second();
    let seal = seal(city, file.id, until);
    // Channels look at the ending of the address.
    let ending = file.name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    let plain = !ending.is_empty() && ending.len() <= 8 && ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let name = if plain { format!("tep.{ending}") } else { "tep".to_owned() };
    Ok(city.link(&format!("/hooks/files/{}/{until}/{seal}/{name}", file.id)))
}

/// The file of such an address, with its octets.
///
/// # Errors
/// [`Error::NotFound`] when the address is not of our making, or has ended.
pub async fn open(city: &City, file: Uuid, until: i64, given: &str) -> Result<(FileRow, Vec<u8>)> {
    use subtle::ConstantTimeEq;
    let right = bool::from(seal(city, file, until).as_bytes().ct_eq(given.as_bytes()));
    if !right || Timestamp::from_second(until).is_ok_and(|until| until < city.now()) {
        return Err(Error::NotFound);
    }
    let row = store::files::find(&mut city.db.read(), file).await?;
    let bytes = city.attachments.get(row.shown.as_ref().unwrap_or(&row.original)).await?;
    Ok((row, bytes))
}

fn seal(city: &City, file: Uuid, until: i64) -> String {
    city.keys.hash("file-link", &format!("{file}/{until}"))
}
