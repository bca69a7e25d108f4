//! Paths inside a container: text with slashes, by the rules of kubectl (`cp/filespec.go`) and Go's package `path`.

/// The shortest path that means the same: without `.`, `x/..`, doubled and trailing slashes; `.` for nothing.
pub(super) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    match (rooted, parts.join("/")) {
        (true, rest) => format!("/{rest}"),
        (false, rest) if rest.is_empty() => ".".to_owned(),
        (false, rest) => rest,
    }
}

/// All but the last part.
pub(super) fn dir(path: &str) -> String {
    clean(path.rfind('/').map_or("", |at| &path[..=at]))
}

/// The last part.
pub(super) fn base(path: &str) -> String {
    let path = path.trim_end_matches('/');
    path.rsplit('/').next().filter(|base| !base.is_empty()).unwrap_or("/").to_owned()
}

/// Two paths as one.
pub(super) fn join(path: &str, more: &str) -> String {
    clean(&format!("{path}/{more}"))
}

/// What all names of an archive of this path begin with: tar leaves out what leads to or above the root.
pub(super) fn prefix(path: &str) -> String {
    let path = clean(path.trim_start_matches('/'));
    let mut rest = path.as_str();
    while let Some(above) = rest.strip_prefix("../") {
        rest = above;
    }
    if matches!(rest, "." | "..") { String::new() } else { rest.to_owned() }
}

/// Where an entry lies below the path that was asked for: nothing for the path itself, `None` when it would leave the
/// destination. Names are bytes: no encoding is promised.
///
/// # Errors
///
/// It has no business in this archive.
pub(super) fn below<'a>(name: &'a [u8], prefix: &str) -> Result<Option<Vec<&'a [u8]>>, Stray> {
    let mut parts = name.split(|byte| *byte == b'/').filter(|part| !matches!(*part, b"" | b"."));
    for expected in prefix.split('/').filter(|part| !part.is_empty()) {
        if parts.next() != Some(expected.as_bytes()) {
            return Err(Stray);
        }
    }
    let parts: Vec<_> = parts.collect();
    Ok((!parts.contains(&&b".."[..])).then_some(parts))
}

/// An entry that nobody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stray;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_gos() {
        let cases = [
            ("/a/b/../c/", "/a/c"),
            ("a//b/.", "a/b"),
            ("", "."),
            ("./", "."),
            ("../../a", "../../a"),
            ("/../a", "/a"),
            ("a/../..", ".."),
            ("/", "/"),
        ];
        for (path, expected) in cases {
            assert_eq!(clean(path), expected, "{path}");
        }
        let cases = [("/tmp/a", "/tmp", "a"), ("a", ".", "a"), ("/a", "/", "a"), ("/", "/", "/"), ("./a/b", "a", "b")];
        for (path, folder, last) in cases {
            assert_eq!((dir(path).as_str(), base(path).as_str()), (folder, last), "{path}");
        }
        assert_eq!(join("/tmp/", "a b"), "/tmp/a b");
        assert_eq!(join("/tmp", "."), "/tmp");
    }

    #[test]
    fn an_archive_begins_where_it_was_asked_to() {
        let cases = [
            ("/etc/app", "etc/app"),
            ("etc/app/", "etc/app"),
            ("./x", "x"),
            ("../../x", "x"),
            ("/", ""),
            (".", ""),
            ("..", ""),
            ("//a", "a"),
        ];
        for (path, expected) in cases {
            assert_eq!(prefix(path), expected, "{path}");
        }
    }

    #[test]
    fn what_would_leave_the_destination_is_refused() {
        type Below<'a> = Result<Option<&'a [&'a str]>, Stray>;
        let cases: [(&str, &str, Below<'_>); 11] = [
            ("etc/app", "etc/app", Ok(Some(&[]))),
            ("etc/app/", "etc/app", Ok(Some(&[]))),
            ("etc/app/a/b", "etc/app", Ok(Some(&["a", "b"]))),
            ("./x/y", "x", Ok(Some(&["y"]))),
            ("etc/app/../../../root", "etc/app", Ok(None)),
            ("etc/app/a/../b", "etc/app", Ok(None)),
            ("../x", "", Ok(None)),
            ("/abs", "", Ok(Some(&["abs"]))),
            ("etc/application", "etc/app", Err(Stray)),
            ("root/.ssh", "etc/app", Err(Stray)),
            ("../etc/app/x", "etc/app", Err(Stray)),
        ];
        for (name, prefix, expected) in cases {
            let expected = expected.map(|some| some.map(|parts| parts.iter().map(|part| part.as_bytes()).collect()));
            assert_eq!(below(name.as_bytes(), prefix), expected, "{name}");
        }
    }
}
