use super::*;

fn features(plan: &[Option<&str>], age: &[f64]) -> Features {
    Features::new().categorical("plan", plan).unwrap().numeric("age", age).unwrap()
}

#[test]
fn categories_and_missing_values() {
    let seen = features(&[Some("b"), Some("a"), None, Some("b")], &[1.0, f64::NAN, 4.0, 1.0]);
    let encoder = Encoder::fit(&seen, UnseenCategory::Error).unwrap();
    assert_eq!(encoder.names(), ["plan = b", "plan = missing", "age", "age = missing"]);
    let columns = encoder.encode(&seen).unwrap();
    assert_eq!(*columns[0], [1.0, 0.0, 0.0, 1.0]);
    assert_eq!(*columns[1], [0.0, 0.0, 1.0, 0.0]);
    assert_eq!(*columns[2], [1.0, 2.0, 4.0, 1.0]);
    assert_eq!(*columns[3], [0.0, 1.0, 0.0, 0.0]);
    // Another order of the names is the same encoding.
    let turned = features(&[Some("a"), Some("b"), Some("b"), None], &[f64::NAN, 1.0, 1.0, 4.0]);
    assert_eq!(Encoder::fit(&turned, UnseenCategory::Error).unwrap(), encoder);
    assert_eq!(*encoder.encode(&turned).unwrap()[0], [0.0, 1.0, 1.0, 0.0]);
}

#[test]
fn unseen_categories() {
    let seen = features(&[Some("b"), Some("a"), Some("c"), Some("b")], &[1.0; 4]);
    let new = features(&[Some("a"), Some("x")], &[1.0, f64::NAN]);
    let error = Encoder::fit(&seen, UnseenCategory::Error).unwrap().encode(&new).unwrap_err().to_string();
    assert!(error.contains("`plan`") && error.contains("`x` in row 1") && error.contains("a, b, c"), "{error}");
    let columns = Encoder::fit(&seen, UnseenCategory::Average).unwrap().encode(&new).unwrap();
    assert_eq!((&*columns[0], &*columns[1], &*columns[2]), (&[0.0, 0.5][..], &[0.0, 0.25][..], &[1.0, 1.0][..]));
}

#[test]
fn wrong_columns_are_named() {
    let encoder = Encoder::fit(&features(&[Some("b"), Some("a")], &[1.0, 2.0]), UnseenCategory::Error).unwrap();
    let lacking = Features::new().numeric("age", &[1.0]).unwrap();
    assert!(encoder.encode(&lacking).unwrap_err().to_string().contains("plan"));
    let swapped = Features::new().numeric("plan", &[1.0]).unwrap().numeric("age", &[1.0]).unwrap();
    assert!(encoder.encode(&swapped).unwrap_err().to_string().contains("text, as in the fit"));
    assert!(Encoder::fit(&Features::new(), UnseenCategory::Error).is_err());
    let empty = Features::new().numeric("age", &[f64::NAN]).unwrap();
    assert!(Encoder::fit(&empty, UnseenCategory::Error).unwrap_err().to_string().contains("no value"));
    assert!(Features::new().numeric("age", &[f64::INFINITY]).is_err());
    assert!(lacking.clone().numeric("age", &[1.0]).is_err() && lacking.numeric("x", &[1.0, 2.0]).is_err());
}
