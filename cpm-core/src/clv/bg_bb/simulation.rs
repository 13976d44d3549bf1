//! Customers who purchase at opportunities as the model says.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Beta, Distribution};

use super::{BgBb, OpportunityHistories};
use crate::error::{Error, Result};

/// Most customers times opportunities.
const MOST: u64 = 1_000_000_000;

impl BgBb {
    /// New customers, observed over as many opportunities after their acquisition: one row each.
    ///
    /// The first n customers of a seed are the same whatever their number.
    ///
    /// ```
    /// use cpm_core::{BgBb, FitOptions};
    /// let truth = BgBb::from_params(1.2, 0.75, 0.66, 2.8)?;
    /// let donors = truth.simulate(20_000, 6, 1)?;
    /// let found = BgBb::fit(&donors, &FitOptions::new())?;
    /// assert!((found.alpha() - 1.2).abs() < 0.15);
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] without customers or opportunities, with more than 10^9 of one times the other, or for parameters
    /// that the random number generators cannot handle.
    pub fn simulate(&self, customers: u64, opportunities: u64, seed: u64) -> Result<OpportunityHistories> {
        if customers == 0 {
            return Err(Error::argument("customers", customers, "simulate at least one"));
        }
        if opportunities == 0 || customers.saturating_mul(opportunities) > MOST {
            let expected = "there must be at least one, and at most 10^9 times the customers";
            return Err(Error::argument("opportunities", opportunities, expected));
        }
        let unusable = |what: &str| Error::argument("parameters", what, "outside the range of the generator");
        let purchases = Beta::new(self.alpha, self.beta).map_err(|_| unusable("alpha, beta"))?;
        let deaths = Beta::new(self.gamma, self.delta).map_err(|_| unusable("gamma, delta"))?;
        let (mut frequency, mut last) = (Vec::new(), Vec::new());
        for customer in 0..customers {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            random.set_stream(customer);
            let (p, theta) = (purchases.sample(&mut random), deaths.sample(&mut random));
            let (mut x, mut t_x) = (0, 0);
            for opportunity in 1..=opportunities {
                if random.random::<f64>() < theta {
                    break;
                }
                if random.random::<f64>() < p {
                    (x, t_x) = (x + 1, opportunity);
                }
            }
            frequency.push(x);
            last.push(t_x);
        }
        OpportunityHistories::new(&frequency, &last, &vec![opportunities; frequency.len()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TimeUnit;
    use crate::clv::{BootstrapOptions, FitOptions, PosteriorOptions, PurchaseModel, PurchaseModelKind};
    use crate::clv::{ProfileOptions, bootstrap, posterior, profile_interval};

    #[test]
    fn simulated_customers_are_those_of_the_formulas() {
        let model = BgBb::from_params(1.204, 0.75, 0.657, 2.783).unwrap();
        let n = 40_000;
        let donors = model.simulate(n, 6, 3).unwrap();
        let mut counts = [0.0; 7];
        for (history, weight) in donors.weighted() {
            counts[history.x as usize] += weight;
        }
        for (x, expected) in model.purchase_probabilities_new_customer(6).unwrap().into_iter().enumerate() {
            let error = (expected * (1.0 - expected) / n as f64).sqrt();
            assert!((counts[x] / n as f64 - expected).abs() < 4.0 * error, "{x}: {} {expected}", counts[x]);
        }
        let found = BgBb::fit(&donors, &FitOptions::new()).unwrap();
        let errors = &found.fit_report().unwrap().standard_errors;
        for ((name, value), ((_, truth), error)) in
            found.parameters().into_iter().zip(model.parameters().into_iter().zip(errors))
        {
            assert!((value - truth).abs() < 3.5 * error.unwrap(), "{name}: {value} {truth}");
        }
        // The same seed, the same customers, whatever their number.
        let few = model.simulate(10, 6, 3).unwrap().rows_summary(TimeUnit::Year).unwrap();
        let all = donors.rows_summary(TimeUnit::Year).unwrap();
        assert_eq!(few.frequency(), &all.frequency()[..10]);
        assert!(model.simulate(0, 6, 1).is_err() && model.simulate(5, 0, 1).is_err());
        assert!(model.simulate(u64::MAX, 6, 1).is_err());
    }

    #[test]
    fn weighted_histories_are_a_summary_of_as_many_customers() {
        let histories = || OpportunityHistories::new(&[0, 1, 3, 5, 6], &[0, 2, 5, 6, 6], &[6; 5]).unwrap();
        let donors = histories().with_weights(&[3464.0, 277.0, 0.0, 670.0, 1203.0]).unwrap();
        let customers = donors.to_summary(TimeUnit::Year).unwrap();
        assert_eq!(
            (customers.len() as f64, donors.rows_summary(TimeUnit::Year).unwrap().len()),
            (donors.customers(), 5)
        );
        let fitted = BgBb::fit(&donors, &FitOptions::new()).unwrap();
        let same = BgBb::fit_summary(&customers, &FitOptions::new()).unwrap();
        for ((name, a), (_, b)) in fitted.parameters().into_iter().zip(same.parameters()) {
            assert!((a / b - 1.0).abs() < 1e-8, "{name}: {a} {b}");
        }
        // The total of a prediction counts the weights as the summary counts its customers.
        let total = fitted.predict(&donors, 5, 0.9).unwrap().total.value;
        let expected: f64 = PurchaseModel::expected_purchases(&fitted, &customers, 5.0).unwrap().iter().sum();
        assert!((total / expected - 1.0).abs() < 1e-10);
        let error = histories().with_weights(&[1.5; 5]).unwrap().to_summary(TimeUnit::Year).unwrap_err();
        assert!(error.to_string().contains("whole"), "{error}");
        assert!(histories().with_weights(&[1e300; 5]).unwrap().to_summary(TimeUnit::Year).is_err());
        assert!(histories().with_weights(&[0.0; 5]).unwrap().to_summary(TimeUnit::Year).is_err());
        assert_eq!(histories().to_summary(TimeUnit::Week).unwrap().len(), 5);
    }

    #[test]
    fn its_uncertainty_is_that_of_the_information() {
        let donors = BgBb::from_params(1.204, 0.75, 0.657, 2.783).unwrap().simulate(8_000, 6, 5).unwrap();
        let (kind, customers) = (PurchaseModelKind::BgBb, donors.to_summary(TimeUnit::Year).unwrap());
        let fitted = BgBb::fit(&donors, &FitOptions::new()).unwrap();
        let report = fitted.fit_report().unwrap();
        let boot = bootstrap(kind, &customers, &BootstrapOptions::new().replicates(60).seed(1)).unwrap();
        let table = boot.parameters_table(0.9).unwrap();
        for (found, expected) in table.floats("standard_error").unwrap().iter().zip(&report.standard_errors) {
            assert!((found / expected.unwrap()).ln().abs() < 0.4, "{found} {expected:?}");
        }
        let options = PosteriorOptions::new().chains(2).warmup(150).draws(200).seed(2);
        let draws = posterior(kind, &customers, &options).unwrap();
        let summary = draws.summary_table(0.9).unwrap();
        for (i, (name, value)) in fitted.parameters().into_iter().enumerate() {
            let error = report.standard_errors[i].unwrap();
            assert!((summary.floats("median").unwrap()[i] - value).abs() < error, "{name}");
            let profile = profile_interval(kind, &customers, name, &ProfileOptions::new().level(0.05)).unwrap();
            let narrow = crate::estimate::half_width(0.05) * error;
            assert!(((profile.interval.high - value) / narrow - 1.0).abs() < 0.05, "{name}: {profile:?} {narrow}");
        }
    }
}
