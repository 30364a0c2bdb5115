use std::{io, path::Path};

/// What a store asks about the disk that holds its directory.
pub trait Disk: Send + Sync {
    /// Returns the free space that this process may use, in bytes.
    ///
    /// # Errors
    /// Those of the operating system.
    fn free_bytes(&self, dir: &Path) -> io::Result<u64>;

    /// Returns the name of the file system if it is one over a network, such as `NFS`.
    ///
    /// # Errors
    /// Those of the operating system.
    fn network_file_system(&self, dir: &Path) -> io::Result<Option<&'static str>>;

    /// Called before each commit. A test returns an error that the disk is to have.
    ///
    /// # Errors
    /// None but for tests.
    fn before_commit(&self) -> io::Result<()> {
        Ok(())
    }
}

/// The disk as the operating system reports it. Network file systems are known on Linux only.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemDisk;

impl Disk for SystemDisk {
    fn free_bytes(&self, dir: &Path) -> io::Result<u64> {
        let stat = rustix::fs::statvfs(dir)?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    #[cfg(target_os = "linux")]
    fn network_file_system(&self, dir: &Path) -> io::Result<Option<&'static str>> {
        // The field is signed or not, and has 32 or 64 bits, by machine; the numbers have 32 bits.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the numbers of file systems have 32 bits"
        )]
        let number = rustix::fs::statfs(dir)?.f_type as u32;
        Ok(name_of_network_file_system(number))
    }

    #[cfg(not(target_os = "linux"))]
    fn network_file_system(&self, _: &Path) -> io::Result<Option<&'static str>> {
        Ok(None)
    }
}

/// By the numbers in `statfs(2)` and `linux/magic.h`.
#[cfg(target_os = "linux")]
const fn name_of_network_file_system(number: u32) -> Option<&'static str> {
    Some(match number {
        0x6969 => "NFS",
        0x517B => "SMB",
        0xFE53_4D42 => "SMB 2",
        0xFF53_4D42 => "CIFS",
        0x0102_1997 => "9p",
        0x6573_5546 => "FUSE",
        0x00C3_6400 => "Ceph",
        0x5346_414F | 0x6B41_4653 => "AFS",
        0x7375_7245 => "Coda",
        0x0BD0_0BD0 => "Lustre",
        0x4750_4653 => "GPFS",
        0x786F_4256 => "a shared folder of VirtualBox",
        _ => return None,
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn network_file_systems_are_told_from_local_ones() {
        assert_eq!(name_of_network_file_system(0x6969), Some("NFS"));
        assert_eq!(name_of_network_file_system(0xFF53_4D42), Some("CIFS"));
        // ext4, XFS, Btrfs, tmpfs, overlayfs, ZFS
        for local in [0xEF53, 0x5846_5342, 0x9123_683E, 0x0102_1994, 0x794C_7630, 0x2FC1_2FC1] {
            assert_eq!(name_of_network_file_system(local), None);
        }
    }
}
