//! A table of releases as a dataset, and the columns that every dataset begins with.

use super::{Body, Choice, Column, Datum, Form, Kind, Labels, Layout, Role, Row, Rows, Shape, names};
use dtm_model::{Atlas, Dim, Lang, Measure, Pcode, TOTAL, Text, Unit};
use dtm_protect::{Release, ReleasedCell, ReleasedRow, ReleasedTable, Value};
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

/// The columns that every dataset begins with.
pub(super) fn head() -> Vec<Column> {
    let column =
        |name: &str, en: &str, fr: &str, tag: &str, kind| Column::new(name, Text::both(en, fr), tag, kind, Role::Key);
    vec![
        column("operation", "Operation", "Opération", "#operation+code", Kind::Text),
        column("exercise", "Exercise", "Exercice", "#activity+code", Kind::Text),
        column(
            "round",
            "Round; add up rows of one round only",
            "Cycle ; n’additionner que des lignes d’un même cycle",
            "#round+code",
            Kind::Text,
        ),
        column(
            "reported_on",
            "Date the figures are reported for",
            "Date à laquelle se rapportent les chiffres",
            "#date+reported",
            Kind::Date,
        ),
        column(
            "version",
            "Version of the round's release",
            "Version de la diffusion du cycle",
            "#meta+version",
            Kind::Integer,
        ),
    ]
}

/// What these columns say of a release.
pub(super) fn head_cells(release: &Release) -> Vec<Datum<'_>> {
    let heading = release.heading();
    vec![
        Datum::text(heading.operation.as_str()),
        Datum::text(heading.exercise.as_str()),
        Datum::text(heading.round.as_str()),
        Datum::Date(heading.reported_on),
        Datum::Integer(i64::from(release.version())),
    ]
}

/// A code in both languages: `Area: code`, `Zone : code`.
fn of_what(label: &Text, en: &str, fr: &str) -> Text {
    Text::both(format!("{}: {en}", label.get(Lang::En)), format!("{} : {fr}", label.get(Lang::Fr)))
}

/// Columns with a name in the languages asked for, after the column of its code.
pub(super) fn name_columns(columns: &mut Vec<Column>, labels: Labels, name: &str, label: &Text, tag: &str, role: Role) {
    let label = of_what(label, "name", "nom");
    match labels {
        Labels::Codes => {}
        Labels::Named(_) => columns.push(Column::new(format!("{name}_name"), label, tag, Kind::Text, role)),
        Labels::Every => columns.extend(Lang::ALL.map(|lang| {
            let (name, tag) = (format!("{name}_name_{}", lang.code()), format!("{tag}+{}", lang.code()));
            Column::new(name, label.clone(), tag, Kind::Text, role)
        })),
    }
}

/// The languages names are asked for in.
pub(super) fn languages(labels: Labels) -> &'static [Lang] {
    match labels {
        Labels::Codes => &[],
        Labels::Named(Lang::En) => &[Lang::En],
        Labels::Named(Lang::Fr) => &[Lang::Fr],
        Labels::Every => &Lang::ALL,
    }
}

/// Whether the values of a dimension are a closed list of codes.
fn is_closed(dim: Dim) -> bool {
    matches!(dim, Dim::Sex | Dim::Age | Dim::Reason | Dim::Direction | Dim::Group)
}

/// How a dimension is written.
enum DimColumn {
    Area,
    Open(Dim),
    Closed { dim: Dim, at: HashMap<String, usize> },
    Need,
    Day,
}

/// A measure of the dataset, and where each release has it.
struct Counted {
    measure: Measure,
    at: Vec<Option<usize>>,
    has_ranges: bool,
}

/// How a number stands.
pub(super) fn states() -> Vec<Choice> {
    let state = |code: &str, en: &str, fr: &str| Choice { code: code.to_owned(), label: Text::both(en, fr) };
    vec![
        state("shown", "Shown", "Affiché"),
        state("nothing", "Nothing collected", "Non collecté"),
        state("hidden", "Hidden for protection", "Masqué par protection"),
    ]
}

/// The position of a cell's state in [`states`].
pub(super) fn state(value: Value) -> usize {
    match value {
        Value::Number(_) => 0,
        Value::Nothing => 1,
        Value::Hidden(_) => 2,
    }
}

/// The table of this name, from all releases that have it.
pub(super) fn body<'a>(name: &str, releases: &[&'a Release], atlas: &'a Atlas, form: &Form) -> Option<Body<'a>> {
    let tables: Vec<Option<&'a ReleasedTable>> = releases.iter().map(|release| release.table(name)).collect();
    let newest: &ReleasedTable = tables.iter().rev().flatten().next()?;
    let dims = newest.dims.clone();
    // A table that once was told apart by other things is another table.
    let tables: Vec<_> = tables.into_iter().map(|table| table.filter(|table| table.dims == dims)).collect();
    let counted = measures(&tables);
    let (mut columns, dim_columns) = dimensions(&dims, &tables, form.labels);
    match form.layout {
        Layout::Wide => counted.iter().for_each(|counted| columns.extend(measure_columns(counted))),
        Layout::Long => columns.extend(long_columns(&counted)),
    }
    let has_shapes = dims == [Dim::Area];
    let plan = Plan { tables, counted, dims: dim_columns, labels: form.labels, layout: form.layout, atlas, has_shapes };
    let releases = releases.to_vec();
    let plan = std::sync::Arc::new(plan);
    Some(Body {
        name: name.to_owned(),
        title: names::table(name),
        how_to_sum: how_to_sum(&dims),
        columns,
        has_head: true,
        has_shapes,
        rows: Box::new(move |at| Plan::rows(&plan, at, releases[at])),
    })
}

fn measures(tables: &[Option<&ReleasedTable>]) -> Vec<Counted> {
    let mut counted: Vec<Counted> = Vec::new();
    for table in tables.iter().rev().flatten() {
        for measure in &table.measures {
            if counted.iter().all(|known| known.measure.name != measure.name) {
                let at: Vec<_> =
                    tables.iter().map(|table| table.and_then(|table| table.measure(&measure.name))).collect();
                let has_ranges = tables.iter().zip(&at).any(|(table, at)| match (table, at) {
                    (Some(table), Some(at)) => table.has_ranges(*at),
                    _ => false,
                });
                counted.push(Counted { measure: measure.clone(), at, has_ranges });
            }
        }
    }
    counted
}

fn dimensions(dims: &[Dim], tables: &[Option<&ReleasedTable>], labels: Labels) -> (Vec<Column>, Vec<DimColumn>) {
    let (mut columns, mut written) = (Vec::new(), Vec::new());
    for (position, &dim) in dims.iter().enumerate() {
        let (name, label, tag) = (names::column(dim), names::dim(dim), names::dim_tag(dim));
        let code = of_what(&label, "code", "code");
        match dim {
            Dim::Day => {
                columns.push(Column::new(name, label, tag, Kind::Text, Role::Key));
                written.push(DimColumn::Day);
            }
            Dim::Need => {
                columns.push(Column::new(name, code, tag, Kind::Text, Role::Key));
                name_columns(&mut columns, labels, name, &label, names::dim_name_tag(dim), Role::Attribute);
                let (asked, sector) = (names::asked(), names::sector());
                let code_of = |label: &Text| of_what(label, "code", "code");
                columns.push(Column::new(
                    "question",
                    code_of(&asked),
                    "#indicator+asked+code",
                    Kind::Text,
                    Role::Attribute,
                ));
                name_columns(&mut columns, labels, "question", &asked, "#indicator+asked+name", Role::Attribute);
                columns.push(Column::new("sector", code_of(&sector), "#sector+code", Kind::Text, Role::Attribute));
                name_columns(&mut columns, labels, "sector", &sector, "#sector+name", Role::Attribute);
                written.push(DimColumn::Need);
            }
            dim if is_closed(dim) => {
                let values: BTreeSet<&str> = tables
                    .iter()
                    .flatten()
                    .flat_map(|table| table.rows.iter().map(|row| row.key[position].as_str()))
                    .collect();
                let choices: Vec<Choice> = values
                    .into_iter()
                    .map(|code| Choice { code: code.to_owned(), label: names::value_in_all(dim, code) })
                    .collect();
                let at = choices.iter().enumerate().map(|(at, choice)| (choice.code.clone(), at)).collect();
                columns.push(Column::new(name, code, tag, Kind::Choice(choices), Role::Key));
                name_columns(&mut columns, labels, name, &label, names::dim_name_tag(dim), Role::LabelOfChoice);
                written.push(DimColumn::Closed { dim, at });
            }
            dim => {
                columns.push(Column::new(name, code, tag, Kind::Text, Role::Key));
                name_columns(&mut columns, labels, name, &label, names::dim_name_tag(dim), Role::Attribute);
                if dim == Dim::Area {
                    let level = Text::both(
                        "Level of the area; add up rows of one level only",
                        "Niveau de la zone ; n’additionner que des lignes d’un même niveau",
                    );
                    columns.push(Column::new("area_level", level, "#adm+level", Kind::Integer, Role::Attribute));
                    let parent = Text::both("Area around it: code", "Zone qui la contient : code");
                    columns.push(Column::new("area_parent", parent, "#adm+code+parent", Kind::Text, Role::Attribute));
                    written.push(DimColumn::Area);
                } else {
                    written.push(DimColumn::Open(dim));
                }
            }
        }
    }
    (columns, written)
}

/// What numbers of this unit are in a file: shares are percent with a decimal, all else is whole.
fn kind_of(unit: Unit) -> Kind {
    if unit == Unit::Share { Kind::Decimal } else { Kind::Integer }
}

/// The columns of one measure: the number, how it stands, how much is carried, low and high where there are such.
fn measure_columns(counted: &Counted) -> Vec<Column> {
    let measure = &counted.measure;
    let (label, tag, unit) = (names::measure(measure), names::measure_tag(measure), names::unit(measure.unit));
    let name = measure.name.as_str();
    let kind = kind_of(measure.unit);
    let mut columns = vec![
        Column {
            unit: Some(unit.clone()),
            ..Column::new(name, label.clone(), tag.clone(), kind.clone(), Role::Measure)
        },
        Column::new(
            format!("{name}_state"),
            of_what(
                &label,
                "shown, hidden for protection, or nothing collected",
                "affiché (shown), masqué par protection (hidden) ou non collecté (nothing)",
            ),
            format!("#status{}", &tag[tag.find('+').unwrap_or(tag.len())..]),
            Kind::Choice(states()),
            Role::Mark,
        ),
        Column {
            unit: Some(unit.clone()),
            ..Column::new(
                format!("{name}_carried"),
                of_what(&label, "of these, carried from an earlier round", "dont reportés d’un cycle antérieur"),
                format!("{tag}+carried"),
                kind.clone(),
                Role::Mark,
            )
        },
    ];
    if counted.has_ranges {
        for (end, fr, attribute) in [("low", "bas", "min"), ("high", "haut", "max")] {
            let label = of_what(
                &label,
                &format!("{end}; between low and high four times in five"),
                &format!("{fr} ; entre le bas et le haut quatre fois sur cinq"),
            );
            let tag = format!("{tag}+{attribute}");
            let column = Column::new(format!("{name}_{end}"), label, tag, kind.clone(), Role::Mark);
            columns.push(Column { unit: Some(unit.clone()), ..column });
        }
    }
    columns
}

fn long_columns(counted: &[Counted]) -> Vec<Column> {
    let choices = counted
        .iter()
        .map(|counted| Choice { code: counted.measure.name.clone(), label: names::measure(&counted.measure) });
    // Beside a share every number may have a decimal.
    let shares = counted.iter().find(|counted| counted.measure.unit == Unit::Share);
    let kind = shares.map_or(Kind::Integer, |counted| kind_of(counted.measure.unit));
    let mut columns = vec![
        Column::new(
            "measure",
            Text::both("What is counted", "Ce qui est compté"),
            "#indicator+code",
            Kind::Choice(choices.collect()),
            Role::Key,
        ),
        Column::new(
            "value",
            Text::both("The number", "Le nombre"),
            "#indicator+value+num",
            kind.clone(),
            Role::Measure,
        ),
        Column::new(
            "state",
            Text::both("How the number stands", "Ce qu’il en est du nombre"),
            "#status",
            Kind::Choice(states()),
            Role::Mark,
        ),
        Column::new(
            "carried",
            Text::both("Of these, carried from an earlier round", "Dont reportés d’un cycle antérieur"),
            "#indicator+value+num+carried",
            kind.clone(),
            Role::Mark,
        ),
    ];
    if counted.iter().any(|counted| counted.has_ranges) {
        for (name, en, fr, attribute) in [("low", "Low", "Bas", "min"), ("high", "High", "Haut", "max")] {
            let label = Text::both(
                format!("{en}; between low and high four times in five"),
                format!("{fr} ; entre le bas et le haut quatre fois sur cinq"),
            );
            let tag = format!("#indicator+value+num+{attribute}");
            columns.push(Column::new(name, label, tag, kind.clone(), Role::Mark));
        }
    }
    columns
}

fn how_to_sum(dims: &[Dim]) -> Text {
    if dims.contains(&Dim::Need) {
        return Text::both(
            "Shares are never added up; counts are of interviewed households, and add up over areas of one level only. Rows of group * are all groups together.",
            "Les parts ne s’additionnent jamais ; les nombres sont ceux des ménages interrogés et ne s’additionnent que sur des zones d’un même niveau. Les lignes du groupe * réunissent tous les groupes.",
        );
    }
    let margins = dims.iter().any(|dim| *dim != Dim::Area);
    match (dims.contains(&Dim::Area), margins) {
        (true, false) => Text::both(
            "Add up rows of one round and one level of areas only; the number of the country is the row of level 0.",
            "N’additionnez que des lignes d’un même cycle et d’un même niveau de zone ; le nombre du pays est la ligne de niveau 0.",
        ),
        (true, true) => Text::both(
            "Add up rows of one round and one level of areas only, and leave out the rows of totals, whose code is *.",
            "N’additionnez que des lignes d’un même cycle et d’un même niveau de zone, sans les lignes de total, dont le code est *.",
        ),
        _ => Text::both(
            "Add up rows of one round only, and leave out the rows of totals, whose code is *.",
            "N’additionnez que des lignes d’un même cycle, sans les lignes de total, dont le code est *.",
        ),
    }
}

/// The cells of one measure.
fn number_cells(cell: Option<&ReleasedCell>, unit: Unit, has_ranges: bool) -> Vec<Datum<'static>> {
    let count = |number: Option<i64>| match unit {
        Unit::Share => number.map_or(Datum::Nothing, |parts| Datum::Decimal(parts as f64 / unit.parts())),
        _ => Datum::count(number),
    };
    let value = cell.map_or(Value::Nothing, |cell| cell.value);
    let shown = cell.filter(|_| value.number().is_some());
    let mut cells =
        vec![count(value.number()), Datum::Choice(state(value)), count(shown.and_then(|cell| cell.carried))];
    if has_ranges {
        let range = shown.and_then(|cell| cell.range);
        cells.extend([count(range.map(|range| range.0)), count(range.map(|range| range.1))]);
    }
    cells
}

/// The columns of the measures of a table, and how many cells each gives, for datasets that put others in front.
pub(super) struct Measures {
    counted: Vec<Counted>,
}

impl Measures {
    pub(super) fn of(tables: &[Option<&ReleasedTable>]) -> Measures {
        Measures { counted: measures(tables) }
    }

    pub(super) fn columns(&self) -> Vec<Column> {
        self.counted.iter().flat_map(measure_columns).collect()
    }

    /// The cells of a row of the release at this position.
    pub(super) fn cells(&self, row: Option<&ReleasedRow>, release: usize) -> Vec<Datum<'static>> {
        let cells = self.counted.iter().flat_map(|counted| {
            let cell = row.zip(counted.at[release]).map(|(row, at)| &row.cells[at]);
            number_cells(cell, counted.measure.unit, counted.has_ranges)
        });
        cells.collect()
    }
}

/// What is needed to write rows of a table.
struct Plan<'a> {
    tables: Vec<Option<&'a ReleasedTable>>,
    counted: Vec<Counted>,
    dims: Vec<DimColumn>,
    labels: Labels,
    layout: Layout,
    atlas: &'a Atlas,
    has_shapes: bool,
}

impl<'a> Plan<'a> {
    fn rows(plan: &std::sync::Arc<Plan<'a>>, at: usize, release: &'a Release) -> Rows<'a> {
        let Some(table) = plan.tables[at] else { return Box::new(std::iter::empty()) };
        let places: HashMap<&'a str, &'a str> =
            release.places().iter().map(|place| (place.ssid.as_str(), place.name.as_str())).collect();
        let plan = plan.clone();
        let rows = table.rows.iter().flat_map(move |row| {
            let key = plan.key(table, row, &places);
            let shape = plan.has_shapes.then(|| plan.outline(&row.key[0])).flatten();
            plan.written(row, at, key).into_iter().map(move |cells| Row { cells, shape, release: at })
        });
        Box::new(rows)
    }

    fn outline(&self, pcode: &str) -> Option<Shape<'a>> {
        self.atlas.boundary(&Pcode::from(pcode)).map(|boundary| Shape::Area(&boundary.shape))
    }

    fn key(
        &self,
        table: &'a ReleasedTable,
        row: &'a ReleasedRow,
        places: &HashMap<&'a str, &'a str>,
    ) -> Vec<Datum<'a>> {
        let mut cells = Vec::new();
        for (dim, code) in self.dims.iter().zip(&row.key) {
            match dim {
                DimColumn::Day => cells.push(Datum::text(code.as_str())),
                DimColumn::Closed { dim, at } => {
                    cells.push(Datum::Choice(at[code.as_str()]));
                    for &lang in languages(self.labels) {
                        cells.push(Datum::text(names::value(*dim, code, self.atlas, lang)));
                    }
                }
                DimColumn::Open(dim) => {
                    cells.push(Datum::text(code.as_str()));
                    for &lang in languages(self.labels) {
                        cells.push(Datum::Text(named(*dim, code, places, self.atlas, lang)));
                    }
                }
                DimColumn::Need => {
                    let need = table.needs.get(code);
                    let mut coded = |code: Option<&'a str>, named: &dyn Fn(Lang) -> Option<Cow<'a, str>>| {
                        cells.push(Datum::word(code));
                        cells.extend(languages(self.labels).iter().map(|lang| Datum::word(named(*lang))));
                    };
                    coded(Some(code), &|lang| Some(Cow::Borrowed(need?.answer.get(lang))));
                    coded(need.map(|need| need.indicator.as_str()), &|lang| Some(Cow::Borrowed(need?.asked.get(lang))));
                    let sector = need.map(|need| need.sector.as_str());
                    coded(sector, &|lang| Some(Cow::Owned(names::sector_name(sector?).get(lang).to_owned())));
                }
                DimColumn::Area => {
                    cells.push(Datum::text(code.as_str()));
                    for &lang in languages(self.labels) {
                        cells.push(Datum::Text(named(Dim::Area, code, places, self.atlas, lang)));
                    }
                    let area = self.atlas.area(&Pcode::from(code.as_str()));
                    cells.push(Datum::count(area.map(|area| i64::from(area.level))));
                    cells.push(Datum::word(table.parents.get(code).map(String::as_str)));
                }
            }
        }
        cells
    }

    /// One row in the wide layout, one a measure in the long one.
    fn written(&self, row: &ReleasedRow, release: usize, key: Vec<Datum<'a>>) -> Vec<Vec<Datum<'a>>> {
        let cell = |counted: &Counted| counted.at[release].map(|at| row.cells[at]);
        match self.layout {
            Layout::Wide => {
                let numbers = self
                    .counted
                    .iter()
                    .flat_map(|one| number_cells(cell(one).as_ref(), one.measure.unit, one.has_ranges));
                vec![key.into_iter().chain(numbers).collect()]
            }
            Layout::Long => {
                let has_ranges = self.counted.iter().any(|counted| counted.has_ranges);
                let rows = self.counted.iter().enumerate().map(|(at, one)| {
                    let numbers = number_cells(cell(one).as_ref(), one.measure.unit, has_ranges);
                    key.iter().cloned().chain([Datum::Choice(at)]).chain(numbers).collect()
                });
                rows.collect()
            }
        }
    }
}

/// What a code of an open list is called.
pub(super) fn named<'a>(
    dim: Dim,
    code: &'a str,
    places: &HashMap<&'a str, &'a str>,
    atlas: &'a Atlas,
    lang: Lang,
) -> Cow<'a, str> {
    if dim == Dim::Place
        && code != TOTAL
        && let Some(name) = places.get(code).filter(|name| !name.is_empty())
    {
        return Cow::Borrowed(name);
    }
    if matches!(dim, Dim::Area | Dim::Origin)
        && let Some(area) = atlas.area(&Pcode::from(code))
    {
        return Cow::Borrowed(area.name.get(lang));
    }
    Cow::Owned(names::value(dim, code, atlas, lang))
}
