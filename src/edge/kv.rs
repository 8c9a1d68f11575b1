//! Reads of KV.

use super::deadline::within;
use super::deployment::Deployment;
use super::failure::Fault;
use crate::time::Millis;

/// How long KV itself may answer from its cache, in seconds. Its least is 30; older runtimes take no less
/// than this.
const CACHE_SECONDS: u64 = 60;

/// How long a read may take. Who waits for it has a last good value or none.
const READ_WITHIN: Millis = Millis(5_000);

/// The text under a name; `None` if there is none. `part` is who asks, for the log.
pub(crate) async fn read(
    deployment: &Deployment,
    name: &str,
    part: &'static str,
) -> Result<Option<String>, Fault> {
    let reading = deployment.kv.get(name).cache_ttl(CACHE_SECONDS).text();
    match within(READ_WITHIN, reading).await {
        Some(Ok(text)) => Ok(text),
        Some(Err(error)) => Err(Fault::new(part, error)),
        None => Err(Fault::said(part, "KV did not answer in time")),
    }
}
