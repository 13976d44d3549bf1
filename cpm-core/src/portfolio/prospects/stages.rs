//! How many opportunities go from one stage to the next.

use rand_distr::{Beta, Distribution};
use serde::Serialize;

use super::super::draws::DrawOptions;
use crate::error::{Error, Result, same_length};
use crate::estimate::Estimate;
use crate::numerics::proportion::wilson;

/// What became of an opportunity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum OpportunityState {
    /// Still in its stage.
    Open,
    /// Won: through all stages.
    Won,
    /// Lost in its stage.
    Lost,
}

/// One stage; see [`stage_conversion`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct StageConversion {
    /// Opportunities that got to this stage.
    pub reached: u64,
    /// Those that left it for the next one, or, from the last, were won.
    pub advanced: u64,
    /// Those that were lost in it.
    pub lost: u64,
    /// Those that are still in it: not decided, so in no rate.
    pub open: u64,
    /// advanced/(advanced + lost), with the interval of Wilson; None if nothing was decided.
    pub conversion: Option<Estimate>,
    /// Probability of winning from here: the product of the conversions from here on; None if one of them is not known. The interval is drawn
    /// from Beta(advanced + ½, lost + ½) for each stage (Jeffreys).
    pub win: Option<Estimate>,
}

/// Conversion from stage to stage, and the probability of winning from each.
///
/// `stages` numbers the furthest stage that each opportunity got to, from 0, `states` says what became of it there. The stage of a won one
/// does not matter. Rates are those of past opportunities; open ones count in the stages behind them, not in their own.
///
/// ```
/// use cpm_core::portfolio::{DrawOptions, OpportunityState::{Lost, Open, Won}, stage_conversion};
/// let stages = stage_conversion(&[0, 0, 1, 1, 1, 1], 2, &[Lost, Open, Won, Won, Lost, Open], &DrawOptions::new())?;
/// assert_eq!((stages[0].reached, stages[0].advanced, stages[0].lost, stages[0].open), (6, 4, 1, 1));
/// assert_eq!(stages[1].conversion.unwrap().value, 2.0 / 3.0);
/// assert!((stages[0].win.unwrap().value - 0.8 * 2.0 / 3.0).abs() < 1e-12);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`]; [`Error::LengthMismatch`]; [`Error::InvalidValue`] for a stage that is not below `count`; [`Error::InvalidArgument`].
pub fn stage_conversion(
    stages: &[u32],
    count: usize,
    states: &[OpportunityState],
    options: &DrawOptions,
) -> Result<Vec<StageConversion>> {
    options.check()?;
    if stages.is_empty() {
        let remedy = "Give one row per opportunity".to_owned();
        return Err(Error::Empty { what: "the list of opportunities".to_owned(), remedy });
    }
    same_length("states", states.len(), "stages", stages.len())?;
    if let Some(row) = stages.iter().position(|s| *s as usize >= count) {
        return Err(Error::InvalidValue {
            column: "stages",
            row,
            value: stages[row].to_string(),
            expected: "it must be the number of a stage, counted from 0",
            remedy: "Name all stages, in their order",
        });
    }
    // Advanced, lost, open.
    let mut counts = vec![[0_u64; 3]; count];
    for (stage, state) in stages.iter().zip(states) {
        let stage = *stage as usize;
        let passed = if *state == OpportunityState::Won { count } else { stage };
        counts[..passed].iter_mut().for_each(|c| c[0] += 1);
        match state {
            OpportunityState::Open => counts[stage][2] += 1,
            OpportunityState::Lost => counts[stage][1] += 1,
            OpportunityState::Won => {}
        }
    }
    let decided = |c: &[u64; 3]| c[0] + c[1];
    // The last stages, all of which have a rate, from the end.
    let known = counts.iter().rev().take_while(|c| decided(c) > 0).count();
    let drawn = drawn_products(&counts[count - known..], options);
    let rate = |c: &[u64; 3]| c[0] as f64 / decided(c) as f64;
    let conversion = |(s, c): (usize, &[u64; 3])| {
        let [advanced, lost, open] = *c;
        let win = s.checked_sub(count - known).map(|k| {
            let value = counts[s..].iter().map(rate).product();
            options.estimate(value, drawn.iter().map(|draw| draw[k]).collect())
        });
        StageConversion {
            reached: advanced + lost + open,
            advanced,
            lost,
            open,
            conversion: (decided(c) > 0).then(|| wilson(advanced as f64, decided(c) as f64, options.level)),
            win,
        }
    };
    Ok(counts.iter().enumerate().map(conversion).collect())
}

/// Products of drawn rates from each stage to the end, for each draw.
fn drawn_products(counts: &[[u64; 3]], options: &DrawOptions) -> Vec<Vec<f64>> {
    let one = |draw: usize| {
        let mut random = options.stream(draw);
        let mut products: Vec<f64> = counts
            .iter()
            .map(|[advanced, lost, _]| {
                let (a, b) = (*advanced as f64 + 0.5, *lost as f64 + 0.5);
                // Both parameters are above 0.
                Beta::new(a, b).map_or(a / (a + b), |beta| beta.sample(&mut random))
            })
            .collect();
        for s in (0..products.len().saturating_sub(1)).rev() {
            products[s] *= products[s + 1];
        }
        products
    };
    (0..options.draws).map(one).collect()
}
