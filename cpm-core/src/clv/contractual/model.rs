//! The answers of every contractual model, with intervals.

use super::cash_flow::{self, RenewalCashFlows};
use super::curve::{CurveRow, RetentionCurve};
use super::customer_base::{Alike, CustomerBase};
use super::lifetimes::{self, Future, Lifetimes, annuity};
use super::process::ContractualProcess;
use super::value::{self, ContractValue, ContractValueOptions};
use crate::clv::totals::NamedGroups;
use crate::clv::uncertainty::Range;
use crate::error::{self, Error, Result};
use crate::estimate::{Estimate, half_width};
use crate::numerics::parallel;

/// Answers of a contractual model. Every one is an [`Estimate`]: the number, and its confidence interval at `level`
/// (such as 0.95) from the uncertainty of the fitted parameters. With given parameters the interval is the number.
///
/// Time is counted in renewal opportunities; discount rates are per period between two of them.
///
/// ```
/// use cpm_core::clv::{ContractualModel, ShiftedBetaGeometric};
/// // Fader & Hardie 2010: $100 a year, 10 % discount rate.
/// let model = ShiftedBetaGeometric::from_params(0.764, 1.296)?;
/// // Just before the first renewal a customer is worth $288, before the fifth one (four renewals made) $568.
/// let value = |renewals| Ok::<f64, cpm_core::Error>(
///     100.0 * model.discounted_expected_residual_lifetime(renewals, 0.10, 0.95)?.value,
/// );
/// assert!((value(0)? - 288.22).abs() < 0.01);
/// assert!((value(4)? - 568.25).abs() < 0.01);
/// # Ok::<(), cpm_core::Error>(())
/// ```
pub trait ContractualModel: ContractualProcess {
    /// Retention rate r_t = S(t)/S(t-1) at the `period`-th opportunity, counted from 1.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for period 0 or a level outside (0, 1).
    fn retention_rate(&self, period: u64, level: f64) -> Result<Estimate> {
        let t = opportunity(period)?;
        estimate(self, Range::PROBABILITY, level, |m| m.survival(t - 1.0, t))
    }

    /// P(T = t): a new customer leaves at the `period`-th opportunity, counted from 1.
    ///
    /// # Errors
    /// As [`retention_rate`](Self::retention_rate).
    fn churn_probability(&self, period: u64, level: f64) -> Result<Estimate> {
        let t = opportunity(period)?;
        estimate(self, Range::PROBABILITY, level, |m| m.churn(t))
    }

    /// S(t): the share of new customers left after that many renewals.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a level outside (0, 1).
    fn survival(&self, renewals: u64, level: f64) -> Result<Estimate> {
        self.survival_of_active(0, renewals, level)
    }

    /// P(a customer who has renewed `renewals` times also renews the next `horizon` times) = S(n+h)/S(n).
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a level outside (0, 1).
    fn survival_of_active(&self, renewals: u64, horizon: u64, level: f64) -> Result<Estimate> {
        let n = renewals as f64;
        estimate(self, Range::PROBABILITY, level, |m| m.survival(n, n + horizon as f64))
    }

    /// [`survival_of_active`](Self::survival_of_active) of many customers: one answer per element of `renewals`.
    ///
    /// # Errors
    /// As there.
    fn survival_of_customers(&self, renewals: &[u64], horizon: u64, level: f64) -> Result<Vec<Estimate>> {
        error::level("level", level)?;
        let (distinct, of_row) = group(renewals);
        let (points, width) = (self.at_uncertainty_points(), half_width(level));
        let values = parallel::map(distinct.len(), 64, |g| {
            let n = distinct[g] as f64;
            with_interval(self, &points, Range::PROBABILITY, width, |m| m.survival(n, n + horizon as f64))
        });
        Ok(of_row.into_iter().map(|g| values[g]).collect())
    }

    /// Survival, retention and churn for periods 0 to `periods`, beyond the data too.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a level outside (0, 1).
    fn curve(&self, periods: u64, level: f64) -> Result<RetentionCurve> {
        let mut rows = Vec::new();
        for period in 0..=periods {
            let (mut retention, mut churn) = (None, None);
            if period > 0 {
                retention = Some(self.retention_rate(period, level)?);
                churn = Some(self.churn_probability(period, level)?);
            }
            rows.push(CurveRow { period, survival: self.survival(period, level)?, retention, churn });
        }
        Ok(RetentionCurve { level, rows })
    }

    /// Expected number of periods that a new customer stays within the first `horizon`: sum of S(t) for t < horizon.
    /// The first period counts.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a horizon of 0 or a level outside (0, 1).
    fn expected_lifetime(&self, horizon: u64, level: f64) -> Result<Estimate> {
        let periods = self::horizon(Some(horizon))?;
        estimate(self, Range::between(1.0, periods), level, |m| m.lifetime(periods, 0.0))
    }

    /// Expected number of periods that a new customer stays, without limit: sum of S(t) over all t >= 0.
    ///
    /// `None` if it is infinite, as it is for sBG with α <= 1 and for BdW with γ·c <= 1 (a few customers stay for
    /// ever); then use a horizon or a discount rate. The upper end of the interval is infinite if such parameters
    /// lie within the uncertainty.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a level outside (0, 1).
    fn expected_total_lifetime(&self, level: f64) -> Result<Option<Estimate>> {
        let Some(value) = lifetimes::of(self, |m| m.total_lifetime()) else {
            return error::level("level", level).map(|_| None);
        };
        let total = |m: &Lifetimes<'_>| m.total_lifetime().unwrap_or(f64::INFINITY);
        let mut all = estimate(self, Range::between(1.0, f64::INFINITY), level, total)?;
        if self.at_uncertainty_points().iter().any(|m| lifetimes::of(m.as_ref(), total).is_infinite()) {
            all.interval.high = f64::INFINITY;
            // Without a point that is finite there is no scale on which it could be higher.
            all.interval.low = if all.interval.low < value { all.interval.low } else { 1.0 };
        }
        Ok(Some(Estimate { value, ..all }))
    }

    /// Expected number of renewals over the next `horizon` opportunities of a customer who has renewed so often.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a horizon of 0 or a level outside (0, 1).
    fn expected_renewals(&self, renewals: u64, horizon: u64, level: f64) -> Result<Estimate> {
        let future = Future { renewals: renewals as f64, horizon: self::horizon(Some(horizon))?, rate: 0.0 };
        estimate(self, Range::between(0.0, future.horizon), level, |m| m.residual(future))
    }

    /// DEL, the discounted expected lifetime of a new customer: sum of S(t)/(1+d)^t for t = 0, 1, …, in periods.
    /// Times the margin per period it is the value of a customer who pays now and at each renewal. For sBG it is
    /// 2F1(1, β; α+β; 1/(1+d)).
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a discount rate that is not positive and finite or a level outside (0, 1).
    fn discounted_expected_lifetime(&self, discount_rate: f64, level: f64) -> Result<Estimate> {
        let rate = error::positive("discount_rate", discount_rate)?;
        let range = Range::between(1.0, annuity(f64::INFINITY, rate));
        estimate(self, range, level, |m| m.lifetime(f64::INFINITY, rate))
    }

    /// DERL, the discounted expected residual lifetime of a customer who has renewed `renewals` times, just before
    /// its next renewal: sum over k >= 1 of S(n+k)/S(n)/(1+d)^(k-1), in periods. The first of these payments, if it
    /// comes, comes now. Fader & Hardie 2010, "Customer-Base Valuation in a Contractual Setting", Marketing Science
    /// 29(1), 85-93, count the coming renewal instead: theirs is n + 1. For sBG it is
    /// (β+n)/(α+β+n)·2F1(1, β+n+1; α+β+n+1; 1/(1+d)).
    ///
    /// Just after a renewal the same customer is worth DERL/(1+d), a full period before the next payment.
    ///
    /// # Errors
    /// As [`discounted_expected_lifetime`](Self::discounted_expected_lifetime).
    fn discounted_expected_residual_lifetime(&self, renewals: u64, discount_rate: f64, level: f64) -> Result<Estimate> {
        let future = unlimited(renewals, discount_rate)?;
        let range = Range::between(0.0, annuity(f64::INFINITY, discount_rate));
        estimate(self, range, level, |m| m.residual(future))
    }

    /// Retention elasticity of DERL: by how many percent the residual value grows if each of the customer's retention
    /// probabilities is one percent (not point) higher. It is the mean number of renewals of which the value is made:
    /// sum of k·S(n+k)/(1+d)^(k-1) over the sum without k. Homogeneous customers would have (1+d)/(1+d-r).
    ///
    /// # Errors
    /// As [`discounted_expected_lifetime`](Self::discounted_expected_lifetime).
    fn retention_elasticity(&self, renewals: u64, discount_rate: f64, level: f64) -> Result<Estimate> {
        let future = unlimited(renewals, discount_rate)?;
        let range = Range::between(1.0, annuity(f64::INFINITY, discount_rate));
        estimate(self, range, level, |m| m.elasticity(future))
    }

    /// Residual lifetime value of active customers, one answer per element of `renewals`, and of all together.
    ///
    /// # Errors
    /// [`Error::Empty`] without customers; [`Error::InvalidArgument`] for options outside their domain.
    fn residual_value(&self, renewals: &[u64], options: &ContractValueOptions) -> Result<ContractValue> {
        value::residual_value(&Alike::new(self), &CustomerBase::new(renewals, None)?, options, None)
    }

    /// [`residual_value`](Self::residual_value), and that of groups of customers: `group` is for each customer the position of its
    /// group's name in `names`.
    ///
    /// # Errors
    /// As there; [`Error::LengthMismatch`] and [`Error::InvalidValue`] for groups that do not fit.
    fn residual_value_by_group(
        &self,
        renewals: &[u64],
        options: &ContractValueOptions,
        names: &[String],
        group: &[u32],
    ) -> Result<ContractValue> {
        let base = CustomerBase::new(renewals, None)?;
        let groups = NamedGroups::new(names, group, renewals.len())?;
        value::residual_value(&Alike::new(self), &base, options, Some(&groups))
    }

    /// What active customers pay at each of the next renewals, as many as the horizon of the options, which they must have. The
    /// discounted flows add up to the total of [`residual_value`](Self::residual_value).
    ///
    /// ```
    /// use cpm_core::clv::{ContractValueOptions, ContractualModel, ShiftedBetaGeometric};
    /// let model = ShiftedBetaGeometric::from_params(0.764, 1.296)?;
    /// let options = ContractValueOptions::new(100.0, 0.10).horizon(5);
    /// let flows = model.cash_flows(&[0, 1, 4], &options)?;
    /// assert!((flows.rows[4].cumulative - model.residual_value(&[0, 1, 4], &options)?.total.value).abs() < 1e-9);
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`residual_value`](Self::residual_value); [`Error::InvalidArgument`] without a horizon or for one of more than 100,000.
    fn cash_flows(&self, renewals: &[u64], options: &ContractValueOptions) -> Result<RenewalCashFlows> {
        cash_flow::cash_flows(&Alike::new(self), &CustomerBase::new(renewals, None)?, options)
    }

    /// Lifetime value of a customer about to be acquired: the margin of the first period, paid at once, and of all
    /// renewals to come, discounted to the day of acquisition. `until_next_renewal` of the options plays no role.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for options outside their domain.
    fn lifetime_value(&self, options: &ContractValueOptions) -> Result<Estimate> {
        options.check()?;
        let periods = options.periods()?;
        let (margin, rate, paid) = (options.margin, options.discount_rate, periods + 1.0);
        let range = Range::between(margin, margin * annuity(paid, rate));
        estimate(self, range, options.level, |m| margin * m.lifetime(paid, rate))
    }
}

impl<M: ContractualProcess + ?Sized> ContractualModel for M {}

/// A quantity with its interval.
pub(super) fn estimate<M: ContractualProcess + ?Sized>(
    model: &M,
    range: Range,
    level: f64,
    quantity: impl Fn(&Lifetimes<'_>) -> f64,
) -> Result<Estimate> {
    let width = half_width(error::level("level", level)?);
    Ok(with_interval(model, &model.at_uncertainty_points(), range, width, quantity))
}

fn with_interval<M: ContractualProcess + ?Sized>(
    model: &M,
    points: &[Box<dyn ContractualProcess>],
    range: Range,
    width: f64,
    quantity: impl Fn(&Lifetimes<'_>) -> f64,
) -> Estimate {
    let value = lifetimes::of(model, &quantity);
    let interval = range.interval(value, points.iter().map(|m| lifetimes::of(m.as_ref(), &quantity)), width);
    Estimate { value, interval }
}

/// Distinct numbers in ascending order, and the position of each row's among them.
pub(super) fn group(renewals: &[u64]) -> (Vec<u64>, Vec<usize>) {
    let mut distinct = renewals.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let of_row = renewals.iter().map(|n| distinct.partition_point(|d| d < n)).collect();
    (distinct, of_row)
}

fn opportunity(period: u64) -> Result<f64> {
    if period == 0 {
        return Err(Error::argument("period", period, "renewal opportunities are counted from 1"));
    }
    Ok(period as f64)
}

/// A horizon as a number of terms; infinite if there is none.
pub(super) fn horizon(periods: Option<u64>) -> Result<f64> {
    match periods {
        None => Ok(f64::INFINITY),
        Some(0) => Err(Error::argument("horizon", 0, "it must be at least one period")),
        Some(n) => Ok(n as f64),
    }
}

fn unlimited(renewals: u64, discount_rate: f64) -> Result<Future> {
    let rate = error::positive("discount_rate", discount_rate)?;
    Ok(Future { renewals: renewals as f64, horizon: f64::INFINITY, rate })
}
