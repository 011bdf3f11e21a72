//! Every statement of the program is prepared on both engines, and the plans of the hot ones are looked at.
//!
//! PostgreSQL is tried when `TEST_POSTGRES_URL` names a server on which databases may be made.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test of the statements themselves, outside the program")]

use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, SqliteConnection, Statement as _};
use store::{Db, migrate, registered};

async fn sqlite() -> (Db, SqliteConnection, std::path::PathBuf) {
    let file = std::env::temp_dir().join(format!("statements-{}.sqlite", uuid::Uuid::now_v7()));
    let db = Db::open(&format!("sqlite:{}", file.display())).await.unwrap();
    migrate::run(&db).await.unwrap();
    let connection = SqliteConnection::connect(&format!("sqlite:{}", file.display())).await.unwrap();
    (db, connection, file)
}

async fn postgres() -> Option<(Db, PgConnection)> {
    let server = std::env::var("TEST_POSTGRES_URL").ok()?;
    let mut admin = PgConnection::connect(&server).await.unwrap();
    let name = format!("statements_{}", uuid::Uuid::now_v7().simple());
    admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    let options = PgConnectOptions::from_str(&server).unwrap().database(&name);
    let url = sqlx::ConnectOptions::to_url_lossy(&options).to_string();
    let db = Db::open(&url).await.unwrap();
    migrate::run(&db).await.unwrap();
    Some((db, PgConnection::connect_with(&options).await.unwrap()))
}

#[tokio::test]
async fn every_statement_prepares_on_sqlite() {
    let (_db, mut connection, _file) = sqlite().await;
    let mut seen = 0;
    for statement in registered() {
        seen += 1;
        if let Err(error) = (&mut connection).prepare(sqlx::SqlStr::from_static(statement.sqlite)).await {
            panic!("{}:{}: {error}\n{}", statement.file, statement.line, statement.sqlite);
        }
    }
    assert!(seen > 100, "the register holds only {seen} statements");
}

#[tokio::test]
async fn every_statement_prepares_on_postgres() {
    let Some((_db, mut connection)) = postgres().await else { return };
    for statement in registered() {
        if let Err(error) = (&mut connection).prepare(sqlx::SqlStr::from_static(statement.postgres)).await {
            panic!("{}:{}: {error}\n{}", statement.file, statement.line, statement.postgres);
        }
    }
}

/// Lists of cases, of calls and of publications, the claim of jobs, the change feed, the messages of a case.
fn is_hot(statement: &store::Statement) -> bool {
    let text = statement.sqlite;
    let files = [store::cases::HOT_FILE, store::calls::HOT_FILE, store::call_backs::HOT_FILE];
    let list =
        (files.contains(&statement.file) || text.contains("FROM publication")) && text.contains("ORDER BY") && text.contains("LIMIT");
    text.starts_with("SELECT") && list || text.starts_with("SELECT 0 AS xid") || text.contains("FROM case_event WHERE case_id")
}

#[tokio::test]
async fn hot_plans_on_sqlite_follow_an_index_unsorted() {
    let (_db, mut connection, _file) = sqlite().await;
    let mut looked = 0;
    for statement in registered().filter(|s| is_hot(s)) {
        looked += 1;
        let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", statement.sqlite))).fetch_all(&mut connection).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get::<String, _>("detail")).collect();
        let plan = plan.join("\n");
        let bad = plan.contains("TEMP B-TREE")
            || plan.lines().any(|line| {
                line.starts_with("SCAN") && !line.contains("USING") && !line.contains("json_each") && !line.contains("change_feed")
            });
        assert!(!bad, "{}:{} is not answered along an index:\n{plan}\n{}", statement.file, statement.line, statement.sqlite);
    }
    assert!(looked > 18, "only {looked} hot statements were found");
}

#[tokio::test]
async fn hot_plans_on_postgres_follow_an_index_unsorted() {
    let Some((_db, mut connection)) = postgres().await else { return };
    for setting in
        ["SET enable_seqscan = off", "SET enable_sort = off", "SET enable_bitmapscan = off", "SET plan_cache_mode = force_generic_plan"]
    {
        connection.execute(setting).await.unwrap();
    }
    for statement in registered().filter(|s| is_hot(s)) {
        let prepared = (&mut connection).prepare(sqlx::SqlStr::from_static(statement.postgres)).await.unwrap();
        let count = match prepared.parameters() {
            Some(sqlx::Either::Left(types)) => types.len(),
            Some(sqlx::Either::Right(count)) => count,
            None => 0,
        };
        let nulls = vec!["NULL"; count].join(",");
        connection.execute(AssertSqlSafe(format!("PREPARE look AS {}", statement.postgres))).await.unwrap();
        let call = if count == 0 { "EXPLAIN EXECUTE look".to_owned() } else { format!("EXPLAIN EXECUTE look({nulls})") };
        let rows = sqlx::raw_sql(AssertSqlSafe(call)).fetch_all(&mut connection).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get::<String, _>(0)).collect();
        let plan = plan.join("\n");
        connection.execute("DEALLOCATE look").await.unwrap();
        assert!(
            !plan.contains("Sort") && !plan.contains("Seq Scan"),
            "{}:{} is not answered along an index:\n{plan}\n{}",
            statement.file,
            statement.line,
            statement.postgres
        );
    }
}

/// The same tables, columns and NOT NULLs on both engines, and migrations of the same numbers.
#[tokio::test]
async fn both_schemas_agree() {
    let [lite, pg] = migrate::numbers();
    assert_eq!(lite, pg);
    let (_db, mut lite, _file) = sqlite().await;
    let rows = sqlx::query(
        "SELECT m.name || '.' || c.name || ' ' || (c.\"notnull\" OR c.pk > 0) AS line FROM sqlite_master m JOIN pragma_table_info(m.name) c
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '_sqlx%' ORDER BY m.name, c.name",
    )
    .fetch_all(&mut lite)
    .await
    .unwrap();
    let lite: Vec<String> = rows.iter().map(|row| row.get::<String, _>("line")).collect();
    assert!(lite.len() > 200);
    let Some((_db, mut pg)) = postgres().await else { return };
    let rows = sqlx::query(
        "SELECT table_name || '.' || column_name || ' ' || CASE is_nullable WHEN 'NO' THEN 1 ELSE 0 END AS line FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name NOT LIKE '\\_sqlx%' AND column_name <> 'xid' ORDER BY table_name COLLATE \"C\", column_name COLLATE \"C\"",
    )
    .fetch_all(&mut pg)
    .await
    .unwrap();
    let pg: Vec<String> = rows.iter().map(|row| row.get::<String, _>("line")).collect();
    assert_eq!(lite, pg);
}
