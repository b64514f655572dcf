//! Makes sure that the two embedded folders exist, and that a new file in them rebuilds the binary.

use std::io;
use std::path::Path;

fn main() -> io::Result<()> {
    for folder in ["../static/dist", "../lessons"] {
        std::fs::create_dir_all(Path::new(folder))?;
        println!("cargo::rerun-if-changed={folder}");
    }
    println!("cargo::rerun-if-changed=templates");
    Ok(())
}
