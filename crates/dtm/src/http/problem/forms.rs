//! Problems of forms and of the keys that encrypt them.

use super::Problem;
use axum::http::StatusCode;
use dtm_model::Text;

impl Problem {
    /// A key of an operation is made once.
    pub(crate) fn key_exists() -> Self {
        Self::conflict(
            "key_exists",
            409.4,
            "The forms of this operation are encrypted already.",
            "Les formulaires de cette opération sont déjà chiffrés.",
        )
    }

    /// A passphrase must withstand guessing.
    pub(crate) fn passphrase_short() -> Self {
        let mut problem = Self::bad_request(
            "passphrase_short",
            "The passphrase needs at least 10 characters.",
            "La phrase secrète doit compter au moins 10 caractères.",
        );
        problem.central = 400.21;
        problem
    }

    /// Encrypted answers are asked for by a session that has not opened them.
    pub(crate) fn not_opened() -> Self {
        Self::conflict(
            "not_opened",
            409.1,
            "These answers are encrypted, and this session has not opened them.",
            "Ces réponses sont chiffrées, et cette session ne les a pas ouvertes.",
        )
    }

    /// A passphrase or private key opens another key, or none.
    pub(crate) fn undecryptable() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "undecryptable",
            400.12,
            Text::both(
                "This passphrase does not open the key, or this private key is another. Nothing was decrypted; please check it and try again.",
                "Cette phrase secrète n’ouvre pas la clé, ou cette clé privée en est une autre. Rien n’a été déchiffré ; vérifiez-la, puis réessayez.",
            ),
        )
    }

    /// A workbook is not a form yet: every mistake is listed.
    pub(crate) fn form_mistakes(mistakes: &[String], warnings: &[String]) -> Self {
        let mut problem = Self::new(
            StatusCode::BAD_REQUEST,
            "form_invalid",
            400.15,
            Text::both(
                "The form has mistakes; nothing was stored. Each is listed below.",
                "Le formulaire contient des erreurs ; rien n’a été enregistré. Elles sont toutes listées ci-dessous.",
            ),
        );
        problem.details = mistakes.iter().cloned().map(Into::into).collect();
        problem.facts = Some(Box::new(serde_json::json!({ "error": mistakes.join("\n"), "warnings": warnings })));
        problem
    }

    /// The form works, but somebody should look at it first.
    pub(crate) fn form_warnings(of_sheet: &[String], of_workflow: &[serde_json::Value], lines: Vec<String>) -> Self {
        let mut problem = Self::new(
            StatusCode::BAD_REQUEST,
            "form_warnings",
            400.16,
            Text::both(
                "Nothing was stored yet: please read the warnings, then send the form again with ignoreWarnings=true.",
                "Rien n’a encore été enregistré : lisez les avertissements, puis renvoyez le formulaire avec ignoreWarnings=true.",
            ),
        );
        let null_if_none =
            |list: serde_json::Value| if list == serde_json::json!([]) { serde_json::Value::Null } else { list };
        problem.details = lines.into_iter().map(Into::into).collect();
        problem.facts = Some(Box::new(serde_json::json!({ "warnings": {
            "xlsFormWarnings": null_if_none(of_sheet.into()), "workflowWarnings": null_if_none(of_workflow.into()),
        }})));
        problem
    }

    /// A question changes the type that its answers were stored under.
    pub(crate) fn field_type_changed(path: &str, was: &str, is: &str) -> Self {
        let mut problem = Self::new(
            StatusCode::BAD_REQUEST,
            "field_type_changed",
            400.17,
            Text::both(
                format!(
                    "«{path}» was of type {was} and would become {is}. Answers are stored as {was}: give the question another name, or its old type."
                ),
                format!(
                    "« {path} » était de type {was} et deviendrait {is}. Des réponses sont enregistrées comme {was} : donnez un autre nom à la question, ou son ancien type."
                ),
            ),
        );
        problem.facts = Some(Box::new(serde_json::json!({ "path": path, "type": was, "newType": is })));
        problem
    }
}
