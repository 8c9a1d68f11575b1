//! What can be done to an account from outside, and how it is said.

use super::{
    Day, KeyHash, Named, Override, Plan, RefundId, Reply, Span, Suspension, object, quoted,
};
use crate::bounds::{
    MAX_AMOUNT, MAX_OPERATION_BYTES, MAX_PLAN_BYTES, MAX_REASON_BYTES, MAX_REFUND_BYTES, MAX_WINDOW,
};
use crate::document::{self, DocumentError, Field, Object, Value};
use crate::limit::{Name, Partition};
use crate::time::{Millis, UnixMillis};
use serde::{Deserialize, Serialize};

/// An operation as it is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The method.
    pub method: String,
    /// The path behind the account, without a slash at its beginning.
    pub path: String,
    /// The body, in which keys are hashed; of a request for `usage` what its query says, as an object.
    pub body: String,
    /// What the receiver of events knows the account by, if there is a receiver.
    pub named: Option<Named>,
}

/// Looks at a part of an account or changes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// How it stands: limits, who holds slots, what was refused lately. Spends nothing.
    Look,
    /// All that is kept of it.
    Export,
    /// Erases what is known of it, but for what keeps its limits, suspension and keys from beginning anew.
    Erase,
    /// What waits to be told of it, and what was given up.
    Events,
    /// Has all of these sent again now.
    SendAgain,
    /// The plan as it is, or set anew.
    Plan(Option<Plan>),
    /// The suspension as it is, or set anew.
    Suspension(Option<Suspension>),
    /// Ends the suspension.
    Lift,
    /// The keys that are revoked.
    RevokedKeys,
    /// Revokes a key.
    Revoke(KeyHash),
    /// Takes that back.
    Reinstate(KeyHash),
    /// The overrides as they are.
    Overrides,
    /// Sets an override anew.
    Override(Override),
    /// Ends the override of a limit.
    EndOverride(Name),
    /// What was used of it, day by day.
    Usage(Span),
    /// What was used of it lately, by minute and hour.
    History,
    /// Gives back all units of a limit.
    Reset(Name),
    /// Gives back some units of a limit.
    Refund {
        /// The limit.
        limit: Name,
        /// Of which part of the account; of each, if absent.
        partition: Option<Partition>,
        /// How many, at least 1.
        units: u64,
        /// What stands for it, so that it is made once.
        id: RefundId,
    },
    /// How a cap stands.
    Cap(Name),
    /// Sets what is settled of a cap to what is known to be true.
    Reconcile {
        /// The cap.
        cap: Name,
        /// What is settled; as it is if absent.
        settled: Option<u64>,
        /// Reservations that are at least so old are dropped: nobody will settle them any more.
        older_than: Millis,
    },
}

/// Seconds since the Unix epoch that a suspension may end at: up to the year 9999.
const MOST_SECONDS: u64 = 253_402_300_799;

impl Operation {
    /// Reads an order.
    ///
    /// # Errors
    ///
    /// The answer to whoever gave it: 404 for a part that no account has, 405 for a method that the part does not
    /// have, 400 for a body that is not right.
    pub fn read(order: &Order) -> Result<Self, Reply> {
        let parts: Vec<&str> = order.path.split('/').collect();
        let (method, parts) = (order.method.as_str(), parts.as_slice());
        let wrong = |error: DocumentError| Reply::error(400, "malformed", &error.to_string());
        let document = || document::read(&order.body, MAX_OPERATION_BYTES).map_err(wrong);
        let name = |name: &str| {
            let bad = |allowed| Reply::error(400, "malformed", &format!("{allowed}"));
            Name::try_from(name).map_err(bad)
        };
        match (parts, method) {
            ([""], "GET") => Ok(Self::Look),
            ([""], "DELETE") => Ok(Self::Erase),
            (["export"], "GET") => Ok(Self::Export),
            (["events"], "GET") => Ok(Self::Events),
            (["events"], "POST") => Ok(Self::SendAgain),
            (["plan"], "GET") => Ok(Self::Plan(None)),
            (["plan"], "PUT") => read_plan(&document()?).map_err(wrong),
            (["suspension"], "GET") => Ok(Self::Suspension(None)),
            (["suspension"], "PUT") => read_suspension(&document()?).map_err(wrong),
            (["suspension"], "DELETE") => Ok(Self::Lift),
            (["revoked-keys"], "GET") => Ok(Self::RevokedKeys),
            (["revoked-keys"], "POST") => read_key(&document()?).map(Self::Revoke).map_err(wrong),
            (["revoked-keys"], "DELETE") => {
                read_key(&document()?).map(Self::Reinstate).map_err(wrong)
            }
            (["overrides"], "GET") => Ok(Self::Overrides),
            (["overrides", limit], "PUT") => {
                read_override(&document()?, name(limit)?).map_err(wrong)
            }
            (["overrides", limit], "DELETE") => Ok(Self::EndOverride(name(limit)?)),
            (["usage"], "GET") => read_span(&document()?).map_err(wrong),
            (["history"], "GET") => Ok(Self::History),
            (["usage", limit], "DELETE") => Ok(Self::Reset(name(limit)?)),
            (["usage", limit, "refund"], "POST") => {
                read_refund(&document()?, name(limit)?).map_err(wrong)
            }
            (["caps", cap], "GET" | "PUT") => {
                let cap = name(cap)?;
                if method == "GET" {
                    return Ok(Self::Cap(cap));
                }
                read_reconcile(&document()?, cap).map_err(wrong)
            }
            ([""], _) => Err(Reply::no_method("GET, DELETE")),
            (["events"], _) => Err(Reply::no_method("GET, POST")),
            (["export" | "overrides" | "usage" | "history"], _) => Err(Reply::no_method("GET")),
            (["overrides", _], _) => Err(Reply::no_method("PUT, DELETE")),
            (["usage", _], _) => Err(Reply::no_method("DELETE")),
            (["usage", _, "refund"], _) => Err(Reply::no_method("POST")),
            (["plan"] | ["caps", _], _) => Err(Reply::no_method("GET, PUT")),
            (["suspension"], _) => Err(Reply::no_method("GET, PUT, DELETE")),
            (["revoked-keys"], _) => Err(Reply::no_method("GET, POST, DELETE")),
            _ => Err(Reply::error(
                404,
                "not_found",
                "An account has: plan, suspension, revoked-keys, overrides, overrides/LIMIT, usage, usage/LIMIT, usage/LIMIT/refund, history, caps/NAME, events, export.",
            )),
        }
    }
}

fn read_plan(document: &Value) -> Result<Operation, DocumentError> {
    let object = Field::root(document).object(&["access_status", "plan", "period_end"])?;
    let text = |key| read_text(&object, key, MAX_PLAN_BYTES);
    Ok(Operation::Plan(Some(Plan {
        access_status: text("access_status")?,
        plan: text("plan")?,
        period_end: text("period_end")?,
    })))
}

fn read_suspension(document: &Value) -> Result<Operation, DocumentError> {
    let object = Field::root(document).object(&["until", "reason"])?;
    let until = object.required("until")?.integer(0..=MOST_SECONDS)?;
    let reason = read_text(&object, "reason", MAX_REASON_BYTES)?;
    Ok(Operation::Suspension(Some(Suspension {
        until: UnixMillis(0).after(Millis::from_seconds(until)),
        reason: reason.unwrap_or_default(),
    })))
}

fn read_override(document: &Value, limit: Name) -> Result<Operation, DocumentError> {
    let object = Field::root(document).object(&["units", "until"])?;
    let until = object.required("until")?.integer(0..=MOST_SECONDS)?;
    Ok(Operation::Override(Override {
        limit,
        units: object.required("units")?.integer(1..=MAX_AMOUNT)?,
        until: UnixMillis(0).after(Millis::from_seconds(until)),
    }))
}

fn read_span(document: &Value) -> Result<Operation, DocumentError> {
    let object = Field::root(document).object(&["from", "to", "format"])?;
    let day = |key| {
        let field = object.optional(key);
        let read = |field: Field<'_>| {
            let day = field.text().ok().and_then(Day::read);
            day.ok_or_else(|| field.fail("a day of UTC from 1970 on, such as \"2026-09-21\""))
        };
        field.map(read).transpose()
    };
    let (from, to) = (day("from")?, day("to")?);
    if let (Some(from), Some(last), Some(field)) = (from, to, object.optional("to"))
        && last < from
    {
        return Err(field.fail(format!("a day from {from} on")));
    }
    let words = [("json", false), ("csv", true)];
    let format = object.optional("format");
    let csv = format.map_or(Ok(false), |field| field.choice(&words))?;
    Ok(Operation::Usage(Span { from, to, csv }))
}

fn read_refund(document: &Value, limit: Name) -> Result<Operation, DocumentError> {
    let object = Field::root(document).object(&["units", "id", "partition"])?;
    let id = object.required("id")?;
    let allowed = format!("a string of 1 to {MAX_REFUND_BYTES} bytes");
    let named = id.text().ok();
    let named = named.filter(|text| (1..=MAX_REFUND_BYTES).contains(&text.len()));
    let partition = object.optional("partition").map(|field| {
        let digits = field.text().ok().filter(|text| text.len() == 32);
        let part = digits.and_then(KeyHash::read).map(|hash| Partition(hash.0));
        part.ok_or_else(|| field.fail("32 hexadecimal digits, as a look shows them"))
    });
    Ok(Operation::Refund {
        id: RefundId::of(&limit, named.ok_or_else(|| id.fail(allowed))?),
        units: object.required("units")?.integer(1..=MAX_AMOUNT)?,
        partition: partition.transpose()?,
        limit,
    })
}

const KEY: &str = "{\"key\": \"…\"}, or {\"hash\": \"…\"} of 32 or 64 hexadecimal digits";

/// No error shows what stands where a key might.
fn read_key(document: &Value) -> Result<KeyHash, DocumentError> {
    let root = Field::root(document);
    let object = root.object(&["hash"]).map_err(|_| root.fail_unseen(KEY))?;
    let hash = object.optional("hash").and_then(|hash| hash.text().ok());
    let hash = hash.and_then(KeyHash::read);
    hash.ok_or_else(|| root.fail_unseen(KEY))
}

/// The body of an order as it is passed on: what holds a key holds its hash instead.
#[must_use]
pub fn hashed(body: String, hash: impl Fn(&str) -> KeyHash) -> String {
    let document = document::read(&body, MAX_OPERATION_BYTES);
    let Ok(Value::Object(fields)) = &document else {
        return body;
    };
    match fields.as_slice() {
        [(name, Value::Text(key))] if name == "key" && !key.is_empty() => {
            let hash = hash(key).to_string();
            object(&[("hash", quoted(Some(&hash)))])
        }
        _ => body,
    }
}

fn read_reconcile(document: &Value, cap: Name) -> Result<Operation, DocumentError> {
    let object = Field::root(document).object(&["settled", "older_than"])?;
    let settled = object.optional("settled");
    let settled = settled.map(|field| field.integer(0..=MAX_AMOUNT));
    let older_than = object.optional("older_than");
    let older_than = older_than.map_or(Ok(Millis(0)), |field| {
        field.duration(Millis(0)..=MAX_WINDOW)
    });
    Ok(Operation::Reconcile {
        cap,
        settled: settled.transpose()?,
        older_than: older_than?,
    })
}

/// A text of 1 to `most` bytes without control characters; `None` if it is absent or null.
fn read_text(object: &Object<'_>, key: &str, most: usize) -> Result<Option<String>, DocumentError> {
    let Some(field) = object.optional(key) else {
        return Ok(None);
    };
    match field.value() {
        Value::Null => Ok(None),
        Value::Text(text)
            if (1..=most).contains(&text.len()) && !text.chars().any(char::is_control) =>
        {
            Ok(Some(text.clone()))
        }
        _ => Err(field.fail(format!(
            "null, or a string of 1 to {most} bytes without control characters"
        ))),
    }
}
