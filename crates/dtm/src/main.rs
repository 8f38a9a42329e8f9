//! `dtm`: the Displacement Tracking Matrix as software, in one program.
//!
//! This crate is the rim: the command line, HTTP, the clock, settings, jobs and the wiring of the stages. The stages
//! themselves (capture, process, protect, publish) are libraries of plain functions.

mod bench;
mod cli;
mod http;
mod journey;
mod secrets;
mod settings;
mod smtp;
mod spreadsheet;
mod totp;
mod vault;
mod world;

use clap::Parser;
use std::io::Write;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let json = cli.json;
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("DTM_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,dtm=info")),
        )
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_target(false)
        .init();
    // Deep query plans need more stack than tokio's default gives.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(16 << 20).build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(cli.run()),
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(report) => print(&report, json),
        Err(error) => fail(&error, json),
    }
}

/// Writes what a command says; a reader that has gone away (`| head`) is no failure.
fn print(report: &cli::Report, json: bool) -> ExitCode {
    let mut err = std::io::stderr().lock();
    for note in &report.notes {
        let _ = writeln!(err, "{note}");
    }
    let mut out = std::io::stdout().lock();
    let _ = match (&report.bytes, json) {
        (Some(bytes), false) => out.write_all(bytes),
        (_, true) => writeln!(out, "{:#}", report.json),
        (None, false) if report.text.is_empty() => Ok(()),
        (None, false) => writeln!(out, "{}", report.text.trim_end()),
    };
    let _ = out.flush();
    ExitCode::from(report.exit)
}

fn fail(error: &anyhow::Error, json: bool) -> ExitCode {
    let mistakes = error.downcast_ref::<cli::Mistakes>();
    let exit = match mistakes {
        Some(_) => 4,
        None if error.is::<cli::Absent>() => 3,
        None => 1,
    };
    if json {
        let lines = mistakes.map_or_else(|| vec![format!("{error:#}")], |mistakes| mistakes.lines.clone());
        let _ = writeln!(std::io::stdout(), "{:#}", serde_json::json!({ "errors": lines }));
    } else {
        let _ = writeln!(std::io::stderr(), "{error:#}");
    }
    ExitCode::from(exit)
}
