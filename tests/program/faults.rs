//! What goes wrong between us and the cluster is said where it is shown, and is over when it is over.

use podtriage::demo::Fault;
use podtriage::testing::{Program, ProgramOptions};

use super::*;

/// A program that has not yet asked the cluster for anything.
fn about_to_start() -> Program {
    Program::begin(ProgramOptions { scenario: "healthy", ..ProgramOptions::default() })
}

#[tokio::test]
async fn a_server_that_is_away_makes_the_list_stale_until_it_is_back() {
    let mut program = healthy().await;
    program.fault(Fault::Unavailable(true));
    program.fault(Fault::CutWatches);
    let screen = program.until("stale", |screen| screen.line(0).contains("stale for")).await;
    assert!(screen.contains("web-"), "what is known stays: {screen}");
    program.fault(Fault::Unavailable(false));
    program.until("live", |screen| screen.line(0).contains("● live")).await;
    program.create(PODS, &pod("after-the-outage")).await;
    program.until_seen("after-the-outage").await;
}

#[tokio::test]
async fn a_watch_that_is_cut_misses_nothing() {
    let mut program = healthy().await;
    program.create(PODS, &pod("before-the-cut")).await;
    program.fault(Fault::CutWatches);
    program.create(PODS, &pod("during-the-cut")).await;
    program.until("both", |screen| screen.contains("before-the-cut") && screen.contains("during-the-cut")).await;
    program.until("live", |screen| screen.line(0).contains("● live")).await;
}

#[tokio::test]
async fn a_version_that_is_too_old_leads_to_a_new_list_without_ghosts() {
    let mut program = healthy().await;
    program.create(PODS, &pod("ghost")).await;
    program.until_seen("ghost").await;
    program.fault(Fault::Unavailable(true));
    program.fault(Fault::CutWatches);
    program.until("stale", |screen| screen.line(0).contains("stale for")).await;
    program.fault(Fault::Unavailable(false));
    program.delete(&format!("{PODS}/ghost?gracePeriodSeconds=0")).await;
    program.fault(Fault::Gone);
    program.until("the ghost to go", |screen| !screen.contains("ghost") && screen.line(0).contains("● live")).await;
    assert!(program.screen().contains("web-"));
}

#[tokio::test]
async fn credentials_that_are_refused_are_said_to_be() {
    let mut program = healthy().await;
    program.fault(Fault::Unauthorized(true));
    program.fault(Fault::CutWatches);
    program.until("why", |screen| screen.line(0).contains("not authorized")).await;
    only(&mut program, "web-").await;
    program.press("d").await;
    program.until_seen("could not be read").await;
    program.fault(Fault::Unauthorized(false));
    program.until("live", |screen| screen.line(0).contains("● live")).await;
}

#[tokio::test]
async fn a_kind_that_is_forbidden_is_named_where_it_would_be() {
    let mut program = about_to_start();
    for verb in ["list", "watch"] {
        program.fault(Fault::Forbid(verb, "nodes"));
    }
    program.until("the header", |screen| screen.line(0).contains("nodes forbidden")).await;
    program.until_seen("web-").await;
    program.press("3").await;
    let screen = program.until_seen("nodes can not be listed").await;
    assert!(screen.contains("nodes is forbidden: User \"demo\" cannot list"), "{screen}");
}

#[tokio::test]
async fn logs_and_shells_that_are_forbidden_say_so() {
    let mut program = healthy().await;
    program.fault(Fault::Forbid("get", "pods/log"));
    program.fault(Fault::Forbid("get", "pods/exec"));
    program.fault(Fault::Forbid("create", "pods/exec"));
    only(&mut program, "cart-").await;
    program.press("l z").await;
    program.until_seen("forbidden").await;
    program.press("q s").await;
    program.until("the refusal", |screen| screen.contains("shell cart-") && screen.contains("forbidden")).await;
}

#[tokio::test]
async fn a_server_that_is_busy_is_asked_again() {
    let mut program = about_to_start();
    program.fault(Fault::TooMany(4));
    program.until_seen("web-").await;
    program.until("live", |screen| screen.line(0).contains("● live")).await;
}

#[tokio::test]
async fn servers_without_streaming_lists_are_listed_in_pages() {
    let mut program = about_to_start();
    program.fault(Fault::NoStreamingLists(true));
    program.until_seen("web-").await;
    program.create(PODS, &pod("watched-too")).await;
    program.until_seen("watched-too").await;
}
