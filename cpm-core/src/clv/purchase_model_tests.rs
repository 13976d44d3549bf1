//! Answers that every model gives, against 40-digit values and against one another.

use super::*;
use crate::clv::{AfterEveryPurchase, AfterRepeatPurchases, BetaGeometricNbd, BgNbd, Dropout, Nbd, ParetoNbd};
use crate::golden::{Row, answers, close, rows};
use crate::summary::TimeUnit;

fn check_row(model: &dyn PurchaseProcess, row: &Row<'_>) {
    let h = row.history();
    let check = |name: &str, found: f64| {
        let expected = row.get(name);
        assert!((found - expected).abs() <= 1e-9 * expected.abs() + 1e-15, "{name} {found:e} {expected:e} {}", row.0);
    };
    check("never", model.never_again(h));
    check("between", model.purchases_between(h, row.get("from"), row.get("to")));
    check("dert", model.discounted_for_ever(h, row.get("rate")));
}

fn beta_geometric<D: Dropout>(row: &Row<'_>) {
    let [r, alpha, a, b] = ["r", "alpha", "a", "b"].map(|name| row.get(name));
    check_row(&BetaGeometricNbd::<D>::from_params(r, alpha, a, b).unwrap(), row);
}

#[test]
fn windows_residual_transactions_and_never() {
    let golden = answers();
    for row in rows(&golden["bg"]) {
        if row.get("at_first") > 0.0 {
            beta_geometric::<AfterEveryPurchase>(&row);
        } else {
            beta_geometric::<AfterRepeatPurchases>(&row);
        }
    }
    for row in rows(&golden["pareto"]) {
        let [r, alpha, s, beta] = ["r", "alpha", "s", "beta"].map(|name| row.get(name));
        check_row(&ParetoNbd::from_params(r, alpha, s, beta).unwrap(), &row);
    }
}

#[test]
fn long_horizons_approach_the_infinite_one() {
    let models: [Box<dyn PurchaseProcess>; 3] = [
        Box::new(BgNbd::from_params(0.243, 4.414, 0.793, 2.426).unwrap()),
        Box::new(ParetoNbd::from_params(0.553, 10.578, 0.606, 11.669).unwrap()),
        Box::new(Nbd::from_params(0.385, 12.07).unwrap()),
    ];
    let customers = CustomerSummary::new(&[2.0, 0.0], &[30.43, 0.0], &[38.86, 20.0], TimeUnit::Week).unwrap();
    for model in models {
        let dert = |horizon| model.discounted_residual_transactions(&customers, 0.4, horizon).unwrap();
        let (all, long, year) = (dert(None), dert(Some(4_000.0)), dert(Some(52.0)));
        for i in 0..2 {
            close(long[i], all[i], 1e-8, &format!("{model:?}"));
            assert!(year[i] < long[i]);
        }
    }
}

#[test]
fn windows_add_up_and_counts_are_a_distribution() {
    let model = BgNbd::from_params(0.243, 4.414, 0.793, 2.426).unwrap();
    let customers = CustomerSummary::new(&[2.0, 7.0], &[30.43, 38.0], &[38.86, 38.86], TimeUnit::Week).unwrap();
    let edges = [0.0, 1.0, 1.001, 13.0, 52.0, 52.5, 300.0];
    let all = model.expected_purchases(&customers, 300.0).unwrap();
    for (i, whole) in all.into_iter().enumerate() {
        let parts = edges.windows(2).map(|w| model.expected_purchases_between(&customers, w[0], w[1]).unwrap()[i]);
        close(parts.sum::<f64>(), whole, 1e-12, &i);
        let of = |n: usize| model.probability_of_purchases(&customers, n, 39.0).unwrap()[i];
        close((0..200).map(of).sum::<f64>(), 1.0, 1e-12, &i);
        assert_eq!(of(1_000_000), 0.0);
        close(of(0), model.probability_no_purchase(&customers, 39.0).unwrap()[i], 1e-12, &i);
    }
}

#[test]
fn cost_takes_its_share_of_value_and_of_its_spread() {
    use crate::clv::{GammaGamma, ValueOptions, cash_flows, lifetime_value};
    let customers = crate::datasets::cdnow_sample()
        .unwrap()
        .summarize(&crate::SummaryOptions::new().as_of("1997-09-30").unwrap())
        .unwrap();
    let model = BgNbd::fit(&customers, &crate::FitOptions::new()).unwrap();
    let spend = GammaGamma::fit(&customers, &crate::FitOptions::new()).unwrap();
    let options = ValueOptions::new(52.0).discount_rate(0.10).margin(0.30);
    let plain = lifetime_value(&model, &spend, &customers, &options).unwrap();
    let costly = lifetime_value(&model, &spend, &customers, &options.cost_per_purchase(2.0)).unwrap();
    let tiny = lifetime_value(&model, &spend, &customers, &options.cost_per_purchase(1e-9)).unwrap();
    for ((p, c), t) in plain.customers().iter().zip(costly.customers()).zip(tiny.customers()) {
        close(c.value, p.value - 2.0 * p.discounted_purchases, 1e-9, &p.value);
        assert!(c.value_low <= c.value_high && c.value_high <= p.value_high + 1e-9);
        // A cost of nothing changes nothing.
        assert!((t.value_high - p.value_high).abs() < 1e-5 * (1.0 + p.value_high), "{t:?} {p:?}");
        assert!((t.value_low - p.value_low).abs() < 1e-5 * (1.0 + p.value_high), "{t:?} {p:?}");
    }
    let (p, t) = (plain.total(), tiny.total());
    assert!(
        (t.interval.high / p.interval.high - 1.0).abs() < 0.02 && (t.interval.low / p.interval.low - 1.0).abs() < 0.02
    );
    let flows = cash_flows(&model, &spend, &customers, &options.cost_per_purchase(2.0), 12).unwrap();
    close(flows.periods()[11].cumulative, costly.total().value, 1e-9, &"cash flows");
    let purchases: f64 = flows.periods().iter().map(|f| f.purchases).sum();
    close(purchases, model.expected_purchases(&customers, 52.0).unwrap().iter().sum(), 1e-9, &"purchases");
    for flow in flows.periods() {
        assert!(flow.cash_flow.interval.low < flow.cash_flow.value && flow.discounted < flow.cash_flow.value);
        close(flow.cash_flow.value, 0.30 * flow.revenue - 2.0 * flow.purchases, 1e-12, &"flow");
    }
    assert!(cash_flows(&model, &spend, &customers, &options, 0).is_err());
    assert!(lifetime_value(&model, &spend, &customers, &options.cost_per_purchase(-1.0)).is_err());
}

#[test]
fn tracking_is_what_the_holdout_check_draws() {
    use crate::clv::HoldoutCheck;
    let log = crate::datasets::cdnow_sample().unwrap();
    let options = crate::SplitOptions::new("1997-09-30").unwrap().observation_end("1998-06-30").unwrap();
    let customers = log.split(&options).unwrap().calibration;
    let model = BgNbd::fit(&customers, &crate::FitOptions::new()).unwrap();
    let check = HoldoutCheck::new(&model, &log, &options, 0.95).unwrap();
    let tracking = model.track(&customers, 78, 1.0, 0.95).unwrap();
    for (row, period) in check.tracking.iter().zip(tracking.periods()) {
        assert!((row.expected - period.expected.value).abs() < 1e-9 * (1.0 + row.expected), "{row:?} {period:?}");
        assert!(period.expected.interval.low <= period.expected.value);
    }
    assert_eq!(tracking.to_table().unwrap().rows(), 78);
}

#[test]
fn many_customers_at_once_have_what_each_has_alone() {
    let mut models: Vec<Box<dyn PurchaseProcess>> = vec![
        Box::new(BgNbd::from_params(0.243, 4.414, 0.793, 2.426).unwrap()),
        Box::new(BetaGeometricNbd::<AfterEveryPurchase>::from_params(0.525, 6.18, 0.891, 1.614).unwrap()),
        Box::new(ParetoNbd::from_params(0.553, 10.578, 0.606, 11.669).unwrap()),
        Box::new(Nbd::from_params(0.385, 12.07).unwrap()),
    ];
    #[cfg(feature = "more-models")]
    models.extend([
        Box::new(crate::clv::GGompertzNbd::from_params(0.55, 10.6, 0.02, 0.6, 0.4).unwrap())
            as Box<dyn PurchaseProcess>,
        Box::new(crate::clv::BgCnbd::from_params(2, 0.5, 5.0, 0.8, 2.4).unwrap()),
    ]);
    // Neighbours share x and T, or x, or neither.
    let mut histories = vec![History::NEW, History::new(0.0, 0.0, 20.0)];
    for x in [1.0, 2.0, 9.0] {
        histories
            .extend([(3.0, 20.0), (19.0, 20.0), (20.0, 20.0), (5.0, 38.86)].map(|(t_x, t)| History::new(x, t_x, t)));
    }
    for model in models {
        let alone = |of: &dyn Fn(History) -> f64| histories.iter().map(|&h| of(h)).collect::<Vec<f64>>();
        assert_eq!(model.purchases_of(&histories, 13.0), alone(&|h| model.purchases(h, 13.0)));
        let discounted = model.discounted_expectations_of(&histories, 13.0, 0.01);
        assert_eq!(discounted, alone(&|h| model.discounted_expectation(h, 13.0, 0.01)));
        assert_eq!(model.discounted_for_ever_of(&histories, 0.02), alone(&|h| model.discounted_for_ever(h, 0.02)));
        let moments = model.discounted_purchases_of(&histories, 13.0, 0.01);
        for (found, &h) in moments.iter().zip(&histories) {
            assert_eq!(*found, model.discounted_purchases(h, 13.0, 0.01), "{model:?}");
        }
    }
}

#[test]
fn no_probability_is_above_one() {
    for h in [History::new(1.0, 4.0, 30.0), History::new(3.0, 29.0, 30.0), History::new(1.0, 1e-6, 1e5)] {
        for [r, alpha, a, b] in [[0.001, 0.001, 1e5, 1e-3], [0.3, 4.0, 1e3, 1e-3], [1e3, 1e5, 1e5, 1e5]] {
            let models: [Box<dyn PurchaseProcess>; 2] = [
                Box::new(crate::BgNbd::from_params(r, alpha, a, b).unwrap()),
                Box::new(crate::MbgNbd::from_params(r, alpha, a, b).unwrap()),
            ];
            for model in models {
                for horizon in [1e-9, 1e-6, 1e-3, 1.0] {
                    let p = model.no_purchase(h, horizon);
                    assert!((0.0..=1.0).contains(&p), "{} {h:?} {horizon} {p}", model.name());
                }
            }
        }
    }
}
