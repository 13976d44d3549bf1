//! Intervals hold what they promise: simulated portfolios, analysed up to a date, against what follows.
//!
//! Slow by nature (each run fits, scores and values a base), so each test is one over many runs.
#![cfg(all(feature = "simulation", feature = "discrete-time"))]
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use cpm_core::clv::{
    FitReport, PosteriorOptions, PurchaseModelKind, PurchaseProcess, posterior, purchase_totals, simulate_future,
};
use cpm_core::{
    AnalysisOptions, BgBb, BgNbd, CustomerSummary, FitOptions, GammaGamma, MergeWithin, ParetoNbd, SimulationPlan,
    SummaryOptions, TimeUnit, Timestamp, TransactionLog, analyze,
};

const CUSTOMERS: u64 = 1_500;
const AS_OF: &str = "2024-09-30";
const END: &str = "2025-06-30";
const WEEKS: f64 = 39.0;
const RATE: f64 = 0.10;
const MARGIN: f64 = 0.30;

/// Purchases and discounted margin of each customer after `AS_OF`.
fn outcome(log: &TransactionLog, customer: usize, as_of: Timestamp) -> (f64, f64) {
    let (times, amounts) = log.rows_of(customer);
    let later = times.partition_point(|t| *t <= as_of);
    let years = |t: &Timestamp| (t.seconds() - as_of.seconds()) as f64 / (365.25 * 86_400.0);
    let value = times[later..].iter().zip(&amounts[later..]).map(|(t, a)| MARGIN * a / (1.0 + RATE).powf(years(t)));
    ((times.len() - later) as f64, value.sum())
}

#[derive(Default)]
struct Coverage {
    inside: u32,
    below: u32,
    all: u32,
}

impl Coverage {
    fn count(&mut self, actual: f64, interval: cpm_core::clv::Interval) {
        self.all += 1;
        self.inside += u32::from(interval.low <= actual && actual <= interval.high);
        self.below += u32::from(actual < interval.low);
    }

    fn share(&self) -> f64 {
        f64::from(self.inside) / f64::from(self.all)
    }
}

/// Coverage of the base's purchases and value, of the segments' purchases and value, over many simulated bases.
fn coverage(runs: u64, spend: (f64, f64, f64)) -> [Coverage; 4] {
    let model = BgNbd::from_params(0.6, 6.0, 0.8, 2.5).unwrap();
    let spend = GammaGamma::from_params(spend.0, spend.1, spend.2).unwrap();
    let mut coverage: [Coverage; 4] = Default::default();
    for seed in 0..runs {
        let plan = SimulationPlan::new(CUSTOMERS, "2024-01-01", END).unwrap().acquired_over(91.0).seed(seed);
        let log = model.simulate(&spend, &plan).unwrap();
        let options = AnalysisOptions::new(WEEKS)
            .as_of(AS_OF)
            .unwrap()
            .merge_within(MergeWithin::Nothing)
            .discount_rate(RATE)
            .margin(MARGIN);
        let portfolio = analyze(&log, &options).unwrap();
        let as_of = AS_OF.parse::<Timestamp>().unwrap().end_of_day();
        let outcomes: Vec<(f64, f64)> = (0..log.customers()).map(|i| outcome(&log, i, as_of)).collect();

        let totals = portfolio.totals();
        coverage[0].count(outcomes.iter().map(|o| o.0).sum(), totals.expected_purchases.interval);
        coverage[1].count(outcomes.iter().map(|o| o.1).sum(), totals.customer_equity.interval);
        let (names, codes) = (portfolio.segmentation().names(), portfolio.segmentation().codes());
        for segment in portfolio.segments() {
            let code = names.iter().position(|n| *n == segment.segment).unwrap() as u32;
            let of = || codes.iter().zip(&outcomes).filter(|(c, _)| **c == code).map(|(_, o)| o);
            coverage[2].count(of().map(|o| o.0).sum(), segment.expected_purchases.interval);
            coverage[3].count(of().map(|o| o.1).sum(), segment.value.interval);
        }
    }
    coverage
}

#[test]
fn intervals_of_totals_cover() {
    let names = ["purchases of the base", "value of the base", "purchases of segments", "value of segments"];
    for (name, c) in names.iter().zip(coverage(400, (6.25, 3.74, 15.44))) {
        println!("{name}: {:.3} of {} inside, {} below", c.share(), c.all, c.below);
        assert!((0.93..=0.97).contains(&c.share()), "{name}: {}", c.share());
    }
}

#[test]
fn intervals_cover_with_infinite_spend_variance() {
    // q = 1.8: mean spend exists, its variance does not.
    for c in coverage(150, (4.0, 1.8, 8.0)) {
        println!("{:.3} of {} inside, {} below", c.share(), c.all, c.below);
        assert!((0.91..=0.985).contains(&c.share()), "{}", c.share());
    }
}

/// Coverage of the total over a horizon by fits, of those at the edge, and of those inside.
fn of_fits(
    truth: &dyn PurchaseProcess,
    kind: PurchaseModelKind,
    runs: u64,
    horizon: f64,
    simulated: impl Fn(u64) -> CustomerSummary,
) -> [Coverage; 2] {
    let mut coverage: [Coverage; 2] = Default::default();
    for seed in 0..runs {
        let customers = simulated(seed);
        let actual = simulate_future(truth, &customers, horizon, seed).unwrap().rows().len() as f64;
        let model = kind.fit(&customers, &FitOptions::new()).unwrap();
        let group = vec![0; customers.len()];
        let totals = purchase_totals(&*model, &customers, horizon, 0.95, &["all".to_owned()], &group).unwrap();
        let inside = model.fit_report().is_some_and(|fit: &FitReport| fit.at_boundary.is_empty());
        coverage[usize::from(inside)].count(actual, totals.total.interval);
    }
    coverage
}

fn opportunities_of_cdnow() -> BgBb {
    // CDNOW by months: customers who hardly differ in how they leave, so that a third of the fits says that they do not at all.
    BgBb::from_params(0.5338, 3.0486, 3.7513, 31.53).unwrap()
}

#[test]
fn intervals_of_fits_at_the_edge_cover() {
    let opportunities = opportunities_of_cdnow();
    let of_nine = |seed| opportunities.simulate(2_357, 9, seed).unwrap().to_summary(TimeUnit::Month).unwrap();
    let pareto = ParetoNbd::from_params(0.553, 10.58, 0.606, 11.67).unwrap();
    let spend = GammaGamma::from_params(6.25, 3.74, 15.44).unwrap();
    let half_a_year = |seed| {
        let plan = SimulationPlan::new(1_000, "2024-01-01", "2024-06-30").unwrap().acquired_over(91.0).seed(seed);
        let log = pareto.simulate(&spend, &plan).unwrap();
        log.summarize(&SummaryOptions::new().as_of("2024-06-30").unwrap()).unwrap()
    };
    for [edge, inside] in [
        of_fits(&opportunities, PurchaseModelKind::BgBb, 400, 12.0, of_nine),
        of_fits(&pareto, PurchaseModelKind::ParetoNbd, 400, 26.0, half_a_year),
    ] {
        println!("edge {:.3} of {}, inside {:.3} of {}", edge.share(), edge.all, inside.share(), inside.all);
        // Without a point inside, 63 % and 39 % of those at the edge.
        assert!(edge.all > 40 && edge.share() > 0.87, "{} of {}", edge.share(), edge.all);
        let all = f64::from(edge.inside + inside.inside) / f64::from(edge.all + inside.all);
        assert!((0.93..=0.98).contains(&all), "{all}");
    }
}

#[test]
fn posteriors_under_wide_priors_cover_where_customers_hardly_differ() {
    let truth = opportunities_of_cdnow();
    let mut coverage = Coverage::default();
    for seed in 0..60 {
        let customers = truth.simulate(2_357, 9, seed).unwrap().to_summary(TimeUnit::Month).unwrap();
        let actual = simulate_future(&truth, &customers, 12.0, seed).unwrap().rows().len() as f64;
        let options = PosteriorOptions::new().chains(2).warmup(200).draws(250).seed(seed);
        let drawn = posterior(PurchaseModelKind::BgBb, &customers, &options).unwrap();
        let group = vec![0; customers.len()];
        let totals = drawn.purchase_totals(&customers, 12.0, 0.95, 200, &["all".to_owned()], &group).unwrap();
        coverage.count(actual, totals.total.interval);
    }
    println!("{:.3} of {} inside, {} below", coverage.share(), coverage.all, coverage.below);
    assert!(coverage.share() >= 0.85, "{}", coverage.share());
}
