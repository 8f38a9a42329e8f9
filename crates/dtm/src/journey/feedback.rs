//! What readers say of what is published, added up: who was served, how well, and how soon they were answered.

use dtm_store::{Feedback, FeedbackKind};
use std::collections::BTreeMap;

/// Opinions on one page, or of one kind of reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Opinions {
    /// Those whom it served, in part, not.
    pub(crate) useful: i64,
    pub(crate) partly: i64,
    pub(crate) not_useful: i64,
    /// Reports of something wrong.
    pub(crate) corrections: i64,
}

impl Opinions {
    /// Those who said whether it served.
    pub(crate) fn n(&self) -> i64 {
        self.useful + self.partly + self.not_useful
    }

    fn count(&mut self, kind: FeedbackKind) {
        *match kind {
            FeedbackKind::Useful => &mut self.useful,
            FeedbackKind::Partly => &mut self.partly,
            FeedbackKind::NotUseful => &mut self.not_useful,
            FeedbackKind::Correction => &mut self.corrections,
        } += 1;
    }
}

/// All opinions on an operation, added up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) all: Opinions,
    /// By page, most opinions first.
    pub(crate) by_product: Vec<(String, Opinions)>,
    /// By what readers said of themselves; empty for those who did not.
    pub(crate) by_reader: Vec<(String, Opinions)>,
    /// Reports that wait for an answer.
    pub(crate) n_open: i64,
    /// Reports that were answered, and the median of the whole days until then.
    pub(crate) answered: Option<(i64, i64)>,
}

/// Adds opinions up.
pub(crate) fn told(feedback: &[Feedback]) -> Told {
    let mut all = Opinions::default();
    let mut products: BTreeMap<&str, Opinions> = BTreeMap::new();
    let mut readers: BTreeMap<&str, Opinions> = BTreeMap::new();
    let mut days = Vec::new();
    let mut n_open = 0;
    for one in feedback {
        all.count(one.kind);
        products.entry(&one.product).or_default().count(one.kind);
        readers.entry(&one.reader).or_default().count(one.kind);
        match (&one.answer, one.kind) {
            (Some(answer), _) => days.push((answer.at.to_utc() - one.given_at.to_utc()).num_days()),
            (None, FeedbackKind::Correction) => n_open += 1,
            (None, _) => {}
        }
    }
    days.sort_unstable();
    let ranked = |counted: BTreeMap<&str, Opinions>| {
        let mut ranked: Vec<_> = counted.into_iter().map(|(name, opinions)| (name.to_owned(), opinions)).collect();
        ranked.sort_by_key(|(_, opinions)| std::cmp::Reverse(opinions.n() + opinions.corrections));
        ranked
    };
    // Of an even number the later of the two in the middle: no answer is said to come sooner than it did.
    let answered = (!days.is_empty()).then(|| (days.len() as i64, days[days.len() / 2]));
    Told { all, by_product: ranked(products), by_reader: ranked(readers), n_open, answered }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world;
    use dtm_model::{FeedbackId, Instant, Lang, OperationId};
    use dtm_store::FeedbackAnswer;

    #[test]
    fn opinions_add_up_by_page_and_reader_and_answers_have_a_median() {
        const DAY: i64 = 86_400_000;
        let one = |product: &str, kind, reader: &str, answered_after: Option<i64>| Feedback {
            id: world::fresh(FeedbackId::new),
            operation: world::fresh(OperationId::new),
            product: product.to_owned(),
            kind,
            reader: reader.to_owned(),
            words: String::new(),
            contact: None,
            lang: Lang::En,
            given_at: Instant::from_millis(0),
            answer: answered_after.map(|days| FeedbackAnswer {
                words: String::new(),
                at: Instant::from_millis(days * DAY + 5),
                by: String::new(),
            }),
        };
        let said = told(&[
            one("/6", FeedbackKind::Useful, "ngo", None),
            one("/6", FeedbackKind::Partly, "", None),
            one("/6/report", FeedbackKind::NotUseful, "ngo", None),
            one("/6", FeedbackKind::Correction, "", Some(1)),
            one("/6", FeedbackKind::Correction, "", Some(4)),
            one("/6", FeedbackKind::Correction, "", None),
        ]);
        assert_eq!((said.all.n(), said.all.useful, said.n_open, said.answered), (3, 1, 1, Some((2, 4))));
        let pages: Vec<(&str, i64)> =
            said.by_product.iter().map(|(page, opinions)| (page.as_str(), opinions.n())).collect();
        assert_eq!(pages, [("/6", 2), ("/6/report", 1)]);
        assert_eq!(said.by_reader.len(), 2);
    }
}
