//! A suggested treatment for each customer, from segment, value and risk.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, same_length};
use crate::table::{Column, Table};

/// A third of a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    /// The lower part.
    Low,
    /// The middle.
    Medium,
    /// The upper part.
    High,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        })
    }
}

/// One row of a [`StrategyTable`]: what is left open fits everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrategyRule {
    /// Only customers of this segment.
    pub segment: Option<String>,
    /// Only customers of this value.
    pub value: Option<Level>,
    /// Only customers of this risk.
    pub risk: Option<Level>,
    /// What to do.
    pub treatment: String,
    /// Why.
    pub reason: String,
}

impl StrategyRule {
    /// A rule for everybody.
    #[must_use]
    pub fn new(treatment: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { segment: None, value: None, risk: None, treatment: treatment.into(), reason: reason.into() }
    }

    /// Only for customers of this segment.
    #[must_use]
    pub fn segment(mut self, name: impl Into<String>) -> Self {
        self.segment = Some(name.into());
        self
    }

    /// Only for customers of this value.
    #[must_use]
    pub fn value(mut self, level: Level) -> Self {
        self.value = Some(level);
        self
    }

    /// Only for customers of this risk.
    #[must_use]
    pub fn risk(mut self, level: Level) -> Self {
        self.risk = Some(level);
        self
    }

    fn fits(&self, segment: &str, value: Level, risk: Level) -> bool {
        self.segment.as_deref().is_none_or(|s| s == segment)
            && self.value.is_none_or(|v| v == value)
            && self.risk.is_none_or(|r| r == risk)
    }
}

/// Rules from segment, value and risk to a treatment: the first that fits decides.
///
/// Nothing in this crate applies one on its own: a table is an argument that you pass, and the answer names the rule behind each treatment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrategyTable {
    rules: Vec<StrategyRule>,
}

impl StrategyTable {
    /// A table of your own.
    ///
    /// # Errors
    /// [`Error::Empty`] without rules; [`Error::InvalidArgument`] for one without a treatment, or one that can never decide because an earlier
    /// rule fits whatever it fits.
    pub fn new(rules: Vec<StrategyRule>) -> Result<Self> {
        if rules.is_empty() {
            return Err(Error::Empty {
                what: "the table of strategies".to_owned(),
                remedy: "Give one rule at least".to_owned(),
            });
        }
        let covers = |a: &StrategyRule, b: &StrategyRule| {
            (a.segment.is_none() || a.segment == b.segment)
                && (a.value.is_none() || a.value == b.value)
                && (a.risk.is_none() || a.risk == b.risk)
        };
        for (k, rule) in rules.iter().enumerate() {
            if rule.treatment.trim().is_empty() {
                return Err(Error::argument("treatment", format!("(of rule {k})"), "every rule needs one"));
            }
            if let Some(earlier) = rules[..k].iter().position(|r| covers(r, rule)) {
                let expected =
                    format!("rule {earlier} fits whatever it fits; put the narrower one first, or leave it out");
                return Err(Error::argument("rules", format!("rule {k}, `{}`", rule.treatment), expected));
            }
        }
        Ok(Self { rules })
    }

    /// A suggestion to begin with: value against risk, and new customers by themselves. Replace what does not fit your business.
    ///
    /// | | low risk | medium risk | high risk |
    /// |---|---|---|---|
    /// | **high value** | reward and grow | preventive contact | personal retention |
    /// | **medium value** | cross-sell | automated programme | retention offer within its value |
    /// | **low value** | serve at low cost | serve at low cost | let go |
    ///
    /// Customers of the segment `New customers` are welcomed, whatever little is known of their value and risk. The thought behind: spend on customers
    /// in proportion to what they will bring, and on retention where there is both something to lose and a danger of losing it (Reinartz &
    /// Kumar 2002, Harvard Business Review 80(7); Gupta & Lehmann 2005, Managing Customers as Investments).
    #[must_use]
    pub fn suggested() -> Self {
        use Level::{High, Low, Medium};
        let rule = StrategyRule::new;
        let rules = vec![
            rule("welcome", "the second purchase decides; value and risk of a new customer are hardly known")
                .segment("New customers"),
            rule("personal retention", "much to lose, and in danger").value(High).risk(High),
            rule("preventive contact", "much to lose; find out what is missing before they go")
                .value(High)
                .risk(Medium),
            rule("reward and grow", "valuable and loyal: keep it so, ask for recommendations").value(High).risk(Low),
            rule("retention offer within its value", "something to lose; spend no more than it")
                .value(Medium)
                .risk(High),
            rule("automated programme", "reminders and content at little cost").value(Medium).risk(Medium),
            rule("cross-sell", "loyal, and could buy more").value(Medium).risk(Low),
            rule("let go", "an effort would cost more than it keeps").value(Low).risk(High),
            rule("serve at low cost", "brings little; costs should be less").value(Low),
        ];
        Self { rules }
    }

    /// The rules in their order.
    #[must_use]
    pub fn rules(&self) -> &[StrategyRule] {
        &self.rules
    }

    /// Columns `segment, value, risk, treatment, reason`; an empty field fits everybody.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_table(&self) -> Result<Table> {
        let text = |of: &dyn Fn(&StrategyRule) -> String| Column::Text(self.rules.iter().map(of).collect());
        let level = |l: Option<Level>| l.map_or_else(String::new, |l| l.to_string());
        let mut table = Table::new();
        table.push("segment", text(&|r| r.segment.clone().unwrap_or_default()))?;
        table.push("value", text(&|r| level(r.value)))?;
        table.push("risk", text(&|r| level(r.risk)))?;
        table.push("treatment", text(&|r| r.treatment.clone()))?;
        table.push("reason", text(&|r| r.reason.clone()))?;
        Ok(table)
    }
}

/// What is known of each customer, as columns of one length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StrategyColumns<'a> {
    /// Number of its segment, counted from 0.
    pub segment: &'a [u32],
    /// Names of the segments.
    pub names: &'a [String],
    /// Its value: customer lifetime value, or margin.
    pub value: &'a [f64],
    /// Its risk of leaving, a probability.
    pub risk: &'a [f64],
}

/// Where levels begin.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct StrategyLevels {
    /// Share of the customers whose value is high: the best.
    pub high_value: f64,
    /// Share of the customers whose value is high or medium.
    pub medium_value: f64,
    /// Risk from which it is medium.
    pub medium_risk: f64,
    /// Risk from which it is high.
    pub high_risk: f64,
}

impl Default for StrategyLevels {
    fn default() -> Self {
        Self { high_value: 0.2, medium_value: 0.5, medium_risk: 0.3, high_risk: 0.6 }
    }
}

/// Suggested treatments; see [`suggest_treatments`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suggestions {
    /// For each customer the rule that decided, None if no rule fits.
    pub rules: Vec<Option<u32>>,
    /// Level of each customer's value.
    pub values: Vec<Level>,
    /// Level of each customer's risk.
    pub risks: Vec<Level>,
    /// Value from which it is medium, and from which it is high.
    pub value_thresholds: [f64; 2],
    /// Customers that no rule fits.
    pub unmatched: u64,
    /// Segments that rules are for and no customer has: a segment without customers, or a name written otherwise.
    pub unknown_segments: Vec<String>,
}

impl Suggestions {
    /// One row per rule that decided, in the order of the table: `treatment, reason, customers, value, expected_loss`; then, if there are any, those without a
    /// rule. The expected loss is Σ risk·value of those whose value is above 0.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] unless columns and table are those that the suggestions were made from.
    pub fn overview(&self, columns: &StrategyColumns<'_>, strategies: &StrategyTable) -> Result<Table> {
        let n = self.rules.len();
        if columns.value.len() != n || columns.risk.len() != n {
            let reference = "the suggestions";
            return Err(Error::LengthMismatch { column: "value", found: columns.value.len(), reference, expected: n });
        }
        let rules = strategies.rules();
        let mut sums = vec![(0_i64, 0.0, 0.0); rules.len() + 1];
        for (i, rule) in self.rules.iter().enumerate() {
            let at = rule.map_or(rules.len(), |r| r as usize);
            let Some(sum) = sums.get_mut(at) else {
                let (found, reference) = (rules.len(), "the suggestions");
                return Err(Error::LengthMismatch { column: "strategies", found, reference, expected: at + 1 });
            };
            sum.0 += 1;
            sum.1 += columns.value[i];
            sum.2 += columns.risk[i] * columns.value[i].max(0.0);
        }
        let shown: Vec<usize> = (0..sums.len()).filter(|r| sums[*r].0 > 0).collect();
        let text = |of: fn(&StrategyRule) -> &str, none: &str| {
            Column::Text(shown.iter().map(|r| rules.get(*r).map_or(none, of).to_owned()).collect())
        };
        let mut table = Table::new();
        table.push("treatment", text(|r| &r.treatment, "(no rule)"))?;
        table.push("reason", text(|r| &r.reason, ""))?;
        table.push("customers", Column::Integer(shown.iter().map(|r| sums[*r].0).collect()))?;
        table.push("value", Column::Float(shown.iter().map(|r| sums[*r].1).collect()))?;
        table.push("expected_loss", Column::Float(shown.iter().map(|r| sums[*r].2).collect()))?;
        Ok(table)
    }
}

/// The rule of a table of strategies that fits each customer.
///
/// Values are high, medium or low by rank: customers of equal value are of one level, so that the shares are exact but for ties. Risks are
/// levels of probability.
///
/// ```
/// use cpm_core::portfolio::{StrategyColumns, StrategyLevels, StrategyTable, suggest_treatments};
/// let names = ["Champions", "New customers"].map(String::from);
/// let columns = StrategyColumns {
///     segment: &[0, 0, 1, 0, 0], names: &names, value: &[900.0, 40.0, 30.0, 20.0, 10.0], risk: &[0.7, 0.1, 0.5, 0.4, 0.9],
/// };
/// let strategies = StrategyTable::suggested();
/// let found = suggest_treatments(&columns, &strategies, &StrategyLevels::default())?;
/// let of = |i: usize| strategies.rules()[found.rules[i].unwrap() as usize].treatment.as_str();
/// assert_eq!([of(0), of(1), of(2), of(4)], ["personal retention", "cross-sell", "welcome", "let go"]);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`]; [`Error::LengthMismatch`]; [`Error::InvalidValue`] naming column and row; [`Error::InvalidArgument`] for levels that are
/// not in order between 0 and 1, or a table all of whose rules are for other segments.
pub fn suggest_treatments(
    columns: &StrategyColumns<'_>,
    strategies: &StrategyTable,
    levels: &StrategyLevels,
) -> Result<Suggestions> {
    check(columns, levels)?;
    let unknown = |r: &&StrategyRule| r.segment.as_ref().is_some_and(|s| !columns.names.contains(s));
    let unknown_segments: Vec<String> =
        strategies.rules.iter().filter(unknown).filter_map(|r| r.segment.clone()).collect();
    // A table for segments of another kind would do nothing, without a word.
    if unknown_segments.len() == strategies.rules.len() {
        let expected = format!("no rule is for one of the segments {}", columns.names.join(", "));
        return Err(Error::argument("strategies", unknown_segments.join(", "), expected));
    }
    let n = columns.value.len();
    let mut sorted = columns.value.to_vec();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    // The value of the last customer who still belongs to the best share; above all values if that share is nobody.
    let threshold = |share: f64| match (share * n as f64 * (1.0 + 1e-12)).floor() as usize {
        0 => f64::INFINITY,
        last => sorted[last.min(n) - 1],
    };
    let (high, medium) = (threshold(levels.high_value), threshold(levels.medium_value));
    let level = |value: f64, medium: f64, high: f64| {
        if value >= high {
            Level::High
        } else if value >= medium {
            Level::Medium
        } else {
            Level::Low
        }
    };
    let values: Vec<Level> = columns.value.iter().map(|v| level(*v, medium, high)).collect();
    let risks: Vec<Level> = columns.risk.iter().map(|r| level(*r, levels.medium_risk, levels.high_risk)).collect();
    // Few combinations, many customers.
    let index = |segment: usize, value: Level, risk: Level| (segment * 3 + value as usize) * 3 + risk as usize;
    let all = [Level::Low, Level::Medium, Level::High];
    let mut decided = vec![None; columns.names.len() * 9];
    for (segment, name) in columns.names.iter().enumerate() {
        for value in all {
            for risk in all {
                let rule = strategies.rules.iter().position(|r| r.fits(name, value, risk));
                decided[index(segment, value, risk)] = rule.map(|r| r as u32);
            }
        }
    }
    let rules: Vec<Option<u32>> =
        (0..n).map(|i| decided[index(columns.segment[i] as usize, values[i], risks[i])]).collect();
    let unmatched = rules.iter().filter(|r| r.is_none()).count() as u64;
    Ok(Suggestions { rules, values, risks, value_thresholds: [medium, high], unmatched, unknown_segments })
}

fn check(columns: &StrategyColumns<'_>, levels: &StrategyLevels) -> Result<()> {
    let n = columns.segment.len();
    if n == 0 {
        let remedy = "Give one row per customer".to_owned();
        return Err(Error::Empty { what: "the list of customers".to_owned(), remedy });
    }
    for (column, found) in [("value", columns.value.len()), ("risk", columns.risk.len())] {
        same_length(column, found, "segment", n)?;
    }
    let StrategyLevels { high_value, medium_value, medium_risk, high_risk } = *levels;
    if !(0.0 <= high_value && high_value <= medium_value && medium_value <= 1.0) {
        let value = format!("{high_value}, {medium_value}");
        return Err(Error::argument(
            "value_shares",
            value,
            "shares of customers must ascend from 0 to 1, such as 0.2, 0.5",
        ));
    }
    if !(0.0 <= medium_risk && medium_risk <= high_risk && high_risk <= 1.0) {
        let value = format!("{medium_risk}, {high_risk}");
        return Err(Error::argument("risk_levels", value, "probabilities must ascend from 0 to 1, such as 0.3, 0.6"));
    }
    let wrong = |column, row, value: String, expected, remedy| {
        Err(Error::InvalidValue { column, row, value, expected, remedy })
    };
    if let Some(row) = columns.segment.iter().position(|s| *s as usize >= columns.names.len()) {
        let expected = "it must be the number of a segment, counted from 0";
        return wrong("segment", row, columns.segment[row].to_string(), expected, "Give the names of all segments");
    }
    if let Some(row) = columns.value.iter().position(|v| !v.is_finite()) {
        let expected = "it must be a finite number";
        return wrong("value", row, columns.value[row].to_string(), expected, "Correct it, or leave out the customer");
    }
    if let Some(row) = columns.risk.iter().position(|r| !(0.0..=1.0).contains(r)) {
        let expected = "a probability lies between 0 and 1";
        return wrong(
            "risk",
            row,
            columns.risk[row].to_string(),
            expected,
            "Give a probability, not a score or a percentage",
        );
    }
    Ok(())
}

#[cfg(test)]
#[path = "strategies_tests.rs"]
mod tests;
