//! The posterior with covariates beside the fit, and its predictions beside the fit's.

use super::*;
use crate::clv::prediction::Prediction;
use crate::clv::{BgNbd, FitOptions, PurchaseModel};
use crate::golden::covariates as golden;
use crate::summary::{Covariates, TimeUnit};
use crate::table::{Column, Table};

fn customers(scale: f64) -> CustomerSummary {
    let golden = golden();
    let numbers = |name: &str| -> Vec<f64> {
        golden["data"][name].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
    };
    // Few distinct values, so that profiles and histories are few too.
    let z: Vec<f64> = numbers("z").iter().map(|z| scale * z.round()).collect();
    let t: Vec<f64> = numbers("T").iter().map(|t| (t / 4.0).ceil() * 4.0).collect();
    let t_x: Vec<f64> = numbers("t_x").iter().map(|t| t.round()).collect();
    let mut table = Table::new();
    table.push("z", Column::Float(z)).unwrap();
    CustomerSummary::new(&numbers("x"), &t_x, &t, TimeUnit::Week)
        .unwrap()
        .with_covariates(Covariates::new(&table).unwrap())
        .unwrap()
}

#[test]
fn near_the_fit_where_data_decide() {
    let data = customers(10.0);
    let covariates = CovariateOptions::new().dropout(&[]);
    let options = PosteriorOptions::new().chains(2).warmup(100).draws(150).seed(6);
    let posterior = covariate_posterior::<BgNbd>(&data, &covariates, &options).unwrap();
    let fitted = WithCovariates::<BgNbd>::fit(&data, &covariates, &FitOptions::new()).unwrap();
    assert_eq!(posterior.names(), ["r", "alpha", "a", "b", "purchase:z"]);
    assert_eq!(posterior.model_name(), "BG/NBD");
    // The rate of purchase is what 400 customers know; dropout they hardly do.
    let moments = |name: &str, of: fn(f64) -> f64| {
        let draws: Vec<f64> = posterior.parameter(name).unwrap().concat().into_iter().map(of).collect();
        let n = draws.len() as f64;
        let mean = draws.iter().sum::<f64>() / n;
        (mean, (draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / n).sqrt())
    };
    let report = fitted.fit_report().unwrap();
    for (i, (name, value)) in fitted.parameters().into_iter().enumerate() {
        if name == "a" || name == "b" {
            continue;
        }
        let is_log = i < 4;
        let (mean, sd) = if is_log { moments(&name, f64::ln) } else { moments(&name, |v| v) };
        let (expected, error) = (if is_log { value.ln() } else { value }, report.covariance_log[(i, i)].sqrt());
        assert!((mean - expected).abs() < 0.6 * error, "{name}: {mean} {expected} ± {error}");
        assert!((sd / error).ln().abs() < 0.4, "{name}: {sd} {error}");
    }
    // A covariate in another unit has a coefficient in that unit, and nothing else changes.
    let small = covariate_posterior::<BgNbd>(&customers(1.0), &covariates, &options).unwrap();
    let (ten, one) = (posterior.parameter("purchase:z").unwrap(), small.parameter("purchase:z").unwrap());
    for (ten, one) in ten.concat().iter().zip(one.concat()) {
        assert!((10.0 * ten / one - 1.0).abs() < 1e-6, "{ten} {one}");
    }

    let own = posterior.predict(&data, 26.0, 0.9, 40).unwrap();
    let theirs = fitted.of(&data).unwrap().predict(&data, 26.0, 0.9).unwrap();
    let total = |p: &Prediction| p.customers().iter().map(|c| c.expected_purchases.value).sum::<f64>();
    assert!((total(&own) / total(&theirs) - 1.0).abs() < 0.05, "{} {}", total(&own), total(&theirs));
    // A draw is a model like any other, without uncertainty of its own.
    let model = &posterior.models(3)[2];
    assert!(model.fit_report().is_none());
    let one = model.of(&data).unwrap().predict(&data, 26.0, 0.9).unwrap();
    let first = one.customers()[0].expected_purchases;
    assert_eq!((first.interval.low, first.interval.high), (first.value, first.value));
    assert!(posterior.predict(&data, 26.0, 0.9, 3).is_err());
}

#[test]
fn bad_input() {
    let data = customers(1.0);
    let run = |data: &CustomerSummary, covariates: CovariateOptions, options: PosteriorOptions| {
        covariate_posterior::<BgNbd>(data, &covariates, &options).unwrap_err().to_string()
    };
    let plain = CustomerSummary::new(&[1.0], &[1.0], &[2.0], TimeUnit::Week).unwrap();
    assert!(run(&plain, CovariateOptions::new(), PosteriorOptions::new()).contains("with_covariates"));
    let unknown = CovariateOptions::new().purchase(&["height"]);
    assert!(run(&data, unknown, PosteriorOptions::new()).contains("height"));
    assert!(run(&data, CovariateOptions::new(), PosteriorOptions::new().draws(1)).contains("draws = 1"));
    let of_s = PosteriorOptions::new().prior("s", crate::clv::Prior::HalfNormal { sigma: 1.0 });
    assert!(run(&data, CovariateOptions::new(), of_s).contains("r, alpha, a, b"));
}

#[test]
fn covariates_far_from_0_are_refused_where_draws_of_the_base_are_no_numbers() {
    let near = customers(1.0);
    let rows = near.covariates().unwrap();
    let crate::summary::Values::Numbers(values) = rows.column("z").unwrap() else { panic!("numbers") };
    let of_row = rows.of_row().iter().map(|&p| 1e6 + values[p as usize]);
    let mut table = Table::new();
    table.push("z", Column::Float(of_row.collect())).unwrap();
    let far = near.clone().with_covariates(Covariates::new(&table).unwrap()).unwrap();
    let options = PosteriorOptions::new().chains(1).warmup(50).draws(20).seed(1);
    let refused = covariate_posterior::<BgNbd>(&far, &CovariateOptions::new(), &options).unwrap_err().to_string();
    assert!(refused.contains("at covariates of 0 is beyond a double. Subtract a typical value"), "{refused}");
}
