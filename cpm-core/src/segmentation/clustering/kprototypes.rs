//! k-prototypes: clusters of customers with numbers and categories.

use ndarray::{Array2, ArrayView2, Axis, Slice};
use serde::{Deserialize, Serialize};

use super::clusters::{at_least_one, enough_rows, largest_first, shape, sizes_table};
use super::data::{ColumnOptions, Names, setters};
use super::prototypes::{Prototypes, Solution, best_start};
use super::rows::{CHUNK, Rows};
use super::scaling::{Scaler, Scaling};
use crate::error::{Error, Result};
use crate::numerics::parallel;
use crate::segmentation::attributes::{Attribute, Values};
use crate::table::{Column, Table};

const NAME: &str = "k-prototypes";

/// How k-prototypes is run.
///
/// ```
/// use cpm_core::segmentation::{KPrototypesOptions, Scaling};
/// let options = KPrototypesOptions::new(4).scaling(Scaling::Standard).gamma(1.0).seed(7);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct KPrototypesOptions {
    k: usize,
    gamma: Option<f64>,
    seed: u64,
    starts: usize,
    max_iterations: usize,
    columns: ColumnOptions,
    weights: Option<Vec<f64>>,
}

impl KPrototypesOptions {
    /// `k` clusters; 10 starts, at most 100 iterations each, numbers standardised, the weight of categories from the data.
    #[must_use]
    pub fn new(k: usize) -> Self {
        let columns = ColumnOptions { scaling: Scaling::Standard, ..ColumnOptions::default() };
        Self { k, gamma: None, seed: 0, starts: 10, max_iterations: 100, columns, weights: None }
    }

    setters!(seed, starts, max_iterations, scaling, weights);

    /// What two different categories add to the squared distance. Unless it is given: half the mean standard deviation of the scaled
    /// numbers (Huang 1998), which is 0.5 where they are standardised; 1 without columns of numbers.
    #[must_use]
    pub fn gamma(mut self, gamma: f64) -> Self {
        self.gamma = Some(gamma);
        self
    }
}

/// A column of categories: its name and the levels of the fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Category {
    name: String,
    levels: Vec<String>,
}

/// Customers in k groups by numbers and categories: each belongs to the nearest prototype, made of the means of the numbers and the
/// most frequent categories.
///
/// # Method
/// The distance of a customer from a prototype is Σ (x − mean)² over scaled numbers plus γ for each category that differs (Huang 1998,
/// Data Mining and Knowledge Discovery 2, 283-304). Starts are drawn by greedy k-means++ in this distance and improved by
/// alternating assignment and update until the cost rests; then single rows move as long as that lowers it (after Hartigan & Wong
/// 1979), which finds what the iteration misses. Above 65,536 distinct rows the starts compete on a sample of that size,
/// and the best is brought to rest on all. A prototype that loses all its rows moves to the row that costs most.
///
/// γ sets what a category is worth beside a number. Nothing in the data decides that: try several, and look at the
/// [`SegmentProfiles`](crate::segmentation::SegmentProfiles).
///
/// # Missing and new values
/// A number must be there. An empty category is the category `missing`. A category that the fit did not see differs from all
/// prototypes alike, so the other columns decide.
///
/// # Order
/// Cluster 0 is the largest, and so on. Of categories that are equally frequent in a cluster the first by alphabet is the prototype's.
///
/// ```
/// use cpm_core::segmentation::{KPrototypes, KPrototypesOptions};
/// use cpm_core::{Column, Table};
/// let mut table = Table::new();
/// table.push("age", Column::Float(vec![21.0, 25.0, 23.0, 60.0, 64.0]))?;
/// table.push("channel", Column::Text(["web", "web", "web", "shop", "shop"].map(String::from).to_vec()))?;
/// let model = KPrototypes::fit(&table, &KPrototypesOptions::new(2))?;
/// assert_eq!(model.predict(&table)?, [0, 0, 0, 1, 1]);
/// assert_eq!(model.modes()[1], ["shop"]);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KPrototypes {
    scaler: Scaler,
    categories: Vec<Category>,
    gamma: f64,
    /// One row per cluster: scaled means, then positions of levels.
    prototypes: Array2<f64>,
    sizes: Vec<f64>,
    cost: f64,
    iterations: usize,
    converged: bool,
}

impl KPrototypes {
    /// Finds the clusters of the rows of a table: numbers, text and categories; columns of ids and dates play no role.
    ///
    /// # Errors
    /// [`Error::ColumnType`] naming column and row of a number that is missing or infinite; [`Error::NotIdentified`] for more clusters than
    /// distinct rows, and for a constant column that has to be scaled; [`Error::InvalidArgument`] for options outside their domain;
    /// [`Error::Empty`] without rows or columns.
    pub fn fit(table: &Table, options: &KPrototypesOptions) -> Result<Self> {
        at_least_one("n_clusters", options.k)?;
        at_least_one("n_init", options.starts)?;
        at_least_one("max_iter", options.max_iterations)?;
        options.gamma.map(|gamma| crate::error::non_negative("gamma", gamma)).transpose()?;
        let columns = Attribute::of_table(table)?;
        if columns.is_empty() || table.rows() == 0 {
            return Err(Error::Empty {
                what: "the table of attributes".to_owned(),
                remedy: "Give at least one row, and one column of numbers or categories".to_owned(),
            });
        }
        let (mut names, mut numbers, mut categories, mut codes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for column in &columns {
            match &column.values {
                Values::Numbers(values) => {
                    names.push(column.name.clone());
                    numbers.push(present(&column.name, values)?);
                }
                Values::Levels { names: levels, codes: of, .. } => {
                    categories.push(Category { name: column.name.clone(), levels: levels.clone() });
                    codes.push(of);
                }
            }
        }
        let (d, all) = (numbers.len(), numbers.len() + codes.len());
        let x =
            Array2::from_shape_fn(
                (table.rows(), all),
                |(i, j)| {
                    if j < d { numbers[j][i] } else { f64::from(codes[j - d][i]) }
                },
            );
        let mut rows = Rows::distinct(x.view(), options.weights.as_deref())?;
        enough_rows(NAME, &rows, options.k)?;
        let (names, scalings) = if d == 0 {
            (Names(Vec::new()), Vec::new())
        } else {
            let named = ColumnOptions { names: Some(names), ..options.columns.clone() };
            named.resolve(x.slice_axis(Axis(1), Slice::from(..d)))?
        };
        // The columns beyond those of the scaler stay as they are.
        let scaler = Scaler::fit(NAME, names, &scalings, &mut rows)?;
        let gamma = options.gamma.unwrap_or_else(|| half_deviation(&rows, d));
        let levels: Vec<usize> = categories.iter().map(|c| c.levels.len()).collect();
        let space = Prototypes { numbers: d, levels, gamma };
        let solution = best_start(&rows, &space, options.k, options.starts, options.max_iterations, options.seed);
        Ok(Self::ordered(scaler, categories, gamma, all, solution))
    }

    fn ordered(scaler: Scaler, categories: Vec<Category>, gamma: f64, columns: usize, found: Solution) -> Self {
        let one = |c: usize| &found.prototypes[c * columns..(c + 1) * columns];
        let order = largest_first(&found.sizes, one);
        Self {
            scaler,
            categories,
            gamma,
            prototypes: Array2::from_shape_fn((order.len(), columns), |(c, j)| one(order[c])[j]),
            sizes: order.iter().map(|&c| found.sizes[c]).collect(),
            cost: found.cost,
            iterations: found.iterations,
            converged: found.converged,
        }
    }

    /// The cluster of each row.
    ///
    /// # Errors
    /// [`Error::MissingColumn`] for a table without one of the columns of the fit; [`Error::ColumnType`] for numbers where the fit had
    /// categories or the other way round, and naming column and row of a number that is missing or infinite.
    pub fn predict(&self, table: &Table) -> Result<Vec<u32>> {
        let distances = self.transform(table)?;
        let nearest = |row: ndarray::ArrayView1<'_, f64>| {
            row.iter().enumerate().fold((0, f64::INFINITY), |b, (c, v)| if *v < b.1 { (c as u32, *v) } else { b }).0
        };
        Ok(distances.rows().into_iter().map(nearest).collect())
    }

    /// Distance of each row to each prototype, as in the cost (squared in the numbers): one row per row, one column per cluster.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn transform(&self, table: &Table) -> Result<Array2<f64>> {
        let x = self.encode(table)?;
        let space = self.space();
        let (k, columns) = self.prototypes.dim();
        let prototypes: Vec<f64> = self.prototypes.iter().copied().collect();
        let parts = parallel::map_chunks(x.nrows(), CHUNK, |range| {
            let rows = range.map(|i| x.row(i).to_vec());
            rows.flat_map(|row| prototypes.chunks_exact(columns).map(|p| space.distance(&row, p)).collect::<Vec<_>>())
                .collect::<Vec<f64>>()
        });
        let all: Vec<f64> = parts.flatten().collect();
        Array2::from_shape_vec((x.nrows(), k), all).map_err(shape)
    }

    /// Scaled numbers, then positions of levels; −1 for one that the fit did not see.
    fn encode(&self, table: &Table) -> Result<Array2<f64>> {
        let columns = Attribute::of_table(table)?;
        let find = |name: &str| {
            columns.iter().find(|c| c.name == name).ok_or_else(|| Error::MissingColumn {
                column: name.to_owned(),
                role: "attribute",
                origin: "the table of attributes".to_owned(),
                available: columns.iter().map(|c| c.name.clone()).collect(),
            })
        };
        let other = |name: &str, found: &str, expected: &'static str| Error::ColumnType {
            column: name.to_owned(),
            found: found.to_owned(),
            expected,
            remedy: "Give it as it was when the model was fitted".to_owned(),
        };
        let d = self.scaler.names().len();
        let mut x = Array2::zeros((table.rows(), d + self.categories.len()));
        for (j, name) in self.scaler.names().iter().enumerate() {
            let Values::Numbers(values) = &find(name)?.values else {
                return Err(other(name, "text", "numbers, as in the fit,"));
            };
            x.column_mut(j).iter_mut().zip(present(name, values)?).for_each(|(to, v)| *to = *v);
        }
        if d > 0 {
            self.scaler.check(x.slice_axis(Axis(1), Slice::from(..d)))?;
            for (j, scale) in self.scaler.columns().iter().enumerate() {
                x.column_mut(j).mapv_inplace(|v| scale.apply(v));
            }
        }
        for (j, category) in self.categories.iter().enumerate() {
            let Values::Levels { names, codes, .. } = &find(&category.name)?.values else {
                return Err(other(&category.name, "numbers", "text, as in the fit,"));
            };
            let place = |name: &String| category.levels.iter().position(|l| l == name).map_or(-1.0, |p| p as f64);
            let places: Vec<f64> = names.iter().map(place).collect();
            x.column_mut(d + j).iter_mut().zip(codes).for_each(|(to, c)| *to = places[*c as usize]);
        }
        Ok(x)
    }

    fn space(&self) -> Prototypes {
        Prototypes {
            numbers: self.scaler.names().len(),
            levels: self.categories.iter().map(|c| c.levels.len()).collect(),
            gamma: self.gamma,
        }
    }

    /// Number of clusters.
    #[must_use]
    pub fn k(&self) -> usize {
        self.sizes.len()
    }

    /// Names and scales of the columns of numbers.
    #[must_use]
    pub fn scaler(&self) -> &Scaler {
        &self.scaler
    }

    /// Names of the columns of numbers.
    #[must_use]
    pub fn numeric_names(&self) -> &[String] {
        self.scaler.names()
    }

    /// Names of the columns of categories.
    #[must_use]
    pub fn categorical_names(&self) -> Vec<&str> {
        self.categories.iter().map(|c| c.name.as_str()).collect()
    }

    /// What two different categories add to the squared distance.
    #[must_use]
    pub fn gamma(&self) -> f64 {
        self.gamma
    }

    /// The means of the numbers in the units of the data (see [`KMeans::centers`](super::KMeans::centers)), one row per cluster.
    #[must_use]
    pub fn centers(&self) -> Array2<f64> {
        self.scaler.invert(self.means())
    }

    fn means(&self) -> ArrayView2<'_, f64> {
        self.prototypes.slice_axis(Axis(1), Slice::from(..self.scaler.names().len()))
    }

    /// The most frequent categories of each cluster, in the order of [`categorical_names`](Self::categorical_names).
    #[must_use]
    pub fn modes(&self) -> Vec<Vec<&str>> {
        let d = self.scaler.names().len();
        let mode = |c: usize, j: usize| self.categories[j].levels[self.prototypes[(c, d + j)] as usize].as_str();
        (0..self.k()).map(|c| (0..self.categories.len()).map(|j| mode(c, j)).collect()).collect()
    }

    /// Weight of the rows of each cluster.
    #[must_use]
    pub fn sizes(&self) -> &[f64] {
        &self.sizes
    }

    /// Sum of the distances to the prototypes.
    #[must_use]
    pub fn cost(&self) -> f64 {
        self.cost
    }

    /// Iterations on all rows from the start that won.
    #[must_use]
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// Whether the cost came to rest before the most iterations were used up.
    #[must_use]
    pub fn converged(&self) -> bool {
        self.converged
    }

    /// `cluster, size, share` and one column per attribute with the prototypes, numbers in the units of the data.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if an attribute is called `cluster`, `size` or `share`.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = sizes_table(&self.sizes)?;
        let (centers, modes) = (self.centers(), self.modes());
        for (j, name) in self.numeric_names().iter().enumerate() {
            table.push(name, Column::Float(centers.column(j).to_vec()))?;
        }
        for (j, category) in self.categories.iter().enumerate() {
            table.push(&category.name, Column::Text(modes.iter().map(|m| m[j].to_owned()).collect()))?;
        }
        Ok(table)
    }

    /// Prototypes of a file that may have been edited.
    #[cfg(feature = "json")]
    pub(crate) fn check(&self) -> Result<()> {
        self.scaler.check_saved()?;
        let d = self.scaler.names().len();
        let (k, columns) = self.prototypes.dim();
        let places = |(j, category): (usize, &Category)| {
            let level = |v: &f64| *v >= 0.0 && v.fract() == 0.0 && (*v as usize) < category.levels.len();
            self.prototypes.column(d + j).iter().all(level)
        };
        let whole = k > 0
            && k == self.sizes.len()
            && columns == d + self.categories.len()
            && self.prototypes.iter().chain(&self.sizes).chain([&self.cost, &self.gamma]).all(|v| v.is_finite())
            && self.gamma >= 0.0
            && self.categories.iter().enumerate().all(places);
        let expected = "each needs finite means, a level of each category, and a size";
        if whole { Ok(()) } else { Err(Error::argument("prototypes", "k-prototypes", expected)) }
    }
}

/// Numbers of which none is missing.
fn present<'a>(name: &str, values: &'a [f64]) -> Result<&'a [f64]> {
    match values.iter().position(|v| v.is_nan()) {
        None => Ok(values),
        Some(row) => Err(Error::ColumnType {
            column: name.to_owned(),
            found: format!("a missing number in row {row}"),
            expected: "a number in every row",
            remedy: "Fill in what is missing, or make the column a category".to_owned(),
        }),
    }
}

/// Huang's rule of thumb for γ.
fn half_deviation(rows: &Rows, numbers: usize) -> f64 {
    if numbers == 0 {
        return 1.0;
    }
    let total = rows.total_weight();
    let deviation = |j: usize| {
        let weighted =
            |f: &dyn Fn(f64) -> f64| (0..rows.len()).map(|i| rows.weight[i] * f(rows.row(i)[j])).sum::<f64>();
        let mean = weighted(&|x| x) / total;
        (weighted(&|x| (x - mean).powi(2)) / total).sqrt()
    };
    0.5 * (0..numbers).map(deviation).sum::<f64>() / numbers as f64
}

#[cfg(test)]
#[path = "kprototypes_tests.rs"]
mod tests;
