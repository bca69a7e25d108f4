//! Lines that have no room in memory: with a file that is a map.

use std::collections::BTreeMap;

use super::*;

/// A file in memory, that does what a pane orders; pages that begin at `bad` cannot be read.
#[derive(Default)]
struct Disk {
    bytes: BTreeMap<u64, Vec<u8>>,
    reads: usize,
    bad: Option<u64>,
}

impl Disk {
    fn write(&mut self, order: Order) -> Option<ShelfAnswer> {
        match order {
            Order::Write(at, Numbered { number, page }) => {
                self.bytes.insert(at.place, page.to_bytes(number));
                None
            }
            Order::Read(pages) => {
                self.reads += pages.len();
                let one = |at: Shelved| {
                    let page = self.bytes.get(&at.place).and_then(|bytes| Page::of_bytes(bytes, at.number))?;
                    Some(Numbered { number: at.number, page: page.into() }).filter(|_| self.bad != Some(at.place))
                };
                Some(ShelfAnswer::Read(pages.into_iter().filter_map(one).collect()))
            }
        }
    }

    /// Does all that is ordered, until nothing more is.
    fn settle(&mut self, pane: &mut LogPane) -> Vec<String> {
        loop {
            pane.settle(60, 3);
            let orders = pane.take_orders();
            if orders.is_empty() && !pane.is_busy() {
                return rows(pane);
            }
            for order in orders {
                if let Some(answer) = self.write(order) {
                    pane.take_from_shelf(answer);
                }
            }
        }
    }

    /// All of a text that is saved, with what of it is in the file.
    fn saved(&mut self, mut text: LogText) -> String {
        let mut out = String::new();
        loop {
            while let Some(answer) = text.order().and_then(|order| self.write(order)) {
                text.give(answer);
            }
            match text.next() {
                Some(piece) => out.push_str(&piece),
                None => return out,
            }
        }
    }
}

/// 20,000 lines, of which a few hundred have room in memory.
fn with_disk(most: u64) -> (LogPane, Disk) {
    let request = LogRequest { pod: "api-0".into(), container: "app".into(), ..LogRequest::default() };
    let mut pane = LogPane::new(request, Vec::new(), LogLimits { lines: 500, bytes: 64 << 10 });
    pane.keep_on_disk(most);
    pane.apply(LogUpdate::Opened);
    let mut disk = Disk::default();
    for start in (0..20_000_u32).step_by(100) {
        let line = |number: u32| timed(number / 20, &format!("line {number}"));
        pane.apply(LogUpdate::Lines((start..start + 100).map(line).collect()));
        for order in pane.take_orders() {
            disk.write(order);
        }
    }
    (pane, disk)
}

#[test]
fn what_has_no_room_in_memory_goes_to_the_disk_and_comes_back() {
    let (mut pane, mut disk) = with_disk(64 << 20);
    assert!(pane.bytes() <= 64 << 10, "{}", pane.bytes());
    assert_eq!(disk.settle(&mut pane), ["line 19997", "line 19998", "line 19999"]);
    let title = pane.title();
    assert!(title.contains("20,000 lines, 19,") && title.contains("of them on the disk") && !title.contains("dropped"));
    pane.act(Action::First);
    pane.settle(60, 3);
    assert_eq!(rows(&pane), ["…", "…", "…"], "it is being read");
    assert_eq!(disk.settle(&mut pane), ["line 0", "line 1", "line 2"]);
    pane.act(Action::Timestamps);
    assert!(pane.jump_to(timed(500, "").at));
    pane.act(Action::Timestamps);
    pane.act(Action::Timestamps);
    pane.act(Action::Timestamps);
    let shown = disk.settle(&mut pane)[0].trim_start_matches("line ").parse::<u32>().expect("a number");
    assert!((9_000..=10_000).contains(&shown), "at the page with that time: {shown}");
    assert!(matches!(pane.above(), None | Some(Above::No(_))));
}

#[test]
fn what_is_on_the_disk_is_searched_filtered_and_saved() {
    let (mut pane, mut disk) = with_disk(64 << 20);
    pane.search("/^line 7$/").expect("an expression");
    assert!(disk.settle(&mut pane).contains(&"line 7".to_owned()), "it leads there");
    assert!(pane.title().ends_with("1 of 1"), "{}", pane.title());
    pane.search("").expect("the end of the search");
    pane.filter("/ [0-9]*77$/").expect("a filter");
    assert!(disk.settle(&mut pane).iter().all(|row| row.ends_with("77")));
    pane.act(Action::First);
    assert_eq!(disk.settle(&mut pane), ["line 77", "line 177", "line 277"]);
    assert!(pane.title().contains(": 200"), "{}", pane.title());
    let shown = disk.saved(pane.shown_text());
    let expected = (0..20_000).filter(|number| number % 100 == 77).map(|number| format!("line {number}"));
    assert!(shown.lines().eq(expected), "{shown}");
    let whole = disk.saved(pane.whole_text());
    assert!(whole.lines().eq((0..20_000).map(|number| format!("line {number}"))), "all of it, in order");
    let copied = pane.plain_text();
    assert!(
        copied.lines().count() < 200 && copied.ends_with("line 19977\n"),
        "what is not in memory is left out: {copied}"
    );
}

#[test]
fn beyond_the_size_of_the_file_the_oldest_are_dropped_and_that_is_said() {
    let (mut pane, mut disk) = with_disk(100_000);
    disk.settle(&mut pane);
    assert!(pane.title().contains("of them on the disk, the oldest dropped"), "{}", pane.title());
    pane.act(Action::First);
    let first = disk.settle(&mut pane)[0].trim_start_matches("line ").parse::<u32>().expect("a number");
    assert!((10_000..19_000).contains(&first), "{first}");
    let whole = disk.saved(pane.whole_text());
    assert!(whole.lines().eq((first..20_000).map(|number| format!("line {number}"))));
}

#[test]
fn what_cannot_be_read_again_is_said_and_passed_over() {
    let (mut pane, mut disk) = with_disk(64 << 20);
    disk.bad = Some(0);
    pane.search("line 1").expect("a pattern");
    disk.settle(&mut pane);
    pane.act(Action::First);
    assert!(disk.settle(&mut pane)[0].contains("could not be kept"), "{:?}", rows(&pane));
    let whole = disk.saved(pane.whole_text());
    assert!(whole.starts_with("-- ") && whole.contains("lines could not be kept --\nline "));
    pane.take_from_shelf(ShelfAnswer::Failed("the disk is full".to_owned()));
    add(&mut pane, &["after"]);
    pane.search("").expect("the end of the search");
    assert!(pane.title().contains("20,001 lines, the oldest dropped"), "{}", pane.title());
    let whole: String = pane.whole_text().collect();
    assert!(whole.starts_with("line ") && whole.ends_with("line 19999\n-- the disk is full --\nafter\n"), "{whole}");
}
