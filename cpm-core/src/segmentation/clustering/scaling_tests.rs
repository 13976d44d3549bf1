//! Scalings against scikit-learn's.

use ndarray::{Array2, ArrayView2};
use proptest::prelude::*;

use super::super::data::ColumnOptions;
use super::super::test_data::matrix;
use super::*;
use crate::golden::{close, segmentation};

fn scaler(x: ArrayView2<'_, f64>, scaling: Scaling) -> Scaler {
    try_scaler(x, scaling).unwrap()
}

fn try_scaler(x: ArrayView2<'_, f64>, scaling: Scaling) -> Result<Scaler> {
    let options = ColumnOptions { scaling, ..ColumnOptions::default() };
    let (names, scalings) = options.resolve(x)?;
    Scaler::fit("k-means", names, &scalings, &mut Rows::distinct(x, None)?)
}

#[test]
fn equal_to_scikit_learn() {
    let golden = segmentation();
    let spend = matrix(&golden["data"]["spend"]);
    let expected = &golden["scaling"];
    for (scaling, name, tolerance) in [
        (Scaling::Standard, "standard", 1e-12),
        (Scaling::Robust, "robust", 1e-12),
        (Scaling::YeoJohnson, "yeo_johnson", 1e-6),
    ] {
        let scaled = scaler(spend.view(), scaling).apply(spend.view());
        for ((i, j), value) in matrix(&expected[name]).indexed_iter() {
            assert!((scaled[(i, j)] - value).abs() < tolerance, "{name} {i} {j}: {} {value}", scaled[(i, j)]);
        }
    }
    let fitted = scaler(spend.view(), Scaling::YeoJohnson);
    for (column, lambda) in fitted.columns().iter().zip(expected["lambda"].as_array().unwrap()) {
        close(column.lambda, lambda.as_f64().unwrap(), 1e-5, &"lambda");
    }
}

#[test]
fn logarithms_are_standardised() {
    let x = Array2::from_shape_vec((4, 1), vec![0.0, 1.0, 3.0, 7.0]).unwrap();
    let scaled = scaler(x.view(), Scaling::Log).apply(x.view());
    // ln 1, ln 2, ln 4, ln 8 are evenly spaced: mean 1.5 ln 2, variance 1.25 ln² 2.
    let expected = [-1.5, -0.5, 0.5, 1.5].map(|v| v / 1.25_f64.sqrt());
    scaled.iter().zip(expected).for_each(|(found, expected)| close(*found, expected, 1e-12, &"log"));
}

#[test]
fn a_weight_counts_rows() {
    let x = Array2::from_shape_vec((7, 1), vec![1.0, 5.0, 5.0, 9.0, 2.0, 2.0, 2.0]).unwrap();
    let distinct = Array2::from_shape_vec((4, 1), vec![1.0, 5.0, 9.0, 2.0]).unwrap();
    for scaling in [Scaling::Standard, Scaling::Robust, Scaling::Log, Scaling::YeoJohnson] {
        let mut rows = Rows::distinct(distinct.view(), Some(&[1.0, 2.0, 1.0, 3.0])).unwrap();
        let names = super::super::data::Names(vec!["x0".to_owned()]);
        let weighted = Scaler::fit("k-means", names, &[scaling], &mut rows).unwrap();
        assert_eq!(weighted, scaler(x.view(), scaling));
    }
}

#[test]
fn columns_that_cannot_be_scaled_are_named() {
    let constant = Array2::from_shape_vec((3, 2), vec![1.0, 7.0, 2.0, 7.0, 3.0, 7.0]).unwrap();
    for scaling in [Scaling::Standard, Scaling::Robust, Scaling::Log, Scaling::YeoJohnson] {
        let error = try_scaler(constant.view(), scaling).unwrap_err().to_string();
        assert!(error.contains("column `x1` has the same value, 7,"), "{error}");
    }
    assert!(try_scaler(constant.view(), Scaling::None).is_ok());
    let mostly = Array2::from_shape_vec((5, 1), vec![0.0, 0.0, 0.0, 0.0, 3.0]).unwrap();
    let error = try_scaler(mostly.view(), Scaling::Robust).unwrap_err().to_string();
    assert!(error.contains("column `x0` has the value 0 in half of the rows or more"), "{error}");
    let negative = Array2::from_shape_vec((2, 1), vec![1.0, -1.0]).unwrap();
    let error = try_scaler(negative.view(), Scaling::Log).unwrap_err().to_string();
    assert!(error.contains("log for column `x0`") && error.contains("yeo-johnson"), "{error}");
}

#[test]
fn heavy_tails_do_not_overflow() {
    let x = Array2::from_shape_fn((50, 1), |(i, _)| (i as f64 * 0.7).exp());
    let fitted = scaler(x.view(), Scaling::YeoJohnson);
    assert!(fitted.columns()[0].lambda.abs() < 0.2, "{:?}", fitted.columns());
    assert!(fitted.apply(x.view()).iter().all(|v| v.abs() < 3.0));
}

proptest! {
    #[test]
    fn scaling_is_monotone_and_can_be_undone(
        values in prop::collection::vec(-50.0..200.0_f64, 3..40),
        scaling in prop::sample::select(vec![Scaling::Standard, Scaling::Robust, Scaling::YeoJohnson]),
    ) {
        let x = Array2::from_shape_vec((values.len(), 1), values.clone()).unwrap();
        if let Ok(fitted) = try_scaler(x.view(), scaling) {
            let column = fitted.columns()[0];
            for (&a, &b) in values.iter().zip(&values[1..]) {
                prop_assert!(a >= b || column.apply(a) <= column.apply(b));
                prop_assert!((column.invert(column.apply(a)) - a).abs() < 1e-4 * (1.0 + a.abs()), "{} {:?}", a, column);
            }
        }
    }

    #[test]
    fn the_derivative_is_that_of_the_scaled_value(x in -9.0..30.0_f64, lambda in -3.0..4.0_f64) {
        let column = ColumnScale { scaling: Scaling::YeoJohnson, lambda, center: 0.3, scale: 2.0 };
        let h = 1e-6 * (1.0 + x.abs());
        let difference = (column.apply(x + h) - column.apply(x - h)) / (2.0 * h);
        prop_assume!(difference > 1e-6 && x.abs() > 1e-4);
        prop_assert!((column.ln_derivative(x) - difference.ln()).abs() < 1e-4, "{} {}", column.ln_derivative(x), difference.ln());
    }
}
