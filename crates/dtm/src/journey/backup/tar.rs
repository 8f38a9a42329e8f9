//! The little of tar (POSIX ustar) that a backup needs: plain files, one after the other, so that a backup, once opened,
//! can be looked at where our program is not at hand.

use std::io::{self, Read, Write};

const BLOCK: usize = 512;
/// The largest file read back.
const MOST_BYTES: u64 = 4 << 30;

/// Writes files one after the other.
pub(super) struct Writer<W>(W);

impl<W: Write> Writer<W> {
    pub(super) fn new(out: W) -> Self {
        Self(out)
    }

    /// Adds a file. Names are ours, and shorter than a hundred bytes.
    pub(super) fn add(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        self.0.write_all(&head(name, content.len())?)?;
        self.0.write_all(content)?;
        self.0.write_all(&[0; BLOCK][..padding(content.len())])
    }

    /// Writes the end, and gives back what was written into.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.0.write_all(&[0; 2 * BLOCK])?;
        Ok(self.0)
    }
}

/// How many bytes are missing to a whole block.
fn padding(length: usize) -> usize {
    (BLOCK - length % BLOCK) % BLOCK
}

fn head(name: &str, length: usize) -> io::Result<[u8; BLOCK]> {
    let mut head = [0; BLOCK];
    if name.len() >= 100 || length as u64 > MOST_BYTES {
        return Err(io::Error::other(format!("{name} does not fit into a tar file")));
    }
    let size = format!("{length:011o}\0");
    // Name, mode, owner, group, size, time, kind, and the words that say ustar.
    let fields: [(usize, &[u8]); 8] = [
        (0, name.as_bytes()),
        (100, b"0000600\0"),
        (108, b"0000000\0"),
        (116, b"0000000\0"),
        (124, size.as_bytes()),
        (136, b"00000000000\0"),
        (156, b"0"),
        (257, b"ustar\x0000"),
    ];
    for (at, bytes) in fields {
        head[at..at + bytes.len()].copy_from_slice(bytes);
    }
    let sum = format!("{:06o}\0 ", checksum(&head));
    head[148..156].copy_from_slice(sum.as_bytes());
    Ok(head)
}

/// The sum of all bytes, those of the sum itself taken as blanks.
fn checksum(head: &[u8; BLOCK]) -> u32 {
    let bytes = head.iter().enumerate();
    bytes.map(|(at, byte)| if (148..156).contains(&at) { u32::from(b' ') } else { u32::from(*byte) }).sum()
}

/// Reads files back.
pub(super) struct Reader<R>(R);

impl<R: Read> Reader<R> {
    pub(super) fn new(input: R) -> Self {
        Self(input)
    }

    /// The next file; none at the end. What is cut off or is no tar file fails.
    pub(super) fn next(&mut self) -> io::Result<Option<(String, Vec<u8>)>> {
        let mut head = [0; BLOCK];
        self.0.read_exact(&mut head)?;
        if head == [0; BLOCK] {
            return Ok(None);
        }
        let text = |from: usize, to: usize| {
            let bytes = head[from..to].split(|byte| *byte == 0).next().unwrap_or_default();
            std::str::from_utf8(bytes).map(str::trim).map_err(|_| malformed())
        };
        let octal = |from, to| u64::from_str_radix(text(from, to)?, 8).map_err(|_| malformed());
        let (name, length) = (text(0, 100)?.to_owned(), octal(124, 136)?);
        if octal(148, 156)? != u64::from(checksum(&head)) || head[156] != b'0' || length > MOST_BYTES {
            return Err(malformed());
        }
        let mut content = Vec::new();
        (&mut self.0).take(length).read_to_end(&mut content)?;
        if content.len() as u64 != length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.0.read_exact(&mut [0; BLOCK][..padding(content.len())])?;
        Ok(Some((name, content)))
    }
}

fn malformed() -> io::Error {
    io::Error::other("not a backup: its parts are not laid out as in a tar file")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_comes_back_and_what_is_cut_off_is_noticed() {
        let mut tar = Writer::new(Vec::new());
        let files = [("manifest.json", b"{}".to_vec()), ("blobs/ab/cd", vec![7; 1024]), ("empty", Vec::new())];
        for (name, content) in &files {
            tar.add(name, content).unwrap();
        }
        let bytes = tar.finish().unwrap();
        let read = |bytes: &[u8]| {
            let (mut reader, mut found) = (Reader::new(bytes), Vec::new());
            while let Some(file) = reader.next()? {
                found.push(file);
            }
            io::Result::Ok(found)
        };
        let found = read(&bytes).unwrap();
        assert_eq!(found, files.map(|(name, content)| (name.to_owned(), content)));
        for cut in [0, 100, 512, 700, bytes.len() - 1500] {
            assert!(read(&bytes[..cut]).is_err(), "cut off at {cut}");
        }
        let mut other = bytes.clone();
        other[3] ^= 1;
        assert!(read(&other).is_err(), "a head that was changed");
        assert!(Writer::new(Vec::new()).add(&"x".repeat(100), b"").is_err());
    }

    #[test]
    fn tar_itself_reads_what_we_write() {
        use std::process::{Command, Stdio};
        let mut tar = Writer::new(Vec::new());
        tar.add("tables/areas/000001.jsonl.gz", b"abc").unwrap();
        let bytes = tar.finish().unwrap();
        let listed = Command::new("tar").args(["-tvf", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let Ok(mut listed) = listed else { return };
        listed.stdin.take().unwrap().write_all(&bytes).unwrap();
        let said = String::from_utf8(listed.wait_with_output().unwrap().stdout).unwrap();
        assert!(said.contains("tables/areas/000001.jsonl.gz") && said.contains(" 3 "), "{said}");
    }
}
