//! Single values that the program keeps for itself: what was loaded, when the last nightly work was done.

use jiff::Timestamp;
use sqlx::types::Json;

use crate::{Query, Result, Tx, args, sql};

pub async fn get(q: &mut impl Query, item: &str) -> Result<Option<serde_json::Value>> {
    let row: Option<(Json<serde_json::Value>,)> = q.opt(sql!("SELECT value FROM setting WHERE item = $1"), args![item]).await?;
    Ok(row.map(|(json,)| json.0))
}

pub async fn set(tx: &mut Tx, item: &str, value: serde_json::Value, at: Timestamp) -> Result<()> {
    tx.run(
        sql!(
            "INSERT INTO setting (item, value, updated_at) VALUES ($1, $2, $3)
              ON CONFLICT (item) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at"
        ),
        args![item, value, at],
    )
    .await?;
    Ok(())
}
