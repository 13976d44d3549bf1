//! Who buys this also buys that.

use serde::Serialize;

use super::itemsets::{FrequentItemsets, joined};
use crate::error::{self, Error, Result, non_negative};
use crate::estimate::Estimate;
use crate::numerics::distribution::chi_squared_tail;
use crate::numerics::parallel::map_chunks;
use crate::numerics::proportion::wilson;
use crate::table::{Column, Table};

/// A set of more products than this has more rules than anyone reads.
const LONGEST: usize = 20;
/// Sets that one task splits.
const CHUNK: usize = 256;

/// Choices for [`association_rules`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RuleOptions {
    min_confidence: f64,
    min_lift: f64,
    max_consequent: usize,
    level: f64,
}

impl Default for RuleOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl RuleOptions {
    /// All rules, with 95 % intervals.
    #[must_use]
    pub fn new() -> Self {
        Self { min_confidence: 0.0, min_lift: 0.0, max_consequent: usize::MAX, level: 0.95 }
    }

    /// The least confidence.
    #[must_use]
    pub fn min_confidence(mut self, share: f64) -> Self {
        self.min_confidence = share;
        self
    }

    /// The least lift.
    #[must_use]
    pub fn min_lift(mut self, lift: f64) -> Self {
        self.min_lift = lift;
        self
    }

    /// The most products on the right-hand side; 1 for rules that recommend a product.
    #[must_use]
    pub fn max_consequent(mut self, products: usize) -> Self {
        self.max_consequent = products;
        self
    }

    /// Probability that an interval holds.
    #[must_use]
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }
}

/// Baskets with A also have B; see [`association_rules`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AssociationRule {
    /// A, ascending.
    pub antecedent: Vec<u32>,
    /// B, ascending.
    pub consequent: Vec<u32>,
    /// Share of baskets with A and B.
    pub support: f64,
    /// Share of baskets with A.
    pub antecedent_support: f64,
    /// Share of baskets with B.
    pub consequent_support: f64,
    /// P(B | A), with the interval of Wilson.
    pub confidence: Estimate,
    /// P(B | A)/P(B): above 1 they go together.
    pub lift: f64,
    /// P(A, B) − P(A)·P(B).
    pub leverage: f64,
    /// (1 − P(B))/(1 − P(B | A)); infinite where every basket with A has B.
    pub conviction: f64,
    /// Probability of a dependence at least as strong if there is none (chi-squared, one degree of freedom). Where thousands of rules are
    /// looked at, many are below 0.05 by chance.
    pub p_value: f64,
}

/// Association rules A → B from frequent sets (Agrawal & Srikant 1994, VLDB; conviction: Brin, Motwani, Ullman & Tsur 1997).
///
/// Every frequent set of two products or more is split in all ways. Rules are in order of lift, then confidence, then products.
///
/// ```
/// use cpm_core::portfolio::{Baskets, ItemsetOptions, RuleOptions, association_rules, frequent_itemsets};
/// let baskets = Baskets::from_rows(&[0, 0, 1, 1, 1, 2, 3, 3], &[0, 1, 0, 1, 2, 2, 0, 1], 3)?;
/// let sets = frequent_itemsets(&baskets, &ItemsetOptions::new(0.5))?;
/// let rules = association_rules(&sets, &RuleOptions::new())?;
/// assert_eq!((rules[0].antecedent.as_slice(), rules[0].consequent.as_slice()), (&[0][..], &[1][..]));
/// assert_eq!((rules[0].confidence.value, rules[0].lift, rules[0].leverage), (1.0, 4.0 / 3.0, 0.1875));
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidArgument`] for a bound outside its domain, or for sets of more than 20 products.
pub fn association_rules(sets: &FrequentItemsets, options: &RuleOptions) -> Result<Vec<AssociationRule>> {
    let level = error::level("level", options.level)?;
    if !(0.0..=1.0).contains(&options.min_confidence) {
        return Err(Error::argument("min_confidence", options.min_confidence, "it must lie between 0 and 1"));
    }
    non_negative("min_lift", options.min_lift)?;
    if options.max_consequent == 0 {
        return Err(Error::argument("max_consequent", 0, "a rule recommends one product at least"));
    }
    // Sets are in order of length.
    if let Some(last) = sets.len().checked_sub(1).filter(|last| sets.items(*last).len() > LONGEST) {
        let expected = format!("rules are made of sets of at most {LONGEST} products; limit max_length of the sets");
        return Err(Error::argument("sets", format!("(a set of {} products)", sets.items(last).len()), expected));
    }
    let mut rules: Vec<AssociationRule> = map_chunks(sets.len(), CHUNK, |range| {
        let mut rules = Vec::new();
        range.for_each(|set| of_set(sets, set, options, level, &mut rules));
        rules
    })
    .flatten()
    .collect();
    rules.sort_by(|a, b| {
        let by_number = b.lift.total_cmp(&a.lift).then(b.confidence.value.total_cmp(&a.confidence.value));
        by_number.then_with(|| a.antecedent.cmp(&b.antecedent)).then_with(|| a.consequent.cmp(&b.consequent))
    });
    Ok(rules)
}

fn of_set(sets: &FrequentItemsets, set: usize, options: &RuleOptions, level: f64, rules: &mut Vec<AssociationRule>) {
    let items = sets.items(set);
    let n = sets.baskets() as f64;
    let both = f64::from(sets.count(set));
    let part = |mask: u32| -> Vec<u32> {
        items.iter().enumerate().filter(|(k, _)| mask >> k & 1 == 1).map(|(_, item)| *item).collect()
    };
    let all = (1_u32 << items.len()) - 1;
    for mask in 1..all {
        if (all ^ mask).count_ones() as usize > options.max_consequent {
            continue;
        }
        let (antecedent, consequent) = (part(mask), part(all ^ mask));
        // Every part of a frequent set is frequent.
        let (Some(a), Some(b)) = (sets.find(&antecedent), sets.find(&consequent)) else { continue };
        let (with_a, with_b) = (f64::from(sets.count(a)), f64::from(sets.count(b)));
        let confidence = both / with_a;
        let lift = both * n / (with_a * with_b);
        if confidence < options.min_confidence || lift < options.min_lift {
            continue;
        }
        let (pa, pb, pab) = (with_a / n, with_b / n, both / n);
        let conviction = if both < with_a { (1.0 - pb) / (1.0 - confidence) } else { f64::INFINITY };
        // n·(ad − bc)²/(margins); a product that is everywhere depends on nothing.
        let margins = with_a * with_b * (n - with_a) * (n - with_b);
        let difference = both * n - with_a * with_b;
        let p_value = if margins > 0.0 { chi_squared_tail(n * difference * difference / margins, 1) } else { 1.0 };
        rules.push(AssociationRule {
            antecedent,
            consequent,
            support: pab,
            antecedent_support: pa,
            consequent_support: pb,
            confidence: wilson(both, with_a, level),
            lift,
            leverage: pab - pa * pb,
            conviction,
            p_value,
        });
    }
}

/// Columns `antecedent, consequent, support, antecedent_support, consequent_support, confidence, confidence_low, confidence_high, lift,
/// leverage, conviction, p_value`.
///
/// # Errors
/// [`Error::LengthMismatch`] unless there is a name for every product.
pub fn rules_table(rules: &[AssociationRule], names: &[String], separator: &str) -> Result<Table> {
    let products = rules.iter().flat_map(|r| r.antecedent.iter().chain(&r.consequent)).max();
    let products = products.map_or(0, |p| *p as usize + 1);
    if names.len() < products {
        let reference = "the products";
        return Err(Error::LengthMismatch { column: "names", found: names.len(), reference, expected: products });
    }
    let text = |of: fn(&AssociationRule) -> &[u32]| {
        Column::Text(rules.iter().map(|r| joined(of(r), names, separator)).collect())
    };
    let mut table = Table::new();
    table.push("antecedent", text(|r| &r.antecedent))?;
    table.push("consequent", text(|r| &r.consequent))?;
    let mut column =
        |name: &str, of: fn(&AssociationRule) -> f64| table.push(name, Column::Float(rules.iter().map(of).collect()));
    column("support", |r| r.support)?;
    column("antecedent_support", |r| r.antecedent_support)?;
    column("consequent_support", |r| r.consequent_support)?;
    column("confidence", |r| r.confidence.value)?;
    column("confidence_low", |r| r.confidence.interval.low)?;
    column("confidence_high", |r| r.confidence.interval.high)?;
    column("lift", |r| r.lift)?;
    column("leverage", |r| r.leverage)?;
    column("conviction", |r| r.conviction)?;
    column("p_value", |r| r.p_value)?;
    Ok(table)
}
