//! R-hat and effective sample sizes are those of ArviZ; `tests/golden/diagnostics.py` writes the file.

use super::*;
use crate::golden::{close, diagnostics, rows};

#[test]
fn diagnostics_are_those_of_arviz() {
    for row in rows(&diagnostics()) {
        let chains: Vec<Vec<f64>> = serde_json::from_value(row.0["chains"].clone()).unwrap();
        let name = row.0["name"].to_string();
        close(rank_normalised_split_r_hat(&chains), row.get("r_hat"), 1e-9, &name);
        close(ess_bulk(&chains), row.get("ess_bulk"), 1e-9, &name);
        close(ess_tail(&chains), row.get("ess_tail"), 1e-9, &name);
        close(ess_mean(&chains), row.get("ess_mean"), 1e-9, &name);
    }
}

#[test]
fn chains_that_never_move() {
    let stuck = vec![vec![1.0; 20]; 4];
    assert_eq!(rank_normalised_split_r_hat(&stuck), 1.0);
    assert_eq!(ess_bulk(&stuck), 80.0);
    let apart = vec![vec![1.0; 20], vec![2.0; 20]];
    assert_eq!(rank_normalised_split_r_hat(&apart), f64::INFINITY);
}
