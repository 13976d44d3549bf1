//! Which coefficients there are, and their fit in coordinates in which covariates are standardised: a typical customer has 0, and the
//! standard deviation is 1.

use ndarray::Array2;

use super::domain::Domain;
use super::effects::{self, Coefficient};
use super::encoding::{Design, Encoding};
use super::likelihood::ByProfile;
use super::options::CovariateOptions;
use super::search::maximum;
use crate::clv::fit::{FitOptions, FitReport, Problem};
use crate::error::{self, Error, Result};
use crate::summary::Covariates;

/// A process of a model that covariates can move: its name, and by how much a coefficient moves each ln parameter.
pub(super) type Process<'a> = (&'a str, &'a [f64]);

/// Encoding and coefficients for the choices of `options`; `dropout` has one process, or several to be told apart.
pub(super) fn plan(
    model: &'static str,
    covariates: &Covariates,
    options: &CovariateOptions,
    purchase: Option<Process<'_>>,
    dropout: &[Process<'_>],
) -> Result<(Encoding, Vec<Coefficient>)> {
    for weight in options.penalty {
        error::non_negative("penalty", weight)?;
    }
    let all: Vec<String> = covariates.names().map(str::to_owned).collect();
    let purchasing = if purchase.is_some() { options.purchase.as_ref().unwrap_or(&all).clone() } else { Vec::new() };
    let dropping = options.dropout.as_ref().unwrap_or(&all).clone();
    if purchase.is_none() && options.purchase.as_ref().is_some_and(|names| !names.is_empty()) {
        let expected = format!("{model} has no purchases; name the columns that move renewal as those of dropout");
        return Err(Error::argument("purchase", "given", expected));
    }
    for name in &options.equal {
        if purchase.is_none() {
            if dropout.len() < 2 {
                let expected = format!(
                    "only one parameter of {model} has coefficients; with separate_dropout both have, and they can be equal"
                );
                return Err(Error::argument("equal", name, expected));
            }
            if !dropping.contains(name) {
                return Err(Error::argument("equal", name, "it must be one of the columns that move renewal"));
            }
            continue;
        }
        if !(purchasing.contains(name) && dropping.contains(name)) {
            let expected = "a covariate with one coefficient for both processes must move both";
            return Err(Error::argument("equal", name, expected));
        }
    }
    let used = |name: &&String| purchasing.contains(name) || dropping.contains(name);
    let mut names: Vec<String> = all.iter().filter(used).cloned().collect();
    // A name that is no column is found missing where it is looked up.
    names.extend(purchasing.iter().chain(&dropping).filter(|n| !all.contains(n)).cloned());
    let encoding = Encoding::learn(covariates, &names)?;
    let columns = encoding.names();
    if columns.is_empty() {
        let reason =
            if names.is_empty() { "no covariate is to move anything" } else { "the covariates are the same for all" };
        return Err(not_identified(model, reason.to_owned()));
    }

    let mut coefficients = Vec::new();
    let mut add = |label: &str, name: &str, column: usize, signs: Vec<f64>, penalty: f64| {
        let name = format!("{label}:{name}");
        coefficients.push(Coefficient { name, value: 0.0, standard_error: None, column, signs, penalty, centre: 0.0 });
    };
    let [weight, dropout_weight] = options.penalty;
    let processes = || {
        let of_purchases = purchase.iter().map(|process| (process, &purchasing, weight));
        of_purchases.chain(dropout.iter().map(|process| (process, &dropping, dropout_weight)))
    };
    let is_equal = |source: &str| options.equal.iter().any(|name| name == source);
    for ((label, signs), moving, penalty) in processes() {
        for (j, (name, source)) in columns.iter().enumerate() {
            if moving.iter().any(|m| m == source) && !is_equal(source) {
                add(label, name, j, signs.to_vec(), penalty);
            }
        }
    }
    let both = |k: usize| processes().map(|((_, signs), ..)| signs[k]).sum();
    let parameters = dropout.first().map_or(0, |(_, signs)| signs.len());
    let common_weight = if purchase.is_some() { 0.5 * (weight + dropout_weight) } else { dropout_weight };
    for (j, (name, _)) in columns.iter().enumerate().filter(|(_, (_, source))| is_equal(source)) {
        add("both", name, j, (0..parameters).map(both).collect(), common_weight);
    }
    drop(columns);
    Ok((encoding, coefficients))
}

fn not_identified(model: &'static str, reason: String) -> Error {
    let remedy = "Give covariates that differ between customers".to_owned();
    Error::NotIdentified { model, reason, remedy }
}

/// What is fitted.
pub(super) struct Task<'a, const K: usize> {
    pub(super) model: &'static str,
    pub(super) domain: Domain<K>,
    pub(super) scale: [f64; K],
    /// Where to start without covariates.
    pub(super) start: [f64; K],
    pub(super) encoding: &'a Encoding,
    pub(super) covariates: &'a Covariates,
    pub(super) time_unit: Option<crate::summary::TimeUnit>,
}

/// Covariates that are 0 for a typical customer and have standard deviation 1, and what these were.
pub(super) struct Standardised {
    pub(super) design: Design,
    moments: Vec<(f64, f64)>,
}

impl Standardised {
    pub(super) fn new(
        model: &'static str,
        encoding: &Encoding,
        covariates: &Covariates,
        weights: &[f64],
    ) -> Result<Self> {
        let mut design: Design = encoding.design(covariates)?;
        let moments = design.standardise(weights);
        if let Some(constant) = moments.iter().position(|(_, deviation)| *deviation == 0.0) {
            let (name, _) = &encoding.names()[constant];
            return Err(not_identified(model, format!("the covariate {name} is the same for all customers")));
        }
        Ok(Self { design, moments })
    }

    /// Standard deviation of the covariate of each coefficient.
    pub(super) fn deviations(&self, coefficients: &[Coefficient]) -> Vec<f64> {
        coefficients.iter().map(|coefficient| self.moments[coefficient.column].1).collect()
    }

    /// Whether the category of a column is that of a typical customer.
    pub(super) fn is_typical(&self, column: usize) -> bool {
        self.moments[column].0 == 1.0
    }

    /// The inverse of [`back`](Self::back).
    pub(super) fn forth<const K: usize>(&self, coefficients: &[Coefficient]) -> Array2<f64> {
        let mut forth = Array2::<f64>::eye(K + coefficients.len());
        for (j, coefficient) in coefficients.iter().enumerate() {
            let (typical, deviation) = self.moments[coefficient.column];
            forth[(K + j, K + j)] = deviation;
            for k in 0..K {
                forth[(k, K + j)] = coefficient.signs[k] * typical;
            }
        }
        forth
    }

    /// From standardised covariates to covariates as they are: linear in ln θ and c.
    pub(super) fn back<const K: usize>(&self, coefficients: &[Coefficient]) -> Array2<f64> {
        let mut back = Array2::<f64>::eye(K + coefficients.len());
        for (j, coefficient) in coefficients.iter().enumerate() {
            let (typical, deviation) = self.moments[coefficient.column];
            back[(K + j, K + j)] = 1.0 / deviation;
            for k in 0..K {
                back[(k, K + j)] = -coefficient.signs[k] * typical / deviation;
            }
        }
        back
    }
}

/// The parameters of a customer whose covariates are all 0, the coefficients filled in, and the report in these terms.
pub(super) fn fit<const K: usize>(
    task: &Task<'_, K>,
    options: &FitOptions,
    coefficients: &mut [Coefficient],
    groups: &impl ByProfile<K>,
) -> Result<([f64; K], FitReport)> {
    let standardised = Standardised::new(task.model, task.encoding, task.covariates, groups.total())?;
    let deviations = standardised.deviations(coefficients);
    let (priors, constants) =
        effects::take_priors(task.model, &task.domain.names, coefficients, &deviations, &options.priors)?;
    let options = &FitOptions { priors, ..options.clone() };
    let coefficients = &mut *coefficients;
    let names: Vec<&str> =
        task.domain.names.iter().copied().chain(coefficients.iter().map(|c| c.name.as_str())).collect();
    let mut start = task.start.to_vec();
    start.resize(names.len(), 0.0);
    let problem = Problem {
        model: task.model,
        purchases: 1.0,
        names: &names,
        scale: &task.scale,
        start,
        customers: groups.total().iter().sum(),
        distinct: groups.distinct(),
        time_unit: task.time_unit,
    };
    let evaluate = |parameters: &[f64]| {
        effects::evaluate(&standardised.design, coefficients, parameters, |profile, ln| {
            groups.log_likelihood(profile, ln)
        })
    };
    let (found, mut report) = maximum(&problem, options, &task.domain, &standardised, coefficients, evaluate)?;
    let penalty = effects::penalty(coefficients, &found[K..]);
    report.log_likelihood -= penalty;
    report.log_prior += penalty + constants;

    let size = names.len();
    let back = standardised.back::<K>(coefficients);
    let found: Vec<f64> = found.iter().enumerate().map(|(i, v)| if i < K { v.ln() } else { *v }).collect();
    let raw: Vec<f64> = (0..size).map(|i| (0..size).map(|j| back[(i, j)] * found[j]).sum()).collect();
    let open: Vec<bool> = report.standard_errors.iter().map(Option::is_none).collect();
    // What follows from a coefficient that the data leave open is open, too.
    let known = |i: usize| (0..size).all(|j| !open[j] || back[(i, j)] == 0.0);
    report.covariance_log = back.dot(&report.covariance_log).dot(&back.t());
    let base: [f64; K] = std::array::from_fn(|k| raw[k].exp());
    report.standard_errors = (0..size)
        .map(|i| known(i).then(|| if i < K { base[i] } else { 1.0 } * report.covariance_log[(i, i)].max(0.0).sqrt()))
        .collect();
    drop(names);
    for (j, coefficient) in coefficients.iter_mut().enumerate() {
        coefficient.value = raw[K + j];
        coefficient.standard_error = report.standard_errors[K + j];
    }
    check_base(task.model, &task.domain.names, &base)?;
    Ok((base, report))
}

/// Whether the parameters of a customer whose covariates are 0 are numbers.
pub(in crate::clv) fn check_base(model: &'static str, names: &[&str], base: &[f64]) -> Result<()> {
    let Some(k) = base.iter().position(|v| !(v.is_finite() && *v > 0.0)) else { return Ok(()) };
    let reason = format!("{} at covariates of 0 is beyond a double", names[k]);
    let remedy = "Subtract a typical value from covariates that are far from 0".to_owned();
    Err(Error::NotIdentified { model, reason, remedy })
}
