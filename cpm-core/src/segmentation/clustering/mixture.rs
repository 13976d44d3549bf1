//! Gaussian mixtures.

use ndarray::{Array2, ArrayView2};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::clusters::{at_least_one, enough_rows, shape, sizes_table};
use super::components::Components;
use super::data::{ColumnOptions, setters};
use super::kmeans::{KMeansOptions, solve};
use super::rows::{CHUNK, Rows};
use super::scaling::{Scaler, Scaling};
use super::seeding::{CORESET, coreset, plus_plus};
use crate::error::{Error, Result};
use crate::numerics::parallel;
use crate::table::{Column, Table};

pub(super) const NAME: &str = "the Gaussian mixture";

/// The shape of the components.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Covariance {
    /// Ellipsoids in any direction: d(d + 1)/2 numbers per component.
    Full,
    /// Ellipsoids along the axes: d numbers per component. Attributes are independent within a component.
    Diagonal,
}

/// How a mixture is fitted.
///
/// ```
/// use cpm_core::segmentation::{Covariance, GaussianMixtureOptions};
/// let options = GaussianMixtureOptions::new(3).covariance(Covariance::Diagonal).seed(7);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct GaussianMixtureOptions {
    k: usize,
    covariance: Covariance,
    regularisation: f64,
    tolerance: f64,
    max_iterations: usize,
    starts: usize,
    seed: u64,
    columns: ColumnOptions,
    weights: Option<Vec<f64>>,
}

impl GaussianMixtureOptions {
    /// `k` components with full covariances; 5 starts, no scaling.
    #[must_use]
    pub fn new(k: usize) -> Self {
        Self {
            k,
            covariance: Covariance::Full,
            regularisation: 1e-6,
            tolerance: 1e-6,
            max_iterations: 1_000,
            starts: 5,
            seed: 0,
            columns: ColumnOptions::default(),
            weights: None,
        }
    }

    setters!(seed, max_iterations, scaling, names, weights);

    /// The shape of the components.
    #[must_use]
    pub fn covariance(mut self, covariance: Covariance) -> Self {
        self.covariance = covariance;
        self
    }

    /// Added to the variances (of scaled values), so that no component shrinks to a point; scikit-learn's `reg_covar`.
    #[must_use]
    pub fn regularisation(mut self, regularisation: f64) -> Self {
        self.regularisation = regularisation;
        self
    }

    /// Stops when the mean log-likelihood of a row grows by less than this.
    #[must_use]
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// How many times to start: once from k-means, then from draws of k-means++. The best result counts.
    #[must_use]
    pub fn starts(mut self, starts: usize) -> Self {
        self.starts = starts;
        self
    }

    /// Names and scaling of another model of this room.
    pub(super) fn columns(mut self, columns: ColumnOptions) -> Self {
        self.columns = columns;
        self
    }
}

/// Customers as draws from k normal distributions: overlapping groups, with the probability of each customer's group.
///
/// # Method
/// Weights, means and covariances maximise the likelihood (EM algorithm: Dempster, Laird & Rubin 1977, JRSS B 39(1)) from
/// several starts; every step adds the regularisation to the variances, as scikit-learn does. The likelihood has many
/// local maxima, and without regularisation no global one: compare starts and seeds before reading much into small
/// components.
///
/// # Scaling and likelihood
/// The log-likelihood is that of the data in their own units, whatever the scaling (densities are multiplied by the
/// derivative of the scaling). AIC and BIC can therefore be compared between scalings.
///
/// ```
/// use cpm_core::segmentation::{GaussianMixture, GaussianMixtureOptions};
/// use ndarray::array;
/// let x = array![[1.0], [1.2], [0.9], [1.1], [9.0], [9.3], [8.9]];
/// let model = GaussianMixture::fit(x.view(), &GaussianMixtureOptions::new(2))?;
/// assert_eq!(model.predict(x.view())?, [0, 0, 0, 0, 1, 1, 1]);
/// let between = model.predict_proba(array![[2.0]].view())?;
/// assert!((between.sum() - 1.0).abs() < 1e-12);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GaussianMixture {
    scaler: Scaler,
    components: Components,
    covariance: Covariance,
    rows: f64,
    log_likelihood: f64,
    iterations: usize,
    converged: bool,
}

struct Fit {
    components: Components,
    log_likelihood: f64,
    iterations: usize,
    converged: bool,
}

impl GaussianMixture {
    /// Fits the mixture to the rows of `x`, one column per attribute.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for a value that is not finite; [`Error::NotIdentified`] for more components than
    /// distinct rows, for a constant column, and where a component collapses in spite of the regularisation;
    /// [`Error::InvalidArgument`] for options outside their domain.
    pub fn fit(x: ArrayView2<'_, f64>, options: &GaussianMixtureOptions) -> Result<Self> {
        at_least_one("n_components", options.k)?;
        at_least_one("n_init", options.starts)?;
        at_least_one("max_iter", options.max_iterations)?;
        crate::error::non_negative("reg_covar", options.regularisation)?;
        crate::error::non_negative("tol", options.tolerance)?;
        let (names, scalings) = options.columns.resolve(x)?;
        let mut rows = Rows::distinct(x, options.weights.as_deref())?;
        enough_rows(NAME, &rows, options.k)?;
        for (j, name) in names.0.iter().enumerate() {
            let first = rows.row(0)[j];
            if (0..rows.len()).all(|i| rows.row(i)[j] == first) {
                return Err(Error::NotIdentified {
                    model: NAME,
                    reason: format!(
                        "column `{name}` has the same value, {first}, in every row, where a density is infinite"
                    ),
                    remedy: "Leave the column out".to_owned(),
                });
            }
        }
        let unscaled = rows.clone();
        let scaler = Scaler::fit(NAME, names, &scalings, &mut rows)?;
        let jacobian = ln_jacobian(&scaler, &unscaled);
        let fit = fit(&rows, options)?;
        let mut order: Vec<usize> = (0..options.k).collect();
        let weights = &fit.components.weights;
        order.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]));
        Ok(Self {
            scaler,
            components: fit.components.ordered(&order),
            covariance: options.covariance,
            rows: rows.total_weight(),
            log_likelihood: fit.log_likelihood + jacobian,
            iterations: fit.iterations,
            converged: fit.converged,
        })
    }

    /// The most probable component of each row.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for another number of columns than that of the fit; [`Error::InvalidValue`] for a
    /// value that is not finite.
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Vec<u32>> {
        let probabilities = self.predict_proba(x)?;
        let best = |row: ndarray::ArrayView1<'_, f64>| {
            row.iter().enumerate().fold((0, f64::NEG_INFINITY), |b, (c, p)| if *p > b.1 { (c as u32, *p) } else { b }).0
        };
        Ok(probabilities.rows().into_iter().map(best).collect())
    }

    /// The probability of each component, given the row: one column per component.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn predict_proba(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        let k = self.k();
        let joint = self.joint(x)?;
        let values = joint.chunks_exact(k + 1).flat_map(|row| row[..k].iter().map(|v| (v - row[k]).exp()));
        Array2::from_shape_vec((x.nrows(), k), values.collect()).map_err(shape)
    }

    /// Logarithm of the density at each row, in the units of the data: the lower, the more unusual the customer.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn ln_density(&self, x: ArrayView2<'_, f64>) -> Result<Vec<f64>> {
        let joint = self.joint(x)?;
        let jacobian = |row: ndarray::ArrayView1<'_, f64>| -> f64 {
            row.iter().zip(self.scaler.columns()).map(|(x, column)| column.ln_derivative(*x)).sum()
        };
        Ok(joint
            .chunks_exact(self.k() + 1)
            .zip(x.rows())
            .map(|(values, row)| values[self.k()] + jacobian(row))
            .collect())
    }

    /// For each row ln (weight × density) of all components, then the logarithm of their sum.
    fn joint(&self, x: ArrayView2<'_, f64>) -> Result<Vec<f64>> {
        self.scaler.check(x)?;
        let scaled = self.scaler.apply(x);
        let (k, densities) = (self.k(), self.components.densities()?);
        let parts = parallel::map_chunks(x.nrows(), CHUNK, |range| {
            let mut differences = vec![0.0; k * x.ncols()];
            let mut part = vec![0.0; range.len() * (k + 1)];
            for (i, values) in range.zip(part.chunks_exact_mut(k + 1)) {
                let row: Vec<f64> = scaled.row(i).to_vec();
                values[k] = densities.ln_joint(&row, &mut values[..k], &mut differences);
            }
            part
        });
        Ok(parts.collect::<Vec<_>>().concat())
    }

    /// Number of components.
    #[must_use]
    pub fn k(&self) -> usize {
        self.components.k()
    }

    /// Names of the columns.
    #[must_use]
    pub fn names(&self) -> &[String] {
        self.scaler.names()
    }

    /// Names and scales of the columns.
    #[must_use]
    pub fn scaler(&self) -> &Scaler {
        &self.scaler
    }

    /// The shape of the components.
    #[must_use]
    pub fn covariance(&self) -> Covariance {
        self.covariance
    }

    /// Share of the customers in each component; they sum to 1.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.components.weights
    }

    /// The means in the units of the data (see [`KMeans::centers`](super::KMeans::centers)), one row per component.
    #[must_use]
    pub fn means(&self) -> Array2<f64> {
        let means = Array2::from_shape_fn((self.k(), self.names().len()), |(c, j)| {
            self.components.means[c * self.components.columns + j]
        });
        self.scaler.invert(means.view())
    }

    /// The covariance matrix of each component, of scaled values.
    #[must_use]
    pub fn covariances(&self) -> Vec<Array2<f64>> {
        let d = self.components.columns;
        let value = |c: usize, a: usize, b: usize| match self.covariance {
            Covariance::Full => self.components.covariances[c * d * d + a * d + b],
            Covariance::Diagonal if a == b => self.components.covariances[c * d + a],
            Covariance::Diagonal => 0.0,
        };
        (0..self.k()).map(|c| Array2::from_shape_fn((d, d), |(a, b)| value(c, a, b))).collect()
    }

    /// Log-likelihood of the fit, of the data in their own units.
    #[must_use]
    pub fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }

    /// Number of free parameters.
    #[must_use]
    pub fn parameter_count(&self) -> usize {
        let (k, d) = (self.k(), self.components.columns);
        let per_covariance = if self.covariance == Covariance::Full { d * (d + 1) / 2 } else { d };
        k * (d + per_covariance) + k - 1
    }

    /// Akaike's information criterion, 2p − 2 ln L.
    #[must_use]
    pub fn aic(&self) -> f64 {
        2.0 * self.parameter_count() as f64 - 2.0 * self.log_likelihood
    }

    /// Schwarz's information criterion, p ln n − 2 ln L, with n the sum of weights.
    #[must_use]
    pub fn bic(&self) -> f64 {
        self.parameter_count() as f64 * self.rows.ln() - 2.0 * self.log_likelihood
    }

    /// Iterations on all rows from the start that won.
    #[must_use]
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// Whether the log-likelihood came to rest before the most iterations were used up.
    #[must_use]
    pub fn converged(&self) -> bool {
        self.converged
    }

    /// `cluster, size, share` and one column per attribute with the mean in the units of the data.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if an attribute is called `cluster`, `size` or `share`.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = sizes_table(&self.weights().iter().map(|w| w * self.rows).collect::<Vec<_>>())?;
        let means = self.means();
        for (j, name) in self.names().iter().enumerate() {
            table.push(name, Column::Float(means.column(j).to_vec()))?;
        }
        Ok(table)
    }

    /// Parameters of a file that may have been edited.
    #[cfg(feature = "json")]
    pub(crate) fn check(&self) -> Result<()> {
        self.scaler.check_saved()?;
        let (k, d) = (self.k(), self.names().len());
        let size = if self.covariance == Covariance::Full { d * d } else { d };
        let c = &self.components;
        let lengths = c.columns == d && k > 0 && c.means.len() == k * d && c.covariances.len() == k * size;
        let finite = [&c.weights, &c.means, &c.covariances].into_iter().flatten().all(|v| v.is_finite());
        if !lengths || !finite || c.weights.iter().any(|w| *w <= 0.0) || !self.log_likelihood.is_finite() {
            let expected = "each component needs a positive weight, a mean and a covariance, all finite";
            return Err(Error::argument("components", "Gaussian mixture", expected));
        }
        c.densities().map(|_| ())
    }
}

/// ln of the derivative of the scaling, summed over all rows.
fn ln_jacobian(scaler: &Scaler, rows: &Rows) -> f64 {
    parallel::map_chunks(rows.len(), CHUNK, |range| {
        let one = |i: usize| -> f64 {
            let row = rows.row(i).iter().zip(scaler.columns());
            rows.weight[i] * row.map(|(x, column)| column.ln_derivative(*x)).sum::<f64>()
        };
        range.map(one).sum::<f64>()
    })
    .sum()
}

/// The best of several starts.
fn fit(rows: &Rows, options: &GaussianMixtureOptions) -> Result<Fit> {
    if rows.len() <= CORESET {
        return best_start(rows, options);
    }
    let few = coreset(rows, &rows.center(), CORESET, &mut ChaCha8Rng::seed_from_u64(options.seed));
    em(rows, best_start(&few, options)?.components, options)
}

fn best_start(rows: &Rows, options: &GaussianMixtureOptions) -> Result<Fit> {
    let run = |start: usize| {
        let centers = if start == 0 {
            solve(rows, &KMeansOptions::new(options.k).seed(options.seed)).centers
        } else {
            let mut random = ChaCha8Rng::seed_from_u64(options.seed);
            random.set_stream(start as u64 + 1);
            plus_plus(rows, options.k, &mut random)
        };
        Components::from_centers(rows, &centers, options.covariance, options.regularisation)
            .and_then(|components| em(rows, components, options))
    };
    // A start may run into a collapse that others avoid.
    let better = |a: Result<Fit>, b: Result<Fit>| match (a, b) {
        (Ok(a), Ok(b)) => Ok(if b.log_likelihood > a.log_likelihood { b } else { a }),
        (Ok(one), Err(_)) | (Err(_), Ok(one)) => Ok(one),
        (Err(error), Err(_)) => Err(error),
    };
    let mut fits = parallel::map_chunks(options.starts, 1, |range| run(range.start));
    let first = fits.next().unwrap_or_else(|| run(0));
    fits.fold(first, better)
}

fn em(rows: &Rows, mut components: Components, options: &GaussianMixtureOptions) -> Result<Fit> {
    let total = rows.total_weight();
    let mut last = f64::NEG_INFINITY;
    let (mut iterations, mut converged) = (0, false);
    loop {
        let (next, log_likelihood) = components.step(rows, options.regularisation)?;
        // The likelihood belongs to the components before the step.
        if converged || iterations == options.max_iterations {
            return Ok(Fit { components, log_likelihood, iterations, converged });
        }
        converged = (log_likelihood - last).abs() <= options.tolerance * total;
        last = log_likelihood;
        components = next;
        iterations += 1;
    }
}

#[cfg(test)]
#[path = "mixture_tests.rs"]
mod tests;
