//! The workspace conforms to `docs/architecture.md` and `docs/style.md`.

#[cfg(test)]
mod cycles;
#[cfg(test)]
mod dependencies;
#[cfg(test)]
mod files;
#[cfg(test)]
mod names;
#[cfg(test)]
mod workspace;
