//! Flags of `bundle`.

use clap::Args;

use super::super::super::args::Place;

/// What is put together, and where it goes.
#[derive(Clone, Debug, Args)]
pub struct Bundle {
    /// A pod's name, or KIND/NAME (deploy/web, node/node-a)
    #[arg(value_name = "TARGET")]
    pub target: String,
    /// The file to write, which must not be there yet; without it, standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<String>,
    /// How many lines of each log
    #[arg(long, value_name = "COUNT", default_value_t = 500)]
    pub lines: u32,
    /// How many pods, those that something is wrong with first
    #[arg(long, value_name = "COUNT", default_value_t = 5)]
    pub pods: usize,
    /// Where to look
    #[command(flatten)]
    pub place: Place,
}
