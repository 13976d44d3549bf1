//! The charts of the report, each from the figures that it shows.

use plotters::element::{EmptyElement, PathElement, Polygon, Rectangle, Text};
use plotters::series::LineSeries;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, RGBColor};

use super::context::PurchaseClass;
use super::format;
use super::retention::RetentionPoint;
use super::svg::{About, Axis, Chart, DrawError, FINE, FIRST, GRID, INK, REFERENCE, SECOND, draw, frame, line, text};
use crate::clv::{FrequencyRow, HoldoutCheck};
use crate::error::Result;
use crate::estimate::Estimate;
use crate::portfolio::{LorenzCurve, SegmentFigures};

pub(super) const WIDTH: i32 = 760;
pub(super) const HEIGHT: i32 = 360;
/// Room for the numbers of a y axis and its name.
pub(super) const LEFT: i32 = 78;
/// Share of its place that a bar fills.
const BAR: f64 = 0.62;
/// Opacity of bands behind a line.
pub(super) const BAND: f64 = 0.18;

pub(super) type Drawn = std::result::Result<(), DrawError>;

/// Value by segment: one bar each, with its interval.
pub(super) fn segments(about: &About, segments: &[SegmentFigures], unit: &str, decimals: usize) -> Result<String> {
    let largest = segments.iter().map(|s| s.value.interval.high.max(s.value.value)).fold(0.0, f64::max);
    // The numbers stand behind the longest whisker.
    let x = Axis::from_zero(largest, 6, unit).stretched(1.14);
    let y = Axis::names(segments.iter().map(|s| s.segment.clone()).collect(), "").reversed();
    let height = 64 + 36 * segments.len() as i32;
    draw(about, (WIDTH, height), |area| {
        let mut chart = frame(area, &x, &y, 170)?;
        for (i, segment) in segments.iter().enumerate() {
            let Estimate { value, interval } = segment.value;
            let middle = i as f64 + 0.5;
            bar(&mut chart, (0.0, middle - BAR / 2.0), (value, middle + BAR / 2.0), FIRST)?;
            let (low, high) = (interval.low, interval.high);
            let (top, bottom) = (middle - BAR / 5.0, middle + BAR / 5.0);
            for path in [[(low, middle), (high, middle)], [(low, top), (low, bottom)], [(high, top), (high, bottom)]] {
                chart.draw_series([PathElement::new(path.to_vec(), line(INK, 1.5))])?;
            }
            let place = (high.max(value), middle);
            write(&mut chart, place, (8, 0), &format::fixed(value, decimals), Pos::new(HPos::Left, VPos::Center))?;
        }
        Ok(())
    })
}

/// Lorenz curves of revenue so far and of expected value, with the line of equality.
pub(super) fn lorenz(about: &About, revenue: &LorenzCurve, value: &LorenzCurve) -> Result<String> {
    let x = Axis::from_zero(1.0, 5, "share of customers, lowest first").percent();
    let y = Axis::from_zero(1.0, 5, "share of the total").percent();
    draw(about, (520, 440), |area| {
        let mut chart = frame(area, &x, &y, LEFT)?;
        curve(&mut chart, [(0.0, 0.0), (1.0, 1.0)], REFERENCE, 1.5)?;
        let points = |c: &LorenzCurve| {
            c.share_of_customers.iter().copied().zip(c.share_of_value.iter().copied()).collect::<Vec<_>>()
        };
        curve(&mut chart, points(revenue), FIRST, 2.5)?;
        curve(&mut chart, points(value), SECOND, 2.5)
    })
}

/// Average retention by age of the cohort, from age 1 on, with its interval as a band.
pub(super) fn retention(about: &About, points: &[RetentionPoint], period: &str) -> Result<String> {
    let largest = points.iter().map(|p| p.high).fold(0.0, f64::max).min(1.0);
    let last = points.last().map_or(1.0, |p| p.age);
    let x = Axis::counted(0.0, last, 12, format!("{period}s since the first purchase"));
    let y = Axis::from_zero(largest, 5, "customers who purchase").percent();
    draw(about, (WIDTH, HEIGHT), |area| {
        let mut chart = frame(area, &x, &y, LEFT)?;
        let band: Vec<(f64, f64)> =
            points.iter().map(|p| (p.age, p.low)).chain(points.iter().rev().map(|p| (p.age, p.high))).collect();
        chart.draw_series([Polygon::new(band, FIRST.mix(BAND))])?;
        chart.draw_series(
            LineSeries::new(points.iter().map(|p| (p.age, p.value)), line(FIRST, 2.5).filled())
                .point_size(3 * FINE as u32),
        )?;
        Ok(())
    })
}

/// Repeat purchases per period, made and expected; the hold-out stands on a shade.
pub(super) fn tracking(about: &About, check: &HoldoutCheck) -> Result<String> {
    let rows = &check.tracking;
    let largest = rows.iter().map(|r| r.actual.max(r.expected)).fold(0.0, f64::max);
    let periods = rows.len().max(1) as f64;
    let x = Axis::counted(0.0, periods, 12, format!("{} of the log", check.time_unit));
    let y = Axis::from_zero(largest, 5, format!("repeat purchases per {}", check.time_unit));
    draw(about, (WIDTH, HEIGHT), |area| {
        let mut chart = frame(area, &x, &y, LEFT)?;
        if let Some(start) = rows.iter().position(|r| r.in_holdout) {
            let start = start as f64;
            chart.draw_series([Rectangle::new([(start, 0.0), (periods, y.end())], GRID.mix(0.4).filled())])?;
            curve(&mut chart, [(start, 0.0), (start, y.end())], REFERENCE, 1.5)?;
            let name = "hold-out: not seen by the model";
            write(&mut chart, (periods, y.end()), (-8, 8), name, Pos::new(HPos::Right, VPos::Top))?;
        }
        // A count belongs to the whole of its period: it is drawn in the middle.
        let of = |get: fn(f64, f64) -> f64| {
            rows.iter().map(|r| (r.period as f64 - 0.5, get(r.actual, r.expected))).collect::<Vec<_>>()
        };
        curve(&mut chart, of(|actual, _| actual), FIRST, 2.0)?;
        curve(&mut chart, of(|_, expected| expected), SECOND, 2.5)
    })
}

/// Mean purchases in the hold-out by purchases in calibration: filled bars made, outlined bars expected.
pub(super) fn by_frequency(about: &About, rows: &[FrequencyRow]) -> Result<String> {
    let name = |(i, r): (usize, &FrequencyRow)| {
        // The last row holds this many or more.
        let open = if i + 1 == rows.len() { "+" } else { "" };
        format!("{}{open}", r.frequency)
    };
    let largest = rows.iter().map(|r| r.actual.max(r.expected)).fold(0.0, f64::max);
    let x = Axis::names(rows.iter().enumerate().map(name).collect(), "repeat purchases in the calibration period");
    let y = Axis::from_zero(largest, 5, "mean purchases in the hold-out");
    draw(about, (WIDTH, HEIGHT), |area| {
        let mut chart = frame(area, &x, &y, LEFT)?;
        for (i, row) in rows.iter().enumerate() {
            let middle = i as f64 + 0.5;
            bar(&mut chart, (middle - 0.36, 0.0), (middle - 0.02, row.actual), FIRST)?;
            let expected = [(middle + 0.02, 0.0), (middle + 0.36, row.expected)];
            chart.draw_series([Rectangle::new(expected, SECOND.mix(BAND).filled())])?;
            chart.draw_series([Rectangle::new(expected, line(SECOND, 2.0))])?;
        }
        Ok(())
    })
}

/// Customers by expected purchases within the horizon, with their numbers.
pub(super) fn purchase_classes(about: &About, classes: &[PurchaseClass], horizon: &str) -> Result<String> {
    let largest = classes.iter().map(|c| c.customers as f64).fold(0.0, f64::max);
    let names = classes.iter().map(|c| c.label.clone()).collect();
    let x = Axis::names(names, format!("expected purchases in the next {horizon}"));
    let y = Axis::from_zero(1.06 * largest, 5, "customers");
    draw(about, (WIDTH, HEIGHT), |area| {
        let mut chart = frame(area, &x, &y, LEFT)?;
        for (i, class) in classes.iter().enumerate() {
            let (middle, customers) = (i as f64 + 0.5, class.customers as f64);
            bar(&mut chart, (middle - 0.44, 0.0), (middle + 0.44, customers), FIRST)?;
            let place = Pos::new(HPos::Center, VPos::Bottom);
            write(&mut chart, (middle, customers), (0, -4), &format::count(customers), place)?;
        }
        Ok(())
    })
}

pub(super) fn bar(chart: &mut Chart<'_>, from: (f64, f64), to: (f64, f64), color: RGBColor) -> Drawn {
    chart.draw_series([Rectangle::new([from, to], color.filled())])?;
    Ok(())
}

pub(super) fn curve(
    chart: &mut Chart<'_>,
    points: impl IntoIterator<Item = (f64, f64)>,
    color: RGBColor,
    width: f64,
) -> Drawn {
    chart.draw_series(LineSeries::new(points, line(color, width)))?;
    Ok(())
}

/// Text beside a place, moved by some pixels of the page.
pub(super) fn write(
    chart: &mut Chart<'_>,
    place: (f64, f64),
    (right, down): (i32, i32),
    what: &str,
    anchor: Pos,
) -> Drawn {
    let words = Text::new(what.to_owned(), (right * FINE, down * FINE), text(INK).pos(anchor));
    chart.draw_series([EmptyElement::at(place) + words])?;
    Ok(())
}
