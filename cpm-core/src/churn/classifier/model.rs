//! The front door: from features to calibrated probabilities to churn.

#[cfg(feature = "boosting")]
use std::borrow::Cow;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

#[cfg(feature = "boosting")]
use super::boosting::Trees;
use super::calibration::Calibrator;
use super::encoder::{Encoder, UnseenCategory};
use super::features::Features;
use super::folds::{Fold, expanding_windows, stratified_folds};
use super::logistic::LogisticRegression;
#[cfg(feature = "boosting")]
use super::options::BoostingOptions;
use super::options::{ClassifierMethod, ClassifierOptions};
#[cfg(feature = "boosting")]
use super::weighting::positive;
use crate::churn::evaluation::ScoredCustomers;
use crate::error::{Error, Result, same_length};

/// From features of customers to their probability to churn: a logistic regression or boosted trees, calibrated by cross-fitting.
///
/// Calibration learns from scores that each customer got from a model that had not seen it (cross-fitting); the model itself then learns
/// from all customers.
///
/// ```
/// use cpm_core::churn::classifier::{CalibrationMethod, ChurnClassifier, ClassifierOptions, Features};
/// let tenure: Vec<f64> = (0..200).map(|i| f64::from(i % 40)).collect();
/// let churned: Vec<bool> = (0..200).map(|i| i % 40 < 5 + (i / 40) * 4).collect();
/// let features = Features::new().numeric("tenure", &tenure)?;
/// let options = ClassifierOptions::new().calibration(Some(CalibrationMethod::Platt));
/// let model = ChurnClassifier::fit(&features, &churned, &options)?;
/// let p = model.predict(&features)?;
/// assert!(p[0] > 0.7 && p[39] < 0.1);
/// let reasons = model.reasons(&features, 1)?;
/// assert_eq!(reasons[39], ["tenure = 39.0000 divides the odds of churn by 144.0"]);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChurnClassifier {
    model: Model,
    calibrator: Option<Calibrator>,
    rows: usize,
    churn_rate: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Model {
    Logistic(LogisticRegression),
    #[cfg(feature = "boosting")]
    Boosting {
        encoder: Encoder,
        trees: Trees,
        baseline: f64,
    },
}

impl ChurnClassifier {
    /// Fits the model.
    ///
    /// # Errors
    /// Those of [`LogisticRegression::fit`], of [`stratified_folds`] and [`expanding_windows`], and of [`Calibrator::fit`];
    /// [`Error::InvalidArgument`] for options, and for trees without the feature `boosting`.
    pub fn fit(features: &Features, churned: &[bool], options: &ClassifierOptions) -> Result<Self> {
        same_length("y", churned.len(), "X", features.rows())?;
        let weights = options.weighting.own(churned.len())?;
        let model = Model::fit(features, churned, options)?;
        let calibrator = match options.calibration {
            None => None,
            Some(method) => {
                let (rows, scores) = out_of_fold(features, churned, options)?;
                let y: Vec<bool> = rows.iter().map(|&i| churned[i]).collect();
                let w: Option<Vec<f64>> = weights.map(|w| rows.iter().map(|&i| w[i]).collect());
                Some(Calibrator::fit(method, &y, &scores, w.as_deref())?)
            }
        };
        let weight = |i: usize| weights.map_or(1.0, |w| w[i]);
        let total: f64 = (0..churned.len()).map(weight).sum();
        let left: f64 = (0..churned.len()).filter(|&i| churned[i]).map(weight).sum();
        Ok(Self { model, calibrator, rows: churned.len(), churn_rate: left / total })
    }

    /// Probabilities of the rows by models that did not see them: positions of the rows that some fold judges, and their calibrated
    /// probabilities, each calibrated by the other folds. What to evaluate where there is no hold-out.
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    pub fn cross_validate(
        features: &Features,
        churned: &[bool],
        options: &ClassifierOptions,
    ) -> Result<(Vec<usize>, Vec<f64>)> {
        same_length("y", churned.len(), "X", features.rows())?;
        options.weighting.own(churned.len())?;
        let (mut rows, mut found) = (Vec::new(), Vec::new());
        for fold in folds(churned, options)? {
            let y: Vec<bool> = fold.train.iter().map(|&i| churned[i]).collect();
            let mut inner = options.for_rows(&fold.train);
            // Within the past the draw may be at random: the fold's own test rows are all later.
            inner.times = None;
            let model = Self::fit(&features.take(&fold.train), &y, &inner)?;
            found.extend(model.predict(&features.take(&fold.test))?);
            rows.extend(fold.test);
        }
        Ok((rows, found))
    }

    /// The logistic regression, if that is the model.
    #[must_use]
    pub fn logistic(&self) -> Option<&LogisticRegression> {
        match &self.model {
            Model::Logistic(model) => Some(model),
            #[cfg(feature = "boosting")]
            Model::Boosting { .. } => None,
        }
    }

    /// The calibration, if there is one.
    #[must_use]
    pub fn calibrator(&self) -> Option<&Calibrator> {
        self.calibrator.as_ref()
    }

    /// Names of the features.
    #[must_use]
    pub fn feature_names(&self) -> Vec<String> {
        self.model.encoder().feature_names().map(str::to_owned).collect()
    }

    /// Rows of the fit.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Share of churners among them.
    #[must_use]
    pub fn churn_rate(&self) -> f64 {
        self.churn_rate
    }

    /// Probability to churn, one per row, calibrated if that was asked for.
    ///
    /// # Errors
    /// As [`Encoder`] says: a feature is missing, has another type, or has a category that the fit did not see.
    pub fn predict(&self, features: &Features) -> Result<Vec<f64>> {
        let scores = self.model.predict(features)?;
        match &self.calibrator {
            Some(calibrator) => calibrator.apply(&scores),
            None => Ok(scores),
        }
    }

    /// What each feature adds to the log-odds (before calibration): one row of the result per feature, one column per customer. Exact SHAP
    /// values: of the linear model against the average customer, of the trees path-dependent (Lundberg et al. 2020).
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn contributions(&self, features: &Features) -> Result<Array2<f64>> {
        match &self.model {
            Model::Logistic(model) => model.contributions(features),
            #[cfg(feature = "boosting")]
            Model::Boosting { encoder, trees, .. } => {
                let columns = encoder.encode(features)?;
                let each = trees.contributions(&columns, features.rows())?;
                let mut sums = Array2::zeros((encoder.feature_names().count(), features.rows()));
                for (k, origin) in encoder.origins().enumerate() {
                    let mut sum = sums.row_mut(origin.position);
                    sum += &each.row(k);
                }
                Ok(sums)
            }
        }
    }

    /// Log-odds (before calibration) that contributions start from.
    #[must_use]
    pub fn baseline(&self) -> f64 {
        match &self.model {
            Model::Logistic(model) => model.centre(),
            #[cfg(feature = "boosting")]
            Model::Boosting { baseline, .. } => *baseline,
        }
    }

    /// For each customer the strongest contributions in words, the strongest first; those that add nothing are left out.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn reasons(&self, features: &Features, count: usize) -> Result<Vec<Vec<String>>> {
        let contributions = self.contributions(features)?;
        let names = self.feature_names();
        let phrase = |feature: usize, row: usize| {
            let value = contributions[(feature, row)];
            let text = features.column(&names[feature]).map_or_else(String::new, |c| c.text(row));
            let verb = if value > 0.0 { "multiplies" } else { "divides" };
            let factor = value.abs().exp();
            let factor = if factor < 1e4 { format!("{factor:.1}") } else { format!("{factor:.1e}") };
            // "multiplies the odds by 1.0" would say nothing.
            if factor == "1.0" {
                let way = if value > 0.0 { "raises" } else { "lowers" };
                return format!("{} = {text} hardly {way} the odds of churn", names[feature]);
            }
            format!("{} = {text} {verb} the odds of churn by {factor}", names[feature])
        };
        let of_row = |row: usize| {
            let column = contributions.column(row);
            let mut order: Vec<usize> = (0..names.len()).filter(|&j| column[j].abs() > 1e-9).collect();
            order.sort_by(|&a, &b| column[b].abs().total_cmp(&column[a].abs()).then(a.cmp(&b)));
            order.into_iter().take(count).map(|feature| phrase(feature, row)).collect()
        };
        Ok((0..features.rows()).map(of_row).collect())
    }

    /// AUC on these customers, for what compares it.
    pub(super) fn auc(&self, features: &Features, churned: &[bool]) -> Result<f64> {
        // Calibration keeps the order but for ties, so the raw scores tell more.
        Ok(ScoredCustomers::new(churned, &self.model.predict(features)?)?.auc()?.value)
    }

    /// Predictions take shapes for granted, and a file can be edited by hand.
    pub(crate) fn check(&self) -> Result<()> {
        #[cfg_attr(not(feature = "boosting"), expect(irrefutable_let_patterns, reason = "boosting is the other kind"))]
        if let Model::Logistic(model) = &self.model {
            model.check()?;
        }
        self.calibrator.as_ref().map_or(Ok(()), Calibrator::check)
    }
}

impl Model {
    fn fit(features: &Features, churned: &[bool], options: &ClassifierOptions) -> Result<Self> {
        match options.method {
            ClassifierMethod::Logistic => {
                let mut logistic = options.logistic.clone().unseen(options.unseen);
                logistic.weighting = options.weighting.clone();
                LogisticRegression::fit(features, churned, &logistic).map(Self::Logistic)
            }
            #[cfg(feature = "boosting")]
            ClassifierMethod::Boosting => Self::boost(features, churned, options),
            #[cfg(not(feature = "boosting"))]
            ClassifierMethod::Boosting => {
                let _ = &options.boosting;
                Err(Error::argument("method", "boosting", "build cpm-core with its feature `boosting`"))
            }
        }
    }

    #[cfg(feature = "boosting")]
    fn boost(features: &Features, churned: &[bool], options: &ClassifierOptions) -> Result<Self> {
        let BoostingOptions {
            trees, learning_rate, max_depth, l2, min_leaf_weight, subsample, columns_per_tree, ..
        } = options.boosting;
        for (name, value) in [("trees", trees), ("max_depth", max_depth)] {
            if value == 0 {
                return Err(Error::argument(name, value, "there must be at least one"));
            }
        }
        crate::error::positive("learning_rate", learning_rate)?;
        crate::error::non_negative("l2", l2)?;
        crate::error::non_negative("min_leaf_weight", min_leaf_weight)?;
        for (name, value) in [("subsample", subsample), ("columns_per_tree", columns_per_tree)] {
            if !(value > 0.0 && value <= 1.0) {
                return Err(Error::argument(name, value, "it must be above 0 and at most 1"));
            }
        }
        let weights = options.weighting.of(churned)?;
        let keep = positive(weights.as_deref()).unwrap_or_else(|| (0..churned.len()).collect());
        let features = &features.take(&keep);
        let churned: Vec<bool> = keep.iter().map(|&i| churned[i]).collect();
        let weights: Vec<f64> = keep.iter().map(|&i| weights.as_ref().map_or(1.0, |w| w[i])).collect();
        super::logistic::both_classes("the boosted tree model", &churned)?;
        let encoder = Encoder::fit(features, options.unseen)?;
        let columns = encoder.encode(features)?;
        let trees = Trees::fit(&columns, &churned, &weights, &options.boosting)?;
        let first: Vec<Cow<'_, [f64]>> = columns.iter().map(|c| vec![c[0]].into()).collect();
        let baseline = trees.contributions(&first, 1)?[(columns.len(), 0)];
        Ok(Self::Boosting { encoder, trees, baseline })
    }

    fn encoder(&self) -> &Encoder {
        match self {
            Self::Logistic(model) => model.encoder(),
            #[cfg(feature = "boosting")]
            Self::Boosting { encoder, .. } => encoder,
        }
    }

    fn predict(&self, features: &Features) -> Result<Vec<f64>> {
        match self {
            Self::Logistic(model) => model.predict(features),
            #[cfg(feature = "boosting")]
            Self::Boosting { encoder, trees, .. } => {
                let odds = trees.log_odds(&encoder.encode(features)?, features.rows())?;
                Ok(odds.into_iter().map(Trees::probability).collect())
            }
        }
    }
}

fn folds(churned: &[bool], options: &ClassifierOptions) -> Result<Vec<Fold>> {
    match &options.times {
        Some(times) => {
            same_length("times", times.len(), "y", churned.len())?;
            expanding_windows(times, options.folds, options.gap)
        }
        None => stratified_folds(churned, options.folds, options.seed),
    }
}

/// Scores of rows by models that did not see them.
fn out_of_fold(features: &Features, churned: &[bool], options: &ClassifierOptions) -> Result<(Vec<usize>, Vec<f64>)> {
    // What is rare may be in a test fold alone; that must not stop the fit.
    let options = ClassifierOptions { unseen: UnseenCategory::Average, ..options.clone() };
    let (mut rows, mut scores) = (Vec::new(), Vec::new());
    for fold in folds(churned, &options)? {
        let y: Vec<bool> = fold.train.iter().map(|&i| churned[i]).collect();
        let model = Model::fit(&features.take(&fold.train), &y, &options.for_rows(&fold.train))?;
        scores.extend(model.predict(&features.take(&fold.test))?);
        rows.extend(fold.test);
    }
    Ok((rows, scores))
}

#[cfg(test)]
#[path = "model_tests.rs"]
mod tests;
