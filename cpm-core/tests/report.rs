//! The HTML report: complete, true to the portfolio's figures, safe with any text, the same every time.
//!
//! What only a browser can tell (sorting, overflow, contrast, the console) is in `browser/check_report.py`.
#![cfg(all(feature = "report", feature = "datasets", feature = "decisions"))]
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::collections::BTreeSet;
use std::fmt::Write;

use cpm_core::portfolio::{SurveyOptions, nps};
use cpm_core::{
    AnalysisOptions, Column, Error, OnError, Portfolio, ReadOptions, ReportSection, Table, TransactionLog, analyze,
    datasets,
};

const SECTIONS: [&str; 13] = [
    "headlines",
    "segments",
    "top-customers",
    "concentration",
    "retention",
    "model-check",
    "distribution",
    "growth-and-retention",
    "migration-between-segments",
    "risk",
    "model",
    "assumptions",
    "data-quality",
];
const EMPTY_ELEMENTS: [&str; 2] = ["meta", "link"];

fn options() -> AnalysisOptions {
    AnalysisOptions::new(52.0).discount_rate(0.10).margin(0.30)
}

fn cdnow() -> Portfolio {
    analyze(&datasets::cdnow_sample().unwrap(), &options().as_of("1998-06-30").unwrap()).unwrap()
}

fn log(csv: &str, origin: &str) -> TransactionLog {
    let columns = ReadOptions::new("customer", "date", "amount").on_error(OnError::Exclude);
    TransactionLog::from_csv_reader(csv.as_bytes(), origin, &columns).unwrap()
}

/// A small base: one purchase a week, for customer k during k weeks, with amounts that differ.
fn small(customers: u32, name: impl Fn(u32) -> String) -> String {
    let mut csv = "customer,date,amount\n".to_owned();
    for customer in 1..=customers {
        for week in 0..1 + customer % 7 {
            let day = (customer + 7 * week) % 60;
            let (month, day) = (1 + day / 28, 1 + day % 28);
            writeln!(csv, "\"{}\",2024-{month:02}-{day:02},{}", name(customer), 10 + 3 * customer + week).unwrap();
        }
    }
    csv
}

/// Text between `start` and `end`.
fn between<'a>(html: &'a str, start: &str, end: &str) -> &'a str {
    let from = html.find(start).unwrap_or_else(|| panic!("no {start}")) + start.len();
    &html[from..from + html[from..].find(end).unwrap_or_else(|| panic!("no {end} after {start}"))]
}

fn section<'a>(html: &'a str, id: &str) -> &'a str {
    between(html, &format!("<section id=\"{id}\""), "</section>")
}

/// Text alone, without tags, style and script.
fn text(html: &str) -> String {
    let (mut text, mut rest) = (String::new(), html);
    while let Some(open) = rest.find('<') {
        text.push_str(&rest[..open]);
        text.push(' ');
        let skip = ["style", "script"].iter().find(|tag| rest[open..].starts_with(&format!("<{tag}>")));
        let end = skip.map_or(">".to_owned(), |tag| format!("</{tag}>"));
        rest = &rest[open + rest[open..].find(&end).unwrap() + end.len()..];
    }
    text + rest
}

/// `1234567` as `1 234 567`, written independently of the report.
fn grouped(value: f64) -> String {
    let digits: Vec<char> = format!("{value:.0}").chars().rev().collect();
    let groups: Vec<String> = digits.chunks(3).map(|g| g.iter().collect()).collect();
    groups.join("\u{202f}").chars().rev().collect()
}

/// Every element that is opened is closed, in order, and no id is there twice.
fn assert_well_formed(html: &str) {
    let (mut open, mut ids, mut rest) = (Vec::new(), BTreeSet::new(), html);
    while let Some(start) = rest.find('<') {
        let end = start + rest[start..].find('>').unwrap();
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        let name = tag.trim_start_matches('/').split([' ', '/', '\n']).next().unwrap();
        if let Some(id) = tag.split(" id=\"").nth(1).and_then(|t| t.split('"').next()) {
            assert!(ids.insert(id.to_owned()), "the id {id} is there twice");
        }
        if tag.starts_with('!') || tag.ends_with('/') || EMPTY_ELEMENTS.contains(&name) {
            continue;
        }
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name.to_owned()), "</{name}> before {}", &rest[..rest.len().min(80)]);
        } else if name == "style" || name == "script" {
            rest = &rest[rest.find(&format!("</{name}>")).unwrap() + name.len() + 3..];
        } else {
            open.push(name.to_owned());
        }
    }
    assert!(open.is_empty(), "never closed: {open:?}");
}

fn assert_sound(html: &str) {
    assert_well_formed(html);
    let words = text(html);
    for word in ["NaN", "Infinity", "undefined", "None", "Some("] {
        assert!(!words.contains(word), "the report says {word}");
    }
    assert!(!words.split(|c: char| !c.is_alphanumeric()).any(|w| w == "inf"), "the report says inf");
    assert!(!html.contains("\"NaN\"") && !html.contains("\"inf\""), "an attribute is no number");
}

#[test]
fn everything_is_inside_the_file() {
    let html = cdnow().report_html().unwrap();
    assert_sound(&html);
    for from_elsewhere in ["http:", "https:", "//", "src=", "@import", "url(", "<iframe", "<object", "<base"] {
        // Comments of the style sheet and the script are no addresses.
        let found = html.match_indices(from_elsewhere).find(|(at, _)| !html[*at..].starts_with("// "));
        assert!(found.is_none(), "{from_elsewhere} in {:?}", found.map(|(at, _)| &html[at..at + 60]));
    }
    let policy = between(&html, "Content-Security-Policy\" content=\"", "\">");
    assert_eq!(policy, "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:");
    assert!(html.contains("<link rel=\"icon\" href=\"data:,\">"));
}

#[test]
fn sections_come_in_order_and_the_navigation_knows_them() {
    let html = cdnow().report_html().unwrap();
    let mut last = 0;
    for id in SECTIONS {
        let at = html.find(&format!("<section id=\"{id}\"")).unwrap_or_else(|| panic!("no section {id}"));
        assert!(at > last);
        last = at;
        assert!(html.contains(&format!("<li><a href=\"#{id}\">")), "no link to {id}");
        assert!(section(&html, id).contains("<p class=\"lead\">"), "{id} does not say what to do with it");
    }
    assert_eq!(html.matches("<h1").count(), 1);
}

#[test]
fn headline_numbers_are_the_totals() {
    let portfolio = cdnow();
    let (totals, html) = (portfolio.totals(), portfolio.report_html().unwrap());
    let cards = section(&html, "headlines");
    assert!(cards.contains(&format!("<dd class=\"figure\">{}</dd>", grouped(totals.customers as f64))));
    for estimate in [totals.alive, totals.expected_purchases, totals.without_purchase, totals.customer_equity] {
        let (low, high) = (grouped(estimate.interval.low), grouped(estimate.interval.high));
        assert!(cards.contains(&format!("<dd class=\"figure\">{}", grouped(estimate.value))), "{estimate:?}");
        assert!(cards.contains(&format!("<dd class=\"interval\">{low} to {high}</dd>")), "{estimate:?}");
    }
    let share = portfolio.revenue_concentration().top_shares[2].1;
    assert!(cards.contains(&format!("<dd class=\"figure\">{:.1}\u{a0}%</dd>", 100.0 * share)));
    let quiet = totals.without_purchase.value / totals.customers as f64;
    assert!(cards.contains(&format!("<small>{:.1}\u{a0}%</small>", 100.0 * quiet)));
}

#[test]
fn tables_hold_the_figures_of_the_portfolio() {
    let portfolio = cdnow();
    let html = portfolio.report_html().unwrap();
    let segments = between(section(&html, "segments"), "<tbody>", "</tbody>");
    assert_eq!(segments.matches("<tr>").count(), portfolio.segments().len());
    for segment in portfolio.segments() {
        assert!(segments.contains(&format!("<th scope=\"row\">{}</th>", segment.segment)));
        assert!(segments.contains(&format!("data-value=\"{}\"", segment.value.value)), "{}", segment.segment);
    }

    let top = between(section(&html, "top-customers"), "<tbody>", "</tbody>");
    let mut values: Vec<f64> = portfolio.value().customers().iter().map(|c| c.value).collect();
    values.sort_by(|a, b| b.total_cmp(a));
    assert_eq!(top.matches("<tr>").count(), 20);
    let mut rest = top;
    for value in &values[..20] {
        let attribute = format!("data-value=\"{value}\"");
        let at = rest.find(&attribute).unwrap_or_else(|| panic!("{value} is missing or out of order"));
        rest = &rest[at + attribute.len()..];
    }

    let check = portfolio.holdout().unwrap();
    let words = text(section(&html, "model-check"));
    assert!(words.contains(&grouped(check.actual_total)) && words.contains(&grouped(check.expected_total.value)));
    let inside = (check.expected_total.interval.low..=check.expected_total.interval.high).contains(&check.actual_total);
    assert_eq!(words.contains("lie inside the 95"), inside);

    let parameters = text(section(&html, "model"));
    assert!(parameters.contains(&format!("{:.4}", portfolio.model().parameters()[0].1)));
    assert!(parameters.contains(&format!("{:.3}", portfolio.spend().p())));
    let aic = portfolio.spend().fit_report().unwrap().aic();
    assert!(parameters.contains(&format!("{}.{:02}", grouped(aic.trunc()), (100.0 * aic.fract()).round())));
}

#[test]
fn charts_have_a_text_alternative_with_numbers() {
    let html = cdnow().report_html().unwrap();
    let charts: Vec<&str> = html.split("<svg ").skip(1).collect();
    assert_eq!(charts.len(), 6);
    for chart in charts {
        assert!(chart.starts_with("viewBox=\"0 0 "));
        assert!(chart.contains("role=\"img\""));
        assert!(!between(chart, "<title id=\"", "</title>").ends_with('>'));
        assert!(between(chart, "<desc id=\"", "</desc>").contains(|c: char| c.is_ascii_digit()));
    }
}

#[test]
fn text_from_the_data_cannot_become_markup() {
    let evil = |k: u32| if k == 41 { "<script>alert(1)</script>".to_owned() } else { format!("a&b' <i>{k}</i>") };
    let mut csv = small(41, evil);
    csv.push_str("<b>who</b>,not a <u>date</u>,5\n");
    let log = log(&csv, "<img onerror=x>&.csv");
    let html = analyze(&log, &options()).unwrap().report_html().unwrap();
    assert_sound(&html);
    for markup in ["<script>alert", "<i>", "<b>", "<u>", "<img"] {
        assert!(!html.contains(markup), "{markup}");
    }
    assert!(html.contains("&lt;script&gt;alert(1)&lt;") && html.contains("&lt;img onerror=x&gt;&amp;.csv"));
    assert_eq!(html.matches("<script>").count(), 1);
    // The row that was left out is counted, explained and shown.
    let quality = section(&html, "data-quality");
    assert!(quality.contains("unparsable date") && quality.contains("not a &lt;u&gt;date&lt;"));
}

#[test]
fn without_a_hold_out_the_report_says_why() {
    let after_the_end = options().calibration_end("1999-01-01").unwrap();
    let portfolio = analyze(&datasets::cdnow_sample().unwrap(), &after_the_end).unwrap();
    let reason = portfolio.holdout().unwrap_err().to_owned();
    let html = portfolio.report_html().unwrap();
    assert_sound(&html);
    let check = text(section(&html, "model-check"));
    assert!(check.contains("There is no check") && check.contains("the hold-out would be empty"), "{reason}\n{check}");
    assert!(section(&html, "headlines").contains("not checked"));
    assert_eq!(html.matches("<svg ").count(), 4);
}

#[test]
fn sections_made_of_results_and_of_tables_are_added_in_order() {
    let survey = nps(&[10.0, 9.0, 9.0, 8.0, 7.0, 3.0], &SurveyOptions::new()).unwrap();
    let mut channels = Table::new();
    channels.push("channel", Column::Text(vec!["<b>fairs</b>".into(), "search".into()])).unwrap();
    channels.push("cac", Column::Float(vec![88.125, 1_234.5])).unwrap();
    let more = [
        ReportSection::try_from(&survey).unwrap(),
        ReportSection::new("Risk", "A title that is taken.").table("What a <i>customer</i> costs", channels),
    ];
    let portfolio = cdnow();
    let html = portfolio.report_html_with(&more).unwrap();
    assert_sound(&html);
    assert!(section(&html, "voice-of-the-customer-recommendation").contains("net promoter score is 33.3"));
    let added = section(&html, "risk-2");
    assert!(added.contains("&lt;b&gt;fairs") && added.contains("data-value=\"1234.5\">1\u{202f}234.50<"));
    assert!(html.find("id=\"risk-2\"").unwrap() < html.find("id=\"model\"").unwrap());
    let growth = section(&html, "growth-and-retention");
    let last = portfolio.growth().unwrap().periods.iter().rfind(|p| !p.partial).unwrap();
    assert!(growth.contains(&format!("data-value=\"{}\"", last.bridge.end.amount)));
}

#[test]
fn the_comparison_of_two_dates_is_a_report_of_its_own() {
    let log = datasets::cdnow_sample().unwrap();
    let earlier = analyze(&log, &options().as_of("1997-09-30").unwrap()).unwrap();
    let comparison = cdnow().compare(&earlier, Some(&log), 0.5).unwrap();
    let html = comparison.report_html(&[]).unwrap();
    assert_sound(&html);
    let ids = ["headline-numbers", "value-bridge", "growth-and-retention", "segments", "migration-between-segments"];
    for id in ids {
        assert!(html.contains(&format!("<li><a href=\"#{id}\">")), "no link to {id}");
        assert!(section(&html, id).contains("<p class=\"lead\">"));
    }
    for (_, part) in comparison.value.parts() {
        assert!(section(&html, "value-bridge").contains(&format!("data-value=\"{:?}\"", part.amount)));
    }
    assert_eq!(html, comparison.report_html(&[]).unwrap());
}

#[test]
fn small_bases_give_sound_reports() {
    for customers in [8, 15, 30] {
        let portfolio = analyze(&log(&small(customers, |k| k.to_string()), "small"), &options().level(0.5)).unwrap();
        assert_sound(&portfolio.report_html().unwrap());
    }
}

#[test]
fn many_cohorts_are_cut_to_a_page_and_counted() {
    let mut csv = "customer,date,amount\n".to_owned();
    for month in 0..40_u32 {
        for k in 0..6_u32 {
            for age in (0..40 - month).filter(|age| (age * (k + 2)) % 5 == 0 || *age == k) {
                let (year, later) = (2020 + (month + age) / 12, (month + age) % 12 + 1);
                writeln!(csv, "{month}-{k},{year}-{later:02}-{:02},{}", 1 + k, 20 + 5 * k + age).unwrap();
            }
        }
    }
    let portfolio = analyze(&log(&csv, "forty months"), &options().as_of("2023-04-15").unwrap()).unwrap();
    let html = portfolio.report_html().unwrap();
    assert_sound(&html);
    let retention = section(&html, "retention");
    assert_eq!(between(retention, "<tbody>", "</tbody>").matches("<tr>").count(), 24);
    assert!(retention.contains("16 older cohorts") && retention.contains("16 later months"));
    // The last month is observed to its middle only, in each of the cohorts that are shown.
    assert_eq!(retention.matches("<td class=\"partial\"").count(), 24);
    assert!(retention.contains("aria-label=\"not observed\""));
}

#[test]
fn the_same_log_gives_the_same_bytes_in_any_order() {
    let csv = small(30, |k| k.to_string());
    let (header, rows) = csv.split_once('\n').unwrap();
    let reversed: Vec<&str> = rows.lines().rev().collect();
    let reversed = format!("{header}\n{}\n", reversed.join("\n"));
    let report = |csv: &str| analyze(&log(csv, "log"), &options()).unwrap().report_html().unwrap();
    assert_eq!(report(&csv), report(&csv));
    assert_eq!(report(&csv), report(&reversed));
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let portfolio = analyze(&log(&small(30, |k| k.to_string()), "log"), &options()).unwrap();
    let path = std::env::temp_dir().join(format!("cpm-report-{}.html", std::process::id()));
    portfolio.write_report(&path).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), portfolio.report_html().unwrap());
    // A file is no folder.
    let error = portfolio.write_report(path.join("report.html")).unwrap_err();
    assert!(matches!(&error, Error::Io { path: named, .. } if named.ends_with("report.html")), "{error}");
    std::fs::remove_file(path).unwrap();
}
