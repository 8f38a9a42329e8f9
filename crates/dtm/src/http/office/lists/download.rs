//! The entities of a list for a spreadsheet.

use super::find_for;
use crate::http::office::{App, Desk};
use crate::http::problem::Problem;
use crate::http::viewer::Verb;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use dtm_capture::flat::neutral;
use dtm_publish::page::links;
use dtm_store::{EntityFilter, EntityList, EntityRow};

/// How many entities are read at once.
const PAGE: u32 = 2000;

/// The entities of a list for a spreadsheet.
pub(super) async fn download(
    State(app): State<App>,
    desk: Desk,
    Path((slug, name)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (_, list, access) = find_for(&app, &desk, Verb::EntityList, &slug, &name).await?;
    desk.viewer()?.saw(&app, &list.id).await;
    let disposition =
        format!("attachment; filename=\"entities.csv\"; filename*=UTF-8''{}.csv", links::encode(&list.name));
    let filter = EntityFilter { access, ..EntityFilter::default() };
    let start = (app, list, filter, None::<i64>, true, false);
    let pages = futures::stream::try_unfold(start, |(app, list, filter, before, first, over)| async move {
        if over {
            return Ok::<_, std::io::Error>(None);
        }
        let rows = app.store.entity_rows(&list, &filter, before, PAGE).await.map_err(std::io::Error::other)?;
        let (over, before) = (rows.len() < PAGE as usize, rows.last().map(|row| row.seq));
        let text = sheet(&list, &rows, first).map_err(std::io::Error::other)?;
        Ok(Some((Bytes::from(text), (app, list, filter, before, false, over))))
    });
    let about =
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((about, Body::from_stream(pages)).into_response())
}

fn sheet(list: &EntityList, rows: &[EntityRow], with_head: bool) -> anyhow::Result<Vec<u8>> {
    let mut sheet = csv::Writer::from_writer(Vec::new());
    let names: Vec<&str> = list.properties.iter().map(|property| property.name.as_str()).collect();
    if with_head {
        sheet.write_record(["__id", "label"].iter().chain(&names))?;
    }
    for row in rows {
        let values = names.iter().map(|name| neutral(row.data.get(*name).map_or("", String::as_str)).into_owned());
        sheet.write_record([row.id.clone(), neutral(&row.label).into_owned()].into_iter().chain(values))?;
    }
    Ok(sheet.into_inner()?)
}
