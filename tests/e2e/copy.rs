//! Files into and out of real containers, through `cluster::copy` itself, and what kubectl makes of the same.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use podtriage::cluster::api::{ConnectOptions, CopyRequest, CopyStatus, CopyUpdate};
use podtriage::cluster::connect::connect;
use podtriage::cluster::copy;
use podtriage::cluster::outbox::Outbox;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::cluster::{Namespace, busybox, kubeconfig, skipped};

/// Copies as a person would type it; the last status, or what the person is told.
async fn copied(namespace: &Namespace, text: &str) -> Result<CopyStatus, String> {
    copied_over(kubeconfig().into_string().expect("a path"), namespace, text).await
}

async fn copied_over(kubeconfig: String, namespace: &Namespace, text: &str) -> Result<CopyStatus, String> {
    let options = ConnectOptions { kubeconfig: Some(kubeconfig), ..ConnectOptions::default() };
    let connection = connect(&options).await.expect("a connection");
    let request = CopyRequest::parse(text, &namespace.name).expect(text);
    let (queue, mut updates) = mpsc::unbounded_channel();
    let out = Outbox::new(queue, |update| update);
    let mut last = Err("it said nothing".to_owned());
    let listen = async {
        while let Some(parcel) = updates.recv().await {
            match parcel.message {
                CopyUpdate::Status(_) => {}
                CopyUpdate::Done(status) => last = Ok(status),
                CopyUpdate::Failed(_, problem) => last = Err(problem.to_string()),
            }
        }
    };
    let copy = async {
        copy::run(connection, request, &out).await;
        drop(out);
    };
    tokio::join!(copy, listen);
    last
}

/// A way to the API server that breaks once, when so many bytes have come back on one connection. The port.
async fn breaking_way(server: String, after: usize) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let broken = Arc::new(AtomicBool::new(false));
    #[expect(clippy::disallowed_methods, reason = "a test owns its tasks")]
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let (server, broken) = (server.clone(), Arc::clone(&broken));
            tokio::spawn(async move {
                let mut upstream = TcpStream::connect(server).await.expect("the API server");
                let ((mut asks, mut hears), (mut answers, mut takes)) = (client.split(), upstream.split());
                let back = async {
                    let (mut piece, mut sum) = (vec![0; 16 << 10], 0);
                    while let Ok(count @ 1..) = answers.read(&mut piece).await {
                        sum += count;
                        if sum > after && !broken.swap(true, Ordering::Relaxed) {
                            return;
                        }
                        if hears.write_all(&piece[..count]).await.is_err() {
                            return;
                        }
                    }
                };
                tokio::select! {
                    () = back => {}
                    _ended = tokio::io::copy(&mut asks, &mut takes) => {}
                }
            });
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster: set KUBECONFIG"]
async fn a_download_whose_connection_breaks_goes_on() {
    let text = std::fs::read_to_string(kubeconfig()).expect("one kubeconfig");
    let Some(server) = text.lines().find_map(|line| line.trim().strip_prefix("server: https://")) else {
        skipped("the kubeconfig names no https server");
        return;
    };
    let port = breaking_way(server.to_owned(), 7 << 20).await;
    let folder = tempfile::tempdir().expect("a folder");
    let (config, back) = (folder.path().join("config"), folder.path().join("back"));
    let host = server.rsplit_once(':').map_or(server, |(host, _)| host);
    let named = format!("server: https://127.0.0.1:{port}\n    tls-server-name: {host}");
    std::fs::write(&config, text.replace(&format!("server: https://{server}"), &named)).expect("a file");

    let namespace = Namespace::new();
    namespace.run("box", &busybox("sleep 10000"), "condition=Ready");
    namespace.kubectl("exec box -- dd if=/dev/urandom of=/kept/big bs=1M count=20");
    let inside = namespace.kubectl("exec box -- md5sum /kept/big");
    let config = config.to_string_lossy().into_owned();
    let status = copied_over(config, &namespace, &format!("box:/kept/big {}", back.display())).await;
    let status = status.expect("it goes on");
    assert!(status.warning.as_ref().is_some_and(|said| said.contains("resumed at")), "{status:?}");
    assert!(inside.starts_with(&sum(&back)), "{inside}");
}

fn sum(path: &Path) -> String {
    let output = std::process::Command::new("md5sum").arg(path).output().expect("md5sum");
    String::from_utf8_lossy(&output.stdout).split(' ').next().expect("a sum").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster: set KUBECONFIG"]
async fn fifty_megabytes_go_both_ways() {
    let namespace = Namespace::new();
    namespace.run("box", &busybox("sleep 10000"), "condition=Ready");
    let folder = tempfile::tempdir().expect("a folder");
    let (there, back) = (folder.path().join("there"), folder.path().join("back"));
    let bytes: Vec<u8> = (0..50u32 << 18).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    std::fs::write(&there, &bytes).expect("a file");

    let begun = tokio::time::Instant::now();
    let status = copied(&namespace, &format!("{} box:/kept", there.display())).await.expect("it goes in");
    assert_eq!((status.files, status.bytes, status.total), (1, 50 << 20, Some(50 << 20)));
    let inside = namespace.kubectl("exec box -- md5sum /kept/there");
    assert!(inside.starts_with(&sum(&there)), "{inside}");
    let middle = tokio::time::Instant::now();
    let status = copied(&namespace, &format!("box:/kept/there {}", back.display())).await.expect("it comes out");
    eprintln!("in {:?}, out {:?}", middle - begun, middle.elapsed());
    assert_eq!((status.files, status.bytes), (1, 50 << 20));
    assert_eq!(sum(&back), sum(&there));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster: set KUBECONFIG"]
async fn trees_arrive_as_kubectl_would_bring_them() {
    let namespace = Namespace::new();
    namespace.run("box", &busybox("sleep 10000"), "condition=Ready");
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir_all(at("tree/sub/empty")).expect("folders");
    let long = "long".repeat(50);
    for (name, text) in [("run.sh", "#!/bin/sh\n"), ("sub/a b", "1"), ("sub/日本", "2"), ("nothing", ""), (&long, "3")]
    {
        std::fs::write(at("tree").join(name), text).expect("a file");
    }
    std::fs::set_permissions(at("tree/run.sh"), std::fs::Permissions::from_mode(0o755)).expect("a mode");
    std::os::unix::fs::symlink("run.sh", at("tree/link")).expect("a link");

    copied(&namespace, &format!("{} box:/kept/ours", at("tree").display())).await.expect("it goes in");
    namespace.kubectl(&format!("cp {} box:/kept/theirs", at("tree").display()));
    let listed = |name: &str| {
        let line = format!(
            "exec box -- sh -c cd$IFS/kept/{name};find$IFS.$IFS-exec$IFS'stat'$IFS-c'%A%N'$IFS{{}}$IFS';'|sort"
        );
        namespace.kubectl(&line)
    };
    assert_eq!(listed("ours"), listed("theirs"));
    // A directory that is there takes what comes into itself.
    copied(&namespace, &format!("{} box:/kept/ours", at("tree/run.sh").display())).await.expect("it goes in");
    assert_eq!(namespace.kubectl("exec box -- cat /kept/ours/run.sh"), "#!/bin/sh\n");

    let status = copied(&namespace, &format!("box:/kept/theirs {}", at("ours").display())).await.expect("it comes out");
    namespace.kubectl(&format!("cp box:/kept/theirs {}", at("theirs").display()));
    let differ = std::process::Command::new("diff").arg("-r").arg(at("ours")).arg(at("theirs")).output().expect("diff");
    assert!(differ.status.success(), "{}", String::from_utf8_lossy(&differ.stdout));
    assert_eq!((status.files, status.skipped), (5, 1), "{status:?}");
    let mode = std::fs::metadata(at("ours/run.sh")).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o700, 0o700);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster: set KUBECONFIG"]
async fn what_cannot_be_copied_says_why() {
    let namespace = Namespace::new();
    namespace.run("box", &busybox("sleep 10000"), "condition=Ready");
    namespace.run("bare", "    image: registry.k8s.io/pause:3.9\n", "condition=Ready");
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path().join("to");
    let cases = [
        (format!("box:/nope {}", to.display()), "No such file"),
        (format!("bare:/etc/hosts {}", to.display()), "no `tar` in the container"),
        (format!("missing:/etc/hosts {}", to.display()), "not found"),
        (format!("{} box:/kept", to.display()), "doesn't exist"),
        ("/etc/hostname box:/no/such/dir/x".to_owned(), "can't change directory"),
        ("box:/etc/hostname /proc/nope/x".to_owned(), "/proc/nope"),
    ];
    for (text, expected) in cases {
        let said = copied(&namespace, &text).await.expect_err(&text);
        assert!(said.contains(expected), "{text}: {said}");
    }
    assert!(!to.exists());
}
