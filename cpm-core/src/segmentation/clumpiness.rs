//! Purchases in bursts.

use crate::error::{Error, Result};

/// How much a customer's purchases come in bursts: 0 for purchases at equal distances, towards 1 for all of them at once.
///
/// With n purchases at the whole periods t₁ < … < tₙ of 1, …, N, the n + 1 gaps x₁ = t₁, xᵢ = tᵢ − tᵢ₋₁ and
/// xₙ₊₁ = N + 1 − tₙ, divided by N + 1, sum to 1, and the measure is 1 + Σ xᵢ ln xᵢ / ln(n + 1): one minus the entropy of the
/// gaps over its largest value (Zhang, Bradlow & Small 2013, "New Measures of Clumpiness for Incidence Data", Journal of
/// Applied Statistics 40(11), 2533-2548, measure H_p). Purchases of one period count once; without any the result is 0.
///
/// `periods` are those of one customer, in any order; `total` is N.
///
/// ```
/// use cpm_core::segmentation::clumpiness;
/// assert!(clumpiness(&[1, 2, 3], 3)?.abs() < 1e-15);
/// let (spread, burst) = (clumpiness(&[10, 20, 30], 39)?, clumpiness(&[1, 2, 3], 39)?);
/// assert!(spread.abs() < 1e-15 && burst > 0.7);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidArgument`] for no periods in all; [`Error::InvalidValue`] for a period outside 1 to `total`.
pub fn clumpiness(periods: &[u32], total: u32) -> Result<f64> {
    if total == 0 {
        return Err(Error::argument("total", total, "the observation must have at least one period"));
    }
    if let Some(row) = periods.iter().position(|t| *t < 1 || *t > total) {
        return Err(Error::InvalidValue {
            column: "period",
            row,
            value: periods[row].to_string(),
            expected: "periods are counted from 1 to their total number",
            remedy: "Count them from the start of the observation, and leave out later ones",
        });
    }
    let mut times = periods.to_vec();
    times.sort_unstable();
    times.dedup();
    if times.is_empty() {
        return Ok(0.0);
    }
    let all = f64::from(total) + 1.0;
    let (mut sum, mut last) = (0.0, 0.0);
    for time in times.iter().map(|t| f64::from(*t)).chain([all]) {
        let x = (time - last) / all;
        sum += x * x.ln();
        last = time;
    }
    // Rounding can leave a trace below 0.
    Ok((1.0 + sum / ((times.len() + 1) as f64).ln()).max(0.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn by_hand() {
        // N = 9, one purchase in the first period: gaps 0.1 and 0.9.
        let expected = 1.0 + (0.1 * 0.1_f64.ln() + 0.9 * 0.9_f64.ln()) / 2.0_f64.ln();
        assert!((clumpiness(&[1], 9).unwrap() - expected).abs() < 1e-15);
        assert_eq!(clumpiness(&[], 9).unwrap(), 0.0);
        assert_eq!(clumpiness(&[3, 3, 1], 9).unwrap(), clumpiness(&[1, 3], 9).unwrap());
    }

    #[test]
    fn bad_input_is_named() {
        assert!(clumpiness(&[], 0).unwrap_err().to_string().contains("total = 0"));
        assert!(clumpiness(&[1, 0], 5).unwrap_err().to_string().contains("row 1: 0"));
        assert!(clumpiness(&[6], 5).unwrap_err().to_string().contains("row 0: 6"));
    }

    proptest! {
        #[test]
        fn between_0_and_1_and_the_same_backwards(periods in prop::collection::vec(1..=60_u32, 1..60)) {
            let value = clumpiness(&periods, 60).unwrap();
            prop_assert!((0.0..1.0).contains(&value), "{}", value);
            let mirrored: Vec<u32> = periods.iter().map(|t| 61 - t).collect();
            prop_assert!((clumpiness(&mirrored, 60).unwrap() - value).abs() < 1e-12);
        }
    }
}
