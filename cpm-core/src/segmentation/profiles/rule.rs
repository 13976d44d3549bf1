//! Conditions, and their text in the language of rules.

use super::{Attribute, Values};
use crate::segmentation::rules::{quoted_name, quoted_text};

/// Most cuts of a column of numbers.
const CUTS: usize = 64;
/// The bin of rows for which no condition on the column holds.
pub(super) const NO_BIN: u32 = u32::MAX;

/// A column in bins: ranges of numbers, or levels.
pub(super) struct Binned<'a> {
    attribute: &'a Attribute,
    pub(super) bins: Vec<u32>,
    pub(super) count: usize,
    /// Of numbers: the bins up to k hold what is at most the k-th cut.
    cuts: Option<Vec<f64>>,
}

/// A condition on one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Test {
    AtMost(u32),
    Above(u32),
    Is(u32),
    IsNot(u32),
}

impl Test {
    pub(super) fn holds(self, bin: u32) -> bool {
        bin != NO_BIN
            && match self {
                Self::AtMost(cut) => bin <= cut,
                Self::Above(cut) => bin > cut,
                Self::Is(level) => bin == level,
                Self::IsNot(level) => bin != level,
            }
    }

    /// Whether this one, added after `other`, makes it superfluous.
    pub(super) fn replaces(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::AtMost(_), Self::AtMost(_)) | (Self::Above(_), Self::Above(_)) | (Self::Is(_), Self::IsNot(_))
        )
    }
}

impl<'a> Binned<'a> {
    pub(super) fn new(attribute: &'a Attribute) -> Self {
        match &attribute.values {
            Values::Numbers(numbers) => {
                let mut sorted: Vec<f64> = numbers.iter().copied().filter(|x| !x.is_nan()).collect();
                sorted.sort_unstable_by(f64::total_cmp);
                let cuts = cuts(&sorted);
                let bin = |x: &f64| if x.is_nan() { NO_BIN } else { cuts.partition_point(|cut| cut < x) as u32 };
                Self { attribute, bins: numbers.iter().map(bin).collect(), count: cuts.len() + 1, cuts: Some(cuts) }
            }
            Values::Levels { names, codes, .. } => {
                Self { attribute, bins: codes.clone(), count: names.len(), cuts: None }
            }
        }
    }

    /// All conditions on the column.
    pub(super) fn tests(&self) -> Vec<Test> {
        let end = self.count as u32;
        if self.cuts.is_some() {
            (0..end - 1).flat_map(|k| [Test::AtMost(k), Test::Above(k)]).collect()
        } else {
            (0..end).flat_map(|k| [Test::Is(k), Test::IsNot(k)]).collect()
        }
    }

    pub(super) fn text(&self, test: Test) -> String {
        let name = quoted_name(&self.attribute.name);
        let cut = |k: u32| self.cuts.as_ref().map_or(0.0, |cuts| cuts[k as usize]);
        let level = |k: u32| match &self.attribute.values {
            // What is missing is empty text.
            Values::Levels { missing, .. } if *missing == Some(k) => quoted_text(""),
            Values::Levels { names, .. } => quoted_text(&names[k as usize]),
            Values::Numbers(_) => String::new(),
        };
        match test {
            Test::AtMost(k) => format!("{name} <= {}", cut(k)),
            Test::Above(k) => format!("{name} > {}", cut(k)),
            Test::Is(k) => format!("{name} == {}", level(k)),
            Test::IsNot(k) => format!("{name} != {}", level(k)),
        }
    }
}

/// Round numbers between neighbouring values, at quantiles if there are many.
fn cuts(sorted: &[f64]) -> Vec<f64> {
    // (last position of a value, value, next value)
    let steps: Vec<(usize, f64, f64)> =
        sorted.windows(2).enumerate().filter(|(_, w)| w[0] < w[1]).map(|(i, w)| (i, w[0], w[1])).collect();
    let between = |step: &(usize, f64, f64)| round_between(step.1, step.2);
    if steps.len() <= CUTS {
        return steps.iter().map(between).collect();
    }
    let mut cuts: Vec<f64> = Vec::with_capacity(CUTS);
    for k in 1..=CUTS {
        let wanted = k * sorted.len() / (CUTS + 1);
        let at = steps.partition_point(|step| step.0 < wanted).min(steps.len() - 1);
        let cut = between(&steps[at]);
        if cuts.last().is_none_or(|last| *last < cut) {
            cuts.push(cut);
        }
    }
    cuts
}

/// The number with the fewest digits that is at least `low` and below `high`.
fn round_between(low: f64, high: f64) -> f64 {
    let middle = 0.5 * low + 0.5 * high;
    (0..17)
        .filter_map(|digits| format!("{middle:.digits$e}").parse::<f64>().ok())
        .find(|round| low <= *round && *round < high)
        // One zero of both.
        .map_or(low, |round| round + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_are_round() {
        assert_eq!(round_between(2.0, 8.0), 5.0);
        assert_eq!(round_between(99.2, 100.7), 100.0);
        assert_eq!(round_between(0.123_4, 0.123_8), 0.123_6);
        assert_eq!(round_between(-1.0, 1.0), 0.0);
        assert_eq!(round_between(1.0, 1.0 + f64::EPSILON), 1.0);
        assert_eq!(round_between(-f64::MAX, f64::MAX), 0.0);
        let many: Vec<f64> = (0..1_000).map(f64::from).collect();
        let found = cuts(&many);
        assert_eq!(found.len(), CUTS);
        assert!(found.windows(2).all(|w| w[0] < w[1]));
        assert_eq!(cuts(&[1.0, 1.0, 1.0]), [0.0; 0]);
    }
}
