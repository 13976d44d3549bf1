//! Whole numbers of as many bytes as they need: LEB128, seven bits a byte, the lowest first; signed ones zigzag.

pub(super) fn push(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

/// The next number, and `bytes` begin behind it; nothing if they end within it, or it has more than 64 bits.
#[inline]
pub(super) fn take(bytes: &mut &[u8]) -> Option<u64> {
    match **bytes {
        [a, ref rest @ ..] if a < 0x80 => {
            *bytes = rest;
            Some(u64::from(a))
        }
        [a, b, ref rest @ ..] if b < 0x80 => {
            *bytes = rest;
            Some(u64::from(a & 0x7f) | u64::from(b) << 7)
        }
        _ => take_long(bytes),
    }
}

fn take_long(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for (place, &byte) in bytes.iter().enumerate().take(10) {
        let bits = u64::from(byte & 0x7f);
        if place == 9 && bits > 1 {
            return None;
        }
        value |= bits << (7 * place);
        if byte < 0x80 {
            *bytes = &bytes[place + 1..];
            return Some(value);
        }
    }
    None
}

pub(super) const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

pub(super) const fn from_zigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_come_back(values in proptest::collection::vec((any::<u64>(), 0..64_u32), 0..20), signed: i64) {
            let values: Vec<u64> = values.into_iter().map(|(value, shift)| value >> shift).collect();
            let mut bytes = Vec::new();
            values.iter().for_each(|&value| push(&mut bytes, value));
            let mut rest = bytes.as_slice();
            for &value in &values {
                prop_assert_eq!(take(&mut rest), Some(value));
            }
            prop_assert!(rest.is_empty());
            prop_assert_eq!(take(&mut rest), None);
            prop_assert_eq!(from_zigzag(zigzag(signed)), signed);
        }

        #[test]
        fn any_bytes_are_a_number_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..12)) {
            let mut rest = bytes.as_slice();
            if take(&mut rest).is_none() {
                prop_assert_eq!(rest, bytes.as_slice());
            }
        }
    }

    #[test]
    fn more_than_64_bits_are_no_number() {
        let mut largest = Vec::new();
        push(&mut largest, u64::MAX);
        assert_eq!(take(&mut largest.as_slice()), Some(u64::MAX));
        largest[9] = 2;
        assert_eq!(take(&mut largest.as_slice()), None);
        assert_eq!(take(&mut [0xff; 12].as_slice()), None);
    }
}
