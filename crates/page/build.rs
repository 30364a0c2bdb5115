//! Compiles the crate again when a file of the page is new: a release build contains them all.

#[expect(clippy::disallowed_methods, reason = "cargo passes the profile to a build script so")]
fn main() {
    let is_embedded = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    // A debug build reads the files when they are asked for.
    println!("cargo::rerun-if-changed={}", if is_embedded { "web" } else { "build.rs" });
}
