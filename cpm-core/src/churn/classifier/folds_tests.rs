use super::*;

#[test]
fn every_row_is_judged_once() {
    let churned: Vec<bool> = (0..103).map(|i| i % 5 == 0).collect();
    let folds = stratified_folds(&churned, 4, 9).unwrap();
    let mut all: Vec<usize> = folds.iter().flat_map(|f| f.test.clone()).collect();
    all.sort_unstable();
    assert_eq!(all, (0..103).collect::<Vec<_>>());
    for fold in &folds {
        assert_eq!(fold.train.len() + fold.test.len(), 103);
        assert!((25..=26).contains(&fold.test.len()));
        assert!((5..=6).contains(&fold.test.iter().filter(|&&i| churned[i]).count()));
    }
    assert_eq!(folds, stratified_folds(&churned, 4, 9).unwrap());
    assert_ne!(folds, stratified_folds(&churned, 4, 10).unwrap());
    assert!(stratified_folds(&churned, 1, 0).is_err());
    assert!(stratified_folds(&[true, false, false], 2, 0).unwrap_err().to_string().contains("1 customers churned"));
}

#[test]
fn nothing_is_learned_from_the_future() {
    let times: Vec<f64> = (0..60).map(|i| f64::from(i * 7 % 12)).collect();
    for gap in [0.0, 2.0] {
        for fold in expanding_windows(&times, 3, gap).unwrap() {
            let latest = fold.train.iter().map(|&i| times[i]).fold(f64::MIN, f64::max);
            let first = fold.test.iter().map(|&i| times[i]).fold(f64::MAX, f64::min);
            assert!(latest < first && latest <= first - gap);
        }
    }
    assert!(expanding_windows(&times, 0, 0.0).is_err() && expanding_windows(&times, 30, 0.0).is_err());
    assert!(expanding_windows(&times, 3, 100.0).unwrap_err().to_string().contains("gap"));
    assert!(expanding_windows(&[1.0, f64::NAN], 1, 0.0).is_err() && expanding_windows(&[], 1, 0.0).is_err());
}
