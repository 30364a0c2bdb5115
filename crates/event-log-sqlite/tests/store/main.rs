//! The store as its users see it: files, processes, damage and full disks.

#[cfg(test)]
mod backups;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod damaged_debates;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod full_disk;
#[cfg(test)]
mod leases;
#[cfg(test)]
mod links;
#[cfg(test)]
mod locks;
#[cfg(test)]
mod opening;
#[cfg(test)]
mod processes;
#[cfg(test)]
mod reopening;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod shrinking;
