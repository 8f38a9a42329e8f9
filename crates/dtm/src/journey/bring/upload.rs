//! An archive that somebody uploads to be brought over: kept in pieces beside the database until its run is over, so that a
//! server that is started again, or another one, goes on with it.

use crate::http::App;
use crate::world;
use anyhow::{Context, Result, ensure};
use axum::body::Bytes;
use dtm_model::{BlobHash, BringRunId};
use std::io::{Seek, Write};

/// The largest archive.
pub(crate) const MAX_ARCHIVE: u64 = 4 << 30;
/// Bytes of one piece.
const PIECE: usize = 8 << 20;
/// Each piece begins with chance, so that it is nobody else's file, and can be removed.
const CHANCE: usize = 16;

/// Why an archive was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    TooLarge,
    NoArchive,
}

/// An archive on its way in.
#[derive(Default)]
pub(crate) struct Incoming {
    pieces: Vec<BlobHash>,
    waiting: Vec<u8>,
    n_bytes: u64,
    refused: Option<Refused>,
}

impl Incoming {
    /// Takes the next bytes. What is refused is read on and dropped, so that whoever sends it is told why.
    pub(crate) async fn take(&mut self, app: &App, bytes: &Bytes) -> Result<()> {
        if self.n_bytes == 0 && !bytes.is_empty() && !bytes.starts_with(b"P") {
            self.refused = Some(Refused::NoArchive);
        }
        self.n_bytes += bytes.len() as u64;
        if self.n_bytes > MAX_ARCHIVE {
            self.refused = Some(Refused::TooLarge);
        }
        if self.refused.is_some() {
            return Ok(());
        }
        for part in bytes.chunks(PIECE) {
            self.waiting.extend_from_slice(part);
            if self.waiting.len() >= PIECE {
                self.keep(app).await?;
            }
        }
        Ok(())
    }

    async fn keep(&mut self, app: &App) -> Result<()> {
        let mut piece = world::random::<CHANCE>().to_vec();
        piece.append(&mut self.waiting);
        self.pieces.push(app.blobs.put(piece).await?);
        Ok(())
    }

    /// The pieces of the whole archive. One that cannot be opened leaves nothing behind.
    pub(crate) async fn end(mut self, app: &App) -> Result<Result<Vec<BlobHash>, Refused>> {
        if !self.waiting.is_empty() {
            self.keep(app).await?;
        }
        if self.refused.is_none() && zip::ZipArchive::new(whole(app, &self.pieces).await?).is_err() {
            self.refused = Some(Refused::NoArchive);
        }
        let Some(refused) = self.refused else { return Ok(Ok(self.pieces)) };
        drop_pieces(app, &self.pieces).await;
        Ok(Err(refused))
    }
}

/// The archive of these pieces, in a file that is gone when it is closed.
async fn whole(app: &App, pieces: &[BlobHash]) -> Result<std::fs::File> {
    let mut file = world::scratch()?;
    for piece in pieces {
        let bytes = app.blobs.get(piece).await?;
        file.write_all(bytes.get(CHANCE..).context("a piece of the archive is cut off")?)?;
    }
    file.rewind()?;
    Ok(file)
}

/// The archive that a run brings from.
pub(super) async fn archive_of(app: &App, run: &BringRunId) -> Result<std::fs::File> {
    let pieces = app.store.bring_pieces(run).await?;
    ensure!(!pieces.is_empty(), "the archive is not kept any more: upload it again");
    whole(app, &pieces).await
}

/// Removes the archive of a run.
pub(crate) async fn forget(app: &App, run: &BringRunId) -> Result<()> {
    let pieces = app.store.bring_pieces(run).await?;
    app.store.forget_bring_pieces(run).await?;
    drop_pieces(app, &pieces).await;
    Ok(())
}

async fn drop_pieces(app: &App, pieces: &[BlobHash]) {
    for piece in pieces {
        if let Err(error) = app.blobs.remove(piece).await {
            tracing::warn!(%error, "a piece of an archive could not be removed");
        }
    }
}
