//! From features of customers to their probability to churn.
//!
//! [`ChurnClassifier`] is the front door. [`Features`] are columns of numbers and of categories, with or without missing values. [`LogisticRegression`]
//! turns them into probabilities and says what each is worth. [`Calibrator`] mends probabilities, and [`stratified_folds`] and [`expanding_windows`] give
//! the rows to do so honestly. [`UpliftModel`] learns from a randomised campaign whom the treatment moves.

#[cfg(feature = "boosting")]
mod boosting;
mod calibration;
mod encoder;
mod features;
mod folds;
mod importance;
mod logistic;
mod model;
mod options;
mod uplift;
mod weighting;

pub use calibration::{CalibrationMethod, Calibrator};
#[cfg(test)]
use logistic::sigmoid;

pub use encoder::{Encoder, UnseenCategory};
pub use features::{Feature, Features};
pub use folds::{Fold, expanding_windows, stratified_folds};
pub use importance::Importance;
pub use logistic::{LogisticCoefficient, LogisticOptions, LogisticRegression};
pub use model::ChurnClassifier;
pub use options::{BoostingOptions, ClassifierMethod, ClassifierOptions};
pub use uplift::{UpliftMethod, UpliftModel};
