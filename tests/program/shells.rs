//! Shells: they answer, they end, they are left and come back to.

use podtriage::runtime::End;
use podtriage::testing::{Program, Screen};

use super::*;

/// Opens a shell in a pod of the cart, which has one.
async fn shell(program: &mut Program) {
    only(program, "cart-").await;
    program.press("s").await;
    program.until("a prompt", prompted).await;
}

fn prompted(screen: &Screen) -> bool {
    screen.contains("/ #") && screen.contains("· running")
}

/// Asks the shell for the size of its terminal until it is the expected one: a new size may reach it after the
/// question. The number of the question tells its answer from older ones.
async fn until_size(program: &mut Program, is_expected: impl Fn(u16, u16) -> bool) {
    for question in 0..20 {
        let begin = format!("question {question}");
        program.enter(&format!("clear; echo {begin}; stty size")).await;
        let answer = |screen: &Screen| {
            let all = screen.lines();
            let mut lines = all.iter().map(|line| of_tile(line)).skip_while(|line| *line != begin);
            numbers(lines.nth(1)?)
        };
        let screen = program.until("the size", |screen| answer(screen).is_some()).await;
        if answer(&screen).is_some_and(|(rows, columns)| is_expected(rows, columns)) {
            return;
        }
    }
    panic!("the shell never had the expected size\n{}", program.screen());
}

/// The part of a line that a tile at the right has.
fn of_tile(line: &str) -> &str {
    line.rsplit_once('│').map_or(line, |(_, text)| text).trim()
}

fn numbers(text: &str) -> Option<(u16, u16)> {
    let (rows, columns) = text.split_once(' ')?;
    Some((rows.parse().ok()?, columns.parse().ok()?))
}

#[tokio::test]
async fn a_shell_answers_and_its_end_is_said() {
    let mut program = healthy().await;
    shell(&mut program).await;
    program.enter("echo the answer is $((6*7))").await;
    program
        .until("the answer", |screen| screen.lines().iter().any(|line| line.trim_start() == "the answer is 42"))
        .await;
    program.enter("exit 3").await;
    program.until_seen("the shell ended with exit code 3").await;
    assert!(program.screen().contains("exited 3"));
    program.press("r").await;
    program.until("a new shell", prompted).await;
}

#[tokio::test]
async fn an_image_without_a_shell_is_said_to_have_none() {
    let mut program = healthy().await;
    only(&mut program, "gateway").await;
    program.press("s").await;
    program.until_seen("has none of the shells that were tried").await;
}

#[tokio::test]
async fn keys_go_to_the_shell_but_the_leader_leads_out() {
    let mut program = healthy().await;
    shell(&mut program).await;
    program.type_text("echo q?d").await;
    program.until_seen("/ # echo q?d").await;
    assert!(program.screen().contains("▶ shell"));
    program.press("ctrl-g").await;
    assert!(program.screen().contains("^g then:"));
    program.press("tab").await;
    assert!(!program.screen().contains("▶ shell"), "{}", program.screen());
    program.press("j k").await;
    assert!(program.screen().contains("/ # echo q?d"), "it lives on");
}

#[tokio::test]
async fn the_shell_knows_the_size_of_its_tile() {
    let mut program = healthy().await;
    shell(&mut program).await;
    program.press("ctrl-g z").await;
    program.until_seen("alone").await;
    until_size(&mut program, |rows, columns| (rows, columns) == (36, 140)).await;
    program.resize(100, 30).await;
    until_size(&mut program, |rows, columns| (rows, columns) == (26, 100)).await;
    program.press("ctrl-g z").await;
    until_size(&mut program, |rows, columns| rows < 26 && columns <= 100).await;
}

#[tokio::test]
async fn a_full_screen_program_in_a_tile() {
    let mut program = healthy().await;
    shell(&mut program).await;
    program.enter("top").await;
    program.until("top", |screen| screen.contains("PID") && !screen.contains("# top")).await;
    program.press("q").await;
    program.until("the shell as it was", |screen| screen.contains("# top")).await;
}

#[tokio::test]
async fn two_tiles_live_side_by_side() {
    let mut program = healthy().await;
    shell(&mut program).await;
    program.press("ctrl-g tab esc d").await;
    program.until("both", |screen| screen.contains("shell cart-") && screen.contains("describe pod/cart-")).await;
    let at = program.screen().find("shell cart-").expect("its title");
    program.mouse(podtriage::base::input::MouseKind::Down(podtriage::base::input::Button::Left), at.0, at.1).await;
    program.enter("echo still $((40+2))").await;
    let screen = program.until_seen("still 42").await;
    assert!(screen.contains("describe pod/cart-") && screen.contains("Name:"), "{screen}");
}

#[tokio::test]
async fn a_paste_is_one_piece() {
    let mut program = healthy().await;
    shell(&mut program).await;
    program.paste("echo one $((1+1))\necho two $((2+2))\n").await;
    // The demo's shell does not mark pastes, so that each line would be run as it comes.
    program.until_seen("2 lines would be run as they come").await;
    program.press("y").await;
    program.until("both answers", |screen| screen.contains("one 2") && screen.contains("two 4")).await;
}

#[tokio::test]
async fn quitting_asks_while_a_shell_lives() {
    let mut program = healthy().await;
    shell(&mut program).await;
    program.press("ctrl-g tab esc q").await;
    program.until_seen("A shell is still running").await;
    program.press("enter").await;
    assert_eq!(program.ended(), None, "the safe answer is the default");
    program.press("q y").await;
    assert_eq!(program.ended(), Some(End::Quit));
}

#[tokio::test]
async fn read_only_opens_no_shell() {
    let mut program = with_args("--read-only").await;
    only(&mut program, "cart-").await;
    program.press("s").await;
    let screen = program.until_seen("read-only: no shell").await;
    assert!(!screen.contains("▶ shell"), "{screen}");
}
