//! From a folder or an archive: filled forms as ODK Collect, Briefcase and Kobo lay them out (each in a folder of its own, the
//! answers in one XML file and their files beside it), the forms themselves, and tables that servers export.
//!
//! Forms come first (XForms, and workbooks with a survey sheet; what they need lies in a folder `NAME-media`), then filled
//! forms, then tables. A table in a folder with filled forms, or in a folder of media, is a file and no table.

use super::files::{Files, content_type, ending, split};
use super::tables::Tables;
use super::{Attached, Brought, Come, Here, Shelf, Taken, moment};
use anyhow::{Result, bail};
use dtm_capture::workbook::Workbook;
use dtm_model::{FormId, Instant};
use dtm_store::FormVersion;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// The most bytes an archive may unpack to.
const MAX_UNPACKED: u64 = 20 << 30;
/// As much of an XML file as is read to see what it is.
const HEAD: u64 = 4096;

/// Filled forms, forms and tables on this machine.
pub(crate) struct Folder {
    files: Files,
    /// The form that tables belong to, if it is said.
    form: Option<String>,
}

impl Folder {
    pub(crate) fn open(path: &Path, form: Option<String>) -> Result<Self> {
        Ok(Self { files: Files::open(path)?, form })
    }

    /// The files of an archive that is open.
    pub(crate) fn archive(file: std::fs::File) -> Result<Self> {
        Ok(Self { files: Files::archive(file)?, form: None })
    }

    /// Brings everything over.
    pub(crate) async fn bring(&self, here: &Here<'_>) -> Result<Brought> {
        let mut brought = Brought::default();
        let names = self.files.names()?;
        let went = self.all(here, &names, &mut brought).await;
        here.end(went, &mut brought).await;
        Ok(brought)
    }

    async fn all(&self, here: &Here<'_>, names: &[String], brought: &mut Brought) -> Result<()> {
        let mut sorted = Sorted::default();
        let mut unpacked = 0;
        for name in names {
            here.go_on(name)?;
            match self.sort(here, name, &mut sorted) {
                Ok(n) => unpacked += n,
                Err(error) => brought.trouble(format!("{name}: {error:#}")),
            }
            if unpacked > MAX_UNPACKED {
                bail!(here.say("the archive unpacks to too much", "l’archive contient trop de données"));
            }
        }
        for name in &sorted.filled {
            *sorted.in_folder.entry(split(name).0.to_owned()).or_default() += 1;
        }
        let mut newest: BTreeMap<FormId, FormVersion> = BTreeMap::new();
        for form in &sorted.forms {
            here.go_on(form)?;
            match self.form(here, form, names, brought).await {
                Ok(version) => {
                    newest.insert(version.form.clone(), version);
                }
                Err(error) => brought.trouble(format!("{form}: {error:#}")),
            }
        }
        for version in newest.values() {
            here.give_key(version, brought).await?;
        }
        let mut shelf = Shelf::default();
        for (at, name) in sorted.filled.iter().enumerate() {
            here.go_on(format!("{}/{}: {name}", at + 1, sorted.filled.len()))?;
            if let Err(error) = self.submission(here, &mut shelf, name, &sorted, names, brought).await {
                brought.trouble(format!("{name}: {error:#}"));
            }
        }
        let mut tables: BTreeMap<String, Tables> = BTreeMap::new();
        for (name, workbook) in std::mem::take(&mut sorted.tables) {
            let (folder, file) = split(&name);
            if !sorted.in_folder.contains_key(folder) && !folder.ends_with("-media") && !folder.ends_with("media") {
                // CSV files of one folder are the sheets of one export; a workbook is one by itself.
                let whole = if workbook.sheets.len() > 1 || ending(file) != "csv" { name.as_str() } else { folder };
                tables.entry(whole.to_owned()).or_default().add(file, workbook);
            }
        }
        let n_filled = sorted.filled.len();
        for (name, tables) in tables {
            if let Err(error) =
                tables.bring(here, (&self.files, names), self.form.as_deref(), &mut shelf, &name, brought).await
            {
                if error.is::<super::Stopped>() {
                    return Err(error);
                }
                // Beside filled forms a table is often their own export.
                match n_filled {
                    0 => brought.trouble(format!("{name}: {error:#}")),
                    _ => brought.note(format!("{name}: {error:#}")),
                }
            }
        }
        Ok(())
    }

    /// Sees what a file is; returns how much was read of it.
    fn sort(&self, here: &Here<'_>, name: &str, sorted: &mut Sorted) -> Result<u64> {
        let file = split(name).1;
        match ending(file).as_str() {
            "xml" => {
                let head = self.files.read(name, HEAD)?;
                let text = String::from_utf8_lossy(&head);
                match text.contains("<h:html")
                    || text.contains("<html")
                    || text.contains("http://www.w3.org/1999/xhtml")
                {
                    true => sorted.forms.push(name.to_owned()),
                    false => sorted.filled.push(name.to_owned()),
                }
                Ok(head.len() as u64)
            }
            "xlsx" | "xls" | "ods" | "csv" if !file.starts_with("~$") && file != "audit.csv" => {
                let bytes = self.files.whole(here, name)?;
                let workbook =
                    Workbook::read(&bytes, file).map_err(|error| anyhow::anyhow!(error.message(here.lang)))?;
                let is_form = ending(file) != "csv" && workbook.sheet("survey").is_some();
                if is_form {
                    sorted.forms.push(name.to_owned());
                } else {
                    sorted.tables.push((name.to_owned(), workbook));
                }
                Ok(bytes.len() as u64)
            }
            _ => Ok(0),
        }
    }

    /// A form, with the files that lie beside it in a folder of its name.
    async fn form(&self, here: &Here<'_>, name: &str, names: &[String], brought: &mut Brought) -> Result<FormVersion> {
        let bytes = self.files.whole(here, name)?;
        let (folder, file) = split(name);
        let reading = crate::journey::forms::read(file, bytes.to_vec(), here.lang).await?;
        let was_here =
            here.store.form_by_xml_id(&here.exercise.operation, &reading.schema.xml_form_id).await?.is_some();
        let (kept, is_new) = here.take_form(bytes, file, crate::world::now()).await?;
        brought.forms += u64::from(!was_here);
        brought.versions += u64::from(is_new);
        let known = here.store.form_media(&kept.id).await?;
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let beside = [format!("{stem}-media"), "form-media".to_owned(), "media".to_owned()];
        for wanted in &kept.schema.media {
            let at = beside.iter().map(|beside| match folder {
                "" => format!("{beside}/{wanted}"),
                folder => format!("{folder}/{beside}/{wanted}"),
            });
            let found = at.into_iter().find(|at| names.contains(at));
            if let Some(found) = found.filter(|_| !known.iter().any(|known| known.name == *wanted)) {
                let kind = content_type(wanted).to_owned();
                here.form_file(&kept, (wanted, kind, self.files.whole(here, &found)?), brought).await?;
            }
        }
        Ok(kept)
    }

    /// A filled form; what lies in its folder is its own if it is alone there.
    async fn submission(
        &self,
        here: &Here<'_>,
        shelf: &mut Shelf,
        name: &str,
        sorted: &Sorted,
        names: &[String],
        brought: &mut Brought,
    ) -> Result<()> {
        let folder = split(name).0;
        let is_alone = sorted.in_folder.get(folder) == Some(&1);
        let xml = self.files.whole(here, name)?;
        let mut files = Vec::new();
        // Names are sorted: those of a folder stand together.
        let from = names.partition_point(|other| other.as_str() < folder);
        let beside = names[from..].iter().take_while(|other| other.starts_with(folder));
        for file in beside.filter(|other| is_alone && *other != name && split(other).0 == folder) {
            let named = split(file).1;
            if !sorted.forms.contains(file) {
                let bytes = self.files.whole(here, file)?;
                files.push(Attached { content_type: content_type(named).to_owned(), name: named.to_owned(), bytes });
            }
        }
        let come = Come::sent(xml.clone(), files, arrived(&xml));
        if let Taken::Known(_) = here.take(shelf, come, brought).await? {
            brought.known += 1;
        }
        Ok(())
    }
}

/// What there is.
#[derive(Default)]
struct Sorted {
    forms: Vec<String>,
    filled: Vec<String>,
    /// How many filled forms each folder holds.
    in_folder: HashMap<String, usize>,
    tables: Vec<(String, Workbook)>,
}

/// When a filled form arrived at the server that it was taken from, as Briefcase writes it into the root; else now.
fn arrived(xml: &[u8]) -> Instant {
    let head = String::from_utf8_lossy(&xml[..xml.len().min(HEAD as usize)]).into_owned();
    let said = head.split_once("submissionDate=\"").and_then(|(_, rest)| rest.split_once('"'));
    moment(said.map(|(said, _)| said), crate::world::now())
}
