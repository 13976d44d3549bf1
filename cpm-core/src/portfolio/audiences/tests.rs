use proptest::prelude::*;

use super::pseudonym::hex;
use super::*;
use crate::error::Error;
use crate::transactions::CustomerIds;

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

/// RFC 4231, sections 4.2 to 4.8 without 4.6, which truncates.
#[test]
fn hmac_is_that_of_rfc_4231() {
    let counting: Vec<u8> = (1..=25).collect();
    let cases: [(&[u8], &[u8], &str); 6] = [
        (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        (&counting, &[0xcd; 50], "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
        (
            &[0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
        (
            &[0xaa; 131],
            b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
        ),
    ];
    for (key, message, expected) in cases {
        assert_eq!(hex(&PseudonymKey::of_any_length(key).unwrap().tag(message)), expected);
    }
}

/// Python's hashlib and hmac.
#[test]
fn hashes_are_those_of_other_tools() {
    for (email, format, expected) in [
        ("Test@Example.com ", EmailFormat::Plain, "973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b"),
        (
            "\tJane.Doe@gmail.com",
            EmailFormat::Plain,
            "831f6494ad6be4fcb3a724c3d5fef22d3ceffa3c62ef3a7984e45a0ea177f982",
        ),
        (
            "Jane.Doe@gmail.com\n",
            EmailFormat::Google,
            "d6117306485ed0e50afab3ac871e98f81699151f30281527d63ff5f233656c69",
        ),
        (
            "Jane.Doe+news@shoes.co",
            EmailFormat::Google,
            "ea49716ad9a1893df5fa56d3cba7579cf9dd2a0497fe611445beb6ecade78f24",
        ),
        ("ÄRGER@Müller.de", EmailFormat::Plain, "f2629e81051459036b65ab0d86856fac51036c6fc78aa8834916b413c23448a8"),
    ] {
        assert_eq!(hash_email(email, format).unwrap(), expected, "{email}");
    }
    let key = PseudonymKey::new(SECRET).unwrap();
    assert_eq!(key.pseudonym("42"), "3b12d0412db185c98ff58825ed4c81cfbc7bdabcf33ac48bdaaae5f39fc65445");
    let ids = CustomerIds::from(vec![42_i64, 7]);
    let texts: CustomerIds = ["42", "7"].into_iter().map(String::from).collect();
    assert_eq!(key.pseudonyms(&ids), key.pseudonyms(&texts));
    assert_eq!(key.pseudonyms(&ids)[0], key.pseudonym("42"));
}

#[test]
fn what_is_no_address_is_no_hash() {
    for text in [
        "",
        " ",
        "jane",
        "@b.com",
        "a@",
        "a@b",
        "a@b.",
        "a@.com",
        "a@b..com",
        "a b@c.com",
        "a@b@c.com",
        "...@gmail.com",
    ] {
        assert_eq!(hash_email(text, EmailFormat::Google), None, "{text}");
    }
    assert!(hash_email("\"a@b\"@c.com", EmailFormat::Plain).is_some());
    // Full stops count everywhere but at Google's own domains.
    let of = |text| normalise_email(text, EmailFormat::Google).unwrap();
    assert_eq!(of("a.b.c@GoogleMail.com"), "abc@googlemail.com");
    assert_eq!(of("a.b@gmail.com.org"), "a.b@gmail.com.org");
}

#[test]
fn keys_are_long_and_not_shown() {
    let error = PseudonymKey::new(b"short secret").unwrap_err().to_string();
    assert!(error.contains("12 bytes") && !error.contains("secret\""), "{error}");
    assert!(!error.contains("short secret"));
    assert_ne!(
        PseudonymKey::new(SECRET).unwrap().pseudonym("1"),
        PseudonymKey::new(b"another secret of many bytes").unwrap().pseudonym("1")
    );
}

#[test]
fn targets_keep_their_order_and_everybody_is_accounted_for() {
    let ids: CustomerIds = ["a", "b", "c", "d"].into_iter().map(String::from).collect();
    let key = PseudonymKey::new(SECRET).unwrap();
    let by = AudienceIdentifier::Pseudonym { ids: &ids, key: &key };
    let consent = [Some(true), None, Some(true), Some(false)];
    let audience = export_audience(&by, &consent, Some(&[2, 1, 3, 0])).unwrap();
    assert_eq!(audience.rows, [2, 0]);
    assert_eq!(audience.identifiers, [key.pseudonym("c"), key.pseudonym("a")]);
    assert_eq!((audience.refused, audience.unanswered, audience.requested), (1, 1, 4));
    assert_eq!(audience.to_table().unwrap().columns().count(), 1);
    assert_eq!(audience.account().unwrap().rows(), 7);
    let column = |error: Error| match error {
        Error::InvalidValue { column, row, .. } => (column, row),
        Error::LengthMismatch { column, found, .. } => (column, found),
        other => panic!("{other}"),
    };
    assert_eq!(column(export_audience(&by, &consent, Some(&[0, 4])).unwrap_err()), ("targets", 1));
    assert_eq!(column(export_audience(&by, &consent, Some(&[0, 1, 0])).unwrap_err()), ("targets", 2));
    assert_eq!(column(export_audience(&by, &consent[..3], None).unwrap_err()), ("consent", 3));
    let nobody = AudienceIdentifier::Email { emails: &[], format: EmailFormat::Plain };
    assert!(matches!(export_audience(&nobody, &[], None), Err(Error::Empty { .. })));
}

#[test]
fn small_segments_cannot_be_found_by_subtraction() {
    let names: Vec<String> = ["a", "b", "c", "d", "empty"].map(String::from).to_vec();
    let of = |sizes: [usize; 4], least| {
        let segments: Vec<u32> = (0..4).flat_map(|s| vec![s; sizes[s as usize]]).collect();
        let ones = vec![1.5; segments.len()];
        aggregate_segments(&segments, &names, &[("value", &ones)], least).unwrap()
    };
    let all = of([5, 6, 7, 8], 5);
    assert_eq!((all.segments.len(), all.too_small, all.suppressed_customers), (4, 0, 0));
    assert_eq!(all.totals[0], [7.5, 9.0, 10.5, 12.0]);
    // One too small: the next smallest goes with it.
    let one = of([2, 9, 7, 8], 5);
    assert_eq!((one.segments.as_slice(), one.suppressed_customers), (["b".to_owned(), "d".to_owned()].as_slice(), 9));
    // Two that are too small even together.
    let two = of([2, 9, 1, 8], 5);
    assert_eq!((two.too_small, two.complementary, two.suppressed_customers), (2, 1, 11));
    // Two that are large enough together.
    let pair = of([3, 9, 3, 8], 5);
    assert_eq!((pair.too_small, pair.complementary, pair.customers), (2, 0, vec![9, 8]));
    let none = of([1, 1, 1, 1], 5);
    assert!(none.segments.is_empty() && none.to_table().unwrap().rows() == 0);
    let bad = |segments: &[u32], values: &[f64], least| {
        aggregate_segments(segments, &names, &[("value", values)], least).unwrap_err()
    };
    assert!(matches!(bad(&[0], &[1.0], 1), Error::InvalidArgument { .. }));
    assert!(matches!(bad(&[], &[], 5), Error::Empty { .. }));
    assert!(matches!(bad(&[0, 5], &[1.0, 1.0], 5), Error::InvalidValue { row: 1, .. }));
    assert!(matches!(bad(&[0, 1], &[1.0, f64::NAN], 5), Error::InvalidValue { row: 1, .. }));
    assert!(matches!(bad(&[0, 1], &[1.0], 5), Error::LengthMismatch { .. }));
}

proptest! {
    #[test]
    fn nobody_gets_lost(rows in proptest::collection::vec((proptest::option::of(any::<bool>()), "[a-c]{0,1}@?[xy]{0,1}\\.?[z]{0,1}"), 1..60)) {
        let (consent, emails): (Vec<Option<bool>>, Vec<String>) = rows.into_iter().unzip();
        let by = AudienceIdentifier::Email { emails: &emails, format: EmailFormat::Plain };
        let found = export_audience(&by, &consent, None).unwrap();
        let out = found.refused + found.unanswered + found.without_email + found.invalid_email + found.duplicates;
        prop_assert_eq!(out + found.identifiers.len() as u64, found.requested);
        for (row, name) in found.rows.iter().zip(&found.identifiers) {
            prop_assert_eq!(consent[*row as usize], Some(true));
            prop_assert_eq!(&hash_email(&emails[*row as usize], EmailFormat::Plain).unwrap(), name);
        }
    }

    #[test]
    fn suppression_hides_two_segments_or_none(sizes in proptest::collection::vec(0_u32..30, 1..12), least in 2_u64..20) {
        let names: Vec<String> = (0..sizes.len()).map(|s| s.to_string()).collect();
        let segments: Vec<u32> = sizes.iter().enumerate().flat_map(|(s, n)| vec![s as u32; *n as usize]).collect();
        prop_assume!(!segments.is_empty());
        let found = aggregate_segments(&segments, &names, &[], least).unwrap();
        prop_assert!(found.customers.iter().all(|c| *c >= least));
        let shown: u64 = found.customers.iter().sum();
        prop_assert_eq!(shown + found.suppressed_customers, segments.len() as u64);
        let hidden = found.too_small + found.complementary;
        prop_assert!(hidden == 0 || found.segments.is_empty() || (hidden >= 2 && found.suppressed_customers >= least));
    }
}
