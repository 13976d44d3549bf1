//! Next best offer: what is bought together, what resembles what, and whom to offer what.

mod baskets;
mod itemsets;
mod market;
mod ranking;
mod repeat;
mod rules;
mod similarity;

pub use baskets::Baskets;
pub use itemsets::{FrequentItemsets, ItemsetOptions, frequent_itemsets};
pub use ranking::{OfferColumns, OfferOptions, OfferPlan, rank_offers};
pub use repeat::{ProductPurchases, RepeatOptions, RepeatPurchases, repeat_purchases};
pub use rules::{AssociationRule, RuleOptions, association_rules, rules_table};
pub use similarity::{ItemSimilarity, SimilarityMetric, SimilarityOptions, item_similarity};

#[cfg(test)]
mod tests;
