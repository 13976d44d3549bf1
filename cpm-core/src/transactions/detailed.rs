//! Rows with more than customer, time and amount: what a builder collects when optional columns are named or duplicates
//! are to be found.
//!
//! The rows of the plain store are put away in some bytes each and merged as they come; these keep a column for each thing that was
//! asked for, until the end.

#[cfg(feature = "json")]
pub(super) mod state;

use std::cmp::Ordering;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::columns::{RowDetails, TextRole};
use super::details::{Details, TextValues};
use super::ids::{CustomerIds, TextIds};
use super::options::ReadOptions;
use super::quality::{EXAMPLES, KeptDetails, QualityReport, RowIssue};
use super::store::{Forgotten, MergedRows, Place, SortedRows};
use super::{CustomerId, Duplicates, Reason, Timestamp};
use crate::numerics::{fnv, parallel};

/// The code of a text that is missing: it sorts behind all others.
pub(super) const MISSING: u32 = u32::MAX;

/// Rows in the order in which they come.
#[derive(Debug, Clone)]
pub(super) struct DetailedRows {
    ids: CustomerIds,
    hasher: DefaultHashBuilder,
    table: HashTable<u32>,
    /// Whether ids are integers; decided by the first row.
    integers: Option<bool>,
    customer: Vec<u32>,
    time: Vec<Timestamp>,
    amount: Vec<f64>,
    /// NaN where it is not known; empty if costs are not asked for.
    cost: Option<Vec<f64>>,
    texts: Vec<TextColumn>,
    /// Where each row stands; only if duplicates are looked for.
    source: Option<Vec<Source>>,
}

/// A row that was checked.
#[derive(Debug, Clone, Copy)]
pub(super) struct CheckedRow<'a> {
    pub(super) time: Timestamp,
    pub(super) amount: f64,
    /// `None` where it is not known.
    pub(super) cost: Option<f64>,
    pub(super) details: &'a RowDetails<'a>,
    pub(super) source: Source,
}

/// Where a row stands, and what of it is compared but not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) origin: u32,
    pub(super) line: u64,
    /// Of the customer as written and of price and quantity as numbers; see [`fingerprint`].
    pub(super) fingerprint: u64,
    pub(super) by_alias: bool,
}

/// Values of one column of text, each stored once.
#[derive(Debug, Clone)]
struct TextColumn {
    role: Role,
    name: String,
    values: TextIds,
    hasher: DefaultHashBuilder,
    table: HashTable<u32>,
    codes: Vec<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Kept(TextRole),
    /// Compared and counted, not kept.
    Currency,
}

impl TextColumn {
    fn new(role: Role, name: &str) -> Self {
        let (values, codes) = (TextIds::default(), Vec::new());
        Self {
            role,
            name: name.to_owned(),
            values,
            hasher: DefaultHashBuilder::default(),
            table: HashTable::new(),
            codes,
        }
    }

    fn code(&mut self, text: Option<&str>) -> u32 {
        let Some(text) = text else { return MISSING };
        let hash = self.hasher.hash_one(text);
        let values = &mut self.values;
        if let Some(&code) = self.table.find(hash, |&code| values.get(code as usize) == text) {
            return code;
        }
        let code = values.len() as u32;
        values.push(text);
        let hasher = &self.hasher;
        self.table.insert_unique(hash, code, |&code| hasher.hash_one(values.get(code as usize)));
        code
    }

    /// Keeps the values that a row has.
    fn without_unused(&mut self) {
        let mut rows = vec![0_u32; self.values.len()];
        self.codes.iter().filter(|code| **code != MISSING).for_each(|&code| rows[code as usize] += 1);
        let used: Vec<u32> = (0..rows.len() as u32).filter(|&code| rows[code as usize] > 0).collect();
        if used.len() == rows.len() {
            return;
        }
        let codes = std::mem::take(&mut self.codes);
        let all = std::mem::take(&mut self.values);
        self.table.clear();
        let mut new = vec![MISSING; all.len()];
        for code in used {
            new[code as usize] = self.code(Some(all.get(code as usize)));
        }
        self.codes = codes;
        self.codes.iter_mut().filter(|code| **code != MISSING).for_each(|code| *code = new[*code as usize]);
    }

    /// Makes the order of codes that of the texts, whatever the order in which they came.
    fn in_order(&mut self) {
        let mut order: Vec<u32> = (0..self.values.len() as u32).collect();
        order.sort_unstable_by_key(|&code| self.values.get(code as usize));
        let mut rank = vec![0; order.len()];
        order.iter().enumerate().for_each(|(new, &old)| rank[old as usize] = new as u32);
        self.codes.iter_mut().filter(|code| **code != MISSING).for_each(|code| *code = rank[*code as usize]);
        self.values = order.iter().map(|&code| self.values.get(code as usize)).collect();
        self.table.clear();
    }
}

impl DetailedRows {
    pub(super) fn new(options: &ReadOptions) -> Self {
        let columns = &options.columns;
        let drops = options.duplicates == Duplicates::Drop;
        let kept = columns.kept_texts().into_iter().map(|(role, name)| TextColumn::new(Role::Kept(role), name));
        let currency = columns.currency.iter().filter(|_| drops).map(|name| TextColumn::new(Role::Currency, name));
        Self {
            ids: CustomerIds::Text(TextIds::default()),
            hasher: DefaultHashBuilder::default(),
            table: HashTable::new(),
            integers: None,
            customer: Vec::new(),
            time: Vec::new(),
            amount: Vec::new(),
            cost: columns.cost.is_some().then(Vec::new),
            texts: kept.chain(currency).collect(),
            source: drops.then(Vec::new),
        }
    }

    /// Makes ids that are whole numbers text, as a text file has them.
    pub(super) fn make_text(&mut self) {
        if self.integers != Some(true) {
            return;
        }
        self.integers = Some(false);
        let ids: Vec<String> = self.ids.iter().map(|id| id.to_string()).collect();
        self.ids = CustomerIds::Text(TextIds::default());
        self.table.clear();
        for id in &ids {
            self.number(CustomerId::Text(id));
        }
    }

    /// Decides whether ids are integers, before there is a row.
    pub(super) fn prepare(&mut self, integers: bool) {
        self.integers = Some(integers);
        self.ids = if integers { CustomerIds::Integer(Vec::new()) } else { CustomerIds::Text(TextIds::default()) };
    }

    /// Adds a row, or answers `false` if its id is text among integers. An integer among texts becomes one.
    pub(super) fn push(&mut self, id: CustomerId<'_>, row: &CheckedRow<'_>) -> bool {
        let Some(customer) = self.number(id) else { return false };
        self.customer.push(customer);
        self.time.push(row.time);
        self.amount.push(row.amount);
        if let Some(cost) = &mut self.cost {
            cost.push(row.cost.unwrap_or(f64::NAN));
        }
        let details = row.details;
        let mut attributes = details.attributes.iter();
        for column in &mut self.texts {
            let text = match column.role {
                Role::Kept(TextRole::Order) => details.order,
                Role::Kept(TextRole::Product) => details.product,
                Role::Kept(TextRole::Channel) => details.channel,
                Role::Kept(TextRole::Attribute) => attributes.next().copied().flatten(),
                Role::Currency => details.currency,
            };
            let code = column.code(text.map(str::trim).filter(|t| !t.is_empty()));
            column.codes.push(code);
        }
        if let Some(source) = &mut self.source {
            source.push(row.source);
        }
        true
    }

    /// The number of a customer, a new one if it is new; `None` for text if ids are integers.
    fn number(&mut self, id: CustomerId<'_>) -> Option<u32> {
        let is_integer = matches!(id, CustomerId::Integer(_));
        if self.integers.is_none() && is_integer {
            self.ids = CustomerIds::Integer(Vec::new());
        }
        if *self.integers.get_or_insert(is_integer) != is_integer {
            return if is_integer { self.number(CustomerId::Text(&id.to_string())) } else { None };
        }
        let hasher = &self.hasher;
        let hash_of = |id: CustomerId<'_>| match id {
            CustomerId::Text(text) => hasher.hash_one(text),
            CustomerId::Integer(number) => hasher.hash_one(number),
        };
        let (hash, ids) = (hash_of(id), &mut self.ids);
        if let Some(&number) = self.table.find(hash, |&n| ids.is(n as usize, id)) {
            return Some(number);
        }
        let number = ids.len() as u32;
        ids.push(id);
        self.table.insert_unique(hash, number, |&n| hash_of(ids.get(n as usize)));
        Some(number)
    }

    /// Number of customers.
    pub(super) fn customers(&self) -> usize {
        self.ids.len()
    }

    /// Whether ids are integers; `None` without rows.
    pub(super) fn has_integers(&self) -> Option<bool> {
        self.integers
    }

    /// Takes out a customer and all rows of it.
    pub(super) fn forget(&mut self, id: CustomerId<'_>) -> Forgotten {
        let mut forgotten = Forgotten::default();
        let Some(gone) = (0..self.ids.len()).find(|&number| self.ids.is(number, id)) else { return forgotten };
        let kept: Vec<bool> = self.customer.iter().map(|&number| number as usize != gone).collect();
        for row in (0..kept.len()).filter(|&row| !kept[row]) {
            forgotten.add(MergedRows::once(self.amount[row]));
            forgotten.without_cost += u64::from(self.cost.as_ref().is_some_and(|cost| cost[row].is_nan()));
        }
        fn pick<T>(values: &mut Vec<T>, kept: &[bool]) {
            let mut kept = kept.iter();
            values.retain(|_| kept.next().copied().unwrap_or(true));
        }
        pick(&mut self.customer, &kept);
        pick(&mut self.time, &kept);
        pick(&mut self.amount, &kept);
        self.cost.iter_mut().for_each(|cost| pick(cost, &kept));
        self.source.iter_mut().for_each(|source| pick(source, &kept));
        for column in &mut self.texts {
            pick(&mut column.codes, &kept);
            column.without_unused();
        }
        let others: Vec<u32> = (0..self.ids.len() as u32).filter(|&number| number as usize != gone).collect();
        self.ids = self.ids.take(&others);
        self.table.retain(|number| *number as usize != gone);
        let moved = |number: &mut u32| *number -= u32::from(*number as usize > gone);
        self.table.iter_mut().for_each(moved);
        self.customer.iter_mut().for_each(moved);
        forgotten
    }

    /// Whether the ids of both are of one kind.
    pub(super) fn takes(&self, other: &Self) -> bool {
        self.integers.zip(other.integers).is_none_or(|(own, other)| own == other)
    }

    /// Takes over the rows of another store, which it must [take](Self::takes); `origins` are the new numbers of the
    /// places that its rows come from.
    pub(super) fn merge(&mut self, other: Self, origins: &[u32]) {
        let customers: Vec<u32> = other.ids.iter().filter_map(|id| self.number(id)).collect();
        self.customer.extend(other.customer.iter().filter_map(|&n| customers.get(n as usize)));
        self.time.extend(other.time);
        self.amount.extend(other.amount);
        if let (Some(own), Some(other)) = (&mut self.cost, other.cost) {
            own.extend(other);
        }
        for (own, other) in self.texts.iter_mut().zip(other.texts) {
            let codes: Vec<u32> = (0..other.values.len()).map(|i| own.code(Some(other.values.get(i)))).collect();
            own.codes.extend(other.codes.iter().map(|&code| codes.get(code as usize).copied().unwrap_or(MISSING)));
        }
        if let (Some(own), Some(other)) = (&mut self.source, other.source) {
            own.extend(
                other
                    .into_iter()
                    .map(|s| Source { origin: origins.get(s.origin as usize).copied().unwrap_or_default(), ..s }),
            );
        }
    }

    /// Rows by customer and time, and what goes with them. Duplicates are taken out of the report's kept rows.
    pub(super) fn into_sorted(mut self, quality: &mut QualityReport) -> (CustomerIds, Vec<Place>, SortedRows, Details) {
        let mut rank = vec![0_u32; self.ids.len()];
        let mut by_id: Vec<u32> = (0..self.ids.len() as u32).collect();
        parallel::sort_by(&mut by_id, |&a, &b| self.ids.get(a as usize).cmp(&self.ids.get(b as usize)));
        by_id.iter().enumerate().for_each(|(new, &old)| rank[old as usize] = new as u32);
        self.customer.iter_mut().for_each(|number| *number = rank[*number as usize]);
        self.ids = self.ids.take(&by_id);
        self.texts.iter_mut().for_each(TextColumn::in_order);

        let mut order: Vec<u32> = (0..self.customer.len() as u32).collect();
        parallel::sort_by(&mut order, |&a, &b| {
            self.compare(a as usize, b as usize).then_with(|| self.place(a, b, quality))
        });
        if self.source.is_some() {
            order = self.without_duplicates(order, quality);
        }

        let mut start = vec![0_usize; self.ids.len() + 1];
        order.iter().for_each(|&row| start[self.customer[row as usize] as usize + 1] += 1);
        for i in 1..start.len() {
            start[i] += start[i - 1];
        }
        let places = (0..self.ids.len() as u32).map(|number| Place { part: 0, number }).collect();
        fn pick<T: Copy>(values: &[T], order: &[u32]) -> Vec<T> {
            order.iter().map(|&row| values[row as usize]).collect()
        }
        let (time, amount) = (pick(&self.time, &order), pick(&self.amount, &order));
        let rows = SortedRows { start, time, amount, merged: Vec::new() };
        let kept = self.texts.into_iter().filter_map(|column| match column.role {
            Role::Kept(role) => {
                let codes = pick(&column.codes, &order);
                Some(TextValues { role, name: column.name, values: column.values, codes })
            }
            Role::Currency => None,
        });
        let details = Details { texts: kept.collect(), cost: self.cost.map(|cost| pick(&cost, &order)) };
        (self.ids, places, rows, details)
    }

    /// The order of rows that are not the same in all that was read.
    fn compare(&self, a: usize, b: usize) -> Ordering {
        let plain = (self.customer[a], self.time[a]).cmp(&(self.customer[b], self.time[b]));
        plain
            .then_with(|| self.amount[a].total_cmp(&self.amount[b]))
            .then_with(|| self.texts.iter().map(|t| t.codes[a]).cmp(self.texts.iter().map(|t| t.codes[b])))
            .then_with(|| self.cost.as_ref().map_or(Ordering::Equal, |cost| cost[a].total_cmp(&cost[b])))
            .then_with(|| self.source.as_ref().map_or(Ordering::Equal, |s| s[a].fingerprint.cmp(&s[b].fingerprint)))
    }

    /// Of rows that are the same, the one that stands first comes first.
    fn place(&self, a: u32, b: u32, quality: &QualityReport) -> Ordering {
        let Some(source) = &self.source else { return Ordering::Equal };
        let (a, b) = (source[a as usize], source[b as usize]);
        let name = |s: Source| quality.origins.get(s.origin as usize);
        (name(a), a.line).cmp(&(name(b), b.line))
    }

    /// The first row of each run of equal ones; the others are counted and the first of them shown.
    fn without_duplicates(&self, order: Vec<u32>, quality: &mut QualityReport) -> Vec<u32> {
        let source = self.source.as_deref().unwrap_or_default();
        let currency = self.texts.iter().find(|t| t.role == Role::Currency);
        let mut kept: Vec<u32> = Vec::with_capacity(order.len());
        let mut repeated: Vec<u32> = Vec::new();
        for row in order {
            match kept.last() {
                Some(&last) if self.compare(last as usize, row as usize).is_eq() => repeated.push(row),
                _ => kept.push(row),
            }
        }
        for &row in &repeated {
            let row = row as usize;
            let details = KeptDetails {
                by_alias: source[row].by_alias,
                lacks_cost: self.cost.as_ref().is_some_and(|cost| cost[row].is_nan()),
                currency: currency.filter(|c| c.codes[row] != MISSING).map(|c| c.values.get(c.codes[row] as usize)),
            };
            quality.exclude_kept(self.amount[row], &details, Reason::DuplicateRow);
        }
        repeated.sort_unstable_by_key(|&row| (source[row as usize].origin, source[row as usize].line));
        let first = repeated.iter().take(EXAMPLES).map(|&row| {
            let row = row as usize;
            let origin = quality.origins.get(source[row].origin as usize).cloned().unwrap_or_default();
            let customer = self.ids.get(self.customer[row] as usize);
            RowIssue {
                place: quality.place(&origin, source[row].line),
                origin,
                column: String::new(),
                value: format!("{customer}, {}, {}", self.time[row], self.amount[row]),
                reason: Reason::DuplicateRow,
                fields: None,
            }
        });
        let first: Vec<RowIssue> = first.collect();
        quality.show(first);
        kept
    }
}

/// A number for texts that are compared, but not kept: by FNV-1a, the same in every process, since it may be saved.
/// It only tells rows apart which are equal in all that is kept.
pub(super) fn fingerprint<'a>(texts: impl IntoIterator<Item = &'a [u8]>) -> u64 {
    // A byte that is in no text keeps neighbours apart.
    texts.into_iter().fold(fnv::START, |hash, text| fnv::hash(fnv::hash(hash, text), &[0xff]))
}
