//! Numbers of 32 bits, which hold some seven digits.

/// Up to here a number of 24 bits times a power of ten is exact in 53 bits.
const DECIMALS: i32 = 12;
/// Up to here 32 bits hold every whole number.
const LARGEST_EXACT: f64 = 16_777_216.0;

/// The number that is meant by one of 32 bits: that with the fewest digits of all that become it when they are rounded.
///
/// A price of 19.99 is 19.989999771118164 when it comes back from 32 bits. Nobody paid that, and a return of 59.97 would not
/// cancel three of them, since 32 bits are wrong by up to 6·10⁻⁸ of a number, and sums are made in 64.
pub(super) fn as_written(number: f32) -> f64 {
    let exact = f64::from(number);
    if !number.is_finite() {
        return exact;
    }
    // Most amounts have two decimals at most. Above, whole numbers are rounded, too.
    let decimals = if exact.abs() < LARGEST_EXACT { 0..DECIMALS + 1 } else { 0..0 };
    let mut scale = 1.0;
    for _ in decimals {
        // The product is exact and so is its rounding; their quotient is the float nearest to the decimal.
        let decimal = (exact * scale).round_ties_even() / scale;
        if decimal as f32 == number {
            return decimal;
        }
        scale *= 10.0;
    }
    // Rust writes the shortest decimal that is read as the same number.
    format!("{number:e}").parse().unwrap_or(exact)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn prices_are_what_stands_on_the_tag() {
        for price in
            ["19.99", "0.1", "-59.97", "0.3", "1234.5", "16777216", "99999.99", "0", "1e-20", "1e30", "0.0000123"]
        {
            let single: f32 = price.parse().unwrap();
            assert_eq!(as_written(single), price.parse::<f64>().unwrap(), "{price}");
        }
        assert!(as_written(f32::NAN).is_nan());
        assert_eq!(as_written(f32::INFINITY), f64::INFINITY);
        assert!(as_written(-0.0).is_sign_negative());
    }

    proptest! {
        #[test]
        fn it_becomes_the_same_number_again(bits: u32) {
            let number = f32::from_bits(bits);
            prop_assume!(number.is_finite());
            prop_assert_eq!((as_written(number) as f32).to_bits(), bits);
        }

        #[test]
        fn cents_come_back(cents in -9_999_999_i32..=9_999_999) {
            let price = f64::from(cents) / 100.0;
            prop_assert_eq!(as_written(price as f32), price);
        }
    }
}
