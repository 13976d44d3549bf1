//! A number that stands for the content of a row: it orders rows as if shuffled, yet the same however they came.

/// Of the bits, both zeros alike: the finaliser of SplitMix64 after each value (Steele, Lea & Flood 2014).
pub(crate) fn row_hash(seed: u64, row: impl IntoIterator<Item = f64>) -> u64 {
    row.into_iter().fold(seed ^ 0x9e37_79b9_7f4a_7c15, |state: u64, v| {
        let mut h = (state ^ (v + 0.0).to_bits()).wrapping_add(0x9e37_79b9_7f4a_7c15);
        h = (h ^ (h >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        h = (h ^ (h >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        h ^ (h >> 31)
    })
}

#[cfg(test)]
mod tests {
    use super::row_hash;

    #[test]
    fn content_decides() {
        assert_eq!(row_hash(1, [0.0, 2.0]), row_hash(1, [-0.0, 2.0]));
        assert_ne!(row_hash(1, [0.0, 2.0]), row_hash(1, [2.0, 0.0]));
        assert_ne!(row_hash(1, [0.0, 2.0]), row_hash(2, [0.0, 2.0]));
    }
}
