//! `cpm.Prior`.

use cpm_core::clv::Prior as Core;
use pyo3::prelude::*;

use crate::error::OrRaise;

/// A prior of a positive parameter, or of a coefficient, as a density on its natural scale.
///
/// Made by :meth:`gamma`, :meth:`log_normal`, :meth:`half_normal` or :meth:`weibull`, or by :meth:`normal` for the coefficient of a
/// covariate, and given to ``fit`` or :func:`posterior` by the name of the parameter. The fit then maximises the posterior density
/// (MAP).
///
/// Examples
/// --------
/// >>> import cpm
/// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
/// >>> model = cpm.ParetoNbd().fit(customers, priors={"s": cpm.Prior.log_normal(median=1.0, sigma=0.5)})
/// >>> round(model.params["s"], 2)  # 0.61 without a prior
/// 0.65
/// >>> cpm.Prior.gamma(shape=2, rate=0.5).ln_pdf(4.0).__round__(4)
/// -2.0
#[pyclass(module = "cpm", frozen, eq)]
#[derive(PartialEq)]
pub(crate) struct Prior {
    pub(super) inner: Core,
}

impl Prior {
    /// Constants that make no sense are refused at once.
    fn checked(inner: Core) -> PyResult<Self> {
        inner.ln_pdf(1.0).or_raise()?;
        Ok(Self { inner })
    }
}

#[pymethods]
impl Prior {
    /// Gamma with mean shape/rate.
    #[staticmethod]
    #[pyo3(signature = (*, shape, rate))]
    fn gamma(shape: f64, rate: f64) -> PyResult<Self> {
        Self::checked(Core::Gamma { shape, rate })
    }

    /// The logarithm is normal around ln(median): within a factor e^(2 sigma) of the median with 95 %.
    #[staticmethod]
    #[pyo3(signature = (*, median, sigma))]
    fn log_normal(median: f64, sigma: f64) -> PyResult<Self> {
        Self::checked(Core::LogNormal { median, sigma })
    }

    /// The normal density with mean 0, on the positive side.
    #[staticmethod]
    #[pyo3(signature = (*, sigma))]
    fn half_normal(sigma: f64) -> PyResult<Self> {
        Self::checked(Core::HalfNormal { sigma })
    }

    /// Weibull.
    #[staticmethod]
    #[pyo3(signature = (*, shape, scale))]
    fn weibull(shape: f64, scale: f64) -> PyResult<Self> {
        Self::checked(Core::Weibull { shape, scale })
    }

    /// Normal, for the coefficient of a covariate, by the name that it is reported with and per unit of the covariate.
    #[staticmethod]
    #[pyo3(signature = (*, mean, sigma))]
    fn normal(mean: f64, sigma: f64) -> PyResult<Self> {
        Self::checked(Core::Normal { mean, sigma })
    }

    /// ln of the density at a value, which is positive unless the prior is normal.
    fn ln_pdf(&self, value: f64) -> PyResult<f64> {
        self.inner.ln_pdf(value).or_raise()
    }

    fn __repr__(&self) -> String {
        match self.inner {
            Core::Gamma { shape, rate } => format!("Prior.gamma(shape={shape}, rate={rate})"),
            Core::LogNormal { median, sigma } => format!("Prior.log_normal(median={median}, sigma={sigma})"),
            Core::HalfNormal { sigma } => format!("Prior.half_normal(sigma={sigma})"),
            Core::Weibull { shape, scale } => format!("Prior.weibull(shape={shape}, scale={scale})"),
            Core::Normal { mean, sigma } => format!("Prior.normal(mean={mean}, sigma={sigma})"),
        }
    }
}
