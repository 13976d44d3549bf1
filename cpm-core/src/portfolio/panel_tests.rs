//! The panel against counting by hand, and against the tables made by other roads.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::portfolio::{CohortOptions, cohort_retention};
use crate::transactions::{Amount, Customer, LogBuilder, ReadOptions, Returns, When};
use crate::{SummaryOptions, datasets};

fn log(rows: &[(u8, u32, i32)]) -> Result<TransactionLog> {
    let mut builder = LogBuilder::new(ReadOptions::new("customer", "date", "amount").returns(Returns::Net));
    builder.begin("rows");
    for (i, (customer, day, amount)) in rows.iter().enumerate() {
        let time = Timestamp::from_days(19_700 + i64::from(*day));
        let id = format!("c{customer:02}");
        builder.push(i as u64, Customer::Text(&id), When::At(time), Amount::Number(f64::from(*amount)));
    }
    builder.finish()
}

fn integers<'a>(table: &'a Table, name: &str) -> &'a [i64] {
    let Some(Column::Integer(values)) = table.column(name) else { panic!("{name}") };
    values
}

fn texts(table: &Table, name: &str) -> Vec<String> {
    (0..table.rows()).map(|row| table.column(name).unwrap().format(row)).collect()
}

#[test]
fn a_small_log_by_hand() {
    // 2023-12-09 (day 0) and so on: ann in December, twice in January, and in April; bob in January.
    let log = log(&[(1, 0, 10), (1, 25, 5), (1, 26, 7), (1, 115, 2), (2, 30, 4), (3, 200, 1)]).unwrap();
    let panel = activity_panel(&log, &PanelOptions::new().as_of("2024-04-15").unwrap()).unwrap();
    assert_eq!((panel.customers(), panel.active_periods()), (2, 4));
    assert_eq!((panel.customers_left_out, panel.rows_after_as_of), (1, 1));
    let sparse = panel.table(PanelFill::Sparse, 0..2).unwrap();
    assert_eq!(texts(&sparse, "customer_id"), ["c01", "c01", "c01", "c02"]);
    assert_eq!(texts(&sparse, "period"), ["2023-12", "2024-01", "2024-04", "2024-01"]);
    assert_eq!(texts(&sparse, "cohort"), ["2023-12", "2023-12", "2023-12", "2024-01"]);
    assert_eq!(integers(&sparse, "age"), [0, 1, 4, 0]);
    assert_eq!(integers(&sparse, "orders"), [1, 2, 1, 1]);
    assert_eq!(sparse.floats("revenue").unwrap(), [10.0, 12.0, 2.0, 4.0]);
    assert_eq!(integers(&sparse, "partial"), [0, 0, 1, 0]);
    let dense = panel.table(PanelFill::Dense, 0..2).unwrap();
    assert_eq!(dense.rows(), 5 + 4);
    assert_eq!(integers(&dense, "active"), [1, 1, 0, 0, 1, 1, 0, 0, 0]);
    assert_eq!(integers(&dense, "partial"), [0, 0, 0, 0, 1, 0, 0, 0, 1]);
    let bob = panel.position_of(CustomerId::Text("c02")).unwrap();
    assert_eq!(panel.of_customer(bob).unwrap(), [PanelPeriod { age: 0, orders: 1, revenue: 4.0 }]);
    assert_eq!(panel.position_of(CustomerId::Text("c03")), None);
    assert_eq!(panel.table(PanelFill::Sparse, 1..2).unwrap().rows(), 1);
    assert!(panel.table(PanelFill::Sparse, 1..3).unwrap_err().to_string().contains("there are 2 customers"));
    assert!(panel.of_customer(2).is_err());
}

/// On CDNOW: the panel's sums are the summary's per customer, and the cohort table's per cohort and age.
#[test]
fn sums_are_those_of_summary_and_cohorts() {
    let log = datasets::cdnow().unwrap();
    let panel = activity_panel(&log, &PanelOptions::new()).unwrap();
    let table = panel.table(PanelFill::Sparse, 0..panel.customers()).unwrap();
    let orders: i64 = integers(&table, "orders").iter().sum();
    let customers = log.summarize(&SummaryOptions::new()).unwrap();
    assert_eq!(orders as f64, customers.frequency().iter().sum::<f64>() + 23_570.0);
    let revenue: f64 = table.floats("revenue").unwrap().iter().sum();
    let total: f64 = customers.total_amount().unwrap().iter().sum();
    assert!((revenue - total).abs() < 1e-6);

    let cohorts = cohort_retention(&log, &CohortOptions::new()).unwrap();
    let mut cells: BTreeMap<(String, i64), (u64, u64, f64)> = BTreeMap::new();
    let names = texts(&table, "cohort");
    for (row, cohort) in names.into_iter().enumerate() {
        let cell = cells.entry((cohort, integers(&table, "age")[row])).or_default();
        cell.0 += 1;
        cell.1 += integers(&table, "orders")[row] as u64;
        cell.2 += table.floats("revenue").unwrap()[row];
    }
    for cohort in &cohorts.cohorts {
        for (age, cell) in cohort.cells.iter().enumerate() {
            let sums = cells.get(&(cohort.label.clone(), age as i64)).copied().unwrap_or_default();
            assert_eq!((sums.0, sums.1), (cell.active, cell.orders));
            assert!((sums.2 - cell.amount).abs() < 1e-6);
        }
    }
}

#[test]
fn bad_options() {
    let log = log(&[(1, 0, 10)]).unwrap();
    let early = PanelOptions::new().as_of("2020-01-01").unwrap();
    assert!(matches!(activity_panel(&log, &early), Err(Error::Empty { .. })));
    let by_order = PanelOptions::new().merge_within(MergeWithin::Order);
    assert!(activity_panel(&log, &by_order).unwrap_err().to_string().contains("order ids"));
    assert!(PanelOptions::new().as_of("soon").is_err());
}

proptest! {
    /// Against a map of customer and period, for every grain of the calendar; a dense table is the sparse one and zeros.
    #[test]
    fn equals_a_map(
        mut rows in prop::collection::vec((0_u8..6, 0_u32..400, -20_i32..60), 1..80),
        as_of in 0_u32..450,
        period in prop::sample::select(vec![CalendarPeriod::Week, CalendarPeriod::Month, CalendarPeriod::Quarter]),
    ) {
        rows.iter_mut().for_each(|row| if row.2 == 0 { row.2 = 1 });
        let Ok(log) = log(&rows) else { return Ok(()) };
        let end = Timestamp::from_days(19_700 + i64::from(as_of)).end_of_day();
        let mut days: BTreeMap<(u8, u32), (i32, bool)> = BTreeMap::new();
        for &(customer, day, amount) in rows.iter().filter(|row| row.1 <= as_of) {
            let sum = days.entry((customer, day)).or_default();
            sum.0 += amount;
            sum.1 |= amount < 0;
        }
        let mut expected: BTreeMap<(String, String), (i64, i32)> = BTreeMap::new();
        for ((customer, day), (amount, _)) in days.into_iter().filter(|(_, (sum, has_return))| !has_return || *sum > 0) {
            let label = period.label(Timestamp::from_days(19_700 + i64::from(day)));
            let cell = expected.entry((format!("c{customer:02}"), label)).or_default();
            cell.0 += 1;
            cell.1 += amount;
        }
        let options = PanelOptions::new().period(period).as_of(&end.to_string()).unwrap();
        let Ok(panel) = activity_panel(&log, &options) else {
            prop_assert!(expected.is_empty());
            return Ok(());
        };
        let all = 0..panel.customers();
        let sparse = panel.table(PanelFill::Sparse, all.clone()).unwrap();
        let keys = texts(&sparse, "customer_id").into_iter().zip(texts(&sparse, "period"));
        let found: Vec<_> = keys.zip(integers(&sparse, "orders").iter().zip(sparse.floats("revenue").unwrap())).collect();
        prop_assert_eq!(found.len(), expected.len());
        for (key, (orders, revenue)) in &found {
            prop_assert_eq!(expected.get(key).map(|c| (c.0, f64::from(c.1))), Some((**orders, **revenue)));
        }
        let dense = panel.table(PanelFill::Dense, all.clone()).unwrap();
        prop_assert_eq!(integers(&dense, "active").iter().sum::<i64>() as usize, sparse.rows());
        prop_assert_eq!(integers(&dense, "orders").iter().sum::<i64>(), integers(&sparse, "orders").iter().sum::<i64>());
        prop_assert_eq!(dense.rows(), panel.rows(PanelFill::Dense, &all));
        let last = period.label(end);
        let ends = texts(&dense, "period").into_iter().filter(|label| *label == last).count();
        prop_assert_eq!(ends, panel.customers());
    }
}
