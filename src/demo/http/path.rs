//! Paths: what a request is about.

use super::super::world::kinds::{self, Kind};

/// What a path leads to.
#[derive(Debug)]
pub enum Route<'a> {
    /// `/version`
    Version,
    /// `/healthz` and the like.
    Health,
    /// `/api`
    CoreVersions,
    /// `/apis`
    Groups,
    /// `/apis/GROUP`
    Group(&'a str),
    /// `/api/v1`, `/apis/GROUP/VERSION`
    Resources(&'a str, &'a str),
    /// `/openapi/v3`
    OpenApi,
    /// `/openapi/v3/api/v1`, `/openapi/v3/apis/GROUP/VERSION`
    OpenApiOf(&'a str, &'a str),
    /// Objects, or one, or a part of one.
    Objects(Target),
    /// A path below a known API that leads nowhere.
    NoResource,
    /// Nothing.
    Nothing,
}

/// Objects of a kind, or one, or a part of one.
#[derive(Clone, Debug)]
pub struct Target {
    /// The kind.
    pub kind: &'static Kind,
    /// The namespace; `None` means all, or that the kind has none.
    pub namespace: Option<String>,
    /// The name; `None` means all.
    pub name: Option<String>,
    /// The part.
    pub sub: Option<String>,
}

impl Target {
    /// The namespace, or nothing where the kind has none.
    pub fn space(&self) -> &str {
        self.namespace.as_deref().unwrap_or_default()
    }
}

/// Reads a path.
pub fn parse(path: &str) -> Route<'_> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        ["version"] => Route::Version,
        ["healthz" | "livez" | "readyz", ..] => Route::Health,
        ["api"] => Route::CoreVersions,
        ["apis"] => Route::Groups,
        ["api", "v1"] => Route::Resources("", "v1"),
        ["api", "v1", rest @ ..] => objects("", "v1", rest),
        ["openapi", "v3"] => Route::OpenApi,
        ["openapi", "v3", "api", version] => Route::OpenApiOf("", version),
        ["openapi", "v3", "apis", group, version] => Route::OpenApiOf(group, version),
        ["apis", group] => Route::Group(group),
        ["apis", group, version] => Route::Resources(group, version),
        ["apis", group, version, rest @ ..] => objects(group, version, rest),
        _ => Route::Nothing,
    }
}

fn objects<'a>(group: &str, version: &str, rest: &[&'a str]) -> Route<'a> {
    if !kinds::KINDS.iter().any(|kind| kind.group == group && kind.version == version) {
        return Route::Nothing;
    }
    let (namespace, rest) = match rest {
        // A namespace itself, or its status, is an object of the cluster.
        ["namespaces", name, plural, rest @ ..] if !matches!(*plural, "status" | "finalize") => {
            (Some(*name), [&[*plural], rest].concat())
        }
        rest => (None, rest.to_vec()),
    };
    let (plural, name, sub) = match rest.as_slice() {
        [plural] => (*plural, None, None),
        [plural, name] => (*plural, Some(*name), None),
        [plural, name, sub] => (*plural, Some(*name), Some(*sub)),
        _ => return Route::NoResource,
    };
    let Some(kind) = kinds::by_path(group, version, plural) else { return Route::NoResource };
    let known = sub.is_none_or(|sub| kind.subs.iter().any(|known| known.name == sub));
    if kind.namespaced != namespace.is_some() && (name.is_some() || namespace.is_some()) || !known {
        return Route::NoResource;
    }
    let owned = |part: &str| part.to_owned();
    Route::Objects(Target { kind, namespace: namespace.map(owned), name: name.map(owned), sub: sub.map(owned) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(path: &str) -> Option<(String, String, String, String)> {
        let Route::Objects(target) = parse(path) else { return None };
        let text = |part: Option<String>| part.unwrap_or_default();
        Some((target.kind.plural.to_owned(), text(target.namespace), text(target.name), text(target.sub)))
    }

    #[test]
    fn paths_lead_to_objects() {
        let cases = [
            ("/api/v1/pods", ("pods", "", "", "")),
            ("/api/v1/namespaces/shop/pods/web-0/log", ("pods", "shop", "web-0", "log")),
            ("/api/v1/namespaces/shop", ("namespaces", "", "shop", "")),
            ("/api/v1/namespaces/shop/status", ("namespaces", "", "shop", "status")),
            ("/apis/apps/v1/namespaces/shop/deployments/web/scale", ("deployments", "shop", "web", "scale")),
            ("/api/v1/nodes/worker-1", ("nodes", "", "worker-1", "")),
        ];
        for (path, (kind, namespace, name, sub)) in cases {
            let expected = Some((kind.to_owned(), namespace.to_owned(), name.to_owned(), sub.to_owned()));
            assert_eq!(target(path), expected, "{path}");
        }
    }

    #[test]
    fn the_others_do_not() {
        for path in
            ["/api/v1/pods/x", "/api/v1/bars", "/api/v1/namespaces/shop/pods/a/b/c", "/api/v1/namespaces/x/nodes/y"]
        {
            assert!(matches!(parse(path), Route::NoResource), "{path}");
        }
        assert!(matches!(parse("/apis/foo/v1/bars"), Route::Nothing));
        assert!(matches!(parse("/openapi/v2"), Route::Nothing));
    }
}
