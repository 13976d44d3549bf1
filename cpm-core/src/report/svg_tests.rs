use super::*;

fn about() -> About {
    About { id: "test".to_owned(), title: "a < b & \"c\"".to_owned(), finding: "<script>1</script>".to_owned() }
}

#[test]
fn text_alternatives_are_escaped_and_the_size_is_free() {
    let svg = draw(&about(), (10, 5), |area| {
        area.draw(&plotters::element::PathElement::new(vec![(0, 0), (9, 4)], line(FIRST, 1.5)))
    })
    .unwrap();
    assert!(svg.starts_with("<svg viewBox=\"0 0 20 10\" role=\"img\" aria-labelledby=\"test-title test-finding\">"));
    assert!(svg.contains("a &lt; b &amp; &quot;c&quot;") && svg.contains("&lt;script&gt;") && !svg.contains("<script"));
    assert!(svg.contains("stroke=\"#1F5FAE\" stroke-width=\"3\"") && !svg.contains("xmlns"));
    assert!(svg.trim_end().ends_with("</svg>"));
}

#[test]
fn axes_end_at_round_numbers() {
    let axis = Axis::from_zero(873.0, 5, "");
    assert_eq!((axis.range.clone(), axis.ticks.clone()), (0.0..1000.0, vec![0.0, 200.0, 400.0, 600.0, 800.0, 1000.0]));
    assert_eq!(Axis::from_zero(0.0, 5, "").range, 0.0..1.0);
    assert!(Axis::from_zero(f64::MAX, 5, "").end().is_finite());
    assert_eq!(Axis::from_zero(1.0, 5, "").ticks.len(), 6);
    assert_eq!(Axis::counted(1.0, 17.0, 12, "").ticks, (1..=8).map(|k| 2.0 * f64::from(k)).collect::<Vec<_>>());
    assert_eq!(Axis::counted(0.0, 1.0, 12, "").ticks, [0.0, 1.0]);
    let across = Axis::spanning(-1_730.0, 910.0, 6, "");
    assert_eq!(across.ticks, [-2000.0, -1500.0, -1000.0, -500.0, 0.0, 500.0, 1000.0]);
    assert!(across.contains(0.0) && !across.contains(1000.0));
    assert!(Axis::spanning(4.0, 4.0, 6, "").contains(4.0));
    for (low, high) in
        [(f64::MIN, f64::MAX), (f64::INFINITY, f64::NEG_INFINITY), (0.0, f64::MIN_POSITIVE), (1e15, 1e15 + 0.25)]
    {
        let axis = Axis::spanning(low, high, 6, "");
        assert!(axis.start().is_finite() && axis.end() > axis.start() && axis.ticks.len() < 110, "{low} {high}");
    }
}

#[test]
fn small_percentages_keep_the_decimals_that_tell_ticks_apart() {
    let axis = Axis::from_zero(0.02, 5, "").percent();
    let labels: Vec<String> = axis.ticks.iter().map(|v| (axis.label)(*v)).collect();
    assert_eq!(labels.len(), labels.iter().collect::<std::collections::BTreeSet<_>>().len(), "{labels:?}");
}

#[test]
fn the_style_sheet_knows_every_colour() {
    let style = include_str!("style.css");
    for RGBColor(r, g, b) in [INK, MUTED, GRID, FIRST, SECOND, REFERENCE] {
        assert!(style.contains(&format!("\"#{r:02X}{g:02X}{b:02X}\"]")), "{r:02X}{g:02X}{b:02X}");
        // A drawing taken out of the report has the light theme's colours.
        assert!(style.contains(&format!("#{r:02x}{g:02x}{b:02x};")), "{r:02x}{g:02x}{b:02x}");
    }
}
