//! The colours of drawings, and how the four states of a figure look.

use dtm_protect::{ReleasedCell, Value};

pub(super) const INK: &str = "#14213D";
pub(crate) const MUTED: &str = "#52607A";
pub(super) const LINE: &str = "#DDE3EC";
pub(crate) const PRIMARY: &str = "#0B4A9E";
pub(super) const SOFT: &str = "#B5CDEC";
/// Classes of a map, light to dark.
pub(crate) const SEQUENTIAL: [&str; 5] = ["#E3ECF8", "#B5CDEC", "#7AA6DC", "#3B76BF", "#0F3D86"];
/// Okabe-Ito without its yellow, for parts told apart by colour beside their label.
pub(super) const CATEGORICAL: [&str; 7] = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#7A7A7A"];
/// More and fewer than before: the ends of the diverging scale.
pub(super) const RISE: &str = "#01665E";
pub(super) const FALL: &str = "#8C510A";
pub(super) const FEMALE: &str = "#2F7FC1";
pub(super) const MALE: &str = "#B35806";

/// How a figure is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fill {
    /// White: somebody looked, and nobody was there.
    Zero,
    /// A class of the sequential palette, 0 the lightest.
    Class(usize),
    /// Diagonal hatch: nobody looked.
    Nothing,
    /// Dots: known, not shown.
    Hidden,
}

impl Fill {
    /// The fill of a value, given the lower bounds of all classes but the first.
    pub fn of(value: Value, breaks: &[i64]) -> Fill {
        match value {
            Value::Nothing => Fill::Nothing,
            Value::Hidden(_) => Fill::Hidden,
            Value::Number(number) if number <= 0 => Fill::Zero,
            Value::Number(number) => {
                Fill::Class(breaks.iter().filter(|from| **from <= number).count().min(SEQUENTIAL.len() - 1))
            }
        }
    }

    /// The paint, where the drawing's patterns carry this id.
    pub(super) fn paint(self, id: &str) -> String {
        match self {
            Fill::Zero => "#fff".to_owned(),
            Fill::Class(class) => SEQUENTIAL[class.min(SEQUENTIAL.len() - 1)].to_owned(),
            Fill::Nothing => format!("url(#{id}-n)"),
            Fill::Hidden => format!("url(#{id}-h)"),
        }
    }
}

/// Whether so much of a figure is carried that its mark must say so: half or more.
pub(super) fn mostly_carried(cell: &ReleasedCell) -> bool {
    cell.value
        .number()
        .is_some_and(|number| cell.known_carried() > 0 && cell.known_carried().saturating_mul(2) >= number)
}
