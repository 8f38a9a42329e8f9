//! A release as one Excel workbook.
//!
//! Sheets: `README`, what it is and how to read it; `Data`, the rows of the public DTM API with HXL tags in the second
//! row; one sheet for each table; `Dictionary`, every column of every sheet. Sheet and column names are the same in
//! every language, so that a program reads either edition; words follow the language. No formulas; numbers are
//! numbers; a text that looks like a formula is marked as text.

use super::dtm_api::{self, Field};
use super::tables::{self, Column, Entry};
use super::{hxl, would_run};
use dtm_model::{Atlas, Lang, Text};
use dtm_protect::Release;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

/// The workbook's bytes.
pub fn workbook(release: &Release, atlas: &Atlas, lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let heading = release.heading();
    let title = format!("{} – {} – {}", heading.country.get(lang), heading.operation_name.get(lang), heading.round);
    // The moment of the release, not of the download: the same release gives the same bytes.
    let made_at = ExcelDateTime::from_timestamp(release.made_at().as_millis().div_euclid(1000))?;
    workbook.set_properties(&DocProperties::new().set_title(&title).set_creation_datetime(&made_at));
    let looks = Looks::new();
    read_me(workbook.add_worksheet().set_name("README")?, release, &title, lang, &looks)?;
    let mut dictionary: Vec<(String, Column)> = Vec::new();
    let rows: Vec<Vec<Entry>> = (0..=2)
        .flat_map(|level| dtm_api::rows(release, atlas, level))
        .map(|row| row.cells().into_iter().map(entry).collect())
        .collect();
    // Whether the operation goes on is no matter of one release.
    let columns: Vec<Column> = hxl::COLUMNS[..20]
        .iter()
        .zip(DATA_LABELS)
        .map(|((name, tag), (en, fr))| Column {
            name: (*name).to_owned(),
            label: Text::both(en, fr),
            tag: (*tag).to_owned(),
            unit: None,
        })
        .collect();
    sheet(workbook.add_worksheet().set_name("Data")?, &columns, rows.into_iter(), &looks)?;
    dictionary.extend(columns.into_iter().map(|column| ("Data".to_owned(), column)));
    for table in release.tables() {
        let columns = tables::columns(table);
        let name: String = table.name.chars().take(31).collect();
        let rows = tables::entries(release, table, atlas, lang);
        sheet(workbook.add_worksheet().set_name(&name)?, &columns, rows, &looks)?;
        dictionary.extend(columns.into_iter().map(|column| (name.clone(), column)));
    }
    write_dictionary(workbook.add_worksheet().set_name("Dictionary")?, dictionary, lang, &looks)?;
    workbook.save_to_buffer()
}

const DATA_LABELS: [(&str, &str); 20] = [
    ("Identifier of the row", "Identifiant de la ligne"),
    ("Operation", "Opération"),
    ("Country", "Pays"),
    ("Country: ISO 3166-1 alpha-3 code", "Pays : code ISO 3166-1 alpha-3"),
    ("First-level area: name", "Zone de niveau 1 : nom"),
    ("First-level area: code", "Zone de niveau 1 : code"),
    ("Second-level area: name", "Zone de niveau 2 : nom"),
    ("Second-level area: code", "Zone de niveau 2 : code"),
    (
        "Level of the row: 0, 1 or 2; add up rows of one level only",
        "Niveau de la ligne : 0, 1 ou 2 ; n’additionner que des lignes d’un même niveau",
    ),
    ("Internally displaced persons present", "Personnes déplacées internes présentes"),
    ("Date the figures are reported for", "Date à laquelle se rapportent les chiffres"),
    ("Year of that date", "Année de cette date"),
    ("Month of that date", "Mois de cette date"),
    ("Round; add up rows of one round only", "Cycle ; n’additionner que des lignes d’un même cycle"),
    ("Reason of displacement", "Raison du déplacement"),
    ("Displaced men and boys, where known for all", "Hommes et garçons déplacés, si connus pour tous"),
    ("Displaced women and girls, where known for all", "Femmes et filles déplacées, si connues pour toutes"),
    ("First-level area of origin: name", "Zone d’origine de niveau 1 : nom"),
    ("First-level area of origin: code", "Zone d’origine de niveau 1 : code"),
    (
        "Assessment: BA baseline, SA site or location, ETT emergency tracking",
        "Évaluation : BA base, SA site ou localité, ETT suivi d’urgence",
    ),
];

/// The formats of the workbook.
struct Looks {
    header: Format,
    tag: Format,
    number: Format,
    as_text: Format,
    title: Format,
    wrapped: Format,
}

impl Looks {
    fn new() -> Self {
        Self {
            header: Format::new().set_bold().set_background_color(0x0A2F6B).set_font_color(0xFFFFFF),
            tag: Format::new().set_italic().set_font_color(0x52607A),
            number: Format::new().set_num_format("#,##0"),
            as_text: Format::new().set_quote_prefix(),
            title: Format::new().set_bold().set_font_size(14),
            wrapped: Format::new().set_text_wrap(),
        }
    }
}

fn entry(field: Field) -> Entry {
    match field {
        Field::Word(word) => Entry::Word(word),
        Field::Count(count) => Entry::Count(count),
        Field::Nothing => Entry::Nothing,
    }
}

/// Header, tags, rows; frozen and filtered.
fn sheet(
    sheet: &mut Worksheet,
    columns: &[Column],
    rows: impl Iterator<Item = Vec<Entry>>,
    looks: &Looks,
) -> Result<(), XlsxError> {
    for (at, column) in (0u16..).zip(columns) {
        sheet.write_string_with_format(0, at, &column.name, &looks.header)?;
        sheet.write_string_with_format(1, at, &column.tag, &looks.tag)?;
        sheet.set_column_width(at, (column.name.len().max(column.tag.len()) as f64 + 3.0).min(32.0))?;
    }
    let mut last = 1;
    for row in rows {
        last += 1;
        for ((at, entry), column) in (0u16..).zip(row).zip(columns) {
            match entry {
                Entry::Word(word) if would_run(&word) => {
                    sheet.write_string_with_format(last, at, &word, &looks.as_text)?;
                }
                Entry::Word(word) => _ = sheet.write_string(last, at, &word)?,
                // Thousands are set apart in counts, not in years and identifiers.
                Entry::Count(count) if column.unit.is_some() || column.name.starts_with("num") => {
                    sheet.write_number_with_format(last, at, count as f64, &looks.number)?;
                }
                Entry::Count(count) => _ = sheet.write_number(last, at, count as f64)?,
                Entry::Nothing => {}
            }
        }
    }
    sheet.set_freeze_panes(2, 0)?;
    if let Some(width) = u16::try_from(columns.len()).ok().and_then(|width| width.checked_sub(1)) {
        sheet.autofilter(0, 0, last, width)?;
    }
    sheet.set_repeat_rows(0, 1)?;
    on_paper(sheet);
    Ok(())
}

/// On A4 across, all columns on one page.
fn on_paper(sheet: &mut Worksheet) {
    sheet.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0);
}

fn read_me(sheet: &mut Worksheet, release: &Release, title: &str, lang: Lang, looks: &Looks) -> Result<(), XlsxError> {
    let (heading, policy) = (release.heading(), release.policy());
    let say = |en: &str, fr: &str| match lang {
        Lang::En => en.to_owned(),
        Lang::Fr => fr.to_owned(),
    };
    sheet.write_string_with_format(0, 0, title, &looks.title)?;
    let mut lines: Vec<(String, String)> = vec![
        (say("Country", "Pays"), format!("{} ({})", heading.country.get(lang), heading.iso3)),
        (say("Operation", "Opération"), heading.operation_name.get(lang).to_owned()),
        (say("Round", "Cycle"), heading.round.to_string()),
        (say("Collected", "Collecte"), format!("{} – {}", heading.starts_on, heading.ends_on)),
        (say("Reported for", "Chiffres au"), heading.reported_on.to_string()),
        (say("Places planned", "Lieux prévus"), heading.n_places_planned.to_string()),
        (say("Places assessed", "Lieux évalués"), heading.n_places_reached.to_string()),
        (
            say("Places carried from an earlier round", "Lieux reportés d’un cycle antérieur"),
            heading.n_places_carried.to_string(),
        ),
        (say("Version", "Version"), release.version().to_string()),
    ];
    if !release.reason().get(lang).is_empty() {
        lines.push((say("Reason for this version", "Motif de cette version"), release.reason().get(lang).to_owned()));
    }
    lines.push((say("Made", "Établi le"), release.made_at().to_string()));
    lines.push((say("Release", "Diffusion"), release.id().to_string()));
    lines.push((say("Disclosure policy", "Politique de divulgation"), policy.name.clone()));
    match release.already_public() {
        Some(source) => lines.push((say("Published before by", "Publié auparavant par"), source.to_owned())),
        None => lines.push((
            say("Not shown", "Non affichés"),
            say(
                &format!(
                    "numbers of fewer than {} persons or {} households, and others that would give them away",
                    policy.min_persons, policy.min_households
                ),
                &format!(
                    "les nombres de moins de {} personnes ou {} ménages, et d’autres qui les révéleraient",
                    policy.min_persons, policy.min_households
                ),
            ),
        )),
    }
    lines.push((say("Numbers hidden", "Nombres masqués"), release.hidden().len().to_string()));
    lines.push((
        say("Empty cell", "Cellule vide"),
        say(
            "see the column that ends in _state: hidden for protection, or nothing collected; 0 means that nobody was found",
            "voir la colonne terminée par _state : masqué par protection (hidden) ou non collecté (nothing) ; 0 signifie que personne n’a été trouvé",
        ),
    ));
    lines.push((
        say("Sheets", "Feuilles"),
        say(
            "Data: rows as in the public DTM API; one sheet a table; Dictionary: every column",
            "Data : lignes comme dans l’API publique de la DTM ; une feuille par tableau ; Dictionary : chaque colonne",
        ),
    ));
    for (row, (name, value)) in (2u32..).zip(&lines) {
        sheet.write_string(row, 0, name)?;
        let look = if would_run(value) { &looks.as_text } else { &looks.wrapped };
        sheet.write_string_with_format(row, 1, value, look)?;
    }
    sheet.set_column_width(0, 36)?;
    // Wide enough for the longest line: the height of a row does not follow its text.
    sheet.set_column_width(1, 125)?;
    on_paper(sheet);
    Ok(())
}

fn write_dictionary(
    sheet: &mut Worksheet,
    columns: Vec<(String, Column)>,
    lang: Lang,
    looks: &Looks,
) -> Result<(), XlsxError> {
    let headers = match lang {
        Lang::En => ["sheet", "column", "HXL tag", "meaning", "unit"],
        Lang::Fr => ["feuille", "colonne", "étiquette HXL", "signification", "unité"],
    };
    for (at, header) in (0u16..).zip(headers) {
        sheet.write_string_with_format(0, at, header, &looks.header)?;
    }
    for (row, (name, column)) in (1u32..).zip(columns) {
        sheet.write_string(row, 0, &name)?;
        sheet.write_string(row, 1, &column.name)?;
        sheet.write_string(row, 2, &column.tag)?;
        sheet.write_string(row, 3, column.label.get(lang))?;
        if let Some(unit) = &column.unit {
            sheet.write_string(row, 4, unit.get(lang))?;
        }
    }
    for (at, width) in (0u16..).zip([16.0, 28.0, 30.0, 80.0, 14.0]) {
        sheet.set_column_width(at, width)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_repeat_rows(0, 0)?;
    on_paper(sheet);
    Ok(())
}
