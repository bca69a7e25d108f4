//! From an object to what owns it, and to the pods that are its own.
//!
//! Rows do not know enough for either, so the object is read for it. Whoever has moved on meanwhile is not called back.

use super::App;
use super::message::{Effect, Link, Notice};
use super::panes::object::ObjectView;
use super::view::{View, on_list};
use crate::base::problem::Problem;
use crate::model::discovery::find_kind;
use crate::model::kind::{Kind, ObjectKey};
use crate::model::links::{Links, OwnerReference};
use crate::model::resource::Resource;

impl App {
    /// Reads what an object says of others, to follow it.
    pub(super) fn follow_link(&mut self, key: ObjectKey, link: Link) {
        self.need_resources();
        self.effects.push(Effect::ReadLinks { epoch: self.session.epoch, key, link });
    }

    pub(super) fn on_links(&mut self, key: &ObjectKey, link: Link, found: Result<Links, Problem>) {
        if self.target().as_ref() != Some(key) {
            return;
        }
        match (link, found) {
            (_, Err(problem)) => self.notify(Notice::error(problem.to_string())),
            (Link::Owner, Ok(links)) => match links.owners.first() {
                Some(owner) => self.go_to_owner(key, owner),
                None => self.notify(Notice::info(format!("{key} has no owner"))),
            },
            (Link::Pods, Ok(Links { pods: Some(selector), .. })) => {
                self.show(View::Pods);
                self.filter(&format!("-l {selector}"));
            }
            (Link::Pods, Ok(_)) => self.open_object(ObjectView::Describe),
        }
    }

    fn go_to_owner(&mut self, from: &ObjectKey, owner: &OwnerReference) {
        let watched = || Kind::parse(&owner.kind).filter(|_| owner.api_version == "v1").map(Resource::from);
        let known = || find_kind(&self.session.resources, &owner.api_version, &owner.kind).cloned();
        let Some(resource) = watched().or_else(known) else {
            let text = format!("{from} is owned by {} `{}`, a kind that is not known here", owner.kind, owner.name);
            self.notify(Notice::error(text));
            return;
        };
        let namespace = if resource.namespaced { from.namespace.clone() } else { "".into() };
        self.show_resource(resource, None);
        // A filter that was left there must not hide what is gone to.
        if !self.filter_text().is_empty() {
            self.filter("");
        }
        on_list!(self, self.view, |mut list, feed| list.select(&namespace, &owner.name, &feed.table));
    }
}
