use proptest::prelude::*;

use super::OpportunityState::{Lost, Open, Won};
use super::*;
use crate::error::Error;
use crate::portfolio::{DrawOptions, Measured};

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance * expected.abs().max(1e-3), "{found} against {expected}");
}

#[test]
fn a_pipeline_by_hand() {
    let columns =
        PipelineColumns { probability: &[0.5, 0.1, 0.8], value: &[1000.0, 400.0, 200.0], cost: &[50.0, 60.0, 10.0] };
    let found = weighted_pipeline(&columns, &PipelineOptions::new()).unwrap();
    assert_eq!(found.expected, [450.0, -20.0, 150.0]);
    assert_eq!((found.total_value, found.cost, found.gain_of_dropping), (1600.0, 120.0, 20.0));
    // Bernoulli: 1000²/4 + 400²·0.09 + 200²·0.16.
    let deviation = 270_800.0_f64.sqrt();
    let narrower = weighted_pipeline(&columns, &PipelineOptions::new().level(0.8)).unwrap().weighted_value;
    close(narrower.interval.high, 700.0 + 1.281_551_565_544_600_4 * deviation, 1e-9);
    close(narrower.interval.low, 700.0 - 1.281_551_565_544_600_4 * deviation, 1e-9);
    // No less than nothing and no more than everything can be won.
    assert_eq!((found.weighted_value.interval.low, found.weighted_value.interval.high), (0.0, 1600.0));
    close(found.wins.value, 1.4, 1e-12);
    close(found.largest_share, 5.0 / 7.0, 1e-12);
    assert!(found.share_of_portfolio.is_none());
    let options = PipelineOptions::new().probability_error(0.2).base(Measured::new(9_420.0, 300.0)).level(0.9);
    let uncertain = weighted_pipeline(&columns, &options).unwrap();
    let deviation = (270_800.0_f64 + 140.0 * 140.0).sqrt();
    close(uncertain.net.interval.high, 580.0 + 1.644_853_626_951_472_7 * deviation, 1e-9);
    let share = uncertain.share_of_portfolio.unwrap();
    let error = ((9_420.0 * deviation).powi(2) + (580.0 * 300.0_f64).powi(2)).sqrt() / 1e8;
    close(share.interval.high - share.value, 1.644_853_626_951_472_7 * error, 1e-9);
    let lost = PipelineColumns { cost: &[900.0, 60.0, 10.0], ..columns };
    assert!(weighted_pipeline(&lost, &options).unwrap().share_of_portfolio.is_none());
}

#[test]
fn stages_count_what_was_decided() {
    // Three stages; the second has nobody who left it.
    let found = stage_conversion(&[0, 0, 1], 3, &[Lost, Open, Open], &DrawOptions::new()).unwrap();
    assert_eq!(found[0].conversion.unwrap().value, 0.5);
    assert!(found[1].conversion.is_none() && found[2].conversion.is_none());
    assert!(found.iter().all(|s| s.win.is_none()));
    assert_eq!((found[1].reached, found[1].open, found[2].reached), (1, 1, 0));
    let options = DrawOptions::new().draws(4_000);
    let states: Vec<_> = [vec![Won; 30], vec![Lost; 70]].concat();
    let won = stage_conversion(&[0; 100], 1, &states, &options).unwrap();
    // SciPy: binomtest(30, 100).proportion_ci(method="wilson"); beta(30.5, 70.5).ppf([0.025, 0.975]).
    close(won[0].conversion.unwrap().interval.low, 0.21894885294932764, 1e-9);
    close(won[0].win.unwrap().interval.low, 0.216841428618805, 0.02);
    close(won[0].win.unwrap().interval.high, 0.39454650663077323, 0.02);
    assert_eq!(won, stage_conversion(&[0; 100], 1, &states, &options).unwrap());
}

#[test]
fn bad_pipelines_are_named() {
    let good = PipelineColumns { probability: &[0.5, 0.1], value: &[1.0, 2.0], cost: &[0.0, 0.0] };
    let of = |columns: PipelineColumns<'_>| weighted_pipeline(&columns, &PipelineOptions::new()).unwrap_err();
    assert!(matches!(of(PipelineColumns { probability: &[0.5, 1.5], ..good }), Error::InvalidValue { row: 1, .. }));
    assert!(matches!(of(PipelineColumns { value: &[-1.0, 1.0], ..good }), Error::InvalidValue { row: 0, .. }));
    assert!(matches!(of(PipelineColumns { cost: &[0.0, f64::NAN], ..good }), Error::InvalidValue { row: 1, .. }));
    assert!(matches!(of(PipelineColumns { cost: &[0.0], ..good }), Error::LengthMismatch { .. }));
    assert!(matches!(of(PipelineColumns { probability: &[], value: &[], cost: &[] }), Error::Empty { .. }));
    assert!(weighted_pipeline(&good, &PipelineOptions::new().probability_error(-1.0)).is_err());
    assert!(weighted_pipeline(&good, &PipelineOptions::new().base(-1.0)).is_err());
    let options = DrawOptions::new();
    assert!(matches!(stage_conversion(&[], 1, &[], &options), Err(Error::Empty { .. })));
    assert!(matches!(stage_conversion(&[0], 1, &[], &options), Err(Error::LengthMismatch { .. })));
    assert!(matches!(stage_conversion(&[0, 2], 2, &[Won, Won], &options), Err(Error::InvalidValue { row: 1, .. })));
}

proptest! {
    #[test]
    fn everybody_is_somewhere(rows in proptest::collection::vec((0_u32..4, 0_u8..3), 1..80)) {
        let stages: Vec<u32> = rows.iter().map(|r| r.0).collect();
        let states: Vec<OpportunityState> = rows.iter().map(|r| [Open, Won, Lost][r.1 as usize]).collect();
        let found = stage_conversion(&stages, 4, &states, &DrawOptions::new().draws(100)).unwrap();
        prop_assert_eq!(found[0].reached, rows.len() as u64);
        for pair in found.windows(2) {
            prop_assert_eq!(pair[0].advanced, pair[1].reached);
        }
        prop_assert_eq!(found[3].advanced, states.iter().filter(|s| **s == Won).count() as u64);
        for stage in &found {
            if let Some(win) = stage.win {
                prop_assert!((0.0..=1.0).contains(&win.interval.low) && win.interval.low <= win.interval.high);
            }
        }
    }
}
