use super::*;
use crate::datasets;
use crate::portfolio::growth_bridge;

#[test]
fn periods_are_the_bridges_of_their_columns() {
    let log = datasets::cdnow_sample().unwrap();
    let series = growth_by_period(&log, &CohortOptions::new()).unwrap();
    assert_eq!((series.periods.len(), series.periods[0].label.as_str()), (17, "1997-02"));
    let as_of = log.first_and_last().1.end_of_day();
    let revenue = |month: i64| -> Vec<f64> {
        let of = |customer| {
            let mut sum = 0.0;
            for_each_purchase(&log, customer, MergeWithin::Day, as_of, |p| {
                sum += if p.time.month_number() == month { p.amount } else { 0.0 };
            });
            sum
        };
        (0..log.customers()).map(of).collect()
    };
    let january = log.first_and_last().0.month_number();
    let months: Vec<Vec<f64>> = (0..18).map(|k| revenue(january + k)).collect();
    for (k, found) in series.periods.iter().enumerate() {
        let bought = |i: usize| months[..k].iter().any(|month| month[i] > 0.0);
        let earlier: Vec<bool> = (0..log.customers()).map(bought).collect();
        let expected = growth_bridge(&months[k], &months[k + 1], Some(&earlier), 0.95).unwrap();
        let amounts = found.bridge.parts().iter().zip(expected.parts()).all(|(f, e)| {
            f.1.customers == e.1.customers && (f.1.amount - e.1.amount).abs() <= 1e-10 * (1.0 + e.1.amount)
        });
        assert!(amounts, "{:?} {expected:?}", found.bridge);
        assert_eq!(found.bridge.reactivation, expected.reactivation);
        assert_eq!(
            found.bridge.end.customers,
            series.periods.get(k + 1).map_or(expected.end.customers, |n| n.bridge.start.customers)
        );
    }
    assert!(!series.periods[16].partial);
    let table = series.to_table().unwrap();
    assert_eq!((table.rows(), table.columns().count()), (17, 34));
}

#[test]
fn one_period_is_no_growth() {
    let log = datasets::cdnow_sample().unwrap();
    let options = CohortOptions::new().as_of("1997-01-20").unwrap();
    let error = growth_by_period(&log, &options).unwrap_err();
    assert!(matches!(error, Error::NotIdentified { .. }), "{error}");
    let cut = growth_by_period(&log, &CohortOptions::new().as_of("1997-03-10").unwrap()).unwrap();
    assert!(cut.periods[1].partial && !cut.periods[0].partial && cut.rows_after_as_of > 0);
    assert!(growth_by_period(&log, &CohortOptions::new().level(2.0)).is_err());
}
