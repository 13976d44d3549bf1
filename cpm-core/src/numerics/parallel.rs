//! The one way to use all cores: chunks of fixed length, so that sums depend neither on the number of
//! threads nor on which of them was first.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::{Mutex, OnceLock, PoisonError};

use rayon::prelude::*;

/// `of` each chunk of `0..len`, in order.
pub(crate) fn map_chunks<R: Send + Sync>(
    len: usize,
    chunk: usize,
    of: impl Fn(Range<usize>) -> R + Sync,
) -> impl Iterator<Item = R> {
    let results: Vec<OnceLock<R>> = (0..len.div_ceil(chunk)).map(|_| OnceLock::new()).collect();
    for_each(results.len(), &|k| {
        // Each k is visited once, so its place is free.
        let _ = results[k].set(of(k * chunk..((k + 1) * chunk).min(len)));
    });
    results.into_iter().filter_map(OnceLock::into_inner)
}

/// `of` each of `0..len`, in order; `chunk` of them are one task.
pub(crate) fn map<R: Copy + Send + Sync>(len: usize, chunk: usize, of: impl Fn(usize) -> R + Sync) -> Vec<R> {
    let mut all = Vec::with_capacity(len);
    map_chunks(len, chunk, |range| range.map(&of).collect::<Vec<R>>()).for_each(|part| all.extend_from_slice(&part));
    all
}

/// `of` each item, in order. Items are dropped as they are done, so that memory shrinks on the way.
pub(crate) fn consume<T: Send, R: Send + Sync>(items: Vec<T>, of: impl Fn(T) -> R + Sync) -> impl Iterator<Item = R> {
    let items: Vec<Mutex<Option<T>>> = items.into_iter().map(|item| Mutex::new(Some(item))).collect();
    let take = |k: usize| items[k].lock().unwrap_or_else(PoisonError::into_inner).take();
    let done: Vec<Option<R>> = map_chunks(items.len(), 1, |range| take(range.start).map(&of)).collect();
    done.into_iter().flatten()
}

/// Writes `into` in place; `of` gets the position of a chunk's first value and the chunk.
#[cfg(any(test, feature = "clustering", feature = "survival"))]
pub(crate) fn fill<T: Send>(into: &mut [T], chunk: usize, of: impl Fn(usize, &mut [T]) + Sync) {
    let parts: Vec<Mutex<&mut [T]>> = into.chunks_mut(chunk).map(Mutex::new).collect();
    for_each(parts.len(), &|k| of(k * chunk, &mut parts[k].lock().unwrap_or_else(PoisonError::into_inner)));
}

/// Writes columns of one length in place, the same `chunk` rows of all of them in one task; `of` gets the first row and the parts.
#[cfg(any(test, feature = "classifier"))]
pub(crate) fn fill_columns<T: Send>(columns: &mut [Vec<T>], chunk: usize, of: impl Fn(usize, &mut [&mut [T]]) + Sync) {
    let tasks = columns.first().map_or(0, |column| column.len().div_ceil(chunk));
    let mut parts: Vec<Mutex<Vec<&mut [T]>>> = (0..tasks).map(|_| Mutex::default()).collect();
    for column in columns {
        for (task, part) in parts.iter_mut().zip(column.chunks_mut(chunk)) {
            task.get_mut().unwrap_or_else(PoisonError::into_inner).push(part);
        }
    }
    for_each(parts.len(), &|k| of(k * chunk, &mut parts[k].lock().unwrap_or_else(PoisonError::into_inner)));
}

/// How many tasks run side by side.
pub(crate) fn workers() -> usize {
    rayon::current_num_threads()
}

/// Sorts where equal items cannot be told apart.
pub(crate) fn sort_by<T: Send>(items: &mut [T], order: impl Fn(&T, &T) -> Ordering + Sync) {
    items.par_sort_unstable_by(order);
}

// Not generic: the scheduler's code is compiled once, not once per caller.
fn for_each(tasks: usize, run: &(dyn Fn(usize) + Sync)) {
    // One alone is done before another thread has woken up.
    if tasks == 1 {
        return run(0);
    }
    (0..tasks).into_par_iter().for_each(run);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_the_range_in_order() {
        for (len, chunk) in [(0, 4), (1, 4), (4, 4), (9, 4), (1000, 1)] {
            let ranges: Vec<Range<usize>> = map_chunks(len, chunk, |range| range).collect();
            assert!(ranges.iter().all(|r| !r.is_empty() && r.len() <= chunk));
            assert_eq!(ranges.into_iter().flatten().collect::<Vec<_>>(), (0..len).collect::<Vec<_>>());
            let doubled: Vec<usize> = (0..len).map(|i| 2 * i).collect();
            assert_eq!(map(len, chunk, |i| 2 * i), doubled);
            let mut filled = vec![0; len];
            fill(&mut filled, chunk, |first, part| {
                part.iter_mut().enumerate().for_each(|(i, v)| *v = 2 * (first + i));
            });
            assert_eq!(filled, doubled);
            let mut columns = vec![vec![0; len]; 2];
            fill_columns(&mut columns, chunk, |first, parts| {
                for (j, part) in parts.iter_mut().enumerate() {
                    part.iter_mut().enumerate().for_each(|(i, v)| *v = (j + 1) * (first + i));
                }
            });
            assert_eq!(columns, [(0..len).collect(), doubled]);
        }
    }
}
