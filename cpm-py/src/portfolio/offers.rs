//! Next best offer: itemsets, rules, similarity, and whom to offer what.

use std::sync::Arc;

use cpm_core::portfolio::{
    self as core, Baskets as CoreBaskets, FrequentItemsets as CoreSets, ItemSimilarity as CoreSimilarity,
    ItemsetOptions, OfferColumns, OfferOptions, OfferPlan as CorePlan, RuleOptions, SimilarityMetric,
    SimilarityOptions,
};
use cpm_core::{Column, Error};
use numpy::PyArray1;
use pyo3::prelude::*;

use super::inputs::{labels, per_item};
use crate::arrays::counts;
use crate::clv::Estimate;
use crate::error::{OrRaise, bad_value, exception};
use crate::survival::{Covariates, Labels};
use crate::table::Table;

/// Between the names of products in one text.
const SEPARATOR: &str = ", ";

/// Sets of products: what was in each order, or what each customer ever bought.
///
/// Parameters
/// ----------
/// basket : array-like
///     The order or customer of each row: text or whole numbers.
/// product : array-like
///     The product of each row. A product twice in a basket is there once.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> baskets = cpm.portfolio.Baskets(["o1", "o1", "o2", "o1"], ["tea", "milk", "tea", "tea"])
/// >>> baskets, baskets.products
/// (Baskets(baskets=2, products=2), ['milk', 'tea'])
#[pyclass(module = "cpm.portfolio", frozen)]
pub(crate) struct Baskets {
    pub(super) inner: CoreBaskets,
    names: Arc<Vec<String>>,
}

#[pymethods]
impl Baskets {
    #[new]
    fn new(py: Python<'_>, basket: &Bound<'_, PyAny>, product: &Bound<'_, PyAny>) -> PyResult<Self> {
        let (basket, product) = (Labels::new("basket", basket)?, Labels::new("product", product)?);
        py.detach(|| {
            let (basket, _) = basket.codes();
            let (product, products) = product.codes();
            let names: Vec<String> = (0..products.len()).map(|p| products.format(p)).collect();
            let inner = CoreBaskets::from_rows(&basket, &product, names.len())?;
            Ok(Self { inner, names: Arc::new(names) })
        })
        .or_raise()
    }

    /// Names of the products, in order.
    #[getter]
    fn products(&self) -> Vec<String> {
        self.names.to_vec()
    }

    /// In how many baskets each product is.
    #[getter]
    fn counts<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        PyArray1::from_iter(py, self.inner.counts().into_iter().map(i64::from))
    }

    fn __len__(&self) -> usize {
        self.inner.len()
    }

    fn __repr__(&self) -> String {
        format!("Baskets(baskets={}, products={})", self.inner.len(), self.inner.products())
    }
}

/// Products that are often bought together, as a :class:`Table`; see :func:`frequent_itemsets`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> baskets = cpm.portfolio.Baskets([1, 1, 2, 2, 3], ["tea", "milk", "tea", "milk", "tea"])
/// >>> itemsets = cpm.portfolio.frequent_itemsets(baskets, 0.5)
/// >>> itemsets.sets
/// [['milk'], ['tea'], ['milk', 'tea']]
#[pyclass(module = "cpm.portfolio", extends = Table, frozen)]
pub(crate) struct Itemsets {
    pub(super) inner: CoreSets,
    names: Arc<Vec<String>>,
}

#[pymethods]
impl Itemsets {
    /// The sets as lists of names.
    #[getter]
    fn sets(&self) -> Vec<Vec<String>> {
        let named = |s: usize| self.inner.items(s).iter().map(|p| self.names[*p as usize].clone()).collect();
        (0..self.inner.len()).map(named).collect()
    }

    /// Number of baskets.
    #[getter]
    fn baskets(&self) -> usize {
        self.inner.baskets()
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// All sets of products that are in at least `min_support` of the baskets.
///
/// Parameters
/// ----------
/// baskets : Baskets
/// min_support : float
///     Share of the baskets, above 0 and up to 1.
/// max_length : int
///     The most products in a set.
/// max_itemsets : int
///     More sets than this are an error and not a full memory.
///
/// Returns
/// -------
/// Itemsets
///     ``items, length, baskets, support``, by length and then by product.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> baskets = cpm.portfolio.Baskets([1, 1, 2, 2, 3], ["tea", "milk", "tea", "milk", "tea"])
/// >>> itemsets = cpm.portfolio.frequent_itemsets(baskets, 0.5)
/// >>> itemsets["items"], itemsets["support"].round(3)
/// (['milk', 'tea', 'milk, tea'], array([0.667, 1.   , 0.667]))
#[pyfunction]
#[pyo3(signature = (baskets, min_support, max_length=None, max_itemsets=10_000_000))]
pub(crate) fn frequent_itemsets<'py>(
    py: Python<'py>,
    baskets: &Bound<'py, Baskets>,
    min_support: f64,
    max_length: Option<usize>,
    max_itemsets: usize,
) -> PyResult<Bound<'py, Itemsets>> {
    let baskets = baskets.get();
    let mut options = ItemsetOptions::new(min_support).max_itemsets(max_itemsets);
    if let Some(length) = max_length {
        options = options.max_length(length);
    }
    let (inner, table) = py
        .detach(|| {
            let sets = core::frequent_itemsets(&baskets.inner, &options)?;
            let table = sets.to_table(&baskets.names, SEPARATOR)?;
            Ok((sets, table))
        })
        .or_raise()?;
    let names = Arc::clone(&baskets.names);
    Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(Itemsets { inner, names }))
}

/// Who buys this also buys that: rules from frequent itemsets.
///
/// Parameters
/// ----------
/// itemsets : Itemsets
/// min_confidence, min_lift : float
///     Rules below are not shown.
/// max_consequent : int
///     The most products on the right-hand side; 1 for rules that recommend a product.
/// level : float
///     Probability that the interval of the confidence holds.
///
/// Returns
/// -------
/// Table
///     ``antecedent, consequent, support, antecedent_support, consequent_support, confidence, confidence_low, confidence_high, lift,
///     leverage, conviction, p_value``, the largest lift first. The conviction is infinite where the confidence is 1. Where thousands of rules
///     are looked at, many p-values are below 0.05 by chance.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> baskets = cpm.portfolio.Baskets([1, 1, 2, 2, 3, 4], ["tea", "milk", "tea", "milk", "tea", "rice"])
/// >>> rules = cpm.portfolio.association_rules(cpm.portfolio.frequent_itemsets(baskets, 0.3), min_confidence=0.9)
/// >>> rules["antecedent"], rules["consequent"], rules["lift"].round(3)
/// (['milk'], ['tea'], array([1.333]))
#[pyfunction]
#[pyo3(signature = (itemsets, *, min_confidence=0.0, min_lift=0.0, max_consequent=None, level=0.95))]
pub(crate) fn association_rules(
    py: Python<'_>,
    itemsets: &Bound<'_, Itemsets>,
    min_confidence: f64,
    min_lift: f64,
    max_consequent: Option<usize>,
    level: f64,
) -> PyResult<Table> {
    let sets = itemsets.get();
    let mut options = RuleOptions::new().min_confidence(min_confidence).min_lift(min_lift).level(level);
    if let Some(most) = max_consequent {
        options = options.max_consequent(most);
    }
    let table = py.detach(|| {
        let rules = core::association_rules(&sets.inner, &options)?;
        core::rules_table(&rules, &sets.names, SEPARATOR)
    });
    table.or_raise().map(Into::into)
}

/// The nearest products of each product, as a :class:`Table`; see :func:`item_similarity`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> baskets = cpm.portfolio.Baskets([1, 1, 2, 2, 3], ["tea", "milk", "tea", "milk", "rice"])
/// >>> cpm.portfolio.item_similarity(baskets).recommend(["tea"])["product"]
/// ['milk']
#[pyclass(module = "cpm.portfolio", extends = Table, frozen)]
pub(crate) struct ItemSimilarity {
    pub(super) inner: CoreSimilarity,
    names: Arc<Vec<String>>,
}

#[pymethods]
impl ItemSimilarity {
    /// Products that a customer does not have and that resemble those that it has.
    ///
    /// Parameters
    /// ----------
    /// owned : array-like
    ///     Names of the customer's products.
    /// most : int
    ///     How many at most.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``product, score``: the sum of the similarities to what the customer has, the largest first.
    #[pyo3(signature = (owned, most=10))]
    fn recommend(&self, owned: &Bound<'_, PyAny>, most: usize) -> PyResult<Table> {
        let mut products = Vec::new();
        for (row, name) in labels("owned", owned)?.into_iter().enumerate() {
            let found = self.names.iter().position(|n| *n == name).ok_or_else(|| {
                let expected = "it is not among the products of the baskets";
                bad_value("owned", row, name.clone(), expected, "Leave it out, or count it in the baskets")
            })?;
            products.push(found as u32);
        }
        let found = self.inner.recommend(&products, most);
        let mut table = cpm_core::Table::new();
        let names = found.iter().map(|f| self.names[f.0 as usize].clone()).collect();
        table.push("product", Column::Text(names)).or_raise()?;
        table.push("score", Column::Float(found.iter().map(|f| f.1).collect())).or_raise()?;
        Ok(table.into())
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// Similarity of products by the baskets (orders, or customers) that they share.
///
/// Parameters
/// ----------
/// baskets : Baskets
/// metric : {"cosine", "jaccard", "lift"}
/// shrinkage : float
///     The measure is multiplied by n/(n + shrinkage), n the baskets that two products share: pairs that few have count less.
/// neighbours : int
///     How many of the nearest products are kept of each.
///
/// Returns
/// -------
/// ItemSimilarity
///     ``product, neighbour, similarity``, the nearest first.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> baskets = cpm.portfolio.Baskets([1, 1, 2, 2, 3], ["tea", "milk", "tea", "rice", "tea"])
/// >>> similarity = cpm.portfolio.item_similarity(baskets, metric="jaccard", neighbours=1)
/// >>> similarity["product"], similarity["neighbour"], similarity["similarity"].round(3)
/// (['milk', 'rice', 'tea'], ['tea', 'tea', 'milk'], array([0.333, 0.333, 0.333]))
#[pyfunction]
#[pyo3(signature = (baskets, metric="cosine", shrinkage=0.0, neighbours=20))]
pub(crate) fn item_similarity<'py>(
    py: Python<'py>,
    baskets: &Bound<'py, Baskets>,
    metric: &str,
    shrinkage: f64,
    neighbours: usize,
) -> PyResult<Bound<'py, ItemSimilarity>> {
    let metric = match metric {
        "cosine" => SimilarityMetric::Cosine,
        "jaccard" => SimilarityMetric::Jaccard,
        "lift" => SimilarityMetric::Lift,
        other => {
            let expected = "it must be one of cosine, jaccard, lift".to_owned();
            return Err(exception(Error::InvalidArgument { name: "metric", value: other.to_owned(), expected }));
        }
    };
    let baskets = baskets.get();
    let options = SimilarityOptions::new().metric(metric).shrinkage(shrinkage).neighbours(neighbours);
    let (inner, table) = py
        .detach(|| {
            let similarity = core::item_similarity(&baskets.inner, &options)?;
            let table = similarity.to_table(&baskets.names)?;
            Ok((similarity, table))
        })
        .or_raise()?;
    let names = Arc::clone(&baskets.names);
    Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(ItemSimilarity { inner, names }))
}

/// Who gets what, as a :class:`Table`; see :func:`rank_offers`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> plan = cpm.portfolio.rank_offers({"cream": [0.5, 0.2], "soap": [0.1, 0.3]}, margin=10, cost=1)
/// >>> plan["offer"], plan.profit.value, plan.used
/// (['cream', 'soap'], 6.0, {'cream': 1, 'soap': 1})
#[pyclass(module = "cpm.portfolio", extends = Table, frozen)]
pub(crate) struct OfferPlan {
    pub(super) inner: CorePlan,
    names: Vec<String>,
}

#[pymethods]
impl OfferPlan {
    /// Expected profit of all offers, with the interval of what will be seen.
    #[getter]
    fn profit(&self) -> Estimate {
        self.inner.profit.into()
    }

    /// What no plan can exceed. Equal to the profit, the plan is the best.
    #[getter]
    fn bound(&self) -> f64 {
        self.inner.bound
    }

    /// What one more unit of capacity of each offer would bring at most.
    #[getter]
    fn shadow_prices(&self) -> Vec<(String, f64)> {
        self.names.iter().cloned().zip(self.inner.shadow_prices.iter().copied()).collect()
    }

    /// How many customers get each offer.
    #[getter]
    fn used<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, pyo3::types::PyDict>> {
        let used = pyo3::types::PyDict::new(py);
        self.names.iter().zip(&self.inner.used).try_for_each(|(name, n)| used.set_item(name, n))?;
        Ok(used)
    }

    /// Customers for whom no offer pays, or none is left.
    #[getter]
    fn without_offer(&self) -> usize {
        self.inner.without_offer
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }

    fn __repr__(&self) -> String {
        let CorePlan { offers, profit, bound, .. } = &self.inner;
        format!("OfferPlan(offers={}, profit={:.2}, bound={bound:.2})", offers.len(), profit.value)
    }
}

/// The offers for each customer that bring the most together, when offers run out.
///
/// Maximises the sum of probability * margin - cost over the offers made; offers that do not pay are not made.
///
/// Parameters
/// ----------
/// probability : table, dict of columns, or matrix
///     Probability that a customer (row) takes an offer (column).
/// margin : float or array-like
///     Margin of each offer when it is taken.
/// cost : float or array-like
///     Cost of making each offer, taken or not.
/// capacity : array-like
///     How many customers can get each offer; without it all.
/// per_customer : int
///     The most offers that one customer gets.
/// level : float
///
/// Returns
/// -------
/// OfferPlan
///     ``row, offer, rank, expected_profit``, by customer, the best first.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> plan = cpm.portfolio.rank_offers([[0.50, 0.40], [0.45, 0.10], [0.20, 0.10]], margin=10, cost=0.5, capacity=[1, 9])
/// >>> plan["offer"]                            # the scarce one goes to who has nothing else
/// ['offer 1', 'offer 0', 'offer 1']
/// >>> plan
/// OfferPlan(offers=3, profit=8.00, bound=8.00)
#[pyfunction]
#[pyo3(signature = (probability, margin, *, cost=None, capacity=None, per_customer=1, level=0.95))]
pub(crate) fn rank_offers<'py>(
    py: Python<'py>,
    probability: &Bound<'py, PyAny>,
    margin: &Bound<'py, PyAny>,
    cost: Option<&Bound<'py, PyAny>>,
    capacity: Option<&Bound<'py, PyAny>>,
    per_customer: usize,
    level: f64,
) -> PyResult<Bound<'py, OfferPlan>> {
    let Covariates { names, values } = Covariates::new(probability, None)?;
    let names = names.unwrap_or_else(|| (0..values.ncols()).map(|o| format!("offer {o}")).collect());
    let margin = per_item("margin", Some(margin), names.len(), 0.0)?;
    let cost = per_item("cost", cost, names.len(), 0.0)?;
    let mut options = OfferOptions::new().per_customer(per_customer).level(level);
    if let Some(capacity) = capacity {
        let capacity: Vec<usize> = counts("capacity", capacity)?.into_iter().map(|c| c as usize).collect();
        options = options.capacity(&capacity);
    }
    let (inner, table) = py
        .detach(|| {
            let columns = OfferColumns { probability: values.view(), margin: &margin, cost: &cost };
            let plan = core::rank_offers(&columns, &options)?;
            let table = plan.to_table(&names)?;
            Ok((plan, table))
        })
        .or_raise()?;
    Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(OfferPlan { inner, names }))
}
