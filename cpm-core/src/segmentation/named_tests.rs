use super::*;
use crate::error::Error;
use crate::summary::TimeUnit;

/// Every number of purchases with every length of silence, so that all pairs of scores occur.
fn scores(bins: u8) -> RfmScores {
    let (mut x, mut t_x, mut t, mut m) = (vec![], vec![], vec![], vec![]);
    for purchases in 0..20 {
        for silence in 0..20 {
            x.push(f64::from(purchases));
            t_x.push(if purchases == 0 { 0.0 } else { 5.0 });
            t.push(t_x.last().copied().unwrap_or_default() + f64::from(silence));
            m.push(if purchases == 0 { 0.0 } else { 10.0 });
        }
    }
    let customers = CustomerSummary::new(&x, &t_x, &t, TimeUnit::Week).unwrap().with_monetary_value(&m).unwrap();
    RfmScores::of(&customers, &RfmOptions::new().bins(bins)).unwrap()
}

fn message(bins: u8, rules: Vec<SegmentRule>) -> String {
    let error = SegmentTable::new(bins, rules).unwrap_err();
    assert!(matches!(error, Error::InvalidArgument { .. }));
    error.to_string()
}

#[test]
fn the_standard_grid_is_complete() {
    let rules = STANDARD.into_iter().map(|(name, r, f)| SegmentRule::new(name, r, f)).collect();
    assert_eq!(SegmentTable::new(5, rules).unwrap(), SegmentTable::standard());
}

#[test]
fn every_cell_has_the_name_of_the_documented_grid() {
    // Rows: recency 5 to 1; columns: frequency 1 to 5.
    let expected = [
        ["New customers", "Potential loyalists", "Potential loyalists", "Champions", "Champions"],
        ["Promising", "Potential loyalists", "Potential loyalists", "Loyal", "Loyal"],
        ["About to sleep", "About to sleep", "Need attention", "Loyal", "Loyal"],
        ["Hibernating", "Hibernating", "At risk", "At risk", "Cannot lose them"],
        ["Hibernating", "Hibernating", "At risk", "At risk", "Cannot lose them"],
    ];
    let scores = scores(5);
    let segments = SegmentTable::standard().segment(&scores);
    let mut seen = [[false; 5]; 5];
    for i in 0..scores.len() {
        let (r, f) = (scores.recency_score()[i] as usize, scores.frequency_score()[i] as usize);
        assert_eq!(segments.name_of(i), expected[5 - r][f - 1], "recency {r}, frequency {f}");
        seen[r - 1][f - 1] = true;
    }
    assert!(seen.iter().flatten().all(|&s| s));
    assert_eq!(segments.counts().iter().sum::<u64>(), 400);
    assert!(segments.counts().iter().all(|&n| n > 0));
}

#[test]
fn gaps_and_overlaps_are_named() {
    let all = || SegmentRule::new("All", 1..=3, 1..=3);
    assert!(SegmentTable::new(3, vec![all()]).is_ok());
    let gap = message(3, vec![SegmentRule::new("Top", 3..=3, 1..=3), SegmentRule::new("Low", 1..=2, 2..=3)]);
    assert!(gap.contains("recency 1, frequency 1") && gap.contains("no rule covers it"), "{gap}");
    assert!(!gap.contains("monetary"), "{gap}");
    let both = message(3, vec![all(), SegmentRule::new("Top", 3..=3, 2..=3)]);
    assert!(both.contains("recency 3, frequency 2") && both.contains("1 `All` and 2 `Top`"), "{both}");
    let money = message(3, vec![SegmentRule::new("Big", 1..=3, 1..=3).monetary(2..=3)]);
    assert!(money.contains("recency 1, frequency 1, monetary 1"), "{money}");
    assert!(message(3, vec![]).contains("no rule covers it"));
}

#[test]
fn bad_rules_are_named() {
    #[allow(clippy::reversed_empty_ranges)]
    let reversed = SegmentRule::new("Odd", 3..=1, 1..=3);
    for (rule, part) in [
        (reversed, "recency scores 3..=1"),
        (SegmentRule::new("Odd", 0..=3, 1..=3), "recency scores 0..=3"),
        (SegmentRule::new("Odd", 1..=3, 1..=4), "frequency scores 1..=4"),
        (SegmentRule::new("Odd", 1..=3, 1..=3).monetary(4..=4), "monetary scores 4..=4"),
        (SegmentRule::new(" ", 1..=3, 1..=3), "needs a name"),
    ] {
        let text = message(3, vec![rule]);
        assert!(text.contains(part), "{text}");
    }
    assert!(message(0, vec![]).contains("bins = 0"));
    assert!(message(11, vec![]).contains("bins = 11"));
}

#[test]
fn rules_of_one_name_are_one_segment() {
    let table = SegmentTable::new(
        2,
        vec![
            SegmentRule::new("Mixed", 1..=1, 2..=2),
            SegmentRule::new("Best", 2..=2, 2..=2),
            SegmentRule::new("Mixed", 2..=2, 1..=1),
            SegmentRule::new("Worst", 1..=1, 1..=1),
        ],
    )
    .unwrap();
    assert_eq!(table.names(), ["Mixed", "Best", "Worst"]);
    assert_eq!(table.cells, [2, 2, 0, 0, 0, 0, 1, 1]);
}

#[test]
fn other_numbers_of_bins_keep_both_ends_and_the_order() {
    let on_five = |from: u8| -> Vec<u8> { (1..=from).map(|s| rescale(s, from, 5)).collect() };
    assert_eq!(on_five(3), [1, 3, 5]);
    assert_eq!(on_five(4), [1, 2, 4, 5]);
    assert_eq!(on_five(5), [1, 2, 3, 4, 5]);
    assert_eq!(on_five(10), [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    for from in 3..=10 {
        for to in 1..=10 {
            let mapped: Vec<u8> = (1..=from).map(|s| rescale(s, from, to)).collect();
            assert!(mapped.is_sorted());
            assert_eq!((mapped[0], mapped[from as usize - 1]), (1, to));
        }
    }
    for bins in [3, 4, 7, 10] {
        let segments = SegmentTable::standard().segment(&scores(bins));
        assert_eq!(segments.counts().iter().sum::<u64>(), 400);
        assert!(segments.counts()[0] > 0 && segments.counts()[9] > 0);
    }
}

#[test]
fn segments_become_a_table() {
    let segments = SegmentTable::default().segment(&scores(5));
    let table = segments.to_table().unwrap();
    assert_eq!(table.rows(), 400);
    assert_eq!(table.column("segment").unwrap().format(0), segments.name_of(0));
}
