//! Cross-validation: at random with both classes in every fold, or forward in time.

use crate::error::{Error, Result};
use crate::numerics::random::SplitMix;

/// Rows to learn from and rows to judge by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// Rows to learn from, ascending.
    pub train: Vec<usize>,
    /// Rows to judge by, ascending.
    pub test: Vec<usize>,
}

/// Folds of about equal size with the same share of churners, drawn at random. Every row is in one test set.
///
/// ```
/// use cpm_core::churn::classifier::stratified_folds;
/// let churned: Vec<bool> = (0..20).map(|i| i % 4 == 0).collect();
/// let folds = stratified_folds(&churned, 5, 0)?;
/// assert!(folds.iter().all(|f| f.test.len() == 4 && f.test.iter().filter(|&&i| churned[i]).count() == 1));
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidArgument`] for fewer than 2 folds; [`Error::NotIdentified`] if there are fewer customers of a kind than folds.
pub fn stratified_folds(churned: &[bool], folds: usize, seed: u64) -> Result<Vec<Fold>> {
    if folds < 2 {
        return Err(Error::argument("folds", folds, "there must be at least two"));
    }
    let mut of_row = vec![0; churned.len()];
    // Where one class ends the next goes on, so that sizes differ by at most one row.
    let mut next = 0;
    for (stream, class) in [true, false].into_iter().enumerate() {
        let mut rows: Vec<usize> = (0..churned.len()).filter(|&i| churned[i] == class).collect();
        if rows.len() < folds {
            return Err(Error::NotIdentified {
                model: "cross-validation",
                reason: format!(
                    "{} customers {}, and there are {folds} folds",
                    rows.len(),
                    if class { "churned" } else { "stayed" }
                ),
                remedy: "Use fewer folds or more customers".to_owned(),
            });
        }
        SplitMix::new(seed, stream as u64).shuffle(&mut rows);
        for row in rows {
            of_row[row] = next % folds;
            next += 1;
        }
    }
    let part = |k: usize, inside: bool| (0..churned.len()).filter(|&i| (of_row[i] == k) == inside).collect();
    Ok((0..folds).map(|k| Fold { train: part(k, false), test: part(k, true) }).collect())
}

/// Folds that respect time: each learns from the past and is judged by what came next (expanding windows).
///
/// Rows are cut by time into `folds + 1` blocks of about equal size; rows of one time stay together. Fold k learns from the first k blocks and
/// is judged by the next one. Rows less than `gap` before the block that judges are not learned from: give the length of the label window, since
/// labels that were not known by then would leak.
///
/// ```
/// use cpm_core::churn::classifier::expanding_windows;
/// let folds = expanding_windows(&[1.0, 1.0, 2.0, 2.0, 3.0, 3.0], 2, 0.0)?;
/// assert_eq!((folds[0].train.clone(), folds[0].test.clone()), (vec![0, 1], vec![2, 3]));
/// assert_eq!((folds[1].train.clone(), folds[1].test.clone()), (vec![0, 1, 2, 3], vec![4, 5]));
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidArgument`] for no folds, a negative gap, fewer distinct times than blocks, or a gap that leaves a fold nothing to learn from;
/// [`Error::InvalidValue`] for a time that is not finite.
pub fn expanding_windows(times: &[f64], folds: usize, gap: f64) -> Result<Vec<Fold>> {
    crate::churn::evaluation::finite("times", times)?;
    crate::error::non_negative("gap", gap)?;
    if folds == 0 {
        return Err(Error::argument("folds", folds, "there must be at least one"));
    }
    let mut sorted = times.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut starts: Vec<f64> = Vec::new();
    for k in 1..=folds {
        let Some(&at) = sorted.get(k * sorted.len() / (folds + 1)) else { break };
        if starts.last().copied().or(sorted.first().copied()).is_none_or(|last| at > last) {
            starts.push(at);
        }
    }
    if starts.len() < folds {
        let expected = format!("the times can be cut into {} blocks only; use fewer folds", starts.len() + 1);
        return Err(Error::argument("folds", folds, expected));
    }
    let fold = |k: usize| {
        let (from, to) = (starts[k], starts.get(k + 1).copied().unwrap_or(f64::INFINITY));
        let train: Vec<usize> = (0..times.len()).filter(|&i| times[i] < from && times[i] <= from - gap).collect();
        let test = (0..times.len()).filter(|&i| times[i] >= from && times[i] < to).collect();
        if train.is_empty() {
            let expected = "it leaves the first fold nothing to learn from; use a shorter gap or fewer folds";
            return Err(Error::argument("gap", gap, expected));
        }
        Ok(Fold { train, test })
    };
    (0..folds).map(fold).collect()
}

#[cfg(test)]
#[path = "folds_tests.rs"]
mod tests;
