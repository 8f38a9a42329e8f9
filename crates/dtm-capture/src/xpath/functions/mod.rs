//! The functions that forms may call.
//!
//! One list says which there are and how many arguments each takes; one file holds each kind. Functions that need the
//! phone itself (its number, chance) say so instead of inventing an answer. Source: the OpenRosa and ODK XForms
//! specifications, and what JavaRosa does.

mod dates;
mod digests;
mod geo;
mod nodes;
mod numbers;
mod texts;

use super::eval::{Context, Ground};
use super::parser::Expr;
use super::{Value, XPathError};
use std::sync::Arc;

macro_rules! functions {
    ($($name:literal $function:ident $least:literal $most:literal)*) => {
        /// A function.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Function { $($function),* }

        impl Function {
            /// The function of this name.
            pub(crate) fn named(name: &str) -> Option<Function> {
                match name {
                    $($name => Some(Function::$function),)*
                    "is-selected" => Some(Function::Selected),
                    "enclosed-area" => Some(Function::Area),
                    _ => None,
                }
            }

            fn name(self) -> &'static str {
                match self { $(Function::$function => $name),* }
            }

            /// The fewest and the most arguments it takes.
            fn arity(self) -> (usize, usize) {
                match self { $(Function::$function => ($least, $most)),* }
            }
        }
    };
}

/// More arguments than anybody writes.
const MANY: usize = 10_000;

functions! {
    "abs" Abs 1 1
    "acos" Acos 1 1
    "area" Area 1 1
    "asin" Asin 1 1
    "atan" Atan 1 1
    "atan2" Atan2 2 2
    "base64-decode" Base64Decode 1 1
    "boolean" Boolean 1 1
    "boolean-from-string" BooleanFromString 1 1
    "ceiling" Ceiling 1 1
    "checklist" Checklist 2 10_000
    "jr:choice-name" ChoiceName 2 2
    "coalesce" Coalesce 2 2
    "concat" Concat 0 10_000
    "contains" Contains 2 2
    "cos" Cos 1 1
    "count" Count 1 1
    "count-non-empty" CountNonEmpty 1 1
    "count-selected" CountSelected 1 1
    "date" Date 1 1
    "date-time" DateTime 1 1
    "decimal-date-time" DecimalDateTime 1 1
    "decimal-time" DecimalTime 1 1
    "depend" Depend 1 10_000
    "digest" Digest 2 3
    "distance" Distance 1 10_000
    "ends-with" EndsWith 2 2
    "exp" Exp 1 1
    "exp10" Exp10 1 1
    "extract-signed" ExtractSigned 2 2
    "false" False 0 0
    "floor" Floor 1 1
    "format-date" FormatDate 2 2
    "format-date-time" FormatDateTime 2 2
    "geofence" Geofence 2 2
    "if" If 3 3
    "indexed-repeat" IndexedRepeat 3 11
    "instance" Instance 1 1
    "int" Int 1 1
    "intersects" Intersects 1 1
    "jr:itext" Itext 1 1
    "join" Join 1 10_000
    "last" Last 0 0
    "local-name" LocalName 0 1
    "log" Log 1 1
    "log10" Log10 1 1
    "lower-case" LowerCase 1 1
    "max" Max 0 10_000
    "min" Min 0 10_000
    "name" Name 0 1
    "normalize-space" NormalizeSpace 0 1
    "not" Not 1 1
    "now" Now 0 0
    "number" Number 1 1
    "once" Once 1 1
    "pi" Pi 0 0
    "position" Position 0 1
    "pow" Pow 2 2
    "property" Property 1 1
    "pulldata" PullData 4 4
    "random" Random 0 0
    "randomize" Randomize 1 2
    "regex" Regex 2 2
    "round" Round 1 2
    "selected" Selected 2 2
    "selected-at" SelectedAt 2 2
    "sin" Sin 1 1
    "sqrt" Sqrt 1 1
    "starts-with" StartsWith 2 2
    "string" String 1 1
    "string-length" StringLength 0 1
    "substr" Substr 2 3
    "substring-after" SubstringAfter 2 2
    "substring-before" SubstringBefore 2 2
    "sum" Sum 1 1
    "tan" Tan 1 1
    "today" Today 0 0
    "translate" Translate 3 3
    "true" True 0 0
    "upper-case" UpperCase 1 1
    "uuid" Uuid 0 1
    "version" Version 0 0
    "weighted-checklist" WeightedChecklist 2 10_000
}

/// A call being evaluated.
pub(super) struct Call<'a, 'g> {
    pub(super) ground: &'a Ground<'g>,
    pub(super) function: Function,
    pub(super) arguments: &'a [Expr],
    pub(super) context: Context,
}

/// The value of a call.
pub(super) fn call(
    ground: &Ground<'_>,
    function: Function,
    arguments: &[Expr],
    context: Context,
) -> Result<Value, XPathError> {
    let (least, most) = function.arity();
    if arguments.len() < least || arguments.len() > most.min(MANY) {
        return Err(XPathError::Arguments(function.name().to_owned()));
    }
    let call = Call { ground, function, arguments, context };
    use Function as F;
    match function {
        F::True => Ok(Value::Truth(true)),
        F::False => Ok(Value::Truth(false)),
        F::Boolean => Ok(Value::Truth(call.value(0)?.truth())),
        F::Not => Ok(Value::Truth(!call.value(0)?.truth())),
        F::If => {
            let branch = if call.value(0)?.truth() { 1 } else { 2 };
            ground.eval(&arguments[branch], context)
        }
        F::Coalesce => {
            let first = call.value(0)?;
            if first.is_empty() { ground.eval(&arguments[1], context) } else { Ok(first) }
        }
        F::Depend => ground.eval(&arguments[0], context),
        F::Random | F::Uuid | F::Property => Err(XPathError::OnPhoneOnly(function.name().to_owned())),
        F::Version => Ok(ground.sources.version.as_str().into()),
        F::Checklist | F::WeightedChecklist => numbers::checklist(&call),
        F::Abs
        | F::Acos
        | F::Asin
        | F::Atan
        | F::Atan2
        | F::Cos
        | F::Exp
        | F::Exp10
        | F::Log
        | F::Log10
        | F::Pi
        | F::Pow => numbers::calculate(&call),
        F::Sin | F::Sqrt | F::Tan | F::Floor | F::Ceiling | F::Int | F::Number | F::Round => numbers::calculate(&call),
        F::Max | F::Min | F::Sum => numbers::of_many(&call),
        F::Count
        | F::CountNonEmpty
        | F::Position
        | F::Last
        | F::IndexedRepeat
        | F::Once
        | F::Randomize
        | F::Instance => nodes::call(&call),
        F::ChoiceName | F::Itext | F::PullData | F::Name | F::LocalName => nodes::call(&call),
        F::Area | F::Distance | F::Geofence | F::Intersects => geo::call(&call),
        F::Date
        | F::DateTime
        | F::DecimalDateTime
        | F::DecimalTime
        | F::FormatDate
        | F::FormatDateTime
        | F::Now
        | F::Today => dates::call(&call),
        F::Digest | F::Base64Decode | F::ExtractSigned => digests::call(&call),
        _ => texts::call(&call),
    }
}

impl Call<'_, '_> {
    /// An argument as one value.
    fn value(&self, at: usize) -> Result<Value, XPathError> {
        self.ground.value(&self.arguments[at], self.context)
    }

    /// An argument as a text.
    fn text(&self, at: usize) -> Result<Arc<str>, XPathError> {
        let text = self.value(at)?.text();
        self.ground.budget.spend(text.len() / 16)?;
        Ok(text)
    }

    /// An argument as a whole number, as far as Java's integers reach.
    fn whole(&self, at: usize) -> Result<i32, XPathError> {
        Ok(self.value(at)?.number() as i32)
    }

    /// The values of all arguments from this one on; a single one that is nodes gives the values of all of them.
    fn values(&self, from: usize) -> Result<Vec<Value>, XPathError> {
        match self.arguments.get(from..).unwrap_or_default() {
            [only] => match self.ground.eval(only, self.context)? {
                Value::Nodes(document, nodes) => self.all(document, &nodes),
                value => Ok(vec![value]),
            },
            more => more.iter().map(|argument| self.ground.value(argument, self.context)).collect(),
        }
    }

    fn all(&self, document: u32, nodes: &[super::NodeAt]) -> Result<Vec<Value>, XPathError> {
        self.ground.budget.spend(nodes.len())?;
        let value = |node: &super::NodeAt| self.ground.value_of(super::NodeRef { document, node: *node });
        Ok(nodes.iter().map(value).collect())
    }

    /// An argument that must be nodes.
    fn nodes(&self, at: usize) -> Result<(u32, Vec<super::NodeAt>), XPathError> {
        match self.ground.eval(&self.arguments[at], self.context)? {
            Value::Nodes(document, nodes) => Ok((document, nodes)),
            _ => Err(self.refuse()),
        }
    }

    /// The value of the node the expression stands on.
    fn own_value(&self) -> Value {
        self.ground.value_of(self.context.here)
    }

    fn refuse(&self) -> XPathError {
        XPathError::Arguments(self.function.name().to_owned())
    }
}
