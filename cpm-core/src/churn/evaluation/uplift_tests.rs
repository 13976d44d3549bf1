use super::*;

/// A campaign whose effect is 0.3 for customers with a large score and 0 for the others, exactly.
fn campaign(blocks: usize) -> (Vec<bool>, Vec<bool>, Vec<f64>) {
    let (mut outcome, mut treated, mut scores) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..blocks {
        for (score, rates) in [(1.0, [2, 5]), (0.0, [4, 4])] {
            for (group, rate) in rates.into_iter().enumerate() {
                for i in 0..10 {
                    outcome.push(i < rate);
                    treated.push(group == 1);
                    scores.push(score);
                }
            }
        }
    }
    (outcome, treated, scores)
}

#[test]
fn areas_by_hand() {
    let (outcome, treated, scores) = campaign(5);
    let curve = qini_curve(&outcome, &treated, &scores, &QiniOptions::new().points(5)).unwrap();
    assert!((curve.effect.value - 0.15).abs() < 1e-12);
    // The curve rises to 0.15 at one half and stays; random treatment rises to 0.15 at the end.
    let gains: Vec<f64> = curve.points.iter().map(|p| p.gain).collect();
    gains.iter().zip([0.0, 0.075, 0.15, 0.15, 0.15]).for_each(|(g, e)| assert!((g - e).abs() < 1e-12, "{gains:?}"));
    assert!((curve.coefficient.value - (0.1125 - 0.075)).abs() < 1e-12);
    assert!((curve.area_under_uplift.value - 0.1125).abs() < 1e-12);
    assert!(curve.coefficient.interval.low > 0.0, "{:?}", curve.coefficient);
    let reversed: Vec<f64> = scores.iter().map(|s| -s).collect();
    let worst = qini_curve(&outcome, &treated, &reversed, &QiniOptions::new()).unwrap();
    assert!((worst.coefficient.value + 0.0375).abs() < 1e-12);
    // A constant score is random treatment.
    let same = qini_curve(&outcome, &treated, &vec![0.5; scores.len()], &QiniOptions::new()).unwrap();
    assert!(same.coefficient.value.abs() < 1e-15);
    assert_eq!(same.to_table().unwrap().rows(), 101);
}

#[test]
fn a_seed_gives_the_same_intervals_and_bad_input_is_named() {
    let (outcome, treated, scores) = campaign(2);
    let options = QiniOptions::new().resamples(50, 4);
    let curve = || qini_curve(&outcome, &treated, &scores, &options).unwrap();
    assert_eq!(curve(), curve());
    let wrong = |treated: &[bool], options: &QiniOptions| {
        qini_curve(&outcome, treated, &scores, options).unwrap_err().to_string()
    };
    assert!(wrong(&[true; 80], &options).contains("control"));
    assert!(wrong(&[false; 80], &options).contains("nobody is treated"));
    assert!(wrong(&treated, &options.points(1)).contains("points"));
    assert!(wrong(&treated, &options.resamples(1, 0)).contains("resamples"));
    assert!(wrong(&treated, &options.level(2.0)).contains("level"));
    assert!(wrong(&[true], &options).contains("treated"));
}
