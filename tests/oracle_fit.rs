//! Where a pod fits, against the scheduler itself, on a real cluster.
//!
//! ```text
//! KUBECONFIG=… cargo test --test oracle_fit -- --ignored --nocapture
//! ```
//!
//! Each round makes a small random cluster in the API server: nodes without a machine, pods put onto them, and then pods
//! that are left to the scheduler, one after the other. Before each of those all nodes, pods, claims and volumes are read,
//! and [`judge`] is asked. The scheduler must then place the pod on a node that we said fits, or say the very words and
//! numbers that we say. What differs is asked again, since the scheduler may see a change a moment after us; a
//! difference that stays is a failure. `PODTRIAGE_FIT_ROUNDS` is how many rounds, `PODTRIAGE_FIT_SEED` what they are made of.

#![expect(clippy::expect_used, clippy::print_stderr, reason = "a test says what went wrong and ends")]
#![expect(clippy::disallowed_methods, reason = "a test may look at the clock")]

#[path = "oracle_fit/api.rs"]
mod api;
#[path = "oracle_fit/random.rs"]
mod random;
#[path = "oracle_fit/tally.rs"]
mod tally;

use std::time::Instant;

use podtriage::diagnosis::fit::{Cluster, Extras, Fit, judge, replicas};
use serde_json::{Value, json};

use api::Api;
use random::{Dice, Round};
use tally::Tally;

/// Rounds when nobody says how many: enough to meet every filter, in less than a minute and a half.
const ROUNDS: u64 = 20;
/// Pods that are left to the scheduler in each.
const PODS: usize = 10;
/// How often a pod is made anew when the scheduler differs.
const ATTEMPTS: usize = 4;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[tokio::test]
#[ignore = "needs a cluster in which nodes may be made"]
async fn counts_and_places_are_those_of_the_scheduler() {
    let Some(api) = Api::connect().await else {
        eprintln!("SKIPPED: KUBECONFIG is not set, nothing was compared with the scheduler");
        return;
    };
    let (rounds, seed) = (number("PODTRIAGE_FIT_ROUNDS", ROUNDS), number("PODTRIAGE_FIT_SEED", 1));
    let (begun, mut tally) = (Instant::now(), Tally::default());
    api.clear().await;
    api.prepare().await;
    for round in seed..seed + rounds {
        play(&api, round, &mut tally).await;
        api.clear().await;
    }
    api.finish().await;
    eprintln!("{tally}\n{rounds} rounds in {} s", begun.elapsed().as_secs());
    assert!(tally.differences.is_empty(), "{} pods differ", tally.differences.len());
}

/// One random cluster.
async fn play(api: &Api, number: u64, tally: &mut Tally) {
    let mut dice = Dice::new(number);
    let round = Round::new(number, &mut dice);
    api.set_up(&round).await;
    for at in 0..PODS {
        let pod = round.subject(at, &mut dice);
        ask(api, &pod, tally).await;
        api.keep_alive(&round).await;
    }
    if number.is_multiple_of(3) {
        copies(api, &round.plain(&mut dice), tally).await;
    }
}

/// Judges a pod, leaves it to the scheduler, and compares.
async fn ask(api: &Api, pod: &Value, tally: &mut Tally) {
    let mut last = None;
    for attempt in 0..ATTEMPTS {
        let named = renamed(pod, &format!("try{attempt}"));
        let cluster = state(api).await;
        let name = api.create_pod(&named).await;
        let ours = judge(&cluster, &named);
        let theirs = api.outcome(&name).await;
        let difference = compare(&ours, &theirs);
        if theirs.node.is_none() || difference.is_some() {
            api.remove_pod(&name).await;
        }
        let Some(difference) = difference else {
            tally.agree(&ours, attempt);
            return;
        };
        last = Some(difference);
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    }
    if let Some(difference) = last {
        eprintln!("{difference}\n{pod}");
        tally.differences.push(difference);
    }
}

/// Asks for one copy more than there is room for: the scheduler must place just as many as we say.
async fn copies(api: &Api, pod: &Value, tally: &mut Tally) {
    let mut last = None;
    for attempt in 0..ATTEMPTS {
        let ours = replicas(&state(api).await, pod);
        let mut names = Vec::new();
        for at in 0..=ours {
            names.push(api.create_pod(&renamed(pod, &format!("copy{attempt}-{at}"))).await);
        }
        let mut theirs = 0;
        for name in &names {
            theirs += usize::from(api.outcome(name).await.node.is_some());
        }
        for name in &names {
            api.remove_pod(name).await;
        }
        if ours == theirs {
            tally.copies += ours;
            return;
        }
        last = Some(format!("{ours} copies fit, and the scheduler placed {theirs}"));
    }
    if let Some(difference) = last {
        eprintln!("{difference}\n{pod}");
        tally.differences.push(difference);
    }
}

fn renamed(pod: &Value, suffix: &str) -> Value {
    let mut pod = pod.clone();
    let name = format!("{}-{suffix}", pod["metadata"]["name"].as_str().unwrap_or_default());
    pod["metadata"]["name"] = json!(name);
    pod
}

/// Everything that we judge by, as it is now.
async fn state(api: &Api) -> Cluster {
    let extras = Extras {
        claims: Some(api.list("/api/v1/persistentvolumeclaims").await),
        volumes: Some(api.list("/api/v1/persistentvolumes").await),
        classes: Some(api.list("/apis/storage.k8s.io/v1/storageclasses").await),
        namespaces: Some(api.list("/api/v1/namespaces").await),
    };
    Cluster::new(&api.list("/api/v1/nodes").await, &api.list("/api/v1/pods").await, &extras)
}

/// What the scheduler did with a pod.
struct Outcome {
    node: Option<String>,
    /// What it says when it did nothing.
    message: String,
}

/// How we differ from it.
fn compare(ours: &Fit, theirs: &Outcome) -> Option<String> {
    let fitting = ours.nodes.iter().filter(|node| node.fits).map(|node| node.name.as_str());
    match &theirs.node {
        Some(node) if fitting.clone().any(|name| name == node) => None,
        Some(node) => {
            let reasons = ours.nodes.iter().find(|one| one.name == *node).map(|node| &node.reasons);
            Some(format!("it was placed on {node}, and we say {reasons:?}"))
        }
        // What follows is about preemption.
        None if ours.fits == 0 && theirs.message.starts_with(&ours.message) => None,
        None => {
            let fitting: Vec<_> = fitting.collect();
            Some(format!("they: {}\n ours: {} (fits on {fitting:?})", theirs.message, ours.message))
        }
    }
}
