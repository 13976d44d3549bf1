#![allow(clippy::unwrap_used)]

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Exp, Gamma};

use super::*;

const END: i64 = 364;
const HORIZON: i64 = 56;

struct Rows {
    customer: Vec<u32>,
    product: Vec<u32>,
    time: Vec<Timestamp>,
}

impl Rows {
    fn columns(&self) -> ProductPurchases<'_> {
        ProductPurchases { customer: &self.customer, product: &self.product, time: &self.time }
    }

    /// Whether each pair of a result buys in the hold-out.
    fn bought(&self, of: &RepeatPurchases) -> Vec<bool> {
        let row = |k: usize| (self.customer[k], self.product[k]);
        let later = |k: &usize| (END + 1..=END + HORIZON).contains(&self.time[*k].days());
        let later: std::collections::HashSet<(u32, u32)> = (0..self.time.len()).filter(later).map(row).collect();
        of.customers.iter().zip(&of.products).map(|(c, p)| later.contains(&(*c, *p))).collect()
    }
}

/// MBG/NBD by hand: product p has mean rates of 1, 1/3 and 1/9 per 10 days, and is given up with probability 0.1, 0.2, 0.3 on average.
fn simulated(customers: u32) -> Rows {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let mut rows = Rows { customer: vec![], product: vec![], time: vec![] };
    for product in 0..3_u32 {
        let rates = Gamma::new(2.0, 0.05 / 3.0_f64.powi(product as i32)).unwrap();
        for customer in 0..customers {
            let rate: f64 = rates.sample(&mut random);
            let leave = 0.2 * f64::from(product + 1) * random.random::<f64>();
            let mut at = random.random::<f64>() * 180.0;
            while at < (END + HORIZON + 1) as f64 {
                rows.customer.push(customer);
                rows.product.push(product);
                rows.time.push(Timestamp::from_seconds((at * 86_400.0) as i64));
                if random.random::<f64>() < leave {
                    break;
                }
                at += Exp::new(rate).unwrap().sample(&mut random);
            }
        }
    }
    rows
}

fn log_loss(probability: &[f64], bought: &[bool]) -> f64 {
    let of = |(p, b): (&f64, &bool)| -(if *b { *p } else { 1.0 - p }).max(1e-12).ln();
    probability.iter().zip(bought).map(of).sum::<f64>() / bought.len() as f64
}

#[test]
fn forecasts_hold_on_simulated_purchases_and_beat_the_plain_rate() {
    let rows = simulated(400);
    let options = RepeatOptions::new(HORIZON as f64 / 7.0);
    let again = repeat_purchases(&rows.columns(), 3, Timestamp::from_days(END), &options).unwrap();
    let bought = rows.bought(&again);
    for product in 0..3 {
        let of = |k: &usize| again.products[*k] == product;
        let pairs: Vec<usize> = (0..again.len()).filter(of).collect();
        let expected: f64 = pairs.iter().map(|&k| again.probability[k]).sum();
        let chance: f64 =
            pairs.iter().map(|&k| again.probability[k] * (1.0 - again.probability[k])).sum::<f64>().sqrt();
        let made = pairs.iter().filter(|&&k| bought[k]).count() as f64;
        assert!(
            (made - expected).abs() < 3.0 * chance + 0.03 * pairs.len() as f64,
            "{product}: {made} {expected} {chance}"
        );
    }
    // The field's simplest forecast: the customer's own rate so far, as if it went on.
    let mut first = std::collections::HashMap::new();
    for ((c, p), t) in rows.customer.iter().zip(&rows.product).zip(&rows.time) {
        let day = first.entry((*c, *p)).or_insert(t.days());
        *day = t.days().min(*day);
    }
    let plain = |k: usize| {
        let age = END - first[&(again.customers[k], again.products[k])];
        let rate = f64::from(again.purchases[k] - 1) / age.max(1) as f64;
        (1.0 - (-rate * HORIZON as f64).exp()).clamp(0.01, 0.99)
    };
    let plain: Vec<f64> = (0..again.len()).map(plain).collect();
    let (own, other) = (log_loss(&again.probability, &bought), log_loss(&plain, &bought));
    let share = bought.iter().filter(|b| **b).count() as f64 / bought.len() as f64;
    let constant = log_loss(&vec![share; bought.len()], &bought);
    assert!(own < 0.85 * constant && own < other, "{own} {other} {constant}");
    assert!(again.next_purchase.iter().flatten().all(|t| *t >= 0.0 && t.is_finite()));
}

#[test]
fn order_of_rows_does_not_matter_and_later_rows_are_counted() {
    let rows = simulated(60);
    let options = RepeatOptions::new(8.0);
    let again = repeat_purchases(&rows.columns(), 3, Timestamp::from_days(END), &options).unwrap();
    let reversed = Rows {
        customer: rows.customer.iter().rev().copied().collect(),
        product: rows.product.iter().rev().copied().collect(),
        time: rows.time.iter().rev().copied().collect(),
    };
    assert_eq!(again, repeat_purchases(&reversed.columns(), 3, Timestamp::from_days(END), &options).unwrap());
    assert_eq!(again.rows_after_as_of, rows.time.iter().filter(|t| t.days() > END).count() as u64);
    let matrix = again.matrix(60, &[2, 0]).unwrap();
    let k = again.products.iter().position(|p| *p == 2).unwrap();
    assert_eq!(matrix[(again.customers[k] as usize, 0)], again.probability[k]);
}

#[test]
fn a_rare_product_is_taken_to_be_like_the_others() {
    let mut rows = simulated(200);
    // One customer bought product 3 twice; product 4 nobody, product 5 once.
    for day in [100, 130] {
        rows.customer.push(7);
        rows.product.push(3);
        rows.time.push(Timestamp::from_days(day));
    }
    rows.customer.push(8);
    rows.product.push(5);
    rows.time.push(Timestamp::from_days(100));
    let options = RepeatOptions::new(8.0);
    let again = repeat_purchases(&rows.columns(), 6, Timestamp::from_days(END), &options).unwrap();
    // One customer is too few for a fit.
    assert_eq!(again.own_model, [true, true, true, false, false, false]);
    assert_eq!(again.models[5].as_ref(), Some(&again.common));
    let rare = again.models[3].as_ref().unwrap();
    for (own, common) in rare.iter().zip(&again.common) {
        assert!((own / common).ln().abs() < 2.0 * 0.5, "{rare:?} {:?}", again.common);
    }
    assert!(again.models[4].is_none());
}

#[test]
fn bad_input_is_named() {
    let day = Timestamp::from_days;
    let run = |customer: &[u32], product: &[u32], time: &[Timestamp], options: RepeatOptions| {
        let purchases = ProductPurchases { customer, product, time };
        repeat_purchases(&purchases, 2, day(10), &options).unwrap_err().to_string()
    };
    let options = RepeatOptions::new(4.0);
    assert!(run(&[0], &[0, 1], &[day(1)], options).contains("`product` has 2 rows"));
    assert!(run(&[0], &[2], &[day(1)], options).contains("column `product`, row 0: 2"));
    assert!(run(&[0], &[0], &[day(11)], options).contains("as_of within the log"));
    assert!(run(&[0], &[0], &[day(1)], RepeatOptions::new(0.0)).contains("horizon"));
    assert!(run(&[0], &[0], &[day(1)], options.shrinkage(-1.0)).contains("shrinkage"));
    assert!(run(&[0, 1], &[0, 0], &[day(1), day(2)], options).contains("repeat"));
}
