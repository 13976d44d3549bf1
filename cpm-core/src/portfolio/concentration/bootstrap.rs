//! Measures of concentration with their intervals.

use rand::Rng;
use rand::rngs::ChaCha8Rng;

use super::measures::Ascending;
use crate::error::{Error, Result};
use crate::estimate::Estimate;
use crate::numerics::parallel;
use crate::portfolio::draws::DrawOptions;
use crate::table::{Column, Table};

/// Concentration of values over customers, with bootstrap intervals; see [`concentration_estimates`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ConcentrationEstimates {
    /// Customers.
    pub customers: u64,
    /// Gini coefficient, normalised if some values are negative.
    pub gini: Estimate,
    /// Herfindahl–Hirschman index; `None` if some values are negative: a share of a total that others reduce is none.
    pub hhi: Option<Estimate>,
    /// Effective number of customers, 1/HHI.
    pub effective_number: Option<Estimate>,
    /// Share of the total that each top fraction of customers holds; above 1 where others lose money.
    pub top_shares: Vec<(f64, Estimate)>,
    /// Highest point of the whale curve.
    pub peak_share: Estimate,
    /// Share of customers at the highest point.
    pub peak_position: Estimate,
    /// What customers at a loss destroy, over the total.
    pub erosion: Estimate,
    /// Stobachoff index: the area between the whale curve and the diagonal over the area below the curve; 0 if all bring the same, near
    /// 1 if a few carry many at a loss.
    pub stobachoff: Estimate,
}

/// All measures of concentration of one value per customer, of either sign, with percentile intervals of a bootstrap over customers.
///
/// The Stobachoff index (Storbacka 1998; van Raaij, Vernooij & van Triest 2003) follows from the plain Gini coefficient
/// G, which may exceed 1: the whale curve covers (1 + G)/2, so the index is G/(1 + G). Every draw weighs each customer by a Poisson(1) number
/// (Hanley & MacGibbon 2006), which for more than a few dozen customers is the same as drawing customers with replacement, and needs
/// neither sorting nor memory: 400 draws of 5 million customers take seconds.
///
/// ```
/// use cpm_core::portfolio::{DrawOptions, concentration_estimates};
/// let profits: Vec<f64> = (0..500).map(|i| f64::from(i % 50).powi(2) - 100.0).collect();
/// let found = concentration_estimates(&profits, &[0.2], &DrawOptions::new().draws(400))?;
/// assert!(found.gini.interval.low < found.gini.value && found.gini.value < found.gini.interval.high);
/// assert!(found.erosion.value > 0.0 && found.hhi.is_none());
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`]; [`Error::InvalidValue`] naming the row of a value that is not finite; [`Error::InvalidArgument`] for a sum that is not
/// positive, fractions outside (0, 1\] or options out of range; [`Error::NotIdentified`] if the total may as well be 0.
pub fn concentration_estimates(
    values: &[f64],
    fractions: &[f64],
    options: &DrawOptions,
) -> Result<ConcentrationEstimates> {
    options.check()?;
    if let Some(fraction) = fractions.iter().find(|f| !(**f > 0.0 && **f <= 1.0)) {
        let expected = "it must lie above 0 and not above 1, such as 0.2 for the top fifth";
        return Err(Error::argument("fraction", fraction, expected));
    }
    let ascending = Ascending::any(values)?;
    let signed = ascending.values().first().is_some_and(|v| *v < 0.0);
    let ones = vec![1; ascending.len()];
    // Divided once, not in every draw.
    let shares: Vec<f64> = parallel::map(ascending.len(), CHUNK, |i| ascending.values()[i] / ascending.sum());
    let measure = |counts: &[u8]| Measures::of(&shares, counts, fractions);
    // The sum is positive, so the measures exist.
    let observed = measure(&ones).ok_or_else(|| undetermined(0))?;
    let table = poisson_table();
    let replicates: Vec<Option<Measures>> = parallel::map_chunks(options.draws, 1, |range| {
        let mut counts = vec![0_u8; ascending.len()];
        poisson(&table, &mut options.stream(range.start), &mut counts);
        measure(&counts)
    })
    .collect();
    let missing = replicates.iter().filter(|r| r.is_none()).count();
    if missing > 0 {
        return Err(undetermined(missing));
    }
    let estimate =
        |of: &dyn Fn(&Measures) -> f64| options.estimate(of(&observed), replicates.iter().flatten().map(of).collect());
    Ok(ConcentrationEstimates {
        customers: ascending.len() as u64,
        gini: estimate(&|m| m.gini / (1.0 + m.below_axis)),
        hhi: (!signed).then(|| estimate(&|m| m.hhi)),
        effective_number: (!signed).then(|| estimate(&|m| 1.0 / m.hhi)),
        top_shares: fractions.iter().enumerate().map(|(k, f)| (*f, estimate(&|m| m.top_shares[k]))).collect(),
        peak_share: estimate(&|m| m.peak_share),
        peak_position: estimate(&|m| m.peak_position),
        erosion: estimate(&|m| m.peak_share - 1.0),
        stobachoff: estimate(&|m| m.gini / (1.0 + m.gini)),
    })
}

fn undetermined(draws: usize) -> Error {
    Error::NotIdentified {
        model: "concentration",
        reason: format!("the total is not positive in {draws} draws of the customers: it may as well be 0"),
        remedy: "Look at the amounts themselves, or take more customers or a longer period".to_owned(),
    }
}

/// Customers per parallel task.
const CHUNK: usize = 65_536;

/// Measures of customers that count several times.
struct Measures {
    gini: f64,
    below_axis: f64,
    hhi: f64,
    top_shares: Vec<f64>,
    peak_share: f64,
    peak_position: f64,
}

impl Measures {
    /// `ascending` shares, each `counts` times; `None` if their sum is not positive.
    fn of(ascending: &[f64], counts: &[u8], fractions: &[f64]) -> Option<Self> {
        let (mut n, mut sum, mut square, mut positive, mut winners) = (0_u64, 0.0, 0.0, 0.0, 0_u64);
        // Σ v·(2r − n − 1) = 2·Σ v·(rank before + half the count) − n·Σ v.
        let mut ranked = 0.0;
        for (&share, &count) in ascending.iter().zip(counts) {
            let weight = f64::from(count);
            let weighted = share * weight;
            ranked += weighted * (2.0 * n as f64 + weight);
            sum += weighted;
            square += share * weighted;
            n += u64::from(count);
            if share > 0.0 {
                positive += weighted;
                winners += u64::from(count);
            }
        }
        if sum <= 0.0 {
            return None;
        }
        let customers = n as f64;
        Some(Self {
            gini: (ranked / (customers * sum) - 1.0).max(0.0),
            below_axis: below_axis(ascending, counts, customers, sum),
            hhi: square / (sum * sum),
            top_shares: top_shares(ascending, counts, fractions, customers, sum),
            peak_share: positive / sum,
            peak_position: winners as f64 / customers,
        })
    }
}

/// Twice the area between the axis and the part of the Lorenz curve that is below it, as in [`normalised_gini`](super::normalised_gini).
fn below_axis(ascending: &[f64], counts: &[u8], customers: f64, sum: f64) -> f64 {
    let (mut before, mut area) = (0.0, 0.0);
    for (&value, &count) in ascending.iter().zip(counts).filter(|(_, count)| **count > 0) {
        let share = value / sum;
        let after = before + share * f64::from(count);
        if after >= 0.0 {
            return (area + if before < 0.0 { before * before / share } else { 0.0 }) / customers;
        }
        area += (-before - after) * f64::from(count);
        before = after;
    }
    area / customers
}

fn top_shares(ascending: &[f64], counts: &[u8], fractions: &[f64], customers: f64, sum: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..fractions.len()).collect();
    order.sort_by(|&a, &b| fractions[a].total_cmp(&fractions[b]));
    let mut shares = vec![1.0; fractions.len()];
    let (mut taken, mut held) = (0.0, 0.0);
    let mut wanted = order.into_iter().peekable();
    for (&value, &count) in ascending.iter().zip(counts).rev() {
        let (share, weight) = (value / sum, f64::from(count));
        while let Some(&k) = wanted.peek() {
            let missing = fractions[k] * customers - taken;
            if missing > weight {
                break;
            }
            shares[k] = held + missing.max(0.0) * share;
            wanted.next();
        }
        if wanted.peek().is_none() {
            break;
        }
        taken += weight;
        held += weight * share;
    }
    shares
}

/// Quantiles of the Poisson distribution with mean 1 at 2^16 equal steps: the error of a probability is below 2^-16.
fn poisson_table() -> Vec<u8> {
    let mut table = Vec::with_capacity(1 << 16);
    let (mut count, mut probability) = (0_u8, (-1.0_f64).exp());
    let mut cumulative = probability;
    for step in 0..1_u32 << 16 {
        let uniform = (f64::from(step) + 0.5) / f64::from(1_u32 << 16);
        while uniform > cumulative && count < 20 {
            count += 1;
            probability /= f64::from(count);
            cumulative += probability;
        }
        table.push(count);
    }
    table
}

fn poisson(table: &[u8], random: &mut ChaCha8Rng, counts: &mut [u8]) {
    for four in counts.chunks_mut(4) {
        let mut bits = random.next_u64();
        for count in four {
            *count = table[(bits & 0xffff) as usize];
            bits >>= 16;
        }
    }
}

impl ConcentrationEstimates {
    /// One row per measure: `measure, value, low, high`; measures that do not exist for values of either sign have no row.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let mut rows = vec![("gini".to_owned(), self.gini)];
        rows.extend(self.hhi.map(|e| ("hhi".to_owned(), e)));
        rows.extend(self.effective_number.map(|e| ("effective_number".to_owned(), e)));
        rows.extend(self.top_shares.iter().map(|(f, e)| (format!("top_{}_percent", (f * 1e6).round() / 1e4), *e)));
        rows.extend([
            ("peak_share".to_owned(), self.peak_share),
            ("peak_position".to_owned(), self.peak_position),
            ("erosion".to_owned(), self.erosion),
            ("stobachoff".to_owned(), self.stobachoff),
        ]);
        let (names, estimates): (Vec<String>, Vec<Estimate>) = rows.into_iter().unzip();
        let mut table = Table::new();
        table.push("measure", Column::Text(names))?;
        table.push_estimates(["value", "low", "high"], estimates)?;
        Ok(table)
    }
}

#[cfg(test)]
#[path = "bootstrap_tests.rs"]
mod tests;
