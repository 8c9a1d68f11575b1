//! `headgate-sim`: runs many worlds, and shows the first in which a promise does not hold.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "it runs natively, and tells how long that took"
)]

use headgate_sim::report::Report;
use headgate_sim::{replay, run};
use std::io::Write;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

const USAGE: &str = "\
usage: headgate-sim [--seeds N] [--steps M] [--seed S] [--trace]
  --seeds N  worlds to run, 1 to 1000000; 100 if absent, and 1 with --seed
  --steps M  things that happen in each before the faults stop, 1 to 10000000; 10000 if absent
  --seed S   the first world, 0 to 18446744073709551615; 0 if absent
  --trace    tells all that happens in the first world";

/// Lines of what happened that are shown of a world in which a promise does not hold.
const SHOWN: usize = 60;

/// What was asked for.
struct Options {
    seeds: u64,
    steps: u64,
    first: u64,
    is_traced: bool,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let options = match read(&arguments) {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(problem) => {
            eprintln!("{problem}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    // What panics in a world is told with its seed.
    std::panic::set_hook(Box::new(|_| {}));
    if options.is_traced {
        return show(options.first, options.steps, usize::MAX);
    }
    let begun = Instant::now();
    let (report, failed) = run_all(&options);
    eprintln!();
    println!("{report}");
    println!("{:<44}{:>10.1} s", "time", begun.elapsed().as_secs_f64());
    match failed {
        None => {
            println!("no promise was broken");
            ExitCode::SUCCESS
        }
        Some(seed) => show(seed, options.steps, SHOWN),
    }
}

fn read(arguments: &[String]) -> Result<Option<Options>, String> {
    let (mut seeds, mut steps, mut first, mut is_traced) = (None, 10_000, None, false);
    let mut rest = arguments.iter();
    while let Some(name) = rest.next() {
        let mut number = |most: u64, least: u64| {
            let found = rest
                .next()
                .ok_or_else(|| format!("{name}: found nothing behind it"))?;
            let number = found
                .parse()
                .ok()
                .filter(|number| (least..=most).contains(number));
            number.ok_or_else(|| {
                format!("{name}: found {found:?}, allowed: a whole number from {least} to {most}")
            })
        };
        match name.as_str() {
            "--seeds" => seeds = Some(number(1_000_000, 1)?),
            "--steps" => steps = number(10_000_000, 1)?,
            "--seed" => first = Some(number(u64::MAX, 0)?),
            "--trace" => is_traced = true,
            "--help" => return Ok(None),
            _ => return Err(format!("found {name:?}, which is no option")),
        }
    }
    let seeds = seeds.unwrap_or(if first.is_some() { 1 } else { 100 });
    let first = first.unwrap_or(0);
    Ok(Some(Options {
        seeds,
        steps,
        first,
        is_traced,
    }))
}

/// Runs all worlds, a thread per core; what they came to, and the first that did not hold.
fn run_all(options: &Options) -> (Report, Option<u64>) {
    let (next, done) = (AtomicU64::new(0), AtomicU64::new(0));
    let sum = Mutex::new((Report::default(), None::<u64>));
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let is_over =
                number >= options.seeds || sum.lock().expect("no thread panics").1.is_some();
            if is_over {
                break;
            }
            let seed = options.first.wrapping_add(number);
            let outcome = run(seed, options.steps);
            let mut sum = sum.lock().expect("no thread panics");
            match outcome {
                Ok(report) => sum.0.add(&report),
                Err(_) => sum.1 = Some(sum.1.map_or(seed, |known| known.min(seed))),
            }
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, options.seeds);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    sum.into_inner().expect("no thread panics")
}

fn progress(done: u64, all: u64) {
    let every = (all / 100).max(1);
    if done.is_multiple_of(every) || done == all {
        eprint!("\r{done} of {all} worlds");
        // Nobody misses a progress that cannot be shown.
        let _ = std::io::stderr().flush();
    }
}

/// Runs one world again, and shows the last of what happened.
fn show(seed: u64, steps: u64, most: usize) -> ExitCode {
    // Here a panic may say where it is.
    drop(std::panic::take_hook());
    let (outcome, trace) = replay(seed, steps);
    let lines = trace.lines();
    for line in &lines[lines.len().saturating_sub(most)..] {
        println!("{line}");
    }
    match outcome {
        Ok(report) => {
            println!("\n{report}");
            ExitCode::SUCCESS
        }
        Err(violation) => {
            println!("\nseed {seed}: {violation}");
            println!("once more: npm run simulate -- --seed {seed} --steps {steps} --trace");
            ExitCode::FAILURE
        }
    }
}
