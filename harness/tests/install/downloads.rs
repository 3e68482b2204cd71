//! Downloads that are, and that are not, what they should be.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::server::{Answer, Server};
use crate::tool::{Tool, VERSION, program};

#[test]
fn the_right_bytes_are_installed() {
    let server = Server::start();
    let bytes = program(VERSION);
    server.answer("/tool-1.2.3", Answer::Bytes(bytes.clone()));
    let tool = Tool::at(&server.url("/tool-{version}"), &bytes);
    tool.install(&[]).assert(0, &["1 installed, 0 there already, 0 cannot be had", "reports \"tool 1.2.3\""]);
    assert_eq!(fs::read(tool.prefix("bin/tool")).unwrap(), bytes);
    assert_eq!(fs::metadata(tool.prefix("bin/tool")).unwrap().permissions().mode() & 0o777, 0o755);
    let note = fs::read_to_string(tool.prefix("installation.toml")).unwrap();
    assert!(note.contains("reports = \"tool 1.2.3\""), "{note}");
    assert!(note.contains("same-everywhere = true"), "{note}");
}

#[test]
fn a_redirect_is_followed() {
    let server = Server::start();
    let bytes = program(VERSION);
    server.answer("/here", Answer::Elsewhere("/there".to_owned()));
    server.answer("/there", Answer::Bytes(bytes.clone()));
    Tool::at(&server.url("/here"), &bytes).install(&[]).assert(0, &["1 installed"]);
    assert_eq!(server.asked(), ["/here", "/there"]);
}

#[test]
fn the_wrong_bytes_are_refused() {
    let server = Server::start();
    server.answer("/tool", Answer::Bytes(program("6.6.6")));
    let tool = Tool::at(&server.url("/tool"), &program(VERSION));
    tool.install(&[]).assert(1, &["refused, nothing stored", "sha256", "runtime.toml says", "1 failed"]);
    tool.assert_nothing_stored();
}

#[test]
fn half_the_bytes_are_refused() {
    let server = Server::start();
    let bytes = program(VERSION);
    server.answer("/tool", Answer::CutOff(bytes.clone()));
    let tool = Tool::at(&server.url("/tool"), &bytes);
    tool.install(&[]).assert(1, &["cut off after", "1 failed"]);
    tool.assert_nothing_stored();
}

#[test]
fn nothing_there_is_told_with_the_address() {
    let server = Server::start();
    let tool = Tool::at(&server.url("/tool"), b"");
    tool.install(&[]).assert(1, &["404", &server.url("/tool"), "1 failed"]);
    tool.assert_nothing_stored();
}

#[test]
fn only_the_web_is_downloaded_from() {
    let tool = Tool::at("file:///bin/sh", b"");
    tool.install(&[]).assert(1, &["neither http nor https"]);
    tool.assert_nothing_stored();
}

#[test]
fn a_version_without_a_sha256_is_refused() {
    let server = Server::start();
    let tool = Tool::at(&server.url("/tool"), &program(VERSION));
    tool.install(&["tool@9.9.9"]).assert(1, &["no sha256 for 9.9.9", "runtimes/tool/runtime.toml"]);
    assert!(server.asked().is_empty());
    tool.assert_nothing_stored();
}

#[test]
fn what_reports_another_version_is_refused() {
    let server = Server::start();
    let bytes = program("6.6.6");
    server.answer("/tool", Answer::Bytes(bytes.clone()));
    let tool = Tool::at(&server.url("/tool"), &bytes);
    tool.install(&[]).assert(1, &["reports version 6.6.6", "1 failed"]);
    tool.assert_nothing_stored();
}

#[test]
fn offline_fetches_nothing_and_says_what_it_would_have() {
    let server = Server::start();
    let url = server.url("/tool");
    let tool = Tool::at(&url, &program(VERSION));
    tool.run(&["--offline", "install"]).assert(1, &["--offline forbids to fetch url", &url]);
    assert!(server.asked().is_empty());
    tool.assert_nothing_stored();
}
