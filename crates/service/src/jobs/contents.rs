//! Contents of files that nobody names any more are removed: a form that was never sent, a file taken out of an answer.
//!
//! Contents are stored before the row that names them. So only those are looked at that have rested for a day; storing the
//! same contents again, or sending a form that kept them, makes them young again, and their age is asked once more at the
//! moment of removing.

use jiff::SignedDuration;

use crate::{City, Result};

/// How long contents rest without a row: longer than any upload takes.
const REST: SignedDuration = SignedDuration::from_hours(24);

/// Removes them. Answers how many.
pub(super) async fn forget(city: &City) -> Result<u64> {
    let before = city.now() - REST;
    let mut removed = 0;
    for first in 0..=u8::MAX {
        let old = city.attachments.stored_before(first, before).await?;
        for some in old.chunks(500) {
            let named = store::files::named(&mut city.db.read(), some).await?;
            for contents in some.iter().filter(|contents| !named.contains(*contents)) {
                removed += u64::from(city.attachments.remove(contents, before).await?);
            }
        }
    }
    if removed > 0 {
        tracing::info!(removed, "contents of files that nothing names were removed");
    }
    Ok(removed)
}
