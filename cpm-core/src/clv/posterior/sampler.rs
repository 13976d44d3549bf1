//! From a log-density with derivatives to chains of draws.

use ndarray::{Array1, Array2};

use super::PosteriorOptions;
use crate::numerics::newton::{Evaluation, minimise};
use crate::numerics::nuts::{Chain, Plan, sample};
use crate::numerics::parallel;
use crate::numerics::symmetric::eigen;

/// What is sampled: a density of unbounded coordinates, logarithms of parameters as a rule.
pub(super) struct Target<'a> {
    pub(super) customers: f64,
    /// Where the search for the mode starts.
    pub(super) start: Vec<f64>,
    /// Where it ends at the latest; from below it is -20.
    pub(super) upper: f64,
    pub(super) ln_posterior: &'a (dyn Fn(&[f64]) -> Evaluation + Sync),
    /// The same for the chains, whose Hessian may be anything.
    pub(super) without_hessian: &'a (dyn Fn(&[f64]) -> Evaluation + Sync),
}

/// Chains in coordinates in which the normal approximation at the mode is standard, and their draws as `parameters` of the
/// target's coordinates.
pub(super) fn run(
    target: &Target<'_>,
    options: &PosteriorOptions,
    parameters: impl Fn(&[f64]) -> Vec<f64>,
) -> (Vec<Chain>, Vec<Vec<f64>>) {
    let k = target.start.len();
    let (mode, spread) = mode(target);
    let at = |z: &[f64]| -> Vec<f64> {
        (0..k).map(|i| mode[i] + (0..k).map(|j| spread[(i, j)] * z[j]).sum::<f64>()).collect()
    };
    let density = |z: &[f64], gradient: &mut [f64]| {
        let coordinates = at(z);
        // Beyond these bounds nothing is left of a proper posterior, and powers overflow.
        if coordinates.iter().any(|v| v.abs() > 100.0) {
            return f64::NEG_INFINITY;
        }
        let here = (target.without_hessian)(&coordinates);
        for (j, g) in gradient.iter_mut().enumerate() {
            *g = (0..k).map(|i| spread[(i, j)] * here.gradient[i]).sum();
        }
        here.value
    };
    let mut chains: Vec<Chain> = parallel::map_chunks(options.chains, 1, |range| {
        let chain = range.start as u64;
        let plan = Plan {
            warmup: options.warmup,
            draws: options.draws,
            target_accept: options.target_accept,
            seed: options.seed,
            chain,
        };
        let start = (0..32).find_map(|attempt| {
            let start = starting_point(k, options.seed, chain, attempt);
            density(&start, &mut vec![0.0; k]).is_finite().then_some(start)
        });
        sample(&density, &start.unwrap_or_else(|| vec![0.0; k]), &plan)
    })
    .collect();
    let draws = |chain: &Chain| chain.positions.chunks_exact(k).flat_map(|z| parameters(&at(z))).collect();
    let draws = chains.iter().map(draws).collect();
    // In the draws they are what they stand for.
    chains.iter_mut().for_each(|chain| chain.positions = Vec::new());
    (chains, draws)
}

/// Between -2 and 2 standard deviations in each direction, nearer to the mode with every attempt.
fn starting_point(k: usize, seed: u64, chain: u64, attempt: i32) -> Vec<f64> {
    use rand::rngs::ChaCha8Rng;
    use rand::{RngExt, SeedableRng};
    let mut random = ChaCha8Rng::seed_from_u64(seed ^ 0x5eed);
    random.set_stream(chain);
    (0..k).map(|_| (4.0 * random.random::<f64>() - 2.0) * 0.8_f64.powi(attempt)).collect()
}

/// Mode of the density, and a matrix S with S S' the covariance of the normal approximation there.
fn mode(target: &Target<'_>) -> (Array1<f64>, Array2<f64>) {
    let (n, k) = (target.customers, target.start.len());
    let objective = |at: &Array1<f64>| {
        let at = (target.ln_posterior)(&at.to_vec());
        Evaluation { value: -at.value / n, gradient: at.gradient / -n, hessian: at.hessian / -n }
    };
    let (lower, upper) = (Array1::from_elem(k, -20.0), Array1::from_elem(k, target.upper));
    let found = minimise(objective, target.start.clone().into(), &lower, &upper, 200);
    let spectrum = eigen(&(&found.at.hessian * n));
    // A direction in which the density does not fall from here gets a scale of one.
    let scale: Array1<f64> = spectrum.values.iter().map(|&v| if v > 1e-2 { 1.0 / v.sqrt() } else { 1.0 }).collect();
    let spread = Array2::from_shape_fn((k, k), |(i, j)| spectrum.vectors[(i, j)] * scale[j]);
    (found.point, spread)
}
