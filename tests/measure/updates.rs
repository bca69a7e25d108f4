//! What it costs to follow a cluster that changes.

use std::time::Duration;

use crate::figures::{grouped, millis};
use crate::process::Process;
use crate::writer::Writer;
use crate::{all_pods, server};

const RATE: usize = 50;
const WATCHED: Duration = Duration::from_secs(15);

#[test]
#[ignore = "measures; needs a cluster: set KUBECONFIG"]
fn fifty_updates_a_second() {
    let count = server::pods();
    let terminal = all_pods(count);
    let process = Process(terminal.pid());
    let writer = Writer::start(RATE);
    let (before, bytes, written) = (process.cpu(), terminal.written_bytes(), writer.written());
    std::thread::sleep(WATCHED);
    let (cpu, bytes, written) =
        (process.cpu().saturating_sub(before), terminal.written_bytes() - bytes, writer.written() - written);
    writer.stop();
    assert!(written > 0, "no update was written");
    let (pods, seconds) = (grouped(count), WATCHED.as_secs());
    eprintln!("{pods} pods, {written} updates in {seconds} s: {} of CPU, {bytes} bytes to the terminal", millis(cpu));
}
