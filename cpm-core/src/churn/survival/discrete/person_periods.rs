//! Rows as the periods they were at risk in, by group of periods, without writing the periods out.

use super::{DiscreteHazardOptions, NAME};
use crate::churn::survival::SurvivalData;
use crate::churn::survival::design::Design;
use crate::error::{Error, Result};

/// Largest period: a table of groups is kept.
const MOST_PERIODS: f64 = 1e6;

/// Periods that share a hazard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Group {
    /// First and last period, from 1.
    pub(super) first: u32,
    pub(super) last: u32,
    /// Person-periods at risk, and those with an event, in sums of weights.
    pub(super) at_risk: f64,
    pub(super) events: f64,
}

/// Where each row was at risk.
pub(super) struct PersonPeriods {
    pub(super) groups: Vec<Group>,
    /// First and last period at risk.
    from: Vec<u32>,
    to: Vec<u32>,
    pub(super) event: Vec<bool>,
    /// Group of each period; period 1 comes first.
    group_of: Vec<u32>,
}

impl PersonPeriods {
    pub(super) fn new(data: &SurvivalData, design: &Design, options: &DiscreteHazardOptions) -> Result<Self> {
        let whole = |column: &'static str, row: usize, value: f64, least: f64| {
            if value.fract() == 0.0 && (least..=MOST_PERIODS).contains(&value) {
                return Ok(value as u32);
            }
            Err(Error::InvalidValue {
                column,
                row,
                value: value.to_string(),
                expected: "durations are whole periods from 1 to 10^6, entries whole periods from 0",
                remedy: "Round up to the period in which the row ended, or use a model in continuous time",
            })
        };
        let (mut from, mut to, mut event) = (Vec::new(), Vec::new(), Vec::new());
        for &row in &design.original {
            let entry = data.entry_of(row).max(0.0);
            from.push(whole("entry", row, entry, 0.0)? + 1);
            to.push(whole("durations", row, data.durations()[row], 1.0)?);
            event.push(data.events()[row]);
        }
        let last = to.iter().copied().max().unwrap_or(1);
        let group_of = groups_of(last, options.breaks.as_deref())?;
        let mut groups: Vec<Group> = Vec::new();
        for (period, &group) in (1..).zip(&group_of) {
            if group as usize == groups.len() {
                groups.push(Group { first: period, last: period, at_risk: 0.0, events: 0.0 });
            }
            groups[group as usize].last = period;
        }
        let mut all = Self { groups, from, to, event, group_of };
        for row in 0..design.len() {
            let weight = design.weight[row];
            let parts: Vec<(usize, f64, bool)> = all.parts(row).collect();
            for (group, quiet, event) in parts {
                all.groups[group].at_risk += weight * (quiet + f64::from(u8::from(event)));
                all.groups[group].events += if event { weight } else { 0.0 };
            }
        }
        Ok(all)
    }

    /// For each group that the row was at risk in: the group, the number of its periods without the event, and whether the
    /// event ended it.
    pub(super) fn parts(&self, row: usize) -> impl Iterator<Item = (usize, f64, bool)> {
        let (from, to, event) = (self.from[row], self.to[row], self.event[row]);
        let (first, last) = (self.group_of[from as usize - 1] as usize, self.group_of[to as usize - 1] as usize);
        (first..=last).map(move |g| {
            let group = self.groups[g];
            let periods = f64::from(to.min(group.last) - from.max(group.first) + 1);
            let ended = event && g == last;
            (g, if ended { periods - 1.0 } else { periods }, ended)
        })
    }
}

/// Group of each period up to the last, for groups that begin at `breaks`; one each without.
pub(super) fn groups_of(last: u32, breaks: Option<&[u32]>) -> Result<Vec<u32>> {
    let Some(breaks) = breaks else { return Ok((0..last).collect()) };
    if breaks.first() != Some(&1) || breaks.windows(2).any(|b| b[0] >= b[1]) {
        let expected = "they must ascend and begin with 1: the first period of each group";
        return Err(Error::argument("breaks", format!("{breaks:?}"), expected));
    }
    Ok((1..=last).map(|period| breaks.partition_point(|b| *b <= period) as u32 - 1).collect())
}

/// An error unless some group has both events and rows that stay.
pub(super) fn some_variation(groups: &[Group]) -> Result<()> {
    if groups.iter().any(|g| g.events > 0.0 && g.events < g.at_risk) {
        return Ok(());
    }
    Err(Error::NotIdentified {
        model: NAME,
        reason: "in every period either nobody has the event or everybody".to_owned(),
        remedy: "Give more rows, or wider groups of periods (breaks)".to_owned(),
    })
}
