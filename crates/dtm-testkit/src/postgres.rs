//! A PostgreSQL server of our own: one per test process, in a temporary folder, gone with the process.

use crate::shared::no_skip;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Sets a server up in a folder of its own, says where, and takes it down when its input ends: that is, when the test
/// process ends, however it does.
const KEEPER: &str = r#"
set -e
trap '' INT
bin=$1
folder=$(mktemp -d /tmp/dtm-pg-XXXXXX)
# The order of a language, where this version knows it, shows what relies on the order of bytes.
"$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C --no-sync \
    --locale-provider=icu --icu-locale=fr >"$folder/log" 2>&1 \
    || "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$folder/log" 2>&1 \
    || { cat "$folder/log" >&2; rm -rf "$folder"; exit 1; }
"$bin/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off -c full_page_writes=off \
    -c max_connections=300 -c shared_buffers=32MB </dev/null >>"$folder/log" 2>&1 &
server=$!
tries=0
until "$bin/pg_isready" -q -h "$folder"; do
    tries=$((tries + 1))
    if [ $tries -gt 300 ] || ! kill -0 $server; then cat "$folder/log" >&2; rm -rf "$folder"; exit 1; fi
    sleep 0.1
done
echo "$folder"
exec >/dev/null 2>&1
cat || true
kill -INT $server || true
wait $server || true
rm -rf "$folder"
"#;

struct Server {
    bin: PathBuf,
    /// The folder with its socket.
    folder: String,
    /// Its input must stay open as long as we live.
    _keeper: Child,
}

/// Makes an empty database and returns its address; none, and a word about it, where PostgreSQL is not installed.
pub fn postgres_database() -> Option<String> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let Some(server) = SERVER.get_or_init(start) else {
        assert!(!no_skip(), "PostgreSQL is not installed, and DTM_NO_SKIP is set");
        eprintln!("skipped on PostgreSQL: not installed");
        return None;
    };
    let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let mut createdb = Command::new(server.bin.join("createdb"));
    createdb.args(["-h", &server.folder, "-U", "postgres", "-T", "template0", &name]);
    let made = createdb.status().expect("createdb stands beside postgres");
    assert!(made.success(), "createdb failed for {name}");
    Some(format!("postgres://postgres@localhost/{name}?host={}", server.folder))
}

fn start() -> Option<Server> {
    let bin = binaries()?;
    let mut command = unprivileged();
    command.args(["sh", "-c", KEEPER, "sh"]).arg(&bin).current_dir("/tmp");
    let mut keeper = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a shell starts the server");
    let mut folder = String::new();
    let output = keeper.stdout.take().expect("the output is piped");
    BufReader::new(output).read_line(&mut folder).expect("the shell writes text");
    let folder = folder.trim().to_owned();
    assert!(!folder.is_empty(), "PostgreSQL did not start; its log is above");
    Some(Server { bin, folder, _keeper: keeper })
}

/// A PostgreSQL server of one test alone, which syncs to disk and may be taken down and started again.
pub struct PostgresServer {
    bin: PathBuf,
    folder: String,
}

impl PostgresServer {
    /// Sets a server up; none where PostgreSQL is not installed.
    pub fn start_new() -> Option<Self> {
        Self::start_new_in(|_| true)
    }

    /// Sets a server up in a folder that was prepared; none where PostgreSQL is not installed, or the folder not to be had.
    pub fn start_new_in(prepare: impl FnOnce(&Path) -> bool) -> Option<Self> {
        let Some(bin) = binaries() else {
            assert!(!no_skip(), "PostgreSQL is not installed, and DTM_NO_SKIP is set");
            eprintln!("skipped on PostgreSQL: not installed");
            return None;
        };
        let made = unprivileged().args(["mktemp", "-d", "/tmp/dtm-pg-XXXXXX"]).output().expect("mktemp is everywhere");
        let server = Self { bin, folder: String::from_utf8_lossy(&made.stdout).trim().to_owned() };
        let data = format!("{}/data", server.folder);
        if !prepare(Path::new(&data)) {
            let _ = std::fs::remove_dir_all(&server.folder);
            std::mem::forget(server);
            return None;
        }
        server.run("initdb", &["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]);
        server.start();
        Some(server)
    }

    /// The folder of its files.
    pub fn data(&self) -> PathBuf {
        Path::new(&self.folder).join("data")
    }

    /// Whether it runs.
    pub fn is_up(&self) -> bool {
        let mut command = unprivileged();
        command.arg(self.bin.join("pg_ctl")).args(["status", "-D"]).arg(self.data()).current_dir("/tmp");
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }

    /// The address of its database.
    pub fn url(&self) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", self.folder)
    }

    /// Starts it, and waits until it answers.
    pub fn start(&self) {
        let (data, log) = (format!("{}/data", self.folder), format!("{}/log", self.folder));
        let options = format!("-k {} -c listen_addresses= -c shared_buffers=32MB", self.folder);
        self.run("pg_ctl", &["start", "-w", "-D", &data, "-l", &log, "-o", &options]);
    }

    /// Stops it: `fast` as an administrator does, `immediate` as a crash does.
    pub fn stop(&self, how: &str) {
        self.run("pg_ctl", &["stop", "-w", "-D", &format!("{}/data", self.folder), "-m", how]);
    }

    fn run(&self, program: &str, args: &[&str]) {
        let mut command = unprivileged();
        command.arg(self.bin.join(program)).args(args).current_dir("/tmp").stdin(Stdio::null());
        let done = command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("it stands beside postgres");
        assert!(done.success(), "{program} {args:?}");
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        if !std::thread::panicking() && self.is_up() {
            self.stop("immediate");
        } else {
            let _ = unprivileged()
                .arg(self.bin.join("pg_ctl"))
                .args(["stop", "-w", "-m", "immediate", "-D", &format!("{}/data", self.folder)])
                .status();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Where Debian puts the newest server, or wherever the path leads.
fn binaries() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut debian: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    debian.sort_by_key(|bin| bin.parent().and_then(Path::file_name).and_then(|v| v.to_str()?.parse::<u32>().ok()));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let has_all = |bin: &PathBuf| ["initdb", "postgres", "createdb"].iter().all(|name| bin.join(name).is_file());
    debian.into_iter().rev().chain(std::env::split_paths(&path)).find(has_all)
}

/// PostgreSQL refuses to run as root: then it runs as the user it came with, or as nobody.
fn unprivileged() -> Command {
    let number = |args: &[&str]| {
        let output = Command::new("id").args(args).output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    if number(&["-u"]).as_deref() != Some("0") {
        return Command::new("env");
    }
    let user =
        ["postgres", "nobody"].into_iter().find_map(|name| Some((number(&["-u", name])?, number(&["-g", name])?)));
    let (uid, gid) = user.expect("every system has the user nobody");
    let mut command = Command::new("setpriv");
    command.args(["--reuid", &uid, "--regid", &gid, "--clear-groups", "env"]);
    command
}
