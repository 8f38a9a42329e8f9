//! Puts the logs that phones keep of an interview (`audit.csv`) together into one table.

use super::write_cell;

/// The columns that are known, after the one that names the submission.
const COLUMNS: [&str; 11] = [
    "event",
    "node",
    "start",
    "end",
    "latitude",
    "longitude",
    "accuracy",
    "old-value",
    "new-value",
    "user",
    "change-reason",
];

/// How many of them every such table has; the last ones only where a phone wrote them.
const ALWAYS: usize = 9;

/// The most lines of one log that are read.
const MOST_LINES: usize = 200_000;

/// The logs of many submissions as one table.
#[derive(Debug, Default)]
pub struct ClientAudits {
    n_columns: usize,
}

impl ClientAudits {
    /// A table with the columns that every log has.
    pub fn new() -> Self {
        Self { n_columns: ALWAYS }
    }

    /// The first line.
    pub fn header(&self) -> Vec<u8> {
        let mut out = b"instance ID".to_vec();
        for name in &COLUMNS[..self.n_columns] {
            out.push(b',');
            out.extend(name.bytes());
        }
        out.push(b'\n');
        out
    }

    /// Writes the lines of one log. Lines that are too short or too long are read as far as they go.
    pub fn write(&self, out: &mut Vec<u8>, instance_id: &str, log: &[u8]) {
        let log = log.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(log);
        let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(log);
        let Ok(header) = reader.byte_headers().cloned() else { return };
        let at = |name: &str| header.iter().position(|known| known == name.as_bytes());
        let places: Vec<Option<usize>> = COLUMNS[..self.n_columns].iter().map(|name| at(name)).collect();
        for line in reader.byte_records().flatten().take(MOST_LINES) {
            write_cell(out, instance_id);
            for place in &places {
                out.push(b',');
                let cell = place.and_then(|at| line.get(at)).unwrap_or_default();
                write_cell(out, &String::from_utf8_lossy(cell));
            }
            out.push(b'\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logs_of_all_submissions_become_one_table() {
        let audits = ClientAudits::new();
        let mut out = audits.header();
        audits.write(
            &mut out,
            "uuid:1",
            "\u{FEFF}event,node,start,end\nform start,,1,\nquestion,/data/a,2,3,9,9\n".as_bytes(),
        );
        audits.write(&mut out, "uuid:2", b"node,event,odd,old-value\n/data/b,question,x,\"a,\"\"b\"\"\"\n");
        audits.write(&mut out, "uuid:3", b"");
        audits.write(&mut out, "uuid:4", b"\xFF\xFE\x00");
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "instance ID,event,node,start,end,latitude,longitude,accuracy,old-value,new-value\n\
             uuid:1,form start,,1,,,,,,\n\
             uuid:1,question,/data/a,2,3,,,,,\n\
             uuid:2,question,/data/b,,,,,,\"a,\"\"b\"\"\",\n"
        );
    }
}
