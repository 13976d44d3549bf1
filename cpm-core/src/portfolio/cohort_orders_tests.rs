use super::*;
use crate::datasets;
use crate::portfolio::cohort_retention;

#[test]
fn counts_of_a_log_are_those_of_its_cohort_retention() {
    let log = datasets::cdnow_sample().unwrap();
    let (mut ids, mut times, mut revenue) = (Vec::new(), Vec::new(), Vec::new());
    for customer in 0..log.customers() {
        let (when, amounts) = log.rows_of(customer);
        ids.extend(std::iter::repeat_n(customer as i64, when.len()));
        times.extend_from_slice(when);
        revenue.extend_from_slice(amounts);
    }
    let profit: Vec<f64> = revenue.iter().map(|r| 0.3 * r - 1.0).collect();
    let customers = CustomerIds::from(ids);
    let orders = CohortOrders { customers: &customers, times: &times, revenue: &revenue, profit: Some(&profit) };
    let options = CohortOptions::new().as_of("1998-04-15").unwrap();
    let (found, expected) = (cohort_table(&orders, &options).unwrap(), cohort_retention(&log, &options).unwrap());
    assert_eq!((found.cohorts.len(), found.rows_after_as_of), (expected.cohorts.len(), expected.rows_after_as_of));
    for (found, expected) in found.cohorts.iter().zip(&expected.cohorts) {
        assert_eq!((&found.label, found.size), (&expected.label, expected.customers));
        for (f, e) in found.cells.iter().zip(&expected.cells) {
            assert_eq!((f.customers, f.partial, f.retention.value), (e.active, e.partial, e.retention));
            assert!((f.revenue - e.amount).abs() < 1e-8 && f.orders >= f.customers);
            assert!((f.profit.unwrap() - (0.3 * f.revenue - f.orders as f64)).abs() < 1e-8);
        }
    }
    let wide = found.wide(CohortMeasure::Retention).unwrap();
    let Some(Column::Optional(last)) = wide.column("15") else { panic!("no column") };
    assert!(last[0].is_some() && last[1].is_none() && last[2].is_none());
    assert_eq!(found.to_table().unwrap().columns().count(), 14);

    // Neither the order of rows nor the kind of id matters.
    let order: Vec<usize> = (0..times.len()).rev().collect();
    let texts: CustomerIds = order.iter().map(|&i| customers.get(i).to_string()).collect();
    let (times, revenue): (Vec<_>, Vec<_>) = order.iter().map(|&i| (times[i], revenue[i])).unzip();
    let shuffled = CohortOrders { customers: &texts, times: &times, revenue: &revenue, profit: None };
    let shuffled = cohort_table(&shuffled, &options).unwrap();
    for (a, b) in shuffled.cohorts.iter().zip(&found.cohorts) {
        for (a, b) in a.cells.iter().zip(&b.cells) {
            assert!((a.revenue - b.revenue).abs() < 1e-9 && a.customers == b.customers && a.profit.is_none());
        }
    }
}

#[test]
fn shares_exist_where_there_is_something_to_share() {
    let customers = CustomerIds::from(vec![1, 1]);
    let times = ["2026-01-05", "2026-02-20"].map(|d| d.parse().unwrap());
    let orders =
        CohortOrders { customers: &customers, times: &times, revenue: &[0.0, 5.0], profit: Some(&[-2.0, 1.0]) };
    let table = cohort_table(&orders, &CohortOptions::new()).unwrap();
    for measure in [CohortMeasure::RevenueShare, CohortMeasure::ProfitShare] {
        assert_eq!(table.wide(measure).unwrap().column("1"), Some(&Column::Optional(vec![None])));
    }
    assert_eq!(
        table.wide(CohortMeasure::OrdersPerCustomer).unwrap().column("1"),
        Some(&Column::Optional(vec![Some(1.0)]))
    );
}

#[test]
fn unusable_orders_are_named() {
    let customers = CustomerIds::from(vec![1, 2]);
    let times = ["2026-01-05", "2026-02-20"].map(|d| d.parse().unwrap());
    let of = |revenue: &[f64], profit: Option<&[f64]>, options: &CohortOptions| {
        cohort_table(&CohortOrders { customers: &customers, times: &times, revenue, profit }, options).unwrap_err()
    };
    let options = CohortOptions::new();
    assert!(matches!(of(&[1.0], None, &options), Error::LengthMismatch { column: "revenue", .. }));
    assert!(matches!(of(&[1.0, 1.0], Some(&[1.0]), &options), Error::LengthMismatch { column: "profit", .. }));
    assert!(matches!(of(&[1.0, f64::NAN], None, &options), Error::InvalidValue { row: 1, .. }));
    assert!(matches!(of(&[1.0, 1.0], None, &options.as_of("2025-01-01").unwrap()), Error::Empty { .. }));
    let nobody = CustomerIds::from(Vec::<i64>::new());
    let none = CohortOrders { customers: &nobody, times: &[], revenue: &[], profit: None };
    assert!(matches!(cohort_table(&none, &options), Err(Error::Empty { .. })));
}
