//! Numerical ground floor: private to the crate, each function tested against 40-digit values.

pub(crate) mod beta;
pub(crate) mod cholesky;
pub(crate) mod decay;
pub(crate) mod distribution;
pub(crate) mod gamma;
pub(crate) mod interior_point;
pub(crate) mod least_squares;
pub(crate) mod newton;
pub(crate) mod parallel;
pub(crate) mod quadrature;
pub(crate) mod series;
pub(crate) mod symmetric;

#[cfg(test)]
mod tests;
