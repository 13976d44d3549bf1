//! The portfolio in eight lines of text.

use std::fmt;

use super::analysis::Portfolio;
use crate::clv::ValueOptions;
use crate::estimate::Estimate;

impl fmt::Display for Portfolio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = &self.totals;
        let n = t.customers as f64;
        let unit = self.summary.time_unit();
        let ValueOptions { horizon, discount_rate, margin, level, .. } = self.options.value;
        let as_of = self.summary.quality().map_or_else(String::new, |q| q.as_of.date_string());
        let range = |e: &Estimate, digits: usize| {
            format!("{:.digits$} ({:.digits$} to {:.digits$})", e.value, e.interval.low, e.interval.high)
        };
        let ranges = format!("{:.0} % interval in brackets", 100.0 * level);
        writeln!(f, "{} customers as of {as_of}, {} with a repeat purchase; {ranges}", t.customers, t.repeat_buyers)?;
        writeln!(f, "revenue so far        {:.2} in {} purchases", t.revenue, t.purchases)?;
        writeln!(f, "alive now             {}, {:.1} %", range(&t.alive, 0), 100.0 * t.alive.value / n)?;
        let next = format!("next {horizon} {unit}s");
        let (purchases, without) = (range(&t.expected_purchases, 0), range(&t.without_purchase, 0));
        writeln!(f, "{next:<21} {purchases} purchases, {without} customers without one")?;
        writeln!(
            f,
            "customer equity       {}, at {:.0} % margin and {:.0} % discount a year",
            range(&t.customer_equity, 2),
            100.0 * margin,
            100.0 * discount_rate
        )?;
        let [_, _, (_, revenue)] = self.revenue_concentration.top_shares;
        let [_, _, (_, value)] = self.value_concentration.top_shares;
        writeln!(
            f,
            "the best 20 %         made {:.0} % of revenue, hold {:.0} % of equity",
            100.0 * revenue,
            100.0 * value
        )?;
        if let Some(best) = self.segments.iter().max_by(|a, b| a.value.value.total_cmp(&b.value.value)) {
            let share = 100.0 * best.value.value / t.customer_equity.value;
            writeln!(
                f,
                "largest segment       {}: {} customers, {share:.0} % of equity",
                best.segment, best.customers
            )?;
        }
        match &self.holdout {
            Ok(check) => write!(
                f,
                "model check           {} purchases in {} {unit}s of hold-out, {} expected",
                check.actual_total,
                (10.0 * check.duration).round() / 10.0,
                range(&check.expected_total, 0)
            ),
            Err(reason) => write!(f, "model check           not possible: {reason}"),
        }
    }
}
