use super::*;

const G: char = GROUP;
const S: char = SPACE;

#[test]
fn thousands_are_grouped() {
    assert_eq!(count(0.0), "0");
    assert_eq!(count(999.4), "999");
    assert_eq!(count(999.5), format!("1{G}000"));
    assert_eq!(count(1_234_567.0), format!("1{G}234{G}567"));
    assert_eq!(fixed(-12_345.678, 2), format!("{MINUS}12{G}345.68"));
}

#[test]
fn what_rounds_to_zero_has_no_sign() {
    assert_eq!(fixed(-0.004, 2), "0.00");
    assert_eq!(fixed(-0.0, 0), "0");
    assert_eq!(signed(0.0004, 3), "0.000");
    assert_eq!(signed(0.04, 2), "+0.04");
    assert_eq!(signed(-0.04, 2), format!("{MINUS}0.04"));
}

#[test]
fn what_is_no_number_is_a_dash() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for text in
            [fixed(value, 2), count(value), money(value), percent(value, 1), significant(value, 3), plain(value)]
        {
            assert!(text.contains(NONE) && !text.contains("NaN") && !text.contains("inf"), "{text}");
        }
    }
}

#[test]
fn amounts_lose_their_decimals_when_large() {
    assert_eq!(money(9_999.5), format!("9{G}999.50"));
    assert_eq!(money(10_000.4), format!("10{G}000"));
    assert_eq!(money_decimals(-20_000.0), 0);
}

#[test]
fn shares_tell_none_from_hardly_any() {
    assert_eq!(percent(0.0, 1), format!("0{S}%"));
    assert_eq!(percent(0.0004, 1), format!("<{S}0.1{S}%"));
    assert_eq!(percent(0.123_46, 1), format!("12.3{S}%"));
    assert_eq!(percent(0.9996, 1), format!(">{S}99.9{S}%"));
    assert_eq!(percent(1.0, 1), format!("100{S}%"));
    assert_eq!(percent(0.95, 0), format!("95{S}%"));
}

#[test]
fn parameters_keep_their_digits() {
    assert_eq!(significant(0.242_594, 4), "0.2426");
    assert_eq!(significant(4.413_6, 4), "4.414");
    assert_eq!(significant(1_234.56, 4), format!("1{G}235"));
    assert_eq!(significant(0.000_123_4, 2), "0.00012");
    assert_eq!(significant(1e-9, 2), "1.0e-9");
    assert_eq!(significant(0.0, 3), "0");
}

#[test]
fn options_have_no_useless_zeros() {
    assert_eq!(plain(52.0), "52");
    assert_eq!(plain(6.50), "6.5");
    assert_eq!(plain(1_200.0), format!("1{G}200"));
    assert_eq!(duration(1.0, "week"), format!("1{S}week"));
    assert_eq!(rounded_duration(26.714_28, "week"), format!("26.7{S}weeks"));
    assert_eq!(duration(39.0, "week"), format!("39{S}weeks"));
}

#[test]
fn ticks_are_short() {
    assert_eq!(tick(0.0, 0.1), "0");
    assert_eq!(tick(0.30000000000000004, 0.1), "0.3");
    assert_eq!(tick(1_500.0, 500.0), format!("1{G}500"));
    assert_eq!(tick(2_500_000.0, 500_000.0), format!("2.5{S}M"));
    assert_eq!(tick(0.0, 5e6), "0");
    assert_eq!(tick(4e9, 1e9), format!("4{S}bn"));
}

#[test]
fn dates_name_the_month() {
    assert_eq!(date("1998-06-30".parse().unwrap()), format!("30{S}June{S}1998"));
    assert_eq!(date("0987-01-05".parse().unwrap()), format!("5{S}January{S}0987"));
}
