//! Messages between edge and objects. The input: one after the other, before each two bytes that say how long it is.

use super::Bytes;
use super::durable::{Durable, Fault};
use super::limits::{START, name};
use headgate::bounds::MAX_MESSAGE_BYTES;
use headgate::limit::{Limit, Share};
use headgate::object::{Account, Answer, Ask, Local, Message, Owner, Shard, Terms};
use headgate::subject::Outcome;
use headgate::time::{Millis, UnixMillis};

/// Most messages of an input that are looked at.
const MESSAGES: u64 = 32;

/// What asks nothing but where some limits stand.
pub fn ask(limits: &[Limit], cost: u64) -> Ask {
    Ask {
        version: 1,
        record: 0,
        cost,
        lease: None,
        released: Vec::new(),
        tier: name("standard"),
        kind: None,
        limits: limits.to_vec(),
        shadows: Vec::new(),
        subject: None,
        brought_by: None,
        terms: Terms::default(),
    }
}

pub fn check(input: &[u8]) {
    if input.len() > MAX_MESSAGE_BYTES {
        return;
    }
    let mut bytes = Bytes::new(input);
    let (mut account, mut shard) = (Durable::<Account>::empty(), Durable::<Shard>::empty());
    let mut local = Local::default();
    for number in 0..MESSAGES {
        if bytes.is_empty() {
            break;
        }
        let length = usize::from(bytes.byte()) | usize::from(bytes.byte()) << 8;
        let (said, now) = (bytes.take(length), START.after(Millis(number * 400)));
        if let Ok(answer) = Answer::decode(said) {
            travels(&answer);
        }
        let Ok(message) = Message::decode(said) else {
            continue;
        };
        assert_eq!(Message::decode(&message.encode()).unwrap(), message);
        handle(&mut account, &message, now);
        handle(&mut shard, &message, now);
        let percent = Share::new(number * 5);
        if let Some(answer) = local.answer("name", &message.local(percent), now) {
            travels(&answer);
        }
    }
    for rows in [&account.rows, &shard.rows] {
        let size: usize = rows.values().map(Vec::len).sum();
        assert!(size <= 4_096 + 4 * input.len(), "{size} bytes of rows");
    }
}

/// What is written of an answer is read back.
fn travels(answer: &Answer) {
    assert_eq!(Answer::decode(&answer.encode()).as_ref(), Ok(answer));
}

/// Handles a message as the shell of an object does, and answers.
fn handle<O: Owner + Clone>(object: &mut Durable<O>, message: &Message, now: UnixMillis) {
    object.rest(now);
    let (answer, _) = object.step(Fault::None, |machine| answer(machine, message, now));
    travels(&answer.unwrap());
    // All that was written can be read.
    Durable {
        memory: None,
        ..object.clone()
    }
    .machine();
}

fn answer<O: Owner>(
    machine: &mut O,
    message: &Message,
    now: UnixMillis,
) -> (Answer, Vec<headgate::object::Effect>) {
    match message {
        Message::Ask(ask) => {
            let (_, mut effects) = machine.release(&ask.released, now);
            let (decision, more) = machine.handle(ask, now);
            if !matches!(decision.outcome, Outcome::Refused(_)) {
                assert_eq!(decision.standings.len(), ask.limits.len());
            }
            effects.extend(more);
            (Answer::Decided(decision), effects)
        }
        Message::Renew(renewal) => {
            let (grant, effects) = machine.renew(renewal, now);
            (Answer::Renewed(grant), effects)
        }
        Message::Release(release) => {
            let (_, effects) = machine.release(&release.leases, now);
            (Answer::Released, effects)
        }
        Message::Settle(settlement) => (Answer::Settled, machine.settle(settlement, now)),
        Message::GiveBack(unspent) => {
            machine.take_back(unspent, now);
            (Answer::TakenBack, Vec::new())
        }
        Message::Operate(order) => {
            let (reply, effects) = machine.operate(order, now);
            (Answer::Operated(reply), effects)
        }
    }
}
