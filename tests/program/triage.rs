//! The Triage view of the demo cluster, through the whole program.

use podtriage::testing::{Program, ProgramOptions};

use super::with_args;

async fn incident() -> Program {
    Program::start(ProgramOptions { args: "--view triage", ..ProgramOptions::default() }).await
}

#[tokio::test]
async fn the_first_screen_says_what_is_wrong_and_j_and_enter_lead_to_why_and_to_the_next_step() {
    let mut program = incident().await;
    let screen = program.until("problems", |screen| screen.contains("Triage · ") && screen.contains("problems")).await;
    assert!(!screen.contains("nothing is wrong"), "{screen}");
    program.resize(80, 24).await;
    program.press("/").await;
    program.enter("rule:image").await;
    program
        .until("one that lacks its image", |screen| screen.cursor_row().is_some_and(|row| row.contains("image")))
        .await;
    program.press("enter").await;
    let screen = program.until("why", |screen| screen.contains("WHY  ") && screen.contains("NEXT")).await;
    assert!(screen.contains("SEEN"), "{screen}");
    program.press("?").await;
    let screen = program.until("the rule", |screen| screen.contains("what to do")).await;
    assert!(screen.contains("known by") && screen.contains("kubectl "), "{screen}");
}

#[tokio::test]
async fn a_step_acts_on_what_the_finding_names() {
    let mut program = incident().await;
    program.until("problems", |screen| screen.contains("problems, ")).await;
    program.press("/").await;
    program.enter("rule:image").await;
    program.until("the step", |screen| screen.contains("set image")).await;
    program.press("I").await;
    program.until("the question", |screen| screen.contains("set the image of ")).await;
}

#[tokio::test]
async fn a_healthy_cluster_says_so_and_what_was_looked_at() {
    let mut program = with_args("-n monitoring --view triage").await;
    let is_whole = |screen: &podtriage::testing::Screen| screen.contains("nothing is wrong");
    let screen = program.until("the good news", is_whole).await;
    assert!(screen.contains("looked at in namespace monitoring") && screen.contains("Deployments"), "{screen}");
    assert!(!screen.contains("could not see"), "{screen}");
}
