//! What RFM scores can be about.

/// What a score is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum RfmDimension {
    /// Days since the last purchase; fewest are best.
    Recency,
    /// Number of purchases, the first one included; most are best.
    Frequency,
    /// Amount; highest is best.
    Monetary,
    /// Days since the first purchase, the T of RFM-T; most are best (Yeh, Yang & Ting 2009, Expert Systems with
    /// Applications 36(3), take T as time since the first purchase).
    Tenure,
    /// Days from the first to the last purchase, the L of LRFM (Chang & Tsay 2004; Reinartz & Kumar 2000 call it the
    /// lifetime); most are best.
    Length,
    /// How much purchases come in bursts, the C of RFMC: `clumpiness`; highest is best, since at
    /// equal RFM clumpy customers are worth more (Zhang, Bradlow & Small 2015, Marketing Science 34(2), 195-208).
    Clumpiness,
}

impl RfmDimension {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recency => "recency",
            Self::Frequency => "frequency",
            Self::Monetary => "monetary",
            Self::Tenure => "tenure",
            Self::Length => "length",
            Self::Clumpiness => "clumpiness",
        }
    }

    /// The sign that makes the best value the highest.
    pub(super) const fn sign(self) -> f64 {
        if matches!(self, Self::Recency) { -1.0 } else { 1.0 }
    }
}
