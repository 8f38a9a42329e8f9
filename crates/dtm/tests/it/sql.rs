//! What is released, read by the SQL clients that analysts have: psql, psycopg, R, ODBC. And what happens with it when a
//! release is corrected and withdrawn, and when a key is.

use crate::office::Office;
use crate::program::{has, python, variable};
use crate::verification;
use std::net::SocketAddr;
use std::process::Command;

/// An office with a published round that answers SQL: the address, and a key.
struct Asked {
    office: Office,
    address: SocketAddr,
    key: String,
}

impl Asked {
    fn new() -> Self {
        Self::with(&[])
    }

    fn with(settings: &[(&str, &str)]) -> Self {
        let mut office = verification::published();
        let key = office.run(&["key", "add", "analyst"])["key"].as_str().unwrap().to_owned();
        office.start(&[&[("DTM_SQL_LISTEN", "127.0.0.1:0")], settings].concat());
        let address = loop {
            let said = office.log();
            if let Some(address) = said.split("answers SQL on ").nth(1).and_then(|rest| rest.split_whitespace().next())
            {
                break address.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().unwrap();
            }
            assert!(!said.contains("ERROR"), "{said}");
            std::thread::sleep(std::time::Duration::from_millis(50));
        };
        Self { office, address, key }
    }

    /// Runs a client with the way to us in the variables that clients of PostgreSQL know.
    fn client(&self, program: &str, args: &[&str]) -> String {
        let output = Command::new(program)
            .args(args)
            .env("PGHOST", self.address.ip().to_string())
            .env("PGPORT", self.address.port().to_string())
            .env("PGUSER", "analyst")
            .env("PGPASSWORD", &self.key)
            .env("PGDATABASE", "dtm")
            .env("PGCLIENTENCODING", "UTF8")
            .env("LC_ALL", "C.UTF-8")
            .output()
            .unwrap();
        let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).trim().to_owned());
        if output.status.success() { out } else { format!("failed: {out}\n{err}") }
    }

    fn psql(&self, sql: &str) -> String {
        self.client("psql", &["-X", "-A", "-t", "-F", "|", "-c", sql])
    }
}

const NORTH: &str = "SELECT idp_ind FROM xso.areas WHERE area = 'XS01'";

#[test]
fn psql_finds_the_tables_and_what_their_columns_mean() {
    if !has("psql", &["--version"]) {
        return;
    }
    let asked = Asked::new();
    let tables = asked.psql("\\dt xso.*");
    for name in ["areas", "displacement", "idps"] {
        assert!(tables.contains(&format!("xso|{name}|table")), "{name}: {tables}");
    }
    let columns = asked.psql("\\d+ xso.areas");
    assert!(columns.contains("area_name_fr|text"), "{columns}");
    assert!(columns.contains("idp_ind|bigint"), "{columns}");
    assert!(columns.contains("#adm+name"), "comments are there: {columns}");
    assert_eq!(asked.psql(NORTH), "745");
    assert_eq!(asked.psql("SELECT area_name_en, area_name_fr FROM xso.areas WHERE area = 'XS01'"), "North|North");
    let refused = asked.psql("DELETE FROM xso.areas");
    assert!(refused.contains("only SELECT, SHOW and SET are taken here"), "{refused}");
    assert!(!asked.office.log().contains("XS01"), "what people ask for is not in the log");
}

#[test]
fn a_correction_a_withdrawal_and_a_lost_key_are_seen_by_the_next_statement() {
    if !has("psql", &["--version"]) {
        return;
    }
    let asked = Asked::new();
    assert_eq!(asked.psql(NORTH), "745");
    assert_eq!(asked.psql("SELECT DISTINCT version FROM xso.areas"), "1");
    let name = ["-o", "xso", "-e", "sites", "-r", "1"];
    let reason = ["--reason", "A site was doubled", "--reason-fr", "Un site était compté deux fois"];
    asked.office.run(&[&["release", "make"], &name[..], &reason[..]].concat());
    assert_eq!(asked.psql("SELECT DISTINCT version FROM xso.areas"), "2");
    let list = asked.office.run(&["release", "list", "-o", "xso"]);
    let ids: Vec<&str> = list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    for id in ids {
        asked.office.run(&["release", "withdraw", id, "--reason", "a mistake"]);
    }
    assert!(asked.psql(NORTH).contains("not found"), "{}", asked.psql(NORTH));
    let checked = asked.office.run(&["check"]);
    assert_eq!(checked["sound"], true, "the files of datasets are known to the check: {checked}");
    let keys = asked.office.run(&["key", "list"]);
    let id = keys.as_array().unwrap()[0]["id"].as_str().unwrap().to_owned();
    asked.office.run(&["key", "revoke", &id]);
    assert!(
        asked.psql("SELECT 1").contains("password authentication failed")
            || asked.psql("SELECT 1").contains("this key is not known")
    );
}

#[test]
fn psycopg_and_pandas_read_with_parameters_and_in_portions() {
    let Some(python) = python("psycopg") else { return };
    let asked = Asked::new();
    let script = r#"
import psycopg
with psycopg.connect("", autocommit=True) as db:
    for _ in range(7):  # from the sixth on it is prepared on the server
        rows = db.execute("SELECT area, idp_ind, reported_on FROM xso.areas WHERE area = %s", ["XS01"]).fetchall()
    print(rows[0][0], rows[0][1], type(rows[0][2]).__name__)
    print(db.execute("SELECT idp_ind FROM xso.areas WHERE area = %b", ["XS01"]).fetchone()[0])
with psycopg.connect("") as db:
    with db.cursor(name="portions") as some:
        some.itersize = 2
        some.execute("SELECT area FROM xso.areas ORDER BY area")
        print(len(list(some)))
    try:
        db.execute("SELECT nothing FROM xso.areas")
    except psycopg.errors.UndefinedColumn as error:
        print(error.sqlstate)
"#;
    let n = asked.psql("SELECT count(*) FROM xso.areas");
    assert_eq!(asked.client(&python, &["-c", script]), format!("XS01 745 date\n745\n{n}\n42703"));
}

#[test]
fn r_reads_tables_and_lists_them() {
    if !has("Rscript", &["--version"]) {
        return;
    }
    let asked = Asked::new();
    let script = r#"
suppressMessages(library(RPostgreSQL))
db <- dbConnect(PostgreSQL(), host = Sys.getenv("PGHOST"), port = as.integer(Sys.getenv("PGPORT")),
                user = "analyst", password = Sys.getenv("PGPASSWORD"), dbname = "dtm")
rows <- dbGetQuery(db, "SELECT area, area_name_fr, idp_ind FROM xso.areas WHERE area = 'XS01'")
cat(rows$area, rows$area_name_fr, rows$idp_ind, class(rows$idp_ind), "\n")
cat("areas" %in% dbListTables(db), "\n")
invisible(dbDisconnect(db))
"#;
    assert_eq!(asked.client("Rscript", &["-e", script]), "XS01 North 745 numeric \nTRUE");
}

#[test]
fn odbc_reads_for_stata_and_power_bi() {
    if !has("isql", &["--version"]) {
        return;
    }
    let asked = Asked::new();
    let driver = "/usr/lib/x86_64-linux-gnu/odbc/psqlodbcw.so";
    if !std::path::Path::new(driver).exists() {
        assert!(variable("DTM_NO_SKIP").is_none(), "DTM_NO_SKIP is set, and {driver} is not installed");
        return;
    }
    let connection = format!(
        "Driver={driver};Server={};Port={};Database=dtm;Uid=analyst;Pwd={}",
        asked.address.ip(),
        asked.address.port(),
        asked.key
    );
    let line = format!("printf '%s\\n' \"{NORTH}\" | isql -k '{connection}' -b -d, 2>&1");
    assert_eq!(asked.client("sh", &["-c", &line]), "745");
    let line = format!("printf 'help\\n' | isql -k '{connection}' -b -d, 2>&1");
    let tables = asked.client("sh", &["-c", &line]);
    assert!(tables.contains("dtm,xso,areas,TABLE"), "{tables}");
}

#[test]
fn qgis_lists_tables_and_reads_one_with_its_key() {
    let python = "/usr/bin/python3";
    if !has(python, &["-c", "import qgis.core"]) {
        return;
    }
    let asked = Asked::new();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/qgis_sql.py");
    let said = asked.client("env", &["QT_QPA_PLATFORM=offscreen", python, script]);
    let said: Vec<&str> = said.lines().collect();
    let n = asked.psql("SELECT count(*) FROM xso.areas");
    assert_eq!(
        said,
        [
            "areas displacement idps places sex_age",
            &format!("{n} operation exercise round reported_on version area"),
            "XS01 745 2026",
            "745"
        ]
    );
}

#[test]
fn gdal_reads_tables_with_their_types() {
    if !has("ogr2ogr", &["--version"]) {
        return;
    }
    let asked = Asked::new();
    let from = "PG:schemas=xso";
    let rows = asked.client(
        "ogr2ogr",
        &["-f", "CSV", "/vsistdout/", "-select", "area,idp_ind", "-where", "area = 'XS01'", from, "xso.areas"],
    );
    assert_eq!(rows, "area,idp_ind\nXS01,\"745\"");
    let about = asked.client("ogrinfo", &["-ro", "-so", from, "xso.areas"]);
    for line in ["idp_ind: Integer64 (0.0)", "reported_on: Date (0.0) NOT NULL", "area: String (0.0) NOT NULL"] {
        assert!(about.contains(line), "{line}: {about}");
    }
}

/// The questions that Power BI's connector asks before it shows what there is.
#[test]
fn the_catalogue_answers_in_the_types_of_postgresql() {
    if !has("psql", &["--version"]) {
        return;
    }
    let asked = Asked::new();
    let tables = "select TABLE_NAME, TABLE_TYPE from INFORMATION_SCHEMA.tables \
                  where TABLE_SCHEMA not in ('information_schema', 'pg_catalog') order by TABLE_SCHEMA, TABLE_NAME";
    assert!(asked.psql(tables).starts_with("areas|BASE TABLE\ndisplacement|BASE TABLE"), "{}", asked.psql(tables));
    let columns = "select COLUMN_NAME, IS_NULLABLE, DATA_TYPE, UDT_NAME from INFORMATION_SCHEMA.columns \
                   where TABLE_SCHEMA = 'xso' and TABLE_NAME = 'areas' and COLUMN_NAME in ('area', 'idp_ind', 'reported_on', 'geometry') \
                   order by ORDINAL_POSITION";
    assert_eq!(
        asked.psql(columns),
        "reported_on|NO|date|date\narea|NO|text|text\nidp_ind|YES|bigint|int8\ngeometry|YES|bytea|bytea"
    );
    let key = "select string_agg(ii.COLUMN_NAME, ' ') from INFORMATION_SCHEMA.table_constraints i \
               inner join INFORMATION_SCHEMA.key_column_usage ii on i.CONSTRAINT_SCHEMA = ii.CONSTRAINT_SCHEMA \
               and i.CONSTRAINT_NAME = ii.CONSTRAINT_NAME where i.TABLE_NAME = 'areas' and i.CONSTRAINT_TYPE = 'PRIMARY KEY'";
    assert_eq!(asked.psql(key), "operation exercise round reported_on version area");
    let n_distinct = "SELECT count(*) - count(DISTINCT (exercise, round, reported_on, version, area)) FROM xso.areas";
    assert_eq!(asked.psql(n_distinct), "0", "the key tells rows apart");
    assert_eq!(asked.psql("select character_set_name from INFORMATION_SCHEMA.character_sets"), "UTF8");
    assert!(asked.psql("\\dt+ xso.*").contains("xso|areas|table"), "{}", asked.psql("\\dt+ xso.*"));
    assert_eq!(asked.psql("SELECT EXISTS (SELECT 1 FROM xso.areas WHERE area = 'XS99')"), "f");
    let shape = asked.psql("SELECT geometry::text FROM xso.areas WHERE geometry IS NOT NULL LIMIT 1");
    assert!(shape.is_empty() || shape.starts_with("\\x01"), "{shape}");
}

#[test]
fn with_a_certificate_the_key_comes_over_tls() {
    if !has("psql", &["--version"]) || !has("openssl", &["version"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let [certificate, secret] = ["certificate.pem", "key.pem"].map(|name| folder.path().join(name));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1"])
        .arg("-out")
        .arg(&certificate)
        .arg("-keyout")
        .arg(&secret)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let (of, key) = (certificate.to_str().unwrap().to_owned(), secret.to_str().unwrap().to_owned());
    let asked = Asked::with(&[("DTM_SQL_CERTIFICATE", &of), ("DTM_SQL_CERTIFICATE_KEY", &key)]);
    let line = format!("PGSSLMODE=verify-full PGSSLROOTCERT={of} psql -X -A -t -c '\\conninfo' -c \"{NORTH}\"");
    let said = asked.client("sh", &["-c", &line]);
    assert!(said.contains("protocol: TLSv1.3") && said.ends_with("\n745"), "{said}");
}
