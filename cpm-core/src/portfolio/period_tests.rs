use super::CalendarPeriod::{Month, Quarter, Week};
use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn iso_weeks_at_the_turn_of_the_year() {
    // Python's datetime.date.isocalendar().
    for (day, label) in [
        ("1970-01-01", "1970-W01"),
        ("1997-01-01", "1997-W01"),
        ("1996-12-30", "1997-W01"),
        ("1996-12-29", "1996-W52"),
        ("1999-01-03", "1998-W53"),
        ("2000-01-02", "1999-W52"),
        ("2021-01-03", "2020-W53"),
        ("2024-12-31", "2025-W01"),
        ("1969-12-28", "1969-W52"),
        ("0001-01-01", "0001-W01"),
    ] {
        assert_eq!(Week.label(at(day)), label, "{day}");
    }
}

#[test]
fn months_and_quarters() {
    assert_eq!(Month.label(at("1969-12-31 23:59:59")), "1969-12");
    assert_eq!(Month.label(at("0987-02-01")), "0987-02");
    assert_eq!(Quarter.label(at("1997-03-31")), "1997-Q1");
    assert_eq!(Quarter.label(at("1997-04-01")), "1997-Q2");
    assert_eq!(Quarter.label(at("1997-12-31")), "1997-Q4");
    assert_eq!(Quarter.number(at("1998-01-01")) - Quarter.number(at("1997-12-31")), 1);
}

#[test]
fn names_are_read_and_written() {
    for period in [Week, Month, Quarter] {
        assert_eq!(period.to_string().parse::<CalendarPeriod>().unwrap(), period);
    }
    let error = "day".parse::<CalendarPeriod>().unwrap_err().to_string();
    assert!(error.contains("week, month, quarter"), "{error}");
}
