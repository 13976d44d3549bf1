//! BG/BB in the frame of purchase models: against 50 digits, its own sums, and logs that it made.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::clv::{
    CompareOptions, GammaGamma, HoldoutCheck, PosteriorOptions, PurchaseModel, PurchaseModelKind, ValueOptions,
    cash_flows, compare, lifetime_value, posterior, simulate_future,
};
use crate::golden::{bg_bb_in_time, close, rows};
use crate::summary::{MergeWithin, SplitOptions, SummaryOptions, TimeUnit};
use crate::transactions::TransactionLog;
use crate::{ReadOptions, datasets};

fn months() -> CustomerSummary {
    let options = SummaryOptions::new().merge_within(MergeWithin::Month).time_unit(TimeUnit::Month);
    datasets::cdnow_sample().unwrap().summarize(&options.as_of("1997-09-30").unwrap()).unwrap()
}

#[test]
fn moments_and_silence_to_many_digits() {
    for row in rows(&bg_bb_in_time()) {
        let [alpha, beta, gamma, delta] = ["alpha", "beta", "gamma", "delta"].map(|n| row.get(n));
        let model = BgBb::at([alpha, beta, gamma, delta]);
        let h = History::new(row.get("x"), row.get("t_x"), row.get("n"));
        let d = model.discounted_purchases(h, row.get("horizon"), row.get("rate"));
        close(d.mean, row.get("mean"), 1e-12, row.0);
        close(d.mean_square, row.get("mean_square"), 1e-12, row.0);
        close(d.mean_of_squares, row.get("mean_of_squares"), 1e-12, row.0);
        close(d.none, row.get("none"), 1e-12, row.0);
        close(PurchaseProcess::no_purchase(&model, h, row.get("horizon")), row.get("none"), 1e-12, row.0);
        close(model.never_again(h), row.get("never"), 1e-12, row.0);
        close(model.discounted_for_ever(h, 0.05), row.get("for_ever_at_rate_0_05"), 1e-12, row.0);
    }
}

#[test]
fn steps_in_time() {
    let model = BgBb::at([1.2, 0.75, 0.66, 2.8]);
    let h = History::new(2.0, 4.0, 6.0);
    assert_eq!(model.purchases(h, 0.7), 0.0);
    assert_eq!(model.no_purchase(h, 0.7), 1.0);
    assert_eq!(model.purchases(h, 3.2), model.purchases(h, 3.0));
    // By counting up the same as by integrating.
    let long = LONG + 1.0;
    let direct = model.no_purchase_at(h, long as usize);
    close(PurchaseProcess::no_purchase(&model, h, long), direct, 1e-13, &"long");
    let mut probabilities = Vec::new();
    PurchaseProcess::purchase_probabilities(&model, h, 12.0, 1e-14, &mut probabilities);
    let mean: f64 = probabilities.iter().enumerate().map(|(n, p)| n as f64 * p).sum();
    close(mean, model.purchases(h, 12.0), 1e-12, &"mean");
    let d = model.discounted_purchases(h, 12.0, 0.0);
    let square: f64 = probabilities.iter().enumerate().map(|(n, p)| (n * n) as f64 * p).sum();
    close(d.mean_square, square, 1e-12, &"square");
    for parameters in [[1e-3, 1e5, 1e-3, 1e5], [1e5, 1e-3, 1e5, 1e-3], [1e-3; 4], [1e5; 4]] {
        let model = BgBb::at(parameters);
        for h in [History::NEW, History::new(1.0, 1.0, 1.0), History::new(3.0, 5.0, 1e5)] {
            let never = model.never_again(h);
            assert!((0.0..=1.0 + 1e-12).contains(&never), "{parameters:?} {h:?} {never}");
            assert!(never <= PurchaseProcess::no_purchase(&model, h, 1e6) + 1e-12, "{parameters:?} {h:?}");
            let d = model.discounted_purchases(h, 500.0, 1e-3);
            assert!(
                d.mean.is_finite() && d.mean_square >= d.mean * d.mean * (1.0 - 1e-12),
                "{parameters:?} {h:?} {d:?}"
            );
        }
    }
}

#[test]
fn a_summary_by_month_is_a_table_of_opportunities() {
    let customers = months();
    let histories = OpportunityHistories::from_summary(&customers).unwrap();
    let model = BgBb::fit_summary(&customers, &FitOptions::new()).unwrap();
    let other = BgBb::fit(&histories, &FitOptions::new()).unwrap();
    assert_eq!(model.parameters(), other.parameters());
    assert_eq!(model.fit_report().unwrap().time_unit, Some(TimeUnit::Month));
    let of_summary = PurchaseModel::expected_purchases(&model, &customers, 9.0).unwrap();
    assert_eq!(of_summary, other.expected_purchases(&histories, 9).unwrap());
    let alive = PurchaseModel::probability_alive(&model, &customers).unwrap();
    assert_eq!(alive, other.probability_alive(&histories));
    // Rows that count nothing change nothing.
    let weights: Vec<f64> = (0..customers.len()).map(|i| f64::from(u8::from(i % 3 > 0))).collect();
    let weighted = BgBb::fit_summary(&customers, &FitOptions::new().weights(&weights)).unwrap();
    assert!(weighted.fit_report().unwrap().customers < 1_600.0 && weighted != model);

    // Days are no opportunities of this model.
    let days = datasets::cdnow_sample().unwrap().summarize(&SummaryOptions::new()).unwrap();
    let message = BgBb::fit_summary(&days, &FitOptions::new()).unwrap_err().to_string();
    assert!(message.contains("merge_within"), "{message}");
    assert!(PurchaseModel::probability_alive(&model, &days).is_err());
    let often = CustomerSummary::new(&[3.0], &[2.0], &[4.0], TimeUnit::Week).unwrap();
    assert!(OpportunityHistories::from_summary(&often).unwrap_err().to_string().contains("frequency"));
    assert!(posterior(PurchaseModelKind::BgBb, &days, &PosteriorOptions::new()).is_err());
}

#[test]
fn value_is_discounted_purchases_times_spend() {
    let customers = months();
    let model = BgBb::fit_summary(&customers, &FitOptions::new()).unwrap();
    let spend = GammaGamma::fit(&customers, &FitOptions::new()).unwrap();
    let options = ValueOptions::new(12.0).discount_rate(0.10).margin(0.30);
    let value = lifetime_value(&model, &spend, &customers, &options).unwrap();
    let histories = OpportunityHistories::from_summary(&customers).unwrap();
    let per_month = 1.10_f64.powf(1.0 / 12.0) - 1.0;
    let discounted = model.discounted_residual_transactions(&histories, per_month, Some(12)).unwrap();
    let amounts = spend.expected_spend(&customers).unwrap();
    for ((c, d), m) in value.customers().iter().zip(&discounted).zip(&amounts) {
        close(c.value, 0.30 * d * m, 1e-12, &"value");
        assert!(c.value_low <= c.value && c.value <= c.value_high);
    }
    let total = value.total();
    assert!(total.interval.low < total.value && total.value < total.interval.high);
    let flows = cash_flows(&model, &spend, &customers, &options, 12).unwrap().to_table().unwrap();
    close(flows.floats("cumulative").unwrap()[11], total.value, 1e-10, &"flows");

    // What is simulated from it adds up to what it expects.
    let future = simulate_future(&model, &customers, 12.0, 3).unwrap();
    assert!(future.times().iter().all(|t| (t - t.round()).abs() < 1e-6 && *t > 0.5 && *t < 12.5));
    let expected: f64 = PurchaseModel::expected_purchases(&model, &customers, 12.0).unwrap().iter().sum();
    assert!((future.times().len() as f64 / expected - 1.0).abs() < 0.1, "{} {expected}", future.times().len());
    let next = model.next_purchase_quantile(&customers, 0.05).unwrap();
    assert!(next.iter().flatten().all(|t| (t - t.round()).abs() < 1e-9 && *t >= 1.0));
}

/// A log of customers who buy or not in each of so many months, as the model says.
fn log_of([alpha, beta, gamma, delta]: [u32; 4], customers: usize, months: i64) -> TransactionLog {
    let mut random = ChaCha8Rng::seed_from_u64(8);
    let mut of_beta = |a: u32, b: u32| {
        let mut sum = |n: u32| (0..n).map(|_| -(1.0 - random.random::<f64>()).ln()).sum::<f64>();
        let (x, y) = (sum(a), sum(b));
        x / (x + y)
    };
    let chances: Vec<(f64, f64)> = (0..customers).map(|_| (of_beta(alpha, beta), of_beta(gamma, delta))).collect();
    let mut log = crate::transactions::LogBuilder::new(ReadOptions::new("customer", "date", "amount"));
    let mut line = 0;
    for (i, (p, theta)) in chances.into_iter().enumerate() {
        let id = format!("c{i}");
        let mut push = |month: i64| {
            line += 1;
            let date = format!("{}-{:02}-15", 2020 + month / 12, month % 12 + 1);
            log.push(
                line,
                crate::transactions::Customer::Text(&id),
                crate::transactions::When::Text(&date),
                crate::transactions::Amount::Number(10.0),
            );
        };
        push((i % 4) as i64);
        for month in (i % 4) as i64 + 1..months {
            if random.random::<f64>() < theta {
                break;
            }
            if random.random::<f64>() < p {
                push(month);
            }
        }
    }
    log.finish().unwrap()
}

#[test]
fn hold_out_and_comparison_of_what_the_model_made() {
    let log = log_of([2, 3, 1, 12], 3_000, 26);
    let split = |end: &str| SplitOptions::new(end).unwrap().merge_within(MergeWithin::Month).time_unit(TimeUnit::Month);
    let options = split("2021-02-28").observation_end("2022-02-28").unwrap();
    let parts = log.split(&options).unwrap();
    assert_eq!(parts.holdout.duration, 12.0);
    let model = BgBb::fit_summary(&parts.calibration, &FitOptions::new()).unwrap();
    let check = HoldoutCheck::new(&model, &log, &options, 0.99).unwrap();
    let interval = check.expected_total.interval;
    assert!(interval.low < check.actual_total && check.actual_total < interval.high, "{check:?}");
    let late: f64 = check.tracking.iter().filter(|r| r.in_holdout).map(|r| r.expected).sum();
    assert!((late / check.actual_total - 1.0).abs() < 0.1, "{late} {}", check.actual_total);
    // Purchases of a month as they are in the log are too many for it.
    assert!(HoldoutCheck::new(&model, &log, &SplitOptions::new("2021-02-28").unwrap(), 0.9).is_err());

    let options = CompareOptions::new(6.0)
        .origins(2)
        .merge_within(MergeWithin::Month)
        .time_unit(TimeUnit::Month)
        .models(&[PurchaseModelKind::BgBb, PurchaseModelKind::BgNbd, PurchaseModelKind::Nbd])
        .observation_end("2022-02-28")
        .unwrap()
        .resamples(100);
    let comparison = compare(&log, &options).unwrap();
    assert_eq!(comparison.best(), Some(PurchaseModelKind::BgBb), "{}", comparison.to_table().unwrap());
    assert!(comparison.failed.is_empty());
    // With days merged it says why it cannot take part.
    let days = CompareOptions::new(26.0)
        .origins(1)
        .models(&[PurchaseModelKind::BgBb, PurchaseModelKind::Nbd])
        .observation_end("2022-02-28")
        .unwrap()
        .resamples(100);
    let comparison = compare(&log, &days).unwrap();
    assert_eq!(comparison.failed[0].0.kind, PurchaseModelKind::BgBb);
    assert!(comparison.failed[0].1.contains("merge_within"));
}
