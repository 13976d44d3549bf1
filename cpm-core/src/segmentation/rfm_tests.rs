use proptest::prelude::*;

use super::*;
use crate::summary::TimeUnit;

fn same(v: f64) -> f64 {
    v
}

fn customers(frequency: &[f64], recency: &[f64], t: &[f64]) -> CustomerSummary {
    CustomerSummary::new(frequency, recency, t, TimeUnit::Week).unwrap()
}

#[test]
fn without_ties_the_bins_are_equal() {
    let values: Vec<f64> = (0..20).map(f64::from).collect();
    let expected: Vec<u8> = (0..20).map(|i| 1 + i / 4).collect();
    assert_eq!(score(&values, same, 5), expected);
    let reversed: Vec<u8> = expected.iter().rev().copied().collect();
    assert_eq!(score(&values, |v| -v, 5), reversed);
}

#[test]
fn ties_share_a_bin_at_their_mean_rank() {
    // Mid-ranks 3.5 (six ones), 7.5 (two twos), 9, 10: u = 0, 8/13, 11/13, 1.
    let values = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 3.0, 9.0];
    assert_eq!(score(&values, same, 5), [1, 1, 1, 1, 1, 1, 4, 4, 5, 5]);
    assert_eq!(score(&values, same, 3), [1, 1, 1, 1, 1, 1, 2, 2, 3, 3]);
}

#[test]
fn one_distinct_value_is_in_the_middle() {
    for (bins, middle) in [(3, 2), (4, 2), (5, 3), (10, 5)] {
        assert_eq!(score(&[7.0; 4], same, bins), [middle; 4]);
        assert_eq!(score(&[7.0], same, bins), [middle]);
    }
}

#[test]
fn sums_that_differ_by_rounding_are_ties() {
    let values = [0.1 + 0.2, 0.3, 0.3, 0.1 + 0.2, 5.0];
    assert_ne!(values[0], values[1]);
    assert_eq!(score(&values, same, 5), [1, 1, 1, 1, 5]);
}

#[test]
fn fewer_days_are_better() {
    // Silent for 70, 35 and 0 days; T differs, so only days_since_last orders them this way.
    let summary = customers(&[2.0, 2.0, 1.0], &[40.0, 5.0, 3.0], &[50.0, 10.0, 3.0])
        .with_monetary_value(&[10.0, 5.0, 1.0])
        .unwrap();
    let scores = RfmScores::of(&summary, &RfmOptions::new().bins(3)).unwrap();
    assert_eq!(scores.days_since_last(), [70.0, 35.0, 0.0]);
    assert_eq!(scores.recency_score(), [1, 2, 3]);
    assert_eq!(scores.frequency_score(), [3, 3, 1]);
    assert_eq!(scores.purchases(), [3.0, 3.0, 2.0]);
}

#[test]
fn a_summary_given_directly_is_scored_by_its_repeat_purchases() {
    let summary = customers(&[2.0, 0.0, 1.0], &[5.0, 0.0, 2.0], &[9.0, 9.0, 9.0])
        .with_monetary_value(&[10.0, 0.0, 30.0])
        .unwrap();
    let scores = RfmScores::of(&summary, &RfmOptions::new().bins(3)).unwrap();
    assert_eq!(scores.measure(), MonetaryMeasure::RepeatAmount);
    assert_eq!(scores.amount(), [20.0, 0.0, 30.0]);
    assert_eq!(scores.monetary_score(), [2, 1, 3]);
    assert!(scores.to_table().unwrap().floats("repeat_amount").is_some());
}

#[test]
fn without_amounts_the_error_says_what_to_do() {
    let error = RfmScores::of(&customers(&[0.0], &[0.0], &[9.0]), &RfmOptions::new()).unwrap_err();
    assert!(matches!(error, Error::InvalidArgument { name: "monetary_value", .. }));
    assert!(error.to_string().contains("with_monetary_value"));
}

#[test]
fn bins_are_three_to_ten() {
    let summary = customers(&[0.0, 1.0], &[0.0, 1.0], &[9.0, 9.0]).with_monetary_value(&[0.0, 1.0]).unwrap();
    for bins in [0, 2, 11, 255] {
        let error = RfmScores::of(&summary, &RfmOptions::new().bins(bins)).unwrap_err();
        assert!(matches!(error, Error::InvalidArgument { name: "bins", .. }), "{bins}");
    }
    // Customer 1 is better in each respect.
    for (bins, worst, best) in [(3, "111", "333"), (9, "111", "999"), (10, "1-1-1", "10-10-10")] {
        let scores = RfmScores::of(&summary, &RfmOptions::new().bins(bins)).unwrap();
        assert_eq!((scores.rfm(0).as_str(), scores.rfm(1).as_str()), (worst, best));
        assert_eq!(scores.to_table().unwrap().column("rfm").unwrap().format(1), best);
    }
}

#[cfg(feature = "datasets")]
mod cdnow {
    use super::*;
    use crate::summary::SummaryOptions;

    #[test]
    fn the_table_holds_scores_text_and_segment() {
        let log = crate::datasets::cdnow_sample().unwrap();
        let summary = log.summarize(&SummaryOptions::new().as_of("1997-09-30").unwrap()).unwrap();
        let scores = RfmScores::of(&summary, &RfmOptions::new()).unwrap();
        let table = scores.to_table().unwrap();
        let names: Vec<&str> = table.columns().map(|(name, _)| name).collect();
        assert_eq!(
            names,
            [
                "customer_id",
                "days_since_last",
                "purchases",
                "total_amount",
                "recency_score",
                "frequency_score",
                "monetary_score",
                "rfm",
                "segment"
            ]
        );
        for row in [0, 17, 1_000, 2_356] {
            assert_eq!(table.column("rfm").unwrap().format(row), scores.rfm(row));
        }
        // From a program of its own: Python with exact fractions, from `data/cdnow.csv`. 1,411 customers bought once:
        // one tie, at the worst score, that takes the place of two bins.
        let sizes = |scores: &[u8]| [1, 2, 3, 4, 5].map(|score| scores.iter().filter(|&&s| s == score).count());
        assert_eq!(sizes(scores.recency_score()), [480, 461, 476, 465, 475]);
        assert_eq!(sizes(scores.frequency_score()), [1_411, 0, 439, 214, 293]);
        assert_eq!(sizes(scores.monetary_score()), [480, 464, 471, 471, 471]);
        for (row, rfm) in [(0, "544"), (1, "111"), (17, "112"), (1_000, "212"), (2_356, "412")] {
            assert_eq!(scores.rfm(row), rfm);
        }
        let segments = SegmentTable::standard().segment(&scores);
        assert_eq!(segments.counts(), [340, 156, 312, 0, 147, 55, 406, 6, 77, 858]);
    }
}

proptest! {
    #[test]
    fn scores_are_monotone_and_reach_both_ends(values in prop::collection::vec(0..30_i32, 1..200), bins in 3..=10_u8) {
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        let scores = score(&values, same, bins);
        for (i, a) in values.iter().enumerate() {
            for (j, b) in values.iter().enumerate() {
                prop_assert!(a > b || scores[i] <= scores[j]);
                prop_assert!(a != b || scores[i] == scores[j]);
            }
        }
        let (worst, best) = (scores.iter().min().unwrap(), scores.iter().max().unwrap());
        if values.iter().any(|v| *v != values[0]) {
            prop_assert_eq!((*worst, *best), (1, bins));
        } else {
            prop_assert_eq!((*worst, *best), (bins.div_ceil(2), bins.div_ceil(2)));
        }
    }

    #[test]
    fn scores_do_not_depend_on_row_order(
        (values, order) in prop::collection::vec(0..20_i32, 1..100)
            .prop_flat_map(|v| { let n = v.len(); (Just(v), Just((0..n).collect::<Vec<_>>()).prop_shuffle()) }),
        bins in 3..=10_u8,
    ) {
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        let scores = score(&values, same, bins);
        let shuffled: Vec<f64> = order.iter().map(|&i| values[i]).collect();
        let expected: Vec<u8> = order.iter().map(|&i| scores[i]).collect();
        prop_assert_eq!(score(&shuffled, same, bins), expected);
    }

    #[test]
    fn distinct_values_fill_bins_evenly(n in 10..300_usize, bins in 3..=10_u8) {
        let values: Vec<f64> = (0..n).map(|i| (i as f64).sqrt()).collect();
        let scores = score(&values, same, bins);
        let sizes: Vec<usize> = (1..=bins).map(|b| scores.iter().filter(|&&s| s == b).count()).collect();
        let (min, max) = (sizes.iter().min().unwrap(), sizes.iter().max().unwrap());
        prop_assert!(max - min <= 1, "{:?}", sizes);
    }
}
