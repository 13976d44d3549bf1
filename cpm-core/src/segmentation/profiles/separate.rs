//! The short rule that finds a segment.

use serde::Serialize;

use super::Attribute;
use super::rule::{Binned, NO_BIN, Test};
use crate::estimate::Estimate;
use crate::numerics::parallel;
use crate::numerics::proportion::wilson;

/// Rules that are kept at each length.
const BEAM: usize = 8;
/// What a further condition must add to F₁ to be worth reading.
const WORTH: f64 = 0.005;

/// A conjunction of conditions that finds the customers of a segment.
///
/// Its precision and recall are those on the customers that it was found on: the shorter the rule, the less optimistic they are.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SegmentRuleFound {
    /// Position of the segment.
    pub segment: usize,
    /// The rule, in the language of [`RuleSet`](super::super::RuleSet); empty where no condition says more than that everybody may be
    /// of the segment.
    pub text: String,
    /// Number of conditions.
    pub conditions: usize,
    /// Customers for whom it is true.
    pub customers: u64,
    /// Share of these who are of the segment, with Wilson's interval.
    pub precision: Estimate,
    /// Share of the segment for whom it is true, with Wilson's interval.
    pub recall: Estimate,
    /// Harmonic mean of precision and recall.
    pub f1: f64,
}

/// A rule on its way: the rows for which it is true.
#[derive(Debug, Clone)]
struct State {
    conditions: Vec<(usize, Test)>,
    rows: Vec<u32>,
    hits: u64,
    f1: f64,
}

/// A state with one condition more: its F₁, all its conditions, the state that it comes from, the condition.
struct Candidate {
    f1: f64,
    conditions: Vec<(usize, Test)>,
    from: usize,
    new: (usize, Test),
}

/// F₁ of a rule that holds for `customers`, `hits` of them of the segment.
fn f1(hits: u64, customers: u64, segment: u64) -> f64 {
    2.0 * hits as f64 / (customers + segment) as f64
}

/// One rule per segment with customers.
pub(super) fn rules(
    columns: &[Attribute],
    codes: &[u32],
    counts: &[u64],
    most: usize,
    level: f64,
) -> Vec<SegmentRuleFound> {
    let binned: Vec<Binned<'_>> = columns.iter().map(Binned::new).collect();
    let found = parallel::map_chunks(counts.len(), 1, |range| {
        let segment = range.start;
        (counts[segment] > 0).then(|| search(&binned, codes, segment, counts[segment], most)).map(|best| {
            let customers = best.rows.len() as u64;
            let texts: Vec<String> = best.conditions.iter().map(|(j, test)| binned[*j].text(*test)).collect();
            SegmentRuleFound {
                segment,
                text: texts.join(" and "),
                conditions: texts.len(),
                customers,
                precision: wilson(best.hits as f64, customers as f64, level),
                recall: wilson(best.hits as f64, counts[segment] as f64, level),
                f1: best.f1,
            }
        })
    });
    found.flatten().collect()
}

fn search(columns: &[Binned<'_>], codes: &[u32], segment: usize, size: u64, most: usize) -> State {
    let everybody = codes.len() as u64;
    let rows = (0..codes.len() as u32).collect();
    let mut best = State { conditions: Vec::new(), rows, hits: size, f1: f1(size, everybody, size) };
    let mut beam = vec![best.clone()];
    for _ in 0..most {
        let mut candidates: Vec<Candidate> = Vec::new();
        for (from, state) in beam.iter().enumerate() {
            for (j, column) in columns.iter().enumerate() {
                let counted = histogram(column, codes, segment, &state.rows);
                for (test, hits, customers) in outcomes(column, &counted) {
                    let (f1, new) = (f1(hits, customers, size), (j, test));
                    if hits > 0 && customers < state.rows.len() as u64 && f1 > state.f1 {
                        candidates.push(Candidate { f1, conditions: with(&state.conditions, new), from, new });
                    }
                }
            }
        }
        // The best first; of equals the shorter, then the earlier columns, so that the order is nobody's accident.
        candidates.sort_by(|a, b| {
            let shorter = a.conditions.len().cmp(&b.conditions.len());
            b.f1.total_cmp(&a.f1).then(shorter).then_with(|| a.conditions.cmp(&b.conditions))
        });
        candidates.dedup_by(|a, b| a.conditions == b.conditions);
        candidates.truncate(BEAM);
        let step = |candidate: Candidate| {
            let (j, test) = candidate.new;
            let bins = &columns[j].bins;
            let of_parent = beam[candidate.from].rows.iter().copied();
            let rows: Vec<u32> = of_parent.filter(|i| test.holds(bins[*i as usize])).collect();
            let hits = rows.iter().filter(|i| codes[**i as usize] as usize == segment).count() as u64;
            State { conditions: candidate.conditions, rows, hits, f1: candidate.f1 }
        };
        let next: Vec<State> = candidates.into_iter().map(step).collect();
        beam = next;
        match beam.first() {
            None => break,
            Some(first) if first.f1 > best.f1 + WORTH => best = first.clone(),
            Some(_) => {}
        }
    }
    best
}

/// The conditions with one more, in the order of the columns.
fn with(conditions: &[(usize, Test)], new: (usize, Test)) -> Vec<(usize, Test)> {
    let kept = conditions.iter().filter(|(j, test)| !(*j == new.0 && new.1.replaces(*test)));
    let mut all: Vec<(usize, Test)> = kept.copied().chain([new]).collect();
    all.sort_unstable();
    all
}

/// Per bin the customers of the segment, and all.
fn histogram(column: &Binned<'_>, codes: &[u32], segment: usize, rows: &[u32]) -> Vec<(u64, u64)> {
    let mut counted = vec![(0, 0); column.count];
    for &i in rows {
        let bin = column.bins[i as usize];
        if bin != NO_BIN {
            let (hits, all) = &mut counted[bin as usize];
            *hits += u64::from(codes[i as usize] as usize == segment);
            *all += 1;
        }
    }
    counted
}

/// Every condition with the customers of the segment for whom it holds, and all for whom it does.
fn outcomes<'a>(column: &'a Binned<'_>, counted: &'a [(u64, u64)]) -> impl Iterator<Item = (Test, u64, u64)> + 'a {
    let add = |a: (u64, u64), b: (u64, u64)| (a.0 + b.0, a.1 + b.1);
    let total = counted.iter().copied().fold((0, 0), add);
    let mut until = (0, 0);
    let below: Vec<(u64, u64)> = counted
        .iter()
        .map(|c| {
            until = add(until, *c);
            until
        })
        .collect();
    column.tests().into_iter().map(move |test| {
        let (hits, all) = match test {
            Test::AtMost(k) => below[k as usize],
            Test::Above(k) => (total.0 - below[k as usize].0, total.1 - below[k as usize].1),
            Test::Is(k) => counted[k as usize],
            Test::IsNot(k) => (total.0 - counted[k as usize].0, total.1 - counted[k as usize].1),
        };
        (test, hits, all)
    })
}
