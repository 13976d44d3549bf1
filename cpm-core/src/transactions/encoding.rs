//! Text that is not UTF-8.

use std::io::{self, Read};
use std::str::FromStr;

use crate::error::{Error, Result};

/// How the characters of a CSV file are written.
///
/// ```
/// use cpm_core::transactions::Encoding;
/// assert_eq!("latin-1".parse::<Encoding>()?, Encoding::Latin1);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Encoding {
    /// UTF-8, with or without a mark at the beginning (the default).
    #[default]
    Utf8,
    /// Latin-1, one byte a character, as older spreadsheets write it. The bytes 0x80 to 0x9F, which Latin-1 leaves to
    /// control characters, are read as Windows-1252 has them (€ and typographic quotes), as web browsers do: WHATWG
    /// Encoding Standard, section 4.2.
    Latin1,
}

impl FromStr for Encoding {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" => Ok(Self::Utf8),
            "latin-1" | "latin1" | "iso-8859-1" | "windows-1252" | "cp1252" => Ok(Self::Latin1),
            _ => Err(Error::argument("encoding", name, "it must be one of utf-8, latin-1")),
        }
    }
}

/// What Windows-1252 has from 0x80 to 0x9F; a code without a character stays what it is.
const C1: [char; 32] = [
    '\u{20AC}', '\u{81}', '\u{201A}', '\u{192}', '\u{201E}', '\u{2026}', '\u{2020}', '\u{2021}', '\u{2C6}', '\u{2030}',
    '\u{160}', '\u{2039}', '\u{152}', '\u{8D}', '\u{17D}', '\u{8F}', '\u{90}', '\u{2018}', '\u{2019}', '\u{201C}',
    '\u{201D}', '\u{2022}', '\u{2013}', '\u{2014}', '\u{2DC}', '\u{2122}', '\u{161}', '\u{203A}', '\u{153}', '\u{9D}',
    '\u{17E}', '\u{178}',
];
/// No character of Latin-1 takes more bytes in UTF-8.
const MOST: usize = 3;

/// Latin-1 in, UTF-8 out.
pub(super) struct FromLatin1<R> {
    inner: R,
    bytes: Vec<u8>,
    /// Text that did not fit the last buffer, and how much of it is used.
    text: Vec<u8>,
    used: usize,
}

impl<R: Read> FromLatin1<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, bytes: vec![0; 1 << 15], text: Vec::with_capacity(MOST << 15), used: 0 }
    }
}

impl<R: Read> Read for FromLatin1<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.used == self.text.len() {
            let n = self.inner.read(&mut self.bytes)?;
            self.text.clear();
            self.used = 0;
            let mut buffer = [0; 4];
            for &byte in &self.bytes[..n] {
                let character = match byte {
                    0x80..=0x9F => C1[usize::from(byte) - 0x80],
                    _ => char::from(byte),
                };
                self.text.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
            }
        }
        let n = to.len().min(self.text.len() - self.used);
        to[..n].copy_from_slice(&self.text[self.used..self.used + n]);
        self.used += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_1_becomes_utf_8() {
        let mut text = String::new();
        FromLatin1::new(&b"M\xfcller 12 \x80 \x93x\x94\n"[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text, "Müller 12 € “x”\n");
        // Any length of buffer gives the same.
        let bytes: Vec<u8> = (0..=255_u8).cycle().take(100_000).collect();
        let (mut whole, mut reader, mut part) = (Vec::new(), FromLatin1::new(&bytes[..]), [0; 7]);
        loop {
            match reader.read(&mut part).unwrap() {
                0 => break,
                n => whole.extend_from_slice(&part[..n]),
            }
        }
        assert_eq!(String::from_utf8(whole).unwrap().chars().count(), 100_000);
        assert!("utf-16".parse::<Encoding>().is_err());
    }
}
