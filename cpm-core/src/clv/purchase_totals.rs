//! Expected purchases of groups of customers, with prediction intervals.

use super::purchase_model::PurchaseProcess;
use super::totals::{Addend, Grouping, Total, slots};
use crate::estimate::Estimate;
use crate::numerics::parallel;
use crate::summary::Histories;

/// Distinct histories per parallel task: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 512;

/// Purchases expected of all customers within the horizon, and of the groups of each grouping.
pub(crate) fn expected_purchases_by_group(
    model: &dyn PurchaseProcess,
    histories: &Histories,
    horizon: f64,
    level: f64,
    groupings: &[Grouping<'_>],
) -> (Estimate, Vec<Vec<Estimate>>) {
    let points = model.at_uncertainty_points();
    let count = histories.distinct().len();
    let chunks: Vec<Vec<Total>> = parallel::map_chunks(count, CHUNK, |groups| {
        let mut totals = slots([points.len(), 0], groupings);
        let part = &histories.distinct()[groups.clone()];
        let purchases = model.discounted_purchases_of(part, horizon, 0.0);
        let at_points: Vec<Vec<f64>> = points.iter().map(|m| m.purchases_of(part, horizon)).collect();
        let mut at = vec![0.0; points.len()];
        for (i, (g, d)) in groups.zip(purchases).enumerate() {
            at.iter_mut().zip(&at_points).for_each(|(at, point)| *at = point[i]);
            let variance = d.mean_square - d.mean * d.mean;
            let addend = Addend { mean: d.mean, variance, none: d.none, at_points: [&at, &[]] };
            for &row in histories.rows_of(g) {
                super::totals::add(&mut totals, groupings, row, &addend);
            }
        }
        totals
    })
    .collect();
    super::totals::estimates(chunks.iter(), slots([points.len(), 0], groupings), groupings, level)
}
