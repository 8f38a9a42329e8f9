//! How long interviews took, when they were held, and how fast enumerators got from one to the next.
//!
//! In go interviews with their start and end as the phone noted them, who asked, where, and, where the phone kept an
//! audit log, the minutes spent on questions; out come flags by interview. An interview is short below the form's own
//! minimum, or below both the fifth percentile of all and a third of the median (0.35), for one of twenty is always the shortest and
//! nothing is wrong with that; long above twice the ninety-fifth. Two interviews of one
//! enumerator that overlap cannot both have been held as written; more than 120 km/h from one to the next, as the crow
//! flies, was not travelled. A phone's clock may be wrong, so all of these are questions to ask and no proof.

use super::distances::metres_between;
use crate::answers::Moment;
use crate::statistics::{quantile, sorted};
use dtm_model::Point;
use std::collections::BTreeMap;

/// One interview, as far as the phone says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Interview {
    /// Who asked, by a number that is the same in all their interviews; none where that is not known.
    pub enumerator: Option<u32>,
    /// When it began.
    pub started: Option<Moment>,
    /// When it ended.
    pub ended: Option<Moment>,
    /// Minutes spent on questions, from the audit log.
    pub answering_minutes: Option<f64>,
    /// Where it was held.
    pub position: Option<Point>,
}

impl Interview {
    /// Minutes it took: those spent on questions where they were logged, else from start to end.
    pub fn minutes(&self) -> Option<f64> {
        self.answering_minutes.or_else(|| self.elapsed_minutes())
    }

    /// Minutes from start to end.
    pub fn elapsed_minutes(&self) -> Option<f64> {
        Some(self.ended?.minutes_since(self.started?))
    }
}

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DurationOptions {
    /// The least minutes that the form takes, where somebody has said so.
    pub least_minutes: Option<f64>,
    /// The most minutes that the form takes, where somebody has said so.
    pub most_minutes: Option<f64>,
    /// Interviews shorter than this share of all are short.
    pub short_share: f64,
    /// Of these, those are short that took less than this share of the interview in the middle.
    pub short_of_median: f64,
    /// Interviews longer than so many times the duration that all but the longest twentieth stay under are long.
    pub long_times: f64,
    /// With fewer interviews than this, percentiles say nothing and only the least minutes count.
    pub least_interviews: usize,
    /// The hour at which night begins.
    pub night_from: u32,
    /// The hour at which night ends.
    pub night_to: u32,
    /// Faster than this from one interview to the next is too fast.
    pub most_km_per_hour: f64,
    /// Closer than this no speed is told, as positions drift.
    pub least_metres: f64,
}

impl Default for DurationOptions {
    fn default() -> Self {
        Self {
            least_minutes: None,
            most_minutes: None,
            short_share: 0.05,
            short_of_median: 0.35,
            long_times: 2.0,
            least_interviews: 20,
            night_from: 22,
            night_to: 5,
            most_km_per_hour: 120.0,
            least_metres: 1_000.0,
        }
    }
}

/// What is odd about when and how long.
#[derive(Clone, Debug, PartialEq)]
pub enum DurationFlag {
    /// Shorter than is usual or possible.
    Short {
        /// How long it took.
        minutes: f64,
        /// What is the least.
        least: f64,
    },
    /// Far longer than the others; often a form left open overnight.
    Long {
        /// How long it took.
        minutes: f64,
        /// What is the most.
        most: f64,
    },
    /// Ended before it began.
    Negative {
        /// From start to end.
        minutes: f64,
    },
    /// Began at night.
    Night {
        /// Hour and minute on the wall.
        began: (u32, u32),
    },
    /// Began before an earlier interview of the same enumerator had ended.
    Overlap {
        /// The other interview.
        other: usize,
        /// For how long both went on.
        minutes: f64,
    },
    /// Too far from the interview before for the time between.
    Speed {
        /// The interview before.
        other: usize,
        /// The distance, as the crow flies.
        km: f64,
        /// The time between.
        minutes: f64,
        /// The speed it would take.
        km_per_hour: f64,
    },
}

/// Lets like be compared with like: where fewer than four of five interviews have a log, none of them counts by it, for
/// minutes on questions leave out the breaks that minutes from start to end hold.
pub fn like_with_like(interviews: &mut [Interview]) {
    let n_logged = interviews.iter().filter(|interview| interview.answering_minutes.is_some()).count();
    let n_timed = interviews.iter().filter(|interview| interview.minutes().is_some()).count();
    if n_logged * 5 < n_timed * 4 {
        interviews.iter_mut().for_each(|interview| interview.answering_minutes = None);
    }
}

/// The limits that the interviews themselves set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UsualMinutes {
    /// Shorter is short.
    pub least: Option<f64>,
    /// Longer is long.
    pub most: Option<f64>,
}

/// The limits that these interviews set under these options.
pub fn usual_minutes(interviews: &[Interview], options: &DurationOptions) -> UsualMinutes {
    let taken: Vec<f64> = interviews.iter().filter_map(Interview::minutes).filter(|minutes| *minutes >= 0.0).collect();
    let taken = if taken.len() >= options.least_interviews { sorted(&taken) } else { Vec::new() };
    let middle = quantile(&taken, 0.5).map(|middle| middle * options.short_of_median);
    let short = quantile(&taken, options.short_share).zip(middle).map(|(share, middle)| share.min(middle));
    let least = [short, options.least_minutes].into_iter().flatten().reduce(f64::max);
    let long = quantile(&taken, 0.95).map(|long| long * options.long_times);
    UsualMinutes { least, most: [long, options.most_minutes].into_iter().flatten().reduce(f64::min) }
}

/// What is odd about these interviews, by interview.
pub fn duration_flags(interviews: &[Interview], options: &DurationOptions) -> Vec<(usize, DurationFlag)> {
    let usual = usual_minutes(interviews, options);
    let mut flags = Vec::new();
    for (row, interview) in interviews.iter().enumerate() {
        if let Some(minutes) = interview.elapsed_minutes().filter(|minutes| *minutes < 0.0) {
            flags.push((row, DurationFlag::Negative { minutes }));
        } else if let Some(minutes) = interview.minutes() {
            let short = usual.least.filter(|least| minutes < *least);
            let long = usual.most.filter(|most| minutes > *most);
            flags.extend(short.map(|least| (row, DurationFlag::Short { minutes, least })));
            flags.extend(long.map(|most| (row, DurationFlag::Long { minutes, most })));
        }
        let began = interview.started.map(Moment::time_of_day);
        let at_night = |hour: u32| hour >= options.night_from || hour < options.night_to;
        flags.extend(began.filter(|(hour, _)| at_night(*hour)).map(|began| (row, DurationFlag::Night { began })));
    }
    for rows in by_enumerator(interviews).values() {
        between(interviews, rows, options, &mut flags);
    }
    flags.sort_by_key(|(row, _)| *row);
    flags
}

/// Each enumerator's interviews in order of time.
fn by_enumerator(interviews: &[Interview]) -> BTreeMap<u32, Vec<usize>> {
    let mut of: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (row, interview) in interviews.iter().enumerate() {
        if let Some(enumerator) = interview.enumerator.filter(|_| interview.started.is_some()) {
            of.entry(enumerator).or_default().push(row);
        }
    }
    for rows in of.values_mut() {
        rows.sort_by_key(|row| (interviews[*row].started, *row));
    }
    of
}

/// Overlaps and speeds between the interviews of one enumerator, in order of time.
fn between(
    interviews: &[Interview],
    rows: &[usize],
    options: &DurationOptions,
    flags: &mut Vec<(usize, DurationFlag)>,
) {
    // The interview that ends last of those begun so far, and the last one with a position.
    let (mut open, mut stood): (Option<(usize, Moment)>, Option<usize>) = (None, None);
    for &row in rows {
        let interview = &interviews[row];
        let Some(started) = interview.started else { continue };
        let ended = interview.ended.unwrap_or(started);
        if let Some((other, until)) = open.filter(|(_, until)| *until > started) {
            let minutes = until.min(ended).minutes_since(started).max(0.0);
            flags.push((row, DurationFlag::Overlap { other, minutes }));
        }
        if open.is_none_or(|(_, until)| ended >= until) {
            open = Some((row, ended));
        }
        let Some(here) = interview.position else { continue };
        if let Some((other, there, left)) = stood.and_then(|row| {
            let before = &interviews[row];
            Some((row, before.position?, before.ended.or(before.started)?))
        }) {
            let (metres, minutes) = (metres_between(here, there), started.minutes_since(left));
            let km_per_hour = metres / 1_000.0 / (minutes / 60.0);
            // Overlapping interviews have their own flag.
            if metres >= options.least_metres && minutes > 0.0 && km_per_hour > options.most_km_per_hour {
                flags.push((row, DurationFlag::Speed { other, km: metres / 1_000.0, minutes, km_per_hour }));
            }
        }
        stood = Some(row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    /// One interview a line: enumerator, start and end on the wall of a clock an hour ahead of UTC, and degrees north.
    fn check(lines: &str, options: DurationOptions, expect: Expect) {
        let moment = |time: &str| Moment::read(&format!("2024-05-01T{time}:00+01:00"));
        let interviews: Vec<Interview> = lines
            .trim()
            .lines()
            .map(|line| {
                let words: Vec<&str> = line.split_whitespace().collect();
                Interview {
                    enumerator: words[0].parse().ok(),
                    started: moment(words[1]),
                    ended: moment(words[2]),
                    answering_minutes: None,
                    position: words.get(3).map(|lat| Point { lon: 0.0, lat: lat.parse().unwrap() }),
                }
            })
            .collect();
        let said: Vec<String> = duration_flags(&interviews, &options)
            .iter()
            .map(|(row, flag)| match flag {
                DurationFlag::Short { minutes, least } => format!("{row} short {minutes:.0} < {least:.0}"),
                DurationFlag::Long { minutes, most } => format!("{row} long {minutes:.0} > {most:.0}"),
                DurationFlag::Negative { minutes } => format!("{row} negative {minutes:.0}"),
                DurationFlag::Night { began } => format!("{row} night {:02}:{:02}", began.0, began.1),
                DurationFlag::Overlap { other, minutes } => format!("{row} overlaps {other} for {minutes:.0}"),
                DurationFlag::Speed { other, km, minutes, km_per_hour } => {
                    format!("{row} {km:.0} km from {other} in {minutes:.0} min: {km_per_hour:.0} km/h")
                }
            })
            .collect();
        expect.assert_eq(&said.join("\n"));
    }

    #[test]
    fn two_interviews_of_one_enumerator_do_not_overlap_and_nobody_flies() {
        check(
            "
1 09:00 09:40 10.0
1 09:30 10:00 10.0
2 09:30 10:00 10.0
1 10:10 10:30 11.0
1 12:10 12:40 10.0
",
            DurationOptions::default(),
            expect![[r#"
                1 overlaps 0 for 10
                3 111 km from 1 in 10 min: 667 km/h"#]],
        );
    }

    #[test]
    fn an_interview_within_a_longer_one_and_the_next_both_overlap_it() {
        check(
            "1 09:00 12:00\n1 09:10 09:20\n1 10:00 10:30\n1 12:00 12:30",
            DurationOptions::default(),
            expect![[r#"
                1 overlaps 0 for 10
                2 overlaps 0 for 30"#]],
        );
    }

    #[test]
    fn minutes_on_questions_count_where_nearly_all_phones_log_them() {
        let of = |n_logged: usize| {
            let moment = |time: &str| Moment::read(&format!("2024-05-01T{time}:00+01:00"));
            let one = |n: usize| Interview {
                started: moment("09:00"),
                ended: moment("10:00"),
                answering_minutes: (n < n_logged).then_some(20.0),
                ..Interview::default()
            };
            let mut interviews: Vec<Interview> = (0..10).map(one).collect();
            like_with_like(&mut interviews);
            interviews[0].minutes()
        };
        assert_eq!((of(7), of(8)), (Some(60.0), Some(20.0)));
    }

    #[test]
    fn night_and_clocks_set_back_are_told_and_the_least_minutes_count_without_percentiles() {
        check(
            "1 23:10 23:40\n2 04:59 05:30\n3 05:00 05:09\n4 10:00 09:00",
            DurationOptions { least_minutes: Some(10.0), ..DurationOptions::default() },
            expect![[r#"
                0 night 23:10
                1 night 04:59
                2 short 9 < 10
                3 negative -60"#]],
        );
    }

    #[test]
    fn percentiles_of_all_interviews_tell_the_short_and_the_long() {
        let mut lines: Vec<String> = (0..30).map(|n| format!("{n} 09:00 09:{:02}", 20 + n)).collect();
        lines.push("90 09:00 09:02".into());
        lines.push("91 09:00 15:00".into());
        check(
            &lines.join("\n"),
            DurationOptions::default(),
            expect![[r#"
                30 short 2 < 12
                31 long 360 > 97"#]],
        );
    }
}
