//! Whether a segmentation lasts: the same customers at two dates.

use hashbrown::HashMap;
use ndarray::{Array1, Array2, Axis};

use super::check_codes;
use crate::error::{Error, Result, same_length};
use crate::estimate::{Estimate, Interval, half_width};
use crate::numerics::proportion::wilson;
use crate::segmentation::clustering::agreement;
use crate::transactions::{CustomerId, CustomerIds};

/// Customers of two dates by their segments: [`segment_stability`].
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentStability {
    names: Vec<String>,
    counts: Array2<u64>,
    gone: Vec<u64>,
    new: Vec<u64>,
    agreement: Estimate,
    level: f64,
}

/// How many customers are still in the segment in which they were, where the others went, and how much the two segmentations agree.
///
/// The agreement is the adjusted Rand index of the customers who are there at both dates (Hubert & Arabie 1985): 1 if nobody changed
/// sides (whatever the names of segments), 0 for what chance would bring. Its interval is that of the delta method for
/// multinomial counts; shares have Wilson's. What is stable may be so because little happened in between: compare dates that are as far apart as
/// decisions are.
///
/// Chances of moving, several periods and long-run shares are those of the migration matrix of [`portfolio`](crate::portfolio).
///
/// ```
/// use cpm_core::segmentation::segment_stability;
/// use cpm_core::transactions::CustomerIds;
/// let names = ["good", "poor"].map(String::from);
/// let before = CustomerIds::from(vec![1, 2, 3, 4, 5]);
/// let after = CustomerIds::from(vec![5, 4, 3, 2, 6]);
/// let change = segment_stability(&names, (&before, &[0, 0, 1, 1, 1]), (&after, &[1, 1, 0, 0, 0]), 0.95)?;
/// assert_eq!(change.counts(), ndarray::array![[1, 0], [1, 2]]);
/// assert_eq!((change.gone(), change.new_customers()), ([1, 0].as_slice(), [1, 0].as_slice()));
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidArgument`] for a customer who is named twice at one date, and for a level outside (0, 1);
/// [`Error::LengthMismatch`]; [`Error::InvalidValue`] for a position that is no segment; [`Error::Empty`] without customers who are
/// there at both dates.
pub fn segment_stability(
    names: &[String],
    before: (&CustomerIds, &[u32]),
    after: (&CustomerIds, &[u32]),
    level: f64,
) -> Result<SegmentStability> {
    crate::error::level("level", level)?;
    for (ids, codes) in [before, after] {
        same_length("segments", codes.len(), "customer_id", ids.len())?;
        check_codes(names, codes)?;
    }
    let first = by_id(before)?;
    let second = by_id(after)?;
    let k = names.len();
    let mut counts = Array2::<u64>::zeros((k, k));
    let (mut gone, mut new) = (vec![0; k], vec![0; k]);
    for (id, from) in &first {
        match second.get(id) {
            Some(to) => counts[(*from as usize, *to as usize)] += 1,
            None => gone[*from as usize] += 1,
        }
    }
    second.iter().filter(|(id, _)| !first.contains_key(*id)).for_each(|(_, to)| new[*to as usize] += 1);
    if counts.sum() == 0 {
        return Err(Error::Empty {
            what: "the list of customers who are there at both dates".to_owned(),
            remedy: "Give the segments of one base at two dates, with the same ids".to_owned(),
        });
    }
    let agreement = agreement_of(&counts, level);
    Ok(SegmentStability { names: names.to_vec(), counts, gone, new, agreement, level })
}

type Places<'a> = HashMap<CustomerId<'a>, u32>;

fn by_id<'a>((ids, codes): (&'a CustomerIds, &[u32])) -> Result<Places<'a>> {
    let mut places = HashMap::with_capacity(codes.len());
    for (id, code) in ids.iter().zip(codes) {
        if places.insert(id, *code).is_some() {
            return Err(Error::argument(
                "customer_id",
                id,
                "a customer is in one segment at a date, and is named once",
            ));
        }
    }
    Ok(places)
}

/// The index of the table of counts, and its interval by the delta method: counts are multinomial, and the index has a derivative by
/// each of them.
fn agreement_of(counts: &Array2<u64>, level: f64) -> Estimate {
    let cells = counts.mapv(|c| c as f64);
    let value = agreement(cells.indexed_iter().map(|((a, b), n)| (a as u32, b as u32, *n)));
    let (rows, columns) = (cells.sum_axis(Axis(1)), cells.sum_axis(Axis(0)));
    let pairs = |n: f64| n * (n - 1.0) / 2.0;
    let of = |counts: &Array1<f64>| counts.iter().map(|n| pairs(*n)).sum::<f64>();
    let (n, a, b) = (cells.sum(), of(&rows), of(&columns));
    let all = pairs(n);
    let (expected, most) = (a * b / all, 0.5 * (a + b));
    let range = most - expected;
    let slope = |(i, j): (usize, usize), count: f64| {
        // Of n(n - 1)/2 the derivative is n - 1/2.
        let (in_a, in_b) = (rows[i] - 0.5, columns[j] - 0.5);
        let of_expected = (in_a * b + a * in_b) / all - expected * (n - 0.5) / all;
        (count - 0.5 - of_expected - value * (0.5 * (in_a + in_b) - of_expected)) / range
    };
    let (mut first, mut second) = (0.0, 0.0);
    for (at, count) in cells.indexed_iter().filter(|(_, count)| **count > 0.0) {
        let slope = slope(at, *count);
        first += count * slope;
        second += count * slope * slope;
    }
    let variance = (second - first * first / n).max(0.0);
    // Where both segmentations have one segment, there is nothing that could vary.
    let reach = if range > 0.0 && all > 0.0 { half_width(level) * variance.sqrt() } else { 0.0 };
    Estimate { value, interval: Interval { low: value - reach, high: (value + reach).min(1.0) } }
}

impl SegmentStability {
    /// Names of the segments.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Customers who are there at both dates, by segment before (rows) and after (columns).
    #[must_use]
    pub fn counts(&self) -> &Array2<u64> {
        &self.counts
    }

    /// Customers of each segment who are not there any more.
    #[must_use]
    pub fn gone(&self) -> &[u64] {
        &self.gone
    }

    /// Customers of each segment who were not there before.
    #[must_use]
    pub fn new_customers(&self) -> &[u64] {
        &self.new
    }

    /// Adjusted Rand index of the customers who are there at both dates.
    #[must_use]
    pub fn agreement(&self) -> Estimate {
        self.agreement
    }

    /// Share of a segment's customers, of those who are still there, who are in it again; `None` if none is still there.
    ///
    /// # Panics
    /// If there is no such segment, like indexing a slice.
    #[must_use]
    pub fn stayed(&self, segment: usize) -> Option<Estimate> {
        let there: u64 = self.counts.row(segment).sum();
        (there > 0).then(|| wilson(self.counts[(segment, segment)] as f64, there as f64, self.level))
    }

    /// The same of all customers.
    #[must_use]
    pub fn stayed_overall(&self) -> Estimate {
        wilson(self.counts.diag().sum() as f64, self.counts.sum() as f64, self.level)
    }
}
