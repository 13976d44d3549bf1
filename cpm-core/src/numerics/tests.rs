//! Special functions against 40-digit values.

use super::beta::ln_beta_shift;
use super::distribution::{
    beta_prime_quantile, chi_squared_tail, gamma_quantile, normal_quantile, truncated_inverse_square,
};
use super::gamma::{digamma_rising, ln_beta, ln_gamma, ln_rising, trigamma, trigamma_rising};
use super::newton::{Evaluation, minimise};
use super::series::smooth_sum;
use super::symmetric::eigen;
use crate::golden::{close, discrete_time, high_precision, rows};
use ndarray::{Array1, Array2, arr1, arr2};

#[test]
fn rising_differences() {
    for row in rows(&high_precision()["ln_rising"]) {
        let (z, d) = (row.get("z"), row.get("d"));
        close(ln_rising(z, d), row.get("ln_gamma"), 1e-12, row.0);
        close(digamma_rising(z, d), row.get("digamma"), 2e-13, row.0);
        close(trigamma_rising(z, d), row.get("trigamma"), 2e-13, row.0);
    }
}

#[test]
fn ratios_of_beta_functions_keep_their_digits() {
    for row in rows(&discrete_time()["ln_beta_shift"]) {
        let [a, z, d] = ["a", "z", "d"].map(|n| row.get(n));
        close(ln_beta_shift(a, z, d), row.get("value"), 1e-12, row.0);
    }
    assert_eq!(ln_beta_shift(3.0, 0.5, 0.0), 0.0);
}

#[test]
fn long_sums() {
    // Geometric series, slow and fast, finite and not.
    for v in [0.3, 0.9, 0.97, 0.999, 1.0 - 1e-6, 1.0 - 1e-10] {
        for count in [1.0, 5.0, 200.0, 260.0, 1e4, 1e7, f64::INFINITY] {
            let ln_v = f64::ln(v);
            let expected =
                if count.is_finite() { (count * ln_v).exp_m1() / ln_v.exp_m1() } else { -1.0 / ln_v.exp_m1() };
            close(smooth_sum(count, |k| (k * ln_v).exp()), expected, 2e-14, &format!("{v} {count}"));
        }
    }
    // Powers: zeta(2) - 1 and a partial harmonic sum.
    let zeta = std::f64::consts::PI.powi(2) / 6.0;
    close(smooth_sum(1e15, |k| (k + 1.0).powi(-2)) + 1e-15, zeta, 1e-14, &"zeta(2)");
    let harmonic: f64 = (1..=1_000_000).rev().map(|k| 1.0 / f64::from(k)).sum();
    close(smooth_sum(1e6, |k| 1.0 / (k + 1.0)), harmonic, 1e-14, &"harmonic");
    assert_eq!(smooth_sum(0.0, |_| 1.0), 0.0);
}

#[test]
fn gamma_functions() {
    for row in rows(&high_precision()["gamma_functions"]) {
        let z = row.get("z");
        // Near its zeros at 1 and 2 only the absolute error of ln Γ is small; likelihoods add it to larger terms.
        assert!((ln_gamma(z) - row.get("ln_gamma")).abs() <= 1e-14 * row.get("ln_gamma").abs().max(1.0), "{}", row.0);
        close(trigamma(z), row.get("trigamma"), 1e-14, row.0);
    }
    assert!((ln_beta(0.5, 0.5) - std::f64::consts::PI.ln()).abs() < 1e-15);
}

#[test]
fn quantiles_invert_reference_probabilities() {
    let golden = high_precision();
    let of = |function: &'static str| rows(&golden["incomplete"]).filter(move |row| row.0["function"] == function);
    for row in of("gamma") {
        let (shape, x, probability) = (row.get("k"), row.get("x"), row.get("value"));
        if (1e-4..=0.9999).contains(&probability) {
            let found = gamma_quantile(shape, probability);
            assert!((found - x).abs() <= 1e-6 * x + 1e-8, "{found} {}", row.0);
        }
    }
    for row in of("beta") {
        let (a, b, y, probability) = (row.get("a"), row.get("b"), row.get("y"), row.get("value"));
        // In use b is px + q of a spend model with q > 1.
        if (1e-4..=0.9999).contains(&probability) && b >= 1.0 {
            let (found, expected) = (beta_prime_quantile(a, b, probability), y / (1.0 - y));
            assert!((found - expected).abs() <= 1e-6 * expected + 1e-8, "{found} {}", row.0);
        }
    }
    assert!((normal_quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-12);
}

#[test]
fn truncated_moments_approach_the_whole_ones() {
    // E[1/G²] = 1/((k-1)(k-2)) for k > 2.
    let k = 5.5;
    close(truncated_inverse_square(k, 1e-12), 1.0 / ((k - 1.0) * (k - 2.0)), 1e-5, &k);
    assert!(truncated_inverse_square(1.5, 1e-6).is_finite());
}

#[test]
fn eigenvalues_rebuild_the_matrix() {
    let matrix = arr2(&[[4.0, 1.0, -2.0], [1.0, 3.0, 0.5], [-2.0, 0.5, 5.0]]);
    let spectrum = eigen(&matrix);
    let rebuilt = spectrum.vectors.dot(&Array2::from_diag(&spectrum.values)).dot(&spectrum.vectors.t());
    assert!((&rebuilt - &matrix).iter().all(|d| d.abs() < 1e-14));
    assert!(spectrum.values.windows(2).into_iter().all(|w| w[0] <= w[1]));
}

/// Rosenbrock's function.
fn rosenbrock(at: &Array1<f64>) -> Evaluation {
    let (x, y) = (at[0], at[1]);
    Evaluation {
        value: (1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2),
        gradient: arr1(&[-2.0 * (1.0 - x) - 400.0 * x * (y - x * x), 200.0 * (y - x * x)]),
        hessian: arr2(&[[2.0 - 400.0 * (y - 3.0 * x * x), -400.0 * x], [-400.0 * x, 200.0]]),
    }
}

#[test]
fn newton_finds_minima_inside_and_on_the_edge() {
    let box_of = |upper: f64| (arr1(&[-5.0, -5.0]), arr1(&[upper, 5.0]));
    let (lower, upper) = box_of(5.0);
    let inside = minimise(rosenbrock, arr1(&[-1.2, 1.0]), &lower, &upper, 100);
    assert!(inside.converged && inside.held == [false, false]);
    assert!((inside.point[0] - 1.0).abs() < 1e-8 && (inside.point[1] - 1.0).abs() < 1e-8);

    let (lower, upper) = box_of(0.5);
    let edge = minimise(rosenbrock, arr1(&[-1.2, 1.0]), &lower, &upper, 100);
    assert!(edge.converged && edge.held == [true, false]);
    assert!((edge.point[0] - 0.5).abs() < 1e-12 && (edge.point[1] - 0.25).abs() < 1e-9);
}

#[test]
fn chi_squared_tails() {
    // scipy.stats.chi2.sf
    for (x, degrees, expected) in [
        (0.0, 1, 1.0),
        (1e-8, 1, 0.999_920_211_544_052_6),
        (3.84, 1, 0.050_043_521_248_705_19),
        (14.3, 3, 0.002_523_978_493_196_881_4),
        (100.0, 2, 1.928_749_847_963_918_3e-22),
        (700.0, 1, 2.990_226_975_124_623e-154),
        (250.0, 40, 3.469_536_887_053_968_7e-32),
        (1e-3, 40, 1.0),
    ] {
        close(chi_squared_tail(x, degrees), expected, 1e-11, &x);
    }
}

#[test]
fn inverse_by_eigenvectors() {
    let matrix = arr2(&[[4.0, 1.0, -0.5], [1.0, 3.0, 0.25], [-0.5, 0.25, 2.0]]);
    let spectrum = eigen(&matrix);
    let identity = matrix.dot(&spectrum.inverse());
    assert!((identity - Array2::<f64>::eye(3)).iter().all(|v| v.abs() < 1e-15));
    let x = arr1(&[1.0, -2.0, 3.0]);
    let expected = x.dot(&spectrum.inverse()).dot(&x);
    assert!((spectrum.quadratic_of_inverse(&x.to_vec()) - expected).abs() < 1e-14);
}
