//! Money: break-even, cash, risk.

use super::{figures, money_range, percent_range, period};
use crate::error::{Error, Result};
use crate::portfolio::{BreakEven, CashPath, Frontier, RevenueAtRisk, SegmentRisk, StressResult, Verdict};
use crate::report::ReportSection;
use crate::report::format::{count, money, percent};

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
        Ok(section.table("The programme in figures", path.figures_table()?).table("The periods", path.to_table()?))
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
        Ok(section.table("Points of the frontier", frontier.to_table()?))
    }
}
