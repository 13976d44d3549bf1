//! What a contractual model states.

use std::fmt::Debug;

use crate::clv::FitReport;

/// A model of renewals at discrete opportunities: t = 0 is acquisition, and the t-th opportunity ends period t.
///
/// This is what a model file states; users call the methods of [`ContractualModel`](super::ContractualModel), which
/// every process has. Implementations may assume 0 <= from <= to, and must return finite values.
pub trait ContractualProcess: Send + Sync + Debug {
    /// The model's name in the literature.
    fn name(&self) -> &'static str;

    /// Names and values of the parameters.
    fn parameters(&self) -> Vec<(&'static str, f64)>;

    /// How the fit ended; `None` if the parameters were given.
    fn fit_report(&self) -> Option<&FitReport>;

    /// The same model at the points that stand for the uncertainty of the parameters; empty if they were given.
    fn at_uncertainty_points(&self) -> Vec<Box<dyn ContractualProcess>>;

    /// ln P(T > to | T > from), where T > t says that the customer has renewed t times. A smooth function between
    /// the whole numbers too.
    fn ln_survival(&self, from: f64, to: f64) -> f64;

    /// The k of S(t) ~ t^-k for large t; the expected lifetime is finite above 1.
    fn tail_index(&self) -> f64;

    /// ln of a time from which S(t) is a power of t to the precision of a double.
    fn ln_power_tail_from(&self) -> f64;
}
