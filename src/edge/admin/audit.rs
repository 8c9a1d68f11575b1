//! Entries of the audit, as they are written.

use super::super::entry::random_uuid;
use super::super::failure::Fault;
use super::super::identify::address;
use super::super::{clock, kv, log};
use super::{Desk, unavailable};
use crate::account::Reply;
use crate::admin::{AUDIT, Entry, Outcome};
use crate::bounds::AUDIT_SECONDS;
use crate::identity::network;
use crate::path::USUAL_PREFIX;

/// The entry of a change.
pub(super) struct Note<'a> {
    id: String,
    place: &'a str,
    detail: Option<&'a str>,
}

impl<'a> Note<'a> {
    /// Writes down that a change is begun; what cannot be written down is not done.
    pub(super) async fn begun(
        desk: Desk<'_>,
        path: &'a str,
        detail: Option<&'a str>,
    ) -> Result<Self, Reply> {
        let place = path.strip_prefix(USUAL_PREFIX).unwrap_or(path);
        let written = write(desk, place, detail, None).await;
        let id = written.map_err(|fault| {
            unavailable(
                &fault,
                "The audit cannot be written, so nothing was changed.",
            )
        })?;
        Ok(Self { id, place, detail })
    }

    /// Writes down that it failed.
    pub(super) async fn failed(&self, desk: Desk<'_>, status: u16) {
        let outcome = Outcome {
            id: &self.id,
            status,
        };
        let written = write(desk, self.place, self.detail, Some(outcome)).await;
        if let Err(fault) = written {
            log::fault(&fault);
        }
    }
}

async fn write(
    desk: Desk<'_>,
    place: &str,
    detail: Option<&str>,
    outcome: Option<Outcome<'_>>,
) -> Result<String, Fault> {
    let hash_key = &desk.deployment.hash_key;
    let network = address(desk.head).map(|address| network(Some(address)).own);
    let entry = Entry {
        when: clock::now(),
        what: desk.head.method(),
        place,
        detail,
        network: network.map(|network| hash_key.subject("network", &network)),
        outcome,
    };
    let id = entry.id(&random_uuid());
    let (name, text) = ([AUDIT, &id].concat(), entry.json(&id));
    kv::put(desk.deployment, &name, &text, Some(AUDIT_SECONDS), None).await?;
    Ok(id)
}
