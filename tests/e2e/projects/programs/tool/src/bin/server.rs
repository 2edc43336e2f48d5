//! Answers one request a connection, each on a thread of its own, until a signal ends it. It has no handler for any.
//! Its arguments: a named pipe that it tells its port, and `stubborn` if it is to ignore SIGTERM.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::{env, fs, process, thread};

extern "C" {
    fn signal(number: i32, handler: usize) -> usize;
}

fn main() {
    const SIGTERM: i32 = 15;
    const IGNORE: usize = 1;
    if env::args().nth(2).as_deref() == Some("stubborn") {
        unsafe { signal(SIGTERM, IGNORE) };
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    fs::write(env::args().nth(1).unwrap(), port).unwrap();
    for stream in listener.incoming() {
        let stream = stream.unwrap();
        thread::spawn(move || answer(stream));
    }
}

fn answer(mut stream: TcpStream) {
    let mut request = [0; 64];
    let length = stream.read(&mut request).unwrap();
    let reply = match &request[..length] {
        b"keep" => tool::keep(10_000).to_string(),
        b"exit" => process::exit(0),
        b"abort" => process::abort(),
        _ => String::from("what?"),
    };
    stream.write_all(reply.as_bytes()).unwrap();
}
