//! Prints what the demo world holds, round by round: `cargo run -p dtm-demo --example totals -- 1 1`.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::disallowed_methods)]

use dtm_demo::World;
use std::collections::BTreeMap;

fn main() {
    let mut args = std::env::args().skip(1).filter_map(|arg| arg.parse::<u64>().ok());
    let (seed, scale) = (args.next().unwrap_or(1), args.next().unwrap_or(1));
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 21).expect("a day");
    let started = std::time::Instant::now();
    let world = World::generate(seed, scale as u32, today);
    eprintln!("world {:?}, {} places, {} submissions", started.elapsed(), world.places().len(), world.n_submissions());
    let started = std::time::Instant::now();
    let forms = world.xlsforms().expect("forms are written");
    eprintln!("forms {:?} {:?}", started.elapsed(), forms.iter().map(|form| form.bytes.len()).collect::<Vec<_>>());
    if std::env::args().any(|arg| arg == "write") {
        for form in &forms {
            std::fs::write(format!("/tmp/{}", form.file_name), &form.bytes).expect("written");
        }
    }
    let started = std::time::Instant::now();
    let mut sums: BTreeMap<(&str, String), [i64; 7]> = BTreeMap::new();
    let mut flaws: BTreeMap<String, usize> = BTreeMap::new();
    let mut bytes = 0;
    for submission in world.submissions() {
        let sum = sums.entry((submission.exercise, submission.round.to_string())).or_default();
        let value = |name: &str| -> i64 {
            let from = submission.xml.find(&format!("<{name}>")).map(|at| at + name.len() + 2);
            from.and_then(|from| submission.xml[from..].split('<').next()?.parse().ok()).unwrap_or(0)
        };
        sum[0] += 1;
        sum[1] += value("m0309_loc_num_idp_hh");
        sum[2] += value("m0310_loc_num_idp_ind");
        sum[3] += value("m0851_loc_num_return_idp_ind") + value("fmr_total");
        sum[4] += submission.corrections.len() as i64;
        sum[5] += submission.files.len() as i64;
        sum[6] += (value("m0310_loc_num_idp_ind") == 0) as i64;
        bytes += submission.xml.len();
        if let Some(flaw) = submission.flaw {
            *flaws.entry(format!("{flaw:?}")).or_default() += 1;
        }
    }
    eprintln!("submissions {:?}, {bytes} bytes", started.elapsed());
    println!("{:24} forms   households individuals returnees/flows corrections files zero", "round");
    for round in world.rounds() {
        let sum = sums.get(&(round.exercise, round.label.to_string())).copied().unwrap_or_default();
        println!(
            "{:9} {:4} {}…{} {:?} {sum:?}",
            round.exercise,
            round.label.as_str(),
            round.starts_on,
            round.ends_on,
            round.state
        );
    }
    println!("{flaws:?}");
    if let Some(submission) = world.submissions().nth(40) {
        println!("{}", submission.xml);
    }
}
