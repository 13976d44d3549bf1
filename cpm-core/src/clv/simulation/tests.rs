//! Noise that is put in is found, truth is what the log says, and the seasons show.

use proptest::prelude::*;

use super::*;
use crate::summary::{MergeWithin, SummaryOptions};
use crate::table::Column;
use crate::transactions::Reason;
use crate::{BgCnbd, BgNbd, GGompertzNbd, MbgNbd};

fn spend() -> GammaGamma {
    GammaGamma::from_params(6.25, 3.74, 15.44).unwrap()
}

fn plan(customers: u64) -> SimulationPlan {
    SimulationPlan::new(customers, "2024-01-01", "2025-06-30").unwrap().acquired_over(91.0).seed(7)
}

fn model() -> BgNbd {
    BgNbd::from_params(0.6, 6.0, 0.8, 2.4).unwrap()
}

fn all_noise(share: f64) -> OrderNoise {
    OrderNoise::KINDS.iter().fold(OrderNoise::new(), |noise, &kind| noise.with(kind, share).unwrap())
}

fn integers(table: &crate::Table, name: &str) -> Vec<i64> {
    let Some(Column::Integer(values)) = table.column(name) else { panic!("{name}") };
    values.clone()
}

/// The quality report counts exactly the noise put in, by reason, and what is left is the simulated log.
#[test]
fn the_report_finds_the_noise_and_no_more() {
    let plan = plan(400).returns(0.1, 20.0).unwrap();
    let orders = model().simulate_orders(&spend(), &plan, &all_noise(0.05).mixed_case(0.1).unwrap().seed(3)).unwrap();
    assert_eq!(orders.defects().len(), OrderNoise::KINDS.len());
    let log = orders.read(&orders.clean_options()).unwrap();
    let quality = log.quality();
    assert_eq!(&quality.excluded, orders.defects());
    assert_eq!(quality.rows_kept, orders.good_rows());
    assert_eq!(quality.rows_read, orders.rows() as u64);
    assert_eq!(quality.aliases_found, orders.aliases().len() as u64);
    assert!(orders.recased_rows() > 50 && quality.alias_rows == orders.recased_rows());

    // The same log as without noise.
    let clean = model().simulate_orders(&spend(), &plan, &OrderNoise::new()).unwrap();
    assert!(clean.defects().is_empty() && clean.aliases().is_empty());
    let other = clean.read(&clean.clean_options()).unwrap();
    assert_eq!(log.customer_ids(), other.customer_ids());
    for i in 0..log.customers() {
        assert_eq!(log.rows_of(i), other.rows_of(i));
    }
}

#[test]
fn truth_is_what_the_log_says() {
    let plan = plan(300).returns(0.15, 10.0).unwrap();
    let orders = model().simulate_orders(&spend(), &plan, &OrderNoise::new()).unwrap();
    let truth = orders.truth().unwrap();
    let log = orders.read(&orders.clean_options()).unwrap();
    assert_eq!(log.customers(), 300);
    let (purchases, returns) = (integers(&truth, "purchases"), integers(&truth, "returns"));
    for i in 0..log.customers() {
        let (times, amounts) = log.rows_of(i);
        assert_eq!(amounts.iter().filter(|a| **a > 0.0).count() as i64, purchases[i]);
        assert_eq!(amounts.iter().filter(|a| **a < 0.0).count() as i64, returns[i]);
        assert!((amounts.iter().sum::<f64>() - truth.floats("amount").unwrap()[i]).abs() < 1e-9);
        let Some(Column::Date(acquired)) = truth.column("acquired") else { panic!("acquired") };
        assert_eq!(times[0], acquired[i]);
    }
    let share = returns.iter().sum::<i64>() as f64 / purchases.iter().sum::<i64>() as f64;
    // A few come back after the end.
    assert!((0.12..0.18).contains(&share), "{share}");
}

/// Without noise, returns or seasons the numbers are those of `simulate`, to the cent.
#[test]
fn orders_are_the_log_of_simulate() {
    let log = model().simulate(&spend(), &plan(50)).unwrap();
    let orders = model().simulate_orders(&spend(), &plan(50), &OrderNoise::new()).unwrap();
    let other = orders.read(&orders.clean_options()).unwrap();
    for i in 0..50 {
        let ((times, amounts), (same_times, cents)) = (log.rows_of(i), other.rows_of(i));
        assert_eq!(times, same_times);
        assert!(amounts.iter().zip(cents).all(|(a, c)| (a - c).abs() <= 0.0151));
    }
}

/// Who is said to be alive is so as often as the models expect of such histories.
#[test]
fn alive_is_as_frequent_as_models_say() {
    use crate::PurchaseModel;
    let plan = plan(3_000);
    let check = |orders: SimulatedOrders, expected: &dyn Fn(&crate::CustomerSummary) -> Vec<f64>| {
        let options = SummaryOptions::new().as_of("2025-06-30").unwrap().merge_within(MergeWithin::Nothing);
        let customers = orders.read(&orders.clean_options()).unwrap().summarize(&options).unwrap();
        let alive = integers(&orders.truth().unwrap(), "alive").iter().sum::<i64>() as f64;
        let p = expected(&customers);
        let (mean, variance) = p.iter().fold((0.0, 0.0), |(m, v), p| (m + p, v + p * (1.0 - p)));
        assert!((alive - mean).abs() < 4.0 * variance.sqrt() + 1.0, "{alive} {mean}");
        assert!(alive < customers.len() as f64);
    };
    let none = OrderNoise::new();
    let bg = model();
    check(bg.simulate_orders(&spend(), &plan, &none).unwrap(), &|c| bg.probability_alive(c).unwrap());
    let mbg = MbgNbd::from_params(0.6, 6.0, 0.8, 2.4).unwrap();
    check(mbg.simulate_orders(&spend(), &plan, &none).unwrap(), &|c| mbg.probability_alive(c).unwrap());
    let pareto = ParetoNbd::from_params(0.6, 6.0, 0.7, 12.0).unwrap();
    check(pareto.simulate_orders(&spend(), &plan, &none).unwrap(), &|c| pareto.probability_alive(c).unwrap());
}

#[test]
fn seasons_show_and_leave_the_mean_year_alone() {
    let mut months = [1.0; 12];
    months[11] = 4.0;
    let nbd = Nbd::from_params(2.0, 4.0).unwrap();
    let plan = SimulationPlan::new(600, "2023-01-01", "2024-12-31").unwrap().seed(1);
    let per_month = |plan: &SimulationPlan| {
        let log = nbd.simulate(&spend(), plan).unwrap();
        let mut counts = [0.0; 12];
        for i in 0..log.customers() {
            // Without the first purchase, which all made at the start.
            log.rows_of(i).0[1..].iter().for_each(|t| counts[t.month_number().rem_euclid(12) as usize] += 1.0);
        }
        counts
    };
    let (flat, seasonal) = (per_month(&plan), per_month(&plan.seasonality(months).unwrap()));
    let (all_flat, all_seasonal): (f64, f64) = (flat.iter().sum(), seasonal.iter().sum());
    assert!((all_seasonal / all_flat - 1.0).abs() < 0.02, "{all_flat} {all_seasonal}");
    let rest = seasonal[..11].iter().sum::<f64>() / 334.0;
    assert!((seasonal[11] / 31.0 / rest - 4.0).abs() < 0.2, "{}", seasonal[11] / 31.0 / rest);
    // Equal months are no season, whatever their level.
    assert_eq!(per_month(&plan.seasonality([7.0; 12]).unwrap()).iter().sum::<f64>(), all_flat);
}

#[test]
fn every_model_takes_part() {
    let noise = all_noise(0.02);
    let (plan, spend) = (plan(60), spend());
    let rows = [
        BgCnbd::from_params(3, 0.6, 6.0, 0.8, 2.4).unwrap().simulate_orders(&spend, &plan, &noise).unwrap(),
        GGompertzNbd::from_params(0.6, 6.0, 0.02, 0.6, 3.0).unwrap().simulate_orders(&spend, &plan, &noise).unwrap(),
        Nbd::from_params(0.6, 6.0).unwrap().simulate_orders(&spend, &plan, &noise).unwrap(),
    ];
    for orders in rows {
        assert_eq!(&orders.read(&orders.clean_options()).unwrap().quality().excluded, orders.defects());
        assert_eq!(orders.to_table().unwrap().rows(), orders.rows());
    }
}

#[test]
fn bad_arguments() {
    assert!(plan(1).seasonality([0.0; 12]).is_err());
    let mut months = [1.0; 12];
    months[3] = 1e4;
    assert!(plan(1).seasonality(months).unwrap_err().to_string().contains("thousand"));
    assert!(plan(1).returns(1.5, 3.0).is_err());
    assert!(plan(1).returns(0.5, 0.0).is_err());
    assert!(OrderNoise::new().with(Reason::ZeroDropped, 0.1).unwrap_err().to_string().contains("MissingCustomer"));
    assert!(OrderNoise::new().with(Reason::Future, f64::NAN).is_err());
    assert!(OrderNoise::new().mixed_case(-0.1).is_err());
}

proptest! {
    /// Whatever the shares, seeds and seasons: what is put in is found, and the rest is kept.
    #[test]
    fn what_is_put_in_is_found(
        shares in prop::array::uniform7(0.0_f64..0.6),
        case in 0.0_f64..1.0,
        returned in 0.0_f64..1.0,
        months in prop::array::uniform12(0.2_f64..5.0),
        seed in 0_u64..1_000_000,
    ) {
        let noise = OrderNoise::KINDS.iter().zip(shares).fold(OrderNoise::new(), |n, (&k, s)| n.with(k, s).unwrap());
        let noise = noise.mixed_case(case).unwrap().seed(seed);
        let plan = plan(12).seed(seed).returns(returned, 9.0).unwrap().seasonality(months).unwrap();
        let orders = model().simulate_orders(&spend(), &plan, &noise).unwrap();
        let log = orders.read(&orders.clean_options()).unwrap();
        prop_assert_eq!(&log.quality().excluded, orders.defects());
        prop_assert_eq!(log.quality().rows_kept, orders.good_rows());
        prop_assert_eq!(log.customers(), 12);
        prop_assert!(log.first_and_last().1 <= plan.end);
    }
}
