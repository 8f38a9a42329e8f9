//! Golden drawings of small inputs, and what must hold of all of them.

use super::*;
use chrono::NaiveDate;
use dtm_model::Lang;
use dtm_protect::{ReleasedCell, Value, Why};
use expect_test::{Expect, expect};
use geo::{MultiPolygon, polygon};
use std::collections::BTreeMap;

fn number(value: i64) -> ReleasedCell {
    ReleasedCell::from(Value::Number(value))
}

fn carried(value: i64) -> ReleasedCell {
    ReleasedCell { value: Value::Number(value), carried: Some(value), range: None }
}

const NOTHING: ReleasedCell = ReleasedCell { value: Value::Nothing, carried: Some(0), range: None };
const HIDDEN: ReleasedCell =
    ReleasedCell { value: Value::Hidden(Why::FewerThanMinimum), carried: Some(0), range: None };

fn frame(lang: Lang) -> Frame<'static> {
    Frame::new("f", "Title & more", "What it shows", lang)
}

fn day(year: i32, month: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, 15).unwrap()
}

fn check(drawn: Svg, expected: Expect) {
    expected.assert_eq(&drawn.0.replace("><", ">\n<"));
}

fn squares() -> Vec<MultiPolygon<f64>> {
    (0..4)
        .map(|at| {
            let x = f64::from(at);
            MultiPolygon(vec![polygon![(x: x, y: 0.), (x: x + 1., y: 0.), (x: x + 1., y: 1.), (x: x, y: 1.)]])
        })
        .collect()
}

fn map_of(cells: [ReleasedCell; 4]) -> Svg {
    let shapes = squares();
    let areas = shapes
        .iter()
        .zip(cells)
        .map(|(shape, cell)| MapArea { name: "Alpha", shape, group: "A", cell, href: None })
        .collect();
    let spec = Choropleth {
        frame: frame(Lang::En),
        areas,
        breaks: vec![100],
        legend: "People",
        group_names: BTreeMap::from([("A", "North")]),
    };
    choropleth(&spec)
}

fn drawings_of(cell: ReleasedCell) -> Vec<(&'static str, Svg)> {
    let frame = frame(Lang::En);
    let point = |year, cell| TrendPoint { label: "R".to_owned(), day: day(year, 1), cell, partial: false };
    vec![
        ("choropleth", map_of([number(50), cell, number(500), number(60)])),
        (
            "bars",
            bars(&Bars { frame, bars: vec![Bar { label: "A".into(), cell, colour: None }], reading: Reading::Count }),
        ),
        (
            "pyramid",
            pyramid(&Pyramid {
                frame,
                rows: vec![PyramidRow { label: "0".into(), female: cell, male: number(10) }],
                whole: None,
            }),
        ),
        ("columns", columns(&Columns { frame, columns: vec![Column { day: day(2024, 1), cell }] })),
        ("trend", trend(&Trend { frame, points: vec![point(2022, number(10)), point(2023, cell)] })),
        (
            "origin_destination",
            origin_destination(&OriginDestination {
                frame,
                from_title: "From",
                to_title: "To",
                streams: vec![Stream { from: "A".into(), to: "B".into(), cell }],
                most: 8,
            }),
        ),
        (
            "stacked",
            stacked(&Stacked {
                frame,
                names: vec!["Alpha".to_owned(), "Bravo".to_owned()],
                bars: vec![StackedBar { label: "A".into(), parts: vec![Some(number(10)), Some(cell)] }],
                shares: false,
            }),
        ),
        (
            "diverging",
            diverging(&Diverging { frame, changes: vec![Change { label: "A".into(), before: number(10), now: cell }] }),
        ),
        (
            "heat table",
            heat_table(&HeatTable {
                frame,
                titles: ("Areas", "Sectors"),
                columns: vec!["Water".to_owned()],
                rows: vec![("Alpha".to_owned(), vec![Some(cell)])],
                breaks: vec![100],
            }),
        ),
        (
            "multiples",
            multiples(&Multiples {
                frame,
                panels: vec![Panel { label: "A".into(), points: vec![point(2022, number(10)), point(2023, cell)] }],
            }),
        ),
    ]
}

/// The drawing without its words, so that only marks tell the states apart.
fn marks(svg: &Svg) -> String {
    let mut kept = String::new();
    let mut in_words = false;
    for part in svg.0.split_inclusive('>') {
        let tag = part.rsplit('<').next().unwrap_or_default();
        if tag.starts_with("text") || tag.starts_with("title") {
            in_words = true;
        }
        if !in_words {
            kept.push_str(part);
        }
        if tag.starts_with("/text") || tag.starts_with("/title") {
            in_words = false;
        }
    }
    kept
}

#[test]
fn zero_nothing_hidden_and_carried_give_four_different_drawings() {
    let states = [number(0), NOTHING, HIDDEN, carried(40)];
    let drawn = states.map(drawings_of);
    for a in 0..states.len() {
        for b in a + 1..states.len() {
            for ((name, left), (_, right)) in drawn[a].iter().zip(&drawn[b]) {
                assert_ne!(marks(left), marks(right), "{name}: {:?} and {:?}", states[a], states[b]);
            }
        }
    }
    // A carried figure also differs from the same figure reported, where a drawing is of rounds or places.
    for ((name, reported), (_, kept)) in drawings_of(number(40)).iter().zip(&drawn[3]) {
        if *name != "columns" {
            assert_ne!(marks(reported), marks(kept), "{name}");
        }
    }
}

#[test]
fn a_drawing_holds_no_script_no_style_and_no_reference_to_the_world() {
    for (name, svg) in drawings_of(carried(40)).into_iter().chain(drawings_of(HIDDEN)) {
        for word in ["<script", "<style", "style=", "href=\"http", "<image", "@import", " on"] {
            let found = svg.0.replace("xmlns=\"http://www.w3.org/2000/svg\"", "").contains(word);
            assert!(!found, "{name} holds {word}");
        }
        assert!(svg.0.contains("role=\"img\" aria-labelledby=\"f-t f-d\""), "{name}");
    }
}

#[test]
fn names_from_the_field_cannot_break_out_of_the_drawing() {
    let label = "<script>alert(1)</script> & \u{0}\u{1b}\"quoted\"".to_owned();
    let drawn = bars(&Bars {
        frame: frame(Lang::Fr).with_width(900.0),
        bars: vec![Bar { label, cell: number(3), colour: None }],
        reading: Reading::Count,
    });
    assert!(drawn.0.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quoted&quot;"), "{}", drawn.0);
}

#[test]
fn class_breaks_are_round_and_ascending() {
    assert_eq!(class_breaks([3, 0, 12, 47, 160, 420, 900, 2_300, 6_683, 61_817]), [10, 200, 1000, 5000]);
    assert_eq!(class_breaks([0, 0]), Vec::<i64>::new());
    assert_eq!(class_breaks([7]), Vec::<i64>::new());
}

#[test]
fn a_map_shades_by_class_and_marks_what_it_does_not_know() {
    check(
        map_of([number(50), number(500), NOTHING, HIDDEN]),
        expect![[r##"
            <svg xmlns="http://www.w3.org/2000/svg" width="360" height="156" viewBox="0 0 360 156" role="img" aria-labelledby="f-t f-d" lang="en" font-family="Inter, Open Sans, system-ui, sans-serif" font-size="11" fill="#14213D">
            <title id="f-t">Title &amp; more</title>
            <desc id="f-d">What it shows</desc>
            <defs>
            <pattern id="f-n" width="6" height="6" patternTransform="rotate(45)" patternUnits="userSpaceOnUse">
            <path d="M0 0h6v6h-6z" fill="#EEE"/>
            <path d="M0 0v6" stroke="#9AA3B2" stroke-width="2"/>
            </pattern>
            <pattern id="f-h" width="5" height="5" patternUnits="userSpaceOnUse">
            <path d="M0 0h5v5h-5z" fill="#F7F3E8"/>
            <circle cx="2.5" cy="2.5" r="1.1" fill="#6B5A2E"/>
            </pattern>
            </defs>
            <g transform="scale(0.5)" stroke-linejoin="round">
            <g stroke="#fff">
            <g fill="#E3ECF8">
            <path d="M181 181l0-179-179 0 0 179z">
            <title>Alpha: 50</title>
            </path>
            </g>
            <g fill="#B5CDEC">
            <path d="M181 181l179 0 0-179-179 0z">
            <title>Alpha: 500</title>
            </path>
            </g>
            <g fill="url(#f-n)">
            <path d="M360 181l179 0 0-179-179 0z">
            <title>Alpha: no data</title>
            </path>
            </g>
            <g fill="url(#f-h)">
            <path d="M539 181l179 0 0-179-179 0z">
            <title>Alpha: hidden</title>
            </path>
            </g>
            </g>
            <path fill="none" stroke="#52607A" stroke-width="1.6" d="M181 2l-179 0 0 179 179 0M181 2l179 0M181 181l179 0M360 2l179 0M360 181l179 0M539 2l179 0 0 179-179 0"/>
            </g>
            <g font-size="9.5" font-weight="600" text-anchor="middle" stroke="#fff" stroke-width="2.5" stroke-linejoin="round" paint-order="stroke" pointer-events="none">
            <text x="180" y="48.8">North</text>
            </g>
            <text x="2" y="110" font-weight="600">People</text>
            <rect x="2" y="120" width="16" height="11" fill="#E3ECF8" stroke="#9AA3B2" stroke-width=".6"/>
            <text x="23" y="129.5" font-size="10">1–99</text>
            <rect x="60.8" y="120" width="16" height="11" fill="#B5CDEC" stroke="#9AA3B2" stroke-width=".6"/>
            <text x="81.8" y="129.5" font-size="10">100 and more</text>
            <rect x="163.9" y="120" width="16" height="11" fill="url(#f-n)" stroke="#9AA3B2" stroke-width=".6"/>
            <text x="184.9" y="129.5" font-size="10">No data collected</text>
            <rect x="2" y="138" width="16" height="11" fill="url(#f-h)" stroke="#9AA3B2" stroke-width=".6"/>
            <text x="23" y="147.5" font-size="10">Hidden to protect people</text>
            <path d="M275.6 90v4h80.4v-4" fill="none" stroke="#52607A"/>
            <text x="315.8" y="88" text-anchor="middle" font-size="9" fill="#52607A">100 km</text>
            </svg>"##]],
    );
}

#[test]
fn bars_say_their_figure_and_share() {
    let drawn = bars(&Bars {
        frame: frame(Lang::Fr),
        bars: vec![
            Bar { label: "Insécurité".into(), cell: number(1234), colour: None },
            Bar { label: "Autre".into(), cell: NOTHING, colour: None },
        ],
        reading: Reading::PartOf(2000),
    });
    check(
        drawn,
        expect![[r##"
        <svg xmlns="http://www.w3.org/2000/svg" width="360" height="63" viewBox="0 0 360 63" role="img" aria-labelledby="f-t f-d" lang="fr" font-family="Inter, Open Sans, system-ui, sans-serif" font-size="11" fill="#14213D">
        <title id="f-t">Title &amp; more</title>
        <desc id="f-d">What it shows</desc>
        <defs>
        <pattern id="f-n" width="6" height="6" patternTransform="rotate(45)" patternUnits="userSpaceOnUse">
        <path d="M0 0h6v6h-6z" fill="#EEE"/>
        <path d="M0 0v6" stroke="#9AA3B2" stroke-width="2"/>
        </pattern>
        </defs>
        <text x="0" y="11">Insécurité</text>
        <text x="360" y="11" text-anchor="end" font-weight="600">1 234 · 62 %</text>
        <rect x="0" y="16" width="360" height="10" fill="#F1F4F9" rx="2"/>
        <rect x="0" y="16" width="360" height="10" fill="#0B4A9E" rx="2"/>
        <text x="0" y="46">Autre</text>
        <text x="360" y="46" text-anchor="end" font-weight="600">pas de données</text>
        <rect x="0" y="51" width="360" height="10" fill="#F1F4F9" rx="2"/>
        <rect x="0" y="51" width="360" height="10" fill="url(#f-n)" stroke="#DDE3EC" rx="2"/>
        </svg>"##]],
    );
}

#[test]
fn a_decimal_round_stands_at_its_date_and_a_gap_breaks_the_line() {
    let point = |label: &str, day, cell| TrendPoint { label: label.to_owned(), day, cell, partial: false };
    let drawn = trend(&Trend {
        frame: frame(Lang::En),
        points: vec![
            point("R5", day(2023, 9), number(197_999)),
            point(
                "R5.1",
                day(2023, 12),
                ReleasedCell { value: Value::Number(313_901), carried: Some(20_000), range: None },
            ),
            point("R6", day(2024, 3), NOTHING),
            point("R7", day(2024, 6), number(578_074)),
        ],
    });
    check(
        drawn,
        expect![[r##"
            <svg xmlns="http://www.w3.org/2000/svg" width="360" height="218" viewBox="0 0 360 218" role="img" aria-labelledby="f-t f-d" lang="en" font-family="Inter, Open Sans, system-ui, sans-serif" font-size="11" fill="#14213D">
            <title id="f-t">Title &amp; more</title>
            <desc id="f-d">What it shows</desc>
            <defs>
            <pattern id="f-n" width="6" height="6" patternTransform="rotate(45)" patternUnits="userSpaceOnUse">
            <path d="M0 0h6v6h-6z" fill="#EEE"/>
            <path d="M0 0v6" stroke="#9AA3B2" stroke-width="2"/>
            </pattern>
            <pattern id="f-c" width="5" height="5" patternUnits="userSpaceOnUse">
            <path d="M0 2.5h5" stroke="#14213D" stroke-opacity=".75"/>
            </pattern>
            </defs>
            <text x="26" y="171" text-anchor="end" font-size="9" fill="#52607A">0</text>
            <path d="M30 120.7L360 120.7" stroke="#DDE3EC" fill="none"/>
            <text x="26" y="123.7" text-anchor="end" font-size="9" fill="#52607A">200k</text>
            <path d="M30 73.3L360 73.3" stroke="#DDE3EC" fill="none"/>
            <text x="26" y="76.3" text-anchor="end" font-size="9" fill="#52607A">400k</text>
            <path d="M30 26L360 26" stroke="#DDE3EC" fill="none"/>
            <text x="26" y="29" text-anchor="end" font-size="9" fill="#52607A">600k</text>
            <path fill="#B5CDEC" fill-opacity=".4" d="M44 168L44 121.1L141 93.7V168z"/>
            <path fill="url(#f-c)" d="M44 121.1L141 93.7L141 98.4L44 121.1z"/>
            <path fill="none" stroke="#0B4A9E" stroke-width="2" stroke-linejoin="round" d="M44 121.1L141 93.7"/>
            <path fill="#B5CDEC" fill-opacity=".4" d="M336 168L336 31.2V168z"/>
            <path fill="none" stroke="#0B4A9E" stroke-width="2" stroke-linejoin="round" d="M336 31.2"/>
            <path d="M30 168H360" stroke="#52607A" fill="none"/>
            <circle cx="44" cy="121.1" r="3.5" fill="#0B4A9E" stroke="#0B4A9E" stroke-width="1.5">
            <title>R5, September 2023: 197,999</title>
            </circle>
            <circle cx="141" cy="93.7" r="3.5" fill="#0B4A9E" stroke="#0B4A9E" stroke-width="1.5">
            <title>R5.1, December 2023: 313,901</title>
            </circle>
            <rect x="232" y="26" width="12" height="142" fill="url(#f-n)">
            <title>R6, March 2024: no data</title>
            </rect>
            <circle cx="336" cy="31.2" r="3.5" fill="#0B4A9E" stroke="#0B4A9E" stroke-width="1.5">
            <title>R7, June 2024: 578,074</title>
            </circle>
            <text x="331.7" y="23.2" text-anchor="middle" font-size="12" font-weight="600" fill="#14213D">578,074</text>
            <text x="43.8" y="113.1" text-anchor="middle" font-size="9.5" fill="#14213D">198k</text>
            <text x="141" y="85.7" text-anchor="middle" font-size="9.5" fill="#14213D">313.9k</text>
            <text x="336" y="180" text-anchor="middle" font-size="10" fill="#52607A">R7</text>
            <text x="44" y="180" text-anchor="middle" font-size="10" fill="#52607A">R5</text>
            <text x="141" y="180" text-anchor="middle" font-size="10" fill="#52607A">R5.1</text>
            <text x="238" y="180" text-anchor="middle" font-size="10" fill="#52607A">R6</text>
            <text x="336" y="191" text-anchor="middle" font-size="9" fill="#52607A">Jun 2024</text>
            <text x="44" y="191" text-anchor="middle" font-size="9" fill="#52607A">Sep 2023</text>
            <text x="141" y="191" text-anchor="middle" font-size="9" fill="#52607A">Dec 2023</text>
            <text x="238" y="191" text-anchor="middle" font-size="9" fill="#52607A">Mar 2024</text>
            <rect x="30" y="201" width="16" height="10" fill="url(#f-c)" stroke="#9AA3B2" stroke-width=".6"/>
            <text x="51" y="210" font-size="10">Carried from an earlier round</text>
            <rect x="206.2" y="201" width="16" height="10" fill="url(#f-n)" stroke="#9AA3B2" stroke-width=".6"/>
            <text x="227.2" y="210" font-size="10">No data collected</text>
            </svg>"##]],
    );
}

#[test]
fn the_pyramid_draws_hidden_cells() {
    let drawn = pyramid(&Pyramid {
        frame: frame(Lang::En),
        rows: vec![
            PyramidRow { label: "0–17".into(), female: number(30), male: number(28) },
            PyramidRow { label: "18+".into(), female: HIDDEN, male: number(41) },
        ],
        whole: Some(120),
    });
    check(
        drawn,
        expect![[r##"
            <svg xmlns="http://www.w3.org/2000/svg" width="360" height="98" viewBox="0 0 360 98" role="img" aria-labelledby="f-t f-d" lang="en" font-family="Inter, Open Sans, system-ui, sans-serif" font-size="11" fill="#14213D">
            <title id="f-t">Title &amp; more</title>
            <desc id="f-d">What it shows</desc>
            <defs>
            <pattern id="f-h" width="5" height="5" patternUnits="userSpaceOnUse">
            <path d="M0 0h5v5h-5z" fill="#F7F3E8"/>
            <circle cx="2.5" cy="2.5" r="1.1" fill="#6B5A2E"/>
            </pattern>
            </defs>
            <text x="153" y="11" text-anchor="end" font-weight="600" fill="#1F6098">Women and girls</text>
            <text x="207" y="11" font-weight="600" fill="#B35806">Men and boys</text>
            <text x="180" y="40" text-anchor="middle">18+</text>
            <rect x="127" y="20" width="26" height="32" fill="url(#f-h)"/>
            <text x="123" y="40" text-anchor="end">hidden</text>
            <rect x="207" y="20" width="119" height="32" fill="#B35806"/>
            <text x="330" y="40">34%</text>
            <text x="180" y="78" text-anchor="middle">0–17</text>
            <rect x="65.9" y="58" width="87.1" height="32" fill="#2F7FC1"/>
            <text x="61.9" y="78" text-anchor="end">25%</text>
            <rect x="207" y="58" width="81.3" height="32" fill="#B35806"/>
            <text x="292.3" y="78">23%</text>
            </svg>"##]],
    );
}

#[test]
fn ribbons_are_as_wide_as_people_are_many_and_small_areas_are_summed() {
    let stream = |from: &str, to: &str, people| Stream { from: from.into(), to: to.into(), cell: number(people) };
    let drawn = origin_destination(&OriginDestination {
        frame: frame(Lang::En),
        from_title: "From",
        to_title: "To",
        streams: vec![
            stream("Alpha", "Bravo", 600),
            stream("Alpha", "Alpha", 300),
            stream("Charlie", "Bravo", 50),
            stream("Delta", "Bravo", 40),
        ],
        most: 1,
    });
    check(
        drawn,
        expect![[r##"
            <svg xmlns="http://www.w3.org/2000/svg" width="360" height="109.5" viewBox="0 0 360 109.5" role="img" aria-labelledby="f-t f-d" lang="en" font-family="Inter, Open Sans, system-ui, sans-serif" font-size="11" fill="#14213D">
            <title id="f-t">Title &amp; more</title>
            <desc id="f-d">What it shows</desc>
            <text x="100.4" y="11" text-anchor="end" font-weight="600">From</text>
            <text x="259.6" y="11" font-weight="600">To</text>
            <path fill="#0072B2" fill-opacity=".45" d="M111.4 24C180 24 180 24 248.6 24V54.3C180 54.3 180 54.3 111.4 54.3z">
            <title>Alpha → Bravo: 600</title>
            </path>
            <path fill="#0072B2" fill-opacity=".45" d="M111.4 54.3C180 54.3 180 67.8 248.6 67.8V83C180 83 180 69.5 111.4 69.5z">
            <title>Alpha → Alpha: 300</title>
            </path>
            <path fill="#E69F00" fill-opacity=".45" d="M111.4 78.5C180 78.5 180 54.3 248.6 54.3V58.8C180 58.8 180 83 111.4 83z">
            <title>Others (2) → Bravo: 90</title>
            </path>
            <rect x="104.4" y="24" width="7" height="45.5" fill="#0072B2"/>
            <text x="100.4" y="32.5" text-anchor="end">Alpha</text>
            <text x="100.4" y="43.5" text-anchor="end" font-size="10" fill="#52607A">900</text>
            <rect x="104.4" y="78.5" width="7" height="4.5" fill="#E69F00"/>
            <text x="100.4" y="87" text-anchor="end">Others (2)</text>
            <text x="100.4" y="98" text-anchor="end" font-size="10" fill="#52607A">90</text>
            <rect x="248.6" y="24" width="7" height="34.8" fill="#52607A"/>
            <text x="259.6" y="32.5">Bravo</text>
            <text x="259.6" y="43.5" font-size="10" fill="#52607A">690</text>
            <rect x="248.6" y="67.8" width="7" height="15.2" fill="#52607A"/>
            <text x="259.6" y="76.3">Alpha</text>
            <text x="259.6" y="87.3" font-size="10" fill="#52607A">300</text>
            </svg>"##]],
    );
}

#[test]
fn a_drawing_that_leaves_its_page_carries_its_heading_and_source() {
    let drawn = columns(&Columns {
        frame: frame(Lang::En).with_caption("People observed", "Source: a very short one"),
        columns: vec![Column { day: day(2024, 1), cell: number(12) }],
    });
    check(
        drawn,
        expect![[r##"
            <svg xmlns="http://www.w3.org/2000/svg" width="384" height="185" viewBox="0 0 384 185" role="img" aria-labelledby="f-t f-d" lang="en" font-family="Inter, Open Sans, system-ui, sans-serif" font-size="11" fill="#14213D">
            <title id="f-t">Title &amp; more</title>
            <desc id="f-d">What it shows</desc>
            <path d="M0 0h384v185H0z" fill="#fff"/>
            <text x="12" y="24" font-size="15" font-weight="600">People observed</text>
            <text x="12" y="173" font-size="9" fill="#52607A">Source: a very short one</text>
            <g transform="translate(12 39)">
            <path fill="#0B4A9E" d="M0 18h359v82h-359z"/>
            <path d="M0 100h360" stroke="#14213D" fill="none"/>
            <text x="180" y="13" text-anchor="middle" font-weight="600">12</text>
            <text x="0" y="114" fill="#52607A">15 January 2024</text>
            </g>
            </svg>"##]],
    );
}

#[test]
fn parts_of_a_bar_are_as_long_as_people_are_many_and_a_hidden_part_has_no_length() {
    let bar = |label: &str, parts: Vec<ReleasedCell>| StackedBar {
        label: label.into(),
        parts: parts.into_iter().map(Some).collect(),
    };
    let drawn = stacked(&Stacked {
        frame: frame(Lang::En),
        names: vec!["Sites".into(), "Host families".into()],
        bars: vec![bar("Alpha", vec![number(300), number(100)]), bar("Bravo", vec![number(200), HIDDEN])],
        shares: false,
    });
    check(
        drawn,
        expect![[r##"
        <svg xmlns="http://www.w3.org/2000/svg" width="360" height="118" viewBox="0 0 360 118" role="img" aria-labelledby="f-t f-d" lang="en" font-family="Inter, Open Sans, system-ui, sans-serif" font-size="11" fill="#14213D">
        <title id="f-t">Title &amp; more</title>
        <desc id="f-d">What it shows</desc>
        <defs>
        <pattern id="f-h" width="5" height="5" patternUnits="userSpaceOnUse">
        <path d="M0 0h5v5h-5z" fill="#F7F3E8"/>
        <circle cx="2.5" cy="2.5" r="1.1" fill="#6B5A2E"/>
        </pattern>
        </defs>
        <rect x="0" y="4" width="12" height="10" fill="#0072B2" stroke="#DDE3EC" stroke-width=".6"/>
        <text x="17" y="13" font-size="10">Sites</text>
        <rect x="54.6" y="4" width="12" height="10" fill="#E69F00" stroke="#DDE3EC" stroke-width=".6"/>
        <text x="71.6" y="13" font-size="10">Host families</text>
        <text x="0" y="37">Alpha</text>
        <text x="360" y="37" text-anchor="end" font-weight="600">400</text>
        <rect x="0" y="42" width="360" height="14" fill="#F1F4F9"/>
        <rect x="0" y="42" width="261" height="14" fill="#0072B2" stroke="#fff" stroke-width=".8">
        <title>Sites: 300</title>
        </rect>
        <text x="130.5" y="52.5" text-anchor="middle" font-size="10" font-weight="600" fill="#fff">75%</text>
        <rect x="261" y="42" width="87" height="14" fill="#E69F00" stroke="#fff" stroke-width=".8">
        <title>Host families: 100</title>
        </rect>
        <text x="304.5" y="52.5" text-anchor="middle" font-size="10" font-weight="600" fill="#14213D">25%</text>
        <text x="0" y="74">Bravo</text>
        <text x="360" y="74" text-anchor="end" font-weight="600">≥ 200</text>
        <rect x="0" y="79" width="360" height="14" fill="#F1F4F9"/>
        <rect x="0" y="79" width="174" height="14" fill="#0072B2" stroke="#fff" stroke-width=".8">
        <title>Sites: 200</title>
        </rect>
        <text x="87" y="89.5" text-anchor="middle" font-size="10" font-weight="600" fill="#fff">100%</text>
        <rect x="174" y="79" width="12" height="14" fill="url(#f-h)" stroke="#fff" stroke-width=".8">
        <title>Host families: hidden</title>
        </rect>
        <rect x="0" y="100" width="16" height="10" fill="url(#f-h)" stroke="#DDE3EC" stroke-width=".6"/>
        <text x="21" y="109" font-size="10">Hidden to protect people</text>
        </svg>"##]],
    );
}

#[test]
fn a_rise_goes_right_a_fall_left_and_a_change_from_what_is_hidden_is_not_told() {
    let change = |label: &str, before, now| Change { label: label.into(), before, now };
    let drawn = diverging(&Diverging {
        frame: frame(Lang::Fr),
        changes: vec![
            change("Alpha", number(1_000), number(1_500)),
            change("Bravo", number(400), number(300)),
            change("Charlie", HIDDEN, number(90)),
        ],
    });
    check(
        drawn,
        expect![[r##"
        <svg xmlns="http://www.w3.org/2000/svg" width="360" height="139" viewBox="0 0 360 139" role="img" aria-labelledby="f-t f-d" lang="fr" font-family="Inter, Open Sans, system-ui, sans-serif" font-size="11" fill="#14213D">
        <title id="f-t">Title &amp; more</title>
        <desc id="f-d">What it shows</desc>
        <defs>
        <pattern id="f-h" width="5" height="5" patternUnits="userSpaceOnUse">
        <path d="M0 0h5v5h-5z" fill="#F7F3E8"/>
        <circle cx="2.5" cy="2.5" r="1.1" fill="#6B5A2E"/>
        </pattern>
        </defs>
        <text x="175" y="11" text-anchor="end" font-size="10" fill="#8C510A">◄ moins de personnes</text>
        <text x="185" y="11" font-size="10" fill="#01665E">plus de personnes ►</text>
        <text x="0" y="29">Alpha</text>
        <text x="360" y="29" text-anchor="end" font-weight="600">+500 (+50 %)</text>
        <rect x="0" y="33" width="360" height="10" fill="#F1F4F9" rx="2"/>
        <rect x="180" y="33" width="180" height="10" fill="#01665E"/>
        <text x="0" y="62">Bravo</text>
        <text x="360" y="62" text-anchor="end" font-weight="600">−100 (−25 %)</text>
        <rect x="0" y="66" width="360" height="10" fill="#F1F4F9" rx="2"/>
        <rect x="144" y="66" width="36" height="10" fill="#8C510A"/>
        <text x="0" y="95">Charlie</text>
        <text x="360" y="95" text-anchor="end" font-weight="600">masqué</text>
        <rect x="0" y="99" width="360" height="10" fill="#F1F4F9" rx="2"/>
        <rect x="167" y="99" width="26" height="10" fill="url(#f-h)"/>
        <path d="M180 16V115" stroke="#14213D" fill="none"/>
        <rect x="0" y="121" width="16" height="10" fill="url(#f-h)" stroke="#DDE3EC" stroke-width=".6"/>
        <text x="21" y="130" font-size="10">Masqué pour protéger les personnes</text>
        </svg>"##]],
    );
}

#[test]
fn a_table_in_colours_writes_each_figure_in_ink_that_can_be_read() {
    let drawn = heat_table(&HeatTable {
        frame: frame(Lang::En),
        titles: ("From", "To"),
        columns: vec!["Alpha".into(), "A long name of an area".into()],
        rows: vec![
            ("Alpha".into(), vec![Some(number(12_000)), Some(number(0))]),
            ("Bravo".into(), vec![Some(HIDDEN), Some(NOTHING)]),
            ("Charlie".into(), vec![None, Some(carried(50))]),
        ],
        breaks: vec![10, 100, 1_000, 10_000],
    });
    check(
        drawn,
        expect![[r##"
            <svg xmlns="http://www.w3.org/2000/svg" width="360" height="138" viewBox="0 0 360 138" role="img" aria-labelledby="f-t f-d" lang="en" font-family="Inter, Open Sans, system-ui, sans-serif" font-size="11" fill="#14213D">
            <title id="f-t">Title &amp; more</title>
            <desc id="f-d">What it shows</desc>
            <defs>
            <pattern id="f-n" width="6" height="6" patternTransform="rotate(45)" patternUnits="userSpaceOnUse">
            <path d="M0 0h6v6h-6z" fill="#EEE"/>
            <path d="M0 0v6" stroke="#9AA3B2" stroke-width="2"/>
            </pattern>
            <pattern id="f-h" width="5" height="5" patternUnits="userSpaceOnUse">
            <path d="M0 0h5v5h-5z" fill="#F7F3E8"/>
            <circle cx="2.5" cy="2.5" r="1.1" fill="#6B5A2E"/>
            </pattern>
            <pattern id="f-c" width="5" height="5" patternUnits="userSpaceOnUse">
            <path d="M0 2.5h5" stroke="#14213D" stroke-opacity=".75"/>
            </pattern>
            </defs>
            <text x="48" y="10" font-size="10" fill="#52607A">To →</text>
            <text x="0" y="25" font-size="10" fill="#52607A">From ↓</text>
            <text x="126" y="25" text-anchor="middle" font-size="10">Alpha</text>
            <text x="282" y="25" text-anchor="middle" font-size="10">A long name of an area</text>
            <text x="0" y="45">Alpha</text>
            <rect x="48" y="30" width="156" height="22" fill="#0F3D86" stroke="#fff">
            <title>Alpha · Alpha: 12,000</title>
            </rect>
            <text x="126" y="45" text-anchor="middle" font-size="10" fill="#fff">12k</text>
            <rect x="204" y="30" width="156" height="22" fill="#fff" stroke="#fff">
            <title>Alpha · A long name of an area: 0</title>
            </rect>
            <text x="282" y="45" text-anchor="middle" font-size="10">0</text>
            <text x="0" y="67">Bravo</text>
            <rect x="48" y="52" width="156" height="22" fill="url(#f-h)" stroke="#fff">
            <title>Bravo · Alpha: hidden</title>
            </rect>
            <rect x="204" y="52" width="156" height="22" fill="url(#f-n)" stroke="#fff">
            <title>Bravo · A long name of an area: no data</title>
            </rect>
            <text x="0" y="89">Charlie</text>
            <text x="126" y="89" text-anchor="middle" fill="#52607A">–</text>
            <rect x="204" y="74" width="156" height="22" fill="#B5CDEC" stroke="#fff">
            <title>Charlie · A long name of an area: 50</title>
            </rect>
            <rect x="204" y="90" width="156" height="5" fill="#fff" fill-opacity=".45"/>
            <rect x="204" y="90" width="156" height="5" fill="url(#f-c)"/>
            <text x="282" y="89" text-anchor="middle" font-size="10">50</text>
            <rect x="0" y="104" width="16" height="10" fill="url(#f-h)" stroke="#DDE3EC" stroke-width=".6"/>
            <text x="21" y="113" font-size="10">Hidden to protect people</text>
            <rect x="156.7" y="104" width="16" height="10" fill="url(#f-n)" stroke="#DDE3EC" stroke-width=".6"/>
            <text x="177.7" y="113" font-size="10">No data collected</text>
            <rect x="0" y="120" width="16" height="10" fill="url(#f-c)" stroke="#DDE3EC" stroke-width=".6"/>
            <text x="21" y="129" font-size="10">Half or more carried from an earlier round</text>
            </svg>"##]],
    );
}

#[test]
fn small_trends_share_scale_and_time_and_gaps_stay_gaps() {
    let point = |month, cell| TrendPoint { label: "R".to_owned(), day: day(2024, month), cell, partial: false };
    let drawn = multiples(&Multiples {
        frame: frame(Lang::En),
        panels: vec![
            Panel {
                label: "Alpha".into(),
                points: vec![point(1, number(100)), point(4, number(50)), point(7, carried(50))],
            },
            Panel {
                label: "Bravo".into(),
                points: vec![point(1, number(10)), point(4, NOTHING), point(7, number(20))],
            },
        ],
    });
    check(
        drawn,
        expect![[r##"
            <svg xmlns="http://www.w3.org/2000/svg" width="360" height="124" viewBox="0 0 360 124" role="img" aria-labelledby="f-t f-d" lang="en" font-family="Inter, Open Sans, system-ui, sans-serif" font-size="11" fill="#14213D">
            <title id="f-t">Title &amp; more</title>
            <desc id="f-d">What it shows</desc>
            <defs>
            <pattern id="f-n" width="6" height="6" patternTransform="rotate(45)" patternUnits="userSpaceOnUse">
            <path d="M0 0h6v6h-6z" fill="#EEE"/>
            <path d="M0 0v6" stroke="#9AA3B2" stroke-width="2"/>
            </pattern>
            <pattern id="f-c" width="5" height="5" patternUnits="userSpaceOnUse">
            <path d="M0 2.5h5" stroke="#14213D" stroke-opacity=".75"/>
            </pattern>
            </defs>
            <text x="0" y="11" font-weight="600">Alpha</text>
            <text x="0" y="23" font-size="10" fill="#52607A">50</text>
            <path d="M0 60h106" stroke="#DDE3EC" fill="none"/>
            <path fill="#B5CDEC" fill-opacity=".4" d="M0 60L0 30L53 45L106 45V60z"/>
            <path fill="none" stroke="#0B4A9E" stroke-width="1.5" d="M0 30L53 45L106 45"/>
            <circle cx="106" cy="45" r="2.2" fill="#0B4A9E"/>
            <rect x="103" y="42" width="6" height="6" fill="#fff" fill-opacity=".45"/>
            <rect x="103" y="42" width="6" height="6" fill="url(#f-c)"/>
            <text x="120" y="11" font-weight="600">Bravo</text>
            <text x="120" y="23" font-size="10" fill="#52607A">20</text>
            <path d="M120 60h106" stroke="#DDE3EC" fill="none"/>
            <path fill="#B5CDEC" fill-opacity=".4" d="M120 60L120 57V60z"/>
            <path fill="none" stroke="#0B4A9E" stroke-width="1.5" d="M120 57"/>
            <circle cx="120" cy="57" r="2.2" fill="#0B4A9E"/>
            <path fill="#B5CDEC" fill-opacity=".4" d="M226 60L226 54V60z"/>
            <path fill="none" stroke="#0B4A9E" stroke-width="1.5" d="M226 54"/>
            <circle cx="226" cy="54" r="2.2" fill="#0B4A9E"/>
            <rect x="170" y="30" width="6" height="30" fill="url(#f-n)">
            <title>R: no data</title>
            </rect>
            <text x="0" y="82" font-size="10" fill="#52607A">Same scale for all, Jan 2024 to Jul 2024</text>
            <rect x="0" y="90" width="16" height="10" fill="url(#f-n)" stroke="#DDE3EC" stroke-width=".6"/>
            <text x="21" y="99" font-size="10">No data collected</text>
            <rect x="0" y="106" width="16" height="10" fill="url(#f-c)" stroke="#DDE3EC" stroke-width=".6"/>
            <text x="21" y="115" font-size="10">Half or more carried from an earlier round</text>
            </svg>"##]],
    );
}
