//! Operations on accounts: their objects answer.

use super::super::deployment::Deployment;
use super::super::log;
use super::super::owner::Owner;
use super::Desk;
use crate::account::{Operation, Order, Reply, hashed};
use crate::identity::AccountId;
use crate::object::{Answer, Message};
use crate::path::decoded;
use crate::request::Owned;
use crate::time::Millis;

/// How long an object may take.
const LIMIT: Millis = Millis(5_000);

/// An operation that is right.
pub(super) struct Operated {
    pub(super) account: AccountId,
    pub(super) operation: Operation,
    order: Order,
}

/// Reads an operation on an account, as it stands in the path, escaped.
pub(super) fn read(
    desk: Desk<'_>,
    account: &str,
    part: &str,
    body: String,
) -> Result<Operated, Reply> {
    let account = AccountId::try_from(decoded(account))
        .map_err(|error| Reply::error(400, "malformed", &error.to_string()))?;
    let order = Order {
        method: desk.head.method().to_owned(),
        path: part.to_owned(),
        body: hashed(body, |key| desk.deployment.hash_key.key(key)),
        named: desk.deployment.named(Some(account.as_str())),
    };
    self::order(account, order)
}

/// An order to an account, if it is right: the object reads it once more, but what is wrong need not go there.
pub(super) fn order(account: AccountId, order: Order) -> Result<Operated, Reply> {
    let operation = Operation::read(&order)?;
    Ok(Operated {
        account,
        operation,
        order,
    })
}

/// Has the account's object do it.
pub(super) async fn operate(deployment: &Deployment, operated: &Operated) -> Result<Reply, Reply> {
    let owner = Owner::of(deployment, &Owned::Account(operated.account.clone()));
    let message = Message::Operate(operated.order.clone());
    match owner.call(deployment, &message, LIMIT).await {
        Ok(Answer::Operated(reply)) => Ok(reply),
        other => {
            if let Err(fault) = other {
                log::fault(&fault);
            }
            let message =
                "The account's object does not answer; whether it has heard is not known.";
            Err(Reply::error(503, "unavailable", message))
        }
    }
}
