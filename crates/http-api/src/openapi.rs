//! The description of the interface.

mod operation;

pub(crate) use operation::Operation;
