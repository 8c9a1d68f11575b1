//! The policy: what applies to whom, as one document. Parsed once per isolate and version, then only read.

mod cors;
mod dialect;
mod header;
mod jwk;
mod limits;
mod model;
mod paths;
mod pattern;
mod prefixes;
mod reason;
mod routes;
mod style;
mod template;
mod tiers;
mod tokens;

pub use crate::document::DocumentError;
pub use cors::Cors;
pub use dialect::Dialect;
pub use header::{Figure, HeaderRule, HeaderValue, List, When, Which};
pub(crate) use jwk::TOKEN_ALGORITHMS;
pub use jwk::{Jwk, TokenAlgorithm, read_jwks};
pub use model::{OnUnavailable, Policy, Source, Strangers};
pub use prefixes::Sharing;
pub use reason::Reason;
pub use routes::Route;
pub use style::{ProblemJson, Style};
pub use template::{Facts, Template};
pub use tiers::Tier;
pub use tokens::{Claim, TokenTier, Tokens};
