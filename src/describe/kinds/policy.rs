//! Small kinds: service accounts, priorities, disruption budgets. Rules: kubectl describe,
//! `describeServiceAccount`, `describePriorityClass`, `describePodDisruptionBudgetV1`.

use serde_json::Value;

use super::super::fields::{child, flag, list, number, or_none, present, shown, text};
use super::super::tabs::Writer;
use super::super::{meta, selector};
use crate::base::text::Role;

/// Writes a service account.
pub(super) fn service_account(w: &mut Writer, account: &Value) {
    meta::identity(w, account);
    let secrets = list(account, "/imagePullSecrets").iter().map(|secret| text(secret, "/name").to_owned());
    meta::multi_line(w, "Image pull secrets", secrets);
}

/// Writes a priority class.
pub(super) fn priority_class(w: &mut Writer, class: &Value) {
    w.field(0, "Name", text(class, "/metadata/name"));
    w.field(0, "Value", number(class, "/value"));
    w.field(0, "GlobalDefault", flag(class, "/globalDefault"));
    w.field(0, "PreemptionPolicy", text(class, "/preemptionPolicy"));
    w.field(0, "Description", text(class, "/description"));
    w.field(0, "Annotations", or_none(&selector::map(class, "/metadata/annotations")));
}

/// Writes a disruption budget.
pub(super) fn disruption_budget(w: &mut Writer, budget: &Value) {
    w.field(0, "Name", text(budget, "/metadata/name"));
    w.field(0, "Namespace", text(budget, "/metadata/namespace"));
    let bound = |path| present(budget, path).map(shown);
    match (bound("/spec/minAvailable"), bound("/spec/maxUnavailable")) {
        (Some(minimum), _) => w.field(0, "Min available", minimum),
        (None, Some(maximum)) => w.field(0, "Max unavailable", maximum),
        (None, None) => {}
    }
    let selector = child(budget, "/spec/selector").map(selector::formatted);
    w.field(0, "Selector", selector.as_deref().unwrap_or("<unset>"));
    w.section("Status");
    w.heading(0, "Status");
    let allowed = number(budget, "/status/disruptionsAllowed");
    w.field_as(2, "Allowed disruptions", allowed, if allowed > 0 { Role::Plain } else { Role::Warn });
    for (label, path) in [
        ("Current", "/status/currentHealthy"),
        ("Desired", "/status/desiredHealthy"),
        ("Total", "/status/expectedPods"),
    ] {
        w.field(2, label, number(budget, path));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(write: fn(&mut Writer, &Value), object: &Value) -> String {
        let mut w = Writer::default();
        write(&mut w, object);
        w.finish().plain()
    }

    #[test]
    fn pull_secrets_stand_below_each_other() {
        let text = written(service_account, &json!({"imagePullSecrets": [{"name": "a"}, {"name": "b"}]}));
        assert!(text.ends_with("Image pull secrets:  a\n                     b\n"), "{text}");
    }

    #[test]
    fn a_budget_has_one_bound_at_most() {
        let with = |spec: Value| written(disruption_budget, &json!({"spec": spec}));
        assert!(with(json!({"minAvailable": "50%", "maxUnavailable": 1})).contains("Min available:  50%\n"));
        assert!(with(json!({"maxUnavailable": 0})).contains("Max unavailable:  0\n"));
        assert!(with(json!({})).contains("Selector:   <unset>\n"), "{}", with(json!({})));
    }
}
