//! Who answers for published figures, and under which licence they may be used.

use crate::Text;
use serde::{Deserialize, Serialize};

/// Who publishes the figures of an operation, and under which licence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publisher {
    /// The name that figures are credited to.
    pub name: String,
    /// Its home page.
    pub homepage: String,
    /// The mail address that questions about the data go to.
    pub contact: Option<String>,
    /// The licence in words.
    pub licence: Text,
    /// Where the licence can be read.
    pub licence_address: Option<String>,
}

impl Default for Publisher {
    fn default() -> Self {
        Publisher {
            name: "International Organization for Migration (IOM), Displacement Tracking Matrix (DTM)".to_owned(),
            homepage: "https://dtm.iom.int".to_owned(),
            contact: None,
            licence: Text::both(
                "May be used and passed on with the credit line of the source and the date of the round; figures of a round may not be added to those of another.",
                "Peut être utilisé et transmis avec la mention de la source et la date du cycle\u{202f}; les chiffres d’un cycle ne s’additionnent pas à ceux d’un autre.",
            ),
            licence_address: None,
        }
    }
}
