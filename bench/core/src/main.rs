//! What a decision costs, in instructions and in nanoseconds, beside governor's.
//!
//! All see the same trace of a thousand accounts. A decision here is what an account's object does with an ask between
//! reading it and writing its answer: advance the clock, test and charge all limits, say where each stands, build the row if
//! one is due. In a lane the release is part of it, under a cap the settlement. What comes before it at the edge, to find a
//! request's route and the prefix of its key, is measured apart.

mod contender;
mod count;
mod gate;
mod growth;
mod pace;
mod peer;
mod selection;
mod trace;

use contender::Contender;
use serde_json::{Value, json};
use std::process::ExitCode;
use trace::{ACCOUNTS, Request, trace};

const HELP: &str = "usage: npm run bench:core -- [--quick] [--times] [--json FILE] [--only WORD]
       npm run bench:core -- [--quick] --accounts N | --paces [--json FILE]
Counts what a decision costs in instructions and nanoseconds, beside governor's.
--quick looks at less; --times counts no instructions, which takes most of the time; --json writes what it found to a file as well; --only leaves out what does not have this word in its name.
--accounts measures instead what so many accounts take: memory, rows, decisions, resuming; --paces what requests cost by how often their account sends one.";

/// What the others are compared with.
const BASE: &str = "governor: keyed";

/// What the marks are: instructions of a decision over those of governor's keyed check, at most.
const MARKS: [(&str, f64); 2] = [
    ("headgate: token-bucket, one", 1.0),
    ("headgate: token-bucket, three", 2.0),
];

struct Arguments {
    quick: bool,
    times: bool,
    paces: bool,
    json: Option<String>,
    only: String,
    accounts: Option<u64>,
}

/// How much is looked at: seconds of the trace before anything is measured, and requests after that.
struct Size {
    warm: u64,
    counted: usize,
    rounds: usize,
    round: usize,
}

fn main() -> ExitCode {
    let Some(arguments) = arguments(std::env::args().skip(1)) else {
        eprintln!("{HELP}");
        return ExitCode::from(2);
    };
    let quick = arguments.quick;
    let grown = arguments.accounts.map(|it| growth::measured(it, quick));
    if let Some(found) = grown.or_else(|| arguments.paces.then(|| pace::measured(quick))) {
        println!("{found:#}");
        return written(arguments.json.as_deref(), &found);
    }
    match measured(&arguments) {
        Ok(contenders) => report(&contenders, arguments.json.as_deref()),
        Err(error) => {
            eprintln!("instructions cannot be counted here: {error}");
            ExitCode::FAILURE
        }
    }
}

fn arguments(mut words: impl Iterator<Item = String>) -> Option<Arguments> {
    let (mut quick, mut times, mut paces) = (false, false, false);
    let (mut json, mut only, mut accounts) = (None, String::new(), None);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--quick" => quick = true,
            "--times" => times = true,
            "--paces" => paces = true,
            "--json" => json = Some(words.next()?),
            "--only" => only = words.next()?,
            "--accounts" => accounts = Some(words.next()?.parse().ok().filter(|most| *most > 0)?),
            _ => return None,
        }
    }
    Some(Arguments {
        quick,
        times,
        paces,
        json,
        only,
        accounts,
    })
}

fn measured(arguments: &Arguments) -> Result<Vec<Contender>, std::io::Error> {
    let size = if arguments.quick {
        Size {
            warm: 5,
            counted: 60,
            rounds: 5,
            round: 10_000,
        }
    } else {
        Size {
            warm: 61,
            counted: 400,
            rounds: 21,
            round: 20_000,
        }
    };
    let mut contenders = peer::contenders();
    contenders.extend(gate::contenders());
    contenders.extend(selection::contenders());
    contenders.retain(|it| it.name.contains(&arguments.only));
    // The longest window and then what is measured, by many accounts and by one.
    let seconds =
        |per_second: usize| size.warm + (size.rounds * size.round / per_second) as u64 + 1;
    let many = trace(seconds(10_000), ACCOUNTS);
    let one = trace(seconds(10), 1);
    for it in &mut contenders {
        let (warm, rest) = split(it, &many, &one, size.warm);
        it.warm(warm);
        if !arguments.times {
            it.count(&rest[..size.counted])?;
        }
    }
    // One after the other, so that what disturbs the machine disturbs all.
    for round in 0..size.rounds {
        for it in &mut contenders {
            let (_, rest) = split(it, &many, &one, size.warm);
            it.round(&rest[round * size.round..][..size.round]);
        }
    }
    Ok(contenders)
}

/// The contender's trace, before and after the warm-up.
fn split<'a>(
    it: &Contender,
    many: &'a [Request],
    one: &'a [Request],
    warm: u64,
) -> (&'a [Request], &'a [Request]) {
    let (trace, per_second) = if it.is_alone {
        (one, 10)
    } else {
        (many, 10_000)
    };
    trace.split_at(warm as usize * per_second)
}

fn report(contenders: &[Contender], file: Option<&str>) -> ExitCode {
    let base = named(contenders, BASE).map_or(f64::NAN, |it| it.instructions);
    println!("| decision | instructions | ratio | ns | passed | rows |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    for it in contenders {
        let name = &it.name;
        let (instructions, ratio) = (
            figure(it.instructions, 0),
            figure(it.instructions / base, 2),
        );
        let (ns, passed, rows) = (it.nanoseconds(), it.passed() * 100.0, it.rows());
        println!("| {name} | {instructions} | {ratio} | {ns:.0} | {passed:.0} % | {rows:.3} |");
    }
    println!();
    for (name, mark) in MARKS {
        let ratio = named(contenders, name).map(|it| it.instructions / base);
        let Some(ratio) = ratio.filter(|ratio| ratio.is_finite()) else {
            continue;
        };
        let verdict = if ratio <= mark { "met" } else { "missed" };
        println!("{name}: {ratio:.2} of governor's keyed check, at most {mark:.1}: {verdict}");
    }
    written(file, &found(contenders))
}

/// A figure with so many digits after the point; a dash if it was not measured.
fn figure(value: f64, digits: usize) -> String {
    if value.is_finite() {
        format!("{value:.digits$}")
    } else {
        "-".into()
    }
}

fn written(file: Option<&str>, found: &Value) -> ExitCode {
    match file.map(|file| std::fs::write(file, format!("{found:#}\n"))) {
        Some(Err(error)) => {
            eprintln!("cannot write: {error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

fn named<'a>(contenders: &'a [Contender], name: &str) -> Option<&'a Contender> {
    contenders.iter().find(|it| it.name == name)
}

fn found(contenders: &[Contender]) -> Value {
    let of = |it: &Contender| {
        json!({
            "name": it.name,
            "instructions": it.instructions,
            "nanoseconds": it.nanoseconds(),
            "passed": it.passed(),
            "rows": it.rows(),
        })
    };
    let marks = MARKS.map(|(name, at_most)| json!({ "name": name, "at_most": at_most }));
    json!({ "decisions": contenders.iter().map(of).collect::<Vec<_>>(), "marks": marks })
}
