//! What an object stores: its rows in `SQLite`, and its alarm.

use super::failure::Fault;
use crate::object::{Effect, Trouble};
use crate::time::UnixMillis;
use js_sys::Promise;
use std::cell::Cell;
use wasm_bindgen::prelude::*;
use worker::{SqlStorage, SqlStorageValue, State};

/// Whether there is a table: looking at an object that stores nothing creates nothing.
const FIND: &str = "SELECT 1 FROM sqlite_master WHERE name = 'pages'";
/// One row per page; an integer key makes each write a single row.
const CREATE: &str = "CREATE TABLE pages (page INTEGER PRIMARY KEY, bytes BLOB NOT NULL)";
const READ: &str = "SELECT page, bytes FROM pages ORDER BY page";
const PUT: &str =
    "INSERT INTO pages VALUES (?, ?) ON CONFLICT (page) DO UPDATE SET bytes = excluded.bytes";
const DELETE: &str = "DELETE FROM pages WHERE page = ?";

#[wasm_bindgen]
extern "C" {
    type Storage;
    // Both act before they return. If storing fails afterwards, the runtime drops the object and answers nobody.
    #[wasm_bindgen(method, catch, js_name = setAlarm)]
    fn set_alarm(this: &Storage, at: f64) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch, js_name = deleteAll)]
    fn delete_all(this: &Storage) -> Result<Promise, JsValue>;
}

/// The storage of one object.
pub(crate) struct Rows {
    storage: worker::Storage,
    sql: SqlStorage,
    has_table: Cell<bool>,
}

impl Rows {
    pub(crate) fn of(state: &State) -> Self {
        let storage = state.storage();
        Self {
            sql: storage.sql(),
            storage,
            has_table: Cell::new(false),
        }
    }

    /// Reads all rows, by page. A row that does not read is a fault, never an absent one.
    pub(crate) fn read(&self) -> Result<Vec<(u8, Vec<u8>)>, Fault> {
        let found = self.sql.exec(FIND, None).map_err(fault)?;
        self.has_table.set(found.raw().count() > 0);
        if !self.has_table.get() {
            return Ok(Vec::new());
        }
        let mut rows = Vec::new();
        for row in self.sql.exec(READ, None).map_err(fault)?.raw() {
            let mut row = row.map_err(fault)?.into_iter();
            match (row.next(), row.next()) {
                (Some(SqlStorageValue::Integer(page)), Some(SqlStorageValue::Blob(bytes))) => {
                    let page = u8::try_from(page).map_err(|error| Fault::said("object", error))?;
                    rows.push((page, bytes));
                }
                (_, other) => {
                    let problem = format!("a row holds {other:?} instead of bytes");
                    return Err(Fault::said("object", problem));
                }
            }
        }
        Ok(rows)
    }

    /// Applies effects. Without an `await` between them they are committed together. What can fail comes before the first
    /// that is stored; an alarm too many does no harm.
    pub(crate) fn apply(&self, effects: &[Effect]) -> Result<(), Fault> {
        let mut rows = Vec::new();
        for effect in effects {
            match effect {
                Effect::PutRow { page, row } => {
                    let bytes = row.encode().map_err(|error| Fault::said("object", error))?;
                    rows.push((*page, bytes));
                }
                Effect::SetAlarm { at } => self.set_alarm(*at)?,
                Effect::DeleteRow { .. } | Effect::Forget => {}
            }
        }
        for (page, bytes) in rows {
            self.put(page, bytes)?;
        }
        effects.iter().try_for_each(|effect| self.delete(effect))
    }

    /// Writes one row.
    pub(crate) fn put(&self, page: u8, bytes: Vec<u8>) -> Result<(), Fault> {
        if !self.has_table.replace(true) {
            self.sql.exec(CREATE, None).map_err(fault)?;
        }
        let values = vec![number(page), SqlStorageValue::Blob(bytes)];
        self.sql.exec(PUT, values).map(drop).map_err(fault)
    }

    fn delete(&self, effect: &Effect) -> Result<(), Fault> {
        match effect {
            Effect::DeleteRow { page } => {
                self.sql.exec(DELETE, vec![number(*page)]).map_err(fault)?;
            }
            Effect::Forget => {
                self.has_table.set(false);
                let done = self.raw().delete_all();
                drop(done.map_err(|error| Fault::new("object", error))?);
            }
            Effect::PutRow { .. } | Effect::SetAlarm { .. } => {}
        }
        Ok(())
    }

    pub(crate) fn set_alarm(&self, at: UnixMillis) -> Result<(), Fault> {
        #[expect(clippy::cast_precision_loss, reason = "instants are below 2^53 ms")]
        let at = at.0 as f64;
        let set = self.raw().set_alarm(at);
        set.map(|_| ()).map_err(|error| Fault::new("object", error))
    }

    fn raw(&self) -> &Storage {
        self.storage.as_raw().unchecked_ref()
    }
}

fn number(page: u8) -> SqlStorageValue {
    SqlStorageValue::Integer(i64::from(page))
}

/// What was done in memory is dropped with the machine, so it may be tried again where that may help.
fn fault(error: worker::Error) -> Fault {
    let fault = Fault::said("object", error);
    Fault {
        trouble: Trouble::stored(&fault.problem),
        ..fault
    }
}
