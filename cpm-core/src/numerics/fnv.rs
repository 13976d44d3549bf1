//! FNV-1a, a hash that is the same in every process: for what is saved. It finds accidents, not forgers.

/// The hash of nothing.
pub(crate) const START: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// The hash of what `hash` is of, followed by `bytes`. A single byte that differs always makes a difference.
pub(crate) fn hash(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    #[test]
    fn published_values() {
        // Noll's test vectors for 64 bits.
        assert_eq!(super::hash(super::START, b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(super::hash(super::START, b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(super::hash(super::START, b"foobar"), 0x8594_4171_f739_67e8);
    }
}
