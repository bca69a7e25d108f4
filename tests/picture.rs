//! Makes the picture of the README with the program's own hands:
//! `cargo test --test picture -- --ignored` writes `docs/screen.svg`.

use podtriage::testing::{Program, ProgramOptions, svg};

#[tokio::test]
#[ignore = "writes docs/screen.svg"]
async fn picture() {
    let mut program = Program::start(ProgramOptions { size: (160, 45), ..ProgramOptions::default() }).await;
    program.press("/").await;
    program.enter("name:cart").await;
    program.press("s").await;
    program.until_seen("/ #").await;
    for command in ["cat /app/application.properties", "ls /", "echo $((6*7))"] {
        program.enter(command).await;
    }
    program.until("the answer", |screen| screen.lines().iter().any(|line| line.contains("42"))).await;
    program.press("ctrl-g tab esc l").await;
    program.until_seen("following").await;
    program.until_seen("カート").await;
    program.press("esc /").await;
    program.press("ctrl-u enter").await;
    program.click("order-stream").await;
    program.press("d").await;
    program.until_seen("Namespace:").await;
    program.press("tab").await;
    program.until("a settled screen", |screen| screen.contains("Pods ·") && screen.line(0).contains("live")).await;
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/screen.svg");
    std::fs::create_dir_all(path.parent().expect("docs")).expect("docs");
    std::fs::write(path, svg::svg(&program.screen())).expect("the picture");
}
