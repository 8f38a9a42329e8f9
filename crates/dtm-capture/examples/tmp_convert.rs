//! temporary
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::unwrap_used)]
fn main() {
    for file in std::env::args().skip(1) {
        let bytes = std::fs::read(&file).unwrap();
        let name = std::path::Path::new(&file).file_name().unwrap().to_str().unwrap();
        let stem = name.rsplit_once('.').unwrap().0;
        let t = std::time::Instant::now();
        let w = dtm_capture::workbook::Workbook::read(&bytes, name).unwrap();
        let t1 = t.elapsed();
        let c = dtm_capture::xlsform::convert(&w, stem);
        eprintln!("{name}: read {t1:?}, convert {:?}", t.elapsed() - t1);
        for p in &c.problems { eprintln!("  {:?} {p}", p.severity); }
        if let Some(x) = c.xform.or(c.mended) { std::fs::write(format!("{file}.ours.xml"), x).unwrap(); } else { let _ = std::fs::remove_file(format!("{file}.ours.xml")); }
    }
}
