//! Expected purchases of groups of customers, with prediction intervals.

use super::purchase_model::{DiscountedPurchases, PurchaseProcess, check};
use super::totals::{self, Addend, Grouping, NamedGroups, Total, slots};
use crate::error::{self, Result};
use crate::estimate::Estimate;
use crate::numerics::parallel;
use crate::summary::{CustomerSummary, Histories, History};
use crate::table::Table;

/// Distinct histories per parallel task: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 512;

/// Purchases of groups of customers and of all of them; see [`purchase_totals`].
#[derive(Debug, Clone, PartialEq)]
pub struct PurchaseTotals {
    /// Of all customers, with prediction interval.
    pub total: Estimate,
    groups: Vec<(String, u64, Estimate)>,
}

impl PurchaseTotals {
    /// Name, number of customers, and purchases with prediction interval of each group that has customers.
    #[must_use]
    pub fn groups(&self) -> &[(String, u64, Estimate)] {
        &self.groups
    }

    /// One row per group: `group, customers, purchases, purchases_low, purchases_high`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        totals::table_of_groups(&self.groups, "purchases")
    }
}

/// How many purchases groups of customers, and all of them, make within `horizon` time units after the end of observation.
///
/// Intervals are prediction intervals at `level`: they hold the chance in what customers do, which evens out between them, and the
/// uncertainty of the parameters, which is common to all and does not. So the interval of a total is no sum of those of its parts.
///
/// `group` is for each customer the position of its group's name in `names`.
///
/// ```
/// use cpm_core::clv::purchase_totals;
/// use cpm_core::{BgNbd, FitOptions, PurchaseModel, SummaryOptions, datasets};
/// let customers = datasets::cdnow_sample()?.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
/// let model = BgNbd::fit(&customers, &FitOptions::new())?;
/// let group: Vec<u32> = customers.frequency().iter().map(|x| u32::from(*x > 0.0)).collect();
/// let names = ["once".to_owned(), "repeat".to_owned()];
/// let totals = purchase_totals(&model, &customers, 39.0, 0.95, &names, &group)?;
/// let [once, repeat] = [totals.groups()[0].2, totals.groups()[1].2];
/// assert!((once.value + repeat.value - totals.total.value).abs() < 1e-9);
/// assert!(totals.total.interval.low < 1_653.4 && 1_653.4 < totals.total.interval.high);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`InvalidArgument`](crate::Error::InvalidArgument) for a horizon that is not positive and finite, a level outside (0, 1), or another time unit;
/// [`LengthMismatch`](crate::Error::LengthMismatch) and [`InvalidValue`](crate::Error::InvalidValue) for groups that do not fit.
pub fn purchase_totals(
    model: &dyn PurchaseProcess,
    customers: &CustomerSummary,
    horizon: f64,
    level: f64,
    names: &[String],
    group: &[u32],
) -> Result<PurchaseTotals> {
    check(model, customers, horizon)?;
    error::level("level", level)?;
    of_named_groups(customers, names, group, |grouping| {
        expected_purchases_by_group(model, customers.histories(), horizon, level, grouping)
    })
}

/// [`purchase_totals`] where parameters are uncertain as these models say, which are equally likely: draws from a posterior.
#[cfg(feature = "simulation")]
pub(super) fn totals_of_draws(
    models: &[Box<dyn PurchaseProcess>],
    customers: &CustomerSummary,
    horizon: f64,
    level: f64,
    names: &[String],
    group: &[u32],
) -> Result<PurchaseTotals> {
    let addends = |part: &[History]| {
        let mut purchases = vec![Purchases::default(); part.len()];
        let share = 1.0 / models.len() as f64;
        let of_draw = |model: &dyn PurchaseProcess| -> Vec<f64> {
            let drawn = model.discounted_purchases_of(part, horizon, 0.0);
            for (sum, d) in purchases.iter_mut().zip(&drawn) {
                sum.mean += share * d.mean;
                sum.variance += share * (d.mean_square - d.mean * d.mean);
                sum.none += share * d.none;
            }
            drawn.iter().map(|d| d.mean).collect()
        };
        let at_points = models.iter().map(|model| model.as_ref()).map(of_draw).collect();
        (purchases, at_points)
    };
    of_named_groups(customers, names, group, |grouping| {
        by_group(customers.histories(), models.len(), level, grouping, addends)
    })
}

/// Totals of all customers and of each group, by the positions of the groups' names.
fn of_named_groups(
    customers: &CustomerSummary,
    names: &[String],
    group: &[u32],
    totals: impl FnOnce(&[Grouping<'_>]) -> (Estimate, Vec<Vec<Estimate>>),
) -> Result<PurchaseTotals> {
    let groups = NamedGroups::new(names, group, customers.len())?;
    let (total, of_groups) = totals(&[groups.grouping()]);
    Ok(PurchaseTotals { total, groups: groups.name(of_groups.concat()) })
}

/// Purchases expected of all customers within the horizon, and of the groups of each grouping.
pub(crate) fn expected_purchases_by_group(
    model: &dyn PurchaseProcess,
    histories: &Histories,
    horizon: f64,
    level: f64,
    groupings: &[Grouping<'_>],
) -> (Estimate, Vec<Vec<Estimate>>) {
    let points = model.at_uncertainty_points();
    by_group(histories, points.len(), level, groupings, |part| {
        let purchases = model.discounted_purchases_of(part, horizon, 0.0).into_iter().map(Purchases::of).collect();
        (purchases, points.iter().map(|m| m.purchases_of(part, horizon)).collect())
    })
}

/// Purchases of a history within the horizon: mean, variance given the parameters, and P(there are none).
#[derive(Clone, Copy, Default)]
struct Purchases {
    mean: f64,
    variance: f64,
    none: f64,
}

impl Purchases {
    fn of(d: DiscountedPurchases) -> Self {
        Self { mean: d.mean, variance: d.mean_square - d.mean * d.mean, none: d.none }
    }
}

/// Totals of what `addends` says of histories: their purchases, and the means at each of so many points of the parameters.
fn by_group(
    histories: &Histories,
    points: usize,
    level: f64,
    groupings: &[Grouping<'_>],
    addends: impl Fn(&[History]) -> (Vec<Purchases>, Vec<Vec<f64>>) + Sync,
) -> (Estimate, Vec<Vec<Estimate>>) {
    let chunks: Vec<Vec<Total>> = parallel::map_chunks(histories.distinct().len(), CHUNK, |groups| {
        let mut totals = slots([points, 0], groupings);
        let (purchases, at_points) = addends(&histories.distinct()[groups.clone()]);
        let mut at = vec![0.0; points];
        for (i, (g, Purchases { mean, variance, none })) in groups.zip(purchases).enumerate() {
            at.iter_mut().zip(&at_points).for_each(|(at, point)| *at = point[i]);
            let addend = Addend { mean, variance, none, at_points: [&at, &[]] };
            for &row in histories.rows_of(g) {
                totals::add(&mut totals, groupings, row, &addend);
            }
        }
        totals
    })
    .collect();
    totals::estimates(chunks.iter(), slots([points, 0], groupings), groupings, level)
}
