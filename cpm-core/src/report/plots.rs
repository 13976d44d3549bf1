//! Charts of sections: figures that are drawn when the page is made, with the section's findings as their text alternative.

use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, RGBColor};

use super::charts::{BAND, Drawn, HEIGHT, LEFT, WIDTH, bar, curve, write};
use super::svg::{About, Axis, Chart, FIRST, GRID, INK, REFERENCE, SECOND, draw, frame, line};
use crate::error::Result;
use crate::estimate::Estimate;

/// Bars that one chart has room for.
const BARS: usize = 24;
/// Characters of a name that fit beside a bar.
const NAME: usize = 19;

/// One chart.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plot {
    pub(super) title: String,
    /// What the reader should know besides the legend.
    pub(super) caption: String,
    /// Class of the swatch, and what it stands for.
    pub(super) legend: Vec<(&'static str, String)>,
    pub(super) shape: Shape,
}

/// What is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// A filled bar for each name, and beside it an outlined one.
    Bars { names: Vec<String>, first: Vec<f64>, second: Option<Vec<f64>>, unit: &'static str },
    /// Parts of a whole in one bar: first, rest and second.
    Parts { second: f64, rest: f64, first: f64, unit: &'static str },
    /// Lines over a number.
    Curves(Curves),
}

/// Lines over a number, a band, a level to compare with, and marks with their intervals.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Curves {
    pub(super) x: Span,
    pub(super) y: Span,
    pub(super) first: Vec<(f64, f64)>,
    pub(super) second: Vec<(f64, f64)>,
    pub(super) reference: Vec<(f64, f64)>,
    /// Place, lower and upper end.
    pub(super) band: Vec<(f64, f64, f64)>,
    pub(super) level: Option<(f64, &'static str)>,
    pub(super) marks: Vec<(f64, Estimate, &'static str)>,
}

/// An axis as a section knows it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Span {
    pub(super) name: String,
    pub(super) percent: bool,
    /// Whole numbers alone.
    pub(super) counted: bool,
    /// With a place for 0, whatever the numbers are.
    pub(super) from_zero: bool,
}

impl Span {
    pub(super) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    fn axis(&self, values: impl Iterator<Item = f64>) -> Axis {
        let start = if self.from_zero { (0.0, 0.0) } else { (f64::INFINITY, f64::NEG_INFINITY) };
        let (low, high) =
            values.filter(|v| v.is_finite()).fold(start, |(low, high), v| (f64::min(low, v), f64::max(high, v)));
        let axis = if self.counted {
            Axis::counted(low, high, 12, self.name.clone())
        } else {
            Axis::spanning(low, high, 6, self.name.clone())
        };
        if self.percent { axis.percent() } else { axis }
    }
}

impl Plot {
    /// As inline SVG.
    pub(super) fn draw(&self, id: String, finding: String) -> Result<String> {
        let about = About { id, title: self.title.clone(), finding };
        match &self.shape {
            Shape::Bars { names, first, second, unit } => bars(&about, names, first, second.as_deref(), unit),
            Shape::Parts { second, rest, first, unit } => parts(&about, [*second, *rest, *first], unit),
            Shape::Curves(curves) => curves.draw(&about),
        }
    }
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= NAME {
        return name.to_owned();
    }
    name.chars().take(NAME - 1).chain(['…']).collect()
}

fn bars(about: &About, names: &[String], first: &[f64], second: Option<&[f64]>, unit: &str) -> Result<String> {
    let mut shown: Vec<usize> = (0..names.len()).collect();
    if shown.len() > BARS {
        shown.sort_by(|i, j| first[*j].total_cmp(&first[*i]));
        shown.truncate(BARS);
        shown.sort_unstable();
    }
    let largest = shown.iter().map(|&i| first[i].max(second.map_or(0.0, |s| s[i]))).fold(0.0, f64::max);
    let x = Axis::from_zero(largest, 6, unit);
    let y = Axis::names(shown.iter().map(|i| shortened(&names[*i])).collect(), "").reversed();
    draw(about, (WIDTH, 64 + 40 * shown.len() as i32), |area| {
        let mut chart = frame(area, &x, &y, 170)?;
        for (place, &i) in shown.iter().enumerate() {
            let middle = place as f64 + 0.5;
            let (top, bottom) =
                if second.is_some() { (middle - 0.36, middle - 0.02) } else { (middle - 0.31, middle + 0.31) };
            bar(&mut chart, (0.0, top), (first[i], bottom), FIRST)?;
            if let Some(second) = second {
                outlined(&mut chart, (0.0, middle + 0.02), (second[i], middle + 0.36))?;
            }
        }
        Ok(())
    })
}

fn parts(about: &About, [second, rest, first]: [f64; 3], unit: &str) -> Result<String> {
    let x = Axis::from_zero(1.0, 5, unit).percent();
    let y = Axis::names(vec![String::new()], "");
    draw(about, (WIDTH, 120), |area| {
        let mut chart = frame(area, &x, &y, 20)?;
        outlined(&mut chart, (0.0, 0.15), (second, 0.85))?;
        bar(&mut chart, (second, 0.15), (second + rest, 0.85), GRID)?;
        bar(&mut chart, (second + rest, 0.15), (second + rest + first, 0.85), FIRST)
    })
}

impl Curves {
    fn draw(&self, about: &About) -> Result<String> {
        let lines = || self.first.iter().chain(&self.second).chain(&self.reference);
        let band = || self.band.iter();
        let marks = || self.marks.iter();
        let x = self.x.axis(lines().map(|p| p.0).chain(band().map(|b| b.0)).chain(marks().map(|m| m.0)));
        let ends = band().flat_map(|b| [b.1, b.2]).chain(marks().flat_map(|m| [m.1.interval.low, m.1.interval.high]));
        let y = self.y.axis(lines().map(|p| p.1).chain(ends).chain(self.level.map(|l| l.0)));
        draw(about, (WIDTH, HEIGHT), |area| {
            let mut chart = frame(area, &x, &y, LEFT)?;
            if self.band.len() > 1 {
                let there = self.band.iter().map(|b| (b.0, b.1));
                let outline: Vec<_> = there.chain(self.band.iter().rev().map(|b| (b.0, b.2))).collect();
                chart.draw_series([Polygon::new(outline, FIRST.mix(BAND))])?;
            }
            if y.contains(0.0) {
                curve(&mut chart, [(x.start(), 0.0), (x.end(), 0.0)], INK, 1.0)?;
            }
            if let Some((level, name)) = self.level {
                curve(&mut chart, [(x.start(), level), (x.end(), level)], REFERENCE, 1.5)?;
                // A path begins far from where it leads to: there is room for the name; the top edge has none above it.
                let (end, right, side) =
                    if self.reference.is_empty() { (x.end(), -4, HPos::Right) } else { (x.start(), 8, HPos::Left) };
                let (down, anchor) =
                    if level < y.start() + 0.9 * (y.end() - y.start()) { (-4, VPos::Bottom) } else { (6, VPos::Top) };
                write(&mut chart, (end, level), (right, down), name, Pos::new(side, anchor))?;
            }
            for (points, color) in [(&self.reference, REFERENCE), (&self.first, FIRST), (&self.second, SECOND)] {
                let width = if color == REFERENCE { 1.5 } else { 2.5 };
                curve(&mut chart, points.iter().copied(), color, width)?;
            }
            for (place, estimate, name) in &self.marks {
                mark(&mut chart, *place, *estimate, FIRST)?;
                write(&mut chart, (*place, estimate.value), (8, -6), name, Pos::new(HPos::Left, VPos::Bottom))?;
            }
            Ok(())
        })
    }
}

/// A bar of the second colour: a shade with an outline, as the style sheet has it.
fn outlined(chart: &mut Chart<'_>, from: (f64, f64), to: (f64, f64)) -> Drawn {
    chart.draw_series([Rectangle::new([from, to], SECOND.mix(BAND).filled())])?;
    chart.draw_series([Rectangle::new([from, to], line(SECOND, 2.0))])?;
    Ok(())
}

/// A point with its interval.
fn mark(chart: &mut Chart<'_>, place: f64, of: Estimate, color: RGBColor) -> Drawn {
    let whisker = vec![(place, of.interval.low), (place, of.interval.high)];
    chart.draw_series([PathElement::new(whisker, line(INK, 1.5))])?;
    chart.draw_series([Circle::new((place, of.value), 10, color.filled())])?;
    Ok(())
}

#[cfg(test)]
#[path = "plots_tests.rs"]
mod tests;
