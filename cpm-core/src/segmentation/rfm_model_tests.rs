//! Scales that stay.

use proptest::prelude::*;

use super::*;
use crate::segmentation::{RfmOptions, SegmentRule};
use crate::summary::TimeUnit;

type Row = (u8, u8, u8, u8);

/// Customers of (frequency, recency, T − recency, monetary value).
fn customers(rows: &[Row]) -> CustomerSummary {
    let column = |of: &dyn Fn(&Row) -> f64| rows.iter().map(of).collect::<Vec<f64>>();
    let frequency = column(&|r| f64::from(r.0));
    let recency = column(&|r| if r.0 == 0 { 0.0 } else { f64::from(r.1) });
    let t: Vec<f64> = recency.iter().zip(rows).map(|(t_x, r)| t_x + f64::from(r.2)).collect();
    let money = column(&|r| if r.0 == 0 { 0.0 } else { 1.0 + f64::from(r.3) });
    CustomerSummary::new(&frequency, &recency, &t, TimeUnit::Day).unwrap().with_monetary_value(&money).unwrap()
}

#[test]
fn edges_by_value() {
    let base = customers(&[(0, 0, 31, 0), (1, 5, 30, 9), (4, 5, 5, 99), (9, 50, 100, 3)]);
    let options = RfmModelOptions::new()
        .bins(3)
        .edges(RfmDimension::Recency, &[30.0, 90.0])
        .edges(RfmDimension::Frequency, &[2.0, 5.0])
        .edges(RfmDimension::Monetary, &[10.0, 100.0])
        .weights(&[2.0, 1.0, 1.0]);
    let model = RfmModel::fit(&base, &options).unwrap();
    let scores = model.score(&base).unwrap();
    assert_eq!(scores.recency_score(), [2, 3, 3, 1]);
    assert_eq!(scores.frequency_score(), [1, 2, 3, 3]);
    assert_eq!(scores.monetary_score(), [1, 2, 3, 2]);
    assert_eq!(scores.total_score().unwrap(), [1.5, 2.5, 3.0, 1.75]);
    let edges = model.edges().unwrap();
    assert_eq!(
        edges.column("edge"),
        Some(&Column::Optional(vec![
            None,
            Some(90.0),
            Some(30.0),
            None,
            Some(2.0),
            Some(5.0),
            None,
            Some(10.0),
            Some(100.0),
        ]))
    );
}

#[test]
fn length_tenure_and_clumpiness() {
    let base = customers(&[(1, 10, 1, 0), (1, 30, 1, 0), (1, 20, 50, 0)]);
    for (dimension, values, expected) in
        [(RfmDimension::Length, [10.0, 30.0, 20.0], [1, 3, 2]), (RfmDimension::Tenure, [11.0, 31.0, 70.0], [1, 2, 3])]
    {
        let options = RfmModelOptions::new().bins(3).fourth(dimension);
        let scores = RfmModel::fit(&base, &options).unwrap().score(&base).unwrap();
        let (found, column, fourth) = scores.fourth().unwrap();
        assert_eq!((found, column, fourth), (dimension, &values[..], &expected[..]));
        assert!(scores.to_table().unwrap().column(&format!("{}_score", dimension.name())).is_some());
    }
    let options = RfmModelOptions::new().bins(3).fourth(RfmDimension::Clumpiness);
    let model = RfmModel::fit_with_clumpiness(&base, &[0.1, 0.9, 0.5], &options).unwrap();
    let scores = model.score_with_clumpiness(&base, &[0.95, 0.05, 0.6]).unwrap();
    assert_eq!(scores.fourth().unwrap().2, [3, 1, 2]);
    assert!(model.score(&base).unwrap_err().to_string().contains("clumpiness"));
    assert!(model.score_with_clumpiness(&base, &[0.1]).is_err());
    assert!(model.score_with_clumpiness(&base, &[0.1, f64::NAN, 0.0]).unwrap_err().to_string().contains("row 1"));
}

#[test]
fn bad_input_is_named() {
    let base = customers(&[(1, 10, 1, 0), (2, 30, 1, 0)]);
    let fit = |options: RfmModelOptions| RfmModel::fit(&base, &options).unwrap_err().to_string();
    assert!(fit(RfmModelOptions::new().bins(2)).contains("bins = 2"));
    assert!(fit(RfmModelOptions::new().edges(RfmDimension::Recency, &[1.0])).contains("5 bins have 4 finite edges"));
    let unsorted = [1.0, 3.0, 2.0, 4.0];
    assert!(fit(RfmModelOptions::new().edges(RfmDimension::Recency, &unsorted)).contains("ascending"));
    assert!(fit(RfmModelOptions::new().edges(RfmDimension::Tenure, &[1.0, 2.0, 3.0, 4.0])).contains("tenure"));
    assert!(fit(RfmModelOptions::new().weights(&[1.0, 1.0])).contains("give 3 weights"));
    assert!(fit(RfmModelOptions::new().weights(&[0.0; 3])).contains("not all of them 0"));
    assert!(fit(RfmModelOptions::new().fourth(RfmDimension::Recency)).contains("fourth"));
    let plain = CustomerSummary::new(&[1.0], &[1.0], &[2.0], TimeUnit::Day).unwrap();
    assert!(RfmModel::fit(&plain, &RfmModelOptions::new()).is_err());
}

#[test]
fn segments_of_a_table_of_ones_own() {
    let rules = vec![SegmentRule::new("Recent", 2..=3, 1..=3), SegmentRule::new("Silent", 1..=1, 1..=3)];
    let options = RfmModelOptions::new().bins(3).table(SegmentTable::new(3, rules).unwrap());
    let base = customers(&[(1, 1, 9, 1), (1, 1, 5, 1), (1, 1, 1, 1)]);
    let model = RfmModel::fit(&base, &options).unwrap();
    assert_eq!(model.predict(&base).unwrap().codes(), [1, 0, 0]);
    // On the scale of the fit, not by rank: all of these are silent.
    let later = customers(&[(1, 1, 19, 1), (1, 1, 12, 1), (1, 1, 11, 1)]);
    assert_eq!(model.predict(&later).unwrap().codes(), [1, 1, 1]);
    let text = serde_json::to_string(&model).unwrap();
    let again: RfmModel = serde_json::from_str(&text).unwrap();
    assert_eq!(again, model);
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec((0..6_u8, 0..40_u8, 0..40_u8, 0..20_u8), 1..80)
}

proptest! {
    #[test]
    fn customers_of_the_fit_are_scored_by_rank(rows in rows(), bins in 3..=10_u8) {
        let base = customers(&rows);
        let ranked = RfmScores::of(&base, &RfmOptions::new().bins(bins)).unwrap();
        let kept = RfmModel::fit(&base, &RfmModelOptions::new().bins(bins)).unwrap().score(&base).unwrap();
        prop_assert_eq!(ranked.recency_score(), kept.recency_score());
        prop_assert_eq!(ranked.frequency_score(), kept.frequency_score());
        prop_assert_eq!(ranked.monetary_score(), kept.monetary_score());
    }

    #[test]
    fn scores_rise_with_values_for_other_customers_too(
        fitted in rows(), others in rows(), bins in 3..=10_u8, nested in any::<bool>(),
    ) {
        let options = RfmModelOptions::new().bins(bins);
        let options = if nested { options.nested() } else { options };
        let model = RfmModel::fit(&customers(&fitted), &options).unwrap();
        let base = customers(&others);
        let scores = model.score(&base).unwrap();
        let (r, f, m) = (scores.recency_score(), scores.frequency_score(), scores.monetary_score());
        for i in 0..others.len() {
            prop_assert!((1..=bins).contains(&r[i]) && (1..=bins).contains(&f[i]) && (1..=bins).contains(&m[i]));
            for j in 0..others.len() {
                let days = scores.days_since_last();
                prop_assert!(days[i] < days[j] || r[i] <= r[j]);
                if !nested || r[i] == r[j] {
                    prop_assert!(scores.purchases()[i] > scores.purchases()[j] || f[i] <= f[j]);
                }
                if !nested || (r[i], f[i]) == (r[j], f[j]) {
                    prop_assert!(scores.amount()[i] > scores.amount()[j] || m[i] <= m[j]);
                }
            }
        }
    }

    #[test]
    fn row_order_does_not_matter(
        (rows, order) in rows().prop_flat_map(|v| {
            let n = v.len();
            (Just(v), Just((0..n).collect::<Vec<_>>()).prop_shuffle())
        }),
    ) {
        let shuffled: Vec<_> = order.iter().map(|&i| rows[i]).collect();
        let options = RfmModelOptions::new().nested().fourth(RfmDimension::Length);
        let model = RfmModel::fit(&customers(&rows), &options).unwrap();
        prop_assert_eq!(model, RfmModel::fit(&customers(&shuffled), &options).unwrap());
    }
}
