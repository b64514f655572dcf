//! The `podhop` binary as a person or a script runs it.

#![expect(clippy::unwrap_used, reason = "a test that cannot get its value should stop there")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};

fn podhop(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_podhop"));
    command.args(arguments).env("RUST_LOG", "warn").env_remove("PODHOP_LISTEN").env_remove("PODHOP_LESSONS");
    command
}

fn output(arguments: &[&str]) -> Output {
    podhop(arguments).output().unwrap()
}

/// A server on a port of its own, stopped when it goes out of scope.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start() -> Self {
        let mut process = podhop(&["serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("Podhop is at http://").and_then(|rest| rest.strip_suffix('/'));
        let address = address.unwrap_or_else(|| panic!("unexpected first line: {line}")).to_owned();
        Self { process, address }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already, which is as well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn serve_says_where_it_is_and_answers_there() {
    let server = Server::start();
    let answer = server.get("/healthz");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("ok\n"), "{answer}");
}

#[cfg(unix)]
#[test]
fn serve_stops_in_good_order_when_asked() {
    for signal in ["-TERM", "-INT"] {
        let mut server = Server::start();
        let process = server.process.id().to_string();
        assert!(Command::new("kill").args([signal, &process]).status().unwrap().success());
        assert!(server.process.wait().unwrap().success(), "{signal}");
    }
}

#[test]
fn serve_explains_a_port_that_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = output(&["serve", "--listen", &address]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(message.contains(&format!("cannot listen on {address}")) && message.contains("--listen"), "{message}");
}

#[test]
fn serve_explains_lessons_that_are_not_there() {
    let output = output(&["serve", "--listen", "127.0.0.1:0", "--lessons", "/no/such/folder"]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(message.contains("/no/such/folder") && message.contains("one folder a lesson"), "{message}");
}

#[test]
fn simulate_ends_with_2_where_the_input_is_not_json() {
    for (input, code) in [("", 0), ("{\"id\": \"a\", \"manifests\": [], \"query\": {\"kind\": \"diagnose\"}}\n", 0), ("not JSON\n", 2)] {
        let mut process = podhop(&["simulate"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        process.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = process.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{input}");
        let lines = String::from_utf8(output.stdout).unwrap().lines().count();
        assert_eq!(lines, input.lines().count(), "{input}");
    }
}

#[test]
fn help_shows_the_commands() {
    let output = output(&["--help"]);
    let help = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success());
    assert!(help.contains("serve") && help.contains("simulate"), "{help}");
}
