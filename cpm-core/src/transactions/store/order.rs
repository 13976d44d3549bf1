//! Bringing rows in order, and those of one customer and period together.

use super::sealed::{Sealed, StoredRow};
use super::{MergedRows, Merging, SortedRows};
use crate::numerics::exact_sum::ExactSum;
use crate::transactions::Timestamp;

/// Rows as they came, in columns that never grow beyond what they were made for: memory is neither doubled nor moved while
/// a log grows.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    pub(super) customer: Vec<u32>,
    pub(super) time: Vec<Timestamp>,
    pub(super) amount: Vec<f64>,
    /// What rows that are not of the source stand for, by number of the row.
    pub(super) merged: Vec<(u32, MergedRows)>,
    /// What amounts that are sums lack of the exact sum: number of the row and a part, in order of rows.
    pub(super) rest: Vec<(u32, f64)>,
}

impl Block {
    pub(super) fn with_capacity(rows: usize) -> Self {
        let (customer, time) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
        Self { customer, time, amount: Vec::with_capacity(rows), ..Self::default() }
    }

    /// Whether so many more rows do not make it grow.
    pub(super) fn has_place_for(&self, rows: usize) -> bool {
        let lengths = [self.customer.capacity(), self.time.capacity(), self.amount.capacity()];
        lengths.iter().all(|capacity| capacity - self.customer.len() >= rows)
    }

    pub(super) fn push(&mut self, customer: u32, row: StoredRow<'_>) {
        let number = self.customer.len() as u32;
        self.customer.push(customer);
        self.time.push(row.time);
        self.amount.push(row.amount);
        self.merged.extend(row.merged.map(|merged| (number, merged)));
        self.rest.extend(row.rest.iter().map(|&part| (number, part)));
    }

    #[inline]
    fn for_each(&self, mut each: impl FnMut(u32, StoredRow<'_>)) {
        if self.merged.is_empty() && self.rest.is_empty() {
            for ((&customer, &time), &amount) in self.customer.iter().zip(&self.time).zip(&self.amount) {
                each(customer, StoredRow { time, amount, merged: None, rest: &[] });
            }
            return;
        }
        let (mut merged, mut rest) = (self.merged.iter().peekable(), self.rest.as_slice());
        let mut parts = Vec::new();
        for (number, &customer) in self.customer.iter().enumerate() {
            let of_this = |row: u32| row as usize == number;
            let merged = merged.next_if(|(row, _)| of_this(*row)).map(|(_, merged)| *merged);
            parts.clear();
            while let [(row, part), later @ ..] = rest
                && of_this(*row)
            {
                parts.push(*part);
                rest = later;
            }
            each(customer, StoredRow { time: self.time[number], amount: self.amount[number], merged, rest: &parts });
        }
    }
}

/// Rows in order, with what amounts that are sums lack of the exact sum: number of the row and a part, in order of rows.
#[derive(Debug, Clone, Default)]
pub(super) struct ExactRows {
    pub(super) rows: SortedRows,
    pub(super) rest: Vec<(u32, f64)>,
}

/// A row on the way to its place.
#[derive(Debug, Clone, Copy)]
struct Row<M> {
    time: Timestamp,
    amount: f64,
    /// Where rows are brought together, the position of what it has beyond that, from 1; 0 for nothing.
    more: M,
}

/// What few rows have.
#[derive(Debug, Clone, Copy)]
struct More {
    merged: MergedRows,
    /// Where the parts of its rest begin and end.
    rest: (u32, u32),
}

/// What rows have beyond times and amounts.
#[derive(Debug, Default)]
struct Beyond {
    more: Vec<More>,
    parts: Vec<f64>,
}

impl Beyond {
    #[inline]
    fn add(&mut self, row: StoredRow<'_>) -> u32 {
        let StoredRow { amount, merged, rest, .. } = row;
        if merged.is_none() && rest.is_empty() {
            return 0;
        }
        let start = self.parts.len() as u32;
        self.parts.extend_from_slice(rest);
        let merged = merged.unwrap_or_else(|| MergedRows::once(amount));
        self.more.push(More { merged, rest: (start, self.parts.len() as u32) });
        self.more.len() as u32
    }

    fn of(&self, row: &Row<u32>) -> (MergedRows, &[f64]) {
        match self.more.get((row.more as usize).wrapping_sub(1)) {
            Some(More { merged, rest: (start, end) }) => (*merged, &self.parts[*start as usize..*end as usize]),
            None => (MergedRows::once(row.amount), &[]),
        }
    }
}

/// The rows of `customers` customers in order of customer, time and amount, and those of one period together. `places` has
/// the position of each customer, by number, if that is not the number.
pub(super) fn in_order(
    sealed: &[Sealed],
    blocks: &[Block],
    customers: usize,
    places: Option<&[u32]>,
    merging: Option<&Merging>,
) -> ExactRows {
    let all = Unordered { sealed, blocks, customers, places };
    match merging {
        Some(merging) => {
            let mut beyond = Beyond::default();
            let (start, rows) = all.in_order(|row| beyond.add(row));
            together(&rows, &beyond, start, merging)
        }
        None => {
            let (start, rows) = all.in_order(|_| ());
            let (time, amount) = rows.iter().map(|row| (row.time, row.amount)).unzip();
            ExactRows { rows: SortedRows { start, time, amount, merged: Vec::new() }, rest: Vec::new() }
        }
    }
}

/// Rows as they are kept.
struct Unordered<'a> {
    sealed: &'a [Sealed],
    blocks: &'a [Block],
    customers: usize,
    places: Option<&'a [u32]>,
}

impl Unordered<'_> {
    fn place(&self, customer: u32) -> usize {
        self.places.map_or(customer, |places| places[customer as usize]) as usize
    }

    /// Where the rows of each customer begin, and the rows in order; `more` keeps what they have beyond time and amount.
    fn in_order<M: Copy + Default>(&self, mut more: impl FnMut(StoredRow<'_>) -> M) -> (Vec<usize>, Vec<Row<M>>) {
        // Counting sort by customer: one pass to count, one to place.
        let mut start = vec![0_usize; self.customers + 1];
        for (customer, rows) in self.sealed.iter().flat_map(Sealed::customers) {
            start[self.place(customer) + 1] += rows;
        }
        for &customer in self.blocks.iter().flat_map(|block| &block.customer) {
            start[self.place(customer) + 1] += 1;
        }
        for i in 1..start.len() {
            start[i] += start[i - 1];
        }
        let mut next = start.clone();
        let nothing = Row { time: Timestamp::from_seconds(0), amount: 0.0, more: M::default() };
        let mut rows = vec![nothing; start[self.customers]];
        let mut put = |customer, row: StoredRow<'_>| {
            let slot = &mut next[self.place(customer)];
            rows[*slot] = Row { time: row.time, amount: row.amount, more: more(row) };
            *slot += 1;
        };
        self.sealed.iter().for_each(|sealed| sealed.for_each(&mut put));
        self.blocks.iter().for_each(|block| block.for_each(&mut put));
        for range in start.windows(2) {
            let of_one = &mut rows[range[0]..range[1]];
            // Logs are mostly in order of time.
            if !of_one.is_sorted_by(|a, b| a.time < b.time) {
                of_one.sort_unstable_by(|a, b| a.time.cmp(&b.time).then(a.amount.total_cmp(&b.amount)));
            }
        }
        (start, rows)
    }
}

/// Brings the rows of one customer and period together, which are in order and begin at `start`.
///
/// Their amounts are added without rounding, so that the sum does not depend on what was added first: a part that its
/// float lacks is kept beside it.
fn together(rows: &[Row<u32>], beyond: &Beyond, mut start: Vec<usize>, merging: &Merging) -> ExactRows {
    let (mut time, mut amount) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    let (mut merged, mut rest) = (Vec::with_capacity(rows.len()), Vec::new());
    let mut sum = ExactSum::default();
    let mut begin = 0;
    for end in &mut start[1..] {
        let mut of_one = &rows[begin..*end];
        begin = *end;
        let mut key = of_one.first().map(|row| merging.key(row.time));
        while let Some(first) = of_one.first() {
            let mut following = None;
            let mut is_same = |row: &Row<u32>| {
                following = Some(merging.key(row.time));
                following == key
            };
            let others = of_one[1..].iter().take_while(|row| is_same(row)).count();
            let (run, later) = of_one.split_at(others + 1);
            (of_one, key) = (later, following);
            let (mut all, parts) = beyond.of(first);
            let number = time.len() as u32;
            time.push(first.time);
            if run.len() == 1 {
                amount.push(first.amount);
                rest.extend(parts.iter().map(|&part| (number, part)));
            } else {
                for row in run {
                    sum.add(row.amount);
                    beyond.of(row).1.iter().for_each(|&part| sum.add(part));
                }
                run[1..].iter().for_each(|row| all.add(beyond.of(row).0));
                amount.push(sum.take_nearest());
                rest.extend(sum.drain().map(|part| (number, part)));
            }
            merged.push(all);
        }
        *end = time.len();
    }
    ExactRows { rows: SortedRows { start, time, amount, merged }, rest }
}
