//! `dtm bench`: how fast this machine does what phones and offices ask of it.

use super::{Caller, Report};
use crate::bench::side::Peer;
use crate::bench::{arrivals, entities, forms, leaving, load};
use anyhow::Result;

/// Measure this machine
#[derive(clap::Subcommand)]
pub(crate) enum Bench {
    /// Fill an empty data folder with submissions of 4.6 kB, to look at an instance that has grown
    Load {
        /// How many
        #[arg(long, default_value_t = 100_000)]
        submissions: u64,
    },
    /// Durable submissions a second, posted over HTTP to a server of its own
    Submissions {
        /// Submissions a line of the table
        #[arg(long, default_value_t = 1000)]
        count: u64,
        /// Connections at once, one line of the table each
        #[arg(long, value_delimiter = ',', default_value = "1,8,32")]
        connections: Vec<usize>,
        #[command(flatten)]
        peer: Peer,
    },
    /// Form lists, manifests and forms of 180 kB a second that phones get, over 8 connections
    Phones {
        /// Requests a line of the table
        #[arg(long, default_value_t = 2000)]
        count: u64,
        #[command(flatten)]
        peer: Peer,
    },
    /// Submissions a second that leave as OData, as CSV and as a zip of CSV
    Exports {
        /// Submissions that are sent first
        #[arg(long, default_value_t = 10_000)]
        count: u64,
        #[command(flatten)]
        peer: Peer,
    },
    /// A large entity list: filling it, its pages, tables and downloads, and what a phone gets of it
    Entities {
        /// Entities in the list
        #[arg(long, default_value_t = 1_000_000)]
        count: u32,
    },
    /// Conversions of XLSForms of 50, 500 and 2000 questions and of your own, beside pyxform in the same run
    Forms {
        /// A Python that has pyxform
        #[arg(long, env = "DTM_PYTHON", value_name = "COMMAND")]
        python: Option<String>,
        /// Further workbooks
        files: Vec<std::path::PathBuf>,
    },
}

impl Bench {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        match self {
            Bench::Load { submissions } => load::run(caller, submissions).await,
            Bench::Submissions { count, connections, peer } => arrivals::run(caller, count, &connections, &peer).await,
            Bench::Phones { count, peer } => leaving::phones(caller, count, &peer).await,
            Bench::Exports { count, peer } => leaving::exports(caller, count, &peer).await,
            Bench::Entities { count } => entities::run(caller, count).await,
            Bench::Forms { python, files } => forms::run(caller, python.as_deref(), files),
        }
    }
}
