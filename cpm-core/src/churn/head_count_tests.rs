use super::*;

/// P(N = k) for k = 0, 1, …, n, by convolution.
fn poisson_binomial(probabilities: &[f64]) -> Vec<f64> {
    let mut pmf = vec![1.0];
    for &p in probabilities {
        let mut next = vec![0.0; pmf.len() + 1];
        for (k, mass) in pmf.iter().enumerate() {
            next[k] += mass * (1.0 - p);
            next[k + 1] += mass * p;
        }
        pmf = next;
    }
    pmf
}

fn count(probabilities: &[f64]) -> HeadCount {
    let mut count = HeadCount::new(0);
    probabilities.iter().for_each(|&p| count.add(1.0, p, &[]));
    count
}

fn covered(pmf: &[f64], low: f64, high: f64) -> f64 {
    pmf.iter().enumerate().filter(|(k, _)| (low..=high).contains(&(*k as f64))).map(|(_, mass)| mass).sum()
}

#[test]
fn intervals_cover_and_are_no_wider_than_needed() {
    let spread = |n: usize, from: f64, to: f64| -> Vec<f64> {
        (0..n).map(|i| from + (to - from) * (i as f64 + 0.5) / n as f64).collect()
    };
    let bases = [
        spread(1, 0.3, 0.3),
        spread(2, 0.5, 0.5),
        spread(10, 0.1, 0.9),
        spread(10, 0.9, 1.0),
        spread(100, 0.0, 0.02),
        spread(100, 0.98, 1.0),
        spread(1_000, 0.0, 1.0),
        spread(3_000, 0.6, 0.9),
        spread(2_000, 0.0, 0.001),
    ];
    for base in bases {
        let pmf = poisson_binomial(&base);
        for level in [0.5, 0.8, 0.95, 0.99] {
            let Estimate { value, interval: Interval { low, high } } = count(&base).estimate(level);
            assert!((value - base.iter().sum::<f64>()).abs() < 1e-9);
            assert!(0.0 <= low && low <= value && value <= high && high <= base.len() as f64);
            let inside = covered(&pmf, low, high);
            assert!(inside >= level - 0.01, "{} customers, {level}: [{low}, {high}] covers {inside}", base.len());
            // Two customers less on either side is too narrow.
            let narrower = covered(&pmf, low + 2.0, high - 2.0);
            assert!(narrower < level, "{} customers, {level}: [{low}, {high}] {narrower}", base.len());
        }
    }
}

#[test]
fn certainty_has_no_interval() {
    for (p, expected) in [(0.0, 0.0), (1.0, 5.0)] {
        let estimate = count(&[p; 5]).estimate(0.95);
        assert_eq!(estimate, Estimate { value: expected, interval: Interval { low: expected, high: expected } });
    }
}

#[test]
fn weights_stand_for_customers() {
    let mut weighted = HeadCount::new(2);
    weighted.add(7.0, 0.2, &[0.1, 0.3]);
    let mut single = HeadCount::new(2);
    for _ in 0..7 {
        let mut one = HeadCount::new(2);
        one.add(1.0, 0.2, &[0.1, 0.3]);
        single.merge(&one);
    }
    let (a, b) = (weighted.estimate(0.9), single.estimate(0.9));
    assert!((a.value - b.value).abs() < 1e-12);
    assert_eq!(a.interval, b.interval);
}

#[test]
fn uncertainty_of_the_parameters_does_not_average_out() {
    // A million customers: the chance in each adds 0.05 % of them, the parameters 10 %, on either side; as a factor somewhat more
    // upwards than downwards.
    for p in [0.3, 0.7] {
        let mut count = HeadCount::new(2);
        count.add(1e6, p, &[p - 0.1, p + 0.1]);
        let Interval { low, high } = count.estimate(0.95).interval;
        let width = (high - low) / 1e6;
        assert!((1.055..1.068).contains(&(width / (2.0 * 1.96 * 0.1))), "{width}");
        assert!(low > 0.0 && high < 1e6);
    }
}
