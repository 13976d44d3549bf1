//! How many clusters?

use std::fmt;

use ndarray::ArrayView2;

use super::data::{ColumnOptions, setters};
use super::indices::{calinski_harabasz_score, davies_bouldin_score, silhouette_score};
use super::kmeans::{KMeans, KMeansOptions};
use super::mixture::{Covariance, GaussianMixture, GaussianMixtureOptions};
use super::resampling::{References, Resamples, inertia};
use super::rows::{CHUNK, Rows};
use super::scaling::{Scaler, Scaling};
use crate::error::{Error, Result};
use crate::numerics::parallel;
use crate::table::{Column, Table};

const NAME: &str = "the choice of clusters";

/// How numbers of clusters are compared.
///
/// ```
/// use cpm_core::segmentation::{ClusterChoiceOptions, Scaling};
/// let options = ClusterChoiceOptions::new(8).scaling(Scaling::Log).resamples(20).seed(7);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ClusterChoiceOptions {
    most: usize,
    seed: u64,
    starts: usize,
    sample: usize,
    references: usize,
    resamples: usize,
    mixture: Option<Covariance>,
    columns: ColumnOptions,
}

impl ClusterChoiceOptions {
    /// Numbers from 2 to `most`; 10 starts, samples of 5,000 customers, 10 reference tables, 10 resamples, mixtures with full
    /// covariances, no scaling.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            most,
            seed: 0,
            starts: 10,
            sample: 5_000,
            references: 10,
            resamples: 10,
            mixture: Some(Covariance::Full),
            columns: ColumnOptions::default(),
        }
    }

    setters!(seed, scaling, names);

    /// How many times to start each k-means; mixtures start half as often.
    #[must_use]
    pub fn starts(mut self, starts: usize) -> Self {
        self.starts = starts;
        self
    }

    /// How many customers the silhouette, the gap statistic, the stability and the mixtures see, all that there are if fewer.
    #[must_use]
    pub fn sample(mut self, customers: usize) -> Self {
        self.sample = customers;
        self
    }

    /// Tables without clusters for the gap statistic; 0 leaves it out.
    #[must_use]
    pub fn references(mut self, tables: usize) -> Self {
        self.references = tables;
        self
    }

    /// Samples drawn with replacement for the stability; 0 leaves it out.
    #[must_use]
    pub fn resamples(mut self, samples: usize) -> Self {
        self.resamples = samples;
        self
    }

    /// The shape of the mixtures for BIC; `None` leaves it out.
    #[must_use]
    pub fn mixture(mut self, covariance: Option<Covariance>) -> Self {
        self.mixture = covariance;
        self
    }

    fn check(&self) -> Result<()> {
        let at_least = |name, value: usize, least: usize, off: bool| {
            if value >= least || (off && value == 0) {
                return Ok(());
            }
            let or = if off { ", or 0 to leave the criterion out" } else { "" };
            Err(Error::argument(name, value, format!("it must be a whole number of at least {least}{or}")))
        };
        at_least("max_clusters", self.most, 2, false)?;
        at_least("n_init", self.starts, 1, false)?;
        at_least("sample", self.sample, 10, false)?;
        at_least("references", self.references, 2, true)?;
        at_least("resamples", self.resamples, 3, true)
    }

    fn kmeans(&self, k: usize) -> KMeansOptions {
        KMeansOptions::new(k).seed(self.seed).starts(self.starts)
    }
}

/// One number of clusters, judged. `None`: the criterion does not exist for it, or was left out.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ClusterCandidate {
    /// Number of clusters.
    pub k: usize,
    /// Sum of squared distances to the centers, of all customers, after scaling.
    pub inertia: f64,
    /// Mean silhouette and its error from the sample; the higher the better.
    pub silhouette: Option<(f64, f64)>,
    /// Calinski-Harabasz index of all customers; the higher the better.
    pub calinski_harabasz: Option<f64>,
    /// Davies-Bouldin index of all customers; the lower the better.
    pub davies_bouldin: Option<f64>,
    /// Gap statistic and its error s(k).
    pub gap: Option<(f64, f64)>,
    /// BIC of a Gaussian mixture with k components; the lower the better.
    pub bic: Option<f64>,
    /// Mean adjusted Rand index between clusterings of resamples and its error; 1 where they always agree.
    pub stability: Option<(f64, f64)>,
}

/// The criteria, in the order of the table.
const CRITERIA: [&str; 6] = ["silhouette", "calinski_harabasz", "davies_bouldin", "gap", "bic", "stability"];

/// Numbers of clusters side by side, and the one that most criteria choose: [`choose_clusters`].
#[derive(Debug, Clone, PartialEq)]
pub struct ClusterChoice {
    candidates: Vec<ClusterCandidate>,
    votes: Vec<(&'static str, Option<usize>)>,
    k: usize,
    customers: usize,
    sampled: usize,
    notes: Vec<String>,
}

/// Compares numbers of clusters by six criteria, and recommends the one that most of them choose.
///
/// | criterion | of | chooses | source |
/// |---|---|---|---|
/// | silhouette | a sample | the highest | Rousseeuw 1987 |
/// | Calinski-Harabasz | all | the highest | Caliński & Harabasz 1974 |
/// | Davies-Bouldin | all | the lowest | Davies & Bouldin 1979 |
/// | gap statistic | a sample | the smallest k with Gap(k) ≥ Gap(k + 1) − s(k + 1) | Tibshirani, Walther & Hastie 2001, JRSS B 63(2), 411-423 |
/// | BIC of a Gaussian mixture | a sample | the lowest | Schwarz 1978; Fraley & Raftery 2002 |
/// | stability | a sample | the highest mean adjusted Rand index between clusterings that were learned from samples with replacement | Fang & Wang 2012, Computational Statistics & Data Analysis 56(3), 468-477 |
///
/// Gap and BIC can choose one cluster, which says that the data do not fall into groups. Equal numbers of votes go to the more
/// stable number, then to the smaller one. That is the majority rule of Charrad et al. 2014 (NbClust, Journal of Statistical
/// Software 61(6)): a guide, and no substitute for asking which segments can be treated differently.
///
/// The gap statistic compares ln(inertia) with that of uniform tables in the box along the principal components. All k-means fits are
/// those of [`KMeans`] with the same options, so the segments of the recommended k are one call away.
///
/// ```
/// use cpm_core::segmentation::{ClusterChoiceOptions, choose_clusters};
/// use ndarray::Array2;
/// // Three groups on a line.
/// let x = Array2::from_shape_fn((90, 1), |(i, _)| 10.0 * (i % 3) as f64 + ((i * 7) % 30) as f64 / 20.0);
/// let choice = choose_clusters(x.view(), &ClusterChoiceOptions::new(5))?;
/// assert_eq!(choice.k(), 3);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// As [`KMeans::fit`]; [`Error::NotIdentified`] if there are no more distinct rows than clusters, in the sample too.
pub fn choose_clusters(x: ArrayView2<'_, f64>, options: &ClusterChoiceOptions) -> Result<ClusterChoice> {
    options.check()?;
    let (names, scalings) = options.columns.resolve(x)?;
    let mut rows = Rows::distinct(x, None)?;
    let picked = rows.systematic(options.sample);
    if picked.len() <= options.most {
        let where_ = if picked.len() < rows.len() { " in the sample" } else { "" };
        return Err(Error::NotIdentified {
            model: NAME,
            reason: format!("there are {} distinct rows{where_} for up to {} clusters", picked.len(), options.most),
            remedy: "Ask for fewer clusters, or give more columns or rows".to_owned(),
        });
    }
    let unscaled = rows.sample(&picked);
    let scaler = Scaler::fit(NAME, names, &scalings, &mut rows)?;
    let few = rows.sample(&picked);

    let everyone = everyone(&rows);
    let matrix = ArrayView2::from_shape((x.nrows(), rows.columns), &everyone)
        .map_err(|e| Error::argument("X", e, "its shape is not a matrix"))?;
    let references = References::draw(&few, options.references, options.seed);
    let resamples = Resamples::draw(&few, options.resamples, options.seed);
    let mut notes = Vec::new();
    let mut candidates = Vec::with_capacity(options.most);
    for k in 1..=options.most {
        let kmeans = options.kmeans(k);
        let model = KMeans::of_rows(&rows, scaler.clone(), &kmeans);
        let gap = (options.references > 0).then(|| references.gap(&kmeans, inertia(&few, &kmeans))).flatten();
        let bic = options.mixture.and_then(|covariance| match mixture_bic(&unscaled, covariance, k, options) {
            Ok(bic) => Some(bic),
            Err(error) => {
                notes.push(format!("no BIC for {k}: {error}"));
                None
            }
        });
        let mut candidate = ClusterCandidate {
            k,
            inertia: model.inertia(),
            silhouette: None,
            calinski_harabasz: None,
            davies_bouldin: None,
            gap,
            bic,
            stability: None,
        };
        if k > 1 {
            let packed = model.packed();
            let labels = parallel::map(matrix.nrows(), CHUNK, |i| {
                packed.nearest(&everyone[i * rows.columns..(i + 1) * rows.columns]).center
            });
            let sample = Some((options.sample, options.seed));
            candidate.silhouette = match silhouette_score(matrix, &labels, sample) {
                Ok(found) => Some(found),
                Err(error) => {
                    notes.push(format!("no silhouette for {k}: {error}"));
                    None
                }
            };
            let finite = |index: f64| Some(index).filter(|v| v.is_finite());
            candidate.calinski_harabasz = finite(calinski_harabasz_score(matrix, &labels)?);
            candidate.davies_bouldin = finite(davies_bouldin_score(matrix, &labels)?);
            candidate.stability = (options.resamples > 0).then(|| resamples.stability(&few, &kmeans)).flatten();
            if options.resamples > 0 && candidate.stability.is_none() {
                notes.push(format!("no stability for {k}: a resample has fewer distinct rows than clusters"));
            }
        }
        candidates.push(candidate);
    }
    let sampled = few.total_weight().round() as usize;
    Ok(ClusterChoice::of(candidates, x.nrows(), sampled, notes))
}

/// Scaled rows, each as often as it occurs, in an order that only their values decide.
fn everyone(rows: &Rows) -> Vec<f64> {
    let mut all = Vec::with_capacity(rows.total_weight() as usize * rows.columns);
    for i in 0..rows.len() {
        (0..rows.weight[i] as usize).for_each(|_| all.extend(rows.row(i)));
    }
    all
}

fn mixture_bic(rows: &Rows, covariance: Covariance, k: usize, options: &ClusterChoiceOptions) -> Result<f64> {
    let x = ArrayView2::from_shape((rows.len(), rows.columns), &rows.x)
        .map_err(|e| Error::argument("X", e, "its shape is not a matrix"))?;
    let mixture = GaussianMixtureOptions::new(k)
        .covariance(covariance)
        .seed(options.seed)
        .starts(options.starts.div_ceil(2))
        .columns(options.columns.clone())
        .weights(&rows.weight);
    Ok(GaussianMixture::fit(x, &mixture)?.bic())
}

impl ClusterChoice {
    fn of(candidates: Vec<ClusterCandidate>, customers: usize, sampled: usize, notes: Vec<String>) -> Self {
        let best = |value: &dyn Fn(&ClusterCandidate) -> Option<f64>| {
            let known = candidates.iter().filter_map(|c| value(c).map(|v| (c.k, v)));
            known.fold(None, |best: Option<(usize, f64)>, (k, v)| match best {
                Some((_, before)) if before >= v => best,
                _ => Some((k, v)),
            })
        };
        let chosen = [
            best(&|c| c.silhouette.map(|s| s.0)),
            best(&|c| c.calinski_harabasz),
            best(&|c| c.davies_bouldin.map(|v| -v)),
            None,
            best(&|c| c.bic.map(|v| -v)),
            best(&|c| c.stability.map(|s| s.0)),
        ];
        let mut votes: Vec<(&'static str, Option<usize>)> =
            CRITERIA.iter().zip(chosen).map(|(name, found)| (*name, found.map(|f| f.0))).collect();
        votes[3].1 = gap_choice(&candidates);
        let count = |k: usize| votes.iter().filter(|(_, vote)| *vote == Some(k)).count();
        let stability = |c: &ClusterCandidate| c.stability.map_or(-1.0, |s| s.0);
        let winner = candidates.iter().reduce(|best, c| {
            let order = count(c.k).cmp(&count(best.k)).then(stability(c).total_cmp(&stability(best)));
            if order.is_gt() { c } else { best }
        });
        let k = winner.map_or(1, |c| c.k);
        Self { candidates, votes, k, customers, sampled, notes }
    }

    /// The recommended number of clusters.
    #[must_use]
    pub fn k(&self) -> usize {
        self.k
    }

    /// One entry per number of clusters, from 1.
    #[must_use]
    pub fn candidates(&self) -> &[ClusterCandidate] {
        &self.candidates
    }

    /// What each criterion chooses; `None` if it was left out.
    #[must_use]
    pub fn votes(&self) -> &[(&'static str, Option<usize>)] {
        &self.votes
    }

    /// What could not be computed, and why.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// How many customers the criteria saw that look at a sample.
    #[must_use]
    pub fn sampled(&self) -> usize {
        self.sampled
    }

    /// `clusters`, `inertia`, the criteria with their errors, `votes` and `recommended` (1 in the row of the recommendation, else 0).
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let optional = |value: &dyn Fn(&ClusterCandidate) -> Option<f64>| {
            Column::Optional(self.candidates.iter().map(value).collect())
        };
        let whole = |value: &dyn Fn(&ClusterCandidate) -> usize| {
            Column::Integer(self.candidates.iter().map(|c| value(c) as i64).collect())
        };
        let mut table = Table::new();
        table.push("clusters", whole(&|c| c.k))?;
        table.push("inertia", Column::Float(self.candidates.iter().map(|c| c.inertia).collect()))?;
        table.push("silhouette", optional(&|c| c.silhouette.map(|v| v.0)))?;
        table.push("silhouette_error", optional(&|c| c.silhouette.map(|v| v.1)))?;
        table.push("calinski_harabasz", optional(&|c| c.calinski_harabasz))?;
        table.push("davies_bouldin", optional(&|c| c.davies_bouldin))?;
        table.push("gap", optional(&|c| c.gap.map(|v| v.0)))?;
        table.push("gap_error", optional(&|c| c.gap.map(|v| v.1)))?;
        table.push("bic", optional(&|c| c.bic))?;
        table.push("stability", optional(&|c| c.stability.map(|v| v.0)))?;
        table.push("stability_error", optional(&|c| c.stability.map(|v| v.1)))?;
        table.push("votes", whole(&|c| self.votes.iter().filter(|(_, vote)| *vote == Some(c.k)).count()))?;
        table.push("recommended", whole(&|c| usize::from(c.k == self.k)))?;
        Ok(table)
    }
}

impl fmt::Display for ClusterChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |k: usize| {
            self.votes.iter().filter(|(_, v)| *v == Some(k)).map(|(name, _)| name.replace('_', "-")).collect::<Vec<_>>()
        };
        let own = names(self.k);
        let cast = self.votes.iter().filter(|(_, v)| v.is_some()).count();
        let noun = if self.k == 1 { "cluster" } else { "clusters" };
        write!(f, "{} {noun}: chosen by {} of {cast} criteria ({})", self.k, own.len(), own.join(", "))?;
        for c in self.candidates.iter().filter(|c| c.k != self.k && !names(c.k).is_empty()) {
            write!(f, "; {} by {}", c.k, names(c.k).join(", "))?;
        }
        if let Some((agreement, error)) = self.candidates.iter().find(|c| c.k == self.k).and_then(|c| c.stability) {
            write!(
                f,
                ". Customers drawn anew give the same clusters to an adjusted Rand index of {agreement:.2} ± {error:.2}"
            )?;
        }
        if self.sampled < self.customers {
            write!(f, ". Sampled {} of {} customers", self.sampled, self.customers)?;
        }
        self.notes.iter().try_for_each(|note| write!(f, ". Left out: {note}"))
    }
}

/// The smallest k with Gap(k) ≥ Gap(k + 1) − s(k + 1), or the last one if there is none.
fn gap_choice(candidates: &[ClusterCandidate]) -> Option<usize> {
    let known: Vec<(usize, (f64, f64))> = candidates.iter().filter_map(|c| c.gap.map(|g| (c.k, g))).collect();
    let enough = known.windows(2).find(|pair| pair[0].1.0 >= pair[1].1.0 - pair[1].1.1);
    enough.map(|pair| pair[0].0).or(known.last().map(|(k, _)| *k))
}

#[cfg(test)]
#[path = "choice_tests.rs"]
mod tests;
