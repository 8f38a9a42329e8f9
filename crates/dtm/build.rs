//! Builds the islands of script in `web/` when they are stale, and lists what was built for the server to carry.
//!
//! In: the sources of `web/` and the words it shares with the pages. Out: `web/dist`, and `islands.rs` in the output
//! folder. A digest of the sources stands in `web/dist/sources`: while it fits, no Node is started.
#![allow(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

/// What the islands are made of, beside the folder `web`.
const SOURCES: [&str; 8] = [
    "web/package.json",
    "web/package-lock.json",
    "web/.npmrc",
    "web/vite.config.ts",
    "web/build",
    "web/src",
    "crates/dtm-publish/locales/en/fill.ftl",
    "crates/dtm-publish/locales/fr/fill.ftl",
];

fn main() {
    if let Err(why) = islands() {
        // Cargo shows this line as the error of the build.
        println!("cargo::error={why}");
    }
}

fn islands() -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let web = root.join("web");
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", root.join(source).display());
    }
    println!("cargo::rerun-if-changed={}", web.join("dist/sources").display());
    let digest =
        digest(&root).map_err(|error| format!("the sources of the islands in web/ cannot be read: {error}"))?;
    // Another cargo (an editor's) may build at the same time.
    let lock = File::create(web.join(".lock")).and_then(|file| file.lock().map(|()| file));
    let _lock = lock.map_err(|error| format!("web/.lock cannot be held: {error}"))?;
    if fs::read_to_string(web.join("dist/sources")).ok().as_deref() != Some(digest.as_str()) {
        install(&web)?;
        run(&web, &["run", "--silent", "build"], "the islands in web/ do not build (`npm run build` there says why)")?;
        stamp(&web.join("dist/sources"), &digest).map_err(|error| format!("web/dist cannot be written: {error}"))?;
    }
    let list = list(&web.join("dist")).map_err(|error| format!("web/dist cannot be read: {error}; delete it"))?;
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo names no output folder")?).join("islands.rs");
    fs::write(&out, list).map_err(|error| format!("{} cannot be written: {error}", out.display()))
}

/// A digest of names and contents; FNV-1a, as nobody wants to deceive this one.
fn digest(root: &Path) -> io::Result<String> {
    let mut files = Vec::new();
    for source in SOURCES {
        gather(&root.join(source), &mut files)?;
    }
    files.sort();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for file in files {
        let name = file.strip_prefix(root).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        // A checkout on Windows ends its lines otherwise.
        let content = fs::read(&file)?.into_iter().filter(|byte| *byte != b'\r');
        for byte in name.into_bytes().into_iter().chain([0]).chain(content).chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    Ok(format!("{hash:016x}\n"))
}

fn gather(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        gather(&entry?.path(), files)?;
    }
    Ok(())
}

/// Fetches the packages of the lock file, unless they lie there already.
fn install(web: &Path) -> Result<(), String> {
    let changed = |path: &str| fs::metadata(web.join(path)).and_then(|file| file.modified()).ok();
    if changed("node_modules/.package-lock.json").is_some_and(|there| Some(there) >= changed("package-lock.json")) {
        return Ok(());
    }
    let why = "the packages of web/ could not be fetched: is the npm registry (or the one in your ~/.npmrc) \
        reachable? `npm ci` in web/ says more";
    // Where somebody works on the islands, the tools for that stay.
    let works_here = web.join("node_modules/playwright-core").is_dir();
    run(web, if works_here { &["ci", "--loglevel=error"] } else { &["ci", "--omit=dev", "--loglevel=error"] }, why)
}

fn run(web: &Path, args: &[&str], why: &str) -> Result<(), String> {
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let output = Command::new(npm).args(args).current_dir(web).stdin(Stdio::null()).output();
    let output = output.map_err(|_| {
        "Node.js is missing (`npm` was not found): dtm builds the pages that fill in forms with it. Install Node.js \
         20.19 or newer from https://nodejs.org and build again"
            .to_owned()
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    for line in String::from_utf8_lossy(&said).lines().filter(|line| !line.trim().is_empty()).take(40) {
        println!("cargo::warning={line}");
    }
    let old = Command::new("node").arg("--version").output().ok().and_then(|output| {
        let version = String::from_utf8(output.stdout).ok()?;
        let mut parts = version.trim().trim_start_matches('v').split('.').map(|part| part.parse::<u32>().ok());
        let (major, minor) = (parts.next()??, parts.next()??);
        ((major, minor) < (20, 19)).then(|| version.trim().to_owned())
    });
    Err(match old {
        Some(version) => format!("Node.js {version} is too old: install 20.19 or newer from https://nodejs.org"),
        None => why.to_owned(),
    })
}

/// Writes the digest. Its time is long past, so that cargo does not take it for a change that this script must see.
fn stamp(path: &Path, digest: &str) -> io::Result<()> {
    fs::write(path, digest)?;
    File::options().write(true).open(path)?.set_modified(SystemTime::UNIX_EPOCH + Duration::from_hours(24))
}

/// The built files as Rust: name, content, the same in brotli; and what a page of each island loads.
fn list(dist: &Path) -> io::Result<String> {
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(dist.join("assets"))? {
        names.extend(entry?.file_name().into_string().ok());
    }
    names.sort();
    let mut rust = String::from("/// Every built file: its name, itself, and itself in brotli.\n");
    let include = |path: PathBuf| format!("include_bytes!({:?})", path.display().to_string());
    let dist = dist.canonicalize()?;
    let pair = |path: &Path| {
        let small = PathBuf::from(format!("{}.br", path.display()));
        format!("{}, {}", include(path.to_owned()), include(small))
    };
    rust += "static FILES: &[(&str, &[u8], &[u8])] = &[\n";
    for name in names.iter().filter(|name| !name.ends_with(".br")) {
        let _ = writeln!(rust, "    ({name:?}, {}),", pair(&dist.join("assets").join(name)));
    }
    let _ = writeln!(
        rust,
        "];\n/// The service worker.\nstatic WORKER: (&[u8], &[u8]) = ({});",
        pair(&dist.join("worker.js"))
    );
    let entries = fs::read_to_string(dist.join("entries"))?;
    for (kind, constant) in [("script", "SCRIPTS"), ("also", "ALSO"), ("style", "STYLES")] {
        let of = entries.lines().filter_map(|line| {
            let mut words = line.split(' ');
            (words.next() == Some(kind)).then(|| (words.next().unwrap_or(""), words.next().unwrap_or("")))
        });
        let _ = writeln!(
            rust,
            "/// Island and address.\nstatic {constant}: &[(&str, &str)] = &{:?};",
            of.collect::<Vec<_>>()
        );
    }
    Ok(rust)
}
