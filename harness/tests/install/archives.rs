//! Archives: unpacked as they are, never outside their folder.

use std::fs;
use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use wasip1_matrix::digest::sha256;

use crate::server::{Answer, Server};
use crate::tool::{Ended, Tool, VERSION, program};

/// Installs what a file of this name and these bytes has at `tool-1.2.3/tool`.
fn install(name: &str, bytes: Vec<u8>) -> (Tool, Ended) {
    let server = Server::start();
    let digest = sha256(&bytes);
    server.answer(&format!("/{name}"), Answer::Bytes(bytes));
    let tool = Tool::new(&format!(
        "url = \"{}\"\nlink = \"tool-{{version}}/tool\"\nsha256 = {{ \"{VERSION}\" = \"{digest}\" }}",
        server.url(&format!("/{name}")),
    ));
    let ended = tool.install(&[]);
    (tool, ended)
}

fn tar(name: &str) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let bytes = program(VERSION);
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    // Not through `set_path`, which refuses what is wanted here.
    header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_cksum();
    tar.append(&header, bytes.as_slice()).unwrap();
    tar.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

#[test]
fn a_tar_is_unpacked_and_its_executable_linked() {
    let (tool, ended) = install("tool.tar.gz", gzip(&tar("tool-1.2.3/tool")));
    ended.assert(0, &["1 installed"]);
    assert_eq!(fs::read_link(tool.prefix("bin/tool")).unwrap().to_str(), Some("../tool-1.2.3/tool"));
}

#[test]
fn so_is_one_packed_with_xz() {
    let mut packed = Vec::new();
    lzma_rs::xz_compress(&mut Cursor::new(tar("tool-1.2.3/tool")), &mut packed).unwrap();
    install("tool.tar.xz", packed).1.assert(0, &["1 installed"]);
}

#[test]
fn so_is_a_zip() {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("tool-1.2.3/tool", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(&program(VERSION)).unwrap();
    install("tool.zip", zip.finish().unwrap().into_inner()).1.assert(0, &["1 installed"]);
}

#[test]
fn nothing_is_written_outside() {
    let (tool, ended) = install("tool.tar.gz", gzip(&tar("../../../escaped")));
    ended.assert(1, &["1 failed"]);
    for folder in [".", "..", ".staging", ".staging/tool-1.2.3"] {
        assert!(!tool.store(folder).join("escaped").exists());
    }
    tool.assert_nothing_stored();
}

#[test]
fn what_is_no_archive_is_refused() {
    let (tool, ended) = install("tool.tar.gz", b"not packed at all".to_vec());
    ended.assert(1, &["unpacking", "1 failed"]);
    tool.assert_nothing_stored();
}

#[test]
fn an_archive_without_the_executable_is_refused_with_what_is_in_it() {
    let (tool, ended) = install("tool.tar.gz", gzip(&tar("elsewhere/tool")));
    ended.assert(1, &["no tool-1.2.3/tool", "there is: elsewhere/tool"]);
    tool.assert_nothing_stored();
}
