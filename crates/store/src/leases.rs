//! Named leases: what only one node may do at a time, such as polling a mailbox.

use jiff::{SignedDuration, Timestamp};
use sqlx::FromRow;

use crate::{Db, Query, Result, Tx, args, sql};

/// A lease that is held. Its fence rises with every new holder.
#[derive(Debug, Clone)]
pub struct Lease {
    pub name: String,
    pub holder: String,
    pub fence: i64,
}

/// Takes or keeps the lease. `None` when another holder has it.
pub async fn take(db: &Db, name: &str, holder: &str, now: Timestamp, length: SignedDuration) -> Result<Option<Lease>> {
    #[derive(FromRow)]
    struct Held {
        fence: i64,
    }
    let mut tx = db.begin().await?;
    let held: Option<Held> = tx
        .opt(
            sql!(
                "INSERT INTO lease (name, holder, until, fence) VALUES ($1, $2, $3, 1)
                  ON CONFLICT (name) DO UPDATE SET until = excluded.until, holder = excluded.holder,
                     fence = lease.fence + CASE WHEN lease.holder = excluded.holder THEN 0 ELSE 1 END
                  WHERE lease.holder = excluded.holder OR lease.until < $4
                  RETURNING fence"
            ),
            args![name, holder, now + length, now],
        )
        .await?;
    tx.commit().await?;
    Ok(held.map(|held| Lease { name: name.to_owned(), holder: holder.to_owned(), fence: held.fence }))
}

/// Inside a transaction: is the lease still ours? Locks its row, so that nobody takes it before the commit.
pub async fn check(tx: &mut Tx, lease: &Lease) -> Result<bool> {
    let ours = tx
        .run(
            sql!("UPDATE lease SET fence = fence WHERE name = $1 AND holder = $2 AND fence = $3"),
            args![lease.name.as_str(), lease.holder.as_str(), lease.fence],
        )
        .await?;
    Ok(ours == 1)
}

/// Gives the lease back.
pub async fn release(db: &Db, lease: &Lease) -> Result<()> {
    let mut tx = db.begin().await?;
    tx.run(
        sql!("UPDATE lease SET until = 0 WHERE name = $1 AND holder = $2 AND fence = $3"),
        args![lease.name.as_str(), lease.holder.as_str(), lease.fence],
    )
    .await?;
    tx.commit().await
}

/// Ends every lease: for a program that starts and knows that nobody else works on this database.
pub async fn free_all(db: &Db) -> Result<()> {
    let mut tx = db.begin().await?;
    tx.run(sql!("UPDATE lease SET until = 0"), args![]).await?;
    tx.commit().await
}
