use super::*;
use crate::summary::SummaryOptions;

fn week(shape: u32, r: f64, alpha: f64, dropout: f64) -> PurchaseRhythm {
    PurchaseRhythm::from_params(shape, r, alpha, dropout, TimeUnit::Week).unwrap()
}

fn history(x: f64, t_x: f64, t: f64) -> History {
    History::new(x, t_x, t)
}

const HISTORIES: [(f64, f64, f64); 6] =
    [(0.0, 0.0, 30.0), (1.0, 3.0, 38.0), (7.0, 36.0, 38.0), (40.0, 20.0, 21.0), (2.0, 0.5, 300.0), (3.0, 9.0, 9.0)];

#[test]
fn derivatives_are_those_of_the_value() {
    for shape in [1, 2, 5] {
        for (x, t_x, t) in HISTORIES {
            let at = |point: [f64; 3]| {
                let p = 1.0 / (1.0 + (-point[2]).exp());
                Parameters { shape, r: point[0].exp(), alpha: point[1].exp(), dropout: p }.terms(history(x, t_x, t))
            };
            let point = [-0.4, 1.3, -1.1];
            let found = at(point);
            for i in 0..3 {
                let step = 1e-5;
                let (mut up, mut down) = (point, point);
                up[i] += step;
                down[i] -= step;
                let (up, down) = (at(up), at(down));
                let slope = (up.value - down.value) / (2.0 * step);
                assert!((found.gradient[i] - slope).abs() < 1e-7 * slope.abs().max(1.0), "{shape} {x} {i}");
                for j in 0..3 {
                    let slope = (up.gradient[j] - down.gradient[j]) / (2.0 * step);
                    let exact = found.hessian[i.max(j)][i.min(j)];
                    assert!(
                        (exact - slope).abs() < 1e-7 * slope.abs().max(1.0),
                        "{shape} {x} {i} {j}: {exact} {slope}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_likelihood_integrates_over_rates() {
    // mpmath, 40 digits: E over λ of λ^(kx) e^(-λ t_x) (p + (1-p) P(Erlang-k > s)) (1-p)^x.
    for (shape, x, t_x, t, expected) in [
        (1, 0.0, 0.0, 30.0, LN_L[0]),
        (1, 7.0, 36.0, 38.0, LN_L[1]),
        (3, 2.0, 11.0, 38.0, LN_L[2]),
        (6, 4.0, 30.0, 33.0, LN_L[3]),
    ] {
        let found = Parameters { shape, r: 0.7, alpha: 4.4, dropout: 0.25 }.terms(history(x, t_x, t)).value;
        assert!((found - expected).abs() < 1e-12 * expected.abs(), "{shape} {x}: {found} {expected}");
    }
}
const LN_L: [f64; 4] =
    [-0.849_142_095_273_409, -22.057_250_350_364_085, -13.429_295_535_591_573, -33.958_976_468_387_115];

#[test]
fn quantiles_invert_the_tail() {
    for shape in [1, 3, 12] {
        let rhythm = week(shape, 0.4, 5.0, 0.1);
        for (x, t_x, t) in HISTORIES {
            for quantile in [0.01, 0.5, 0.9, 0.99] {
                let gap = rhythm.gap_quantile_of(history(x, t_x, t), quantile);
                let tail = rhythm.inner().tail(history(x, t_x, t), gap);
                assert!((1.0 - tail - quantile).abs() < 1e-8, "{shape} {x} {quantile}: {gap} {tail}");
            }
        }
    }
}

#[test]
fn own_rhythm_outweighs_the_population_with_the_number_of_purchases() {
    let rhythm = week(1, 1.0, 10.0, 0.1);
    // Every other week, for ever longer: the usual gap goes from the population's to the own.
    let usual: Vec<f64> =
        [0.0, 1.0, 5.0, 50.0, 5000.0].map(|x| rhythm.gap_quantile_of(history(x, 2.0 * x, 2.0 * x), 0.5)).to_vec();
    assert!((usual[0] - 10.0).abs() < 1e-9);
    assert!(usual.windows(2).all(|u| u[1] < u[0]), "{usual:?}");
    assert!((usual[4] - 2.0 * 2.0_f64.ln()).abs() < 3e-3);
}

#[test]
fn cdnow_buys_at_random() {
    let log = crate::datasets::cdnow_sample().unwrap();
    let habits = log.habits(&SummaryOptions::new().as_of("1997-09-30").unwrap(), 13.0).unwrap();
    let rhythm = PurchaseRhythm::fit(&habits).unwrap();
    assert_eq!(rhythm.shape(), 1);
    let summary = PurchaseRhythm::fit_summary(habits.customers()).unwrap();
    assert!((summary.log_likelihood().unwrap() - rhythm.log_likelihood().unwrap()).abs() < 1e-6);
    // At the maximum no parameter moves the likelihood.
    let at = rhythm.inner();
    let histories = habits.customers().histories();
    let mut sum = likelihood::Terms::default();
    histories.distinct().iter().zip(histories.weight()).for_each(|(h, w)| sum.add(*w, &at.terms(*h)));
    assert!(sum.gradient.iter().all(|g| g.abs() < 1e-5), "{:?}", sum.gradient);
    assert!((sum.value - rhythm.log_likelihood().unwrap()).abs() < 1e-6);
    let regularity = rhythm.wheat_morrison(0.95).unwrap().unwrap();
    assert!(regularity.interval.low < 1.0 && 1.0 < regularity.interval.high + 0.5, "{regularity:?}");
    for (name, estimate) in rhythm.parameters(0.95).unwrap() {
        let Interval { low, high } = estimate.interval;
        assert!(0.0 < low && low < estimate.value && estimate.value < high, "{name} {estimate:?}");
    }
}

#[test]
fn bad_arguments_are_named() {
    let of = PurchaseRhythm::from_params;
    for (result, name) in [
        (of(0, 1.0, 1.0, 0.1, TimeUnit::Week), "shape"),
        (of(1, 0.0, 1.0, 0.1, TimeUnit::Week), "r ="),
        (of(1, 1.0, f64::NAN, 0.1, TimeUnit::Week), "alpha"),
        (of(1, 1.0, 1.0, 1.0, TimeUnit::Week), "dropout"),
    ] {
        assert!(result.unwrap_err().to_string().contains(name), "{name}");
    }
    let customers = CustomerSummary::new(&[1.0, 0.0], &[2.0, 0.0], &[5.0, 5.0], TimeUnit::Day).unwrap();
    assert!(week(1, 1.0, 1.0, 0.1).overdue_probability(&customers).unwrap_err().to_string().contains("time_unit"));
    assert!(matches!(PurchaseRhythm::fit_summary(&customers), Err(Error::NotIdentified { .. })));
}

/// Days of customers who buy with a common regularity, at their own rates, until they stop.
#[cfg(feature = "simulation")]
fn simulated(customers: u64, shape: u32, r: f64, alpha: f64, dropout: f64) -> crate::TransactionLog {
    use crate::transactions::{Amount, Customer, LogBuilder, ReadOptions, Timestamp, When};
    use rand::rngs::ChaCha8Rng;
    use rand::{RngExt, SeedableRng};
    use rand_distr::{Distribution, Gamma};
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let rates = Gamma::new(r, 1.0 / alpha).unwrap();
    let mut builder = LogBuilder::new(ReadOptions::new("customer", "date", "amount"));
    for id in 0..customers {
        let gaps = Gamma::new(f64::from(shape), 1.0 / rates.sample(&mut random)).unwrap();
        let mut at = 100.0 * random.random::<f64>();
        while at < 400.0 {
            let time = Timestamp::from_seconds((at * 86_400.0) as i64);
            builder.push(1, Customer::Integer(id as i64), When::At(time), Amount::Number(1.0));
            if random.random::<f64>() < dropout {
                break;
            }
            at += gaps.sample(&mut random);
        }
    }
    builder.finish().unwrap()
}

#[cfg(feature = "simulation")]
#[test]
fn parameters_are_recovered() {
    use crate::summary::{MergeWithin, TimeUnit};
    let truth = [("r", 2.0), ("alpha", 40.0), ("dropout", 0.2)];
    let log = simulated(4000, 3, truth[0].1, truth[1].1, truth[2].1);
    let options = SummaryOptions::new().time_unit(TimeUnit::Day).merge_within(MergeWithin::Nothing);
    let habits = log.habits(&options.as_of("1971-02-05 00:00:00").unwrap(), 91.0).unwrap();
    let rhythm = PurchaseRhythm::fit(&habits).unwrap();
    assert_eq!(rhythm.shape(), 3);
    for ((name, estimate), (expected, value)) in rhythm.parameters(0.999).unwrap().into_iter().zip(truth) {
        assert_eq!(name, expected);
        let Interval { low, high } = estimate.interval;
        assert!(low < value && value < high, "{name}: {estimate:?}");
        assert!(high / low < 1.6, "{name}: {estimate:?}");
    }
    // Pairs of gaps alone say it too, if less sharply, although only gaps that ended are seen.
    let regularity = rhythm.wheat_morrison(0.95).unwrap().unwrap();
    assert!((2.4..3.9).contains(&regularity.value), "{regularity:?}");
}
