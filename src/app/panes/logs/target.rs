//! Whose log a pane shows, and what that is called.

use crate::base::stamp::Stamp;
use crate::cluster::api::{ContainerChoice, LogRequest, LogSelection, LogsRequest};

/// Whose log a pane shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogTarget {
    /// One container's.
    One(LogRequest),
    /// Those of many containers, merged.
    Many(Box<LogsRequest>),
}

impl From<LogRequest> for LogTarget {
    fn from(request: LogRequest) -> Self {
        Self::One(request)
    }
}

impl From<LogsRequest> for LogTarget {
    fn from(request: LogsRequest) -> Self {
        Self::Many(Box::new(request))
    }
}

impl LogTarget {
    /// Whether it is the run before the present one.
    pub fn is_previous(&self) -> bool {
        match self {
            Self::One(request) => request.previous,
            Self::Many(request) => request.previous,
        }
    }

    /// Whichever pod has the name is meant.
    pub fn forget_uid(&mut self) {
        if let Self::One(request) = self {
            request.uid.clear();
        }
    }

    /// The same, of the run before the present one or of the present one.
    #[must_use]
    pub fn of_run(&self, previous: bool) -> Self {
        match self {
            Self::One(request) => Self::One(LogRequest { previous, ..request.clone() }),
            Self::Many(request) => LogsRequest { previous, ..(**request).clone() }.into(),
        }
    }

    /// The same, from a time on.
    #[must_use]
    pub fn since(&self, since: Stamp) -> Self {
        match self {
            Self::One(request) => Self::One(LogRequest { since, tail_lines: None, ..request.clone() }),
            Self::Many(request) => LogsRequest { since, tail_lines: None, ..(**request).clone() }.into(),
        }
    }

    /// The containers whose name matches an expression, all of them where it is empty; of one container's log: those of
    /// its pod.
    #[must_use]
    pub fn of_containers(&self, expression: &str, at_once: usize) -> Self {
        let mut request = match self {
            Self::Many(request) => (**request).clone(),
            Self::One(one) => {
                let pod = LogSelection::Pods(vec![(one.namespace.clone(), one.pod.clone())]);
                let request = LogsRequest::new(pod, one.tail_lines);
                LogsRequest { since: one.since, previous: one.previous, at_once, ..request }
            }
        };
        request.containers = ContainerChoice { include: expression.to_owned(), ..ContainerChoice::default() };
        request.into()
    }

    /// `api-0/app`, `deployment/web`, `3 pods`, `pods -l app=web`.
    pub fn name(&self) -> String {
        let request = match self {
            Self::One(request) => return format!("{}/{}", request.pod, request.container),
            Self::Many(request) => request,
        };
        let mut name = match &request.selection {
            LogSelection::Pods(pods) => match pods.as_slice() {
                [(_, pod)] => pod.clone(),
                pods => format!("{} pods", pods.len()),
            },
            LogSelection::Owner(owner) => format!("{}/{}", owner.resource.singular, owner.name),
            LogSelection::Labels { selector, .. } if !selector.is_empty() => format!("pods -l {selector}"),
            LogSelection::Labels { .. } if !request.pods.is_empty() => format!("pods {}", request.pods.join("|")),
            LogSelection::Labels { namespace: Some(namespace), .. } => format!("all pods of {namespace}"),
            LogSelection::Labels { namespace: None, .. } => "all pods".to_owned(),
        };
        let choice = &request.containers;
        if choice.first_only {
            name.push_str(", first containers");
        }
        if !choice.include.is_empty() {
            name.extend([", containers ", &choice.include]);
        }
        if !choice.exclude.is_empty() {
            name.extend([", not ", &choice.exclude]);
        }
        name
    }

    /// The name of a file for it.
    pub fn file_name(&self) -> String {
        let name = match self {
            Self::One(request) => return format!("{}-{}.log", request.pod, request.container),
            Self::Many(request) => match &request.selection {
                LogSelection::Owner(owner) => format!("{}-{}", owner.resource.singular, owner.name),
                _ => self.name(),
            },
        };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let words: Vec<_> = name.split(|c| !is_plain(c)).filter(|word| !word.is_empty()).collect();
        format!("{}.log", words.join("-"))
    }

    /// Whose it is and in which namespace, as kubectl writes objects: `pod/api-0`. The namespace is empty where there are
    /// several.
    pub fn subject(&self) -> (String, String) {
        match self {
            Self::One(request) => (format!("pod/{}", request.pod), request.namespace.clone()),
            Self::Many(request) => {
                let namespace = match &request.selection {
                    LogSelection::Owner(owner) => owner.namespace.to_string(),
                    LogSelection::Labels { namespace, .. } => namespace.clone().unwrap_or_default(),
                    LogSelection::Pods(pods) => match pods.as_slice() {
                        [(first, _), rest @ ..] if rest.iter().all(|(other, _)| other == first) => first.clone(),
                        _ => String::new(),
                    },
                };
                (self.name(), namespace)
            }
        }
    }

    /// Whether pods of several namespaces may be among them.
    pub fn spans_namespaces(&self) -> bool {
        match self {
            Self::One(_) => false,
            Self::Many(request) => match &request.selection {
                LogSelection::Owner(_) => false,
                LogSelection::Labels { namespace, .. } => namespace.is_none(),
                LogSelection::Pods(pods) => pods.iter().any(|(namespace, _)| *namespace != pods[0].0),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kind::ObjectKey;
    use crate::model::resource::tests::deployments;

    fn many(selection: LogSelection) -> LogTarget {
        LogsRequest::new(selection, None).into()
    }

    #[test]
    fn each_selection_has_a_name_and_a_file() {
        let labels = |namespace: Option<&str>, selector: &str| LogSelection::Labels {
            namespace: namespace.map(str::to_owned),
            selector: selector.to_owned(),
        };
        let pod = |namespace: &str, name: &str| (namespace.to_owned(), name.to_owned());
        let web = LogSelection::Owner(ObjectKey::new(deployments(), "shop", "web"));
        for (selection, name, file, namespace) in [
            (web, "deployment/web", "deployment-web.log", "shop"),
            (LogSelection::Pods(vec![pod("shop", "a")]), "a", "a.log", "shop"),
            (LogSelection::Pods(vec![pod("shop", "a"), pod("data", "b")]), "2 pods", "2-pods.log", ""),
            (labels(Some("shop"), "app in (a, b)"), "pods -l app in (a, b)", "pods--l-app-in-a-b.log", "shop"),
            (labels(Some("shop"), ""), "all pods of shop", "all-pods-of-shop.log", "shop"),
            (labels(None, ""), "all pods", "all-pods.log", ""),
        ] {
            let target = many(selection);
            assert_eq!((target.name().as_str(), target.file_name().as_str()), (name, file));
            assert_eq!(target.subject().1, namespace, "{name}");
            assert_eq!(target.spans_namespaces(), namespace.is_empty(), "{name}");
        }
    }

    #[test]
    fn one_container_leads_to_those_of_its_pod() {
        let one = LogRequest { namespace: "shop".into(), pod: "a".into(), previous: true, ..LogRequest::default() };
        let LogTarget::Many(request) = LogTarget::from(one).of_containers("^app$", 7) else { panic!("many") };
        assert_eq!(request.selection, LogSelection::Pods(vec![("shop".into(), "a".into())]));
        assert_eq!((&*request.containers.include, request.previous, request.at_once), ("^app$", true, 7));
        assert_eq!(LogTarget::from(*request).of_containers("", 1).name(), "a");
    }

    #[test]
    fn the_other_run_is_of_the_same_target() {
        let target = many(LogSelection::Labels { namespace: None, selector: String::new() });
        assert!(target.of_run(true).is_previous() && target.of_run(true).of_run(false) == target);
    }
}
