//! The pages of an operation, in groups: where one is, what else there is, and what this reader may open of it.

use super::OperationHead;
use dtm_publish::words::Words;

/// Who finds a page among the tabs.
enum For {
    Everyone,
    /// Who changes forms.
    Officers,
    /// Who releases what was cleared.
    Releasers,
    /// Who reads answers, where the operation tracks this.
    Tracking(&'static str),
}

/// A page: what templates call it, its word, its address below the operation's, who finds it.
type Page = (&'static str, &'static str, &'static str, For);

/// A group's word and its pages; the group itself leads to the first that the reader may open.
const GROUPS: [(&str, &[Page]); 6] = [
    (
        "tabs-rounds",
        &[
            ("rounds", "office-rounds", "", For::Everyone),
            ("teams", "teams-title", "/teams", For::Officers),
            ("events", "events-title", "/events", For::Tracking("events")),
            ("flows", "flows-title", "/points", For::Tracking("flows")),
        ],
    ),
    (
        "tabs-collect",
        &[
            ("forms", "office-forms", "/forms", For::Officers),
            ("phones", "office-phones", "/phones", For::Officers),
            ("lists", "office-lists", "/lists", For::Everyone),
        ],
    ),
    (
        "tabs-places",
        &[("places", "places-title", "/places", For::Everyone), ("areas", "areas-title", "/areas", For::Everyone)],
    ),
    (
        "tabs-process",
        &[
            ("mappings", "mapping-all", "/mappings", For::Officers),
            ("checks", "checks-tab", "/checks", For::Officers),
            ("needs", "needs-title", "/needs", For::Tracking("needs")),
        ],
    ),
    (
        "tabs-share",
        &[
            ("sharing", "sharing-tab", "/sharing", For::Releasers),
            ("feedback", "feedback-tab", "/feedback", For::Officers),
        ],
    ),
    (
        "tabs-settings",
        &[
            ("encryption", "encryption-title", "/encryption", For::Officers),
            ("hooks", "hooks-title", "/hooks", For::Officers),
            ("publisher", "publisher-title", "/publisher", For::Officers),
        ],
    ),
];

/// A page or a group of pages, as a line of tabs has it.
pub(super) struct Tab {
    pub(super) name: String,
    pub(super) href: String,
    pub(super) is_current: bool,
    /// The pages of a group.
    pub(super) pages: Vec<Tab>,
}

impl OperationHead {
    /// The groups that have pages for this reader, with the one that holds the page `current`.
    pub(super) fn groups(&self, w: &Words, current: &str) -> Vec<Tab> {
        let may = |of: &For| match of {
            For::Everyone => true,
            For::Officers => self.officer,
            For::Releasers => self.releaser,
            For::Tracking(what) => self.tracks.contains(what),
        };
        let page = |(name, word, path, _): &Page| Tab {
            name: w.t(word),
            href: format!("{}{path}", self.here),
            is_current: *name == current,
            pages: Vec::new(),
        };
        let group = |(word, pages): &(&str, &[Page])| {
            let pages: Vec<Tab> = pages.iter().filter(|(.., of)| may(of)).map(page).collect();
            let href = pages.first()?.href.clone();
            let is_current = pages.iter().any(|page| page.is_current);
            Some(Tab { name: w.t(word), href, is_current, pages })
        };
        GROUPS.iter().filter_map(group).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::Lang;

    fn told(officer: bool, tracks: Vec<&'static str>, current: &str) -> String {
        let head = OperationHead {
            name: String::new(),
            here: "/o/xso".to_owned(),
            public: String::new(),
            officer,
            releaser: officer,
            tracks,
        };
        let line = |tab: &Tab| format!("{}{}", if tab.is_current { "*" } else { "" }, tab.name);
        let group = |group: &Tab| {
            let pages: Vec<String> = group.pages.iter().map(line).collect();
            format!("{} {}: {}", line(group), group.href, pages.join(", "))
        };
        head.groups(Words::of(Lang::En), current).iter().map(group).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_group_leads_to_the_first_page_that_its_reader_may_open() {
        assert_eq!(
            told(false, vec!["needs"], "places"),
            "Rounds /o/xso: Rounds\nCollect /o/xso/lists: Entity lists\n*Places /o/xso/places: *Places, Areas\n\
             Process /o/xso/needs: Needs"
        );
        assert!(
            told(true, vec!["events"], "hooks")
                .ends_with("\n*Settings /o/xso/encryption: Encryption, *Webhooks, Publisher and licence")
        );
    }
}
