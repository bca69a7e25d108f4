//! The command line: what is asked for, and everything put together for it.

pub mod args;
mod demo_server;
mod plain;
mod screen;

use std::process::ExitCode;

use args::{Args, Command};

/// Runs the program.
pub fn main() -> ExitCode {
    let mut args = Args::read(std::env::args_os());
    let ended = match args.command.take() {
        Some(_) if args.is_about_the_screen() => {
            Err("an object, --view, --read-only and --config are for the screen: not with a command".to_owned())
        }
        Some(Command::DemoServer { port, kubeconfig, scenario }) => {
            demo_server::run(port, kubeconfig.as_deref(), scenario)
        }
        Some(Command::Plain(command)) if plain::wants_screen(&command) => {
            args.place = command.place().clone().within(&args.place);
            screen::run(&args, Some(&command))
        }
        Some(Command::Plain(command)) => plain::run(command, &args.place),
        None => screen::run(&args, None),
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
