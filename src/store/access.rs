//! What the person may do, as far as the server was asked.
//!
//! Answers are kept for [`GOOD_FOR`] seconds. Nothing here decides: an unknown right is tried, and the server says no.

use rustc_hash::FxHashMap;

use crate::base::stamp::Stamp;
use crate::model::write::{Access, Need};

/// Seconds after which a right is asked about again: somebody may have granted it meanwhile.
const GOOD_FOR: i64 = 300;

/// Rights by need.
#[derive(Debug, Default)]
pub struct Rights {
    known: FxHashMap<Need, (Access, Stamp)>,
}

impl Rights {
    /// Takes in what the server said at `now`.
    pub fn learn(&mut self, answers: Vec<(Need, Access)>, now: Stamp) {
        self.known.extend(answers.into_iter().map(|(need, access)| (need, (access, now))));
    }

    /// What the server said last.
    pub fn of(&self, need: &Need) -> Option<&Access> {
        self.known.get(need).map(|(access, _)| access)
    }

    /// Why this is refused, where it is known to be: which verb on what is missing.
    pub fn missing(&self, need: &Need) -> Option<String> {
        match self.of(need)? {
            Access::Allowed => None,
            Access::Denied(_) => Some(format!("you may not {need}")),
        }
    }

    /// Those of `needs` of which nothing is known, or nothing that is still good at `now`.
    pub fn unknown(&self, needs: Vec<Need>, now: Stamp) -> Vec<Need> {
        let stale = |since: Stamp| now.micros_since(since).is_none_or(|age| age > GOOD_FOR * 1_000_000);
        needs.into_iter().filter(|need| self.known.get(need).is_none_or(|(_, since)| stale(*since))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kind::{Kind, ObjectKey};

    #[test]
    fn an_answer_is_good_for_some_time() {
        let need = Need::on("delete", &ObjectKey::new(Kind::Pod, "shop", "web-0"));
        let (mut rights, then) = (Rights::default(), Stamp::from_seconds(1_000));
        assert_eq!(rights.unknown(vec![need.clone()], then), std::slice::from_ref(&need));
        rights.learn(vec![(need.clone(), Access::Denied(String::new()))], then);
        assert_eq!(rights.missing(&need).as_deref(), Some("you may not delete pods in namespace shop"));
        assert!(rights.unknown(vec![need.clone()], Stamp::from_seconds(1_300)).is_empty());
        assert_eq!(rights.unknown(vec![need.clone()], Stamp::from_seconds(1_301)).len(), 1);
        rights.learn(vec![(need.clone(), Access::Allowed)], Stamp::from_seconds(1_301));
        assert_eq!(rights.missing(&need), None);
    }
}
