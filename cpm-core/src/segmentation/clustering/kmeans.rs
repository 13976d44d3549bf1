//! k-means.

use ndarray::{Array2, ArrayView2};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::clusters::{at_least_one, enough_rows, largest_first, shape, sizes_table};
use super::data::{ColumnOptions, check_weights, setters};
use super::exchange::exchange;
use super::lloyd::{Solution, assess, lloyd};
use super::packed::Packed;
use super::rows::{CHUNK, Rows};
use super::scaling::{Scaler, Scaling};
use super::seeding::{CORESET, coreset, plus_plus};
use crate::error::{Error, Result};
use crate::numerics::parallel;
use crate::table::{Column, Table};

pub(super) const NAME: &str = "k-means";
/// Rows of the coreset per cluster, at least.
const CORESET_PER_CLUSTER: usize = 256;

/// How k-means is run.
///
/// ```
/// use cpm_core::segmentation::{KMeansOptions, Scaling};
/// let options = KMeansOptions::new(5).scaling(Scaling::YeoJohnson).seed(7);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct KMeansOptions {
    pub(super) k: usize,
    pub(super) seed: u64,
    starts: usize,
    max_iterations: usize,
    tolerance: f64,
    pub(super) columns: ColumnOptions,
    weights: Option<Vec<f64>>,
}

impl KMeansOptions {
    /// `k` clusters; 10 starts, at most 300 iterations each, no scaling.
    #[must_use]
    pub fn new(k: usize) -> Self {
        Self {
            k,
            seed: 0,
            starts: 10,
            max_iterations: 300,
            tolerance: 1e-4,
            columns: ColumnOptions::default(),
            weights: None,
        }
    }

    setters!(seed, starts, max_iterations, scaling, names, weights);

    /// Stops when the centers moved by no more than this, as a squared distance relative to the mean variance of the
    /// columns (scikit-learn's `tol`).
    #[must_use]
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }

    fn check(&self) -> Result<()> {
        at_least_one("n_clusters", self.k)?;
        at_least_one("n_init", self.starts)?;
        at_least_one("max_iter", self.max_iterations)?;
        crate::error::non_negative("tol", self.tolerance).map(|_| ())
    }
}

/// Customers in k groups around means: each customer belongs to the nearest mean, and the sum of squared distances
/// (the inertia) is as small as several starts can make it.
///
/// # Method
/// Starts are drawn by greedy k-means++ (Arthur & Vassilvitskii 2007, SODA, with 2 + ln k draws per center) and
/// improved by Lloyd's iteration (Lloyd 1982) with Hamerly's bounds (2010), which give Lloyd's result without most of
/// its distances. Where Lloyd's iteration rests, moving single rows can still gain (Hartigan & Wong 1979): that is
/// tried too, and improves most starts a little. Above 65,536 distinct rows the starts compete on a coreset of that size (Bachem, Lucic & Krause 2018),
/// and the best one is brought to convergence on all rows.
///
/// Equal rows are merged and the rest are ordered by their content first: the result depends neither on the order of
/// the rows nor on the number of threads. A center that loses all its rows moves to the row that costs most.
///
/// # Scaling
/// It belongs to the model: new customers are scaled as those of the fit were. Without scaling the column with the
/// largest variance decides alone; see [`Scaling`]. Inertia and distances are of scaled values,
/// [`centers`](Self::centers) are in the units of the data.
///
/// # Order
/// Cluster 0 is the largest, and so on.
///
/// ```
/// use cpm_core::segmentation::{KMeans, KMeansOptions};
/// use ndarray::array;
/// let x = array![[1.0, 1.0], [1.2, 0.8], [0.9, 1.1], [9.0, 9.0], [9.2, 9.1]];
/// let model = KMeans::fit(x.view(), &KMeansOptions::new(2))?;
/// assert_eq!(model.predict(x.view())?, [0, 0, 0, 1, 1]);
/// assert_eq!(model.sizes(), [3.0, 2.0]);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KMeans {
    scaler: Scaler,
    /// One row per cluster, scaled.
    centers: Array2<f64>,
    sizes: Vec<f64>,
    inertia: f64,
    iterations: usize,
    converged: bool,
}

impl KMeans {
    /// Finds the clusters of the rows of `x`, one column per attribute.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for a value that is not finite; [`Error::NotIdentified`] for more clusters than
    /// distinct rows, and for a column that is constant where it has to be scaled; [`Error::InvalidArgument`] for
    /// options outside their domain.
    pub fn fit(x: ArrayView2<'_, f64>, options: &KMeansOptions) -> Result<Self> {
        options.check()?;
        let (names, scalings) = options.columns.resolve(x)?;
        let mut rows = Rows::distinct(x, options.weights.as_deref())?;
        enough_rows(NAME, &rows, options.k)?;
        let scaler = Scaler::fit(NAME, names, &scalings, &mut rows)?;
        Ok(Self::of_rows(&rows, scaler, options))
    }

    /// The clusters of distinct rows that are scaled already.
    pub(super) fn of_rows(rows: &Rows, scaler: Scaler, options: &KMeansOptions) -> Self {
        Self::ordered(scaler, solve(rows, options))
    }

    fn ordered(scaler: Scaler, solution: Solution) -> Self {
        let d = scaler.names().len();
        let k = solution.sizes.len();
        let center = |c: usize| &solution.centers[c * d..(c + 1) * d];
        let order = largest_first(&solution.sizes, center);
        Self {
            centers: Array2::from_shape_fn((k, d), |(c, j)| center(order[c])[j]),
            sizes: order.iter().map(|&c| solution.sizes[c]).collect(),
            scaler,
            inertia: solution.inertia,
            iterations: solution.iterations,
            converged: solution.converged,
        }
    }

    /// The cluster of each row.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for another number of columns than that of the fit; [`Error::InvalidValue`] for a
    /// value that is not finite.
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Vec<u32>> {
        Ok(self.nearest(x)?.into_iter().map(|n| n.0).collect())
    }

    /// Distance of each row to each center, after scaling: one row per row, one column per cluster.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn transform(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        self.scaler.check(x)?;
        let (packed, k) = (self.packed(), self.k());
        let rows = parallel::map_chunks(x.nrows(), CHUNK, |range| {
            let mut part = vec![0.0; range.len() * k];
            let mut scaled = vec![0.0; x.ncols()];
            for (i, distances) in range.zip(part.chunks_exact_mut(k)) {
                self.scale(x, i, &mut scaled);
                packed.distances(&scaled, distances);
                distances.iter_mut().for_each(|d| *d = d.sqrt());
            }
            part
        });
        let all = rows.collect::<Vec<_>>().concat();
        Array2::from_shape_vec((x.nrows(), k), all).map_err(shape)
    }

    /// The sum of squared distances of rows to their centers, after scaling.
    ///
    /// # Errors
    /// As [`predict`](Self::predict); as [`fit`](Self::fit) for weights.
    pub fn inertia_of(&self, x: ArrayView2<'_, f64>, weights: Option<&[f64]>) -> Result<f64> {
        if let Some(weights) = weights {
            check_weights(weights, x.nrows())?;
        }
        let nearest = self.nearest(x)?;
        Ok(nearest.iter().enumerate().map(|(i, n)| weights.map_or(1.0, |w| w[i]) * n.1).sum())
    }

    /// Learns from another batch of rows: each center becomes the mean of all rows that were ever assigned to it,
    /// those before with the weight that they had (MacQueen 1967; Sculley 2010, "Web-Scale K-Means Clustering",
    /// with batches as given).
    ///
    /// The scaling stays that of the first batch. Afterwards [`inertia`](Self::inertia) is that of this batch.
    ///
    /// ```
    /// use cpm_core::segmentation::{KMeans, KMeansOptions};
    /// use ndarray::array;
    /// let mut model = KMeans::fit(array![[0.0], [10.0], [12.0]].view(), &KMeansOptions::new(2))?;
    /// model.partial_fit(array![[14.0]].view(), None)?;
    /// assert_eq!(model.centers(), array![[12.0], [0.0]]);
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`predict`](Self::predict); as [`fit`](Self::fit) for weights. The model is then unchanged.
    pub fn partial_fit(&mut self, x: ArrayView2<'_, f64>, weights: Option<&[f64]>) -> Result<()> {
        self.scaler.check(x)?;
        if x.nrows() == 0 {
            return Err(Error::Empty { what: "the batch".to_owned(), remedy: "Give at least one row".to_owned() });
        }
        let mut rows = Rows::distinct(x, weights)?;
        rows.x = self
            .scaler
            .apply(ArrayView2::from_shape((rows.len(), rows.columns), &rows.x).map_err(shape)?)
            .into_iter()
            .collect();
        let packed = self.packed();
        let (k, d) = self.centers.dim();
        let (mut sums, mut added) = (Array2::<f64>::zeros((k, d)), vec![0.0; k]);
        for i in 0..rows.len() {
            let c = packed.nearest(rows.row(i)).center as usize;
            added[c] += rows.weight[i];
            sums.row_mut(c).iter_mut().zip(rows.row(i)).for_each(|(s, x)| *s += rows.weight[i] * x);
        }
        for c in (0..k).filter(|&c| added[c] > 0.0) {
            let before = self.sizes[c];
            self.sizes[c] += added[c];
            let total = self.sizes[c];
            let center = self.centers.row_mut(c);
            center.into_iter().zip(sums.row(c)).for_each(|(x, s)| *x = (before * *x + s) / total);
        }
        self.inertia = assess(&rows, &self.flat_centers()).1;
        self.iterations += 1;
        Ok(())
    }

    /// Number of clusters.
    #[must_use]
    pub fn k(&self) -> usize {
        self.sizes.len()
    }

    /// Names of the columns.
    #[must_use]
    pub fn names(&self) -> &[String] {
        self.scaler.names()
    }

    /// Names and scales of the columns.
    #[must_use]
    pub fn scaler(&self) -> &Scaler {
        &self.scaler
    }

    /// The centers in the units of the data, one row per cluster. Where a column is transformed, this is the value whose
    /// transform is the mean of the transforms; with `Log`, for instance, a geometric mean of 1 + x, less 1.
    #[must_use]
    pub fn centers(&self) -> Array2<f64> {
        self.scaler.invert(self.centers.view())
    }

    /// The centers after scaling, one row per cluster.
    #[must_use]
    pub fn scaled_centers(&self) -> ArrayView2<'_, f64> {
        self.centers.view()
    }

    /// Weight of the rows of each cluster.
    #[must_use]
    pub fn sizes(&self) -> &[f64] {
        &self.sizes
    }

    /// Sum of squared distances to the centers, after scaling.
    #[must_use]
    pub fn inertia(&self) -> f64 {
        self.inertia
    }

    /// Iterations on all rows from the start that won, and batches since.
    #[must_use]
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// Whether the centers came to rest before the most iterations were used up.
    #[must_use]
    pub fn converged(&self) -> bool {
        self.converged
    }

    /// `cluster, size, share` and one column per attribute with the center in the units of the data.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if an attribute is called `cluster`, `size` or `share`.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = sizes_table(&self.sizes)?;
        let centers = self.centers();
        for (j, name) in self.names().iter().enumerate() {
            table.push(name, Column::Float(centers.column(j).to_vec()))?;
        }
        Ok(table)
    }

    /// Parameters of a file that may have been edited.
    #[cfg(feature = "json")]
    pub(crate) fn check(&self) -> Result<()> {
        self.scaler.check_saved()?;
        let whole = self.centers.dim() == (self.sizes.len(), self.names().len())
            && !self.sizes.is_empty()
            && self.centers.iter().all(|v| v.is_finite())
            && self.sizes.iter().all(|v| v.is_finite() && *v >= 0.0)
            && self.inertia.is_finite();
        if whole {
            Ok(())
        } else {
            Err(Error::argument("centers", "k-means", "they must be finite, with one size each"))
        }
    }

    fn flat_centers(&self) -> Vec<f64> {
        self.centers.iter().copied().collect()
    }

    pub(super) fn packed(&self) -> Packed {
        Packed::new(&self.flat_centers(), self.names().len())
    }

    fn scale(&self, x: ArrayView2<'_, f64>, row: usize, into: &mut [f64]) {
        let columns = self.scaler.columns();
        into.iter_mut().zip(x.row(row)).zip(columns).for_each(|((z, x), column)| *z = column.apply(*x));
    }

    /// Nearest center and squared distance of each row.
    fn nearest(&self, x: ArrayView2<'_, f64>) -> Result<Vec<(u32, f64)>> {
        self.scaler.check(x)?;
        let packed = self.packed();
        let mut all = Vec::with_capacity(x.nrows());
        parallel::map_chunks(x.nrows(), CHUNK, |range| {
            let mut scaled = vec![0.0; x.ncols()];
            range
                .map(|i| {
                    self.scale(x, i, &mut scaled);
                    let nearest = packed.nearest(&scaled);
                    (nearest.center, nearest.distance)
                })
                .collect::<Vec<_>>()
        })
        .for_each(|part| all.extend(part));
        Ok(all)
    }
}

/// The best of several starts.
pub(super) fn solve(rows: &Rows, options: &KMeansOptions) -> Solution {
    let center = rows.center();
    let tolerance = options.tolerance * center.1 / rows.columns as f64;
    let size = CORESET.max(CORESET_PER_CLUSTER * options.k);
    if rows.len() <= size {
        return best_start(rows, options, tolerance);
    }
    let few = coreset(rows, &center, size, &mut ChaCha8Rng::seed_from_u64(options.seed));
    let start = best_start(&few, options, tolerance);
    lloyd(rows, start.centers, options.max_iterations, tolerance)
}

fn best_start(rows: &Rows, options: &KMeansOptions, tolerance: f64) -> Solution {
    let run = |start: usize| {
        // Streams of one generator are independent.
        let mut random = ChaCha8Rng::seed_from_u64(options.seed);
        random.set_stream(start as u64 + 1);
        let found = lloyd(rows, plus_plus(rows, options.k, &mut random), options.max_iterations, tolerance);
        exchange(rows, found)
    };
    let mut solutions = parallel::map_chunks(options.starts, 1, |range| run(range.start));
    // There is at least one start.
    let first = solutions.next().unwrap_or_else(|| run(0));
    solutions.fold(first, |best, other| if other.inertia < best.inertia { other } else { best })
}

#[cfg(test)]
#[path = "kmeans_tests.rs"]
mod tests;
