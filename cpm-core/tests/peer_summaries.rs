//! Summaries and splits are those of lifetimes and pymc-marketing; where conventions differ, by what is written here and in
//! `docs/log/same-summary-elsewhere.md`. `golden/peer_summaries.py` wrote the numbers.
#![allow(clippy::unwrap_used)]

use cpm_core::{CustomerSummary, ReadOptions, Returns, SplitOptions, SummaryOptions, TransactionLog, datasets};
use serde_json::Value;

const PEERS: [&str; 2] = ["lifetimes", "pymc-marketing"];

fn golden() -> Value {
    serde_json::from_str(include_str!("golden/peer_summaries.json")).unwrap()
}

/// The log of a case. UCI's Online Retail is not part of the repository: its place is in `CPM_ONLINE_RETAIL`.
fn log(data: &Value) -> Option<TransactionLog> {
    match data.as_str().unwrap() {
        "cdnow" => Some(datasets::cdnow().unwrap()),
        "invoices" => Some(invoices(Returns::Drop)),
        "online_retail" => {
            let path = std::env::var("CPM_ONLINE_RETAIL").ok()?;
            let options = ReadOptions::new("CustomerID", "InvoiceDate", "TotalPrice");
            Some(TransactionLog::read_csv(path, &options).unwrap())
        }
        other => panic!("unknown data {other}"),
    }
}

fn invoices(returns: Returns) -> TransactionLog {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/invoices.csv");
    TransactionLog::read_csv(path, &ReadOptions::new("customer", "time", "amount").returns(returns)).unwrap()
}

fn summarize(log: &TransactionLog, case: &Value, as_of: Option<&str>) -> CustomerSummary {
    let mut options = SummaryOptions::new()
        .time_unit(case["time_unit"].as_str().unwrap().parse().unwrap())
        .merge_within(case["merge_within"].as_str().unwrap().parse().unwrap());
    if let Some(as_of) = as_of {
        options = options.as_of(as_of).unwrap();
    }
    log.summarize(&options).unwrap()
}

fn split_options(case: &Value, calibration_end: &str) -> SplitOptions {
    let options = SplitOptions::new(calibration_end)
        .unwrap()
        .time_unit(case["time_unit"].as_str().unwrap().parse().unwrap())
        .merge_within(case["merge_within"].as_str().unwrap().parse().unwrap());
    match case["observation_end"].as_str() {
        Some(end) => options.observation_end(end).unwrap(),
        None => options,
    }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12 * (1.0 + a.abs().max(b.abs()))
}

/// A column against the reference: its sum, its sum weighted by place, and some rows.
fn same(reference: &Value, column: &str, ids: &CustomerSummary, values: &[f64]) -> bool {
    let sum: f64 = values.iter().sum();
    let weighted: f64 = values.iter().enumerate().map(|(i, v)| v * (1 + i % 97) as f64).sum();
    let of_row = |id: &str| ids.customer_ids().iter().position(|own| own.to_string() == id).unwrap();
    reference["customers"] == values.len()
        && close(sum, reference["sums"][column].as_f64().unwrap())
        && close(weighted, reference["weighted_sums"][column].as_f64().unwrap())
        && reference["rows"]
            .as_object()
            .unwrap()
            .iter()
            .all(|(id, row)| close(values[of_row(id)], row[column].as_f64().unwrap()))
}

fn assert_same_summary(reference: &Value, summary: &CustomerSummary, columns: &[&str], what: &str) {
    for column in columns {
        let values = match *column {
            "frequency" => summary.frequency(),
            "recency" => summary.recency(),
            "T" => summary.T(),
            _ => summary.monetary_value().unwrap(),
        };
        assert!(same(reference, column, summary, values), "{what}: {column}");
    }
}

const COLUMNS: [&str; 4] = ["frequency", "recency", "T", "monetary_value"];

#[test]
fn summaries_are_those_of_peers() {
    let golden = golden();
    let mut compared = 0;
    for case in golden["cases"]["summaries"].as_array().unwrap() {
        let Some(log) = log(&case["data"]) else { continue };
        let name = case["name"].as_str().unwrap();
        let summary = summarize(&log, case, case["as_of"].as_str());
        for peer in PEERS {
            let reference = &golden["peers"][peer]["summaries"][name];
            let what = format!("{peer}, {name}");
            match name {
                // The peers take in the rows of the whole week in which the end lies.
                "calendar weeks, cut on a Tuesday" => {
                    assert!(!same(reference, "frequency", &summary, summary.frequency()), "{what}");
                    let to_sunday = summarize(&log, case, Some("1997-10-05"));
                    assert_same_summary(reference, &to_sunday, &COLUMNS, &what);
                }
                // pymc-marketing does not know months; lifetimes measures them in means of 30.436875 days.
                "calendar months" if peer == "pymc-marketing" => {
                    assert!(reference["error"].as_str().unwrap().contains("Unit M is not supported"));
                }
                "calendar months" => {
                    assert_same_summary(reference, &summary, &["frequency", "monetary_value"], &what);
                    for (id, row) in reference["rows"].as_object().unwrap() {
                        let i = summary.customer_ids().iter().position(|own| own.to_string() == *id).unwrap();
                        assert_eq!(row["T"].as_f64().unwrap().round(), summary.T()[i]);
                        assert_eq!(row["recency"].as_f64().unwrap().round(), summary.recency()[i]);
                    }
                }
                _ => assert_same_summary(reference, &summary, &COLUMNS, &what),
            }
            compared += 1;
        }
    }
    assert!(compared >= 20);
}

#[test]
fn splits_are_those_of_peers() {
    let golden = golden();
    for case in golden["cases"]["splits"].as_array().unwrap() {
        let Some(log) = log(&case["data"]) else { continue };
        let name = case["name"].as_str().unwrap();
        let cut_at_midnight = name == "times, cut at midnight";
        // There a date is its first second; here it is its whole day.
        let end = case["calibration_end"].as_str().unwrap();
        let end = if cut_at_midnight { format!("{end} 00:00:00") } else { end.to_owned() };
        let split = log.split(&split_options(case, &end)).unwrap();
        let (customers, holdout) = (&split.calibration, &split.holdout);
        for peer in PEERS {
            let reference = &golden["peers"][peer]["splits"][name];
            let what = format!("{peer}, {name}");
            assert_same_summary(reference, customers, &COLUMNS, &what);
            let duration = vec![holdout.duration; customers.len()];
            assert!(same(reference, "duration_holdout", customers, &duration), "{what}");
            if cut_at_midnight {
                // They count the rest of the day of the cut as a purchase of the hold-out.
                let rest_of_day = |i: usize| {
                    log.rows_of(i).0.iter().filter(|t| **t > holdout.start && t.days() == holdout.start.days())
                };
                let rows: usize = (0..log.customers()).map(|i| rest_of_day(i).count()).sum();
                let days = (0..log.customers()).filter(|&i| rest_of_day(i).next().is_some()).count();
                let purchases: f64 = holdout.purchases.iter().sum();
                assert_eq!((holdout.rows_between, days), (rows as u64, 4));
                assert_eq!(reference["sums"]["frequency_holdout"], purchases + days as f64);
                continue;
            }
            assert_eq!(holdout.rows_between, 0);
            assert!(same(reference, "frequency_holdout", customers, &holdout.purchases), "{what}");
            // The mean of rows in lifetimes, of purchases in pymc-marketing.
            let means: Vec<f64> = match peer {
                "lifetimes" => means_of_rows(&log, customers, holdout),
                _ => holdout.amount.iter().zip(&holdout.purchases).map(|(sum, n)| sum / n.max(1.0)).collect(),
            };
            assert!(same(reference, "monetary_value_holdout", customers, &means), "{what}");
        }
    }
}

fn means_of_rows(log: &TransactionLog, customers: &CustomerSummary, holdout: &cpm_core::Holdout) -> Vec<f64> {
    let ids: Vec<String> = customers.customer_ids().iter().map(|id| id.to_string()).collect();
    let mut means = Vec::new();
    for (i, id) in log.customer_ids().iter().enumerate() {
        if ids.get(means.len()) != Some(&id.to_string()) {
            continue; // born later
        }
        let (times, amounts) = log.rows_of(i);
        let within: Vec<f64> = times
            .iter()
            .zip(amounts)
            .filter(|(t, _)| **t > holdout.start && **t <= holdout.end)
            .map(|(_, a)| *a)
            .collect();
        means.push(within.iter().sum::<f64>() / (within.len() as f64).max(1.0));
    }
    means
}

/// With returns in the rows, the peers count a day on which more was given back than bought as a purchase.
#[test]
fn days_that_returns_undo_are_purchases_for_peers_only() {
    let golden = golden();
    let log = invoices(Returns::Net);
    let case = &golden["cases"]["summaries"][0];
    let summary = summarize(&log, case, Some("2024-12-31"));
    let cancelled = summary.quality().unwrap().periods_cancelled;
    assert!(cancelled > 5, "{cancelled}");
    for peer in PEERS {
        let theirs = &golden["peers"][peer]["with returns"];
        let column =
            |name: &str| -> Vec<f64> { theirs[name].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect() };
        let (x, t_x, t, m) = (column("frequency"), column("recency"), column("T"), column("monetary_value"));
        let ids = theirs["customer_id"].as_array().unwrap();
        let (mut surplus, mut equal) = (0.0, 0);
        for (i, id) in summary.customer_ids().iter().enumerate() {
            let j = ids.iter().position(|theirs| *theirs == id.to_string()).unwrap();
            surplus += x[j] - summary.frequency()[i];
            if x[j] == summary.frequency()[i] {
                equal += 1;
                assert_eq!((t_x[j], t[j]), (summary.recency()[i], summary.T()[i]));
                assert!(close(m[j], summary.monetary_value().unwrap()[i]));
            }
        }
        assert_eq!(summary.len(), ids.len());
        assert_eq!(surplus, cancelled as f64, "{peer}");
        assert!(equal > 20, "{equal}");
    }
}
