//! Mixtures against scikit-learn.

use ndarray::{Axis, array};

use super::super::test_data::{golden_data, uniform};
use super::*;
use crate::golden::{close, rows, segmentation};

fn shape(name: &str) -> Covariance {
    if name == "full" { Covariance::Full } else { Covariance::Diagonal }
}

#[test]
fn the_optimum_of_scikit_learn() {
    for row in rows(&segmentation()["mixture"]) {
        let data = golden_data(row.0["data"].as_str().unwrap());
        let options = GaussianMixtureOptions::new(row.get("components") as usize)
            .covariance(shape(row.0["covariance"].as_str().unwrap()))
            .tolerance(1e-12)
            .max_iterations(5_000)
            .starts(1);
        let model = GaussianMixture::fit(data.view(), &options).unwrap();
        let context = format!("{} {}", row.0["data"], row.0["covariance"]);
        // Not below it; above it would be a better optimum.
        assert!(model.log_likelihood() > row.get("log_likelihood") - 1e-6, "{context}: {}", model.log_likelihood());
        close(model.log_likelihood(), row.get("log_likelihood"), 1e-8, &context);
        close(model.aic(), row.get("aic"), 1e-8, &context);
        close(model.bic(), row.get("bic"), 1e-8, &context);
        for (found, expected) in model.weights().iter().zip(row.list("weights")) {
            close(*found, expected, 1e-4, &context);
        }
        let densities = model.ln_density(data.view()).unwrap();
        for (found, expected) in densities.iter().zip(row.list("first_density")) {
            close(*found, expected, 1e-4, &context);
        }
        close(densities.iter().sum(), model.log_likelihood(), 1e-11, &context);
    }
}

#[test]
fn linear_scaling_does_not_change_the_likelihood() {
    let data = golden_data("iris");
    let options = GaussianMixtureOptions::new(2).regularisation(0.0).tolerance(1e-12);
    let plain = GaussianMixture::fit(data.view(), &options).unwrap();
    let scaled = GaussianMixture::fit(data.view(), &options.clone().scaling(Scaling::Standard)).unwrap();
    close(scaled.log_likelihood(), plain.log_likelihood(), 1e-8, &"standard");
    for (a, b) in scaled.means().iter().zip(plain.means().iter()) {
        close(*a, *b, 1e-5, &"means");
    }
    let amounts = data.mapv(|v| (v / 2.0).exp());
    let log = GaussianMixture::fit(amounts.view(), &options.scaling(Scaling::YeoJohnson)).unwrap();
    close(log.ln_density(amounts.view()).unwrap().iter().sum(), log.log_likelihood(), 1e-10, &"yeo-johnson");
}

#[test]
fn probabilities_weights_and_order() {
    let data = golden_data("blobs");
    let options = GaussianMixtureOptions::new(4).seed(3);
    let model = GaussianMixture::fit(data.view(), &options).unwrap();
    let probabilities = model.predict_proba(data.view()).unwrap();
    probabilities.sum_axis(Axis(1)).iter().for_each(|s| close(*s, 1.0, 1e-12, &"sum"));
    // At the optimum a weight is the mean of the probabilities.
    for (c, weight) in model.weights().iter().enumerate() {
        close(probabilities.column(c).mean().unwrap(), *weight, 1e-3, &c);
    }
    assert!(model.converged() && model.weights().windows(2).all(|w| w[0] >= w[1]));
    assert_eq!(model.parameter_count(), 4 * (3 + 6) + 3);
    assert_eq!(model.covariances()[0].dim(), (3, 3));
    let mut reversed = data.clone();
    reversed.invert_axis(Axis(0));
    assert_eq!(model, GaussianMixture::fit(reversed.view(), &options).unwrap());
    let twice = ndarray::concatenate(Axis(0), &[data.view(), data.view()]).unwrap();
    let weighted = GaussianMixture::fit(data.view(), &options.clone().weights(&[2.0; 240])).unwrap();
    assert_eq!(weighted, GaussianMixture::fit(twice.view(), &options).unwrap());
}

#[test]
fn bad_input_is_named() {
    let fit = |x: &Array2<f64>, options: GaussianMixtureOptions| {
        GaussianMixture::fit(x.view(), &options).unwrap_err().to_string()
    };
    let constant = array![[1.0, 2.0], [2.0, 2.0], [4.0, 2.0]];
    assert!(fit(&constant, GaussianMixtureOptions::new(1)).contains("column `x1` has the same value, 2"));
    assert!(fit(&constant, GaussianMixtureOptions::new(0)).contains("n_components = 0"));
    assert!(fit(&constant, GaussianMixtureOptions::new(4)).contains("3 distinct rows"));
    let dependent = array![[1.0, 2.0], [2.0, 4.0], [4.0, 8.0], [5.0, 10.0]];
    let error = fit(&dependent, GaussianMixtureOptions::new(1).regularisation(0.0));
    assert!(error.contains("shrank to a point or a line") && error.contains("regularisation"), "{error}");
    assert!(GaussianMixture::fit(dependent.view(), &GaussianMixtureOptions::new(1)).is_ok());
    let x = uniform(30, 2, 1);
    assert!(fit(&x, GaussianMixtureOptions::new(2).regularisation(-1.0)).contains("reg_covar = -1"));
    let model = GaussianMixture::fit(x.view(), &GaussianMixtureOptions::new(2)).unwrap();
    assert!(model.predict(array![[1.0, f64::INFINITY]].view()).unwrap_err().to_string().contains("x1 = inf"));
}
