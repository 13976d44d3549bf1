use proptest::prelude::*;

use super::*;
use crate::transactions::Encoding;

const FORMAT: CsvFormat = CsvFormat {
    delimiter: b',',
    has_own_delimiter: false,
    quote: Some(b'"'),
    has_header: true,
    encoding: Encoding::Utf8,
};

/// The rows with their lines, read in pieces of `piece` bytes.
fn rows(text: &[u8], format: CsvFormat, piece: usize) -> Result<Vec<(u64, Vec<Vec<u8>>)>> {
    let mut reader = RowReader::new(Pieces(text, piece), format, "orders.csv");
    reader.header()?;
    let (mut row, mut all) = (ByteRecord::new(), Vec::new());
    while let Some(line) = reader.read(&mut row)? {
        all.push((line, row.iter().map(<[u8]>::to_vec).collect()));
    }
    Ok(all)
}

struct Pieces<'a>(&'a [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let n = self.1.min(to.len());
        self.0.read(&mut to[..n])
    }
}

fn lines(text: &str) -> Vec<u64> {
    let all = rows(text.as_bytes(), FORMAT, 3).unwrap();
    all.into_iter().map(|(line, _)| line).collect()
}

fn problem(text: &str) -> String {
    rows(text.as_bytes(), FORMAT, 1000).unwrap_err().to_string()
}

#[test]
fn lines_are_counted_whatever_they_end_with() {
    for end in ["\n", "\r\n", "\r"] {
        let text = |rows: &str| rows.replace('\n', end);
        assert_eq!(lines(&text("h,i\na,1\nb,2\n")), [2, 3], "{end:?}");
        assert_eq!(lines(&text("h,i\na,1\nb,2")), [2, 3], "{end:?}");
        assert_eq!(lines(&text("\n\nh,i\n\na,1\n\n\nb,2\n\n")), [5, 8], "{end:?}");
        assert_eq!(lines(&text("\u{feff}h,i\na,\"1\n\n2\"\nb,\"\"\"\n\"\n\nc,3")), [2, 5, 8], "{end:?}");
        assert_eq!(lines(&text("\"h\n\",i\na,1\n")), [3], "{end:?}");
    }
    assert_eq!(lines("h,i\na,1\r\nb,2\rc,3\n\rd,4\r\r\ne,5"), [2, 3, 4, 6, 8]);
    let plain = CsvFormat { has_header: false, quote: None, ..FORMAT };
    let numbers: Vec<u64> =
        rows(b"\r\na,\"1\r\nb,2\r\n", plain, 4).unwrap().into_iter().map(|(line, _)| line).collect();
    assert_eq!(numbers, [2, 3]);
}

#[test]
fn a_quote_that_is_not_closed_is_found() {
    for end in ["\n", "\r\n", "\r"] {
        let text = |rows: &str| rows.replace('\n', end);
        assert!(problem(&text("h,i\na,1\n\nb,\"2\nc,3\n")).contains("quote that opens on line 4 is not"), "{end:?}");
        assert!(problem(&text("h,i\na,1\n\"b\nx\",\"2\nc,3")).contains("quote that opens on line 4 is not"), "{end:?}");
        assert!(problem(&text("h,\"i\na,1\n")).contains("quote that opens on line 1 is not"), "{end:?}");
        assert!(problem(&text("h,i\na,\"1\"\"")).contains("quote that opens on line 2 is not"), "{end:?}");
        assert_eq!(lines(&text("h,i\na,\"1\n\"")), [2], "{end:?}");
    }
    // A file need not be read to its end for it.
    let mut long = b"h,i\na,1\na,\"2\n".to_vec();
    long.resize(1 << 20, b'x');
    assert!(rows(&long, FORMAT, 4096).unwrap_err().to_string().contains("line 3 is not closed"));
}

proptest! {
    #[test]
    fn lines_are_those_of_a_count_by_hand(
        fields in prop::collection::vec((prop::sample::select(vec!["", "a", "\"\"", ",", "\n", "\r\n", "\r", "x\ny"]), 0..3_usize), 1..12),
        ends in prop::sample::select(vec!["\n", "\r\n", "\r"]), piece in 1..9_usize
    ) {
        let (mut text, mut line, mut expected) = (format!("h,i{ends}"), 2, Vec::new());
        for (field, blanks) in fields {
            text.push_str(&ends.repeat(blanks));
            line += blanks as u64;
            expected.push(line);
            text.push_str(&format!("\"{field}\",1{ends}"));
            line += 1 + u64::from(field.contains(['\n', '\r']));
        }
        let found = rows(text.as_bytes(), FORMAT, piece).unwrap();
        prop_assert_eq!(found.into_iter().map(|(line, _)| line).collect::<Vec<_>>(), expected, "{:?}", text);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(prop::sample::select(b"\"\",a\r\n".to_vec()), 0..60), piece in 1..9_usize) {
        let mut plain = ReaderBuilder::new();
        let mut plain = plain.flexible(true).from_reader(&bytes[..]);
        let expected: Vec<Vec<Vec<u8>>> =
            plain.byte_records().map(|row| row.unwrap().iter().map(<[u8]>::to_vec).collect()).collect();
        if let Ok(found) = rows(&bytes, FORMAT, piece) {
            prop_assert!(found.iter().all(|(line, _)| *line > 0));
            prop_assert_eq!(found.into_iter().map(|(_, row)| row).collect::<Vec<_>>(), expected);
        }
    }
}
