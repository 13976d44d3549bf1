//! Decisions: campaigns, budgets, offers, pipeline, goals, audiences.

use super::{figures, money_range, number_range, percent_range};
use crate::error::{Error, Result};
use crate::portfolio::{
    AggregateExport, AllocationPlan, Audience, CampaignEffect, ContactPolicy, Gap, GoalForecast, GoalStatus,
    HoldoutGroup, OfferPlan, Pipeline, Regret, StrategyTable, TargetList,
};
use crate::report::ReportSection;
use crate::report::format::{count, fixed, money, percent};
use crate::report::plots::{Curves, Plot, Shape, Span};
use crate::table::{Column, Table};

impl TryFrom<&CampaignEffect> for ReportSection {
    type Error = Error;

    fn try_from(of: &CampaignEffect) -> Result<Self> {
        let sure = if of.p_value < 0.05 { "more than chance" } else { "no more than chance would do" };
        let mut section = Self::new(
            "Effect of the campaign",
            "What the campaign changed, against customers held out at random; repeat what worked, stop what did not.",
        )
        .finding(format!(
            "Each of {} customers contacted brought {} more than the {} held out, {} in all: {sure} (p = {}).",
            count(of.treated as f64),
            money_range(of.effect),
            count(of.control as f64),
            money_range(of.total),
            fixed(of.p_value, 3)
        ));
        if of.sample_ratio_p_value.is_some_and(|p| p < 0.001) {
            section = section.finding("The sizes of the groups are not what was meant: do not trust this effect.");
        }
        let mut rows = vec![
            ("effect_per_customer", None, Some(of.effect)),
            ("total_effect", None, Some(of.total)),
            ("mean_of_the_control_group", Some(of.control_mean), None),
            ("standard_error", Some(of.standard_error), None),
            ("p_value", Some(of.p_value), None),
            ("share_of_variance_taken_away", Some(of.variance_reduction), None),
            ("contacted", Some(of.treated as f64), None),
            ("held_out", Some(of.control as f64), None),
        ];
        if let Some(relative) = of.relative {
            rows.insert(1, ("relative_effect_share", None, Some(relative)));
        }
        Ok(section.table("The effect in figures", figures(&rows)?))
    }
}

impl TryFrom<&TargetList> for ReportSection {
    type Error = Error;

    fn try_from(list: &TargetList) -> Result<Self> {
        Ok(Self::new(
            "Whom to contact",
            "How many customers a campaign should contact, the best first; beyond that depth each contact costs more than it brings.",
        )
        .finding(format!(
            "Contacting the best {} of {} customers costs {} and is expected to bring a profit of {}; contacting all would bring {}.",
            count(list.depth as f64),
            count(list.order.len() as f64),
            money(list.best.cost),
            money_range(list.best.profit),
            money_range(list.everybody.profit)
        ))
        .table("Profit by depth", list.curve_table()?))
    }
}

impl TryFrom<&HoldoutGroup> for ReportSection {
    type Error = Error;

    fn try_from(of: &HoldoutGroup) -> Result<Self> {
        Ok(Self::new(
            "Hold-out group",
            "Who is on the list but not contacted, so that the campaign can be measured afterwards.",
        )
        .finding(format!(
            "{} customers are contacted and {} held out; a difference of {} in response would be seen, and holding out costs {}.",
            count(of.contact.len() as f64),
            count(of.hold_out.len() as f64),
            percent(of.detectable_effect, 2),
            money(of.cost)
        ))
        .table(
            "The groups",
            figures(&[
                ("contacted", Some(of.contact.len() as f64), None),
                ("held_out", Some(of.hold_out.len() as f64), None),
                ("detectable_effect_share", Some(of.detectable_effect), None),
                ("cost_of_holding_out", Some(of.cost), None),
            ])?,
        ))
    }
}

impl TryFrom<&AllocationPlan> for ReportSection {
    type Error = Error;

    fn try_from(plan: &AllocationPlan) -> Result<Self> {
        let mut section = Self::new(
            "Allocation of the budget",
            "The split of the budget that brings most; where the last unit of money brings more than it costs, more budget would pay.",
        )
        .finding(format!(
            "Spending {} this way is worth {}, a profit of {}; one more unit of budget would bring {}.",
            money(plan.spent()),
            money(plan.value()),
            money(plan.profit()),
            fixed(plan.marginal_value_of_budget(), 2)
        ));
        if let Some(today) = plan.today() {
            section = section.finding(format!(
                "Today’s split is worth {}: the plan has {} more.",
                money(today.value),
                money(today.gain)
            ));
        }
        let certificate = plan.certificate();
        let today = plan.today().map(|today| today.spend.clone());
        let mut legend = vec![("bar", "the plan".to_owned())];
        legend.extend(today.is_some().then(|| ("bar second", "today".to_owned())));
        Ok(section
            .plot(Plot {
                title: "Spend by activity".to_owned(),
                caption: "Without fixed costs.".to_owned(),
                legend,
                shape: Shape::Bars {
                    names: plan.names().to_vec(),
                    first: plan.spend().to_vec(),
                    second: today,
                    unit: "spend",
                },
            })
            .table("Spend by activity", plan.to_table()?)
            .table("Limits and their shadow prices", plan.limits_table()?)
            .table(
                "Certificate: how far the plan may be from the best one",
                figures(&[
                    ("stationarity", Some(certificate.stationarity), None),
                    ("feasibility", Some(certificate.feasibility), None),
                    ("complementarity", Some(certificate.complementarity), None),
                    ("gap", Some(certificate.gap), None),
                ])?,
            ))
    }
}

impl TryFrom<&Regret> for ReportSection {
    type Error = Error;

    fn try_from(of: &Regret) -> Result<Self> {
        Ok(Self::new(
            "Regret of the plan",
            "What knowing the responses exactly would be worth; a test that costs less than that pays.",
        )
        .finding(format!(
            "The plan is worth {}, and its expected regret is {}.",
            money_range(of.objective),
            money_range(of.regret)
        ))
        .table(
            "Under uncertain responses",
            figures(&[
                ("value_of_the_plan", None, Some(of.objective)),
                ("regret", None, Some(of.regret)),
                ("probability_of_being_better_than_today", of.better_than_today, None),
            ])?,
        ))
    }
}

impl TryFrom<&OfferPlan> for ReportSection {
    type Error = Error;

    fn try_from(plan: &OfferPlan) -> Result<Self> {
        let offers = plan.used.len();
        let mut table = Table::new();
        table.push("offer", Column::Integer((1..=offers as i64).collect()))?;
        table.push("customers", Column::Integer(plan.used.iter().map(|n| *n as i64).collect()))?;
        let mut profit = vec![0.0; offers];
        plan.offers.iter().zip(&plan.expected_profit).for_each(|(o, p)| profit[*o as usize] += p);
        table.push("expected_profit", Column::Float(profit))?;
        table.push("shadow_price", Column::Float(plan.shadow_prices.clone()))?;
        Ok(Self::new(
            "Next best offers",
            "Which offer goes to whom, so that all together bring most; a shadow price says what one more piece of an offer is worth.",
        )
        .finding(format!(
            "{} offers are expected to bring {}; for {} customers no offer pays or none is left.",
            count(plan.customers.len() as f64),
            money_range(plan.profit),
            count(plan.without_offer as f64)
        ))
        .table("Offers, in the order given", table))
    }
}

impl TryFrom<&Pipeline> for ReportSection {
    type Error = Error;

    fn try_from(of: &Pipeline) -> Result<Self> {
        let mut rows = vec![
            ("opportunities", Some(of.opportunities as f64), None),
            ("value_if_all_were_won", Some(of.total_value), None),
            ("weighted_value", None, Some(of.weighted_value)),
            ("wins", None, Some(of.wins)),
            ("cost", Some(of.cost), None),
            ("net_value", None, Some(of.net)),
            ("not_worth_pursuing", Some(of.not_worth_pursuing as f64), None),
            ("gain_of_dropping_those", Some(of.gain_of_dropping), None),
            ("largest_share", Some(of.largest_share), None),
        ];
        rows.extend(of.share_of_portfolio.map(|share| ("share_of_portfolio", None, Some(share))));
        let part =
            of.share_of_portfolio.map_or_else(String::new, |s| format!(", {} of the portfolio", percent_range(s)));
        Ok(Self::new(
            "Prospects",
            "What the open opportunities are worth, each weighted by its chance; drop those that cost more than they are expected to bring.",
        )
        .finding(format!(
            "{} opportunities are worth {} after the cost of winning them{part}; {} of them are not worth pursuing.",
            count(of.opportunities as f64),
            money_range(of.net),
            count(of.not_worth_pursuing as f64)
        ))
        .table("The pipeline", figures(&rows)?))
    }
}

/// The path from the baseline to the target, and where the figure is.
fn goal_path(of: &GoalStatus) -> Plot {
    let share = |k: u32| f64::from(k) / 20.0;
    Plot {
        title: "The path of the goal".to_owned(),
        caption: String::new(),
        legend: vec![("reference", "the path".to_owned()), ("", "measured, with its interval".to_owned())],
        shape: Shape::Curves(Curves {
            x: Span { percent: true, from_zero: true, ..Span::new("share of the time") },
            y: Span::new("figure"),
            reference: (0..=20).map(|k| (share(k), of.required_after(share(k)))).collect(),
            level: Some((of.ends[1], "target")),
            marks: vec![(of.elapsed, of.current, "now")],
            ..Curves::default()
        }),
    }
}

impl TryFrom<&GoalStatus> for ReportSection {
    type Error = Error;

    fn try_from(of: &GoalStatus) -> Result<Self> {
        Ok(Self::new("Goal", "Where a figure is and where it should be by now, given how sure the figure itself is.")
            .finding(format!(
                "The goal is {}: {} against {} required, {} of the way in {} of the time.",
                of.state.name().replace('_', " "),
                number_range(of.current),
                fixed(of.required, 2),
                percent(of.progress.value, 1),
                percent(of.elapsed, 1)
            ))
            .plot(goal_path(of))
            .table(
                "Status",
                figures(&[
                    ("required", Some(of.required), None),
                    ("current", None, Some(of.current)),
                    ("progress_share", None, Some(of.progress)),
                    ("share_of_time", Some(of.elapsed), None),
                    ("probability_of_being_on_the_path", Some(of.on_path), None),
                ])?,
            ))
    }
}

impl TryFrom<&GoalForecast> for ReportSection {
    type Error = Error;

    fn try_from(of: &GoalForecast) -> Result<Self> {
        Ok(Self::new("Forecast of the goal", "Whether a goal will be reached if all goes on as it did.")
            .finding(format!(
                "At the date of the goal {} are expected; the target is reached with a probability of {}.",
                number_range(of.expected),
                percent(of.probability, 1)
            ))
            .table(
                "Forecast",
                figures(&[
                    ("expected", None, Some(of.expected)),
                    ("probability", Some(of.probability), None),
                    ("trend_per_day", Some(of.trend), None),
                    ("required_trend_per_day", Some(of.required_trend), None),
                    ("days", Some(of.days), None),
                ])?,
            ))
    }
}

impl TryFrom<&Gap> for ReportSection {
    type Error = Error;

    fn try_from(gap: &Gap) -> Result<Self> {
        let mut table = Table::new();
        table.push("lever", Column::Text(gap.alone.iter().map(|l| l.name.clone()).collect()))?;
        table.push("current", Column::Float(gap.alone.iter().map(|l| l.current).collect()))?;
        table.push("needed", Column::Optional(gap.alone.iter().map(|l| l.needed).collect()))?;
        let change = gap.alone.iter().map(|l| l.needed.map(|n| n - l.current)).collect();
        table.push("change", Column::Optional(change))?;
        table.push("metric_at_limit", Column::Float(gap.alone.iter().map(|l| l.at_limit).collect()))?;
        let alone: Vec<&str> = gap.alone.iter().filter(|l| l.needed.is_some()).map(|l| l.name.as_str()).collect();
        let enough = if alone.is_empty() {
            "no lever alone is enough".to_owned()
        } else {
            format!("enough alone would be: {}", alone.join(", "))
        };
        Ok(Self::new("Closing the gap", "How far each lever would have to move, alone, for the target to be reached.")
            .finding(format!(
                "From {} to {}: {enough} ({} of the present figure are missing).",
                fixed(gap.current, 2),
                fixed(gap.target, 2),
                percent(if gap.current == 0.0 { 0.0 } else { gap.target / gap.current - 1.0 }, 1)
            ))
            .table("Levers", table))
    }
}

impl TryFrom<&ContactPolicy> for ReportSection {
    type Error = Error;

    fn try_from(policy: &ContactPolicy) -> Result<Self> {
        let distinct: std::collections::BTreeSet<&str> = policy.actions.iter().map(String::as_str).collect();
        Ok(Self::new("Contact policy", "What to do with customers in each state so that their value is highest.")
            .finding(format!(
                "The best policy uses {} of the actions in {} states.",
                distinct.len(),
                policy.states.len()
            ))
            .table("Action and value by state", policy.to_table()?))
    }
}

impl TryFrom<&StrategyTable> for ReportSection {
    type Error = Error;

    fn try_from(strategies: &StrategyTable) -> Result<Self> {
        Ok(Self::new(
            "Strategies",
            "Which treatment is suggested for which customers and why; the first rule that fits decides, and nothing is done by itself.",
        )
        .finding(format!("The table has {} rules.", strategies.rules().len()))
        .table("Suggested treatments", strategies.to_table()?))
    }
}

impl TryFrom<&Audience> for ReportSection {
    type Error = Error;

    fn try_from(audience: &Audience) -> Result<Self> {
        // Identifiers of single customers have no place in a report.
        Ok(Self::new("Audience", "How many of the targets may be exported, and why the others were left out.")
            .finding(format!(
                "Of {} targets, {} were exported; {} refused or did not answer.",
                count(audience.requested as f64),
                count(audience.identifiers.len() as f64),
                count((audience.refused + audience.unanswered) as f64)
            ))
            .table("What became of the targets", audience.account()?))
    }
}

impl TryFrom<&AggregateExport> for ReportSection {
    type Error = Error;

    fn try_from(export: &AggregateExport) -> Result<Self> {
        Ok(Self::new("Segments for eyes outside", "Sums by segment, without segments so small that a person could be found in them.")
            .finding(format!(
                "{} segments with {} customers were suppressed, {} of them to protect the small ones ({} segments are shown).",
                export.too_small + export.complementary,
                count(export.suppressed_customers as f64),
                export.complementary,
                export.segments.len()
            ))
            .table("Segments", export.to_table()?))
    }
}
