//! The Brier score of predicted survival probabilities, weighted for censoring.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::SurvivalData;
use super::censoring::Censoring;
use crate::error::{self, Error, Result, same_length};
use crate::estimate::{Estimate, Interval, half_width};

/// Mean squared error of predicted survival probabilities at each time, and over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BrierScore {
    /// Times of the predictions.
    pub times: Vec<f64>,
    /// Score at each time: 0 is perfect, 0.25 is what a constant 1/2 gets.
    pub score: Vec<f64>,
    /// Standard errors of the scores; the censoring distribution is taken as known.
    pub standard_error: Vec<f64>,
    /// Mean of the score from the first to the last time, by the trapezoidal rule.
    pub integrated: f64,
    /// Standard error of that mean.
    pub integrated_standard_error: f64,
}

impl BrierScore {
    /// The integrated score with its normal interval, cut at 0.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] unless the level lies strictly between 0 and 1.
    pub fn integrated_estimate(&self, level: f64) -> Result<Estimate> {
        let reach = half_width(error::level("level", level)?) * self.integrated_standard_error;
        let interval = Interval { low: (self.integrated - reach).max(0.0), high: self.integrated + reach };
        Ok(Estimate { value: self.integrated, interval })
    }
}

/// Brier score with inverse probability of censoring weights (Graf et al. 1999).
///
/// BS(t) is the mean over the rows of `test` of S(t)²/G(T-) for an event at T <= t, (1 - S(t))²/G(t) for rows
/// still there after t, and 0 for rows censored up to t, where G is the Kaplan-Meier curve of the censoring in
/// `train` (at a tie events come before censorings). `survival` has one row per row of `test` and one column per time.
///
/// ```
/// use cpm_core::churn::survival::{SurvivalData, brier_score};
/// use ndarray::arr2;
/// let data = SurvivalData::new(&[1.0, 2.0, 3.0, 4.0], &[true, true, true, true])?;
/// let score = brier_score(&data, &data, &[1.5, 2.5], arr2(&[[0.0, 0.0], [1.0, 0.0], [1.0, 0.5], [1.0, 1.0]]).view())?;
/// assert_eq!(score.score, [0.0, 0.25 / 4.0]);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::LengthMismatch`]; [`Error::InvalidArgument`] for times that do not ascend, lie beyond the durations
/// of `train` or `test`, or at which everybody in `train` is censored, and for entry times in `test`;
/// [`Error::InvalidValue`] naming the row of a prediction outside 0 to 1.
pub fn brier_score(
    train: &SurvivalData,
    test: &SurvivalData,
    times: &[f64],
    survival: ArrayView2<'_, f64>,
) -> Result<BrierScore> {
    same_length("survival", survival.nrows(), "durations", test.len())?;
    if times.is_empty() || survival.ncols() != times.len() {
        let expected = format!("the predictions have {} columns; give one time for each", survival.ncols());
        return Err(Error::argument("times", format!("{} times", times.len()), expected));
    }
    let censoring = Censoring::for_times(train, test, times)?;
    if let Some(((row, column), s)) = survival.indexed_iter().find(|(_, s)| !(0.0..=1.0).contains(*s)) {
        return Err(Error::InvalidValue {
            column: "survival",
            row,
            value: format!("{s} at time {}", times[column]),
            expected: "a survival probability lies between 0 and 1",
            remedy: "Predict S(t) at each time",
        });
    }
    // Weight of each time in the mean over time.
    let span = times[times.len() - 1] - times[0];
    let step = |k: usize| if k + 1 < times.len() { 0.5 * (times[k + 1] - times[k]) / span } else { 0.0 };
    let share = |k: usize| if span > 0.0 { step(k) + if k > 0 { step(k - 1) } else { 0.0 } } else { 1.0 };
    let shares: Vec<f64> = (0..times.len()).map(share).collect();

    let rows = test.rows();
    let at: Vec<f64> = times.iter().map(|t| censoring.after(*t)).collect();
    // Sums of weight, of the errors, and of their squares; the last column is the mean over time.
    let columns = times.len() + 1;
    let (mut total, mut sum, mut square) = (0.0, vec![0.0; columns], vec![0.0; columns]);
    for &i in &rows {
        let (duration, event, weight) = (test.durations()[i], test.events()[i], test.weight(i));
        let before = if event { censoring.before(duration) } else { 1.0 };
        let mut over_time = 0.0;
        let mut add = |column: usize, error: f64| {
            sum[column] += weight * error;
            square[column] += weight * error * error;
        };
        for (k, &t) in times.iter().enumerate() {
            let s = survival[(i, k)];
            let error = match (duration > t, event) {
                (true, _) => (1.0 - s) * (1.0 - s) / at[k],
                (false, true) => s * s / before,
                (false, false) => 0.0,
            };
            add(k, error);
            over_time += shares[k] * error;
        }
        add(columns - 1, over_time);
        total += weight;
    }
    let mut score: Vec<f64> = sum.iter().map(|s| s / total).collect();
    let error_of = |(q, m): (&f64, &f64)| ((q / total - m * m).max(0.0) / total).sqrt();
    let mut standard_error: Vec<f64> = square.iter().zip(&score).map(error_of).collect();
    let integrated = score.pop().unwrap_or_default();
    let integrated_standard_error = standard_error.pop().unwrap_or_default();
    Ok(BrierScore { times: times.to_vec(), score, standard_error, integrated, integrated_standard_error })
}
