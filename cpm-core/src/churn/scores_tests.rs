use super::*;
use crate::clv::BgNbd;
use crate::error::Error;
use crate::summary::TimeUnit;

fn customers() -> CustomerSummary {
    let (x, t_x, t) = ([0.0, 3.0, 3.0, 0.0, 12.0], [0.0, 30.0, 4.0, 0.0, 35.0], [38.0, 38.0, 38.0, 38.0, 36.0]);
    CustomerSummary::new(&x, &t_x, &t, TimeUnit::Week).unwrap()
}

fn model() -> BgNbd {
    BgNbd::from_params(0.243, 4.414, 0.793, 2.426).unwrap()
}

#[test]
fn scores_are_those_of_the_model() {
    let (model, customers) = (model(), customers());
    let churn = ChurnScores::of(&model, &customers, 39.0, 0.95).unwrap();
    let alive = model.probability_alive(&customers).unwrap();
    let after = model.probability_alive_after(&customers, 39.0).unwrap();
    assert_eq!(churn.churn_probability(), model.probability_no_purchase(&customers, 39.0).unwrap());
    for i in 0..5 {
        assert_eq!(churn.probability_dead()[i], 1.0 - alive[i]);
        assert_eq!(churn.attrition_probability()[i], alive[i] - after[i]);
        // Whoever is dead makes no purchase.
        assert!(churn.churn_probability()[i] > churn.probability_dead()[i]);
    }
    // One-time buyers are alive under BG/NBD, and quiet all the same.
    assert_eq!(churn.probability_dead()[0], 0.0);
    assert!(churn.churn_probability()[0] > 0.5);
}

#[test]
fn the_base_sums_the_customers() {
    let churn = ChurnScores::of(&model(), &customers(), 39.0, 0.95).unwrap();
    let sum = |scores: &[f64]| scores.iter().sum::<f64>();
    let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
    assert!(close(churn.expected_without_purchase().value, sum(churn.churn_probability())));
    assert!(close(churn.expected_alive().value, 5.0 - sum(churn.probability_dead())));
    assert!(close(churn.expected_attrition().value, sum(churn.attrition_probability())));
    assert!(close(churn.share_without_purchase().value, sum(churn.churn_probability()) / 5.0));
    assert!(close(churn.attrition_rate().value, churn.expected_attrition().value / churn.expected_alive().value));
    for share in [churn.share_without_purchase(), churn.share_alive(), churn.attrition_rate()] {
        assert!(0.0 <= share.interval.low && share.interval.low <= share.value);
        assert!(share.value <= share.interval.high && share.interval.high <= 1.0);
    }
}

#[test]
fn tables_have_a_row_per_customer() {
    let churn = ChurnScores::of(&model(), &customers(), 39.0, 0.95).unwrap();
    let table = churn.to_table().unwrap();
    assert_eq!(table.rows(), 5);
    assert_eq!(table.floats("churn_probability").unwrap(), churn.churn_probability());
    assert_eq!(table.floats("expected_attrition").unwrap(), churn.attrition_probability());
    assert_eq!((churn.horizon(), churn.level()), (39.0, 0.95));
}

#[test]
fn bad_arguments_are_named() {
    let (model, customers) = (model(), customers());
    for horizon in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = ChurnScores::of(&model, &customers, horizon, 0.95).unwrap_err();
        assert!(matches!(error, Error::InvalidArgument { name: "horizon", .. }));
    }
    for level in [0.0, 1.0, f64::NAN] {
        let error = ChurnScores::of(&model, &customers, 39.0, level).unwrap_err();
        assert!(matches!(error, Error::InvalidArgument { name: "level", .. }));
    }
}

#[cfg(feature = "datasets")]
mod cdnow {
    use super::*;
    use crate::clv::FitOptions;
    use crate::datasets;
    use crate::summary::SummaryOptions;

    fn summary() -> CustomerSummary {
        let log = datasets::cdnow_sample().unwrap();
        log.summarize(&SummaryOptions::new().as_of("1997-09-30").unwrap()).unwrap()
    }

    /// Expected values from a program of its own: Python, histories from `data/cdnow.csv`, and for each of them
    /// P(alive) = 1/(1 + a/(b+x-1)·((α+T)/(α+t_x))^(r+x)) and P(none) = 1 − P(alive)·(1 − ((α+T)/(α+T+39))^(r+x)).
    #[test]
    fn the_base_of_the_papers() {
        let customers = summary();
        let model = BgNbd::from_params(0.242_593_93, 4.413_59, 0.792_93, 2.425_90).unwrap();
        let churn = ChurnScores::of(&model, &customers, 39.0, 0.95).unwrap();
        assert!((churn.expected_without_purchase().value - 1_739.968_057_879_177_6).abs() < 1e-8);
        assert!((churn.expected_alive().value - 1_917.275_361_186_163_5).abs() < 1e-8);
    }

    #[test]
    fn intervals_hold_the_parameters_too_and_the_order_of_customers_plays_no_role() {
        let c = summary();
        let model = BgNbd::fit(&c, &FitOptions::new()).unwrap();
        let churn = ChurnScores::of(&model, &c, 39.0, 0.95).unwrap();
        let Interval { low, high } = churn.expected_without_purchase().interval;
        // Chance alone would give ±1.96·√Σp(1 − p).
        let chance: f64 = churn.churn_probability().iter().map(|p| p * (1.0 - p)).sum();
        let ratio = (high - low) / (2.0 * 1.96 * chance.sqrt());
        assert!((1.02..2.0).contains(&ratio), "{ratio}");

        let reversed = |v: &[f64]| v.iter().rev().copied().collect::<Vec<_>>();
        let backwards =
            CustomerSummary::new(&reversed(c.frequency()), &reversed(c.recency()), &reversed(c.T()), c.time_unit())
                .unwrap();
        let again = ChurnScores::of(&model, &backwards, 39.0, 0.95).unwrap();
        assert_eq!(again.expected_without_purchase(), churn.expected_without_purchase());
        assert_eq!(again.expected_attrition(), churn.expected_attrition());

        let other = CustomerSummary::new(&[1.0], &[2.0], &[9.0], TimeUnit::Day).unwrap();
        let error = ChurnScores::of(&model, &other, 39.0, 0.95).unwrap_err();
        assert!(matches!(error, Error::InvalidArgument { name: "time_unit", .. }));
    }
}

#[cfg(feature = "simulation")]
#[test]
fn intervals_cover_what_simulated_customers_do() {
    use crate::clv::{FitOptions, GammaGamma, SimulationPlan};
    use crate::summary::SplitOptions;

    let truth = BgNbd::from_params(0.5, 8.0, 0.8, 2.4).unwrap();
    let spend = GammaGamma::from_params(6.0, 4.0, 15.0).unwrap();
    let options = SplitOptions::new("2024-09-29").unwrap().observation_end("2025-06-29").unwrap();
    let bases = 200;
    let covered = (0..bases)
        .filter(|&seed| {
            let plan = SimulationPlan::new(400, "2024-01-01", "2025-06-29").unwrap().acquired_over(90.0).seed(seed);
            let split = truth.simulate(&spend, &plan).unwrap().split(&options).unwrap();
            let model = BgNbd::fit(&split.calibration, &FitOptions::new()).unwrap();
            let churn = ChurnScores::of(&model, &split.calibration, split.holdout.duration, 0.9).unwrap();
            let quiet = split.holdout.purchases.iter().filter(|n| **n == 0.0).count() as f64;
            let Interval { low, high } = churn.expected_without_purchase().interval;
            (low..=high).contains(&quiet)
        })
        .count();
    // 180 expected, standard deviation 4; rounding to days costs a little.
    assert!((168..=195).contains(&covered), "{covered} of {bases}");
}
