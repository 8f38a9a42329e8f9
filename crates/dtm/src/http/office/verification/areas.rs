//! The areas of the verification page: what there is to sign, who signed, and why a signature no longer holds.

use super::super::submissions::Names;
use super::Reader;
use crate::http::Problem;
use dtm_model::Pcode;

/// An area to sign.
pub(super) struct AreaLine {
    pub(super) pcode: String,
    pub(super) name: String,
    pub(super) places: String,
    pub(super) open: i64,
    pub(super) persons: String,
    /// Low and high; empty where there are none.
    pub(super) range: String,
    /// Whether the reader may sign for it.
    pub(super) may_sign: bool,
    pub(super) is_signed: bool,
    pub(super) is_stale: bool,
    /// Why the signature no longer holds.
    pub(super) changed: Vec<String>,
    pub(super) by: String,
    pub(super) note: String,
    pub(super) has_signature: bool,
    /// Signatures that were withdrawn.
    pub(super) before: Vec<String>,
}

impl Reader<'_> {
    /// The areas with figures; `signs` says whether the reader signs, and for which areas alone.
    pub(super) async fn areas(&self, signs: Option<Option<&[Pcode]>>) -> Result<Vec<AreaLine>, Problem> {
        let (w, mut names, mut lines) = (self.w, Names::new(self.app), Vec::new());
        for area in &self.seen.areas {
            let standing = &area.standing;
            let (by, note) = match &area.signature {
                Some(signature) => {
                    (self.by(&mut names, &signature.by, signature.at).await?, signature.signed.note.clone())
                }
                None => Default::default(),
            };
            let mut before = Vec::new();
            for signature in self.seen.signatures.iter().filter(|one| one.signed.area == standing.area) {
                if let Some((who, at, why)) = &signature.withdrawn {
                    before.push(format!("{} — {why}", self.by(&mut names, who, *at).await?));
                }
            }
            lines.push(AreaLine {
                pcode: standing.area.to_string(),
                name: self.area(&standing.area),
                places: w.number(i64::from(standing.n_places)),
                open: i64::from(standing.n_open),
                persons: w.number(standing.persons),
                range: area.range.map(|range| w.range(range)).unwrap_or_default(),
                may_sign: signs.is_some_and(|mine| mine.is_none_or(|mine| self.atlas.is_within(&standing.area, mine))),
                is_signed: area.is_signed(),
                is_stale: area.is_stale(),
                changed: self.seen.why_stale(area, w.lang()),
                has_signature: area.signature.is_some(),
                by,
                note,
                before,
            });
        }
        lines.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(lines)
    }
}
