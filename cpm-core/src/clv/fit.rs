//! Fitting: options, the maximisation on log-parameters, and the report that every fit ends with.

use std::fmt;

use ndarray::{Array1, Array2};

use super::Prior;
use super::from_edge::AtEdge;
use super::likelihood_sum::{Coarse, LikelihoodSum};
use super::prior::Priors;
use crate::error::{self, Error, Result};
use crate::numerics::newton::{Evaluation, Minimum, minimise_but_for};
use crate::numerics::symmetric::eigen;
use crate::summary::{Histories, TimeUnit};

/// Parameters are sought from 10^-4 to 10^6; times and amounts relative to their mean in the data.
const LOWER: f64 = 1e-4;
const UPPER: f64 = 1e6;
/// Starting points besides the first one: factors for each parameter in turn.
const OTHER_STARTS: [f64; 4] = [0.1, 10.0, 0.3, 3.0];
/// From this condition number on a direction counts as flat.
const FLAT: f64 = 1e8;
/// Largest variance of a combination of log-parameters: what the data determine less counts as undetermined.
pub(super) const VAGUE: f64 = 9.0;
/// With a larger share of its variance from what counts as such a parameter has no standard error.
const LEFT_OPEN: f64 = 0.1;
/// A last step of this length is taken without a look at where it leads: in log-parameters, what it leaves is below rounding.
const UNSEEN: f64 = 1e-8;

/// Choices for fitting a model.
///
/// ```
/// use cpm_core::clv::FitOptions;
/// let options = FitOptions::new().start(&[1.0, 5.0, 1.0, 2.0]).max_iterations(100);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FitOptions {
    pub(crate) start: Option<Vec<f64>>,
    pub(crate) weights: Option<Vec<f64>>,
    pub(crate) max_iterations: Option<usize>,
    pub(crate) priors: Vec<(String, Prior)>,
    pub(crate) penalty: f64,
}

impl FitOptions {
    /// Start from the data, one customer counts once, at most 200 iterations.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starting values on the parameters' natural scale, in the order of the model's parameters.
    #[must_use]
    pub fn start(mut self, parameters: &[f64]) -> Self {
        self.start = Some(parameters.to_vec());
        self
    }

    /// How often each row of the summary counts, for grouped data. Zero leaves a row out.
    #[must_use]
    pub fn weights(mut self, weights: &[f64]) -> Self {
        self.weights = Some(weights.to_vec());
        self
    }

    /// Most iterations from one starting point.
    #[must_use]
    pub fn max_iterations(mut self, iterations: usize) -> Self {
        self.max_iterations = Some(iterations);
        self
    }

    /// A prior of a parameter, on its natural scale: the fit then maximises the posterior density (MAP), the sum of the
    /// log-likelihood and of the logarithms of the priors' densities. A second prior of a parameter replaces the first.
    ///
    /// Of a model with covariates a coefficient can have a [normal](Prior::Normal) one, by the name that it is reported with and per
    /// unit of its covariate; it takes the place of the ridge penalty. Priors of the parameters are those of a typical customer: the
    /// median of each number and the most common category.
    ///
    /// ```
    /// use cpm_core::clv::{FitOptions, Prior};
    /// use cpm_core::{datasets, ParetoNbd, SummaryOptions};
    /// let customers = datasets::cdnow_sample()?.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
    /// let options = FitOptions::new().prior("s", Prior::LogNormal { median: 1.0, sigma: 0.5 });
    /// let model = ParetoNbd::fit(&customers, &options)?;
    /// assert!(model.s() > 0.606); // drawn from its maximum-likelihood value towards 1
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    #[must_use]
    pub fn prior(mut self, parameter: &str, prior: Prior) -> Self {
        self.priors.retain(|(name, _)| name != parameter);
        self.priors.push((parameter.to_owned(), prior));
        self
    }

    /// Penalises the log-likelihood by `weight`/2 · Σ ln²(θ_i/s_i) over the parameters, where s_i is 1, or the mean time or
    /// amount of the data for a parameter that has its unit: the time unit does not matter. 0, the default, is no penalty.
    /// It is what a log-normal prior with median s_i and sigma 1/√`weight` does, for all parameters alike.
    #[must_use]
    pub fn penalty(mut self, weight: f64) -> Self {
        self.penalty = weight;
        self
    }

    /// Checks start and weights against the model and the data.
    pub(crate) fn check(&self, parameters: usize, rows: usize) -> Result<()> {
        error::non_negative("penalty", self.penalty)?;
        if let Some(start) = &self.start {
            let valid = start.iter().all(|v| v.is_finite() && *v > 0.0);
            if start.len() != parameters || !valid {
                let expected = format!("it must be {parameters} finite numbers greater than 0");
                return Err(Error::argument("start", format!("{start:?}"), expected));
            }
        }
        if let Some(weights) = &self.weights {
            if weights.len() != rows {
                return Err(Error::LengthMismatch {
                    column: "weights",
                    found: weights.len(),
                    reference: "frequency",
                    expected: rows,
                });
            }
            if let Some(row) = weights.iter().position(|w| !(w.is_finite() && *w >= 0.0)) {
                return Err(Error::InvalidValue {
                    column: "weights",
                    row,
                    value: weights[row].to_string(),
                    expected: "a weight must be a finite number of at least 0",
                    remedy: "Use 0 to leave a row out",
                });
            }
        }
        Ok(())
    }
}

/// How a fit ended: likelihood, precision of the parameters, and whether to trust it.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FitReport {
    /// The model's name in the literature; empty in files of older versions.
    #[cfg_attr(feature = "serde", serde(default))]
    pub model: String,
    /// Names of the parameters, in the model's order.
    pub parameters: Vec<String>,
    /// Log-likelihood at the fitted parameters, its maximum unless there are priors or penalties.
    pub log_likelihood: f64,
    /// What priors and penalties add to the log-likelihood at the fitted parameters; 0 without any.
    #[cfg_attr(feature = "serde", serde(default))]
    pub log_prior: f64,
    /// Whole numbers chosen by their likelihood beside the parameters, such as the k of BG/CNBD-k where it was not given: each counts
    /// as a parameter in AIC and BIC.
    #[cfg_attr(feature = "serde", serde(default))]
    pub chosen: usize,
    /// Customers in the fit (sum of the weights).
    pub customers: f64,
    /// Distinct histories that stand for them.
    pub distinct: usize,
    /// Unit of time of the data, for models in time.
    pub time_unit: Option<TimeUnit>,
    /// Whether the optimiser arrived at a maximum (inside the box, or on its edge: see `at_boundary`).
    pub converged: bool,
    /// Iterations from the starting point that won.
    pub iterations: usize,
    /// Norm of the gradient in the log-parameters, per customer.
    pub gradient_norm: f64,
    /// Condition number of the Hessian in the log-parameters; `None` where it is not positive definite.
    pub condition_number: Option<f64>,
    /// Parameters that ran to the edge of the admissible range.
    pub at_boundary: Vec<String>,
    /// A combination of log-parameters that the data hardly determine. One of unit length counts with a standard deviation of 3 at the most,
    /// so that intervals remain those of the model; a profile likelihood tells how far it reaches.
    pub flat_direction: Option<String>,
    /// Standard errors on the natural scale, from the covariance; `None` for a parameter at the boundary, or one that the data leave open
    /// along the flat direction.
    pub standard_errors: Vec<Option<f64>>,
    /// Covariance of the log-parameters, from the inverse observed information; see `flat_direction` for where that is none.
    pub covariance_log: Array2<f64>,
    /// For each parameter at the boundary the way of the log-parameters to a point inside that stands for how uncertain it is: there
    /// the likelihood, maximised over the others, has fallen as that of a half-normal variable. None for fits with covariates.
    #[cfg_attr(feature = "serde", serde(default))]
    pub from_edge: Vec<Vec<f64>>,
}

impl FitReport {
    /// What was estimated: the parameters, and what was chosen by likelihood beside them.
    pub(super) fn estimated(&self) -> usize {
        self.parameters.len() + self.chosen
    }

    /// Akaike's information criterion, 2k - 2 ln L.
    #[must_use]
    pub fn aic(&self) -> f64 {
        2.0 * self.estimated() as f64 - 2.0 * self.log_likelihood
    }

    /// Schwarz's information criterion, k ln n - 2 ln L.
    #[must_use]
    pub fn bic(&self) -> f64 {
        self.estimated() as f64 * self.customers.ln() - 2.0 * self.log_likelihood
    }

    /// What a reader of the parameters should know; empty if all is well.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if !self.at_boundary.is_empty() {
            warnings.push(format!(
                "{} ran to the edge of the admissible range: the data prefer a limiting case of the model; \
                 predictions are usable, single parameters are not",
                self.at_boundary.join(", ")
            ));
        }
        if let Some(direction) = &self.flat_direction {
            warnings.push(format!(
                "the likelihood is almost flat along {direction}: only this combination's complement is determined, \
                 and intervals are rough"
            ));
        }
        warnings
    }
}

impl fmt::Display for FitReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.converged { "converged" } else { "did NOT converge" };
        writeln!(f, "{state} after {} iterations, gradient norm {:.1e}", self.iterations, self.gradient_norm)?;
        match self.condition_number {
            Some(c) => writeln!(f, "condition number of the Hessian {c:.1e}")?,
            None => writeln!(f, "the Hessian is not positive definite")?,
        }
        write!(
            f,
            "log-likelihood {:.6} on {} customers ({} distinct histories), AIC {:.3}, BIC {:.3}",
            self.log_likelihood,
            self.customers,
            self.distinct,
            self.aic(),
            self.bic()
        )?;
        if self.log_prior != 0.0 {
            write!(f, "\npriors and penalties {:+.6}", self.log_prior)?;
        }
        for warning in self.warnings() {
            write!(f, "\nwarning: {warning}")?;
        }
        Ok(())
    }
}

/// What the frame needs to know for maximising a likelihood.
pub(crate) struct Problem<'a> {
    pub(crate) model: &'static str,
    pub(crate) names: &'a [&'a str],
    /// Typical size of each parameter: 1, or the mean time or amount that it scales with.
    pub(crate) scale: &'a [f64],
    /// Mean number of purchases within the mean time, where the second parameter is a time that is that much shorter; 1 for others.
    pub(crate) purchases: f64,
    /// First starting point, natural scale.
    pub(crate) start: Vec<f64>,
    pub(crate) customers: f64,
    pub(crate) distinct: usize,
    pub(crate) time_unit: Option<TimeUnit>,
}

/// Maximises a log-likelihood over the log-parameters.
///
/// `log_likelihood` gets natural parameters and returns the value with gradient and Hessian in the
/// *log*-parameters. One start as a rule; four more if the first does not end inside the box.
pub(crate) fn maximise(
    problem: &Problem<'_>,
    options: &FitOptions,
    log_likelihood: impl Fn(&[f64]) -> Evaluation,
) -> Result<(Vec<f64>, FitReport)> {
    maximise_after(None, problem, options, log_likelihood)
}

/// As [`maximise`], after a search in a coarser picture of the same data: it starts from the maximum found there, unless an edge is
/// where that is, perhaps by the coarseness. If it ends on the same edge, the way back from it need not be found again.
pub(super) fn maximise_after(
    coarse: Option<(Vec<f64>, FitReport)>,
    problem: &Problem<'_>,
    options: &FitOptions,
    log_likelihood: impl Fn(&[f64]) -> Evaluation,
) -> Result<(Vec<f64>, FitReport)> {
    let mut ranges: Vec<[f64; 2]> = problem.scale.iter().map(|scale| admissible(*scale)).collect();
    ranges[1][0] -= problem.purchases.max(1.0).ln();
    let (start, at_edge) = match coarse {
        Some((start, report)) if report.at_boundary.is_empty() => (start, None),
        at_edge => (problem.start.clone(), at_edge.map(|(_, report)| report)),
    };
    maximise_mixed(&Problem { start, ..*problem }, options, &ranges, at_edge.as_ref(), log_likelihood)
}

/// Maximises the likelihood of grouped histories. Where there are many, the search starts from the maximum for a coarser picture of
/// them, which is so near that two steps over all of them are left.
pub(super) fn maximise_histories(
    problem: &Problem<'_>,
    options: &FitOptions,
    histories: &Histories,
    evaluate: impl Fn(&LikelihoodSum<'_>, &[f64]) -> Evaluation,
) -> Result<(Vec<f64>, FitReport)> {
    let sum = LikelihoodSum::new(histories);
    let plain = options.start.is_none() && options.max_iterations.is_none();
    let coarse = Coarse::of(histories).filter(|_| plain).and_then(|coarse| {
        let small = Problem { start: problem.start.clone(), customers: coarse.customers(), ..*problem };
        let of_coarse = coarse.sum();
        maximise(&small, options, |p| evaluate(&of_coarse, p)).ok()
    });
    maximise_after(coarse, problem, options, |p| evaluate(&sum, p))
}

/// Starts around one whose first parameters are positive.
pub(crate) fn other_starts(start: &[f64], positive: usize) -> [Vec<f64>; 4] {
    std::array::from_fn(|k| {
        let factor = |i: usize| if (i + k).is_multiple_of(2) { OTHER_STARTS[k] } else { 1.0 / OTHER_STARTS[k] };
        start.iter().enumerate().map(|(i, v)| if i < positive { v * factor(i) } else { *v }).collect()
    })
}

/// Where the logarithm of a parameter of this typical size is sought.
pub(crate) fn admissible(scale: f64) -> [f64; 2] {
    [(scale * LOWER).ln(), (scale * UPPER).ln()]
}

/// As [`maximise`], where those beyond the typical sizes are no logarithms of parameters, but coefficients of standardised covariates.
/// Each is sought in its range, and held where that is a point. `coarse` is the report of a coarser picture of the same data.
pub(crate) fn maximise_mixed(
    problem: &Problem<'_>,
    options: &FitOptions,
    ranges: &[[f64; 2]],
    coarse: Option<&FitReport>,
    log_likelihood: impl Fn(&[f64]) -> Evaluation,
) -> Result<(Vec<f64>, FitReport)> {
    let n = problem.customers;
    let logs = problem.scale.len();
    let priors = Priors::new(problem, options, logs)?;
    let to_natural = |x: &Array1<f64>| -> Vec<f64> {
        x.iter().enumerate().map(|(i, v)| if i < logs { v.exp() } else { *v }).collect()
    };
    let objective = |x: &Array1<f64>| {
        let natural = to_natural(x);
        let mut at = log_likelihood(&natural);
        priors.add_to(&mut at, &natural);
        Evaluation { value: -at.value / n, gradient: at.gradient / -n, hessian: at.hessian / -n }
    };
    let [lower, upper] = [0, 1].map(|end| ranges.iter().map(|range| range[end]).collect::<Array1<f64>>());
    let max_iterations = options.max_iterations.unwrap_or(200);
    let search = |start: &[f64]| {
        let x: Array1<f64> = start.iter().enumerate().map(|(i, v)| if i < logs { v.ln() } else { *v }).collect();
        minimise_but_for(UNSEEN, objective, x, &lower, &upper, max_iterations)
    };

    let first = options.start.as_ref().unwrap_or(&problem.start);
    let mut best = search(first);
    // A coefficient that ran off is where it belongs.
    if !best.converged || best.held[..logs].contains(&true) {
        for start in other_starts(&problem.start, logs) {
            let other = search(&start);
            let better = other.at.value < best.at.value - 1e-12 * best.at.value.abs();
            if (other.converged && !best.converged) || (other.converged == best.converged && better) {
                best = other;
            }
        }
    }
    if !best.converged {
        return Err(Error::NotConverged {
            model: problem.model,
            iterations: best.iterations,
            gradient_norm: best.gradient_norm,
            remedy: "Raise max_iterations, give starting values, or check the summary for rows that are not of one population".to_owned(),
        });
    }
    let natural = to_natural(&best.point);
    let mut report = report(problem, &best, &natural, logs);
    let at_edge = report.at_boundary.len();
    if at_edge > 0 && logs == problem.names.len() {
        let points = 2 * (logs - at_edge) + at_edge;
        let edge = AtEdge { objective, best: &best, lower: &lower, upper: &upper };
        let same = coarse.filter(|coarse| coarse.at_boundary == report.at_boundary);
        report.from_edge =
            same.map_or_else(|| edge.inwards(0.5 * points as f64 / n), |coarse| coarse.from_edge.clone());
    }
    report.log_prior = priors.value(&natural);
    report.log_likelihood -= report.log_prior;
    Ok((natural, report))
}

fn report(problem: &Problem<'_>, best: &Minimum, natural: &[f64], logs: usize) -> FitReport {
    let n = problem.customers;
    let names = problem.names;
    let free: Vec<usize> = (0..names.len()).filter(|&i| !best.held[i]).collect();
    let mut covariance = Array2::<f64>::zeros((names.len(), names.len()));
    let mut left_open = vec![0.0; names.len()];
    let mut condition_number = None;
    let mut flat_direction = None;
    if !free.is_empty() {
        let information =
            Array2::from_shape_fn((free.len(), free.len()), |(i, j)| n * best.at.hessian[(free[i], free[j])]);
        let spectrum = eigen(&information);
        let condition = spectrum.condition();
        condition_number = condition.is_finite().then_some(condition);
        // What the data determine so little counts as if they left it open.
        let vague = spectrum.values.iter().any(|value| *value <= 1.0 / VAGUE);
        if condition > FLAT || vague {
            let direction = spectrum.vectors.column(0);
            let parts = free.iter().zip(direction).filter(|(_, w)| w.abs() > 0.1);
            flat_direction = Some(
                parts
                    .map(|(&i, w)| format!("{w:+.2} {}{}", if i < logs { "ln " } else { "" }, names[i]))
                    .collect::<Vec<_>>()
                    .join(" "),
            );
        }
        for (k, &value) in spectrum.values.iter().enumerate() {
            let variance = if value > 0.0 { (1.0 / value).min(VAGUE) } else { VAGUE };
            for (i, &row) in free.iter().enumerate() {
                for (j, &column) in free.iter().enumerate() {
                    covariance[(row, column)] += variance * spectrum.vectors[(i, k)] * spectrum.vectors[(j, k)];
                }
                if value <= 1.0 / VAGUE {
                    left_open[row] += variance * spectrum.vectors[(i, k)].powi(2);
                }
            }
        }
    }
    let known = |i: usize| !best.held[i] && left_open[i] <= LEFT_OPEN * covariance[(i, i)];
    FitReport {
        model: problem.model.to_owned(),
        parameters: names.iter().map(|&s| s.to_owned()).collect(),
        log_likelihood: -best.at.value * n,
        log_prior: 0.0,
        chosen: 0,
        customers: n,
        distinct: problem.distinct,
        time_unit: problem.time_unit,
        converged: best.converged,
        iterations: best.iterations,
        gradient_norm: best.gradient_norm,
        condition_number,
        at_boundary: names.iter().zip(&best.held).filter(|(_, h)| **h).map(|(s, _)| (*s).to_owned()).collect(),
        flat_direction,
        standard_errors: (0..names.len())
            .map(|i| known(i).then(|| if i < logs { natural[i] } else { 1.0 } * covariance[(i, i)].sqrt()))
            .collect(),
        covariance_log: covariance,
        from_edge: Vec::new(),
    }
}
