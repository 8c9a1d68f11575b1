//! The policy: what applies to whom, as one document. Parsed once per isolate and version, then only read.

mod cors;
mod dialect;
mod header;
mod limits;
mod model;
mod paths;
mod pattern;
mod reason;
mod routes;
mod style;
mod template;
mod tiers;

pub use crate::document::DocumentError;
pub use cors::Cors;
pub use dialect::Dialect;
pub use header::{Figure, HeaderRule, HeaderValue, List, When, Which};
pub use model::{OnUnavailable, Policy, Source, Strangers};
pub use reason::Reason;
pub use routes::Route;
pub use style::{ProblemJson, Style};
pub use template::{Facts, Template};
pub use tiers::Tier;
