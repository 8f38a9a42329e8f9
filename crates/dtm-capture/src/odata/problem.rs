//! What is wrong with an expression, in the reader's language.

use dtm_model::Lang;

/// Why an expression cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// It is not an expression.
    #[error("{reason} at {at}")]
    Unreadable {
        /// Byte at which it goes wrong.
        at: usize,
        /// What is wrong there.
        reason: String,
    },
    /// It is longer than anybody needs.
    #[error("the expression is too long or nests too deeply")]
    TooLong,
    /// A field that the table does not have.
    #[error("the table has no field `{text}` (at {at})")]
    UnknownField {
        /// Byte at which it stands.
        at: usize,
        /// The field as written.
        text: String,
    },
    /// A function that is not known.
    #[error("`{text}` at {at} is not supported")]
    Unsupported {
        /// Byte at which it stands.
        at: usize,
        /// As written.
        text: String,
    },
}

impl FilterError {
    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return self.to_string();
        }
        match self {
            FilterError::Unreadable { at, reason } => format!("expression illisible à l’octet {at} : {reason}"),
            FilterError::TooLong => "l’expression est trop longue ou trop profonde".to_owned(),
            FilterError::UnknownField { at, text } => format!("la table n’a pas de champ `{text}` (octet {at})"),
            FilterError::Unsupported { at, text } => format!("`{text}` (octet {at}) n’est pas pris en charge"),
        }
    }
}
