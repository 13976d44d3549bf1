use super::*;
use crate::golden::{close, portfolio, rows};

#[test]
fn closed_forms_against_mpmath() {
    // Integrals of the Lorenz curve with 40 digits.
    for row in rows(&portfolio()["long_run"]) {
        let q = row.0["q"].as_f64();
        close(gini(row.get("r"), q), row.get("gini"), 1e-10, row.0);
        close(top_share(row.get("r"), q, 0.2), row.get("top_20"), 1e-7, row.0);
        close(top_share(row.get("r"), q, 0.01), row.get("top_1"), 1e-6, row.0);
    }
}

#[test]
fn uncertain_shapes_give_intervals() {
    let options = DrawOptions::new();
    let found = long_run_concentration(Measured::new(0.5, 0.05), None, &[0.2, 1.0], &options).unwrap();
    assert!(found.gini.interval.low < found.gini.value && found.gini.value < found.gini.interval.high);
    // dG/dr by differences times the error of r.
    let slope = (gini(0.51, None) - gini(0.49, None)) / 0.02;
    let width = (found.gini.interval.high - found.gini.interval.low) / 3.92;
    assert!((width / (slope.abs() * 0.05) - 1.0).abs() < 0.06, "{width} {slope}");
    assert_eq!(found.top_shares[1].1.value, 1.0);
    assert_eq!(found.to_table().unwrap().rows(), 3);
}

#[test]
fn unusable_shapes_are_named() {
    let of = |r: f64, q: Option<f64>| {
        long_run_concentration(r, q.map(Measured::from), &[0.2], &DrawOptions::new()).unwrap_err()
    };
    assert!(of(0.0, None).to_string().contains("r = 0"));
    assert!(matches!(of(1.0, Some(0.9)), Error::InfiniteMeanSpend { .. }));
    assert!(long_run_concentration(1.0, None, &[2.0], &DrawOptions::new()).is_err());
}
