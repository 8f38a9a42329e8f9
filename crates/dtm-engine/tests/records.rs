//! Records become columns and come back; queries see the last version of each.
#![allow(missing_docs, clippy::unwrap_used)]

use dtm_engine::columns::{self, Cell};
use dtm_engine::ordered::{self, Head, Table};
use dtm_engine::{Engine, Segment, batch, segment, to_json_rows, to_text_table};
use dtm_model::{
    Answer, Answers, BlobHash, Field, FieldKind, FormSchema, Instant, Point, Record, RecordId, Source, Text,
};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn schema() -> FormSchema {
    use FieldKind::*;
    let fields = [
        ("seen_on", Date),
        ("site", Group),
        ("site/where", Geopoint),
        ("site/idp_hh", Integer),
        ("share", Decimal),
        ("start", DateTime),
        ("reason", SelectOne),
        ("needs", SelectMultiple),
        ("household", Repeat),
        ("household/head", FieldKind::Text),
        ("household/member", Repeat),
        ("household/member/age", Integer),
    ];
    let field = |(path, kind): (&str, FieldKind)| Field {
        path: path.into(),
        kind,
        label: dtm_model::Text::new(),
        hxl: None,
        choices: Vec::new(),
    };
    FormSchema {
        xml_form_id: "b2".into(),
        version: "1".into(),
        title: "B2".into(),
        root: "data".into(),
        fields: fields.into_iter().map(field).collect(),
        media: Vec::new(),
        encrypted: false,
        client_editable: false,
        entities: None,
        on_arrival: None,
    }
}

fn record(n: u8, values: &[(&str, Answer)]) -> Record {
    Record {
        id: RecordId::new(Instant::from_millis(0), [n; 10]),
        source: Source::Row { file: BlobHash::of(b"x"), name: "r.csv".into(), sheet: String::new(), row: u32::from(n) },
        answers: Answers {
            values: values.iter().map(|(path, answer)| ((*path).to_owned(), answer.clone())).collect(),
            repeats: BTreeMap::new(),
        },
    }
}

fn with_household(mut record: Record, heads: &[(&str, &[i64])]) -> Record {
    let turn = |(head, ages): &(&str, &[i64])| Answers {
        values: BTreeMap::from([("household/head".to_owned(), Answer::Text((*head).to_owned()))]),
        repeats: BTreeMap::from([(
            "household/member".to_owned(),
            ages.iter()
                .map(|age| Answers {
                    values: BTreeMap::from([("household/member/age".to_owned(), Answer::Integer(*age))]),
                    repeats: BTreeMap::new(),
                })
                .collect(),
        )]),
    };
    record.answers.repeats.insert("household".to_owned(), heads.iter().map(turn).collect());
    record
}

fn sealed(schema: &FormSchema, records: &[Record]) -> Segment {
    let tables = batch::records(schema, records).into_iter();
    Segment::Sealed(tables.map(|(name, batch)| (name, segment::write(&[batch]).unwrap())).collect())
}

async fn check(engine: &Engine, sql: &str, expected: Expect) {
    let rows = engine.query(sql, 1000).await.unwrap();
    expected.assert_eq(&to_text_table(&rows.batches).unwrap());
}

fn engine() -> Engine {
    Engine::new(256 << 20, 2).unwrap()
}

#[test]
fn tables_written_in_portions_hold_what_was_put_in_and_are_read_back_in_portions() {
    let all: Vec<Record> = (0..7_u8)
        .map(|n| {
            let one = record(n, &[("site/idp_hh", Answer::Integer(i64::from(n)))]);
            with_household(one, &[("Ana", &[3, 40])])
        })
        .collect();
    let mut tables = segment::Tables::new(schema());
    for portion in all.chunks(3) {
        tables.add(portion).unwrap();
    }
    assert!(tables.size() > 0);
    let written = tables.finish().unwrap();
    let rows: Vec<_> = written.iter().map(|table| (table.name.as_str(), table.n_rows)).collect();
    assert_eq!(rows, [(batch::ROOT, 7), ("household", 7), ("household/member", 14)]);
    let whole = batch::records(&schema(), &all);
    for (table, (_, batch)) in written.iter().zip(&whole) {
        let read = segment::read(&table.bytes).unwrap();
        let read = arrow::compute::concat_batches(&batch.schema(), &read).unwrap();
        assert_eq!(&read, batch, "{} as if it had been written at once", table.name);
    }
    let (mut portions, mut back) = (Vec::new(), Vec::new());
    segment::each_portion(&written[0].bytes, 2, |portion| {
        portions.push(portion.len());
        back.extend(portion);
        back.len() < 6
    })
    .unwrap();
    assert_eq!((portions, &back[..]), (vec![2, 2, 2], &all[..6]), "and no further than wanted");
}

#[test]
fn columns_in_order_are_read_one_by_one_from_their_file_as_they_are_made_in_memory() {
    let schema = schema();
    let text = |text: &str| Answer::Text(text.to_owned());
    let records = [
        record(9, &[("site/idp_hh", Answer::Integer(5)), ("reason", text("flood")), ("share", Answer::Decimal(-0.0))]),
        record(
            2,
            &[("site/idp_hh", Answer::Integer(-7)), ("needs", Answer::Choices(vec!["water".into(), "food".into()]))],
        ),
        record(4, &[("reason", text("drought")), ("seen_on", Answer::Date("1969-12-31".parse().unwrap()))]),
        record(3, &[("reason", text("flood")), ("start", Answer::DateTime("2026-01-05T09:00:00.000+02:00".into()))]),
    ];
    let root = segment::write(&[batch::records(&schema, &records).swap_remove(0).1]).unwrap();
    let paths: Vec<String> =
        ["site/idp_hh", "reason", "share", "needs", "seen_on", "start", "household/head"].map(str::to_owned).into();
    let file = ordered::write(&root, &paths).unwrap();
    assert_eq!(file, ordered::write(&root, &paths).unwrap(), "two servers make the same file");
    let head = Head::read(&file[..Head::reaches_to(&file[..80]).unwrap()]).unwrap();
    let part = |range: std::ops::Range<u64>| file.slice(range.start as usize..range.end as usize);
    let ids = head.ids(part(head.range_of_ids())).unwrap();
    assert_eq!((0..ids.len()).map(|row| RecordId::of_number(ids.at(row))).collect::<Vec<_>>(), {
        let mut ids: Vec<RecordId> = records.iter().map(|record| record.id.clone()).collect();
        ids.sort();
        ids
    });
    let in_memory = Table::of(&columns::Columns::of(&schema, &records, &paths));
    let mut shown = String::new();
    for path in &paths {
        let column = head.column(path, part(head.range_of(path).unwrap())).unwrap();
        let made = in_memory.column(path).unwrap();
        assert_eq!((column.kind(), column.n_values()), (made.kind(), made.n_values()), "{path}");
        shown += path;
        for row in 0..ids.len() {
            assert_eq!(column.of_code(column.code(row)), made.of_code(made.code(row)), "{path}");
            match column.of_code(column.code(row)) {
                Cell::Empty => shown += " -",
                cell => shown += &format!(" {}={cell:?}", column.code(row)),
            }
        }
        shown += "\n";
    }
    expect![[r#"
        site/idp_hh 1=Int(-7) - - 2=Int(5)
        reason - 2=Text("flood") 1=Text("drought") 2=Text("flood")
        share - - - 1=Number(0.0)
        needs 1=Choices("water food") - - -
        seen_on - - 1=Day(1969-12-31) -
        start - 1=Millis(1767596400000) - -
        household/head - - - -
    "#]]
    .assert_eq(&shown);
    assert_eq!(head.column("unknown", Default::default()).unwrap().of_code(0), Cell::Empty);

    let mut damaged = file.to_vec();
    *damaged.last_mut().unwrap() ^= 1;
    let last = head.range_of("household/head").unwrap();
    let bytes = bytes::Bytes::from(damaged).slice(last.start as usize..last.end as usize);
    assert!(head.column("household/head", bytes).is_err(), "one flipped bit");
    assert!(Head::read(&file[1..]).is_err() && Head::read(&file[..70]).is_err() && Head::reaches_to(b"PAR1").is_err());
    let mut other = file.to_vec();
    other[90] ^= 1;
    assert!(Head::read(&other).is_err());
}

#[tokio::test]
async fn questions_have_columns_of_their_type_and_turns_their_own_tables() {
    let one = record(
        1,
        &[
            ("seen_on", Answer::Date("2024-05-02".parse().unwrap())),
            ("site/where", Answer::Point(Point { lon: -72.3, lat: 18.5 })),
            ("site/idp_hh", Answer::Integer(12)),
            ("share", Answer::Decimal(0.25)),
            ("start", Answer::DateTime("2024-05-02T08:00:00.000+01".into())),
            ("reason", Answer::Text("conflict".into())),
            ("needs", Answer::Choices(vec!["water".into(), "food".into()])),
        ],
    );
    let one = with_household(one, &[("Ana", &[3, 40]), ("Ben", &[])]);
    let two = record(2, &[("site/idp_hh", Answer::Unreadable("about 5".into()))]);
    let engine = engine();
    engine.register_records("b2", vec![sealed(&schema(), &[one, two])]).await.unwrap();
    check(
        &engine,
        r#"SELECT seen_on, "site/where.lat" AS lat, "site/where.lon" AS lon, "site/idp_hh" AS hh, share, start, reason, needs
           FROM b2 ORDER BY "__id""#,
        expect![[r#"
            seen_on      lat    lon  hh  share  start                 reason    needs
            2024-05-02  18.5  -72.3  12   0.25  2024-05-02T07:00:00Z  conflict  [water, food]
            ·              ·      ·   ·      ·  ·                     ·         ·
        "#]],
    )
    .await;
    check(
        &engine,
        r#"SELECT h."household/head" AS head, m."household/member/age" AS age, m."__index" AS turn
           FROM "b2/household/member" m JOIN "b2/household" h ON m."__parent" = h."__id" ORDER BY age"#,
        expect![[r#"
            head  age  turn
            Ana     3     0
            Ana    40     1
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_query_sees_the_last_version_of_each_record() {
    let hh = |n, households| record(n, &[("site/idp_hh", Answer::Integer(households))]);
    let first = [with_household(hh(1, 10), &[("Ana", &[3])]), hh(2, 20), hh(3, 30)];
    let second = [hh(2, 21)];
    let hot = [with_household(hh(1, 11), &[("Eve", &[])]), hh(3, 31), hh(3, 32), hh(4, 40)];
    let engine = engine();
    let hot = Segment::Hot(batch::records(&schema(), &hot));
    let segments = vec![sealed(&schema(), &first), sealed(&schema(), &second), hot];
    engine.register_records("b2", segments).await.unwrap();
    check(
        &engine,
        r#"SELECT "site/idp_hh" AS hh FROM b2 ORDER BY "__id""#,
        expect![[r#"
            hh
            11
            21
            32
            40
        "#]],
    )
    .await;
    check(
        &engine,
        r#"SELECT "household/head" AS head FROM "b2/household""#,
        expect![[r#"
            head
            Eve
        "#]],
    )
    .await;
    let rows = engine.query(r#"SELECT "__record" FROM b2"#, 100).await.unwrap();
    assert_eq!(batch::records_back(&rows.batches).unwrap().len(), 4);
}

#[tokio::test]
async fn versions_of_a_form_share_a_table() {
    let mut later = schema();
    later.fields.retain(|field| field.path != "reason");
    later
        .fields
        .iter_mut()
        .filter(|field| field.path == "site/idp_hh")
        .for_each(|field| field.kind = FieldKind::Decimal);
    later.fields.push(Field {
        path: "access".into(),
        kind: FieldKind::Text,
        label: Text::new(),
        hxl: None,
        choices: Vec::new(),
    });
    let old = [record(1, &[("site/idp_hh", Answer::Integer(7)), ("reason", Answer::Text("flood".into()))])];
    let new = [record(2, &[("site/idp_hh", Answer::Decimal(7.5)), ("access", Answer::Text("road".into()))])];
    let engine = engine();
    let segments = vec![sealed(&schema(), &old), Segment::Hot(batch::records(&later, &new))];
    engine.register_records("b2", segments).await.unwrap();
    check(
        &engine,
        r#"SELECT "site/idp_hh" AS hh, reason, access FROM b2 ORDER BY hh"#,
        expect![[r#"
             hh  reason  access
            7.0  flood   ·
            7.5  ·       road
        "#]],
    )
    .await;
}

#[tokio::test]
async fn an_empty_exercise_has_empty_tables() {
    let engine = engine();
    engine.register_records("b2", vec![Segment::Hot(batch::records(&schema(), &[]))]).await.unwrap();
    let rows = engine.query("SELECT count(*) AS n FROM b2", 10).await.unwrap();
    assert_eq!(serde_json::to_string(&to_json_rows(&rows.batches).unwrap()).unwrap(), r#"[{"n":0}]"#);
    assert_eq!(engine.register_records("none", Vec::new()).await.unwrap_err().code(), "query_no_files");
}

fn answer() -> impl Strategy<Value = Answer> {
    let finite = any::<f64>().prop_filter("finite", |n| n.is_finite());
    prop_oneof![
        "\\PC{0,12}".prop_map(Answer::Text),
        any::<i64>().prop_map(Answer::Integer),
        finite.prop_map(Answer::Decimal),
        (0..40_000_i32).prop_map(|day| Answer::Date(chrono_day(day))),
        (-90.0..90.0, -180.0..180.0).prop_map(|(lat, lon)| Answer::Point(Point { lon, lat })),
        proptest::collection::vec("[a-z]{1,5}", 0..4).prop_map(Answer::Choices),
        "\\PC{0,12}".prop_map(Answer::Unreadable),
        "\\PC{0,30}".prop_map(Answer::DateTime),
    ]
}

fn chrono_day(day: i32) -> chrono::NaiveDate {
    chrono::NaiveDate::default() + chrono::Days::new(day as u64)
}

fn answers(paths: &'static [&'static str]) -> impl Strategy<Value = BTreeMap<String, Answer>> {
    proptest::collection::btree_map(proptest::sample::select(paths).prop_map(str::to_owned), answer(), 0..paths.len())
}

prop_compose! {
    fn any_record()(
        n in any::<[u8; 10]>(),
        row in any::<u32>(),
        values in answers(&["seen_on", "site/where", "site/idp_hh", "share", "start", "reason", "needs", "unasked"]),
        turns in proptest::collection::vec(answers(&["household/head", "other"]), 0..3),
    ) -> Record {
        let turns = turns.into_iter().map(|values| Answers { values, repeats: BTreeMap::new() }).collect();
        Record {
            id: RecordId::new(Instant::from_millis(1), n),
            source: Source::Row { file: BlobHash::of(&n), name: "é.xlsx".into(), sheet: "1".into(), row },
            answers: Answers { values, repeats: BTreeMap::from([("household".to_owned(), turns)]) },
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn records_come_back_from_parquet_exactly(records in proptest::collection::vec(any_record(), 1..8)) {
        let tables = batch::records(&schema(), &records);
        let bytes = segment::write(&[tables[0].1.clone()]).unwrap();
        let back = batch::records_back(&segment::read(&bytes).unwrap()).unwrap();
        prop_assert_eq!(back, records);
    }
}
