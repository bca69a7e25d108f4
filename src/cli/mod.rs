//! The command line: what is asked for, and everything put together for it.

pub mod args;
mod demo_server;
mod plain;
mod screen;

use std::process::ExitCode;

use args::{Args, Command, Place};

use crate::app::LogsAsked;

/// What the log tile shows that a command asks for on a terminal, and where that is; `None`: it prints.
pub fn logs_tile(command: &Command, place: &mut Place) -> Option<LogsAsked> {
    let Command::Plain(command) = command else { return None };
    let asked = plain::logs_asked(command)?;
    *place = command.place().clone().within(place);
    Some(asked)
}

/// Runs the program.
pub fn main() -> ExitCode {
    let mut args = Args::read(std::env::args_os());
    let command = args.command.take();
    let tile = command.as_ref().filter(|_| plain::has_terminal());
    let tile = tile.and_then(|command| logs_tile(command, &mut args.place));
    let ended = match command {
        Some(_) if tile.is_some() => screen::run(&args, tile, None),
        Some(_) if args.is_about_the_screen() => {
            Err("an object, --view, --read-only and --config are for the screen: not with a command".to_owned())
        }
        Some(Command::DemoServer { port, kubeconfig, scenario, named }) => {
            demo_server::run(port, kubeconfig.as_deref(), scenario.or(named))
        }
        Some(Command::Plain(command)) if plain::wants_screen(&command) => {
            args.place = command.place().clone().within(&args.place);
            screen::run(&args, None, Some(&command))
        }
        Some(Command::Plain(command)) => plain::run(command, &args.place),
        None => screen::run(&args, None, None),
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
