//! The staff pages, as staff meet them.
