//! The full-screen program.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use etcetera::BaseStrategy;

use super::args::{Args, Place};
use super::plain;
use crate::app::{App, LogsAsked, Start};
use crate::config::{Config, Theme as Background};
use crate::demo::{DemoCluster, DemoOptions};
use crate::runtime::{End, Loop, Record, Source, Surface, now, run_name, utc_offset};
use crate::terminal::{self, Display, Screen, Signals};
use crate::ui;
use crate::ui::theme::Theme;

/// The same demo cluster every time.
pub(super) const DEMO_SEED: u64 = 1;

/// Runs the program on the terminal. A command that wants a tile has one to begin with: `logs`, or what `command` runs or
/// attaches to. The error is a sentence for the person.
pub fn run(args: &Args, logs: Option<LogsAsked>, command: Option<&plain::args::Command>) -> Result<ExitCode, String> {
    let object = args.object()?;
    terminal::check().map_err(|unusable| unusable.to_string())?;
    let (config, warnings) = read_config(args.config.as_deref())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| format!("could not start: {error}"))?;
    let record = Record::default();
    print_record_on_panic(record.clone());
    let size = crossterm::terminal::size().unwrap_or((80, 24));
    let theme = theme(&config);
    let mouse = config.mouse;
    let mut start = Start {
        context: args.place.context.clone(),
        scope: args.place.scope(),
        view: args.view.clone(),
        object,
        logs,
        tile: None,
        read_only: args.read_only,
        size,
        utc_offset: utc_offset(),
        warnings,
        config,
        run: run_name(),
    };
    let ended = runtime.block_on(async {
        let source = source(&args.place).map_err(io::Error::other)?;
        if let Some(command) = command {
            match plain::tile(command, &source, &args.place).await {
                Ok(tile) => start.tile = Some(tile),
                Err(code) => return Ok(Err(code)),
            }
        }
        let signals = Signals::listen()?;
        let surface = Tty { screen: Screen::enter(mouse)?, display: Display::new()?, theme };
        // Not on the stack: it is large.
        Box::pin(Loop::new(start, source, surface, record)?.run(terminal::input::events(), Some(signals))).await.map(Ok)
    });
    // Tasks that wait for a server must not hold up the end.
    runtime.shutdown_background();
    match ended {
        Ok(Ok(End::Quit)) => Ok(ExitCode::SUCCESS),
        Ok(Ok(End::Signal(status))) => Ok(ExitCode::from(status)),
        Ok(Err(code)) => Ok(code),
        Err(error) => Err(error.to_string()),
    }
}

/// The cluster that the command line asks for. Must be called inside the runtime.
pub(super) fn source(place: &Place) -> Result<Source, String> {
    match &place.demo {
        None => Ok(Source::Cluster(Box::new(place.connect_options()?))),
        Some(scenario) => {
            let scenario = Some(scenario.clone()).filter(|name| !name.is_empty());
            let options = DemoOptions { seed: DEMO_SEED, scenario, now: now() };
            DemoCluster::start(options).map(Source::Demo).map_err(|unknown| unknown.to_string())
        }
    }
}

/// The terminal as the loop sees it.
struct Tty {
    screen: Screen,
    display: Display,
    theme: Theme,
}

impl Surface for Tty {
    fn draw(&mut self, app: &App) -> io::Result<()> {
        self.display.draw(|frame| ui::draw(app, &self.theme, frame))?;
        self.display.grant(app.wishes())
    }

    fn repaint(&mut self) -> io::Result<()> {
        self.display.repaint()
    }

    fn copy(&mut self, text: &str) -> Result<(), String> {
        terminal::copy(text).map_err(|error| error.to_string())
    }

    async fn suspend(&mut self, signals: Option<&mut Signals>) -> io::Result<()> {
        match signals {
            Some(signals) => self.screen.suspend(signals).await,
            None => Ok(()),
        }
    }

    fn release(&mut self) {
        terminal::leave();
    }

    fn resume(&mut self) -> io::Result<()> {
        self.screen.resume()
    }
}

fn theme(config: &Config) -> Theme {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Theme { color: !no_color, light: config.theme == Background::Light, ascii: config.ascii }
}

/// Reads the settings file. One that was named must exist; the usual one may be missing.
fn read_config(named: Option<&str>) -> Result<(Config, Vec<String>), String> {
    let from_env = std::env::var("PODTRIAGE_CONFIG").ok().filter(|path| !path.is_empty());
    let (path, must_exist) = match (named.map(str::to_owned).or(from_env), etcetera::choose_base_strategy()) {
        (Some(path), _) => (PathBuf::from(path), true),
        (None, Ok(dirs)) => (dirs.config_dir().join("podtriage").join("config.toml"), false),
        (None, Err(_)) => return Ok((Config::default(), Vec::new())),
    };
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            let (config, warnings) = Config::parse(&text);
            Ok((config, warnings.iter().map(ToString::to_string).collect()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound && !must_exist => Ok((Config::default(), Vec::new())),
        Err(error) => Err(format!("could not read the settings {}: {error}", path.display())),
    }
}

/// Below the message of a panic: what the program was told last, without contents.
fn print_record_on_panic(record: Record) {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        before(info);
        #[expect(clippy::print_stderr, reason = "the terminal was given back")]
        {
            eprintln!("\nThe last messages, oldest first, for a report (no contents of logs or shells are in them):");
            for line in record.lines() {
                eprintln!("  {}", crate::base::width::visible(&line));
            }
        }
    }));
    terminal::restore_on_panic(crate::emulator::guarding);
}
