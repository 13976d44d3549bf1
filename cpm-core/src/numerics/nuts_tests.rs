//! The sampler on targets whose moments are known.

use super::*;
use crate::numerics::diagnostics::{ess_bulk, ess_tail, rank_normalised_split_r_hat};

fn chains(density: &dyn Fn(&[f64], &mut [f64]) -> f64, start: &[f64], draws: usize) -> Vec<Chain> {
    (0..4)
        .map(|chain| sample(density, start, &Plan { warmup: 400, draws, target_accept: 0.8, seed: 11, chain }))
        .collect()
}

fn coordinate(chains: &[Chain], dimensions: usize, i: usize) -> Vec<Vec<f64>> {
    chains.iter().map(|c| c.positions.iter().skip(i).step_by(dimensions).copied().collect()).collect()
}

#[test]
fn correlated_normal_of_unequal_scales() {
    // Standard deviations 1 and 50, correlation 0.8, mean (3, -20).
    let rho = 0.8;
    let density = |q: &[f64], g: &mut [f64]| {
        let (x, y) = (q[0] - 3.0, (q[1] + 20.0) / 50.0);
        let c = 1.0 / (1.0 - rho * rho);
        g[0] = -c * (x - rho * y);
        g[1] = -c * (y - rho * x) / 50.0;
        -0.5 * c * (x * x - 2.0 * rho * x * y + y * y)
    };
    let chains = chains(&density, &[0.0, 0.0], 1_000);
    let (x, y) = (coordinate(&chains, 2, 0), coordinate(&chains, 2, 1));
    for (draws, mean, sd) in [(&x, 3.0, 1.0), (&y, -20.0, 50.0)] {
        assert!(rank_normalised_split_r_hat(draws) < 1.01);
        let (bulk, tail) = (ess_bulk(draws), ess_tail(draws));
        assert!(bulk > 800.0 && tail > 800.0, "{bulk} {tail}");
        let all: Vec<f64> = draws.concat();
        let n = all.len() as f64;
        let m = all.iter().sum::<f64>() / n;
        let s = (all.iter().map(|v| (v - m).powi(2)).sum::<f64>() / n).sqrt();
        assert!((m - mean).abs() < 4.0 * sd / bulk.sqrt(), "{m}");
        assert!((s / sd - 1.0).abs() < 4.0 / (2.0 * bulk).sqrt(), "{s}");
    }
    let together: f64 = x.concat().iter().zip(y.concat()).map(|(x, y)| (x - 3.0) * (y + 20.0) / 50.0).sum();
    assert!((together / 4_000.0 - rho).abs() < 0.08, "{together}");
    assert!(chains.iter().all(|c| c.divergent.iter().all(|d| !d)));
    let accepted = chains[0].acceptance.iter().sum::<f64>() / 1_000.0;
    assert!((accepted - 0.8).abs() < 0.12, "{accepted}");
}

#[test]
fn logarithm_of_a_gamma_variable() {
    // ln G, G ~ Gamma(2.5): a skewed target; E[G] = Var[G] = 2.5.
    let density = |q: &[f64], g: &mut [f64]| {
        g[0] = 2.5 - q[0].exp();
        2.5 * q[0] - q[0].exp()
    };
    let chains = chains(&density, &[0.0], 1_500);
    let draws: Vec<f64> = coordinate(&chains, 1, 0).concat().into_iter().map(f64::exp).collect();
    let n = draws.len() as f64;
    let mean = draws.iter().sum::<f64>() / n;
    let variance = draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / n;
    let ess = ess_bulk(&coordinate(&chains, 1, 0));
    assert!((mean - 2.5).abs() < 4.0 * (2.5 / ess).sqrt(), "{mean} {ess}");
    assert!((variance - 2.5).abs() < 0.5, "{variance}");
}

#[test]
fn a_wall_is_a_divergence() {
    // The normal density above 0 only: trajectories that cross the wall end there.
    let density = |q: &[f64], g: &mut [f64]| {
        g[0] = -q[0];
        if q[0] > 0.0 { -0.5 * q[0] * q[0] } else { f64::NEG_INFINITY }
    };
    let chains = chains(&density, &[1.0], 500);
    assert!(chains.iter().all(|c| c.positions.iter().all(|q| *q > 0.0)));
    assert!(chains.iter().any(|c| c.divergent.contains(&true)));
}

#[test]
fn a_seed_is_a_chain() {
    let density = |q: &[f64], g: &mut [f64]| {
        g[0] = -q[0];
        -0.5 * q[0] * q[0]
    };
    let of = |seed, chain| {
        sample(&density, &[0.5], &Plan { warmup: 30, draws: 20, target_accept: 0.8, seed, chain }).positions
    };
    assert_eq!(of(1, 0), of(1, 0));
    assert_ne!(of(1, 0), of(1, 1));
    assert_ne!(of(1, 0), of(2, 0));
}

#[test]
fn windows_are_those_of_stan() {
    let windows = Windows::new(1_000);
    assert_eq!((windows.slow.clone(), windows.ends.clone()), (75..950, vec![99, 149, 249, 449, 949]));
    assert_eq!(Windows::new(100).ends, [89]);
    assert!(Windows::new(10).ends.is_empty());
}
