//! The command line: what is asked for, and everything put together for it.

pub mod args;
mod demo_server;
mod screen;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};

/// Runs the program.
pub fn main() -> ExitCode {
    let args = Args::parse();
    let ended = match &args.command {
        Some(Command::DemoServer { port, kubeconfig, scenario }) => {
            demo_server::run(*port, kubeconfig.as_deref(), scenario.clone())
        }
        None => screen::run(&args),
    };
    match ended {
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
