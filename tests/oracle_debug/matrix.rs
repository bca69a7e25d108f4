//! The command lines: every style with every profile and a matrix of flags, and random lines of many flags.

/// The profiles; the empty one is not named.
const PROFILES: [&str; 7] = ["", "general", "baseline", "restricted", "netadmin", "sysadmin", "legacy"];

/// Behind `debug OBJECT --image=… -c d`.
const ANY: [&str; 14] = [
    "",
    "-i",
    "-it",
    "-q --env=A=1",
    "--env=A=b=c --image-pull-policy=Always",
    "--image-pull-policy=IfNotPresent -- sleep 5",
    "--arguments-only -- a b",
    "--arguments-only=false -it -- sh -c ls",
    "--custom=root.yaml",
    "--custom=full.json --env=X=1 -i",
    "--custom=zero.yaml -t -i",
    "--custom=words.yaml --arguments-only -- x",
    "--custom=empty.yaml --stdin --tty=false",
    "--custom=odd.yaml",
];
const EPHEMERAL: [&str; 3] = ["", "--target=app", "--target=side --quiet"];
const COPY: [&str; 9] = [
    "",
    "--same-node",
    "--share-processes=false",
    "--share-processes --keep-labels",
    "--replace --keep-annotations",
    "--set-image=*=all:1,side=side:2",
    "--set-image=app=app:9 --keep-liveness --keep-readiness",
    "--keep-startup --keep-init-containers=false",
    "--keep-labels --keep-annotations --keep-liveness --keep-readiness --keep-startup --same-node --replace",
];
/// Whole ends of lines of copies, where the debug container is one that is there, or none.
const CHANGED: [&str; 14] = [
    "-c app --image=other:1",
    "-c app -- sleep 5",
    "-c app --arguments-only -- sleep 5",
    "-c app -it --env=B=2 --image-pull-policy=Never -- sh",
    "-c app --image=x --custom=root.yaml",
    "-c app --image=x --custom=zero.yaml",
    "-c side --image=x --set-image=side=y,app=z",
    "-c ini --image=x",
    "-c ini --image=x --keep-init-containers=false -- sh",
    "-c debugger-old --image=x",
    "--set-image=*=busybox",
    "--set-image=side=b:2 --same-node --share-processes=false",
    "-c nope --set-image=app=b:2 --replace",
    "--image=x --env=N=1",
];

/// Every command line, without `debug`.
pub fn lines() -> Vec<String> {
    let mut lines = Vec::new();
    for (at, profile) in PROFILES.iter().enumerate() {
        let profile = if profile.is_empty() { String::new() } else { format!("--profile={profile} ") };
        for (flags, index) in ANY.iter().zip(0..) {
            let style = EPHEMERAL[(index + at) % EPHEMERAL.len()];
            for pod in ["rich", "bare", "user"] {
                lines.push(format!("{pod} --image=busybox -c d {profile}{style} {flags}"));
            }
            lines.push(format!("node/node-1 --image=reg.io:5000/a/b:1 {profile}{flags}"));
            let style = COPY[(index + at) % COPY.len()];
            lines.push(format!("rich --copy-to=cp --image=busybox -c d {profile}{style} {flags}"));
            lines.push(format!("user --copy-to=cp --image=busybox -c d {profile}{style} {flags}"));
        }
        for style in COPY {
            lines.push(format!("rich --copy-to=cp --image=busybox {profile}{style}"));
            lines.push(format!("bare --copy-to=cp --image=busybox -c d {profile}{style}"));
        }
        lines.extend(CHANGED.iter().map(|flags| format!("rich --copy-to=cp {profile}{flags}")));
        lines.push(format!("node/node-1 --image=a -c foo -n kube-system {profile}-- chroot /host"));
        for custom in ["order.yaml", "between.yaml"] {
            lines.push(format!("user --copy-to=cp -c side --image=x {profile}--custom={custom}"));
        }
        lines.push(format!("-f pod.yaml --image=a -c d {profile}"));
        lines.push(format!("--filename=pod.yaml -n shop --copy-to=cp --image=a {profile}"));
        lines.push(format!("pod/bare --image=a {profile}"));
        lines.push(format!("rich bare user --image=a {profile}"));
    }
    lines.extend(random());
    lines
}

/// Lines of flags that were drawn: the same ones each time.
fn random() -> Vec<String> {
    const FLAGS: [&str; 17] = [
        "-i",
        "--env=A=1",
        "--image-pull-policy=Never",
        "--profile=netadmin",
        "--profile=sysadmin",
        "--profile=restricted",
        "--custom=full.json",
        "--custom=root.yaml",
        "--set-image=*=y:1",
        "--same-node",
        "--replace",
        "--share-processes=false",
        "--keep-labels",
        "--keep-readiness",
        "--keep-init-containers=false",
        "-c side",
        "--arguments-only",
    ];
    let mut state = 42_u64;
    let mut draw = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("small") % below
    };
    let line = |_| {
        let flags: Vec<_> = FLAGS.iter().filter(|_| draw(3) == 0).copied().collect();
        let command = ["", " -- sleep 5", " -- sh -c ls"][draw(3)];
        format!("{} --copy-to=cp --image=busybox {}{command}", ["rich", "user"][draw(2)], flags.join(" "))
    };
    (0..120).map(line).collect()
}

/// What is refused or goes wrong: the words count too.
pub const REFUSED: &[&str] = &[
    "",
    "rich",
    "rich --image=Bad",
    "rich --image=busybox --profile=foo",
    "rich --image=busybox --profile=",
    "rich --attach",
    "rich --replace --image=b",
    "rich --same-node --image=b",
    "rich --set-image=a=b --image=b",
    "rich --copy-to=cp",
    "rich --copy-to=cp -- sh",
    "rich --copy-to=cp -c nope -- sh",
    "--image=b",
    "rich --image=b --image-pull-policy=Often",
    "rich --copy-to=cp --set-image=app=B",
    "rich --copy-to=cp --set-image=app=",
    "rich --copy-to=cp --image=b --target=app",
    "rich --image=b -t",
    "rich --image=b -t --target=app",
    "rich --image=b --custom=name.yaml --target=app",
    "rich --image=b --custom=device.yaml",
    "rich --image=b --custom=missing.yaml",
    "rich --copy-to=cp -c ini --image=x --custom=root.yaml",
    "missing --image=b",
    "missing --image=b --copy-to=cp",
    "node/missing --image=b",
    "deployment/web --image=b",
    "deploy/missing --image=b",
    "service/web --image=b",
    "nonsense/web --image=b",
    "rich/a/b --image=b",
    "pod/ --image=b",
    "gone -n gone --image=b -c d",
    "rich missing bare --image=b -q",
    "-f pod.yaml rich --image=b",
    "-f nothing.yaml --image=b",
    "-f pod.yaml -n elsewhere --image=b",
    "rich --image=b --profile=legacy -q",
];
