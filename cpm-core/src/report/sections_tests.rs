#![allow(clippy::unwrap_used)]

use ndarray::{Array2, array};

use crate::Result;
use crate::portfolio::{
    Activity, Allocation, AtRiskOptions, CampaignColumns, CampaignOptions, CostStructure, DrawOptions, Goal, GoalPath,
    Measured, Programme, Response, SegmentBounds, StressScenario, SurveyOptions, TransitionCounts, efficient_frontier,
    growth_bridge, nps, revenue_at_risk, satisfaction_drivers, stress_test, target_customers,
};
use crate::report::ReportSection;

/// Every section says what it is for, what it found with numbers, and has a table.
fn assert_whole(section: Result<ReportSection>) -> ReportSection {
    let section: ReportSection = section.unwrap();
    assert!(!section.title.is_empty() && section.sentence.ends_with('.'), "{section:?}");
    assert!(section.findings.iter().any(|f| f.contains(|c: char| c.is_ascii_digit())), "{:?}", section.findings);
    assert!(section.findings.iter().all(|f| f.ends_with('.') && !f.contains("NaN")), "{:?}", section.findings);
    assert!(section.tables.iter().all(|(_, table)| table.rows() > 0));
    for plot in &section.plots {
        let svg = plot.draw("id".to_owned(), section.findings.join(" ")).unwrap();
        assert!(svg.contains("<title") && svg.contains("<desc") && !svg.contains("NaN"), "{svg}");
    }
    section
}

#[test]
fn growth_says_where_revenue_comes_from() {
    let bridge =
        growth_bridge(&[100.0, 50.0, 0.0, 0.0], &[120.0, 0.0, 30.0, 10.0], Some(&[true, true, false, true]), 0.95);
    let section = assert_whole(ReportSection::try_from(&bridge.unwrap()));
    assert!(
        section.findings[0].starts_with("Revenue rose from 150.00 to 160.00: 30.00 from new customers, 10.00 won back")
    );
}

#[test]
fn a_profitable_programme_that_breaks_the_credit_line_is_said_to_do_so() {
    let path = Programme::new(&[100.0], &[1.0, 0.9, 0.8, 0.7, 0.6])
        .cost_per_acquisition(60.0)
        .revenue(50.0)
        .variable_cost(20.0)
        .credit_limit(2_000.0)
        .cash_path(&DrawOptions::new().draws(100))
        .unwrap();
    let section = assert_whole(ReportSection::try_from(&path));
    assert!(
        section.findings[1].contains("profitable, but it breaks the credit line of 2\u{202f}000"),
        "{:?}",
        section.findings
    );
}

#[test]
fn sections_of_each_kind_are_whole() {
    let costs = CostStructure::new(20.0, 12.0, 4_000.0);
    assert_whole(ReportSection::try_from(&costs.break_even(Some(800.0), &DrawOptions::new().draws(100)).unwrap()));
    let risk = revenue_at_risk(&[100.0; 50], &[80.0; 50], None, &AtRiskOptions::new().draws(500)).unwrap();
    assert_whole(ReportSection::try_from(&risk));
    let stress = stress_test(&[100.0, 60.0], None, &[StressScenario::new("less").spend(0.1)]).unwrap();
    let stress = assert_whole(ReportSection::try_from(stress.as_slice()));
    assert!(stress.findings[0].contains("“less” costs most: 10.0\u{a0}%"), "{:?}", stress.findings);
    let survey = nps(&[10.0, 9.0, 3.0, 8.0], &SurveyOptions::new()).unwrap();
    assert!(assert_whole(ReportSection::try_from(&survey)).findings[0].contains("is 25.0"));
    let ratings = Array2::from_shape_fn((60, 2), |(i, j)| ((i * (7 + 4 * j)) % (5 + 2 * j)) as f64);
    let overall: Vec<f64> = ratings.rows().into_iter().map(|r| 3.0 * r[0] + r[1]).collect();
    let drivers = satisfaction_drivers(ratings.view(), &["speed".into(), "price".into()], &overall, 0.95).unwrap();
    assert!(assert_whole(ReportSection::try_from(&drivers)).findings[0].starts_with("“speed” matters most"));
    let columns = CampaignColumns { response: &[0.3, 0.02], baseline: None, value: &[20.0, 20.0], cost: &[1.0] };
    let list = target_customers(&columns, &CampaignOptions::new()).unwrap();
    assert!(assert_whole(ReportSection::try_from(&list)).findings[0].starts_with("Contacting the best 1 of 2"));
}

#[test]
fn migration_names_the_most_frequent_way_out() {
    let counts = TransitionCounts::from_counts(
        vec!["gold".into(), "basic".into(), "never".into()],
        vec![array![[5, 3, 0], [1, 9, 0], [0, 0, 0]]],
    );
    let section = assert_whole(ReportSection::try_from(&counts.unwrap()));
    assert!(section.findings[0].starts_with("77.8\u{a0}% of 18 customers"), "{:?}", section.findings);
    assert!(section.findings[1].contains("from “gold” to “basic”: 3 customers"));
    assert!(section.heat);
    // A segment that nobody was in has no row, one that nobody reached no column.
    assert_eq!((section.tables[0].1.rows(), section.tables[0].1.columns().count()), (2, 4));
}

#[test]
fn an_allocation_shows_its_certificate() {
    let respond = |top| Response::exponential(top, 0.05).unwrap();
    let activities = vec![Activity::new("a", respond(100.0)), Activity::new("b", respond(60.0))];
    let plan = Allocation::new(activities, 50.0).today(&[25.0, 25.0]).solve().unwrap();
    let section = assert_whole(ReportSection::try_from(&plan));
    assert!(section.findings[1].starts_with("Today’s split is worth"));
    assert!(section.tables[2].1.column("value").is_some());
    assert_eq!(section.plots.len(), 1);
}

#[test]
fn results_that_ask_for_it_have_a_chart() {
    let options = DrawOptions::new().draws(100);
    let costs = CostStructure::new(20.0, 12.0, 4_000.0).non_cash_cost(900.0);
    let of = |section: Result<ReportSection>| assert_whole(section).plots.len();
    assert_eq!(of(ReportSection::try_from(&costs.break_even(Some(800.0), &options).unwrap())), 1);
    let free = CostStructure::new(20.0, 12.0, 0.0).break_even(None, &options).unwrap();
    assert_eq!(ReportSection::try_from(&free).unwrap().plots.len(), 0);
    let path = Programme::new(&[100.0], &[1.0, 0.9]).cost_per_acquisition(60.0).revenue(50.0).cash_path(&options);
    assert_eq!(of(ReportSection::try_from(&path.unwrap())), 1);
    assert_eq!(of(ReportSection::try_from(&nps(&[10.0, 9.0, 3.0, 8.0], &SurveyOptions::new()).unwrap())), 1);
    let date = |text: &str| text.parse().unwrap();
    for path in [GoalPath::Linear, GoalPath::Compound] {
        let goal = Goal::new("clv", 100.0, 115.0, date("2026-01-01"), date("2026-12-31"), path).unwrap();
        let status = goal.status(Measured::new(104.0, 2.0), date("2026-06-01"), 0.95).unwrap();
        assert_eq!(status.required_after(0.0), 100.0);
        assert_eq!(status.required_after(1.0), 115.0);
        assert!((status.required_after(status.elapsed) - status.required).abs() < 1e-12);
        assert_eq!(of(ReportSection::try_from(&status)), 1);
    }
    let names = ["new", "loyal"].map(String::from).to_vec();
    let covariance = array![[0.09, 0.01], [0.01, 0.04]];
    let frontier = efficient_frontier(names, &[0.3, 0.2], &covariance, &SegmentBounds::open(2), 9).unwrap();
    assert_eq!(of(ReportSection::try_from(&frontier)), 1);
}
