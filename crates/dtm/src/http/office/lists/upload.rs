//! Entities from a file: all of them, or none and every problem.

use super::list::{Asked, show_list};
use super::{counted, find, list_address};
use crate::http::office::upload::{Parts, Upload};
use crate::http::office::{App, Desk, said};
use crate::http::problem::Problem;
use crate::http::viewer::Verb;
use crate::world;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use dtm_model::EntityId;
use dtm_publish::words::{Arg, Words};
use dtm_store::{EntityError, EntityList, EntityUpload, NewEntity, Stamp};

/// How many problems of a file are told.
const TOLD: usize = 50;
/// How many entities one file may bring.
const MOST_ROWS: usize = 1_000_000;
/// How many entities of a file are held at once.
const PORTION: usize = 4000;
/// The largest file of entities.
pub(super) const MAX_FILE: usize = 100_000_000;

/// A file of entities, read row by row.
struct Reading<'a> {
    w: &'static Words,
    sheet: csv::Reader<&'a [u8]>,
    n_columns: usize,
    label: usize,
    id: Option<usize>,
    /// The columns of properties, with their names.
    properties: Vec<(usize, String)>,
    row: csv::StringRecord,
    n: usize,
}

impl<'a> Reading<'a> {
    /// Reads the first row; every problem with it.
    fn begin(w: &'static Words, list: &EntityList, bytes: &'a [u8]) -> Result<Reading<'a>, Vec<String>> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut sheet = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        let names: Vec<String> = match sheet.headers() {
            Ok(names) => names.iter().map(|name| name.trim().to_owned()).collect(),
            Err(_) => return Err(vec![w.t("office-list-not-csv")]),
        };
        let at = |wanted: &str| names.iter().position(|name| name == wanted);
        let Some(label) = at("label") else { return Err(vec![w.t("office-list-no-label")]) };
        let id = at("__id").or(at("name")).or(at("uuid"));
        let (mut properties, mut problems) = (Vec::new(), Vec::new());
        for (column, name) in names.iter().enumerate().filter(|(column, _)| *column != label && Some(*column) != id) {
            match list.property(name) {
                Some(_) => properties.push((column, name.clone())),
                None if name.starts_with("__") => {}
                None => problems.push(w.t_args("office-list-no-property", &[("name", Arg::from(name.as_str()))])),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let (n_columns, row) = (names.len(), csv::StringRecord::new());
        Ok(Reading { w, sheet, n_columns, label, id, properties, row, n: 0 })
    }

    /// The next row as an entity, or every problem with it.
    fn next(&mut self) -> Option<Result<NewEntity, Vec<String>>> {
        self.n += 1;
        let line = Arg::from(i64::try_from(self.n + 1).unwrap_or(i64::MAX));
        let told = |key: &str| self.w.t_args(key, &[("row", line.clone())]);
        match self.sheet.read_record(&mut self.row) {
            Ok(false) => return None,
            Err(_) => return Some(Err(vec![told("office-list-row-unreadable")])),
            Ok(true) if self.n > MOST_ROWS => {
                return Some(Err(vec![self.w.t_n("office-list-too-long", counted(MOST_ROWS as u64))]));
            }
            Ok(true) => {}
        }
        let row = &self.row;
        let mut problems = Vec::new();
        if row.len() != self.n_columns {
            problems.push(told("office-list-row-width"));
        }
        let label = row.get(self.label).unwrap_or_default();
        if label.trim().is_empty() {
            problems.push(told("office-list-row-label"));
        }
        let given = self.id.and_then(|column| row.get(column)).map(str::trim).filter(|text| !text.is_empty());
        let id = match given.map(str::parse::<EntityId>) {
            None => EntityId::new(world::random()),
            Some(Ok(id)) => id,
            Some(Err(_)) => {
                problems.push(told("office-list-row-id"));
                EntityId::new(world::random())
            }
        };
        let value = |(column, name): &(usize, String)| (name.clone(), row.get(*column).unwrap_or_default().to_owned());
        let data = self.properties.iter().map(value).collect();
        let entity = NewEntity { id, label: label.to_owned(), data };
        Some(if problems.is_empty() { Ok(entity) } else { Err(problems) })
    }

    /// The next entities of a file without problems; none at its end.
    fn portion(&mut self) -> Vec<NewEntity> {
        std::iter::from_fn(|| self.next()).filter_map(Result::ok).take(PORTION).collect()
    }
}

/// Looks through a file of entities: how many it brings, and the first problems of all it has.
fn look_through(w: &'static Words, list: &EntityList, bytes: &[u8]) -> (usize, Option<(usize, Vec<String>)>) {
    let mut reading = match Reading::begin(w, list, bytes) {
        Ok(reading) => reading,
        Err(problems) => return (0, Some((problems.len(), problems))),
    };
    let (mut n_entities, mut n_problems, mut told) = (0, 0, Vec::new());
    while let Some(read) = reading.next() {
        match read {
            Ok(_) => n_entities += 1,
            Err(problems) => {
                n_problems += problems.len();
                told.extend(problems.into_iter().take(TOLD - told.len()));
            }
        }
        if reading.n > MOST_ROWS {
            break;
        }
    }
    if n_entities == 0 && n_problems == 0 {
        return (0, Some((1, vec![w.t("office-list-file-empty")])));
    }
    (n_entities, (n_problems > 0).then_some((n_problems, told)))
}

/// Adds the entities of a file without problems, a portion after the other; none where one is refused.
async fn add(
    mut upload: EntityUpload,
    w: &'static Words,
    list: EntityList,
    bytes: Bytes,
    stamp: Stamp,
) -> Result<(), EntityError> {
    // What was found sound before has a first row that can be read.
    let Ok(mut reading) = Reading::begin(w, &list, &bytes) else { return Ok(()) };
    loop {
        let portion = reading.portion();
        if portion.is_empty() {
            return upload.finish(&stamp).await;
        }
        upload.add(portion, &stamp).await?;
    }
}

/// Takes a file of entities: adds all of them, or tells what is wrong and adds none; or only looks.
pub(super) async fn upload(
    State(app): State<App>,
    desk: Desk,
    Path((slug, name)): Path<(String, String)>,
    parts: Parts,
) -> Result<Response, Problem> {
    let (operation, list) = find(&app, &desk, Verb::EntityCreate, &slug, &name).await?;
    let (w, stamp) = (desk.words(), desk.viewer()?.stamp());
    let upload = Upload::read(parts).await?;
    let only_check = upload.has("check");
    let (bytes, file) = upload.file.map(|file| (file.bytes, file.name)).unwrap_or_default();
    let size = bytes.len();
    let again = |told: String, mistakes| show_list(&app, &desk, &operation, &list, Asked::default(), told, mistakes);
    let looked = {
        let (list, bytes) = (list.clone(), bytes.clone());
        tokio::task::spawn_blocking(move || look_through(w, &list, &bytes)).await.map_err(Problem::internal)?
    };
    let (n, problems) = looked;
    if let Some((n_problems, told)) = problems {
        let title = w.t_n("office-list-problems", counted(n_problems as u64));
        return again(String::new(), Some((title, told))).await;
    }
    let shown = counted(n as u64);
    if only_check {
        return again(w.t_n("office-list-checked", shown), None).await;
    }
    let source = serde_json::json!({ "name": file, "size": size, "count": n });
    let upload = app.store.upload_entities(&list, Some(source), None);
    // Who leaves the page meanwhile does not leave half an upload behind.
    let adding = tokio::spawn(add(upload, w, list.clone(), bytes, stamp));
    match adding.await.map_err(Problem::internal)? {
        Ok(()) => Ok(said(&list_address(&operation, &list), "list-added", &[shown]).into_response()),
        Err(EntityError::Store(error)) => Err(error.into()),
        Err(error) => {
            let problem: Problem = error.into();
            again(String::new(), Some((w.t_n("office-list-problems", 1), vec![problem.sentence(desk.lang)]))).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::{EntityListId, FieldKind, Instant, Lang};
    use dtm_store::EntityProperty;

    #[test]
    fn a_file_of_entities_is_read_whole_or_every_problem_is_told() {
        let list = EntityList {
            id: EntityListId::new(Instant::default(), [0; 10]),
            number: 1,
            operation: dtm_model::OperationId::new(Instant::default(), [0; 10]),
            name: "sites".to_owned(),
            approval_required: false,
            owner_only: false,
            created_at: Instant::default(),
            deleted_at: None,
            changed_at: Instant::default(),
            changes: 0,
            n_entities: 0,
            n_conflicts: 0,
            last_entity_at: None,
            area_property: None,
            follows_places: false,
            properties: vec![EntityProperty {
                name: "area".to_owned(),
                kind: FieldKind::Text,
                unique: false,
                indexed: false,
                published_at: Instant::default(),
            }],
            filters: Vec::new(),
        };
        let look = |text: &str| look_through(Words::of(Lang::En), &list, text.as_bytes());
        let good = "\u{feff}label,area,__version\n\"Camp, A\",XS01,3\nCamp B,,1\n";
        assert_eq!(look(good), (2, None));
        let mut reading = Reading::begin(Words::of(Lang::En), &list, good.as_bytes()).ok().unwrap();
        let entities = reading.portion();
        assert_eq!((entities[0].label.as_str(), entities[0].data["area"].as_str()), ("Camp, A", "XS01"));
        assert!(entities.len() == 2 && reading.portion().is_empty());
        let problems = |text: &str| look(text).1.unwrap().0;
        assert_eq!(problems("label,area,name\n,red,x\nCamp,blue\n"), 3);
        assert_eq!(problems("label,colour\nCamp,red\n"), 1);
        assert_eq!(problems("area\nXS01\n"), 1);
        assert_eq!(problems("label\n"), 1);
    }
}
