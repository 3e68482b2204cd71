//! A server on the loopback interface that answers as it is told.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// How a path is answered.
#[derive(Clone)]
pub enum Answer {
    /// With these bytes.
    Bytes(Vec<u8>),
    /// With the first half of these bytes, and an end.
    CutOff(Vec<u8>),
    /// With the first half of these bytes, and no end.
    Stalls(Vec<u8>),
    /// From this path.
    Elsewhere(String),
}

/// The server; it ends with the test's process.
pub struct Server {
    address: String,
    answers: Arc<Mutex<BTreeMap<String, Answer>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// A server that answers every path with 404.
    pub fn start() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port of the loopback interface");
        let address = listener.local_addr().expect("its number").to_string();
        let server = Server { address, answers: Arc::default(), asked: Arc::default() };
        let (answers, asked) = (Arc::clone(&server.answers), Arc::clone(&server.asked));
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (answers, asked) = (Arc::clone(&answers), Arc::clone(&asked));
                thread::spawn(move || serve(connection, &answers, &asked));
            }
        });
        server
    }

    /// From now on answers a path so.
    pub fn answer(&self, path: &str, answer: Answer) {
        self.answers.lock().unwrap().insert(path.to_owned(), answer);
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The paths that were asked for, in order.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(connection: TcpStream, answers: &Mutex<BTreeMap<String, Answer>>, asked: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(connection.try_clone().expect("a second handle of the connection"));
    let mut path = String::new();
    loop {
        let mut line = String::new();
        match reader.read_line(&mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) if line == "\r\n" => break,
            Ok(_) if path.is_empty() => path = line.split(' ').nth(1).unwrap_or_default().to_owned(),
            Ok(_) => {}
        }
    }
    asked.lock().unwrap().push(path.clone());
    let answer = answers.lock().unwrap().get(&path).cloned();
    let mut out = connection;
    let head =
        |status: &str, length: usize| format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n");
    // Whoever was killed while it was asking does not listen any more.
    match answer {
        None => out.write_all((head("404 Not Found", 0) + "\r\n").as_bytes()).ok(),
        Some(Answer::Bytes(bytes)) => {
            out.write_all((head("200 OK", bytes.len()) + "\r\n").as_bytes()).and_then(|()| out.write_all(&bytes)).ok()
        }
        Some(Answer::Elsewhere(path)) => {
            out.write_all(format!("{}location: {path}\r\n\r\n", head("302 Found", 0)).as_bytes()).ok()
        }
        Some(Answer::CutOff(bytes) | Answer::Stalls(bytes)) if bytes.len() < 2 => unreachable!("nothing to halve"),
        Some(Answer::CutOff(bytes)) => half(&mut out, &head("200 OK", bytes.len()), &bytes),
        Some(Answer::Stalls(bytes)) => {
            half(&mut out, &head("200 OK", bytes.len()), &bytes);
            // Until the other side is gone.
            reader.read_to_end(&mut Vec::new()).map(|_| ()).ok()
        }
    };
}

fn half(out: &mut TcpStream, head: &str, bytes: &[u8]) -> Option<()> {
    out.write_all(format!("{head}\r\n").as_bytes()).ok()?;
    out.write_all(&bytes[..bytes.len() / 2]).ok()?;
    out.flush().ok()
}
