//! The rows of an object in its `SQLite` storage.

use super::failure::Fault;
use crate::object::{Effect, Trouble};
use worker::{SqlStorage, SqlStorageValue};

/// One row per page; an integer key makes each write a single row.
const CREATE: &str =
    "CREATE TABLE IF NOT EXISTS pages (page INTEGER PRIMARY KEY, bytes BLOB NOT NULL)";
const READ: &str = "SELECT bytes FROM pages ORDER BY page";
const PUT: &str =
    "INSERT INTO pages VALUES (?, ?) ON CONFLICT (page) DO UPDATE SET bytes = excluded.bytes";

/// Reads all rows. A row that does not read is a fault, never an absent one.
pub(crate) fn read(sql: &SqlStorage) -> Result<Vec<Vec<u8>>, Fault> {
    sql.exec(CREATE, None).map_err(fault)?;
    let cursor = sql.exec(READ, None).map_err(fault)?;
    let mut pages = Vec::new();
    for row in cursor.raw() {
        match row.map_err(fault)?.pop() {
            Some(SqlStorageValue::Blob(bytes)) => pages.push(bytes),
            other => {
                return Err(Fault::said(
                    "object",
                    format!("a row holds {other:?} instead of bytes"),
                ));
            }
        }
    }
    Ok(pages)
}

/// Applies effects. Without an `await` between them they are committed together.
pub(crate) fn apply(sql: &SqlStorage, effects: &[Effect]) -> Result<(), Fault> {
    for Effect::PutRow { page, row } in effects {
        let bytes = row.encode().map_err(|error| Fault::said("object", error))?;
        let page = SqlStorageValue::Integer(i64::from(*page));
        sql.exec(PUT, vec![page, SqlStorageValue::Blob(bytes)])
            .map_err(fault)?;
    }
    Ok(())
}

/// An instance that another has taken the place of is told so here. What was done in memory is dropped with the machine,
/// so it may be tried again.
fn fault(error: worker::Error) -> Fault {
    Fault {
        trouble: Trouble::Passing,
        ..Fault::said("object", error)
    }
}
