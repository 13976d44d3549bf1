//! Numerical ground floor: private to the crate, each function tested against 40-digit values.

pub(crate) mod accumulator;
#[cfg(feature = "simulation")]
mod adaptation;
pub(crate) mod beta;
#[cfg(feature = "clustering")]
pub(crate) mod brent;
pub(crate) mod cholesky;
pub(crate) mod decay;
#[cfg(feature = "simulation")]
pub(crate) mod diagnostics;
pub(crate) mod distribution;
pub(crate) mod exact_sum;
pub(crate) mod fnv;
pub(crate) mod gamma;
pub(crate) mod interior_point;
pub(crate) mod least_squares;
pub(crate) mod lu;
pub(crate) mod newton;
pub(crate) mod normal;
#[cfg(feature = "simulation")]
pub(crate) mod nuts;
pub(crate) mod parallel;
pub(crate) mod proportion;
pub(crate) mod quadratic;
pub(crate) mod quadrature;
pub(crate) mod random;
pub(crate) mod root;
#[cfg(any(feature = "clustering", feature = "survival"))]
pub(crate) mod row_hash;
pub(crate) mod sample;
pub(crate) mod series;
pub(crate) mod symmetric;
pub(crate) mod test_result;

#[cfg(test)]
mod tests;
