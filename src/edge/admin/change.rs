//! Changes. Each is read and found right first, then written down, then made.

use super::Desk;
use super::account::{self, Operated};
use super::audit::Note;
use super::keys::{self, PutRecord, Revocation};
use super::policy::{self, Put};
use crate::account::{Operation, Override, Reply, Suspension};
use crate::collector::Told;
use crate::wire::iso_second;

/// What is to be changed.
pub(super) enum Change {
    Policy(Put),
    Record(PutRecord),
    Revocation(Revocation),
    Account(Operated),
    /// What waits to be told of the API itself is sent again.
    SendAgain,
}

/// Makes a change of which there is an entry first, so that none is made unseen. One that then fails has another.
pub(super) async fn changed(desk: Desk<'_>, path: &str, change: Change) -> Reply {
    let detail = change.detail();
    let note = match Note::begun(desk, path, detail.as_deref()).await {
        Ok(note) => note,
        Err(refused) => return refused,
    };
    let made = change.made(desk).await;
    let reply = made.unwrap_or_else(|refused| refused);
    if reply.status >= 400 {
        note.failed(desk, reply.status).await;
    }
    reply
}

impl Change {
    /// What the audit says of it besides its path.
    fn detail(&self) -> Option<String> {
        match self {
            Self::Policy(put) => Some(put.detail()),
            Self::Record(put) => Some(put.detail()),
            Self::Revocation(revocation) => Some(["key ", &revocation.hash].concat()),
            Self::SendAgain => None,
            Self::Account(operated) => match &operated.operation {
                Operation::Revoke(key) | Operation::Reinstate(key) => Some(format!("key {key}")),
                Operation::Refund { units, .. } => Some(format!("units {units}")),
                Operation::Override(Override { units, until, .. }) => {
                    Some(format!("units {units} until {}", iso_second(*until)))
                }
                Operation::Suspension(Some(Suspension { until, .. })) => {
                    Some(format!("until {}", iso_second(*until)))
                }
                Operation::Reconcile { settled, .. } => settled.map(|to| format!("settled {to}")),
                _ => None,
            },
        }
    }

    async fn made(self, desk: Desk<'_>) -> Result<Reply, Reply> {
        match self {
            Self::Policy(put) => policy::make(desk, put).await,
            Self::Record(put) => keys::make(desk, put).await,
            Self::Revocation(revocation) => keys::make_revocation(desk, revocation).await,
            Self::Account(operated) => account::operate(desk.deployment, &operated).await,
            Self::SendAgain => desk.events(Told::SendAgain).await,
        }
    }
}
