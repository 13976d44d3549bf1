use super::*;
use crate::clv::{BgNbd, FitOptions};
use crate::summary::SummaryOptions;
use crate::transactions::{Amount, Customer, LogBuilder, ReadOptions, When};

/// Customers with a story each, before a common end on 2024-12-31.
fn stories() -> PurchaseHabits {
    let mut builder = LogBuilder::new(ReadOptions::new("customer", "date", "amount"));
    builder.begin("stories");
    let day = |d: i64| crate::transactions::Timestamp::from_days(19_723 + d);
    let mut buy = |who: &str, when: i64, amount: f64| {
        builder.push(1, Customer::Text(who), When::At(day(when)), Amount::Number(amount));
    };
    for k in 0..52 {
        buy("a weekly", 7 * k, 20.0 + (k % 3) as f64);
        if k < 40 {
            buy("b gone", 7 * k, 20.0);
        }
        if k < 39 || k % 4 == 3 {
            buy("c slower", 7 * k, 20.0 + (k % 2) as f64);
        }
        buy("d thrifty", 7 * k, if k < 39 { 40.0 } else { 8.0 } + (k % 3) as f64);
    }
    buy("e once", 100, 15.0);
    buy("f new", 363, 15.0);
    // A population to shrink to.
    for i in 0..60_i64 {
        for k in 0..(1 + i % 7) {
            buy(&format!("p{i}"), (i * 5) % 200 + k * (10 + i % 13), 10.0 + ((i * 7 + k) % 11) as f64);
        }
    }
    builder.finish().unwrap().habits(&SummaryOptions::new().as_of("2024-12-30").unwrap(), 13.0).unwrap()
}

fn scored(habits: &PurchaseHabits) -> ChurnRisk {
    let model = BgNbd::fit(habits.customers(), &FitOptions::new()).unwrap();
    let rhythm = PurchaseRhythm::fit(habits).unwrap();
    ChurnRisk::of(&model, &rhythm, habits, &RiskOptions::new(13.0)).unwrap()
}

#[test]
fn each_story_has_its_reason() {
    let habits = stories();
    let risk = scored(&habits);
    let of = |who: &str| risk.position(who).unwrap();
    assert_eq!(risk.customers()[of("a weekly")].reason, Reason::AsUsual);
    assert_eq!(risk.customers()[of("b gone")].reason, Reason::Overdue);
    assert_eq!(risk.customers()[of("c slower")].reason, Reason::FallingFrequency);
    assert_eq!(risk.customers()[of("d thrifty")].reason, Reason::FallingSpend);
    assert_eq!(risk.customers()[of("e once")].reason, Reason::SinglePurchase);
    assert_eq!(risk.all_reasons(of("b gone")), [Reason::Overdue, Reason::FallingFrequency]);
    assert_eq!(risk.all_reasons(of("a weekly")), []);
    assert_eq!(risk.customers()[of("f new")].falling_frequency, None);
    // The weekly buyer's usual gap is a week, and so is that of the one who is gone.
    for who in ["a weekly", "b gone"] {
        let gap = risk.customers()[of(who)].usual_gap;
        assert!((0.6..1.3).contains(&gap), "{who}: {gap}");
    }
    let text = risk.explanation(of("b gone"));
    assert!(text.contains("silent for 13.0 weeks") && text.contains("within 13 weeks"), "{text}");
    assert!(risk.explanation(of("d thrifty")).contains("before"));
    let counted: usize = risk.reasons().iter().map(|(_, n)| n).sum();
    assert_eq!(counted, risk.customers().len());
    assert!(risk.position("nobody").unwrap_err().to_string().contains("nobody"));
}

#[test]
fn scores_are_those_of_the_model() {
    let habits = stories();
    let model = BgNbd::fit(habits.customers(), &FitOptions::new()).unwrap();
    let risk = scored(&habits);
    let expected = model.probability_no_purchase(habits.customers(), 13.0).unwrap();
    let table = risk.to_table().unwrap();
    assert_eq!(table.floats("churn_probability").unwrap(), expected);
    for c in risk.customers() {
        let Estimate { value, interval } = c.churn_probability;
        assert!(interval.low <= value && value <= interval.high);
        assert!(c.overdue_after.is_none_or(|gap| (c.overdue_probability > 0.9) == (c.silence > gap)));
        assert_eq!(c.overdue_after.is_none(), c.reason == Reason::SinglePurchase);
        assert!(c.falling_frequency.is_none_or(|p| (0.0..=1.0).contains(&p)));
        assert!(c.falling_spend.is_none_or(|p| (0.0..=1.0).contains(&p)));
    }
    assert_eq!((risk.horizon(), risk.level()), (13.0, 0.95));
}

#[test]
fn equal_windows_say_nothing() {
    let window = |repeats: f64, amount: f64| Window { purchases: repeats, repeats, amount, exposure: 13.0 };
    let same = frequency_fell((0.5, 4.0), window(3.0, 30.0), window(3.0, 30.0)).unwrap();
    assert!((same - 0.5).abs() < 1e-9);
    assert!((spend_fell(2.0, window(3.0, 30.0), window(3.0, 30.0)).unwrap() - 0.5).abs() < 1e-9);
    // More purchases before make a fall more probable, and so do larger ones.
    let falls = |n: f64| frequency_fell((0.5, 4.0), window(2.0, 1.0), window(n, 1.0)).unwrap();
    assert!(falls(1.0) < falls(3.0) && falls(3.0) < falls(9.0));
    assert!(spend_fell(2.0, window(3.0, 10.0), window(3.0, 30.0)).unwrap() > 0.8);
    assert_eq!(spend_fell(2.0, window(3.0, 0.0), window(3.0, 0.0)), Some(0.5));
    assert_eq!(spend_fell(2.0, window(0.0, 0.0), window(3.0, 30.0)), None);
}

#[test]
fn bad_arguments_are_named() {
    let habits = stories();
    let model = BgNbd::fit(habits.customers(), &FitOptions::new()).unwrap();
    let rhythm = PurchaseRhythm::fit(&habits).unwrap();
    for (options, name) in [
        (RiskOptions::new(0.0), "horizon"),
        (RiskOptions::new(13.0).level(1.0), "level"),
        (RiskOptions::new(13.0).overdue_quantile(1.0), "overdue_quantile"),
        (RiskOptions::new(13.0).decline(f64::NAN), "decline"),
    ] {
        let error = ChurnRisk::of(&model, &rhythm, &habits, &options).unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
    }
}
