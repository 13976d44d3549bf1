use ndarray::Array1;

use super::likelihood::{Times, evaluate};
use super::*;
use crate::churn::survival::design::Design;
use crate::numerics::normal::normal_tail;

const ALL: [Distribution; 3] = [Distribution::Weibull, Distribution::LogNormal, Distribution::LogLogistic];

#[test]
fn the_normal_tail_is_right_far_out() {
    // mpmath, 40 digits: ln P(Z > z) and the hazard.
    for (z, ln_tail, hazard) in [
        (-30.0, -4.906_713_927_148_187e-198, 1.473_646_134_878_547_6e-196),
        (-8.5, -9.479_534_822_203_319e-18, 8.166_235_631_669_55e-17),
        (-1.3, -0.101_811_802_667_655_04, 0.189_735_035_419_259_63),
        (0.0, -std::f64::consts::LN_2, 0.797_884_560_802_865_4),
        (0.7, -1.418_967_761_531_631_5, 1.290_499_339_458_166_5),
        (4.9, -14.551_182_689_355_31, 5.089_828_600_129_883),
        (5.1, -15.588_487_091_871_467, 5.283_287_616_920_916),
        (12.0, -75.410_673_001_568_8, 12.082_214_175_254_285),
        (40.0, -804.608_442_013_753_8, 40.024_968_847_207_26),
        (200.0, -20_006.217_280_898_19, 200.004_999_750_031_24),
    ] {
        let found = normal_tail(z);
        assert!((found.0 / ln_tail - 1.0).abs() < 1e-10, "{z}: {} {ln_tail}", found.0);
        assert!((found.1 / hazard - 1.0).abs() < 1e-10, "{z}: {} {hazard}", found.1);
    }
}

#[test]
fn derivatives_of_density_and_tail() {
    let h = 1e-5;
    for distribution in ALL {
        for z in [-6.0, -1.1, 0.3, 2.0, 7.5] {
            for of in [Distribution::ln_density, Distribution::ln_tail] {
                let (at, up, down) = (of(distribution, z), of(distribution, z + h), of(distribution, z - h));
                for k in 0..2 {
                    let slope = (up[k] - down[k]) / (2.0 * h);
                    assert!((at[k + 1] - slope).abs() < 1e-6 * slope.abs().max(1e-3), "{distribution:?} {z} {k}");
                }
            }
            // The density is minus the derivative of the tail.
            let [ln_tail, slope, _] = distribution.ln_tail(z);
            assert!((distribution.ln_density(z)[0] - (-slope).ln() - ln_tail).abs() < 1e-12 * z.abs().exp());
        }
        for probability in [1e-9, 0.2, 0.5, 0.999] {
            let tail = distribution.ln_tail(distribution.quantile(probability))[0].exp();
            assert!((1.0 - tail - probability).abs() < 1e-9, "{distribution:?} {probability}");
        }
    }
}

fn mixed() -> (SurvivalData, Array2<f64>) {
    let durations: Vec<f64> = (0..40).map(|i| 1.0 + f64::from((i * 17) % 23)).collect();
    let events: Vec<bool> = (0..40).map(|i| i % 3 != 0).collect();
    let entry: Vec<f64> = (0..40).map(|i| f64::from(i % 4) * 0.25 - 0.25).collect();
    let weights: Vec<f64> = (0..40).map(|i| 0.5 + f64::from(i % 5)).collect();
    let data = SurvivalData::new(&durations, &events).unwrap().with_entry(&entry).unwrap();
    let x = Array2::from_shape_fn((40, 2), |(i, j)| ((i * (j + 3) * 7) % 11) as f64 + 100.0 * j as f64);
    (data.with_weights(&weights).unwrap(), x)
}

#[test]
fn derivatives_of_the_likelihood() {
    let (data, x) = mixed();
    let design = Design::new(NAME, &data, x.view(), None).unwrap();
    let times = Times::new(&data, &design);
    let point = Array1::from(vec![0.2, -0.3, 0.15, -0.4]);
    for distribution in ALL {
        let of = |theta: &Array1<f64>| evaluate(&times, &design, 2, distribution, theta);
        let at = of(&point);
        for i in 0..4 {
            let h = 1e-5;
            let (mut up, mut down) = (point.clone(), point.clone());
            up[i] += h;
            down[i] -= h;
            let (up, down) = (of(&up), of(&down));
            let slope = (up.value - down.value) / (2.0 * h);
            assert!((at.gradient[i] - slope).abs() < 1e-6 * slope.abs().max(1.0), "{distribution:?} {i}");
            for j in 0..4 {
                let slope = (up.gradient[j] - down.gradient[j]) / (2.0 * h);
                assert!((at.hessian[(i, j)] - slope).abs() < 1e-6 * slope.abs().max(1.0), "{distribution:?} {i} {j}");
            }
        }
    }
}

#[test]
fn units_and_origins_do_not_matter() {
    let (data, x) = mixed();
    for distribution in ALL {
        let options = AftOptions::new().distribution(distribution);
        let model = Aft::fit(&data, x.view(), &options).unwrap();
        let scaled: Vec<f64> = data.durations().iter().map(|t| 1e5 * t).collect();
        let entry: Vec<f64> = data.entry().unwrap().iter().map(|t| 1e5 * t).collect();
        let other = SurvivalData::new(&scaled, data.events()).unwrap().with_entry(&entry).unwrap();
        let other = other.with_weights(data.weights().unwrap()).unwrap();
        let moved = x.mapv(|v| 1e-3 * v + 7.0);
        let again = Aft::fit(&other, moved.view(), &options).unwrap();
        for (a, b) in model.coefficients().iter().zip(again.coefficients()) {
            assert!((a - 1e-3 * b).abs() < 1e-9 * a.abs().max(1e-3), "{distribution:?} {a} {b}");
        }
        assert!((model.sigma() - again.sigma()).abs() < 1e-9);
        let (a, b) = (model.predict_median(x.view()).unwrap(), again.predict_median(moved.view()).unwrap());
        assert!(a.iter().zip(&b).all(|(a, b)| (b / a / 1e5 - 1.0).abs() < 1e-9));
    }
}

#[test]
fn intervals_follow_the_parameters() {
    // The delta method against the model refitted at parameters moved along the gradient.
    let (data, x) = mixed();
    for distribution in ALL {
        let model = Aft::fit(&data, x.view(), &AftOptions::new().distribution(distribution)).unwrap();
        let ages = vec![3.0; 40];
        let times = [2.0, 9.0];
        let found = model.predict_survival_intervals(x.view(), &times, Some(&ages), 0.95).unwrap();
        let numeric = |i: usize, k: usize| {
            let of = |j: usize, by: f64| {
                let mut moved = model.clone();
                moved.theta[j] += by;
                -moved.predict_survival(x.view(), &times, Some(&ages)).unwrap()[(i, k)].ln()
            };
            let slope: Vec<f64> = (0..4).map(|j| (of(j, 1e-5) - of(j, -1e-5)) / 2e-5).collect();
            crate::churn::survival::design::quadratic(&model.covariance, &slope).sqrt()
        };
        for (i, k) in [(0, 0), (7, 1), (39, 1)] {
            let Interval { low, high } = found[(i, k)].interval;
            // ln(-ln S) ± 1.96 error/(-ln S).
            let half = 0.5 * ((-low.ln()).ln() - (-high.ln()).ln());
            let expected = half_width(0.95) * numeric(i, k) / -found[(i, k)].value.ln();
            assert!((half / expected - 1.0).abs() < 1e-5, "{distribution:?} {i} {k}: {half} {expected}");
        }
        let plain = model.predict_survival(x.view(), &[5.0], None).unwrap();
        let quantiles = model.predict_quantile(x.view(), 1.0 - plain[(4, 0)]).unwrap();
        assert!((quantiles[4] - 5.0).abs() < 1e-8);
    }
}
