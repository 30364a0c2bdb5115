//! Fakes that stand at the edge of the process.
