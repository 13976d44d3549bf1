use super::*;
use crate::estimate::Interval;

fn drawn(shape: Shape) -> String {
    let plot = Plot { title: "t".to_owned(), caption: String::new(), legend: Vec::new(), shape };
    let svg = plot.draw("id".to_owned(), "what it shows".to_owned()).unwrap();
    assert!(svg.starts_with("<svg viewBox=") && svg.contains("<desc id=\"id-finding\">what it shows</desc>"));
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    svg
}

#[test]
fn bars_are_as_long_as_their_numbers() {
    let names = ["search", "a name that is much too long for its place", "fairs"].map(String::from).to_vec();
    let svg = drawn(Shape::Bars {
        names,
        first: vec![100.0, 50.0, 0.0],
        second: Some(vec![0.0, 100.0, 50.0]),
        unit: "spend",
    });
    assert!(svg.contains("a name that is muc…") && !svg.contains("too long"));
    let width = |rect: &str| rect.split("width=\"").nth(1).unwrap().split('"').next().unwrap().parse::<f64>().unwrap();
    let filled: Vec<f64> = svg.split("<rect").filter(|r| r.contains("#1F5FAE")).map(width).collect();
    assert!((filled[0] / filled[1] - 2.0).abs() < 0.02, "{filled:?}");
    // Of many bars the longest are shown.
    let many = (0..40).map(|k| format!("n{k}.")).collect();
    let svg = drawn(Shape::Bars { names: many, first: (0..40).map(f64::from).collect(), second: None, unit: "spend" });
    assert!(svg.contains("n39.") && svg.contains("n16.") && !svg.contains("n15."));
}

#[test]
fn curves_show_zero_the_level_and_the_marks() {
    let now = Estimate { value: 2.0, interval: Interval { low: -1.0, high: 5.0 } };
    let curves = Curves {
        x: Span { counted: true, ..Span::new("period") },
        y: Span { from_zero: true, ..Span::new("cash") },
        first: vec![(0.0, -5.0), (1.0, 3.0)],
        band: vec![(0.0, -6.0, -4.0), (1.0, 1.0, 4.0)],
        level: Some((-8.0, "credit line")),
        marks: vec![(1.0, now, "now")],
        ..Curves::default()
    };
    let svg = drawn(Shape::Curves(curves));
    assert!(svg.contains("credit line") && svg.contains("now") && svg.contains("<polygon") && svg.contains("<circle"));
    // A single point, and nothing at all.
    drawn(Shape::Curves(Curves { first: vec![(0.5, 7.0)], ..Curves::default() }));
    drawn(Shape::Curves(Curves::default()));
}

#[test]
fn parts_fill_the_whole() {
    let svg = drawn(Shape::Parts { second: 0.25, rest: 0.25, first: 0.5, unit: "answers" });
    assert!(svg.contains("#B45309") && svg.contains("#1F5FAE"));
    drawn(Shape::Parts { second: 0.0, rest: 0.0, first: 1.0, unit: "answers" });
}
