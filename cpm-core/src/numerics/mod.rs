//! Numerical ground floor: private to the crate, each function tested against 40-digit values.

pub(crate) mod beta;
pub(crate) mod decay;
pub(crate) mod distribution;
pub(crate) mod gamma;
pub(crate) mod lu;
pub(crate) mod newton;
pub(crate) mod parallel;
pub(crate) mod quadratic;
pub(crate) mod quadrature;
pub(crate) mod series;
pub(crate) mod symmetric;

#[cfg(test)]
mod tests;
