//! The data sets and reference values of `tests/golden/survival.json`; `survival.py` beside it makes them.

use std::sync::OnceLock;

use cpm_core::churn::survival::SurvivalData;
use ndarray::Array2;
use serde_json::Value;

pub(crate) fn reference() -> &'static Value {
    static REFERENCE: OnceLock<Value> = OnceLock::new();
    REFERENCE.get_or_init(|| serde_json::from_str(include_str!("../golden/survival.json")).unwrap())
}

pub(crate) fn list(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// Values of which some do not exist.
pub(crate) fn optional(value: &Value) -> Vec<Option<f64>> {
    value.as_array().unwrap().iter().map(Value::as_f64).collect()
}

pub(crate) fn data(set: &str, column: &str) -> Vec<f64> {
    list(&reference()["data"][set][column])
}

pub(crate) const ROSSI: [&str; 7] = ["fin", "age", "race", "wexp", "mar", "paro", "prio"];

/// Recidivism of 432 convicts: durations in weeks, many of them tied.
pub(crate) fn rossi() -> SurvivalData {
    let events: Vec<bool> = data("rossi", "arrest").iter().map(|e| *e == 1.0).collect();
    SurvivalData::new(&data("rossi", "week"), &events).unwrap()
}

/// The same with durations that are all different.
pub(crate) fn untied() -> SurvivalData {
    let tied = rossi();
    let weeks: Vec<f64> = tied.durations().iter().enumerate().map(|(i, t)| t + i as f64 / 1000.0).collect();
    SurvivalData::new(&weeks, tied.events()).unwrap()
}

pub(crate) fn table(set: &str, columns: &[&str]) -> Array2<f64> {
    let columns: Vec<Vec<f64>> = columns.iter().map(|c| data(set, c)).collect();
    Array2::from_shape_fn((columns[0].len(), columns.len()), |(i, j)| columns[j][i])
}

pub(crate) fn rossi_covariates() -> Array2<f64> {
    table("rossi", &ROSSI)
}

/// Lung cancer patients with complete covariates.
pub(crate) fn lung(columns: &[&str]) -> (SurvivalData, Array2<f64>) {
    let set = &reference()["data"]["lung"];
    let columns: Vec<Vec<Option<f64>>> = columns.iter().map(|c| optional(&set[*c])).collect();
    let (time, status) = (list(&set["time"]), list(&set["status"]));
    let complete: Vec<usize> = (0..time.len()).filter(|&i| columns.iter().all(|c| c[i].is_some())).collect();
    let durations: Vec<f64> = complete.iter().map(|&i| time[i]).collect();
    let events: Vec<bool> = complete.iter().map(|&i| status[i] == 1.0).collect();
    let x = Array2::from_shape_fn((complete.len(), columns.len()), |(i, j)| columns[j][complete[i]].unwrap());
    (SurvivalData::new(&durations, &events).unwrap(), x)
}

#[track_caller]
pub(crate) fn all_close(found: impl IntoIterator<Item = f64>, expected: &[f64], tolerance: f64) {
    let found: Vec<f64> = found.into_iter().collect();
    assert_eq!(found.len(), expected.len());
    for (i, (f, e)) in found.iter().zip(expected).enumerate() {
        assert!((f - e).abs() <= tolerance * e.abs().max(1.0), "{i}: found {f}, expected {e}, off by {:e}", f - e);
    }
}

#[track_caller]
pub(crate) fn close(found: f64, expected: &Value, tolerance: f64) {
    all_close([found], &[expected.as_f64().unwrap()], tolerance);
}
