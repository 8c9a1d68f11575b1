//! Which web pages may read the gate's own answers.

use crate::bounds::MAX_ENTRIES;
use crate::document::{DocumentError, Field};

/// Origins (scheme, host and port) of pages that may read denials and limit headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cors {
    /// `None` stands for any.
    pub origins: Option<Vec<String>>,
    /// Whether such pages may send credentials that the browser keeps, such as cookies.
    pub credentials: bool,
}

impl Cors {
    /// The value of `Access-Control-Allow-Origin` for a page of `origin`; `None` if it may not read.
    #[must_use]
    pub fn allowed<'a>(&self, origin: &'a str) -> Option<&'a str> {
        match &self.origins {
            None => Some("*"),
            Some(origins) => origins
                .iter()
                .any(|known| known == origin)
                .then_some(origin),
        }
    }
}

pub(super) fn read_cors(field: &Field<'_>) -> Result<Cors, DocumentError> {
    let object = field.object(&["origins", "credentials"])?;
    let list = object.required("origins")?;
    let origins = list
        .list(MAX_ENTRIES)?
        .iter()
        .map(read_origin)
        .collect::<Result<Vec<_>, _>>()?;
    let any = origins.iter().any(|origin| origin == "*");
    let credentials = object
        .optional("credentials")
        .map_or(Ok(false), |f| f.boolean())?;
    if any && (credentials || origins.len() > 1) {
        return Err(list.fail("\"*\" alone and without credentials, or a list of origins"));
    }
    Ok(Cors {
        origins: (!any).then_some(origins),
        credentials,
    })
}

fn read_origin(field: &Field<'_>) -> Result<String, DocumentError> {
    let text = field.text()?;
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.:[]".contains(&b);
    let fits = text == "*" || host.is_some_and(|host| !host.is_empty() && host.bytes().all(plain));
    if fits {
        Ok(text.to_owned())
    } else {
        Err(field.fail("an origin such as \"https://app.example.com\", or \"*\""))
    }
}
