//! What goes over the wire on either side, as plain data: which path, which headers, which body. The dialect
//! of the policy decides how; `edge` turns it into requests and responses.

mod accept;
mod answer;
mod cors;
mod denial;
mod forward;
mod headers;
mod instant;
mod problem;
mod ratelimit_draft_11;
mod standings;
mod target;

pub use answer::own_answer;
pub use cors::{cors_headers, exposed_headers};
pub use denial::{Denial, reason, retry_after};
pub use forward::{
    DEPLOYMENT_HEADER, Told, deployments, is_dropped_on_request, is_dropped_on_response,
    told_headers,
};
pub use headers::{limit_headers, would_deny_header};
pub use instant::iso_second;
pub use target::Target;
