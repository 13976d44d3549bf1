//! Numerical ground floor: private to the crate, each function tested against 40-digit values.

pub(crate) mod beta;
pub(crate) mod decay;
pub(crate) mod distribution;
pub(crate) mod gamma;
pub(crate) mod newton;
pub(crate) mod parallel;
pub(crate) mod quadrature;
pub(crate) mod root;
#[cfg(feature = "simulation")]
pub(crate) mod sample;
pub(crate) mod series;
pub(crate) mod symmetric;
pub(crate) mod test_result;

#[cfg(test)]
mod tests;
