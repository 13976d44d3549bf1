//! Which product a customer buys again, and when.

use std::ops::Range;

use ndarray::Array2;

use crate::clv::{AnyPurchaseModel, FitOptions, Prior, PurchaseModel, PurchaseModelKind};
use crate::error::{self, Error, Result, same_length};
use crate::numerics::parallel;
use crate::summary::{CustomerSummary, TimeUnit};
use crate::transactions::Timestamp;

/// How [`repeat_purchases`] looks ahead.
///
/// ```
/// use cpm_core::TimeUnit;
/// use cpm_core::clv::PurchaseModelKind;
/// use cpm_core::portfolio::RepeatOptions;
/// let options = RepeatOptions::new(4.0).time_unit(TimeUnit::Week).model(PurchaseModelKind::ParetoNbd).shrinkage(0.3);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RepeatOptions {
    horizon: f64,
    time_unit: TimeUnit,
    model: PurchaseModelKind,
    shrinkage: f64,
}

impl RepeatOptions {
    /// A horizon in weeks; MBG/NBD, in which a buyer may leave a product after the first purchase already; products within a factor of
    /// about 2.7 of what all have in common.
    #[must_use]
    pub fn new(horizon: f64) -> Self {
        Self { horizon, time_unit: TimeUnit::Week, model: PurchaseModelKind::MbgNbd, shrinkage: 0.5 }
    }

    /// The unit of the horizon and of the time to the next purchase.
    #[must_use]
    pub fn time_unit(mut self, unit: TimeUnit) -> Self {
        self.time_unit = unit;
        self
    }

    /// The model of the purchases of one product.
    #[must_use]
    pub fn model(mut self, kind: PurchaseModelKind) -> Self {
        self.model = kind;
        self
    }

    /// How much products may differ: the standard deviation of the logarithm of each parameter around that of all products
    /// together. The smaller, the more a product of which little is known is taken to be like the others.
    #[must_use]
    pub fn shrinkage(mut self, sigma: f64) -> Self {
        self.shrinkage = sigma;
        self
    }
}

/// Rows of a log: who bought what when, in any order.
#[derive(Debug, Clone, Copy)]
pub struct ProductPurchases<'a> {
    /// Number of the customer, from 0.
    pub customer: &'a [u32],
    /// Number of the product, from 0.
    pub product: &'a [u32],
    /// When it was bought; purchases of one day are one.
    pub time: &'a [Timestamp],
}

/// What each customer buys again; see [`repeat_purchases`]. One element per pair of a customer and a product that the customer has bought, by
/// customer, then product.
#[derive(Debug, Clone, PartialEq)]
pub struct RepeatPurchases {
    /// Number of the customer.
    pub customers: Vec<u32>,
    /// Number of the product.
    pub products: Vec<u32>,
    /// Days on which it was bought.
    pub purchases: Vec<u32>,
    /// Days since the last of them.
    pub days_since_last: Vec<f64>,
    /// Probability that the customer has not given up the product.
    pub probability_alive: Vec<f64>,
    /// Probability of a purchase within the horizon.
    pub probability: Vec<f64>,
    /// Expected number of purchases within the horizon.
    pub expected_purchases: Vec<f64>,
    /// Time, in the unit of the options, by which the next purchase has come with probability 1/2; None if it rather never comes.
    pub next_purchase: Vec<Option<f64>>,
    /// Parameters of the model of each product, in the order of [`PurchaseModelKind::parameters`]; None for products that nobody bought.
    pub models: Vec<Option<Vec<f64>>>,
    /// By product, whether the model is its own: where too little is known to fit one, it is the common one.
    pub own_model: Vec<bool>,
    /// Parameters of all products together.
    pub common: Vec<f64>,
    /// Rows after the end of observation, left out.
    pub rows_after_as_of: u64,
}

/// The purchases of one product: the customers, and of each x, t_x, T and Σ ln of the gaps.
#[derive(Debug, Default)]
struct OfProduct {
    customers: Vec<u32>,
    frequency: Vec<f64>,
    recency: Vec<f64>,
    age: Vec<f64>,
    ln_gaps: Vec<f64>,
}

/// What is predicted of the customers of one product.
struct Predicted {
    parameters: Vec<f64>,
    own_model: bool,
    alive: Vec<f64>,
    none: Vec<f64>,
    expected: Vec<f64>,
    next: Vec<Option<f64>>,
}

/// Which product each customer buys again, with what probability within a horizon, and when.
///
/// Each product has a purchase model of its own over the customers who have bought it: a customer's rhythm with the product is shrunk towards that
/// of its other buyers by the model (Fader, Hardie & Lee 2005; Batislam, Denizel & Filiztekin 2007), and a product's parameters
/// towards those of all products by a log-normal prior around their common fit (empirical Bayes), so that new and rare products have
/// sober forecasts too. Products are taken one by one: that one takes the place of another is not modelled.
///
/// A customer who buys anyway needs no offer: the probability is of buying, not of the effect of an offer, which only a
/// [campaign with a hold-out](super::super::campaign_effect) tells. [`matrix`](RepeatPurchases::matrix) gives what
/// [`rank_offers`](super::rank_offers) takes, with value and margin of the products.
///
/// ```
/// use cpm_core::Timestamp;
/// use cpm_core::portfolio::{ProductPurchases, RepeatOptions, repeat_purchases};
/// // Customers 0 to 29 buy product 0 every two weeks or so, every third of them tried product 1 once.
/// let (mut customer, mut product, mut time) = (vec![], vec![], vec![]);
/// for c in 0..30_u32 {
///     for k in 0..=(c % 7) {
///         customer.push(c);
///         product.push(0);
///         time.push(Timestamp::from_days(i64::from(c + 13 * k + c * k % 5)));
///     }
///     if c % 3 == 0 {
///         customer.push(c);
///         product.push(1);
///         time.push(Timestamp::from_days(i64::from(c)));
///     }
/// }
/// let purchases = ProductPurchases { customer: &customer, product: &product, time: &time };
/// let again = repeat_purchases(&purchases, 2, Timestamp::from_days(120), &RepeatOptions::new(4.0))?;
/// let of = |c: u32, p: u32| again.customers.iter().zip(&again.products).position(|pair| pair == (&c, &p)).unwrap();
/// assert!(again.probability[of(27, 0)] > 3.0 * again.probability[of(27, 1)]);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`] without rows up to the end of observation; [`Error::LengthMismatch`]; [`Error::InvalidValue`] for a product that is not below
/// `products`; [`Error::InvalidArgument`] for a horizon or shrinkage that is not positive; [`Error::NotIdentified`] if nobody bought anything again.
pub fn repeat_purchases(
    purchases: &ProductPurchases<'_>,
    products: usize,
    as_of: Timestamp,
    options: &RepeatOptions,
) -> Result<RepeatPurchases> {
    error::positive("horizon", options.horizon)?;
    error::positive("shrinkage", options.shrinkage)?;
    check(purchases, products)?;
    let rows_after_as_of = purchases.time.iter().filter(|t| t.days() > as_of.days()).count() as u64;
    let by_product = histories(purchases, products, as_of, options.time_unit);
    let pairs: usize = by_product.iter().map(|p| p.customers.len()).sum();
    if pairs == 0 {
        return Err(Error::Empty {
            what: format!("the list of purchases up to {}", as_of.date_string()),
            remedy: "Choose an as_of within the log".to_owned(),
        });
    }
    let everything = together(&by_product).summary(options.time_unit)?;
    let common = options.model.fit(&everything, &FitOptions::new())?;
    let center = parameters(&common);
    let of = |range: Range<usize>| by_product[range.start].predicted(&common, &center, options);
    let predicted: Vec<Option<Predicted>> = parallel::map_chunks(products, 1, of).collect::<Result<_>>()?;

    let mut order: Vec<(u32, u32, u32)> = Vec::with_capacity(pairs);
    for (p, of) in by_product.iter().enumerate() {
        order.extend(of.customers.iter().enumerate().map(|(k, &customer)| (customer, p as u32, k as u32)));
    }
    order.sort_unstable();
    let day = options.time_unit.days();
    let of = |&(_, p, k): &(u32, u32, u32)| (&by_product[p as usize], predicted[p as usize].as_ref(), k as usize);
    // A product with a customer has a prediction.
    let score = |get: fn(&Predicted) -> &[f64]| -> Vec<f64> {
        order.iter().map(of).map(|(_, found, k)| found.map_or(0.0, |f| get(f)[k])).collect()
    };
    Ok(RepeatPurchases {
        customers: order.iter().map(|o| o.0).collect(),
        products: order.iter().map(|o| o.1).collect(),
        purchases: order.iter().map(of).map(|(h, _, k)| h.frequency[k] as u32 + 1).collect(),
        days_since_last: order.iter().map(of).map(|(h, _, k)| ((h.age[k] - h.recency[k]) * day).round()).collect(),
        probability_alive: score(|f| &f.alive),
        probability: score(|f| &f.none).into_iter().map(|none| (1.0 - none).clamp(0.0, 1.0)).collect(),
        expected_purchases: score(|f| &f.expected),
        next_purchase: order.iter().map(of).map(|(_, found, k)| found.and_then(|f| f.next[k])).collect(),
        models: predicted.iter().map(|p| p.as_ref().map(|p| p.parameters.clone())).collect(),
        own_model: predicted.iter().map(|p| p.as_ref().is_some_and(|p| p.own_model)).collect(),
        common: center,
        rows_after_as_of,
    })
}

fn parameters(model: &AnyPurchaseModel) -> Vec<f64> {
    model.parameters().into_iter().map(|(_, value)| value).collect()
}

fn check(purchases: &ProductPurchases<'_>, products: usize) -> Result<()> {
    let n = purchases.customer.len();
    for (column, found) in [("product", purchases.product.len()), ("time", purchases.time.len())] {
        same_length(column, found, "customer", n)?;
    }
    match purchases.product.iter().position(|p| *p as usize >= products) {
        Some(row) => Err(Error::InvalidValue {
            column: "product",
            row,
            value: purchases.product[row].to_string(),
            expected: "it must be the number of a product, counted from 0",
            remedy: "Give the number of all products",
        }),
        None => Ok(()),
    }
}

/// Rows sorted into the histories of the customers of each product.
fn histories(purchases: &ProductPurchases<'_>, products: usize, as_of: Timestamp, unit: TimeUnit) -> Vec<OfProduct> {
    let rows = purchases.product.iter().zip(purchases.customer).zip(purchases.time);
    let mut rows: Vec<(u32, u32, i64)> =
        rows.map(|((p, c), t)| (*p, *c, t.days())).filter(|row| row.2 <= as_of.days()).collect();
    rows.sort_unstable();
    rows.dedup();
    let mut by_product: Vec<OfProduct> = (0..products).map(|_| OfProduct::default()).collect();
    let units = |days: i64| days as f64 / unit.days();
    for pair in rows.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let (product, customer, first) = pair[0];
        let last = pair[pair.len() - 1].2;
        let of = &mut by_product[product as usize];
        of.customers.push(customer);
        of.frequency.push((pair.len() - 1) as f64);
        of.recency.push(units(last - first));
        of.age.push(units(as_of.days() - first));
        of.ln_gaps.push(pair.windows(2).map(|w| units(w[1].2 - w[0].2).ln()).sum());
    }
    by_product
}

fn together(by_product: &[OfProduct]) -> OfProduct {
    let mut all = OfProduct::default();
    for of in by_product {
        all.frequency.extend(&of.frequency);
        all.recency.extend(&of.recency);
        all.age.extend(&of.age);
        all.ln_gaps.extend(&of.ln_gaps);
    }
    all
}

impl OfProduct {
    fn summary(&self, unit: TimeUnit) -> Result<CustomerSummary> {
        CustomerSummary::new(&self.frequency, &self.recency, &self.age, unit)?.with_ln_gaps(self.ln_gaps.clone())
    }

    /// The product's own model around the common one, and what it predicts; None for a product that nobody bought.
    fn predicted(
        &self,
        common: &AnyPurchaseModel,
        center: &[f64],
        options: &RepeatOptions,
    ) -> Result<Option<Predicted>> {
        if self.customers.is_empty() {
            return Ok(None);
        }
        let summary = self.summary(options.time_unit)?;
        let mut fit = FitOptions::new();
        // A regularity is a whole number, and has no prior.
        for (name, median) in options.model.parameters().iter().zip(center).filter(|(name, _)| **name != "k") {
            fit = fit.prior(name, Prior::LogNormal { median: *median, sigma: options.shrinkage });
        }
        // Too little is known of the product for a fit of its own: it is like the others.
        let (model, own_model) = match options.model.fit(&summary, &fit) {
            Ok(model) => (model, true),
            Err(_) => (common.clone(), false),
        };
        Ok(Some(Predicted {
            own_model,
            alive: model.probability_alive(&summary)?,
            none: model.probability_no_purchase(&summary, options.horizon)?,
            expected: model.expected_purchases(&summary, options.horizon)?,
            next: model.next_purchase_quantile(&summary, 0.5)?,
            parameters: parameters(&model),
        }))
    }
}

impl RepeatPurchases {
    /// Number of pairs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.customers.len()
    }

    /// Never: there is one purchase at least.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.customers.is_empty()
    }

    /// The probability of a purchase of each customer (row) and each of some products (column), 0 where the customer has never bought it:
    /// what [`rank_offers`](super::rank_offers) takes.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for a product that there is not; [`Error::InvalidArgument`] for fewer customers than there are.
    pub fn matrix(&self, customers: usize, products: &[u32]) -> Result<Array2<f64>> {
        let mut column = vec![None; self.models.len()];
        for (position, product) in products.iter().enumerate() {
            match column.get_mut(*product as usize) {
                Some(of) => *of = Some(position),
                None => {
                    return Err(Error::InvalidValue {
                        column: "products",
                        row: position,
                        value: product.to_string(),
                        expected: "it must be the number of a product, counted from 0",
                        remedy: "Give products of the log",
                    });
                }
            }
        }
        let least = self.customers.iter().max().map_or(0, |c| *c as usize + 1);
        if customers < least {
            return Err(Error::argument("customers", customers, format!("there are at least {least} customers")));
        }
        let mut matrix = Array2::zeros((customers, products.len()));
        for (k, product) in self.products.iter().enumerate() {
            if let Some(position) = column[*product as usize] {
                matrix[(self.customers[k] as usize, position)] = self.probability[k];
            }
        }
        Ok(matrix)
    }
}

#[cfg(test)]
#[path = "repeat_tests.rs"]
mod tests;
