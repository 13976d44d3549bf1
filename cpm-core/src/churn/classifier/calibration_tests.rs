//! Against scikit-learn (`tests/golden/calibration.py` writes the file), and what must hold.

use serde_json::Value;

use super::*;
use crate::golden::Row;

#[test]
fn equal_to_scikit_learn_and_scipy() {
    let golden: Value = serde_json::from_str(include_str!("../../../tests/golden/calibration.json")).unwrap();
    let row = Row(&golden);
    let churned: Vec<bool> = row.list("y").iter().map(|y| *y == 1.0).collect();
    let (scores, at) = (row.list("p"), row.list("at"));
    for (name, method, tolerance) in [
        ("platt", CalibrationMethod::Platt, 1e-6),
        ("isotonic", CalibrationMethod::Isotonic, 1e-12),
        ("beta", CalibrationMethod::Beta, 1e-6),
    ] {
        let map = Calibrator::fit(method, &churned, &scores, None).unwrap();
        for (found, expected) in map.apply(&at).unwrap().iter().zip(row.list(name)) {
            assert!((found - expected).abs() < tolerance, "{name} {found} {expected}");
        }
        map.check().unwrap();
        // A row that counts twice.
        let double = Calibrator::fit(method, &churned, &scores, Some(&vec![2.0; scores.len()])).unwrap();
        if name != "platt" {
            assert!((double.one(0.3) - map.one(0.3)).abs() < 1e-9);
        }
        // The order stays.
        let mapped = map.apply(&(0..=100).map(|i| f64::from(i) / 100.0).collect::<Vec<_>>()).unwrap();
        assert!(mapped.windows(2).all(|p| p[0] <= p[1]), "{name}");
    }
}

#[test]
fn separated_and_constant_scores() {
    let churned = [false, false, true, true];
    for method in [CalibrationMethod::Platt, CalibrationMethod::Isotonic, CalibrationMethod::Beta] {
        let map = Calibrator::fit(method, &churned, &[0.1, 0.2, 0.8, 0.9], None).unwrap();
        let mapped = map.apply(&[0.0, 0.15, 0.85, 1.0]).unwrap();
        assert!(mapped.iter().all(|p| (0.0..=1.0).contains(p)) && mapped[1] < mapped[2], "{method:?} {mapped:?}");
        let constant = Calibrator::fit(method, &churned, &[0.3; 4], None).unwrap();
        assert!((constant.one(0.3) - 0.5).abs() < 1e-6, "{method:?}");
        assert!(
            Calibrator::fit(method, &[true; 4], &[0.3; 4], None).unwrap_err().to_string().contains("nobody stayed")
        );
        assert!(
            Calibrator::fit(method, &churned, &[0.3, 0.1, 1.5, 0.2], None).unwrap_err().to_string().contains("row 2")
        );
        assert!(map.apply(&[0.1, -0.1]).unwrap_err().to_string().contains("row 1"));
    }
}
