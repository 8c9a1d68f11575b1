//! What requests of a route reserve of which caps, and what their outcome comes to.

use super::tiers::Tier;
use crate::bounds::{MAX_AMOUNT, MAX_ANSWER_BYTES, MAX_LIMITS, MAX_NAME_BYTES, MAX_PLAN_BYTES};
use crate::document::{self, DocumentError, Field, Object, Value};
use crate::limit::Name;

/// What a request reserves of one cap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reserve {
    /// The cap; a tier without it has no such limit.
    pub cap: Name,
    /// What the request may come to at most, 0 to [`MAX_AMOUNT`]. Of 0 it can only give something back.
    pub amount: u64,
    /// Which answers settle it; all others release it.
    pub on: Statuses,
    /// What they settle it at.
    pub settle: Amount,
}

/// What the answer of the origin comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came<'a> {
    /// To so much; to 0 if it settles nothing.
    To(i64),
    /// To what stands in this field of its body, an object.
    Field(&'a str),
    /// Nobody knows: the header that should say so is missing or no whole number.
    Unknown,
}

/// What a request that is settled comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Amount {
    /// So much, at most what it reserved; below zero it gives back.
    Fixed(i64),
    /// What this header of the answer says.
    Header(String),
    /// What this field of the answer's body, an object, says.
    Json(String),
}

/// The statuses from one to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statuses(pub u64, pub u64);

impl Reserve {
    /// What an answer comes to. `header` is the value of a header of it.
    pub fn came(&self, status: u16, header: impl Fn(&str) -> Option<String>) -> Came<'_> {
        let Statuses(least, most) = self.on;
        if !(least..=most).contains(&u64::from(status)) {
            return Came::To(0);
        }
        match &self.settle {
            Amount::Fixed(amount) => Came::To(*amount),
            Amount::Json(field) => Came::Field(field),
            Amount::Header(name) => {
                let said = header(name).and_then(|value| value.trim().parse().ok());
                said.and_then(amount).map_or(Came::Unknown, Came::To)
            }
        }
    }

    /// Whether it may depend on the body of the answer.
    #[must_use]
    pub fn reads_body(&self) -> bool {
        matches!(self.settle, Amount::Json(_))
    }
}

/// The whole number in a field of a body; `None` if there is none, or none that can be told.
#[must_use]
pub fn field_amount(body: &str, field: &str) -> Option<i64> {
    let Ok(Value::Object(entries)) = document::read(body, MAX_ANSWER_BYTES) else {
        return None;
    };
    let mut found = entries.iter().filter(|(key, _)| key == field);
    match (found.next(), found.next()) {
        (Some((_, Value::Integer(said))), None) => amount(*said),
        _ => None,
    }
}

fn amount(said: u64) -> Option<i64> {
    let said = Some(said).filter(|said| *said <= MAX_AMOUNT);
    said.and_then(|said| i64::try_from(said).ok())
}

pub(super) fn read_caps(field: &Field<'_>, tiers: &[Tier]) -> Result<Vec<Reserve>, DocumentError> {
    let mut reserves: Vec<Reserve> = Vec::new();
    for item in field.list(MAX_LIMITS)? {
        let reserve = read_reserve(&item, tiers)?;
        if reserves.iter().any(|earlier| earlier.cap == reserve.cap) {
            return Err(item.fail("each cap once"));
        }
        reserves.push(reserve);
    }
    Ok(reserves)
}

fn read_reserve(field: &Field<'_>, tiers: &[Tier]) -> Result<Reserve, DocumentError> {
    let object = field.object(&["cap", "reserve", "settle"])?;
    let cap = object.required("cap")?;
    let name = cap.name()?;
    if !tiers
        .iter()
        .flat_map(Tier::caps)
        .any(|known| known.name == name)
    {
        return Err(cap.fail("the name of a cap of some tier"));
    }
    let amount = object.required("reserve")?.integer(0..=MAX_AMOUNT)?;
    let settle = object.required("settle")?.object(&["on", "amount"])?;
    let on = settle.optional("on");
    Ok(Reserve {
        cap: name,
        amount,
        on: on.map_or(Ok(SUCCESS), |on| read_statuses(&on))?,
        settle: read_amount(&settle, amount)?,
    })
}

const SUCCESS: Statuses = Statuses(200, 299);

fn read_statuses(field: &Field<'_>) -> Result<Statuses, DocumentError> {
    if let Ok(status) = field.integer(200..=599) {
        return Ok(Statuses(status, status));
    }
    let classes = [
        ("2xx", SUCCESS),
        ("3xx", Statuses(300, 399)),
        ("4xx", Statuses(400, 499)),
        ("5xx", Statuses(500, 599)),
    ];
    let found = field.choice(&classes);
    found.map_err(|_| field.fail("2xx, 3xx, 4xx, 5xx, or a status from 200 to 599"))
}

/// What is settled may not be more than what was reserved: else the cap would be exceeded.
fn read_amount(settle: &Object<'_>, reserved: u64) -> Result<Amount, DocumentError> {
    let field = settle.required("amount")?;
    let fail = || {
        field.fail(format!(
            "a whole number from -{MAX_AMOUNT} to what is reserved, or {{\"header\": …}} or {{\"json\": …}} where \
             more than 0 is"
        ))
    };
    let fixed = match field.value() {
        Value::Integer(value) => i64::try_from(*value).ok().filter(|_| *value <= reserved),
        Value::Negative(value) => Some(*value).filter(|_| value.unsigned_abs() <= MAX_AMOUNT),
        Value::Object(_) if reserved > 0 => return read_source(&field),
        _ => None,
    };
    fixed.map(Amount::Fixed).ok_or_else(fail)
}

fn read_source(field: &Field<'_>) -> Result<Amount, DocumentError> {
    let object = field.object(&["header", "json"])?;
    match (object.optional("header"), object.optional("json")) {
        (Some(header), None) => header.header_name().map(Amount::Header),
        (None, Some(json)) => {
            let name = json.text()?;
            if !(1..=MAX_NAME_BYTES).contains(&name.len()) {
                return Err(json.fail(format!("a field of 1 to {MAX_NAME_BYTES} bytes")));
            }
            Ok(Amount::Json(name.to_owned()))
        }
        _ => Err(field.fail("either \"header\" or \"json\"")),
    }
}

/// The access statuses under which routes that reserve are refused.
pub(super) fn read_billing(field: &Field<'_>) -> Result<Vec<String>, DocumentError> {
    let mut blocked = Vec::new();
    for item in field
        .object(&["blocked"])?
        .required("blocked")?
        .list(MAX_LIMITS)?
    {
        let text = item.text()?;
        if !(1..=MAX_PLAN_BYTES).contains(&text.len()) {
            return Err(item.fail(format!("a string of 1 to {MAX_PLAN_BYTES} bytes")));
        }
        blocked.push(text.to_owned());
    }
    Ok(blocked)
}

/// The statuses of the origin that give the request's units back.
pub(super) fn read_refund_on(policy: &Object<'_>) -> Result<Vec<u64>, DocumentError> {
    let mut statuses = Vec::new();
    let field = policy.optional("refund_on");
    let listed = field.map_or(Ok(Vec::new()), |field| field.list(MAX_LIMITS));
    for status in listed? {
        statuses.push(status.integer(200..=599)?);
    }
    Ok(statuses)
}
