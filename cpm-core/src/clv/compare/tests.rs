//! The comparison finds the model that made the data, and its numbers are those of the hold-out.

use super::*;
use crate::clv::{FitOptions, GammaGamma, HoldoutCheck, MbgNbd, PurchaseModel, SimulationPlan};
use crate::summary::{CustomerSummary, SplitOptions};
use crate::{SummaryOptions, datasets};

#[test]
fn cdnow_with_one_origin() {
    let log = datasets::cdnow_sample().unwrap();
    let options = CompareOptions::new(39.0)
        .origins(1)
        .models(&PurchaseModelKind::ALL[..4])
        .resamples(200)
        .observation_end("1998-06-30")
        .unwrap();
    let comparison = compare(&log, &options).unwrap();
    assert_eq!(comparison.models.len(), 6);
    assert!(comparison.failed.is_empty());
    assert!(comparison.models.windows(2).all(|w| w[0].crps.value <= w[1].crps.value));

    let split = log.split(&SplitOptions::new("1997-09-30").unwrap().observation_end("1998-06-30").unwrap()).unwrap();
    let model = MbgNbd::fit(&split.calibration, &FitOptions::new()).unwrap();
    let expected = model.expected_purchases(&split.calibration, 39.0).unwrap();
    let n = expected.len() as f64;
    let mae = expected.iter().zip(&split.holdout.purchases).map(|(e, a)| (e - a).abs()).sum::<f64>() / n;
    let scores = comparison.models.iter().find(|m| m.model == "MBG/NBD").unwrap();
    assert!((scores.mae.value - mae).abs() < 1e-12);
    assert_eq!((scores.forecasts, scores.actual), (2_357, 1_882.0));
    assert!(scores.mae.interval.low < mae && mae < scores.mae.interval.high);
    assert!(scores.crps.value < scores.mae.value);
    let check = HoldoutCheck::new(
        &model,
        &log,
        &SplitOptions::new("1997-09-30").unwrap().observation_end("1998-06-30").unwrap(),
        0.95,
    );
    let rows: Vec<_> = check.unwrap().tracking.into_iter().filter(|row| row.in_holdout).collect();
    let (mut actual, mut expected, mut away) = (0.0, 0.0, 0.0);
    for row in &rows {
        (actual, expected) = (actual + row.actual, expected + row.expected);
        away += f64::abs(expected - actual);
    }
    let tracked = scores.tracking_error.unwrap();
    assert!((tracked.value - away / rows.len() as f64 / actual).abs() < 1e-12);
    assert!(tracked.interval.low < tracked.value && tracked.value < tracked.interval.high);
    let nbd = comparison.models.iter().find(|m| m.model == "NBD").unwrap();
    assert!(nbd.tracking_error_difference.unwrap().interval.low > 0.0);
    assert!(nbd.bias.unwrap().value > 0.3 && nbd.crps_difference.interval.low > 0.0);
    let best = &comparison.models[0];
    assert_eq!((best.crps_difference.value, best.crps_difference.interval.high), (0.0, 0.0));
    assert!(comparison.recommendation.starts_with("Use "), "{}", comparison.recommendation);
    let beaten = comparison.recommendation.split("It beats ").nth(1).unwrap();
    assert!(beaten.starts_with("NBD beyond chance"), "{}", comparison.recommendation);
    for m in &comparison.models {
        let pairs = [
            (m.bias.zip(best.bias), m.bias_difference),
            (Some((m.mae, best.mae)), Some(m.mae_difference)),
            (Some((m.rmse, best.rmse)), Some(m.rmse_difference)),
            (m.log_score.zip(best.log_score), m.log_score_difference),
            (Some((m.crps, best.crps)), Some(m.crps_difference)),
            (m.tracking_error.zip(best.tracking_error), m.tracking_error_difference),
        ];
        for (scores, difference) in pairs {
            let (Some((own, its)), Some(found)) = (scores, difference) else {
                // Baselines have no distribution, and no curve.
                assert!(m.is_baseline && scores.is_none() && difference.is_none());
                continue;
            };
            assert!((found.value - (own.value - its.value)).abs() < 1e-12);
            assert!(found.interval.low <= found.value && found.value <= found.interval.high);
            // No less certain than the two scores taken apart, but for the noise of 200 resamples.
            let widths = [own, its, found].map(|e| e.interval.high - e.interval.low);
            assert!(widths[2] <= 1.1 * (widths[0] + widths[1]), "{}: {widths:?}", m.model);
        }
    }
    for model in &comparison.models {
        let rows: Vec<_> = comparison.calibration.iter().filter(|r| r.model == model.model).collect();
        assert_eq!(rows.iter().map(|r| r.customers).sum::<u64>(), 2_357);
        assert!(rows.windows(2).all(|w| w[0].expected < w[1].expected && w[0].decile < w[1].decile));
        let total: f64 = rows.iter().map(|r| r.actual * r.customers as f64).sum();
        assert!((total - 1_882.0).abs() < 1e-9);
    }
    assert_eq!(comparison.to_table().unwrap().rows(), 6);
    assert_eq!(comparison.calibration_table().unwrap().columns().count(), 5);
    assert_eq!(compare(&log, &options).unwrap(), comparison);
}

#[test]
fn several_origins_keep_customers_together() {
    let truth = MbgNbd::from_params(0.8, 5.0, 1.2, 1.8).unwrap();
    let spend = GammaGamma::from_params(6.25, 3.74, 15.44).unwrap();
    let plan = SimulationPlan::new(1_500, "2024-01-01", "2025-06-30").unwrap().acquired_over(120.0).seed(5);
    let log = truth.simulate(&spend, &plan).unwrap();
    let options = CompareOptions::new(13.0)
        .origins(3)
        .models(&[PurchaseModelKind::MbgNbd, PurchaseModelKind::Nbd, PurchaseModelKind::Nbd])
        .resamples(100)
        .seed(9);
    let comparison = compare(&log, &options).unwrap();
    assert_eq!(comparison.models.len(), 4);
    assert_eq!(comparison.best(), Some(PurchaseModelKind::MbgNbd));
    assert_eq!(comparison.origins.len(), 12);
    let origins: std::collections::BTreeSet<_> = comparison.origins.iter().map(|o| o.origin.days()).collect();
    let days: Vec<i64> = origins.into_iter().collect();
    assert_eq!((days[1] - days[0], days[2] - days[1]), (91, 91));
    let actual: f64 = comparison.origins.iter().filter(|o| o.model == "MBG/NBD").map(|o| o.actual).sum();
    assert_eq!(actual, comparison.models[0].actual);
    let truth_like = comparison.models.iter().find(|m| m.model == "MBG/NBD").unwrap();
    assert!(truth_like.bias.unwrap().interval.low < 0.05 && truth_like.bias.unwrap().interval.high > -0.05);
    assert_eq!(comparison.origins_table().unwrap().rows(), 12);
    // The last forecast ends with the log.
    let last = log.summarize(&SummaryOptions::new()).unwrap().quality().unwrap().as_of;
    assert_eq!(days[2] + 91, last.days());
}

#[test]
fn options_out_of_range() {
    let log = datasets::cdnow_sample().unwrap();
    let message = |options: CompareOptions| compare(&log, &options).unwrap_err().to_string();
    assert!(message(CompareOptions::new(0.0)).contains("horizon = 0"));
    assert!(message(CompareOptions::new(13.0).origins(0)).contains("origins = 0"));
    assert!(message(CompareOptions::new(39.0).origins(3)).contains("fewer origins"));
    assert!(message(CompareOptions::new(13.0).models(&[])).contains("models"));
    assert!(message(CompareOptions::new(13.0).resamples(3)).contains("resamples = 3"));
    assert!(message(CompareOptions::new(13.0).level(1.0)).contains("level = 1"));
    assert!(message(CompareOptions::new(13.0).step(-1.0)).contains("step = -1"));
    // Two days of the log are too few to fit any model.
    assert!(message(CompareOptions::new(77.7).origins(1)).contains("cannot be fitted"));
}

#[cfg(feature = "covariates")]
#[test]
fn covariates_beside_the_plain_models() {
    use crate::clv::{BgNbd, CovariateOptions, WithCovariates};
    use crate::summary::Covariates;
    let log = datasets::cdnow_sample().unwrap();
    let all = log.summarize(&SummaryOptions::new()).unwrap();
    let mut table = Table::new();
    let first: Vec<f64> = all.first_amount().unwrap().iter().map(|m| (m / 20.0).round()).collect();
    table.push("first_amount", Column::Float(first)).unwrap();
    let all = all.with_covariates(Covariates::new(&table).unwrap()).unwrap();
    let purchase = CovariateOptions::new().dropout(&[]);
    let options = CompareOptions::new(39.0)
        .origins(1)
        .models(&[PurchaseModelKind::BgNbd])
        .covariates(&all, &[(PurchaseModelKind::BgNbd, purchase.clone()), (PurchaseModelKind::Nbd, purchase.clone())])
        .observation_end("1998-06-30")
        .unwrap()
        .resamples(100);
    let comparison = compare(&log, &options).unwrap();
    let names: Vec<&str> = comparison.models.iter().map(|m| m.model.as_str()).collect();
    assert!(names.contains(&"BG/NBD") && names.contains(&"BG/NBD with covariates"), "{names:?}");
    assert!(comparison.models.iter().all(|m| m.is_baseline || m.tracking_error.is_some()));
    // NBD has none, and says so.
    assert_eq!((comparison.failed.len(), comparison.failed[0].0.key().as_str()), (1, "nbd_covariates_2"));
    assert!(comparison.recommendation.contains("could not be compared"));

    // The same by hand.
    let split_options = SplitOptions::new("1997-09-30").unwrap().observation_end("1998-06-30").unwrap();
    let mut split = log.split(&split_options).unwrap();
    split.calibration = split.calibration.with_covariates_of(&all).unwrap();
    let fitted = WithCovariates::<BgNbd>::fit(&split.calibration, &purchase, &FitOptions::new()).unwrap();
    let bound = fitted.of(&split.calibration).unwrap();
    let check = HoldoutCheck::of_split(&bound, &log, &split, &split_options, 0.95).unwrap();
    let scores = comparison.models.iter().find(|m| m.model.ends_with("covariates")).unwrap();
    assert!((check.expected_total.value / scores.expected - 1.0).abs() < 1e-9);
    // Customers without covariates are named.
    let few = CompareOptions::new(39.0).origins(1).covariates(&split.calibration.clone(), &[]).resamples(100);
    assert!(compare(&log, &few.models(&[PurchaseModelKind::Nbd])).is_ok());
    let plain = log.summarize(&SummaryOptions::new()).unwrap();
    let message = plain.clone().with_covariates_of(&plain).unwrap_err().to_string();
    assert!(message.contains("with_covariates"), "{message}");
    let other = CustomerSummary::new(&[0.0], &[0.0], &[1.0], crate::TimeUnit::Week).unwrap();
    let mut one = Table::new();
    one.push("z", Column::Float(vec![1.0])).unwrap();
    let other = other.with_covariates(Covariates::new(&one).unwrap()).unwrap();
    assert!(plain.with_covariates_of(&other).unwrap_err().to_string().contains("customer_id"));
}

#[test]
fn of_two_that_are_one_the_simpler_is_better() {
    let log = datasets::cdnow_sample().unwrap();
    for kinds in [
        [PurchaseModelKind::MbgCnbd, PurchaseModelKind::MbgNbd],
        [PurchaseModelKind::MbgNbd, PurchaseModelKind::MbgCnbd],
    ] {
        let options = CompareOptions::new(13.0).origins(2).models(&kinds).resamples(100);
        let comparison = compare(&log, &options).unwrap();
        assert_eq!(comparison.best(), Some(PurchaseModelKind::MbgNbd));
        let place = |name: &str| comparison.models.iter().position(|m| m.model == name).unwrap();
        assert!(place("MBG/NBD") < place("MBG/CNBD-k"));
        let words = &comparison.recommendation;
        assert!(words.starts_with("Use MBG/NBD:") && words.contains("MBG/CNBD-k has k = 1 at every origin"), "{words}");
        assert!(!words.contains("do not tell it from"), "{words}");
    }
}
