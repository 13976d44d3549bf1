//! Profiles as tables.

use super::{SegmentProfiles, SegmentStability};
use crate::error::Result;
use crate::table::{Column, Table};

impl SegmentProfiles {
    fn segment_column(&self, segments: impl Iterator<Item = usize>) -> Column {
        Column::Category { names: self.names.clone(), codes: segments.map(|k| k as u32).collect() }
    }

    /// `segment, customers, share`, and `revenue, revenue_share, value, value_share` where they were given.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn sizes_table(&self) -> Result<Table> {
        let mut table = Table::new();
        table.push("segment", self.segment_column(0..self.names.len()))?;
        table.push("customers", Column::Integer(self.sizes.iter().map(|s| s.customers as i64).collect()))?;
        table.push("share", Column::Float(self.sizes.iter().map(|s| s.share).collect()))?;
        for (name, pick) in [
            ("revenue", (|s| s.revenue) as fn(&super::SegmentSize) -> Option<(f64, Option<f64>)>),
            ("value", |s| s.value),
        ] {
            if self.sizes.iter().any(|s| pick(s).is_some()) {
                table.push(name, Column::Optional(self.sizes.iter().map(|s| pick(s).map(|p| p.0)).collect()))?;
                let shares = self.sizes.iter().map(|s| pick(s).and_then(|p| p.1)).collect();
                table.push(&format!("{name}_share"), Column::Optional(shares))?;
            }
        }
        Ok(table)
    }

    /// `segment, attribute, level, in_segment, in_base, measure, effect, low, high, missing`: one row per attribute of each segment, and
    /// one per level of a category.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn effects_table(&self) -> Result<Table> {
        let rows = &self.effects;
        let optional =
            |pick: &dyn Fn(&super::SegmentEffect) -> Option<f64>| Column::Optional(rows.iter().map(pick).collect());
        let mut table = Table::new();
        table.push("segment", self.segment_column(rows.iter().map(|r| r.segment)))?;
        table.push("attribute", Column::Text(rows.iter().map(|r| r.attribute.clone()).collect()))?;
        table.push("level", Column::Text(rows.iter().map(|r| r.level.clone().unwrap_or_default()).collect()))?;
        table.push("in_segment", optional(&|r| r.in_segment))?;
        table.push("in_base", optional(&|r| r.in_base))?;
        table.push("measure", Column::Text(rows.iter().map(|r| r.measure.name().to_owned()).collect()))?;
        table.push("effect", optional(&|r| r.effect))?;
        table.push("low", optional(&|r| r.interval.map(|i| i.low)))?;
        table.push("high", optional(&|r| r.interval.map(|i| i.high)))?;
        table.push("missing", Column::Integer(rows.iter().map(|r| r.missing as i64).collect()))?;
        Ok(table)
    }

    /// `attribute, measure, effect, p_value, missing`: how much each attribute says about the segmentation as a whole.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn attributes_table(&self) -> Result<Table> {
        let rows = &self.attributes;
        let mut table = Table::new();
        table.push("attribute", Column::Text(rows.iter().map(|r| r.attribute.clone()).collect()))?;
        table.push("measure", Column::Text(rows.iter().map(|r| r.measure.name().to_owned()).collect()))?;
        table.push("effect", Column::Optional(rows.iter().map(|r| r.effect).collect()))?;
        table.push("p_value", Column::Optional(rows.iter().map(|r| r.test.map(|t| t.p_value)).collect()))?;
        table.push("missing", Column::Integer(rows.iter().map(|r| r.missing as i64).collect()))?;
        Ok(table)
    }

    /// `segment, rule, customers, precision, precision_low, precision_high, recall, recall_low, recall_high, f1`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn rules_table(&self) -> Result<Table> {
        let rows = &self.rules;
        let floats = |pick: &dyn Fn(&super::SegmentRuleFound) -> f64| Column::Float(rows.iter().map(pick).collect());
        let mut table = Table::new();
        table.push("segment", self.segment_column(rows.iter().map(|r| r.segment)))?;
        table.push("rule", Column::Text(rows.iter().map(|r| r.text.clone()).collect()))?;
        table.push("customers", Column::Integer(rows.iter().map(|r| r.customers as i64).collect()))?;
        table.push("precision", floats(&|r| r.precision.value))?;
        table.push("precision_low", floats(&|r| r.precision.interval.low))?;
        table.push("precision_high", floats(&|r| r.precision.interval.high))?;
        table.push("recall", floats(&|r| r.recall.value))?;
        table.push("recall_low", floats(&|r| r.recall.interval.low))?;
        table.push("recall_high", floats(&|r| r.recall.interval.high))?;
        table.push("f1", floats(&|r| r.f1))?;
        Ok(table)
    }
}

impl SegmentStability {
    /// One row per segment of the first date, and a last one for customers who came in between: `from`, one column of customers per
    /// segment of the later date, `gone`, and `stayed` with its interval `stayed_low, stayed_high` (share of those who are still there).
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) if a segment is called like one of these columns.
    pub fn to_table(&self) -> Result<Table> {
        let segments = self.names().len();
        let mut table = Table::new();
        let mut from = self.names().to_vec();
        from.push("new".to_owned());
        table.push("from", Column::Text(from))?;
        let arrivals = |k: usize| self.new_customers()[k] as i64;
        for (k, name) in self.names().iter().enumerate() {
            let counts = self.counts().column(k);
            table.push(name, Column::Integer(counts.iter().map(|c| *c as i64).chain([arrivals(k)]).collect()))?;
        }
        table.push("gone", Column::Integer(self.gone().iter().map(|c| *c as i64).chain([0]).collect()))?;
        let stayed: Vec<_> = (0..segments).map(|k| self.stayed(k)).chain([None]).collect();
        table.push("stayed", Column::Optional(stayed.iter().map(|s| s.map(|e| e.value)).collect()))?;
        table.push("stayed_low", Column::Optional(stayed.iter().map(|s| s.map(|e| e.interval.low)).collect()))?;
        table.push("stayed_high", Column::Optional(stayed.iter().map(|s| s.map(|e| e.interval.high)).collect()))?;
        Ok(table)
    }
}
