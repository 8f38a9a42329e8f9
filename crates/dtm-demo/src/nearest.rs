//! Finds the nearest of many points by buckets.

/// Finds the nearest of many points by buckets.
pub(crate) struct Nearest<'a> {
    points: &'a [(f64, f64)],
    buckets: Vec<Vec<usize>>,
}

const BUCKET_KM: f64 = 8.0;
const BUCKETS_ACROSS: usize = 28;
const BUCKETS_UP: usize = 36;

fn bucket((x, y): (f64, f64)) -> (i64, i64) {
    ((x / BUCKET_KM).floor() as i64 + BUCKETS_ACROSS as i64 / 2, (y / BUCKET_KM).floor() as i64 + BUCKETS_UP as i64 / 2)
}

impl<'a> Nearest<'a> {
    pub(crate) fn new(points: &'a [(f64, f64)]) -> Self {
        let mut buckets = vec![Vec::new(); BUCKETS_ACROSS * BUCKETS_UP];
        for (index, point) in points.iter().enumerate() {
            let (column, row) = bucket(*point);
            let column = column.clamp(0, BUCKETS_ACROSS as i64 - 1) as usize;
            let row = row.clamp(0, BUCKETS_UP as i64 - 1) as usize;
            buckets[row * BUCKETS_ACROSS + column].push(index);
        }
        Self { points, buckets }
    }

    pub(crate) fn of(&self, at: (f64, f64)) -> usize {
        let (column, row) = bucket(at);
        let mut best = (f64::INFINITY, 0);
        for reach in 1i64.. {
            for r in (row - reach).max(0)..=(row + reach).min(BUCKETS_UP as i64 - 1) {
                for c in (column - reach).max(0)..=(column + reach).min(BUCKETS_ACROSS as i64 - 1) {
                    for index in &self.buckets[r as usize * BUCKETS_ACROSS + c as usize] {
                        let far = square(self.points[*index], at);
                        if far < best.0 {
                            best = (far, *index);
                        }
                    }
                }
            }
            let sure = reach as f64 * BUCKET_KM;
            if best.0 < sure * sure || reach as usize > BUCKETS_UP {
                break;
            }
        }
        best.1
    }
}

/// Returns the square of the distance of two points.
pub(crate) fn square(a: (f64, f64), b: (f64, f64)) -> f64 {
    (a.0 - b.0) * (a.0 - b.0) + (a.1 - b.1) * (a.1 - b.1)
}
