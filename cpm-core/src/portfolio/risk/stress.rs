//! What is left of the value if things go wrong.

use serde::Serialize;

use crate::error::{self, Error, Result, same_length};
use crate::numerics::parallel;
use crate::portfolio::concentration::Accumulator;
use crate::table::{Column, Table};

/// Something that may go wrong; parts can be combined.
///
/// ```
/// use cpm_core::portfolio::StressScenario;
/// let recession = StressScenario::new("recession").churn(0.2).spend(0.1);
/// let lost_accounts = StressScenario::new("ten largest leave").lose_top(10);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StressScenario {
    name: String,
    churn: f64,
    spend: f64,
    lose_top: usize,
}

impl StressScenario {
    /// A scenario in which nothing happens yet.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), churn: 0.0, spend: 0.0, lose_top: 0 }
    }

    /// Churn probabilities rise by this share: 0.2 makes 10 % into 12 %, at most 100 %.
    #[must_use]
    pub fn churn(mut self, increase: f64) -> Self {
        self.churn = increase;
        self
    }

    /// Spend falls by this share: 0.1 for 10 %.
    #[must_use]
    pub fn spend(mut self, decrease: f64) -> Self {
        self.spend = decrease;
        self
    }

    /// That many customers of the highest value leave.
    #[must_use]
    pub fn lose_top(mut self, customers: usize) -> Self {
        self.lose_top = customers;
        self
    }
}

/// What a scenario leaves.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StressResult {
    /// Name of the scenario.
    pub scenario: String,
    /// Value of the base in it.
    pub value: f64,
    /// Less the value of today: at most 0.
    pub change: f64,
    /// The change as a share of the value of today.
    pub change_share: f64,
}

/// Value of the base under each scenario.
///
/// `value` is what each customer is expected to bring, `churn` the probability of bringing nothing that is in it. If churn
/// rises from c to c', the customer's value becomes value·(1 − c')/(1 − c).
///
/// ```
/// use cpm_core::portfolio::{StressScenario, stress_test};
/// let scenarios = [StressScenario::new("churn +50 %").churn(0.5), StressScenario::new("best leaves").lose_top(1)];
/// let results = stress_test(&[100.0, 60.0], Some(&[0.2, 0.4]), &scenarios)?;
/// assert!((results[0].value - (87.5 + 40.0)).abs() < 1e-12); // 100·0.7/0.8 + 60·0.4/0.6
/// assert_eq!((results[1].value, results[1].change_share), (60.0, -0.625));
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::LengthMismatch`]; [`Error::InvalidValue`] naming the row of a value that is not finite, or a churn probability outside
/// \[0, 1\]; [`Error::InvalidArgument`] for a total that is not positive, a scenario of churn without churn probabilities, changes out of
/// range, or more customers lost than there are.
pub fn stress_test(value: &[f64], churn: Option<&[f64]>, scenarios: &[StressScenario]) -> Result<Vec<StressResult>> {
    check(value, churn, scenarios)?;
    let total = |left: &dyn Fn(usize) -> f64| {
        let mut sum = Accumulator::default();
        (0..value.len()).for_each(|i| sum.add(left(i)));
        sum.total()
    };
    let today = total(&|i| value[i]);
    if today <= 0.0 {
        let expected = "changes are shares of a positive value; leave out the segments that lose money";
        return Err(Error::argument("sum of values", today, expected));
    }
    let mut order: Vec<u32> = (0..value.len() as u32).collect();
    if scenarios.iter().any(|s| s.lose_top > 0) {
        parallel::sort_by(&mut order, |&i, &j| value[j as usize].total_cmp(&value[i as usize]).then(i.cmp(&j)));
    }
    let result = |scenario: &StressScenario| {
        let mut lost = vec![false; if scenario.lose_top > 0 { value.len() } else { 0 }];
        order.iter().take(scenario.lose_top).for_each(|&i| lost[i as usize] = true);
        let left = |i: usize| {
            if lost.get(i).copied().unwrap_or(false) {
                return 0.0;
            }
            let now = churn.map_or(0.0, |c| c[i]);
            let then = (now * (1.0 + scenario.churn)).min(1.0);
            let stays = if now < 1.0 { (1.0 - then) / (1.0 - now) } else { 1.0 };
            value[i] * stays * (1.0 - scenario.spend)
        };
        let value = total(&left);
        StressResult {
            scenario: scenario.name.clone(),
            value,
            change: value - today,
            change_share: (value - today) / today,
        }
    };
    Ok(scenarios.iter().map(result).collect())
}

fn check(value: &[f64], churn: Option<&[f64]>, scenarios: &[StressScenario]) -> Result<()> {
    let invalid = |column, row, value: f64, expected, remedy| {
        Err(Error::InvalidValue { column, row, value: value.to_string(), expected, remedy })
    };
    if let Some(row) = value.iter().position(|v| !v.is_finite()) {
        return invalid(
            "value",
            row,
            value[row],
            "a value is a finite number",
            "Correct it, or leave the customer out",
        );
    }
    if let Some(churn) = churn {
        same_length("churn", churn.len(), "value", value.len())?;
        if let Some(row) = churn.iter().position(|c| !(0.0..=1.0).contains(c)) {
            let remedy = "Give the probability that is in the expected value";
            return invalid("churn", row, churn[row], "a probability lies between 0 and 1", remedy);
        }
    }
    for scenario in scenarios {
        error::non_negative("churn increase", scenario.churn)?;
        if !(0.0..=1.0).contains(&scenario.spend) {
            return Err(Error::argument("spend decrease", scenario.spend, "it is a share from 0 to 1, 0.1 for 10 %"));
        }
        if scenario.churn > 0.0 && churn.is_none() {
            let expected = "without churn probabilities of the customers nothing can rise; give them";
            return Err(Error::argument("churn increase", scenario.churn, expected));
        }
        if scenario.lose_top > value.len() {
            let expected = format!("there are {} customers to be lost", value.len());
            return Err(Error::argument("lose_top", scenario.lose_top, expected));
        }
    }
    Ok(())
}

impl StressResult {
    /// One row per scenario: `scenario, value, change, change_share`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn table(results: &[Self]) -> Result<Table> {
        let mut table = Table::new();
        let real = |of: fn(&Self) -> f64| Column::Float(results.iter().map(of).collect());
        table.push("scenario", Column::Text(results.iter().map(|r| r.scenario.clone()).collect()))?;
        table.push("value", real(|r| r.value))?;
        table.push("change", real(|r| r.change))?;
        table.push("change_share", real(|r| r.change_share))?;
        Ok(table)
    }
}

#[cfg(test)]
#[path = "stress_tests.rs"]
mod tests;
