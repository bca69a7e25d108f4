//! From nothing to all pods on the screen, and what the program holds and uses when it then does nothing.

use std::time::Duration;

use crate::figures::{Series, grouped, millis, ratio};
use crate::process::Process;
use crate::server::{self, Curl};
use crate::{all_pods, now, podtriage, until_listed};

const RUNS: usize = 5;
/// How long after the last byte memory is read: what only the list needed has been given back by then.
const SETTLED: Duration = Duration::from_secs(10);
const IDLE: Duration = Duration::from_secs(30);

#[test]
#[ignore = "measures; needs a cluster: set KUBECONFIG"]
fn from_exec_to_the_last_row() {
    let count = server::pods();
    let mut first = Vec::new();
    let whole = Series::of(RUNS, || {
        let begun = now();
        let terminal = podtriage(["-A", "--view", "pods"]).start();
        terminal.until("a first frame", |screen| screen.is_alternate() && screen.has("podtriage"));
        first.push(begun.elapsed());
        until_listed(&terminal, count);
        begun.elapsed()
    });
    eprintln!("first frame: {}", Series::new(first));
    eprintln!("{} pods, from exec until listed and live: {whole}", grouped(count));
    let Some(curl) = Curl::new() else { return eprintln!("no curl, nothing to compare with") };
    for (form, accept) in [("protobuf", "application/vnd.kubernetes.protobuf"), ("JSON", "application/json")] {
        let mut bytes = 0;
        let theirs = Series::of(RUNS, || {
            let fetched = curl.fetch(accept);
            bytes = fetched.bytes;
            fetched.time
        });
        let ratio = ratio(whole.median(), theirs.median());
        eprintln!("  the same list by curl, {form}: {theirs}; {bytes} bytes; ours is {ratio}");
    }
}

#[test]
#[ignore = "measures; needs a cluster: set KUBECONFIG"]
fn memory_and_rest() {
    let count = server::pods();
    let terminal = all_pods(count);
    std::thread::sleep(SETTLED);
    let process = Process(terminal.pid());
    let [resident, anonymous] = ["VmRSS", "RssAnon"].map(|field| process.mebibytes(field));
    assert!(resident >= anonymous && anonymous > 0.0);
    let each = anonymous * 1024.0 / count as f64;
    eprintln!(
        "resident with {} pods: {resident:.1} MiB, of it anonymous {anonymous:.1} MiB, {each:.2} KiB a pod",
        grouped(count)
    );
    let (before, bytes) = (process.cpu(), terminal.written_bytes());
    std::thread::sleep(IDLE);
    let (cpu, bytes) = (process.cpu().saturating_sub(before), terminal.written_bytes() - bytes);
    eprintln!("idle for {} s: {} of CPU, {bytes} bytes to the terminal", IDLE.as_secs(), millis(cpu));
}
