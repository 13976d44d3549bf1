//! Whether chains have mixed, and how much their draws are worth (Vehtari, Gelman, Simpson, Carpenter & Bürkner 2021,
//! "Rank-Normalization, Folding, and Localization: An Improved R-hat", Bayesian Analysis 16(2), 667-718).

use super::distribution::normal_quantile;
use super::sample::quantile_of_sorted;

/// Rank-normalised split R-hat: the larger of that of the draws and of their distances from the median. 1 where the chains
/// agree; above 1.01 they have not been run for long enough.
pub(crate) fn rank_normalised_split_r_hat(chains: &[Vec<f64>]) -> f64 {
    let halves = split(chains);
    let mut all = halves.concat();
    all.sort_unstable_by(f64::total_cmp);
    let median = quantile_of_sorted(&all, 0.5);
    let folded: Vec<Vec<f64>> = halves.iter().map(|c| c.iter().map(|v| (v - median).abs()).collect()).collect();
    f64::max(r_hat(&rank_normalised(&halves)), r_hat(&rank_normalised(&folded)))
}

/// Effective number of draws for the centre of the distribution.
pub(crate) fn ess_bulk(chains: &[Vec<f64>]) -> f64 {
    ess(&rank_normalised(&split(chains)))
}

/// Effective number of draws for the 5 % and the 95 % quantile, whichever is smaller.
pub(crate) fn ess_tail(chains: &[Vec<f64>]) -> f64 {
    let mut all = chains.concat();
    all.sort_unstable_by(f64::total_cmp);
    let of = |probability: f64| {
        let quantile = quantile_of_sorted(&all, probability);
        let indicator = |c: &Vec<f64>| c.iter().map(|v| f64::from(*v <= quantile)).collect();
        ess(&split(&chains.iter().map(indicator).collect::<Vec<Vec<f64>>>()))
    };
    f64::min(of(0.05), of(0.95))
}

/// Effective number of draws for the mean.
pub(crate) fn ess_mean(chains: &[Vec<f64>]) -> f64 {
    ess(&split(chains))
}

/// Each chain as its two halves; of an odd number the middle draw is left out.
fn split(chains: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let half = |c: &Vec<f64>| [c[..c.len() / 2].to_vec(), c[c.len().div_ceil(2)..].to_vec()];
    chains.iter().flat_map(half).collect()
}

/// Normal scores of the ranks over all chains; equal draws share the mean of their ranks.
fn rank_normalised(chains: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut order: Vec<(f64, usize)> = chains.concat().into_iter().enumerate().map(|(i, v)| (v, i)).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let n = order.len();
    let mut scores = vec![0.0; n];
    let mut begin = 0;
    while begin < n {
        let mut end = begin + 1;
        while end < n && order[end].0 == order[begin].0 {
            end += 1;
        }
        // Ranks begin + 1, …, end.
        let rank = 0.5 * (begin + 1 + end) as f64;
        let score = normal_quantile((rank - 0.375) / (n as f64 + 0.25));
        order[begin..end].iter().for_each(|(_, i)| scores[*i] = score);
        begin = end;
    }
    let mut rest = scores.as_slice();
    chains
        .iter()
        .map(|chain| {
            let (own, others) = rest.split_at(chain.len());
            rest = others;
            own.to_vec()
        })
        .collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// With the divisor n - 1.
fn variance(values: &[f64]) -> f64 {
    let m = mean(values);
    values.iter().map(|v| (v - m).powi(2)).sum::<f64>() / (values.len() as f64 - 1.0)
}

fn r_hat(chains: &[Vec<f64>]) -> f64 {
    let n = chains[0].len() as f64;
    let means: Vec<f64> = chains.iter().map(|c| mean(c)).collect();
    let between = n * variance(&means);
    let within = mean(&chains.iter().map(|c| variance(c)).collect::<Vec<f64>>());
    if within == 0.0 {
        // Draws that never move agree if they agree between the chains.
        return if between == 0.0 { 1.0 } else { f64::INFINITY };
    }
    ((between / within + n - 1.0) / n).sqrt()
}

/// Geyer's initial monotone sequence over the combined autocorrelations of the chains.
fn ess(chains: &[Vec<f64>]) -> f64 {
    let (m, n) = (chains.len() as f64, chains[0].len());
    let total = m * n as f64;
    let means: Vec<f64> = chains.iter().map(|c| mean(c)).collect();
    let autocovariance = |lag: usize| {
        let of = |(c, mean): (&Vec<f64>, &f64)| {
            c.iter().zip(&c[lag..]).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / n as f64
        };
        chains.iter().zip(&means).map(of).sum::<f64>() / m
    };
    let mean_variance = autocovariance(0) * n as f64 / (n as f64 - 1.0);
    let mut pooled = mean_variance * (n as f64 - 1.0) / n as f64;
    if chains.len() > 1 {
        pooled += variance(&means);
    }
    if pooled <= 0.0 || n < 4 {
        return total;
    }
    let rho = |lag: usize| 1.0 - (mean_variance - autocovariance(lag)) / pooled;
    let mut kept = vec![1.0, rho(1)];
    let (mut even, mut odd) = (1.0, kept[1]);
    let mut t = 1;
    while t + 3 < n && even + odd > 0.0 {
        even = rho(t + 1);
        odd = rho(t + 2);
        if even + odd >= 0.0 {
            kept.push(even);
            kept.push(odd);
        }
        t += 2;
    }
    // The last pair that was looked at is not part of the sum, but its even term is, once: it improves antithetic chains.
    if kept.len() > t {
        kept.truncate(t - 1);
    }
    let last = even.max(0.0);
    // Pairs from lag 2 on must not rise.
    let pairs = kept.len() / 2;
    for k in 1..pairs {
        let before = kept[2 * k - 2] + kept[2 * k - 1];
        if kept[2 * k] + kept[2 * k + 1] > before {
            kept[2 * k] = 0.5 * before;
            kept[2 * k + 1] = 0.5 * before;
        }
    }
    let time = (-1.0 + 2.0 * kept.iter().sum::<f64>() + last).max(1.0 / total.log10());
    total / time
}

#[cfg(test)]
#[path = "diagnostics_tests.rs"]
mod tests;
