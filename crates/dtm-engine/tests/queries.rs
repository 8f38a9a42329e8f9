//! The engine reads what it was given and nothing else.
#![allow(missing_docs, clippy::unwrap_used)]

use dtm_engine::{Engine, figures, segment, to_json_rows, to_text_table};
use dtm_model::{
    Area, Atlas, Breakdown, Figure, How, Instant, Observation, Pcode, RecordId, RoundLabel, Setting, Sex, Ssid, Text,
};
use expect_test::expect;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn engine() -> Engine {
    Engine::new(512 << 20, 2).unwrap()
}

fn figure(place: u32, area: &str, value: f64) -> Figure {
    Figure {
        place: Ssid(format!("XS{place:06}")),
        area: area.into(),
        setting: Some(Setting::Site),
        indicator: "m0310_loc_num_idp_ind".into(),
        breakdown: Breakdown::default(),
        value,
        how: How::Reported,
        observed_on: "2024-03-01".parse().unwrap(),
        records: Vec::new(),
        range: None,
    }
}

fn area(pcode: &str, parent: Option<&str>) -> Area {
    Area {
        pcode: pcode.into(),
        level: match pcode.len() {
            2 => 0,
            4 => 1,
            _ => 2,
        },
        parent: parent.map(Pcode::from),
        name: Text::both(pcode, pcode),
        aliases: BTreeMap::new(),
        valid_from: None,
        valid_to: None,
        became: Vec::new(),
    }
}

#[tokio::test]
async fn nothing_but_a_select_is_taken() {
    let engine = engine();
    engine.register_batches("f", vec![figures::figures(&[figure(1, "XS0101", 5.0)])]).unwrap();
    let refused = [
        "CREATE TABLE t AS SELECT 1",
        "CREATE VIEW v AS SELECT 1",
        "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'",
        "DROP TABLE f",
        "INSERT INTO f SELECT * FROM f",
        "UPDATE f SET value = 0",
        "DELETE FROM f",
        "COPY f TO '/tmp/f.csv'",
        "COPY (SELECT 1) TO '/tmp/f.csv'",
        "SET datafusion.execution.batch_size = 1",
        "SELECT 1; DROP TABLE f",
        "EXPLAIN ANALYZE SELECT 1",
        "SHOW TABLES",
        "BEGIN",
        "PREPARE p AS SELECT 1",
        "",
    ];
    for sql in refused {
        let code = engine.query(sql, 10).await.err().map(|error| error.code());
        assert!(matches!(code, Some("query_not_read_only" | "query_wrong")), "{sql}: {code:?}");
    }
    for sql in [
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM \"file:///etc/passwd\"",
        "SELECT * INTO t FROM f",
        "SELECT * FROM information_schema.tables",
    ] {
        let error = engine.query(sql, 10).await.unwrap_err();
        assert!(matches!(error.code(), "query_wrong" | "query_not_read_only"), "{sql}: {error}");
    }
    let with = "WITH t AS (SELECT value FROM f) SELECT sum(value) AS v FROM t";
    assert_eq!(engine.query(with, 10).await.unwrap().n_rows(), 1);
    let insert = "WITH t AS (INSERT INTO f SELECT * FROM f) SELECT 1";
    assert!(engine.query(insert, 10).await.is_err());
}

#[tokio::test]
async fn a_query_that_nests_too_deeply_is_refused_and_one_at_the_bound_is_answered() {
    let engine = engine();
    let chain = |n: usize| format!("SELECT 1{} AS v", " + 1".repeat(n));
    let rows = engine.query(&chain(249), 10).await.unwrap();
    assert_eq!(to_text_table(&rows.batches).unwrap(), "  v\n250\n");
    assert_eq!(engine.query(&chain(300), 10).await.unwrap_err().code(), "query_too_deep");
    let unions = format!("SELECT 1 AS v{}", " UNION ALL SELECT 1".repeat(300));
    assert_eq!(engine.query(&unions, 10).await.unwrap_err().code(), "query_too_deep");
    let unions = format!("SELECT 1 AS v{}", " UNION ALL SELECT 1".repeat(200));
    assert_eq!(engine.query(&unions, 1000).await.unwrap().n_rows(), 201);
    let parentheses = format!("SELECT {}1{}", "(".repeat(5000), ")".repeat(5000));
    assert_eq!(engine.query(&parentheses, 10).await.unwrap_err().code(), "query_wrong");
    assert_eq!(engine.query(&"x".repeat(100_000), 10).await.unwrap_err().code(), "query_too_long");
}

#[tokio::test]
async fn an_answer_is_cut_at_the_rows_asked_for() {
    let engine = engine();
    let all: Vec<Figure> = (0..100).map(|n| figure(n, "XS0101", 1.0)).collect();
    engine.register_batches("f", vec![figures::figures(&all)]).unwrap();
    let rows = engine.query("SELECT place FROM f", 10).await.unwrap();
    assert_eq!((rows.n_rows(), rows.truncated), (10, true));
    let rows = engine.query("SELECT place FROM f", 100).await.unwrap();
    assert_eq!((rows.n_rows(), rows.truncated), (100, false));
    assert_eq!(engine.query("SELECT nothing FROM f", 1).await.unwrap_err().code(), "query_wrong");
    assert_eq!(engine.query("SELECT 1 FROM nowhere", 1).await.unwrap_err().code(), "query_wrong");
}

#[tokio::test]
async fn a_query_that_needs_too_much_memory_says_so() {
    let engine = Engine::new(1 << 20, 2).unwrap();
    let all: Vec<Figure> = (0..60_000).map(|n| figure(n, "XS0101", 1.0)).collect();
    engine.register_batches("f", vec![figures::figures(&all)]).unwrap();
    let error = engine.query("SELECT place, count(*) FROM f GROUP BY place ORDER BY place", 10).await.unwrap_err();
    assert_eq!(error.code(), "query_out_of_memory", "{error}");
}

#[tokio::test]
async fn two_hundred_thousand_figures_add_up_as_plain_sums_do_at_every_level() {
    let mut areas = vec![area("XS", None)];
    for first in 1..=10 {
        areas.push(area(&format!("XS{first:02}"), Some("XS")));
        (1..=14)
            .for_each(|second| areas.push(area(&format!("XS{first:02}{second:02}"), Some(&format!("XS{first:02}")))));
    }
    let smallest: Vec<String> =
        areas.iter().filter(|area| area.level == 2).map(|area| area.pcode.to_string()).collect();
    let all: Vec<Figure> =
        (0..200_000_u32).map(|n| figure(n, &smallest[n as usize * 11 % smallest.len()], f64::from(n % 97))).collect();
    let atlas = Atlas::new(areas, []);
    let engine = engine();
    let bytes = segment::write(&[figures::figures(&all)]).unwrap();
    engine.register_parquet("figures", vec![bytes]).await.unwrap();
    engine.register_batches("areas", vec![figures::areas(&atlas)]).unwrap();
    for level in 0..=2_u8 {
        let mut plain: BTreeMap<String, f64> = BTreeMap::new();
        for figure in &all {
            *plain.entry(atlas.ancestor(&figure.area, level).unwrap().pcode.to_string()).or_default() += figure.value;
        }
        let sql = format!(
            "SELECT admin{level} AS area, sum(value) AS value FROM figures JOIN areas USING (area) GROUP BY 1 ORDER BY 1"
        );
        let rows = to_json_rows(&engine.query(&sql, 1000).await.unwrap().batches).unwrap();
        let summed: BTreeMap<String, f64> =
            rows.iter().map(|row| (row["area"].as_str().unwrap().to_owned(), row["value"].as_f64().unwrap())).collect();
        assert_eq!(summed, plain, "level {level}");
    }
    let by_area = engine.aggregate("figures", &["area"]).await.unwrap();
    assert_eq!((by_area.n_rows(), by_area.truncated), (140, false));
    let total = engine.aggregate("figures", &[]).await.unwrap();
    expect![[r#"
            value       n
        9599419.0  200000
    "#]]
    .assert_eq(&to_text_table(&total.batches).unwrap());
}

prop_compose! {
    fn any_breakdown()(
        sex in proptest::option::of(prop_oneof![Just(Sex::Female), Just(Sex::Male)]),
        age in proptest::option::of("[0-9]{1,2}(-[0-9]{2})?"),
        reason in proptest::option::of("[a-z_]{1,9}"),
        origin in proptest::option::of("XS[0-9]{2}".prop_map(Pcode)),
        direction in proptest::option::of("(in|out|within)".prop_map(|word| word.to_owned())),
    ) -> Breakdown {
        Breakdown { sex, age, reason, origin, direction }
    }
}

prop_compose! {
    fn any_figure()(
        place in "[A-Z]{2}[0-9]{1,4}", area in "XS[0-9]{4}", breakdown in any_breakdown(),
        setting in proptest::option::of(prop_oneof![Just(Setting::Site), Just(Setting::HostCommunity)]),
        value in 0.0..1e9, day in 0..40_000_u64,
        how in prop_oneof![Just(How::Reported), Just(How::Triangulated), Just(How::Estimated),
            "[0-9]{1,2}(\\.[0-9])?".prop_map(|label| How::Carried { from: RoundLabel(label) })],
        records in proptest::collection::vec(any::<[u8; 10]>().prop_map(|n| RecordId::new(Instant::from_millis(5), n)), 0..3),
        range in proptest::option::of((0.0..1e6, 1e6..1e9)),
    ) -> Figure {
        let observed_on = chrono::NaiveDate::default() + chrono::Days::new(day);
        Figure { place: Ssid(place), area: Pcode(area), setting, indicator: "m1".into(), breakdown, value, how, observed_on, records, range }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn figures_and_observations_come_back_from_parquet(mut all in proptest::collection::vec(any_figure(), 1..20)) {
        let by_key = |a: &Figure, b: &Figure| (&a.indicator, &a.place, &a.breakdown).cmp(&(&b.indicator, &b.place, &b.breakdown));
        let bytes = segment::write(&[figures::figures(&all)]).unwrap();
        all.sort_by(by_key);
        prop_assert_eq!(&figures::figures_back(&segment::read(&bytes).unwrap()).unwrap(), &all);

        let observed: Vec<Observation> = all.into_iter().map(|figure| Observation {
            record: RecordId::new(Instant::from_millis(5), [7; 10]),
            place: figure.place, area: figure.area, setting: figure.setting, indicator: figure.indicator,
            breakdown: figure.breakdown, value: figure.value, observed_on: figure.observed_on,
        }).collect();
        let bytes = segment::write(&[figures::observations(&observed)]).unwrap();
        prop_assert_eq!(figures::observations_back(&segment::read(&bytes).unwrap()).unwrap(), observed);
    }
}
