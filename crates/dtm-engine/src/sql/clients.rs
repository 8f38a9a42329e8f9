//! What clients ask of the catalogue in words that the engine does not know, in words that it knows.

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, DataType, Expr, Query, Select, SelectItem, SetExpr, Statement, Value, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;
use std::ops::ControlFlow;

/// Columns of the catalogue that say yes or no, and that clients compare with `'t'`.
const YES_OR_NO: [&str; 6] = ["indisprimary", "indisunique", "indisvalid", "attnotnull", "attisdropped", "atthasdef"];

/// The column of shapes, whose bytes PostgreSQL writes as hexadecimal digits where text is wanted.
const SHAPE: &str = "geometry";

/// Says the same otherwise.
pub(super) fn reworded(mut statement: Statement) -> Statement {
    let _ = statement.visit(&mut Reword);
    statement
}

struct Reword;

impl VisitorMut for Reword {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if let SetExpr::Select(select) = query.body.as_mut() {
            let Select { projection, .. } = select.as_mut();
            for item in projection {
                if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
                    counted(expr);
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::Cast { expr: shape, data_type: DataType::Text | DataType::Varchar(_), .. } = expr
            && is_named(shape, &[SHAPE])
            && let Some(said) = read(&format!("concat('\\x', encode({shape}, 'hex'))"))
        {
            *expr = said;
        }
        if let Expr::BinaryOp { left, op: BinaryOperator::Eq | BinaryOperator::NotEq, right } = expr
            && let Expr::Value(value) = right.as_mut()
            && let Value::SingleQuotedString(word) = &value.value
            && is_named(left, &YES_OR_NO)
        {
            value.value = Value::Boolean(word.starts_with('t'));
        }
        ControlFlow::Continue(())
    }
}

/// Whether it is a column with one of these names.
fn is_named(expr: &Expr, names: &[&str]) -> bool {
    let name = match expr {
        Expr::Identifier(name) => Some(name),
        Expr::CompoundIdentifier(names) => names.last(),
        _ => None,
    };
    name.is_some_and(|name| names.contains(&name.value.to_lowercase().as_str()))
}

/// The engine knows `EXISTS` in conditions alone: `SELECT EXISTS (…)` counts instead.
fn counted(expr: &mut Expr) {
    let Expr::Exists { subquery, negated } = expr else { return };
    let counts = if *negated { "= 0" } else { "> 0" };
    let mut inner = subquery.clone();
    inner.order_by = None;
    if let Some(said) = read(&format!("(SELECT count(*) FROM ({inner}) AS found) {counts}")) {
        *expr = said;
    }
}

fn read(sql: &str) -> Option<Expr> {
    Parser::new(&PostgreSqlDialect {}).try_with_sql(sql).and_then(|mut parser| parser.parse_expr()).ok()
}
