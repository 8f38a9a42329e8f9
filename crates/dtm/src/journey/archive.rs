//! Writes submissions as CSV, alone or with repeats, media and the logs of interviews in a zip.
//!
//! Everything is written while it is read. A zip holds one file after the other, so the lines of repeats and logs wait in
//! files without a name until their turn comes; memory stays the same however many submissions there are. What waits there
//! is encrypted with a key that only this export knows, as it may have been decrypted for it.

use super::export::{Rows, Sent, Source};
use super::opening::{self, FileOpener};
use crate::http::{App, Problem};
use crate::world;
use aes::Aes256;
use aes::cipher::KeyIvInit;
use axum::body::Bytes;
use cfb_mode::{BufDecryptor, BufEncryptor};
use dtm_capture::flat::{Choices, ClientAudits, LineWriter, Look};
use dtm_capture::instance::{Instance, Shape};
use dtm_capture::odata::{Expression, Facts, Moment, RowWriter, Selection};
use dtm_model::{FormSchema, SubmissionId};
use dtm_store::{ExportSource, SubmissionFile};
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

/// Bytes that leave together.
const PIECE: usize = 64 << 10;

/// The log that a phone keeps of an interview.
const CLIENT_AUDIT: &str = "audit.csv";

/// What is written, and of what.
pub(crate) struct Archive {
    pub(crate) app: App,
    pub(crate) source: Arc<Source>,
    pub(crate) shape: Arc<Shape>,
    pub(crate) schema: FormSchema,
    pub(crate) look: Look,
    pub(crate) from: ExportSource,
    /// What of the filter the database does not compute.
    pub(crate) rest: Vec<Expression>,
    pub(crate) now: Moment,
    pub(crate) with_media: bool,
}

/// Where pieces of a file go.
type Pieces = mpsc::Sender<Result<Bytes, Problem>>;

/// Writes into the body of an answer; fails when nobody listens any more.
struct Outlet<'a> {
    pieces: &'a Pieces,
    held: Vec<u8>,
}

impl Write for Outlet<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend(bytes);
        if self.held.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.held, Vec::with_capacity(PIECE)).into();
        self.pieces.blocking_send(Ok(piece)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

/// Ends a body: cuts it off where something failed. Nothing is said where the reader hung up.
pub(crate) fn end(written: Result<(), Problem>, pieces: &Pieces) {
    if let Err(problem) = written {
        let _ = pieces.blocking_send(Err(problem));
    }
}

fn failed(error: impl Into<io::Error>) -> Problem {
    let error = error.into();
    if error.kind() == io::ErrorKind::BrokenPipe {
        // The reader hung up; there is nobody to tell.
        return Problem::cut_off();
    }
    Problem::internal(error)
}

impl Archive {
    /// Calls `each` with every submission wanted; the answers are none where they cannot be read.
    fn each(&self, mut each: impl FnMut(&Sent, Option<&Instance>) -> Result<(), Problem>) -> Result<(), Problem> {
        let rows = Rows::Newest { source: self.from.clone(), before: None, skip: 0, limit: None };
        let mut portions = self.source.read(rows);
        let selection = Selection::all();
        let shape = &self.shape;
        let writer = RowWriter { shape, repeat: None, wkt: false, expand: false, selection: &selection };
        let mut instance = Instance::default();
        while let Some(portion) = portions.blocking_recv() {
            for one in portion? {
                let readable = one.read(&mut instance, shape);
                let value = |field| writer.value(field, &instance, &one.system, None);
                if self.rest.iter().all(|part| part.wants(&Facts { value: &value, now: self.now })) {
                    each(&one, readable.then_some(&instance))?;
                }
            }
        }
        Ok(())
    }

    /// How the tables look, once it is known which choices were made.
    fn settled_look(&self) -> Result<Look, Problem> {
        let mut look = self.look.clone();
        if look.split.is_some() {
            let mut choices = Choices::default();
            self.each(|_, instance| {
                if let Some(instance) = instance {
                    choices.note(&self.shape, instance);
                }
                Ok(())
            })?;
            look.split = Some(choices);
        }
        Ok(look)
    }

    /// Writes the table of the submissions alone.
    pub(crate) fn write_csv(&self, pieces: &Pieces) -> Result<(), Problem> {
        let lines = LineWriter::new(&self.shape, &self.schema, &self.settled_look()?, true);
        let mut outlet = Outlet { pieces, held: Vec::with_capacity(PIECE) };
        outlet.write_all(&lines.header(0)).map_err(failed)?;
        let mut outs = [Vec::new()];
        self.each(|one, instance| {
            outs[0].clear();
            lines.write(&mut outs, &self.shape, instance, &one.system);
            outlet.write_all(&outs[0]).map_err(failed)
        })?;
        outlet.flush().map_err(failed)
    }

    /// Writes a zip of all tables, the media and the logs of interviews.
    pub(crate) fn write_zip(&self, pieces: &Pieces) -> Result<(), Problem> {
        let lines = LineWriter::new(&self.shape, &self.schema, &self.settled_look()?, false);
        let name = file_name(&self.source.form.xml_form_id);
        let table = SimpleFileOptions::default().compression_level(Some(3)).large_file(true);
        let mut zip = ZipWriter::new_stream(Outlet { pieces, held: Vec::with_capacity(PIECE) });
        zip.start_file(format!("{name}.csv"), table).map_err(failed)?;
        zip.write_all(&lines.header(0)).map_err(failed)?;
        // Repeats wait in a file each; a form without repeats needs none.
        let mut waiting: Vec<Aside> = Vec::new();
        for at in 1..lines.tables().len() {
            let mut file = Aside::new().map_err(failed)?;
            file.write_all(&lines.header(at)).map_err(failed)?;
            waiting.push(file);
        }
        let mut with_files: Vec<WithFiles> = Vec::new();
        let mut outs = vec![Vec::new(); lines.tables().len()];
        self.each(|one, instance| {
            outs.iter_mut().for_each(Vec::clear);
            lines.write(&mut outs, &self.shape, instance, &one.system);
            zip.write_all(&outs[0]).map_err(failed)?;
            for (file, out) in waiting.iter_mut().zip(&outs[1..]) {
                file.write_all(out).map_err(failed)?;
            }
            if self.with_media && one.shows_all() && one.system.attachments_present > 0 {
                let (version, instance_id) = (one.version.clone(), one.system.instance_id.clone());
                with_files.push(WithFiles { version, instance_id, is_opened: one.is_opened });
            }
            Ok(())
        })?;
        for (file, layout) in waiting.into_iter().zip(&lines.tables()[1..]) {
            zip.start_file(format!("{name}{}.csv", file_name(&layout.suffix)), table).map_err(failed)?;
            file.copy(&mut zip).map_err(failed)?;
        }
        if self.with_media {
            self.write_media(&mut zip, &name, with_files, table)?;
        }
        let mut outlet = zip.finish().map_err(failed)?.into_inner();
        outlet.flush().map_err(failed)
    }

    /// What opens the files of an encrypted version.
    fn opener(&self, runtime: &Handle, version: &SubmissionId) -> Result<Option<FileOpener>, Problem> {
        let envelopes = runtime.block_on(self.app.store.xml_of(std::slice::from_ref(version)))?;
        Ok(envelopes.get(version).and_then(|envelope| FileOpener::of(&self.source.keys, envelope)))
    }

    fn write_media<W: Write + Seek>(
        &self,
        zip: &mut ZipWriter<W>,
        name: &str,
        with_files: Vec<WithFiles>,
        table: SimpleFileOptions,
    ) -> Result<(), Problem> {
        let runtime = Handle::current();
        let audits = ClientAudits::new();
        let mut logs: Option<Aside> = None;
        let mut taken: HashSet<String> = HashSet::new();
        for WithFiles { version, instance_id, is_opened } in with_files {
            let opener = if is_opened { self.opener(&runtime, &version)? } else { None };
            for file in runtime.block_on(self.app.store.submission_files(&version))? {
                let SubmissionFile { name: mut file_of, hash, .. } = file;
                if opener.is_some() && file_of == opening::ANSWERS {
                    continue;
                }
                let mut bytes = runtime.block_on(self.app.blobs.get(&hash))?;
                // What is damaged is handed on as it is.
                if let Some(Ok(clear)) = opener.as_ref().map(|opener| opener.open(&file_of, bytes.to_vec())) {
                    (file_of, bytes) = (opening::clear_name(&file_of).to_owned(), clear.into());
                }
                if file_of == CLIENT_AUDIT {
                    let log = match &mut logs {
                        Some(log) => log,
                        None => {
                            let mut file = Aside::new().map_err(failed)?;
                            file.write_all(&audits.header()).map_err(failed)?;
                            logs.insert(file)
                        }
                    };
                    let mut out = Vec::new();
                    audits.write(&mut out, &instance_id, &bytes);
                    log.write_all(&out).map_err(failed)?;
                    continue;
                }
                let mut entry = file_name(&file_of);
                if !taken.insert(entry.clone()) {
                    // Two phones may call a photo alike.
                    entry = format!("{}-{entry}", file_name(&instance_id));
                    if !taken.insert(entry.clone()) {
                        continue;
                    }
                }
                // Photos and sounds are compressed as they are.
                let as_is = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
                zip.start_file(format!("media/{entry}"), as_is).map_err(failed)?;
                zip.write_all(&bytes).map_err(failed)?;
            }
        }
        if let Some(log) = logs {
            zip.start_file(format!("{name} - audit.csv"), table).map_err(failed)?;
            log.copy(zip).map_err(failed)?;
        }
        Ok(())
    }
}

/// A submission whose files are handed on.
struct WithFiles {
    version: SubmissionId,
    instance_id: String,
    is_opened: bool,
}

/// A file for what has to wait. On disk it cannot be read: its key is nowhere but here.
struct Aside {
    file: BufWriter<File>,
    key: [u8; 32],
    iv: [u8; 16],
    encryptor: BufEncryptor<Aes256>,
}

impl Aside {
    fn new() -> io::Result<Self> {
        let (key, iv): ([u8; 32], [u8; 16]) = (world::random(), world::random());
        let encryptor = BufEncryptor::new(&key.into(), &iv.into());
        Ok(Self { file: BufWriter::new(world::scratch()?), key, iv, encryptor })
    }

    /// Copies what was put here.
    fn copy(self, out: &mut impl Write) -> io::Result<()> {
        let mut file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(0))?;
        let mut decryptor = BufDecryptor::<Aes256>::new(&self.key.into(), &self.iv.into());
        let mut piece = vec![0; PIECE];
        loop {
            let n = match file.read(&mut piece) {
                Ok(0) => return Ok(()),
                Ok(n) => n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            decryptor.decrypt(&mut piece[..n]);
            out.write_all(&piece[..n])?;
        }
    }
}

impl Write for Aside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut sealed = bytes.to_vec();
        self.encryptor.encrypt(&mut sealed);
        self.file.write_all(&sealed)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A name that every system can keep a file under, and that leads nowhere else.
fn file_name(name: &str) -> String {
    let sound = |char: char| !char.is_control() && !"/\\?<>:*|\"".contains(char);
    let name: String = name.chars().filter(|char| sound(*char)).take(200).collect();
    if name.chars().all(|char| char == '.') { format!("_{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_comes_back_as_it_was_and_lies_unreadable_meanwhile() {
        let mut aside = Aside::new().unwrap();
        let lines: Vec<String> = (0..5000).map(|n| format!("household {n},Amina\n")).collect();
        lines.iter().for_each(|line| aside.write_all(line.as_bytes()).unwrap());
        aside.flush().unwrap();
        let mut on_disk = Vec::new();
        aside.file.get_mut().seek(SeekFrom::Start(0)).unwrap();
        aside.file.get_mut().read_to_end(&mut on_disk).unwrap();
        assert!(!on_disk.windows(5).any(|some| some == b"Amina"));
        let mut out = Vec::new();
        aside.copy(&mut out).unwrap();
        assert_eq!(out, lines.concat().into_bytes());
    }

    #[test]
    fn a_file_in_the_zip_lies_where_it_should_whatever_its_name() {
        for (name, expected) in [
            ("a.jpg", "a.jpg"),
            ("../../etc/passwd", "....etcpasswd"),
            ("..", "_.."),
            ("", "_"),
            ("c:\\x\n.png", "cx.png"),
        ] {
            assert_eq!(file_name(name), expected);
        }
    }
}
