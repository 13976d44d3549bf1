//! What customers say.

use super::{figures, money_range, number_range, percent_range};
use crate::error::{Error, Result};
use crate::portfolio::{DetractorValue, Drivers, ScoreDifference, SurveyMetric, SurveyScore};
use crate::report::ReportSection;
use crate::report::format::{count, fixed, money, percent};
use crate::report::plots::{Plot, Shape};

/// Promoters, passives and detractors as parts of all answers.
fn classes(score: &SurveyScore) -> Plot {
    let passives = (1.0 - score.promoters - score.detractors).max(0.0);
    let part = |name: &str, share: f64| format!("{name} {}", percent(share, 1));
    Plot {
        title: "Detractors, passives and promoters".to_owned(),
        caption: "The score is the share of promoters less that of detractors.".to_owned(),
        legend: vec![
            ("bar second", part("detractors (0 to 6)", score.detractors)),
            ("bar rest", part("passives (7 and 8)", passives)),
            ("bar", part("promoters (9 and 10)", score.promoters)),
        ],
        shape: Shape::Parts { second: score.detractors, rest: passives, first: score.promoters, unit: "answers" },
    }
}

impl TryFrom<&SurveyScore> for ReportSection {
    type Error = Error;

    fn try_from(score: &SurveyScore) -> Result<Self> {
        let (title, name, figure) = match score.metric {
            SurveyMetric::Nps => (
                "Voice of the customer: recommendation",
                "net promoter score",
                super::range(score.score, |v| fixed(100.0 * v, 1)),
            ),
            SurveyMetric::Csat { .. } => {
                ("Voice of the customer: satisfaction", "share of satisfied customers", percent_range(score.score))
            }
            SurveyMetric::Ces { .. } => ("Voice of the customer: ease", "mean ease", number_range(score.score)),
        };
        let mut rows = vec![("score", None, Some(score.score)), ("standard_error", Some(score.standard_error), None)];
        if score.metric == SurveyMetric::Nps {
            rows.extend([
                ("promoters_share", Some(score.promoters), None),
                ("detractors_share", Some(score.detractors), None),
            ]);
        }
        rows.extend([
            ("answers", Some(score.answers as f64), None),
            ("effective_answers", Some(score.effective_answers), None),
        ]);
        let mut section = Self::new(
            title,
            "What customers say about us, and how sure that is; a change within the interval is no news.",
        )
        .finding(format!("The {name} is {figure} from {} answers.", count(score.answers as f64)));
        if score.metric == SurveyMetric::Nps {
            section = section.plot(classes(score));
        }
        Ok(section.table("The survey in figures", figures(&rows)?))
    }
}

impl TryFrom<&ScoreDifference> for ReportSection {
    type Error = Error;

    fn try_from(of: &ScoreDifference) -> Result<Self> {
        let sure = if of.p_value < 0.05 { "more than chance" } else { "no more than chance would do" };
        Ok(Self::new(
            "Change of a survey score",
            "Whether two surveys differ by more than chance; without that, act on neither.",
        )
        .finding(format!(
            "The scores differ by {}: {sure} (p = {}).",
            number_range(of.difference),
            fixed(of.p_value, 3)
        ))
        .table(
            "The difference",
            figures(&[
                ("difference", None, Some(of.difference)),
                ("statistic", Some(of.statistic), None),
                ("p_value", Some(of.p_value), None),
            ])?,
        ))
    }
}

impl TryFrom<&DetractorValue> for ReportSection {
    type Error = Error;

    fn try_from(of: &DetractorValue) -> Result<Self> {
        Ok(Self::new(
            "Value at risk among detractors",
            "How much of the value belongs to customers who speak against us; talk to the valuable ones first.",
        )
        .finding(format!("Detractors hold {} of the value, {}.", percent_range(of.share), money_range(of.value)))
        .table(
            "Detractors",
            figures(&[
                ("share_of_value", None, Some(of.share)),
                ("value", None, Some(of.value)),
                ("detractors_among_answers", Some(of.detractors as f64), None),
            ])?,
        ))
    }
}

impl TryFrom<&Drivers> for ReportSection {
    type Error = Error;

    fn try_from(drivers: &Drivers) -> Result<Self> {
        let section = Self::new(
            "Drivers of satisfaction",
            "Which attributes move the overall answer; improve what matters and is weak, keep what matters and is strong.",
        );
        let section =
            match drivers.drivers.iter().rev().max_by(|a, b| a.importance.value.total_cmp(&b.importance.value)) {
                Some(first) => section.finding(format!(
                    "“{}” matters most: {} of what the attributes explain together (R² = {}, {} answers).",
                    first.name,
                    percent_range(first.importance),
                    fixed(drivers.r_squared, 2),
                    count(drivers.answers as f64)
                )),
                None => section,
            };
        Ok(section.table("Importance against performance", drivers.to_table()?))
    }
}

impl TryFrom<&crate::portfolio::ReferralValue> for ReportSection {
    type Error = Error;

    fn try_from(of: &crate::portfolio::ReferralValue) -> Result<Self> {
        let referring = of.values.iter().filter(|v| **v != 0.0).count();
        Ok(Self::new(
            "Referral value",
            "What customers are worth by those whom they bring; some of the best never buy much themselves.",
        )
        .finding(format!("Referrals of {} customers are worth {}.", count(referring as f64), money(of.total)))
        .table(
            "Referrals",
            figures(&[
                ("value", Some(of.total), None),
                ("from_customers_who_would_not_have_come", Some(of.from_incremental.iter().sum()), None),
                ("customers_with_referral_value", Some(referring as f64), None),
            ])?,
        ))
    }
}
