//! What was bought together.

use crate::error::{Error, Result, same_length};

/// Numbers of baskets per row beyond which they are ids and no numbers.
const SPARSEST: usize = 16;

/// Sets of products: what was in each order, or what each customer ever bought.
///
/// ```
/// use cpm_core::portfolio::Baskets;
/// // Rows of a log: order and product, each counted from 0. A product twice in an order is there once.
/// let baskets = Baskets::from_rows(&[0, 0, 1, 0, 1], &[2, 0, 1, 2, 2], 3)?;
/// assert_eq!((baskets.len(), baskets.products()), (2, 3));
/// assert_eq!(baskets.basket(0), [0, 2]);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baskets {
    /// Where each basket begins in `items`, and the end of the last.
    offsets: Vec<usize>,
    /// Products of each basket, ascending.
    items: Vec<u32>,
    products: usize,
}

impl Baskets {
    /// Baskets of rows, in any order of rows. Numbers of baskets that no row has are empty baskets, which count.
    ///
    /// # Errors
    /// [`Error::Empty`] without rows; [`Error::LengthMismatch`]; [`Error::InvalidValue`] for a product that is not below `products`, or a number of a basket far above
    /// the number of rows.
    pub fn from_rows(basket: &[u32], product: &[u32], products: usize) -> Result<Self> {
        if basket.is_empty() {
            let remedy = "Give one row per product of a basket".to_owned();
            return Err(Error::Empty { what: "the list of baskets".to_owned(), remedy });
        }
        same_length("product", product.len(), "basket", basket.len())?;
        if let Some(row) = product.iter().position(|p| *p as usize >= products) {
            return Err(Error::InvalidValue {
                column: "product",
                row,
                value: product[row].to_string(),
                expected: "it must be the number of a product, counted from 0",
                remedy: "Give the number of all products",
            });
        }
        let count = basket.iter().max().map_or(0, |b| *b as usize + 1);
        if count > SPARSEST * basket.len() + 1_000_000 {
            let row = basket.iter().position(|b| *b as usize + 1 == count).unwrap_or_default();
            return Err(Error::InvalidValue {
                column: "basket",
                row,
                value: basket[row].to_string(),
                expected: "it must be the number of a basket, counted from 0",
                remedy: "Number the baskets one by one: what is between is taken as empty baskets",
            });
        }
        let mut ends = vec![0_usize; count + 1];
        basket.iter().for_each(|b| ends[*b as usize + 1] += 1);
        (0..count).for_each(|b| ends[b + 1] += ends[b]);
        let mut next = ends.clone();
        let mut rows = vec![0_u32; basket.len()];
        for (b, p) in basket.iter().zip(product) {
            let at = &mut next[*b as usize];
            rows[*at] = *p;
            *at += 1;
        }
        let mut items = Vec::with_capacity(rows.len());
        let mut offsets = Vec::with_capacity(count + 1);
        offsets.push(0);
        for b in 0..count {
            let own = &mut rows[ends[b]..ends[b + 1]];
            own.sort_unstable();
            let from = items.len();
            for item in own {
                if items.len() == from || items.last() != Some(item) {
                    items.push(*item);
                }
            }
            offsets.push(items.len());
        }
        Ok(Self { offsets, items, products })
    }

    /// Number of baskets.
    #[must_use]
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Never: there is one basket at least.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of products, also of those that are in no basket.
    #[must_use]
    pub fn products(&self) -> usize {
        self.products
    }

    /// Products of one basket, ascending.
    #[must_use]
    pub fn basket(&self, basket: usize) -> &[u32] {
        &self.items[self.offsets[basket]..self.offsets[basket + 1]]
    }

    /// In how many baskets each product is.
    #[must_use]
    pub fn counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.products];
        self.items.iter().for_each(|p| counts[*p as usize] += 1);
        counts
    }

    /// Every product in the baskets under another number, left out where it has none; ascending again.
    pub(super) fn renumbered(&self, number: &[Option<u32>], products: usize) -> Self {
        let mut items = Vec::with_capacity(self.items.len());
        let mut offsets = Vec::with_capacity(self.offsets.len());
        offsets.push(0);
        for b in 0..self.len() {
            let from = items.len();
            items.extend(self.basket(b).iter().filter_map(|p| number[*p as usize]));
            items[from..].sort_unstable();
            offsets.push(items.len());
        }
        Self { offsets, items, products }
    }

    /// For each product the baskets that it is in and its place there.
    pub(super) fn places(&self) -> Places {
        let counts = self.counts();
        let mut offsets = Vec::with_capacity(self.products + 1);
        offsets.push(0);
        let mut end = 0;
        for count in &counts {
            end += *count as usize;
            offsets.push(end);
        }
        let mut next = offsets.clone();
        let mut places = vec![(0, 0); self.items.len()];
        for b in 0..self.len() {
            for (place, item) in self.basket(b).iter().enumerate() {
                let at = &mut next[*item as usize];
                places[*at] = (b as u32, place as u32);
                *at += 1;
            }
        }
        Places { offsets, places }
    }
}

/// The baskets from the products' side.
pub(super) struct Places {
    offsets: Vec<usize>,
    places: Vec<(u32, u32)>,
}

impl Places {
    /// Baskets with this product, ascending, and its place in each.
    pub(super) fn of(&self, product: usize) -> &[(u32, u32)] {
        &self.places[self.offsets[product]..self.offsets[product + 1]]
    }
}
