//! Measures a legacy .xls before it is opened.
//!
//! The reader behind us claims the whole rectangle between the first and the last cell of a sheet, which two cells in
//! a file of a few hundred bytes can make four thousand million cells large. This walks the records and adds the
//! rectangles up; what it cannot follow it passes, for the reader itself to refuse. Formats: [MS-CFB], [MS-XLS].

const END_OF_CHAIN: u32 = 0xFFFF_FFFE;
const NO_STREAM: u32 = 0xFFFF_FFFF;

/// The cells of the rectangles of all sheets together.
pub(super) fn claimed_cells(file: &[u8]) -> u64 {
    let Some(compound) = Compound::read(file) else { return 0 };
    let Some(book) = compound.stream(&["Workbook", "Book"]) else { return 0 };
    let (mut claimed, mut area, mut at) = (0_u64, Area::default(), 0_usize);
    while let (Some(kind), Some(length)) = (u16_at(&book, at), u16_at(&book, at + 2)) {
        let record = book.get(at + 4..at + 4 + length as usize).unwrap_or(&[]);
        match kind {
            // A sheet begins or ends.
            0x0809 | 0x0409 | 0x0209 | 0x0009 | 0x000A => claimed += std::mem::take(&mut area).cells(),
            // Cells, of which some hold a run of columns that ends with the number of the last.
            0x0203 | 0x0204 | 0x0205 | 0x027E | 0x00FD | 0x0006 | 0x0206 | 0x0406 | 0x00D6 => area.add(record, 2),
            0x00BD => {
                area.add(record, 2);
                area.add(record, record.len().saturating_sub(2));
            }
            _ => {}
        }
        at += 4 + length as usize;
    }
    claimed + area.cells()
}

/// A rectangle that grows.
#[derive(Default)]
struct Area {
    rows: Option<(u16, u16)>,
    columns: Option<(u16, u16)>,
}

impl Area {
    fn add(&mut self, record: &[u8], column_at: usize) {
        let grow = |range: &mut Option<(u16, u16)>, value: u16| {
            let (low, high) = range.unwrap_or((value, value));
            *range = Some((low.min(value), high.max(value)));
        };
        if let (Some(row), Some(column)) = (u16_at(record, 0), u16_at(record, column_at)) {
            grow(&mut self.rows, row);
            grow(&mut self.columns, column);
        }
    }

    fn cells(&self) -> u64 {
        let length = |range: Option<(u16, u16)>| range.map_or(0, |(low, high)| u64::from(high - low) + 1);
        length(self.rows) * length(self.columns)
    }
}

/// A compound file: streams in chains of sectors.
struct Compound<'a> {
    file: &'a [u8],
    sector: usize,
    fat: Vec<u32>,
    directory: Vec<u8>,
}

impl<'a> Compound<'a> {
    fn read(file: &'a [u8]) -> Option<Compound<'a>> {
        let sector = match u16_at(file, 0x1E)? {
            shift @ (9 | 12) => 1 << shift,
            _ => return None,
        };
        let mut compound = Compound { file, sector, fat: Vec::new(), directory: Vec::new() };
        let mut tables: Vec<u32> = (0..109).filter_map(|index| u32_at(file, 0x4C + index * 4)).collect();
        let (mut next, most) = (u32_at(file, 0x44)?, file.len() / sector + 1);
        for _ in 0..most {
            let Some(more) = compound.sector(next) else { break };
            let entries = more.len() / 4 - 1;
            tables.extend((0..entries).filter_map(|index| u32_at(more, index * 4)));
            next = u32_at(more, entries * 4)?;
        }
        for table in tables.into_iter().filter(|table| *table < NO_STREAM - 5).take(most) {
            let Some(part) = compound.sector(table) else { continue };
            let entries: Vec<u32> = (0..part.len() / 4).filter_map(|index| u32_at(part, index * 4)).collect();
            compound.fat.extend(entries);
        }
        compound.directory = compound.chain(u32_at(file, 0x30)?);
        Some(compound)
    }

    fn sector(&self, index: u32) -> Option<&'a [u8]> {
        let start = (index as usize).checked_add(1)?.checked_mul(self.sector)?;
        let end = start.checked_add(self.sector)?.min(self.file.len());
        self.file.get(start..end).filter(|sector| sector.len() >= 4)
    }

    fn chain(&self, first: u32) -> Vec<u8> {
        let (mut out, mut next) = (Vec::new(), first);
        while next < END_OF_CHAIN - 4 && out.len() <= self.file.len() {
            let Some(sector) = self.sector(next) else { break };
            out.extend_from_slice(sector);
            next = self.fat.get(next as usize).copied().unwrap_or(END_OF_CHAIN);
        }
        out
    }

    /// The first stream of one of these names; small ones lie in a stream of their own.
    fn stream(&self, names: &[&str]) -> Option<Vec<u8>> {
        let root = self.directory.chunks_exact(128).next()?;
        let entry = self.directory.chunks_exact(128).find(|entry| {
            let name: Vec<u16> =
                entry[..64].chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
            let name = String::from_utf16_lossy(&name);
            names.contains(&name.trim_end_matches('\0'))
        })?;
        let (first, size) = (u32_at(entry, 0x74)?, u32_at(entry, 0x78)? as usize);
        let mut stream = if size >= u32_at(self.file, 0x38)? as usize {
            self.chain(first)
        } else {
            self.small(first, &self.chain(u32_at(root, 0x74)?))
        };
        stream.truncate(size);
        Some(stream)
    }

    fn small(&self, first: u32, container: &[u8]) -> Vec<u8> {
        let table = u32_at(self.file, 0x3C).map(|first| self.chain(first)).unwrap_or_default();
        let (mut out, mut next) = (Vec::new(), first);
        while next < END_OF_CHAIN - 4 && out.len() <= container.len() {
            let start = next as usize * 64;
            let Some(sector) = container.get(start..(start + 64).min(container.len())) else { break };
            if sector.is_empty() {
                break;
            }
            out.extend_from_slice(sector);
            next = u32_at(&table, next as usize * 4).unwrap_or(END_OF_CHAIN);
        }
        out
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::super::Workbook;
    use super::*;

    /// A compound file of one stream, `Workbook`, in sectors of 512 bytes: table, directory, content.
    fn xls(records: &[(u16, Vec<u8>)]) -> Vec<u8> {
        let mut stream: Vec<u8> = Vec::new();
        for (kind, content) in records {
            stream.extend(kind.to_le_bytes());
            stream.extend((content.len() as u16).to_le_bytes());
            stream.extend(content);
        }
        stream.resize(4096, 0);
        let mut file = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
        file.resize(512, 0xFF);
        for (at, value) in [(0x1C, 0xFFFE_u16), (0x1A, 3), (0x1E, 9), (0x20, 6)] {
            file[at..at + 2].copy_from_slice(&value.to_le_bytes());
        }
        for (at, value) in [
            (0x2C, 1_u32),
            (0x30, 1),
            (0x38, 4096),
            (0x3C, END_OF_CHAIN),
            (0x40, 0),
            (0x44, END_OF_CHAIN),
            (0x48, 0),
            (0x4C, 0),
        ] {
            file[at..at + 4].copy_from_slice(&value.to_le_bytes());
        }
        let mut table = vec![0xFFFF_FFFD_u32, END_OF_CHAIN];
        table.extend((3..10).chain([END_OF_CHAIN]));
        table.resize(128, NO_STREAM);
        file.extend(table.iter().flat_map(|entry| entry.to_le_bytes()));
        let entry = |name: &str, kind: u8, first: u32, size: u32| {
            let mut entry = vec![0_u8; 128];
            for (index, unit) in name.encode_utf16().enumerate() {
                entry[index * 2..index * 2 + 2].copy_from_slice(&unit.to_le_bytes());
            }
            entry[64] = (name.len() as u8 + 1) * 2;
            entry[66] = kind;
            entry[68..80].fill(0xFF);
            entry[0x74..0x78].copy_from_slice(&first.to_le_bytes());
            entry[0x78..0x7C].copy_from_slice(&size.to_le_bytes());
            entry
        };
        let mut directory = entry("Root Entry", 5, END_OF_CHAIN, 0);
        directory.extend(entry("Workbook", 2, 2, 4096));
        directory.resize(512, 0);
        file.extend(directory);
        file.extend(stream);
        file
    }

    #[test]
    fn two_cells_far_apart_are_refused_before_the_reader_claims_what_lies_between() {
        let number = |row: u16, column: u16| {
            let cell = [row.to_le_bytes(), column.to_le_bytes(), [0, 0]].concat();
            (0x0203, [cell, 1.0_f64.to_le_bytes().to_vec()].concat())
        };
        let begin = (0x0809, vec![0, 6, 0x10, 0, 0, 0, 0, 0]);
        let bomb = xls(&[begin, number(0, 0), number(65_535, 65_535), (0x000A, vec![])]);
        assert_eq!(claimed_cells(&bomb), 65_536 * 65_536);
        assert_eq!(Workbook::read(&bomb, "bomb.xls").unwrap_err().code(), "workbook_too_large");
    }

    proptest::proptest! {
        #[test]
        fn whatever_the_bytes_measuring_ends(noise in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..2000), at in 0..4000_usize) {
            let mut file = xls(&[(0x0203, vec![0; 14])]);
            for (offset, byte) in noise.iter().enumerate() {
                if let Some(old) = file.get_mut(at + offset) {
                    *old = *byte;
                }
            }
            claimed_cells(&file);
            claimed_cells(&noise);
        }
    }
}
