//! The paper that charts are drawn on: a plotters drawing area that ends as inline SVG.
//!
//! Shapes are drawn in the light theme's colours. The style sheet knows each of them and turns it into
//! the colour of the theme in use (`svg [stroke="#1F5FAE"] { stroke: var(--first) }`), so that one
//! drawing serves screen, dark screen and paper.

use std::ops::Range;

use plotters::backend::SVGBackend;
use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, KeyPointWeight, Ranged};
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::style::{Color, FontFamily, IntoFont, RGBColor, ShapeStyle, TextStyle};

use super::format;
use crate::error::{Error, Result};

/// Axes, whiskers and the text that matters most.
pub(super) const INK: RGBColor = RGBColor(0x1B, 0x24, 0x30);
/// Labels.
pub(super) const MUTED: RGBColor = RGBColor(0x56, 0x62, 0x72);
/// Lines to read values by.
pub(super) const GRID: RGBColor = RGBColor(0xDC, 0xE1, 0xE8);
/// What was observed.
pub(super) const FIRST: RGBColor = RGBColor(0x1F, 0x5F, 0xAE);
/// What the model expects; its lines are dashed by the style sheet.
pub(super) const SECOND: RGBColor = RGBColor(0xB4, 0x53, 0x09);
/// Lines of comparison; dashed by the style sheet.
pub(super) const REFERENCE: RGBColor = RGBColor(0x6B, 0x77, 0x86);

/// plotters rounds to whole pixels; a grid finer than the page's keeps curves smooth.
pub(super) const FINE: i32 = 2;
/// Size of all text, in pixels of the page.
const TEXT: f64 = 13.0;
/// plotters' font size over that of SVG.
const FONT_RATIO: f64 = 1.24;
const TICK: i32 = 4;

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub(super) type Chart<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<Scale, Scale>>;
pub(super) type DrawError = DrawingAreaErrorKind<std::io::Error>;

/// What a chart is called, and what it shows in words: its text alternative.
pub(super) struct About {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) finding: String,
}

/// Draws on a fresh area of `width` x `height` pixels of the page.
pub(super) fn draw(
    about: &About,
    (width, height): (i32, i32),
    plot: impl FnOnce(&Area<'_>) -> std::result::Result<(), DrawError>,
) -> Result<String> {
    let mut svg = String::new();
    let size = ((width * FINE) as u32, (height * FINE) as u32);
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        plot(&area)
            .and_then(|()| area.present())
            .map_err(|e| Error::Report { reason: format!("the chart `{}` could not be drawn: {e}", about.id) })?;
    }
    Ok(inline(about, size, &svg))
}

/// The drawing without fixed size, font and name space, with its text alternative.
fn inline(about: &About, (width, height): (u32, u32), svg: &str) -> String {
    let shapes = svg.find(">\n").map_or("", |end| &svg[end + 2..]);
    let shapes = shapes.replace(" opacity=\"1\"", "").replace(" font-family=\"sans-serif\"", "");
    let About { id, title, finding } = about;
    format!(
        "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"{id}-title {id}-finding\">\n\
         <title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-finding\">{}</desc>\n{shapes}",
        escape(title),
        escape(finding)
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// One axis: where it starts and ends, where it is labelled, and how.
pub(super) struct Axis {
    range: Range<f64>,
    ticks: Vec<f64>,
    name: String,
    label: Box<dyn Fn(f64) -> String>,
    grid: bool,
}

impl Axis {
    /// From 0 to a round number from `largest` on, with about `ticks` labels.
    pub(super) fn from_zero(largest: f64, ticks: usize, name: impl Into<String>) -> Self {
        // Beyond this, the end of the axis could be infinite.
        let largest = largest.min(1e300);
        let step = round_step(largest / ticks as f64);
        let steps = (largest / step - 1e-9).ceil().max(1.0);
        Self {
            range: 0.0..step * steps,
            ticks: (0..=steps as usize).map(|k| step * k as f64).collect(),
            name: name.into(),
            label: Box::new(move |v| format::tick(v, step)),
            grid: true,
        }
    }

    /// From a round number up to `low` to one from `high` on, with about `ticks` labels.
    pub(super) fn spanning(low: f64, high: f64, ticks: usize, name: impl Into<String>) -> Self {
        let (low, high) = (low.clamp(-1e300, 1e300), high.clamp(-1e300, 1e300));
        // What is one number needs room around it.
        let room = if high > low { 0.0 } else { 0.5 * low.abs().max(1.0) };
        let (low, high) = (low.min(high) - room, low.max(high) + room);
        let step = round_step((high - low) / ticks as f64);
        let (first, last) = ((low / step + 1e-9).floor(), (high / step - 1e-9).ceil());
        let count = (last - first).clamp(1.0, 100.0) as usize;
        Self {
            range: step * first..step * (first + count as f64),
            ticks: (0..=count).map(|k| step * (first + k as f64)).collect(),
            name: name.into(),
            label: Box::new(move |v| format::tick(v, step)),
            grid: true,
        }
    }

    /// Whole numbers from `first` to `last`, labelled at round ones.
    pub(super) fn counted(first: f64, last: f64, ticks: usize, name: impl Into<String>) -> Self {
        let step = round_step((last - first) / ticks as f64).max(1.0);
        let end = last.max(first + 1.0);
        let start = (first / step).ceil() as i64;
        let ticks = (start..=(end / step).floor() as i64).map(|k| k as f64 * step).collect();
        let label = Box::new(move |v| format::tick(v, step));
        Self { range: first..end, ticks, name: name.into(), label, grid: false }
    }

    /// Names, each in the middle of a place of width 1.
    pub(super) fn names(names: Vec<String>, name: impl Into<String>) -> Self {
        let ticks = (0..names.len()).map(|i| i as f64 + 0.5).collect();
        let range = 0.0..names.len().max(1) as f64;
        let label = Box::new(move |v: f64| names.get(v.max(0.0) as usize).cloned().unwrap_or_default());
        Self { range, ticks, name: name.into(), label, grid: false }
    }

    /// With values shown as percentages.
    pub(super) fn percent(mut self) -> Self {
        let step = 100.0 * (self.range.end - self.range.start) / (self.ticks.len() as f64 - 1.0).max(1.0);
        let decimals = (-step.log10()).ceil().clamp(0.0, 4.0) as usize;
        self.label = Box::new(move |v| format::percent(v, decimals));
        self
    }

    /// Starting at the other end.
    pub(super) fn reversed(mut self) -> Self {
        self.range = self.range.end..self.range.start;
        self
    }

    /// With `factor` times the length, for text beyond the last bar.
    pub(super) fn stretched(mut self, factor: f64) -> Self {
        self.range.end *= factor;
        self
    }

    pub(super) fn start(&self) -> f64 {
        self.range.start
    }

    pub(super) fn end(&self) -> f64 {
        self.range.end
    }

    /// Whether a value lies between the ends.
    pub(super) fn contains(&self, value: f64) -> bool {
        self.range.start < value && value < self.range.end
    }

    fn scale(&self) -> Scale {
        Scale { range: self.range.clone(), ticks: self.ticks.clone() }
    }
}

/// A linear scale with its ticks given. Those of plotters are found by counting, which need not end for all numbers.
pub(super) struct Scale {
    range: Range<f64>,
    ticks: Vec<f64>,
}

impl Ranged for Scale {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let position = (value - self.range.start) / (self.range.end - self.range.start);
        from + (f64::from(to - from) * position).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        match hint.weight() {
            KeyPointWeight::Bold => self.ticks.clone(),
            KeyPointWeight::Any => Vec::new(),
        }
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

/// 1, 2 or 5 times a power of ten, not below `step`.
fn round_step(step: f64) -> f64 {
    if !(step.is_finite() && step > 1e-300) {
        return 1.0;
    }
    let power = 10.0_f64.powf(step.log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|f| f * power >= step * (1.0 - 1e-9)).unwrap_or(10.0);
    factor * power
}

/// Axes, labels and the lines to read values by; `left` pixels hold the labels of the y axis.
pub(super) fn frame<'a>(area: &Area<'a>, x: &Axis, y: &Axis, left: i32) -> std::result::Result<Chart<'a>, DrawError> {
    let mut chart = ChartBuilder::on(area)
        .margin_top(8 * FINE)
        .margin_right(20 * FINE)
        .x_label_area_size(46 * FINE)
        .y_label_area_size(left * FINE)
        .build_cartesian_2d(x.scale(), y.scale())?;
    let x_label = |v: &f64| (x.label)(*v);
    let y_label = |v: &f64| (y.label)(*v);
    let mut mesh = chart.configure_mesh();
    mesh.bold_line_style(line(GRID, 1.0))
        .light_line_style(GRID.mix(0.0))
        .axis_style(line(REFERENCE, 1.0))
        .label_style(text(MUTED))
        .axis_desc_style(text(MUTED))
        .set_all_tick_mark_size(TICK * FINE)
        .x_label_formatter(&x_label)
        .y_label_formatter(&y_label)
        .x_desc(x.name.as_str())
        .y_desc(y.name.as_str());
    if !x.grid {
        mesh.disable_x_mesh();
    }
    if !y.grid {
        mesh.disable_y_mesh();
    }
    mesh.draw()?;
    Ok(chart)
}

/// A line so many pixels of the page wide.
pub(super) fn line(color: RGBColor, width: f64) -> ShapeStyle {
    color.stroke_width((width * f64::from(FINE)) as u32)
}

pub(super) fn text(color: RGBColor) -> TextStyle<'static> {
    let font = (FontFamily::SansSerif, TEXT * FONT_RATIO * f64::from(FINE)).into_font();
    TextStyle { color: color.to_backend_color(), ..TextStyle::from(font) }
}

#[cfg(test)]
#[path = "svg_tests.rs"]
mod tests;
