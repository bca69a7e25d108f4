//! Port-forwards and copies: they are begun from a row, say what they do, and are found again in Sessions.

use podtriage::runtime::End;
use podtriage::testing::Program;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

/// Forwards a free port to port 8080 of a pod of the web; where it listens.
async fn forward(program: &mut Program) -> String {
    only(program, "web-").await;
    program.press("F").await;
    program.until("the pod's port is offered", |screen| screen.line(1).contains("REMOTE: 8080")).await;
    program.press("ctrl-u").await;
    program.enter(":8080").await;
    let screen = program.until_seen("forwarding 127.0.0.1:").await;
    let line = screen.line(1);
    let address = line.split_whitespace().find(|word| word.starts_with("127.0.0.1:"));
    address.expect("an address").to_owned()
}

async fn get(address: &str, path: &str) -> String {
    let mut socket = TcpStream::connect(address).await.expect("it listens");
    socket.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.expect("it takes a request");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.expect("text");
    answer
}

#[tokio::test]
async fn a_port_is_forwarded_and_the_forward_outlives_its_pod() {
    let mut program = healthy().await;
    let address = forward(&mut program).await;
    let first = under_cursor(&program);
    let answer = get(&address, "/healthz").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains(&format!("ok from shop/{first}")), "{answer}");
    assert!(get(&address, "/nowhere").await.starts_with("HTTP/1.1 404"));
    assert!(program.screen().line(0).contains("forwards 1"));

    program.press("5").await;
    program.until("the counts", |screen| screen.contains("0 of 2 connections")).await;
    program.delete(&format!("{PODS}/{first}")).await;
    program.until_seen("now 127.0.0.1:").await;
    let answer = get(&address, "/").await;
    assert!(answer.contains("ok from shop/web-") && !answer.contains(&first), "{answer}");

    program.press("ctrl-d").await;
    program.until_seen("stop it").await;
    program.press("y").await;
    program.until_seen("nothing of yours is running").await;
    assert!(TcpStream::connect(&address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn a_port_on_which_nobody_listens_is_said_in_the_servers_words() {
    let mut program = healthy().await;
    only(&mut program, "web-").await;
    program.press("F").await;
    program.until_seen("REMOTE: 8080").await;
    program.press("ctrl-u").await;
    program.enter(":81").await;
    let screen = program.until_seen("forwarding 127.0.0.1:").await;
    let line = screen.line(1);
    let address = line.split_whitespace().find(|word| word.starts_with("127.0.0.1:")).expect("an address");
    assert_eq!(get(address, "/").await, "");
    program.until("the refusal", |screen| screen.line(1).contains("error forwarding port 81")).await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_said_with_what_to_do() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port();
    let _both = std::net::TcpListener::bind(("::1", port));
    let mut program = healthy().await;
    only(&mut program, "web-").await;
    program.press("F").await;
    program.until_seen("REMOTE: 8080").await;
    program.press("ctrl-u").await;
    program.enter(&format!("{port}:8080 --address 127.0.0.1")).await;
    program.until_seen("in use").await;
    program.press("5").await;
    program.until_seen("failed could not listen").await;
}

#[tokio::test]
async fn quitting_asks_while_a_forward_lives() {
    let mut program = healthy().await;
    forward(&mut program).await;
    program.press("q").await;
    program.until_seen("A port-forward is still running; it ends with the program").await;
    program.press("y").await;
    assert_eq!(program.ended(), Some(End::Quit));
}

#[tokio::test]
async fn files_go_in_and_come_out_as_they_were() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir_all(at("tree/empty")).expect("folders");
    let bytes: Vec<u8> = (0..100_000u32).map(|number| (number.wrapping_mul(number) >> 3) as u8).collect();
    std::fs::write(at("tree/bytes"), &bytes).expect("a file");
    std::fs::write(at("tree/a b 日本"), "text\n").expect("a file");
    std::fs::write(at("tree").join("n".repeat(150)), "").expect("a file");

    let mut program = healthy().await;
    only(&mut program, "cart-").await;
    let pod = under_cursor(&program);
    program.press("T ctrl-u").await;
    program.enter(&format!("{} {pod}:/tmp/in", at("tree").display())).await;
    program.until_seen("3 files, 97.7 KiB").await;
    program.press("T").await;
    program.enter(&format!("tmp/in {}", at("back").display())).await;
    program.until("both are done", |screen| screen.line(1).contains("copied") && screen.line(1).contains("to /")).await;
    assert_eq!(std::fs::read(at("back/bytes")).expect("it is there"), bytes);
    assert_eq!(std::fs::read_to_string(at("back/a b 日本")).expect("it is there"), "text\n");
    assert!(at("back").join("n".repeat(150)).is_file() && at("back/empty").is_dir());
    program.press("5").await;
    program
        .until("both are listed", |screen| screen.lines().iter().filter(|line| line.contains("done")).count() >= 2)
        .await;
}

#[tokio::test]
async fn an_image_without_tar_says_what_to_do() {
    let mut program = healthy().await;
    only(&mut program, "gateway").await;
    program.press("T").await;
    program.enter("etc/hosts /tmp/podtriage-never").await;
    program.press("5").await;
    program.until("the problem", |screen| screen.contains("failed") && screen.contains("no `tar`")).await;
}

#[tokio::test]
async fn read_only_forwards_and_copies_nothing() {
    let mut program = with_args("--read-only").await;
    only(&mut program, "web-").await;
    for key in ["F", "T"] {
        program.press(key).await;
        program.until("a refusal", |screen| screen.line(1).contains("read-only: no")).await;
    }
}
