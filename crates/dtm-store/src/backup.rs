//! The whole database as rows, for backups: read in one snapshot while others go on writing, put into an empty database
//! of either kind.
//!
//! The schema knows two types only, BIGINT and TEXT, so a row is a list of numbers and texts, and what was kept in SQLite
//! can go on in PostgreSQL. Tables come in the order in which their references can be followed. A backup of an older
//! schema is put into that schema, which is then brought up to date like any other database.

use crate::dialect::Dialect;
use crate::open::Core;
use crate::sql::{self, Columns, Val, vals};
use crate::{Result, Stamp, StoreError};
use futures::TryStreamExt;
use sqlx::any::AnyRow;
use sqlx::{Any, AnyConnection, AssertSqlSafe, Transaction};
use std::collections::{BTreeMap, BTreeSet};

/// A value of a row.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum Cell {
    /// A number, an instant or a flag.
    Number(i64),
    /// A text.
    Text(String),
    /// Nothing.
    Nothing,
}

impl From<Cell> for Val {
    fn from(cell: Cell) -> Self {
        match cell {
            Cell::Number(number) => Val::Int(Some(number)),
            Cell::Text(text) => Val::Text(Some(text)),
            Cell::Nothing => Val::Text(None),
        }
    }
}

/// A table and its columns.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TableShape {
    /// Its name.
    pub name: String,
    /// Its columns; whether each holds numbers.
    pub columns: Vec<(String, bool)>,
}

/// The database as it was at one moment.
pub struct Snapshot {
    transaction: Transaction<'static, Any>,
    /// The tables, each after those it refers to.
    pub tables: Vec<TableShape>,
    /// The number of the schema.
    pub schema: i64,
}

impl crate::Store {
    /// Holds the database as it is now, for reading; others go on writing.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        let mut transaction = self.core.pool.begin_with(self.core.dialect.begin_snapshot()).await?;
        // The first read fixes what is seen.
        let sql = "SELECT max(version) FROM _sqlx_migrations";
        let row = sql::one(&mut transaction, sql, vals![]).await?;
        let schema = row.ok_or_else(|| StoreError::corrupt("the database has no schema"))?.int(0)?;
        let tables = tables(&mut transaction, self.core.dialect).await?;
        Ok(Snapshot { transaction, tables, schema })
    }
}

impl crate::Store {
    /// Notes in the audit log that a backup left, or that this instance began with one. Messages that waited when it was made
    /// are not sent by themselves: the instance that it was made of may have sent them.
    pub async fn note_backup(&self, restored: bool, detail: serde_json::Value, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        if restored {
            let sql =
                "UPDATE outbox SET next_at = NULL, given_up_at = $1, problem = 'restored' WHERE next_at IS NOT NULL";
            write.run(sql, vals![stamp.at]).await?;
        }
        write.note(if restored { "backup.restored" } else { "backup.made" }, "instance", detail);
        write.commit().await
    }
}

impl Snapshot {
    /// Tells every row of a table, in no order; returns how many there were. Stops where `each` fails.
    pub async fn read<E: From<StoreError>>(
        &mut self,
        table: &TableShape,
        mut each: impl FnMut(Vec<Cell>) -> Result<(), E>,
    ) -> Result<u64, E> {
        let names: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
        let sql = format!("SELECT {} FROM {}", names.join(", "), table.name);
        let mut rows = sqlx::query::<Any>(AssertSqlSafe(sql)).fetch(&mut *self.transaction);
        let mut n = 0;
        while let Some(row) = rows.try_next().await.map_err(StoreError::from)? {
            each(cells(&row, table)?)?;
            n += 1;
        }
        Ok(n)
    }
}

fn cells(row: &AnyRow, table: &TableShape) -> Result<Vec<Cell>> {
    let cell = |(at, (_, is_number)): (usize, &(String, bool))| {
        Ok(match is_number {
            true => row.maybe_int(at)?.map_or(Cell::Nothing, Cell::Number),
            false => row.maybe_text(at)?.map_or(Cell::Nothing, Cell::Text),
        })
    };
    table.columns.iter().enumerate().map(cell).collect()
}

/// An empty database into which a backup is put. Nothing of it is there before [`Restoring::finish`].
pub struct Restoring {
    core: Core,
    transaction: Transaction<'static, Any>,
    tables: BTreeMap<String, TableShape>,
}

impl Restoring {
    /// Makes the schema of this number in an empty database; one that was used already is refused with
    /// `Conflict { what: "not_empty" }`, a schema newer than ours with `Conflict { what: "newer_schema" }`.
    pub async fn begin(url: &str, schema: i64) -> Result<Restoring> {
        let core = Core::connect(url).await?;
        if !core.migrations().any(|version| version == schema) {
            return Err(StoreError::Conflict { what: "newer_schema" });
        }
        core.migrate_to(schema).await?;
        let mut transaction = core.pool.begin_with(core.dialect.begin()).await?;
        for statement in core.dialect.long_session() {
            sql::run(&mut transaction, *statement, vals![]).await?;
        }
        let head = sql::one(&mut transaction, core.dialect.take_audit_head(), vals![]).await?;
        let now = sql::one(&mut transaction, "SELECT max(version) FROM _sqlx_migrations", vals![]).await?;
        let is_fresh = head.map(|row| row.int(0)).transpose()? == Some(0)
            && now.map(|row| row.int(0)).transpose()? == Some(schema);
        if !is_fresh {
            return Err(StoreError::Conflict { what: "not_empty" });
        }
        let in_order = tables(&mut transaction, core.dialect).await?;
        // The schema brings rows of its own, which the backup has as they were.
        for table in in_order.iter().rev() {
            sql::run(&mut transaction, format!("DELETE FROM {}", table.name), vals![]).await?;
        }
        let tables = in_order.into_iter().map(|table| (table.name.clone(), table)).collect();
        Ok(Restoring { core, transaction, tables })
    }

    /// Puts rows into a table; those of tables it refers to must be there.
    pub async fn put(&mut self, table: &TableShape, rows: Vec<Vec<Cell>>) -> Result<()> {
        let known = self.tables.get(&table.name).filter(|known| {
            let columns: BTreeSet<&(String, bool)> = known.columns.iter().collect();
            table.columns.iter().all(|column| columns.contains(column))
        });
        let known = known.ok_or_else(|| StoreError::not_found("table", &table.name))?;
        let width = table.columns.len();
        if rows.iter().any(|row| row.len() != width) {
            return Err(StoreError::corrupt(format!("a row of {}", table.name)));
        }
        let names: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
        let head = format!("INSERT INTO {} ({})", known.name, names.join(", "));
        let typed = |row: Vec<Cell>| {
            let cells = row.into_iter().zip(&table.columns);
            // PostgreSQL wants to know the type of nothing, too.
            cells.map(|(cell, (_, is_number))| match (cell, is_number) {
                (Cell::Nothing, true) => Val::Int(None),
                (cell, _) => cell.into(),
            })
        };
        let rows = rows.into_iter().map(|row| typed(row).collect()).collect();
        sql::insert(&mut self.transaction, head, "", rows).await?;
        Ok(())
    }

    /// Commits, and brings the schema up to date.
    pub async fn finish(self) -> Result<()> {
        self.transaction.commit().await?;
        self.core.migrate().await?;
        self.core.pool.close().await;
        Ok(())
    }
}

/// The tables of the database, each after those it refers to.
async fn tables(conn: &mut AnyConnection, dialect: Dialect) -> Result<Vec<TableShape>> {
    let mut shapes: BTreeMap<String, TableShape> = BTreeMap::new();
    for row in sql::all(conn, dialect.columns(), vals![]).await? {
        let (name, column, kind) = (row.text(0)?, row.text(1)?, row.text(2)?.to_lowercase());
        let is_number = match kind.as_str() {
            "bigint" => true,
            "text" => false,
            _ => return Err(StoreError::corrupt(format!("column {name}.{column} is of the type {kind}"))),
        };
        let shape = shapes.entry(name.clone()).or_insert_with(|| TableShape { name, columns: Vec::new() });
        shape.columns.push((column, is_number));
    }
    let mut parents: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in sql::all(conn, dialect.references(), vals![]).await? {
        let (child, parent) = (row.text(0)?, row.text(1)?);
        if child != parent {
            parents.entry(child).or_default().insert(parent);
        }
    }
    let mut sorted: Vec<TableShape> = Vec::with_capacity(shapes.len());
    while !shapes.is_empty() {
        let is_free = |name: &String| parents.get(name).is_none_or(|of| of.iter().all(|of| !shapes.contains_key(of)));
        let free: Vec<String> = shapes.keys().filter(|name| is_free(name)).cloned().collect();
        if free.is_empty() {
            return Err(StoreError::corrupt("tables refer to each other in a circle"));
        }
        sorted.extend(free.iter().filter_map(|name| shapes.remove(name)));
    }
    Ok(sorted)
}
