//! Businesses by tax code. The name is registry data or nothing: what somebody typed is never shown as a business's name.

use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::{Query, Result, Tx, args, sql};

#[derive(Debug, Clone, FromRow)]
pub struct BusinessRow {
    pub id: Uuid,
    pub tax_code: String,
    pub kind: String,
    pub name: Option<String>,
    pub registry: Json<serde_json::Value>,
    pub created_at: i64,
}

pub async fn find(q: &mut impl Query, id: Uuid) -> Result<BusinessRow> {
    q.one(sql!("SELECT id, tax_code, kind, name, registry, created_at FROM business WHERE id = $1"), args![id]).await
}

pub async fn by_tax_code(q: &mut impl Query, tax_code: &str) -> Result<Option<BusinessRow>> {
    q.opt(sql!("SELECT id, tax_code, kind, name, registry, created_at FROM business WHERE tax_code = $1"), args![tax_code]).await
}

/// Stores businesses; one whose tax code is known keeps its row.
pub async fn insert(tx: &mut Tx, businesses: Vec<BusinessRow>) -> Result<()> {
    let rows = businesses.into_iter().map(|b| args![b.id, b.tax_code, b.kind, b.name, b.registry.0, b.created_at]).collect();
    tx.insert_many("INSERT INTO business (id, tax_code, kind, name, registry, created_at)", "ON CONFLICT (tax_code) DO NOTHING", rows)
        .await?;
    Ok(())
}

/// Says that a contact acts for a business: `claimed` until somebody proves it.
pub async fn tie(tx: &mut Tx, contact: Uuid, business: Uuid, relation: &str) -> Result<()> {
    tx.run(
        sql!("INSERT INTO contact_business (contact_id, business_id, relation) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"),
        args![contact, business, relation],
    )
    .await?;
    Ok(())
}
