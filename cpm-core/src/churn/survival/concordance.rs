//! Harrell's concordance index: does the order of the scores agree with the order of the events?

use serde::{Deserialize, Serialize};

use super::SurvivalData;
use crate::error::{self, Error, Result, same_length};
use crate::estimate::{Estimate, Interval, half_width};

/// Concordance of predicted scores with observed durations.
///
/// Two rows are comparable if one has its event at a time at which the other is at risk and stays longer
/// (an event counts as before a censoring at the same time; two events at one time are not comparable).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Concordance {
    /// Share of comparable pairs in the right order, ties of the score counted half: 0.5 is chance, 1 perfect.
    pub index: f64,
    /// Standard error by the infinitesimal jackknife, as in R's `concordance`.
    pub standard_error: f64,
    /// Pairs in which the row with the larger score stays longer, in products of weights.
    pub concordant: f64,
    /// Pairs in which it leaves first.
    pub discordant: f64,
    /// Comparable pairs with one score.
    pub tied: f64,
}

impl Concordance {
    /// The index with its normal interval, cut at 0 and 1.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] unless the level lies strictly between 0 and 1.
    pub fn estimate(&self, level: f64) -> Result<Estimate> {
        let reach = half_width(error::level("level", level)?) * self.standard_error;
        let interval = Interval { low: (self.index - reach).max(0.0), high: (self.index + reach).min(1.0) };
        Ok(Estimate { value: self.index, interval })
    }
}

/// Harrell's concordance index (Harrell et al. 1982) in O(n log n), with entry times and weights.
///
/// As in lifelines' `concordance_index`, a larger score predicts a longer duration: give expected lifetimes
/// or survival probabilities as they are, and risk scores with the opposite sign.
///
/// ```
/// use cpm_core::churn::survival::{SurvivalData, concordance_index};
/// let data = SurvivalData::new(&[1.0, 2.0, 3.0, 4.0], &[true, true, false, true])?;
/// let c = concordance_index(&data, &[0.1, 0.4, 0.3, 0.9])?;
/// assert_eq!((c.concordant, c.discordant), (4.0, 1.0));
/// assert!((c.index - 0.8).abs() < 1e-15);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::LengthMismatch`]; [`Error::InvalidValue`] naming the row of a score that is not finite;
/// [`Error::NotIdentified`] if no two rows are comparable.
pub fn concordance_index(data: &SurvivalData, predicted_scores: &[f64]) -> Result<Concordance> {
    concordance_within(data, None, predicted_scores)
}

/// The same over pairs of one stratum.
pub(super) fn concordance_within(data: &SurvivalData, strata: Option<&[u32]>, scores: &[f64]) -> Result<Concordance> {
    same_length("predicted_scores", scores.len(), "durations", data.len())?;
    if let Some(row) = scores.iter().position(|s| !s.is_finite()) {
        return Err(Error::InvalidValue {
            column: "predicted_scores",
            row,
            value: scores[row].to_string(),
            expected: "a score must be a finite number",
            remedy: "Correct the score or leave the row out",
        });
    }
    let stratum = |i: usize| strata.map_or(0, |s| s[i]);
    let mut rows: Vec<usize> = (0..data.len()).filter(|&i| data.weight(i) > 0.0).collect();
    rows.sort_unstable_by(|&i, &j| {
        let order = stratum(i).cmp(&stratum(j)).then_with(|| data.compare(i, j));
        order.then_with(|| scores[i].total_cmp(&scores[j]))
    });
    let mut ranks: Vec<f64> = rows.iter().map(|&i| scores[i] + 0.0).collect();
    ranks.sort_unstable_by(f64::total_cmp);
    ranks.dedup();

    // Weights of the comparable rows below, at and above each row's score, in the role of either.
    let mut agree = vec![[0.0; 3]; rows.len()];
    let mut totals = [0.0; 3];
    let mut from = 0;
    for part in rows.chunk_by(|&i, &j| stratum(i) == stratum(j)) {
        let sums = Sweep::new(data, scores, part, &ranks).run(&mut agree[from..from + part.len()]);
        totals.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
        from += part.len();
    }
    let [concordant, tied, discordant] = totals;
    let pairs = concordant + discordant + tied;
    if pairs <= 0.0 {
        return Err(Error::NotIdentified {
            model: "the concordance index",
            reason: "no two rows are comparable".to_owned(),
            remedy: "Give rows with events, and others that stay longer".to_owned(),
        });
    }
    let index = (concordant + 0.5 * tied) / pairs;
    let variance: f64 = rows
        .iter()
        .zip(&agree)
        .map(|(&i, [right, same, wrong])| {
            let influence = (right + 0.5 * same - index * (right + same + wrong)) / pairs;
            data.weight(i) * influence * influence
        })
        .sum();
    Ok(Concordance { index, standard_error: variance.sqrt(), concordant, discordant, tied })
}

/// Two sweeps over the rows of one stratum, in order of time.
struct Sweep<'a> {
    data: &'a SurvivalData,
    rows: &'a [usize],
    /// Rank of each row's score.
    rank: Vec<usize>,
    /// Positions in `rows` by ascending entry time.
    by_entry: Vec<usize>,
    ranks: usize,
}

impl<'a> Sweep<'a> {
    fn new(data: &'a SurvivalData, scores: &[f64], rows: &'a [usize], ranks: &[f64]) -> Self {
        let rank = rows.iter().map(|&i| ranks.partition_point(|r| *r < scores[i])).collect();
        let mut by_entry: Vec<usize> = if data.entry().is_some() { (0..rows.len()).collect() } else { Vec::new() };
        by_entry.sort_by(|&a, &b| data.entry_of(rows[a]).total_cmp(&data.entry_of(rows[b])));
        Self { data, rows, rank, by_entry, ranks: ranks.len() }
    }

    /// Pairs in the right order, tied, and in the wrong order; per row the weights on the other side of them.
    fn run(&self, agree: &mut [[f64; 3]]) -> [f64; 3] {
        let mut totals = [0.0; 3];
        // Backwards: those who stay longer than an event, and are at risk when it happens.
        let mut later = Fenwick::new(self.ranks);
        let mut entries = self.by_entry.iter().rev().peekable();
        for (time, positions) in self.times().into_iter().rev() {
            let (events, censored) = self.split(positions);
            censored.for_each(|k| later.add(self.rank[k], self.weight(k)));
            while let Some(&k) = entries.next_if(|&&k| self.data.entry_of(self.rows[k]) >= time) {
                later.add(self.rank[k], -self.weight(k));
            }
            for k in events.clone() {
                // A larger score of those who stay is right.
                let [below, at, above] = later.around(self.rank[k]);
                for (slot, weight) in [above, at, below].into_iter().enumerate() {
                    agree[k][slot] += weight;
                    totals[slot] += self.weight(k) * weight;
                }
            }
            events.for_each(|k| later.add(self.rank[k], self.weight(k)));
        }
        // Forwards: the events that a row outstays while at risk, which are those up to its own time less
        // those up to its entry.
        let mut earlier = Fenwick::new(self.ranks);
        let mut entries = self.by_entry.iter().peekable();
        for (time, positions) in self.times() {
            while let Some(&k) = entries.next_if(|&&k| self.data.entry_of(self.rows[k]) < time) {
                Self::outstay(&earlier, self.rank[k], -1.0, &mut agree[k]);
            }
            let (events, censored) = self.split(positions);
            events.clone().for_each(|k| Self::outstay(&earlier, self.rank[k], 1.0, &mut agree[k]));
            events.for_each(|k| earlier.add(self.rank[k], self.weight(k)));
            censored.for_each(|k| Self::outstay(&earlier, self.rank[k], 1.0, &mut agree[k]));
        }
        totals
    }

    fn outstay(earlier: &Fenwick, rank: usize, sign: f64, agree: &mut [f64; 3]) {
        // A smaller score of those who left is right, which is the order of the tree.
        agree.iter_mut().zip(earlier.around(rank)).for_each(|(slot, weight)| *slot += sign * weight);
    }

    /// Distinct times with the positions of their rows.
    fn times(&self) -> Vec<(f64, std::ops::Range<usize>)> {
        let durations = self.data.durations();
        let mut from = 0;
        let groups = self.rows.chunk_by(|&i, &j| durations[i] == durations[j]);
        groups
            .map(|group| {
                from += group.len();
                (durations[group[0]], from - group.len()..from)
            })
            .collect()
    }

    /// Events come before censored rows of the same time.
    fn split(&self, positions: std::ops::Range<usize>) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
        let events = self.rows[positions.clone()].partition_point(|&i| self.data.events()[i]);
        let middle = positions.start + events;
        (positions.start..middle, middle..positions.end)
    }

    fn weight(&self, position: usize) -> f64 {
        self.data.weight(self.rows[position])
    }
}

/// Sums of weights by rank, updated and queried in logarithmic time (Fenwick 1994).
struct Fenwick {
    sums: Vec<f64>,
    at: Vec<f64>,
    total: f64,
}

impl Fenwick {
    fn new(ranks: usize) -> Self {
        Self { sums: vec![0.0; ranks + 1], at: vec![0.0; ranks], total: 0.0 }
    }

    fn add(&mut self, rank: usize, weight: f64) {
        self.at[rank] += weight;
        self.total += weight;
        let mut k = rank + 1;
        while k < self.sums.len() {
            self.sums[k] += weight;
            k += k & k.wrapping_neg();
        }
    }

    /// Sums below, at and above the rank.
    fn around(&self, rank: usize) -> [f64; 3] {
        let (mut below, mut k) = (0.0, rank);
        while k > 0 {
            below += self.sums[k];
            k -= k & k.wrapping_neg();
        }
        [below, self.at[rank], self.total - below - self.at[rank]]
    }
}
