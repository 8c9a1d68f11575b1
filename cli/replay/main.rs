//! `headgate-replay`: who would have been denied of the traffic that a log tells, when, and by which limit.

mod access_log;
mod arguments;
mod chart;
mod clients;
mod columns;
mod count;
mod csv_line;

mod denials;
mod document;
mod events;
mod exchanges;
mod files;
mod format;

mod intervals;
mod judge;
mod lines;
mod order;
mod owners;
mod pairs;
mod progress;
mod replay;
mod report;
mod request;
mod row;
mod run;
mod skipped;
mod table;
mod tally;
mod verdict;
mod when;

use arguments::{Arguments, USAGE};
use std::process::ExitCode;

fn main() -> ExitCode {
    let told = match Arguments::read(std::env::args().skip(1)) {
        Ok(Some(arguments)) => run::run(&arguments),
        Ok(None) => Ok(USAGE.to_owned()),
        Err(problem) => Err(problem),
    };
    match told {
        Ok(output) => {
            println!("{output}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}
