use super::Response;

fn all() -> Vec<Response> {
    vec![
        Response::exponential(120.0, 0.03).unwrap(),
        Response::adbudg(5.0, 90.0, 0.6, 40.0).unwrap(),
        Response::adbudg(0.0, 90.0, 1.0, 40.0).unwrap(),
        Response::adbudg(0.0, 90.0, 3.2, 40.0).unwrap(),
    ]
}

#[test]
fn derivatives_agree_with_finite_differences() {
    for response in all() {
        for x in [0.5, 7.0, 40.0, 300.0] {
            let h = 1e-4 * x;
            let [value, slope, curvature] = response.terms(x);
            let (up, down) = (response.terms(x + h), response.terms(x - h));
            assert!(((up[0] - down[0]) / (2.0 * h) - slope).abs() < 1e-6 * slope.max(1e-3), "{response:?} {x}");
            let found = (up[1] - down[1]) / (2.0 * h);
            assert!((found - curvature).abs() < 1e-6 * curvature.abs().max(slope / x), "{response:?} {x}");
            assert!(value > 0.0);
        }
    }
}

#[test]
fn judgements_are_met() {
    let response = Response::adbudg_from_judgements(0.0, 1.0, 20.0, 0.3, 0.42).unwrap();
    assert!((response.value(20.0) - 0.3).abs() < 1e-14);
    assert!((response.value(30.0) - 0.42).abs() < 1e-14);
    let response = Response::exponential_from_judgements(0.4, 50.0, 0.25).unwrap();
    assert!((response.value(50.0) - 0.25).abs() < 1e-15);
    // Steeper answers make it S-shaped, convex up to the inflection.
    let steep = Response::adbudg_from_judgements(0.0, 1.0, 20.0, 0.1, 0.3).unwrap();
    let turn = steep.inflection();
    assert!(steep.is_s_shaped() && steep.terms(0.9 * turn)[2] > 0.0 && steep.terms(1.1 * turn)[2] < 0.0);
}

#[test]
fn measured_points() {
    let response = Response::piecewise_linear(&[0.0, 10.0, 30.0], &[1.0, 6.0, 10.0]).unwrap();
    assert_eq!([response.value(5.0), response.value(20.0), response.value(99.0)], [3.5, 8.0, 10.0]);
    assert_eq!([response.marginal(5.0), response.marginal(10.0), response.marginal(30.0)], [0.5, 0.2, 0.0]);
    let error = Response::piecewise_linear(&[0.0, 10.0, 30.0], &[1.0, 2.0, 10.0]).unwrap_err().to_string();
    assert!(error.contains("row 2") && error.contains("concave"), "{error}");
    // The middle point is below the line between its neighbours, the last below the one before.
    let hull = Response::concave_envelope(&[0.0, 10.0, 30.0, 40.0], &[1.0, 2.0, 10.0, 9.0]).unwrap();
    assert!((hull.value(10.0) - 4.0).abs() < 1e-12);
    assert_eq!(hull.value(40.0), 10.0);
}

#[test]
fn what_cannot_be_a_response_is_refused() {
    let texts = [
        Response::exponential(0.0, 1.0).unwrap_err(),
        Response::exponential_from_judgements(1.0, 1.0, 1.0).unwrap_err(),
        Response::adbudg(2.0, 1.0, 1.0, 1.0).unwrap_err(),
        Response::adbudg(0.0, 1.0, 50.0, 1.0).unwrap_err(),
        Response::adbudg_from_judgements(0.0, 1.0, 1.0, 0.5, 0.4).unwrap_err(),
        Response::piecewise_linear(&[1.0, 2.0], &[1.0, 2.0]).unwrap_err(),
        Response::piecewise_linear(&[0.0, 0.0], &[1.0, 2.0]).unwrap_err(),
        Response::piecewise_linear(&[0.0, 1.0], &[1.0, 0.5]).unwrap_err(),
        Response::piecewise_linear(&[0.0], &[1.0]).unwrap_err(),
        Response::piecewise_linear(&[0.0, 1.0], &[1.0]).unwrap_err(),
    ];
    assert!(texts.iter().all(|e| e.to_string().len() > 30));
}
