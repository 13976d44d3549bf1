//! How good a clustering is, and how much two of them agree.

use std::collections::BTreeMap;

use ndarray::ArrayView2;

use super::packed::{Packed, squared_distance};
use crate::error::{Error, Result, same_length};
use crate::numerics::parallel;
use crate::numerics::row_hash::row_hash;

/// Rows per task where each row is compared with all others.
const FEW: usize = 64;

/// Rows with their clusters, clusters counted from 0 without gaps.
struct Labelled {
    d: usize,
    rows: Vec<f64>,
    labels: Vec<usize>,
    sizes: Vec<f64>,
    centers: Vec<f64>,
}

impl Labelled {
    fn new(x: ArrayView2<'_, f64>, labels: &[u32], picked: Option<&[usize]>) -> Result<Self> {
        same_length("labels", labels.len(), "X", x.nrows())?;
        if let Some(((row, _), value)) = x.indexed_iter().find(|(_, v)| !v.is_finite()) {
            return Err(Error::InvalidValue {
                column: "X",
                row,
                value: value.to_string(),
                expected: "an attribute must be a finite number",
                remedy: "Fill in what is missing, or leave the row out",
            });
        }
        let all: Vec<usize> = match picked {
            Some(picked) => picked.to_vec(),
            None => (0..x.nrows()).collect(),
        };
        let mut codes = BTreeMap::new();
        all.iter().for_each(|&i| {
            codes.insert(labels[i], 0);
        });
        codes.values_mut().enumerate().for_each(|(code, value)| *value = code);
        let (k, d) = (codes.len(), x.ncols());
        if k < 2 || k >= all.len() {
            let expected = format!("an index compares clusters: 2 or more, and fewer than the {} rows", all.len());
            return Err(Error::argument("labels", format!("{k} clusters"), expected));
        }
        let labels: Vec<usize> = all.iter().map(|&i| codes[&labels[i]]).collect();
        let mut rows = Vec::with_capacity(all.len() * d);
        all.iter().for_each(|&i| rows.extend(x.row(i)));
        let (mut sizes, mut centers) = (vec![0.0; k], vec![0.0; k * d]);
        for (row, &c) in rows.chunks_exact(d).zip(&labels) {
            sizes[c] += 1.0;
            centers[c * d..(c + 1) * d].iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
        centers.chunks_exact_mut(d).zip(&sizes).for_each(|(center, n)| center.iter_mut().for_each(|x| *x /= n));
        Ok(Self { d, rows, labels, sizes, centers })
    }

    fn k(&self) -> usize {
        self.sizes.len()
    }

    fn center(&self, c: usize) -> &[f64] {
        &self.centers[c * self.d..(c + 1) * self.d]
    }

    fn rows(&self) -> impl Iterator<Item = (&[f64], usize)> {
        self.rows.chunks_exact(self.d).zip(self.labels.iter().copied())
    }

    fn silhouettes(&self) -> Vec<f64> {
        // By cluster, so that the distances to one cluster lie side by side.
        let mut order: Vec<usize> = (0..self.labels.len()).collect();
        order.sort_by_key(|&i| self.labels[i]);
        let sorted: Vec<f64> = order.iter().flat_map(|&i| self.rows[i * self.d..(i + 1) * self.d].to_vec()).collect();
        let packed = Packed::new(&sorted, self.d);
        let parts = parallel::map_chunks(self.labels.len(), FEW, |range| {
            let mut distances = vec![0.0; self.labels.len()];
            range
                .map(|i| {
                    packed.distances(&self.rows[i * self.d..(i + 1) * self.d], &mut distances);
                    self.silhouette(self.labels[i], &distances)
                })
                .collect::<Vec<f64>>()
        });
        parts.flatten().collect()
    }

    /// From squared distances to all rows, cluster after cluster.
    fn silhouette(&self, own: usize, distances: &[f64]) -> f64 {
        if self.sizes[own] <= 1.0 {
            return 0.0;
        }
        let (mut within, mut between, mut from) = (0.0, f64::INFINITY, 0);
        for (c, &size) in self.sizes.iter().enumerate() {
            let to = from + size as usize;
            let sum: f64 = distances[from..to].iter().map(|d| d.sqrt()).sum();
            if c == own {
                within = sum / (size - 1.0);
            } else {
                between = f64::min(between, sum / size);
            }
            from = to;
        }
        let largest = within.max(between);
        if largest > 0.0 { (between - within) / largest } else { 0.0 }
    }
}

/// Silhouette of each row: (b − a)/max(a, b), with a its mean distance to the other rows of its cluster and b the
/// smallest mean distance to the rows of another (Rousseeuw 1987, J. Comp. Appl. Math. 20, 53-65). From −1, in the wrong
/// cluster, to 1; 0 for a cluster of one row. Distances are Euclidean; time grows with the square of the rows.
///
/// ```
/// use cpm_core::segmentation::silhouette_samples;
/// use ndarray::array;
/// let values = silhouette_samples(array![[0.0], [1.0], [10.0]].view(), &[0, 0, 1])?;
/// assert_eq!(values, [0.9, 1.0 - 1.0 / 9.0, 0.0]);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidArgument`] for fewer than two clusters or as many as rows; [`Error::LengthMismatch`];
/// [`Error::InvalidValue`] for a value that is not finite.
pub fn silhouette_samples(x: ArrayView2<'_, f64>, labels: &[u32]) -> Result<Vec<f64>> {
    Ok(Labelled::new(x, labels, None)?.silhouettes())
}

/// Mean silhouette: [`silhouette_samples`]. With `sample`, of that many rows among themselves; which ones depends on the
/// seed and on their values, not on their order. Second comes its standard error, from the spread of the silhouettes of
/// the sample; 0 where all rows are used.
///
/// ```
/// use cpm_core::segmentation::silhouette_score;
/// use ndarray::array;
/// let (score, error) = silhouette_score(array![[0.0], [1.0], [10.0], [11.0]].view(), &[0, 0, 1, 1], None)?;
/// assert!((score - 0.9).abs() < 0.01 && error == 0.0);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// As [`silhouette_samples`]; the sample too needs two clusters or more.
pub fn silhouette_score(x: ArrayView2<'_, f64>, labels: &[u32], sample: Option<(usize, u64)>) -> Result<(f64, f64)> {
    same_length("labels", labels.len(), "X", x.nrows())?;
    let picked = sample.filter(|(size, _)| *size < x.nrows()).map(|(size, seed)| {
        let salted = |i: usize| (row_hash(seed, x.row(i).into_iter().copied()), labels[i], i);
        let mut order: Vec<(u64, u32, usize)> = (0..x.nrows()).map(salted).collect();
        parallel::sort_by(&mut order, |a, b| (a.0, a.1).cmp(&(b.0, b.1)));
        order.into_iter().take(size).map(|o| o.2).collect::<Vec<_>>()
    });
    let values = Labelled::new(x, labels, picked.as_deref())?.silhouettes();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / (n - 1.0);
    Ok((mean, if picked.is_some() { (variance / n).sqrt() } else { 0.0 }))
}

/// Variance between over variance within clusters, (B/(k − 1))/(W/(n − k)); the higher the better (Caliński & Harabasz
/// 1974, Communications in Statistics 3(1), 1-27). Where nothing varies within clusters it is 1, as in scikit-learn.
///
/// ```
/// use cpm_core::segmentation::calinski_harabasz_score;
/// use ndarray::array;
/// assert_eq!(calinski_harabasz_score(array![[0.0], [2.0], [10.0], [12.0]].view(), &[0, 0, 1, 1])?, 50.0);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// As [`silhouette_samples`].
pub fn calinski_harabasz_score(x: ArrayView2<'_, f64>, labels: &[u32]) -> Result<f64> {
    let data = Labelled::new(x, labels, None)?;
    let n = data.labels.len() as f64;
    let mut mean = vec![0.0; data.d];
    data.rows().for_each(|(row, _)| mean.iter_mut().zip(row).for_each(|(m, x)| *m += x / n));
    let between: f64 = (0..data.k()).map(|c| data.sizes[c] * squared_distance(data.center(c), &mean)).sum();
    let within: f64 = data.rows().map(|(row, c)| squared_distance(row, data.center(c))).sum();
    let k = data.k() as f64;
    Ok(if within == 0.0 { 1.0 } else { between * (n - k) / (within * (k - 1.0)) })
}

/// Mean over clusters of the worst ratio of two clusters' widths to the distance of their centers; the lower the better
/// (Davies & Bouldin 1979, IEEE Trans. PAMI 1(2), 224-227). A width is the mean distance from the center.
///
/// ```
/// use cpm_core::segmentation::davies_bouldin_score;
/// use ndarray::array;
/// assert_eq!(davies_bouldin_score(array![[0.0], [2.0], [10.0], [12.0]].view(), &[0, 0, 1, 1])?, 0.2);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// As [`silhouette_samples`].
pub fn davies_bouldin_score(x: ArrayView2<'_, f64>, labels: &[u32]) -> Result<f64> {
    let data = Labelled::new(x, labels, None)?;
    let mut width = vec![0.0; data.k()];
    data.rows().for_each(|(row, c)| width[c] += squared_distance(row, data.center(c)).sqrt() / data.sizes[c]);
    if width.iter().all(|w| *w == 0.0) {
        return Ok(0.0);
    }
    let worst = |a: usize| {
        let ratio = |b: usize| {
            let distance = squared_distance(data.center(a), data.center(b)).sqrt();
            // Clusters around one center are not separated at all; scikit-learn leaves such a pair out.
            if distance > 0.0 { (width[a] + width[b]) / distance } else { 0.0 }
        };
        (0..data.k()).filter(|b| *b != a).map(ratio).fold(0.0, f64::max)
    };
    Ok((0..data.k()).map(worst).sum::<f64>() / data.k() as f64)
}

/// How much two clusterings of the same customers agree, corrected for chance: 1 where they are the same up to the names
/// of clusters, 0 on average for unrelated ones (Hubert & Arabie 1985, Journal of Classification 2, 193-218).
///
/// ```
/// use cpm_core::segmentation::adjusted_rand_index;
/// assert_eq!(adjusted_rand_index(&[0, 0, 1, 1], &[7, 7, 3, 3])?, 1.0);
/// assert!((adjusted_rand_index(&[0, 0, 1, 1], &[0, 1, 0, 1])? + 0.5).abs() < 1e-12);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::LengthMismatch`]; [`Error::Empty`] without customers.
pub fn adjusted_rand_index(a: &[u32], b: &[u32]) -> Result<f64> {
    same_length("b", b.len(), "a", a.len())?;
    if a.is_empty() {
        return Err(Error::Empty {
            what: "the clustering".to_owned(),
            remedy: "Give at least one customer".to_owned(),
        });
    }
    Ok(agreement(a.iter().zip(b).map(|(&a, &b)| (a, b, 1.0))))
}

/// The adjusted Rand index from pairs of clusters, each with the number of customers that it stands for.
pub(in crate::segmentation) fn agreement(pairs_of_clusters: impl Iterator<Item = (u32, u32, f64)>) -> f64 {
    let mut cells: BTreeMap<(u32, u32), f64> = BTreeMap::new();
    let (mut rows, mut columns): (BTreeMap<u32, f64>, BTreeMap<u32, f64>) = (BTreeMap::new(), BTreeMap::new());
    let mut count = 0.0;
    for (a, b, n) in pairs_of_clusters {
        *cells.entry((a, b)).or_default() += n;
        *rows.entry(a).or_default() += n;
        *columns.entry(b).or_default() += n;
        count += n;
    }
    let pairs = |n: f64| n * (n - 1.0) / 2.0;
    let together: f64 = cells.values().map(|n| pairs(*n)).sum();
    let (in_a, in_b): (f64, f64) = (rows.values().map(|n| pairs(*n)).sum(), columns.values().map(|n| pairs(*n)).sum());
    let all = pairs(count);
    let expected = if all > 0.0 { in_a * in_b / all } else { 0.0 };
    let most = 0.5 * (in_a + in_b);
    // All alone or all together in both: the same clustering.
    if most == expected { 1.0 } else { (together - expected) / (most - expected) }
}

#[cfg(test)]
#[path = "indices_tests.rs"]
mod tests;
