use super::likelihood::{evaluate, terms};
use super::person_periods::{PersonPeriods, groups_of};
use super::*;
use crate::churn::survival::design::Design;

#[test]
fn derivatives_of_a_period() {
    let h = 1e-5;
    for link in [Link::Logit, Link::CLogLog] {
        for eta in [-9.0, -2.0, 0.0, 1.3, 3.0] {
            let (at, up, down) = (terms(link, eta), terms(link, eta + h), terms(link, eta - h));
            for (at, up, down) in [(at.0, up.0, down.0), (at.1, up.1, down.1)] {
                for k in 0..2 {
                    let slope = (up[k] - down[k]) / (2.0 * h);
                    assert!((at[k + 1] - slope).abs() < 1e-8 * slope.abs().max(1.0), "{link:?} {eta} {k}");
                }
            }
            // What happens or does not.
            assert!((at.0[0].exp() + at.1[0].exp() - 1.0).abs() < 1e-14, "{link:?} {eta}");
        }
        for eta in [-700.0, 700.0] {
            let (yes, no) = terms(link, eta);
            assert!(yes[1..].iter().chain(&no[1..]).all(|v| !v.is_nan()), "{link:?} {eta}");
        }
    }
}

fn late() -> (SurvivalData, Array2<f64>) {
    let durations: Vec<f64> = (0..60).map(|i| 1.0 + f64::from((i * 7) % 6)).collect();
    let events: Vec<bool> = (0..60).map(|i| i % 4 != 0).collect();
    let entry: Vec<f64> = durations.iter().enumerate().map(|(i, t)| (i as f64 % 3.0).min(t - 1.0)).collect();
    let weights: Vec<f64> = (0..60).map(|i| f64::from(i % 3)).collect();
    let data = SurvivalData::new(&durations, &events).unwrap().with_entry(&entry).unwrap();
    let x = Array2::from_shape_fn((60, 2), |(i, j)| ((i * (5 + 3 * j)) % 7) as f64);
    (data.with_weights(&weights).unwrap(), x)
}

#[test]
fn derivatives_of_the_likelihood() {
    let (data, x) = late();
    let design = Design::new(NAME, &data, x.view(), None).unwrap();
    let options = DiscreteHazardOptions::new().breaks(&[1, 2, 4]);
    let periods = PersonPeriods::new(&data, &design, &options).unwrap();
    for link in [Link::Logit, Link::CLogLog] {
        let of = |t: &[f64]| evaluate(&design, &periods, &[true; 3], link, &t[..3], &t[3..]);
        let point = [-1.0, -0.5, 0.2, 0.3, -0.2];
        let at = of(&point);
        let gradient = |a: &super::likelihood::Arrow| [a.intercepts.clone(), a.coefficients.clone()].concat();
        for i in 0..5 {
            let h = 1e-5;
            let (mut up, mut down) = (point, point);
            up[i] += h;
            down[i] -= h;
            let (up, down) = (of(&up), of(&down));
            let slope = (up.value - down.value) / (2.0 * h);
            assert!((gradient(&at)[i] - slope).abs() < 1e-6 * slope.abs().max(1.0), "{link:?} {i}");
            for j in 0..5 {
                let slope = -(gradient(&up)[j] - gradient(&down)[j]) / (2.0 * h);
                let (a, b) = (i.max(j), i.min(j));
                let exact = match (a < 3, b < 3) {
                    (true, _) if a == b => at.diagonal[a],
                    (true, _) => 0.0,
                    (false, true) => at.cross[b * 2 + a - 3],
                    (false, false) => at.block[(a - 3) * (a - 2) / 2 + b - 3],
                };
                assert!((exact - slope).abs() < 1e-6 * slope.abs().max(1.0), "{link:?} {i} {j}: {exact} {slope}");
            }
        }
    }
}

#[test]
fn groups_and_periods() {
    assert_eq!(groups_of(5, None).unwrap(), [0, 1, 2, 3, 4]);
    assert_eq!(groups_of(5, Some(&[1, 3])).unwrap(), [0, 0, 1, 1, 1]);
    for wrong in [&[][..], &[2], &[1, 1], &[1, 4, 3]] {
        assert!(groups_of(5, Some(wrong)).unwrap_err().to_string().contains("breaks"));
    }
    let (data, x) = late();
    let model = DiscreteHazard::fit(&data, x.view(), &DiscreteHazardOptions::new()).unwrap();
    let total: f64 = (0..60).map(|i| (i % 3) as f64 * (data.durations()[i] - data.entry().unwrap()[i])).sum();
    assert_eq!(model.person_periods(), total);
    assert_eq!(model.events(), data.events_observed());
}

#[test]
fn a_period_without_events_has_no_hazard() {
    // Nobody leaves in period 2, and everybody who is left leaves in period 4.
    let durations = [1.0, 1.0, 3.0, 3.0, 3.0, 4.0, 4.0, 4.0];
    let events = [true, true, true, false, true, true, true, true];
    let data = SurvivalData::new(&durations, &events).unwrap();
    let x = Array2::from_shape_fn((8, 1), |(i, _)| (i % 2) as f64);
    let model = DiscreteHazard::fit(&data, x.view(), &DiscreteHazardOptions::new()).unwrap();
    let hazard = model.predict_hazard(x.view(), &[1, 2, 3, 4]).unwrap();
    assert!(hazard.column(1).iter().all(|h| *h == 0.0) && hazard.column(3).iter().all(|h| *h == 1.0));
    assert_eq!(model.intercepts()[1], None);
    let survival = model.predict_survival_intervals(x.view(), &[1, 2, 4], None, 0.95).unwrap();
    assert_eq!(survival[(0, 0)].value, survival[(0, 1)].value);
    assert_eq!((survival[(0, 2)].value, survival[(0, 2)].interval.high), (0.0, 0.0));
    assert!(survival[(0, 0)].interval.low < survival[(0, 0)].value);
    // The others do not see it: the fit is that of the other periods.
    let table = model.baseline_table().unwrap();
    assert_eq!(table.floats("events").unwrap(), [2.0, 0.0, 2.0, 3.0]);
}

#[test]
fn intervals_follow_the_parameters() {
    let (data, x) = late();
    for link in [Link::Logit, Link::CLogLog] {
        let options = DiscreteHazardOptions::new().link(link).breaks(&[1, 3, 5]);
        let model = DiscreteHazard::fit(&data, x.view(), &options).unwrap();
        let of = |model: &DiscreteHazard| -model.predict_survival(x.view(), &[3], Some(&[1; 60])).unwrap()[(5, 0)].ln();
        // The full covariance from the arrow, and the gradient by differences.
        let (n, p) = (3, 2);
        let mut slope = vec![0.0; n + p];
        let h = 1e-5;
        for (k, slope) in slope.iter_mut().enumerate() {
            let moved = |by: f64| {
                let mut other = model.clone();
                match k {
                    0..3 => other.groups[k].intercept = other.groups[k].intercept.map(|a| a + by),
                    _ => other.standardised[k - n] += by,
                }
                of(&other)
            };
            *slope = (moved(h) - moved(-h)) / (2.0 * h);
        }
        let information = Array2::from_shape_fn((n + p, n + p), |(i, j)| match (i < n, j < n) {
            (true, true) if i == j => model.groups[i].diagonal,
            (true, true) => 0.0,
            (true, false) => model.groups[i].cross[j - n],
            (false, true) => model.groups[j].cross[i - n],
            (false, false) => {
                let reduced = crate::numerics::symmetric::eigen(&model.covariance).inverse()[(i - n, j - n)];
                reduced + model.groups.iter().map(|g| g.cross[i - n] * g.cross[j - n] / g.diagonal).sum::<f64>()
            }
        });
        let covariance = crate::numerics::symmetric::eigen(&information).inverse();
        let expected = quadratic(&covariance, &slope).sqrt();
        let found = model.predict_survival_intervals(x.view(), &[3], Some(&[1; 60]), 0.95).unwrap()[(5, 0)];
        let Interval { low, high } = found.interval;
        let half = 0.5 * ((-low.ln()).ln() - (-high.ln()).ln());
        let error = half * -found.value.ln() / half_width(0.95);
        assert!((error / expected - 1.0).abs() < 1e-5, "{link:?}: {error} {expected}");
    }
}
