//! Areas and places as small files, and the real boundaries where they are present.

use super::*;
use crate::mapping::shared;
use crate::places::problem::worded;
use dtm_model::{Area, Atlas, Boundary, Lang, Pcode, PlaceKind, Text};
use expect_test::{Expect, expect};
use geo::{Area as _, Coord};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::io::{Cursor, Write};

fn options(level: u8, country: &str) -> AreaOptions {
    AreaOptions { level: Some(level), country: Some(country.into()), ..AreaOptions::default() }
}

fn say(read: &ReadAreas) -> String {
    let mut lines: Vec<String> = Vec::new();
    for (mark, areas) in [("", &read.areas), ("above ", &read.parents)] {
        for area in areas {
            let parent = area.parent.as_ref().map_or("-", Pcode::as_str);
            let names: Vec<String> = area.name.iter().map(|(lang, name)| format!("{lang}:{name}")).collect();
            let outlined = read.boundaries.iter().any(|boundary| boundary.pcode == area.pcode);
            let outline = if outlined { " outlined" } else { "" };
            lines.push(format!("{mark}{} {} in {parent} {}{outline}", area.level, area.pcode, names.join(" ")));
        }
    }
    lines.extend(read.problems.iter().map(|problem| format!("! {}", problem.message(Lang::En))));
    lines.join("\n") + "\n"
}

fn check(file: &str, name: &str, options: &AreaOptions, expected: Expect) {
    let said = match read_areas(file.as_bytes(), name, options) {
        Ok(read) => say(&read),
        Err(error) => format!("error: {}\n", error.message(Lang::En)),
    };
    expected.assert_eq(&said);
}

#[test]
fn geojson_of_the_usual_spelling_tells_names_in_all_languages_and_the_areas_above() {
    check(
        r#"{"type":"FeatureCollection","features":[
            {"type":"Feature","properties":{"ADM2_PCODE":"XS0101","ADM2_EN":"Clear","ADM2_FR":"Clair","ADM2ALT1FR":"Claire","ADM1_PCODE":"XS01","ADM1_FR":"Rive","ADM0_PCODE":"XS","ADM0_EN":"Sorelia"},
             "geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}},
            {"type":"Feature","properties":{"ADM2_PCODE":"XS0102","ADM2_EN":null,"ADM1_PCODE":"XS01"},"geometry":null},
            {"type":"Feature","properties":{"ADM2_PCODE":"","ADM2_EN":"?"},"geometry":null},
            {"type":"Feature","properties":{"ADM2_PCODE":"XS0103","ADM2_EN":"Metres"},
             "geometry":{"type":"MultiPolygon","coordinates":[[[[500000,0],[500001,0],[500001,1],[500000,0]]]]}},
            {"type":"Feature","properties":{"ADM2_PCODE":"YY0103","ADM2_EN":"Flat"},
             "geometry":{"type":"Polygon","coordinates":[[[5,0],[6,0],[5,0]]]}}]}"#,
        "a.geojson",
        &AreaOptions { country: Some("XS".into()), ..AreaOptions::default() },
        expect![[r#"
            2 XS0101 in XS01 en:Clear fr:Clair outlined
            2 XS0102 in XS01 
            2 XS0103 in XS01 en:Metres
            2 YY0103 in YY01 en:Flat
            above 0 XS in - en:Sorelia
            above 1 XS01 in XS fr:Rive
            ! XS0102 has no name
            ! row 3 has no p-code and was left out
            ! the outline of XS0103 holds positions that are not degrees; transform the file to WGS 84
            ! the outline of YY0103 has a ring of fewer than three corners, which was left out
            ! YY0103 does not begin with the country's letters XS
            ! XS0102 has no outline in the file
            ! XS0103 has no outline in the file
            ! YY0103 has no outline in the file
        "#]],
    );
}

#[test]
fn a_list_of_codes_gives_the_areas_of_all_levels_and_of_one_country() {
    let list = "Location,Admin Level,P-Code,Name,Parent P-Code,Valid from date\n\
        #country+code,#geo+admin_level,#adm+code,#adm+name,#adm+code+parent,#date+start\n\
        XSO,1,XS01,Rive,XSO,1987-03-29\n\
        XSO,2,XS0101,Clair,XS01,1987-03-29\n\
        XSO,2,XS0101,Clair,XS01,1987-03-29\n\
        XSO,nine,XS0102,Clair,XS01,\n\
        ABC,1,AB01,Elsewhere,ABC,\n";
    check(
        list,
        "list.csv",
        &AreaOptions { country: Some("XS".into()), ..AreaOptions::default() },
        expect![[r#"
            1 XS01 in XS en:Rive
            2 XS0101 in XS01 en:Clair
            ! row 6: «nine» is not a level from 0 to 4
            ! XS0101 occurs 2 times; names are taken from the first, outlines were put together
        "#]],
    );
    check(
        "pcode;name;name_fr\nXS0101-03;Third;Troisième\n",
        "list.csv",
        &options(3, "XS"),
        expect![[r#"
            3 XS0101-03 in XS0101 en:Third fr:Troisième
        "#]],
    );
}

#[test]
fn files_that_are_not_what_they_say_are_refused_with_what_to_do() {
    for (file, name, expected) in [
        (
            "",
            "a.pdf",
            expect![[r#"
            error: a.pdf is none of GeoJSON, TopoJSON, zipped Shapefile and CSV; export the areas as one of these
        "#]],
        ),
        (
            "{\"type\":\"Fea",
            "a.geojson",
            expect![[r#"
            error: a.geojson is not readable as GeoJSON (EOF while parsing a string at line 1 column 12); export it again
        "#]],
        ),
        (
            "PK\u{3}\u{4}junk",
            "a.zip",
            expect![[r#"
            error: a.zip is not readable as Shapefile (invalid Zip archive: Could not find EOCD); export it again
        "#]],
        ),
        (
            "shape,size\nround,3\n",
            "a.csv",
            expect![[r#"
            error: a.csv has no column of p-codes that could be told for certain; name it (there are: shape, size)
        "#]],
        ),
    ] {
        check(file, name, &AreaOptions::default(), expected);
    }
    let deep =
        format!("{{\"type\":\"FeatureCollection\",\"features\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(read_areas(deep.as_bytes(), "a.json", &AreaOptions::default()).is_err());
    let deep =
        format!("{{\"type\":\"Topology\",\"arcs\":[],\"objects\":{{\"a\":{}", "{\"geometries\":[".repeat(100_000));
    assert!(read_areas(deep.as_bytes(), "a.json", &AreaOptions::default()).is_err());
}

#[test]
fn the_parent_is_read_off_the_code() {
    for (code, level, parent) in [
        ("HT0131-10", 3, Some("HT0131")),
        ("HT0131", 2, Some("HT01")),
        ("HT01", 1, Some("HT")),
        ("HT", 0, None),
        ("MW31303", 3, Some("MW313")),
        ("MW313", 2, Some("MW3")),
        ("MW3", 1, Some("MW")),
        ("SD01001", 2, Some("SD01")),
        ("Nord", 2, None),
    ] {
        let read = gather::parent_of_code(&code.into(), level);
        assert_eq!(read.as_ref().map(Pcode::as_str), parent, "{code}");
    }
}

#[test]
fn a_known_parent_wins_over_the_common_number_of_digits_and_a_sibling_is_no_parent() {
    let known = ["XS1", "XS12", "XS12-1"].map(Pcode::from).to_vec();
    let options = AreaOptions { level: Some(2), known, ..AreaOptions::default() };
    let parent = |code: &str, options: &AreaOptions| {
        let read = read_areas(format!("pcode,name\n{code},A\n").as_bytes(), "a.csv", options).unwrap();
        read.areas[0].parent.clone().unwrap().0
    };
    assert_eq!(parent("XS1205", &options), "XS12");
    assert_eq!(parent("XS12005", &options), "XS12");
    assert_eq!(parent("XS1007", &options), "XS1", "four digits would be two and two");
    assert_eq!(parent("XS12-10", &AreaOptions { level: Some(3), ..options }), "XS12");
}

/// A shapefile of two squares, one with a hole, in a zip as QGIS writes it.
fn zipped(stem: &str, name: &[u8], encoding: Option<&str>) -> Vec<u8> {
    use shapefile::{Point, Polygon, PolygonRing};
    let square = |x: f64, size: f64| {
        vec![
            Point::new(x, 0.0),
            Point::new(x, size),
            Point::new(x + size, size),
            Point::new(x + size, 0.0),
            Point::new(x, 0.0),
        ]
    };
    let mut hole = square(0.25, 0.5);
    hole.iter_mut().for_each(|corner| corner.y += 0.25);
    hole.reverse();
    let holed = Polygon::with_rings(vec![PolygonRing::Outer(square(0.0, 1.0)), PolygonRing::Inner(hole)]);
    let plain = Polygon::new(PolygonRing::Outer(square(2.0, 1.0)));
    let mut shp = Cursor::new(Vec::new());
    shapefile::ShapeWriter::new(&mut shp).write_shapes(&[holed, plain]).unwrap();

    let mut dbf = vec![3, 26, 1, 1];
    dbf.extend(2u32.to_le_bytes());
    dbf.extend((32 + 2 * 32 + 1u16).to_le_bytes());
    dbf.extend((1 + 6 + 12u16).to_le_bytes());
    dbf.resize(32, 0);
    for (column, width) in [("ADM1_PCODE", 6u8), ("ADM1_FR", 12)] {
        let mut field = column.as_bytes().to_vec();
        field.resize(11, 0);
        field.push(b'C');
        field.extend([0; 4]);
        field.push(width);
        field.resize(32, 0);
        dbf.extend(field);
    }
    dbf.push(0x0d);
    for (code, name) in [("XS01", name), ("XS02", &b"Delta"[..])] {
        dbf.push(b' ');
        dbf.extend(format!("{code:<6}").bytes());
        let mut cell = name.to_vec();
        cell.resize(12, b' ');
        dbf.extend(cell);
    }
    dbf.push(0x1a);

    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut part = |ending: &str, content: &[u8]| {
        zip.start_file(format!("{stem}.{ending}"), zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    };
    part("shp", &shp.into_inner());
    part("dbf", &dbf);
    if let Some(encoding) = encoding {
        part("cpg", encoding.as_bytes());
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_zipped_shapefile_keeps_its_holes_and_the_accents_of_its_table() {
    let utf8 = zipped("xs_adm1", "Grande Île".as_bytes(), Some("UTF-8"));
    let read = read_areas(&utf8, "xs.zip", &options(1, "XS")).unwrap();
    expect![[r#"
        1 XS01 in XS fr:Grande Île outlined
        1 XS02 in XS fr:Delta outlined
    "#]]
    .assert_eq(&say(&read));
    assert!((read.boundaries[0].shape.unsigned_area() - 0.75).abs() < 1e-9);
    let latin = zipped("xs_adm1", b"Grande \xcele", Some("ISO-8859-1"));
    let read = read_areas(&latin, "xs.zip", &options(1, "XS")).unwrap();
    assert_eq!(read.areas[0].name.get(Lang::Fr), "Grande Île");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_damaged_shapefile_is_refused_or_read_and_never_ends_the_program(at in 0usize..700, byte: u8, cut in 0usize..700) {
        let mut archive = zip::ZipArchive::new(Cursor::new(zipped("x", b"A", None))).unwrap();
        let mut part = |name: &str| {
            let mut content = Vec::new();
            std::io::Read::read_to_end(&mut archive.by_name(name).unwrap(), &mut content).unwrap();
            content
        };
        let (mut shp, mut dbf) = (part("x.shp"), part("x.dbf"));
        for file in [&mut shp, &mut dbf] {
            let at = at % file.len();
            file[at] = byte;
            file.truncate(file.len().saturating_sub(cut % 90));
        }
        let _ = read_shapefile(&shp, &dbf, None, &options(1, "XS"));
    }

    #[test]
    fn any_text_is_a_list_of_areas_or_none(text in "[ -~\n]{0,200}") {
        for name in ["a.csv", "a.geojson", "a.topojson"] {
            let _ = read_areas(text.as_bytes(), name, &AreaOptions::default());
        }
    }
}

fn area(code: &str, level: u8, parent: Option<&str>) -> Area {
    Area {
        pcode: code.into(),
        level,
        parent: parent.map(Pcode::from),
        name: Text::both(format!("Name{level}"), "Nom"),
        aliases: BTreeMap::new(),
        valid_from: None,
        valid_to: None,
        became: Vec::new(),
    }
}

fn square(code: &str, x: f64, size: f64) -> Boundary {
    let rect = geo::Rect::new(Coord { x, y: 0.0 }, Coord { x: x + size, y: size });
    Boundary { pcode: code.into(), shape: rect.to_polygon().into() }
}

#[test]
fn what_does_not_fit_in_a_hierarchy_is_said() {
    let atlas = Atlas::new(
        [
            area("XS", 0, None),
            area("XS01", 1, Some("XS")),
            area("XS02", 1, Some("XS")),
            area("XS03", 1, None),
            area("XS0101", 2, Some("XS01")),
            area("XS0102", 2, Some("XS02")),
            area("XS0199", 2, Some("XS09")),
            area("xs-0101", 2, Some("XS01")),
            area("XS0103", 3, Some("XS01")),
            area("XSA", 2, Some("XSB")),
            area("XSB", 1, Some("XSA")),
        ],
        [square("XS01", 0.0, 2.0), square("XS02", 2.0, 2.0), square("XS0101", 0.0, 1.0), square("XS0102", 0.0, 1.0)],
    );
    let said: Vec<String> = check_hierarchy(&atlas).iter().map(|problem| problem.message(Lang::En)).collect();
    expect![[r#"
        the code XS0102 does not begin with that of XS02, in which it lies
        the outline of XS0102 Name2 lies mostly outside XS02
        XS0103 Name3 is of level 3, but XS01 in which it lies is of level 1
        XS0199 Name2 has no outline, though other areas of level 2 have one
        XS0199 Name2 lies in XS09, which is not among the areas
        XS03 Name1 has no outline, though other areas of level 1 have one
        XS03 Name1 names no area it lies in
        XSA Name2 has no outline, though other areas of level 2 have one
        XSA Name2 lies in itself by way of XSB
        XSB Name1 has no outline, though other areas of level 1 have one
        XSB Name1 lies in itself by way of XSA
        xs-0101 and XS0101 differ only in how they are written
        xs-0101 Name2 has no outline, though other areas of level 2 have one
        the code xs-0101 does not begin with that of XS01, in which it lies"#]]
    .assert_eq(&said.join("\n"));
}

#[test]
fn a_list_of_places_is_checked_against_the_areas() {
    let atlas = Atlas::new(
        [
            area("XS", 0, None),
            area("XS01", 1, Some("XS")),
            area("XS0101", 2, Some("XS01")),
            area("XS0102", 2, Some("XS01")),
        ],
        [square("XS0101", 0.0, 1.0), square("XS0102", 1.0, 2.0)],
    );
    let list = "ssid,name,kind,area,lon,lat,opened_on,closed_on,site_type\n\
        #loc+code,#loc+name,,,,,,,\n\
        S1,Stade,site,XS0101,0.5,0.5,2023-01-05,,camp\n\
        S2,École,Site,xs0101,1.5,0.5,soon,,\n\
        S1,Stade bis,site,XS0101,,,,,\n\
        L1,Marché,communauté hôte,Name2,,,,,\n\
        L2,Gare,host_community,XS77,,,,,\n\
        L3,Port,flow point,XS01,0,0,2023-02-01,2023-01-01,\n\
        ,Sans nom,site,XS01,,,,,\n\
        X1,?,ville,XS01,,,,,\n\
        S3,Pont,site,XS0101,5,5,,,\n";
    let (places, problems) = read_places(list, &atlas);
    let said: Vec<String> = places
        .iter()
        .map(|place| {
            format!("{} {:?} {} {} {:?}", place.ssid, place.kind, place.name, place.area, place.position.is_some())
        })
        .chain(problems.iter().map(|problem| format!("! {}", problem.message(Lang::En))))
        .collect();
    expect![[r#"
        L3 FlowPoint Port XS01 false
        S1 Site Stade XS0101 true
        S2 Site École XS0101 true
        S3 Site Pont XS0101 false
        ! row 4: «xs0101» was read as XS0101
        ! row 4: the position of S2 lies outside XS0101
        ! row 4: «soon» is not a date; S2 is kept without it
        ! row 5: the id S1 stands already in row 3; the first one counts
        ! row 6: «Name2» is not a p-code; is it XS0101 (Name2)? L1 was left out
        ! row 7: «XS77» is not the p-code of an area that is loaded; L2 was left out
        ! row 8: L3 has no position on earth; it is kept without one
        ! row 8: L3 closed on 2023-01-01, before it opened on 2023-02-01
        ! row 9 has no id (SSID) and was left out
        ! row 10: «ville» is not a kind of place (site, host_community, flow_point); X1 was left out
        ! row 11 (S3): the latitude and longitude 5, 5 do not lie in the country and were left out"#]]
    .assert_eq(&said.join("\n"));
    assert_eq!(places[1].kind, PlaceKind::Site);
    assert_eq!(read_places("a,b\n1,2\n", &atlas).1.len(), 3);
}

#[test]
fn every_problem_is_worded() {
    for code in [
        "no_pcode",
        "odd_pcode",
        "no_name",
        "foreign_code",
        "duplicate_code",
        "alike_codes",
        "odd_level",
        "outside_the_world",
        "broken_outline",
        "no_outline_in_file",
        "orphan",
        "no_parent",
        "cycle",
        "level_jump",
        "not_under_parents_code",
        "outline_missing",
        "outline_outside_parent",
        "missing_column",
        "unreadable_row",
        "no_ssid",
        "duplicate_ssid",
        "unknown_area",
        "unknown_area_name",
        "area_repaired",
        "unknown_kind",
        "odd_position",
        "position_outside_area",
        "odd_date",
        "closed_before_opened",
    ] {
        assert!(worded(code), "{code}");
    }
}

fn real(file: &str, level: u8, country: &str) -> Option<ReadAreas> {
    let bytes = std::fs::read(shared(&format!("boundaries/{file}"))?).unwrap();
    Some(read_areas(&bytes, file, &options(level, country)).unwrap())
}

#[test]
fn the_boundaries_of_haiti_are_read_whole_and_fit_together() {
    let files = [
        ("hti_admbnda_adm1_cnigs_20181129_dv.geojson", 1, 10),
        ("hti_admbnda_adm2_cnigs_20181129_dv.geojson", 2, 140),
        ("hti_adm3.geojson", 3, 570),
    ];
    let (mut areas, mut boundaries) = (Vec::new(), Vec::new());
    for (file, level, n) in files {
        let Some(read) = real(file, level, "HT") else { return };
        assert_eq!((read.areas.len(), read.boundaries.len()), (n, n), "{file}");
        assert_eq!(read.problems, [], "{file}");
        if level == 1 {
            assert_eq!(read.areas[0].name.get(Lang::Fr), "Ouest");
            assert_eq!(read.areas[0].name.iter().count(), 3);
            assert_eq!(read.parents[0].name.get(Lang::Fr), "Haïti");
        }
        if level < 3 {
            areas.extend(read.parents);
        }
        areas.extend(read.areas);
        boundaries.extend(read.boundaries);
    }
    let bytes = std::fs::read(shared("boundaries/hti_adm0_outline.geojson").unwrap()).unwrap();
    let country = read_areas(&bytes, "hti_adm0_outline.geojson", &options(0, "HT")).unwrap();
    assert_eq!(country.areas[0].pcode.as_str(), "HT");
    boundaries.extend(country.boundaries);
    let atlas = Atlas::new(areas, boundaries);
    assert_eq!([0, 1, 2, 3].map(|level| atlas.level(level).count()), [1, 10, 140, 570]);
    let problems: Vec<String> = check_hierarchy(&atlas).iter().map(|problem| problem.message(Lang::En)).collect();
    assert!(problems.is_empty(), "{problems:#?}");
    assert_eq!(atlas.ancestor(&"HT0131-10".into(), 1).unwrap().pcode.as_str(), "HT01");
    assert_eq!(lookup(&atlas, "HTI", None), Lookup::Repaired("HT".into(), Repair::Length));
    let Lookup::Suggestions(near) = lookup(&atlas, "petion ville", Some(2)) else { panic!() };
    assert_eq!((near[0].0.as_str(), near[0].2), ("HT0114", 1.0));
}

#[test]
fn topojson_holds_the_same_areas_as_geojson_within_its_simplification() {
    for (topo, geo, level) in [
        ("hti_adm1.topojson", "hti_admbnda_adm1_cnigs_20181129_dv.geojson", 1),
        ("hti_adm2.topojson", "hti_admbnda_adm2_cnigs_20181129_dv.geojson", 2),
        ("hti_adm3.topojson", "hti_adm3.geojson", 3),
    ] {
        let (Some(topo), Some(geo)) = (real(topo, level, "HT"), real(geo, level, "HT")) else { return };
        let total =
            |read: &ReadAreas| read.boundaries.iter().map(|boundary| boundary.shape.unsigned_area()).sum::<f64>();
        assert!((total(&topo) / total(&geo) - 1.0).abs() < 0.02, "level {level}");
        for (a, b) in topo.boundaries.iter().zip(&geo.boundaries) {
            assert_eq!(a.pcode, b.pcode);
            let (a, b, code) = (a.shape.unsigned_area(), b.shape.unsigned_area(), &a.pcode);
            // Small communes suffer most from a coarse outline.
            assert!((a - b).abs() < (0.15 * b).max(4e-4), "{code}: {a} and {b}");
        }
    }
}

#[test]
fn the_boundaries_of_the_other_countries_are_read_with_their_parents() {
    for (file, level, country, n) in [
        ("tcd_adm2.topojson", 2, "TD", 70),
        ("sdn_adm2.topojson", 2, "SD", 172),
        ("ssd_adm2.topojson", 2, "SS", 79),
        ("mwi_adm3.topojson", 3, "MW", 368),
    ] {
        let (Some(read), Some(above)) = (
            real(file, level, country),
            real(&file.replace(&format!("adm{level}"), &format!("adm{}", level - 1)), level - 1, country),
        ) else {
            return;
        };
        assert_eq!(read.areas.len(), n, "{file}");
        let known: Vec<&Pcode> = above.areas.iter().map(|area| &area.pcode).collect();
        let orphans: Vec<_> = read
            .areas
            .iter()
            .filter(|area| !known.contains(&area.parent.as_ref().unwrap()))
            .map(|area| &area.pcode)
            .collect();
        assert!(orphans.is_empty(), "{file}: {orphans:?}");
    }
}

#[test]
fn the_global_list_of_codes_gives_one_country() {
    let Some(path) = shared("pcodes/global_pcodes_adm_1_2.csv") else { return };
    let bytes = std::fs::read(path).unwrap();
    for (country, n) in [("HT", [10, 140]), ("TCD", [23, 70]), ("MW", [3, 32])] {
        let options = AreaOptions { country: Some(country.into()), ..AreaOptions::default() };
        let read = read_areas(&bytes, "global_pcodes_adm_1_2.csv", &options).unwrap();
        let counts = [1, 2].map(|level| read.areas.iter().filter(|area| area.level == level).count());
        assert_eq!(counts, n, "{country}");
    }
}
