//! The store on a PostgreSQL of its own: run by `just test-postgres`.

#[cfg(test)]
mod cluster;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod cuts;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod hints;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod opening;
#[cfg(test)]
mod processes;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod races;
#[cfg(test)]
mod restarts;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod tls;
