//! Brotli at the highest quality, as the server will send it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use brotli::enc::BrotliEncoderParams;

/// Files below this gain nothing that would pay for a second copy.
const SMALLEST: usize = 256;

/// The bytes, compressed.
pub fn compress(bytes: &[u8]) -> Result<Vec<u8>> {
    let params = BrotliEncoderParams { quality: 11, lgwin: 22, size_hint: bytes.len(), ..BrotliEncoderParams::default() };
    let mut compressed = Vec::new();
    let mut input = bytes;
    brotli::BrotliCompress(&mut input, &mut compressed, &params)?;
    Ok(compressed)
}

/// Writes `<file>.br` beside a file that gets smaller by it.
pub fn compress_beside(file: &Path) -> Result<()> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    if bytes.len() < SMALLEST {
        return Ok(());
    }
    let compressed = compress(&bytes)?;
    if compressed.len() < bytes.len() {
        fs::write(beside(file), compressed)?;
    }
    Ok(())
}

/// `app.js` → `app.js.br`
pub fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".br");
    name.into()
}
