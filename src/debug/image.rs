//! Whether a text is a reference to an image, by the grammar of the distribution project (`distribution/reference`):
//! `[DOMAIN[:PORT]/]PATH[/PATH…][:TAG][@DIGEST]`.

/// The longest tag.
const TAG: usize = 128;
/// The shortest digest.
const DIGEST: usize = 32;

/// How many images are kept that were used.
pub const KEPT: usize = 20;

/// Puts an image before those that were used earlier; the oldest go.
pub fn remember(images: &mut Vec<String>, image: &str) {
    images.retain(|known| known != image);
    images.insert(0, image.to_owned());
    images.truncate(KEPT);
}

/// Whether it is one.
pub fn is_reference(text: &str) -> bool {
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (text, None),
    };
    // A colon behind the last slash begins a tag; one before it, a port.
    let path = rest.rfind('/').map_or(0, |slash| slash + 1);
    let (name, tag) = match rest[path..].find(':') {
        Some(colon) => (&rest[..path + colon], Some(&rest[path + colon + 1..])),
        None => (rest, None),
    };
    is_name(name) && tag.is_none_or(is_tag) && digest.is_none_or(is_digest)
}

fn is_name(name: &str) -> bool {
    let is_path = |path: &str| path.split('/').all(is_component);
    is_path(name) || name.split_once('/').is_some_and(|(domain, path)| is_domain(domain) && is_path(path))
}

/// Lower-case letters and digits in groups; between two stand one dot, one or two underscores, or dashes.
fn is_component(text: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let mut rest = text;
    loop {
        let group = rest.find(|c: char| !is_inner(c)).unwrap_or(rest.len());
        if group == 0 {
            return false;
        }
        rest = &rest[group..];
        if rest.is_empty() {
            return true;
        }
        let between = rest.find(is_inner).unwrap_or(rest.len());
        let separator = &rest[..between];
        if !matches!(separator, "." | "_" | "__") && !separator.bytes().all(|byte| byte == b'-') {
            return false;
        }
        rest = &rest[between..];
    }
}

fn is_domain(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        // The last colon of a bare IPv6 address is inside of its brackets.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    is_host(host) && port.is_none_or(is_port)
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return !address.is_empty() && address.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':');
    }
    let is_label = |label: &str| {
        let inner = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        inner && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
    };
    host.split('.').all(is_label)
}

fn is_tag(tag: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    tag.len() <= TAG
        && tag.bytes().next().is_some_and(is_word)
        && tag.bytes().all(|byte| is_word(byte) || b".-".contains(&byte))
}

fn is_digest(digest: &str) -> bool {
    let Some((algorithm, hex)) = digest.split_once(':') else { return false };
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    algorithm.split(['-', '_', '+', '.']).all(is_part)
        && hex.len() >= DIGEST
        && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::*;

    /// The grammar once more, as an expression, written from its description.
    fn grammar() -> Regex {
        let component = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
        let label = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
        let domain = format!(r"(?:{label}(?:\.{label})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?");
        let tag = "[0-9A-Za-z_][0-9A-Za-z_.-]{0,127}";
        let digest = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";
        let whole = format!(r"^(?:{domain}/)?{component}(?:/{component})*(?::{tag})?(?:@{digest})?$");
        Regex::new(&whole).expect("an expression")
    }

    #[test]
    fn references_and_what_is_none() {
        let hex = "0123456789abcdef".repeat(4);
        let digest = format!("busybox@sha256:{hex}");
        for good in ["busybox", "a/b/c:1.2-x", "localhost:5000/x", "Reg.io/a__b", "[::1]:80/a", "x:5000", &digest] {
            assert!(is_reference(good), "{good}");
        }
        for bad in ["", "Busybox", "a//b", "a:", "a@", "a b", "a___b", "-a/b", "a:-t", "busybox@sha256:12", ":x", "é"]
        {
            assert!(!is_reference(bad), "{bad}");
        }
        assert!(is_reference(&format!("a:{}", "t".repeat(128))) && !is_reference(&format!("a:{}", "t".repeat(129))));
    }

    #[test]
    fn the_images_that_were_used_last_are_kept_once_each() {
        let mut images = Vec::new();
        for number in 0..2 * KEPT {
            remember(&mut images, &format!("image:{number}"));
        }
        remember(&mut images, "image:30");
        assert_eq!((images.len(), images[0].as_str(), images[1].as_str()), (KEPT, "image:30", "image:39"));
        assert_eq!(images.iter().filter(|image| *image == "image:30").count(), 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn the_parser_takes_what_the_grammar_takes(
            text in r"([a-zA-Z0-9.\[\]:-]{0,9}/)?[a-zA0-9._/-]{0,9}(:[a-z_.-]{0,4})?(@[a-z+:]{0,6}[0-9a-f]{30,34})?"
        ) {
            prop_assert_eq!(is_reference(&text), grammar().is_match(&text), "{}", text);
        }
    }
}
