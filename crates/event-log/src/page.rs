/// How many events or summaries to read at once when all of them are wanted.
pub const PAGE_SIZE: usize = 256;
