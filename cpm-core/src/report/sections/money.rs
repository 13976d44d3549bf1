//! Money: break-even, cash, risk.

use super::{figures, money_range, percent_range, period};
use crate::error::{Error, Result};
use crate::portfolio::{BreakEven, CashPath, Frontier, RevenueAtRisk, SegmentRisk, StressResult, Verdict};
use crate::report::ReportSection;
use crate::report::format::{count, money, percent};
use crate::report::plots::{Curves, Plot, Shape, Span};

/// Profit and cash by volume; none if every volume breaks even.
fn by_volume(of: &BreakEven) -> Option<Plot> {
    let planned = of.planned.as_ref().map(|plan| plan.volume);
    let known = [of.volume.value, of.cash_volume.value, planned];
    let last = 1.25 * known.into_iter().flatten().fold(0.0, f64::max);
    let line = |unit: f64, cost: f64| [0.0, last].map(|volume| (volume, unit * volume - cost)).to_vec();
    let marks = of.planned.as_ref().map(|plan| vec![(plan.volume, plan.profit, "plan")]).unwrap_or_default();
    (last > 0.0).then(|| Plot {
        title: "Profit and cash by volume".to_owned(),
        caption: "Each breaks even where its line crosses zero.".to_owned(),
        legend: vec![("", "profit".to_owned()), ("second", "cash".to_owned())],
        shape: Shape::Curves(Curves {
            x: Span { from_zero: true, ..Span::new("units") },
            y: Span { from_zero: true, ..Span::new("profit and cash") },
            first: line(of.contribution.value, of.fixed_cost.value),
            second: line(of.cash_margin.value, of.cash_cost.value),
            marks,
            ..Curves::default()
        }),
    })
}

/// Cash and profit summed up to each period, and how far the credit line reaches.
fn by_period(path: &CashPath) -> Plot {
    let rows = || path.rows.iter().enumerate().map(|(t, row)| (t as f64, row));
    let mut legend = vec![
        ("", "cumulative cash".to_owned()),
        ("band", "its interval".to_owned()),
        ("second", "cumulative profit".to_owned()),
    ];
    legend.extend(path.credit.is_some().then(|| ("reference", "all of the credit line used".to_owned())));
    Plot {
        title: "Cash and profit up to each period".to_owned(),
        caption: "Cash below zero has to be paid in advance.".to_owned(),
        legend,
        shape: Shape::Curves(Curves {
            x: Span { counted: true, ..Span::new("period") },
            y: Span { from_zero: true, ..Span::new("cumulative") },
            first: rows().map(|(t, row)| (t, row.cumulative_cash.value)).collect(),
            second: rows().map(|(t, row)| (t, row.cumulative_profit.value)).collect(),
            band: rows()
                .map(|(t, row)| (t, row.cumulative_cash.interval.low, row.cumulative_cash.interval.high))
                .collect(),
            level: path.credit.map(|credit| (-credit.limit, "credit line")),
            ..Curves::default()
        }),
    }
}

impl TryFrom<&BreakEven> for ReportSection {
    type Error = Error;

    fn try_from(of: &BreakEven) -> Result<Self> {
        let volume = |v: Option<f64>| v.map_or_else(|| "no volume".to_owned(), |v| format!("{} units", count(v)));
        let mut section = Self::new(
            "Break-even",
            "From which volume on there is a profit, and from which on there is cash; the larger of the two is the one to plan by.",
        )
        .finding(format!(
            "Profit begins at {}, cash at {}.",
            volume(of.volume.value),
            volume(of.cash_volume.value)
        ));
        if let Some(plan) = &of.planned {
            section = section.finding(format!(
                "At the planned {} units the profit is {} and the cash {}; {} of the volume may be lost before the profit is gone.",
                count(plan.volume),
                money_range(plan.profit),
                money_range(plan.cash),
                percent_range(plan.margin_of_safety)
            ));
        }
        if let Some(plot) = by_volume(of) {
            section = section.plot(plot);
        }
        Ok(section.table("Profit and cash break-even", of.to_table()?))
    }
}

impl TryFrom<&CashPath> for ReportSection {
    type Error = Error;

    fn try_from(path: &CashPath) -> Result<Self> {
        let mut section = Self::new(
            "Cash path",
            "When money goes out and when it comes back; a programme can be profitable and still run out of cash.",
        )
        .finding(format!(
            "The net present value is {}; up to {} have to be paid in advance, the most in period {}, and the cash is back {}.",
            money_range(path.npv),
            money_range(path.funding_need),
            path.trough_period,
            period(path.cash_break_even)
        ));
        if let Some(credit) = &path.credit {
            let judgement = match path.verdict() {
                Verdict::Sound => "The programme is profitable and stays within the credit line",
                Verdict::BreaksCreditLimit => "The programme is profitable, but it breaks the credit line",
                Verdict::Unprofitable => "The programme stays within the credit line, but it is not profitable",
                Verdict::UnprofitableAndBreaksCreditLimit => {
                    "The programme is not profitable, and it breaks the credit line"
                }
            };
            section = section.finding(format!(
                "{judgement} of {}: {} are left of it at the trough, and it is broken with a probability of {}.",
                money(credit.limit),
                money_range(credit.headroom),
                percent(credit.probability_of_breach, 1)
            ));
        }
        Ok(section
            .plot(by_period(path))
            .table("The programme in figures", path.figures_table()?)
            .table("The periods", path.to_table()?))
    }
}

impl TryFrom<&RevenueAtRisk> for ReportSection {
    type Error = Error;

    fn try_from(risk: &RevenueAtRisk) -> Result<Self> {
        let share = |part: f64| percent(if risk.expected > 0.0 { part / risk.expected } else { 0.0 }, 1);
        Ok(Self::new(
            "Risk",
            "How much of the expected revenue may be missing in a bad year; keep that much in reserve, or do not promise it.",
        )
        .finding(format!(
            "Of {} expected, at least {} will come with a probability of {}; the value at risk is {} ({}), and in the cases beyond it {} \
             are missing on average.",
            money(risk.expected),
            money(risk.worst_case.value),
            percent(risk.confidence, 1),
            money(risk.value_at_risk.value),
            share(risk.value_at_risk.value),
            money(risk.expected_shortfall.value)
        ))
        .table(
            "Revenue at risk, with the interval of the simulation",
            figures(&[
                ("expected_revenue", Some(risk.expected), None),
                ("standard_deviation", Some(risk.standard_deviation), None),
                ("worst_case", None, Some(risk.worst_case)),
                ("value_at_risk", None, Some(risk.value_at_risk)),
                ("expected_shortfall", None, Some(risk.expected_shortfall)),
                ("value_at_risk_without_the_common_shock", Some(risk.diversified_value_at_risk), None),
            ])?,
        ))
    }
}

impl TryFrom<&[StressResult]> for ReportSection {
    type Error = Error;

    fn try_from(results: &[StressResult]) -> Result<Self> {
        let section = Self::new(
            "Stress tests",
            "What is left of the value if the worst happens; prepare for what would hurt most.",
        );
        let worst = results.iter().rev().max_by(|a, b| b.value.total_cmp(&a.value));
        let section = match worst {
            Some(worst) => section.finding(format!(
                "Of the scenarios, “{}” costs most: {} of the value.",
                worst.scenario,
                percent(-worst.change_share, 1)
            )),
            None => section,
        };
        Ok(section.table("Value under each scenario", StressResult::table(results)?))
    }
}

impl TryFrom<&[SegmentRisk]> for ReportSection {
    type Error = Error;

    fn try_from(rows: &[SegmentRisk]) -> Result<Self> {
        let section = Self::new(
            "Return and risk of segments",
            "What each segment returns and how strongly it moves with the whole base; a beta below 1 calms the portfolio.",
        );
        let section = match rows.iter().rev().max_by(|a, b| a.beta.value.total_cmp(&b.beta.value)) {
            Some(riskiest) => section.finding(format!(
                "“{}” moves most with the base: beta {}.",
                riskiest.segment,
                super::number_range(riskiest.beta)
            )),
            None => section,
        };
        Ok(section.table("Segments", SegmentRisk::table(rows)?))
    }
}

impl TryFrom<&Frontier> for ReportSection {
    type Error = Error;

    fn try_from(frontier: &Frontier) -> Result<Self> {
        let section = Self::new(
            "Efficient frontier",
            "The least risk for each return, and the mix of segments that has it; a mix with more risk for the same return is a waste.",
        );
        let section = match frontier.points.iter().min_by(|a, b| a.risk.total_cmp(&b.risk)) {
            Some(calm) => section.finding(format!(
                "The calmest mix returns {} with a standard deviation of {}.",
                percent(calm.expected_return, 1),
                percent(calm.risk, 1)
            )),
            None => section,
        };
        let points = frontier.points.iter().map(|p| (p.risk, p.expected_return));
        let plot = Plot {
            title: "Return and risk of the best mixes".to_owned(),
            caption: "No mix lies above the line.".to_owned(),
            legend: vec![("", "least risk for each return".to_owned())],
            shape: Shape::Curves(Curves {
                x: Span { percent: true, ..Span::new("standard deviation of the return") },
                y: Span { percent: true, ..Span::new("expected return") },
                first: points.collect(),
                ..Curves::default()
            }),
        };
        Ok(section.plot(plot).table("Points of the frontier", frontier.to_table()?))
    }
}
