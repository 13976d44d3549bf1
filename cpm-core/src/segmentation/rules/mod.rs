//! Segments as named conditions.

mod evaluate;
mod parse;
mod token;

use serde::{Deserialize, Serialize};

use self::evaluate::Condition;
use self::parse::{Node, parse};
#[cfg(feature = "clustering")]
pub(super) use self::token::{quoted_name, quoted_text};
use super::Segments;
use crate::error::{Error, Result};
use crate::numerics::parallel;
use crate::table::{Column, Table};
use crate::transactions::CustomerIds;

const CHUNK: usize = 8_192;

/// What is wrong with a rule, and at which character, from 1.
#[derive(Debug, Clone, PartialEq)]
struct Complaint {
    at: usize,
    reason: String,
}

impl Complaint {
    fn new(at: usize, reason: String) -> Self {
        Self { at, reason }
    }

    /// The rule, its text, and a mark below the place.
    fn about(self, name: &str, text: &str) -> Error {
        // Tabs and line breaks would shift the mark.
        let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let mark = " ".repeat(self.at - 1);
        let expected = format!("at character {}: {}\n  {line}\n  {mark}^", self.at, self.reason);
        Error::argument("rule", name, expected)
    }
}

/// Segments as named boolean expressions over the columns of a table, from code or from a small file.
///
/// # Expressions
/// | | |
/// |---|---|
/// | columns | `monetary_value`, or in backquotes any name: `` `days since last` `` |
/// | values | `12.5`, `1_000`, `1e3`, `"text"` or `'text'`, `true`, `false` |
/// | arithmetic | `+ - * /` and parentheses |
/// | comparisons | `< <= > >= = == != <>`, `in ("a", "b")`, `not in (…)`, `is missing`, `is not missing` |
/// | logic | `not`, `and`, `or` in this order of binding, and parentheses |
///
/// Texts compare letter by letter. A missing value, and a division by zero, makes what depends on it unknown:
/// `not (spend > 10)` does not hold for a customer without spend. A rule applies where it is true.
///
/// # Assignment
/// Rules are tried in order, and a customer belongs to the first that applies, or else to `otherwise`.
/// [`report`](Self::report) says how exclusive and how complete the rules are.
///
/// # File
/// One rule per line, `name: expression`; empty lines and lines that begin with `#` are skipped.
///
/// ```
/// use cpm_core::segmentation::RuleSet;
/// use cpm_core::{Column, Table};
/// let rules = RuleSet::parse("
///     ## Worth a call.
///     Best: monetary_value > 100 and days_since_last < 90
///     Sleeping: days_since_last >= 90 and channel in ('shop', 'web')
/// ")?;
/// let mut table = Table::new();
/// table.push("monetary_value", Column::Float(vec![250.0, 20.0, 30.0]))?;
/// table.push("days_since_last", Column::Integer(vec![10, 200, 5]))?;
/// table.push("channel", Column::Text(vec!["shop".into(), "web".into(), "web".into()]))?;
/// assert_eq!(rules.predict(&table)?.codes(), [0, 1, 2]);
/// assert_eq!(rules.names(), ["Best", "Sleeping", "Other"]);
///
/// let error = RuleSet::new(&[("Best", "monetary_value > and 3")]).unwrap_err();
/// assert!(error.to_string().contains("at character 18"));
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct RuleSet {
    rules: Vec<Rule>,
    names: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
struct Rule {
    text: String,
    tree: Node,
}

/// How a set of rules is saved: as it was written.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Written {
    rules: Vec<(String, String)>,
    otherwise: String,
}

impl TryFrom<Written> for RuleSet {
    type Error = Error;

    fn try_from(written: Written) -> Result<Self> {
        let rules: Vec<(&str, &str)> = written.rules.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
        Self::new(&rules)?.otherwise(&written.otherwise)
    }
}

impl From<RuleSet> for Written {
    fn from(rules: RuleSet) -> Self {
        let otherwise = rules.names.last().cloned().unwrap_or_default();
        let texts = rules.rules.into_iter().map(|r| r.text);
        Self { rules: rules.names.into_iter().zip(texts).collect(), otherwise }
    }
}

impl RuleSet {
    /// Reading has parsed the conditions: there is nothing left that a file could say wrongly.
    #[cfg(feature = "json")]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "every saved kind has a check")]
    pub(crate) fn check(&self) -> Result<()> {
        Ok(())
    }

    /// Rules from names and expressions, in the order in which they are tried.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] without rules, for a name that is empty or repeated, and for an expression that cannot be
    /// read, with the place.
    pub fn new<S: AsRef<str>>(rules: &[(S, S)]) -> Result<Self> {
        if rules.is_empty() {
            return Err(Error::argument(
                "rules",
                "none",
                "give at least one rule, such as (\"Best\", \"value > 100\")",
            ));
        }
        let names = rules.iter().map(|r| r.0.as_ref().trim().to_owned()).chain(["Other".to_owned()]).collect();
        let read = |(name, text): &(S, S)| {
            let text = text.as_ref();
            let tree = parse(text).map_err(|complaint| complaint.about(name.as_ref(), text))?;
            Ok(Rule { text: text.to_owned(), tree })
        };
        Self { rules: rules.iter().map(read).collect::<Result<_>>()?, names }.with_distinct_names()
    }

    /// Rules from the text of a file: `name: expression` on each line.
    ///
    /// # Errors
    /// As [`new`](Self::new); for a line without colon, with its number.
    pub fn parse(text: &str) -> Result<Self> {
        let mut rules = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, expression) = line.split_once(':').ok_or_else(|| {
                let expected = format!("line {}: a rule is written `name: expression`", number + 1);
                Error::argument("rule", format!("{line:?}"), expected)
            })?;
            rules.push((name.trim(), expression.trim()));
        }
        Self::new(&rules)
    }

    /// Rules from a file; see [`parse`](Self::parse).
    ///
    /// # Errors
    /// [`Error::Io`]; as [`parse`](Self::parse).
    pub fn read(path: impl AsRef<std::path::Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::parse(&std::fs::read_to_string(path).map_err(|e| Error::io(path, e))?)
    }

    /// The name of the customers that no rule applies to; `Other` by default.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a name that is empty or that of a rule.
    pub fn otherwise(mut self, name: &str) -> Result<Self> {
        self.names.pop();
        self.names.push(name.trim().to_owned());
        self.with_distinct_names()
    }

    fn with_distinct_names(self) -> Result<Self> {
        match self.names.iter().enumerate().find(|(i, n)| n.is_empty() || self.names[..*i].contains(n)) {
            Some((_, name)) => Err(Error::argument(
                "segment",
                format!("{name:?}"),
                "every rule, and the rest, needs a name of its own",
            )),
            None => Ok(self),
        }
    }

    /// Names of the segments, the rest last.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The expressions, as they were written.
    pub fn expressions(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|r| r.text.as_str())
    }

    /// The segment of each row: the first rule that applies. Customers have the ids of the column `customer_id`, if there is
    /// one.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a rule that names a column which does not exist or has another type, with the place.
    pub fn predict(&self, table: &Table) -> Result<Segments> {
        let matches = self.matches(table)?;
        let rest = self.rules.len();
        let codes = (0..table.rows()).map(|i| matches.iter().position(|m| m[i] == Some(true)).unwrap_or(rest) as u32);
        let ids = match table.column("customer_id") {
            Some(Column::Id(ids)) => ids.clone(),
            _ => CustomerIds::from((0..table.rows() as i64).collect::<Vec<i64>>()),
        };
        Ok(Segments::new(ids, self.names.clone(), codes.collect()))
    }

    /// How complete and how exclusive the rules are, one row per rule and one for the rest: `segment`, `applies` (customers
    /// for whom the rule is true), `assigned` (those it gets), `alone` (those for whom no other rule is true), `overlap` (true
    /// for another rule too), `unknown` (undecided for lack of a value). For the rest, `assigned` is what the rules leave out.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn report(&self, table: &Table) -> Result<Table> {
        let matches = self.matches(table)?;
        let k = self.rules.len();
        let [mut applies, mut assigned, mut alone, mut unknown] = [(); 4].map(|()| vec![0_i64; k + 1]);
        for i in 0..table.rows() {
            let mut first = None;
            let mut count = 0;
            for (r, m) in matches.iter().enumerate() {
                match m[i] {
                    Some(true) => {
                        applies[r] += 1;
                        count += 1;
                        first = first.or(Some(r));
                    }
                    Some(false) => {}
                    None => unknown[r] += 1,
                }
            }
            let own = first.unwrap_or(k);
            assigned[own] += 1;
            alone[own] += i64::from(count <= 1);
        }
        applies[k] = assigned[k];
        let overlap = applies.iter().zip(&alone).map(|(a, b)| a - b).collect();
        let mut report = Table::new();
        report.push("segment", Column::Text(self.names.clone()))?;
        report.push("applies", Column::Integer(applies))?;
        report.push("assigned", Column::Integer(assigned))?;
        report.push("alone", Column::Integer(alone))?;
        report.push("overlap", Column::Integer(overlap))?;
        report.push("unknown", Column::Integer(unknown))?;
        Ok(report)
    }

    /// For each rule whether it holds in each row.
    fn matches(&self, table: &Table) -> Result<Vec<Vec<Option<bool>>>> {
        self.rules
            .iter()
            .zip(&self.names)
            .map(|(rule, name)| {
                let condition = Condition::new(&rule.tree, table).map_err(|c| c.about(name, &rule.text))?;
                Ok(parallel::map(table.rows(), CHUNK, |i| condition.holds(i)))
            })
            .collect()
    }
}

#[cfg(test)]
#[path = "../rules_tests.rs"]
mod tests;
