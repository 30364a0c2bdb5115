//! Values in columns, and rows that are not as they were written.

use std::io;

use rusqlite::{
    ErrorCode,
    types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef},
};
use synod_domain::DebateId;
use thiserror::Error;
use uuid::Uuid;

/// Errors returned by reading a row.
#[derive(Debug, Error)]
pub(crate) enum RowError {
    /// The row is not as it was written.
    #[error("{0}")]
    Damaged(String),
    /// SQLite reported an error.
    #[error(transparent)]
    Sqlite(rusqlite::Error),
    /// A lock file could not be looked at.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl RowError {
    /// What is wrong, if the row is damaged or is on a damaged page.
    pub(crate) fn damage(self) -> Result<String, Self> {
        match self {
            Self::Damaged(what) => Ok(what),
            Self::Sqlite(error) if is_corrupt(&error) => Ok(error.to_string()),
            Self::Sqlite(_) | Self::Io(_) => Err(self),
        }
    }
}

impl From<rusqlite::Error> for RowError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error::{
            FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error,
        };
        let is_value = matches!(
            error,
            FromSqlConversionFailure(..)
                | IntegralValueOutOfRange(..)
                | InvalidColumnType(..)
                | Utf8Error(..)
        );
        if is_value { Self::Damaged(error.to_string()) } else { Self::Sqlite(error) }
    }
}

/// Whether SQLite has found that its file is not as it was written.
pub(crate) fn is_corrupt(error: &rusqlite::Error) -> bool {
    use ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
}

/// A count or sequence number. SQLite's integers have a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unsigned(pub(crate) u64);

impl ToSql for Unsigned {
    /// Numbers that SQLite does not have become its largest one: they are beyond every log.
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(i64::try_from(self.0).unwrap_or(i64::MAX).into())
    }
}

impl FromSql for Unsigned {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = i64::column_result(value)?;
        u64::try_from(number).map(Self).map_err(|_| FromSqlError::OutOfRange(number))
    }
}

/// A UUID as its 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UuidBlob(pub(crate) Uuid);

impl UuidBlob {
    pub(crate) const fn debate(id: DebateId) -> Self {
        Self(*id.as_uuid())
    }
}

impl ToSql for UuidBlob {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.0.as_bytes())))
    }
}

impl FromSql for UuidBlob {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        <[u8; 16]>::column_result(value).map(|bytes| Self(Uuid::from_bytes(bytes)))
    }
}
