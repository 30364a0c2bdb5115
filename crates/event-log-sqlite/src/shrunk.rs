/// What was done about the space that deleted debates have left in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shrunk {
    /// By how many bytes the database has become smaller.
    pub given_back: u64,
    /// How many bytes are free in it, for later debates.
    pub free_inside: u64,
    /// Whether it can become smaller in use. If an earlier version made it, only a backup of it, once it is
    /// restored, can.
    pub can_shrink: bool,
}
