//! Writes that begin with a reading: from the object as the server has it to the request, or to a refusal.
//!
//! The rules and refusals are those of `kubectl rollout`, `set image`, `cordon` and `scale`. Start with
//! [`Write::plan`].

use serde_json::{Value, json};

use super::request::{Request, STRATEGIC};
use super::{Operation, Write};
use crate::base::stamp::Stamp;

/// The kinds whose pods `kubectl rollout restart` replaces.
const RESTARTED: [&str; 3] = ["deployments.apps", "daemonsets.apps", "statefulsets.apps"];
const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";

/// What a write comes down to once the object is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// This is to be sent.
    Send(Request),
    /// There is nothing to do; what kubectl says of it.
    Already(String),
}

impl Write {
    /// What is to be sent, now that the object was read; `history` is what [`Write::history`] names. A refusal is in
    /// kubectl's words.
    pub fn plan(&self, object: &Value, history: &[Value], now: Stamp) -> Result<Step, String> {
        self.check_uid(object)?;
        match &self.operation {
            Operation::Restart => self.restart(object, now),
            Operation::SetImage(container, image) => self.set_image(object, container, image),
            Operation::Pause => self.pause(object),
            Operation::Resume => self.resume(object),
            Operation::Undo(revision) => self.undo(object, history, *revision),
            Operation::Cordon | Operation::Drain(_) => Ok(self.cordon(object, true)),
            Operation::Uncordon => Ok(self.cordon(object, false)),
            Operation::Delete(_) | Operation::Scale { .. } | Operation::Replace(_) | Operation::Create(_) => {
                self.request().map(Step::Send).ok_or_else(|| "this takes the scale of the object".to_owned())
            }
            Operation::Debug(_) => Err("this is more than one request".to_owned()),
            Operation::EndContainer(_) => Err("this is no request".to_owned()),
        }
    }

    /// What is to be sent to scale an object of which the scale was read, expecting a number of replicas
    /// (`kubectl scale --current-replicas`). The scale goes back as it came, so that its version and UID must still
    /// hold.
    pub fn plan_scale(&self, scale: &Value) -> Result<Request, String> {
        let Operation::Scale { replicas, expected } = self.operation else {
            return Err("this does not scale".to_owned());
        };
        self.check_uid(scale)?;
        let actual = scale["spec"]["replicas"].as_u64().unwrap_or_default();
        if let Some(expected) = expected.filter(|expected| u64::from(*expected) != actual) {
            return Err(format!("Expected replicas to be {expected}, was {actual}"));
        }
        let mut wanted = scale.clone();
        wanted["spec"] = if replicas == 0 { json!({}) } else { json!({"replicas": replicas}) };
        let path = format!("{}/scale", self.target.path());
        Ok(Request { method: "PUT", path, content_type: "", body: wanted.to_string() })
    }

    fn restart(&self, object: &Value, now: Stamp) -> Result<Step, String> {
        if !self.is_one_of(&RESTARTED) {
            return Err(format!("{} restarting is not supported", self.quoted()));
        }
        if object["spec"]["paused"] == true {
            return Err(format!("{} can't restart paused deployment (run rollout resume first)", self.quoted()));
        }
        let at = now.rfc3339();
        if object["spec"]["template"]["metadata"]["annotations"][RESTARTED_AT] == *at {
            let name = &self.target.name;
            return Err(format!(
                "failed to create patch for {name}: if restart has already been triggered within the past second, \
                 please wait before attempting to trigger another"
            ));
        }
        let body = json!({"spec": {"template": {"metadata": {"annotations": {RESTARTED_AT: at}}}}});
        Ok(self.patch("kubectl-rollout", &body))
    }

    fn pause(&self, object: &Value) -> Result<Step, String> {
        if !self.is_one_of(&["deployments.apps"]) {
            return Err(format!("{} pausing is not supported", self.quoted()));
        }
        if object["spec"]["paused"] == true {
            return Err(format!("{} is already paused", self.quoted()));
        }
        Ok(self.patch("kubectl-rollout", &json!({"spec": {"paused": true}})))
    }

    fn resume(&self, object: &Value) -> Result<Step, String> {
        if !self.is_one_of(&["deployments.apps"]) {
            return Err(format!("{} resuming is not supported", self.quoted()));
        }
        if object["spec"]["paused"] != true {
            return Err(format!("{} is not paused", self.quoted()));
        }
        Ok(self.patch("kubectl-rollout", &json!({"spec": {"paused": null}})))
    }

    fn cordon(&self, object: &Value, wanted: bool) -> Step {
        let cordoned = object["spec"]["unschedulable"] == true;
        if cordoned == wanted {
            let word = if wanted { "cordoned" } else { "uncordoned" };
            return Step::Already(format!("{}/{} already {word}", self.target.resource.type_name(), self.target.name));
        }
        let body = json!({"spec": {"unschedulable": if wanted { Value::Bool(true) } else { Value::Null }}});
        Step::Send(Request::patch(self.target.path(), STRATEGIC, &body))
    }

    /// A strategic merge patch in the name of one of kubectl's commands.
    pub(super) fn patch(&self, manager: &str, body: &Value) -> Step {
        Step::Send(Request::patch(format!("{}?fieldManager={manager}", self.target.path()), STRATEGIC, body))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::tests::{resource, write};
    use super::*;
    use crate::model::kind::Kind;
    use crate::model::resource::tests::deployments;

    pub(in super::super) fn now() -> Stamp {
        Stamp::parse("2026-11-24T07:34:06Z")
    }

    /// Path after the object's own, and body, of what is to be sent.
    pub(in super::super) fn sent(step: Result<Step, String>) -> (String, Value) {
        let Ok(Step::Send(request)) = step else { panic!("{step:?}") };
        let query = request.path.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default();
        (query, serde_json::from_str(&request.body).expect("JSON"))
    }

    fn object(spec: &Value) -> Value {
        json!({"metadata": {"name": "web", "uid": "u1"}, "spec": spec})
    }

    #[test]
    fn a_restart_is_a_new_annotation_of_the_template() {
        let restart = write(deployments(), Operation::Restart);
        let (query, body) = sent(restart.plan(&object(&json!({})), &[], now()));
        let annotations = json!({"kubectl.kubernetes.io/restartedAt": "2026-11-24T07:34:06Z"});
        assert_eq!(query, "fieldManager=kubectl-rollout");
        assert_eq!(body, json!({"spec": {"template": {"metadata": {"annotations": annotations}}}}));
        let again = object(&json!({"template": {"metadata": {"annotations": annotations}}}));
        assert!(restart.plan(&again, &[], now()).is_err_and(|said| said.contains("within the past second")));
        let paused = restart.plan(&object(&json!({"paused": true})), &[], now());
        assert_eq!(
            paused,
            Err("deployments.apps \"web\" can't restart paused deployment (run rollout resume first)".into())
        );
        let set = write(resource("apps", "ReplicaSet", "replicasets"), Operation::Restart);
        let refused = set.plan(&object(&json!({})), &[], now());
        assert_eq!(refused, Err("replicasets.apps \"web\" restarting is not supported".into()));
    }

    #[test]
    fn pausing_and_resuming_is_for_deployments_that_are_not_yet() {
        let (paused, going) = (object(&json!({"paused": true})), object(&json!({})));
        let pause = write(deployments(), Operation::Pause);
        let resume = write(deployments(), Operation::Resume);
        assert_eq!(sent(pause.plan(&going, &[], now())).1, json!({"spec": {"paused": true}}));
        assert_eq!(sent(resume.plan(&paused, &[], now())).1, json!({"spec": {"paused": null}}));
        assert_eq!(pause.plan(&paused, &[], now()), Err("deployments.apps \"web\" is already paused".into()));
        assert_eq!(resume.plan(&going, &[], now()), Err("deployments.apps \"web\" is not paused".into()));
        let other = write(resource("apps", "StatefulSet", "statefulsets"), Operation::Pause);
        assert_eq!(other.plan(&going, &[], now()), Err("statefulsets.apps \"web\" pausing is not supported".into()));
    }

    #[test]
    fn a_node_is_cordoned_once() {
        let (open, shut) = (object(&json!({})), object(&json!({"unschedulable": true})));
        let cordon = write(Kind::Node, Operation::Cordon);
        let uncordon = write(Kind::Node, Operation::Uncordon);
        assert_eq!(sent(cordon.plan(&open, &[], now())), (String::new(), json!({"spec": {"unschedulable": true}})));
        assert_eq!(sent(uncordon.plan(&shut, &[], now())).1, json!({"spec": {"unschedulable": null}}));
        assert_eq!(cordon.plan(&shut, &[], now()), Ok(Step::Already("node/node-a already cordoned".into())));
        assert_eq!(uncordon.plan(&open, &[], now()), Ok(Step::Already("node/node-a already uncordoned".into())));
    }

    #[test]
    fn w02_scale_with_current_replicas() {
        let scale = json!({"kind": "Scale", "metadata": {"name": "web", "uid": "u1", "resourceVersion": "7"},
            "spec": {"replicas": 3}, "status": {"replicas": 2}});
        let to = |replicas, expected| write(deployments(), Operation::Scale { replicas, expected: Some(expected) });
        assert_eq!(to(3, 2).plan_scale(&scale), Err("Expected replicas to be 2, was 3".into()));
        let request = to(0, 3).plan_scale(&scale).expect("as expected");
        assert_eq!((request.method, request.content_type), ("PUT", ""));
        let mut wanted = scale;
        wanted["spec"] = json!({});
        assert_eq!(serde_json::from_str::<Value>(&request.body).ok(), Some(wanted));
    }

    #[test]
    fn another_object_of_the_same_name_is_left_alone() {
        let other = json!({"metadata": {"uid": "u2"}, "spec": {"replicas": 1}});
        let operations = [
            Operation::Restart,
            Operation::Pause,
            Operation::Resume,
            Operation::Undo(0),
            Operation::Cordon,
            Operation::Uncordon,
            Operation::SetImage("*".into(), "x".into()),
            Operation::Replace(String::new()),
            Operation::Scale { replicas: 1, expected: None },
        ];
        for operation in operations {
            let refused = write(deployments(), operation).plan(&other, &[], now());
            assert!(refused.as_ref().is_err_and(|said| said.contains("was replaced")), "{refused:?}");
        }
        let scale = write(deployments(), Operation::Scale { replicas: 1, expected: Some(1) });
        assert!(scale.plan_scale(&other).is_err_and(|said| said.contains("was replaced")));
    }
}
