//! SQL by the PostgreSQL wire protocol, spoken by hand: what comes back, and what cannot be reached.
#![allow(clippy::unwrap_used)]

use arrow::array::{BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use async_trait::async_trait;
use dtm_engine::shelf::{Footers, Room, Sheet, SheetFile, Shelf};
use dtm_engine::sql::{self, Door, Holder, Limits, Refusal};
use object_store::memory::InMemory;
use object_store::{ObjectStore, ObjectStoreExt, path::Path};
use parquet::arrow::ArrowWriter;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const ROOM: Room = Room { memory_all: 64 << 20, memory_each: 32 << 20, threads: 2 };

/// A round's rows as a file: a column `idp_ind` of whole numbers, and perhaps another.
fn file(round: &str, numbers: &[(&str, Option<i64>)], extra: Option<&str>) -> Vec<u8> {
    let comment = |words: &str| HashMap::from([("comment".to_owned(), words.to_owned())]);
    let mut fields = vec![
        Field::new("round", DataType::Utf8, true).with_metadata(comment("Round / Cycle")),
        Field::new("area", DataType::Utf8, true),
        Field::new("area_name_fr", DataType::Utf8, true),
        Field::new("idp_ind", DataType::Int64, true),
        Field::new("share", DataType::Float64, true),
        Field::new("reported_on", DataType::Date32, true),
        Field::new("carried", DataType::Boolean, true),
    ];
    let n = numbers.len();
    let mut columns: Vec<arrow::array::ArrayRef> = vec![
        Arc::new(StringArray::from(vec![round; n])),
        Arc::new(numbers.iter().map(|(area, _)| Some(*area)).collect::<StringArray>()),
        Arc::new(StringArray::from(vec!["Gué"; n])),
        Arc::new(numbers.iter().map(|(_, number)| *number).collect::<Int64Array>()),
        Arc::new(Float64Array::from(vec![0.5; n])),
        Arc::new(Date32Array::from(vec![20_000; n])),
        Arc::new(BooleanArray::from(vec![true; n])),
    ];
    if let Some(extra) = extra {
        fields.push(Field::new(extra, DataType::Int64, true));
        columns.push(Arc::new(Int64Array::from(vec![7; n])));
    }
    let schema = Arc::new(Schema::new_with_metadata(fields, comment("Areas / Zones")));
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, schema.clone(), None).unwrap();
    writer.write(&RecordBatch::try_new(schema, columns).unwrap()).unwrap();
    writer.close().unwrap();
    bytes
}

/// A door that opens for `good-key`, and shows the files that were put behind it.
struct Office {
    store: Arc<InMemory>,
    footers: Footers,
    shelf: Mutex<Option<Arc<Shelf>>>,
    counted: Mutex<u32>,
}

impl Office {
    async fn show(&self, files: &[(&str, Vec<u8>)]) {
        let mut sheet = Sheet { schema: "xso".to_owned(), name: "areas".to_owned(), files: Vec::new() };
        for (path, bytes) in files {
            self.store.put(&Path::from(*path), bytes.clone().into()).await.unwrap();
            sheet.files.push(SheetFile { path: (*path).to_owned(), n_bytes: bytes.len() as u64 });
        }
        let store: Arc<dyn ObjectStore> = self.store.clone();
        let shelf = Shelf::open(store, &[sheet], &self.footers, ROOM).await.unwrap();
        *self.shelf.lock().unwrap() = Some(Arc::new(shelf));
    }
}

#[async_trait]
impl Door for Office {
    async fn admit(&self, key: &str, _from: SocketAddr) -> Result<Holder, Refusal> {
        match key {
            "good-key" => Ok(Holder { key: "1".to_owned(), name: "analyst".to_owned() }),
            "busy-key" => Err(Refusal::TooMany { seconds: 9 }),
            _ => Err(Refusal::Key),
        }
    }

    async fn count(&self, _holder: &Holder) -> Result<(), Refusal> {
        *self.counted.lock().unwrap() += 1;
        Ok(())
    }

    async fn shelf(&self) -> Result<Arc<Shelf>, Refusal> {
        self.shelf.lock().unwrap().clone().ok_or(Refusal::Failed)
    }
}

async fn serve(limits: Limits) -> (SocketAddr, Arc<Office>) {
    let office = Office {
        store: Arc::new(InMemory::new()),
        footers: Footers::default(),
        shelf: Mutex::default(),
        counted: Mutex::default(),
    };
    let office = Arc::new(office);
    office
        .show(&[
            ("b", file("2", &[("XS", Some(463)), ("XS01", Some(83)), ("XS02", None)], Some("hh"))),
            ("a", file("1", &[("XS", Some(300)), ("XS01", Some(300))], None)),
        ])
        .await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(sql::serve(listener, office.clone(), limits, None, std::future::pending()));
    (address, office)
}

/// A client that speaks the protocol's bytes.
struct Client(TcpStream);

impl Client {
    async fn connect(address: SocketAddr, key: &str) -> Result<Client, String> {
        let mut client = Client(TcpStream::connect(address).await.unwrap());
        let body = [&196_608_u32.to_be_bytes()[..], b"user\0somebody\0database\0dtm\0\0"].concat();
        client.0.write_all(&[&(body.len() as u32 + 4).to_be_bytes()[..], &body].concat()).await.unwrap();
        let (kind, _) = client.message().await.ok_or("closed")?;
        if kind == b'R' {
            client.say(b'p', &[key.as_bytes(), b"\0"].concat()).await;
        } else {
            return Err("no password was asked for".to_owned());
        }
        loop {
            match client.message().await.ok_or("closed")? {
                (b'E', body) => return Err(told(&body)),
                (b'Z', _) => return Ok(client),
                _ => {}
            }
        }
    }

    async fn say(&mut self, kind: u8, body: &[u8]) {
        let bytes = [&[kind][..], &(body.len() as u32 + 4).to_be_bytes(), body].concat();
        // The server may have hung up.
        let _ = self.0.write_all(&bytes).await;
    }

    async fn message(&mut self) -> Option<(u8, Vec<u8>)> {
        let mut head = [0; 5];
        self.0.read_exact(&mut head).await.ok()?;
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        let mut body = vec![0; length - 4];
        self.0.read_exact(&mut body).await.ok()?;
        Some((head[0], body))
    }

    /// Asks, and returns the rows as lines, or the code and words of the error.
    async fn ask(&mut self, sql: &str) -> Result<String, String> {
        self.say(b'Q', &[sql.as_bytes(), b"\0"].concat()).await;
        self.answer().await
    }

    async fn answer(&mut self) -> Result<String, String> {
        let (mut lines, mut failed) = (Vec::new(), None);
        loop {
            match self.message().await.ok_or("closed")? {
                (b'D', body) => lines.push(cells(&body)),
                (b'E', body) => failed = Some(told(&body)),
                (b'Z', _) => return failed.map_or(Ok(lines.join("\n")), Err),
                _ => {}
            }
        }
    }

    async fn code(&mut self, sql: &str) -> String {
        let told = self.ask(sql).await.map_or_else(|told| told, |rows| format!("answered: {rows}"));
        told.split(' ').next().unwrap_or_default().to_owned()
    }
}

/// The cells of a row.
fn cells(body: &[u8]) -> String {
    let (mut cells, mut at) = (Vec::new(), 2);
    while at < body.len() {
        let length = i32::from_be_bytes(body[at..at + 4].try_into().unwrap());
        at += 4;
        cells.push(match usize::try_from(length) {
            Ok(length) => {
                at += length;
                String::from_utf8_lossy(&body[at - length..at]).into_owned()
            }
            Err(_) => "∅".to_owned(),
        });
    }
    cells.join("|")
}

/// The code and the words of an error.
fn told(body: &[u8]) -> String {
    let field = |kind: u8| {
        let mut fields = body.split(|byte| *byte == 0);
        fields.find(|field| field.first() == Some(&kind)).map(|field| String::from_utf8_lossy(&field[1..]).into_owned())
    };
    format!("{} {}", field(b'C').unwrap_or_default(), field(b'M').unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_every_round_stand_in_one_table_with_the_types_they_have() {
    let (address, office) = serve(Limits::default()).await;
    let mut client = Client::connect(address, "good-key").await.unwrap();
    let rows = client
        .ask("SELECT round, area, idp_ind, hh, share, reported_on, carried, area_name_fr FROM xso.areas ORDER BY 1, 2");
    assert_eq!(
        rows.await.unwrap(),
        "1|XS|300|∅|0.5|2024-10-04|t|Gué\n1|XS01|300|∅|0.5|2024-10-04|t|Gué\n2|XS|463|7|0.5|2024-10-04|t|Gué\n\
         2|XS01|83|7|0.5|2024-10-04|t|Gué\n2|XS02|∅|7|0.5|2024-10-04|t|Gué"
    );
    assert_eq!(
        client.ask("SELECT round, sum(idp_ind) FROM xso.areas WHERE area <> 'XS' GROUP BY 1 ORDER BY 1").await.unwrap(),
        "1|300\n2|83"
    );
    assert_eq!(client.ask("SET search_path TO xso, public; SELECT count(*) FROM areas").await.unwrap(), "5");
    assert_eq!(client.ask("SHOW search_path").await.unwrap(), "xso, public");
    assert_eq!(*office.counted.lock().unwrap(), 3, "what reads is counted");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_just_released_is_there_at_the_next_statement() {
    let (address, office) = serve(Limits::default()).await;
    let mut client = Client::connect(address, "good-key").await.unwrap();
    // Prepared before the release, executed after it.
    client.say(b'P', b"total\0SELECT sum(idp_ind) FROM xso.areas WHERE area = $1\0\0\0").await;
    let execute = async |client: &mut Client| {
        client.say(b'B', b"\0total\0\0\0\0\x01\0\0\0\x02XS\0\0").await;
        client.say(b'E', b"\0\0\0\0\0").await;
        client.say(b'S', b"").await;
        client.answer().await.unwrap()
    };
    assert_eq!(execute(&mut client).await, "763");
    office.show(&[("c", file("2", &[("XS", Some(500))], None)), ("a", file("1", &[("XS", Some(300))], None))]).await;
    assert_eq!(execute(&mut client).await, "800", "a correction");
    office.show(&[("a", file("1", &[("XS", Some(300))], None))]).await;
    assert_eq!(client.ask("SELECT sum(idp_ind) FROM xso.areas").await.unwrap(), "300", "a withdrawal");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_the_released_tables_can_be_read_and_nothing_written() {
    let (address, _) = serve(Limits::default()).await;
    let mut client = Client::connect(address, "good-key").await.unwrap();
    // No such table, no such function, not to be read, or not taken.
    let refusals = ["42P01", "42883", "42601", "25006", "0A000"];
    for sql in [
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM \"/etc/passwd\"",
        "SELECT * FROM \"file:///etc/passwd\"",
        "SELECT * FROM \"blobs://released/a\"",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT * FROM read_parquet('/etc/passwd')",
        "SELECT * FROM dblink('host=10.0.0.1')",
        "COPY xso.areas TO '/tmp/areas.csv'",
        "COPY (SELECT 1) TO PROGRAM 'id'",
        "COPY xso.areas FROM STDIN",
        "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'",
        "CREATE TABLE t (a INT)",
        "SELECT * INTO t FROM xso.areas",
        "INSERT INTO xso.areas VALUES (1)",
        "UPDATE xso.areas SET idp_ind = 0",
        "DELETE FROM xso.areas",
        "DROP TABLE xso.areas",
        "TRUNCATE xso.areas",
        "EXPLAIN ANALYZE SELECT 1",
        "WITH x AS (DELETE FROM xso.areas RETURNING 1) SELECT * FROM x",
        "SELECT repeat('x', 1000000000)",
        "SELECT lpad('x', 1000000000)",
    ] {
        let found = client.code(sql).await;
        assert!(refusals.contains(&found.as_str()), "{sql}: {found}");
    }
    assert_eq!(client.ask("SELECT count(*) FROM xso.areas").await.unwrap(), "5", "the connection goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_have_the_code_that_clients_know() {
    let (address, _) = serve(Limits::default()).await;
    let mut client = Client::connect(address, "good-key").await.unwrap();
    let long = format!("SELECT '{}'", "x".repeat(70_000));
    let deep = format!("SELECT 1{}", "+1".repeat(300));
    let nested = format!("SELECT {}1{}", "(".repeat(2000), ")".repeat(2000));
    for (sql, code) in [
        ("SELECT", "42601"),
        ("SELEKT 1", "42601"),
        ("SELECT * FROM xso.sites", "42P01"),
        ("SELECT idps FROM xso.areas", "42703"),
        ("SELECT nothing(1)", "42883"),
        ("SELECT 1/0", "22012"),
        ("SHOW no_such_thing", "42704"),
        ("SET client_encoding TO latin1", "0A000"),
        (&long, "54001"),
        (&deep, "54001"),
        (&nested, "42601"),
    ] {
        assert_eq!(client.code(sql).await, code, "{}", &sql[..sql.len().min(60)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_does_not_come_in_and_a_key_has_so_many_connections() {
    let (address, _) = serve(Limits { connections_of_key: 2, connections: 3, ..Limits::default() }).await;
    for (key, code) in [("wrong", "28P01"), ("", "28P01"), ("busy-key", "53400")] {
        let told = Client::connect(address, key).await.err().unwrap();
        assert!(told.starts_with(code), "{told}");
    }
    let first = Client::connect(address, "good-key").await.unwrap();
    let _second = Client::connect(address, "good-key").await.unwrap();
    let told = Client::connect(address, "good-key").await.err().unwrap();
    assert!(told.starts_with("53300"), "{told}");
    drop(first);
    // The server hears of it a moment later.
    for _ in 0..200 {
        if Client::connect(address, "good-key").await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("a seat that is free can be taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_bounded_in_time_rows_and_bytes() {
    let limits = Limits { rows: 4, bytes: 300, statement: Duration::from_millis(400), ..Limits::default() };
    let (address, _) = serve(limits).await;
    let mut client = Client::connect(address, "good-key").await.unwrap();
    assert_eq!(client.code("SELECT area FROM xso.areas").await, "54000", "five rows");
    assert_eq!(client.ask("SELECT count(*) FROM xso.areas").await.unwrap(), "5");
    let wide = (0..60).map(|n| format!("area_name_fr AS c{n}")).collect::<Vec<_>>().join(", ");
    assert_eq!(client.code(&format!("SELECT {wide} FROM xso.areas LIMIT 2")).await, "54000", "wide rows");
    let many = (0..14).map(|n| format!("xso.areas a{n}")).collect::<Vec<_>>().join(", ");
    assert_eq!(client.code(&format!("SELECT count(a0.area || a1.area || a13.area) FROM {many}")).await, "57014");
    assert_eq!(client.ask("SELECT 1").await.unwrap(), "1", "the connection goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_reads_on_where_it_stopped() {
    let (address, _) = serve(Limits::default()).await;
    let mut client = Client::connect(address, "good-key").await.unwrap();
    let begin = "BEGIN READ ONLY; DECLARE c CURSOR FOR SELECT area FROM xso.areas WHERE round = '2' ORDER BY area";
    client.ask(begin).await.unwrap();
    // psycopg asks what the columns of a cursor are as if it were a portal.
    client.say(b'D', b"Pc\0").await;
    client.say(b'S', b"").await;
    assert_eq!(client.answer().await.unwrap(), "");
    assert_eq!(client.ask("FETCH FORWARD 2 FROM c").await.unwrap(), "XS\nXS01");
    assert_eq!(client.ask("FETCH 10 FROM c").await.unwrap(), "XS02");
    assert_eq!(client.ask("FETCH ALL FROM c").await.unwrap(), "");
    client.ask("CLOSE c; COMMIT").await.unwrap();
    assert_eq!(client.code("FETCH 1 FROM c").await, "34000");
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_and_silence_do_no_harm() {
    let limits = Limits { startup: Duration::from_millis(300), connections: 8, ..Limits::default() };
    let (address, _) = serve(limits).await;
    let mut noise: Vec<Vec<u8>> = vec![
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        vec![0xff; 64],
        vec![0; 64],
        [&u32::MAX.to_be_bytes()[..], &196_608_u32.to_be_bytes()].concat(),
        [&0x7fff_ffff_u32.to_be_bytes()[..], &196_608_u32.to_be_bytes()].concat(),
        // A start, then a statement of a gigabyte that never comes.
        [&[0, 0, 0, 9, 0, 3, 0, 0, 0, b'Q'][..], &0x3fff_fff0_u32.to_be_bytes()].concat(),
        // A request to stop somebody else's statement.
        [&16_u32.to_be_bytes()[..], &80_877_102_u32.to_be_bytes(), &[0; 8]].concat(),
        // TLS where there is none.
        vec![0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0],
        Vec::new(),
    ];
    let mut seed = 7_u64;
    for _ in 0..60 {
        let length = 1 + (seed % 200) as usize;
        noise.push(
            (0..length)
                .map(|_| {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    (seed >> 33) as u8
                })
                .collect(),
        );
    }
    for bytes in &noise {
        // Later ones meet the limit of connections while earlier ones are still waited for.
        let mut stream = TcpStream::connect(address).await.unwrap();
        let _ = stream.write_all(bytes).await;
        let mut back = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut back)).await;
        assert!(ended.is_ok(), "the server hangs up on {bytes:?}");
    }
    let mut client = Client::connect(address, "good-key").await.unwrap();
    assert_eq!(client.ask("SELECT count(*) FROM xso.areas").await.unwrap(), "5");
    // After coming in: binds without a statement, formats that do not fit, and counts that cannot be.
    for (kind, body) in [
        (b'B', &b"\0nothing\0\0\0\0\0\0\0"[..]),
        (b'E', b"nothing\0\x7f\xff\xff\xff"),
        (b'D', b"Snothing\0"),
        (b'B', b"\0\0\xff\xff\xff\xff"),
        (b'P', b"\0SELECT $60000\0\0\0"),
    ] {
        let mut client = Client::connect(address, "good-key").await.unwrap();
        client.say(kind, body).await;
        client.say(b'S', b"").await;
        let told = client.answer().await;
        assert!(told.is_err(), "{kind} {body:?}: {told:?}");
    }
    let mut client = Client::connect(address, "good-key").await.unwrap();
    client.say(b'P', b"\0SELECT area, round FROM xso.areas\0\0\0").await;
    client.say(b'B', b"\0\0\0\0\0\0\0\x03\0\x01\0\x01\0\x01").await;
    client.say(b'E', b"\0\xff\xff\xff\xff").await;
    client.say(b'S', b"").await;
    assert!(client.answer().await.is_err(), "three formats for two columns");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_tells_tables_columns_and_what_they_mean() {
    let (address, _) = serve(Limits::default()).await;
    let mut client = Client::connect(address, "good-key").await.unwrap();
    let tables = "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema = 'xso'";
    assert_eq!(client.ask(tables).await.unwrap(), "xso|areas");
    let columns = "SELECT a.attname, format_type(a.atttypid, a.atttypmod), col_description(a.attrelid, a.attnum) \
                   FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
                   JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                   WHERE c.relname = 'areas' AND n.nspname = 'xso' AND a.attnum > 0 ORDER BY a.attnum LIMIT 4";
    assert_eq!(
        client.ask(columns).await.unwrap(),
        "round|text|Round / Cycle\narea|text|∅\narea_name_fr|text|∅\nidp_ind|bigint|∅"
    );
    let comments = "SELECT obj_description(c.oid, 'pg_class') FROM pg_catalog.pg_class c WHERE c.relname = 'areas'";
    assert_eq!(client.ask(comments).await.unwrap(), "Areas / Zones");
    let options = "SELECT c.relkind, pg_catalog.array_to_string(c.reloptions || array(select 'toast.' || x from \
                   pg_catalog.unnest(tc.reloptions) x), ', ') FROM pg_catalog.pg_class c \
                   LEFT JOIN pg_catalog.pg_class tc ON (c.reltoastrelid = tc.oid) WHERE c.relname = 'areas'";
    assert_eq!(client.ask(options).await.unwrap(), "r|", "psql asks so for \\d+");
    assert!(client.ask("SELECT version()").await.unwrap().starts_with("PostgreSQL 16"));
}
