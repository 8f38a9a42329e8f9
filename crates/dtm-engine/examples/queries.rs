//! Measures the six typical queries on 20 million facts beside DuckDB and polars, pair by pair in one run:
//! `cargo run --release -p dtm-engine --example queries -- FOLDER [PYTHON] [ROUNDS] [PAIRS]`.
//!
//! Writes the facts once (a seed makes them, 500,000 a round; 40 rounds by default), then asks DataFusion and the peers
//! each query in turn, compares the rows, and prints processor and wall time and the ratio to the better peer. Facts lie
//! as our own files do: small whole numbers for codes, sorted by round and area, zstd, a row group a round.
#![allow(clippy::print_stdout, clippy::disallowed_methods, clippy::unwrap_used)]

use arrow::array::{ArrayRef, AsArray, Int8Array, Int16Array, Int32Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use dtm_engine::Rows;
use dtm_engine::shelf::{Footers, Room, Sheet, SheetFile, Shelf};
use object_store::local::LocalFileSystem;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

const SITES: u32 = 5_000;
const SITES_OF_AREA: u32 = 36;
/// Sexes, ages, reasons and settings of a site in a round.
const PARTS: [u8; 4] = [2, 5, 5, 2];
const POINTS: u32 = 50;
const DAYS: u32 = 1_000;
const PEERS: [&str; 2] = ["duckdb", "polars"];

/// The queries: what each is, and its text, which the peers' program has under the same name.
const QUERIES: [(&str, &str); 6] = [
    (
        "trend by round",
        "SELECT round, sum(persons) AS n, count(DISTINCT site) AS sites FROM f.facts GROUP BY round ORDER BY round",
    ),
    (
        "stock and change by area",
        "SELECT area, sum(CASE WHEN round = {last} THEN persons ELSE 0 END) AS now, \
         sum(CASE WHEN round = {last} THEN persons ELSE -persons END) AS change FROM f.facts \
         WHERE round IN ({last}, {before}) GROUP BY area ORDER BY area",
    ),
    (
        "origin and destination",
        "SELECT origin, area, sum(persons) AS n FROM f.facts WHERE round = {last} GROUP BY origin, area ORDER BY origin, area",
    ),
    (
        "sex and age",
        "SELECT round, sex, age, sum(persons) AS n FROM f.facts GROUP BY round, sex, age ORDER BY round, sex, age",
    ),
    (
        "top 100 sites",
        "SELECT site, sum(persons) AS n FROM f.facts WHERE round = {last} GROUP BY site ORDER BY n DESC, site LIMIT 100",
    ),
    (
        "flow by point and day",
        "SELECT point, day, sum(persons) AS n FROM f.flows GROUP BY point, day ORDER BY point, day",
    ),
];

/// The peers' side: it is told a number of a query and a peer, and answers with processor and wall milliseconds and a hash of the rows.
const PEER: &str = r#"
import hashlib, os, resource, sys, time
folder, last = sys.argv[1], int(sys.argv[2])
os.environ["POLARS_MAX_THREADS"] = "2"
import duckdb, polars as pl
facts, flows = f"{folder}/facts.parquet", f"{folder}/flows.parquet"
duck = duckdb.connect(); duck.execute("SET threads=2")
duck.execute(f"CREATE SCHEMA f; CREATE VIEW f.facts AS FROM '{facts}'; CREATE VIEW f.flows AS FROM '{flows}'")
def polars(at):
    f = pl.scan_parquet(flows if at == 5 else facts)
    p = pl.col("persons").cast(pl.Int64)
    now = f.filter(pl.col("round") == last)
    return [
        lambda: f.group_by("round").agg(p.sum().alias("n"), pl.col("site").n_unique().alias("sites")).sort("round"),
        lambda: f.filter(pl.col("round").is_in([last, last - 1])).group_by("area").agg(
            pl.when(pl.col("round") == last).then(p).otherwise(0).sum().alias("now"),
            pl.when(pl.col("round") == last).then(p).otherwise(-p).sum().alias("change")).sort("area"),
        lambda: now.group_by("origin", "area").agg(p.sum().alias("n")).sort("origin", "area"),
        lambda: f.group_by("round", "sex", "age").agg(p.sum().alias("n")).sort("round", "sex", "age"),
        lambda: now.group_by("site").agg(p.sum().alias("n")).sort(["n", "site"], descending=[True, False]).head(100),
        lambda: f.group_by("point", "day").agg(p.sum().alias("n")).sort("point", "day"),
    ][at]().collect().rows()
def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
for line in sys.stdin:
    at, peer, sql = line.rstrip("\n").split("\t")
    c, w = cpu(), time.perf_counter()
    rows = polars(int(at)) if peer == "polars" else duck.execute(sql).fetchall()
    c, w = cpu() - c, time.perf_counter() - w
    text = "\n".join("|".join(str(int(cell)) for cell in row) for row in rows)
    print(f"{c * 1000:.1f}\t{w * 1000:.1f}\t{hashlib.sha256(text.encode()).hexdigest()[:16]}\t{len(rows)}", flush=True)
"#;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arg = |at: usize| std::env::args().nth(at);
    let folder = arg(1).expect("a folder to write to");
    let python = arg(2).unwrap_or_else(|| "python3".to_owned());
    let rounds: u32 = arg(3).and_then(|text| text.parse().ok()).unwrap_or(40);
    let pairs: usize = arg(4).and_then(|text| text.parse().ok()).unwrap_or(5);
    std::fs::create_dir_all(&folder).unwrap();
    let folder = Path::new(&folder).canonicalize().unwrap();
    write(&folder.join("facts.parquet"), &facts_schema(), (1..=rounds).map(facts));
    write(&folder.join("flows.parquet"), &flows_schema(), (0..POINTS).map(flows));
    let shelf = open(&folder).await;
    let mut peer = Peer::start(&python, &folder, rounds);
    println!(
        "{} facts; medians of {pairs}; milliseconds: processor / wall",
        u64::from(rounds) * u64::from(SITES) * 100
    );
    for (at, (name, sql)) in QUERIES.iter().enumerate() {
        let sql = sql.replace("{last}", &rounds.to_string()).replace("{before}", &(rounds - 1).to_string());
        let (mut ours, mut theirs) = (Vec::new(), [Vec::new(), Vec::new()]);
        // The first time reads what the others find read.
        for pair in 0..=pairs {
            let (used, rows) = ask(&shelf, &sql).await;
            let told: Vec<Told> = PEERS.iter().map(|name| peer.ask(at, name, &sql)).collect();
            for told in &told {
                assert_eq!(told.rows, rows, "{name}: the same rows");
            }
            if pair > 0 {
                ours.push(used);
                told.iter().zip(&mut theirs).for_each(|(told, list)| list.push(told.used));
            }
        }
        let (ours, theirs) = (median(&ours), [median(&theirs[0]), median(&theirs[1])]);
        let best = |of: fn(&Used) -> f64| theirs.iter().map(of).fold(f64::INFINITY, f64::min);
        println!(
            "{name:<26} dtm {:>6.0} / {:>6.0}   duckdb {:>6.0} / {:>6.0}   polars {:>6.0} / {:>6.0}   ratio {:.2} / {:.2}",
            ours.cpu,
            ours.wall,
            theirs[0].cpu,
            theirs[0].wall,
            theirs[1].cpu,
            theirs[1].wall,
            best(|used| used.cpu) / ours.cpu,
            best(|used| used.wall) / ours.wall,
        );
    }
}

/// What an answer took, in milliseconds.
#[derive(Clone, Copy)]
struct Used {
    cpu: f64,
    wall: f64,
}

/// What a peer tells: what it took, and which rows came, as their number and a hash.
struct Told {
    used: Used,
    rows: String,
}

fn median(list: &[Used]) -> Used {
    let middle = |of: fn(&Used) -> f64| {
        let mut values: Vec<f64> = list.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    Used { cpu: middle(|used| used.cpu), wall: middle(|used| used.wall) }
}

async fn open(folder: &Path) -> Arc<Shelf> {
    let sheet = |name: &str| {
        let n_bytes = folder.join(format!("{name}.parquet")).metadata().unwrap().len();
        let files = vec![SheetFile { path: format!("{name}.parquet"), n_bytes }];
        Sheet { schema: "f".to_owned(), name: name.to_owned(), files }
    };
    let store = Arc::new(LocalFileSystem::new_with_prefix(folder).unwrap());
    let room = Room { memory_all: 2 << 30, memory_each: 2 << 30, threads: 2 };
    Arc::new(Shelf::open(store, &[sheet("facts"), sheet("flows")], &Footers::default(), room).await.unwrap())
}

async fn ask(shelf: &Arc<Shelf>, sql: &str) -> (Used, String) {
    let (cpu, wall) = (cpu_ms(), Instant::now());
    let rows = shelf.query(sql, 10_000_000).await.unwrap();
    let used = Used { cpu: cpu_ms() - cpu, wall: wall.elapsed().as_secs_f64() * 1000.0 };
    (used, hash(&rows))
}

/// Milliseconds of processor time that this process has used.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    // The first thread alone; the others have files of their own.
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let of = |path: std::path::PathBuf| std::fs::read_to_string(path.join("schedstat")).unwrap_or_default();
    let nanos = |text: &str| text.split(' ').next().and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    let all: f64 = threads.flatten().map(|thread| nanos(&of(thread.path()))).sum();
    all.max(nanos(&stat)) / 1e6
}

/// The rows in the words of the peers' program.
fn hash(rows: &Rows) -> String {
    let mut lines = Vec::new();
    for batch in &rows.batches {
        let columns: Vec<ArrayRef> =
            batch.columns().iter().map(|column| cast(column, &DataType::Int64).unwrap()).collect();
        for row in 0..batch.num_rows() {
            let cells = columns.iter().map(|column| column.as_primitive::<Int64Type>().value(row).to_string());
            lines.push(cells.collect::<Vec<_>>().join("|"));
        }
    }
    format!("{}\t{}", &dtm_model::BlobHash::of(lines.join("\n").as_bytes()).as_str()[..16], lines.len())
}

struct Peer {
    _child: Child,
    say: ChildStdin,
    hear: BufReader<ChildStdout>,
}

impl Peer {
    fn start(python: &str, folder: &Path, rounds: u32) -> Peer {
        let mut command = Command::new(python);
        command.arg("-c").arg(PEER).arg(folder).arg(rounds.to_string());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (say, hear) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Peer { _child: child, say, hear }
    }

    fn ask(&mut self, at: usize, peer: &str, sql: &str) -> Told {
        writeln!(self.say, "{at}\t{peer}\t{sql}").unwrap();
        self.say.flush().unwrap();
        let mut line = String::new();
        self.hear.read_line(&mut line).unwrap();
        let mut parts = line.trim_end().splitn(3, '\t');
        let mut number = || parts.next().unwrap().parse::<f64>().unwrap();
        let used = Used { cpu: number(), wall: number() };
        Told { used, rows: parts.next().unwrap().to_owned() }
    }
}

/// Writes batches, each as a row group, unless they were written before.
fn write(path: &Path, schema: &SchemaRef, batches: impl Iterator<Item = RecordBatch>) {
    if path.exists() {
        return;
    }
    let unfinished = path.with_extension("unfinished");
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(1 << 20))
        .build();
    let mut writer =
        ArrowWriter::try_new(File::create(&unfinished).unwrap(), schema.clone(), Some(properties)).unwrap();
    for batch in batches {
        writer.write(&batch).unwrap();
        writer.flush().unwrap();
    }
    writer.close().unwrap();
    std::fs::rename(unfinished, path).unwrap();
}

/// Numbers that a seed makes (SplitMix64).
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

fn facts_schema() -> SchemaRef {
    let fields = [
        ("round", DataType::Int16),
        ("area", DataType::Int16),
        ("site", DataType::Int32),
        ("origin", DataType::Int16),
        ("reason", DataType::Int8),
        ("setting", DataType::Int8),
        ("sex", DataType::Int8),
        ("age", DataType::Int8),
        ("persons", DataType::Int32),
    ];
    Arc::new(Schema::new(fields.map(|(name, kind)| Field::new(name, kind, false)).to_vec()))
}

/// The facts of a round, sorted by area and site.
fn facts(round: u32) -> RecordBatch {
    let mut draw = Draw(u64::from(round));
    let mut rows: [Vec<i32>; 9] = std::array::from_fn(|_| Vec::with_capacity(500_000));
    for site in 0..SITES {
        let area = (site / SITES_OF_AREA) as i32;
        let home = draw.below(140) as i32;
        for part in 0..100_u8 {
            let [_, ages, reasons, settings] = PARTS;
            let (sex, age) = (part / (ages * reasons * settings), part / (reasons * settings) % ages);
            let (reason, setting) = (part / settings % reasons, part % settings);
            let origin = if draw.below(4) == 0 { draw.below(140) as i32 } else { home };
            let persons = draw.below(60) as i32;
            let row = [
                round as i32,
                area,
                site as i32,
                origin,
                reason.into(),
                setting.into(),
                sex.into(),
                age.into(),
                persons,
            ];
            rows.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
        }
    }
    batch(&facts_schema(), rows)
}

fn flows_schema() -> SchemaRef {
    let fields = [
        ("point", DataType::Int16),
        ("day", DataType::Int16),
        ("direction", DataType::Int8),
        ("persons", DataType::Int32),
    ];
    Arc::new(Schema::new(fields.map(|(name, kind)| Field::new(name, kind, false)).to_vec()))
}

/// The groups that passed a point, by day.
fn flows(point: u32) -> RecordBatch {
    let mut draw = Draw(u64::from(point) + (1 << 32));
    let mut rows: [Vec<i32>; 4] = std::array::from_fn(|_| Vec::new());
    for day in 0..DAYS {
        for group in 0..40 {
            let row = [point as i32, day as i32, group % 2, 1 + draw.below(30) as i32];
            rows.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
        }
    }
    batch(&flows_schema(), rows)
}

fn batch<const N: usize>(schema: &SchemaRef, rows: [Vec<i32>; N]) -> RecordBatch {
    let narrow = |(values, field): (Vec<i32>, &Arc<Field>)| -> ArrayRef {
        match field.data_type() {
            DataType::Int8 => Arc::new(values.into_iter().map(|value| Some(value as i8)).collect::<Int8Array>()),
            DataType::Int16 => Arc::new(values.into_iter().map(|value| Some(value as i16)).collect::<Int16Array>()),
            _ => Arc::new(Int32Array::from(values)),
        }
    };
    RecordBatch::try_new(schema.clone(), rows.into_iter().zip(schema.fields()).map(narrow).collect()).unwrap()
}
