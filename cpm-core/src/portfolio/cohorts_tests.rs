use super::*;
use crate::transactions::{Amount, Customer, LogBuilder, ReadOptions, Returns, When};

fn log_of(rows: &[(&str, &str, f64)], returns: Returns) -> TransactionLog {
    let mut builder = LogBuilder::new(ReadOptions::new("customer", "date", "amount").returns(returns));
    builder.begin("test");
    for (line, (customer, date, amount)) in rows.iter().enumerate() {
        builder.push(line as u64 + 2, Customer::Text(customer), When::Text(date), Amount::Number(*amount));
    }
    builder.finish().unwrap()
}

/// Two customers of January, one of March, none of February; the log ends on 15 April.
fn small() -> TransactionLog {
    let rows = [
        ("a", "2024-01-10", 10.0),
        ("a", "2024-01-10", 5.0),
        ("a", "2024-01-20", 7.0),
        ("a", "2024-03-02", 1.0),
        ("b", "2024-01-31", 20.0),
        ("c", "2024-03-31", 8.0),
        ("c", "2024-04-15", 9.0),
    ];
    log_of(&rows, Returns::Error)
}

fn active(cohort: &Cohort) -> Vec<u64> {
    cohort.cells.iter().map(|cell| cell.active).collect()
}

#[test]
fn cells_count_customers_once_and_sum_amounts() {
    let table = cohort_retention(&small(), &CohortOptions::new()).unwrap();
    let labels: Vec<&str> = table.cohorts.iter().map(|c| c.label.as_str()).collect();
    assert_eq!(labels, ["2024-01", "2024-03"]);
    let january = &table.cohorts[0];
    assert_eq!(january.customers, 2);
    assert_eq!(active(january), [2, 0, 1, 0]);
    assert_eq!(
        table.cell(0, 0),
        Some(&CohortCell { active: 2, retention: 1.0, orders: 3, amount: 42.0, partial: false })
    );
    assert_eq!(
        table.cell(0, 1),
        Some(&CohortCell { active: 0, retention: 0.0, orders: 0, amount: 0.0, partial: false })
    );
    assert_eq!(
        table.cell(0, 2),
        Some(&CohortCell { active: 1, retention: 0.5, orders: 1, amount: 1.0, partial: false })
    );
    // April is cut short, May is not observed at all.
    assert_eq!(
        table.cell(0, 3),
        Some(&CohortCell { active: 0, retention: 0.0, orders: 0, amount: 0.0, partial: true })
    );
    assert_eq!(table.cell(0, 4), None);
    assert_eq!(
        table.cell(1, 1),
        Some(&CohortCell { active: 1, retention: 1.0, orders: 1, amount: 9.0, partial: true })
    );
    assert_eq!((table.cell(1, 2), table.cell(2, 0)), (None, None));
}

#[test]
fn averages_leave_partial_periods_out() {
    let table = cohort_retention(&small(), &CohortOptions::new()).unwrap();
    let counts: Vec<(usize, usize, u64, u64)> =
        table.average.iter().map(|a| (a.age, a.cohorts, a.customers, a.active)).collect();
    // April would add age 3 of January and age 1 of March.
    assert_eq!(counts, [(0, 2, 3, 3), (1, 1, 2, 0), (2, 1, 2, 1)]);
    assert_eq!(table.average[2].retention.value, 0.5);
    // The last day of April completes the month, for the same purchases.
    let complete = cohort_retention(&small(), &CohortOptions::new().as_of("2024-04-30").unwrap()).unwrap();
    assert!(complete.cohorts.iter().all(|c| c.cells.iter().all(|cell| !cell.partial)));
    let counts: Vec<(usize, u64, u64)> = complete.average.iter().map(|a| (a.cohorts, a.customers, a.active)).collect();
    assert_eq!(counts, [(2, 3, 3), (2, 3, 1), (1, 2, 1), (1, 2, 0)]);
    assert_eq!(complete.average[1].retention, wilson(1.0, 3.0, 0.95));
}

#[test]
fn rows_after_the_end_are_left_out_and_counted() {
    let table = cohort_retention(&small(), &CohortOptions::new().as_of("2024-02-10").unwrap()).unwrap();
    assert_eq!((table.rows_after_as_of, table.customers_left_out), (3, 1));
    assert!(table.as_of_given);
    assert_eq!(table.cohorts.len(), 1);
    assert_eq!(active(&table.cohorts[0]), [2, 0]);
    // A whole month later nobody is missing, only inactive.
    let later = cohort_retention(&small(), &CohortOptions::new().as_of("2024-05-31").unwrap()).unwrap();
    assert_eq!(active(&later.cohorts[1]), [1, 1, 0]);
}

#[test]
fn the_cohort_in_progress_is_partial_itself() {
    let table = cohort_retention(&small(), &CohortOptions::new().as_of("2024-03-31 12:00:00").unwrap()).unwrap();
    let january = cohort_retention(&small(), &CohortOptions::new().as_of("2024-01-15").unwrap()).unwrap();
    assert!(table.cohorts.last().unwrap().cells.last().unwrap().partial);
    assert!(january.cohorts[0].cells[0].partial && january.average.is_empty());
    let end = cohort_retention(&small(), &CohortOptions::new().as_of("2024-03-31").unwrap()).unwrap();
    assert!(!end.cohorts[1].cells[0].partial);
}

#[test]
fn returns_follow_the_policy_of_the_log() {
    let rows = [
        ("a", "2024-01-10", 10.0),
        ("a", "2024-01-10", -10.0),
        ("a", "2024-02-03", 6.0),
        ("b", "2024-01-05", 3.0),
        ("b", "2024-01-05", -4.0),
    ];
    let table = cohort_retention(&log_of(&rows, Returns::Net), &CohortOptions::new()).unwrap();
    // The purchase that was taken back does not make a a customer of January, and b never was one.
    assert_eq!((table.days_cancelled, table.customers_left_out), (2, 1));
    assert_eq!((table.cohorts.len(), table.cohorts[0].label.as_str()), (1, "2024-02"));
}

#[test]
fn one_stray_date_does_no_harm() {
    let rows = [("old", "0100-01-01", 1.0), ("a", "2024-01-10", 10.0), ("a", "2024-01-31", 10.0)];
    let table =
        cohort_retention(&log_of(&rows, Returns::Error), &CohortOptions::new().period(CalendarPeriod::Week)).unwrap();
    assert_eq!(table.cohorts.len(), 2);
    assert_eq!(table.cohorts[0].cells.iter().map(|c| c.active).sum::<u64>(), 1);
    assert_eq!(active(&table.cohorts[1]), [1, 0, 0, 1]);
}

#[test]
fn bad_arguments_are_named() {
    let log = small();
    for level in [0.0, 1.0, f64::NAN] {
        let error = cohort_retention(&log, &CohortOptions::new().level(level)).unwrap_err();
        assert!(matches!(error, Error::InvalidArgument { name: "level", .. }));
    }
    assert!(CohortOptions::new().as_of("31/12/1997").is_err());
    let error = cohort_retention(&log, &CohortOptions::new().as_of("2023-12-31").unwrap()).unwrap_err();
    assert!(matches!(error, Error::Empty { .. }));
    assert!(error.to_string().contains("2024-01-10 to 2024-04-15"), "{error}");
}

#[test]
fn tables_are_long() {
    let cohorts = cohort_retention(&small(), &CohortOptions::new()).unwrap();
    let table = cohorts.to_table().unwrap();
    assert_eq!(table.rows(), 6);
    assert_eq!(table.column("cohort").unwrap().format(4), "2024-03");
    assert_eq!(table.column("age"), Some(&Column::Integer(vec![0, 1, 2, 3, 0, 1])));
    assert_eq!(table.column("partial"), Some(&Column::Integer(vec![0, 0, 0, 1, 0, 1])));
    assert_eq!(table.floats("retention").unwrap(), [1.0, 0.0, 0.5, 0.0, 1.0, 1.0]);
    let average = cohorts.average_table().unwrap();
    assert_eq!(average.floats("retention").unwrap(), [1.0, 0.0, 0.5]);
    assert!(average.floats("retention_high").unwrap()[2] > 0.9);
}

/// Expected values from a program of its own, over `data/cdnow.csv` with Python's csv and datetime modules: for
/// each customer the period of its first date; then sets of customers and sums of amounts by cohort and period.
#[cfg(feature = "datasets")]
mod cdnow {
    use super::*;
    use crate::datasets;

    #[test]
    fn monthly_cohorts() {
        let table = cohort_retention(&datasets::cdnow().unwrap(), &CohortOptions::new()).unwrap();
        let sizes: Vec<(&str, u64)> = table.cohorts.iter().map(|c| (c.label.as_str(), c.customers)).collect();
        assert_eq!(sizes, [("1997-01", 7_846), ("1997-02", 8_476), ("1997-03", 7_248)]);
        assert_eq!(sizes.iter().map(|s| s.1).sum::<u64>(), 23_570);
        assert_eq!(
            active(&table.cohorts[0]),
            [7_846, 1_157, 964, 810, 679, 736, 720, 582, 559, 594, 673, 634, 528, 511, 664, 472, 497, 498]
        );
        assert_eq!(
            active(&table.cohorts[1]),
            [8_476, 1_312, 980, 783, 847, 786, 626, 619, 666, 721, 661, 545, 568, 718, 545, 548, 551]
        );
        assert_eq!(
            active(&table.cohorts[2]),
            [7_248, 1_032, 752, 756, 674, 564, 561, 579, 634, 569, 464, 472, 678, 420, 443, 457]
        );
        for (cohort, age, amount) in
            [(0, 0, 299_060.17), (0, 1, 61_041.69), (0, 17, 27_252.08), (1, 5, 43_194.89), (2, 15, 21_509.67)]
        {
            assert!((table.cell(cohort, age).unwrap().amount - amount).abs() < 1e-6);
        }
        // The log ends on the last day of June 1998: no period is cut short.
        assert!(table.cohorts.iter().all(|c| c.cells.iter().all(|cell| !cell.partial)));
        let first = &table.average[1];
        assert_eq!((first.customers, first.active, first.cohorts), (23_570, 1_157 + 1_312 + 1_032, 3));
        assert_eq!((table.average[17].cohorts, table.average[16].customers), (1, 7_846 + 8_476));
    }

    #[test]
    fn weekly_and_quarterly_cohorts() {
        let log = datasets::cdnow().unwrap();
        let weeks = cohort_retention(&log, &CohortOptions::new().period(CalendarPeriod::Week)).unwrap();
        let sizes: Vec<u64> = weeks.cohorts.iter().map(|c| c.customers).collect();
        assert_eq!(sizes, [1_102, 1_662, 1_734, 1_882, 2_065, 2_282, 1_973, 2_006, 2_233, 2_201, 2_053, 1_873, 504]);
        let fifth = &weeks.cohorts[4];
        assert_eq!((fifth.label.as_str(), fifth.cells[1].active), ("1997-W05", 128));
        assert!((fifth.cells[1].amount - 5_705.98).abs() < 1e-6);
        // 30 June 1998 was a Tuesday: week 27 of 1998 is cut short.
        let last = fifth.cells.last().unwrap();
        assert_eq!((last.active, last.partial, fifth.cells.len()), (10, true, 75));

        let quarters = cohort_retention(&log, &CohortOptions::new().period(CalendarPeriod::Quarter)).unwrap();
        assert_eq!(quarters.cohorts.len(), 1);
        assert_eq!(active(&quarters.cohorts[0]), [23_570, 5_376, 4_263, 4_221, 3_817, 3_317]);
        assert!((quarters.cohorts[0].cells[1].amount - 359_153.66).abs() < 1e-6);
    }
}
