//! Asks the readers of a page whether it served them: a form of buttons, no script, nothing about who they are.

use super::links;
use super::shown::Markup;
use crate::words::Words;
use askama::Template;
use dtm_model::Lang;

#[derive(Template)]
#[template(path = "asked.html")]
struct AskedView<'a> {
    w: &'static Words,
    action: String,
    product: &'a str,
    kinds: [(&'static str, String); 4],
}

/// The question below a page. `product` is its address below the operation, without its language.
pub(super) fn asked(lang: Lang, operation: &str, product: &str) -> Markup {
    let w = Words::of(lang);
    let kinds = [
        ("useful", "feedback-useful"),
        ("partly", "feedback-partly"),
        ("not_useful", "feedback-not-useful"),
        ("correction", "feedback-correction"),
    ]
    .map(|(code, word)| (code, w.t(word)));
    let view = AskedView { w, action: links::feedback(lang, operation), product, kinds };
    Markup(view.render().expect("rendering to a String fails only where a template's value does"))
}

/// What of an address of ours stands below its operation, without its language.
pub(super) fn below<'a>(address: &'a str, lang: Lang, operation: &str) -> &'a str {
    let address = address.split('?').next().unwrap_or_default();
    address.strip_prefix(&links::country(lang, operation)).unwrap_or_default()
}
