//! Voice of the customer: NPS, CSAT and CES with intervals, what they are worth, and what drives them.

mod drivers;
mod groups;
mod referral;
mod score;
mod value;

pub use drivers::{Driver, Drivers, satisfaction_drivers, satisfaction_drivers_by_group};
pub use groups::{GroupScores, ScoreDifference, compare_scores, post_stratification_weights, score_by_group};
pub use referral::{ReferralColumns, ReferralValue, referral_value};
pub use score::{SurveyMetric, SurveyOptions, SurveyScore, ces, csat, nps, survey_score};
pub use value::{DetractorValue, TierScore, detractor_value, score_by_value_tier};

#[cfg(test)]
mod tests;
