//! The command line: what is asked for, and everything put together for it.

pub mod args;
mod screen;

use std::process::ExitCode;

use clap::Parser;

use args::Args;

/// Runs the program.
pub fn main() -> ExitCode {
    let args = Args::parse();
    match screen::run(&args) {
        Ok(code) => code,
        Err(problem) => {
            #[expect(clippy::print_stderr, reason = "there is no screen, or not any more")]
            {
                eprintln!("podtriage: {problem}");
            }
            ExitCode::from(2)
        }
    }
}
