//! Whole stories on the built program and on its router.

mod edges;
