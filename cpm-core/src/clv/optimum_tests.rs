//! Fits end at one maximum wherever they start, and do not depend on units.

use super::contractual::simulation_tests::uniform;
use super::*;
use crate::golden::close;
use crate::summary::{CustomerSummary, SummaryOptions, TimeUnit};

fn cdnow() -> CustomerSummary {
    crate::datasets::cdnow_sample().unwrap().summarize(&SummaryOptions::new().as_of("1997-09-30").unwrap()).unwrap()
}

/// A fit from a start, or from the usual one: log-likelihood and parameters.
type Fit = fn(&CustomerSummary, &FitOptions) -> crate::Result<(f64, Vec<(&'static str, f64)>)>;

fn of(model: &dyn PurchaseProcess) -> (f64, Vec<(&'static str, f64)>) {
    (model.fit_report().unwrap().log_likelihood, model.parameters())
}

const MODELS: [Fit; 5] = [
    |c, o| Nbd::fit(c, o).map(|m| of(&m)),
    |c, o| BgNbd::fit(c, o).map(|m| of(&m)),
    |c, o| MbgNbd::fit(c, o).map(|m| of(&m)),
    |c, o| ParetoNbd::fit(c, o).map(|m| of(&m)),
    |c, o| MbgCnbd::fit_with_k(c, 2, o).map(|m| of(&m)),
];

#[test]
fn twenty_random_starts_end_at_one_maximum() {
    let customers = cdnow();
    let mut random = uniform(11);
    for fit in MODELS {
        let (best, parameters) = fit(&customers, &FitOptions::new()).unwrap();
        for _ in 0..20 {
            // Within e³ of 1, and the scales within e³ of 20 weeks.
            let start: Vec<f64> = parameters
                .iter()
                .map(|(name, _)| {
                    (6.0 * random() - 3.0).exp() * if name.starts_with("al") || *name == "beta" { 20.0 } else { 1.0 }
                })
                .collect();
            let (found, there) = fit(&customers, &FitOptions::new().start(&start)).unwrap();
            close(found, best, 1e-11, &format!("{start:?}"));
            for ((name, found), (_, expected)) in there.iter().zip(&parameters) {
                close(*found, *expected, 1e-5, &format!("{name} from {start:?}"));
            }
        }
    }
}

#[test]
fn the_unit_of_time_does_not_matter() {
    let weeks = cdnow();
    let rescaled = |factor: f64| {
        let times = |v: &[f64]| v.iter().map(|t| t * factor).collect::<Vec<_>>();
        let gaps = weeks.ln_gaps().unwrap().iter().zip(weeks.frequency()).map(|(g, x)| g + x * factor.ln()).collect();
        CustomerSummary::new(weeks.frequency(), &times(weeks.recency()), &times(weeks.T()), TimeUnit::Day)
            .unwrap()
            .with_ln_gaps(gaps)
            .unwrap()
    };
    for fit in MODELS {
        let (_, expected) = fit(&weeks, &FitOptions::new()).unwrap();
        for factor in [1e-4, 7.0, 1e3] {
            let (_, found) = fit(&rescaled(factor), &FitOptions::new()).unwrap();
            for ((name, found), (_, expected)) in found.iter().zip(&expected) {
                let scale = if matches!(*name, "alpha" | "beta") { factor } else { 1.0 };
                close(found / scale, *expected, 1e-6, &format!("{name} {factor}"));
            }
        }
    }
}
