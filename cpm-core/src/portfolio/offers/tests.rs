use ndarray::{Array2, array};
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::error::Error;

fn golden() -> Value {
    serde_json::from_str(include_str!("../../../tests/golden/itemsets.json")).unwrap()
}

fn of<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap()
}

fn packed(baskets: &[Vec<u32>], products: usize) -> Baskets {
    let rows: Vec<(u32, u32)> =
        baskets.iter().enumerate().flat_map(|(b, own)| own.iter().map(move |p| (b as u32, *p))).collect();
    let (basket, product): (Vec<u32>, Vec<u32>) = rows.into_iter().unzip();
    Baskets::from_rows(&basket, &product, products).unwrap()
}

#[track_caller]
fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1e-3), "{found} against {expected}");
}

#[test]
fn itemsets_and_rules_equal_mlxtend() {
    for case in golden()["mined"].as_array().unwrap() {
        let rows: Vec<Vec<u32>> = of(&case["baskets"]);
        // mlxtend counts baskets without products too, so the last must not be empty.
        assert!(!rows.last().unwrap().is_empty());
        let baskets = packed(&rows, of(&case["products"]));
        assert_eq!(baskets.len(), rows.len());
        let sets = frequent_itemsets(&baskets, &ItemsetOptions::new(of(&case["support"]))).unwrap();
        let mut found: Vec<(Vec<u32>, u32)> =
            (0..sets.len()).map(|s| (sets.items(s).to_vec(), sets.count(s))).collect();
        found.sort();
        assert_eq!(found, of::<Vec<(Vec<u32>, u32)>>(&case["sets"]));
        let mut rules = association_rules(&sets, &RuleOptions::new().min_confidence(0.3)).unwrap();
        assert!(rules.windows(2).all(|w| w[0].lift >= w[1].lift));
        rules.sort_by(|a, b| (&a.antecedent, &a.consequent).cmp(&(&b.antecedent, &b.consequent)));
        let expected = case["rules"].as_array().unwrap();
        assert_eq!(rules.len(), expected.len());
        for (rule, expected) in rules.iter().zip(expected) {
            assert_eq!((&rule.antecedent, &rule.consequent), (&of(&expected[0]), &of(&expected[1])));
            close(rule.support, of(&expected[2]));
            close(rule.confidence.value, of(&expected[3]));
            close(rule.lift, of(&expected[4]));
            close(rule.leverage, of(&expected[5]));
            match of::<Option<f64>>(&expected[6]) {
                Some(conviction) => close(rule.conviction, conviction),
                None => assert_eq!(rule.conviction, f64::INFINITY),
            }
            assert!(rule.confidence.interval.low <= rule.confidence.value);
        }
    }
}

/// SciPy: chi2_contingency([[20, 10], [15, 55]], correction=False).pvalue.
#[test]
fn dependence_is_tested() {
    let rows: Vec<Vec<u32>> = [(20, vec![0, 1]), (10, vec![0]), (15, vec![1]), (55, vec![])]
        .iter()
        .flat_map(|(n, b)| vec![b.clone(); *n])
        .collect();
    // Empty baskets are rows of no product: give them one that nobody else has.
    let rows: Vec<Vec<u32>> = rows
        .into_iter()
        .map(|mut b| {
            if b.is_empty() {
                b.push(2)
            }
            b
        })
        .collect();
    let sets = frequent_itemsets(&packed(&rows, 3), &ItemsetOptions::new(0.01)).unwrap();
    let rules = association_rules(&sets, &RuleOptions::new().max_consequent(1)).unwrap();
    assert_eq!(rules.len(), 2);
    assert!((rules[0].p_value / 1.3843071574175634e-05 - 1.0).abs() < 1e-9, "{}", rules[0].p_value);
}

#[test]
fn limits_of_mining() {
    let baskets = packed(&vec![vec![0, 1, 2, 3]; 7], 4);
    let options = ItemsetOptions::new(0.5);
    assert_eq!(frequent_itemsets(&baskets, &options).unwrap().len(), 15);
    assert_eq!(frequent_itemsets(&baskets, &options.max_length(2)).unwrap().len(), 10);
    assert_eq!(frequent_itemsets(&baskets, &options.max_length(1)).unwrap().len(), 4);
    assert_eq!(frequent_itemsets(&baskets, &options.max_itemsets(15)).unwrap().len(), 15);
    assert!(frequent_itemsets(&baskets, &options.max_itemsets(14)).is_err());
    assert!(frequent_itemsets(&baskets, &options.max_length(0)).is_err());
    for support in [0.0, 1.1, f64::NAN] {
        assert!(frequent_itemsets(&baskets, &ItemsetOptions::new(support)).is_err());
    }
    // 0.07·100 rounds to above 7.
    let hundred: Vec<Vec<u32>> = (0..100).map(|b| if b < 7 { vec![0, 1] } else { vec![1] }).collect();
    let sets = frequent_itemsets(&packed(&hundred, 2), &ItemsetOptions::new(0.07)).unwrap();
    assert_eq!((sets.len(), sets.find(&[0, 1]), sets.find(&[2])), (3, Some(2), None));
    let names = ["tea", "milk"].map(String::from);
    let table = sets.to_table(&names, ", ").unwrap();
    assert_eq!(table.texts("items").unwrap()[2], "tea, milk");
    assert!(sets.to_table(&names[..1], ", ").is_err());
    let rules = association_rules(&sets, &RuleOptions::new()).unwrap();
    assert_eq!(rules_table(&rules, &names, ", ").unwrap().rows(), 2);
    assert!(rules_table(&rules, &names[..1], ", ").is_err());
    assert_eq!(rules.iter().filter(|r| r.p_value == 1.0).count(), 2);
    for options in [
        RuleOptions::new().min_confidence(1.5),
        RuleOptions::new().min_lift(-1.0),
        RuleOptions::new().max_consequent(0),
    ] {
        assert!(association_rules(&sets, &options).is_err());
    }
    assert!(matches!(Baskets::from_rows(&[], &[], 1), Err(Error::Empty { .. })));
    assert!(matches!(Baskets::from_rows(&[0], &[0, 1], 2), Err(Error::LengthMismatch { .. })));
    assert!(matches!(Baskets::from_rows(&[0, u32::MAX], &[0, 1], 2), Err(Error::InvalidValue { row: 1, .. })));
    assert!(matches!(Baskets::from_rows(&[0, 0], &[0, 2], 2), Err(Error::InvalidValue { row: 1, .. })));
}

#[test]
fn similarities_by_hand() {
    let baskets = packed(&[vec![0, 1], vec![0, 1, 2], vec![2], vec![0, 1], vec![3]], 4);
    let of = |metric, shrinkage| {
        item_similarity(&baskets, &SimilarityOptions::new().metric(metric).shrinkage(shrinkage)).unwrap()
    };
    let cosine = of(SimilarityMetric::Cosine, 0.0);
    assert_eq!(cosine.neighbours(0), [(1, 1.0), (2, 1.0 / 6.0_f64.sqrt())]);
    assert!(cosine.neighbours(3).is_empty());
    assert_eq!(of(SimilarityMetric::Jaccard, 0.0).neighbours(2), [(0, 0.25), (1, 0.25)]);
    assert_eq!(of(SimilarityMetric::Lift, 0.0).neighbours(0), [(1, 5.0 / 3.0), (2, 5.0 / 6.0)]);
    assert_eq!(of(SimilarityMetric::Cosine, 3.0).neighbours(0)[0], (1, 0.5));
    assert_eq!(cosine.recommend(&[0, 2], 9).len(), 1);
    assert!(cosine.recommend(&[3], 9).is_empty() && cosine.recommend(&[], 9).is_empty());
    let one = item_similarity(&baskets, &SimilarityOptions::new().neighbours(1)).unwrap();
    assert_eq!(one.neighbours(2), &cosine.neighbours(2)[..1]);
    assert!(item_similarity(&baskets, &SimilarityOptions::new().neighbours(0)).is_err());
    assert!(item_similarity(&baskets, &SimilarityOptions::new().shrinkage(-1.0)).is_err());
    assert_eq!(cosine.to_table(&["a", "b", "c", "d"].map(String::from)).unwrap().rows(), 6);
}

#[test]
fn offers_equal_integer_programming() {
    for case in golden()["offers"].as_array().unwrap() {
        let rows: Vec<Vec<f64>> = of(&case["probability"]);
        let probability = Array2::from_shape_fn((rows.len(), rows[0].len()), |(c, o)| rows[c][o]);
        let (margin, cost): (Vec<f64>, Vec<f64>) = (of(&case["margin"]), of(&case["cost"]));
        let capacity: Vec<usize> = of(&case["capacity"]);
        let columns = OfferColumns { probability: probability.view(), margin: &margin, cost: &cost };
        let options = OfferOptions::new().capacity(&capacity).per_customer(of(&case["per_customer"]));
        let plan = rank_offers(&columns, &options).unwrap();
        let best: f64 = of(&case["profit"]);
        assert!((plan.profit.value / best - 1.0).abs() < 1e-9, "{} against {best}", plan.profit.value);
        assert!((plan.bound / best - 1.0).abs() < 1e-9, "{} against {best}", plan.bound);
        assert!(plan.used.iter().zip(&capacity).all(|(u, c)| u <= c));
        assert!(plan.profit.interval.low < best && best < plan.profit.interval.high);
    }
}

#[test]
fn bad_offers_are_named() {
    let p = array![[0.5, 0.4], [0.2, 1.2]];
    let good = array![[0.5, 0.4]];
    let of = |p: &Array2<f64>, margin: &[f64], cost: &[f64], options: OfferOptions| {
        rank_offers(&OfferColumns { probability: p.view(), margin, cost }, &options)
    };
    let options = OfferOptions::new;
    assert!(matches!(of(&p, &[1.0; 2], &[0.0; 2], options()), Err(Error::InvalidValue { row: 1, .. })));
    assert!(matches!(of(&good, &[1.0], &[0.0; 2], options()), Err(Error::LengthMismatch { .. })));
    assert!(matches!(of(&good, &[1.0, f64::NAN], &[0.0; 2], options()), Err(Error::InvalidValue { row: 1, .. })));
    assert!(of(&good, &[1.0; 2], &[0.0; 2], options().capacity(&[1])).is_err());
    assert!(of(&good, &[1.0; 2], &[0.0; 2], options().per_customer(0)).is_err());
    assert!(of(&Array2::zeros((0, 2)), &[1.0; 2], &[0.0; 2], options()).is_err());
    // Nothing pays, nothing is offered.
    let none = of(&good, &[1.0; 2], &[9.0; 2], options()).unwrap();
    assert!((none.offers.len(), none.without_offer, none.profit.value) == (0, 1, 0.0));
}

proptest! {
    #[test]
    fn itemsets_are_all_that_are_frequent(rows in proptest::collection::vec(proptest::collection::vec(0_u32..7, 1..6), 1..40), least in 1_u32..8) {
        let baskets = packed(&rows, 7);
        let support = f64::from(least) / rows.len() as f64;
        prop_assume!(support <= 1.0);
        let sets = frequent_itemsets(&baskets, &ItemsetOptions::new(support)).unwrap();
        let mut expected = 0;
        for mask in 1_u32..128 {
            let items: Vec<u32> = (0..7).filter(|i| mask >> i & 1 == 1).collect();
            let count = rows.iter().filter(|row| items.iter().all(|i| row.contains(i))).count() as u32;
            let found = sets.find(&items).map(|s| sets.count(s));
            prop_assert_eq!(found, (count >= least).then_some(count));
            expected += usize::from(count >= least);
        }
        prop_assert_eq!(sets.len(), expected);
    }

    /// Ties everywhere: profits of few values. The bound proves the optimum, or brute force does.
    #[test]
    fn offers_are_the_best(values in proptest::collection::vec(0_u8..5, 15), capacity in proptest::collection::vec(0_usize..6, 3), most in 1_usize..4) {
        let probability = Array2::from_shape_fn((5, 3), |(c, o)| f64::from(values[c * 3 + o]) / 4.0);
        let (margin, cost) = ([4.0, 5.0, 4.0], [1.0, 1.5, 0.0]);
        let columns = OfferColumns { probability: probability.view(), margin: &margin, cost: &cost };
        let plan = rank_offers(&columns, &OfferOptions::new().capacity(&capacity).per_customer(most)).unwrap();
        // Best profit by capacity used, customer after customer.
        let mut best = std::collections::BTreeMap::from([(vec![0_usize; 3], 0.0_f64)]);
        for c in 0..5 {
            let mut next = best.clone();
            for (used, sum) in &best {
                for mask in 1_usize..8 {
                    if mask.count_ones() as usize > most { continue; }
                    let mut used = used.clone();
                    let mut sum = *sum;
                    for o in (0..3).filter(|o| mask >> o & 1 == 1) {
                        used[o] += 1;
                        sum += probability[(c, o)] * margin[o] - cost[o];
                    }
                    if used.iter().zip(&capacity).all(|(u, c)| u <= c) {
                        let entry = next.entry(used).or_insert(f64::NEG_INFINITY);
                        *entry = entry.max(sum);
                    }
                }
            }
            best = next;
        }
        let best = best.into_values().fold(0.0, f64::max);
        prop_assert!((plan.profit.value - best).abs() < 1e-9, "{} against {}", plan.profit.value, best);
        prop_assert!((plan.bound - best).abs() < 1e-9, "{} against {}", plan.bound, best);
    }
}
