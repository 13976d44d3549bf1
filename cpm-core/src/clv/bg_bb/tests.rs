//! BG/BB against published and 50-digit numbers, and against itself.

use super::*;
use crate::clv::contractual::simulation_tests::uniform;
use crate::golden::{close, discrete_time, published, rows};
use crate::numerics::newton::Evaluation;

const LEVEL: f64 = 0.95;

/// The donors of Fader, Hardie & Shang 2010: 11,104 customers, 6 yearly opportunities.
fn donors() -> OpportunityHistories {
    let text = include_str!("../../../tests/golden/donations.csv");
    let mut columns: [Vec<u64>; 4] = Default::default();
    for line in text.lines().skip(1) {
        line.split(',').zip(&mut columns).for_each(|(field, column)| column.push(field.trim().parse().unwrap()));
    }
    let [x, t_x, n, weight] = columns;
    let weight: Vec<f64> = weight.into_iter().map(|w| w as f64).collect();
    OpportunityHistories::new(&x, &t_x, &n).unwrap().with_weights(&weight).unwrap()
}

fn one(x: u64, t_x: u64, n: u64) -> OpportunityHistories {
    OpportunityHistories::new(&[x], &[t_x], &[n]).unwrap()
}

#[test]
fn published_fit_and_expectations() {
    let golden = &published()["bg_bb"];
    let donors = donors();
    assert_eq!(donors.customers(), 11_104.0);
    let model = BgBb::fit(&donors, &FitOptions::new()).unwrap();
    let report = model.fit_report().unwrap();
    for (name, value) in model.parameters() {
        close(value, golden["fit"][name].as_f64().unwrap(), 1e-5, &name);
    }
    assert!((report.log_likelihood - golden["fit"]["log_likelihood"].as_f64().unwrap()).abs() < 5e-6);
    assert!(report.converged && report.warnings().is_empty());

    // BTYD's numbers come from its own fit, which stops in the fifth digit; 50 digits at the fit above give the second.
    let exact = [0.130218076, 3.62796746, 3.17982898];
    let at_fit = BgBb::at(["alpha", "beta", "gamma", "delta"].map(|name| golden["fit"][name].as_f64().unwrap()));
    close(at_fit.expected_purchases(&one(0, 0, 6), 10).unwrap()[0], exact[0], 1e-8, &"(0,0)");
    close(at_fit.expected_purchases(&one(4, 5, 6), 10).unwrap()[0], exact[1], 1e-8, &"(4,5)");
    close(at_fit.expected_purchases_new_customer(10).unwrap(), exact[2], 1e-8, &"new");
    let next = &golden["conditional_10"];
    close(model.expected_purchases(&one(0, 0, 6), 10).unwrap()[0], next["(0,0)"].as_f64().unwrap(), 5e-5, next);
    close(model.expected_purchases(&one(4, 5, 6), 10).unwrap()[0], next["(4,5)"].as_f64().unwrap(), 5e-5, next);
    close(model.expected_purchases_new_customer(10).unwrap(), next["new_donor"].as_f64().unwrap(), 5e-5, next);
    let mut before = 0.0;
    for (year, expected) in golden["expected_by_year"].as_array().unwrap().iter().enumerate() {
        let until = 11_104.0 * model.expected_purchases_new_customer(year as u64 + 1).unwrap();
        close(until - before, expected.as_f64().unwrap(), 5e-5, &year);
        before = until;
    }
}

#[test]
fn published_high_precision_rows() {
    let golden = &published()["bg_bb"]["high_precision"];
    let p = |name: &str| golden["params"][name].as_f64().unwrap();
    let model = BgBb::from_params(p("alpha"), p("beta"), p("gamma"), p("delta")).unwrap();
    for row in rows(&golden["rows"]) {
        let customer = one(row.get("x") as u64, row.get("t_x") as u64, 6);
        close(model.log_likelihood_per_customer(&customer)[0], row.get("log_likelihood"), 1e-11, row.0);
        close(model.probability_alive(&customer)[0], row.get("p_alive_7"), 1e-11, row.0);
        close(model.expected_purchases(&customer, 5).unwrap()[0], row.get("conditional_5"), 1e-11, row.0);
        let dert = model.discounted_residual_transactions(&customer, 0.1, None).unwrap()[0];
        close(dert, row.get("dert_10pct"), 1e-11, row.0);
    }
}

#[test]
fn scores_to_many_digits() {
    for row in rows(&discrete_time()["bg_bb"]) {
        let [alpha, beta, gamma, delta] = ["alpha", "beta", "gamma", "delta"].map(|n| row.get(n));
        let [x, t_x, n] = ["x", "t_x", "n"].map(|n| row.get(n) as u64);
        let model = BgBb::from_params(alpha, beta, gamma, delta).unwrap();
        let customer = one(x, t_x, n);
        let (found, expected) = (model.log_likelihood_per_customer(&customer)[0], row.get("log_likelihood"));
        // A sure history has a log-likelihood near 0, where only the absolute error is small.
        assert!((found - expected).abs() <= 1e-14 + 1e-12 * expected.abs(), "{found} {}", row.0);
        close(model.probability_alive_after(&customer, 0)[0], row.get("alive_now"), 1e-12, row.0);
        close(model.probability_alive(&customer)[0], row.get("alive_next"), 1e-12, row.0);
        close(model.expected_purchases(&customer, 10).unwrap()[0], row.get("expected_10"), 1e-12, row.0);
        let dert = model.discounted_residual_transactions(&customer, 0.1, None).unwrap()[0];
        close(dert, row.get("dert"), 1e-12, row.0);
        let counts = model.purchase_probabilities(x, t_x, n, 10).unwrap();
        for (found, expected) in counts.iter().zip(row.list("probabilities_10")) {
            close(*found, expected, 1e-12, row.0);
        }
        close(model.probability_no_purchase(&customer, 10).unwrap()[0], counts[0], 1e-12, row.0);
    }
}

#[test]
fn likelihoods_of_all_histories_sum_to_one() {
    // n opportunities have 2^n outcomes; those with the same x and t_x have one likelihood.
    let model = BgBb::from_params(0.4, 1.7, 0.3, 2.2).unwrap();
    let n = 9u64;
    let binomial = |n: u64, k: u64| (0..k).fold(1.0, |c, i| c * (n - i) as f64 / (i + 1) as f64);
    let mut total = model.log_likelihood_per_customer(&one(0, 0, n))[0].exp();
    for t_x in 1..=n {
        for x in 1..=t_x {
            total += binomial(t_x - 1, x - 1) * model.log_likelihood_per_customer(&one(x, t_x, n))[0].exp();
        }
    }
    close(total, 1.0, 1e-13, &"sum");
}

#[test]
fn derivatives_agree_with_differences() {
    let data = OpportunityHistories::new(
        &[0, 1, 3, 6, 2, 0, 12, 4],
        &[0, 2, 6, 6, 20, 0, 13, 9],
        &[6, 6, 6, 6, 25, 25, 40, 9],
    )
    .unwrap()
    .with_weights(&[30.0, 8.0, 9.0, 5.0, 4.0, 12.0, 3.0, 2.0])
    .unwrap();
    for theta in [[1.2, 0.75, 0.66, 2.8], [0.05, 8.0, 3.0, 0.4], [20.0, 30.0, 0.02, 9.0], [500.0, 3.0, 40.0, 900.0]] {
        let at = |ln: [f64; 4]| {
            let natural = ln.map(f64::exp);
            likelihood::log_likelihood(data.grouped().distinct(), data.weight(), &natural).in_logs(&natural)
        };
        let centre = theta.map(f64::ln);
        let (here, size, h) = (at(centre), at(centre).value.abs(), 1e-4);
        let direct: f64 = {
            let model = BgBb::at(theta);
            data.weighted().map(|(history, w)| w * model.ln_likelihood_at(history)).sum()
        };
        close(here.value, direct, 1e-12, &"value");
        for i in 0..4 {
            let shifted = |steps: f64| at(std::array::from_fn(|j| centre[j] + if i == j { steps * h } else { 0.0 }));
            let (up, down, up2, down2) = (shifted(1.0), shifted(-1.0), shifted(2.0), shifted(-2.0));
            let slope =
                |of: &dyn Fn(&Evaluation) -> f64| (8.0 * (of(&up) - of(&down)) - (of(&up2) - of(&down2))) / (12.0 * h);
            let numeric = slope(&|e| e.value);
            assert!((here.gradient[i] - numeric).abs() < 1e-9 * size, "{theta:?} {i} {} {numeric}", here.gradient[i]);
            for j in 0..4 {
                let (found, numeric) = (here.hessian[(i, j)], slope(&|e| e.gradient[j]));
                assert!((found - numeric).abs() < 1e-8 * size, "{theta:?} {i} {j} {found} {numeric}");
            }
        }
    }
}

#[test]
fn twenty_random_starts_end_at_one_maximum() {
    let donors = donors();
    let best = BgBb::fit(&donors, &FitOptions::new()).unwrap();
    let mut random = uniform(9);
    for _ in 0..20 {
        let start: Vec<f64> = (0..4).map(|_| (6.0 * random() - 3.0).exp()).collect();
        let other = BgBb::fit(&donors, &FitOptions::new().start(&start)).unwrap();
        for ((name, found), (_, expected)) in other.parameters().into_iter().zip(best.parameters()) {
            close(found, expected, 1e-6, &format!("{name} from {start:?}"));
        }
    }
}

/// The k-th smallest of k + m - 1 uniform numbers is Beta(k, m).
fn beta(random: &mut impl FnMut() -> f64, k: usize, m: usize) -> f64 {
    let mut order: Vec<f64> = (0..k + m - 1).map(|_| random()).collect();
    order.sort_by(f64::total_cmp);
    order[k - 1]
}

type Columns = (Vec<u64>, Vec<u64>, Vec<u64>, Vec<u64>);

/// Customers with their purchases at n opportunities and at 8 more.
fn simulate([alpha, beta_, gamma, delta]: [usize; 4], customers: usize, seed: u64) -> Columns {
    let mut random = uniform(seed);
    let mut columns: Columns = Default::default();
    for i in 0..customers {
        let n = 6 + (i % 7) as u64;
        let (p, theta) = (beta(&mut random, alpha, beta_), beta(&mut random, gamma, delta));
        let (mut x, mut t_x, mut later) = (0, 0, 0);
        for t in 1..=n + 8 {
            if random() < theta {
                break;
            }
            if random() < p {
                if t <= n { (x, t_x) = (x + 1, t) } else { later += 1 }
            }
        }
        columns.0.push(x);
        columns.1.push(t_x);
        columns.2.push(n);
        columns.3.push(later);
    }
    columns
}

#[test]
fn recovers_parameters_and_covers_the_future() {
    for (seed, truth) in [[1, 1, 1, 4], [2, 3, 1, 7], [1, 2, 2, 9]].into_iter().enumerate() {
        let (x, t_x, n, later) = simulate(truth, 20_000, 31 + seed as u64);
        let data = OpportunityHistories::new(&x, &t_x, &n).unwrap();
        let model = BgBb::fit(&data, &FitOptions::new()).unwrap();
        let errors = &model.fit_report().unwrap().standard_errors;
        for ((truth, (name, found)), error) in truth.iter().zip(model.parameters()).zip(errors) {
            assert!((found - *truth as f64).abs() < 3.0 * error.unwrap(), "{name}: {found} not {truth}, {error:?}");
        }
        let prediction = model.predict(&data, 8, 0.99).unwrap();
        let total = later.iter().sum::<u64>() as f64;
        let interval = prediction.total.interval;
        assert!(interval.low <= total && total <= interval.high, "{total} {interval:?}");
        // Tight: some percent of the total.
        assert!(interval.high - interval.low < 0.2 * total);
        let inside = prediction.customers.iter().zip(&later);
        let inside = inside.filter(|(c, k)| c.purchases.low <= **k as f64 && **k as f64 <= c.purchases.high).count();
        assert!(inside as f64 >= 0.985 * later.len() as f64, "{inside}");
    }
}

#[test]
fn row_order_and_grouping_do_not_matter() {
    let (x, t_x, n, _) = simulate([2, 3, 1, 7], 2_000, 3);
    let rows = OpportunityHistories::new(&x, &t_x, &n).unwrap();
    let reverse = |v: &[u64]| v.iter().rev().copied().collect::<Vec<u64>>();
    let reversed = OpportunityHistories::new(&reverse(&x), &reverse(&t_x), &reverse(&n)).unwrap();
    let fit = |data: &OpportunityHistories| BgBb::fit(data, &FitOptions::new()).unwrap();
    let model = fit(&rows);
    assert_eq!(model, fit(&reversed));
    // Weights that stand for rows, in an order of their own.
    let (gx, gt, gn): (Vec<u64>, Vec<u64>, Vec<u64>) = {
        let mut distinct: Vec<(u64, u64, u64)> = (0..x.len()).map(|i| (t_x[i], x[i], n[i])).collect();
        distinct.sort_unstable();
        distinct.dedup();
        let column = |of: fn(&(u64, u64, u64)) -> u64| distinct.iter().map(of).collect();
        (column(|d| d.1), column(|d| d.0), column(|d| d.2))
    };
    let weight: Vec<f64> = (0..gx.len())
        .map(|g| (0..x.len()).filter(|&i| (x[i], t_x[i], n[i]) == (gx[g], gt[g], gn[g])).count() as f64)
        .collect();
    let grouped = OpportunityHistories::new(&gx, &gt, &gn).unwrap().with_weights(&weight).unwrap();
    assert_eq!(model, fit(&grouped));
    let (single, all) = (model.predict(&rows, 5, LEVEL).unwrap(), model.predict(&grouped, 5, LEVEL).unwrap());
    assert_eq!(single.total, all.total);
    assert_eq!(single.to_table().unwrap().rows(), 2_000);
}

#[test]
fn edges_of_the_domain() {
    for parameters in [
        [1e-3, 1e5, 1e-3, 1e5],
        [1e5, 1e-3, 1e5, 1e-3],
        [1e-6, 1e8, 1e-6, 1e8],
        [1e8, 1e-6, 1e8, 1e-6],
        [1e-6; 4],
        [1e-3; 4],
        [1e5; 4],
        [1e8; 4],
        [1.0, 1.0, 1.0, 1.0],
    ] {
        let model = BgBb::at(parameters);
        for (x, t_x, n) in
            [(0, 0, 0), (0, 0, 1), (1, 1, 1), (0, 0, 100_000), (1, 1, 100_000), (50_000, 70_000, 100_000)]
        {
            let customer = one(x, t_x, n);
            let context = format!("{parameters:?} {x} {t_x} {n}");
            let ll = model.log_likelihood_per_customer(&customer)[0];
            assert!(ll.is_finite() && ll <= 0.0, "{context} {ll}");
            let alive = model.probability_alive_after(&customer, 0)[0];
            assert!((0.0..=1.0).contains(&alive), "{context} {alive}");
            for horizon in [1, 1_000_000] {
                let expected = model.expected_purchases(&customer, horizon).unwrap()[0];
                assert!((0.0..=1.000_000_000_1 * horizon as f64).contains(&expected), "{context} {expected}");
            }
            let dert = model.discounted_residual_transactions(&customer, 1e-6, None).unwrap()[0];
            assert!((0.0..=1e6).contains(&dert), "{context} {dert}");
            let sum: f64 = model.purchase_probabilities(x, t_x, n, 20).unwrap().iter().sum();
            close(sum, 1.0, 1e-12, &context);
            let none = model.probability_no_purchase(&customer, 1).unwrap()[0];
            let expected = model.expected_purchases(&customer, 1).unwrap()[0];
            assert!((1.0 - none - expected).abs() < 1e-12, "{context} {none} {expected}");
        }
    }
}

#[test]
fn bad_input_is_refused_with_reasons() {
    let message = |x: &[u64], t_x: &[u64], n: &[u64]| OpportunityHistories::new(x, t_x, n).unwrap_err().to_string();
    assert!(message(&[], &[], &[]).contains("empty"));
    assert!(message(&[1], &[1, 2], &[3]).contains("last_opportunity"));
    assert!(message(&[1, 1], &[1, 7], &[6, 6]).contains("row 1"));
    assert!(message(&[3], &[2], &[6]).contains("frequency"));
    assert!(message(&[0], &[2], &[6]).contains("without purchase"));
    assert!(message(&[1], &[0], &[6]).contains("frequency"));
    assert!(message(&[0], &[0], &[u64::MAX]).contains("1000000"));
    assert!(one(1, 1, 1).with_weights(&[f64::NAN]).is_err());
    assert!(one(1, 1, 1).with_weights(&[1.0, 1.0]).is_err());

    let fit = |data: &OpportunityHistories| BgBb::fit(data, &FitOptions::new()).unwrap_err().to_string();
    assert!(fit(&one(0, 0, 6)).contains("nobody purchased"));
    assert!(fit(&one(6, 6, 6)).contains("every opportunity"));
    assert!(fit(&one(3, 6, 6)).contains("distinct histories"));
    assert!(fit(&donors().with_weights(&[0.0; 22]).unwrap()).contains("weights"));
    assert!(BgBb::fit(&donors(), &FitOptions::new().weights(&[1.0; 22])).is_err());

    let model = BgBb::from_params(1.0, 1.0, 1.0, 1.0).unwrap();
    assert!(BgBb::from_params(1.0, -1.0, 1.0, 1.0).is_err());
    assert!(model.expected_purchases(&one(1, 1, 1), 0).is_err());
    assert!(model.purchase_probabilities(2, 1, 1, 3).is_err());
    assert!(model.predict(&one(1, 1, 1), 10_001, LEVEL).is_err());
    assert!(model.predict(&one(1, 1, 1), 10, 1.0).is_err());
    assert!(model.discounted_residual_transactions(&one(1, 1, 1), 0.0, None).is_err());
    assert!(model.discounted_residual_transactions(&one(1, 1, 1), 0.0, Some(5)).is_ok());
}

proptest::proptest! {
    #[test]
    fn answers_are_finite_and_in_range(
        ln in proptest::array::uniform4(-13.8..18.4_f64), n in 0..3_000_u64, of_n in 0.0..=1.0_f64, of_t in 0.0..=1.0_f64, h in 1..2_000_u64,
    ) {
        let [alpha, beta, gamma, delta] = ln.map(f64::exp);
        let model = BgBb::from_params(alpha, beta, gamma, delta).unwrap();
        let last = (of_n * n as f64) as u64;
        let x = if last == 0 { 0 } else { 1 + (of_t * (last - 1) as f64) as u64 };
        let customer = one(x, last, n);
        let ll = model.log_likelihood_per_customer(&customer)[0];
        proptest::prop_assert!(ll.is_finite() && ll <= 1e-9, "{ll}");
        let none = model.probability_no_purchase(&customer, h).unwrap()[0];
        for p in [model.probability_alive_after(&customer, 0)[0], model.probability_alive_after(&customer, h)[0], none] {
            proptest::prop_assert!((0.0..=1.0 + 1e-12).contains(&p), "{p}");
        }
        let expected = model.expected_purchases(&customer, h).unwrap()[0];
        proptest::prop_assert!((0.0..=h as f64 * (1.0 + 1e-9)).contains(&expected), "{expected}");
        proptest::prop_assert!(expected >= (1.0 - none) * (1.0 - 1e-7) - 1e-12, "E[N] >= P(N > 0): {expected} {none}");
        let dert = model.discounted_residual_transactions(&customer, 0.02, None).unwrap()[0];
        proptest::prop_assert!((0.0..=51.0 * (1.0 + 1e-9)).contains(&dert), "{dert}");
    }
}

#[test]
fn parameters_have_a_domain() {
    for wrong in [1e-7, 1e9, f64::INFINITY, f64::NAN, -1.0] {
        assert!(BgBb::from_params(1.0, wrong, 1.0, 1.0).unwrap_err().to_string().contains("beta = "));
        assert!(BgBb::from_params(1.0, 1.0, 1.0, wrong).is_err());
    }
}
