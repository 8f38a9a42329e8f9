#![allow(missing_docs, clippy::unwrap_used)]
use dtm_model::*;
use dtm_process::*;
use std::collections::BTreeMap;
use dtm_protect::*;
#[test]
fn scratch() {
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 21).unwrap();
    let world = dtm_demo::World::generate(1, 1, today);
    let atlas = world.atlas();
    let dict = dtm_process::dictionary::builtin();
    let mut schemas = BTreeMap::new();
    for f in world.xlsforms().unwrap() {
        let start = std::time::Instant::now();
        let book = dtm_capture::workbook::Workbook::read(&f.bytes, f.file_name).unwrap();
        let c = dtm_capture::xlsform::convert(&book, "x");
        eprintln!("{} {:?} xform {:?} problems:", f.form_id, start.elapsed(), c.xform.as_ref().map(|x| x.len()));
        for p in &c.problems { eprintln!("   {} {}", p.location(), p.message(Lang::En)); }
        let schema = dtm_capture::xform::read(&c.xform.unwrap()).unwrap();
        let q = mapping::QuestionSet::of_form(&schema);
        let m = mapping::Mapping::from_toml(&world.mapping_toml(f.exercise).unwrap());
        let m = match m { Ok(m) => m, Err(e) => { for p in e { eprintln!("  MAP {}", p.message(Lang::En)); } panic!() } };
        for p in mapping::check(&m, &q, &dict) { eprintln!("  check {}", p.message(Lang::En)); }
        let d = mapping::draft(&q, &dict, &[]);
        eprintln!("--- draft\n{}", d.mapping.to_toml());
        schemas.insert(f.exercise, (schema, m));
    }
    let mut releases: Vec<Release> = vec![];
    let places: Vec<Place> = world.places().to_vec();
    let mut earlier: Vec<(RoundLabel, Vec<Figure>)> = vec![];
    for r in world.rounds() {
        let (schema, m) = &schemas[r.exercise];
        let mut records = vec![]; let mut flaws = BTreeMap::new(); let mut notes: BTreeMap<String, usize> = BTreeMap::new();
        for (i, s) in world.round_submissions(r).enumerate() {
            let reading = dtm_capture::submission::answers(&s.xml, schema).unwrap();
            for n in &reading.notes { *notes.entry(format!("{} {:?}", n.check, n.question)).or_default() += 1; }
            let id = RecordId::new(s.sent_at, { let mut b = [0; 10]; b[..8].copy_from_slice(&(i as u64).to_be_bytes()); b });
            let rec = Record { id: id.clone(), source: Source::Submission { id: SubmissionId::new(s.sent_at, [0; 10]) }, answers: reading.answers };
            let cs: Vec<Correction> = s.corrections.iter().map(|c| Correction { id: CorrectionId::new(c.at, [1; 10]), record: id.clone(), question: c.question.clone(), old: c.old_value.clone(), new: c.new_value.clone(), change: c.change, reason: "x".into(), check: None, by: "o".into(), at: c.at }).collect();
            if let Some(f) = s.flaw { flaws.insert(id.clone(), (f, !cs.is_empty())); }
            records.push(if std::env::var("RAW").is_ok() { rec } else { corrections::apply(&rec, &cs).unwrap() });
        }
        eprintln!("=== {} {} records {} notes {notes:?}", r.exercise, r.label, records.len());
        let all = mapping::apply_all(m, &dict, &atlas, &records);
        let round = Round { id: RoundId::new(Instant::from_millis(0), [0; 10]), exercise: ExerciseId::new(Instant::from_millis(0), [0; 10]), label: r.label.clone(), starts_on: r.starts_on, ends_on: r.ends_on, reported_on: r.reported_on, scope: r.scope.clone(), state: r.state };
        if r.exercise != "mobility" { earlier.clear(); }
        let cons = rounds::consolidate(&rounds::RoundInput { label: &r.label, starts_on: r.starts_on, ends_on: r.ends_on, scope: &r.scope, observations: &all.observations, places: &places, atlas: &atlas, earlier: &earlier, carry_rounds: 2 });
        let qs = checks::questions_of(m);
        let fs = checks::run_round(&checks::RoundContext { round: &round, today, records: &records, observations: &all.observations, places: &places, atlas: &atlas, previous: earlier.first().map(|e| e.1.as_slice()), questions: &qs });
        let mut by: BTreeMap<(String, String), usize> = BTreeMap::new();
        for f in all.findings.iter().chain(&fs).chain(&cons.findings) {
            let why = f.record.as_ref().and_then(|r| flaws.get(r)).map_or("-".into(), |x| format!("{x:?}"));
            *by.entry((format!("{} {:?}", f.check, f.severity), why)).or_default() += 1;
            if f.check.contains("position_outside") && by.len() < 30 { eprintln!("{f:?}"); }
        }
        for (k, n) in by { eprintln!("   {k:?} {n}"); }
        eprintln!("   coverage {:?}", cons.coverage);
        let tables = tables::tabulate(&tables::TableInput { figures: &cons.figures, atlas: &atlas, country: &Pcode::from("XS"), options: Default::default() });
        for t in &tables {
            let key: Vec<&str> = match t.name.as_str() { "areas" => vec!["XS"], "flows" => vec![TOTAL; 3], "places" => continue, _ => vec!["XS", TOTAL, TOTAL] };
            eprintln!("   {} {} rows {:?}", t.name, t.rows.len(), t.row(&key).map(|r| r.cells.iter().map(|c| (c.value, c.carried)).collect::<Vec<_>>()));
            if t.name == "areas" && r.label.as_str() == "7" {
                let mut rows: Vec<_> = t.rows.iter().filter(|r| r.key[0].len() == 6).map(|r| (r.cells[0].value.unwrap_or(-1), r.key[0].clone())).collect();
                rows.sort(); rows.reverse(); eprintln!("{:?}", rows.iter().take(8).map(|(n, c)| (n, atlas.area(&Pcode(c.clone())).unwrap().name.get(Lang::Fr))).collect::<Vec<_>>());
            }
        }
        if r.exercise == "mobility" || r.exercise == "ett" {
            let made_at = Instant::from_millis(1_790_000_000_000);
            let ex = world.exercises().into_iter().find(|e| e.slug == r.exercise).unwrap(); let op = world.operation();
            let c = Candidate { id: ReleaseId::new(made_at, [releases.len() as u8; 10]), heading: Heading { operation: op.slug.into(), operation_name: op.name, country: op.country, iso3: op.iso3.into(), admin0: op.admin0, exercise: r.exercise.into(), tool: ex.tool, assessment: ex.assessment, round: r.label.clone(), starts_on: r.starts_on, ends_on: r.ends_on, reported_on: r.reported_on, n_places_planned: cons.coverage.planned, n_places_reached: cons.coverage.reached, n_places_carried: cons.coverage.carried }, version: 1, reason: Text::new(), made_at, tables, api_ids: BTreeMap::new(), places: places.clone(), classes: dict.iter().map(|i| (i.code.clone(), i.dissemination)).collect() };
            let start = std::time::Instant::now();
            match release(c, &Policy::public()) { Ok(x) => { eprintln!("   released in {:?}, hidden {} of {}", start.elapsed(), x.hidden().len(), x.tables().iter().map(|t| t.rows.len() * t.measures.len()).sum::<usize>());
                let mut by: BTreeMap<(String, String, usize), usize> = BTreeMap::new(); for h in x.hidden() { *by.entry((h.table.clone(), h.measure.clone(), h.key[0].len())).or_default() += 1; } eprintln!("   {by:?}");
                releases.push(x) } Err(e) => eprintln!("   NOT RELEASED {e}") }
        }
        earlier.insert(0, (r.label.clone(), cons.figures));
    }
    let all: Vec<&Release> = releases.iter().collect();
    for lang in Lang::ALL { for (n, name) in all.iter().map(|r| (r, format!("{}-{}", r.heading().exercise, r.heading().round))) {
        let start = std::time::Instant::now();
        let bytes = dtm_publish::factsheet::pdf(&dtm_publish::factsheet::Factsheet { current: n, earlier: &all, atlas: &atlas, lang }).unwrap();
        eprintln!("{name} {:?} {} bytes", start.elapsed(), bytes.len());
        std::fs::write(format!("/tmp/fs-{}-{name}.pdf", lang.code()), bytes).unwrap();
    } }
}
