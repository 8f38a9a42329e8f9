//! Events as programs read them, over REST and from the command line alike.

use super::{Board, KeptEvent, KeptReport};
use dtm_model::{Atlas, Instant, Lang, RecordId};
use dtm_process::events::{Alert, EventDay, EventPlace};
use dtm_store::StoredAlert;
use serde_json::{Value, json};

fn somebody(done: Option<&(String, Instant)>) -> Value {
    done.map_or(Value::Null, |(by, at)| json!({ "by": by, "at": at.to_string() }))
}

impl Board {
    /// An event as a list has it.
    pub(crate) fn listed_one(&self, kept: &KeptEvent, atlas: &Atlas, lang: Lang) -> Value {
        let event = &kept.event;
        json!({
            "id": event.key, "title": self.title(kept, atlas, lang), "cause": event.cause, "areas": event.areas,
            "firstOn": event.first_on, "lastOn": event.last_on, "open": !self.is_closed(kept),
            "persons": { "low": event.low(), "best": event.persons(), "high": event.high() },
            "households": event.households(), "places": event.places.len(), "reports": kept.reports.len(),
            "unchecked": kept.n_unchecked(),
        })
    }

    /// The events that fit.
    pub(crate) fn listed(&self, atlas: &Atlas, lang: Lang, fits: impl Fn(&KeptEvent) -> bool) -> Value {
        self.events.iter().filter(|kept| fits(kept)).map(|kept| self.listed_one(kept, atlas, lang)).collect()
    }

    /// An alert.
    pub(crate) fn alert_json(&self, (stored, alert): &(StoredAlert, Alert), lang: Lang) -> Value {
        json!({
            "key": stored.alert.key, "eventId": self.current(&stored.alert.event), "rule": alert.rule,
            "step": alert.step, "value": alert.value, "message": alert.message(lang),
            "raisedAt": stored.raised_at.to_string(), "seen": somebody(stored.seen.as_ref()),
        })
    }

    /// Everything known of an event.
    pub(crate) fn whole(&self, kept: &KeptEvent, atlas: &Atlas, lang: Lang) -> Value {
        let of_event = |event: &RecordId| self.current(event) == &kept.event.key;
        let decisions = self.decisions.iter().filter(|(_, decided)| of_event(&decided.event)).map(|(made, decided)| {
            json!({
                "id": made.id, "did": decided.decision.code(), "by": made.by, "at": made.at.to_string(),
                "undone": somebody(made.undone.as_ref()),
            })
        });
        let mut shown = self.listed_one(kept, atlas, lang);
        shown["where"] = kept.event.places.iter().map(place_json).collect();
        shown["timeline"] = kept.event.timeline.iter().map(day_json).collect();
        shown["what"] = kept.reports.iter().map(report_json).collect();
        shown["decisions"] = decisions.collect();
        shown["alerts"] = self.alerts_of(kept).map(|alert| self.alert_json(alert, lang)).collect();
        shown["absorbed"] = json!(kept.event.absorbed);
        shown
    }
}

fn place_json(place: &EventPlace) -> Value {
    json!({
        "ssid": place.place, "name": place.name, "area": place.area, "low": place.low, "best": place.persons,
        "high": place.high, "households": place.households, "reportedOn": place.reported_on,
        "reports": place.n_reports,
    })
}

fn day_json(day: &EventDay) -> Value {
    json!({ "on": day.on, "persons": day.persons, "places": day.places, "reports": day.reports })
}

fn report_json(kept: &KeptReport) -> Value {
    let report = &kept.report;
    json!({
        "recordId": report.record, "happenedOn": report.happened_on, "reportedOn": report.reported_on,
        "ssid": report.place, "name": report.place_name, "area": report.area, "origin": report.origin,
        "persons": report.persons, "households": report.households, "source": report.source,
        "checked": report.checked,
    })
}
