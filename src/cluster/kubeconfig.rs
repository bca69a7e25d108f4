//! Finding and reading kubeconfig files, by kubectl's rules.

use std::path::{Path, PathBuf};

use kube::config::{Kubeconfig, KubeconfigError};

use crate::base::problem::Problem;

/// Reads `--kubeconfig`, or the files of `$KUBECONFIG`, or `~/.kube/config`. `Ok(None)` when none exists:
/// the caller may then be in a cluster. The first file to set a value wins; missing files of a list are
/// passed over, as kubectl does.
pub fn read(flag: Option<&str>) -> Result<Option<Kubeconfig>, Problem> {
    if let Some(path) = flag {
        return read_file(Path::new(path)).map(Some);
    }
    let paths: Vec<PathBuf> = match std::env::var_os("KUBECONFIG") {
        Some(list) if !list.is_empty() => std::env::split_paths(&list).filter(|p| !p.as_os_str().is_empty()).collect(),
        _ => default_path().into_iter().collect(),
    };
    let mut merged: Option<Kubeconfig> = None;
    for path in paths.iter().filter(|path| path.exists()) {
        let next = read_file(path)?;
        merged = Some(match merged {
            None => next,
            Some(first) => first.merge(next).map_err(|error| broken(path, &error))?,
        });
    }
    Ok(merged)
}

/// What was looked for, for the sentence when nothing was found.
pub fn looked_for() -> String {
    match std::env::var("KUBECONFIG") {
        Ok(list) if !list.is_empty() => format!("$KUBECONFIG ({list})"),
        _ => default_path().map_or_else(|| "~/.kube/config".to_owned(), |path| path.display().to_string()),
    }
}

fn default_path() -> Option<PathBuf> {
    Some(etcetera::home_dir().ok()?.join(".kube").join("config"))
}

fn read_file(path: &Path) -> Result<Kubeconfig, Problem> {
    Kubeconfig::read_from(path).map_err(|error| broken(path, &error))
}

fn broken(path: &Path, error: &KubeconfigError) -> Problem {
    let said = match error {
        KubeconfigError::ReadConfig(error, _) => error.to_string(),
        KubeconfigError::Parse(error) => first_line(&error.to_string()),
        error => error.to_string(),
    };
    Problem::new(
        format!("read the kubeconfig {}", path.display()),
        said,
        "Name another with --kubeconfig, or look around with --demo",
    )
}

/// Parsers draw pictures of the place below their first line; a kubeconfig's lines may hold a token.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(160).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(content: Option<&[u8]>) -> String {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("config");
        match content {
            Some(content) => std::fs::write(&path, content).expect("a file"),
            None => std::fs::create_dir(&path).expect("a directory"),
        }
        match read(path.to_str()) {
            Ok(config) => format!("{} contexts", config.map_or(0, |config| config.contexts.len())),
            Err(problem) => problem.to_string(),
        }
    }

    #[test]
    fn what_is_no_kubeconfig_gets_a_sentence() {
        let cases: [(Option<&[u8]>, &str); 4] = [
            (None, "directory"),
            (Some(&[0, 159, 146, 150]), "could not read the kubeconfig"),
            (Some(b"contexts: 7\ntoken: s3cr3t"), "could not read the kubeconfig"),
            (Some(b""), "0 contexts"),
        ];
        for (content, expected) in cases {
            let said = problem(content);
            assert!(said.contains(expected), "{said}");
            assert!(!said.contains("s3cr3t"), "{said}");
        }
    }

    #[test]
    fn a_megabyte_of_noise_is_refused_with_a_short_sentence() {
        let said = problem(Some("- [".repeat(350_000).as_bytes()));
        assert!(said.len() < 600, "{} characters", said.len());
        assert!(said.contains("could not read"), "{said}");
    }

    #[test]
    fn a_missing_file_that_was_named_is_an_error() {
        let problem = read(Some("/nonexistent/config")).expect_err("no such file");
        assert!(problem.to_string().contains("No such file"), "{problem}");
    }
}
