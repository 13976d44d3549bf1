//! Any bytes as a saved state.
#![no_main]

use cpm_core::SummaryBuilder;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(state) = SummaryBuilder::from_bytes(data) else { return };
    let _ = state.clone().finish();
    let again = state.to_bytes().and_then(|bytes| SummaryBuilder::from_bytes(&bytes));
    assert!(again.is_ok());
});
