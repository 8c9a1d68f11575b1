//! Messages between edge and object, which meet another version for some minutes after a deploy: none may change by
//! accident.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::account::{KeyHash, Named, Reply};
use headgate::alert::Alerting;
use headgate::bounds::MAX_MESSAGE_BYTES;
use headgate::lease::Grant;
use headgate::limit::{Limit, Name, Partition};
use headgate::loan::{Lend, Loan, Unspent};
use headgate::object::{
    Account, Answer, Ask, Message, MessageError, Release, SubjectId, Terms, Trouble,
};
use headgate::subject::{Decision, Outcome, Renewal, Settlement};
use headgate::time::Millis;
use support::object::Object;
use support::pins::{ANSWERS, MESSAGES, bytes, hex};
use support::{START, ask, ask_slot, lane, lease, limit, order, settlement};

fn of_subject() -> Ask {
    Ask {
        version: 7,
        record: 1_790_000_000,
        subject: Some(SubjectId([3; 16])),
        brought_by: Some(SubjectId([255; 16])),
        ..ask(&[limit("minute", 20, 60_000, 5)], 2)
    }
}

fn of_owner() -> Ask {
    let for_sale = Limit {
        partition: Some(Partition([9; 16])),
        ..limit("for-sale", 10, 86_400_000, 10)
    };
    Ask {
        kind: Some(Name::try_from("email").unwrap()),
        ..ask(&[for_sale], 1)
    }
}

fn in_lane() -> Ask {
    Ask {
        released: vec![lease(7), lease(8)],
        ..ask_slot(&[lane("priority", 8)], 7)
    }
}

fn with_terms() -> Ask {
    let terms = Terms {
        key: Some(KeyHash([7; 16])),
        reserves: vec![(Name::try_from("active").unwrap(), 3)],
        refundable: true,
        blocked: vec!["past_due".to_owned()],
        tells: true,
        alerting: Some(Alerting {
            percents: vec![80, 100],
            named: Named {
                api: Some("maps".to_owned()),
                account: Some("acme".to_owned()),
            },
        }),
        looks: true,
        repeated: vec![(Name::try_from("minute").unwrap(), 12)],
        lend: Some(Lend {
            loan: lease(9),
            requests: 50,
            lasts: Millis(1_000),
        }),
    };
    Ask {
        terms,
        ..ask(&[], 1)
    }
}

fn messages() -> Vec<Message> {
    let renewal = Renewal {
        lane: Name::try_from("priority").unwrap(),
        lease: lease(7),
        incarnation: 3,
    };
    let refund = Settlement {
        refund: true,
        ..settlement(1, &[])
    };
    vec![
        Message::Ask(of_subject()),
        Message::Ask(of_owner()),
        Message::Ask(in_lane()),
        Message::Ask(with_terms()),
        Message::Renew(renewal),
        Message::Release(Release {
            leases: vec![lease(7)],
        }),
        Message::Settle(settlement(1, &[("active", -1)])),
        Message::Settle(refund),
        Message::Operate(order("GET", "plan", "")),
        Message::GiveBack(vec![Unspent {
            loan: lease(9),
            units: 40,
        }]),
    ]
}

/// Of an account with a rate and a lane, to a request that passes, one that waits, one that never passes, one whose
/// account is suspended, and one that there is no room for.
fn answers() -> Vec<Answer> {
    let limits = [limit("minute", 20, 60_000, 5), lane("priority", 1)];
    let mut object = Object::<Account>::new();
    let mut decided = |number, cost| {
        let ask = Ask {
            cost,
            ..ask_slot(&limits, number)
        };
        Answer::Decided(object.ask(&ask, START))
    };
    let mut answers = vec![decided(7, 5), decided(8, 2), decided(9, 6)];
    let mut suspended = Object::<Account>::new();
    let suspension = r#"{"until":1800000000,"reason":"x"}"#;
    suspended.operate(&order("PUT", "suspension", suspension), START);
    answers.push(Answer::Decided(suspended.ask(&ask(&[], 1), START)));
    answers.push(Answer::Decided(Decision::no_room(START)));
    let loan = Loan {
        id: lease(9),
        requests: 40,
        lasts: Millis(1_000),
    };
    answers.push(Answer::Decided(Decision {
        loan: Some(loan),
        ..Decision::no_room(START)
    }));
    let grant = Grant {
        lasts: Millis(30_000),
        incarnation: 1,
    };
    let rest = [
        Answer::Renewed(Some(grant)),
        Answer::Renewed(None),
        Answer::Released,
        Answer::Settled,
        Answer::Operated(Reply::ok("{}".to_owned())),
        Answer::Failed(Trouble::Passing, "x".to_owned()),
        Answer::TakenBack,
    ];
    answers.extend(rest);
    answers
}

#[test]
fn messages_unchanged() {
    let pins: Vec<String> = messages().iter().map(|it| hex(&it.encode())).collect();
    assert_eq!(pins, MESSAGES);
    for (message, pin) in messages().into_iter().zip(MESSAGES) {
        assert_eq!(Message::decode(&bytes(pin)), Ok(message));
    }
}

#[test]
fn answers_unchanged() {
    let pins: Vec<String> = answers().iter().map(|it| hex(&it.encode())).collect();
    assert_eq!(pins, ANSWERS);
    for (answer, pin) in answers().into_iter().zip(ANSWERS) {
        assert_eq!(Answer::decode(&bytes(pin)), Ok(answer));
    }
}

#[test]
fn the_answers_that_are_pinned_are_of_every_kind() {
    let outcomes: Vec<Outcome> = answers()
        .into_iter()
        .filter_map(|answer| match answer {
            Answer::Decided(decision) => Some(decision.outcome),
            _ => None,
        })
        .collect();
    assert!(matches!(
        outcomes[..],
        [
            Outcome::Admitted,
            Outcome::NotYet(_),
            Outcome::Never,
            Outcome::Refused(_),
            Outcome::NoRoom,
            Outcome::NoRoom
        ]
    ));
}

#[test]
fn what_is_cut_short_or_goes_on_does_not_read() {
    for message in messages() {
        let whole = message.encode();
        for length in 1..whole.len() {
            let cut = Message::decode(&whole[..length]);
            assert_eq!(cut, Err(MessageError::Corrupt), "{length} of {message:?}");
        }
        let longer = [whole.as_slice(), &[0]].concat();
        assert_eq!(Message::decode(&longer), Err(MessageError::Corrupt));
    }
    for answer in answers() {
        let whole = answer.encode();
        for length in 1..whole.len() {
            assert_eq!(Answer::decode(&whole[..length]), Err(MessageError::Corrupt));
        }
    }
}

#[test]
fn another_format_is_told_from_a_corrupt_message() {
    let later = [2, 0, 0];
    let error = Message::decode(&later).unwrap_err();
    assert_eq!(
        error.to_string(),
        "message of format 2; this version reads format 1"
    );
    let none = Message::decode(&[]).unwrap_err();
    assert_eq!(none.to_string(), "message without a single byte");
    let corrupt = Message::decode(&[1, 9]).unwrap_err();
    assert_eq!(
        corrupt.to_string(),
        "message does not read as its format says"
    );
    let large = Message::decode(&vec![1; MAX_MESSAGE_BYTES + 1]).unwrap_err();
    assert_eq!(large.to_string(), "message of more than 65536 bytes");
}

#[test]
fn limits_out_of_range_do_not_travel() {
    // Units, window and burst of a bucket; slots, lease, patience and Retry-After of a lane.
    let (bucket, slots) = ("14e0d40305", "08b0ea01fa01e807");
    for (pin, part, bad) in [
        (MESSAGES[0], bucket, "00e0d40305"),
        (MESSAGES[0], bucket, "8194ebdc03e0d40305"),
        (MESSAGES[0], bucket, "140005"),
        (MESSAGES[0], bucket, "1481cfe8ea7505"),
        (MESSAGES[0], bucket, "14e0d40300"),
        (MESSAGES[0], "066d696e757465", "064d696e757465"),
        (MESSAGES[2], slots, "00b0ea01fa01e807"),
        (MESSAGES[2], slots, "914eb0ea01fa01e807"),
        (MESSAGES[2], slots, "08cf0ffa01e807"),
        (MESSAGES[2], slots, "0881dedb01fa01e807"),
        (MESSAGES[2], slots, "08b0ea01d10fe807"),
        (MESSAGES[2], slots, "08b0ea01fa0100"),
    ] {
        assert_eq!(pin.matches(part).count(), 1, "{part}");
        let changed = bytes(&pin.replace(part, bad));
        let read = Message::decode(&changed);
        assert_eq!(read, Err(MessageError::Corrupt), "{bad}");
    }
}
