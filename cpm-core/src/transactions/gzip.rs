//! Files of gzip: one member or several in a row, with or without zeros behind them.

use std::io::{self, BufRead, ErrorKind, Read};

use flate2::bufread::GzDecoder;

/// The first byte of a member (RFC 1952, section 2.3.1).
const MAGIC: u8 = 0x1f;

/// The text of all members, as `gunzip` has it: zeros that fill a block of a tape or a file system up are no text, and
/// members may follow them. Anything else behind a member is an error: rows may be missing.
pub(super) struct GzipMembers<R> {
    /// `None` after the end, and after an error.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> GzipMembers<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { member: Some(GzDecoder::new(inner)) }
    }
}

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if to.is_empty() {
            return Ok(0);
        }
        while let Some(mut member) = self.member.take() {
            let n = member.read(to)?;
            if n > 0 {
                self.member = Some(member);
                return Ok(n);
            }
            let mut inner = member.into_inner();
            self.member = match first_that_is_not_zero(&mut inner)? {
                None => None,
                Some(MAGIC) => Some(GzDecoder::new(inner)),
                Some(_) => {
                    let what = "after the end of its compressed text come bytes that are neither gzip nor zeros";
                    return Err(io::Error::new(ErrorKind::InvalidData, what));
                }
            };
        }
        Ok(0)
    }
}

/// Passes over zeros; the byte that follows them stays to be read.
fn first_that_is_not_zero(from: &mut impl BufRead) -> io::Result<Option<u8>> {
    loop {
        let bytes = match from.fill_buf() {
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            bytes => bytes?,
        };
        let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
        let (next, is_end) = (bytes.get(zeros).copied(), bytes.is_empty());
        from.consume(zeros);
        if next.is_some() || is_end {
            return Ok(next);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Write};

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn member(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    /// Whatever the length of the buffers.
    fn read(bytes: &[u8]) -> io::Result<String> {
        let texts = [1, 7, 1 << 15].map(|capacity| {
            let mut text = String::new();
            GzipMembers::new(BufReader::with_capacity(capacity, bytes)).read_to_string(&mut text).map(|_| text)
        });
        let [first, second, third] = texts;
        assert_eq!(first.as_ref().ok(), second.as_ref().ok());
        assert_eq!(first.as_ref().ok(), third.as_ref().ok());
        first
    }

    #[test]
    fn members_follow_one_another_and_zeros_are_passed_over() {
        let zeros = |n: usize| vec![0_u8; n];
        assert_eq!(read(&member("ann")).unwrap(), "ann");
        assert_eq!(read(&[member("ann"), member(""), member("bob")].concat()).unwrap(), "annbob");
        assert_eq!(read(&[member("ann"), zeros(40_000)].concat()).unwrap(), "ann");
        assert_eq!(read(&[member("ann"), zeros(3), member("bob"), zeros(512)].concat()).unwrap(), "annbob");
    }

    #[test]
    fn anything_else_is_an_error() {
        let garbage = [member("ann"), b"row".to_vec()].concat();
        assert!(read(&garbage).unwrap_err().to_string().contains("neither gzip nor zeros"));
        assert!(read(&[member("ann"), vec![0, 0, 1]].concat()).is_err());
        assert!(read(&[member("ann"), vec![MAGIC]].concat()).is_err());
        let bob = member("bob");
        assert!(read(&[member("ann"), bob[..bob.len() - 5].to_vec()].concat()).is_err());
        let mut wrong = member("ann");
        let crc = wrong.len() - 8;
        wrong[crc] ^= 1;
        assert!(read(&wrong).is_err());
        assert!(read(b"").is_err());
        assert!(read(b"customer,date\n").is_err());
    }
}
