//! The viewer's own data in `user.db`. `types` is plain data; one writer thread owns the file.

pub mod types;
