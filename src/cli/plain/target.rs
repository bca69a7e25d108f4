//! What a person names on the command line: kinds with or without names.
//!
//! Pure. Rules: cli-runtime `resource.Builder`, `ResourceTypeOrNameArgs` and what it calls.

/// The objects that are meant; kinds are as they were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Targets {
    /// All objects of these kinds: `pods,services`.
    Kinds(Vec<String>),
    /// Objects of one kind by name: `pod web-0 web-1`.
    Named(String, Vec<String>),
    /// Objects as pairs: `pod/web-0 node/node-a`.
    Pairs(Vec<(String, String)>),
}

/// Reads the arguments. `expand` gives the kinds behind a word such as `all`. The error is kubectl's sentence, without
/// its prefix.
pub fn parse(args: &[String], expand: impl Fn(&str) -> Option<Vec<String>>) -> Result<Targets, String> {
    let Some((first, names)) = args.split_first() else {
        return Err("You must specify the type of resource".to_owned());
    };
    let kinds = distinct(first);
    if kinds.len() > 1 && !names.is_empty() {
        let pair = |kind: &String| names.iter().map(|name| format!("{kind}/{name}")).collect::<Vec<_>>();
        return pairs(&kinds.iter().flat_map(pair).collect::<Vec<_>>());
    }
    match args.iter().filter(|arg| arg.contains('/')).count() {
        0 => {}
        slashes if slashes == args.len() => return pairs(args),
        _ => {
            return Err(
                "there is no need to specify a resource type as a separate argument when passing arguments in \
                        resource/name form (e.g. 'podtriage get resource/<resource_name>' instead of 'podtriage get \
                        resource resource/<resource_name>'"
                    .to_owned(),
            );
        }
    }
    let kinds: Vec<_> = kinds.into_iter().flat_map(|kind| expand(&kind).unwrap_or_else(|| vec![kind])).collect();
    match (kinds.as_slice(), names) {
        (_, []) => Ok(Targets::Kinds(kinds)),
        ([kind], names) => Ok(Targets::Named(kind.clone(), names.to_vec())),
        _ => Err("you must specify only one resource".to_owned()),
    }
}

/// The words of the arguments that name kinds.
pub fn kinds(args: &[String]) -> Vec<&str> {
    let of_pairs = args.iter().filter_map(|arg| arg.split_once('/').map(|(kind, _)| kind));
    let first = args.first().filter(|first| !first.contains('/'));
    of_pairs.chain(first.into_iter().flat_map(|kinds| kinds.split(','))).collect()
}

fn pairs(args: &[String]) -> Result<Targets, String> {
    args.iter().map(|arg| pair(arg)).collect::<Result<_, _>>().map(Targets::Pairs)
}

/// `pod/web-0`.
pub fn pair(text: &str) -> Result<(String, String), String> {
    let parts: Vec<_> = text.split('/').collect();
    match parts.as_slice() {
        [kind, name] if !kind.is_empty() && !name.is_empty() && !kind.contains(',') => {
            Ok(((*kind).to_owned(), (*name).to_owned()))
        }
        [_, _] => Err("arguments in resource/name form must have a single resource and name".to_owned()),
        _ => Err("arguments in resource/name form may not have more than one slash".to_owned()),
    }
}

/// The parts between commas, each once.
fn distinct(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in text.split(',') {
        if !parts.iter().any(|known| known == part) {
            parts.push(part.to_owned());
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Targets, String> {
        let args: Vec<_> = text.split_whitespace().map(str::to_owned).collect();
        let all = |word: &str| (word == "all").then(|| vec!["pods".to_owned(), "services".to_owned()]);
        parse(&args, all)
    }

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn every_form() {
        assert_eq!(parsed("pods"), Ok(Targets::Kinds(words("pods"))));
        assert_eq!(parsed("pods,services,pods"), Ok(Targets::Kinds(words("pods services"))));
        assert_eq!(parsed("all,nodes"), Ok(Targets::Kinds(words("pods services nodes"))));
        assert_eq!(parsed("pod a b"), Ok(Targets::Named("pod".to_owned(), words("a b"))));
        let pairs = |pairs: &[(&str, &str)]| {
            Ok(Targets::Pairs(pairs.iter().map(|(kind, name)| ((*kind).to_owned(), (*name).to_owned())).collect()))
        };
        assert_eq!(parsed("pod/a node/b"), pairs(&[("pod", "a"), ("node", "b")]));
        assert_eq!(parsed("pod,svc a"), pairs(&[("pod", "a"), ("svc", "a")]));
    }

    #[test]
    fn words_that_name_kinds() {
        let of = |text: &str| words(text);
        assert_eq!(kinds(&of("pods,svc")), ["pods", "svc"]);
        assert_eq!(kinds(&of("pod web-0")), ["pod"]);
        assert_eq!(kinds(&of("pod/a node/b")), ["pod", "node"]);
        assert!(kinds(&[]).is_empty());
    }

    #[test]
    fn what_cannot_be_meant_is_said() {
        for (text, said) in [
            ("pod pod/a", "no need to specify"),
            ("pod/a/b", "more than one slash"),
            ("pod/", "single resource and name"),
            ("pod,svc/a", "single resource and name"),
            ("all a", "only one resource"),
            ("", "type of resource"),
        ] {
            assert!(parsed(text).is_err_and(|error| error.contains(said)), "{text}");
        }
    }
}
