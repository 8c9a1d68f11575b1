//! The policy: what applies to whom, as one document. Parsed once per isolate and version, then only read.

mod cors;
mod dialect;
mod limits;
mod model;
mod paths;
mod pattern;
mod routes;
mod template;
mod tiers;

pub use crate::document::DocumentError;
pub use cors::Cors;
pub use dialect::{Dialect, HeaderRule, HeaderValue, Reason, Style, When};
pub use model::{OnUnavailable, Policy, Source, Strangers};
pub use routes::Route;
pub use template::{Facts, Template};
pub use tiers::Tier;
