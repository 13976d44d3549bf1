//! The partial likelihood against its definition and against finite differences.

use ndarray::Array2;

use super::partial_likelihood::evaluate;
use super::rows::Rows;
use super::*;

/// 40 rows with ties, censoring, weights, entry times and two strata.
fn sample() -> (SurvivalData, Array2<f64>, CoxOptions) {
    let n = 40;
    let wave = |i: usize, k: f64| (i as f64 * k + k).sin();
    let durations: Vec<f64> = (0..n).map(|i| (10.0 + 9.0 * wave(i, 1.3)).floor()).collect();
    let events: Vec<bool> = (0..n).map(|i| wave(i, 2.1) > -0.4).collect();
    let entry: Vec<f64> = durations.iter().enumerate().map(|(i, t)| t - 1.0 - (6.0 + 5.0 * wave(i, 0.7))).collect();
    let weights: Vec<f64> = (0..n).map(|i| 0.5 + (i % 4) as f64).collect();
    let strata: Vec<u32> = (0..n).map(|i| u32::from(i % 3 == 0) * 7).collect();
    let x = Array2::from_shape_fn((n, 3), |(i, j)| 4.0 * wave(i, 0.37 + j as f64) + j as f64);
    let data = SurvivalData::new(&durations, &events).unwrap().with_entry(&entry).unwrap();
    (data.with_weights(&weights).unwrap(), x, CoxOptions::new().strata(&strata))
}

/// The log partial likelihood as it is written in books, one risk set at a time.
fn by_definition(data: &SurvivalData, x: &Array2<f64>, strata: &[u32], ties: Ties, beta: &[f64]) -> f64 {
    let eta = |i: usize| x.row(i).iter().zip(beta).map(|(x, b)| x * b).sum::<f64>();
    let weights = data.weights().unwrap();
    let mut sum = 0.0;
    for i in (0..data.len()).filter(|&i| data.events()[i]) {
        let (t, entry) = (data.durations()[i], data.entry().unwrap());
        let at_risk = |j: &usize| strata[*j] == strata[i] && data.durations()[*j] >= t && entry[*j] < t;
        let risk = |j: usize| weights[j] * eta(j).exp();
        let all: f64 = (0..data.len()).filter(at_risk).map(risk).sum();
        let tied: Vec<usize> =
            (0..data.len()).filter(at_risk).filter(|&j| data.durations()[j] == t && data.events()[j]).collect();
        sum += weights[i] * eta(i);
        let count = tied.len() as f64;
        let mean_weight = tied.iter().map(|&j| weights[j]).sum::<f64>() / count;
        let of_tied: f64 = tied.iter().map(|&j| risk(j)).sum();
        // Each of the tied events brings one term of the group.
        sum -= match ties {
            Ties::Breslow => weights[i] * all.ln(),
            Ties::Efron => {
                let place = tied.iter().position(|&j| j == i).unwrap() as f64;
                mean_weight * (all - place / count * of_tied).ln()
            }
        };
    }
    sum
}

#[test]
fn likelihood_by_definition_and_derivatives_by_differences() {
    let (data, x, options) = sample();
    let rows = Rows::new(&data, x.view(), &options).unwrap();
    let factor: Vec<f64> = (0..rows.ties.len()).map(|k| 1.0 + 0.3 * k as f64).collect();
    for ties in [Ties::Efron, Ties::Breslow] {
        for beta in [[0.0; 3], [0.4, -0.7, 0.2], [1.5, 2.0, -1.0]] {
            let at = evaluate(&rows, ties, &beta, None);
            let original: Vec<f64> = beta.iter().zip(&rows.scale).map(|(b, s)| b / s).collect();
            // Standardising moves x'β by a constant, which the partial likelihood does not see.
            let expected = by_definition(&data, &x, options.strata.as_ref().unwrap(), ties, &original);
            assert!((at.value - expected).abs() < 1e-11 * expected.abs(), "{} {expected}", at.value);
            for factor in [None, Some(factor.as_slice())] {
                let at = evaluate(&rows, ties, &beta, factor);
                for j in 0..3 {
                    let step = 1e-5;
                    let moved = |sign: f64| {
                        let mut beta = beta;
                        beta[j] += sign * step;
                        evaluate(&rows, ties, &beta, factor)
                    };
                    let (up, down) = (moved(1.0), moved(-1.0));
                    let slope = (up.value - down.value) / (2.0 * step);
                    assert!(
                        (at.gradient[j] - slope).abs() < 1e-6 * slope.abs().max(10.0),
                        "{} {slope}",
                        at.gradient[j]
                    );
                    for i in 0..3 {
                        let slope = -(up.gradient[i] - down.gradient[i]) / (2.0 * step);
                        let found = at.hessian[(i, j)];
                        assert!((found - slope).abs() < 1e-7 * slope.abs().max(10.0), "{found} {slope}");
                    }
                }
            }
        }
    }
}

#[test]
fn score_residuals_sum_to_the_gradient() {
    let (data, x, options) = sample();
    let rows = Rows::new(&data, x.view(), &options).unwrap();
    for ties in [Ties::Efron, Ties::Breslow] {
        let beta = [0.4, -0.7, 0.2];
        let residuals = hazards::Hazards::new(&rows, ties, &beta).score_residuals(&rows);
        let gradient = evaluate(&rows, ties, &beta, None).gradient;
        for j in 0..3 {
            let sum: f64 = (0..rows.len()).map(|k| rows.weight[k] * residuals[k * 3 + j]).sum();
            assert!((sum - gradient[j]).abs() < 1e-11, "{ties:?} {sum} {}", gradient[j]);
        }
    }
}

#[test]
fn rows_that_enter_late_do_not_cost_digits() {
    // One row with an enormous risk enters just before its own end: before that nobody should feel it.
    let (data, x, _) = sample();
    let mut x = x.column(0).to_owned().insert_axis(ndarray::Axis(1));
    let entry: Vec<f64> = data.durations().iter().map(|t| t - 30.0).collect();
    let with = |extra: bool| {
        let mut durations = data.durations().to_vec();
        let (mut events, mut entry) = (data.events().to_vec(), entry.clone());
        let mut column = x.column(0).to_vec();
        if extra {
            durations.push(100.0);
            events.push(false);
            entry.push(99.0);
            column.push(400.0);
        }
        let set = SurvivalData::new(&durations, &events).unwrap().with_entry(&entry).unwrap();
        let table = Array2::from_shape_vec((column.len(), 1), column).unwrap();
        let rows = Rows::new(&set, table.view(), &CoxOptions::new()).unwrap();
        let beta = [0.1 * rows.scale[0]];
        let at = evaluate(&rows, Ties::Efron, &beta, None);
        (at.value, at.gradient[0] * rows.scale[0], at.hessian[(0, 0)] * rows.scale[0].powi(2))
    };
    let (alone, crowded) = (with(false), with(true));
    assert!((alone.0 - crowded.0).abs() < 1e-10 * alone.0.abs(), "{alone:?} {crowded:?}");
    assert!((alone.1 - crowded.1).abs() < 1e-9 * alone.1.abs(), "{alone:?} {crowded:?}");
    assert!((alone.2 - crowded.2).abs() < 1e-9 * alone.2.abs(), "{alone:?} {crowded:?}");
    x.fill(0.0);
    assert!(Rows::new(&data, x.view(), &CoxOptions::new()).is_err());
}

#[test]
fn many_rows_are_swept_in_segments() {
    let n = 30_000;
    let mut random = crate::numerics::random::SplitMix::new(3, 0);
    let durations: Vec<f64> = (0..n).map(|_| (400.0 * random.uniform()).ceil()).collect();
    let events: Vec<bool> = (0..n).map(|_| random.uniform() < 0.6).collect();
    let x = Array2::from_shape_simple_fn((n, 2), || random.uniform());
    let strata: Vec<u32> = (0..n).map(|i| u32::from(i % 3 == 0)).collect();
    let data = SurvivalData::new(&durations, &events).unwrap();
    let options = CoxOptions::new().strata(&strata).ties(Ties::Breslow);
    let rows = Rows::new(&data, x.view(), &options).unwrap();
    assert!(rows.segments.len() >= 3);
    let beta = [0.4, -0.7];
    let value = |beta: &[f64]| {
        // The sum over the rows at risk by its definition.
        let mut value = 0.0;
        for code in [0, 1] {
            let mine: Vec<usize> = (0..n).filter(|&k| strata[rows.original[k]] == code).collect();
            let along = |k: usize| rows.x(k).iter().zip(beta).map(|(x, b)| x * b).sum::<f64>();
            let mut at_risk = 0.0;
            for tied in mine.chunk_by(|&a, &b| durations[rows.original[a]] == durations[rows.original[b]]).rev() {
                at_risk += tied.iter().map(|&k| along(k).exp()).sum::<f64>();
                value += tied.iter().filter(|&&k| rows.event[k]).map(|&k| along(k) - at_risk.ln()).sum::<f64>();
            }
        }
        value
    };
    let at = evaluate(&rows, Ties::Breslow, &beta, None);
    assert!((at.value / value(&beta) - 1.0).abs() < 1e-12);
    for j in 0..2 {
        let moved = |by: f64| {
            let mut beta = beta;
            beta[j] += by;
            beta
        };
        let slope = (value(&moved(1e-4)) - value(&moved(-1e-4))) / 2e-4;
        assert!((at.gradient[j] - slope).abs() < 1e-4 * n as f64 * 1e-3, "{} {slope}", at.gradient[j]);
        let (up, down) = (moved(1e-4), moved(-1e-4));
        let (up, down) = (evaluate(&rows, Ties::Breslow, &up, None), evaluate(&rows, Ties::Breslow, &down, None));
        for k in 0..2 {
            let slope = (down.gradient[k] - up.gradient[k]) / 2e-4;
            assert!((at.hessian[(j, k)] / slope - 1.0).abs() < 1e-5, "{j} {k}: {} {slope}", at.hessian[(j, k)]);
        }
    }
    // The last step is taken unseen, and ends where the score is 0 all the same.
    let model = CoxPh::fit(&data, x.view(), &options).unwrap();
    let beta: Vec<f64> = model.coefficients().iter().zip(&rows.scale).map(|(b, s)| b * s).collect();
    let end = evaluate(&rows, Ties::Breslow, &beta, None);
    assert!(end.gradient.iter().all(|g| g.abs() < 1e-9 * rows.event_weight), "{}", end.gradient);
    let error = crate::numerics::symmetric::eigen(&end.hessian).inverse()[(0, 0)].sqrt() / rows.scale[0];
    assert!((model.summary(0.95).unwrap()[0].standard_error / error - 1.0).abs() < 1e-7);
}
