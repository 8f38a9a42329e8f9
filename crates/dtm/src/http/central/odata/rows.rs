//! The rows of an OData answer: chosen, counted, written a portion at a time, with what follows them.

use super::{Asked, ODATA_VERSION, Page, refused};
use crate::http::{App, Problem};
use crate::journey::choose::{self, Looking};
use crate::journey::export::{Rows, Sent, Source, taken_apart};
use crate::world;
use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use dtm_capture::instance::{Instance, Shape};
use dtm_capture::odata::{
    Expression, Facts, Field, Moment, Options, OrderBy, QueryError, RowWriter, SkipToken, System, SystemValues, Value,
};
use dtm_model::{RecordId, Text};
use dtm_store::StoreError;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Pages longer than this are streamed.
const WHOLE_PAGE: u64 = 2000;

/// Writes the rows of a table.
struct Emitter {
    shape: Arc<Shape>,
    repeat: Option<usize>,
    options: Options,
    /// What of the filter is computed here.
    rest: Vec<Expression>,
    now: Moment,
    instance: Instance,
    /// Rows still to be passed over.
    skip: u64,
    /// The turn after which rows begin.
    after_turn: Option<String>,
    /// Only turns that stand in this one.
    within: Option<String>,
    /// The turns to write, one a submission, where they were sorted before.
    turns: Option<VecDeque<(RecordId, Option<usize>)>>,
    /// Whether rows follow that were sorted behind the page.
    more_follows: bool,
    n_matching: u64,
    n_written: u64,
    /// Whether any submission came that the reader may see something of.
    any_sent: bool,
    more: bool,
    last: Option<SkipToken>,
}

impl Emitter {
    fn top(&self) -> u64 {
        self.options.top.unwrap_or(u64::MAX)
    }

    /// Whether nothing of what follows matters.
    fn is_done(&self, counts: bool) -> bool {
        self.more && !counts
    }

    /// Writes the rows of these submissions.
    fn write(&mut self, sent: &[Sent]) -> Vec<u8> {
        let mut out = Vec::new();
        let shape = self.shape.clone();
        self.any_sent |= !sent.is_empty();
        for one in sent {
            one.read(&mut self.instance, &shape);
            let mut planned = None;
            while let Some((record, turn)) = self.turns.as_mut().and_then(VecDeque::pop_front) {
                // One that was purged meanwhile is passed over.
                if record == one.record {
                    planned = Some(turn);
                    break;
                }
            }
            let writer = RowWriter {
                shape: &shape,
                repeat: self.repeat,
                wkt: self.options.wkt,
                expand: self.options.expand,
                selection: &self.options.selection,
            };
            let turns = planned.map_or_else(|| writer.turns(&self.instance), |turn| vec![turn]);
            for turn in turns {
                if !matches(&writer, &self.rest, self.now, &self.instance, &one.system, turn) {
                    continue;
                }
                let id = (self.repeat.is_some()).then(|| writer.id(&self.instance, &one.system.instance_id, turn));
                if let Some(within) = &self.within {
                    let Value::Text(above) = writer.value(Field::Parent, &self.instance, &one.system, turn) else {
                        continue;
                    };
                    if above != within.as_str() {
                        continue;
                    }
                }
                self.n_matching += 1;
                if let Some(after) = &self.after_turn {
                    if id.as_ref() == Some(after) {
                        self.after_turn = None;
                    }
                    continue;
                }
                if self.skip > 0 {
                    self.skip -= 1;
                    continue;
                }
                if self.n_written >= self.options.top.unwrap_or(u64::MAX) {
                    self.more = true;
                    continue;
                }
                out.extend(if self.n_written == 0 { &b"{\"value\":["[..] } else { b"," });
                writer.write(&mut out, &self.instance, &one.system, turn);
                self.n_written += 1;
                let instance_id = one.system.instance_id.clone();
                self.last = Some(match id {
                    Some(repeat_id) => SkipToken::AfterTurn { repeat_id, instance_id: Some(instance_id) },
                    None => SkipToken::After { instance_id },
                });
            }
        }
        out
    }
}

fn matches(
    writer: &RowWriter<'_>,
    rest: &[Expression],
    now: Moment,
    instance: &Instance,
    system: &SystemValues,
    turn: Option<usize>,
) -> bool {
    let value = |field| writer.value(field, instance, system, turn);
    rest.iter().all(|part| part.wants(&Facts { value: &value, now }))
}

/// The rows that are asked for: whole where they are a page, else as a stream.
pub(super) async fn answer(
    asked: &Asked,
    source: &Arc<Source>,
    shape: Arc<Shape>,
    page: Page,
) -> Result<Response, Problem> {
    let store = &asked.app.store;
    let options = page.options;
    let is_root = page.repeat.is_none();
    let mut options = options;
    // The newest come first anyway.
    let newest_first = [OrderBy { field: Field::System(System::SubmissionDate), descending: true }];
    if is_root && options.order_by == newest_first {
        options.order_by.clear();
    }
    let taken = taken_apart(source.all(), options.filter.as_ref(), !is_root);
    let now = Moment(world::now().as_millis());
    let mut emitter = Emitter {
        repeat: page.repeat,
        rest: taken.rest,
        now,
        instance: Instance::default(),
        skip: options.skip,
        after_turn: None,
        within: None,
        turns: None,
        more_follows: false,
        n_matching: 0,
        n_written: 0,
        any_sent: false,
        more: false,
        last: None,
        shape,
        options,
    };
    let counts = emitter.options.count;
    let is_page = emitter.options.top.is_some_and(|top| top <= WHOLE_PAGE) || page.one.is_some();
    // How many rows there are, where the database knows without reading them.
    let mut known_count = None;
    let (is_single, is_row) = (page.one.is_some(), page.one.is_some() && is_root);
    let rows = if let Some((record, within)) = page.one {
        emitter.within = within;
        if let Some(SkipToken::AfterTurn { repeat_id, .. }) = &emitter.options.skip_token {
            emitter.after_turn = Some(repeat_id.clone());
        }
        Rows::These(vec![record])
    } else if !emitter.options.order_by.is_empty() || (is_root && !emitter.rest.is_empty() && source.shows_all()) {
        chosen(&asked.app, source, taken.source, &mut emitter).await?
    } else {
        let mut before = None;
        match emitter.options.skip_token.clone() {
            None => {}
            Some(SkipToken::After { instance_id }) if is_root => {
                match store.whole_submission(&source.form.id, taken.source.draft, &instance_id).await? {
                    Some(head) => before = Some(head.record),
                    // As in Central: nothing follows what is not there.
                    None => emitter.options.top = Some(0),
                }
            }
            Some(SkipToken::AfterTurn { repeat_id, instance_id }) if !is_root => {
                emitter.after_turn = Some(repeat_id);
                // The submission itself has further turns, so the page begins with it.
                let named = match instance_id.filter(|_| !counts) {
                    Some(id) => store.whole_submission(&source.form.id, taken.source.draft, &id).await?,
                    None => None,
                };
                before = named.map(|head| just_after(&head.record));
            }
            Some(_) => return Err(refused(&QueryError::SkipToken)),
        }
        if is_root && emitter.rest.is_empty() && source.shows_all() {
            if counts {
                known_count = Some(store.export_count(&taken.source, None).await?);
            }
            let skip = std::mem::take(&mut emitter.skip);
            let limit = emitter.options.top.map(|top| top.saturating_add(1));
            let limit = if emitter.options.top == Some(0) { Some(0) } else { limit };
            Rows::Newest { source: taken.source, before, skip, limit }
        } else {
            Rows::Newest { source: taken.source, before, skip: 0, limit: None }
        }
    };
    let foot = Foot {
        context: format!("{}/$metadata#{}", asked.root(), page.table),
        address: format!("{}{}", asked.app.base_url(&asked.headers), asked.uri.path()),
        parameters: asked.parameters.clone(),
        counts,
        known_count,
    };
    asked.viewer.saw(&asked.app, format!("{}/odata", source.form.id)).await;
    let portions = source.read(rows);
    let headers = [ODATA_VERSION, ("content-type", "application/json; charset=utf-8")];
    if is_page {
        let (sender, mut receiver) = mpsc::channel(64);
        let writing = tokio::spawn(write_rows(portions, emitter, foot, sender));
        let mut body = Vec::new();
        while let Some(chunk) = receiver.recv().await {
            body.extend(chunk?);
        }
        let (n_matching, any_sent) = writing.await.map_err(Problem::internal)?;
        if (is_single && !any_sent) || (is_row && n_matching == 0) {
            // It is there, but not theirs.
            return Err(Problem::not_found());
        }
        return Ok((headers, body).into_response());
    }
    let (sender, receiver) = mpsc::channel(8);
    tokio::spawn(write_rows(portions, emitter, foot, sender));
    Ok((headers, stream(receiver)).into_response())
}

/// The id that sorts directly after this one, so that «before it» includes this one.
fn just_after(record: &RecordId) -> RecordId {
    RecordId::of_number(record.number().saturating_add(1))
}

/// A body that comes in pieces; a problem on the way cuts it off, so that nobody takes half of it for the whole.
pub(in crate::http::central) fn stream(receiver: mpsc::Receiver<Result<Bytes, Problem>>) -> Body {
    let mut receiver = receiver;
    let pieces = futures::stream::poll_fn(move |context| {
        receiver
            .poll_recv(context)
            .map(|piece| piece.map(|piece| piece.map_err(|problem| std::io::Error::other(problem.code))))
    });
    Body::from_stream(pieces)
}

/// What follows the rows.
struct Foot {
    context: String,
    address: String,
    parameters: Vec<(String, String)>,
    counts: bool,
    known_count: Option<u64>,
}

impl Foot {
    fn write(&self, emitter: &Emitter) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend(if emitter.n_written == 0 { &b"{\"value\":[],"[..] } else { b"]," });
        let text = |text: &str| serde_json::Value::from(text).to_string();
        out.extend(format!("\"@odata.context\":{}", text(&self.context)).bytes());
        if let Some(token) = emitter.last.as_ref().filter(|_| emitter.more || emitter.more_follows) {
            out.extend(format!(",\"@odata.nextLink\":{}", text(&self.next(token))).bytes());
        }
        if self.counts {
            let count = self.known_count.unwrap_or(emitter.n_matching);
            out.extend(format!(",\"@odata.count\":{count}").bytes());
        }
        out.push(b'}');
        out
    }

    /// The address of the next page: this one with another beginning.
    fn next(&self, token: &SkipToken) -> String {
        const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_').remove(b' ');
        let coded = |text: &str| utf8_percent_encode(text, PLAIN).to_string().replace(' ', "+");
        let token = token.write();
        let mut pairs: Vec<(&str, &str)> = self
            .parameters
            .iter()
            .filter(|(name, _)| name != "$skip" && name != "$skiptoken")
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        pairs.push(("$skiptoken", &token));
        let pairs: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{}={}", coded(name), coded(value))).collect();
        format!("{}?{}", self.address, pairs.join("&"))
    }
}

/// Turns portions of submissions into pieces of the answer; returns how many rows were found, and whether any submission
/// came.
async fn write_rows(
    mut portions: mpsc::Receiver<Result<Vec<Sent>, StoreError>>,
    mut emitter: Emitter,
    foot: Foot,
    sender: mpsc::Sender<Result<Bytes, Problem>>,
) -> (u64, bool) {
    let counts = foot.counts && foot.known_count.is_none();
    while let Some(portion) = portions.recv().await {
        let piece = match portion {
            Ok(sent) => {
                let written = tokio::task::spawn_blocking(move || {
                    let piece = emitter.write(&sent);
                    (emitter, piece)
                });
                match written.await {
                    Ok((back, piece)) => {
                        emitter = back;
                        Ok(piece)
                    }
                    Err(error) => {
                        let _ = sender.send(Err(Problem::internal(error))).await;
                        return (0, false);
                    }
                }
            }
            Err(error) => Err(error),
        };
        match piece {
            Ok(piece) if piece.is_empty() => {}
            Ok(piece) => {
                if sender.send(Ok(piece.into())).await.is_err() {
                    return (emitter.n_matching, emitter.any_sent);
                }
            }
            Err(error) => {
                let _ = sender.send(Err(error.into())).await;
                return (emitter.n_matching, emitter.any_sent);
            }
        }
        if emitter.is_done(counts) {
            break;
        }
    }
    let piece = match &emitter.after_turn {
        Some(_) if emitter.top() > 0 => Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "odata_skiptoken_gone",
            400.34,
            Text::both(
                "Record associated with the provided $skiptoken not found.",
                "L’enregistrement que désigne $skiptoken n’existe pas.",
            ),
        )),
        _ => Ok(foot.write(&emitter).into()),
    };
    let _ = sender.send(piece).await;
    (emitter.n_matching, emitter.any_sent)
}

/// The rows chosen by their answers, in the order asked for; only the page is read whole.
async fn chosen(
    app: &App,
    source: &Arc<Source>,
    from: dtm_store::ExportSource,
    emitter: &mut Emitter,
) -> Result<Rows, Problem> {
    let order = emitter.options.order_by.clone();
    let token = emitter.options.skip_token.clone();
    if order.is_empty() && matches!(token, Some(SkipToken::AfterTurn { .. })) {
        return Err(refused(&QueryError::SkipToken));
    }
    let is_after = token.is_some();
    let looking = Looking {
        shape: emitter.shape.clone(),
        repeat: emitter.repeat,
        rest: std::mem::take(&mut emitter.rest),
        order,
        now: emitter.now,
        token,
        counts: emitter.options.count,
    };
    let top = usize::try_from(emitter.top()).unwrap_or(usize::MAX);
    // What follows a row begins at once.
    let skip = if is_after { 0 } else { usize::try_from(emitter.options.skip).unwrap_or(usize::MAX) };
    // One more than the page tells whether others follow.
    let first = skip.saturating_add(top).saturating_add(1);
    let choose::Chosen { rows: found, n_all } = choose::found(app, source, from, looking, first).await?;
    let begin = skip.min(found.len());
    let end = begin.saturating_add(top).min(found.len());
    emitter.skip = 0;
    // What was counted here is not counted again.
    emitter.n_matching = n_all - (end - begin) as u64;
    emitter.more_follows = end < found.len() && top > 0;
    emitter.options.top = None;
    let turns: VecDeque<(RecordId, Option<usize>)> =
        found[begin..end].iter().map(|row| (row.record.clone(), row.turn)).collect();
    let ids = turns.iter().map(|(record, _)| record.clone()).collect();
    emitter.turns = Some(turns);
    Ok(Rows::These(ids))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_keeps_what_was_asked_and_begins_elsewhere() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let foot = Foot {
            context: String::new(),
            address: "http://here/x.svc/Submissions".to_owned(),
            parameters: vec![
                pair("$top", "1"),
                pair("$skip", "5"),
                pair("$filter", "not __system/reviewState eq 'rejected'"),
            ],
            counts: false,
            known_count: None,
        };
        assert_eq!(
            foot.next(&SkipToken::After { instance_id: "rthree".to_owned() }),
            "http://here/x.svc/Submissions?%24top=1&%24filter=not+__system%2FreviewState+eq+%27rejected%27\
             &%24skiptoken=01eyJpbnN0YW5jZUlkIjoicnRocmVlIn0%3D"
        );
    }

    #[test]
    fn the_id_after_an_id_is_the_next() {
        let id: RecordId = "01a00000-0000-7000-8000-0000000000ff".parse().unwrap();
        assert_eq!(just_after(&id).to_string(), "01a00000-0000-7000-8000-000000000100");
    }
}
