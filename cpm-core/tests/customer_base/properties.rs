//! What must hold for any customers: parts add up, order does not matter, more of what hurts never helps.

use cpm_core::portfolio::*;
use cpm_core::{CustomerIds, Timestamp};
use ndarray::Array2;
use proptest::prelude::*;

/// What a rule is limited to: segment, level of value, level of risk.
type Limits = (Option<usize>, Option<Level>, Option<Level>);

fn levels() -> impl Strategy<Value = Option<Level>> {
    prop_oneof![Just(None), Just(Some(Level::Low)), Just(Some(Level::Medium)), Just(Some(Level::High))]
}

/// Equal up to the rounding of sums of numbers of this size.
fn same(a: f64, b: f64, size: f64) -> bool {
    (a - b).abs() <= 1e-11 * size.max(1.0)
}

fn column<T, U>(rows: &[T], of: impl Fn(&T) -> U) -> Vec<U> {
    rows.iter().map(of).collect()
}

proptest! {
    #[test]
    fn the_first_rule_that_fits_decides(
        rules in prop::collection::vec((prop::option::of(0..3_usize), levels(), levels()), 1..8),
        rows in prop::collection::vec((0..3_u32, -50..50_i32, 0.0..=1.0_f64), 1..60),
    ) {
        let names = ["a", "b", "c"].map(String::from);
        let rule = |(k, (segment, value, risk)): (usize, &Limits)| {
            let mut rule = StrategyRule::new(format!("treatment {k}"), "");
            (rule.segment, rule.value, rule.risk) = (segment.map(|s| names[s].clone()), *value, *risk);
            rule
        };
        // A table with a rule that can never decide is refused.
        let Ok(table) = StrategyTable::new(rules.iter().enumerate().map(rule).collect()) else { return Ok(()) };
        let (segment, risk) = (column(&rows, |r| r.0), column(&rows, |r| r.2));
        let value = column(&rows, |r| f64::from(r.1));
        let of = |segment: &[u32], value: &[f64], risk: &[f64]| {
            let columns = StrategyColumns { segment, names: &names, value, risk };
            suggest_treatments(&columns, &table, &StrategyLevels::default()).unwrap()
        };
        let found = of(&segment, &value, &risk);
        let fits = |i: usize, rule: &StrategyRule| {
            rule.segment.as_ref().is_none_or(|s| *s == names[segment[i] as usize])
                && rule.value.is_none_or(|v| v == found.values[i])
                && rule.risk.is_none_or(|r| r == found.risks[i])
        };
        for (i, decided) in found.rules.iter().enumerate() {
            prop_assert_eq!(*decided, table.rules().iter().position(|r| fits(i, r)).map(|k| k as u32));
        }
        prop_assert_eq!(found.unmatched as usize, found.rules.iter().filter(|r| r.is_none()).count());
        // Levels of value go by rank: neither unit nor order matters, and more value is never a lower level.
        let scaled = column(&value, |v| 8.0 * v - 3.0);
        prop_assert_eq!(&of(&segment, &scaled, &risk).rules, &found.rules);
        let reversed = |v: &[f64]| v.iter().rev().copied().collect::<Vec<f64>>();
        let backwards: Vec<u32> = segment.iter().rev().copied().collect();
        let other = of(&backwards, &reversed(&value), &reversed(&risk));
        prop_assert!(other.rules.iter().rev().eq(found.rules.iter()));
        for i in 0..rows.len() {
            for j in 0..rows.len() {
                prop_assert!(value[i] > value[j] || found.values[i] <= found.values[j]);
                prop_assert!(risk[i] > risk[j] || found.risks[i] <= found.risks[j]);
            }
        }
        let columns = StrategyColumns { segment: &segment, names: &names, value: &value, risk: &risk };
        let overview = found.overview(&columns, &table).unwrap();
        prop_assert!(same(overview.floats("value").unwrap().iter().sum(), value.iter().sum(), 3e3));
    }

    #[test]
    fn cohorts_hold_every_order_once(
        rows in prop::collection::vec((0..20_i64, 0..500_i64, -100.0..1e4_f64), 1..150),
        quarters in any::<bool>(),
    ) {
        let of = |rows: &[(i64, i64, f64)]| {
            let ids = CustomerIds::from(column(rows, |r| r.0));
            let times = column(rows, |r| Timestamp::from_days(19_000 + r.1));
            let revenue = column(rows, |r| r.2);
            let orders = CohortOrders { customers: &ids, times: &times, revenue: &revenue, profit: Some(&revenue) };
            let period = if quarters { CalendarPeriod::Quarter } else { CalendarPeriod::Month };
            cohort_table(&orders, &CohortOptions::new().period(period)).unwrap()
        };
        let table = of(&rows);
        let ids: std::collections::BTreeSet<i64> = rows.iter().map(|r| r.0).collect();
        prop_assert_eq!(table.cohorts.iter().map(|c| c.size).sum::<u64>(), ids.len() as u64);
        let cells = || table.cohorts.iter().flat_map(|c| c.cells.iter().map(move |cell| (c.size, cell)));
        prop_assert_eq!(cells().map(|(_, c)| c.orders).sum::<u64>(), rows.len() as u64);
        prop_assert!(same(cells().map(|(_, c)| c.revenue).sum(), rows.iter().map(|r| r.2).sum(), 1e6));
        for (size, cell) in cells() {
            prop_assert!(cell.customers <= size && cell.customers <= cell.orders && cell.profit == Some(cell.revenue));
            let retention = cell.retention;
            prop_assert!(0.0 <= retention.interval.low && retention.interval.low <= retention.value);
            prop_assert!(retention.value <= retention.interval.high && retention.interval.high <= 1.0);
        }
        // All are there at age 0; the oldest cohort is observed longest.
        prop_assert!(table.cohorts.iter().all(|c| c.cells[0].customers == c.size));
        prop_assert!(table.cohorts.windows(2).all(|w| w[0].cells.len() > w[1].cells.len()));
        let mut order = rows.clone();
        order.reverse();
        for (a, b) in of(&order).cohorts.iter().zip(&table.cohorts) {
            prop_assert_eq!((&a.label, a.size, a.cells.len()), (&b.label, b.size, b.cells.len()));
            for (a, b) in a.cells.iter().zip(&b.cells) {
                prop_assert!((a.customers, a.orders) == (b.customers, b.orders) && same(a.revenue, b.revenue, 1e6));
            }
        }
    }

    #[test]
    fn channels_and_their_cohorts_add_up(
        rows in prop::collection::vec((0..4_u32, 0..3_u32, -1e4..1e5_f64), 1..80),
        spend in prop::collection::vec(prop_oneof![Just(0.0), 0.0..1e5_f64], 4),
    ) {
        let (channel, cohort) = (column(&rows, |r| r.0), column(&rows, |r| r.1));
        let value = column(&rows, |r| r.2);
        let figures = acquisition_by_channel(&channel, &value, &spend, 0.9).unwrap();
        let cells = value_by_channel_and_cohort(&channel, 4, &cohort, 3, &value, 0.9).unwrap();
        prop_assert_eq!(figures.iter().map(|f| f.customers).sum::<u64>(), rows.len() as u64);
        let profit: f64 = value.iter().sum::<f64>() - spend.iter().sum::<f64>();
        prop_assert!(same(figures.iter().map(|f| f.profit).sum(), profit, 1e7));
        for (k, figures) in figures.iter().enumerate() {
            let own = || cells.iter().filter(|c| c.channel as usize == k);
            prop_assert_eq!(own().map(|c| c.customers).sum::<u64>(), figures.customers);
            prop_assert!(same(own().map(|c| c.total).sum(), figures.profit + spend[k], 1e7));
            prop_assert_eq!(figures.cac.is_some(), figures.customers > 0);
            prop_assert_eq!(figures.ltv_to_cac.is_some(), spend[k] > 0.0);
            for e in [figures.cac, figures.mean_value, figures.ltv_to_cac].into_iter().flatten() {
                let (low, high) = (e.interval.low, e.interval.high);
                prop_assert!(low <= e.value && e.value <= high && low.is_finite() && high.is_finite());
            }
        }
    }

    #[test]
    fn referral_values_add_up(
        rows in prop::collection::vec((0..5_u32, 0..10_u8, prop::array::uniform4(0.0..1e3_f64), 0.0..=1.0_f64), 1..40),
        rate in 0.0..1.0_f64,
    ) {
        let of = |rows: &[(u32, u8, [f64; 4], f64)]| {
            let columns = (column(rows, |r| r.0), column(rows, |r| f64::from(r.1)), column(rows, |r| r.3));
            let number = |k: usize| column(rows, move |r| r.2[k]);
            let (margin, cost, marketing, saving) = (number(0), number(1), number(2), number(3));
            referral_value(
                &ReferralColumns {
                    referrer: &columns.0,
                    period: &columns.1,
                    margin: &margin,
                    referral_cost: &cost,
                    marketing_cost: &marketing,
                    acquisition_saving: &saving,
                    incremental: &columns.2,
                },
                5,
                rate,
            )
            .unwrap()
        };
        let all = of(&rows);
        prop_assert!(same(all.values.iter().sum(), all.total, 1e5));
        let (a, b) = rows.split_at(rows.len() / 2);
        if !a.is_empty() {
            let (a, b) = (of(a), of(b));
            for k in 0..5 {
                prop_assert!(same(a.values[k] + b.values[k], all.values[k], 1e5));
                prop_assert!(same(a.from_incremental[k] + b.from_incremental[k], all.from_incremental[k], 1e5));
            }
        }
    }

    #[test]
    fn tiers_hold_all_value(
        rows in prop::collection::vec((0..=10_u8, prop_oneof![Just(0.0), 0.0..1e5_f64, Just(40.0)]), 2..60),
        tiers in 1..5_usize,
    ) {
        let (answers, values) = (column(&rows, |r| f64::from(r.0)), column(&rows, |r| r.1));
        prop_assume!(tiers <= rows.len() && values.iter().any(|v| *v > 0.0));
        let found = score_by_value_tier(&answers, &values, tiers, 0.95).unwrap();
        let total: f64 = values.iter().sum();
        prop_assert_eq!(found.iter().map(|t| t.customers).sum::<u64>(), rows.len() as u64);
        prop_assert!(same(found.iter().map(|t| t.value).sum(), total, total));
        // The first tier is the most valuable one.
        let mean = |t: &TierScore| t.value / t.customers as f64;
        prop_assert!(found.windows(2).all(|w| mean(&w[0]) >= mean(&w[1])));
        let unhappy = detractor_value(&answers, &values, None, 0.95).unwrap();
        prop_assert!(same(found.iter().map(|t| t.detractor_value).sum(), unhappy.share.value * total, total));
        prop_assert!(0.0 <= unhappy.share.interval.low && unhappy.share.interval.low <= unhappy.share.value + 1e-12);
        prop_assert!(unhappy.share.value <= unhappy.share.interval.high + 1e-12 && unhappy.share.interval.high <= 1.0);
    }

    #[test]
    fn payback_is_the_first_period_that_pays(
        margin in prop::collection::vec(-20.0..100.0_f64, 1..24),
        retention in 0.1..1.0_f64, cost in 0.0..400.0_f64, rate in 0.0..0.3_f64,
    ) {
        let survival: Vec<f64> = (0..margin.len() as i32).map(|t| retention.powi(t)).collect();
        let options = DrawOptions::new().draws(100);
        let of = |cost: f64| Payback::new(&margin, &survival, cost).discount_rate(rate).periods(&options).unwrap().value;
        let back = |n: usize| (0..=n).map(|t| margin[t] * survival[t] / (1.0 + rate).powi(t as i32)).sum::<f64>();
        let known = |n: &usize| back(*n) >= cost * (1.0 - 1e-12);
        prop_assert_eq!(of(cost), (0..margin.len()).find(known).map(|n| n as f64));
        // What costs more takes longer.
        let dearer = of(cost * 1.5 + 1.0);
        prop_assert!(dearer.is_none_or(|later| of(cost).is_some_and(|sooner| sooner <= later)));
    }

    #[test]
    fn more_stress_never_helps(
        rows in prop::collection::vec((0.0..1e5_f64, 0.0..=1.0_f64), 1..60),
        churn in 0.0..3.0_f64, spend in 0.0..=1.0_f64, top in 0..20_usize,
    ) {
        let (value, risk) = (column(&rows, |r| r.0 + 1.0), column(&rows, |r| r.1));
        let top = top.min(rows.len());
        let nothing = || StressScenario::new("x");
        let all = [
            nothing(), nothing().churn(churn), nothing().churn(churn).spend(spend),
            nothing().churn(churn).spend(spend).lose_top(top), nothing().lose_top(rows.len()), nothing().spend(1.0),
        ];
        let found = stress_test(&value, Some(&risk), &all).unwrap();
        let total: f64 = value.iter().sum();
        prop_assert!(same(found[0].value, total, total));
        prop_assert!(found[..4].windows(2).all(|w| w[1].value <= w[0].value + 1e-9 * total && w[1].value >= -1e-9));
        prop_assert!(same(found[4].value, 0.0, total) && same(found[5].value, 0.0, total));
        for result in &found {
            prop_assert!(same(result.change, result.value - total, total));
        }
    }

    #[test]
    fn profit_is_nothing_at_the_break_even_volume(
        price in 1.0..1e4_f64, share in 0.0..0.95_f64, fixed in 1.0..1e7_f64, factor in 1.0..5.0_f64,
    ) {
        let costs = CostStructure::new(price, share * price, fixed);
        let options = DrawOptions::new().draws(100);
        let volume = costs.break_even(None, &options).unwrap().volume.value.unwrap();
        let table = costs.volume_table(&[volume, factor * volume], &options).unwrap();
        prop_assert!(same(table.floats("profit").unwrap()[0], 0.0, fixed + price * volume));
        // Operating leverage times the margin of safety is 1.
        prop_assume!(factor > 1.001);
        let plan = costs.break_even(Some(factor * volume), &options).unwrap().planned.unwrap();
        let product = plan.operating_leverage.value.unwrap() * plan.margin_of_safety.value;
        prop_assert!((product - 1.0).abs() < 1e-6, "{product}");
    }

    #[test]
    fn time_to_absorption_is_one_step_and_what_follows(
        weights in prop::collection::vec(0.05..1.0_f64, 12),
    ) {
        // Three states and a last one that nobody leaves.
        let row = |k: usize| weights[4 * k..4 * k + 4].iter().sum::<f64>();
        let p = Array2::from_shape_fn((4, 4), |(i, j)| match i {
            3 => f64::from(u8::from(j == 3)),
            _ => weights[4 * i + j] / row(i),
        });
        let states = ["a", "b", "c", "lost"].map(String::from).to_vec();
        let matrix = TransitionMatrix::from_probabilities(states, p.clone()).unwrap();
        let chain = matrix.absorbing(&["lost"]).unwrap();
        for i in 0..3 {
            let after: f64 = (0..3).map(|j| p[(i, j)] * chain.time_to_absorption[j].value).sum();
            prop_assert!((chain.time_to_absorption[i].value - 1.0 - after).abs() < 1e-9 * (1.0 + after));
            prop_assert!((chain.absorption.row(i).sum() - 1.0).abs() < 1e-9);
        }
        // The same for values: what a period brings and the discounted value of where it leads.
        let rewards = [5.0, -2.0, 9.0, 0.0];
        let value = matrix.value(&rewards, 0.1, None).unwrap();
        for i in 0..4 {
            let next: f64 = (0..4).map(|j| p[(i, j)] * value[j].value).sum();
            prop_assert!((value[i].value - rewards[i] - next / 1.1).abs() < 1e-9 * (1.0 + next.abs()));
        }
    }

    #[test]
    fn dropping_what_does_not_pay_gains_what_was_said(
        rows in prop::collection::vec((0.0..=1.0_f64, 0.0..1e5_f64, 0.0..1e4_f64), 1..40),
    ) {
        let of = |rows: &[(f64, f64, f64)]| {
            let (probability, value, cost) = (column(rows, |r| r.0), column(rows, |r| r.1), column(rows, |r| r.2));
            let columns = PipelineColumns { probability: &probability, value: &value, cost: &cost };
            weighted_pipeline(&columns, &PipelineOptions::new()).unwrap()
        };
        let all = of(&rows);
        prop_assert!(same(all.expected.iter().sum(), all.net.value, 1e6));
        prop_assert!(all.net.interval.low <= all.net.value + 1e-6 && all.net.value <= all.net.interval.high + 1e-6);
        let kept: Vec<_> = rows.iter().zip(&all.expected).filter(|(_, e)| **e >= 0.0).map(|(r, _)| *r).collect();
        prop_assert_eq!(rows.len() - kept.len(), all.not_worth_pursuing);
        let net = if kept.is_empty() { 0.0 } else { of(&kept).net.value };
        prop_assert!(same(net, all.net.value + all.gain_of_dropping, 1e6));
    }

    #[test]
    fn a_normalised_address_stays_as_it_is(text in "\\PC{0,12}@?\\PC{0,8}\\.?[a-zA-Z]{0,3}", dots in "[a-zA-Z.+]{1,12}@(gmail|googlemail|Shop)\\.(com|org)") {
        for text in [&text, &dots] {
            for format in [EmailFormat::Plain, EmailFormat::Google] {
                let Some(once) = normalise_email(text, format) else { continue };
                prop_assert_eq!(normalise_email(&once, format), Some(once.clone()));
                let padded = format!("  {text}\t");
                prop_assert_eq!(hash_email(&padded, format), hash_email(&once, format));
            }
        }
    }
}
