//! Exports: one product of a round, or datasets of an operation as files.
//!
//! Only releases leave: what protection has not released cannot be written here either.

use super::process::find_operation;
use super::{Absent, Caller, Mistakes, Report};
use crate::http::App;
use crate::journey::edition::{self, Edition};
use crate::world;
use anyhow::{Context, Result};
use dtm_model::{Lang, RoundLabel};
use dtm_protect::Release;
use dtm_publish::catalogue::{Entry, Sum, Sums, frictionless};
use dtm_publish::dataset::{self, Dataset, Filter, Form, Labels, Layout};
use dtm_publish::files::{About, Format};
use dtm_publish::page::{self, CountryPage};
use dtm_publish::{document, files};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufWriter, Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Write what is released: a product of one round, or datasets in any format
///
/// Without --dataset and --to: hxl (CSV as on HDX), xlsx (workbook of the round), geojson (areas), pdf (factsheet),
/// report.pdf, docx, pptx (the report of the round), html (the public page), of one round. With them: datasets, over all rounds unless --round names one, in the formats named
/// by their endings (csv, hxl.csv, sheet.csv, json, xlsx, dta, sav, …), all if none is named.
#[derive(clap::Args)]
pub(crate) struct Export {
    /// What to write: hxl, xlsx, geojson, pdf, html; or endings of files
    #[arg(value_name = "FORMAT")]
    formats: Vec<String>,
    /// Short name of the operation
    #[arg(long, short)]
    operation: String,
    /// Label of the round (else the newest, or all of them for datasets)
    #[arg(long, short)]
    round: Option<String>,
    /// Short name of the exercise (else the one the public pages are about, or all of them for datasets)
    #[arg(long, short)]
    exercise: Option<String>,
    /// A dataset, such as areas or idps (may be given several times; all of them if not given)
    #[arg(long, short)]
    dataset: Vec<String>,
    /// Only rows where a column has this value: area=HT01 (may be given several times)
    #[arg(long = "filter", value_name = "COLUMN=VALUE")]
    filters: Vec<String>,
    /// Names beside codes: of one language, none, or of every language
    #[arg(long, value_enum, default_value_t = Names::One)]
    names: Names,
    /// Measures as columns or as rows
    #[arg(long, value_enum, default_value_t = Shape::Wide)]
    layout: Shape,
    /// Folder for the files, their checksums and the description of their columns
    #[arg(long, value_name = "DIR", conflicts_with = "output")]
    to: Option<PathBuf>,
    /// File to write (else standard output)
    #[arg(long)]
    output: Option<PathBuf>,
    /// Address the public reaches the server by, to be printed inside files
    #[arg(long, env = "DTM_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
}

/// Which names stand beside codes.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Names {
    One,
    None,
    Every,
}

/// How measures stand.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Shape {
    Wide,
    Long,
}

impl Export {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        let (store, blobs) = caller.place.open().await?;
        let operation = find_operation(&store, &self.operation).await?;
        let app = App::new(store, blobs, caller.place.vault()?, None);
        let edition = edition::of(&app, &operation).await?;
        if self.to.is_none() && self.dataset.is_empty() {
            self.product(&edition, caller)
        } else {
            self.datasets(&edition, caller)
        }
    }

    fn not_released(&self, caller: &Caller) -> Absent {
        let operation = &self.operation;
        let what = match &self.round {
            Some(round) => {
                caller.say(format!("round {round} of {operation}"), format!("le cycle {round} de {operation}"))
            }
            None => operation.clone(),
        };
        Absent(caller.say(
            format!("nothing of {what} is released, and only releases are exported: see `dtm release make`"),
            format!("rien n’est diffusé pour {what}, et seules les diffusions s’exportent : voir `dtm release make`"),
        ))
    }

    /// The releases asked for, oldest first.
    fn of_round<'a>(&self, releases: &'a [Arc<Release>]) -> Vec<&'a Arc<Release>> {
        let wanted = self.round.as_deref().map(RoundLabel::from);
        let is_wanted = |release: &&Arc<Release>| {
            let heading = release.heading();
            wanted.as_ref().is_none_or(|label| heading.round == *label)
                && self.exercise.as_ref().is_none_or(|slug| heading.exercise == *slug)
        };
        releases.iter().filter(is_wanted).collect()
    }

    /// A product of one round.
    fn product(&self, edition: &Edition, caller: &Caller) -> Result<Report> {
        let releases = if self.exercise.is_none() { &edition.main } else { &edition.all };
        let current = *self.of_round(releases).last().ok_or_else(|| self.not_released(caller))?;
        let lang = caller.lang;
        let atlas = &edition.atlas;
        let sources = document::Sources { current, earlier: &edition.before(current), atlas, lang };
        let bytes = match self.formats.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["hxl"] => files::hxl::csv(&[current], atlas, |_| edition.active).into_bytes(),
            ["xlsx"] => {
                let mut out = Cursor::new(Vec::new());
                files::xlsx::workbook(current, atlas, lang, &world::scratch_place(), &mut out)?;
                out.into_inner()
            }
            ["geojson"] => files::one_round::features(current, "areas", atlas, lang)?.unwrap_or_default(),
            ["pdf"] => document::factsheet(&sources)?,
            ["report.pdf"] => document::pdf(&document::report(&sources))?,
            ["docx"] => document::word(&document::report(&sources))?,
            ["pptx"] => document::slides(&document::report(&sources))?,
            ["html"] => page::country(&CountryPage {
                releases: &edition.shown(),
                current,
                atlas,
                publisher: &edition.publisher,
                lang,
                components: &edition.components(),
                viewer_may_explain: false,
                newer_version: None,
            })
            .into_bytes(),
            _ => {
                return Err(Mistakes::one(caller.say(
                    "name one of hxl, xlsx, geojson, pdf, report.pdf, docx, pptx, html; or datasets with --dataset, or a folder for all of them with --to",
                    "nommez l’un de hxl, xlsx, geojson, pdf, report.pdf, docx, pptx, html ; ou des jeux de données avec --dataset, ou un dossier pour tous avec --to",
                )));
            }
        };
        self.put(bytes, caller)
    }

    fn put(&self, bytes: Vec<u8>, caller: &Caller) -> Result<Report> {
        let n = bytes.len();
        let Some(path) = &self.output else {
            return Ok(Report { bytes: Some(bytes), json: json!({ "bytes": n }), ..Report::default() });
        };
        std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
        let text =
            caller.say(format!("{n} bytes in {}.", path.display()), format!("{n} octets dans {}.", path.display()));
        Ok(Report::new(text, json!({ "file": path, "bytes": n })))
    }

    /// The formats named, or all.
    fn wanted(&self, caller: &Caller) -> Result<Vec<Format>> {
        let known = || Format::ALL.map(Format::extension).join(", ");
        let formats = self.formats.iter().map(|name| {
            Format::from_extension(name).ok_or_else(|| {
                Mistakes::one(caller.say(
                    format!("`{name}` is no format of datasets: they are {}", known()),
                    format!("`{name}` n’est pas un format de jeux de données : ce sont {}", known()),
                ))
            })
        });
        let formats: Vec<Format> = formats.collect::<Result<_>>()?;
        Ok(if formats.is_empty() { Format::ALL.to_vec() } else { formats })
    }

    fn form(&self, caller: &Caller) -> Result<Form> {
        let mut pairs = Vec::new();
        for filter in &self.filters {
            let pair = filter.split_once('=').ok_or_else(|| {
                Mistakes::one(caller.say(
                    format!("`{filter}` is no filter: write COLUMN=VALUE"),
                    format!("`{filter}` n’est pas un filtre : écrivez COLONNE=VALEUR"),
                ))
            })?;
            pairs.push(pair);
        }
        let labels = match self.names {
            Names::One => Labels::Named(caller.lang),
            Names::None => Labels::Codes,
            Names::Every => Labels::Every,
        };
        let layout = match self.layout {
            Shape::Wide => Layout::Wide,
            Shape::Long => Layout::Long,
        };
        Ok(Form { labels, layout, filter: Filter::new(pairs) })
    }

    /// Datasets as files.
    fn datasets(&self, edition: &Edition, caller: &Caller) -> Result<Report> {
        let releases: Vec<&Release> = self.of_round(&edition.all).into_iter().map(Arc::as_ref).collect();
        if releases.is_empty() {
            return Err(self.not_released(caller).into());
        }
        let (form, formats, lang) = (self.form(caller)?, self.wanted(caller)?, caller.lang);
        let names = if self.dataset.is_empty() { dataset::names(&releases) } else { self.dataset.clone() };
        let mut datasets = Vec::new();
        for name in &names {
            let dataset = dataset::of(name, &releases, &edition.atlas, &form)
                .map_err(|problem| Mistakes::one(format!("{name}: {}", problem.message(lang))))?;
            datasets.push(dataset.ok_or_else(|| {
                let known = dataset::names(&releases).join(", ");
                Absent(caller.say(
                    format!("there is no dataset {name} here: there are {known}"),
                    format!("il n’y a pas de jeu de données {name} ici : il y a {known}"),
                ))
            })?);
        }
        if let Some(folder) = &self.to {
            return self.fill(folder, &releases, &datasets, &formats, edition, caller);
        }
        match (datasets.as_slice(), formats.as_slice()) {
            ([dataset], [format]) => {
                let mut out = Cursor::new(Vec::new());
                let about = self.about(dataset, *format, lang);
                format.write(dataset, &about, &world::scratch_place(), &mut out)?;
                self.put(out.into_inner(), caller)
            }
            _ => Err(Mistakes::one(caller.say(
                "several files need a folder: name it with --to",
                "plusieurs fichiers demandent un dossier : nommez-le avec --to",
            ))),
        }
    }

    fn about(&self, dataset: &Dataset<'_>, format: Format, lang: Lang) -> About {
        let Some(base) = &self.public_url else { return About::new(lang) };
        let round = self.round.as_ref().map(|round| format!("/{round}")).unwrap_or_default();
        let query = match dataset.filter().line() {
            line if line.is_empty() => line,
            line => format!("?{line}"),
        };
        let (code, operation, name, ending) = (lang.code(), &self.operation, dataset.name(), format.extension());
        let base = base.trim_end_matches('/');
        About::new(lang).at(format!("{base}/{code}/{operation}{round}/data/{name}.{ending}{query}"))
    }

    fn fill(
        &self,
        folder: &Path,
        releases: &[&Release],
        datasets: &[Dataset<'_>],
        formats: &[Format],
        edition: &Edition,
        caller: &Caller,
    ) -> Result<Report> {
        let lang = caller.lang;
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let (mut sums, mut lines, mut text, mut written) = (Sums::new(), String::new(), String::new(), Vec::new());
        for dataset in datasets {
            for &format in formats.iter().filter(|format| dataset.has_shapes() || !format.needs_shapes()) {
                let name = format!("{}.{}", dataset.name(), format.extension());
                let path = folder.join(&name);
                let cannot = || format!("cannot write {}", path.display());
                let mut out = BufWriter::new(File::create(&path).with_context(cannot)?);
                let about = self.about(dataset, format, lang);
                let n = format.write(dataset, &about, folder, &mut out).with_context(cannot)?;
                out.flush().with_context(cannot)?;
                drop(out);
                let sum = sum_of(&path).with_context(cannot)?;
                lines += &format!("{}  {name}\n", sum.sha256);
                text += &caller.say(format!("{n:>9} rows  {name}\n"), format!("{n:>9} lignes  {name}\n"));
                written.push(json!({ "file": name, "rows": n, "bytes": sum.bytes, "sha256": sum.sha256 }));
                sums.insert((dataset.name().to_owned(), format, lang), sum);
            }
        }
        if formats.contains(&Format::Csv) {
            let base = self.public_url.as_deref().unwrap_or_default().trim_end_matches('/');
            let (active, publisher) = (edition.active, &edition.publisher);
            let entry = Entry { base, releases, datasets, active, publisher, sums: &sums };
            let beside = |dataset: &Dataset<'_>, format: Format| format!("{}.{}", dataset.name(), format.extension());
            let package = format!("{:#}\n", frictionless::package(&entry, lang, &beside));
            lines += &format!("{}  datapackage.json\n", hex::encode(Sha256::digest(&package)));
            std::fs::write(folder.join("datapackage.json"), package).context("cannot write datapackage.json")?;
        }
        std::fs::write(folder.join("SHA256SUMS"), lines).context("cannot write SHA256SUMS")?;
        Ok(Report::new(text, json!({ "folder": folder, "files": written })))
    }
}

/// Size and checksum of a file.
fn sum_of(path: &Path) -> std::io::Result<Sum> {
    let mut file = File::open(path)?;
    let (mut hash, mut bytes, mut portion) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        match file.read(&mut portion)? {
            0 => return Ok(Sum { bytes, sha256: hex::encode(hash.finalize()) }),
            n => {
                hash.update(&portion[..n]);
                bytes += n as u64;
            }
        }
    }
}
