//! A package registry on this machine, for npm and for pip: what is published in it can be changed between two installs.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest, Sha512};

/// The registry. It serves until the test ends.
pub struct Registry {
    /// Its address: `http://127.0.0.1:4873`.
    pub address: String,
    served: Arc<Mutex<HashMap<String, Vec<u8>>>>,
    npm: Mutex<BTreeMap<String, BTreeMap<String, Value>>>,
}

impl Registry {
    /// An empty registry.
    pub fn new() -> Registry {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let served = Arc::new(Mutex::new(HashMap::new()));
        let shared = Arc::clone(&served);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let served = Arc::clone(&shared);
                // A client that goes away is no matter of the test's.
                thread::spawn(move || answer(&stream, &served).ok());
            }
        });
        Registry { address, served, npm: Mutex::default() }
    }

    /// Serves these bytes at this path.
    pub fn serve(&self, path: &str, bytes: Vec<u8>) {
        self.served.lock().expect("no thread panics with it").insert(path.to_owned(), bytes);
    }

    /// Publishes an npm package with one script, `bin/tool`, in the place of any that is there.
    pub fn publish_npm(&self, name: &str, version: &str, script: &[u8], needs: &[(&str, &str)]) {
        let needs: BTreeMap<_, _> = needs.iter().copied().collect();
        let manifest = json!({ "name": name, "version": version, "dependencies": needs });
        let files =
            [("package/package.json", manifest.to_string().into_bytes()), ("package/bin/tool", script.to_vec())];
        let archive = archive(&files);
        let path = format!("/{name}/-/{name}-{version}.tgz");
        let integrity = format!("sha512-{}", BASE64_STANDARD.encode(Sha512::digest(&archive)));
        let mut manifest = manifest;
        manifest["dist"] = json!({ "tarball": format!("{}{path}", self.address), "integrity": integrity });
        self.serve(&path, archive);
        let mut npm = self.npm.lock().expect("no thread panics with it");
        npm.entry(name.to_owned()).or_default().insert(version.to_owned(), manifest);
        self.serve(&format!("/{name}"), listing(name, &npm[name]));
    }

    /// Takes a version of an npm package back.
    pub fn withdraw_npm(&self, name: &str, version: &str) {
        let mut npm = self.npm.lock().expect("no thread panics with it");
        let versions = npm.get_mut(name).expect("a published package");
        versions.remove(version).expect("a published version");
        self.serve(&format!("/{name}"), listing(name, versions));
        self.served.lock().expect("no thread panics with it").remove(&format!("/{name}/-/{name}-{version}.tgz"));
    }
}

/// What an npm registry says of a package.
fn listing(name: &str, versions: &BTreeMap<String, Value>) -> Vec<u8> {
    let latest = versions.keys().next_back();
    json!({ "name": name, "dist-tags": { "latest": latest }, "versions": versions }).to_string().into_bytes()
}

fn archive(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o755);
        archive.append_data(&mut header, path, content.as_slice()).expect("an archive in memory");
    }
    archive.into_inner().and_then(GzEncoder::finish).expect("an archive in memory")
}

/// Answers one request, and closes the connection.
fn answer(mut stream: &TcpStream, served: &Mutex<HashMap<String, Vec<u8>>>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    // The client sends its headers before it reads.
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let path = request.split(' ').nth(1).unwrap_or_default();
    let body = served.lock().expect("no thread panics with it").get(path).cloned();
    let status = if body.is_some() { "200 OK" } else { "404 Not Found" };
    let kind = if path.ends_with('/') { "text/html" } else { "application/json" };
    let body = body.unwrap_or_else(|| b"{}".to_vec());
    write!(stream, "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n", body.len())?;
    stream.write_all(b"Connection: close\r\n\r\n")?;
    stream.write_all(&body)
}
