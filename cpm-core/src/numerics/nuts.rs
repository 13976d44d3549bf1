//! Sampling from a density with a gradient: the multinomial No-U-Turn Sampler.
//!
//! Hoffman & Gelman 2014, "The No-U-Turn Sampler", JMLR 15, 1593-1623, in the form of Betancourt 2017, "A Conceptual
//! Introduction to Hamiltonian Monte Carlo", arXiv:1701.02434: states of a trajectory are drawn with their weights, new halves
//! are preferred, and the U-turn criterion also looks across the seams of subtrees. Warm-up as in Stan: dual averaging of the step
//! size, and the variances of the positions in windows of doubling length.
//!
//! The problems here have two to eight dimensions and analytic gradients; a sampler of this size serves them, and the crate needs
//! no linear algebra of another one.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal};

use super::adaptation::{DualAveraging, Moments, Windows};

/// An energy this far above the start means that the trajectory has left the typical set: a divergence.
const DIVERGENCE: f64 = 1_000.0;
/// Longest trajectory: 2^10 steps.
const MAX_DEPTH: usize = 10;

/// Length of the warm-up and of the chain, and the acceptance rate to aim for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) warmup: usize,
    pub(crate) draws: usize,
    pub(crate) target_accept: f64,
    pub(crate) seed: u64,
    /// Chains of one seed have streams of their own.
    pub(crate) chain: u64,
}

/// A chain after its warm-up. All lists have one entry per draw.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Chain {
    /// Positions, one after the other.
    #[serde(skip)]
    pub(crate) positions: Vec<f64>,
    pub(crate) ln_density: Vec<f64>,
    pub(crate) divergent: Vec<bool>,
    pub(crate) depth: Vec<u32>,
    pub(crate) steps: Vec<u32>,
    pub(crate) acceptance: Vec<f64>,
    pub(crate) energy: Vec<f64>,
    pub(crate) step_size: f64,
}

/// Position, momentum and gradient.
#[derive(Debug, Clone)]
struct State {
    q: Vec<f64>,
    p: Vec<f64>,
    gradient: Vec<f64>,
    ln_density: f64,
}

/// Runs one chain from `start`. `density` gives the logarithm of the density and fills in its gradient; a position outside
/// the support has minus infinity.
pub(crate) fn sample(density: &dyn Fn(&[f64], &mut [f64]) -> f64, start: &[f64], plan: &Plan) -> Chain {
    let mut random = ChaCha8Rng::seed_from_u64(plan.seed);
    random.set_stream(plan.chain);
    let mut gradient = vec![0.0; start.len()];
    let ln_density = density(start, &mut gradient);
    let state = State { q: start.to_vec(), p: vec![0.0; start.len()], gradient, ln_density };
    let mut sampler =
        Sampler { density, random, state, variance: vec![1.0; start.len()], step_size: 1.0, divergent: false };
    sampler.step_size = sampler.reasonable_step_size();

    let windows = Windows::new(plan.warmup);
    let mut averaging = DualAveraging::new(sampler.step_size, plan.target_accept);
    let mut moments = Moments::new(start.len());
    for iteration in 0..plan.warmup {
        let acceptance = sampler.transition().acceptance;
        sampler.step_size = averaging.update(acceptance);
        if windows.slow.contains(&iteration) {
            moments.add(&sampler.state.q);
        }
        if windows.ends.contains(&iteration) {
            sampler.variance = moments.regularised_variance();
            moments = Moments::new(start.len());
            sampler.step_size = sampler.reasonable_step_size();
            averaging = DualAveraging::new(sampler.step_size, plan.target_accept);
        }
    }
    if plan.warmup > 0 {
        sampler.step_size = averaging.averaged();
    }

    let n = plan.draws;
    let mut chain = Chain {
        positions: Vec::with_capacity(n * start.len()),
        ln_density: Vec::with_capacity(n),
        divergent: Vec::with_capacity(n),
        depth: Vec::with_capacity(n),
        steps: Vec::with_capacity(n),
        acceptance: Vec::with_capacity(n),
        energy: Vec::with_capacity(n),
        step_size: sampler.step_size,
    };
    for _ in 0..n {
        let transition = sampler.transition();
        chain.positions.extend_from_slice(&sampler.state.q);
        chain.ln_density.push(sampler.state.ln_density);
        chain.divergent.push(sampler.divergent);
        chain.depth.push(transition.depth);
        chain.steps.push(transition.steps);
        chain.acceptance.push(transition.acceptance);
        chain.energy.push(transition.energy);
    }
    chain
}

struct Transition {
    depth: u32,
    steps: u32,
    acceptance: f64,
    energy: f64,
}

struct Sampler<'a> {
    density: &'a dyn Fn(&[f64], &mut [f64]) -> f64,
    random: ChaCha8Rng,
    state: State,
    /// The inverse metric: variances of the positions.
    variance: Vec<f64>,
    step_size: f64,
    divergent: bool,
}

/// A part of a trajectory.
struct Tree {
    /// The sum of its momenta.
    rho: Vec<f64>,
    /// Momenta, and velocities, at its two ends in the order of going.
    p_begin: Vec<f64>,
    p_end: Vec<f64>,
    v_begin: Vec<f64>,
    v_end: Vec<f64>,
    /// The state drawn from it, and the logarithm of the sum of its weights.
    proposal: State,
    ln_weight: f64,
}

/// What building a tree adds up.
struct Going {
    /// The state at the end, from which it goes on.
    end: State,
    direction: f64,
    energy: f64,
    steps: u32,
    acceptance: f64,
}

impl Sampler<'_> {
    fn velocity(&self, p: &[f64]) -> Vec<f64> {
        p.iter().zip(&self.variance).map(|(p, v)| p * v).collect()
    }

    fn energy(&self, state: &State) -> f64 {
        let kinetic: f64 = state.p.iter().zip(&self.variance).map(|(p, v)| p * p * v).sum();
        0.5 * kinetic - state.ln_density
    }

    fn refresh_momentum(&mut self) {
        for (p, v) in self.state.p.iter_mut().zip(&self.variance) {
            let z: f64 = StandardNormal.sample(&mut self.random);
            *p = z / v.sqrt();
        }
    }

    fn leapfrog(&self, state: &mut State, step: f64) {
        for i in 0..state.q.len() {
            state.p[i] += 0.5 * step * state.gradient[i];
            state.q[i] += step * self.variance[i] * state.p[i];
        }
        state.ln_density = (self.density)(&state.q, &mut state.gradient);
        if !(state.ln_density.is_finite() && state.gradient.iter().all(|g| g.is_finite())) {
            // Outside the support; its infinite energy ends the trajectory.
            state.ln_density = f64::NEG_INFINITY;
            state.gradient.fill(0.0);
        }
        for i in 0..state.q.len() {
            state.p[i] += 0.5 * step * state.gradient[i];
        }
    }

    /// A step size at which a single step is accepted with probability 0.8 or so.
    fn reasonable_step_size(&mut self) -> f64 {
        let mut step = self.step_size;
        let target = 0.8_f64.ln();
        let mut direction = 0.0;
        for _ in 0..60 {
            self.refresh_momentum();
            let before = self.energy(&self.state);
            let mut there = self.state.clone();
            self.leapfrog(&mut there, step);
            let gain = before - self.energy(&there);
            let now = if gain > target { 1.0 } else { -1.0 };
            if direction == 0.0 {
                direction = now;
            }
            if now != direction {
                break;
            }
            step *= f64::powf(2.0, direction);
        }
        step
    }

    fn transition(&mut self) -> Transition {
        self.refresh_momentum();
        self.divergent = false;
        let energy = self.energy(&self.state);
        let v = self.velocity(&self.state.p);
        let (mut forward, mut backward) = (self.state.clone(), self.state.clone());
        let mut rho = self.state.p.clone();
        // Momenta and velocities at the two ends of the whole trajectory.
        let (mut p_forward, mut p_backward) = (self.state.p.clone(), self.state.p.clone());
        let (mut v_forward, mut v_backward) = (v.clone(), v);
        let mut ln_weight = 0.0;
        let mut depth = 0;
        let (mut steps, mut acceptance) = (0, 0.0);
        while depth < MAX_DEPTH {
            let goes_forward = self.random.random::<f64>() < 0.5;
            let (end, direction) = if goes_forward { (&forward, 1.0) } else { (&backward, -1.0) };
            let mut going = Going { end: end.clone(), direction, energy, steps: 0, acceptance: 0.0 };
            let tree = self.build(depth, &mut going);
            steps += going.steps;
            acceptance += going.acceptance;
            let Some(tree) = tree else { break };
            depth += 1;
            // Biased towards the new half, which makes the chain move.
            if self.random.random::<f64>().ln() < tree.ln_weight - ln_weight {
                self.state = tree.proposal;
            }
            ln_weight = ln_add(ln_weight, tree.ln_weight);
            let rho_old = rho.clone();
            rho.iter_mut().zip(&tree.rho).for_each(|(r, t)| *r += t);
            // Momentum at the seam, on either side.
            let (p_old, v_old) = if goes_forward {
                forward = going.end;
                (std::mem::replace(&mut p_forward, tree.p_end), std::mem::replace(&mut v_forward, tree.v_end))
            } else {
                backward = going.end;
                (std::mem::replace(&mut p_backward, tree.p_end), std::mem::replace(&mut v_backward, tree.v_end))
            };
            // Velocities in the order of going: from the old part's far end, through the seam, to the new end.
            let (v_far, v_new) = if goes_forward { (&v_backward, &v_forward) } else { (&v_forward, &v_backward) };
            let straight = no_turn(v_far, v_new, &rho)
                && no_turn(v_far, &tree.v_begin, &sum(&rho_old, &tree.p_begin))
                && no_turn(&v_old, v_new, &sum(&tree.rho, &p_old));
            if !straight {
                break;
            }
        }
        Transition {
            depth: depth as u32,
            steps,
            acceptance: if steps > 0 { acceptance / f64::from(steps) } else { 0.0 },
            energy,
        }
    }

    /// 2^depth further states in one direction; `None` if the trajectory diverges or turns round within.
    fn build(&mut self, depth: usize, going: &mut Going) -> Option<Tree> {
        if depth == 0 {
            let mut state = going.end.clone();
            self.leapfrog(&mut state, going.direction * self.step_size);
            going.steps += 1;
            let energy = self.energy(&state);
            let ln_weight = if energy.is_nan() { f64::NEG_INFINITY } else { going.energy - energy };
            going.acceptance += ln_weight.exp().min(1.0);
            if ln_weight < -DIVERGENCE {
                self.divergent = true;
                return None;
            }
            going.end = state.clone();
            let v = self.velocity(&state.p);
            return Some(Tree {
                rho: state.p.clone(),
                p_begin: state.p.clone(),
                p_end: state.p.clone(),
                v_begin: v.clone(),
                v_end: v,
                proposal: state,
                ln_weight,
            });
        }
        let first = self.build(depth - 1, going)?;
        let second = self.build(depth - 1, going)?;
        let ln_weight = ln_add(first.ln_weight, second.ln_weight);
        let take_second = self.random.random::<f64>().ln() < second.ln_weight - ln_weight;
        let rho = sum(&first.rho, &second.rho);
        let straight = no_turn(&first.v_begin, &second.v_end, &rho)
            && no_turn(&first.v_begin, &second.v_begin, &sum(&first.rho, &second.p_begin))
            && no_turn(&first.v_end, &second.v_end, &sum(&second.rho, &first.p_end));
        straight.then_some(Tree {
            rho,
            p_begin: first.p_begin,
            p_end: second.p_end,
            v_begin: first.v_begin,
            v_end: second.v_end,
            proposal: if take_second { second.proposal } else { first.proposal },
            ln_weight,
        })
    }
}

/// Whether the ends of a stretch still move apart: both velocities along the sum of its momenta. Going backwards turns the sign of
/// time and of the order alike, so the criterion is the same.
fn no_turn(v_begin: &[f64], v_end: &[f64], rho: &[f64]) -> bool {
    dot(v_begin, rho) > 0.0 && dot(v_end, rho) > 0.0
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn sum(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

/// ln(e^a + e^b).
fn ln_add(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if low == f64::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
}

#[cfg(test)]
#[path = "nuts_tests.rs"]
mod tests;
