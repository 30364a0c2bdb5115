//! The tree is what `docs/architecture.md` and the house rules say it is.

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
