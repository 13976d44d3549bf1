//! Which product resembles which.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::baskets::Baskets;
use crate::error::{Error, Result, non_negative, same_length};
use crate::numerics::parallel::map_chunks;
use crate::table::{Column, Table};

/// How alike two products are that nᵢ and nⱼ baskets have, both of them nᵢⱼ of n.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum SimilarityMetric {
    /// nᵢⱼ/√(nᵢ·nⱼ) (Linden, Smith & York 2003, IEEE Internet Computing 7(1)).
    #[default]
    Cosine,
    /// nᵢⱼ/(nᵢ + nⱼ − nᵢⱼ).
    Jaccard,
    /// nᵢⱼ·n/(nᵢ·nⱼ): finds what is particular, and is noisy where products are rare.
    Lift,
}

/// Choices for [`item_similarity`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SimilarityOptions {
    metric: SimilarityMetric,
    shrinkage: f64,
    neighbours: usize,
}

impl Default for SimilarityOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl SimilarityOptions {
    /// Cosine without shrinkage, the 20 nearest.
    #[must_use]
    pub fn new() -> Self {
        Self { metric: SimilarityMetric::Cosine, shrinkage: 0.0, neighbours: 20 }
    }

    /// The measure.
    #[must_use]
    pub fn metric(mut self, metric: SimilarityMetric) -> Self {
        self.metric = metric;
        self
    }

    /// The measure is multiplied by nᵢⱼ/(nᵢⱼ + shrinkage): pairs that few baskets have count less.
    #[must_use]
    pub fn shrinkage(mut self, baskets: f64) -> Self {
        self.shrinkage = baskets;
        self
    }

    /// How many of the nearest products are kept of each.
    #[must_use]
    pub fn neighbours(mut self, products: usize) -> Self {
        self.neighbours = products;
        self
    }
}

/// The nearest products of each product; see [`item_similarity`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ItemSimilarity {
    neighbours: Vec<Vec<(u32, f64)>>,
}

impl ItemSimilarity {
    /// The nearest products and their similarity, the nearest first; those that share no basket are not there.
    #[must_use]
    pub fn neighbours(&self, product: usize) -> &[(u32, f64)] {
        &self.neighbours[product]
    }

    /// Number of products.
    #[must_use]
    pub fn products(&self) -> usize {
        self.neighbours.len()
    }

    /// Products that a customer does not have and that resemble those that it has: the sum of their similarities, the largest first.
    #[must_use]
    pub fn recommend(&self, owned: &[u32], most: usize) -> Vec<(u32, f64)> {
        let mut scores = vec![0.0; self.products()];
        for product in owned {
            self.neighbours[*product as usize].iter().for_each(|(other, s)| scores[*other as usize] += s);
        }
        owned.iter().for_each(|product| scores[*product as usize] = 0.0);
        nearest(scores.into_iter().enumerate().filter(|s| s.1 > 0.0).map(|(p, s)| (p as u32, s)).collect(), most)
    }

    /// Columns `product, neighbour, similarity`.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] unless there is a name for every product.
    pub fn to_table(&self, names: &[String]) -> Result<Table> {
        same_length("names", names.len(), "the products", self.products())?;
        let pairs: Vec<(usize, u32, f64)> =
            self.neighbours.iter().enumerate().flat_map(|(p, all)| all.iter().map(move |(q, s)| (p, *q, *s))).collect();
        let mut table = Table::new();
        table.push("product", Column::Text(pairs.iter().map(|p| names[p.0].clone()).collect()))?;
        table.push("neighbour", Column::Text(pairs.iter().map(|p| names[p.1 as usize].clone()).collect()))?;
        table.push("similarity", Column::Float(pairs.iter().map(|p| p.2).collect()))?;
        Ok(table)
    }
}

/// Similarity of products by the baskets (orders, or customers) that they share.
///
/// ```
/// use cpm_core::portfolio::{Baskets, SimilarityOptions, item_similarity};
/// let baskets = Baskets::from_rows(&[0, 0, 1, 1, 1, 2, 3, 3], &[0, 1, 0, 1, 2, 2, 0, 1], 3)?;
/// let similarity = item_similarity(&baskets, &SimilarityOptions::new())?;
/// assert_eq!(similarity.neighbours(0)[0], (1, 1.0));
/// assert_eq!(similarity.recommend(&[0], 5)[0].0, 1);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidArgument`] for a negative shrinkage or no neighbours.
pub fn item_similarity(baskets: &Baskets, options: &SimilarityOptions) -> Result<ItemSimilarity> {
    non_negative("shrinkage", options.shrinkage)?;
    if options.neighbours == 0 {
        return Err(Error::argument("neighbours", 0, "keep one at least"));
    }
    let counts = baskets.counts();
    let places = baskets.places();
    let n = baskets.len() as f64;
    let of = |i: usize, j: usize, both: u32| {
        let (a, b, both) = (f64::from(counts[i]), f64::from(counts[j]), f64::from(both));
        let similarity = match options.metric {
            SimilarityMetric::Cosine => both / (a * b).sqrt(),
            SimilarityMetric::Jaccard => both / (a + b - both),
            SimilarityMetric::Lift => both * n / (a * b),
        };
        similarity * (both / (both + options.shrinkage))
    };
    let neighbours = map_chunks(counts.len(), 16, |range| {
        let mut together = vec![0_u32; counts.len()];
        let mut touched: Vec<u32> = Vec::new();
        range
            .map(|i| {
                for (basket, _) in places.of(i) {
                    for j in baskets.basket(*basket as usize) {
                        if together[*j as usize] == 0 {
                            touched.push(*j);
                        }
                        together[*j as usize] += 1;
                    }
                }
                let found = touched.iter().filter(|j| **j as usize != i);
                let found = found.map(|j| (*j, of(i, *j as usize, together[*j as usize]))).collect();
                touched.drain(..).for_each(|j| together[j as usize] = 0);
                nearest(found, options.neighbours)
            })
            .collect::<Vec<_>>()
    });
    Ok(ItemSimilarity { neighbours: neighbours.flatten().collect() })
}

/// The largest first; equal ones in order of their numbers.
fn nearest(mut all: Vec<(u32, f64)>, most: usize) -> Vec<(u32, f64)> {
    let order = |a: &(u32, f64), b: &(u32, f64)| -> Ordering { b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)) };
    if all.len() > most && most > 0 {
        all.select_nth_unstable_by(most - 1, order);
        all.truncate(most);
    }
    all.sort_unstable_by(order);
    all.truncate(most);
    all
}
