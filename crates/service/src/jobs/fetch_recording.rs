//! A recording is fetched from the exchange and kept. It is published seconds to minutes after the call: that it is not
//! there at first is normal.

use channels::media;
use jiff::SignedDuration;
use serde::Deserialize;
use store::calls::{self, CallRow};
use store::change_feed;
use store::jobs::{self, Job};
use uuid::Uuid;

use super::{Done, Failure};
use crate::City;
use crate::hotlines::Hotline;
use crate::sound;

#[derive(Deserialize)]
struct Payload {
    recording: Uuid,
}

pub(super) async fn run(city: &City, job: &Job) -> Done {
    let Payload { recording } = job.payload()?;
    let row = calls::recording(&mut city.db.read(), recording).await?;
    let call = calls::find(&mut city.db.read(), row.call_id).await?;
    let reference = city.reference();
    let tries = reference.number("recording_tries")?;
    let limit = usize::try_from(reference.number("recording_megabytes")?).unwrap_or(0) << 20;
    let least = SignedDuration::from_secs(reference.number("voicemail_seconds")?);
    let fetched = if row.state == "wanted" {
        let hotline = Hotline::of(city, store::channel_accounts::find(&mut city.db.read(), call.account_id).await?)?;
        match media::fetch_only(&row.url, &hotline.settings.recording_hosts, limit).await {
            Ok(found) => match sound::kind(&found.bytes) {
                // Spoken to nobody: a message, whether the exchange calls it so or not.
                Some(_) if (row.voicemail || nobody_spoke(&call)) && sound::length(&found.bytes).is_some_and(|length| length < least) => {
                    Some(Err("too_short"))
                }
                Some(mime) => Some(Ok((mime, city.attachments.put(found.bytes).await?))),
                None => Some(Err("no_sound")),
            },
            Err(error) => {
                let why = match &error {
                    channels::Error::Rejected(why) if why.contains("list") => "host",
                    channels::Error::Rejected(why) if why.contains("large") => "too_large",
                    channels::Error::Rejected(why) if !why.contains("ended") => "refused",
                    _ if job.attempts >= tries => "never_came",
                    _ => return Err(Failure::Later { after: Some(pause(job.attempts)), why: error.to_string() }),
                };
                tracing::info!(%recording, %error, "a recording could not be fetched");
                Some(Err(why))
            }
        }
    } else {
        None
    };
    let mut tx = city.db.begin().await?;
    match fetched {
        Some(Ok((mime, blob))) => {
            let size = i64::try_from(blob.size).unwrap_or(i64::MAX);
            calls::keep_recording(&mut tx, recording, &blob.sha256, mime, size, city.now()).await?;
        }
        Some(Err(why)) => calls::refuse_recording(&mut tx, recording, why).await?,
        None => {}
    }
    change_feed::add(&mut tx, "call", call.id, city.now()).await?;
    jobs::finish(&mut tx, job).await?;
    tx.commit().await?;
    Ok(())
}

fn nobody_spoke(call: &CallRow) -> bool {
    call.direction == "in" && call.answered_at.is_none()
}

/// 4 s, 8 s, 16 s … up to half an hour.
fn pause(attempts: i64) -> SignedDuration {
    SignedDuration::from_secs((2_i64 << attempts.clamp(1, 10)).min(1800))
}
