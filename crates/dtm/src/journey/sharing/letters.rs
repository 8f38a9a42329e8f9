//! Letters to partners about their requests. They tell that something changed and where the request is kept in mind, never
//! what was decided nor the address that lets in: that the partner has.

use crate::http::App;
use crate::journey::outbox;
use dtm_model::Operation;
use dtm_publish::words::Words;
use dtm_store::{DataRequest, NewMessage};

/// A letter of this kind (`granted`, `refused`, `more`, `reminder`, `ended`); none where this server sends no mail, or it was
/// forgotten who asked.
pub(crate) fn told(app: &App, operation: &Operation, request: &DataRequest, kind: &str) -> Vec<NewMessage> {
    let Some(person) = &request.person else { return Vec::new() };
    let w = Words::of(request.lang);
    let number = super::number(operation, request.number);
    let args = [("number", number.as_str().into()), ("operation", w.text(&operation.name).into())];
    let subject = w.t_args("sharing-mail-subject", &args);
    let body = w.t_args(&format!("sharing-mail-{kind}"), &args);
    outbox::mail(app, Some(&operation.id), &person.email, request.lang, subject, body).into_iter().collect()
}
