//! What the warm-up of the No-U-Turn Sampler learns: the size of a step, and the variances of the positions.

/// Step size by dual averaging (Nesterov 2009; Hoffman & Gelman 2014, section 3.2).
pub(super) struct DualAveraging {
    target: f64,
    mu: f64,
    count: f64,
    error: f64,
    ln_averaged: f64,
}

impl DualAveraging {
    pub(super) fn new(step: f64, target: f64) -> Self {
        Self { target, mu: (10.0 * step).ln(), count: 0.0, error: 0.0, ln_averaged: 0.0 }
    }

    pub(super) fn update(&mut self, acceptance: f64) -> f64 {
        const GAMMA: f64 = 0.05;
        const T0: f64 = 10.0;
        const KAPPA: f64 = 0.75;
        self.count += 1.0;
        let share = 1.0 / (self.count + T0);
        self.error = (1.0 - share) * self.error + share * (self.target - acceptance);
        let ln_step = self.mu - self.error * self.count.sqrt() / GAMMA;
        let weight = self.count.powf(-KAPPA);
        self.ln_averaged = weight * ln_step + (1.0 - weight) * self.ln_averaged;
        ln_step.exp()
    }

    pub(super) fn averaged(&self) -> f64 {
        self.ln_averaged.exp()
    }
}

/// Stan's windows: 75 iterations for the step size, windows of 25, 50, 100, … for the variances, 50 for the step size; a shorter
/// warm-up has 15 %, 75 % and 10 %.
pub(super) struct Windows {
    pub(super) slow: std::ops::Range<usize>,
    /// The last iteration of each window.
    pub(super) ends: Vec<usize>,
}

impl Windows {
    pub(super) fn new(warmup: usize) -> Self {
        if warmup < 20 {
            return Self { slow: 0..0, ends: Vec::new() };
        }
        let (first, last, mut length) = if warmup < 150 {
            let (first, last) = (warmup * 15 / 100, warmup / 10);
            (first, last, warmup - first - last)
        } else {
            (75, 50, 25)
        };
        let slow = first..warmup - last;
        let mut ends = Vec::new();
        let mut end = first;
        while end < slow.end {
            end += length;
            // A window that would leave no room for the next one takes the rest.
            if end + 2 * length > slow.end {
                end = slow.end;
            }
            ends.push(end - 1);
            length *= 2;
        }
        Self { slow, ends }
    }
}

/// Mean and variance in one pass (Welford 1962).
pub(super) struct Moments {
    n: f64,
    mean: Vec<f64>,
    square: Vec<f64>,
}

impl Moments {
    pub(super) fn new(dimensions: usize) -> Self {
        Self { n: 0.0, mean: vec![0.0; dimensions], square: vec![0.0; dimensions] }
    }

    pub(super) fn add(&mut self, q: &[f64]) {
        self.n += 1.0;
        for (i, value) in q.iter().enumerate() {
            let difference = value - self.mean[i];
            self.mean[i] += difference / self.n;
            self.square[i] += difference * (value - self.mean[i]);
        }
    }

    /// Shrunk towards a small number, as in Stan: the first windows are short.
    pub(super) fn regularised_variance(&self) -> Vec<f64> {
        let n = self.n;
        self.square.iter().map(|s| n / (n + 5.0) * (s / (n - 1.0)) + 1e-3 * 5.0 / (n + 5.0)).collect()
    }
}
