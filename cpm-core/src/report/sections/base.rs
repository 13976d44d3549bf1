//! The base: growth, value, concentration, migration.

use ndarray::Array2;

use super::{figures, money_range, number_range, percent_range};
use crate::error::{Error, Result};
use crate::portfolio::{
    ConcentrationEstimates, CustomerEquity, FutureEquity, GrowthBridge, GrowthPeriod, GrowthSeries,
    LongRunConcentration, SegmentMigration, TransitionCounts, TransitionMatrix, Valuation, ValueBridge,
};
use crate::report::ReportSection;
use crate::report::format::{count, date, fixed, money, percent, signed};
use crate::table::{Column, Table};

/// Periods of growth that are shown.
const PERIODS: usize = 24;

fn retained(bridge: &GrowthBridge) -> String {
    match (bridge.net_retention, bridge.gross_retention) {
        (Some(net), Some(gross)) => format!(
            " Of the revenue of the first period, {} came again from the same customers before what they added, and {} with it.",
            percent_range(gross),
            percent_range(net)
        ),
        _ => String::new(),
    }
}

fn grown(bridge: &GrowthBridge) -> String {
    let signed = |amount: f64| if amount < 0.0 { "fell" } else { "rose" };
    let change = bridge.end.amount - bridge.start.amount;
    format!(
        "Revenue {} from {} to {}: {} from new customers, {} won back and {} more from those who stayed, less {} from those who bought \
         less and {} lost.{}",
        signed(change),
        money(bridge.start.amount),
        money(bridge.end.amount),
        money(bridge.new.amount),
        money(bridge.won_back.amount),
        money(bridge.expanded.amount),
        money(bridge.contracted.amount),
        money(bridge.lost.amount),
        retained(bridge)
    )
}

const GROWTH: &str =
    "Where the change of revenue comes from; growth from new customers alone has to be bought again every period.";

impl TryFrom<&GrowthBridge> for ReportSection {
    type Error = Error;

    fn try_from(bridge: &GrowthBridge) -> Result<Self> {
        Ok(Self::new("Growth and retention", GROWTH)
            .finding(grown(bridge))
            .table("From the revenue of one period to that of the next", bridge.to_table()?)
            .table("Retention and churn", bridge.rates_table()?))
    }
}

impl TryFrom<&GrowthSeries> for ReportSection {
    type Error = Error;

    fn try_from(series: &GrowthSeries) -> Result<Self> {
        let whole: Vec<&GrowthPeriod> = series.periods.iter().filter(|p| !p.partial).collect();
        let mut section = Self::new("Growth and retention", GROWTH);
        if let Some(last) = whole.last() {
            section = section.finding(format!(
                "To {}, the last whole {}: {}",
                last.label,
                series.period,
                grown(&last.bridge)
            ));
        }
        let rows = &whole[whole.len().saturating_sub(PERIODS)..];
        if rows.is_empty() {
            return Ok(section.finding("No period after the first has been observed to its end yet."));
        }
        let of = format!("by {}, the last {} whole ones", series.period, rows.len());
        let mut table = Table::new();
        table.push(&series.period.to_string(), Column::Text(rows.iter().map(|r| r.label.clone()).collect()))?;
        for k in 0..7 {
            let amount = |r: &&GrowthPeriod| r.bridge.parts()[k].1.amount * r.bridge.parts()[k].2;
            let name = rows.first().map_or("", |r| r.bridge.parts()[k].0);
            table.push(name, Column::Float(rows.iter().map(amount).collect()))?;
        }
        let mut rates = Table::new();
        rates.push(&series.period.to_string(), Column::Text(rows.iter().map(|r| r.label.clone()).collect()))?;
        for k in 0..6 {
            let rate = |of: fn(crate::estimate::Estimate) -> f64| {
                Column::Optional(rows.iter().map(|r| r.bridge.rates()[k].1.map(of)).collect())
            };
            let name = rows.first().map_or("", |r| r.bridge.rates()[k].0);
            rates.push(name, rate(|e| e.value))?;
            rates.push(&format!("{name}_low"), rate(|e| e.interval.low))?;
            rates.push(&format!("{name}_high"), rate(|e| e.interval.high))?;
        }
        Ok(section
            .table(format!("From the revenue of one {} to that of the next, {of}", series.period), table)
            .table(format!("Retention and churn {of}"), rates))
    }
}

impl TryFrom<&ValueBridge> for ReportSection {
    type Error = Error;

    fn try_from(bridge: &ValueBridge) -> Result<Self> {
        let part = |name: &str, amount: f64| format!("{} {name}", signed(amount, 0));
        Ok(Self::new(
            "Value bridge",
            "Why customer equity changed between two dates; value that purchases made is already in the till, value from a refit is only \
             another opinion of the model.",
        )
        .finding(format!(
            "Customer equity went from {} to {}: {}, {}, {}, {} and {}.",
            money(bridge.start.amount),
            money(bridge.end.amount),
            part("from customers acquired since", bridge.acquisition.amount),
            part("from those who bought", bridge.purchases.amount),
            part("from those who kept silent", bridge.expectations.amount),
            part("from those taken for lost", bridge.loss.amount),
            part("from the refit of the model", bridge.refit.amount)
        ))
        .table("From customer equity at the first date to that at the second", bridge.to_table()?))
    }
}

impl TryFrom<&CustomerEquity> for ReportSection {
    type Error = Error;

    fn try_from(equity: &CustomerEquity) -> Result<Self> {
        Ok(Self::new(
            "Customer equity",
            "What today’s customers are worth by group; where the value is, there is what can be lost.",
        )
        .finding(format!(
            "All customers together are worth {}, or {} without discounting.",
            money_range(equity.total),
            money_range(equity.undiscounted)
        ))
        .table("Value by group", equity.to_table()?))
    }
}

impl TryFrom<&FutureEquity> for ReportSection {
    type Error = Error;

    fn try_from(equity: &FutureEquity) -> Result<Self> {
        Ok(Self::new(
            "Customers still to come",
            "What the cohorts that will be acquired add, after the cost of acquiring them; it is worth less the later they come.",
        )
        .finding(format!("Future cohorts are worth {} today.", money_range(equity.value)))
        .table("Value by cohort", equity.to_table()?))
    }
}

impl TryFrom<&Valuation> for ReportSection {
    type Error = Error;

    fn try_from(valuation: &Valuation) -> Result<Self> {
        Ok(Self::new(
            "Value of the firm from its customers",
            "What customers of today and tomorrow make the firm worth; look at the inputs that move it most before trusting it.",
        )
        .finding(format!(
            "The operating value is {}, of which {} come from today’s customers and {} from those still to be acquired; {} of it lie \
             after the last period.",
            money_range(valuation.operating_value),
            money(valuation.existing_customers),
            money(valuation.new_customers),
            percent(valuation.terminal_share, 1)
        ))
        .table("The periods", valuation.to_table()?)
        .table("What moves the value: 10 % less and 10 % more of each input", valuation.sensitivity_table()?))
    }
}

impl TryFrom<&ConcentrationEstimates> for ReportSection {
    type Error = Error;

    fn try_from(of: &ConcentrationEstimates) -> Result<Self> {
        Ok(Self::new(
            "Concentration with intervals",
            "How much hangs on few customers, and how sure that is; customers at a loss are worth a look of their own.",
        )
        .finding(format!(
            "The Gini coefficient is {}; customers at a loss take away {} of the total.",
            number_range(of.gini),
            percent_range(of.erosion)
        ))
        .table("Measures of concentration", of.to_table()?))
    }
}

impl TryFrom<&LongRunConcentration> for ReportSection {
    type Error = Error;

    fn try_from(of: &LongRunConcentration) -> Result<Self> {
        Ok(Self::new(
            "Concentration in the long run",
            "How uneven customers are once chance has evened out; what is seen in one period overstates it.",
        )
        .finding(format!("In the long run the Gini coefficient is {}.", number_range(of.gini)))
        .table("Measures of concentration", of.to_table()?))
    }
}

/// Shares of the customers of each state who are in another later, and how many there were if they were counted.
fn migration(states: &[String], shares: &Array2<f64>, counts: Option<&Array2<u64>>) -> Result<ReportSection> {
    let from = |k: usize| counts.is_none_or(|n| n.row(k).sum() > 0);
    let rows: Vec<usize> = (0..states.len()).filter(|k| from(*k)).collect();
    let mut table = Table::new();
    table.push("from", Column::Text(rows.iter().map(|k| states[*k].clone()).collect()))?;
    if let Some(counts) = counts {
        let sums = rows.iter().map(|k| counts.row(*k).sum() as i64).collect();
        table.push("customers", Column::Integer(sums))?;
    }
    for (to, name) in states.iter().enumerate() {
        let reached = |k: &usize| shares[(*k, to)];
        if rows.iter().any(|k| reached(k) > 0.0) {
            table.push(&format!("share_to {name}"), Column::Float(rows.iter().map(reached).collect()))?;
        }
    }
    let mut section = ReportSection::new(
        "Migration between segments",
        "Who moved to which segment; a way down that many take is the place for a campaign.",
    );
    if let Some(counts) = counts {
        let all: u64 = counts.sum();
        let stayed: u64 = (0..states.len()).map(|k| counts[(k, k)]).sum();
        let moves = (0..states.len()).flat_map(|a| (0..states.len()).map(move |b| (a, b))).filter(|(a, b)| a != b);
        section = section.finding(format!(
            "{} of {} customers ended where they began.",
            percent(if all > 0 { stayed as f64 / all as f64 } else { 0.0 }, 1),
            count(all as f64)
        ));
        // Of equals the first.
        if let Some((a, b)) = moves.rev().max_by_key(|ab| counts[*ab]).filter(|ab| counts[*ab] > 0) {
            section = section.finding(format!(
                "The most frequent way out leads from “{}” to “{}”: {} customers.",
                states[a],
                states[b],
                count(counts[(a, b)] as f64)
            ));
        }
    }
    section.heat = true;
    Ok(section.table("Share of the customers of each segment who are in another one later", table))
}

impl TryFrom<&TransitionMatrix> for ReportSection {
    type Error = Error;

    fn try_from(matrix: &TransitionMatrix) -> Result<Self> {
        migration(matrix.states(), matrix.probabilities(), matrix.counts())
    }
}

impl TryFrom<&TransitionCounts> for ReportSection {
    type Error = Error;

    fn try_from(counts: &TransitionCounts) -> Result<Self> {
        let pooled = counts.pooled();
        let k = pooled.nrows();
        // Nobody's segment has no shares, and no row.
        let share = |(a, b): (usize, usize)| pooled[(a, b)] as f64 / (pooled.row(a).sum().max(1)) as f64;
        let section = migration(counts.states(), &Array2::from_shape_fn((k, k), share), Some(&pooled))?;
        let Ok(test) = counts.stationarity_test() else { return Ok(section) };
        Ok(section
            .finding(format!(
                "The test of one matrix for all periods gives {} at {} degrees of freedom.",
                fixed(test.statistic, 2),
                test.degrees_of_freedom
            ))
            .table(
                "Do the probabilities stay the same?",
                figures(&[("test_statistic", Some(test.statistic), None), ("p_value", Some(test.p_value), None)])?,
            ))
    }
}

impl TryFrom<&SegmentMigration> for ReportSection {
    type Error = Error;

    fn try_from(migration: &SegmentMigration) -> Result<Self> {
        let mut section = Self::try_from(&migration.counts)?.sentence(format!(
            "Who moved to which segment from {} to {}; a way down that many take is the place for a campaign.",
            date(migration.from),
            date(migration.to)
        ));
        if migration.acquired > 0 {
            section = section.finding(format!(
                "{} customers came since and have no segment then.",
                count(migration.acquired as f64)
            ));
        }
        if migration.gone > 0 {
            section =
                section.finding(format!("Returns left {} customers without a purchase.", count(migration.gone as f64)));
        }
        Ok(section)
    }
}
