//! What tests need: both databases, a bucket, the shared data, and small pieces of an operation.
//!
//! For tests only: failing to set something up panics, and what is skipped is printed.
#![allow(clippy::print_stderr)]

mod bucket;
mod database;
mod office;
mod old;
mod postgres;
mod shared;

pub use bucket::{S3Bucket, s3_bucket};
pub use database::{Database, TestStore, meddle, on_both_databases, on_old_office, on_sqlite};
pub use office::{
    Office, app_user, area, day, draw, exercise, now, office, operation, place, record, round, stamp, submission,
};
pub use old::old_office;
pub use postgres::{PostgresServer, postgres_database};
pub use shared::{no_skip, shared_data};
