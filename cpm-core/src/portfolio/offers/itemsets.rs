//! Products that are often bought together.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Serialize;

use super::baskets::{Baskets, Places};
use crate::error::{Error, Result};
use crate::numerics::parallel::map_chunks;
use crate::table::{Column, Table};

/// Choices for [`frequent_itemsets`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ItemsetOptions {
    min_support: f64,
    max_length: usize,
    max_itemsets: usize,
}

impl ItemsetOptions {
    /// Sets in at least this share of the baskets, of any length, 10 million at most.
    #[must_use]
    pub fn new(min_support: f64) -> Self {
        Self { min_support, max_length: usize::MAX, max_itemsets: 10_000_000 }
    }

    /// The most products in a set.
    #[must_use]
    pub fn max_length(mut self, products: usize) -> Self {
        self.max_length = products;
        self
    }

    /// More sets than this are an error and not a full memory.
    #[must_use]
    pub fn max_itemsets(mut self, sets: usize) -> Self {
        self.max_itemsets = sets;
        self
    }
}

/// Sets of products and in how many baskets each is; see [`frequent_itemsets`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FrequentItemsets {
    /// By length, then by product.
    offsets: Vec<usize>,
    items: Vec<u32>,
    counts: Vec<u32>,
    baskets: usize,
}

impl FrequentItemsets {
    /// Number of sets.
    #[must_use]
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether nothing is that frequent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Number of baskets.
    #[must_use]
    pub fn baskets(&self) -> usize {
        self.baskets
    }

    /// Products of one set, ascending. Sets are in order of length, then of products.
    #[must_use]
    pub fn items(&self, set: usize) -> &[u32] {
        &self.items[self.offsets[set]..self.offsets[set + 1]]
    }

    /// In how many baskets a set is.
    #[must_use]
    pub fn count(&self, set: usize) -> u32 {
        self.counts[set]
    }

    /// In which share of the baskets a set is.
    #[must_use]
    pub fn support(&self, set: usize) -> f64 {
        f64::from(self.counts[set]) / self.baskets as f64
    }

    /// The set of these products (ascending), if it is frequent.
    #[must_use]
    pub fn find(&self, items: &[u32]) -> Option<usize> {
        let order = |set: usize| self.items(set).len().cmp(&items.len()).then_with(|| self.items(set).cmp(items));
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match order(middle) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }

    /// Columns `items, length, baskets, support`, the products' names joined by `separator`.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] unless there is a name for every product.
    pub fn to_table(&self, names: &[String], separator: &str) -> Result<Table> {
        let products = self.items.iter().max().map_or(0, |p| *p as usize + 1);
        if names.len() < products {
            let reference = "the products";
            return Err(Error::LengthMismatch { column: "names", found: names.len(), reference, expected: products });
        }
        let sets = 0..self.len();
        let mut table = Table::new();
        table.push("items", Column::Text(sets.clone().map(|s| joined(self.items(s), names, separator)).collect()))?;
        table.push("length", Column::Integer(sets.clone().map(|s| self.items(s).len() as i64).collect()))?;
        table.push("baskets", Column::Integer(self.counts.iter().map(|c| i64::from(*c)).collect()))?;
        table.push("support", Column::Float(sets.map(|s| self.support(s)).collect()))?;
        Ok(table)
    }
}

/// Names of products in one text.
pub(super) fn joined(items: &[u32], names: &[String], separator: &str) -> String {
    items.iter().map(|i| names[*i as usize].as_str()).collect::<Vec<_>>().join(separator)
}

/// All sets of products that are in at least `min_support` of the baskets.
///
/// For each product, the rarest first, the baskets with it are cut down to the more frequent products that are frequent beside it, and sets
/// are found there by intersecting bitsets depth first (Eclat, Zaki 2000, IEEE TKDE 12(3), on conditional databases as in FP-growth, Han,
/// Pei & Yin 2000). The answer does not depend on the number of threads or the order of rows.
///
/// ```
/// use cpm_core::portfolio::{Baskets, ItemsetOptions, frequent_itemsets};
/// // {0, 1}, {0, 1, 2}, {2}, {0, 1}
/// let baskets = Baskets::from_rows(&[0, 0, 1, 1, 1, 2, 3, 3], &[0, 1, 0, 1, 2, 2, 0, 1], 3)?;
/// let sets = frequent_itemsets(&baskets, &ItemsetOptions::new(0.5))?;
/// assert_eq!(sets.len(), 4);
/// assert_eq!((sets.items(3), sets.support(3)), (&[0, 1][..], 0.75));
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidArgument`] for a support outside (0, 1], a length of 0, or more sets than `max_itemsets`.
pub fn frequent_itemsets(baskets: &Baskets, options: &ItemsetOptions) -> Result<FrequentItemsets> {
    let ItemsetOptions { min_support, max_length, max_itemsets } = *options;
    if !(min_support > 0.0 && min_support <= 1.0) {
        return Err(Error::argument(
            "min_support",
            min_support,
            "it must be a share above 0 and up to 1, such as 0.01",
        ));
    }
    if max_length == 0 {
        return Err(Error::argument("max_length", max_length, "a set has one product at least"));
    }
    // 0.07 of 100 baskets are 7 and not, for a rounding error, 8.
    let least = (min_support * baskets.len() as f64 * (1.0 - 1e-12)).ceil().max(1.0) as u32;
    let counts = baskets.counts();
    let mut frequent: Vec<u32> = (0..counts.len() as u32).filter(|p| counts[*p as usize] >= least).collect();
    frequent.sort_unstable_by_key(|p| (counts[*p as usize], *p));
    let mut number = vec![None; counts.len()];
    frequent.iter().enumerate().for_each(|(rank, p)| number[*p as usize] = Some(rank as u32));
    let ranked = baskets.renumbered(&number, frequent.len());
    let places = ranked.places();
    let search = Search { baskets: &ranked, places: &places, products: &frequent, least, max_length, max_itemsets };
    let found = AtomicUsize::new(0);
    // The rarest product has the most companions, so tasks of one product each.
    let parts: Vec<Found> = map_chunks(frequent.len(), 1, |range| search.with(range.start, &found)).collect();
    if found.into_inner() > max_itemsets {
        let expected = format!(
            "more than {max_itemsets} sets are that frequent; raise it, limit max_length, or allow more with max_itemsets"
        );
        return Err(Error::argument("min_support", min_support, expected));
    }
    Ok(ordered(parts, baskets.len()))
}

#[derive(Default)]
struct Found {
    lengths: Vec<u32>,
    items: Vec<u32>,
    counts: Vec<u32>,
}

impl Found {
    fn add(&mut self, prefix: &[u32], count: u32) {
        let from = self.items.len();
        self.items.extend_from_slice(prefix);
        self.items[from..].sort_unstable();
        self.lengths.push(prefix.len() as u32);
        self.counts.push(count);
    }
}

struct Search<'a> {
    baskets: &'a Baskets,
    places: &'a Places,
    products: &'a [u32],
    least: u32,
    max_length: usize,
    max_itemsets: usize,
}

/// A product beside a prefix: in which of the prefix's baskets it is.
struct Companion {
    product: u32,
    count: u32,
    bits: Vec<u64>,
}

impl Search<'_> {
    /// All sets in which this product is the rarest.
    fn with(&self, rank: usize, total: &AtomicUsize) -> Found {
        let mut found = Found::default();
        if total.load(Ordering::Relaxed) > self.max_itemsets {
            return found;
        }
        let places = self.places.of(rank);
        let mut prefix = vec![self.products[rank]];
        found.add(&prefix, places.len() as u32);
        total.fetch_add(1, Ordering::Relaxed);
        if self.max_length == 1 {
            return found;
        }
        let behind = |(b, place): (u32, u32)| &self.baskets.basket(b as usize)[place as usize + 1..];
        let mut counts = vec![0_u32; self.products.len() - rank];
        for &place in places {
            behind(place).iter().for_each(|j| counts[*j as usize - rank] += 1);
        }
        let mut order: Vec<usize> = (1..counts.len()).filter(|j| counts[*j] >= self.least).collect();
        order.sort_by_key(|j| counts[*j]);
        let words = places.len().div_ceil(64);
        // A single companion makes a pair and nothing longer.
        let needs_bits = order.len() > 1 && self.max_length > 2;
        let mut companions: Vec<Companion> = order
            .iter()
            .map(|j| Companion {
                product: self.products[rank + j],
                count: counts[*j],
                bits: if needs_bits { vec![0; words] } else { Vec::new() },
            })
            .collect();
        if needs_bits {
            let mut slot = vec![u32::MAX; counts.len()];
            order.iter().enumerate().for_each(|(k, j)| slot[*j] = k as u32);
            for (at, &place) in places.iter().enumerate() {
                for j in behind(place) {
                    let k = slot[*j as usize - rank];
                    if k != u32::MAX {
                        companions[k as usize].bits[at / 64] |= 1 << (at % 64);
                    }
                }
            }
        }
        self.deeper(&mut prefix, &companions, &mut found, total);
        found
    }

    /// The prefix with each companion, and with all frequent sets of the companions behind it.
    fn deeper(&self, prefix: &mut Vec<u32>, companions: &[Companion], found: &mut Found, total: &AtomicUsize) {
        for (k, first) in companions.iter().enumerate() {
            prefix.push(first.product);
            found.add(prefix, first.count);
            let sets = total.fetch_add(1, Ordering::Relaxed) + 1;
            if sets > self.max_itemsets {
                prefix.pop();
                return;
            }
            if prefix.len() < self.max_length && k + 1 < companions.len() {
                let mut next = Vec::new();
                for second in &companions[k + 1..] {
                    let count = first.bits.iter().zip(&second.bits).map(|(a, b)| (a & b).count_ones()).sum::<u32>();
                    if count >= self.least {
                        let bits = first.bits.iter().zip(&second.bits).map(|(a, b)| a & b).collect();
                        next.push(Companion { product: second.product, count, bits });
                    }
                }
                if !next.is_empty() {
                    self.deeper(prefix, &next, found, total);
                }
            }
            prefix.pop();
        }
    }
}

/// By length, then by products.
fn ordered(parts: Vec<Found>, baskets: usize) -> FrequentItemsets {
    let mut sets: Vec<(&[u32], u32)> = Vec::with_capacity(parts.iter().map(|p| p.counts.len()).sum());
    for part in &parts {
        let mut rest = part.items.as_slice();
        for (length, count) in part.lengths.iter().zip(&part.counts) {
            let (own, others) = rest.split_at(*length as usize);
            sets.push((own, *count));
            rest = others;
        }
    }
    sets.sort_unstable_by(|a, b| a.0.len().cmp(&b.0.len()).then_with(|| a.0.cmp(b.0)));
    let mut all =
        FrequentItemsets { offsets: vec![0], items: Vec::new(), counts: Vec::with_capacity(sets.len()), baskets };
    for (items, count) in sets {
        all.items.extend_from_slice(items);
        all.offsets.push(all.items.len());
        all.counts.push(count);
    }
    all
}
