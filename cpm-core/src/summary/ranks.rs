//! Columns of repeating values as numbers of their distinct values, which are sorted by counting.

/// The distinct values of a column in ascending order, and for each row the position of its own.
pub(super) struct Ranks {
    pub(super) values: Vec<f64>,
    pub(super) of_row: Vec<u16>,
}

/// No number: that of a free slot.
const FREE: u16 = u16::MAX;

impl Ranks {
    /// `None` for a column of more than some sixty thousand distinct values. They must not be negative.
    pub(super) fn of(column: &[f64]) -> Option<Self> {
        let mut table = Table { bits: Vec::new(), slots: vec![(0, FREE); 4096] };
        let mut of_row = Vec::with_capacity(column.len());
        for &value in column {
            // Both zeros are one value.
            of_row.push(table.number((value + 0.0).to_bits())?);
        }
        // Numbers are in the order of appearance. Bits of non-negative numbers sort like the numbers.
        let mut order: Vec<u16> = (0..table.bits.len() as u16).collect();
        order.sort_unstable_by_key(|&k| table.bits[k as usize]);
        let mut rank = vec![0; order.len()];
        order.iter().enumerate().for_each(|(r, &k)| rank[k as usize] = r as u16);
        of_row.iter_mut().for_each(|k| *k = rank[*k as usize]);
        let values = order.iter().map(|&k| f64::from_bits(table.bits[k as usize])).collect();
        Some(Self { values, of_row })
    }
}

/// Numbers of values by open addresses, of which three quarters are free.
struct Table {
    bits: Vec<u64>,
    slots: Vec<(u64, u16)>,
}

impl Table {
    fn number(&mut self, bits: u64) -> Option<u16> {
        let at = self.place(bits);
        let (_, number) = self.slots[at];
        if number != FREE {
            return Some(number);
        }
        let number = u16::try_from(self.bits.len()).ok().filter(|n| *n < FREE - 1)?;
        self.slots[at] = (bits, number);
        self.bits.push(bits);
        if 4 * self.bits.len() >= self.slots.len() {
            self.slots = vec![(0, FREE); 2 * self.slots.len()];
            for number in 0..self.bits.len() {
                let at = self.place(self.bits[number]);
                self.slots[at] = (self.bits[number], number as u16);
            }
        }
        Some(number)
    }

    /// The slot of a value, or the free one that it would take.
    fn place(&self, bits: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = hash(bits) as usize & mask;
        while self.slots[at].1 != FREE && self.slots[at].0 != bits {
            at = (at + 1) & mask;
        }
        at
    }
}

/// Of all bits: of whole numbers as doubles the lower half is 0.
fn hash(bits: u64) -> u64 {
    (bits ^ (bits >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40
}

/// Where the items of each key begin, with the number of items at the end.
pub(super) fn starts(keys: usize, of_items: impl Iterator<Item = usize>) -> Vec<u32> {
    let mut start = vec![0_u32; keys + 1];
    of_items.for_each(|key| start[key + 1] += 1);
    (0..keys).for_each(|k| start[k + 1] += start[k]);
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_positions_among_the_distinct_values() {
        let column: Vec<f64> = (0..20_000).map(|i| f64::from((i * 7919) % 5_003) / 7.0).chain([-0.0, 0.0]).collect();
        let ranks = Ranks::of(&column).unwrap();
        assert_eq!(ranks.values.len(), 5_003);
        assert!(ranks.values.windows(2).all(|v| v[0] < v[1]));
        for (value, rank) in column.iter().zip(&ranks.of_row) {
            assert_eq!(ranks.values[*rank as usize], *value);
        }
    }

    #[test]
    fn too_many_values_have_none() {
        let column: Vec<f64> = (0..70_000).map(f64::from).collect();
        assert!(Ranks::of(&column).is_none());
        assert!(Ranks::of(&column[..60_000]).is_some());
    }
}
