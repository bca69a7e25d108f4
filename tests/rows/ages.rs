//! A01: AGE at every boundary of kubectl, in pods, nodes and events alike.

use podtriage::model::event::EventRow;
use podtriage::model::node::NodeRow;
use podtriage::model::pod::PodRow;
use serde_json::json;

use super::{ago, cells};

/// Seconds, and what kubectl printed a second later.
const RECORDED: [(i64, &str); 38] = [
    (-30, "<invalid>"),
    (-1, "0s"),
    (0, "1s"),
    (1, "2s"),
    (59, "60s"),
    (60, "61s"),
    (119, "2m"),
    (120, "2m1s"),
    (121, "2m2s"),
    (179, "3m"),
    (180, "3m1s"),
    (599, "10m"),
    (600, "10m"),
    (601, "10m"),
    (3_599, "60m"),
    (3_600, "60m"),
    (7_200, "120m"),
    (10_799, "3h"),
    (10_800, "3h"),
    (10_801, "3h"),
    (10_860, "3h1m"),
    (28_799, "8h"),
    (28_800, "8h"),
    (36_000, "10h"),
    (172_799, "2d"),
    (172_800, "2d"),
    (176_400, "2d1h"),
    (180_000, "2d2h"),
    (259_200, "3d"),
    (691_199, "8d"),
    (691_200, "8d"),
    (63_071_999, "2y"),
    (63_072_000, "2y"),
    (63_158_400, "2y1d"),
    (94_608_000, "3y"),
    (252_287_999, "8y"),
    (252_288_000, "8y"),
    (315_360_000, "10y"),
];

#[test]
fn a01_ages_as_recorded() {
    for (seconds, text) in RECORDED {
        let metadata = json!({"metadata": {"creationTimestamp": ago(seconds + 1)}});
        assert_eq!(cells::<PodRow>(metadata.clone(), &["AGE"]), [text], "a pod of {seconds} s");
        assert_eq!(cells::<NodeRow>(metadata, &["AGE"]), [text], "a node of {seconds} s");
        let seen = json!({"lastTimestamp": ago(seconds + 1), "firstTimestamp": ago(seconds + 1)});
        assert_eq!(cells::<EventRow>(seen, &["LAST SEEN", "FIRST SEEN"]), [text, text], "an event of {seconds} s");
    }
}

#[test]
fn a01_an_age_that_is_missing_is_unknown() {
    for missing in [json!({}), json!({"metadata": {"creationTimestamp": null}})] {
        assert_eq!(cells::<PodRow>(missing.clone(), &["AGE"]), ["<unknown>"]);
        assert_eq!(cells::<NodeRow>(missing, &["AGE"]), ["<unknown>"]);
    }
    assert_eq!(cells::<EventRow>(json!({}), &["LAST SEEN", "FIRST SEEN"]), ["<unknown>", "<unknown>"]);
}
