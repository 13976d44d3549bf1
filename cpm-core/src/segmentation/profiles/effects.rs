//! How much segments differ in an attribute.

use serde::Serialize;

use super::{Attribute, Values};
use crate::estimate::{Estimate, Interval, half_width};
use crate::numerics::parallel;
use crate::numerics::test_result::TestResult;

/// What the size of an effect is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EffectMeasure {
    /// Difference of means over the standard deviation.
    StandardisedDifference,
    /// Share of the variance that lies between segments.
    EtaSquared,
    /// Association of two categories, from 0 to 1.
    CramersV,
}

impl EffectMeasure {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::StandardisedDifference => "standardised_difference",
            Self::EtaSquared => "eta_squared",
            Self::CramersV => "cramers_v",
        }
    }
}

/// An attribute in one segment, against all other customers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SegmentEffect {
    /// Position of the segment.
    pub segment: usize,
    /// Name of the attribute.
    pub attribute: String,
    /// One level of a category; `None` for numbers and for the category as a whole.
    pub level: Option<String>,
    /// Mean (of numbers) or share (of the level) in the segment; `None` without values, and for a category as a whole.
    pub in_segment: Option<f64>,
    /// The same in the base, the segment included.
    pub in_base: Option<f64>,
    /// Customers of the segment without a value.
    pub missing: u64,
    /// The measure of the effect.
    pub measure: EffectMeasure,
    /// The effect, with its interval if it has one; `None` where it does not exist: a segment that is empty or the whole base, or a
    /// difference where nothing varies.
    pub effect: Option<f64>,
    /// Interval of a standardised difference.
    pub interval: Option<Interval>,
}

/// How much an attribute says about the segmentation as a whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AttributeEffect {
    /// Name of the attribute.
    pub attribute: String,
    /// Customers without a value.
    pub missing: u64,
    /// η² for numbers, Cramér's V for categories.
    pub measure: EffectMeasure,
    /// The effect, from 0 to 1; `None` where nothing varies.
    pub effect: Option<f64>,
    /// The χ² test of independence of a category and the segments; `None` for numbers.
    pub test: Option<TestResult>,
}

/// Count, mean and sum of squared deviations; they merge (Chan, Golub & LeVeque 1979).
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    n: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn of(sorted: impl Iterator<Item = f64> + Clone) -> Self {
        let n = sorted.clone().count() as f64;
        if n == 0.0 {
            return Self::default();
        }
        // Two passes: exact where the mean is large beside the spread.
        let shift = sorted.clone().next().unwrap_or(0.0);
        let mean = shift + sorted.clone().map(|x| x - shift).sum::<f64>() / n;
        Self { n, mean, squares: sorted.map(|x| (x - mean).powi(2)).sum() }
    }

    fn merge(self, other: Self) -> Self {
        let n = self.n + other.n;
        if n == 0.0 {
            return self;
        }
        let difference = other.mean - self.mean;
        Self {
            n,
            mean: self.mean + difference * other.n / n,
            squares: self.squares + other.squares + difference * difference * self.n * other.n / n,
        }
    }

    fn mean(self) -> Option<f64> {
        (self.n > 0.0).then_some(self.mean)
    }

    fn variance(self) -> f64 {
        self.squares / (self.n - 1.0)
    }
}

/// (m₁ − m₀)/√((s₁² + s₀²)/2), and the interval from its variance (n₁ + n₀)/(n₁n₀) + d²/(2(n₁ + n₀)) (Hedges & Olkin 1985).
fn difference(means: [f64; 2], variances: [f64; 2], n: [f64; 2], level: f64) -> Option<Estimate> {
    let deviation = (0.5 * (variances[0] + variances[1])).sqrt();
    let value = (means[0] - means[1]) / deviation;
    if !value.is_finite() || deviation == 0.0 {
        return None;
    }
    let total = n[0] + n[1];
    let reach = half_width(level) * (total / (n[0] * n[1]) + value * value / (2.0 * total)).sqrt();
    Some(Estimate { value, interval: Interval { low: value - reach, high: value + reach } })
}

/// Numbers of each segment, in ascending order: sums then do not depend on the order of the rows.
fn by_code(numbers: &[f64], codes: &[u32], segments: usize) -> Vec<Moments> {
    let mut groups: Vec<Vec<f64>> = vec![Vec::new(); segments];
    numbers.iter().zip(codes).filter(|(x, _)| !x.is_nan()).for_each(|(x, c)| groups[*c as usize].push(*x));
    let one = |mut group: Vec<f64>| {
        group.sort_unstable_by(f64::total_cmp);
        Moments::of(group.iter().copied())
    };
    groups.into_iter().map(one).collect()
}

/// Counts of levels by segment, segment after segment.
fn cross(levels: &[u32], codes: &[u32], count: usize, segments: usize) -> Vec<Vec<f64>> {
    let mut cells = vec![vec![0.0; count]; segments];
    levels.iter().zip(codes).for_each(|(level, c)| cells[*c as usize][*level as usize] += 1.0);
    cells
}

/// Cramér's V, bias-corrected (Bergsma 2013), and the χ² test; `None` where one side does not vary.
fn association(cells: &[Vec<f64>]) -> Option<(f64, TestResult)> {
    let rows: Vec<f64> = cells.iter().map(|row| row.iter().sum()).collect();
    let columns: Vec<f64> = (0..cells[0].len()).map(|j| cells.iter().map(|row| row[j]).sum()).collect();
    let n: f64 = rows.iter().sum();
    let used = |sums: &[f64]| sums.iter().filter(|s| **s > 0.0).count();
    let (r, c) = (used(&rows), used(&columns));
    if r < 2 || c < 2 || n < 2.0 {
        return None;
    }
    let mut statistic = 0.0;
    for (row, &of_row) in cells.iter().zip(&rows).filter(|(_, sum)| **sum > 0.0) {
        for (count, &of_column) in row.iter().zip(&columns).filter(|(_, sum)| **sum > 0.0) {
            let expected = of_row * of_column / n;
            statistic += (count - expected).powi(2) / expected;
        }
    }
    let (r, c) = (r as f64, c as f64);
    let corrected = (statistic / n - (r - 1.0) * (c - 1.0) / (n - 1.0)).max(0.0);
    let shrunk = |k: f64| k - (k - 1.0).powi(2) / (n - 1.0);
    let most = shrunk(r).min(shrunk(c)) - 1.0;
    let v = if most > 0.0 { (corrected / most).sqrt().min(1.0) } else { 0.0 };
    Some((v, TestResult::chi_squared(statistic, ((r - 1.0) * (c - 1.0)) as usize)))
}

/// Segment after segment, attribute after attribute.
pub(super) fn by_segment(columns: &[Attribute], codes: &[u32], counts: &[u64], level: f64) -> Vec<SegmentEffect> {
    let of_attribute = |column: &Attribute| -> Vec<Vec<SegmentEffect>> {
        let empty = |segment: usize| SegmentEffect {
            segment,
            attribute: column.name.clone(),
            level: None,
            in_segment: None,
            in_base: None,
            missing: 0,
            measure: EffectMeasure::StandardisedDifference,
            effect: None,
            interval: None,
        };
        match &column.values {
            Values::Numbers(numbers) => {
                let moments = by_code(numbers, codes, counts.len());
                let base = moments.iter().copied().fold(Moments::default(), Moments::merge);
                let one = |segment: usize| {
                    let own = moments[segment];
                    let others = moments.iter().enumerate().filter(|(k, _)| *k != segment).map(|(_, m)| *m);
                    let rest = others.fold(Moments::default(), Moments::merge);
                    let found = (own.n > 1.0 && rest.n > 1.0).then(|| {
                        difference([own.mean, rest.mean], [own.variance(), rest.variance()], [own.n, rest.n], level)
                    });
                    let found = found.flatten();
                    vec![SegmentEffect {
                        in_segment: own.mean(),
                        in_base: base.mean(),
                        missing: counts[segment] - own.n as u64,
                        effect: found.map(|e| e.value),
                        interval: found.map(|e| e.interval),
                        ..empty(segment)
                    }]
                };
                (0..counts.len()).map(one).collect()
            }
            Values::Levels { names, codes: levels, missing } => {
                let cells = cross(levels, codes, names.len(), counts.len());
                let base: Vec<f64> = (0..names.len()).map(|j| cells.iter().map(|row| row[j]).sum()).collect();
                let n: f64 = base.iter().sum();
                let one = |segment: usize| {
                    let own = counts[segment] as f64;
                    let rest: Vec<f64> = base.iter().zip(&cells[segment]).map(|(all, own)| all - own).collect();
                    let absent = missing.map_or(0, |m| cells[segment][m as usize] as u64);
                    let whole = SegmentEffect {
                        measure: EffectMeasure::CramersV,
                        effect: association(&[cells[segment].clone(), rest.clone()]).map(|(v, _)| v),
                        missing: absent,
                        ..empty(segment)
                    };
                    let of_level = |j: usize| {
                        let shares = [cells[segment][j] / own, rest[j] / (n - own)];
                        let variances = shares.map(|p| p * (1.0 - p));
                        let both = own > 0.0 && n - own > 0.0;
                        let found = both.then(|| difference(shares, variances, [own, n - own], level)).flatten();
                        SegmentEffect {
                            level: Some(names[j].clone()),
                            in_segment: (own > 0.0).then_some(shares[0]),
                            in_base: Some(base[j] / n),
                            missing: absent,
                            effect: found.map(|e| e.value),
                            interval: found.map(|e| e.interval),
                            ..empty(segment)
                        }
                    };
                    std::iter::once(whole).chain((0..names.len()).map(of_level)).collect()
                };
                (0..counts.len()).map(one).collect()
            }
        }
    };
    let all: Vec<Vec<Vec<SegmentEffect>>> =
        parallel::map_chunks(columns.len(), 1, |range| of_attribute(&columns[range.start])).collect();
    (0..counts.len()).flat_map(|segment| all.iter().flat_map(move |of| of[segment].clone())).collect()
}

/// One entry per attribute.
pub(super) fn overall(columns: &[Attribute], codes: &[u32], segments: usize) -> Vec<AttributeEffect> {
    let one = |column: &Attribute| match &column.values {
        Values::Numbers(numbers) => {
            let moments = by_code(numbers, codes, segments);
            let all = moments.iter().copied().fold(Moments::default(), Moments::merge);
            let within: f64 = moments.iter().map(|m| m.squares).sum();
            AttributeEffect {
                attribute: column.name.clone(),
                missing: numbers.iter().filter(|x| x.is_nan()).count() as u64,
                measure: EffectMeasure::EtaSquared,
                effect: (all.squares > 0.0 && all.squares.is_finite())
                    .then(|| (1.0 - within / all.squares).clamp(0.0, 1.0)),
                test: None,
            }
        }
        Values::Levels { names, codes: levels, missing } => {
            let found = association(&cross(levels, codes, names.len(), segments));
            let absent = missing.map_or(0, |m| levels.iter().filter(|l| **l == m).count() as u64);
            AttributeEffect {
                attribute: column.name.clone(),
                missing: absent,
                measure: EffectMeasure::CramersV,
                effect: found.map(|f| f.0),
                test: found.map(|f| f.1),
            }
        }
    };
    columns.iter().map(one).collect()
}
