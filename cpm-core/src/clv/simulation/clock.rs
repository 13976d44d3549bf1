//! The clock of customers: fast in busy months, slow in quiet ones.

use crate::transactions::Timestamp;

/// Days of the months in a mean year.
const MONTH_DAYS: [f64; 12] = [31.0, 28.25, 31.0, 30.0, 31.0, 30.0, 31.0, 31.0, 30.0, 31.0, 30.0, 31.0];

/// Seconds of the calendar against seconds on the customers' clock, both since the start.
pub(super) struct Clock {
    /// First seconds of stretches with one speed; none without seasons.
    stretches: Vec<Stretch>,
}

struct Stretch {
    start: f64,
    passed: f64,
    speed: f64,
}

impl Clock {
    pub(super) fn new(start: Timestamp, end: Timestamp, months: Option<&[f64; 12]>) -> Self {
        let mut stretches: Vec<Stretch> = Vec::new();
        let Some(months) = months else { return Self { stretches } };
        let year: f64 = MONTH_DAYS.iter().sum();
        let mean = months.iter().zip(MONTH_DAYS).map(|(speed, days)| speed * days).sum::<f64>() / year;
        let mut month = None;
        for day in start.days()..=end.days() {
            let date = Timestamp::from_days(day);
            let number = date.month_number();
            if month != Some(number) {
                month = Some(number);
                let start = ((date.seconds() - start.seconds()) as f64).max(0.0);
                let passed = stretches.last().map_or(0.0, |s| s.passed + (start - s.start) * s.speed);
                stretches.push(Stretch { start, passed, speed: months[number.rem_euclid(12) as usize] / mean });
            }
        }
        Self { stretches }
    }

    /// What the customers' clock shows. The last stretch goes on for ever.
    pub(super) fn passed(&self, time: f64) -> f64 {
        let k = self.stretches.partition_point(|s| s.start <= time);
        match k.checked_sub(1) {
            Some(k) => self.stretches[k].passed + (time - self.stretches[k].start) * self.stretches[k].speed,
            None => time,
        }
    }

    /// When it shows that.
    pub(super) fn at(&self, passed: f64) -> f64 {
        let k = self.stretches.partition_point(|s| s.passed <= passed);
        match k.checked_sub(1) {
            Some(k) => self.stretches[k].start + (passed - self.stretches[k].passed) / self.stretches[k].speed,
            None => passed,
        }
    }
}
